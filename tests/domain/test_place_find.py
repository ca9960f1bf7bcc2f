"""Where is it, what holds it, and which shape was meant."""

import json
import math
from typing import Any

import pytest
from shapely.geometry import LineString, Polygon, box, mapping
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.places import actions, queries
from hueandcry.domain.places.rules import (
    MOST_AREAS,
    AreaKind,
    Circle,
    FoundBy,
    NewPlace,
    PlaceError,
    PlaceKind,
    PostcodeLayout,
    WayKind,
)
from hueandcry.kit import shapes
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Box, Point

pytestmark = pytest.mark.django_db

HERE = Point(2.5, 54.5)


def area(kind: AreaKind, code: str, shape: BaseGeometry, name: str = "", vintage: str = "2026") -> int:
    """Load one area and return its number."""
    features = [{"type": "Feature", "properties": {"c": code, "n": name or code}, "geometry": mapping(shape)}]
    actions.load_areas(
        features=features, kind=kind, vintage=vintage, code_column="c", name_column="n", source="made up"
    )
    return queries.area_by_code(kind=kind, code=code, vintage=vintage).id


def name(text: str, at: Point = HERE, *, kind: PlaceKind = PlaceKind.VILLAGE, within: str = "") -> None:
    code = f"{text}{at}"[:40]
    actions.add_places(places=[NewPlace(code, text, kind, at, 500, within)], source="made up")


def postcode(code: str, at: Point = HERE, uncertainty_m: float = 100) -> None:
    actions.add_postcodes(postcodes=[(code, at, uncertainty_m)], source="made up")


def drawn(*corners: tuple[float, float]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [[*corners]]})


# ---------------------------------------------------------------- which areas hold it


def test_the_areas_that_hold_a_point_come_largest_first() -> None:
    area(AreaKind.PARISH, "P1", box(2, 54, 3, 55))
    area(AreaKind.FORCE, "F1", box(1, 54, 4, 56))
    area(AreaKind.BEAT, "B1", box(2.4, 54.4, 2.6, 54.6))
    area(AreaKind.BEAT, "B2", box(2, 54, 3, 55))
    area(AreaKind.PARISH, "P2", box(3, 54, 4, 55))

    found = queries.areas_containing(point=HERE)

    assert [line.code for line in found] == ["F1", "B2", "B1", "P1"]
    assert [line.code for line in queries.areas_containing(point=HERE, kinds=[AreaKind.PARISH])] == ["P1"]
    assert queries.areas_containing(point=Point(0, 51)) == []


def test_a_point_on_the_common_edge_is_in_both_neighbours() -> None:
    area(AreaKind.PARISH, "P1", box(2, 54, 3, 55))
    area(AreaKind.PARISH, "P2", box(3, 54, 4, 55))

    assert {line.code for line in queries.areas_containing(point=Point(3, 54.5))} == {"P1", "P2"}
    assert (
        queries.area_of_each(kind=AreaKind.PARISH, lons=[3, 2.5, 3.5, 9], lats=[54.5] * 4)[:2]
        == [queries.area_by_code(kind=AreaKind.PARISH, code="P1").id] * 2
    )


def test_many_points_are_placed_at_once_with_none_for_those_outside() -> None:
    first = area(AreaKind.WARD, "W1", box(2, 54, 3, 55))
    second = area(AreaKind.WARD, "W2", box(3, 54, 4, 55).difference(box(3.4, 54.4, 3.6, 54.6)))
    area(AreaKind.WARD, "W1", box(0, 50, 9, 60), vintage="2013")

    found = queries.area_of_each(kind=AreaKind.WARD, lons=[2.5, 3.1, 3.5, 8], lats=[54.5, 54.1, 54.5, 54.5])

    assert found == [first, second, 0, 0]
    assert queries.area_of_each(kind=AreaKind.OA, lons=[2.5], lats=[54.5]) == [0]
    assert queries.area_of_each(kind=AreaKind.WARD, lons=[], lats=[]) == []


