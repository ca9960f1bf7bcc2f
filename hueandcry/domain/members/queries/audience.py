"""Who is meant by an audience and how each is reached: one query to members_reach, exact at every edge (ADR 12, 15).

PostgreSQL finds what lies in the box of the shape and passes every other filter; each of those is arithmetic on one row
of members_reach. It sends them packed into one value: the member with the ways that would reach them, and the point.
Shapely decides at the edge (`kit.shapes.inside`). The count is made of the same values, so nothing is asked twice.
"""

import datetime as dt
import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from django.db import connection
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.members.models import Scheme
from hueandcry.domain.members.rules import (
    TIER_ORDER,
    AudienceCount,
    AudienceError,
    AudienceQuestion,
    Channel,
    Corridor,
    Foreseen,
    Language,
    Part,
    Priority,
    Purpose,
    Ring,
    SchemeKind,
    Tier,
    WhyNot,
    check_question,
)
from hueandcry.domain.members.rules.preferences import NO_HOURS, Hours, ladder, next_moment
from hueandcry.domain.places.models import Area
from hueandcry.domain.places.queries import BOX_OF_AREA, OUTLINE_OF_AREA, nearest_name, shape_of
from hueandcry.domain.places.rules import SETTLEMENTS, Circle, PlaceError
from hueandcry.kit import clock, prepared, shapes
from hueandcry.kit.geometry import Point

Ids = npt.NDArray[np.int64]

# As PostgreSQL's int8send and point_send write them: member (with eight bits of ways below), longitude, latitude.
_PLACED = np.dtype([("key", ">i8"), ("lon", ">f8"), ("lat", ">f8")])
_WAYS = 8
_ALL_WAYS = (1 << _WAYS) - 1
# Places of these bits in members_reach are the places of these words here.
_CHANNELS, _PURPOSES, _KINDS = list(Channel), list(Purpose), list(SchemeKind)
# What may not go by WhatsApp goes by every other way: nobody chose that, so nobody is told.
_NOT_ABROAD = set(Channel) - {Channel.WHATSAPP}
_AGREED_AT_ALL = 4 * _WAYS
# Up to here comparing one array with another is quicker than a table of hashes.
_FEW_SCHEMES = 8
_NAMED = 3
_MILE_M = 1609.344
# From here on reading all addresses may be quicker than finding each by its index.
_MANY = 1_000

# One address for each member of `who` (member_id, channel; each member once), each address once. That a channel is
# among a member's ways says that one of its addresses works: of several it is looked up which, of one it is known.
# `each`: by its index, one after the other; left to choose, the planner reads everybody's addresses for an audience of
# a few thousand. The order of bytes is the quickest there is, and rows that are written in it find their place in the
# index by address side by side.
ADDRESSES = """
    SELECT DISTINCT ON (address COLLATE "C") works.member_id, works.channel, works.address
    FROM (
        SELECT way.member_id, way.channel, contact.id, contact.address,
            count(*) OVER (PARTITION BY way.member_id) AS many
        FROM ({who}) AS way CROSS JOIN LATERAL (
            SELECT one.id, one.address FROM members_contactpoint AS one
            WHERE one.member_id = way.member_id AND one.channel = way.channel
                AND one.confirmed_at IS NOT NULL AND one.suspended_at IS NULL
            {each}
        ) AS contact
    ) AS works
    WHERE works.many = 1 OR works.id = (
        SELECT first.id FROM members_contactpoint AS first
        WHERE first.member_id = works.member_id AND first.channel = works.channel
            AND first.confirmed_at IS NOT NULL AND first.suspended_at IS NULL AND NOT EXISTS (
                SELECT FROM members_suppression AS stop WHERE stop.channel = first.channel
                    AND stop.address_hash = members_reach_hash(first.channel::text, first.address::text)
            )
        ORDER BY first.rank, first.id LIMIT 1
    )
    ORDER BY address COLLATE "C", works.member_id
"""
EACH_BY_INDEX = "OFFSET 0"


@dataclass(frozen=True)
class Meant:
    """Members who are meant, sorted, each once, with the ways that would reach them (bits of Channel): one answer.

    Attributes:
        question: what was asked; the ways hold for its organisation, purpose, priority and channels.
        asked_from: transactions of the database before this one were seen; later ones may have changed the answer.
    """

    question: AudienceQuestion
    members: Ids
    ways: Ids
    asked_from: int | None = None


