"""One meaning of inside, true circles, mended outlines."""

import numpy as np
import pytest
import shapely
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Polygon, box, mapping

from hueandcry.kit import shapes
from hueandcry.kit.geometry import Box, Point
from hueandcry.kit.shapes import ShapeError

RING = Polygon(
    [(0, 50), (4, 50), (4, 54), (0, 54)],
    [[(1, 51), (3, 51), (3, 53), (1, 53)]],
)


@pytest.mark.parametrize(
    ("lon", "lat", "is_in"),
    [
        (0.5, 50.5, True),
        (2, 52, False),  # in the hole
        (0, 52, True),  # on the outer edge
        (0, 50, True),  # on a corner
        (1, 52, True),  # on the edge of the hole
        (5, 52, False),
        (float("nan"), 52, False),
    ],
)
def test_the_edge_counts_as_inside_and_a_hole_does_not(lon: float, lat: float, is_in: bool) -> None:  # noqa: FBT001
    assert shapes.inside(RING, lon, lat).tolist() == [is_in]


def test_many_points_are_told_at_once() -> None:
    two = MultiPolygon([box(0, 50, 1, 51), box(2, 50, 3, 51)])

    assert shapes.inside(two, [0.5, 1.5, 2.5], np.array([50.5, 50.5, 50.5])).tolist() == [True, False, True]
    assert shapes.inside(two, [], []).tolist() == []


def test_a_circle_is_round_on_the_ground() -> None:
    middle = Point(-2.65, 53.87)

    drawn = shapes.circle(middle, 5000)
    away = [shapes.distance_m(middle, Point(*corner)) for corner in drawn.exterior.coords]

    assert max(away) == pytest.approx(5000, abs=0.01)
    assert min(away) == pytest.approx(5000, abs=0.01)
    assert shapes.area_m2(drawn) == pytest.approx(np.pi * 5000**2, rel=0.005)
    assert shapes.inside(drawn, middle.lon, middle.lat).all()


def test_the_box_round_a_circle_holds_all_of_it() -> None:
    for lat in (49.9, 53.87, 60.8):
        around = shapes.box_round(Point(-2, lat), 20_000)

        assert shapely.contains(box(*around), shapes.circle(Point(-2, lat), 20_000))


def test_directions_run_clockwise_from_north() -> None:
    here = Point(-2, 53)

    assert shapes.bearing(here, Point(-2, 54)) == pytest.approx(0)
    assert shapes.bearing(here, Point(-1.99, 53)) == pytest.approx(90, abs=0.1)
    assert shapes.bearing(here, Point(-2.01, 53)) == pytest.approx(270, abs=0.1)


def test_a_sound_outline_is_left_as_it_is() -> None:
    mended, wrong = shapes.mend(RING)

    assert mended.equals_exact(RING, 0)
    assert wrong == ""


def test_an_outline_that_crosses_itself_is_mended_and_keeps_its_halves() -> None:
    bow = Polygon([(0, 50), (1, 51), (1, 50), (0, 51)])

    mended, wrong = shapes.mend(bow)

    assert wrong.startswith("Self-intersection")
    assert mended.is_valid
    assert len(shapes.polygons_of(mended)) == 2
    assert shapes.inside(mended, [0.1, 0.9, 0.5], [50.5, 50.5, 50.1]).tolist() == [True, True, False]


def test_lines_and_slivers_left_by_mending_are_dropped() -> None:
    spiked = Polygon([(0, 50), (1, 50), (1, 51), (2, 52), (1, 51), (0, 51)])

    mended, wrong = shapes.mend(spiked)

    assert wrong
    assert mended.geom_type == "Polygon"
    assert mended.area == pytest.approx(1)


@pytest.mark.parametrize(
    "outline", [Polygon(), Polygon([(0, 50), (0, 50), (0, 50)]), Polygon([(0, 50), (1, 50), (2, 50)])]
)
def test_an_outline_without_an_area_cannot_be_used(outline: Polygon) -> None:
    with pytest.raises(ShapeError, match="no area"):
        shapes.mend(outline)


def test_only_polygons_are_taken_from_a_mixture() -> None:
    mixed = GeometryCollection([LineString([(0, 0), (1, 1)]), box(0, 0, 1, 1), MultiPolygon([box(2, 0, 3, 1)])])

    assert len(shapes.polygons_of(mixed)) == 2
    assert shapes.area_m2(Polygon()) == 0
    assert shapes.box_of(box(1, 2, 3, 4)) == Box(1, 2, 3, 4)


def test_every_form_of_geojson_gives_its_polygons() -> None:
    plain = mapping(box(0, 50, 1, 51))
    feature = {"type": "Feature", "properties": {}, "geometry": plain}
    forms = [
        plain,
        {"type": "MultiPolygon", "coordinates": [plain["coordinates"]]},
        feature,
        {"type": "FeatureCollection", "features": [feature]},
        {"type": "GeometryCollection", "geometries": [plain]},
    ]

    assert [len(shapes.outlines(form)) for form in forms] == [1, 1, 1, 1, 1]


def test_an_open_ring_is_closed_and_heights_are_dropped() -> None:
    (outline,) = shapes.outlines({"type": "Polygon", "coordinates": [[[0, 50, 9], [1, 50, 9], [1, 51, 9]]]})

    assert outline.is_valid
    assert list(outline.exterior.coords) == [(0, 50), (1, 50), (1, 51), (0, 50)]


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        (None, "not GeoJSON"),
        ({"type": "Point", "coordinates": [0, 50]}, "not a polygon"),
        ({"type": "Polygon"}, "no corners"),
        ({"type": "Polygon", "coordinates": []}, "no corners"),
        ({"type": "Polygon", "coordinates": [[]]}, "fewer than three"),
        ({"type": "Polygon", "coordinates": [[[0, 50], [0, 50], [0, 50]]]}, "fewer than three"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, "not pairs of numbers"),
        ({"type": "Polygon", "coordinates": [[[1], [2]]]}, "not pairs of numbers"),
        ({"type": "Polygon", "coordinates": [5]}, "not pairs of numbers"),
        ({"type": "Polygon", "coordinates": [[[float("nan"), 50], [1, 50], [1, 51]]]}, "not a number"),
        ({"type": "Polygon", "coordinates": [[[float("inf"), 50], [1, 50], [1, 51]]]}, "not a number"),
        ({"type": "Polygon", "coordinates": [[[356400, 442900], [356500, 442900], [356500, 443000]]]}, "not degrees"),
        ({"type": "MultiPolygon", "coordinates": "x"}, "not GeoJSON"),
        ({"type": "FeatureCollection"}, "not GeoJSON"),
    ],
)
def test_what_is_no_polygon_in_degrees_is_refused_with_what_is_wrong(geometry: object, why: str) -> None:
    with pytest.raises(ShapeError, match=why):
        shapes.outlines(geometry)
