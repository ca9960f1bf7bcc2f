"""Questions about places: what lies where, and where something is that somebody wrote.

One meaning of inside everywhere: a point on an edge counts as inside (`kit.shapes.inside`). PostgreSQL finds the
candidates by their boxes (GiST), shapely decides on the edge.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops
from django.db import connection
from django.db.models import Count, Q, QuerySet
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.places.models import Address, Area, Barrier, Boundary, Place, Postcode, Way
from hueandcry.domain.places.rules import (
    MOST_AREAS,
    MOST_CORNERS,
    MOST_REACHES,
    SETTLEMENTS,
    WIDEST_CIRCLE_M,
    WIDEST_CORRIDOR_M,
    AddressLine,
    AreaKind,
    AreaLine,
    BarrierLine,
    Circle,
    Corridor,
    Found,
    FoundBy,
    PlaceError,
    PlaceKind,
    Ring,
    WayKind,
    crossing,
    is_hereabouts,
    near,
    tidy_postcode,
)
from hueandcry.kit import grid, postcodes, shapes
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Box, Point
from hueandcry.kit.text import fold

__all__ = [
    "PlaceError",
    "addresses_at",
    "along",
    "area_by_code",
    "area_of_each",
    "areas",
    "areas_containing",
    "barrier_shapes",
    "barriers",
    "barriers_geojson",
    "boundary_geojson",
    "check_in_force",
    "children",
    "count_areas_in",
    "count_places",
    "find",
    "get_area",
    "get_areas",
    "live_postcodes",
    "named",
    "nearby_places",
    "nearest_name",
    "nearest_postcode",
    "outlines_in",
    "outlines_of",
    "place_in_force",
    "point_of_force_check",
    "postcodes_in",
    "postcodes_of_areas",
    "read_line",
    "road_shapes",
    "search_areas",
    "shape_geojson",
    "shape_of",
    "way_names",
    "ways_geojson",
]

Numbers = npt.NDArray[np.float64]
_KINDS = list(AreaKind)
_LINE = ("area_id", "area__code", "area__name", "area__kind", "area__vintage", "area__parent_id", "box")


# ---------------------------------------------------------------- the tree


def get_area(*, area_id: int) -> AreaLine:
    """Return one area.

    Raises:
        NotHereError: there is none by this number.
    """
    return _one(Q(area_id=area_id), f"area:{area_id}")


def get_areas(*, area_ids: Sequence[int]) -> list[AreaLine]:
    """Return these areas by name; one that is gone is left out."""
    return _lines(Q(area_id__in=set(area_ids))) if area_ids else []


def area_by_code(*, kind: AreaKind, code: str, vintage: str = "") -> AreaLine:
    """Return one area by its published code; without a vintage the newest.

    Raises:
        NotHereError: there is none.
    """
    wanted = Q(area__kind=kind, area__code=code)
    return _one(wanted & Q(area__vintage=vintage) if vintage else wanted, f"{kind}:{code}")


def children(*, parent_id: int | None, kind: AreaKind | None = None) -> list[AreaLine]:
    """Return the areas just below one, by name; below None are those without a parent."""
    wanted = Q(area__parent_id=parent_id)
    return _lines(wanted & Q(area__kind=kind) if kind else wanted)


def areas(*, kind: AreaKind, vintage: str = "") -> list[AreaLine]:
    """Return all areas of a kind, by name; without a vintage those of the newest."""
    newest = vintage or max(Area.objects.filter(kind=kind).values_list("vintage", flat=True).distinct(), default="")
    return _lines(Q(area__kind=kind, area__vintage=newest))


def search_areas(*, text: str, kinds: Sequence[AreaKind] = (), most: int = 20) -> list[AreaLine]:
    """Return the areas whose name holds the text or whose code begins with it: exact names first, then larger kinds."""
    text = text.strip()
    if not text:
        return []
    wanted = Q(area__name__icontains=text) | Q(area__code__istartswith=text)
    if kinds:
        wanted &= Q(area__kind__in=kinds)
    found = _lines(wanted)
    found.sort(
        key=lambda line: (fold(line.name) != fold(text), _KINDS.index(line.kind), line.name, _minus(line.vintage))
    )
    return found[:most]


def areas_containing(*, point: Point, kinds: Sequence[AreaKind] = (), vintage: str = "") -> list[AreaLine]:
    """Return the areas that hold a point, largest first; a point on an edge is in both neighbours."""
    wanted = Boundary.objects.extra(where=["box @> box(point(%s, %s), point(%s, %s))"], params=[*point, *point])
    if kinds:
        wanted = wanted.filter(area__kind__in=kinds)
    if vintage:
        wanted = wanted.filter(area__vintage=vintage)
    found = []
    for *line, stored in wanted.values_list(*_LINE, "shape"):
        shape = shapely.from_wkb(bytes(stored))
        if shapes.inside(shape, point.lon, point.lat)[0]:
            found.append((_line(line), shapes.area_m2(shape)))
    found.sort(key=lambda pair: (_KINDS.index(pair[0].kind), -pair[1], pair[0].code))
    return [line for line, _ in found]


def area_of_each(*, kind: AreaKind, vintage: str = "", lons: Sequence[float], lats: Sequence[float]) -> list[int]:
    """Return for each of many points the area of this kind that holds it, 0 for none; on an edge the lower code."""
    lines = sorted(areas(kind=kind, vintage=vintage), key=lambda line: line.code)
    if not lines:
        return [0] * len(lons)
    stored = dict(Boundary.objects.filter(area_id__in=[line.id for line in lines]).values_list("area_id", "shape"))
    outlines = [shapely.from_wkb(bytes(stored[line.id])) for line in lines]
    points: npt.NDArray[np.object_] = np.asarray(shapely.points(np.column_stack([lons, lats]).astype(float)))
    # Points in the tree and outlines asked of it: each outline is made ready once, not at every point.
    holding, which = shapely.STRtree(points).query(outlines, predicate="intersects")
    found = np.full(len(points), len(lines), dtype=np.int64)
    np.minimum.at(found, which, holding)
    ids = np.array([*(line.id for line in lines), 0], dtype=np.int64)
    return [int(number) for number in ids[found]]


def count_areas_in(*, box: Box, kinds: Sequence[AreaKind]) -> dict[AreaKind, int]:
    """Return how many areas of each kind, in its newest edition, have a box that meets this one."""
    rows = Boundary.objects.filter(area__kind__in=kinds).extra(where=["box && %s::box"], params=[_box_text(box)])
    newest: dict[AreaKind, tuple[str, int]] = {}
    for kind, vintage, many in rows.values_list("area__kind", "area__vintage").annotate(many=Count("pk")):
        newest[AreaKind(kind)] = max(newest.get(AreaKind(kind), ("", 0)), (vintage, many))
    return {kind: many for kind, (_, many) in newest.items()}


def outlines_in(*, box: Box, kind: AreaKind) -> list[tuple[AreaLine, BaseGeometry]]:
    """Return the areas of a kind, in its newest edition, whose box meets this one, with their outlines, by name."""
    rows = Boundary.objects.filter(area__kind=kind).extra(where=["box && %s::box"], params=[_box_text(box)])
    found = [
        (_line(line), shapely.from_wkb(bytes(stored)))
        for *line, stored in rows.order_by("area__name", "area__code").values_list(*_LINE, "shape")
    ]
    newest = max((line.vintage for line, _ in found), default="")
    return [(line, outline) for line, outline in found if line.vintage == newest]


def outlines_of(*, area_ids: Sequence[int]) -> dict[int, BaseGeometry]:
    """Return the outline of each of these areas; one that is gone is left out."""
    rows = Boundary.objects.filter(area_id__in=set(area_ids)).order_by("area_id").values_list("area_id", "shape")
    return {int(area): shapely.from_wkb(bytes(stored)) for area, stored in rows}


def count_places() -> dict[str, int]:
    """Return how many areas, postcodes, names and ways are loaded, the areas also by kind and vintage."""
    counts = {
        "areas": Area.objects.count(),
        "postcodes": Postcode.objects.count(),
        "places": Place.objects.count(),
        "ways": Way.objects.count(),
    }
    groups = Area.objects.values_list("kind", "vintage").annotate(n=Count("id")).order_by("kind", "vintage")
    return counts | {f"{kind} {vintage}": n for kind, vintage, n in groups}


# ---------------------------------------------------------------- the force


def point_of_force_check(*, point: Point) -> bool:
    """Tell whether a point lies in the force's area; on the border counts as inside."""
    return bool(areas_containing(point=point, kinds=(AreaKind.FORCE,)))


