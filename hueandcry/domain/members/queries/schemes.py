"""Questions about watch schemes: who is in one, who runs it, whom it may invite, who is rung by whom."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.members.models import Bridge, Consent, ContactPoint, Member, MemberPlace, Membership, Scheme
from hueandcry.domain.members.queries.audience import ADDRESSES, EACH_BY_INDEX, ladder_of
from hueandcry.domain.members.rules import (
    TIER_ORDER,
    BridgeLine,
    Channel,
    MembershipState,
    MemberState,
    MyScheme,
    PartLine,
    Priority,
    Purpose,
    Reading,
    SchemeKind,
    SchemeLine,
    SchemeRole,
    SchemeState,
    Tier,
)
from hueandcry.domain.members.rules.preferences import wanted
from hueandcry.domain.members.rules.schemes import FITS, LEADS
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places.queries import areas_containing, shape_of
from hueandcry.domain.places.rules import PlaceError
from hueandcry.kit import clock, shapes
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point

_ROLES = [SchemeRole.COORDINATOR, SchemeRole.DEPUTY, SchemeRole.MEMBER]
# The ways by which a message reaches somebody by itself.
_BY_ITSELF = (Channel.SMS.value, Channel.EMAIL.value, Channel.VOICE.value)

_PLACED = np.dtype([("member", ">i8"), ("lon", ">f8"), ("lat", ">f8")])
_AROUND = """
    SELECT string_agg(int8send(member.id) || point_send(place.point), ''::bytea)
    FROM members_memberplace AS place JOIN members_member AS member ON member.id = place.member_id
    WHERE {inside} member.state <> 'left'
        AND (member.state = 'active' OR member.paused_until <= %s)
        AND NOT EXISTS (
            SELECT FROM members_membership AS part WHERE part.member_id = member.id AND part.scheme_id = %s
                AND (part.left_at IS NULL OR part.state = 'refused')
        )
        AND (
            %s OR place.use = ANY(%s::text[]) OR EXISTS (
                SELECT FROM members_interest AS interest JOIN knowledge_topic AS topic ON topic.id = interest.topic_id
                WHERE interest.member_id = member.id AND topic.slug = ANY(%s::text[])
            )
        )
"""


# ---------------------------------------------------------------- schemes


def scheme_by_id(*, scheme_id: int) -> Scheme:
    """Return one scheme by its number, with its area and organisation.

    Raises:
        NotHereError: there is none.
    """
    try:
        return Scheme.objects.select_related("area", "organisation").get(pk=scheme_id)
    except Scheme.DoesNotExist:
        raise NotHereError(f"scheme:{scheme_id}") from None


def scheme_named(*, name: str) -> Scheme:
    """Return one scheme by what it is called.

    Raises:
        NotHereError: there is none.
    """
    try:
        return Scheme.objects.get(name=name)
    except Scheme.DoesNotExist:
        raise NotHereError("scheme") from None


def proposed(*, officer: Officer) -> list[SchemeLine]:
    """Return the schemes that wait for an officer's approval, longest first."""
    rows = Scheme.objects.visible_to(officer).filter(state=SchemeState.PROPOSED).order_by("pk")
    return [
        SchemeLine(row.pk, row.ref, SchemeKind(row.kind), row.name, row.area.name if row.area else "", 0, row.own_kind)
        for row in rows.select_related("area")
    ]


def outline_of(*, scheme: Scheme) -> BaseGeometry | None:
    """Return the ground of a scheme: its own outline, else its area's boundary; None when it has neither.

    Raises:
        PlaceError: it cannot be used any more.
    """
    if scheme.outline:
        return shape_of(polygons=(scheme.outline,))
    return shape_of(areas=(scheme.area_id,)) if scheme.area_id else None


def outline_geojson(*, scheme: Scheme) -> dict[str, object]:
    """Return the ground of a scheme as a GeoJSON FeatureCollection, for its map."""
    if not scheme.outline:
        return {"type": "FeatureCollection", "features": []}
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(scheme.outline)}
    return {"type": "FeatureCollection", "features": [feature]}


