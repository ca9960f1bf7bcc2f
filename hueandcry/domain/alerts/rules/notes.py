"""Own messages of watch schemes: what they may say, how often, at which hours, and how they are said. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from hueandcry.domain.alerts.rules.checks import check_told
from hueandcry.domain.alerts.rules.fairness import FAIRNESS
from hueandcry.domain.alerts.rules.kinds import AlertError, Finding, Severity
from hueandcry.domain.members.rules import Purpose, Tier
from hueandcry.domain.messaging import rules as messaging
from hueandcry.kit import gsm7
from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import mark, say, texted

NOTE_MOST = 300
WEEK = dt.timedelta(days=7)
MINUTES_A_DAY = 24 * 60
NOTE_TAIL = mark("Reply here. Danger: 999.")
# What a scheme may write about, by what its members agreed to hear.
NOTE_PURPOSES: tuple[tuple[Purpose, str], ...] = (
    (Purpose.ALERT, "Something to look out for"),
    (Purpose.ADVICE, "Advice: locks, marking, lambing, heating oil"),
    (Purpose.SURVEY, "A meeting or a question"),
)
# An officer who reads it may weigh these; everything else must be changed by whoever wrote it.
_WEIGHED = frozenset({"photo", "foreign", *(row.code for row in FAIRNESS if row.severity == Severity.WARN)})


class NoteState(Kind):
    """Where an own message of a scheme stands."""

    WAITING = "waiting", "An officer reads it first"
    DUE = "due", "Goes out at the next office hours"
    SENT = "sent", "Sent"
    RETURNED = "returned", "Sent back"
    WITHDRAWN = "withdrawn", "Taken back"


@dataclass(frozen=True)
class NoteLine:
    """One own message as lists show it.

    Attributes:
        author: the coordinator's name; empty when they have left.
        warnings: what the check asks an officer to weigh.
    """

    ref: str
    scheme: str
    scheme_ref: str
    author: str = field(repr=False)
    purpose: Purpose
    text: str
    state: NoteState
    written_at: dt.datetime
    returned_because: str
    sent_at: dt.datetime | None
    told: int
    warnings: tuple[str, ...] = ()


def check_note(text: str, *, scheme: str, signs_as: str, now: dt.datetime) -> list[Finding]:
    """Return what the send check finds in an own message; for a coordinator nearly every finding refuses."""
    found = [
        finding
        if finding.code in _WEIGHED
        else Finding(finding.code, Severity.REFUSE, finding.sentence, finding.source)
        for finding in check_told(text, level=Tier.MEMBER, now=now)
    ]
    if not text.strip():
        found.append(_refused("no_words", "Write what you want to say.", "product.md row 12"))
    over = len(text.strip()) - NOTE_MOST
    counted = gsm7.count(compose_note(text, ref="WWWWWW", scheme=scheme, signs_as=signs_as).text)
    if over > 0:
        found.append(_refused("too_long", f"Shorten it: {over:,} characters too many.", "the table's column"))
    elif counted.parts > 1:
        sentence = "Shorten it until it fits one text: old phones show two of them torn."
        found.append(_refused("parts", sentence, "GSM 03.38; domain.md pitfall 48"))
    return sorted(found, key=lambda finding: finding.severity != Severity.REFUSE)


def _refused(code: str, sentence: str, source: str) -> Finding:
    return Finding(code, Severity.REFUSE, sentence, source)


def check_limit(*, sent: int, a_week: int) -> None:
    """Refuse more own messages in seven days than the force allows this scheme.

    Raises:
        AlertError: saying how many there are.
    """
    if a_week == 0:
        raise AlertError(say("This scheme sends no messages of its own: ask an officer if that should change."))
    if sent >= a_week:
        times = "one message" if a_week == 1 else f"{a_week} messages"
        raise AlertError(
            say("This scheme sends {times} in seven days at most. Wait a few days, or ask an officer.").format(
                times=times
            )
        )


def in_hours(*, now: dt.datetime, start: int, end: int) -> bool:
    """Say whether own messages go out at this local moment: from `start` until before `end`, minutes of the day."""
    minute = now.hour * 60 + now.minute
    return start <= minute < end if start <= end else minute >= start or minute < end


def compose_note(text: str, *, ref: str, scheme: str, signs_as: str) -> messaging.Words:
    """Return an own message as each channel carries it, signed by the scheme and by who answers for it."""
    said = " ".join(gsm7.to_gsm7(text).translate(str.maketrans("{}", "()")).split())
    said = said if not said or said[-1] in ".!?" else f"{said}."
    signed = f"{scheme} via {signs_as}"
    return messaging.in_every_language(
        lambda: _composed(said, ref=ref, scheme=scheme, signs_as=signs_as, signed=signed)
    )


def _composed(said: str, *, ref: str, scheme: str, signs_as: str, signed: str) -> messaging.Words:
    facts = {"said": said, "scheme": scheme, "signs": signs_as, "signed": signed, "page": "{page}"}
    return messaging.Words(
        text=f"{signed} {ref}: {said} {texted(say(NOTE_TAIL))}",
        spoken=say(
            "This is a message of {scheme}, by way of {signs}. {said} "
            "To answer, call 1 0 1 and give the reference {ref}. In danger, call 9 9 9."
        ).format(**facts, ref=" ".join(ref)),
        subject=f"{signed} {ref}"[:200],
        email=say(
            "{said}\n\nTo answer, reply to this e-mail. This is no emergency line: in danger, call 999."
            "\n\n{signed}, reference {ref}. You get this because you are in {scheme}.\n"
            "What you get and how, or to stop: {page}"
        ).format(**facts, ref=ref),
    )


def warnings_of(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the sentences that an officer weighs."""
    return tuple(finding.sentence for finding in findings if finding.severity == Severity.WARN)
