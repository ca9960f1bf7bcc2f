"""By which way each is told first: by the ladder of the priority, or by what worked for them where that is known.

Asked by whoever counts before a release and by whoever writes the rows: the two cannot differ but by what changes in
between. One statement, for 38 members or for a million; it reads the few lines that name a better way.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from django.db.models import Q
from django.utils import timezone

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.models import ContactPoint
from hueandcry.domain.members.queries.audience import ladder_of
from hueandcry.domain.members.rules import AudienceCount, AudienceQuestion, Channel, Priority, Purpose
from hueandcry.domain.members.rules.preferences import Hours
from hueandcry.domain.messaging.models import Lag
from hueandcry.domain.messaging.rules.choosing import (
    CHOSEN,
    INSTEAD,
    KNOWN_FOR,
    MEASURED,
    SLOW_S,
    instead_of,
    may_come_first,
)
from hueandcry.domain.messaging.rules.ladder import FAILS_OFTEN, FEWEST
from hueandcry.kit import clock, prepared

_CHANNELS = list(Channel)
# So many are named one by one; of more all lines between the first and the last of them are read.
_FEW = 2_000
# A telephone that others hear or that is not safe is rung when nothing else helps, as for everybody; never first.
_LINES = """
    SELECT lag.member_id, lag.channel, lag.better & ~COALESCE((
            SELECT bit_or(1 << array_position(%s::text[], contact.channel::text) - 1)
            FROM members_contactpoint AS contact
            WHERE contact.member_id = lag.member_id
                AND (contact.safe = false OR (contact.shared AND contact.safe IS NULL))
        ), 0), own.channel, own.wanted, own.from_minute, own.until_minute
    FROM messaging_lag AS lag
    LEFT JOIN members_preference AS own ON own.member_id = lag.member_id AND own.priority = %s::int
    WHERE lag.better > 0 AND lag.learned_at > %s::timestamptz AND {whose}
    ORDER BY lag.member_id, lag.channel