def test_the_tree_is_asked_by_number_code_name_and_parent() -> None:
    number = area(AreaKind.DISTRICT, "D1", box(2, 54, 3, 55), "Ribble Bank")
    area(AreaKind.WARD, "W1", box(2, 54, 3, 55), "Ribble")
    area(AreaKind.WARD, "W2", box(2, 54, 3, 55), "Dogger")

    assert queries.get_area(area_id=number).name == "Ribble Bank"
    assert [line.name for line in queries.get_areas(area_ids=[number, number, number + 100])] == ["Ribble Bank"]
    assert queries.get_areas(area_ids=[]) == []
    assert [line.code for line in queries.search_areas(text=" ribble ")] == ["W1", "D1"]
    assert [line.code for line in queries.search_areas(text="ribble", kinds=[AreaKind.DISTRICT])] == ["D1"]
    assert [line.code for line in queries.search_areas(text="w", most=1)] == ["W2"]
    assert queries.search_areas(text="  ") == []
    assert [line.code for line in queries.children(parent_id=None)] == ["W2", "W1", "D1"]
    assert queries.areas(kind=AreaKind.OA) == []
    with pytest.raises(NotHereError):
        queries.get_area(area_id=number + 100)
    with pytest.raises(NotHereError):
        queries.area_by_code(kind=AreaKind.WARD, code="D1")


def test_what_is_loaded_is_counted() -> None:
    area(AreaKind.WARD, "W1", box(2, 54, 3, 55), vintage="2013")
    area(AreaKind.WARD, "W1", box(2, 54, 3, 55), vintage="2021")
    postcode("QD1 1AA")
    name("Low Dogger")

    assert queries.count_places() == {
        "areas": 2,
        "postcodes": 1,
        "places": 1,
        "ways": 0,
        "ward 2013": 1,
        "ward 2021": 1,
    }


# ---------------------------------------------------------------- the force


def test_a_point_outside_the_force_is_refused_with_the_way_out() -> None:
    area(AreaKind.FORCE, "F1", box(2, 54, 3, 55), "Doggerland")
    area(AreaKind.DISTRICT, "D1", box(3, 54, 4, 55))

    assert queries.point_of_force_check(point=HERE)
    assert queries.point_of_force_check(point=Point(3, 54.5))
    assert not queries.point_of_force_check(point=Point(3.5, 54.5))
    queries.check_in_force(point=HERE)
    with pytest.raises(PlaceError, match=r"outside Doggerland.*ring 101.*999"):
        queries.check_in_force(point=Point(3.5, 54.5))


def test_without_the_boundary_of_the_force_its_load_is_asked_for() -> None:
    with pytest.raises(PlaceError, match="load areas --kind force"):
        queries.check_in_force(point=HERE)


def test_somebodys_place_is_the_point_given_else_the_postcode() -> None:
    area(AreaKind.FORCE, "F1", box(2, 54, 3, 55))
    postcode("QD1 1AA", Point(2.2, 54.2))
    postcode("QD2 1AA", Point(8, 54.2))

    assert queries.place_in_force(postcode="qd11aa") == (2.2, 54.2)
    assert queries.place_in_force(postcode="QD9 9ZZ", point=HERE) == HERE
    for given, sentence in (
        ({"postcode": "QD9 9ZZ"}, "do not know the postcode QD9 9ZZ"),
        ({"postcode": "QD2 1AA"}, "outside"),
        ({"postcode": "farm", "point": HERE}, "farm is not a postcode"),
        ({}, "Give a postcode"),
    ):
        with pytest.raises(PlaceError, match=sentence):
            queries.place_in_force(**given)


# ---------------------------------------------------------------- where is it


@pytest.mark.parametrize("text", ["QD1 1AA", "qd11aa", " qd1  1aa "])
def test_a_postcode_is_found_however_it_is_typed(text: str) -> None:
    postcode("QD1 1AA")
    postcode("QD1 1AB", Point(2.6, 54.5))

    (found,) = queries.find(text=text)

    assert (found.point, found.label, found.by, found.uncertainty_m) == (HERE, "QD1 1AA", FoundBy.POSTCODE, 100)


def test_a_postcode_in_open_country_is_less_certain_than_one_in_a_town() -> None:
    for number, metres in enumerate((0, 0, 400, 1100, 1500)):
        postcode(f"QD1 {number}AA", Point(2.5 + metres / 64_800, 54.5))

    (found,) = queries.find(text="QD1 0AA")

    assert found.uncertainty_m == pytest.approx(1500, rel=0.01)


