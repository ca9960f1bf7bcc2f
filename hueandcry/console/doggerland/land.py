"""The land of Doggerland, drawn by seeded code on the sea bed: coast, parishes, river, roads, villages, farms. Pure.

Everything is drawn on a plane in kilometres round the middle and turned into degrees at the end, so that neighbours
share every corner of their common border.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, MultiPoint, Polygon
from shapely.geometry import Point as Dot
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize, unary_union

from hueandcry.console.doggerland import words
from hueandcry.kit.geometry import Point
from hueandcry.kit.shapes import polygons_of

SEED = 8200
MIDDLE = Point(2.45, 54.6)
KM_LAT = 111.32
KM_LON = KM_LAT * math.cos(math.radians(MIDDLE.lat))
PARISHES = 42
BEATS_A_DISTRICT = 3
FARMS = 400
POSTCODES_A_PARISH = 24
# No real postcode begins with Q (kit.postcodes.MADE_UP).
POSTCODE_AREA = "QD"
INWARD = "ABDEFGHJLNPQRSTUWXYZ"

Pair = tuple[float, float]
Corners = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MadeArea:
    """One area: its code, name, outline in degrees and the code of the area above it."""

    code: str
    name: str
    shape: Polygon
    above: str


@dataclass(frozen=True)
class MadePlace:
    """One name on the map; `parish` is the code of its parish."""

    code: str
    name: str
    kind: str
    point: Point
    parish: str


@dataclass(frozen=True)
class MadeWay:
    """One road or river, as a line in degrees."""

    code: str
    name: str
    kind: str
    shape: LineString


@dataclass(frozen=True)
class MadePostcode:
    """One made-up postcode with its point; `parish` is the code of its parish."""

    code: str
    point: Point
    parish: str


@dataclass(frozen=True)
class Land:
    """Everything that lies still."""

    force: MadeArea
    districts: tuple[MadeArea, ...]
    beats: tuple[MadeArea, ...]
    parishes: tuple[MadeArea, ...]
    river: MadeWay
    roads: tuple[MadeWay, ...]
    villages: tuple[MadePlace, ...]
    farms: tuple[MadePlace, ...]
    bridges: tuple[MadePlace, ...]
    postcodes: tuple[MadePostcode, ...]


def draw(seed: int = SEED) -> Land:
    """Draw the land; the same seed always gives the same land."""
    rng = Random(seed)  # noqa: S311 - a drawing, not a secret
    coast = _coast(rng)
    seeds = _spread(rng, coast, PARISHES)
    cells = _cells(rng, coast, seeds)
    near = _neighbours(cells)
    district_of = _grow(near, _corners_of(seeds, len(words.DISTRICTS)))
    beat_of = _beats(near, seeds, district_of)
    names = _village_names(rng, len(cells))
    codes = [f"{words.FORCE_CODE}-P{number:02d}" for number in range(1, len(cells) + 1)]

    outline = _Outline(coast, cells)
    river = _river(rng, coast)
    bridges = [river.interpolate(share, normalized=True) for share in (0.38, 0.74)]
    middles = [_dry_middle(cell, seeds[number], river) for number, cell in enumerate(cells)]
    roads = _roads(rng, coast, river, bridges, middles)
    farms = _farms(rng, cells, middles, river)

    force = MadeArea(words.FORCE_CODE, words.FORCE, outline.of(range(len(cells))), "")
    districts = tuple(
        MadeArea(f"{words.FORCE_CODE}-D{number + 1}", name, outline.of(_where(district_of, number)), force.code)
        for number, name in enumerate(words.DISTRICTS)
    )
    beats = tuple(
        MadeArea(
            f"{words.FORCE_CODE}-B{number + 1:02d}",
            f"{names[_biggest(cells, _where(beat_of, number))]} beat",
            outline.of(_where(beat_of, number)),
            districts[district_of[_where(beat_of, number)[0]]].code,
        )
        for number in range(max(beat_of) + 1)
    )
    parishes = tuple(
        MadeArea(codes[number], names[number], outline.of([number]), beats[beat_of[number]].code)
        for number in range(len(cells))
    )
    villages = tuple(
        MadePlace(f"{codes[number]}-V", names[number], _size(number, district_of), _degrees(middle), codes[number])
        for number, middle in enumerate(middles)
    )
    return Land(
        force=force,
        districts=districts,
        beats=beats,
        parishes=parishes,
        river=MadeWay(f"{words.FORCE_CODE}-RIVER", "River Ouzel", "river", _line(river)),
        roads=tuple(_named_roads(roads, names)),
        villages=villages,
        farms=tuple(
            MadePlace(f"{words.FORCE_CODE}-F{number:03d}", name, "farm", _degrees(dot), codes[cell])
            for number, (name, dot, cell) in enumerate(farms, start=1)
        ),
        bridges=tuple(
            MadePlace(
                f"{words.FORCE_CODE}-X{number}", name, "bridge", _degrees((dot.x, dot.y)), codes[_holder(cells, dot)]
            )
            for number, (name, dot) in enumerate(zip(("Ouzel Bridge", "Drowned Bridge"), bridges, strict=True), start=1)
        ),
        postcodes=tuple(_postcodes(rng, cells, middles, farms, beat_of, codes)),
    )


# ---------------------------------------------------------------- coast and areas


def _coast(rng: Random) -> Polygon:
    """Return an island of some 3,000 square kilometres with a ragged coast."""
    waves = [(k, rng.uniform(-1, 1) * 7 / k, rng.uniform(0, math.tau)) for k in range(2, 9)]
    corners = []
    for step in range(48):
        turn = math.tau * step / 48
        reach = 1 + sum(size * math.sin(k * turn + phase) for k, size, phase in waves) / 30
        corners.append((29 * reach * math.cos(turn), 36 * reach * math.sin(turn)))
    ragged = [dot for one, other in pairwise([*corners, corners[0]]) for dot in _wander(rng, one, other, 0.26, 5)[:-1]]
    return Polygon(_main(Polygon(ragged).buffer(0)).exterior)


def _main(shape: BaseGeometry) -> Polygon:
    """Return the largest polygon of a shape."""
    return max(polygons_of(shape), key=lambda part: part.area)


def _wander(rng: Random, one: Pair, other: Pair, share: float, depth: int) -> list[Pair]:
    """Return a crooked line between two points: each middle is pushed aside by up to a share of the length."""
    if depth == 0:
        return [one, other]
    across = (other[1] - one[1], one[0] - other[0])
    push = rng.uniform(-share, share)
    middle = ((one[0] + other[0]) / 2 + across[0] * push, (one[1] + other[1]) / 2 + across[1] * push)
    return _wander(rng, one, middle, share, depth - 1)[:-1] + _wander(rng, middle, other, share, depth - 1)


def _spread(rng: Random, coast: Polygon, count: int) -> list[Pair]:
    """Return points that keep away from one another and from the coast (best of twenty candidates each)."""
    inner = coast.buffer(-2.0)
    chosen: list[Pair] = []
    while len(chosen) < count:
        tries = [_anywhere(rng, inner) for _ in range(20)]
        chosen.append(max(tries, key=lambda dot: min((math.dist(dot, other) for other in chosen), default=0.0)))
    return chosen


def _anywhere(rng: Random, shape: BaseGeometry) -> Pair:
    west, south, east, north = shape.bounds
    while True:
        dot = (rng.uniform(west, east), rng.uniform(south, north))
        if shapely.intersects_xy(shape, *dot):
            return dot


def _cells(rng: Random, coast: Polygon, seeds: Sequence[Pair]) -> list[Polygon]:
    """Return one crooked cell for each seed, together exactly the land."""
    west, south, east, north = coast.buffer(60).bounds
    frame = Polygon([(west, south), (east, south), (east, north), (west, north)])
    edges = shapely.voronoi_polygons(MultiPoint(list(seeds)), extend_to=frame, only_edges=True)
    crooked = []
    for edge in shapely.get_parts(shapely.line_merge(edges)) if edges.geom_type == "MultiLineString" else [edges]:
        for one, other in pairwise(edge.coords):
            if LineString([one, other]).intersects(coast):
                crooked.append(LineString(_wander(rng, one, other, 0.05, 4)))
    faces = [
        face
        for face in polygonize(unary_union([coast.exterior, *crooked]))
        if coast.contains(face.representative_point())
    ]
    cells: list[list[Polygon]] = [[] for _ in seeds]
    for number, seed in enumerate(seeds):
        cells[number] = [face for face in faces if face.contains(Dot(seed))]
    taken = {id(face) for cell in cells for face in cell}
    whole = [unary_union(cell) for cell in cells]
    # Crooked borders may leave slivers at their ends: each goes to the neighbour with the longest common border.
    for sliver in [face for face in faces if id(face) not in taken]:
        best = max(range(len(whole)), key=lambda number: whole[number].boundary.intersection(sliver.boundary).length)
        whole[best] = unary_union([whole[best], sliver])
    return [_main(cell) for cell in whole]


def _neighbours(cells: Sequence[Polygon]) -> list[set[int]]:
    near: list[set[int]] = [set() for _ in cells]
    for one in range(len(cells)):
        for other in range(one):
            if cells[one].boundary.intersection(cells[other].boundary).length > 0.5:  # noqa: PLR2004 - half a kilometre
                near[one].add(other)
                near[other].add(one)
    return near


def _corners_of(seeds: Sequence[Pair], count: int, among: Sequence[int] | None = None) -> list[int]:
    """Return points far from one another, to grow districts from."""
    left = list(among if among is not None else range(len(seeds)))
    chosen = [max(left, key=lambda number: math.hypot(*seeds[number]))]
    while len(chosen) < min(count, len(left)):
        chosen.append(max(left, key=lambda number: min(math.dist(seeds[number], seeds[other]) for other in chosen)))
    return chosen


def _grow(near: Sequence[set[int]], starts: Sequence[int], among: Iterable[int] | None = None) -> list[int]:
    """Return which start each cell belongs to: each grows by one free neighbour in turn, so all hang together."""
    owner = [-1] * len(near)
    free = set(range(len(near)) if among is None else among)
    for number, start in enumerate(starts):
        owner[start] = number
        free.discard(start)
    while free:
        before = len(free)
        for number in range(len(starts)):
            reach = sorted(
                {other for cell, whose in enumerate(owner) if whose == number for other in near[cell]} & free
            )
            if reach:
                owner[reach[0]] = number
                free.discard(reach[0])
        if len(free) == before:
            raise ValueError("A parish hangs on to nothing: draw with another seed.")
    return owner


def _beats(near: Sequence[set[int]], seeds: Sequence[Pair], district_of: Sequence[int]) -> list[int]:
    beat_of = [-1] * len(near)
    for district in range(max(district_of) + 1):
        inside = _where(district_of, district)
        own = [links & set(inside) for links in near]
        grown = _grow(own, _corners_of(seeds, BEATS_A_DISTRICT, inside), inside)
        for cell in inside:
            beat_of[cell] = district * BEATS_A_DISTRICT + grown[cell]
    return beat_of


def _where(owner: Sequence[int], number: int) -> list[int]:
    return [cell for cell, whose in enumerate(owner) if whose == number]


class _Outline:
    """Joins cells into larger areas, in degrees, so that borders stay the same to the last figure."""

    def __init__(self, coast: Polygon, cells: Sequence[Polygon]) -> None:
        self.coast = coast
        self.cells = [shapely.transform(cell, _to_degrees) for cell in cells]

    def of(self, numbers: Iterable[int]) -> Polygon:
        """Return these cells as one area."""
        joined = unary_union([self.cells[number] for number in numbers])
        if not isinstance(joined, Polygon):
            raise TypeError("Areas that should hang together do not: draw with another seed.")
        return joined


def _biggest(cells: Sequence[Polygon], numbers: Sequence[int]) -> int:
    return max(numbers, key=lambda number: cells[number].area)


def _holder(cells: Sequence[Polygon], dot: Dot) -> int:
    return min(range(len(cells)), key=lambda number: cells[number].distance(dot))


def _size(number: int, district_of: Sequence[int]) -> str:
    """Return town for the first parish of each district, else village."""
    return "town" if _where(district_of, district_of[number])[0] == number else "village"


def _village_names(rng: Random, count: int) -> list[str]:
    heads = rng.sample(words.VILLAGE_HEADS, count)
    return [head + rng.choice(words.VILLAGE_TAILS) for head in heads]


# ---------------------------------------------------------------- river, roads, farms, postcodes


def _river(rng: Random, coast: Polygon) -> LineString:
    """Return a river from the hills in the north to the sea in the south-west."""
    spring, mouth = (7.0, 22.0), (-12.0, -60.0)
    course = LineString(_wander(rng, spring, mouth, 0.16, 6)).intersection(coast)
    # The coast is ragged: only what hangs on to the spring is the river, not a stretch behind a bay.
    parts = (part for part in shapely.get_parts(course) if part.distance(Dot(spring)) == 0)
    return LineString(next(parts).coords)


def _dry_middle(cell: Polygon, seed: Pair, river: LineString) -> Pair:
    """Return the place of a village: its seed, or the nearest spot that keeps 600 m from the river."""
    dot = Dot(seed)
    if dot.distance(river) >= 0.6:  # noqa: PLR2004
        return seed
    dry = cell.buffer(-0.3).difference(river.buffer(0.6))
    spot = shapely.ops.nearest_points(dry, dot)[0]
    return (spot.x, spot.y)


def _roads(
    rng: Random, coast: Polygon, river: LineString, bridges: Sequence[Dot], middles: Sequence[Pair]
) -> list[tuple[int, int, LineString]]:
    """Return roads between villages (a Gabriel graph), none across the river but one at each bridge."""
    roads = []
    for one in range(len(middles)):
        for other in range(one):
            if not _close(middles, one, other):
                continue
            road = _dry_road(rng, coast, river, middles[one], middles[other])
            if road is not None:
                roads.append((one, other, road))
    return roads + [_over(river, bridge, middles) for bridge in bridges]


def _close(middles: Sequence[Pair], one: int, other: int) -> bool:
    """Say whether no third village lies in the circle between two."""
    a, b = middles[one], middles[other]
    centre, reach = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), math.dist(a, b) / 2
    return all(math.dist(centre, dot) >= reach for number, dot in enumerate(middles) if number not in (one, other))


def _dry_road(rng: Random, coast: Polygon, river: LineString, a: Pair, b: Pair) -> LineString | None:
    crooked, straight = LineString(_wander(rng, a, b, 0.1, 4)), LineString([a, b])
    for road in (crooked, straight):
        if not road.intersects(river) and coast.contains(road):
            return road
    return None


def _over(river: LineString, bridge: Dot, middles: Sequence[Pair]) -> tuple[int, int, LineString]:
    """Return the road over one bridge, from the nearest village on one bank to the nearest on the other."""
    along = river.project(bridge)
    before, after = river.interpolate(along - 0.05), river.interpolate(along + 0.05)
    across = (after.y - before.y, before.x - after.x)
    length = math.hypot(*across)
    ends: list[tuple[int, Pair]] = []
    for side in (1, -1):
        foot = (bridge.x + side * across[0] / length * 0.12, bridge.y + side * across[1] / length * 0.12)
        village = min(
            (
                number
                for number, middle in enumerate(middles)
                if not LineString([foot, middle]).intersects(river) and number not in [taken for taken, _ in ends]
            ),
            key=lambda number: math.dist(foot, middles[number]),
        )
        ends.append((village, foot))
    (one, near), (other, far) = ends
    return one, other, LineString([middles[one], near, (bridge.x, bridge.y), far, middles[other]])


def _named_roads(roads: Sequence[tuple[int, int, LineString]], names: Sequence[str]) -> Iterable[MadeWay]:
    longest = sorted(range(len(roads)), key=lambda number: -roads[number][2].length)[:12]
    for number, (one, other, road) in enumerate(roads):
        is_main = number in longest or number >= len(roads) - 2
        name = f"D{number + 10}" if is_main else f"{names[one]} to {names[other]} road"
        yield MadeWay(f"{words.FORCE_CODE}-R{number + 1:03d}", name, "road", _line(road))


def _farms(
    rng: Random, cells: Sequence[Polygon], middles: Sequence[Pair], river: LineString
) -> list[tuple[str, Pair, int]]:
    """Return farms (name, spot, parish), more in larger parishes, none in a village or in the river."""
    names = [f"{head} {tail} Farm" for head in words.FARM_HEADS for tail in words.FARM_TAILS]
    rng.shuffle(names)
    weights = [cell.area for cell in cells]
    farms: list[tuple[str, Pair, int]] = []
    while len(farms) < FARMS:
        cell = rng.choices(range(len(cells)), weights)[0]
        spot = _anywhere(rng, cells[cell].buffer(-0.15))
        if math.dist(spot, middles[cell]) > 0.8 and Dot(spot).distance(river) > 0.2:  # noqa: PLR2004 - kilometres
            farms.append((names[len(farms)], spot, cell))
    return farms


def _postcodes(
    rng: Random,
    cells: Sequence[Polygon],
    middles: Sequence[Pair],
    farms: Sequence[tuple[str, Pair, int]],
    beat_of: Sequence[int],
    codes: Sequence[str],
) -> Iterable[MadePostcode]:
    """Return streets round each village, then one postcode for every three farms or so of a parish."""
    counts = dict.fromkeys(range(max(beat_of) + 1), 0)
    for cell, middle in enumerate(middles):
        spots = [_street(rng, cells[cell], middle) for _ in range(POSTCODES_A_PARISH)]
        spots += [spot for _, spot, parish in farms if parish == cell][::3]
        for spot in spots:
            number = counts[beat_of[cell]]
            counts[beat_of[cell]] += 1
            sector, last = divmod(number, len(INWARD) ** 2)
            letters = INWARD[last // len(INWARD)] + INWARD[last % len(INWARD)]
            yield MadePostcode(f"{POSTCODE_AREA}{beat_of[cell] + 1}{sector + 1}{letters}", _degrees(spot), codes[cell])


def _street(rng: Random, cell: Polygon, middle: Pair) -> Pair:
    while True:
        spot = (rng.gauss(middle[0], 0.5), rng.gauss(middle[1], 0.5))
        if shapely.intersects_xy(cell, *spot):
            return spot


# ---------------------------------------------------------------- plane and degrees


def _to_degrees(corners: Corners) -> Corners:
    turned = corners / np.array([KM_LON, KM_LAT]) + np.array([MIDDLE.lon, MIDDLE.lat])
    return np.asarray(np.round(turned, 6), dtype=np.float64)


def _degrees(dot: Pair) -> Point:
    return Point(round(dot[0] / KM_LON + MIDDLE.lon, 6), round(dot[1] / KM_LAT + MIDDLE.lat, 6))


def _line(line: LineString) -> LineString:
    return shapely.transform(line, _to_degrees)