def check_in_force(*, point: Point) -> None:
    """Refuse a point outside the force's area.

    Raises:
        PlaceError: with the way out.
    """
    if point_of_force_check(point=point):
        return
    forces = areas(kind=AreaKind.FORCE)
    if not forces:
        raise PlaceError(
            "The boundary of the force is not loaded yet. Ask whoever runs the service to load it "
            "(hueandcry load areas --kind force)."
        )
    raise PlaceError(
        f"This place is outside {forces[0].name}. Check it; if it is right, ring 101, who will put you through to "
        "the force for that place (999 in an emergency)."
    )


def place_in_force(*, postcode: str = "", point: Point | None = None) -> Point:
    """Return the point of somebody's place in the force's area: the point given, else that of the postcode.

    Raises:
        PlaceError: neither is given, the postcode is unknown, or the place lies outside the force.
    """
    if postcode.strip() and not postcodes.is_postcode(postcode):
        raise PlaceError(
            f"{postcode.strip()[:20]} is not a postcode. Type it in full, such as PR3 2QT, or type {_HINT}."
        )
    if point is None:
        found = _by_postcode(postcode) if postcode.strip() else None
        if found is None:
            raise PlaceError("Give a postcode, or choose the place on the map.")
        point = found.point
    check_in_force(point=point)
    return point


# ---------------------------------------------------------------- where is it?

_DEGREES = re.compile(
    r"\s*([+-]?\d{1,3}(?:\.\d*)?)\s*°?\s*([NS])?\s*[,; ]\s*([+-]?\d{1,3}(?:\.\d*)?)\s*°?\s*([EW])?\s*\Z", re.IGNORECASE
)
_METRES = re.compile(r"\s*\d{5,7}(?:\.\d+)?\s*[,; ]\s*\d{5,7}(?:\.\d+)?\s*\Z")
_THIRD = 2
# The Helmert shift from the grid to degrees is this good (kit.grid).
_DATUM_SHIFT_M = 5.0
_HALF_FIGURES = 2
_FAR_APART_M = 5_000.0
_HINT = "a village, a grid reference such as SD 564 429, or a latitude and longitude"


