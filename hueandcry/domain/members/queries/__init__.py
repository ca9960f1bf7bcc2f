"""Questions about members: who is meant by an audience, how each is reached, who somebody is."""

import re

from django.db.models import Count, Prefetch, Q

from hueandcry.domain.members.models import (
    Consent,
    ContactPoint,
    Interest,
    Member,
    MemberPlace,
    MemberQuerySet,
    Membership,
    Merge,
    Scheme,
)
from hueandcry.domain.members.queries.audience import Ids as Ids
from hueandcry.domain.members.queries.audience import Meant as Meant
from hueandcry.domain.members.queries.audience import audience as audience
from hueandcry.domain.members.queries.audience import count_audience as count_audience
from hueandcry.domain.members.queries.audience import count_of as count_of
from hueandcry.domain.members.queries.audience import count_reachable as count_reachable
from hueandcry.domain.members.queries.audience import describe as describe
from hueandcry.domain.members.queries.audience import meant_by as meant_by
from hueandcry.domain.members.queries.audience import moved as moved
from hueandcry.domain.members.queries.audience import reachable as reachable
from hueandcry.domain.members.queries.audience import reachable_of as reachable_of
from hueandcry.domain.members.queries.audience import why_not as why_not
from hueandcry.domain.members.queries.reach import reach_differs as reach_differs
from hueandcry.domain.members.rules import (
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
)
from hueandcry.domain.organisations.models import Officer, Organisation
from hueandcry.kit.finding import NotHereError

PAGE = 50
_WORD_BEGINS = r"\m"  # PostgreSQL's own sign


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
    """Return the member whose own page this link opens; of one who was merged, the page of the one who was kept.

    Raises:
        NotHereError: the link opens nothing, or its member has left.
    """
    member = Member.objects.filter(page_token=token).first()
    while member is not None and member.state == MemberState.LEFT:
        merge = Merge.objects.filter(gone=member, undone_at=None).select_related("kept").first()
        member = merge.kept if merge else None
    if member is None:
        raise NotHereError("page")
    return member


def language_of(*, member_id: int) -> str:
    """Return the language in which the service speaks to a member."""
    return Member.objects.values_list("language", flat=True).get(pk=member_id)


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
    rows = Consent.objects.filter(member=member).select_related("organisation", "scheme").order_by("-given_at", "pk")
    return tuple(
        ConsentLine(
            organisation_id=row.organisation_id,
            organisation=row.scheme.name if row.scheme else row.organisation.name,
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


def scheme_lines(*, officer: Officer, closed: bool = False) -> list[SchemeLine]:
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
        agreed = Consent.objects.filter(organisation=organisation, scheme=None, withdrawn_at=None).values("member")
        rows = rows.filter(pk__in=agreed)
    return rows.count()