def suggested(*, scheme_id: int) -> list[int]:
    """Return the ids of the members who have a place in a scheme's area, fit it and have no part in it yet."""
    scheme = scheme_by_id(scheme_id=scheme_id)
    try:
        shape = outline_of(scheme=scheme)
    except PlaceError:
        return []
    uses, topics = FITS.get(SchemeKind(scheme.kind), (None, None))
    inside = "" if shape is None else "place.point <@ box(point(%s, %s), point(%s, %s)) AND "
    params: list[Any] = [
        *([] if shape is None else [float(side) for side in shape.bounds]),
        *(clock.now(), scheme_id, uses is None, [use.value for use in uses or ()], sorted(topics or ())),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_AROUND.format(inside=inside), params)
        (packed,) = cursor.fetchone()
    rows = np.frombuffer(packed or b"", dtype=_PLACED)
    found = rows["member"].astype(np.int64)
    if shape is not None:
        lons, lats = rows["lon"].astype(np.float64), rows["lat"].astype(np.float64)
        found = found[shapes.inside(shape, lons, lats)]
    return [int(member) for member in np.unique(found)]


def may_be_asked(*, member_ids: Sequence[int], organisation_id: int) -> list[int]:
    """Return those of these members who agreed to surveys and meetings by a way that works."""
    agreed = Consent.objects.filter(
        member__in=member_ids, organisation=organisation_id, purpose=Purpose.SURVEY, withdrawn_at=None
    )
    working = ContactPoint.objects.filter(
        member=OuterRef("member"), channel=OuterRef("channel"), suspended_at=None, confirmed_at__isnull=False
    )
    rows = agreed.filter(Exists(working), channel__in=_BY_ITSELF)
    return sorted(set(rows.values_list("member_id", flat=True)))


# ---------------------------------------------------------------- who is in it