def find(*, text: str, most: int = 5) -> list[Found]:
    """Return what somebody may mean: a postcode, grid reference, latitude and longitude, or the name of a place.

    The first is the best; several are namesakes, and each label says what tells it from the others.

    Raises:
        PlaceError: nothing is known by this; the sentence says what to type instead.
    """
    text = " ".join(text.split())
    if not text:
        raise PlaceError(f"Say where: type a postcode, {_HINT}.")
    for read in _READERS:
        found = read(text)
        if found is not None:
            return [found]
    named = _by_name(text, most)
    if named:
        return named
    if postcodes.is_outward(text):
        raise PlaceError(_half(text))
    raise PlaceError(f"We do not know a place called “{text[:60]}”. Check the spelling, or type a postcode, {_HINT}.")


def _by_postcode(text: str) -> Found | None:
    try:
        written = postcodes.normalise(text)
    except postcodes.PostcodeError:
        return None
    row = Postcode.objects.filter(code=written.replace(" ", "")).values_list("point", "uncertainty_m", "ended_on")[:1]
    if not row:
        raise PlaceError(f"We do not know the postcode {written}. Check it, or type {_HINT}.")
    point, uncertainty, ended = row[0]
    label = f"{written} (ended {ended:%B %Y})" if ended else written
    return Found(point, max(uncertainty, _spread(point)), label, FoundBy.POSTCODE)


def _spread(point: Point) -> float:
    """Return how far a postcode may reach: to the third one from it, for in open country they lie miles apart."""
    with connection.cursor() as cursor:
        # PostgreSQL's order is by degrees, good enough to choose a dozen; they are then measured on the ground.
        cursor.execute(
            "SELECT point[0], point[1] FROM places_postcode WHERE ended_on IS NULL"
            " ORDER BY point <-> point(%s, %s) LIMIT 12",
            [*point],
        )
        away = sorted(shapes.distance_m(point, Point(*row)) for row in cursor.fetchall())
    # Several postcodes at one door (a block of flats, a large user) say nothing about the land round it.
    apart = [metres for metres in away if metres > 1]
    return min(apart[_THIRD], _FAR_APART_M) if len(apart) > _THIRD else 0.0


def _by_grid(text: str) -> Found | None:
    if not re.match(r"[A-Za-z]{2}[\s\d,.]*\Z", text) or not re.search(r"\d", text):
        return None
    if postcodes.is_outward(text) and sum(sign.isdigit() for sign in text) <= _HALF_FIGURES:
        # NR25 is half of a postcode in Norfolk and ten kilometres of Kintyre: never guess.
        raise PlaceError(_half(text))
    try:
        square = grid.parse(text)
    except grid.GridError as fault:
        raise PlaceError(f"“{text}” cannot be found. {fault}") from fault
    return Found(
        square.point,
        max(square.uncertainty_m, _DATUM_SHIFT_M),
        f"{square.label} (a square of {_length(square.size_m)})",
        FoundBy.GRID,
    )


def _half(text: str) -> str:
    return f"{text.upper()} is only the first half of a postcode. Type all of it, or type {_HINT}."


def _by_degrees(text: str) -> Found | None:
    if _METRES.match(text):
        raise PlaceError(
            f"“{text}” looks like an easting and a northing. Type it as a grid reference with its two letters, such as "
            "SD 564 429."
        )
    found = _DEGREES.match(text)
    if found is None or ("." not in found[1] + found[3] and not (found[2] or found[4])):
        return None
    lat = float(found[1]) * (-1 if (found[2] or "").upper() == "S" else 1)
    lon = float(found[3]) * (-1 if (found[4] or "").upper() == "W" else 1)
    point = Point(lon, lat)
    if not is_hereabouts(point):
        # Not turned round in silence: a guess could send a patrol to the wrong county.
        turned = " If you wrote the longitude first, turn the two round." if is_hereabouts(Point(lat, lon)) else ""
        raise PlaceError(
            f"“{text}” is nowhere near Britain. Write the latitude first, then the longitude, such as 53.87, -2.65."
            f"{turned}"
        )
    places = min(len(number.partition(".")[2]) for number in (found[1], found[3]))
    uncertainty = max(1.0, 111_320.0 * 10.0**-places * math.sqrt(1 + math.cos(math.radians(lat)) ** 2) / 2)
    return Found(point, uncertainty, f"{lat:g}, {lon:g}", FoundBy.LATLON)


_READERS: tuple[Callable[[str], Found | None], ...] = (_by_postcode, _by_grid, _by_degrees)


def _by_name(text: str, most: int) -> list[Found]:
    name, _, rest = text.partition(",")
    key, narrowed = fold(name), fold(rest)
    if not key:
        return []
    for wanted in (Q(folded=key), Q(folded__startswith=key)):
        rows = list(Place.objects.filter(wanted).order_by("folded", "code")[: 50 + most])
        kinds = list(PlaceKind)
        rows.sort(key=lambda row: (len(row.folded), kinds.index(PlaceKind(row.kind)), row.folded, row.within, row.code))
        rows = rows if narrowed else rows[:most]
        found = [Found(row.point, row.uncertainty_m, _full_name(row), FoundBy.NAME) for row in rows]
        if found and narrowed:
            found = _narrowed(found, name, rest)
        if found:
            return _told_apart(found[:most])
    return _areas_by_name(name, narrowed, most)


