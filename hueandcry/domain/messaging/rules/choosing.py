"""What worked for somebody: when another way comes first for them, and how long a way is given before the next. Pure.

The ladder of a priority (`members.rules.preferences`) decides for everybody. It gives way for one member where their
first way is measured to be slow or to fail, and a later one, which they agreed to and want, is measured to work and to
be sooner. What is not measured is not believed: nobody is moved to a way of which nothing ever tells that it arrived.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.members.rules.preferences import Hours, default_hours, may_go_at

# Only where minutes matter: what can wait is climbed for nothing, and the ladder of each priority says why it is so.
CHOSEN = (Priority.EMERGENCY, Priority.URGENT)
# Which ways may come first instead. An e-mail is never among them, though some providers tell when it is in a mailbox:
# that is not when it is read, and whoever counts as told is not tried again. A letter is days late.
INSTEAD = (Channel.PUSH, Channel.WHATSAPP, Channel.SMS, Channel.VOICE)

# ---- when something is measured
# Of so many of 90 days the seconds from handed over to delivered are known, on both sides of a comparison.
MEASURED = 5
# Some providers tell the minute and no second: what is that much too early was at once. Earlier than that, or later
# than texts are kept for a phone that is off, some clock was wrong.
CLOCK_S = 60
LONGEST_S = 3 * 24 * 3600
# What was learned longer ago says nothing of today: each night it is learned anew.
KNOWN_FOR = dt.timedelta(days=7)

# ---- what is slow, what works
# Half of what is sent takes three minutes or longer: by then an urgent alert has begun to be tried another way.
SLOW_S = 180
# Of what was sent by a way that works so many arrived, and in half of the time, or less, that the slow one took.
WORKS = 0.75
SOONER = 0.5
# Where a way is slow or fails for more than this, its provider is in trouble, not so many phones: nobody is moved.
MOST_POOR = 50
MOST_POOR_SHARE = 0.25

# ---- how long a way is given (WAITS of the ladder), by what somebody's messages by it nearly always took
# Nine in ten took so long or less; then some seconds for the provider to tell us.
NEARLY_ALWAYS = 0.9
MARGIN_S = 30
# No less and no more than these shares of the usual time. In danger nobody is left longer than everybody is: a call
# that was not needed costs less than one that comes too late.
BOUNDS: dict[Priority, tuple[float, float]] = {
    Priority.EMERGENCY: (0.5, 1.0),
    Priority.URGENT: (0.4, 2.0),
}


def bounds_of(priority: Priority) -> tuple[float, float]:
    """Return the least and the most that a way is given at this priority, as shares of the usual time."""
    return BOUNDS.get(priority, (1.0, 1.0))


def wait_of(priority: Priority, usual: dt.timedelta, nearly_s: float | None) -> dt.timedelta:
    """Return how long a way is given for somebody whose messages by it nearly always took so many seconds."""
    if nearly_s is None:
        return usual
    least, most = bounds_of(priority)
    return min(max(dt.timedelta(seconds=nearly_s + MARGIN_S), usual * least), usual * most)


def may_come_first(
    channel: Channel, *, priority: Priority, local: dt.datetime, own: Hours | None = None, asked_for: bool = False
) -> bool:
    """Say whether a way may come first instead at this local time: in their hours, and no call at night unasked.

    `asked_for` says that the member chose this way for this priority, and did not merely leave it as it was.
    """
    if not may_go_at(priority, local, own):
        return False
    return channel != Channel.VOICE or asked_for or default_hours(local.date()).holds(local.hour * 60 + local.minute)


def instead_of(
    first: Channel, *, ways: Sequence[Channel], better: Collection[Channel], may: Collection[Channel]
) -> Channel | None:
    """Return which of somebody's ways, in the order of the ladder, comes first instead; None: it stays as it is.

    `first` is the way that is measured to be slow or to fail, `better` those that are measured to be better than it,
    `may` those that may be used now.
    """
    if not ways or ways[0] != first:
        return None
    return next((way for way in ways[1:] if way in better and way in may), None)
