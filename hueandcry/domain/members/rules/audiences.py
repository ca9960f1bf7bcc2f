"""Who is meant by an audience. Pure."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hueandcry.domain.members.rules.kinds import AudienceError, Channel, Language, Priority, Purpose, SchemeKind, Tier
from hueandcry.domain.places.rules import Circle, Corridor, Ring
from hueandcry.kit.kinds import Kind

__all__ = [
    "AudienceCount",
    "AudienceQuestion",
    "Corridor",
    "Foreseen",
    "Part",
    "Ring",
    "SavedLine",
    "WhyNot",
    "check_question",
    "check_saved_name",
    "question_from_json",
    "question_to_json",
]


_T = TypeVar("_T")


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


class WhyNot(Kind):
    """Why somebody who is here is not reached, in the order in which one looks."""

    PAUSED = "paused", "Asked us to pause"
    NOT_AGREED = "not_agreed", "Did not agree to this kind of message"
    NO_WAY = "no_way", "Gave us no way that they agreed to"
    POST_ONLY = "post_only", "By post only"
    NOT_WANTED = "not_wanted", "Want this by another way, or not at all"
    STOPPED = "stopped", "Asked us to stop"
    SUSPENDED = "suspended", "Messages to them came back"
    UNCONFIRMED = "unconfirmed", "Have not confirmed their number or address"


@dataclass(frozen=True)
class AudienceCount:
    """How many are meant, how many would be reached by each channel, and how many by none.

    `members` = sum of `by_channel` + `unreachable`.
    """

    members: int
    by_channel: dict[Channel, int]
    unreachable: int


@dataclass(frozen=True)
class Foreseen:
    """What a message to an audience would do now: who is reached by what, who is not and why, who sleeps until when.

    Attributes:
        why_not: who is here but not reached, each by the first reason that holds.
        asleep: how many of the reached get it later, because of the hour; the first of them at `wakes_at`.
        reached: the ids of those whom a way reaches, sorted.
        moved: for how many of them whoever sends puts another way first than the ladder does.
    """

    count: AudienceCount
    why_not: dict[WhyNot, int]
    asleep: int
    wakes_at: dt.datetime | None
    reached: Any = field(repr=False, compare=False)
    moved: int = 0


@dataclass(frozen=True)
class SavedLine:
    """One kept audience as the list shows it; how many it means is asked for each by itself."""

    ref: str
    name: str
    described: str
    made_by: str
    made_at: dt.datetime
    changed_at: dt.datetime


SAVED_NAME_MOST = 80


def check_saved_name(name: str) -> str:
    """Return the name of a kept audience without needless spaces.

    Raises:
        AudienceError: it is empty or too long.
    """
    name = " ".join(name.split())
    if not name:
        raise AudienceError("Give the audience a name, such as “Farms along the B6”.")
    if len(name) > SAVED_NAME_MOST:
        raise AudienceError(f"Shorten the name to {SAVED_NAME_MOST} characters: it has {len(name)}.")
    return name


def check_question(question: AudienceQuestion) -> None:
    """Refuse a question that means nobody in particular.

    Raises:
        AudienceError: with what to add.
    """
    has_place = bool(question.areas or question.polygons or question.circles or question.corridors or question.rings)
    if not has_place and not (question.schemes or question.scheme_kinds or question.topics):
        raise AudienceError("Say who is meant: choose an area, draw one on the map, or choose a scheme or a topic.")


# ---------------------------------------------------------------- kept as JSON


def question_to_json(question: AudienceQuestion) -> dict[str, Any]:
    """Return an audience question as it is kept: never who is left out, for that names people."""
    return {
        "organisation_id": question.organisation_id,
        "areas": list(question.areas),
        "polygons": list(question.polygons),
        "circles": [[circle.lon, circle.lat, circle.radius_m] for circle in question.circles],
        "corridors": [[[list(corner) for corner in one.line], one.width_m] for one in question.corridors],
        "rings": [[one.lon, one.lat, one.minutes, one.kmh, one.from_minutes] for one in question.rings],
        "schemes": list(question.schemes),
        "scheme_kinds": [kind.value for kind in question.scheme_kinds],
        "topics": list(question.topics),
        "languages": [language.value for language in question.languages],
        "lowest_tier": question.lowest_tier.value,
        "purpose": question.purpose.value,
        "channels": [channel.value for channel in question.channels],
        "must": [_part_to_json(part) for part in question.must],
        "exclude": [_part_to_json(part) for part in question.exclude],
        "priority": question.priority.value,
    }


def _part_to_json(part: Part) -> dict[str, Any]:
    return {
        "areas": list(part.areas),
        "schemes": list(part.schemes),
        "scheme_kinds": [kind.value for kind in part.scheme_kinds],
        "topics": list(part.topics),
        "languages": [language.value for language in part.languages],
    }


def question_from_json(kept: dict[str, Any]) -> AudienceQuestion:
    """Return the audience question that was kept; what was kept before there was more to ask asks for no more.

    Raises:
        AudienceError: it is no question of ours.
    """
    try:
        return AudienceQuestion(
            organisation_id=int(kept["organisation_id"]),
            areas=_each(kept, "areas", int),
            polygons=_each(kept, "polygons", str),
            circles=_each(kept, "circles", lambda numbers: Circle(*numbers)),
            corridors=_each(kept, "corridors", _corridor),
            rings=_each(kept, "rings", lambda numbers: Ring(*numbers)),
            schemes=_each(kept, "schemes", int),
            scheme_kinds=_each(kept, "scheme_kinds", SchemeKind),
            topics=_each(kept, "topics", str),
            languages=_each(kept, "languages", Language),
            lowest_tier=Tier(kept.get("lowest_tier", Tier.MEMBER)),
            purpose=Purpose(kept.get("purpose", Purpose.ALERT)),
            channels=_each(kept, "channels", Channel),
            must=_each(kept, "must", _part),
            exclude=_each(kept, "exclude", _part),
            priority=Priority(kept.get("priority", Priority.URGENT)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise AudienceError("This audience cannot be read any more. Choose it again.") from fault


def _each(kept: dict[str, Any], name: str, read: Callable[[Any], _T]) -> tuple[_T, ...]:
    return tuple(read(one) for one in kept.get(name) or ())


def _corridor(kept: Any) -> Corridor:  # noqa: ANN401 - as JSON gives it
    line, width_m = kept
    return Corridor(tuple((float(lon), float(lat)) for lon, lat in line), float(width_m))


def _part(kept: dict[str, Any]) -> Part:
    return Part(
        areas=_each(kept, "areas", int),
        schemes=_each(kept, "schemes", int),
        scheme_kinds=_each(kept, "scheme_kinds", SchemeKind),
        topics=_each(kept, "topics", str),
        languages=_each(kept, "languages", Language),
    )
