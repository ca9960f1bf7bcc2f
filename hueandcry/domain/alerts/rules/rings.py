"""Where somebody who was seen may be some minutes from now: the moving ring of an alert. Pure.

Whoever saw it says about where and about when, so a ring is never an arrow: it reaches from where the slowest may be to
where the quickest may be, as wide as the doubt about the direction, along the roads where we know them, and not over
what people do not cross.
"""

import datetime as dt
import heapq
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from hueandcry.kit import shapes
from hueandcry.kit.geometry import Box, Point
from hueandcry.kit.kinds import Kind


class Pace(Kind):
    """How somebody who was seen moves."""

    FOOT = "foot", "On foot"
    LANES = "lanes", "In a vehicle, on lanes"
    ROAD = "road", "In a vehicle, on a main road"


@dataclass(frozen=True)
class Speeds:
    """One row: how far one gets in an hour as the crow flies, at least and at most, and from how far it is seen.

    Attributes:
        beside_m: people so far from a road still see or hear what goes along it.
    """

    pace: Pace
    slow_kmh: float
    quick_kmh: float
    beside_m: float


SPEEDS: dict[Pace, Speeds] = {
    row.pace: row
    for row in (
        Speeds(Pace.FOOT, 2, 6, 1_000),
        Speeds(Pace.LANES, 15, 45, 1_500),
        Speeds(Pace.ROAD, 30, 80, 2_000),
    )
}
# By road it is so much further than as the crow flies.
WINDING = 1.3
# People say five past when it was ten past.
DOUBT = dt.timedelta(minutes=5)
# Two sightings further apart than this say nothing of how it moves now; one older than this, little of where it is.
NEWS = dt.timedelta(hours=2)
STALE = dt.timedelta(minutes=45)
FARTHEST_M = 60_000.0
LEAST_M = 500.0
# Nobody knows a direction better than this to each side, and what is told in words no better than that.
LEAST_SPREAD, TOLD_SPREAD, ALL_ROUND = 30.0, 45.0, 180.0
_SAME_WAY = 22.5
FASTEST_KMH = 130.0
# Two sightings that ask for more than this are not of one vehicle, or a time is wrong.
TOO_FAST_KMH = 200.0
NEAR_A_ROAD_M = 1_000.0
FEW_LEGS = 200
MOST_CORNERS = 60_000
_DEGREE_M = 111_320.0
_MPH = 1.609344
_MINUTE = dt.timedelta(minutes=1)
WINDS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
_WIND = re.compile(rf"\b({'|'.join(sorted(WINDS, key=len, reverse=True))})\b", re.IGNORECASE)
_TOWARDS = re.compile(r"\btowards\s+(?P<name>.+?)(?:\s+on\s+[ABM]\d+\S*)?\s*\Z", re.IGNORECASE)
_MAIN_ROAD = re.compile(r"\b[AM]\d{1,4}\b")
_ON_FOOT = re.compile(r"\b(?:on foot|walking|running|ran|on bikes?)\b", re.IGNORECASE)
# Nothing but people: `3 men`. A make that nobody listed is still a vehicle.
_ONLY_PEOPLE = re.compile(
    r"\s*(?:\w+\s+)?(?:man|men|woman|women|people|person|persons|lads?|youths?|boys?|males?)\W*", re.IGNORECASE
)


@dataclass(frozen=True)
class Fix:
    """Where something was seen, how far off that may be, and when, which may be five minutes off."""

    point: Point
    uncertainty_m: float
    at: dt.datetime


@dataclass(frozen=True)
class Heading:
    """Which way, in degrees from north, how far off to each side, and in words: `towards Holt`."""

    bearing: float
    spread: float
    words: str


@dataclass(frozen=True)
class Motion:
    """What two sightings say together: how fast at least and at most, and which way, when that can be told.

    Attributes:
        quick_kmh: None when the times are too close to say.
        words: as an officer reads it.
    """

    slow_kmh: float
    quick_kmh: float | None
    heading: Heading | None
    words: str
    is_one: bool = True


