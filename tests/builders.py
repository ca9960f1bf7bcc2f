"""Builders with honest names: each makes one valid thing, with defaults for all that a test does not care about."""

import datetime as dt
import itertools
from typing import Any

from shapely.geometry import box, mapping
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.members.actions import vetting
from hueandcry.domain.members.actions.hearing import hear_from
from hueandcry.domain.members.models import (
    Community,
    Consent,
    ContactPoint,
    Interest,
    KeyContact,
    Member,
    MemberPlace,
    Membership,
    Scheme,
)
from hueandcry.domain.members.rules import (
    CONSENT_VERSION,
    Channel,
    CheckKind,
    CommunityKind,
    ConsentHow,
    KeyRole,
    Purpose,
    SchemeKind,
    Tier,
)
from hueandcry.domain.organisations.models import Duty, Officer, Organisation
from hueandcry.domain.organisations.rules import OrganisationKind, Role
from hueandcry.domain.places import actions as places
from hueandcry.domain.places.models import Place
from hueandcry.domain.places.queries import area_by_code
from hueandcry.domain.places.rules import AreaKind, AreaLine, PlaceKind
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from hueandcry.kit.text import fold

NUMBERS = itertools.count(1)
# Of the numbers that Ofcom keeps for drama (07700 900000-900999) those that no test gives anybody by hand; the last ten
# are left out: the sandbox sends some of them back, or puts them off.
BY_HAND_NEVER = (*range(778, 990), *range(556, 701))
_MOBILES = (*BY_HAND_NEVER, *sorted({*range(990)} - {*BY_HAND_NEVER}))
_given: list[str] = []
MIDDLE = Point(2.5, 54.5)


def drama_number(n: int | None = None) -> str:
    """Return a mobile number that belongs to nobody, another each time until a test has used them all."""
    if n is not None:
        return f"+447700900{n % 1000:03d}"
    _given.append(f"+447700900{_MOBILES[len(_given) % len(_MOBILES)]:03d}")
    return _given[-1]


def begin_again() -> None:
    """Give numbers from the first on: whether two meet is then the same in every run, whatever ran before."""
    _given.clear()


def force(**fields: Any) -> Organisation:
    """Return the force, made once."""
    defaults = {"kind": OrganisationKind.FORCE, "signs_as": "Doggerland Police", **fields}
    name = defaults.pop("name", "Doggerland Constabulary")
    return Organisation.objects.get_or_create(name=name, defaults=defaults)[0]


def partner(name: str = "Doggerland Fire and Rescue", **fields: Any) -> Organisation:
    """Return a partner organisation, made once."""
    defaults = {"kind": OrganisationKind.FIRE, "signs_as": "Doggerland Fire", **fields}
    return Organisation.objects.get_or_create(name=name, defaults=defaults)[0]


def officer(*roles: Role, name: str = "", organisation: Organisation | None = None, **fields: Any) -> Officer:
    """Return an officer with these roles."""
    name = name or f"Officer{next(NUMBERS)}"
    made = Officer(
        name=name,
        email=fields.pop("email", f"{name.lower().replace(' ', '.')}@example.org"),
        rank=fields.pop("rank", "PC"),
        organisation=organisation or force(),
        roles=[role.value for role in roles],
        fast_trained_until=fields.pop("fast_trained_until", clock.today() + dt.timedelta(days=365)),
        **fields,
    )
    made.set_unusable_password()
    made.save()
    return made


def rota(reader: Officer | None = None, **fields: Any) -> Duty:
    """Return a duty all day round, every day, of the force's control room; made once when nothing is said."""
    if not fields and reader is None and (kept := Duty.objects.order_by("pk").first()):
        return kept
    reader = reader or officer(Role.OPERATOR, rank="Control room")
    return Duty.objects.create(
        organisation=fields.pop("organisation", reader.organisation),
        officer=reader,
        weekdays=fields.pop("weekdays", [1, 2, 3, 4, 5, 6, 7]),
        begins_on=fields.pop("begins_on", clock.today() - dt.timedelta(days=400)),
        from_minute=fields.pop("from_minute", 0),
        until_minute=fields.pop("until_minute", 0),
        made_by="officer:TEST22",
        made_at=clock.now(),
        **fields,
    )


