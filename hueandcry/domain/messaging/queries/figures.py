"""How one alert goes out, as numbers: its deliveries are read once, packed into one value, and counted here.

Counting in the database takes a walk over the rows for each way to count; counted here, one walk serves channels,
areas, the curve and who lacks it. Measured on a quiet machine: to read 33,000 rows takes 13 ms and a million 380 ms, to
count them by channel alone 20 and 360 (docs/operate/live.md).
"""

import datetime as dt
import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import connection
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.members.queries.whereabouts import areas_of
from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.models import Conversation, Message
from hueandcry.domain.messaging.queries.providers import waiting
from hueandcry.domain.messaging.rules import ANSWERS, FOLLOW_UPS, DeliveryState, MessageKind
from hueandcry.domain.messaging.rules.budget import ASLEEP, NOT_IN_DIGEST, OVER_BUDGET
from hueandcry.domain.messaging.rules.figures import (
    ARRIVED,
    GOT_IT,
    ON_ITS_WAY,
    STEPS,
    AreaCount,
    Figures,
    Moment,
    NotYet,
    rung_after,
    spoken_moments,
)
from hueandcry.domain.messaging.rules.ladder import BEST_FIRST
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind, AreaLine
from hueandcry.kit import clock

Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_CHANNELS = list(Channel)
_STATES = " ".join(f"WHEN '{state.value}' THEN {place}" for place, state in enumerate(BEST_FIRST))
_WAYS = " ".join(f"WHEN '{channel.value}' THEN {place}" for place, channel in enumerate(_CHANNELS))
# Who was forgotten is nobody's number: each such row is a person of its own. What waits has not ended: when it is due
# stands there instead, so that who waits for what is counted in people as all else is, not in rows.
_ROWS = f"""
    SELECT string_agg(
            int8send((COALESCE(delivery.member_id, -delivery.id) << 14)
                | ((CASE delivery.state
                    WHEN 'queued' THEN (delivery.next_at > %(now)s)::int << (delivery.attempts > 0)::int
                    WHEN 'expired' THEN (delivery.detail = %(asleep)s)::int
                        + 2 * (delivery.detail = ANY(%(overfull)s::text[]))::int
                    ELSE 0 END) << 12)
                | (LEAST(delivery.rung, 15) << 8)
                | ((CASE delivery.channel {_WAYS} ELSE 15 END) << 4) | (CASE delivery.state {_STATES} ELSE 15 END))
            || timestamptz_send(COALESCE(delivery.accepted_at, '-infinity'))
            || timestamptz_send(COALESCE(
                CASE delivery.state WHEN 'queued' THEN delivery.next_at ELSE delivery.ended_at END, '-infinity')),
        ''::bytea)
    FROM messaging_delivery AS delivery WHERE delivery.message_id = ANY(%(messages)s::bigint[])
"""  # noqa: S608 - our own words only
# Where the parts of a key stand: the member, why, the rung, the channel, the state.
_MEMBER, _WHY, _RUNG, _WAY = 14, 12, 8, 4
# What is queued is due, asleep, or tried again; what came too late was late, slept, or had enough.
_DUE, _LATER, _OTHER = 0, 1, 2
_PACKED = np.dtype([("key", ">i8"), ("accepted", ">i8"), ("ended", ">i8")])
_NEVER, _FOREVER = np.iinfo(np.int64).min, np.iinfo(np.int64).max
# timestamptz_send counts microseconds from here.
_FROM = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_MICRO = 1_000_000
# Of so many alerts it is kept who is in which area: it takes longer to find than all the rest, and hardly changes.
_KEPT = 6
_KEPT_FOR = dt.timedelta(hours=1)


class FollowUp(NamedTuple):
    """What went after an alert: a correction, a stand-down, what came of it."""

    ref: str
    kind: MessageKind
    at: dt.datetime


class _Ground(NamedTuple):
    """Who of an alert is in which area: `area` has a place in `lines` for each of `members`, the last for none.

    `whose` tells whether it is still the same people, without sorting a million of them.
    """

    at: dt.datetime
    whose: tuple[int, int]
    members: Ids
    area: Ids
    lines: tuple[AreaLine, ...]


FOLLOWED = (*FOLLOW_UPS, MessageKind.ENDING)

_grounds: "OrderedDict[tuple[str, AreaKind], _Ground]" = OrderedDict()