@dataclass(frozen=True)
class Choice:
    """What an officer asked of a ring; what is not said is proposed.

    Attributes:
        from_minutes, until_minutes: how long from now it should be there.
        bearing: degrees from north; None as proposed.
        spread: degrees to each side; 180 is all round; None as proposed.
        along_roads: by the roads where we know any; else only by distance.
    """

    from_minutes: int = 10
    until_minutes: int = 20
    pace: Pace | None = None
    bearing: float | None = None
    spread: float | None = None
    along_roads: bool = True


@dataclass(frozen=True)
class Band:
    """How far it may be when the ring counts: between these metres as the crow flies."""

    inner_m: float
    outer_m: float


# ---------------------------------------------------------------- what was said


def pace_of(what: str, direction: str = "") -> Pace:
    """Return how it moves, from the words of a sighting: a vehicle on lanes when nothing else is said."""
    if _MAIN_ROAD.search(direction):
        return Pace.ROAD
    if _ON_FOOT.search(what) or _ONLY_PEOPLE.fullmatch(what):
        return Pace.FOOT
    return Pace.LANES


def aim_of(direction: str) -> str:
    """Return the name behind `towards`; empty when there is none."""
    found = _TOWARDS.search(direction)
    return found["name"].strip() if found else ""


def wind_of(direction: str) -> float | None:
    """Return the compass word of a direction in degrees; None when there is none."""
    found = _WIND.search(direction)
    return WINDS.index(found[1].lower()) * 45.0 if found else None


def said_heading(direction: str, *, start: Point, aim: Point | None = None) -> Heading | None:
    """Return the way that was told in words: towards a place that the map knows, else by the compass."""
    name = aim_of(direction)
    if name and aim is not None and shapes.distance_m(start, aim) > LEAST_M:
        return Heading(shapes.bearing(start, aim), TOLD_SPREAD, f"towards {name}")
    wind = wind_of(direction)
    return None if wind is None else Heading(wind, TOLD_SPREAD, f"to the {wind_words(wind)}")


def chosen_heading(bearing: float, found: Heading | None) -> Heading:
    """Return the way to which an officer turned it; where that is the way that was found, with that one's words."""
    bearing = turned(bearing)
    if found is not None and apart(bearing, found.bearing) <= _SAME_WAY:
        return replace(found, bearing=bearing)
    return Heading(bearing, TOLD_SPREAD, f"to the {wind_words(bearing)}")


def wind_words(bearing: float) -> str:
    """Return the compass word nearest to a direction."""
    return WINDS[round(bearing % 360 / 45) % 8]


def turned(bearing: float) -> float:
    """Return a direction between 0 and 360, whatever was added to it."""
    return bearing % 360.0 % 360.0


def apart(one: float, other: float) -> float:
    """Return the angle between two directions, 0 to 180, over north too."""
    return abs((one - other + 180.0) % 360.0 - 180.0)


# ---------------------------------------------------------------- two sightings


def motion(first: Fix, second: Fix) -> Motion | None:
    """Return what two sightings say of speed and direction, with their doubt; None when they are too far apart.

    Both points may be off as far as they say, and both times by five minutes.
    """
    gap = second.at - first.at
    if not dt.timedelta() < gap <= NEWS:
        return None
    away, doubt = shapes.distance_m(first.point, second.point), first.uncertainty_m + second.uncertainty_m
    longest, shortest = gap + 2 * DOUBT, gap - 2 * DOUBT
    slow = max(0.0, away - doubt) / 1000 / (longest / dt.timedelta(hours=1))
    quick = (away + doubt) / 1000 / (shortest / dt.timedelta(hours=1)) if shortest > dt.timedelta() else None
    since = f"{max(1, round(gap / _MINUTE))} minutes apart and {_miles(away)} from each other"
    if slow > TOO_FAST_KMH:
        return Motion(
            0.0, None, None, f"Two sightings {since}: too fast for one vehicle. Check the times.", is_one=False
        )
    heading = None
    # Two people at one gate say nothing of a direction.
    if away > max(doubt, LEAST_M):
        spread = max(LEAST_SPREAD, math.degrees(math.asin(doubt / away)) + LEAST_SPREAD / 2)
        bearing = shapes.bearing(first.point, second.point)
        heading = Heading(bearing, spread, f"to the {wind_words(bearing)}")
    fast = None if quick is None else min(max(quick, slow), FASTEST_KMH)
    speed = (
        f"{_mph(slow)} mph at least" if fast is None else f"between {_mph(slow)} and {_mph(max(fast, slow + 1))} mph"
    )
    way = heading.words if heading else "which way cannot be told"
    return Motion(slow, fast, heading, f"Two sightings {since}: {speed}, {way}. Times may be five minutes off.")