def test_an_ended_postcode_is_found_and_says_so() -> None:
    layout = PostcodeLayout("x", 5, has_header=True, code=0, lat=1, lon=2, ended=3, grade=4, grades={"1": 100})
    row = ["QD1 1AA", "54.5", "2.5", "199606", "1"]
    actions.load_postcodes(rows=[(2, row)], layout=layout, edition="2025-05", source="x")

    (found,) = queries.find(text="QD1 1AA")

    assert found.label == "QD1 1AA (ended June 1996)"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("PR3 9ZZ", "do not know the postcode PR3 9ZZ. Check it, or type a village"),
        ("PR3", "only the first half of a postcode"),
        ("NR25", "only the first half of a postcode"),
        ("W1A", "only the first half of a postcode"),
        ("ZZ 12 34", "outside the National Grid"),
        ("SD 564", "even number"),
        ("356400, 442900", "two letters"),
        ("-2.65, 53.87", "latitude first.*turn the two round"),
        ("10.5, 20.5", "latitude first, then the longitude, such as 53.87, -2.65.$"),
        ("Xyzzy", "do not know a place called “Xyzzy”"),
        ("%", "do not know a place"),
        ("53", "do not know a place"),
        ("", "Say where"),
        (" \n ", "Say where"),
    ],
)
def test_what_is_not_known_is_answered_with_what_to_type(text: str, sentence: str) -> None:
    name("Low Dogger")

    with pytest.raises(PlaceError, match=sentence):
        queries.find(text=text)


@pytest.mark.parametrize(
    ("text", "label", "metres"),
    [
        ("TG 51409 13177", "TG 51409 13177 (a square of 1 metre)", 5),
        ("tg514131", "TG 514 131 (a square of 100 metres)", 70.7),
        ("TG5113", "TG 51 13 (a square of 1 km)", 707.1),
        ("TG51", "TG 5 1 (a square of 10 km)", 7071),
    ],
)
def test_a_grid_reference_is_the_middle_of_its_square(text: str, label: str, metres: float) -> None:
    (found,) = queries.find(text=text)

    assert (found.label, found.by) == (label, FoundBy.GRID)
    assert found.uncertainty_m == pytest.approx(metres, rel=0.01)
    # The Ordnance Survey's worked example lies in each of these squares; the datum shift is good to five metres.
    assert shapes.distance_m(found.point, Point(1.71605, 52.65798)) <= found.uncertainty_m


@pytest.mark.parametrize(
    ("text", "point", "metres"),
    [
        ("53.87, -2.65", Point(-2.65, 53.87), 646),
        ("53.87 -2.65", Point(-2.65, 53.87), 646),
        ("53.87N 2.65W", Point(-2.65, 53.87), 646),
        ("54° N, 2° E", Point(2, 54), 64600),
        ("53.87000, -2.65000", Point(-2.65, 53.87), 1),
    ],
)
def test_degrees_are_as_certain_as_their_figures(text: str, point: Point, metres: float) -> None:
    (found,) = queries.find(text=text)

    assert (found.point, found.by) == (point, FoundBy.LATLON)
    assert found.uncertainty_m == pytest.approx(metres, rel=0.01)


def test_a_name_is_found_whole_before_its_beginning_and_without_its_signs() -> None:
    name("St. Michael's-on-Wyre")
    name("St Michaels", Point(2.6, 54.5))

    assert [one.label for one in queries.find(text="st michaels")] == ["St Michaels"]
    assert [one.label for one in queries.find(text="St Michael`s on")] == ["St. Michael's-on-Wyre"]
    assert [one.label for one in queries.find(text="st")] == ["St Michaels", "St. Michael's-on-Wyre"]
    assert len(queries.find(text="st", most=1)) == 1


