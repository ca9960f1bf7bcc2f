"""Barriers: what lies behind one is not near, exactly; and what is drawn or an area is meant as it is."""

import json
import math
from collections import deque
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shapely.geometry import LineString, Point, box, mapping
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.rules import AudienceQuestion
from hueandcry.domain.places import actions, queries
from hueandcry.domain.places.models import Barrier, Way
from hueandcry.domain.places.rules import Circle, Corridor, PlaceError, Ring, WayKind
from hueandcry.domain.records.models import Record
from hueandcry.kit import shapes
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point as GroundPoint
from tests import builders

pytestmark = pytest.mark.django_db
LON, LAT = builders.MIDDLE
KM = 1 / 111.32
ACROSS = KM / math.cos(math.radians(LAT))
ACTOR = "officer:TEST22"


def geojson(*points: tuple[float, float]) -> str:
    return json.dumps({"type": "LineString", "coordinates": [*points]})


def barrier(*points: tuple[float, float], name: str = "The estuary") -> Barrier:
    return actions.draw_barrier(name=name, line=geojson(*points), actor=ACTOR)


def at(east_km: float, north_km: float) -> tuple[float, float]:
    return LON + east_km * ACROSS, LAT + north_km * KM


def meant(**fields: Any) -> list[int]:
    question = AudienceQuestion(organisation_id=builders.force().pk, **fields)
    return [int(member) for member in members.audience(question=question)]


# ---------------------------------------------------------------- the estuary


def test_a_circle_on_one_bank_of_an_estuary_reaches_nobody_on_the_other() -> None:
    this_bank = builders.member(at=at(0, -2))
    builders.member(at=at(0, 2))
    barrier(at(-20, 1), at(-3, 0.5), at(4, 1), at(20, 0))

    assert meant(circles=(Circle(*at(0, -1), 8_000),)) == [this_bank.pk]


def test_an_area_and_a_drawn_outline_are_meant_on_both_banks() -> None:
    both = [builders.member(at=at(0, -2)).pk, builders.member(at=at(0, 2)).pk]
    barrier(at(-40, 1), at(40, 1))
    area = builders.area()
    drawn = json.dumps(mapping(box(LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1)))

    assert meant(areas=(area.id,)) == both
    assert meant(polygons=(drawn,)) == both


def test_a_line_that_crosses_by_a_bridge_reaches_both_banks_and_one_that_does_not_only_its_own() -> None:
    south, north = builders.member(at=at(0.5, -1)), builders.member(at=at(0.5, 1.5))
    barrier(at(-40, 0.7), at(40, 0.7))

    assert meant(corridors=(Corridor((at(0, -3), at(0, 3)), 2_000),)) == [south.pk, north.pk]
    assert meant(corridors=(Corridor((at(-3, 0), at(3, 0)), 3_000),)) == [south.pk]


def test_a_ring_is_cut_from_where_they_set_out_though_its_middle_is_left_out() -> None:
    builders.member(at=at(0, 6))
    south = builders.member(at=at(0, -6))
    builders.member(at=at(0, -1))
    barrier(at(-40, 1), at(40, 1))

    assert meant(rings=(Ring(*at(0, 0), minutes=10, kmh=60, from_minutes=3),)) == [south.pk]


def test_a_barrier_that_ends_inside_cuts_nothing_for_one_goes_round_its_end() -> None:
    both = [builders.member(at=at(0, -2)).pk, builders.member(at=at(0, 2)).pk]
    barrier(at(-40, 1), at(1, 1))

    assert meant(circles=(Circle(*at(0, 0), 8_000),)) == both


def test_two_lines_that_meet_inside_cut_together_though_neither_does_alone() -> None:
    south = builders.member(at=at(0, -2))
    builders.member(at=at(0, 2))
    barrier(at(-40, 1), at(1, 1), name="The estuary")
    barrier(at(0.5, 0.5), at(0.5, 1.5), at(40, 1), name="The motorway")

    assert meant(circles=(Circle(*at(0, 0), 8_000),)) == [south.pk]


def test_who_stands_on_a_barrier_reaches_both_sides() -> None:
    both = [builders.member(at=at(0, -2)).pk, builders.member(at=at(0, 2)).pk]
    barrier(at(-40, 0), at(40, 0))

    assert meant(circles=(Circle(LON, LAT, 8_000),)) == both


# ---------------------------------------------------------------- exactness


def wandering(draw: np.random.Generator) -> LineString:
    """Return a barrier that wanders through the circle, turns back and may cross itself."""
    wild = [at(float(east + draw.uniform(-3, 3)), float(draw.uniform(-7, 7))) for east in np.linspace(-9, 9, 9)]
    return LineString([at(-12, float(draw.uniform(-4, 4))), *wild, at(12, float(draw.uniform(-4, 4)))])