def audience(*, question: AudienceQuestion) -> Ids:
    """Return the ids of the members who are meant, sorted, each once, exactly to the edge of every shape.

    Raises:
        AudienceError: the question means nobody in particular, or a shape cannot be used.
    """
    return _found(question).members


def meant_by(*, question: AudienceQuestion) -> Meant:
    """Return who is meant with the ways that reach each, so that who sends need not ask a second time.

    Raises:
        AudienceError: as `audience`.
    """
    check_question(question)
    found = _found_in_area(question) if _is_of_one_area(question) else None
    if found is not None:
        return found
    ((seen,),) = prepared.rows(f"SELECT {_SEEN}", [])
    return replace(_found(question), asked_from=seen)


def count_audience(*, question: AudienceQuestion) -> AudienceCount:
    """Count who is meant, by the one channel that would reach each at this priority, and whom none would reach.

    Raises:
        AudienceError: as `audience`.
    """
    return count_of(meant=_found(question))


def count_of(*, meant: Meant) -> AudienceCount:
    """Count an answer that is there already, as `count_audience` would."""
    counts = np.bincount(meant.ways, minlength=_ALL_WAYS + 1).tolist()
    return _count(
        dict(enumerate(counts)), ladder_of(meant.question.priority, meant.question.channels), len(meant.members)
    )


def count_reachable(
    *,
    member_ids: Ids | Sequence[int],
    organisation_id: int,
    purpose: Purpose,
    channels: Sequence[Channel] = (),
    priority: Priority = Priority.URGENT,
) -> AudienceCount:
    """Count these members by the one channel that would reach each, and those whom none would reach."""
    rungs = ladder_of(priority, channels)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_ways(purpose, priority, rungs)} AS ways, count(DISTINCT member_id) FROM members_reach "  # noqa: S608
            "WHERE member_id = ANY(%s::bigint[]) AND organisation_id = %s GROUP BY 1",
            [_array(member_ids), organisation_id],
        )
        return _count(dict(cursor.fetchall()), rungs, len(member_ids))


def reachable(
    *,
    member_ids: Ids | Sequence[int],
    organisation_id: int,
    purpose: Purpose,
    channels: Sequence[Channel] = (),
    priority: Priority = Priority.URGENT,
) -> tuple[str, list[Any]]:
    """Return SQL and its parameters for (member_id, channel, address): the one contact point for each member.

    First by the ladder of the priority, then by the member's own rank, among contact points that are confirmed, not
    suspended, not stopped, agreed to for this organisation, purpose and channel, and wanted for this priority. People
    who share an address are told once: it appears once, with the lowest member id of those who share it.
    """
    rungs = ladder_of(priority, channels)
    ways = _ways(purpose, priority, rungs)
    first = ", ".join(f"'{_first(rungs, bits) or ''}'" for bits in range(_ALL_WAYS + 1))
    who = f"""
        SELECT DISTINCT member_id, (ARRAY[{first}])[{ways}::int + 1] AS channel FROM members_reach
        WHERE member_id = ANY(%s::bigint[]) AND organisation_id = %s AND {ways} <> 0
    """  # noqa: S608 - our own words only
    return ADDRESSES.format(who=who, each=EACH_BY_INDEX), [_array(member_ids), organisation_id]


def reachable_of(*, meant: Meant, channels: Sequence[Channel] = ()) -> tuple[str, list[Any]]:
    """Return the same as `reachable` for an answer that is there already; `channels` narrow it further.

    Who is meant and by which way is as it was answered. Only the address is looked up, among those that work now: who
    withdraws the way in between gets no row.
    """
    rungs = tuple(
        channel
        for channel in ladder_of(meant.question.priority, meant.question.channels)
        if not channels or channel in channels
    )
    place = _places(rungs)[meant.ways]
    some = place > 0
    words = ", ".join(f"'{channel}'" for channel in _CHANNELS)
    who = f"""
        SELECT key >> {_WAYS} AS member_id, (ARRAY[{words}])[(key & {_ALL_WAYS})::int] AS channel
        FROM unnest(%s::bigint[]) AS key
    """  # noqa: S608 - our own words only
    told = meant.members[some]
    return ADDRESSES.format(who=who, each=_how_found(told)), [_array((told << _WAYS) | place[some])]


def _how_found(member_ids: Ids) -> str:
    """Return how the addresses of these, sorted, are found: where most of those in between are meant, all are read."""
    most = len(member_ids) > _MANY and len(member_ids) * 2 > int(member_ids[-1] - member_ids[0])
    return "" if most else EACH_BY_INDEX