"""
_NAMED = "lag.member_id = ANY(%s::bigint[])"
_BETWEEN = "lag.member_id BETWEEN %s::bigint AND %s::bigint"


class Worked(NamedTuple):
    """What was learned of a way that is slow or fails.

    Attributes:
        seconds: half of what arrived took so long, or longer; None where it is not slow.
        failed: so many of `sent` did not arrive.
        sent: in 90 days.
        instead: what urgent alerts take first, in its hours (a call at night: only who chose calls).
    """

    seconds: int | None
    failed: int
    sent: int
    instead: Channel | None


def by_what_worked(*, meant: members.Meant, channels: Sequence[Channel] = ()) -> members.Meant:
    """Return an audience with the ways of each that are left: whose first is poor loses it to one that is better.

    Poor is a way that is measured to be slow or to fail. `channels` narrow the ladder further, as in
    `members.reachable_of`.
    """
    priority = meant.question.priority
    rungs = [way for way in ladder_of(priority, meant.question.channels) if not channels or way in channels]
    if priority not in CHOSEN or not len(meant.members) or len(set(rungs) & set(INSTEAD)) <= 1:
        return meant
    now = clock.now()
    lines = list(_lines(meant.members, priority, now - KNOWN_FOR))
    if not lines:
        return meant
    local, ways = timezone.localtime(now), meant.ways.copy()
    usual = frozenset(way for way in INSTEAD if may_come_first(way, priority=priority, local=local))
    places = np.searchsorted(meant.members, [line.member_id for line in lines])
    places = np.minimum(places, len(ways) - 1)
    for line, place, member_id in zip(lines, places.tolist(), meant.members[places].tolist(), strict=True):
        # Some of those in between are not meant.
        if line.member_id != member_id:
            continue
        may = usual if not line.own else usual - line.own.keys() | _opened(line.own, priority, local)
        mine = _in_order(tuple(rungs), int(meant.ways[place]))
        first = instead_of(line.poor, ways=mine, better=_of(line.better), may=may)
        if first is not None:
            ways[place] &= ~sum(_bit(way) for way in mine[: mine.index(first)])
    return replace(meant, ways=ways)


def count(*, question: AudienceQuestion) -> AudienceCount:
    """Count who is meant, each by the one way that a message sent now would take first.

    Raises:
        AudienceError: as `members.audience`.
    """
    return members.count_of(meant=by_what_worked(meant=members.meant_by(question=question)))


def worked(*, member_id: int, organisation_id: int) -> dict[Channel, Worked]:
    """Return what was learned of the ways of one member that are slow or fail; nothing of those that work."""
    rows = Lag.objects.filter(member=member_id, learned_at__gt=clock.now() - KNOWN_FOR)
    found = {}
    for row in rows.order_by("channel"):
        is_slow = row.measured >= MEASURED and (row.seconds or 0) >= SLOW_S
        if is_slow or (row.sent >= FEWEST and row.failed >= row.sent * FAILS_OFTEN):
            poor = Channel(row.channel)
            better = _of(row.better) - _not_safe(member_id) if row.better else None
            instead = _instead(member_id, organisation_id, poor, better) if better else None
            found[poor] = Worked(row.seconds if is_slow else None, row.failed, row.sent, instead)
    return found


def _not_safe(member_id: int) -> set[Channel]:
    rows = ContactPoint.objects.filter(Q(safe=False) | Q(shared=True, safe=None), member=member_id)
    return {Channel(way) for way in rows.values_list("channel", flat=True)}


def _instead(member_id: int, organisation_id: int, poor: Channel, better: frozenset[Channel]) -> Channel | None:
    """Return which way an urgent alert takes first for one member, where the poor one would have been the first."""

    def first_of(channels: Sequence[Channel]) -> Channel | None:
        count = members.count_reachable(
            member_ids=[member_id], organisation_id=organisation_id, purpose=Purpose.ALERT, channels=channels
        )
        return next(iter(count.by_channel), None)

    return first_of(sorted(better)) if first_of([]) == poor else None


class _Line(NamedTuple):
    """A poor way of somebody, the bits of those that are better, and what they chose: whether, and which hours."""

    member_id: int
    poor: Channel
    better: int
    own: dict[Channel, tuple[bool, Hours | None]]


def _lines(ids: members.Ids, priority: Priority, since: dt.datetime) -> Iterator[_Line]:
    few = len(ids) <= _FEW
    whose = [prepared.numbers(ids.tolist())] if few else [int(ids[0]), int(ids[-1])]
    asked = [[way.value for way in _CHANNELS], priority.value, since, *whose]
    rows = prepared.rows(_LINES.format(whose=_NAMED if few else _BETWEEN), asked)
    for (member_id, poor, better), many in groupby(rows, key=itemgetter(0, 1, 2)):
        own = {Channel(way): (wanted, _hours(begin, end)) for *_, way, wanted, begin, end in many if way}
        yield _Line(member_id, Channel(poor), better, own)


def _hours(begin: int | None, end: int | None) -> Hours | None:
    return None if begin is None or end is None else Hours(begin, end)


def _opened(
    own: dict[Channel, tuple[bool, Hours | None]], priority: Priority, local: dt.datetime
) -> frozenset[Channel]:
    return frozenset(
        way
        for way, (wanted, hours) in own.items()
        if may_come_first(way, priority=priority, local=local, own=hours, asked_for=wanted)
    )


@cache
def _in_order(rungs: tuple[Channel, ...], bits: int) -> tuple[Channel, ...]:
    return tuple(way for way in rungs if _bit(way) & bits)


def _bit(way: Channel) -> int:
    return 1 << _CHANNELS.index(way)


@cache
def _of(bits: int) -> frozenset[Channel]:
    return frozenset(way for way in _CHANNELS if bits & _bit(way))