def area(
    name: str = "Holt", *, shape: BaseGeometry | None = None, kind: AreaKind = AreaKind.PARISH, vintage: str = "2026"
) -> AreaLine:
    """Load an area; without a shape a square of 0.2 degrees round MIDDLE."""
    shape = shape or box(MIDDLE.lon - 0.1, MIDDLE.lat - 0.1, MIDDLE.lon + 0.1, MIDDLE.lat + 0.1)
    places.load_areas(
        features=[{"type": "Feature", "properties": {"code": name}, "geometry": mapping(shape)}],
        kind=kind,
        vintage=vintage,
        code_column="code",
        source="test",
    )
    return area_by_code(kind=kind, code=name, vintage=vintage)


def topic(slug: str = "hare-coursing", name: str = "Hare coursing", **fields: Any) -> Topic:
    """Return a topic, made once."""
    return Topic.objects.get_or_create(slug=slug, defaults={"name": name, **fields})[0]


def scheme(name: str = "Holt Farm Watch", kind: SchemeKind = SchemeKind.FARM, **fields: Any) -> Scheme:
    """Return a watch scheme, made once."""
    defaults = {"kind": kind, "organisation": fields.pop("organisation", None) or force(), **fields}
    return Scheme.objects.get_or_create(name=name, defaults=defaults)[0]


def member(
    *,
    at: tuple[float, float] = MIDDLE,
    mobile: str | None = "",
    email: str = "",
    landline: str = "",
    letterbox: str = "",
    whatsapp: str = "",
    tier: Tier = Tier.VETTED,
    schemes: tuple[Scheme, ...] = (),
    topics: tuple[Topic, ...] = (),
    agreed_to: Organisation | None = None,
    **fields: Any,
) -> Member:
    """Return a member with one place, who agreed to the force's alerts on every contact point given.

    `mobile=""` gives a drama number, `None` no mobile at all.
    """
    made = Member.objects.create(
        name=fields.pop("name", f"Member {next(NUMBERS)}"), tier=tier, joined_at=clock.now(), **fields
    )
    MemberPlace.objects.create(member=made, point=at)
    contacts = [
        (Channel.SMS, drama_number() if mobile == "" else mobile),
        (Channel.VOICE, landline),
        (Channel.EMAIL, email),
        (Channel.POST, letterbox),
        (Channel.WHATSAPP, whatsapp),
    ]
    for rank, (channel, address) in enumerate(contacts, start=1):
        if address:
            ContactPoint.objects.create(
                member=made, channel=channel, address=address, rank=rank, confirmed_at=clock.now()
            )
            Consent.objects.create(
                member=made,
                organisation=agreed_to or force(),
                purpose=Purpose.ALERT,
                channel=channel,
                wording=CONSENT_VERSION,
                how=ConsentHow.SPOKEN,
                taken_by="officer:TEST22",
                given_at=clock.now(),
            )
    for joined in schemes:
        Membership.objects.create(scheme=joined, member=made, joined_at=clock.now())
        hear_from(
            member_ids=[made.pk], scheme_ids=[joined.pk], how=ConsentHow.SPOKEN, taken_by="officer:TEST22", quiet=True
        )
    for wanted in topics:
        Interest.objects.create(member=made, topic=wanted)
    return made


def place(name: str = "Holt Haven", kind: PlaceKind = PlaceKind.VILLAGE, at: tuple[float, float] = MIDDLE) -> Place:
    """Return a name on the map."""
    return Place.objects.create(
        code=f"P{next(NUMBERS)}", name=name, folded=fold(name), kind=kind, point=at, uncertainty_m=300, source="test"
    )


def checked(member: Member, *kinds: CheckKind, ends_on: dt.date | None = None) -> Member:
    """Return the member with vetting and training (or only these) written down today."""
    for kind in kinds or tuple(CheckKind):
        vetting.write_check(
            member_id=member.pk, kind=kind, done_on=clock.today(), ends_on=ends_on, actor="officer:TEST22"
        )
    member.refresh_from_db()
    return member


def community(name: str = "Farmers of Holt", *, organisation: Organisation | None = None, **fields: Any) -> Community:
    """Return a community of the force, made once."""
    fields.setdefault("kind", CommunityKind.WORK)
    return Community.objects.get_or_create(organisation=organisation or force(), name=name, defaults=fields)[0]


def key_contact(keeper: Officer, *communities: Community, member: Member, **fields: Any) -> KeyContact:
    """Return a key individual whom this officer keeps in touch with; the first talk is due in ninety days."""
    made = KeyContact.objects.create(
        member=member,
        organisation=keeper.organisation,
        officer=keeper,
        role=fields.pop("role", KeyRole.VET),
        next_due=fields.pop("next_due", clock.today() + dt.timedelta(days=90)),
        began_at=clock.now(),
        **fields,
    )
    made.communities.set(communities or [community()])
    return made