def ladder_of(priority: Priority, channels: Sequence[Channel]) -> tuple[Channel, ...]:
    """Return the ways by which such a message may go, the first to try first: these only, when any are named."""
    return tuple(channel for channel in ladder(priority) if not channels or channel in channels)


@functools.cache
def _places(rungs: tuple[Channel, ...]) -> Ids:
    """Return for each sum of ways the place of the first of them among all channels, from 1; 0 for none."""
    first = [_first(rungs, bits) for bits in range(_ALL_WAYS + 1)]
    return np.array([0 if way is None else _CHANNELS.index(way) + 1 for way in first])


def _first(rungs: Sequence[Channel], ways: int) -> Channel | None:
    return next((channel for channel in rungs if ways >> _CHANNELS.index(channel) & 1), None)


def _count(by_ways: dict[int, int], rungs: Sequence[Channel], members: int) -> AudienceCount:
    by_channel = dict.fromkeys(rungs, 0)
    for ways, many in by_ways.items():
        channel = _first(rungs, ways) if many else None
        if channel is not None:
            by_channel[channel] += many
    reached = {channel: many for channel, many in by_channel.items() if many}
    return AudienceCount(members=members, by_channel=reached, unreachable=members - sum(reached.values()))


def _array(member_ids: Ids | Sequence[int]) -> str:
    """Return ids as PostgreSQL reads an array: a tenth of the time that a list of numbers takes to be adapted."""
    ids = member_ids.tolist() if isinstance(member_ids, np.ndarray) else list(map(int, member_ids))
    # As Python writes a list, but for its brackets: a quarter of the time that joining takes.
    return "{" + str(ids)[1:-1] + "}"


# ---------------------------------------------------------------- the one query


def _found(question: AudienceQuestion, *, everybody: bool = False, ground_known: BaseGeometry | None = None) -> Meant:
    """Return who is meant; `everybody`: also who paused or did not agree to this purpose, by no way at all."""
    check_question(question)
    if ground_known is None and not everybody and _is_of_one_area(question):
        found = _found_in_area(question)
        if found is not None:
            return found
    shape = ground_known or _shape(question)
    parts = [part for part in (*question.must, *question.exclude) if part.areas]
    ground = [_shape_of_areas(part.areas) for part in parts]
    sql, params = _query(question, shape, parts, ground, everybody=everybody)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        packed = {what: rows or b"" for what, rows in cursor.fetchall()}
    keys = _inside(packed[0], shape)
    found = Meant(question, *_once(keys))
    for number, (part, land) in enumerate(zip(parts, ground, strict=True), start=1):
        held = np.concatenate([_inside(packed[number], land), _inside(packed[-number], None)])
        found = _kept(found, np.isin(found.members, held), holds=part in question.must)
    if question.without:
        found = _kept(found, np.isin(found.members, np.array(question.without, dtype=np.int64)), holds=False)
    return found


def _is_of_one_area(question: AudienceQuestion) -> bool:
    """Say whether one area is all the ground that is named: most questions, and those that must be quickest."""
    return (
        len(set(question.areas)) == 1
        and not (question.polygons or question.circles or question.corridors or question.rings)
        and not (question.without or question.schemes)
        and not any(part.areas for part in (*question.must, *question.exclude))
    )


def _found_in_area(question: AudienceQuestion) -> Meant | None:
    """Return who is meant in one area, asked with its outline in one statement; None when there is no such area."""
    rungs = ladder_of(question.priority, question.channels)
    where, params = _conditions(question, None)
    key = f"int8send((member_id << {_WAYS}) | {_ways(question.purpose, question.priority, rungs)})"
    sql = (
        f"SELECT {OUTLINE_OF_AREA}, (SELECT string_agg({key}{_POINT}, ''::bytea) FROM members_reach"  # noqa: S608
        f" WHERE point <@ {BOX_OF_AREA} AND {where}), {_SEEN}"
    )
    area = question.areas[0]
    ((outline, packed, seen),) = prepared.rows(sql, [area, area, *params], binary=True)
    if outline is None:
        return None
    return Meant(question, *_once(_inside(packed or b"", shapely.from_wkb(outline))), asked_from=seen)


def _kept(found: Meant, flags: npt.NDArray[np.bool_], *, holds: bool) -> Meant:
    flags = flags if holds else ~flags
    return replace(found, members=found.members[flags], ways=found.ways[flags])


