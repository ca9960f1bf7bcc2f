"""Questions about members: who is meant by an audience, how each is reached, who somebody is."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import Count, Prefetch, Q
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.members.models import (
    Consent,
    ContactPoint,
    Interest,
    Member,
    MemberPlace,
    MemberQuerySet,
    Membership,
    Scheme,
)
from hueandcry.domain.members.rules import (
    TIER_ORDER,
    URGENT_LADDER,
    AudienceCount,
    AudienceError,
    AudienceQuestion,
    Channel,
    ConsentHow,
    ConsentLine,
    ContactLine,
    MemberDetail,
    MemberLine,
    MemberPage,
    MembershipLine,
    MembershipState,
    MemberState,
    PlaceLine,
    PlaceUse,
    Purpose,
    RollLine,
    SchemeKind,
    SchemeLine,
    SchemeRole,
    SchemeState,
    Tier,
    check_question,
    tiers_from,
)
from hueandcry.domain.organisations.models import Officer, Organisation
from hueandcry.domain.places.models import Area
from hueandcry.domain.places.queries import nearest_name, shape_of
from hueandcry.domain.places.rules import SETTLEMENTS, Circle, PlaceError
from hueandcry.kit import clock, shapes
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point

Ids = npt.NDArray[np.int64]

PAGE = 50
# As PostgreSQL's int8send and point_send write them: member, longitude, latitude.
_PLACED = np.dtype([("member", ">i8"), ("lon", ">f8"), ("lat", ">f8")])
_NAMED = 3
_WORD_BEGINS = r"\m"  # PostgreSQL's own sign


# ---------------------------------------------------------------- the audience (sending.md section 4, method g)


def audience(*, question: AudienceQuestion) -> Ids:
    """Return the ids of the members who are meant, sorted, each once, exactly to the edge of every shape.

    One query brings the places in the box of the shape with every other filter applied; the edge is decided by shapely.

    Raises:
        AudienceError: the question means nobody in particular, or a shape cannot be used.
    """
    check_question(question)
    shape = _shape(question)
    sql, params = _candidates(question, shape)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        (packed,) = cursor.fetchone()
    if shape is None:
        found = np.frombuffer(packed or b"", dtype=">i8").astype(np.int64)
    else:
        rows = np.frombuffer(packed or b"", dtype=_PLACED)
        lons, lats = rows["lon"].astype(np.float64), rows["lat"].astype(np.float64)
        found = rows["member"][shapes.inside(shape, lons, lats)].astype(np.int64)
    found = np.unique(found)
    return np.setdiff1d(found, np.array(question.without, dtype=np.int64)) if question.without else found


def count_audience(*, question: AudienceQuestion) -> AudienceCount:
    """Count who is meant, by the one channel that would reach each in a hurry, and whom none would reach.

    Raises:
        AudienceError: as `audience`.
    """
    return count_reachable(
        member_ids=audience(question=question),
        organisation_id=question.organisation_id,
        purpose=question.purpose,
        channels=question.channels,
    )


def count_reachable(
    *, member_ids: Ids | Sequence[int], organisation_id: int, purpose: Purpose, channels: Sequence[Channel] = ()
) -> AudienceCount:
    """Count these members by the one channel that would reach each, and those whom none would reach."""
    if not len(member_ids):
        return AudienceCount(members=0, by_channel={}, unreachable=0)
    one, params = _one_contact_each(member_ids, organisation_id, purpose, channels)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT channel, count(*) FROM ({one}) AS one GROUP BY channel", params)  # noqa: S608
        counts = dict(cursor.fetchall())
    by_channel = {channel: counts[channel.value] for channel in URGENT_LADDER if channel.value in counts}
    return AudienceCount(
        members=len(member_ids),
        by_channel=by_channel,
        unreachable=len(member_ids) - sum(by_channel.values()),
    )


def reachable(
    *, member_ids: Ids | Sequence[int], organisation_id: int, purpose: Purpose, channels: Sequence[Channel] = ()
) -> tuple[str, list[Any]]:
    """Return SQL and its parameters for (member_id, channel, address): the one contact point for each member.

    First by URGENT_LADDER, then by the member's own rank, among contact points that are confirmed, not suspended, and
    agreed to for this organisation, purpose and channel. People who share a telephone are told once: an address appears
    once, with the lowest member id of those who share it.
    """
    one, params = _one_contact_each(member_ids, organisation_id, purpose, channels)
    sql = (
        "SELECT DISTINCT ON (address) member_id, channel, address "  # noqa: S608
        f"FROM ({one}) AS one ORDER BY address, member_id"
    )
    return sql, params


def _one_contact_each(
    member_ids: Ids | Sequence[int], organisation_id: int, purpose: Purpose, channels: Sequence[Channel]
) -> tuple[str, list[Any]]:
    """Return the SQL of the rule itself, before shared addresses are joined: member_id, channel, address."""
    ladder = [channel.value for channel in URGENT_LADDER if not channels or channel in channels]
    ids = member_ids.tolist() if isinstance(member_ids, np.ndarray) else [int(member) for member in member_ids]
    sql = """
        SELECT DISTINCT ON (contact.member_id) contact.member_id, contact.channel, contact.address
        FROM unnest(%s::bigint[]) AS meant(member_id)
        JOIN members_contactpoint AS contact ON contact.member_id = meant.member_id
        JOIN members_consent AS consent ON consent.member_id = contact.member_id
            AND consent.channel = contact.channel AND consent.withdrawn_at IS NULL
            AND consent.organisation_id = %s AND consent.purpose = %s
        WHERE contact.confirmed_at IS NOT NULL AND contact.suspended_at IS NULL AND contact.channel = ANY(%s::text[])
        ORDER BY contact.member_id, array_position(%s::text[], contact.channel::text), contact.rank, contact.id
    """
    return sql, [ids, organisation_id, purpose.value, ladder, ladder]


def _shape(question: AudienceQuestion) -> BaseGeometry | None:
    """Return everything on the ground that the question names, as one shape; None when it names no place."""
    try:
        return shape_of(areas=question.areas, polygons=question.polygons, circles=question.circles)
    except PlaceError as refusal:
        raise AudienceError(str(refusal)) from refusal


# Who is left after every filter but the edge. Each condition takes one parameter, in this order.
_HEARS = """
    (member.state = 'active' OR (member.state = 'paused' AND member.paused_until IS NOT NULL))
    AND (member.paused_until IS NULL OR member.paused_until <= %s)
    AND member.tier = ANY(%s::text[])
    AND EXISTS (
        SELECT FROM members_consent AS consent
        WHERE consent.member_id = member.id AND consent.withdrawn_at IS NULL
            AND consent.organisation_id = %s AND consent.purpose = %s
    )"""
_OF_SCHEMES = """
    AND EXISTS (
        SELECT FROM members_membership AS part
        WHERE part.member_id = member.id AND part.left_at IS NULL AND part.scheme_id = ANY(%s::bigint[])
    )"""
_OF_SCHEME_KINDS = """
    AND EXISTS (
        SELECT FROM members_membership AS part JOIN members_scheme AS scheme ON scheme.id = part.scheme_id
        WHERE part.member_id = member.id AND part.left_at IS NULL AND scheme.kind = ANY(%s::text[])
    )"""
_OF_TOPICS = """
    AND EXISTS (
        SELECT FROM members_interest AS interest JOIN knowledge_topic AS topic ON topic.id = interest.topic_id
        WHERE interest.member_id = member.id AND topic.slug = ANY(%s::text[])
    )"""


def _candidates(question: AudienceQuestion, shape: BaseGeometry | None) -> tuple[str, list[Any]]:
    """Return the query for everybody who passes every filter but the edge, packed into one value (24 bytes a place)."""
    where = _HEARS
    params: list[Any] = [
        clock.now(),
        [tier.value for tier in tiers_from(question.lowest_tier)],
        question.organisation_id,
        question.purpose.value,
    ]
    for condition, wanted in (
        (_OF_SCHEMES, list(question.schemes)),
        (_OF_SCHEME_KINDS, [kind.value for kind in question.scheme_kinds]),
        (_OF_TOPICS, list(question.topics)),
    ):
        if wanted:
            where += condition
            params.append(wanted)
    if shape is None:
        return f"SELECT string_agg(int8send(member.id), ''::bytea) FROM members_member AS member WHERE {where}", params  # noqa: S608
    sql = (
        "SELECT string_agg(int8send(member.id) || point_send(place.point), ''::bytea) "  # noqa: S608
        "FROM members_memberplace AS place JOIN members_member AS member ON member.id = place.member_id "
        f"WHERE place.point <@ box(point(%s, %s), point(%s, %s)) AND {where}"
    )
    return sql, [*(float(side) for side in shape.bounds), *params]


def describe(*, question: AudienceQuestion) -> str:
    """Say who is meant, in words for a screen and for the audit: "Farm Watch members with a place in Holt"."""
    kinds = [f"{kind.label} members" for kind in question.scheme_kinds]
    named = [f"members of {name}" for name in _names(Scheme.objects.filter(pk__in=question.schemes))]
    who = _either([*kinds, *named]) or "members"
    if question.lowest_tier != Tier.MEMBER:
        who += (
            f" ({question.lowest_tier.label.lower()}{'' if question.lowest_tier == TIER_ORDER[-1] else ' and above'})"
        )
    topics = [name.lower() for name in _names(Topic.objects.filter(slug__in=question.topics))]
    if topics:
        who += f" interested in {_either(topics)}"
    inside = [*_names(Area.objects.filter(pk__in=question.areas)), *_drawn(question)]
    where = _either([*([f"in {_either(inside)}"] if inside else []), *map(_round, question.circles[:_NAMED])])
    if len(question.circles) > _NAMED:
        where += f" or {len(question.circles) - _NAMED} other circles"
    if where:
        who += f" with a place {where}"
    if question.channels:
        who += f", by {_either([channel.label.lower() for channel in question.channels])} only"
    if question.without:
        who += f", without {len(question.without):,} who were told already"
    return f"{who[0].upper()}{who[1:]}"[:400]


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
    """Return a circle as people know it: `within 9 km of Ebbcote`."""
    far = f"{circle.radius_m / 1000:.3g} km" if circle.radius_m >= 1000 else f"{circle.radius_m:.0f} m"  # noqa: PLR2004
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


# ---------------------------------------------------------------- members


def _seen_by(officer: Officer) -> MemberQuerySet:
    """Return whom this officer may see: the only way to members from a screen for officers."""
    return MemberQuerySet(Member).visible_to(officer)


def get_member(*, officer: Officer, ref: str) -> Member:
    """Return one member whom this officer may see.

    Raises:
        NotHereError: there is none, or they are not for this officer.
    """
    try:
        return _seen_by(officer).get(ref=ref)
    except Member.DoesNotExist:
        raise NotHereError(ref) from None


def by_token(*, token: str) -> Member:
    """Return the member whose own page this link opens.

    Raises:
        NotHereError: the link opens nothing, or its member has left.
    """
    try:
        return Member.objects.exclude(state=MemberState.LEFT).get(page_token=token)
    except Member.DoesNotExist:
        raise NotHereError("page") from None


def members_with(*, channel: Channel, address: str) -> list[int]:
    """Return the ids of the members who are reached by this address, oldest first, without those who left."""
    rows = ContactPoint.objects.filter(channel=channel, address=address).exclude(member__state=MemberState.LEFT)
    return list(rows.order_by("member_id").values_list("member_id", flat=True))


def search(*, officer: Officer, text: str = "", page: int = 1) -> MemberPage:
    """Return one page of the members whom this officer may see, by name, reference, postcode, number or address."""
    rows = _matching(_seen_by(officer), text.strip())
    total = rows.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    parts = Membership.objects.filter(left_at=None).select_related("scheme").order_by("scheme__name")
    shown = rows.order_by("name", "pk").prefetch_related(Prefetch("memberships", queryset=parts))
    lines = tuple(
        MemberLine(
            id=member.pk,
            ref=member.ref,
            name=member.name,
            state=MemberState(member.state),
            tier=Tier(member.tier),
            schemes=tuple(part.scheme.name for part in member.memberships.all()),
        )
        for member in shown[(page - 1) * PAGE : page * PAGE]
    )
    return MemberPage(lines=lines, total=total, page=page, pages=pages)


def _matching(rows: MemberQuerySet, text: str) -> MemberQuerySet:
    if not text:
        return rows
    close = "".join(text.split())
    digits = "".join(sign for sign in text if sign.isdigit())
    wanted = _named(text) | Q(ref__iexact=close)
    if _OF_A_POSTCODE.match(close):
        wanted |= Q(pk__in=MemberPlace.objects.filter(postcode__startswith=close.upper()).values("member"))
    wanted |= Q(pk__in=ContactPoint.objects.filter(address=close.lower()).values("member"))
    if _LAST_FIGURES <= len(digits) == len(close):
        numbers = ContactPoint.objects.filter(channel__in=(Channel.SMS, Channel.VOICE), address__endswith=digits)
        wanted |= Q(pk__in=numbers.values("member"))
    if len(digits) >= 9:  # noqa: PLR2004 - a whole number as people write it: 07700 900123 or +44 7700 900123
        number = f"+44{digits.removeprefix('00').removeprefix('44').removeprefix('0')}"
        wanted |= Q(pk__in=ContactPoint.objects.filter(address=number).values("member"))
    return rows.filter(wanted)


# The beginning of a postcode: LA9, LA99, LA999, LA999ZZ; a bare letter or two is the beginning of a name.
_OF_A_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]{0,5}\Z", re.IGNORECASE)
_LAST_FIGURES = 4


def _named(text: str) -> Q:
    """Return members of whose name some word begins with each of these words: `rob wo` finds Robin Wold."""
    wanted = Q()
    for word in text.split():
        wanted &= Q(name__iregex=rf"{_WORD_BEGINS if word[0].isalnum() else ''}{re.escape(word)}")
    return wanted


def detail(*, member_id: int) -> MemberDetail:
    """Return everything about one member; for an officer call `actions.consult`, which keeps that they looked.

    Raises:
        NotHereError: there is no such member.
    """
    try:
        member = Member.objects.get(pk=member_id)
    except Member.DoesNotExist:
        raise NotHereError(f"member:{member_id}") from None
    interests = Interest.objects.filter(member=member).order_by("topic__name").values_list("topic__name", flat=True)
    return MemberDetail(
        id=member.pk,
        ref=member.ref,
        name=member.name,
        state=MemberState(member.state),
        tier=Tier(member.tier),
        paused_until=member.paused_until,
        joined_at=member.joined_at,
        left_at=member.left_at,
        note=member.note,
        places=_places(member),
        contacts=_contacts(member),
        consents=_consents(member),
        schemes=_memberships(member),
        topics=tuple(interests),
    )


def _places(member: Member) -> tuple[PlaceLine, ...]:
    rows = MemberPlace.objects.filter(member=member).order_by("pk")
    return tuple(PlaceLine(row.pk, PlaceUse(row.use), row.name, row.postcode, row.point) for row in rows)


def _contacts(member: Member) -> tuple[ContactLine, ...]:
    rows = ContactPoint.objects.filter(member=member).order_by("rank", "pk")
    return tuple(
        ContactLine(row.pk, Channel(row.channel), row.address, row.rank, row.confirmed_at, row.suspended_at)
        for row in rows
    )


def _consents(member: Member) -> tuple[ConsentLine, ...]:
    rows = Consent.objects.filter(member=member).select_related("organisation").order_by("-given_at", "pk")
    return tuple(
        ConsentLine(
            organisation_id=row.organisation_id,
            organisation=row.organisation.name,
            purpose=Purpose(row.purpose),
            channel=Channel(row.channel),
            wording=row.wording,
            how=ConsentHow(row.how),
            taken_by=row.taken_by,
            given_at=row.given_at,
            withdrawn_at=row.withdrawn_at,
        )
        for row in rows
    )


def _memberships(member: Member) -> tuple[MembershipLine, ...]:
    rows = Membership.objects.filter(member=member, left_at=None, state=MembershipState.IN)
    rows = rows.select_related("scheme").order_by("scheme__name")
    return tuple(
        MembershipLine(
            row.scheme_id, row.scheme.ref, row.scheme.name, SchemeKind(row.scheme.kind), SchemeRole(row.role)
        )
        for row in rows
    )


# ---------------------------------------------------------------- schemes


def schemes(*, officer: Officer, closed: bool = False) -> list[SchemeLine]:
    """Return the schemes that run and that this officer may see, by kind and name, each with how many are in it.

    With `closed` those that are over instead.
    """
    state = SchemeState.CLOSED if closed else SchemeState.ACTIVE
    rows = Scheme.objects.visible_to(officer).filter(state=state).order_by("kind", "name")
    standing = Q(memberships__left_at=None, memberships__state=MembershipState.IN) & ~Q(
        memberships__member__state=MemberState.LEFT
    )
    counted = rows.annotate(
        heads=Count("memberships", filter=standing),
        mains=Count("memberships", filter=standing & Q(memberships__role=SchemeRole.COORDINATOR)),
    )
    return [
        SchemeLine(row[0], row[1], SchemeKind(row[2]), row[3], row[4] or "", row[5], row[6], state, bool(row[7]))
        for row in counted.values_list("pk", "ref", "kind", "name", "area__name", "heads", "own_kind", "mains")
    ]


def schemes_of(*, organisation_id: int) -> list[Scheme]:
    """Return the schemes of one organisation that run, by name, for a loader or a door without an officer."""
    return list(Scheme.objects.filter(organisation=organisation_id, state=SchemeState.ACTIVE).order_by("name"))


def get_scheme(*, officer: Officer, ref: str) -> Scheme:
    """Return one scheme that this officer may see.

    Raises:
        NotHereError: there is none, or it is not for this officer.
    """
    try:
        return Scheme.objects.visible_to(officer).select_related("area", "organisation").get(ref=ref)
    except Scheme.DoesNotExist:
        raise NotHereError(ref) from None


def roll(*, scheme_id: int) -> list[RollLine]:
    """Return who is in a scheme now: coordinators, deputies, then members by name."""
    rows = Membership.objects.filter(scheme_id=scheme_id, left_at=None, state=MembershipState.IN)
    rows = rows.exclude(member__state=MemberState.LEFT)
    roles = [SchemeRole.COORDINATOR, SchemeRole.DEPUTY, SchemeRole.MEMBER]
    lines = [
        RollLine(ref, name, MemberState(state), SchemeRole(role), since)
        for ref, name, state, role, since in rows.values_list(
            "member__ref", "member__name", "member__state", "role", "joined_at"
        )
    ]
    return sorted(lines, key=lambda line: (roles.index(line.role), line.name, line.ref))


def count_members(*, organisation: Organisation | None = None) -> int:
    """Count the members who have not left; with `organisation`, those who agreed to hear from it."""
    rows = Member.objects.exclude(state=MemberState.LEFT)
    if organisation is not None:
        agreed = Consent.objects.filter(organisation=organisation, withdrawn_at=None).values("member")
        rows = rows.filter(pk__in=agreed)
    return rows.count()