def forget() -> None:
    """Forget who is in which area: it is looked up anew."""
    _grounds.clear()


def figures(
    *, about: str, by: AreaKind | None = None, shape: Callable[[], BaseGeometry | None] = lambda: None, of: str = ""
) -> Figures:
    """Return how an alert goes out, in people, and by this kind of area; of several places one in `shape` counts.

    What follows it (a correction, a stand-down) is not counted with it: it has figures of its own, where `of` names it.
    As many queries for a million as for one; who is in which area is asked once an hour.
    """
    meant = {"ref": of, "kind__in": FOLLOWED} if of else {"kind": MessageKind.ALERT}
    messages = list(
        Message.objects.filter(about=about, **meant)
        .order_by("id")
        .values_list("pk", "queued_at", "priority", "paused_at", "moved")
    )
    if not messages:
        return Figures(kind=by)
    now = clock.now()
    released_at = min(queued_at for _, queued_at, *_ in messages)
    rows = np.frombuffer(_rows([pk for pk, *_ in messages], now), dtype=_PACKED)
    keys = rows["key"].astype(np.int64)
    accepted, ended = rows["accepted"].astype(np.int64), rows["ended"].astype(np.int64)
    if of or len(messages) > 1 or (keys & 0xF00).any():
        keys, accepted, ended = _people(keys, accepted, ended)
    people, states, ways, whys = keys >> _MEMBER, keys & 15, (keys >> _WAY) & 15, (keys >> _WHY) & 3
    answers = _answers(about, since=released_at if of else None)
    table = np.bincount((ways << 4) | states, minlength=256).reshape(16, 16)
    by_state = {state: int(table[:, place].sum()) for place, state in enumerate(BEST_FIRST) if table[:, place].any()}
    by_channel = {
        channel: {state: int(table[way, place]) for place, state in enumerate(BEST_FIRST) if table[way, place]}
        for way, channel in enumerate(_CHANNELS)
        if table[way].any()
    }
    curve, moments = _curve(_since(accepted, released_at), _since(ended[_in(states, ARRIVED)], released_at),
                            sorted((one.at - released_at).total_seconds() for one in answers))  # fmt: skip
    queued, late = _in(states, (DeliveryState.QUEUED,)), _in(states, (DeliveryState.EXPIRED,))
    asleep, again = ended[queued & (whys == _LATER)], ended[queued & (whys == _OTHER)]
    due = int((queued & (whys == _DUE)).sum()) + by_state.get(DeliveryState.LEASED, 0)
    silent, next_rung_at = _silent(Priority(messages[0][2]), keys, accepted, now)
    if of:
        next_rung_at = None  # what follows goes by the way that reached them, and by no other
    return Figures(
        people=len(keys),
        released_at=released_at,
        by_state=by_state,
        by_channel=by_channel,
        answered=len(answers),
        answered_by=Counter(one.channel for one in answers),
        curve=curve,
        moments=moments,
        kind=by,
        areas=_areas(f"{about} {of}", by, shape, people, states, [one.member for one in answers]) if by else (),
        not_yet=NotYet(
            on_its_way=due,
            asleep=len(asleep),
            wakes_at=_first(asleep),
            again=len(again),
            again_at=_first(again),
            held=by_state.get(DeliveryState.HELD, 0),
            to_print=by_state.get(DeliveryState.TO_PRINT, 0),
            slept=int((late & (whys == _LATER)).sum()),
            overfull=int((late & (whys == _OTHER)).sum()),
            too_late=int((late & (whys == _DUE)).sum()),
            bounced=by_state.get(DeliveryState.BOUNCED, 0),
            failed=by_state.get(DeliveryState.FAILED, 0),
            uncertain=by_state.get(DeliveryState.UNCERTAIN, 0),
            stopped=by_state.get(DeliveryState.STOPPED, 0),
            cancelled=by_state.get(DeliveryState.CANCELLED, 0),
            silent=silent,
            next_rung_at=next_rung_at,
        ),
        last_in_s=_last_in(about, of) if due else None,
        is_paused=any(paused_at for *_, paused_at, _ in messages),
        moved=sum(moved for *_, moved in messages),
    )