def _inside(packed: bytes, shape: BaseGeometry | None) -> Ids:
    """Return the numbers of what lies in the shape; of everything, when there is none."""
    if shape is None:
        return np.frombuffer(packed, dtype=">i8").astype(np.int64)
    rows = np.frombuffer(packed, dtype=_PLACED)
    if not len(rows):
        return np.empty(0, dtype=np.int64)
    keys: Ids = rows["key"][shapes.inside(shape, rows["lon"], rows["lat"])].astype(np.int64)
    return keys


def _once(keys: Ids) -> tuple[Ids, Ids]:
    """Return each member once, with their ways: somebody with several places has the same ways at each."""
    if not len(keys):
        return keys, keys
    members = keys >> _WAYS
    most = int(members.max())
    if most > len(keys) * 64:
        keys = np.unique(keys)
        return keys >> _WAYS, keys & _ALL_WAYS
    # A mark for each number that there can be is quicker than sorting.
    marks = np.zeros(most + 1, dtype=np.uint16)
    marks[members] = (keys & _ALL_WAYS) | (_ALL_WAYS + 1)
    found = np.flatnonzero(marks)
    return found, marks[found].astype(np.int64) & _ALL_WAYS


def _query(
    question: AudienceQuestion,
    shape: BaseGeometry | None,
    parts: Sequence[Part],
    ground: Sequence[BaseGeometry],
    *,
    everybody: bool = False,
) -> tuple[str, list[Any]]:
    """Return the query: packed rows 0 are who is meant; n are places on the ground of part n, -n who else holds it."""
    rungs = ladder_of(question.priority, question.channels)
    ways = _ways(question.purpose, question.priority, rungs)
    where, params = _conditions(question, shape)
    if everybody:
        hearing, values = _all(_hearing(question))
        ways = f"CASE WHEN {hearing} THEN {ways} ELSE 0 END"
        mine = ("organisation_id = %s", [question.organisation_id])
        where, params = _all([mine, *_narrowed(question, shape)])
        params = [*values, *params]
    key = f"int8send((member_id << {_WAYS}) | {ways})"
    sql = (
        f"SELECT 0, string_agg({key}{_POINT if shape is not None else ''}, ''::bytea) FROM members_reach WHERE {where}"  # noqa: S608
    )
    for number, (part, land) in enumerate(zip(parts, ground, strict=True), start=1):
        otherwise, values = _any_of(part)
        sql += f"""
            UNION ALL SELECT {number}, string_agg(int8send(member_id){_POINT}, ''::bytea) FROM members_reach
            WHERE organisation_id = %s AND point <@ %s::box
            UNION ALL SELECT -{number}, string_agg(int8send(member_id), ''::bytea) FROM members_reach
            WHERE organisation_id = %s AND {otherwise}
        """  # noqa: S608 - our own words only
        params += [question.organisation_id, _box(land), question.organisation_id, *values]
    return sql, params


_POINT = " || point_send(point)"
_SEEN = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


def _ways(purpose: Purpose, priority: Priority, rungs: Sequence[Channel]) -> str:
    """Return SQL for the ways that are agreed, work, are wanted and may be used: eight bits."""
    mask = sum(1 << _CHANNELS.index(channel) for channel in rungs)
    agreed, wants = _WAYS * _PURPOSES.index(purpose), _WAYS * (priority - 1)
    return f"((agreed >> {agreed}) & (wants >> {wants}) & {mask})"


_Condition = tuple[str, list[Any]]


def _conditions(question: AudienceQuestion, shape: BaseGeometry | None) -> _Condition:
    """Return every filter but the edge."""
    mine = ("organisation_id = %s", [question.organisation_id])
    return _all([mine, *_hearing(question), *_narrowed(question, shape)])


def _hearing(question: AudienceQuestion) -> list[_Condition]:
    """Return whether somebody agreed to this purpose and is not away."""
    purpose = 1 << (_AGREED_AT_ALL + _PURPOSES.index(question.purpose))
    return [
        (f"agreed & {purpose} <> 0", []),
        ("(paused_until IS NULL OR paused_until <= %s)", [clock.now()]),
    ]


