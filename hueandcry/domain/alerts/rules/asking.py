"""Whom the program asks to approve what waits, when and by which ways, and what it says. Pure.

One table for each urgency. An officer on the rota comes first, then who stands in, then everybody who may approve; a
turn without anybody is passed over. Nothing that is said names a person, a place, a vehicle or a word of the alert.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from hueandcry.domain.alerts.rules.kinds import PRIORITIES, Urgency
from hueandcry.domain.members.rules.preferences import may_go_at, next_moment
from hueandcry.domain.messaging.rules import Words
from hueandcry.kit import gsm7
from hueandcry.kit.kinds import Kind


class Turn(Kind):
    """Who of those who may approve is asked."""

    DUTY = "duty", "on duty now"
    STAND_IN = "stand_in", "standing in"
    ALL = "all", "all who may approve"


@dataclass(frozen=True)
class Step:
    """One row: so long after the row before, these are asked."""

    after: dt.timedelta
    turn: Turn


@dataclass(frozen=True)
class Plan:
    """How it is asked for approval of one urgency.

    Attributes:
        steps: whom, when; the first of them at once.
        left_after: so long after the last of them nobody took it: its author is told to ring somebody.
        read_for: so long whoever opened it is left to read, before the next are asked.
        by_text: by text too, not by e-mail alone.
    """

    steps: tuple[Step, ...]
    left_after: dt.timedelta
    read_for: dt.timedelta
    by_text: bool


def _minutes(many: int) -> dt.timedelta:
    return dt.timedelta(minutes=many)


def _hours(many: int) -> dt.timedelta:
    return dt.timedelta(hours=many)


def _plan(*after: dt.timedelta, left_after: dt.timedelta, read_for: dt.timedelta, by_text: bool = True) -> Plan:
    turns = (Turn.DUTY, Turn.STAND_IN, Turn.ALL, Turn.ALL)
    return Plan(tuple(map(Step, after, turns)), left_after=left_after, read_for=read_for, by_text=by_text)


_AT_ONCE = _minutes(0)
PLANS: dict[Urgency, Plan] = {
    Urgency.NOW: _plan(
        *(_AT_ONCE, _minutes(3), _minutes(3), _minutes(5)), left_after=_minutes(5), read_for=_minutes(3)
    ),
    Urgency.TODAY: _plan(
        *(_AT_ONCE, _minutes(30), _minutes(30), _hours(2)), left_after=_hours(1), read_for=_minutes(15)
    ),
    Urgency.WHENEVER: _plan(
        *(_AT_ONCE, _hours(4), _hours(20), _hours(48)), left_after=_hours(24), read_for=_hours(2), by_text=False
    ),
}


def is_hour(urgency: Urgency, local: dt.datetime) -> bool:
    """Say whether somebody who is not on duty is told of it at this hour: at night only of what is urgent."""
    return may_go_at(PRIORITIES[urgency], local)


@dataclass(frozen=True)
class Stand:
    """How far the asking of one alert has come.

    Attributes:
        done: the last step that was made; -1 before the first.
        since: how long ago that was; before the first, how long it waits.
        is_lost: nothing of what was sent came to anybody, so that the next are asked at once.
        read: how long ago somebody who may approve opened it last; None where nobody did.
    """

    done: int
    since: dt.timedelta
    is_lost: bool = False
    read: dt.timedelta | None = None


def is_read(plan: Plan, stand: Stand) -> bool:
    """Say whether somebody reads it at this moment, as far as we can know."""
    return stand.read is not None and stand.read < plan.read_for


def step_due(plan: Plan, stand: Stand) -> int | None:
    """Return which step is due; None while none is."""
    step = stand.done + 1
    if step >= len(plan.steps) or is_read(plan, stand):
        return None
    return step if stand.is_lost or stand.since >= plan.steps[step].after else None


def is_left(plan: Plan, stand: Stand) -> bool:
    """Say whether everybody was asked and nobody took it."""
    if stand.done < len(plan.steps) - 1 or is_read(plan, stand):
        return False
    return stand.is_lost or stand.since >= plan.left_after


def hour_from(urgency: Urgency, local: dt.datetime) -> dt.datetime:
    """Return the first moment from this one on at which somebody who is not on duty is told of it."""
    return next_moment(PRIORITIES[urgency], local) or local


def filled(plan: Plan, step: int, turns: Collection[Turn]) -> int | None:
    """Return the first step from this one on whose turn has somebody; None where none has."""
    return next((number for number in range(step, len(plan.steps)) if plan.steps[number].turn in turns), None)


# ---------------------------------------------------------------- what is said

HOW_URGENT: dict[Urgency, str] = {Urgency.NOW: "urgent ", Urgency.TODAY: "", Urgency.WHENEVER: ""}


@dataclass(frozen=True)
class Told:
    """What may be said of an alert to an officer on a locked screen: nothing of its words.

    Attributes:
        kind: its subject, as the list of subjects has it.
        link: its page on the desk, behind the sign-in.
        what: "alert", or "correction of alert".
    """

    signs_as: str
    ref: str
    kind: str
    urgency: Urgency
    link: str
    is_drill: bool
    is_correction: bool = False

    @property
    def what(self) -> str:
        """Name it in a sentence."""
        thing = "correction of alert" if self.is_correction else "alert"
        return f"{HOW_URGENT[self.urgency]}{thing} {self.ref}"


def ask_words(told: Told, *, waits_since: str, more: bool) -> Words:
    """Return what asks an officer to approve; `more`: another agreed already, and one more is needed."""
    need = "needs one more officer to agree" if more else "waits for approval"
    long = _said(told, f"{_article(told.what)} {told.what} ({told.kind}) {need}.")
    short = _said(told, f"{_article(told.what)} {told.what} {need}.")
    body = (
        f"{_drill(told)}{_article(told.what)} {told.what} {need}, since {waits_since}.\n\n"
        f"Subject: {told.kind}\n\n"
        f"Read it, then approve it or send it back with a reason:\n{told.link}\n\n"
        "You are told because you may approve it. What it says is not in this message. Nobody reads answers to it."
    )
    return _words(told, text=_fitting(long, short), subject=f"{told.what} {need}", email=body)


def author_words(told: Told, *, happened: str) -> Words:
    """Return what tells an author what became of what they sent for approval; `happened` ends the sentence."""
    said = f"Your {told.what} {happened}"
    body = f"{_drill(told)}{said}\n\n{told.link}\n\nNobody reads answers to this message."
    return _words(told, text=_said(told, said), subject=said.partition(".")[0], email=body)


def whom_to_ring(number: str) -> str:
    """Return what an author does when nobody took it."""
    return f"Ring the control room on {number}." if number else "Ring the control room, or an officer who may approve."


def _words(told: Told, *, text: str, subject: str, email: str) -> Words:
    subject = f"{'EXERCISE: ' if told.is_drill else ''}{subject[0].upper()}{subject[1:]}"
    return Words(text=text, spoken=text.replace(told.link, ""), subject=subject, email=email)


def _said(told: Told, sentence: str) -> str:
    return f"{_drill(told)}{told.signs_as}: {sentence} {told.link}"


def _drill(told: Told) -> str:
    return "EXERCISE. " if told.is_drill else ""


def _article(what: str) -> str:
    return "An" if what[0] in "au" else "A"


def _fitting(long: str, short: str) -> str:
    """Return the longer of two texts where it costs no more than one."""
    return long if gsm7.count(long).parts == 1 else short