def _narrowed(found: Sequence[Found], name: str, rest: str) -> list[Found]:
    there = [one for one in found if fold(rest) in fold(one.label.partition(",")[2])]
    if there:
        return there
    known = "; ".join(dict.fromkeys(one.label for one in found[:5]))
    raise PlaceError(f"We know no {name.strip()} in {rest.strip()}. We know: {known}. Choose one, or type {_HINT}.")


def _full_name(row: Place) -> str:
    """Return the name with what tells it from namesakes: what the list says, else the smallest area round it."""
    if row.within:
        return f"{row.name}, {row.within}"
    around = areas_containing(point=row.point, kinds=(AreaKind.DISTRICT, AreaKind.PARISH))
    names = list(dict.fromkeys(line.name for line in reversed(around) if fold(line.name) != row.folded))
    return ", ".join([row.name, *names])


def _told_apart(found: Sequence[Found]) -> list[Found]:
    """Add a grid reference where two labels are still alike."""
    labels = [one.label for one in found]
    return [
        Found(one.point, one.uncertainty_m, f"{one.label} ({near(one.point)})", one.by)
        if labels.count(one.label) > 1
        else one
        for one in found
    ]


def _areas_by_name(name: str, narrowed: str, most: int) -> list[Found]:
    """Find a parish or district by its name when no place on the map has it."""
    kinds = (AreaKind.DISTRICT, AreaKind.BEAT, AreaKind.PARISH, AreaKind.WARD)
    lines = [line for line in search_areas(text=name, kinds=kinds, most=most) if fold(line.name).startswith(fold(name))]
    if narrowed:
        return []
    lines = list({(line.kind, line.name): line for line in reversed(lines)}.values())[::-1]
    stored = dict(Boundary.objects.filter(area_id__in=[line.id for line in lines]).values_list("area_id", "shape"))
    found = []
    for line in lines:
        middle = shapely.point_on_surface(shapely.from_wkb(bytes(stored[line.id])))
        reach = shapes.distance_m(Point(line.box.west, line.box.south), Point(line.box.east, line.box.north)) / 2
        label = f"{line.name} ({line.kind.label.lower()}, {line.vintage})"
        found.append(Found(Point(float(middle.x), float(middle.y)), reach, label, FoundBy.NAME))
    return found


# ---------------------------------------------------------------- addresses

# A postcode has about a hundred doors at most; a list with more is wrong.
MOST_DOORS = 200


def addresses_at(*, postcode: str) -> list[AddressLine]:
    """Return the addresses of one postcode as people look for them, house 2 before house 10; none where no list is."""
    code = tidy_postcode(postcode)
    rows = Address.objects.filter(postcode=code).order_by("uprn")[:MOST_DOORS] if code else ()
    lines = [AddressLine(row.uprn, row.line, row.point) for row in rows]
    return sorted(lines, key=_by_number)


def _by_number(one: AddressLine) -> list[str | int]:
    """Return what puts house 2 before house 10: words and figures by turns."""
    return [int(part) if turn % 2 else part for turn, part in enumerate(_FIGURES.split(one.line))]


_FIGURES = re.compile(r"([0-9]+)")


# ---------------------------------------------------------------- shapes


def shape_of(
    *,
    areas: Sequence[int] = (),
    polygons: Sequence[str] = (),
    circles: Sequence[Circle] = (),
    corridors: Sequence[Corridor] = (),
    rings: Sequence[Ring] = (),
) -> BaseGeometry | None:
    """Return areas, drawn polygons (GeoJSON text), circles, corridors and rings as one shape; None of nothing.

    Raises:
        PlaceError: one of them cannot be used; the sentence says which, and what to do.
    """
    fixed = [*_shapes_of_areas(areas), *_drawn(polygons)]
    if len(fixed) == 1 and not (circles or corridors or rings):
        return fixed[0]
    reached = _within_reach(circles, corridors, rings)
    parts = [*fixed, *reached]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _within_reach(
    circles: Sequence[Circle], corridors: Sequence[Corridor], rings: Sequence[Ring]
) -> list[BaseGeometry]:
    """Return circles, corridors and rings as far as people reach them on the ground: barriers cut them here only.

    A circle or ring begins in its middle, a corridor all along its line; what lies behind a barrier from there is not
    near, even within the distance. Areas and drawn outlines are never cut: they are meant as they are.
    """
    many = len(circles) + len(corridors) + len(rings)
    if not many:
        return []
    if many > MOST_REACHES:
        raise PlaceError(
            f"That is {many:,} circles, lines and ways at once, and at most {MOST_REACHES} fit. Choose areas, or draw "
            "one outline round them."
        )
    begun = [
        *((_circle(one), shapely.Point(one.lon, one.lat)) for one in circles),
        *((_corridor(one), _source(one)) for one in corridors),
        *((_disc(one), shapely.Point(one.lon, one.lat)) for one in rings),
    ]
    barriers = _barriers_in(shapes.box_of(shapely.union_all([shapely.box(*shape.bounds) for shape, _ in begun])))
    cut = [_cut(shape, source, barriers) for shape, source in begun]
    last = len(cut) - len(rings)
    return [*cut[:last], *(_hollow(shape, ring) for shape, ring in zip(cut[last:], rings, strict=True))]


def _cut(shape: BaseGeometry, source: BaseGeometry, barriers: Sequence[BaseGeometry]) -> BaseGeometry:
    near = [line for line in barriers if line.intersects(shape)]
    return shapes.cut(shape, near, source) if near else shape