def _narrowed(question: AudienceQuestion, shape: BaseGeometry | None) -> list[_Condition]:
    """Return what the question itself asks for: the box, the tier, and every part without areas."""
    said: list[_Condition] = [] if shape is None else [("point <@ %s::box", [_box(shape)])]
    lowest = TIER_ORDER.index(question.lowest_tier)
    if lowest > TIER_ORDER.index(Tier.MEMBER):
        today = timezone.localdate(clock.now())
        said.append((f"tier >= {lowest} AND (tier_until IS NULL OR tier_until >= %s)", [today]))
    elif lowest:
        said.append((f"tier >= {lowest}", []))
    if question.schemes and shape is None:
        # Few are in a scheme: by its own list they are found at once.
        of_them = "member_id IN (SELECT member_id FROM members_membership WHERE scheme_id = ANY(%s::bigint[]))"
        said.append((of_them, [list(question.schemes)]))
    said += _things(question)
    said += [_any_of(part) for part in question.must if not part.areas and _things(part)]
    out = [_any_of(part) for part in question.exclude if not part.areas and _things(part)]
    return said + [(f"NOT {held}", values) for held, values in out]


def _things(part: Part | AudienceQuestion) -> list[_Condition]:
    """Return SQL for each kind of thing that members may have in common, but where they are."""
    said: list[_Condition] = []
    if part.schemes:
        said.append(_of_schemes(part.schemes))
    if part.scheme_kinds:
        said.append(_of_kinds(part.scheme_kinds))
    if part.topics:
        said.append(_of_topics(part.topics))
    if part.languages:
        said.append(_of_languages(part.languages))
    return said


def _all(said: Sequence[_Condition]) -> _Condition:
    return " AND ".join(sql for sql, _ in said), [value for _, values in said for value in values]


def _any_of(part: Part) -> _Condition:
    """Return SQL for whether anything that a part names holds, but its areas."""
    said = _things(part)
    return f"({' OR '.join(sql for sql, _ in said) or 'false'})", [value for _, values in said for value in values]


def _of_schemes(ids: Sequence[int]) -> _Condition:
    if len(ids) <= _FEW_SCHEMES:
        return "schemes && %s::integer[]", [list(ids)]
    return "EXISTS (SELECT FROM unnest(schemes) AS scheme WHERE scheme = ANY(%s::integer[]))", [list(ids)]


def _of_kinds(kinds: Sequence[SchemeKind]) -> _Condition:
    return f"kinds & {sum(1 << _KINDS.index(kind) for kind in set(kinds))} <> 0", []


def _of_topics(slugs: Sequence[str]) -> _Condition:
    return "topics && ARRAY(SELECT id::integer FROM knowledge_topic WHERE slug = ANY(%s::text[]))", [list(slugs)]


def _of_languages(languages: Sequence[Language]) -> _Condition:
    return "language = ANY(%s::text[])", [[language.value for language in languages]]


def _box(shape: BaseGeometry) -> str:
    west, south, east, north = (float(side) for side in shape.bounds)
    return f"({west!r},{south!r}),({east!r},{north!r})"


def _shape(question: AudienceQuestion) -> BaseGeometry | None:
    """Return everything on the ground that the question names, as one shape; None when it names no place."""
    try:
        return shape_of(
            areas=question.areas,
            polygons=question.polygons,
            circles=question.circles,
            corridors=question.corridors,
            rings=question.rings,
        )
    except PlaceError as refusal:
        raise AudienceError(str(refusal)) from refusal


def _shape_of_areas(areas: Sequence[int]) -> BaseGeometry:
    try:
        shape = shape_of(areas=areas)
    except PlaceError as refusal:
        raise AudienceError(str(refusal)) from refusal
    if shape is None:
        raise AssertionError("Only parts with areas come here.")
    return shape


# ---------------------------------------------------------------- who is not reached