def test_namesakes_are_told_apart_by_what_lies_round_them() -> None:
    area(AreaKind.DISTRICT, "D1", box(2, 54, 3, 55), "Dogger Bank")
    area(AreaKind.PARISH, "P1", box(2, 54, 2.3, 55), "Holt")
    name("Newton", Point(2.1, 54.5))
    name("Newton", Point(2.6, 54.5), kind=PlaceKind.HAMLET)
    name("Newton", Point(2.7, 54.5), kind=PlaceKind.HAMLET)
    name("Newton", Point(8, 54.5), kind=PlaceKind.FARM, within="Elsewhere")

    labels = [one.label for one in queries.find(text="newton")]

    assert labels[0] == "Newton, Holt, Dogger Bank"
    assert len(set(labels)) == 4
    assert all(label.startswith("Newton, Dogger Bank (") for label in labels[1:3])
    assert labels[3] == "Newton, Elsewhere"
    assert [one.label for one in queries.find(text="Newton, elsewhere")] == ["Newton, Elsewhere"]
    with pytest.raises(PlaceError, match=r"We know no Newton in Preston\. We know: Newton, Holt, Dogger Bank; "):
        queries.find(text="Newton, Preston")


def test_a_parish_or_district_is_found_when_no_place_has_its_name() -> None:
    area(AreaKind.DISTRICT, "D1", box(2, 54, 3, 55), "Dogger Bank", vintage="2013")
    area(AreaKind.DISTRICT, "D1", box(2, 54, 3, 55), "Dogger Bank", vintage="2021")
    area(AreaKind.OA, "O1", box(2, 54, 3, 55), "Dogger Bank 1")

    (found,) = queries.find(text="dogger bank")

    assert (found.label, found.by) == ("Dogger Bank (district, 2021)", FoundBy.NAME)
    assert found.uncertainty_m > 50_000
    with pytest.raises(PlaceError, match="do not know a place"):
        queries.find(text="dogger bank, preston")


# ---------------------------------------------------------------- which shape was meant


def test_areas_drawn_outlines_and_circles_become_one_shape() -> None:
    first = area(AreaKind.PARISH, "P1", box(2, 54, 3, 55))

    shape = queries.shape_of(
        areas=[first, first],
        polygons=[drawn((3, 54), (4, 54), (4, 55), (3, 55))],
        circles=[Circle(4.5, 54.5, 1000)],
    )

    assert shape is not None
    lons = [2.5, 3, 3.5, 4.5, 4.2, 2.5]
    assert shapes.inside(shape, lons, [54.5] * 5 + [55.5]).tolist() == [True, True, True, True, False, False]


def test_nothing_chosen_is_no_shape() -> None:
    assert queries.shape_of() is None


def test_a_circle_reaches_as_far_in_every_direction() -> None:
    shape = queries.shape_of(circles=[Circle(2.5, 54.5, 5000)])

    assert shape is not None
    near: list[bool] = []
    far: list[bool] = []
    for turn in range(0, 360, 7):
        for metres, found in ((4999, near), (5001, far)):
            lon, lat, _ = shapes.EARTH.fwd(2.5, 54.5, turn, metres)
            found.append(bool(shapes.inside(shape, lon, lat)[0]))
    assert all(near)
    assert not any(far)


def test_an_outline_keeps_its_hole_and_its_parts() -> None:
    outline = box(2, 54, 3, 55).difference(box(2.4, 54.4, 2.6, 54.6)).union(box(4, 54, 4.5, 55))
    feature = {"type": "Feature", "properties": None, "geometry": mapping(outline)}

    shape = queries.shape_of(polygons=[json.dumps({"type": "FeatureCollection", "features": [feature]})])

    assert shape is not None
    assert shapes.inside(shape, [2.1, 2.5, 4.2, 3.5], [54.5] * 4).tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (drawn((2, 54), (3, 55), (3, 54), (2, 55)), "crosses itself near OW 914 209. Draw it again without crossing"),
        (drawn((-2.7, 53.8), (-2.6, 53.9), (-2.6, 53.8), (-2.7, 53.9)), "crosses itself near SD 57"),
        ("{", "not GeoJSON"),
        ("[" * 100_000, "not GeoJSON"),
        ("null", "not GeoJSON"),
        ('{"type": "Feature", "geometry": null}', "not GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "no corners"),
        ('{"type": "Polygon", "coordinates": []}', "no corners.*Draw it again on the map"),
        ('{"type": "Point", "coordinates": [2, 54]}', "not a polygon"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 54], [3, 54], [3, 55]]]}', "not a number"),
        ('{"type": "Polygon", "coordinates": [[[1e999, 54], [3, 54], [3, 55]]]}', "not a number"),
        (drawn((2, 54), (2, 54), (2, 54)), "fewer than three different corners"),
        (drawn((2, 54), (2.5, 54), (3, 54)), "no area"),
        (drawn((356400, 442900), (356500, 442900), (356500, 443000)), "eastings and northings. Save it in WGS84"),
        (drawn((54, 2), (54, 3), (55, 3)), "nowhere near Britain.*turn the two round"),
    ],
)
def test_an_outline_that_cannot_be_used_is_refused_with_what_to_do(text: str, sentence: str) -> None:
    good = drawn((2, 54), (3, 54), (3, 55))

    with pytest.raises(PlaceError, match=sentence):
        queries.shape_of(polygons=[good, text])


