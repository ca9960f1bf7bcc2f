"""Shapes on the ground: one meaning of inside, true circles, mending and measuring of outlines (shapely)."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod, Transformer
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from hueandcry.kit.geometry import Box, Point

Flags = npt.NDArray[np.bool_]
EARTH = Geod(ellps="WGS84")
# Two corners of a corridor's line are never further apart than this: between them it is straight on the ground.
LONGEST_STEP_M = 5_000.0
# A circle of 512 corners leaves the true one by 0.2 m at a radius of 10 km.
CIRCLE_CORNERS = 512
NO_AREA_M2 = 1.0
LEAST_CORNERS = 3
LEAST_POINTS = 2
# In degrees: a hundredth of a millimetre.
NO_LENGTH = 1e-10
# In degrees: nothing is drawn more broadly than by this.
MOST_ROOM = 2.0


class ShapeError(ValueError):
    """An outline that cannot be used; the message says what is wrong with it."""


def inside(shape: BaseGeometry, lons: npt.ArrayLike, lats: npt.ArrayLike) -> Flags:
    """Tell of each point whether it lies in the shape; on its edge, or on the edge of a hole, counts as inside.

    This is the only meaning of "inside" in the whole product: counts, audiences and look-ups all use it.
    Points that are not numbers are outside.
    """
    shapely.prepare(shape)
    return np.atleast_1d(shapely.intersects_xy(shape, np.asarray(lons, dtype=float), np.asarray(lats, dtype=float)))


def box_of(shape: BaseGeometry) -> Box:
    """Return the upright rectangle round a shape."""
    return Box(*(float(number) for number in shape.bounds))


def area_m2(shape: BaseGeometry) -> float:
    """Return the area on the ground in square metres, near enough to compare and to find slivers."""
    if shape.is_empty:
        return 0.0
    _, south, _, north = shape.bounds
    metres = 111_320.0
    return float(shape.area) * metres * metres * math.cos(math.radians((south + north) / 2))


def distance_m(one: Point, other: Point) -> float:
    """Return the distance on the ground in metres."""
    return float(EARTH.inv(one.lon, one.lat, other.lon, other.lat)[2])


def bearing(one: Point, other: Point) -> float:
    """Return the direction from one point to the other in degrees clockwise from north, 0 to 360."""
    return float(EARTH.inv(one.lon, one.lat, other.lon, other.lat)[0]) % 360


def box_round(middle: Point, radius_m: float) -> Box:
    """Return a rectangle that holds everything within a distance of a point."""
    up = math.degrees(radius_m / 6_350_000) * 1.01
    across = up / max(0.01, math.cos(math.radians(min(89.0, abs(middle.lat) + up))))
    return Box(middle.lon - across, middle.lat - up, middle.lon + across, middle.lat + up)


def circle(middle: Point, radius_m: float) -> Polygon:
    """Return everything within a distance on the ground of a point, as a polygon of 512 corners."""
    turns = np.linspace(0.0, 360.0, CIRCLE_CORNERS, endpoint=False)
    many = np.ones(CIRCLE_CORNERS)
    lons, lats, _ = EARTH.fwd(many * middle.lon, many * middle.lat, turns, many * radius_m)
    return Polygon(np.column_stack([lons, lats]))


def corridor(line: Sequence[tuple[float, float]], width_m: float) -> BaseGeometry:
    """Return everything within a distance on the ground of a line of (lon, lat) points.

    Each leg is the shortest way between its ends, and is widened on a map of its own: true to a metre at any width.
    """
    legs = []
    for one, other in itertools.pairwise(line):
        pieces = max(1, math.ceil(distance_m(Point(*one), Point(*other)) / LONGEST_STEP_M))
        between = EARTH.npts(*one, *other, pieces - 1) if pieces > 1 else []
        stops = [one, *between, other]
        legs += [_widened(here, there, width_m) for here, there in itertools.pairwise(stops) if here != there]
    return shapely.union_all(legs) if legs else circle(Point(*line[0]), width_m)


def _widened(one: tuple[float, float], other: tuple[float, float], width_m: float) -> Polygon:
    """Return everything within a distance of the straight way between two near points."""
    lon, lat = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
    flat = Transformer.from_crs("EPSG:4326", f"+proj=aeqd +lon_0={lon} +lat_0={lat} +ellps=WGS84", always_xy=True)
    xs, ys = flat.transform([one[0], other[0]], [one[1], other[1]])
    wide = LineString(list(zip(xs, ys, strict=True))).buffer(width_m, quad_segs=CIRCLE_CORNERS // 4)
    easts, norths = np.asarray(wide.exterior.coords).T
    lons, lats = flat.transform(easts, norths, direction="INVERSE")
    return Polygon(np.column_stack([lons, lats]))


def cut(shape: BaseGeometry, lines: Sequence[BaseGeometry], source: BaseGeometry) -> BaseGeometry:
    """Return what of a shape can be reached from the source (a point or a line) without crossing any of the lines.

    A line that ends inside the shape cuts nothing by itself: one goes round its end. A source that lies on a line
    reaches both sides of it.
    """
    faces = _faces(shape, lines)
    if len(faces) < 2:  # noqa: PLR2004 - whole
        return shape
    touched = np.asarray(shapely.intersects(faces, source))
    if source.length:
        # Where a line only touches a piece at a point, it does not lead into it.
        along = touched & (np.asarray(shapely.length(shapely.intersection(faces, source))) > NO_LENGTH)
        touched = along if along.any() else touched
    kept = [face for face, is_near in zip(faces, touched, strict=True) if is_near]
    if not kept:
        kept = [faces[int(np.argmin(shapely.distance(faces, source)))]]
    return kept[0] if len(kept) == 1 else shapely.union_all(kept)


def _faces(shape: BaseGeometry, lines: Sequence[BaseGeometry]) -> list[Polygon]:
    """Return the pieces into which lines cut a shape."""
    # Whole lines: were they clipped first, their new ends would miss the edge by a hair, and water would leak.
    noded = shapely.union_all([shape.boundary, *lines])
    faces = polygons_of(shapely.polygonize(list(shapely.get_parts(noded))))
    return [face for face in faces if shape.contains(face.representative_point())]


def polygons_of(shape: BaseGeometry) -> list[Polygon]:
    """Return the polygons in a shape, leaving out its points and lines."""
    if isinstance(shape, Polygon):
        return [] if shape.is_empty else [shape]
    return [part for piece in getattr(shape, "geoms", ()) for part in polygons_of(piece)]


def joined(parts: Sequence[Polygon]) -> BaseGeometry:
    """Return the parts as one polygon or multipolygon, without touching their corners."""
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def mend(shape: BaseGeometry) -> tuple[BaseGeometry, str]:
    """Return a valid (multi)polygon and what was wrong with it, empty when nothing was.

    Raises:
        ShapeError: nothing with an area is left.
    """
    shape = shapely.force_2d(shape)
    wrong = "" if shapely.is_valid(shape) else str(shapely.is_valid_reason(shape))
    if wrong:
        shape = shapely.make_valid(shape)
    parts = polygons_of(shape)
    solid = [part for part in parts if area_m2(part) >= NO_AREA_M2] if wrong else parts
    if not solid or sum(area_m2(part) for part in solid) < NO_AREA_M2:
        raise ShapeError("has no area")
    return (shape if isinstance(shape, Polygon | MultiPolygon) and solid == parts else joined(solid)), wrong


def rings(numbers: Any) -> list[npt.NDArray[np.float64]]:  # noqa: ANN401
    """Read the rings of one GeoJSON polygon, closing those that are left open.

    Raises:
        ShapeError: they are not rings of longitude and latitude in degrees.
    """
    if not isinstance(numbers, list | tuple) or not numbers:
        raise ShapeError("has no corners")
    return [_ring(ring) for ring in numbers]


def _ring(numbers: Any) -> npt.NDArray[np.float64]:  # noqa: ANN401
    try:
        corners = np.array([(corner[0], corner[1]) for corner in numbers], dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError, IndexError, KeyError) as fault:
        raise ShapeError("has corners that are not pairs of numbers") from fault
    if not np.isfinite(corners).all():
        raise ShapeError("has a corner that is not a number")
    if len(corners) and (np.abs(corners) > (180.0, 90.0)).any():
        raise ShapeError("has corners that are not degrees of longitude and latitude")
    if len(corners) and (corners[0] != corners[-1]).any():
        corners = np.vstack([corners, corners[:1]])
    if len(np.unique(corners, axis=0)) < LEAST_CORNERS:
        raise ShapeError("has fewer than three different corners")
    return corners


def polygon(numbers: Any) -> Polygon:  # noqa: ANN401
    """Return one GeoJSON polygon's coordinates as a polygon, valid or not.

    Raises:
        ShapeError: the coordinates are no polygon in degrees.
    """
    shell, *holes = rings(numbers)
    return Polygon(shell, holes)


def broadly(shape: BaseGeometry, *, by_m: float, most: int) -> list[list[tuple[float, float]]]:
    """Return closed outlines of (lon, lat) that hold the whole of a shape with so much room round it, without holes.

    With more than `most` corners it is drawn more broadly still, until it has no more.
    """
    room = by_m / 111_320.0 / max(0.01, math.cos(math.radians(box_of(shape).north)))
    while True:
        # Straightening takes away less than was added, rounding to a thousandth of a degree less than the rest.
        wide = shape.buffer(room, quad_segs=4).simplify(room * 0.75)
        rings = [shapely.get_exterior_ring(part) for part in shapely.get_parts(wide)]
        found = [[(round(lon, 3), round(lat, 3)) for lon, lat in ring.coords] for ring in rings]
        if sum(map(len, found)) <= most or room > MOST_ROOM:
            return [outline for outline in found if len(set(outline)) >= LEAST_CORNERS]
        room *= 2


def outlines(geometry: Any) -> list[Polygon]:  # noqa: ANN401
    """Return every polygon in a GeoJSON geometry, feature or collection, valid or not.

    Raises:
        ShapeError: it is no GeoJSON of polygons in degrees.
    """
    if not isinstance(geometry, dict):
        raise ShapeError("is not GeoJSON")
    kind = geometry.get("type")
    if kind == "Polygon":
        return [polygon(geometry.get("coordinates"))]
    if kind == "MultiPolygon":
        return [polygon(part) for part in _listed(geometry.get("coordinates"))]
    if kind == "Feature":
        return outlines(geometry.get("geometry"))
    if kind in {"FeatureCollection", "GeometryCollection"}:
        parts = _listed(geometry.get("features" if kind == "FeatureCollection" else "geometries"))
        return [found for part in parts for found in outlines(part)]
    raise ShapeError("is not a polygon")


def lines(geometry: Any) -> list[LineString]:  # noqa: ANN401
    """Return every line in a GeoJSON geometry, feature or collection.

    Raises:
        ShapeError: it is no GeoJSON of lines in degrees.
    """
    if not isinstance(geometry, dict):
        raise ShapeError("is not GeoJSON")
    kind = geometry.get("type")
    if kind == "LineString":
        return [_line(geometry.get("coordinates"))]
    if kind == "MultiLineString":
        return [_line(part) for part in _listed(geometry.get("coordinates"))]
    if kind == "Feature":
        return lines(geometry.get("geometry"))
    if kind in {"FeatureCollection", "GeometryCollection"}:
        parts = _listed(geometry.get("features" if kind == "FeatureCollection" else "geometries"))
        return [found for part in parts for found in lines(part)]
    raise ShapeError("is not a line")


def _line(numbers: Any) -> LineString:  # noqa: ANN401
    try:
        points = np.array([(point[0], point[1]) for point in numbers], dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError, IndexError, KeyError) as fault:
        raise ShapeError("has points that are not pairs of numbers") from fault
    if not np.isfinite(points).all() or (np.abs(points) > (180.0, 90.0)).any():
        raise ShapeError("has points that are not degrees of longitude and latitude")
    if len(np.unique(points, axis=0)) < LEAST_POINTS:
        raise ShapeError("has fewer than two different points")
    return LineString(points)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    # shapely's own mapping() writes tuples, files hold lists.
    if not isinstance(value, list | tuple):
        raise ShapeError("is not GeoJSON")
    return list(value)