_WHY = """
    WITH meant AS (SELECT unnest(%(ids)s::bigint[]) AS id),
    seen AS (
        SELECT meant.id, member.paused_until > %(now)s OR (member.state = 'paused' AND member.paused_until IS NULL)
                AS paused,
            EXISTS (
                SELECT FROM members_consent AS consent WHERE consent.member_id = meant.id
                    AND consent.organisation_id = %(organisation)s AND consent.purpose = %(purpose)s
                    AND consent.withdrawn_at IS NULL
            ) AS agreed,
            way.*
        FROM meant JOIN members_member AS member ON member.id = meant.id AND member.state <> 'left'
        CROSS JOIN LATERAL (
            SELECT count(*) AS ways,
                count(*) FILTER (WHERE one.channel <> 'post') AS quick,
                count(*) FILTER (WHERE one.works AND one.agreed) AS ready,
                count(*) FILTER (WHERE one.works AND one.agreed AND one.channel = 'post') AS ready_by_post,
                count(*) FILTER (WHERE one.stopped) AS stopped,
                count(*) FILTER (WHERE one.suspended_at IS NOT NULL) AS suspended,
                count(*) FILTER (WHERE one.confirmed_at IS NULL) AS unconfirmed
            FROM (
                SELECT contact.*, said.stopped, NOT said.stopped AND contact.confirmed_at IS NOT NULL
                    AND contact.suspended_at IS NULL AS works, EXISTS (
                        SELECT FROM members_consent AS consent WHERE consent.member_id = meant.id
                            AND consent.organisation_id = %(organisation)s AND consent.purpose = %(purpose)s
                            AND consent.channel = contact.channel AND consent.withdrawn_at IS NULL
                    ) AS agreed
                FROM members_contactpoint AS contact CROSS JOIN LATERAL (SELECT EXISTS (
                    SELECT FROM members_suppression AS stop WHERE stop.channel = contact.channel
                        AND stop.address_hash = members_reach_hash(contact.channel::text, contact.address::text)
                ) AS stopped) AS said
                WHERE contact.member_id = meant.id
            ) AS one
        ) AS way
    )
    SELECT CASE WHEN paused THEN 'paused' WHEN NOT agreed THEN 'not_agreed' WHEN ways = 0 THEN 'no_way'
            WHEN ready > 0 AND ready = ready_by_post THEN 'post_only' WHEN ready > 0 THEN 'not_wanted'
            WHEN stopped > 0 THEN 'stopped' WHEN suspended > 0 THEN 'suspended' WHEN unconfirmed > 0 THEN 'unconfirmed'
            ELSE 'no_way' END AS why, count(*)
    FROM seen GROUP BY why
"""


def why_not(*, question: AudienceQuestion) -> dict[WhyNot, int]:
    """Count who is here but not reached, each by the first reason that holds.

    The sum without PAUSED and NOT_AGREED is `count_audience(...).unreachable`: those two are not among its members.

    Raises:
        AudienceError: as `audience`.
    """
    found = _found(question, everybody=True)
    return _reasons(found.members[found.ways == 0], question)


def _reasons(lost: Ids, question: AudienceQuestion) -> dict[WhyNot, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            _WHY,
            {
                "ids": _array(lost),
                "now": clock.now(),
                "organisation": question.organisation_id,
                "purpose": question.purpose.value,
            },
        )
        counts = dict(cursor.fetchall())
    return {why: counts[why.value] for why in WhyNot if why.value in counts}


# Not among the members of an audience, though they are here.
_NOT_MEANT = (WhyNot.PAUSED, WhyNot.NOT_AGREED)


def moved(*, before: Meant, after: Meant) -> int:
    """Return for how many another way comes first."""
    return int(np.count_nonzero(before.ways != after.ways))


def foresee(
    *,
    question: AudienceQuestion,
    ground: BaseGeometry | None = None,
    chosen: Callable[[Meant], Meant] = lambda meant: meant,
) -> Foreseen:
    """Say what a message to this audience would do now, in as many queries for 33,000 members as for one.

    The count is that of `count_audience`, the reasons those of `why_not`. `ground` is `ground_of` this question, for
    whoever has asked for it already. `chosen` leaves each the ways that whoever sends would take.

    Raises:
        AudienceError: as `audience`.
    """
    asked = _found(question, everybody=True, ground_known=ground)
    found = chosen(asked)
    reached = _kept(found, found.ways > 0, holds=True)
    why = _reasons(found.members[found.ways == 0], question)
    rungs = ladder_of(question.priority, question.channels)
    lost = sum(many for reason, many in why.items() if reason not in _NOT_MEANT)
    counts = np.bincount(reached.ways, minlength=_ALL_WAYS + 1).tolist()
    asleep, wakes_at = _asleep(reached, question.priority, rungs)
    return Foreseen(
        count=_count(dict(enumerate(counts)), rungs, len(reached.members) + lost),
        why_not=why,
        asleep=asleep,
        wakes_at=wakes_at,
        reached=reached.members,
        moved=moved(before=asked, after=found),
    )