def followed_by(*, about: str) -> list[FollowUp]:
    """Return what went after an alert to those whom it had reached, in the order in which it was written."""
    rows = Message.objects.filter(about=about, kind__in=FOLLOWED).order_by("id").values_list("ref", "kind", "queued_at")
    return [FollowUp(ref, MessageKind(kind), at) for ref, kind, at in rows]


def _rows(messages: Sequence[int], now: dt.datetime) -> bytes:
    """Read all deliveries of these messages, as the database keeps numbers: as words a million are twice as many."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        params = {"now": now, "asleep": ASLEEP, "overfull": [OVER_BUDGET, NOT_IN_DIGEST], "messages": list(messages)}
        cursor.execute(_ROWS, params, binary=True)
        packed: bytes | None = cursor.fetchall()[0][0]
    return packed or b""


def _people(keys: Ids, accepted: Ids, ended: Ids) -> tuple[Ids, Ids, Ids]:
    """Return each person once: where the best of their ways stands, first handed over when the first of them was."""
    # The best state first; of two alike the later way.
    if not len(keys):
        return keys, accepted, ended
    order = np.lexsort((-((keys >> _RUNG) & 15), keys & 15, keys >> _MEMBER))
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys >> _MEMBER, prepend=(keys[0] >> _MEMBER) - 1))
    handed = np.where(accepted[order] == _NEVER, _FOREVER, accepted[order])
    earliest = np.minimum.reduceat(handed, first)
    return keys[first], np.where(earliest == _FOREVER, _NEVER, earliest), ended[order][first]


def _in(states: Ids, wanted: Sequence[DeliveryState]) -> Flags:
    has = np.zeros(16, dtype=bool)
    has[[BEST_FIRST.index(state) for state in wanted]] = True
    return has[states]


def _first(moments: Ids) -> dt.datetime | None:
    """Return the earliest of these moments; None where there is none, or none ever comes."""
    first = int(moments.min(initial=_FOREVER))
    return None if first == _FOREVER else _FROM + dt.timedelta(microseconds=first)


def _since(moments: Ids, begin: dt.datetime) -> npt.NDArray[np.float64]:
    """Return in seconds how long after the release each of these moments was, those left out that never were."""
    there = moments[moments != _NEVER]
    seconds: npt.NDArray[np.float64] = np.maximum(there / _MICRO - (begin - _FROM).total_seconds(), 0.0)
    return seconds


def _curve(
    handed: npt.NDArray[np.float64], delivered: npt.NDArray[np.float64], answered: Sequence[float]
) -> tuple[tuple[Moment, ...], tuple[Moment, ...]]:
    """Return how many had it at so many moments: evenly apart for a curve, and those spoken of for a table."""
    each = [handed, delivered, np.maximum(np.array(answered, dtype=float), 0.0)]
    last = max((float(many.max()) for many in each if len(many)), default=0.0)
    if not last:
        return (), ()
    last = float(math.ceil(last))
    even = np.linspace(0.0, last, STEPS + 1)
    spoken = np.array(spoken_moments(last))

    def at(grid: npt.NDArray[np.float64]) -> tuple[Moment, ...]:
        # Up to a million each: sorted into the gaps of the grid, not by size.
        sums = [np.cumsum(np.bincount(np.searchsorted(grid, many), minlength=len(grid)))[: len(grid)] for many in each]
        return tuple(Moment(float(s), *(int(many[n]) for many in sums)) for n, s in enumerate(grid))

    return at(even), at(spoken)


class _Answer(NamedTuple):
    member: int | None
    channel: Channel
    at: dt.datetime


def _answers(about: str, *, since: dt.datetime | None = None) -> list[_Answer]:
    """Return who answered, each once however many ways they took, by which way first, and when."""
    when = {"inbound__received_at__gte": since} if since else {}
    rows = Conversation.objects.filter(about=about, inbound__command__in=ANSWERS, **when)
    found: dict[tuple[int | None, int | None], _Answer] = {}
    for talk, member, channel, at in rows.order_by("inbound__received_at").values_list(
        "pk", "member_id", "channel", "inbound__received_at"
    ):
        # Who is no member is known by what they wrote from.
        found.setdefault((member, None if member else talk), _Answer(member, Channel(channel), at))
    return list(found.values())


def _silent(priority: Priority, keys: Ids, accepted: Ids, now: dt.datetime) -> tuple[int, dt.datetime | None]:
    """Count who has it from a provider without a word that it arrived, and say when the first is tried another way."""
    # Nothing ever says of a letter that it arrived: who carries it is believed.
    by_post = ((keys >> 4) & 15) == _CHANNELS.index(Channel.POST)
    handed = ((keys & 15) == BEST_FIRST.index(DeliveryState.ACCEPTED)) & ~by_post
    soonest: dt.datetime | None = None
    for way, channel in enumerate(_CHANNELS):
        moments = accepted[handed & (((keys >> 4) & 15) == way) & (accepted != _NEVER)]
        if not len(moments) or rung_after(priority=priority, channel=channel, handed_at=now) is None:
            continue
        first = rung_after(
            priority=priority, channel=channel, handed_at=_FROM + dt.timedelta(microseconds=int(moments.min()))
        )
        if first is not None and first > now:
            soonest = min(soonest or first, first)
    return int(handed.sum()), soonest


def _last_in(about: str, of: str) -> float | None:
    """Return in how many seconds the last that is due has left; None when nobody takes it now, or it is paused."""
    lines = (line for line in waiting() if line.about == about and of in ("", line.ref))
    ours = [line.seconds for line in lines if line.due and not line.paused]
    longest = max(ours, default=None)
    return None if longest is None or math.isinf(longest) else longest


# ---------------------------------------------------------------- by area


def _areas(
    about: str,
    kind: AreaKind,
    shape: Callable[[], BaseGeometry | None],
    people: Ids,
    states: Ids,
    answered: Sequence[int | None],
) -> tuple[AreaCount, ...]:
    ground = _ground(about, kind, shape, people)
    if ground is None:
        return ()
    where, many = _places(ground, people), len(ground.lines) + 1

    def count(flags: Flags | None = None) -> list[int]:
        return [int(n) for n in np.bincount(where if flags is None else where[flags], minlength=many)]

    members = np.array(sorted({member for member in answered if member is not None}), dtype=np.int64)
    said = np.bincount(_places(ground, members), minlength=many)
    got, delivered, due = count(_in(states, GOT_IT)), count(_in(states, ARRIVED)), count(_in(states, ON_ITS_WAY))
    seen = count(_in(states, (DeliveryState.SEEN,)))
    found = [
        AreaCount(
            area_id=line.id if line else 0,
            code=line.code if line else "",
            name=line.name if line else "Elsewhere",
            people=all_of,
            got=got[n],
            delivered=delivered[n],
            answered=int(said[n]) if n < len(ground.lines) else None,
            waiting=due[n],
            seen=seen[n],
        )
        for n, (line, all_of) in enumerate(zip((*ground.lines, None), count(), strict=True))
        if all_of
    ]
    return tuple(sorted(found, key=lambda area: (area.area_id == 0, area.percent or 0, -(area.people or 0), area.name)))


def _places(ground: _Ground, members: Ids) -> Ids:
    """Return the place in `lines` of each of these members; the one behind the last for who is in none."""
    nowhere = len(ground.lines)
    if not len(ground.members):
        return np.full(len(members), nowhere, dtype=np.int64)
    at = np.minimum(np.searchsorted(ground.members, members), len(ground.members) - 1)
    return np.where(ground.members[at] == members, ground.area[at], nowhere)


def _ground(about: str, kind: AreaKind, shape: Callable[[], BaseGeometry | None], people: Ids) -> _Ground | None:
    """Return who is in which area: as kept, if it is of the same people and fresh."""
    kept = _grounds.get((about, kind))
    members = people[people > 0]
    whose = (len(members), int(members.sum()))
    if kept and clock.now() - kept.at < _KEPT_FOR and kept.whose == whose:
        return kept
    members = np.sort(members)
    lines = tuple(places.areas(kind=kind))
    if not lines:
        return None
    ids = areas_of(member_ids=members, kind=kind, vintage=lines[0].vintage, shape=shape())
    number = {line.id: n for n, line in enumerate(lines)}
    known, back = np.unique(ids, return_inverse=True)
    area = np.array([number.get(int(one), len(lines)) for one in known], dtype=np.int64)[back]
    _grounds[(about, kind)] = made = _Ground(clock.now(), whose, members, area, lines)
    while len(_grounds) > _KEPT:
        _grounds.popitem(last=False)
    return made