def ring(corners: int) -> str:
    turns = [2 * math.pi * number / corners for number in range(corners)]
    return drawn(*((2.5 + 0.3 * math.cos(turn), 54.5 + 0.3 * math.sin(turn)) for turn in turns))


def test_ten_thousand_corners_fit_and_fifty_thousand_do_not() -> None:
    assert isinstance(queries.shape_of(polygons=[ring(10_000)]), Polygon)

    with pytest.raises(PlaceError, match="has 10,001 corners, and at most 10,000 fit"):
        queries.shape_of(polygons=[ring(10_001)])
    with pytest.raises(PlaceError, match=r"has 50,000 corners.*choose the areas inside it"):
        queries.shape_of(polygons=[ring(50_000)])
    with pytest.raises(PlaceError, match="has 12,000 corners"):
        queries.shape_of(polygons=[ring(6_000), ring(6_000)])


def test_two_thousand_areas_fit_at_once_and_one_more_does_not() -> None:
    grid = [box(1 + x / 100, 54 + y / 100, 1.01 + x / 100, 54.01 + y / 100) for x in range(40) for y in range(50)]
    features = [
        {"type": "Feature", "properties": {"c": f"O{number}"}, "geometry": mapping(cell)}
        for number, cell in enumerate(grid)
    ]
    actions.load_areas(features=features, kind=AreaKind.OA, vintage="1", code_column="c", source="made up")
    ids = [line.id for line in queries.areas(kind=AreaKind.OA)]

    shape = queries.shape_of(areas=ids)

    assert len(ids) == MOST_AREAS
    assert shape is not None
    assert shape.area == pytest.approx(0.2)
    with pytest.raises(PlaceError, match=r"2,001 areas at once, and at most 2,000 fit. Choose the larger area"):
        queries.shape_of(areas=[*ids, max(ids) + 1])


def test_an_area_that_is_gone_is_asked_for_again() -> None:
    number = area(AreaKind.PARISH, "P1", box(2, 54, 3, 55))

    with pytest.raises(PlaceError, match="One of the chosen areas is not there"):
        queries.shape_of(areas=[number, number + 1])
    with pytest.raises(PlaceError, match="2 of the chosen areas are not there"):
        queries.shape_of(areas=[number + 1, number + 2])


@pytest.mark.parametrize(
    ("circle", "sentence"),
    [
        (Circle(2.5, 54.5, 0), "from 1 metre to 200 km"),
        (Circle(2.5, 54.5, -5), "from 1 metre"),
        (Circle(2.5, 54.5, 200_001), "200 km"),
        (Circle(2.5, 54.5, math.inf), "not a number"),
        (Circle(math.nan, 54.5, 10), "not a number"),
        (Circle(54.5, 2.5, 10), "nowhere near Britain"),
    ],
)
def test_a_circle_that_cannot_be_used_is_refused(circle: Circle, sentence: str) -> None:
    with pytest.raises(PlaceError, match=sentence):
        queries.shape_of(circles=[circle])


def test_the_postcodes_in_a_shape_are_found_exactly() -> None:
    for code, at in (
        ("QD1 1AA", Point(2.9, 54.2)),
        ("QD1 1AB", Point(2.5, 54.5)),
        ("QD1 1AD", Point(2, 54.3)),
        ("QD1 1AE", Point(2.9, 54.1)),
    ):
        postcode(code, at)
    triangle = Polygon([(2, 54), (2, 55), (3, 55)])

    assert queries.postcodes_in(shape=triangle) == ["QD11AB", "QD11AD"]
    assert queries.postcodes_in(shape=triangle, live=True) == ["QD11AB", "QD11AD"]
    assert queries.postcodes_in(shape=box(8, 54, 9, 55)) == []