def _miles(metres: float) -> str:
    miles = metres / 1000 / _MPH
    if miles < 1:
        return "less than a mile"
    return "1 mile" if round(miles) == 1 else f"{round(miles)} miles"


def _mph(kmh: float) -> int:
    return round(kmh / _MPH)


def speeds_for(pace: Pace, moved: Motion | None) -> Speeds:
    """Return the row of a pace; with what two sightings said of it in the place of a guess."""
    row = SPEEDS[pace]
    if moved is None or not moved.is_one:
        return row
    slow = min(moved.slow_kmh, FASTEST_KMH)
    # Two rough times may speak of a speed that nobody has on such a road; what it did at least, it may do again.
    usual = max(row.quick_kmh, 1.5 * slow)
    quick = max(min(moved.quick_kmh if moved.quick_kmh is not None else usual, usual), slow, 1.0)
    # It may stop, or turn into a lane: from two sightings nobody knows that it goes on so.
    return replace(row, slow_kmh=slow / 2, quick_kmh=quick)


def band(fix: Fix, speeds: Speeds, *, now: dt.datetime, from_minutes: float, until_minutes: float) -> Band:
    """Return between which distances it may be so many minutes from now."""
    age = max(now - fix.at, dt.timedelta())
    earliest = max(age + from_minutes * _MINUTE - DOUBT, dt.timedelta())
    latest = age + until_minutes * _MINUTE + DOUBT
    inner = speeds.slow_kmh * 1000 * (earliest / dt.timedelta(hours=1)) - fix.uncertainty_m
    outer = speeds.quick_kmh * 1000 * (latest / dt.timedelta(hours=1)) + fix.uncertainty_m
    outer = min(max(outer, LEAST_M), FARTHEST_M)
    return Band(max(0.0, min(inner, outer / 2)), outer)


# ---------------------------------------------------------------- on the ground


def outline(
    fix: Fix,
    within: Band,
    heading: Heading | None,
    *,
    barriers: Sequence[BaseGeometry] = (),
) -> BaseGeometry:
    """Return the ring on the ground, not over barriers; with roads it is what of it lies beside those."""
    disc: BaseGeometry = shapes.circle(fix.point, within.outer_m)
    near = [line for line in barriers if line.intersects(disc)]
    if near:
        disc = shapes.cut(disc, near, shapely.Point(*fix.point))
    if within.inner_m > 0:
        disc = shapely.difference(disc, shapes.circle(fix.point, within.inner_m))
    if heading is not None and heading.spread < ALL_ROUND:
        disc = shapely.intersection(disc, wedge(fix, heading))
    return disc


def wedge(fix: Fix, heading: Heading) -> BaseGeometry:
    """Return everything that way; its point lies as far back as the place may be off, so that none of it is missed."""
    spread = min(max(heading.spread, 1.0), ALL_ROUND - 1)
    back = fix.uncertainty_m / math.sin(math.radians(min(spread, 90.0))) if fix.uncertainty_m else 0.0
    lon, lat, _ = shapes.EARTH.fwd(*fix.point, heading.bearing + 180.0, back)
    # Always as far as any ring, so that a longer one holds the shorter; beyond the arc's chords nothing is meant.
    far_m = (FARTHEST_M + back) * 1.05
    steps = np.linspace(0.0, far_m, 25)
    arc = np.linspace(-spread, spread, 73)
    turns = heading.bearing + np.concatenate([np.full(25, -spread), arc, np.full(25, spread)])
    reach = np.concatenate([steps, np.full(73, far_m), steps[::-1]])
    lons, lats, _ = shapes.EARTH.fwd(np.full(len(turns), lon), np.full(len(turns), lat), turns, reach)
    return shapely.make_valid(Polygon(np.column_stack([lons, lats])))


