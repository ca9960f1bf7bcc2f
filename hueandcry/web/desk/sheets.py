"""Paper on the desk: sheets for noticeboards, letters to those who get post, and who carried them."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.queries.posting import link_to
from hueandcry.domain.alerts.queries.schemes import sheet_of
from hueandcry.domain.alerts.rules import OUT, AlertError
from hueandcry.domain.alerts.rules.paper import PaperSize, Reply, Side, check_board, compose_side, compose_why
from hueandcry.domain.members.rules import Language, Tier
from hueandcry.domain.messaging.actions import printing
from hueandcry.domain.messaging.queries import printing as waiting
from hueandcry.domain.messaging.rules import MessagingError
from hueandcry.domain.messaging.rules.printing import EVERYBODY, Letter, choices_of
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit import clock, paper
from hueandcry.kit.finding import NotHereError
from hueandcry.web.parts import labels
from hueandcry.web.parts.doors import DeskRequest, needs

SHEET = Path(__file__).resolve().parents[1] / "templates" / "desk" / "print" / "sheet.typ"
# How many strips fit side by side, each wide enough for a telephone number.
TABS = {PaperSize.A4: 5, PaperSize.A5: 4, PaperSize.LARGE: 3}
NOT_OUT = "Release it first: nothing is printed before others agreed to it."
NO_EXERCISE = "This is an exercise: nothing of it is printed."


class BoardForm(forms.Form):
    """Choose the paper and the language of a sheet for a noticeboard."""

    says_optional = False

    paper = forms.ChoiceField(label="Paper", choices=PaperSize.choices, initial=PaperSize.A4.value)
    language = forms.ChoiceField(
        label="Language",
        choices=Language.choices,
        initial=Language.ENGLISH.value,
        help_text="What was pressed is said in it. What was typed stays as it was typed, unless it was given in it.",
    )


class LettersForm(forms.Form):
    """Choose whose letters are printed."""

    says_optional = False

    where = forms.MultipleChoiceField(
        label="Whose letters?",
        help_text="Tick several, and each is a batch of its own with its own list, for whoever carries it.",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )

    def __init__(self, *args: Any, letters: Sequence[Letter], **kwargs: Any) -> None:  # noqa: ANN401 - as Django's
        """Offer the places where letters wait."""
        super().__init__(*args, **kwargs)
        self.fields["where"].choices = [  # type: ignore[attr-defined]
            (EVERYBODY, f"All ({len(letters)})"),
            *choices_of(letters),
        ]


@require_safe
@needs(Permission.ALERT_READ)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Show what of one alert can be printed, and how many letters wait."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    refused = _refused(alert)
    about = f"alert:{alert.ref}"
    may_letters = _may_letters(request) and not refused
    found = waiting.letters(about=about) if may_letters else []
    still, carried = waiting.count_letters(about=about)
    context = {
        "alert": alert,
        "refused": refused,
        "board_form": None if sheet_of(alert=alert).is_for_few else BoardForm(),
        "may_letters": may_letters,
        "letters": len(found),
        "printed": sum(letter.printed for letter in found),
        "without": still - len(found) if may_letters else 0,
        "carried": carried,
        "form": LettersForm(letters=found) if found else None,
    }
    return render(request, "desk/alerts/print.html", context)


@require_safe
@needs(Permission.ALERT_READ)
def board(request: DeskRequest, ref: str) -> HttpResponse:
    """Give a sheet for a noticeboard as PDF."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    form = BoardForm(request.GET)
    # An odd link gets the usual sheet.
    size = PaperSize(form.cleaned_data["paper"]) if form.is_valid() else PaperSize.A4
    language = form.cleaned_data["language"] if form.is_valid() else Language.ENGLISH.value
    try:
        _check(alert)
        check_board(sheet_of(alert=alert))
    except AlertError as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:alerts:print", ref=ref)
    side = _side(alert, language=language, large=size == PaperSize.LARGE)
    made = _typeset(alert, paper_size=size, tabs=TABS[size], sheets=[_drawn(side)])
    return _pdf(made, f"{ref}-{size}-{language}.pdf")