def flooded(shape: BaseGeometry, lines: list[LineString], source: tuple[float, float], steps: int) -> Any:
    """Return a function that tells of a point whether water from the source comes there, square by square."""
    west, south, east, north = shape.bounds
    xs, ys = np.linspace(west, east, steps), np.linspace(south, north, steps)
    grid = np.array([[shapely.Point(x, y) for x in xs] for y in ys])
    within = shapely.contains(shape, grid)
    walls = shapely.union_all(lines)
    shapely.prepare(walls)
    right = shapely.intersects(walls, shapely.linestrings(np.stack(
        [shapely.get_coordinates(grid[:, :-1].ravel()), shapely.get_coordinates(grid[:, 1:].ravel())], axis=1
    ))).reshape(steps, steps - 1)  # fmt: skip
    up = shapely.intersects(walls, shapely.linestrings(np.stack(
        [shapely.get_coordinates(grid[:-1].ravel()), shapely.get_coordinates(grid[1:].ravel())], axis=1
    ))).reshape(steps - 1, steps)  # fmt: skip
    begin = (int(np.abs(ys - source[1]).argmin()), int(np.abs(xs - source[0]).argmin()))
    wet = np.zeros((steps, steps), dtype=bool)
    wet[begin] = True
    todo = deque([begin])
    while todo:
        row, column = todo.popleft()
        for y, x, wall in (
            (row, column + 1, column + 1 < steps and right[row, column]),
            (row, column - 1, column > 0 and right[row, column - 1]),
            (row + 1, column, row + 1 < steps and up[row, column]),
            (row - 1, column, row > 0 and up[row - 1, column]),
        ):
            if 0 <= y < steps and 0 <= x < steps and within[y, x] and not wall and not wet[y, x]:
                wet[y, x] = True
                todo.append((y, x))

    def tells(lon: float, lat: float) -> bool | None:
        row, column = int(np.abs(ys - lat).argmin()), int(np.abs(xs - lon).argmin())
        beside = LineString([(lon, lat), (xs[column], ys[row])])
        near_a_wall = walls.distance(Point(lon, lat)) < 3 * (xs[1] - xs[0])
        if near_a_wall or beside.intersects(walls) or not within[row, column]:
            return None
        return bool(wet[row, column])

    return tells


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_what_is_cut_off_is_what_water_from_the_middle_does_not_reach(seed: int) -> None:
    draw = np.random.default_rng(seed)
    lines = [wandering(draw), wandering(draw)]
    for number, line in enumerate(lines):
        barrier(*[(float(lon), float(lat)) for lon, lat in line.coords], name=f"Line {number}")
    whole = shapes.circle(builders.MIDDLE, 8_000)
    found = queries.shape_of(circles=(Circle(LON, LAT, 8_000),))
    assert found is not None
    tells = flooded(whole, lines, (LON, LAT), 240)

    west, south, east, north = whole.bounds
    told = {True: 0, False: 0}
    for lon, lat in draw.uniform((west, south), (east, north), (2_000, 2)):
        reaches = tells(lon, lat)
        if reaches is not None and whole.buffer(-0.002).contains(Point(lon, lat)):
            told[reaches] += 1
            assert bool(shapes.inside(found, [lon], [lat])[0]) is reaches, (lon, lat)

    assert min(told.values()) > 20, told


def test_a_barrier_elsewhere_costs_one_question_and_changes_no_corner() -> None:
    whole = queries.shape_of(circles=(Circle(LON, LAT, 8_000),))
    barrier(at(50, -10), at(50, 10))
    # Its box meets the circle's, the line itself does not.
    barrier(at(-20, 7.9), at(-7.9, 20), name="The bypass")

    with CaptureQueriesContext(connection) as captured:
        found = queries.shape_of(circles=(Circle(LON, LAT, 8_000),))
    with CaptureQueriesContext(connection) as for_an_area:
        queries.shape_of(polygons=(json.dumps(mapping(box(LON, LAT, LON + 1, LAT + 0.3))),))

    assert found is not None
    assert whole is not None
    assert found.equals_exact(whole, 0)
    assert len(captured) == 1
    assert len(for_an_area) == 0


# ---------------------------------------------------------------- drawing and removing


