"""What a member, an agreement and an audience are. Pure."""

import datetime as dt
from dataclasses import dataclass, field

from hueandcry.domain.places.rules import Circle
from hueandcry.kit.geometry import Point
from hueandcry.kit.kinds import Kind


class MemberError(ValueError):
    """Something about members that is refused, in words for a screen."""


class AudienceError(MemberError):
    """An audience that cannot be asked for, in words that say what to do."""


class KnownError(MemberError):
    """Somebody joins who is here already; said to officers only, an outsider reads the same as anybody."""


class Channel(Kind):
    """How a message reaches somebody."""

    SMS = "sms", "Text"
    VOICE = "voice", "Phone call"
    EMAIL = "email", "E-mail"
    POST = "post", "Printed sheet"


# The order in which an urgent alert looks for a way to a member: the fastest that they can hear.
URGENT_LADDER = (Channel.SMS, Channel.VOICE, Channel.EMAIL)


class MemberState(Kind):
    """Where a membership stands."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    LEFT = "left", "Left"


class Tier(Kind):
    """How far a member has been checked; each includes those before it (product.md, release levels)."""

    PUBLIC = "public", "Anybody"
    MEMBER = "member", "Members"
    VETTED = "vetted", "Vetted watch members"
    KIN = "kin", "Named key individuals"


TIER_ORDER = (Tier.PUBLIC, Tier.MEMBER, Tier.VETTED, Tier.KIN)


def tiers_from(lowest: Tier) -> tuple[Tier, ...]:
    """Return the tiers that may hear what is meant for `lowest` and above."""
    return TIER_ORDER[TIER_ORDER.index(lowest) :]


class PlaceUse(Kind):
    """What a member's place is to them."""

    HOME = "home", "Home"
    FARM = "farm", "Farm"
    FIELD = "field", "Field or buildings away from home"
    STABLE = "stable", "Stable"
    BOAT = "boat", "Boat or mooring"
    BUSINESS = "business", "Business"
    OTHER = "other", "Other"


class Purpose(Kind):
    """What a member agreed to hear (domain.md A11: message classes)."""

    ALERT = "alert", "Alerts and appeals"
    ADVICE = "advice", "Crime prevention advice"
    SURVEY = "survey", "Surveys and meetings"
    PARTNER = "partner", "Messages of partner organisations"


class ConsentHow(Kind):
    """How an agreement was given."""

    SPOKEN = "spoken", "Spoken to an officer"
    WEB = "web", "On the website"
    TEXT = "text", "By text"
    IMPORT = "import", "Brought over from another system"
    MADE_UP = "made_up", "Made up for the demonstration"


class SchemeKind(Kind):
    """Watch schemes."""

    FARM = "farm", "Farm Watch"
    HORSE = "horse", "Horse Watch"
    CANAL = "canal", "Canal Watch"
    NEIGHBOURHOOD = "neighbourhood", "Neighbourhood Watch"
    BUSINESS = "business", "Business Watch"
    OTHER = "other", "Other scheme"


class SchemeRole(Kind):
    """A member's part in a scheme."""

    MEMBER = "member", "Member"
    DEPUTY = "deputy", "Deputy coordinator"
    COORDINATOR = "coordinator", "Coordinator"


# The words that are read out or shown when somebody agrees; a change is a new version, never an edit.
CONSENT_WORDINGS = {
    "2026-11": (
        "{organisation} may send you messages of this kind by this way. You can stop at any time: "
        "reply STOP, use the link in any message, or tell any officer."
    ),
}
CONSENT_VERSION = "2026-11"


@dataclass(frozen=True)
class AudienceQuestion:
    """Who is meant: whose places lie in any of the areas, circles or polygons, narrowed by scheme, topic and tier.

    Attributes:
        organisation_id: whose members: only those who agreed to hear from it.
        areas: ids of areas; a polygon is a GeoJSON geometry (Polygon or MultiPolygon, WGS84).
        schemes: ids of schemes: a member of any of them, when given.
        scheme_kinds: members of any scheme of these kinds, when given.
        topics: slugs: interested in any of them, when given.
        lowest_tier: members of this tier and above.
        purpose: only those who agreed to this purpose.
        without: ids of members who are left out, e.g. those already told.
        channels: only by these channels, when given.
    """

    organisation_id: int
    areas: tuple[int, ...] = ()
    polygons: tuple[str, ...] = ()
    circles: tuple[Circle, ...] = ()
    schemes: tuple[int, ...] = ()
    scheme_kinds: tuple[SchemeKind, ...] = ()
    topics: tuple[str, ...] = ()
    lowest_tier: Tier = Tier.MEMBER
    purpose: Purpose = Purpose.ALERT
    without: tuple[int, ...] = field(default=(), repr=False)
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True)
class AudienceCount:
    """How many are meant, how many would be reached by each channel, and how many by none.

    `members` = sum of `by_channel` + `unreachable`.
    """

    members: int
    by_channel: dict[Channel, int]
    unreachable: int


