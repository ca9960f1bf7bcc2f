"""Questions about key individual networks: the matrix, who is due, what the quarter said."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Max, QuerySet
from django.utils import timezone

from hueandcry.domain.members.models import Community, KeyContact, Mechanism, Member, Membership, Pulse, Talk
from hueandcry.domain.members.rules import (
    CommunityKind,
    KeyRole,
    MechanismKind,
    MembershipState,
    MemberState,
    SchemeRole,
    TalkHow,
    Tier,
)
from hueandcry.domain.members.rules.networks import (
    DUE_SOON_DAYS,
    LATE_DAYS,
    SUCCESSION_DAYS,
    GapLine,
    KeyLine,
    MatrixRow,
    PulseResult,
    TalkLine,
    Touch,
    cells,
    may_show_whole,
    means,
    quarter_of,
    quarters_back,
    state_of,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.models import Area
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError

__all__ = [
    "all_areas",
    "areas_of",
    "colleague",
    "communities",
    "due",
    "gaps",
    "get_community",
    "get_key_contact",
    "keepers",
    "key_contact_of",
    "line_of",
    "lines",
    "matrix",
    "mechanisms_of",
    "pulse_given",
    "pulses_of",
    "results",
    "results_for",
    "results_of_areas",
    "successors",
    "talks",
]

MOST_TALKS = 20


# ---------------------------------------------------------------- who may see


def _communities(officer: Officer) -> QuerySet[Community]:
    if not officer.may(Permission.NETWORK_READ):
        return Community.objects.none()
    return Community.objects.filter(organisation=officer.organisation_id)


def _contacts(officer: Officer) -> QuerySet[KeyContact]:
    if not officer.may(Permission.NETWORK_READ):
        return KeyContact.objects.none()
    return KeyContact.objects.filter(organisation=officer.organisation_id)


def get_community(*, officer: Officer, ref: str) -> Community:
    """Return one community of this officer's organisation.

    Raises:
        NotHereError: there is none, or it is not for this officer.
    """
    try:
        return _communities(officer).select_related("area").get(ref=ref)
    except Community.DoesNotExist:
        raise NotHereError(f"community:{ref}") from None


def get_key_contact(*, officer: Officer, ref: str) -> KeyContact:
    """Return one key individual of this officer's organisation, ended or not.

    Raises:
        NotHereError: there is none, or they are not for this officer.
    """
    try:
        return _contacts(officer).select_related("member", "officer", "successor").get(ref=ref)
    except KeyContact.DoesNotExist:
        raise NotHereError(f"key_contact:{ref}") from None


def communities(*, officer: Officer) -> list[Community]:
    """Return the communities that have not ended, by kind and name."""
    return list(_communities(officer).filter(ended_at=None).select_related("area").order_by("kind", "name"))


def keepers(*, officer: Officer) -> list[Officer]:
    """Return the colleagues who may keep in touch with key individuals."""
    rows = Officer.objects.filter(organisation=officer.organisation_id, is_active=True).order_by("name", "pk")
    return [one for one in rows if one.may(Permission.NETWORK_WRITE)]


def colleague(*, officer: Officer, ref: str) -> Officer | None:
    """Return somebody of the same organisation by reference, also one who works here no more; None when not there."""
    return Officer.objects.filter(organisation=officer.organisation_id, ref=ref).first()


def all_areas() -> list[tuple[int, str]]:
    """Return the areas that a community may be of, the largest kinds first."""
    kinds = (AreaKind.FORCE, AreaKind.DISTRICT, AreaKind.BEAT, AreaKind.PARISH)
    rows = Area.objects.filter(kind__in=kinds).order_by("name").values_list("pk", "name", "kind")
    found = sorted(rows, key=lambda row: kinds.index(AreaKind(row[2])))
    return [(pk, f"{name} ({AreaKind(kind).label.lower()})") for pk, name, kind in found]


# ---------------------------------------------------------------- the matrix


def matrix(*, officer: Officer, area_id: int | None = None) -> list[MatrixRow]:
    """Return community by mechanism, gaps first; `area_id` keeps an area and all within it. Three questions, always."""
    found = list(
        _communities(officer)
        .filter(ended_at=None)
        .select_related("area__parent__parent__parent__parent")
        .order_by("kind", "name")
    )
    kept = [one for one in found if area_id is None or area_id in {area.pk for area in _upwards(one.area)}]
    touches = _touches([one.pk for one in kept])
    today = clock.today()
    rows = [
        MatrixRow(
            one.ref,
            one.name,
            CommunityKind(one.kind),
            one.area.name if one.area else "",
            cells(touches.get(one.pk, ()), today=today),
        )
        for one in kept
    ]
    return sorted(rows, key=lambda row: not row.gap)


def areas_of(*, officer: Officer) -> list[tuple[int, str]]:
    """Return the areas by which the matrix may be narrowed: those of communities and what holds them, by name."""
    rows = _communities(officer).filter(ended_at=None).select_related("area__parent__parent__parent__parent")
    found = {area.pk: area.name for one in rows for area in _upwards(one.area)}
    return sorted(found.items(), key=lambda pair: pair[1])


def _upwards(area: Area | None) -> Iterable[Area]:
    steps = 0
    while area is not None and steps < 5:  # noqa: PLR2004 - as deep as select_related above
        yield area
        steps += 1
        area = area.parent if steps < 5 else None  # noqa: PLR2004


def _touches(ids: Sequence[int]) -> dict[int, list[Touch]]:
    touches: dict[int, list[Touch]] = {}
    contacts = KeyContact.communities.through.objects.filter(community__in=ids, keycontact__ended_at=None)
    talked = contacts.values_list("community_id", "keycontact__next_due", Max("keycontact__talks__at"))
    for community, due_on, last in talked:
        touches.setdefault(community, []).append(Touch(MechanismKind.KIN, last and timezone.localdate(last), due_on))
    ways = Mechanism.objects.filter(community__in=ids, ended_at=None).order_by("pk")
    today = clock.today()
    for way in ways:
        # Never used: due from the day it was written down, as far as we know today.
        due_on = way.last_used + dt.timedelta(days=way.cadence_days) if way.last_used else today
        touches.setdefault(way.community_id, []).append(Touch(MechanismKind(way.kind), way.last_used, due_on))
    return touches


def mechanisms_of(*, community: Community) -> list[Mechanism]:
    """Return how a community is reached beside its key individuals."""
    rows = Mechanism.objects.filter(community=community, ended_at=None)
    return list(rows.select_related("scheme").order_by("kind", "pk"))


# ---------------------------------------------------------------- key individuals


def lines(*, officer: Officer, keeper: Officer | None = None, community: Community | None = None) -> list[KeyLine]:
    """Return key individuals who have not ended, first who is due first; of one officer or community when given."""
    rows = _contacts(officer).filter(ended_at=None)
    if keeper is not None:
        rows = rows.filter(officer=keeper)
    if community is not None:
        rows = rows.filter(communities=community)
    return _lines(rows)


def line_of(*, contact: KeyContact) -> KeyLine:
    """Return one key individual as lists show them."""
    return _lines(KeyContact.objects.filter(pk=contact.pk))[0]


def due(*, officer: Officer, everybody: bool = False) -> list[KeyLine]:
    """Return whom an officer should talk to within a week; `everybody`: of all officers, two weeks late or more."""
    today = clock.today()
    rows = _contacts(officer).filter(ended_at=None)
    if everybody:
        return _lines(rows.filter(next_due__lte=today - dt.timedelta(days=LATE_DAYS)))
    return _lines(rows.filter(officer=officer, next_due__lte=today + dt.timedelta(days=DUE_SOON_DAYS)))


def _lines(rows: QuerySet[KeyContact]) -> list[KeyLine]:
    today = clock.today()
    last_talks = dict(
        Talk.objects.filter(key_contact__in=rows.values("pk")).values_list("key_contact").annotate(Max("at"))
    )
    found = rows.select_related("member", "officer").prefetch_related("communities").order_by("next_due", "pk")
    return [
        KeyLine(
            ref=row.ref,
            member_ref=row.member.ref,
            name=row.member.name,
            role=KeyRole(row.role),
            communities=tuple(sorted(one.name for one in row.communities.all())),
            officer=row.officer.get_full_name(),
            officer_ref=row.officer.ref,
            last=timezone.localdate(last) if (last := last_talks.get(row.pk)) else None,
            due=row.next_due,
            state=state_of(row.next_due, today=today),
            days_late=max(0, (today - row.next_due).days),
            tier=Tier(row.member.tier),
            tension=row.tension,
        )
        for row in found
    ]


def talks(*, contact: KeyContact) -> list[TalkLine]:
    """Return the last talks with a key individual, newest first."""
    rows = Talk.objects.filter(key_contact=contact).select_related("officer").order_by("-at", "-pk")[:MOST_TALKS]
    return [TalkLine(row.at, TalkHow(row.how), row.officer.get_full_name(), row.note) for row in rows]


def key_contact_of(*, member_id: int) -> KeyContact | None:
    """Return the member as a key individual, or None: for their own page."""
    rows = KeyContact.objects.filter(member=member_id, ended_at=None).exclude(member__state=MemberState.LEFT)
    return rows.order_by("pk").first()


def gaps(*, officer: Officer) -> list[GapLine]:
    """Return who ended within three months and left a community without a key individual, and who was to follow."""
    since = clock.now() - dt.timedelta(days=SUCCESSION_DAYS)
    rows = _contacts(officer).filter(ended_at__gt=since).select_related("successor")
    ended = list(rows.prefetch_related("communities").order_by("-ended_at", "pk"))
    covered = set(
        _contacts(officer).filter(ended_at=None, communities__isnull=False).values_list("communities", flat=True)
    )
    found = []
    for row in ended:
        bare = tuple(
            sorted(one.name for one in row.communities.all() if one.pk not in covered and one.ended_at is None)
        )
        if bare:
            follows = row.successor if row.successor and row.successor.state != MemberState.LEFT else None
            found.append(
                GapLine(
                    row.ref,
                    KeyRole(row.role),
                    bare,
                    row.ended_at,  # type: ignore[arg-type]  # the filter above keeps none without
                    follows.ref if follows else "",
                    follows.name if follows else "",
                )
            )
    return found


def successors(*, contact: KeyContact) -> list[tuple[str, str]]:
    """Return who may follow a key individual: deputies and coordinators of the same schemes, by name."""
    own = Membership.objects.filter(member=contact.member_id).values("scheme")
    ways = Mechanism.objects.filter(community__in=contact.communities.all(), scheme__isnull=False).values("scheme")
    runs = Membership.objects.filter(
        left_at=None, state=MembershipState.IN, role__in=(SchemeRole.DEPUTY, SchemeRole.COORDINATOR)
    )
    runs = runs.filter(scheme__in=own) | runs.filter(scheme__in=ways)
    people = Member.objects.filter(pk__in=runs.values("member")).exclude(pk=contact.member_id)
    return list(people.exclude(state=MemberState.LEFT).order_by("name", "pk").values_list("ref", "name")[:10])


# ---------------------------------------------------------------- the quarterly pulse


@dataclass(frozen=True)
class ResultRow:
    """What was said of one community or area, quarter by quarter."""

    name: str
    ref: str
    quarters: tuple[PulseResult, ...]


def pulse_given(*, contact: KeyContact, quarter: str = "") -> Pulse | None:
    """Return what a key individual answered this quarter, or None."""
    return Pulse.objects.filter(key_contact=contact, quarter=quarter or quarter_of(clock.today())).first()


def pulses_of(*, contact: KeyContact) -> list[Pulse]:
    """Return what a key individual answered, newest first."""
    return list(Pulse.objects.filter(key_contact=contact).order_by("-quarter"))


def results(*, officer: Officer) -> list[ResultRow]:
    """Return what was said of each community over the last quarters; fewer than three answers are hidden."""
    return _results(communities(officer=officer))


def results_for(*, contact: KeyContact) -> list[ResultRow]:
    """Return what was said of the communities that a key individual speaks for, for their own page."""
    return _results(list(contact.communities.filter(ended_at=None).select_related("area").order_by("name")))


def results_of_areas(*, officer: Officer) -> list[ResultRow]:
    """Return what was said of each area by everybody who speaks for a community in it.

    A sum stands only where nobody can reckon from it, beside its parts, what one or two people said.
    """
    found = communities(officer=officer)
    given = _given([one.pk for one in found])
    by_area: dict[str, list[int]] = {}
    for one in found:
        if one.area is not None:
            by_area.setdefault(one.area.name, []).append(one.pk)
    rows = []
    for name, ids in sorted(by_area.items()):
        quarters = []
        for quarter in quarters_back(clock.today()):
            parts = [given.get((pk, quarter), {}) for pk in ids]
            whole = {contact: answers for part in parts for contact, answers in part.items()}
            shown = {contact for part in parts if means(list(part.values())) for contact in part}
            said = list(whole.values())
            fits = may_show_whole(whole=len(whole), shown_parts=len(shown))
            quarters.append(PulseResult(quarter, len(said), means(said) if fits else None))
        rows.append(ResultRow(name, "", tuple(quarters)))
    return rows


def _results(found: Sequence[Community]) -> list[ResultRow]:
    given = _given([one.pk for one in found])
    return [
        ResultRow(
            one.name,
            one.ref,
            tuple(
                PulseResult(quarter, len(said := list(given.get((one.pk, quarter), {}).values())), means(said))
                for quarter in quarters_back(clock.today())
            ),
        )
        for one in found
    ]


def _given(ids: Sequence[int]) -> dict[tuple[int, str], dict[int, list[int]]]:
    """Return the answers of each key individual by community and quarter."""
    rows = Pulse.objects.filter(key_contact__communities__in=ids, quarter__in=quarters_back(clock.today()))
    found: dict[tuple[int, str], dict[int, list[int]]] = {}
    for community, quarter, contact, answers in rows.values_list(
        "key_contact__communities", "quarter", "key_contact", "answers"
    ):
        found.setdefault((community, quarter), {})[contact] = answers
    return found