def _source(corridor: Corridor) -> BaseGeometry:
    """Return where a corridor begins: its line, or its one point."""
    corners = list(dict.fromkeys(corridor.line))
    return LineString(corridor.line) if len(corners) > 1 else shapely.Point(corners[0])


def _hollow(shape: BaseGeometry, ring: Ring) -> BaseGeometry:
    """Return a ring of its disc: without what is reached before it counts."""
    if ring.inner_m <= 0:
        return shape
    return shapely.difference(shape, shapes.circle(Point(ring.lon, ring.lat), ring.inner_m))


def barrier_shapes(*, box: Box) -> list[BaseGeometry]:
    """Return the barriers whose box meets this one."""
    return _barriers_in(box)


def road_shapes(*, box: Box) -> list[BaseGeometry]:
    """Return the roads and tracks whose box meets this one."""
    rows = Way.objects.filter(kind__in=(WayKind.ROAD, WayKind.TRACK)).order_by("pk")
    stored = rows.extra(where=["box && %s::box"], params=[_box_text(box)]).values_list("shape", flat=True)
    return [shapely.from_wkb(bytes(one)) for one in stored]


def _barriers_in(box: Box) -> list[BaseGeometry]:
    rows = Barrier.objects.extra(where=["box && %s::box"], params=[_box_text(box)]).order_by("pk")
    return [shapely.from_wkb(bytes(stored)) for stored in rows.values_list("shape", flat=True)]


def _shapes_of_areas(ids: Sequence[int]) -> list[BaseGeometry]:
    wanted = set(ids)
    if len(wanted) > MOST_AREAS:
        raise PlaceError(
            f"That is {len(wanted):,} areas at once, and at most {MOST_AREAS:,} fit. Choose the larger area that holds "
            "them (a ward, a district or the whole force), or draw an outline round them."
        )
    stored = _stored_shapes(wanted) if wanted else {}
    missing = len(wanted) - len(stored)
    if missing:
        one = missing == 1
        raise PlaceError(
            f"{'One' if one else f'{missing:,}'} of the chosen areas {'is' if one else 'are'} not there any more. "
            "Choose the areas again."
        )
    return [shapely.from_wkb(stored[number]) for number in sorted(stored)]


# For whoever asks of one area in a statement of their own: its box, and its outline as `shape_of` would return it.
BOX_OF_AREA = "(SELECT box FROM places_boundary WHERE area_id = %s::bigint)"
OUTLINE_OF_AREA = "(SELECT shape FROM places_boundary WHERE area_id = %s::bigint)"


def _stored_shapes(ids: set[int]) -> dict[int, bytes]:
    # By hand: of a parish's count, a third was building this query.
    with connection.cursor() as cursor:
        cursor.execute("SELECT area_id, shape FROM places_boundary WHERE area_id = ANY(%s::bigint[])", [sorted(ids)])
        return {area: bytes(shape) for area, shape in cursor.fetchall()}


def _drawn(texts: Sequence[str]) -> list[BaseGeometry]:
    """Read what was drawn; never mend it, for the drawer must see what is meant before anybody is told."""
    parts: list[Polygon] = []
    for text in texts:
        try:
            drawn = shapes.outlines(json.loads(text))
        except shapes.ShapeError as fault:
            raise PlaceError(_cannot_be_used(str(fault))) from fault
        except (ValueError, TypeError, RecursionError) as fault:
            raise PlaceError(
                "The outline cannot be read, it is not GeoJSON. Draw it again, or paste a GeoJSON polygon."
            ) from fault
        if not drawn:
            raise PlaceError(_cannot_be_used("has no corners"))
        parts += drawn
    corners = int(shapely.get_num_coordinates(parts).sum()) - sum(1 + len(part.interiors) for part in parts)
    if corners > MOST_CORNERS:
        raise PlaceError(
            f"The outline has {corners:,} corners, and at most {MOST_CORNERS:,} fit. Draw it with fewer, or choose the "
            "areas inside it from the list."
        )
    for part in parts:
        _check_drawn(part)
    return list(parts)


def _check_drawn(part: Polygon) -> None:
    if shapes.area_m2(part.convex_hull) < shapes.NO_AREA_M2:
        raise PlaceError(_cannot_be_used("has no area"))
    if not shapely.is_valid(part):
        reason = str(shapely.is_valid_reason(part))
        raise PlaceError(
            f"The outline crosses itself {crossing(reason)}. Draw it again without crossing, or as two outlines."
        )
    if not any(is_hereabouts(Point(lon, lat)) for lon, lat in part.exterior.coords):
        raise PlaceError(
            "The outline is nowhere near Britain. GeoJSON has the longitude first, then the latitude: turn the two "
            "round, or draw it again on the map."
        )


def _cannot_be_used(why: str) -> str:
    if "degrees" in why:
        return (
            f"The outline {why}; these look like eastings and northings. Save it in WGS84 (longitude and latitude), or "
            "draw it on the map."
        )
    return f"The outline {why}. Draw it again on the map, with at least three corners."


def _circle(circle: Circle) -> Polygon:
    if not all(math.isfinite(number) for number in (circle.lon, circle.lat, circle.radius_m)):
        raise PlaceError("The circle has a middle or a radius that is not a number. Draw it again.")
    if not is_hereabouts(Point(circle.lon, circle.lat)):
        raise PlaceError("The middle of the circle is nowhere near Britain. Put it on the map again.")
    if not 0 < circle.radius_m <= WIDEST_CIRCLE_M:
        raise PlaceError(
            f"A circle reaches from 1 metre to {WIDEST_CIRCLE_M // 1000} km. Choose a radius between, or choose areas."
        )
    return shapes.circle(Point(circle.lon, circle.lat), circle.radius_m)


