"""What a member sets on their own page: ways, hours, language, how many messages a week. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hueandcry.domain.members.rules.applying import Choice, tidy
from hueandcry.domain.members.rules.kinds import Channel, Language, MemberError, Priority, Reading
from hueandcry.domain.members.rules.preferences import DEFAULTS, NO_HOURS, Hours, check_hours
from hueandcry.domain.members.rules.preferences import wanted as wanted_by
from hueandcry.kit.words import say

MOST_A_WEEK = 50
LONGEST_OWN_NAME = 120


@dataclass(frozen=True)
class Row:
    """What a member wants for one priority: by which ways, and between which hours; None are everybody's hours."""

    priority: Priority
    wanted: tuple[Channel, ...]
    hours: Hours | None = None


@dataclass(frozen=True)
class Settings:
    """How a member wants to hear from us, as their own page shows it."""

    name: str = field(repr=False)
    language: Language
    reading: Reading
    weekly_budget: int | None
    channels: tuple[Channel, ...]
    rows: tuple[Row, ...]


def rows_of(
    *,
    channels: tuple[Channel, ...],
    reading: Reading,
    chosen: Mapping[tuple[Priority, Channel], Choice],
) -> tuple[Row, ...]:
    """Return the five rows as they hold now, of the ways that a member has."""
    rows = []
    for priority in Priority:
        own = [(priority, choice.channel, choice.wanted) for key, choice in chosen.items() if key[0] == priority]
        ways = wanted_by(priority, reading=reading, chosen=own)
        hours = next(
            (
                Hours(choice.from_minute, choice.until_minute)
                for (of, channel), choice in chosen.items()
                if of == priority
                and channel in channels
                and choice.from_minute is not None
                and choice.until_minute is not None
            ),
            None,
        )
        rows.append(Row(priority, tuple(way for way in ways if way in channels), hours))
    return tuple(rows)


def choices_of(*, channels: tuple[Channel, ...], reading: Reading, rows: tuple[Row, ...]) -> tuple[Choice, ...]:
    """Return what of these rows differs from what everybody gets: only that is kept.

    Raises:
        MemberError: hours that are none.
    """
    found = []
    for row in rows:
        if row.hours is not None:
            check_hours(from_minute=row.hours.from_minute, until_minute=row.hours.until_minute)
        default = wanted_by(row.priority, reading=reading)
        hours = None if row.priority == NO_HOURS else row.hours
        for channel in channels:
            if channel not in DEFAULTS[row.priority].ladder:
                continue
            yes = channel in row.wanted
            if yes != (channel in default) or hours is not None:
                times = (hours.from_minute, hours.until_minute) if hours else (None, None)
                found.append(Choice(row.priority, channel, yes, *times))
    return tuple(found)


def check_person(*, name: str, weekly_budget: int | None) -> str:
    """Return the name as it is kept, or refuse what a member cannot be called or get.

    Raises:
        MemberError: saying what to put right.
    """
    name = tidy(name)
    if not name or len(name) > LONGEST_OWN_NAME:
        raise MemberError(
            say("Write your name, in at most {longest_own_name} characters: it is how we greet you.").format(
                longest_own_name=LONGEST_OWN_NAME
            )
        )
    if weekly_budget is not None and not 0 <= weekly_budget <= MOST_A_WEEK:
        raise MemberError(
            say("Choose between 0 and {most_a_week} messages a week, or leave it empty.").format(
                most_a_week=MOST_A_WEEK
            )
        )
    return name
