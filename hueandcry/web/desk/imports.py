"""Members from another system: upload, say what each column is, try it out, bring them over, ask again."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.knowledge import queries as knowledge
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions import bringing as actions
from hueandcry.domain.members.queries import bringing as queries
from hueandcry.domain.members.queries.bringing import SHOWN
from hueandcry.domain.members.rules import BatchState, Purpose, RowOutcome, SchemeKind
from hueandcry.domain.members.rules.bringing import (
    TYPED_ABOVE,
    Meaning,
    Proof,
    Reading,
    reading_of,
    yes_or_no,
)
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit import sheets
from hueandcry.kit.text import fold
from hueandcry.web.parts.doors import DeskRequest, needs
from hueandcry.web.parts.downloads import as_bytes, download

SAMPLES = 3
Words = dict[str, list[tuple[str, str, int]]]
SHORT = 40


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label="The list, as CSV",
        help_text="Up to 300 MB. Commas, semicolons or tabs, any encoding. Save an Excel workbook as CSV first.",
        error_messages={
            "required": "Choose the file.",
            "empty": "The file is empty. Export it again, with its header and all rows.",
        },
    )


class ReadingForm(forms.Form):
    """What each column holds, and what the consent in the file is worth."""

    says_optional = False

    proof = forms.ChoiceField(label="What proves that they agreed?", choices=Proof.choices, widget=forms.RadioSelect)
    purposes = forms.MultipleChoiceField(
        label="What did they agree to hear?",
        choices=Purpose.asked_for,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one kind of message."},
    )

    def __init__(self, *args: Any, columns: list[str], samples: list[list[str]], reading: Reading) -> None:  # noqa: ANN401
        super().__init__(*args)
        self.fields["proof"].initial = reading.proof.value
        self.fields["purposes"].initial = [purpose.value for purpose in reading.purposes]
        self.columns, self.samples = columns, samples
        for place, name in enumerate(columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=f"What is “{name}”?", choices=Meaning.choices, initial=reading.meanings[place].value
            )

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each column with its first cells and its field."""
        for place, name in enumerate(self.columns):
            cells = [row[place].strip() if place < len(row) else "" for row in self.samples]
            shown = [f"{cell[:SHORT]}…" if len(cell) > SHORT else cell for cell in cells]
            yield {"name": name, "cells": shown, "field": self[f"column_{place}"]}

    def reading(self, words: dict[str, dict[str, str]]) -> Reading:
        """Return what was chosen."""
        return Reading(
            meanings=tuple(Meaning(self.cleaned_data[f"column_{place}"]) for place in range(len(self.columns))),
            proof=Proof(self.cleaned_data["proof"]),
            purposes=tuple(Purpose(purpose) for purpose in self.cleaned_data["purposes"]),
            words=words,
        )