def _corridor(corridor: Corridor) -> BaseGeometry:
    numbers = [corridor.width_m, *(number for corner in corridor.line for number in corner)]
    if not corridor.line or not all(math.isfinite(number) for number in numbers):
        raise PlaceError("The line has a point or a width that is not a number. Draw it again.")
    if len(corridor.line) > MOST_CORNERS:
        raise PlaceError(
            f"The line has {len(corridor.line):,} points, and at most {MOST_CORNERS:,} fit. Draw it with fewer."
        )
    if not all(is_hereabouts(Point(*corner)) for corner in corridor.line):
        raise PlaceError("A point of the line is nowhere near Britain. Draw it on the map again.")
    if not 0 < corridor.width_m <= WIDEST_CORRIDOR_M:
        raise PlaceError(
            f"A line reaches from 1 metre to {WIDEST_CORRIDOR_M // 1000} km to both sides. Choose a width between."
        )
    return shapes.corridor(corridor.line, corridor.width_m)


def _disc(ring: Ring) -> BaseGeometry:
    if not all(math.isfinite(number) for number in (ring.lon, ring.lat, ring.minutes, ring.kmh, ring.from_minutes)):
        raise PlaceError("The way that somebody may have come has a number that cannot be read. Choose it again.")
    if not is_hereabouts(Point(ring.lon, ring.lat)):
        raise PlaceError("The place where they set out is nowhere near Britain. Put it on the map again.")
    if not (ring.minutes > 0 and ring.kmh > 0 and ring.outer_m <= WIDEST_CIRCLE_M):
        raise PlaceError(
            f"At {ring.kmh:g} km/h in {ring.minutes:g} minutes they come {ring.outer_m / 1000:,.0f} km far: choose a "
            f"time and a speed above 0 that lead no further than {WIDEST_CIRCLE_M // 1000} km."
        )
    if not 0 <= ring.from_minutes < ring.minutes:
        raise PlaceError("The time from which it counts must be shorter than the time up to which it counts.")
    return shapes.circle(Point(ring.lon, ring.lat), ring.outer_m)


def live_postcodes() -> tuple[list[str], list[float], list[float]]:
    """Return every postcode in use with its longitude and latitude, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, point[0], point[1] FROM places_postcode WHERE ended_on IS NULL ORDER BY code")
        rows = cursor.fetchall()
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def postcodes_of_areas(*, outlines: Mapping[int, BaseGeometry]) -> tuple[npt.NDArray[np.int64], Numbers, Numbers]:
    """Return for each postcode in use in some areas the area, longitude and latitude; on an edge it is in both."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT area.area_id, code.point[0], code.point[1] FROM places_boundary AS area "
            "JOIN places_postcode AS code ON code.point <@ area.box "
            "WHERE area.area_id = ANY(%s) AND code.ended_on IS NULL",
            [list(outlines)],
        )
        rows = cursor.fetchall()
    if not rows:
        return np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)
    ids, lons, lats = (np.array(column) for column in zip(*rows, strict=True))
    held = shapely.intersects_xy(np.array([outlines[area] for area in ids.tolist()], dtype=object), lons, lats)
    return ids[held], lons[held], lats[held]


def postcodes_in(*, shape: BaseGeometry, live: bool = False) -> list[str]:
    """Return the postcodes (PR32NL) whose point lies in a shape, exactly; `live` leaves out those that ended."""
    sql = "SELECT code, point[0], point[1] FROM places_postcode WHERE point <@ %s::box"
    with connection.cursor() as cursor:
        cursor.execute(sql + " AND ended_on IS NULL" * live + " ORDER BY code", [_box_text(shapes.box_of(shape))])
        rows = cursor.fetchall()
    if not rows:
        return []
    codes, lons, lats = zip(*rows, strict=True)
    return [code for code, is_in in zip(codes, shapes.inside(shape, lons, lats), strict=True) if is_in]


# ---------------------------------------------------------------- barriers, roads and rivers


def barriers() -> list[BarrierLine]:
    """Return the barriers that the force has drawn, by name."""
    found = []
    for row in Barrier.objects.order_by("name", "pk"):
        line = shapely.from_wkb(bytes(row.shape))
        middle = shapely.line_interpolate_point(np.array([line]), 0.5, normalized=True)[0]
        near = nearest_name(point=Point(float(middle.x), float(middle.y)), kinds=SETTLEMENTS)
        found.append(BarrierLine(row.ref, row.name, _length_m(line), near, row.made_by, row.made_at))
    return found


def barriers_geojson() -> dict[str, Any]:
    """Return the barriers as a GeoJSON FeatureCollection."""
    rows = Barrier.objects.order_by("name", "pk").values_list("ref", "name", "shape")
    features = [_feature(shapely.from_wkb(bytes(stored)), 0, ref=ref, name=name) for ref, name, stored in rows]
    return {"type": "FeatureCollection", "features": features}


