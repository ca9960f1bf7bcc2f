"""Who is meant by an audience. Pure."""

from dataclasses import dataclass, field

from hueandcry.domain.members.rules.kinds import AudienceError, Channel, Language, Priority, Purpose, SchemeKind, Tier
from hueandcry.domain.places.rules import Circle


@dataclass(frozen=True)
class Corridor:
    """Everything within `width_m` of a line of (lon, lat) points: a road, a canal, a way that somebody drove."""

    line: tuple[tuple[float, float], ...]
    width_m: float


@dataclass(frozen=True)
class Ring:
    """What can be reached from a point within so many minutes at so many km/h, but not before `from_minutes`."""

    lon: float
    lat: float
    minutes: float
    kmh: float
    from_minutes: float = 0


@dataclass(frozen=True)
class Part:
    """One thing that members have in common, for what must or must not hold: any one of the things named in it.

    Attributes:
        areas, schemes: ids.
        scheme_kinds, languages: members of any scheme of these kinds; who chose any of these languages.
        topics: slugs.
    """

    areas: tuple[int, ...] = ()
    schemes: tuple[int, ...] = ()
    scheme_kinds: tuple[SchemeKind, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()


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
        corridors, rings: more places, beside areas, polygons and circles; barriers cut circles, corridors and rings.
        languages: who chose any of these, when given.
        must: parts that must all hold as well.
        exclude: parts of which none may hold.
        priority: which of a member's preferences decide the channel.
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
    corridors: tuple[Corridor, ...] = ()
    rings: tuple[Ring, ...] = ()
    languages: tuple[Language, ...] = ()
    must: tuple[Part, ...] = ()
    exclude: tuple[Part, ...] = ()
    priority: Priority = Priority.URGENT


@dataclass(frozen=True)
class AudienceCount:
    """How many are meant, how many would be reached by each channel, and how many by none.

    `members` = sum of `by_channel` + `unreachable`.
    """

    members: int
    by_channel: dict[Channel, int]
    unreachable: int


def check_question(question: AudienceQuestion) -> None:
    """Refuse a question that means nobody in particular.

    Raises:
        AudienceError: with what to add.
    """
    has_place = bool(question.areas or question.polygons or question.circles or question.corridors or question.rings)
    if not has_place and not (question.schemes or question.scheme_kinds or question.topics):
        raise AudienceError("Say who is meant: choose an area, draw one on the map, or choose a scheme or a topic.")