def box_of(fix: Fix, within: Band) -> Box:
    """Return the rectangle in which roads and barriers count."""
    return shapes.box_round(fix.point, within.outer_m + NEAR_A_ROAD_M)


def along(
    fix: Fix,
    within: Band,
    *,
    roads: Sequence[BaseGeometry],
    barriers: Sequence[BaseGeometry] = (),
    beside_m: float,
    inside: BaseGeometry | None = None,
) -> BaseGeometry | None:
    """Return what lies beside the roads on which it may be; None when no road is near or they are too many.

    Roads meet where they share a point, as they are published: one that passes over another shares none. Of what is
    not `inside` nothing is asked, so that only what is beside the roads there need be worked out.
    """
    legs = _legs(roads, barriers)
    if legs is None:
        return None
    ends, lengths, pairs, corners = legs
    pairs = (pairs - np.array(fix.point)) * _scale(fix.point)
    away = _from_middle(pairs)
    if not len(away) or float(away.min()) > NEAR_A_ROAD_M + fix.uncertainty_m:
        return None
    begun = np.flatnonzero(away <= max(fix.uncertainty_m, float(away.min())))
    near = corners[np.unique(ends[begun])]
    crow = np.hypot(*((near - np.array(fix.point)) * _scale(fix.point)).T)
    first = dict(zip(np.unique(ends[begun]).tolist(), np.maximum(0.0, crow - fix.uncertainty_m).tolist(), strict=True))
    far = _distances(ends, lengths, len(corners), first, limit=within.outer_m * WINDING)
    nearer, farther = far[ends].min(axis=1), far[ends].max(axis=1)
    nearer[begun] = 0.0
    # By road it is further than the ring is wide: who goes a long way round may still be near.
    kept = (nearer <= within.outer_m * WINDING) & (farther >= within.inner_m)
    if not kept.any():
        return None
    if inside is not None:
        kept &= _meets(pairs, _flat(inside, fix.point).bounds, beside_m)
    beside = _beside(np.asarray(shapely.linestrings(pairs[kept])), beside_m) if kept.any() else Polygon()
    return _round_again(beside, fix.point)


Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]


def _legs(
    roads: Sequence[BaseGeometry], barriers: Sequence[BaseGeometry]
) -> tuple[Places, Numbers, Numbers, Numbers] | None:
    """Return the straight pieces of roads: their ends as numbers, lengths, both corners, and where the ends lie."""
    parts = shapely.get_parts(np.array(list(roads), dtype=object)) if len(roads) else np.empty(0, dtype=object)
    coords, which = shapely.get_coordinates(parts, return_index=True)
    if len(coords) < 2 or len(coords) > MOST_CORNERS:  # noqa: PLR2004 - one leg
        return None
    # A metre: published roads that meet give the same numbers, to some decimals.
    corners, number = np.unique(np.round(coords, 5), axis=0, return_inverse=True)
    number = np.asarray(number).reshape(-1)
    same = which[:-1] == which[1:]
    ends = np.column_stack([number[:-1][same], number[1:][same]]).astype(np.int64)
    ends = ends[ends[:, 0] != ends[:, 1]]
    if not len(ends):
        return None
    pairs = corners[ends]
    if len(barriers):
        crossing = shapely.STRtree(list(barriers)).query(shapely.linestrings(pairs), predicate="intersects")[0]
        free = np.ones(len(pairs), dtype=bool)
        free[crossing] = False
        ends, pairs = ends[free], pairs[free]
    across = np.cos(np.radians(pairs[:, :, 1].mean(axis=1)))
    east, north = (pairs[:, 1] - pairs[:, 0]).T
    return ends, np.hypot(east * across, north) * _DEGREE_M, pairs, corners


def _from_middle(pairs: Numbers) -> Numbers:
    """Return how far each straight piece is from the middle of the plane, in its metres."""
    begin, way = pairs[:, 0], pairs[:, 1] - pairs[:, 0]
    along_it = np.clip(-(begin * way).sum(axis=1) / np.maximum((way * way).sum(axis=1), 1e-9), 0.0, 1.0)
    nearest = begin + way * along_it[:, None]
    return np.asarray(np.hypot(nearest[:, 0], nearest[:, 1]))