def read_line(*, text: str) -> BaseGeometry:
    """Return a line that was drawn (GeoJSON text) as one line or several.

    Raises:
        PlaceError: it cannot be used; the sentence says what to do.
    """
    try:
        parts = shapes.lines(json.loads(text))
    except shapes.ShapeError as fault:
        raise PlaceError(f"The line {fault}. Draw it again on the map, with at least two points.") from fault
    except (ValueError, TypeError, RecursionError) as fault:
        raise PlaceError("The line cannot be read, it is not GeoJSON. Draw it again on the map.") from fault
    if not parts:
        raise PlaceError("The line has no points. Draw it again on the map, with at least two.")
    if int(shapely.get_num_coordinates(parts).sum()) > MOST_CORNERS:
        raise PlaceError(f"The line has more than {MOST_CORNERS:,} points: draw it with fewer.")
    if not all(is_hereabouts(Point(lon, lat)) for part in parts for lon, lat in part.coords):
        raise PlaceError("A point of the line is nowhere near Britain. Draw it on the map again.")
    return parts[0] if len(parts) == 1 else shapely.multilinestrings(parts)


def along(*, name: str, start: Point | None = None, end: Point | None = None) -> list[tuple[tuple[float, float], ...]]:
    """Return the lines of a road, track or river by its name; between two places, when they are given.

    Pieces that meet are one line. Where only one end is given, the whole line that comes nearest to it is meant.

    Raises:
        PlaceError: none is called so, or it does not lead from the one place to the other.
    """
    wanted = " ".join(name.split())
    rows = list(Way.objects.filter(name__iexact=wanted).order_by("pk").values_list("shape", flat=True)[:MOST_PIECES])
    if not rows:
        raise PlaceError(_no_such_way(wanted))
    merged = shapely.line_merge(shapely.union_all([shapely.from_wkb(bytes(stored)) for stored in rows]))
    # Ten metres: finer bends cost time and change nobody's distance.
    parts = [LineString(shapely.simplify(part, _BEND)) for part in shapely.get_parts(merged)]
    ends = [one for one in (start, end) if one is not None]
    if ends:
        parts = [min(parts, key=lambda part: sum(part.distance(shapely.Point(*one)) for one in ends))]
        for one in ends:
            if _away_from(parts[0], one) > FURTHEST_FROM_WAY_M:
                raise PlaceError(
                    f"{wanted} does not come within {FURTHEST_FROM_WAY_M / 1000:g} km of {near(one)}. "
                    "Choose a place on it, or draw the line."
                )
    if len(ends) == _BOTH:
        first, last = sorted(float(shapely.line_locate_point(parts[0], shapely.Point(*one))) for one in ends)
        if last - first < _BEND:
            raise PlaceError(f"The two places are at the same point of {wanted}. Choose two that lie apart.")
        parts = [LineString(shapely.get_coordinates(shapely.ops.substring(parts[0], first, last)))]
    return [tuple((float(lon), float(lat)) for lon, lat in part.coords) for part in parts]


def way_names(*, text: str, most: int = 20) -> list[str]:
    """Return the names of roads, tracks and rivers that hold the text, those that begin with it first."""
    text = " ".join(text.split())
    if not text:
        return []
    rows = Way.objects.filter(name__icontains=text).exclude(name="").values_list("name", flat=True).distinct()
    return sorted(rows, key=lambda name: (not name.casefold().startswith(text.casefold()), name))[:most]


MOST_PIECES = 2_000
FURTHEST_FROM_WAY_M = 5_000
_BOTH = 2
_BEND = 10 / 111_320


def _no_such_way(name: str) -> str:
    others = way_names(text=name, most=4)
    if others:
        return f"No road or river is called “{name[:60]}”. Did you mean {' or '.join(others)}?"
    return f"No road or river is called “{name[:60]}”. Check the spelling, or draw the line on the map."


def _length_m(line: BaseGeometry) -> float:
    """Return how long a line is on the ground, in metres."""
    return float(shapes.EARTH.geometry_length(line))


def _away_from(line: LineString, point: Point) -> float:
    here = shapely.Point(*point)
    on_it = shapely.line_interpolate_point(line, shapely.line_locate_point(line, here))
    return shapes.distance_m(point, Point(float(on_it.x), float(on_it.y)))


def shape_geojson(*, shape: BaseGeometry, simplify_m: float = 10) -> dict[str, Any]:
    """Return a shape as a GeoJSON feature for a map."""
    return _feature(shape, simplify_m)


# ---------------------------------------------------------------- maps


def boundary_geojson(*, area_ids: Sequence[int], simplify_m: float = 0) -> dict[str, Any]:
    """Return outlines as a GeoJSON FeatureCollection, with six decimals and made simpler by at most some metres."""
    rows = Boundary.objects.filter(area_id__in=set(area_ids)).order_by("area__name", "area_id")
    features = []
    for *line, stored in rows.values_list(*_LINE, "shape"):
        area = _line(line)
        facts = {"id": area.id, "code": area.code, "name": area.name, "kind": area.kind.value, "vintage": area.vintage}
        features.append(_feature(shapely.from_wkb(bytes(stored)), simplify_m, **facts))
    return {"type": "FeatureCollection", "features": features}


def ways_geojson(
    *, box: Box, kinds: Sequence[WayKind] = (), simplify_m: float = 0, most: int = 5_000
) -> dict[str, Any]:
    """Return the roads, tracks and rivers that touch a box as a GeoJSON FeatureCollection."""
    rows = Way.objects.extra(where=["box && %s::box"], params=[_box_text(box)]).order_by("code")
    if kinds:
        rows = rows.filter(kind__in=kinds)
    features = [
        _feature(shapely.from_wkb(bytes(stored)), simplify_m, code=code, name=name, kind=kind)
        for code, name, kind, stored in rows.values_list("code", "name", "kind", "shape")[:most]
    ]
    return {"type": "FeatureCollection", "features": features}