def test_a_barrier_is_listed_drawn_once_and_taken_away_and_each_is_logged() -> None:
    builders.place("Holt Haven")
    made = barrier(at(-10, 0), at(10, 0), name=" Holt  estuary ")
    again = barrier(at(-10, 0), at(10, 0), name="Holt estuary")
    barrier(at(-10, 3), at(10, 3), name="Motorway")

    lines = queries.barriers()
    actions.remove_barrier(ref=made.ref, actor=ACTOR)

    assert again.pk == made.pk
    assert [(line.name, line.near) for line in lines] == [
        ("Holt estuary", "Holt Haven"),
        ("Motorway", "2 miles north of Holt Haven"),
    ]
    assert lines[0].length_m == pytest.approx(20_000, rel=0.01)
    assert [one["properties"]["name"] for one in queries.barriers_geojson()["features"]] == ["Motorway"]
    assert list(Record.objects.filter(event__startswith="barrier.").order_by("id").values_list("event", flat=True)) == [
        "barrier.drawn",
        "barrier.drawn",
        "barrier.removed",
    ]
    with pytest.raises(NotHereError):
        actions.remove_barrier(ref=made.ref, actor=ACTOR)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "not GeoJSON"),
        ("[" * 100_000, "not GeoJSON"),
        (geojson((LON, LAT)), "fewer than two"),
        (geojson((LON, LAT), (LON, LAT)), "fewer than two"),
        (json.dumps(mapping(box(0, 50, 1, 51))), "not a line"),
        (json.dumps({"type": "LineString", "coordinates": [[350_000, 450_000], [350_100, 450_000]]}), "not degrees"),
        (json.dumps({"type": "LineString", "coordinates": [[LON, "x"], [LON, 54]]}), "pairs of numbers"),
        (geojson((54.0, 2.5), (54.1, 2.5)), "nowhere near"),
        (json.dumps({"type": "MultiLineString", "coordinates": []}), "no points"),
        (geojson(*[(LON + n * 1e-5, LAT) for n in range(10_001)]), "fewer"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_with_what_to_do(line: str, why: str) -> None:
    with pytest.raises(PlaceError, match=why):
        actions.draw_barrier(name="Wall", line=line, actor=ACTOR)

    assert not Barrier.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_barrier_needs_a_short_name(name: str) -> None:
    with pytest.raises(PlaceError, match="name"):
        actions.draw_barrier(name=name, line=geojson(at(0, 0), at(1, 0)), actor=ACTOR)


def test_more_than_a_hundred_circles_are_refused_with_what_to_do() -> None:
    circles = tuple(Circle(LON + n * 1e-3, LAT, 500) for n in range(500))

    with pytest.raises(PlaceError, match="500 circles, lines and ways at once, and at most 100 fit"):
        queries.shape_of(circles=circles)


# ---------------------------------------------------------------- along a road by its name


def way(name: str, *points: tuple[float, float], kind: WayKind = WayKind.ROAD) -> None:
    line = LineString(points)
    Way.objects.create(
        code=f"W{Way.objects.count()}", name=name, kind=kind, shape=shapely.to_wkb(line), box=line.bounds, source="test"
    )


def test_a_road_is_followed_by_its_name_from_one_place_to_another_over_all_its_pieces() -> None:
    way("B6", at(0, 0), at(10, 0))
    way("B6", at(20, 0), at(10, 0))
    way("B66", at(0, 5), at(20, 5))

    (whole,) = queries.along(name=" b6 ")
    (piece,) = queries.along(name="B6", start=GroundPoint(*at(15, 0.5)), end=GroundPoint(*at(4, -0.5)))

    assert sorted((whole[0], whole[-1])) == [pytest.approx(at(0, 0)), pytest.approx(at(20, 0))]
    assert sorted((piece[0], piece[-1])) == [pytest.approx(at(4, 0)), pytest.approx(at(15, 0))]
    assert all(one != other for one, other in pairwise(piece))


def test_pieces_that_do_not_meet_are_lines_of_their_own_and_the_nearest_is_taken_between_places() -> None:
    way("River Doe", at(0, 0), at(5, 0), kind=WayKind.RIVER)
    way("River Doe", at(0, 30), at(5, 30), kind=WayKind.RIVER)

    (piece,) = queries.along(name="River Doe", start=GroundPoint(*at(1, 30)), end=GroundPoint(*at(3, 30)))

    assert len(queries.along(name="River Doe")) == 2
    assert {round(lat, 6) for _, lat in piece} == {round(at(0, 30)[1], 6)}


def test_a_road_that_is_not_there_or_does_not_go_there_is_refused_with_a_way_out() -> None:
    way("B66", at(0, 0), at(10, 0))

    with pytest.raises(PlaceError, match="Did you mean B66"):
        queries.along(name="B6")
    with pytest.raises(PlaceError, match="Check the spelling"):
        queries.along(name="M999")
    with pytest.raises(PlaceError, match="does not come within 5 km"):
        queries.along(name="B66", start=GroundPoint(*at(0, 9)))
    with pytest.raises(PlaceError, match="same point"):
        queries.along(name="B66", start=GroundPoint(*at(3, 1)), end=GroundPoint(*at(3, -1)))
