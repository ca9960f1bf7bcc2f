"""How much a member may be sent in a week, what never waits for it, and what is told of it. Pure."""

import datetime as dt
from dataclasses import dataclass

from hueandcry.domain.members.rules import Priority, Purpose
from hueandcry.domain.messaging.rules.life import (
    DUE,
    ENDED_BY_STOP,
    FOLLOW_UPS,
    REACHED,
    DeliveryState,
    Lane,
    MessageKind,
    MessagingError,
)

LANE_OF: dict[Priority, Lane] = {
    Priority.EMERGENCY: Lane.URGENT,
    Priority.URGENT: Lane.URGENT,
    Priority.IMPORTANT: Lane.NORMAL,
    Priority.ROUTINE: Lane.BULK,
    Priority.NEWSLETTER: Lane.BULK,
}

# What needs an agreement that still stands: everything that nobody asked for by name. Whether somebody wants us at all
# is asked without one, once.
AGREED_TO = tuple(kind for kind in ENDED_BY_STOP if kind != MessageKind.QUESTION)
# For what it must have been given; the others go by any that stands.
AGREED_FOR: dict[MessageKind, Purpose] = {
    MessageKind.ALERT: Purpose.ALERT,
    MessageKind.STAND_DOWN: Purpose.ALERT,
    MessageKind.CORRECTION: Purpose.ALERT,
    MessageKind.REMINDER: Purpose.SURVEY,
}
# What waits while a member pauses. A stand-down or correction does not: it follows what they got before.
PAUSED_WITH = tuple(kind for kind in ENDED_BY_STOP if kind not in FOLLOW_UPS)
# Somebody waits for these at this moment: they go at any hour.
AT_ONCE = (MessageKind.CONTROL, MessageKind.WELCOME, MessageKind.REPLY)
# Who said something so lately is awake: what came of it may be told at any hour.
STILL_AWAKE = dt.timedelta(hours=2)

# ---- the overload budget (domain.md pitfall 36): a rolling week, all senders, all channels
WEEK = dt.timedelta(days=7)
# What counts. Answers, codes, endings and stand-downs are owed: they neither count nor wait.
COUNTED = PAUSED_WITH
CAN_BE_HELD = (MessageKind.ALERT, MessageKind.NOTE)
# What went out, or is about to.
COUNTED_STATES = (*DUE, *REACHED, DeliveryState.UNCERTAIN)
# Up to this priority nothing is ever held; it counts all the same.
NEVER_HELD = Priority.URGENT

# Why a row ended before it was sent; each fits `Delivery.detail`.
ASLEEP = "Asleep until after it ends"
OVER_BUDGET = "Had enough for one week, and it ends before the next digest"
NOT_IN_DIGEST = "It ended before the digest"
DIGEST_LOST = "The digest that it was part of did not arrive"

# Fewer than this many stops is chance, not a spike; twice as many as usual is one.
FEWEST_STOPS = 5
SPIKE = 2.0


@dataclass(frozen=True)
class Slots:
    """When digests go: the moment that has come last, and the next."""

    last: dt.datetime
    coming: dt.datetime


@dataclass(frozen=True)
class Budget:
    """What one more message would mean for these members.

    Attributes:
        members: how many were asked about.
        over: how many of them had enough for this week: they get it in a digest.
        nth: the how-manieth it would be for most of those; 0 when there are none.
        lost: how many of them would not get it at all, because it ends before the next digest.
    """

    members: int
    over: int = 0
    nth: int = 0
    lost: int = 0

    @property
    def for_most(self) -> bool:
        """Say whether it would be held back for more than half."""
        return self.over * 2 > self.members


@dataclass(frozen=True)
class Waiting:
    """One message that waits for its member's next digest, and until when it counts."""

    subject: str
    since: dt.datetime
    ends: dt.datetime | None


@dataclass(frozen=True)
class KeptBack:
    """Whom a message has not reached for reasons of their own.

    Attributes:
        asleep: it comes when their hours begin; the first of them at `next_at`.
        slept: their hours begin only after it ended: never sent.
        held: waits for their next digest.
        bundled: came in a digest.
        overfull: had enough for the week, and it ended before a digest: never sent.
    """

    asleep: int
    next_at: dt.datetime | None
    slept: int
    held: int
    bundled: int
    overfull: int


@dataclass(frozen=True)
class OptOuts:
    """How many stopped for each 1,000 messages, this week and in the four weeks before it."""

    stops: int
    messages: int
    rate: float
    rate_before: float | None
    alarm: bool


def can_be_held(*, kind: MessageKind, priority: Priority) -> bool:
    """Say whether a message of this kind and priority waits for the digest when a member had enough for one week."""
    return kind in CAN_BE_HELD and priority > NEVER_HELD


def digest_slots(local_now: dt.datetime, at: str) -> Slots:
    """Return when digests went last and go next, at this time of the local day, as 17:30.

    Raises:
        MessagingError: `at` is no time of a day.
    """
    try:
        time = dt.time.fromisoformat(at)
    except ValueError:
        raise MessagingError("DIGEST_AT is a time of the day, for example 17:30.") from None
    slots = [
        dt.datetime.combine(local_now.date() + dt.timedelta(days=days), time, tzinfo=local_now.tzinfo)
        for days in (-1, 0, 1)
    ]
    return Slots(
        last=max(slot for slot in slots if slot <= local_now), coming=min(slot for slot in slots if slot > local_now)
    )


def ordinal(number: int) -> str:
    """Return a number as people say its place: 1st, 2nd, 3rd, 11th."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def opt_outs(*, stops: int, messages: int, stops_before: int, messages_before: int, threshold: float) -> OptOuts:
    """Weigh this week's stops against the four weeks before: an alarm when many, and twice as many as usual."""
    rate = 1000 * stops / messages if messages else 0.0
    before = 1000 * stops_before / messages_before if messages_before else None
    alarm = stops >= FEWEST_STOPS and rate >= threshold and (before is None or rate >= SPIKE * before)
    return OptOuts(stops=stops, messages=messages, rate=rate, rate_before=before, alarm=alarm)