def _feature(shape: BaseGeometry, simplify_m: float, **facts: object) -> dict[str, Any]:
    if simplify_m:
        shape = shapely.simplify(shape, simplify_m / 111_320, preserve_topology=True)
    rounded = shapely.transform(shape, lambda corners: np.round(corners, 6))
    return {"type": "Feature", "properties": facts, "geometry": json.loads(shapely.to_geojson(rounded))}


def nearby_places(*, point: Point, radius_m: float, kinds: Sequence[PlaceKind] = (), most: int = 50) -> list[Found]:
    """Return the names within a distance on the ground of a point, nearest first."""
    rows = Place.objects.extra(where=["point <@ %s::box"], params=[_box_text(shapes.box_round(point, radius_m))])
    if kinds:
        rows = rows.filter(kind__in=kinds)
    away = sorted((shapes.distance_m(point, row.point), row.name, row.pk, row) for row in rows)
    return [
        Found(row.point, row.uncertainty_m, row.name, FoundBy.NAME)
        for metres, *_, row in away[:most]
        if metres <= radius_m
    ]


def named(*, names: Sequence[str]) -> dict[str, Found]:
    """Return which of these are the exact name of one place on the map, with where it is.

    A name that several places bear, further apart than it is exact, is nobody's. A farm is somebody's door: it comes
    back as its square of a kilometre, without its name.
    """
    by_key: dict[str, list[Place]] = {}
    for row in Place.objects.filter(folded__in={fold(name) for name in names} - {""}).order_by("code"):
        by_key.setdefault(row.folded, []).append(row)
    return {name: _as_one(rows) for name in names if (rows := by_key.get(fold(name))) and _are_one(rows)}


def _are_one(rows: Sequence[Place]) -> bool:
    return all(shapes.distance_m(rows[0].point, row.point) <= _ONE_PLACE_M for row in rows[1:])


def _as_one(rows: Sequence[Place]) -> Found:
    kinds = list(PlaceKind)
    row = min(rows, key=lambda row: kinds.index(PlaceKind(row.kind)))
    if row.kind != PlaceKind.FARM:
        return Found(row.point, row.uncertainty_m, row.name, FoundBy.NAME)
    return Found(row.point, max(row.uncertainty_m, _KILOMETRE), near(row.point), FoundBy.GRID)


_ONE_PLACE_M = 3_000.0


def nearest_postcode(*, point: Point, within_m: float) -> str:
    """Return the postcode (PR32NL) in use whose point is nearest, for whoever stands there to check; "" for none."""
    shape = shape_of(circles=[Circle(point.lon, point.lat, within_m)])
    if shape is None:
        return ""
    # A degree of longitude is shorter than one of latitude.
    across = math.cos(math.radians(point.lat))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code FROM places_postcode WHERE point <@ %s::box AND ended_on IS NULL "
            "ORDER BY ((point[0] - %s) * %s) ^ 2 + (point[1] - %s) ^ 2, code LIMIT 1",
            [_box_text(shapes.box_of(shape)), point.lon, across, point.lat],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def nearest_name(*, point: Point, kinds: Sequence[PlaceKind] = ()) -> str:
    """Return where a point is in words, `Chipping` or `2 miles north-east of Chipping`; empty when no name is near."""
    for radius in (2_000, 10_000, 50_000):
        found = nearby_places(point=point, radius_m=radius, kinds=kinds, most=1)
        if found:
            return _from(found[0], point)
    return ""


_WINDS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
_MILE = 1609.344
_KILOMETRE = 1000


def _from(place: Found, point: Point) -> str:
    metres = shapes.distance_m(place.point, point)
    if metres <= _MILE / 2:
        return place.label
    wind = _WINDS[round(shapes.bearing(place.point, point) / 45) % 8]
    miles = max(1, round(metres / _MILE))
    return f"{miles} mile{'s' * (miles > 1)} {wind} of {place.label}"


# ---------------------------------------------------------------- shared


def _lines(wanted: Q) -> list[AreaLine]:
    return [_line(row) for row in _ordered(wanted)]


def _ordered(wanted: Q) -> QuerySet[Boundary, Any]:
    rows = Boundary.objects.filter(wanted).order_by("area__name", "area__code", "-area__vintage")
    return rows.values_list(*_LINE)


def _one(wanted: Q, what: str) -> AreaLine:
    rows = Boundary.objects.filter(wanted).order_by("-area__vintage").values_list(*_LINE)[:1]
    if not rows:
        raise NotHereError(what)
    return _line(rows[0])


def _line(row: Iterable[Any]) -> AreaLine:
    number, code, name, kind, vintage, parent, box = row
    return AreaLine(number, code, name, AreaKind(kind), vintage, parent, box)


def _minus(vintage: str) -> tuple[int, ...]:
    """Return a key that puts newer vintages first."""
    return tuple(-ord(sign) for sign in vintage)


def _box_text(box: Box) -> str:
    return f"({box.west!r},{box.south!r}),({box.east!r},{box.north!r})"


def _length(metres: float) -> str:
    if metres >= _KILOMETRE:
        return f"{metres / _KILOMETRE:g} km"
    return f"{metres:g} metre{'s' * (metres != 1)}"
