"""What a member, an agreement and an audience are. Pure."""

from dataclasses import dataclass, field

from hueandcry.domain.places.rules import Circle
from hueandcry.kit.kinds import Kind


class MemberError(ValueError):
    """Something about members that is refused, in words for a screen."""


class AudienceError(MemberError):
    """An audience that cannot be asked for, in words that say what to do."""


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
