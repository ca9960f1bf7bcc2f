"""Key individual networks on the desk: the matrix, who is due, one person's talks, communities, the quarterly pulse."""

import csv
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions import networks as actions
from hueandcry.domain.members.queries import asking, networks
from hueandcry.domain.members.rules import CommunityKind, KeyRole, MechanismKind, TalkHow
from hueandcry.domain.members.rules.networks import (
    CADENCE_DAYS,
    LEAST_ANSWERS,
    NOTE_MOST,
    PULSE_QUESTIONS,
    MatrixRow,
    quarter_of,
    quarters_back,
)
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.web.parts.doors import DeskRequest, needs
from hueandcry.web.parts.pulse import PulseForm

MECHANISMS = [kind for kind in MechanismKind if kind != MechanismKind.KIN]
QUARTERS = ("January to March", "April to June", "July to September", "October to December")
NOT_A_DAY = "Give the day like 2026-11-22."


class FilterForm(forms.Form):
    """Narrow the matrix to an area."""

    says_optional = False

    area = forms.TypedChoiceField(label="Area", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, officer: Officer, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [("", "All areas"), *networks.areas_of(officer=officer)]  # type: ignore[attr-defined]


class DayField(forms.DateField):
    """A day, in the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401
        attrs = {"type": "date", "class": "govuk-input--width-10"}
        kwargs.setdefault("widget", forms.DateInput(attrs=attrs, format="%Y-%m-%d"))
        super().__init__(error_messages={"invalid": NOT_A_DAY, "required": NOT_A_DAY}, **kwargs)


class CommunityForm(forms.Form):
    """A community to stay in touch with."""

    name = forms.CharField(
        label="What is this community called?",
        max_length=80,
        help_text="For example “Dairy farmers of Holt” or “Young people of Holt”. Never one person or family.",
        error_messages={"required": "Give it a name that colleagues know."},
    )
    kind = forms.ChoiceField(
        label="What do they have in common?", choices=CommunityKind.choices, widget=forms.RadioSelect, initial="place"
    )
    area = forms.TypedChoiceField(label="Where?", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, areas: list[tuple[int, str]], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [("", "Everywhere"), *areas]  # type: ignore[attr-defined]


class MechanismForm(forms.Form):
    """A way to a community that is no key individual."""

    way = forms.ChoiceField(label="Kind", choices=[(kind.value, kind.label) for kind in MECHANISMS])
    scheme = forms.TypedChoiceField(
        label="Which watch scheme", required=False, coerce=int, empty_value=None, help_text="For a watch scheme only."
    )
    called = forms.CharField(label="What it is called", required=False, max_length=80)
    last_used = DayField(label="Last used", required=False)
    cadence = forms.IntegerField(label="Meant to be used every how many days?", initial=CADENCE_DAYS)

    def __init__(self, *args: Any, officer: Officer, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        found = [(line.id, line.name) for line in members.scheme_lines(officer=officer)]
        self.fields["scheme"].choices = [("", "None"), *found]  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    """What a key individual does, for whom they speak, how often an officer talks with them."""

    role = forms.ChoiceField(label="What do they do there?", choices=KeyRole.choices)
    communities = forms.MultipleChoiceField(
        label="Which communities can they speak for?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one community that they can speak for."},
    )
    cadence = forms.IntegerField(
        label="Talk with them every how many days?",
        initial=CADENCE_DAYS,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )
    tension = forms.BooleanField(label="They agreed to be rung when there is tension", required=False)

    def __init__(self, *args: Any, officer: Officer, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        found = networks.communities(officer=officer)
        self.fields["communities"].choices = [(one.ref, one.name) for one in found]  # type: ignore[attr-defined]


class NewKeyForm(KeyForm):
    """Make a member a key individual."""

    member = forms.CharField(
        label="Which member?",
        max_length=12,
        help_text="Their reference. It stands on their page under Members.",
        error_messages={"required": "Give the reference of the member: it stands on their page."},
    )
    keeper = forms.ChoiceField(label="Who keeps in touch with them?")
    field_order = ("member", "role", "communities", "keeper", "cadence", "tension")

    def __init__(self, *args: Any, officer: Officer, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, officer=officer, **kwargs)
        self.fields["keeper"].choices = keeper_choices(officer)  # type: ignore[attr-defined]
        self.fields["keeper"].initial = officer.ref


class TalkForm(forms.Form):
    """A talk, noted in ten seconds on a phone."""

    how = forms.ChoiceField(label="How", choices=TalkHow.choices, widget=forms.RadioSelect, initial=TalkHow.CALL)
    on = DayField(label="When, if not just now", required=False)
    note = forms.CharField(
        label="Practical note",
        required=False,
        max_length=NOTE_MOST,
        help_text="For example “mornings are best”. Never what they told you.",
    )


class HandOverForm(forms.Form):
    """A colleague's whole list goes to another."""

    keeper = forms.ChoiceField(label="From")
    to = forms.ChoiceField(label="To")

    def __init__(self, *args: Any, officer: Officer, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["keeper"].choices = self.fields["to"].choices = keeper_choices(officer)  # type: ignore[attr-defined]
        holders = {line.officer_ref: line.officer for line in networks.lines(officer=officer)}
        known = dict(keeper_choices(officer))
        gone = [(ref, f"{name} (no longer keeps networks)") for ref, name in holders.items() if ref not in known]
        self.fields["keeper"].choices = [*known.items(), *gone]  # type: ignore[attr-defined]


def in_words(quarter: str) -> str:
    """Return a quarter as people call it: `October to December 2026`."""
    year, _, number = quarter.partition("-Q")
    return f"{QUARTERS[int(number) - 1]} {year}"


def keeper_choices(officer: Officer) -> list[tuple[str, str]]:
    """Return the colleagues who may keep in touch."""
    return [(one.ref, one.get_full_name()) for one in networks.keepers(officer=officer)]


# ---------------------------------------------------------------- the matrix and lists


@require_safe
@needs(Permission.NETWORK_READ)
def matrix(request: DeskRequest) -> HttpResponse:
    """Show every community with how it is reached, gaps first."""
    form, rows = _matrix(request)
    context = {
        "form": form,
        "rows": rows,
        "heads": [kind.label for kind in MechanismKind],
        "gaps": sum(bool(row.gap) for row in rows),
        "succession": networks.gaps(officer=request.user),
        "may_write": request.user.may(Permission.NETWORK_WRITE),
        "may_records": request.user.may(Permission.RECORD_READ),
        "query": request.GET.urlencode(),
    }
    return render(request, "desk/networks/matrix.html", context)


@require_safe
@needs(Permission.NETWORK_READ)
def sheet(request: DeskRequest) -> HttpResponse:
    """Give the matrix as a table for a spreadsheet."""
    _, rows = _matrix(request)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="networks-{clock.today()}.csv"'
    table = csv.writer(answer)
    heads = [f"{kind.label}: {what}" for kind in MechanismKind for what in ("number", "last", "next due", "state")]
    table.writerow(["Community", "Kind", "Area", "Gap", *heads])
    for row in rows:
        cells = [item for cell in row.cells for item in (cell.number, cell.last or "", cell.due or "", cell.words)]
        table.writerow([_harmless(row.name), row.kind.label, _harmless(row.area), row.gap, *cells])
    return answer


def _matrix(request: DeskRequest) -> tuple[FilterForm, list[MatrixRow]]:
    form = FilterForm(request.GET, officer=request.user)
    area = form.cleaned_data["area"] if form.is_valid() else None
    return form, networks.matrix(officer=request.user, area_id=area)


def _harmless(text: str) -> str:
    """Keep a spreadsheet from reckoning with a name."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text


@require_safe
@needs(Permission.NETWORK_READ)
def people(request: DeskRequest) -> HttpResponse:
    """List key individuals, first who is due first: one's own, or everybody's."""
    whole = request.GET.get("whose") == "all"
    context = {
        "lines": networks.lines(officer=request.user, keeper=None if whole else request.user),
        "whole": whole,
        "may_write": request.user.may(Permission.NETWORK_WRITE),
    }
    return render(request, "desk/networks/people.html", context)


@require_safe
@needs(Permission.RECORD_READ)
def asked(request: DeskRequest) -> HttpResponse:
    """List who was asked about one thing more than once: references only."""
    return render(request, "desk/networks/asked.html", {"lines": asking.asked_again(officer=request.user)})


@needs(Permission.NETWORK_WRITE)
def hand_over(request: DeskRequest) -> HttpResponse:
    """Give a colleague's whole list to another colleague."""
    form = HandOverForm(request.POST or None, officer=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            moved = actions.hand_over(
                officer=request.user,
                keeper=_colleague(request, form.cleaned_data["keeper"]),
                to=_colleague(request, form.cleaned_data["to"]),
            )
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Handed over: {moved}." if moved else "There was nobody to hand over.")
            return redirect("desk:networks:people")
    return render(request, "desk/networks/hand_over.html", {"form": form})


# ---------------------------------------------------------------- one key individual


@needs(Permission.NETWORK_WRITE)
def new(request: DeskRequest) -> HttpResponse:
    """Make a member a key individual."""
    wanted = request.GET.get("member", "").replace("\x00", "")[:12]
    form = NewKeyForm(request.POST or None, officer=request.user, initial={"member": wanted})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.make_key_contact(
                officer=request.user,
                member=members.get_member(officer=request.user, ref=given["member"].strip().upper()),
                role=KeyRole(given["role"]),
                community_refs=given["communities"],
                keeper=_colleague(request, given["keeper"]),
                cadence_days=given["cadence"],
                tension=given["tension"],
            )
        except NotHereError:
            form.add_error("member", "No member has this reference: copy it from their page.")
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Added. The first talk is due today.")
            return redirect("desk:networks:page", ref=made.ref)
    return render(request, "desk/networks/new.html", {"form": form})


@require_safe
@needs(Permission.NETWORK_READ)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Show one key individual: when to talk next, the last talks, who may follow."""
    return _page(request, ref)


@require_POST
@needs(Permission.NETWORK_WRITE)
def talk(request: DeskRequest, ref: str) -> HttpResponse:
    """Note a talk with one key individual."""
    form = TalkForm(request.POST)
    if not form.is_valid():
        return _page(request, ref, talk_form=form)
    given = form.cleaned_data
    now = clock.now()
    at = now.replace(year=given["on"].year, month=given["on"].month, day=given["on"].day) if given["on"] else now
    try:
        actions.log_talk(officer=request.user, ref=ref, how=TalkHow(given["how"]), at=at, note=given["note"])
    except actions.MemberError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, ref, talk_form=form)
    messages.success(request, "Noted.")
    return redirect("desk:networks:page", ref=ref)


@require_POST
@needs(Permission.NETWORK_WRITE)
def change(request: DeskRequest, ref: str) -> HttpResponse:
    """Change what one key individual does, for whom they speak and how often."""
    networks.get_key_contact(officer=request.user, ref=ref)
    form = KeyForm(request.POST, officer=request.user)
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.change_key_contact(
                officer=request.user,
                ref=ref,
                role=KeyRole(given["role"]),
                community_refs=given["communities"],
                cadence_days=given["cadence"],
                tension=given["tension"],
            )
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Changed.")
            return redirect("desk:networks:page", ref=ref)
    return _page(request, ref, key_form=form)


@require_POST
@needs(Permission.NETWORK_WRITE)
def give(request: DeskRequest, ref: str) -> HttpResponse:
    """Hand one key individual over to a colleague."""
    contact = networks.get_key_contact(officer=request.user, ref=ref)
    try:
        to = _colleague(request, _typed(request, "to"))
        actions.hand_over(officer=request.user, keeper=contact.officer, to=to, ref=ref)
        messages.success(request, f"{to.get_full_name()} keeps in touch from now on.")
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:networks:page", ref=ref)


@require_POST
@needs(Permission.NETWORK_WRITE)
def successor(request: DeskRequest, ref: str) -> HttpResponse:
    """Name who is to follow one key individual."""
    networks.get_key_contact(officer=request.user, ref=ref)
    wanted = _typed(request, "member").upper()
    try:
        follows = members.get_member(officer=request.user, ref=wanted) if wanted else None
        actions.name_successor(officer=request.user, ref=ref, member=follows)
        messages.success(request, f"{follows.name} is to follow." if follows else "Nobody is named to follow.")
    except NotHereError:
        messages.error(request, "No member has this reference: copy it from their page.")
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:networks:page", ref=ref)


@require_POST
@needs(Permission.NETWORK_WRITE)
def end(request: DeskRequest, ref: str) -> HttpResponse:
    """Let somebody be a key individual no more."""
    networks.get_key_contact(officer=request.user, ref=ref)
    if not request.POST.get("sure"):
        messages.error(request, "Tick the box that says you are sure, then press the button again.")
    else:
        actions.end_key_contact(officer=request.user, ref=ref)
        messages.success(request, "Ended. Choose below who may follow.")
    return redirect("desk:networks:page", ref=ref)


@needs(Permission.NETWORK_WRITE)
def pulse(request: DeskRequest, ref: str) -> HttpResponse:
    """Take the five questions of the quarter with one key individual."""
    contact = networks.get_key_contact(officer=request.user, ref=ref)
    form = PulseForm(request.POST or None, whose="In their own words, to question {number}")
    if request.method == "POST" and form.is_valid():
        answers, words = form.given()
        try:
            actions.answer_pulse(contact=contact, answers=answers, words=words, officer=request.user)
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept. Thank them, and tell them that they will hear what came of it.")
            return redirect("desk:networks:page", ref=ref)
    context = {"contact": contact, "form": form, "quarter": in_words(quarter_of(clock.today()))}
    return render(request, "desk/networks/pulse.html", {**context, "given": networks.pulse_given(contact=contact)})


# ---------------------------------------------------------------- communities


@needs(Permission.NETWORK_WRITE)
def new_community(request: DeskRequest) -> HttpResponse:
    """Name a community to stay in touch with."""
    form = CommunityForm(request.POST or None, areas=networks.all_areas())
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.found_community(
                officer=request.user, kind=CommunityKind(given["kind"]), name=given["name"], area_id=given["area"]
            )
        except actions.MemberError as refusal:
            form.add_error("name", str(refusal))
        else:
            return redirect("desk:networks:community", ref=made.ref)
    return render(request, "desk/networks/new_community.html", {"form": form})


@require_safe
@needs(Permission.NETWORK_READ)
def community(request: DeskRequest, ref: str) -> HttpResponse:
    """Show one community: who speaks for it, how else it is reached."""
    return _community(request, ref)


@require_POST
@needs(Permission.NETWORK_WRITE)
def add_mechanism(request: DeskRequest, ref: str) -> HttpResponse:
    """Write down another way to one community."""
    networks.get_community(officer=request.user, ref=ref)
    form = MechanismForm(request.POST, officer=request.user)
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.add_mechanism(
                officer=request.user,
                community_ref=ref,
                kind=MechanismKind(given["way"]),
                name=given["called"],
                scheme_id=given["scheme"],
                last_used=given["last_used"],
                cadence_days=given["cadence"],
            )
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Added.")
            return redirect("desk:networks:community", ref=ref)
    return _community(request, ref, form=form)


@require_POST
@needs(Permission.NETWORK_WRITE)
def mechanism(request: DeskRequest, ref: str) -> HttpResponse:
    """Note that a way to one community was used today, or take it away."""
    networks.get_community(officer=request.user, ref=ref)
    number = request.POST.get("mechanism", "")
    if not number.isdecimal() or len(number) > 18:  # noqa: PLR2004 - what a key can be
        raise NotHereError("mechanism")
    if request.POST.get("what") == "end":
        actions.end_mechanism(officer=request.user, community_ref=ref, mechanism_id=int(number))
        messages.success(request, "Taken away.")
    else:
        actions.use_mechanism(officer=request.user, community_ref=ref, mechanism_id=int(number))
        messages.success(request, "Noted: used today.")
    return redirect("desk:networks:community", ref=ref)


@require_POST
@needs(Permission.NETWORK_WRITE)
def end_community(request: DeskRequest, ref: str) -> HttpResponse:
    """Take one community off the matrix."""
    networks.get_community(officer=request.user, ref=ref)
    if not request.POST.get("sure"):
        messages.error(request, "Tick the box that says you are sure, then press the button again.")
        return redirect("desk:networks:community", ref=ref)
    actions.end_community(officer=request.user, ref=ref)
    messages.success(request, "Taken off.")
    return redirect("desk:networks:matrix")


@require_safe
@needs(Permission.NETWORK_READ)
def results(request: DeskRequest) -> HttpResponse:
    """Show what key individuals said, quarter by quarter; small numbers are hidden."""
    context = {
        "communities": networks.results(officer=request.user),
        "areas": networks.results_of_areas(officer=request.user),
        "questions": [question for question, _ in PULSE_QUESTIONS],
        "quarters": [in_words(one) for one in reversed(quarters_back(clock.today()))],
        "least": LEAST_ANSWERS,
    }
    return render(request, "desk/networks/results.html", context)


# ---------------------------------------------------------------- shared


def _page(
    request: DeskRequest, ref: str, *, talk_form: TalkForm | None = None, key_form: KeyForm | None = None
) -> HttpResponse:
    contact = networks.get_key_contact(officer=request.user, ref=ref)
    line = networks.line_of(contact=contact)
    initial = {
        "role": contact.role,
        "communities": [one.ref for one in contact.communities.all()],
        "cadence": contact.cadence_days,
        "tension": contact.tension,
    }
    context = {
        "contact": contact,
        "line": line,
        "talks": networks.talks(contact=contact),
        "pulse_given": networks.pulse_given(contact=contact),
        "pulses": _pulses(contact),
        "successors": networks.successors(contact=contact),
        "keepers": [pair for pair in keeper_choices(request.user) if pair[0] != line.officer_ref],
        "talk_form": talk_form or TalkForm(),
        "may_report": request.user.may(Permission.REPORT_WORK),
        "key_form": key_form or KeyForm(officer=request.user, initial=initial),
        "may_write": request.user.may(Permission.NETWORK_WRITE),
    }
    return render(request, "desk/networks/page.html", context)


def _pulses(contact: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a table that screens do not know
    return [
        {
            "quarter": in_words(one.quarter),
            "lines": [
                (question, answer, one.words.get(str(number), ""))
                for number, ((question, _), answer) in enumerate(zip(PULSE_QUESTIONS, one.answers, strict=True))
            ],
        }
        for one in networks.pulses_of(contact=contact)
    ]


def _community(request: DeskRequest, ref: str, *, form: MechanismForm | None = None) -> HttpResponse:
    found = networks.get_community(officer=request.user, ref=ref)
    context = {
        "community": found,
        "lines": networks.lines(officer=request.user, community=found),
        "mechanisms": networks.mechanisms_of(community=found),
        "form": form or MechanismForm(officer=request.user),
        "may_write": request.user.may(Permission.NETWORK_WRITE) and found.ended_at is None,
    }
    return render(request, "desk/networks/community.html", context)


def _typed(request: DeskRequest, name: str) -> str:
    """Return a reference as it was typed, without what no reference holds."""
    return request.POST.get(name, "").replace("\x00", "").strip()[:12]


def _colleague(request: DeskRequest, ref: str) -> Officer:
    """Return a colleague by reference.

    Raises:
        MemberError: there is none.
    """
    found = networks.colleague(officer=request.user, ref=ref)
    if found is None:
        raise actions.MemberError("Choose a colleague from the list.")
    return found