def _asleep(reached: Meant, priority: Priority, rungs: Sequence[Channel]) -> tuple[int, dt.datetime | None]:
    """Count whose hours, their own or everybody's, have not begun, and say when the first of them do."""
    here = timezone.localtime(clock.now())
    if priority == NO_HOURS or not len(reached.members):
        return 0, None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member_id, channel, from_minute, until_minute FROM members_preference WHERE priority = %s "
            "AND from_minute IS NOT NULL AND until_minute IS NOT NULL AND member_id = ANY(%s::bigint[])",
            [priority.value, _array(reached.members)],
        )
        rows = cursor.fetchall()
    way_of = [_first(rungs, bits) for bits in range(_ALL_WAYS + 1)]
    ways = dict(zip(reached.members.tolist(), reached.ways.tolist(), strict=True)) if rows else {}
    own = [
        next_moment(priority, here, Hours(begins, ends))
        for member, channel, begins, ends in rows
        if channel == way_of[ways[member]]
    ]
    usual = next_moment(priority, here)
    waking = [moment for moment in own if moment is not None]
    asleep = len(waking)
    if usual is not None and len(own) < len(reached.members):
        asleep += len(reached.members) - len(own)
        waking.append(usual)
    return asleep, min(waking, default=None)


def ground_of(*, question: AudienceQuestion) -> BaseGeometry | None:
    """Return everything on the ground that a question names, as one shape; None when it names no place.

    Raises:
        AudienceError: one of its shapes cannot be used.
    """
    return _shape(question)


def members_on(*, shape: BaseGeometry, organisation_id: int) -> tuple[Ids, Any, Any]:
    """Return members who agreed to an organisation's alerts, and where: their places in a shape's box.

    For counting by areas, never to be shown.
    """
    agreed = 1 << (_AGREED_AT_ALL + _PURPOSES.index(Purpose.ALERT))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT string_agg(int8send(member_id){_POINT}, ''::bytea) FROM members_reach "  # noqa: S608
            f"WHERE organisation_id = %s AND agreed & {agreed} <> 0 AND point <@ %s::box",
            [organisation_id, _box(shape)],
        )
        (packed,) = cursor.fetchone()
    rows = np.frombuffer(packed or b"", dtype=_PLACED)
    return rows["key"].astype(np.int64), rows["lon"].astype(np.float64), rows["lat"].astype(np.float64)


# ---------------------------------------------------------------- in words


def describe(*, question: AudienceQuestion) -> str:
    """Say who is meant, in words for a screen and for the audit: "Farm Watch members with a place in Holt"."""
    who = _either(_of_schemes_in_words(question.scheme_kinds, question.schemes)) or "members"
    if question.lowest_tier != Tier.MEMBER:
        who += (
            f" ({question.lowest_tier.label.lower()}{'' if question.lowest_tier == TIER_ORDER[-1] else ' and above'})"
        )
    topics = [name.lower() for name in _names(Topic.objects.filter(slug__in=question.topics))]
    if topics:
        who += f" interested in {_either(topics)}"
    if question.languages:
        who += f" who chose {_either([language.label for language in question.languages])}"
    where = _either(_places_in_words(question))
    if where:
        who += f" with a place {where}"
    for part in question.must:
        who += f", who are also {_part_in_words(part)}"
    for part in question.exclude:
        who += f", without {_part_in_words(part)}"
    if question.channels and set(question.channels) != _NOT_ABROAD:
        who += f", by {_either([channel.within for channel in question.channels])} only"
    if question.priority != Priority.URGENT:
        who += f", by the ways they want for “{question.priority.label}”"
    if question.without:
        who += f", without {len(question.without):,} who were told already"
    return f"{who[0].upper()}{who[1:]}"[:400]


def _of_schemes_in_words(kinds: Sequence[SchemeKind], schemes: Sequence[int]) -> list[str]:
    named = _names(Scheme.objects.filter(pk__in=schemes)) if schemes else []
    return [*(f"{kind.label} members" for kind in kinds), *(f"members of {name}" for name in named)]


def describe_part(*, part: Part) -> str:
    """Say what must or must not hold: "Farm Watch members or members with a place in Holt"."""
    return _part_in_words(part)


def describe_places(*, question: AudienceQuestion) -> list[str]:
    """Say each circle, corridor, ring and drawn area of a question for itself, in this order."""
    return [
        *(_round(circle) for circle in question.circles),
        *(_along(corridor) for corridor in question.corridors),
        *(_away(ring) for ring in question.rings),
        *(text for polygon in question.polygons for text in _drawn(replace(question, polygons=(polygon,)))),
    ]


