"""What one side of paper says of an alert: the officer's words as they are, ours round them in the reader's language.

No personal data stands here: the side may hang on a noticeboard. Pure.
"""

import datetime as dt
from dataclasses import dataclass, replace

from hueandcry.domain.alerts.rules.kinds import AlertError
from hueandcry.domain.alerts.rules.sheets import Sheet
from hueandcry.domain.alerts.rules.wording import (
    CORRECTION,
    CORRECTION_EMAIL,
    KEEP_EMAIL,
    OWN_EMAIL,
    SAFETY_EMAIL,
    VETTED_LEVELS,
    in_own_words,
)
from hueandcry.domain.members.rules import Language
from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import day_said, mark, say, speaking

ANSWER_101 = mark("To answer, call 101 and say {ref}.")
ANSWER_TEXT = mark("Or text {ref} and what you saw to {number}.")
ANSWER_WEB = mark("On the web: {page}")
ANSWER_FORM = mark("Or fill in the part below, tear it off and give it to an officer or to your coordinator.")
SCAN_WEB = mark("Scan this code to see on the web what is new.")
SCAN_TEXT = mark("Scan this code to text us what you saw: {ref} stands there already.")
SCAN_101 = mark("Scan this code to call 101.")
WHY_PAPER = mark("You get this on paper because you asked for it that way.")
NEXT_PAGE = mark("The alert is on the next page.")
TO_CHANGE = mark("To change that, or to stop: call 101 and say {ref}.")
NOT_FOR_BOARDS = (
    "This one is for checked members only, and a noticeboard is read by everybody. Print the letters, which are "
    "addressed to those whom it is for."
)


class PaperSize(Kind):
    """The paper that lies in the printer, and how large the letters on it are."""

    A4 = "a4", "A4"
    A5 = "a5", "A5"
    LARGE = "large", "Large print on A4, 18 point"


@dataclass(frozen=True)
class Reply:
    """How somebody who reads it on paper can answer.

    Attributes:
        number: to which anybody may text; empty where there is none.
        page: the alert on the web; empty where it is not for everybody.
    """

    invited: bool
    number: str
    page: str


@dataclass(frozen=True)
class Fact:
    """One thing that is named: its label in the reader's language, and whether the officer's own words follow."""

    label: str
    value: str
    own: bool


@dataclass(frozen=True)
class Side:
    """One side of paper.

    Attributes:
        tongue: what the words are in, which may be another language than ours round them.
        few: that it is for few, where it is.
        first: what stands before the headline: that it is over, or corrected.
        notes: what we say before the officer's words.
        what: the officer's words, by their lines.
        scan: what the QR code says to a telephone; empty for none.
    """

    language: str
    tongue: str
    large: bool
    signs: str
    few: str
    first: str
    headline: str
    notes: tuple[str, ...]
    what: tuple[str, ...]
    facts: tuple[Fact, ...]
    ask: str
    safety: str
    answer: tuple[str, ...]
    form: str
    scan: str
    scan_said: str
    reference: str
    code: str
    lines: tuple[str, ...]
    nothing: str
    number: str


def check_board(sheet: Sheet) -> None:
    """Refuse to put on a noticeboard what is for checked members only.

    Raises:
        AlertError: saying what to print instead.
    """
    if sheet.is_for_few:
        raise AlertError(NOT_FOR_BOARDS)


def compose_side(
    sheet: Sheet,
    *,
    occurred_at: dt.datetime | None,
    corrected: str,
    reply: Reply,
    language: str = Language.ENGLISH,
    large: bool = False,
) -> Side:
    """Return one side of paper; moments come in the force's own time zone, `corrected` says why it was corrected."""
    # A number is read out of one line.
    shown = replace(reply, number=reply.number.replace(" ", "\N{NO-BREAK SPACE}"))
    sheet = sheet.in_language(language)
    with speaking(language):
        asks = reply.invited and not sheet.is_over
        scan, scan_said = _scan(sheet.ref, reply) if asks else ("", "")
        return Side(
            language=language,
            tongue=sheet.language,
            large=large,
            signs=sheet.signs_as,
            few=say(KEEP_EMAIL).format(level=say(sheet.level.label).lower()) if sheet.level in VETTED_LEVELS else "",
            first=say("OVER:") if sheet.is_over else say(CORRECTION) if corrected else "",
            headline=sheet.headline,
            notes=_notes(sheet, corrected),
            what=() if sheet.is_over else tuple(filter(str.strip, sheet.what.splitlines())),
            facts=() if sheet.is_over else _facts(sheet, occurred_at),
            ask="" if sheet.is_over else sheet.ask,
            safety="" if sheet.is_over else say(SAFETY_EMAIL),
            answer=_answer(sheet.ref, shown) if asks else (),
            form=say(ANSWER_FORM),
            scan=scan,
            scan_said=scan_said,
            reference=say("Reference {ref}.").format(ref=sheet.ref),
            code=sheet.ref,
            lines=(say("What I saw"), say("Where and when")),
            nothing=say("Nothing seen is an answer too: ☐ I saw nothing"),
            number=shown.number,
        )


def compose_why(*, ref: str, language: str) -> tuple[str, ...]:
    """Return what stands below the address: why it came on paper, where the alert is, and how to stop."""
    with speaking(language):
        return say(WHY_PAPER), say(NEXT_PAGE), say(TO_CHANGE).format(ref=ref)


def _notes(sheet: Sheet, corrected: str) -> tuple[str, ...]:
    if sheet.is_over:
        return (say("This is over. You need not look out any more. Thank you to everybody who did."),)
    notes = [say(CORRECTION_EMAIL).format(why=in_own_words(corrected))] if corrected else []
    return (*notes, *([say(OWN_EMAIL)] if sheet.is_foreign else []))


def _facts(sheet: Sheet, occurred_at: dt.datetime | None) -> tuple[Fact, ...]:
    found = [
        Fact(say("Where:"), sheet.where, own=True) if sheet.where else None,
        Fact(say("When:"), _moment(occurred_at), own=False) if occurred_at else None,
        Fact(say("Holds until"), _moment(sheet.until), own=False) if sheet.until else None,
    ]
    return tuple(fact for fact in found if fact)


def _answer(ref: str, reply: Reply) -> tuple[str, ...]:
    return tuple(
        filter(
            None,
            (
                say(ANSWER_101).format(ref=ref),
                say(ANSWER_TEXT).format(ref=ref, number=reply.number) if reply.number else "",
                say(ANSWER_WEB).format(page=reply.page) if reply.page else "",
            ),
        )
    )


def _scan(ref: str, reply: Reply) -> tuple[str, str]:
    if reply.page:
        return reply.page, say(SCAN_WEB)
    if reply.number:
        return f"SMSTO:{reply.number.replace(' ', '')}:{ref} ", say(SCAN_TEXT).format(ref=ref)
    return "tel:101", say(SCAN_101)


def _moment(moment: dt.datetime) -> str:
    return f"{day_said(moment)}, {moment:%H:%M}"