def parts(*, scheme_id: int, states: Sequence[MembershipState] = (MembershipState.IN,)) -> list[PartLine]:
    """Return the parts in a scheme that stand, those who run it first, then by name; those who left are not there."""
    rows = (
        Membership.objects.filter(scheme_id=scheme_id, left_at=None, state__in=states)
        .exclude(member__state=MemberState.LEFT)
        .select_related("member", "rung_by__member")
    )
    lines = [
        PartLine(
            id=row.pk,
            member_id=row.member_id,
            member_ref=row.member.ref,
            name=row.member.name if row.named or row.role in LEADS else "",
            role=SchemeRole(row.role),
            state=MembershipState(row.state),
            since=row.joined_at,
            named=row.named,
            in_tree=row.in_tree,
            rings=row.rings,
            rung_by=row.rung_by.member.name if row.rung_by else "",
            offered=row.offered,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (_ROLES.index(line.role), not line.name, line.name, line.member_ref))


def get_part(*, member_id: int, scheme_ref: str) -> MyScheme:
    """Return one scheme as a member sees it: one that they are in or asked for, or that is open to be asked.

    Raises:
        NotHereError: there is none, or it is not for them.
    """
    found = [line for line in my_schemes(member_id=member_id) if line.ref == scheme_ref]
    if found:
        return found[0]
    rows = Scheme.objects.filter(ref=scheme_ref, state=SchemeState.ACTIVE).select_related("area", "organisation")
    if not rows:
        raise NotHereError(f"scheme:{scheme_ref}")
    return _seen(list(rows))[0]


def my_schemes(*, member_id: int) -> list[MyScheme]:
    """Return the schemes in which a member has a part, by name."""
    rows = Membership.objects.filter(member_id=member_id, left_at=None).exclude(scheme__state=SchemeState.CLOSED)
    mine = list(rows.select_related("scheme__area", "scheme__organisation").order_by("scheme__name"))
    heard = heard_by(member_id=member_id)
    return [
        replace(
            seen,
            role=SchemeRole(part.role),
            state=MembershipState(part.state),
            named=part.named,
            in_tree=part.in_tree,
            rings=part.rings,
            offered=part.offered,
            hears=tuple(heard.get(part.scheme_id, ())),
        )
        for seen, part in zip(_seen([part.scheme for part in mine]), mine, strict=True)
    ]


def offered_to(*, member_id: int) -> list[MyScheme]:
    """Return the active schemes round a member's places in which they have no part, by name."""
    points = list(MemberPlace.objects.filter(member_id=member_id).values_list("point", flat=True))
    around = {area.id for point in points for area in areas_containing(point=point)}
    mine = Membership.objects.filter(member_id=member_id).filter(Q(left_at=None) | Q(state=MembershipState.REFUSED))
    rows = Scheme.objects.filter(state=SchemeState.ACTIVE).exclude(pk__in=mine.values("scheme"))
    rows = rows.filter(~Q(outline="") | Q(area__in=around) | Q(area=None)).select_related("area", "organisation")
    return _seen([row for row in rows.order_by("name") if not row.outline or _holds(row, points)])


def _holds(scheme: Scheme, points: Sequence[Point]) -> bool:
    try:
        shape = outline_of(scheme=scheme)
    except PlaceError:
        return False
    if shape is None or not points:
        return False
    return bool(shapes.inside(shape, [point.lon for point in points], [point.lat for point in points]).any())


def _seen(schemes: Sequence[Scheme]) -> list[MyScheme]:
    """Return schemes as somebody sees them who has no part in them: with two questions, however many they are."""
    ids = [scheme.pk for scheme in schemes]
    inside = Membership.objects.filter(scheme__in=ids, left_at=None, state=MembershipState.IN)
    inside = inside.exclude(member__state=MemberState.LEFT)
    heads = dict(inside.values_list("scheme").annotate(n=Count("pk")))
    leads: dict[int, list[tuple[int, str]]] = {}
    running = inside.filter(role__in=LEADS).values_list("scheme_id", "role", "member__name")
    for scheme_id, role, name in running:
        leads.setdefault(scheme_id, []).append((_ROLES.index(SchemeRole(role)), name))
    return [
        MyScheme(
            id=scheme.pk,
            ref=scheme.ref,
            name=scheme.name,
            kind=scheme.kind_label,
            about=scheme.about,
            area=scheme.area.name if scheme.area else "",
            organisation=scheme.organisation.name,
            scheme_state=SchemeState(scheme.state),
            open_to_all=scheme.open_to_all,
            heads=heads.get(scheme.pk, 0),
            leads=tuple(name for _, name in sorted(leads.get(scheme.pk, ()))),
        )
        for scheme in schemes
    ]


def member_ids_in(*, scheme_id: int) -> list[int]:
    """Return the ids of the members who are in a scheme now and are not on a pause."""
    rows = Membership.objects.filter(scheme_id=scheme_id, left_at=None, state=MembershipState.IN)
    rows = rows.filter(Q(member__state=MemberState.ACTIVE) | Q(member__paused_until__lte=clock.now()))
    return list(rows.exclude(member__state=MemberState.LEFT).order_by("member_id").values_list("member_id", flat=True))


def tier_now(*, member_id: int) -> Tier:
    """Return how far a member has been checked today: a tier that has run out counts as a member's."""
    tier, until = Member.objects.filter(pk=member_id).values_list("tier", "tier_until").get()
    held = Tier(tier)
    over = until is not None and until < clock.today()
    return min(held, Tier.MEMBER, key=TIER_ORDER.index) if over else held


# ---------------------------------------------------------------- its own messages


_HEARS = """
    SELECT DISTINCT ON (agreed.member_id) agreed.member_id, agreed.channel
    FROM members_consent AS agreed
    JOIN members_member AS member ON member.id = agreed.member_id
    JOIN members_contactpoint AS way ON way.member_id = agreed.member_id AND way.channel = agreed.channel
    LEFT JOIN members_preference AS choice ON choice.member_id = agreed.member_id
        AND choice.channel = agreed.channel AND choice.priority = %s
    WHERE agreed.scheme_id = %s AND agreed.withdrawn_at IS NULL AND agreed.member_id = ANY(%s::bigint[])
        AND agreed.channel = ANY(%s::text[])
        AND way.confirmed_at IS NOT NULL AND way.suspended_at IS NULL AND NOT EXISTS (
            SELECT FROM members_suppression AS stop WHERE stop.channel = way.channel
                AND stop.address_hash = members_reach_hash(way.channel::text, way.address::text)
        )
        AND CASE WHEN member.reading = 'voice' THEN
            agreed.channel = 'voice' AND COALESCE(choice.wanted, 'voice' = ANY(%s::text[]))
        ELSE COALESCE(choice.wanted, agreed.channel = ANY(%s::text[])) END
    ORDER BY agreed.member_id, array_position(%s::text[], agreed.channel::text)
"""


def hearing(
    *, scheme_id: int, member_ids: Sequence[int], priority: Priority, channels: Sequence[Channel] = ()
) -> tuple[str, list[Any]]:
    """Return SQL and its parameters for (member_id, channel, address): who hears a scheme's own message, and where.

    By the first way of the priority's ladder that they agreed to for this scheme, want for this priority, and that
    works; people who share an address are told once.
    """
    rungs = [channel.value for channel in ladder_of(priority, channels)]
    by_default = [[way.value for way in wanted(priority, reading=one)] for one in (Reading.VOICE, Reading.ORDINARY)]
    params = [int(priority), scheme_id, list(member_ids), rungs, *by_default, rungs]
    return ADDRESSES.format(who=_HEARS, each=EACH_BY_INDEX), params


def heard_by(*, member_id: int) -> dict[int, list[Channel]]:
    """Return by which ways a member agreed to hear each scheme's own messages."""
    rows = Consent.objects.filter(member=member_id, withdrawn_at=None).exclude(scheme=None).order_by("scheme", "pk")
    found: dict[int, list[Channel]] = {}
    for scheme_id, channel in rows.values_list("scheme_id", "channel"):
        found.setdefault(scheme_id or 0, []).append(Channel(channel))
    return found


# ---------------------------------------------------------------- the phone tree


def tree(*, scheme_id: int) -> list[PartLine]:
    """Return those of a scheme who agreed to be rung by one of their own, by name."""
    return [line for line in parts(scheme_id=scheme_id) if line.in_tree]


def rung_by(*, scheme_id: int, member_id: int) -> list[PartLine]:
    """Return those whom this member rings, by name."""
    mine = Membership.objects.filter(scheme_id=scheme_id, left_at=None, rung_by__member_id=member_id, in_tree=True)
    ids = set(mine.values_list("pk", flat=True))
    return [line for line in parts(scheme_id=scheme_id) if line.id in ids]


def count_without_internet(*, scheme_id: int) -> int:
    """Count those in a scheme whom no text, call or e-mail of ours can reach: for them sheets are printed."""
    ways = (*_BY_ITSELF, Channel.WHATSAPP)
    reached = ContactPoint.objects.filter(channel__in=ways, suspended_at=None).exclude(confirmed_at=None)
    rows = Membership.objects.filter(scheme_id=scheme_id, left_at=None, state=MembershipState.IN)
    return rows.exclude(member__state=MemberState.LEFT).exclude(member__in=reached.values("member")).count()


# ---------------------------------------------------------------- groups elsewhere


def bridges_of(*, member_id: int) -> list[BridgeLine]:
    """Return the groups elsewhere that a member carries alerts to, newest first, those that ended last."""
    rows = Bridge.objects.filter(member_id=member_id).order_by(F("ended_at").desc(nulls_first=True), "-pk")
    return [BridgeLine(row.ref, row.code, row.name, row.people, row.made_at, row.ended_at) for row in rows]


def bridge_by_code(*, code: str) -> BridgeLine:
    """Return the group that has this code, ended or not; whose it is stays out.

    Raises:
        NotHereError: there is none.
    """
    row = Bridge.objects.filter(code=code.upper()).first()
    if row is None:
        raise NotHereError("group")
    return BridgeLine(row.ref, row.code, row.name, row.people, row.made_at, row.ended_at)


def bridge_in(*, codes: Sequence[str]) -> str:
    """Return the reference of the first of these codes that is a group's; empty when none is."""
    found = dict(Bridge.objects.filter(code__in=codes).values_list("code", "ref"))
    return next((found[code] for code in codes if code in found), "")


def count_in_groups() -> int:
    """Count about how many people read the groups that alerts are carried to, as their members say."""
    return sum(people or 0 for people in Bridge.objects.filter(ended_at=None).values_list("people", flat=True))


def heads_by_state(*, scheme_id: int) -> dict[MembershipState, int]:
    """Count the parts in a scheme that stand, by state."""
    rows = Membership.objects.filter(scheme_id=scheme_id, left_at=None).exclude(member__state=MemberState.LEFT)
    counted = dict(rows.values_list("state").annotate(n=Count("pk")))
    return {state: counted.get(state.value, 0) for state in MembershipState}