def _part_in_words(part: Part) -> str:
    said = _of_schemes_in_words(part.scheme_kinds, part.schemes)
    if part.topics:
        topics = [name.lower() for name in _names(Topic.objects.filter(slug__in=part.topics))]
        said.append(f"interested in {_either(topics)}")
    if part.languages:
        said.append(f"members who chose {_either([language.label for language in part.languages])}")
    if part.areas:
        said.append(f"members with a place in {_either(_names(Area.objects.filter(pk__in=part.areas)))}")
    return _either(said) or "members"


def _places_in_words(question: AudienceQuestion) -> list[str]:
    """Return where, each with its own word before it; of more than three circles, lines or ways only their number."""
    inside = [*_names(Area.objects.filter(pk__in=question.areas)), *_drawn(question)]
    said = [f"in {_either(inside)}"] if inside else []
    for one, many, lines in (
        ("circle", "circles", [_round(circle) for circle in question.circles[:_NAMED]]),
        ("line", "lines", [_along(corridor) for corridor in question.corridors[:_NAMED]]),
        ("way", "ways", [_away(ring) for ring in question.rings[:_NAMED]]),
    ):
        said += lines
        asked = {"circle": question.circles, "line": question.corridors, "way": question.rings}[one]
        if len(asked) > _NAMED:
            rest = len(asked) - _NAMED
            said.append(f"round {rest} other {one if rest == 1 else many}")
    return said


def _along(corridor: Corridor) -> str:
    """Return a corridor as people know it: `within 500 m of a line of 7.5 miles from Ebbcote to Holt`."""
    length = sum(shapes.distance_m(Point(*one), Point(*other)) for one, other in itertools.pairwise(corridor.line))
    ends = [nearest_name(point=Point(*corner), kinds=SETTLEMENTS) for corner in (corridor.line[0], corridor.line[-1])]
    way = f" from {ends[0]} to {ends[1]}" if all(ends) else ""
    return f"within {_far(corridor.width_m)} of a line of {_far(length)}{way}"


def _away(ring: Ring) -> str:
    """Return a ring as people know it: `10 to 30 minutes from Ebbcote at 60 km/h`."""
    near = nearest_name(point=Point(ring.lon, ring.lat), kinds=SETTLEMENTS) or f"{ring.lat:.4f}, {ring.lon:.4f}"
    times = f"{ring.from_minutes:g} to {ring.minutes:g}" if ring.from_minutes else f"at most {ring.minutes:g}"
    return f"{times} minutes from {near} at {ring.kmh:g} km/h"


def _far(metres: float) -> str:
    """Return a length as it is asked for on the desk and said at a gate: in miles, what is short in metres."""
    if metres < 1000:  # noqa: PLR2004
        return f"{metres:.0f} m"
    miles = f"{metres / _MILE_M:.2g}" if metres < 10 * _MILE_M else f"{metres / _MILE_M:,.0f}"
    return f"{miles} mile{'' if miles == '1' else 's'}"


def _drawn(question: AudienceQuestion) -> list[str]:
    """Return what is drawn with its size and nearest name: `a drawn area of 12 km² near Ebbcote`."""
    many = len(question.polygons)
    what = "a drawn area" if many == 1 else f"{many} drawn areas"
    try:
        shape = shape_of(polygons=question.polygons)
    except PlaceError:
        return [what]  # whoever asks for these members is told what is wrong with it
    if shape is None:
        return []
    middle = shape.representative_point()
    near = nearest_name(point=Point(float(middle.x), float(middle.y)), kinds=SETTLEMENTS)
    size = shapes.area_m2(shape) / 1_000_000
    said = f"{size:,.0f}" if size >= 10 else f"{size:.1f}"  # noqa: PLR2004
    return [f"{what} of {said} km²" + (f" near {near}" if near else "")]


def _round(circle: Circle) -> str:
    """Return a circle as people know it: `within 5.6 miles of Ebbcote`."""
    far = _far(circle.radius_m)
    near = nearest_name(point=Point(circle.lon, circle.lat), kinds=SETTLEMENTS)
    if not near:
        return f"within {far} of {circle.lat:.4f}, {circle.lon:.4f}"
    return f"within {far} of {'a point ' if near[0].isdigit() else ''}{near}"


def _names(rows: Any) -> list[str]:  # noqa: ANN401
    return list(rows.order_by("name").values_list("name", flat=True))


def _either(words: Sequence[str]) -> str:
    """Join words: a, b or c; from the fourth on only their number."""
    if len(words) > _NAMED + 1:
        return f"{', '.join(words[:_NAMED])} or {len(words) - _NAMED} others"
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