def _meets(pairs: Numbers, bounds: tuple[float, ...], beside_m: float) -> npt.NDArray[np.bool_]:
    """Say of each straight piece whether something beside it may lie in a rectangle."""
    low, high = np.array(bounds[:2]) - beside_m, np.array(bounds[2:]) + beside_m
    return np.asarray(((pairs.min(axis=1) <= high) & (pairs.max(axis=1) >= low)).all(axis=1))


def _distances(ends: Places, lengths: Numbers, many: int, first: Mapping[int, float], *, limit: float) -> Numbers:
    """Return how far each corner is by road from where it begins, up to a limit; infinite beyond (Dijkstra)."""
    legs: dict[int, list[tuple[int, float]]] = {}
    for (one, other), length in zip(ends.tolist(), lengths.tolist(), strict=True):
        legs.setdefault(one, []).append((other, length))
        legs.setdefault(other, []).append((one, length))
    far = [math.inf] * many
    heap = [(begun, corner) for corner, begun in first.items()]
    heapq.heapify(heap)
    for begun, corner in heap:
        far[corner] = begun
    while heap:
        here, corner = heapq.heappop(heap)
        if here > far[corner]:
            continue
        for there, length in legs.get(corner, ()):
            reach = here + length
            if reach < far[there] and reach <= limit:
                far[there] = reach
                heapq.heappush(heap, (reach, there))
    return np.array(far)


def _beside(lines: Shapes, beside_m: float) -> BaseGeometry:
    """Return what lies within a distance of lines, in metres; of many roughly, to a hundredth of it all.

    Widening a dense net of roads line by line takes a minute; asking a lattice of points takes a blink.
    """
    if len(lines) <= FEW_LEGS:
        few: BaseGeometry = shapely.union_all(shapely.buffer(lines, beside_m, quad_segs=4))
        return few
    west, south, east, north = shapely.total_bounds(lines) + np.array([-1, -1, 1, 1]) * beside_m
    step, corner = max(beside_m / 3, max(east - west, north - south) / 100), np.array([west, south])
    # Squares of whole numbers: those that touch share their corners to the last digit.
    across, up = (
        one.ravel() for one in np.meshgrid(np.arange((east - west) // step + 2), np.arange((north - south) // step + 2))
    )
    points = shapely.points(np.column_stack([across, up]) * step + corner)
    near, _ = shapely.STRtree(lines).query_nearest(points, max_distance=beside_m, all_matches=False)
    across, up = across[near], up[near]
    squares = shapely.coverage_union_all(shapely.box(across - 0.5, up - 0.5, across + 0.5, up + 0.5))
    many: BaseGeometry = shapely.transform(
        shapely.simplify(squares, 0.75), lambda corners: np.asarray(corners * step + corner)
    )
    return shapely.make_valid(many)


def _scale(middle: Point) -> Numbers:
    return np.array([_DEGREE_M * math.cos(math.radians(middle.lat)), _DEGREE_M])


def _flat(shape: BaseGeometry, middle: Point) -> BaseGeometry:
    """Return a shape in metres round a point: true to a hundredth over the width of a ring."""
    scale = _scale(middle)
    return shapely.transform(shape, lambda corners: (corners - np.array(middle)) * scale)


def _round_again(shape: BaseGeometry, middle: Point) -> BaseGeometry:
    scale = _scale(middle)
    return shapely.transform(shape, lambda corners: corners / scale + np.array(middle))


# ---------------------------------------------------------------- in words


def said(choice: Choice, heading: Heading | None, *, farms: int, members: int, by_text: int) -> str:
    """Return a ring in words: `10 to 20 minutes ahead towards Holt: 3 farms, 41 people not told yet, text 38`."""
    first = f"{choice.from_minutes} to " if choice.from_minutes else "Up to "
    way = f"ahead {heading.words}" if heading is not None and heading.spread < ALL_ROUND else "away, all round"
    people = f"{members:,} {'person' if members == 1 else 'people'} not told yet"
    land = f"{farms:,} farm{'s' * (farms != 1)}"
    return f"{first}{choice.until_minutes} minutes {way}: {land}, {people}, text {by_text:,}"