class WordsForm(forms.Form):
    """What stands for each word of the other system."""

    says_optional = False

    def __init__(self, *args: Any, words: Words, officer: Officer, kept: Reading) -> None:  # noqa: ANN401
        super().__init__(*args)
        choices, named = _choices(officer)
        self.sets: dict[str, list[str]] = {}
        self.folded: dict[str, tuple[str, str]] = {}
        for kind, found in words.items():
            for place, (folded, shown, many) in enumerate(found):
                field = f"{kind}_{place}"
                guessed = named[kind].get(folded, "") if kind != "consent" else yes_or_no(shown)
                self.fields[field] = forms.ChoiceField(
                    label=f"{shown} ({many:,})",
                    choices=choices[kind],
                    required=False,
                    initial=kept.words.get(kind, {}).get(folded, guessed),
                )
                self.sets.setdefault(kind, []).append(field)
                self.folded[field] = (kind, folded)

    def groups(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield each kind of words with its fields."""
        for kind, fields in self.sets.items():
            yield kind, [self[field] for field in fields]

    def words(self) -> dict[str, dict[str, str]]:
        """Return what was chosen, by kind and folded word."""
        chosen: dict[str, dict[str, str]] = {}
        for field, (kind, folded) in self.folded.items():
            chosen.setdefault(kind, {})[folded] = self.cleaned_data[field]
        return chosen


def _choices(officer: Officer) -> tuple[dict[str, list[Any]], dict[str, dict[str, str]]]:
    schemes = [(str(line.id), line.name) for line in members.scheme_lines(officer=officer)]
    topics = [(str(topic.id), topic.name) for topic in knowledge.topics()]
    founded = [(f"found:{kind.value}", f"Found a new {kind.label}") for kind in SchemeKind]
    choices: dict[str, list[Any]] = {
        "groups": [("", "Leave it out"), ("Schemes we have", schemes), ("New schemes of this name", founded)],
        "interests": [("", "Leave it out"), *topics],
        "consent": [("", "Does not say: ask them"), ("yes", "They agreed"), ("no", "They said no")],
    }
    named = {
        "groups": {fold(name): pk for pk, name in schemes},
        "interests": {fold(name): pk for pk, name in topics},
    }
    return choices, named


@needs(Permission.MEMBER_IMPORT)
def listing(request: DeskRequest) -> HttpResponse:
    """List the files from other systems, and take a new one in."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = actions.take_in(officer=request.user, name=file.name, file=file, size=file.size)
        except actions.MemberError as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("desk:imports:columns", ref=batch.ref)
    context = {"form": form, "batches": queries.batches(officer=request.user)}
    return render(request, "desk/imports/list.html", context)


@needs(Permission.MEMBER_IMPORT)
def columns(request: DeskRequest, ref: str) -> HttpResponse:
    """Say what each column of a file holds."""
    batch = queries.get_batch(officer=request.user, ref=ref)
    kept = reading_of(batch.mapping)
    form = ReadingForm(
        request.POST or None, columns=batch.columns, samples=queries.samples(batch=batch, most=SAMPLES), reading=kept
    )
    if request.method == "POST" and form.is_valid():
        try:
            batch = actions.choose(
                officer=request.user, ref=ref, reading=form.reading({k: dict(v) for k, v in kept.words.items()})
            )
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            if queries.words_of(batch=batch):
                return redirect("desk:imports:words", ref=ref)
            return _start(request, ref)
    return render(request, "desk/imports/columns.html", {"batch": batch, "form": form})


@needs(Permission.MEMBER_IMPORT)
def words(request: DeskRequest, ref: str) -> HttpResponse:
    """Say what stands here for the groups, subjects and answers of the other system."""
    batch = queries.get_batch(officer=request.user, ref=ref)
    kept = reading_of(batch.mapping)
    form = WordsForm(request.POST or None, words=queries.words_of(batch=batch), officer=request.user, kept=kept)
    if request.method == "POST" and form.is_valid():
        chosen = Reading(kept.meanings, kept.proof, kept.purposes, form.words())
        try:
            actions.choose(officer=request.user, ref=ref, reading=chosen)
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _start(request, ref)
    return render(request, "desk/imports/words.html", {"batch": batch, "form": form})


def _start(request: DeskRequest, ref: str, *, bring: bool = False) -> HttpResponse:
    try:
        actions.start(officer=request.user, ref=ref, bring=bring, typed=request.POST.get("typed", ""))
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:imports:page", ref=ref)


@require_safe
@needs(Permission.MEMBER_IMPORT)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Show what would happen or happened with each row of a file, and what came of asking again."""
    batch = queries.get_batch(officer=request.user, ref=ref)
    counts = queries.count_rows(batch=batch)
    people = counts.get(RowOutcome.JOINS, 0) + counts.get(RowOutcome.ASKS, 0)
    going_on = batch.state in {BatchState.TRYING, BatchState.BRINGING}
    context = {
        "batch": batch,
        "state": BatchState(batch.state),
        "going_on": going_on,
        "done": queries.count_done(batch=batch) if batch.state == BatchState.BRINGING else 0,
        "waiting": counts.get(RowOutcome.WAITING, 0),
        "people": people,
        "must_type": people > TYPED_ABOVE,
        "outcomes": [
            (outcome, many, [] if going_on else queries.rows_by(batch=batch, outcome=outcome))
            for outcome, many in counts.items()
            if outcome != RowOutcome.WAITING
        ],
        "shown": SHOWN,
        "campaign": queries.campaign(batch=batch) if batch.state == BatchState.BROUGHT else None,
    }
    part = request.htmx and going_on
    return render(request, "desk/imports/_progress.html" if part else "desk/imports/page.html", context)


@require_POST
@needs(Permission.MEMBER_IMPORT)
def try_out(request: DeskRequest, ref: str) -> HttpResponse:
    """Try a file out: nothing is changed."""
    queries.get_batch(officer=request.user, ref=ref)
    return _start(request, ref)


@require_POST
@needs(Permission.MEMBER_IMPORT)
def bring(request: DeskRequest, ref: str) -> HttpResponse:
    """Bring the members of a file over."""
    queries.get_batch(officer=request.user, ref=ref)
    return _start(request, ref, bring=True)


@require_POST
@needs(Permission.MEMBER_IMPORT)
def ask(request: DeskRequest, ref: str) -> HttpResponse:
    """Ask those once who came without evidence."""
    try:
        actions.ask_again(officer=request.user, ref=ref)
        messages.success(request, "They are being asked, each in their own hours.")
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:imports:page", ref=ref)


@require_POST
@needs(Permission.MEMBER_IMPORT)
def drop(request: DeskRequest, ref: str) -> HttpResponse:
    """Throw a file away that was not brought over."""
    try:
        actions.drop(officer=request.user, ref=ref)
        messages.success(request, "The file is thrown away, with everything in it.")
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:imports:page", ref=ref)
    return redirect("desk:imports:list")


@require_safe
@needs(Permission.MEMBER_IMPORT)
def rows(request: DeskRequest, ref: str) -> HttpResponse:
    """Give the rows of a file as CSV, all or those with one outcome, each with what happens and why."""
    batch = queries.get_batch(officer=request.user, ref=ref)
    wanted = request.GET.get("outcome", "")
    outcome = RowOutcome(wanted) if wanted in set(RowOutcome) else None
    lines = sheets.written(queries.export_rows(batch=batch, outcome=outcome))
    name = f"{batch.ref}-{outcome or 'all'}.csv"
    return download(request, as_bytes(lines), content_type="text/csv; charset=utf-8", name=name)