@require_POST
@needs(Permission.ALERT_WRITE)
def letters(request: DeskRequest, ref: str) -> HttpResponse:
    """Give the letters of these places as one PDF, each batch behind a list of streets; who printed them is kept."""
    alert, where = _of(request, ref)
    try:
        _check(alert)
        printed = printing.print_letters(about=f"alert:{alert.ref}", where=where, actor=request.user.as_actor())
    except (AlertError, MessagingError) as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:alerts:print", ref=ref)
    now = timezone.localtime(clock.now())
    made = _typeset(
        alert,
        tabs=0,
        level=2,
        batches=[
            {
                "name": batch.name,
                "cover": [
                    f"{labels.plural(len(batch.letters), 'letter')} in the order of the walk.",
                    f"Printed {now:%d %B %Y, %H:%M} by {request.user.get_full_name()}. Print on both sides.",
                    "Names and addresses: for whoever carries them alone.",
                ],
                "counts": list(_streets(batch.letters).items()),
                "letters": _letters(alert, batch.letters),
            }
            for batch in printed
        ],
    )
    return _pdf(made, f"{ref}-letters.pdf")


@require_POST
@needs(Permission.ALERT_WRITE)
def carried(request: DeskRequest, ref: str) -> HttpResponse:
    """Write down that the printed letters of these places were taken away to be carried."""
    alert, where = _of(request, ref)
    try:
        many = printing.hand_over_letters(about=f"alert:{alert.ref}", where=where, actor=request.user.as_actor())
        messages.success(request, f"{labels.plural(many, 'letter')} handed over.")
    except MessagingError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:alerts:print", ref=ref)


def _may_letters(request: DeskRequest) -> bool:
    return request.user.may(Permission.ALERT_WRITE) and request.user.may(Permission.MEMBER_READ)


def _streets(letters: Sequence[Letter]) -> Counter[str]:
    return Counter(", ".join(filter(None, (letter.box.street, letter.parish))) for letter in letters)


def _of(request: DeskRequest, ref: str) -> tuple[Any, list[str]]:
    """Return the alert, and which letters are meant: whoever may not read names gets no letters."""
    if not _may_letters(request):
        raise NotHereError(f"alert:{ref}")
    return queries.get_alert(officer=request.user, ref=ref), request.POST.getlist("where")


def _refused(alert: Any) -> str:  # noqa: ANN401 - screens know no tables
    if alert.is_drill:
        return NO_EXERCISE
    return "" if alert.state in OUT else NOT_OUT


def _check(alert: Any) -> None:  # noqa: ANN401
    refused = _refused(alert)
    if refused:
        raise AlertError(refused)


def _side(alert: Any, *, language: str, large: bool) -> Side:  # noqa: ANN401
    sheet, is_public = sheet_of(alert=alert), alert.level == Tier.PUBLIC
    # Whoever reads Welsh on the noticeboard reads it on the web too, whatever their browser asks for.
    page_address = link_to(ref=alert.ref, language=language) if is_public else ""
    return compose_side(
        replace(sheet, until=_here(sheet.until)),
        occurred_at=_here(alert.occurred_at),
        corrected=alert.corrected_because if alert.corrected_at else "",
        reply=Reply(invited=alert.invites_answers, number=settings.REPLY_NUMBER, page=page_address),
        language=language,
        large=large,
    )


def _letters(alert: Any, printed: Sequence[Letter]) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return what the letters say: one side for each language and size, shared by all who read it."""
    kinds = {(letter.language, letter.is_large) for letter in printed}
    sides = {kind: _drawn(_side(alert, language=kind[0], large=kind[1])) for kind in kinds}
    return [
        {
            "to": [letter.name, *letter.box.lines],
            "why": compose_why(ref=alert.ref, language=letter.language),
            "side": sides[letter.language, letter.is_large],
        }
        for letter in printed
    ]


def _drawn(side: Side) -> dict[str, Any]:
    return {**asdict(side), "qr": paper.qr_svg(side.scan) if side.scan else ""}


def _typeset(alert: Any, *, paper_size: PaperSize = PaperSize.A4, tabs: int, **data: Any) -> bytes:  # noqa: ANN401
    return paper.typeset(
        SHEET,
        {
            "title": f"{alert.headline} ({alert.ref})",
            "author": alert.organisation.signs_as,
            "paper": "a5" if paper_size == PaperSize.A5 else "a4",
            "level": 1,
            "tabs": tabs,
            "sheets": [],
            "batches": [],
            **data,
        },
    )


def _pdf(made: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    # Names and addresses stay in no cache.
    answer["Cache-Control"] = "no-store"
    return answer


def _here(moment: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(moment) if moment else None