# What everybody reads who joins from outside, known to us or not: nobody can find out who is a member.
THANKS = "Thank you. Look out for a message from us: it says what to do next."
OUTSIDE = frozenset({ConsentHow.WEB, ConsentHow.TEXT})


@dataclass(frozen=True)
class NewPlace:
    """A place of somebody who joins: a postcode, or a point when it is known better."""

    postcode: str = ""
    point: Point | None = None
    use: PlaceUse = PlaceUse.HOME
    name: str = ""


@dataclass(frozen=True)
class NewContact:
    """A way to reach somebody who joins, as they wrote it; `confirmed` when it was tried in front of the officer."""

    channel: Channel
    address: str = field(repr=False)
    confirmed: bool = True


@dataclass(frozen=True)
class NewMember:
    """Somebody who joins, as a loader brings them: everything normalised already.

    Attributes:
        schemes: ids of schemes, with the part they have in each.
        topics: ids of topics.
        organisations: ids of the organisations that they agree to hear from.
        purposes: what they agree to hear, by every contact point given.
    """

    name: str = field(repr=False)
    places: tuple[NewPlace, ...] = field(repr=False)
    contacts: tuple[NewContact, ...]
    organisations: tuple[int, ...]
    purposes: tuple[Purpose, ...] = (Purpose.ALERT,)
    topics: tuple[int, ...] = ()
    schemes: tuple[tuple[int, SchemeRole], ...] = ()
    tier: Tier = Tier.MEMBER
    joined_at: dt.datetime | None = None
    ref: str = ""
    note: str = field(default="", repr=False)


@dataclass(frozen=True)
class SchemeLine:
    """One scheme as lists and filters show it, with how many are in it now."""

    id: int
    ref: str
    kind: SchemeKind
    name: str
    area: str
    members: int


@dataclass(frozen=True)
class MemberLine:
    """One member as lists show it: no address, no number."""

    id: int
    ref: str
    name: str = field(repr=False)
    state: MemberState
    tier: Tier
    schemes: tuple[str, ...]


@dataclass(frozen=True)
class MemberPage:
    """One page of a search."""

    lines: tuple[MemberLine, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class PlaceLine:
    """One place of a member."""

    id: int
    use: PlaceUse
    name: str
    postcode: str
    point: Point


@dataclass(frozen=True)
class ContactLine:
    """One way to reach a member, whether it may be used, and what for."""

    id: int
    channel: Channel
    address: str = field(repr=False)
    rank: int
    confirmed_at: dt.datetime | None
    suspended_at: dt.datetime | None


@dataclass(frozen=True)
class ConsentLine:
    """One agreement, with its evidence."""

    organisation_id: int
    organisation: str
    purpose: Purpose
    channel: Channel
    wording: str
    how: ConsentHow
    taken_by: str
    given_at: dt.datetime
    withdrawn_at: dt.datetime | None


@dataclass(frozen=True)
class MembershipLine:
    """A member's part in one scheme."""

    scheme_id: int
    scheme_ref: str
    scheme: str
    kind: SchemeKind
    role: SchemeRole


@dataclass(frozen=True)
class RollLine:
    """One member as the list of a scheme shows them."""

    ref: str
    name: str = field(repr=False)
    state: MemberState
    role: SchemeRole
    since: dt.datetime


@dataclass(frozen=True)
class MemberDetail:
    """Everything about one member that their own page and an officer with a reason may see."""

    id: int
    ref: str
    name: str = field(repr=False)
    state: MemberState
    tier: Tier
    paused_until: dt.datetime | None
    joined_at: dt.datetime
    left_at: dt.datetime | None
    note: str = field(repr=False)
    places: tuple[PlaceLine, ...] = field(repr=False)
    contacts: tuple[ContactLine, ...]
    consents: tuple[ConsentLine, ...]
    schemes: tuple[MembershipLine, ...]
    topics: tuple[str, ...]


def check_question(question: AudienceQuestion) -> None:
    """Refuse a question that means nobody in particular.

    Raises:
        AudienceError: with what to add.
    """
    has_place = bool(question.areas or question.polygons or question.circles)
    if not has_place and not (question.schemes or question.scheme_kinds or question.topics):
        raise AudienceError("Say who is meant: choose an area, draw one on the map, or choose a scheme or a topic.")


def check_new(member: NewMember) -> None:
    """Refuse somebody without a name, a place, a way to reach them, or an agreement.

    Raises:
        MemberError: saying what to add.
    """
    if not member.name.strip():
        raise MemberError("Write a name: it is how the member is greeted.")
    if not member.places:
        raise MemberError("Add at least one place: alerts are sent by place.")
    if not member.contacts:
        raise MemberError("Add at least one way to reach them: a mobile, a landline, an e-mail address or a letterbox.")
    if not member.organisations or not member.purposes:
        raise MemberError("Ask what they agree to hear and from whom: without that nothing may be sent.")