def test_postcodes_that_ended_are_not_among_the_live_ones() -> None:
    postcode("QD1 1AB", Point(2.6, 54.5))
    postcode("QD1 1AA")
    layout = PostcodeLayout("x", 5, has_header=True, code=0, lat=1, lon=2, ended=3, grade=4, grades={"1": 100})
    row = ["QD1 1AD", "54.5", "2.5", "199606", "1"]
    actions.load_postcodes(rows=[(2, row)], layout=layout, edition="2025-05", source="x")

    assert queries.live_postcodes() == (["QD11AA", "QD11AB"], [2.5, 2.6], [54.5, 54.5])
    assert queries.postcodes_in(shape=box(2, 54, 3, 55)) == ["QD11AA", "QD11AB", "QD11AD"]
    assert queries.postcodes_in(shape=box(2, 54, 3, 55), live=True) == ["QD11AA", "QD11AB"]


# ---------------------------------------------------------------- maps


def test_outlines_for_a_map_have_six_decimals_and_fewer_corners() -> None:
    many = Polygon([(2 + 0.1234567891 * math.cos(t / 50), 54.5 + 0.1 * math.sin(t / 50)) for t in range(314)])
    number = area(AreaKind.PARISH, "P1", many, "Holt")
    area(AreaKind.PARISH, "P2", box(3, 54, 4, 55))

    whole = queries.boundary_geojson(area_ids=[number])
    simple = queries.boundary_geojson(area_ids=[number], simplify_m=200)

    def corners(collection: dict[str, Any]) -> list[list[float]]:
        (feature,) = collection["features"]
        return list(feature["geometry"]["coordinates"][0])

    assert whole["features"][0]["properties"] == {
        "id": number,
        "code": "P1",
        "name": "Holt",
        "kind": "parish",
        "vintage": "2026",
    }
    assert len(corners(simple)) < len(corners(whole)) == 315
    assert all(round(number, 6) == number for corner in corners(whole) for number in corner)
    assert json.dumps(whole)


def test_ways_for_a_map_are_those_in_the_box() -> None:
    lines = [("A1", WayKind.ROAD, 2.0), ("R1", WayKind.RIVER, 2.0), ("A2", WayKind.ROAD, 8.0)]
    ways = [(code, code, kind, LineString([(x, 54), (x + 0.5, 54.5)])) for code, kind, x in lines]
    actions.add_ways(ways=ways, source="made up")

    found = queries.ways_geojson(box=Box(2.1, 54, 3, 55))
    rivers = queries.ways_geojson(box=Box(2.1, 54, 3, 55), kinds=[WayKind.RIVER])

    assert [feature["properties"]["code"] for feature in found["features"]] == ["A1", "R1"]
    assert [feature["properties"] for feature in rivers["features"]] == [{"code": "R1", "name": "R1", "kind": "river"}]


def test_names_nearby_come_nearest_first_and_a_place_is_said_in_words() -> None:
    name("Low Dogger", Point(2.5, 54.5))
    name("High Dogger", Point(2.52, 54.5))
    name("Holt Farm", Point(2.501, 54.5), kind=PlaceKind.FARM)
    name("Far", Point(3.4, 54.5))

    near = queries.nearby_places(point=HERE, radius_m=2000)

    assert [one.label for one in near] == ["Low Dogger", "Holt Farm", "High Dogger"]
    assert [one.label for one in queries.nearby_places(point=HERE, radius_m=2000, kinds=[PlaceKind.FARM])] == [
        "Holt Farm"
    ]
    assert queries.nearby_places(point=HERE, radius_m=1000)[-1].label == "Holt Farm"
    assert queries.nearest_name(point=Point(2.5, 54.5)) == "Low Dogger"
    assert queries.nearest_name(point=Point(2.48, 54.51)) == "1 mile north-west of Low Dogger"
    assert queries.nearest_name(point=Point(3.4, 54.3)) == "14 miles south of Far"
    assert queries.nearest_name(point=Point(-5, 58)) == ""
