"""What everybody gets unless they say otherwise: by which ways, in which order, at which hours. Pure.

Five priorities, each with a ladder (the order in which a way is looked for), the ways that count without anybody having
asked for them, and hours. A member's own choices (`members_preference`) come before these. The database works out the
same (`members_reach_rows`, ADR 15): a test compares the two, and a change of `DEFAULTS` needs a migration.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from hueandcry.domain.members.rules.kinds import Channel, MemberError, Priority, Reading
from hueandcry.kit.words import say

DAY = 24 * 60
# Texts may come from eight in the morning (nine at weekends) until nine at night (domain.md A11).
DAY_BEGINS = 8 * 60
WEEKEND_BEGINS = 9 * 60
DAY_ENDS = 21 * 60
SATURDAY = 5
# Own hours shorter than this would leave messages lying for days without anybody meaning it.
SHORTEST = 60


@dataclass(frozen=True)
class Hours:
    """Between which minutes of the local day messages may come; past midnight when `until_minute` is the smaller.

    The two alike mean the whole day.
    """

    from_minute: int
    until_minute: int

    def holds(self, minute: int) -> bool:
        """Tell whether this minute of the day lies within; the last one does not."""
        if self.from_minute == self.until_minute:
            return True
        if self.from_minute < self.until_minute:
            return self.from_minute <= minute < self.until_minute
        return minute >= self.from_minute or minute < self.until_minute


@dataclass(frozen=True)
class Default:
    """What holds for one priority.

    Attributes:
        ladder: every way by which it may go, the first one that works is taken; others are no use for it.
        wanted: those of them that count unless a member says otherwise.
        any_hour: it goes by day and night.
    """

    ladder: tuple[Channel, ...]
    wanted: frozenset[Channel]
    any_hour: bool = False


# A notification costs nothing and says that it was shown, WhatsApp that it is there: where they do not, a text follows
# within minutes.
_HURRY = (Channel.PUSH, Channel.WHATSAPP, Channel.SMS, Channel.VOICE, Channel.EMAIL)

DEFAULTS: dict[Priority, Default] = {
    # Post is no way to reach anybody in a hurry.
    Priority.EMERGENCY: Default(_HURRY, frozenset(_HURRY), any_hour=True),
    Priority.URGENT: Default(_HURRY, frozenset(_HURRY), any_hour=True),
    # A call for what keeps until tomorrow only where nothing else is left. What nobody climbs after goes by a way that
    # keeps it: a notification is wiped away unread.
    Priority.IMPORTANT: Default(
        (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL, Channel.PUSH, Channel.VOICE, Channel.POST),
        frozenset(Channel),
    ),
    # Advice and surveys are longer than a text, and nobody is rung up for them who did not ask for it. Nor do they go
    # by WhatsApp unasked, whose owner counts what is not needed as advertising; newsletters never do.
    Priority.ROUTINE: Default(
        (Channel.EMAIL, Channel.WHATSAPP, Channel.SMS, Channel.POST, Channel.PUSH, Channel.VOICE),
        frozenset({Channel.EMAIL, Channel.SMS, Channel.POST}),
    ),
    Priority.NEWSLETTER: Default(
        (Channel.EMAIL, Channel.POST, Channel.PUSH, Channel.SMS, Channel.VOICE),
        frozenset({Channel.EMAIL, Channel.POST}),
    ),
}

# Who takes in messages by voice only gets calls, for newsletters too only when they asked.
_SPOKEN = frozenset(Priority) - {Priority.NEWSLETTER}
# Hours that a member chose hold for all but this: "Danger: wake me" means any hour, or another way, or none.
NO_HOURS = Priority.EMERGENCY


def ladder(priority: Priority) -> tuple[Channel, ...]:
    """Return the ways by which a message of this priority may go, the first to try first."""
    return DEFAULTS[priority].ladder


def wanted(
    priority: Priority,
    *,
    reading: Reading = Reading.ORDINARY,
    chosen: Iterable[tuple[Priority, Channel, bool]] = (),
) -> tuple[Channel, ...]:
    """Return the ways that one member wants for this priority, in order.

    `chosen` are the member's own preferences: (priority, channel, wanted).
    """
    own = {channel: yes for of, channel, yes in chosen if of == priority}
    return tuple(
        channel for channel in ladder(priority) if own.get(channel, _by_default(priority, channel, reading))
        and (reading != Reading.VOICE or channel == Channel.VOICE)
    )  # fmt: skip


def _by_default(priority: Priority, channel: Channel, reading: Reading) -> bool:
    if reading == Reading.VOICE:
        return channel == Channel.VOICE and priority in _SPOKEN
    return channel in DEFAULTS[priority].wanted


# ---------------------------------------------------------------- hours


def check_hours(*, from_minute: int, until_minute: int) -> None:
    """Refuse hours that are no hours.

    Raises:
        MemberError: saying what to choose.
    """
    if not (0 <= from_minute < DAY and 0 <= until_minute <= DAY):
        raise MemberError(say("Choose times between 00:00 and 24:00."))
    if 0 < (until_minute - from_minute) % DAY < SHORTEST:
        raise MemberError(
            say("Leave at least an hour between the two times, or choose none to hear from us at any hour.")
        )


def default_hours(day: dt.date) -> Hours:
    """Return between which hours messages that can wait come on this day, for everybody who chose none."""
    return Hours(WEEKEND_BEGINS if day.weekday() >= SATURDAY else DAY_BEGINS, DAY_ENDS)


def hours_on(priority: Priority, day: dt.date, own: Hours | None = None) -> Hours | None:
    """Return between which hours a message of this priority may come on this day; None: at any hour."""
    if priority == NO_HOURS:
        return None
    if own is not None:
        return own
    return None if DEFAULTS[priority].any_hour else default_hours(day)


def may_go_at(priority: Priority, local: dt.datetime, own: Hours | None = None) -> bool:
    """Tell whether a message of this priority may reach somebody at this local time."""
    hours = hours_on(priority, local.date(), own)
    return hours is None or hours.holds(local.hour * 60 + local.minute)


def next_moment(priority: Priority, local_now: dt.datetime, own: Hours | None = None) -> dt.datetime | None:
    """Return when a message of this priority may go next, in the same time zone; None: it may go now.

    `local_now` knows its zone; where clocks go forward over the moment, the first minute after it counts.
    """
    if may_go_at(priority, local_now, own):
        return None
    for days in range(4):
        day = local_now.date() + dt.timedelta(days=days)
        hours = hours_on(priority, day, own)
        begins = hours.from_minute if hours else 0
        moment = _moment(day, begins, local_now)
        # Hours that clocks jump over altogether are not there on that day.
        if moment > local_now and may_go_at(priority, moment, own):
            return moment
    raise AssertionError(say("Every kind of hours begins once a day."))


def _moment(day: dt.date, minute: int, local_now: dt.datetime) -> dt.datetime:
    hour, rest = divmod(minute % DAY, 60)
    moment = dt.datetime.combine(day, dt.time(hour, rest), tzinfo=local_now.tzinfo)
    # There and back: a time that clocks jump over becomes the one that they show instead.
    return moment.astimezone(dt.UTC).astimezone(local_now.tzinfo)
