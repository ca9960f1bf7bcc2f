"""Loading areas, postcodes, names and ways: once, twice, broken, mended."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import shapely
from shapely.geometry import LineString, Polygon, box, mapping
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.places import actions, queries
from hueandcry.domain.places.models import Area, Boundary, Place, Postcode, Way
from hueandcry.domain.places.rules import (
    AreaKind,
    LoadReport,
    NewPlace,
    PlaceError,
    PlaceKind,
    WayKind,
    name_layout,
    postcode_layout,
)
from hueandcry.domain.records.models import Record
from hueandcry.kit import grid
from hueandcry.kit.geometry import Point

pytestmark = pytest.mark.django_db

BOW = Polygon([(2, 54), (3, 55), (3, 54), (2, 55)])
DATED = postcode_layout(["pcds", "doterm", "lat", "long", "osgrdind"])
PLAIN = postcode_layout(["postcode", "lat", "long"])
METRES = postcode_layout(["Postcode", "PQ", "Eastings", "Northings"])


def feature(code: str, shape: BaseGeometry | None, name: str = "", **more: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name or f"Area {code}", **more},
        "geometry": None if shape is None else mapping(shape),
    }


def load(*features: dict[str, Any], kind: AreaKind = AreaKind.WARD, vintage: str = "2021", **more: Any) -> LoadReport:
    given: dict[str, Any] = {"code_column": "code", "name_column": "name", "source": "made up", **more}
    return actions.load_areas(features=features, kind=kind, vintage=vintage, **given)


def load_postcodes(layout: Any, *rows: Sequence[str], edition: str = "2025-05") -> LoadReport:
    numbered = list(enumerate(rows, start=2))
    return actions.load_postcodes(rows=numbered, layout=layout, edition=edition, source="list.csv")


def counts(report: LoadReport) -> tuple[int, int, int, int]:
    return report.taken, report.changed, report.unchanged, report.refused_count


# ---------------------------------------------------------------- areas


def test_areas_are_taken_with_their_outline_and_logged() -> None:
    report = load(feature("W1", box(2, 54, 3, 55), "Holt"), feature("W2", box(3, 54, 4, 55)))

    assert counts(report) == (2, 0, 0, 0)
    holt = queries.area_by_code(kind=AreaKind.WARD, code="W1")
    assert (holt.name, holt.vintage, tuple(holt.box)) == ("Holt", "2021", (2, 54, 3, 55))
    assert Boundary.objects.get(area_id=holt.id).corners == 5
    record = Record.objects.get(event="areas.loaded")
    assert (record.subject, record.facts["taken"]) == ("areas:ward-2021", 2)


def test_the_second_load_of_a_file_changes_nothing() -> None:
    features = [feature("W1", box(2, 54, 3, 55)), feature("W2", BOW)]
    load(*features)
    before = list(Boundary.objects.order_by("area_id").values_list("area_id", "shape", "mended"))

    report = load(*features)

    assert counts(report) == (0, 0, 2, 0)
    assert list(Boundary.objects.order_by("area_id").values_list("area_id", "shape", "mended")) == before


def test_a_changed_outline_or_name_keeps_the_number_of_the_area() -> None:
    load(feature("W1", box(2, 54, 3, 55)), feature("W2", box(3, 54, 4, 55)), feature("W3", box(4, 54, 5, 55)))
    old = queries.area_by_code(kind=AreaKind.WARD, code="W1")

    report = load(
        feature("W1", box(2, 54, 3.5, 55)),
        feature("W2", box(3, 54, 4, 55), "New name"),
        feature("W3", box(4, 54, 5, 55)),
    )

    assert counts(report) == (0, 2, 1, 0)
    new = queries.area_by_code(kind=AreaKind.WARD, code="W1")
    assert (new.id, new.box.east) == (old.id, 3.5)
    assert queries.area_by_code(kind=AreaKind.WARD, code="W2").name == "New name"


def test_vintages_stand_side_by_side_and_the_newest_is_meant_unless_said() -> None:
    load(feature("W1", box(2, 54, 3, 55), "Old"), vintage="2013")
    load(feature("W1", box(2, 54, 3.5, 55), "New"), vintage="2021")

    assert queries.area_by_code(kind=AreaKind.WARD, code="W1").name == "New"
    assert queries.area_by_code(kind=AreaKind.WARD, code="W1", vintage="2013").name == "Old"
    assert [line.name for line in queries.areas(kind=AreaKind.WARD)] == ["New"]
    assert [line.name for line in queries.areas_containing(point=Point(3.2, 54.5))] == ["New"]
    assert {line.vintage for line in queries.areas_containing(point=Point(2.5, 54.5))} == {"2013", "2021"}
    assert [line.name for line in queries.areas_containing(point=Point(2.5, 54.5), vintage="2013")] == ["Old"]


def test_an_outline_that_crosses_itself_is_mended_and_reported() -> None:
    report = load(feature("W1", BOW), feature("W2", box(3, 54, 4, 55)))

    assert report.mended_count == 1
    (where, what) = report.mended[0]
    assert (where, what[:39]) == ("W1", "its outline touched or crossed itself n")
    shape = shapely.from_wkb(bytes(Boundary.objects.get(area__code="W1").shape))
    assert shape.is_valid
    assert shape.geom_type == "MultiPolygon"
    assert queries.areas_containing(point=Point(2.1, 54.5)) != []
    assert queries.areas_containing(point=Point(2.5, 54.1)) == []


def test_holes_and_parts_are_kept() -> None:
    ring = box(2, 54, 3, 55).difference(box(2.4, 54.4, 2.6, 54.6))
    island = box(4, 54, 4.1, 54.1)

    load(feature("W1", ring.union(island)))

    assert queries.areas_containing(point=Point(2.5, 54.5)) == []
    assert queries.areas_containing(point=Point(2.4, 54.5)) != []
    assert queries.areas_containing(point=Point(4.05, 54.05)) != []


def test_what_cannot_be_used_is_refused_and_the_rest_is_taken() -> None:
    report = load(
        feature("W1", box(2, 54, 3, 55)),
        feature("W1", box(3, 54, 4, 55)),
        feature("", box(3, 54, 4, 55)),
        feature("x" * 41, box(3, 54, 4, 55)),
        feature("W5", None),
        feature("W6", Polygon()),
        feature("W7", box(2, 54, 2.000001, 54.000001)),
        feature("W8", box(356400, 442900, 356500, 443000)),
        feature("W9", LineString([(2, 54), (3, 55)])),
    )

    assert counts(report) == (1, 0, 0, 8)
    assert dict(report.refused) == {
        "W1": "its code stands twice in the file; the first counts",
        "feature 3": "it has no code",
        "x" * 41: "its code is longer than 40 signs",
        "W5": "its outline is missing",
        "W6": "its outline has no corners",
        "W7": "its outline has no area",
        "W8": "its outline has corners that are not degrees of longitude and latitude",
        "W9": "its outline is not a polygon",
    }
    assert tuple(queries.area_by_code(kind=AreaKind.WARD, code="W1").box) == (2, 54, 3, 55)


def test_a_file_of_which_nothing_can_be_used_is_refused_whole() -> None:
    with pytest.raises(PlaceError, match=r"metres of the National Grid.*EPSG:4326"):
        load(feature("W8", box(356400, 442900, 356500, 443000)))
    with pytest.raises(PlaceError, match="no areas in it"):
        load()

    assert not Record.objects.filter(event="areas.loaded").exists()


def test_a_wrong_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(PlaceError, match=r"no column WD21CD. Its columns are: code, name"):
        load(feature("W1", box(2, 54, 3, 55)), code_column="WD21CD")


def test_without_a_name_the_code_is_the_name() -> None:
    load(feature("E0001", box(2, 54, 3, 55)), kind=AreaKind.OA, name_column="")

    assert queries.area_by_code(kind=AreaKind.OA, code="E0001").name == "E0001"


def test_the_parent_is_the_area_round_a_point_surely_inside() -> None:
    load(feature("D1", box(2, 54, 3, 55)), feature("D2", box(3, 54, 4, 55)), kind=AreaKind.DISTRICT, vintage="2020")
    # A horseshoe: the middle of its box is not in it, and it leans over into D1.
    horseshoe = Polygon(
        [(2.99, 54.1), (3.9, 54.1), (3.9, 54.9), (2.99, 54.9), (2.99, 54.85), (3.8, 54.85), (3.8, 54.15), (2.99, 54.15)]
    )

    report = load(feature("W1", horseshoe), feature("W9", box(8, 54, 9, 55)), parent_kind=AreaKind.DISTRICT)

    second = queries.area_by_code(kind=AreaKind.DISTRICT, code="D2")
    assert [line.code for line in queries.children(parent_id=second.id)] == ["W1"]
    assert [line.code for line in queries.children(parent_id=None, kind=AreaKind.WARD)] == ["W9"]
    assert report.notes == ("1 area has no district above.",)


def test_the_parent_may_stand_in_a_column_and_is_of_the_same_vintage_if_there_is_one() -> None:
    for vintage in ("2013", "2021", "2024"):
        load(feature("D1", box(2, 54, 3, 55)), kind=AreaKind.DISTRICT, vintage=vintage)

    load(feature("W1", box(8, 54, 9, 55), LAD="D1"), parent_kind=AreaKind.DISTRICT, parent_column="LAD", vintage="2013")
    load(feature("W1", box(8, 54, 9, 55), LAD="D1"), parent_kind=AreaKind.DISTRICT, parent_column="LAD", vintage="2023")

    parents = Area.objects.filter(kind="ward").order_by("vintage").values_list("parent__vintage", flat=True)
    assert list(parents) == ["2013", "2024"]


def test_parents_that_are_not_loaded_or_not_named_are_asked_for() -> None:
    with pytest.raises(PlaceError, match="Load those first"):
        load(feature("W1", box(2, 54, 3, 55)), parent_kind=AreaKind.DISTRICT)
    with pytest.raises(PlaceError, match="which kind of area the parent is"):
        load(feature("W1", box(2, 54, 3, 55), LAD="D1"), parent_column="LAD")


def test_a_load_of_areas_that_breaks_off_writes_nothing() -> None:
    def broken() -> Iterator[dict[str, Any]]:
        for number in range(1200):
            yield feature(f"W{number}", box(2, 54, 3, 55))
        raise PlaceError("cut short")

    with pytest.raises(PlaceError, match="cut short"):
        actions.load_areas(features=broken(), kind=AreaKind.WARD, vintage="1", code_column="code", source="x")

    assert Area.objects.count() == 0
    assert Boundary.objects.count() == 0
    assert Record.objects.count() == 0


def test_progress_is_told_after_every_batch() -> None:
    seen: list[int] = []

    load(*(feature(f"W{number}", box(2, 54, 3, 55)) for number in range(501)), progress=seen.append)

    assert seen == [500, 501]


# ---------------------------------------------------------------- postcodes


def test_postcodes_are_taken_with_point_uncertainty_and_end() -> None:
    report = load_postcodes(DATED, ["PR3 2NL", "", "53.87", "-2.63", "1"], ["PR3 1AA", "199606", "53.8", "-2.6", "8"])

    assert counts(report) == (2, 0, 0, 0)
    live, ended = Postcode.objects.order_by("-code")
    assert (live.code, live.point, live.uncertainty_m, live.ended_on) == ("PR32NL", (-2.63, 53.87), 100, None)
    assert (ended.code, ended.uncertainty_m, ended.ended_on) == ("PR31AA", 1000, dt.date(1996, 6, 1))
    assert Record.objects.get(event="postcodes.loaded").subject == "postcodes:2025-05"


def test_metres_of_the_grid_become_degrees() -> None:
    load_postcodes(METRES, ["BB101NP", "50", "384358", "433663"])

    assert Postcode.objects.get().point == grid.to_wgs84(384358, 433663)


def test_the_second_load_of_a_list_changes_nothing() -> None:
    rows = [["PR3 2NL", "", "53.87", "-2.63", "1"], ["PR3 1AA", "199606", "53.8", "-2.6", "8"]]
    load_postcodes(DATED, *rows)

    report = load_postcodes(DATED, *rows)

    assert counts(report) == (0, 0, 2, 0)


def test_only_the_postcodes_that_differ_are_changed() -> None:
    load_postcodes(DATED, ["PR3 2NL", "", "53.87", "-2.63", "1"], ["PR3 1AA", "", "53.8", "-2.6", "1"])

    report = load_postcodes(
        DATED, ["PR3 2NL", "", "53.87", "-2.63", "1"], ["PR3 1AA", "202505", "53.8", "-2.6", "1"], edition="2025-08"
    )

    assert counts(report) == (0, 1, 1, 0)
    assert Postcode.objects.get(code="PR31AA").ended_on == dt.date(2025, 5, 1)
    assert set(Postcode.objects.values_list("edition", flat=True)) == {"2025-08"}


def test_an_older_list_never_overwrites_a_newer_one_but_adds_what_is_missing() -> None:
    load_postcodes(PLAIN, ["PR3 2NL", "53.87", "-2.63"], edition="2025-05")

    report = load_postcodes(
        METRES, ["PR3 2NL", "10", "384358", "433663"], ["BB101NP", "10", "384358", "433663"], edition="2014-08"
    )

    assert (counts(report), report.older) == ((1, 0, 0, 0), 1)
    assert Postcode.objects.get(code="PR32NL").point == (-2.63, 53.87)
    assert Postcode.objects.get(code="BB101NP").edition == "2014-08"


def test_a_list_without_dates_does_not_bring_an_ended_postcode_back() -> None:
    load_postcodes(DATED, ["PR3 1AA", "199606", "53.8", "-2.6", "8"], edition="2024-01")

    report = load_postcodes(PLAIN, ["PR3 1AA", "53.81", "-2.61"], edition="2025-05")

    assert counts(report) == (0, 1, 0, 0)
    again = Postcode.objects.get()
    assert (again.point, again.ended_on) == ((-2.61, 53.81), dt.date(1996, 6, 1))


def test_a_list_of_live_ones_does_bring_it_back() -> None:
    load_postcodes(DATED, ["PR3 1AA", "199606", "53.8", "-2.6", "8"], edition="2024-01")

    load_postcodes(METRES, ["PR3 1AA", "10", "384358", "433663"], edition="2025-05")

    assert Postcode.objects.get().ended_on is None


def test_rows_without_a_point_are_refused_with_line_and_reason() -> None:
    report = load_postcodes(
        DATED,
        ["PR3 2NL", "", "53.87", "-2.63", "1"],
        ["PR3 1AA", "", "99.999999", "0", "9"],
        ["nonsense", "", "53", "-2", "1"],
        ["pr32nl", "", "53.88", "-2.63", "1"],
    )

    assert counts(report) == (1, 0, 0, 3)
    assert report.refused == (
        ("line 3, PR3 1AA", "no point: the list gives none for this postcode"),
        ("line 4, nonsense", "not a postcode"),
    )
    assert ("stands twice in the file; the last counts", 1) in report.reasons
    assert Postcode.objects.get().point == (-2.63, 53.88)


def test_a_list_that_breaks_in_the_middle_writes_nothing() -> None:
    load_postcodes(DATED, ["PR3 2NL", "", "53.87", "-2.63", "1"])
    whole = [[f"PR{d} {i}A{x}", "", "53", "-2", "1"] for d in range(10, 60) for i in range(10) for x in "ABDEFGHJ"]

    with pytest.raises(PlaceError, match="Line 4,002 has 2 columns where 5 belong"):
        load_postcodes(DATED, *whole, ["PR1 1A", ""])

    assert list(Postcode.objects.values_list("code", flat=True)) == ["PR32NL"]
    assert Record.objects.filter(event="postcodes.loaded").count() == 1


def test_a_list_without_a_single_postcode_is_refused() -> None:
    with pytest.raises(PlaceError, match="holds no postcode at all"):
        load_postcodes(DATED)
    with pytest.raises(PlaceError, match=r"No postcode could be taken.*line 2, x: not a postcode"):
        load_postcodes(DATED, ["x", "", "53", "-2", "1"])


def test_an_edition_must_be_said() -> None:
    with pytest.raises(PlaceError, match="such as 2025-05"):
        load_postcodes(DATED, ["PR3 2NL", "", "53.87", "-2.63", "1"], edition="May")


def test_made_up_postcodes_can_be_added_in_bulk() -> None:
    given = [("QD1 1AA", Point(2.5, 54.5), 100.0), ("QD1 1AB", Point(2.6, 54.5), 100.0), ("Q", Point(2, 54), 1.0)]

    first = actions.add_postcodes(postcodes=given, source="made up")
    second = actions.add_postcodes(postcodes=given, source="made up")

    assert (counts(first), counts(second)) == ((2, 0, 0, 1), (0, 0, 2, 1))
    assert Postcode.objects.get(code="QD11AA").point == (2.5, 54.5)


# ---------------------------------------------------------------- names and ways

LOCALITIES = name_layout(["NptgLocalityCode", "LocalityName", "ParentLocalityName", "lat", "lon"])


def test_names_are_folded_for_looking_up_and_taken_once() -> None:
    rows = [
        (2, ["E1", "St. Michael's-on-Wyre", "", "53.86", "-2.82"]),
        (3, ["E2", "Stoops", "Burnley", "53.78", "-2.27"]),
    ]

    first = actions.load_places(rows=rows, layout=LOCALITIES, source="localities.csv")
    second = actions.load_places(rows=rows, layout=LOCALITIES, source="localities.csv")
    third = actions.load_places(rows=[(2, ["E1", "St Michaels", "", "53.86", "-2.82"])], layout=LOCALITIES, source="x")

    assert [counts(one) for one in (first, second, third)] == [(2, 0, 0, 0), (0, 0, 2, 0), (0, 1, 0, 0)]
    assert list(Place.objects.order_by("code").values_list("folded", "within")) == [
        ("ST MICHAELS", ""),
        ("STOOPS", "Burnley"),
    ]
    assert Record.objects.filter(event="places.loaded", subject="places:names").count() == 3


def test_names_nobody_needs_are_counted_and_broken_rows_stop_the_load() -> None:
    layout = name_layout(["osgb1", "http://example.org/id/1", *[""] * 32])
    road = ["osgb2", "", "Church Road", "", "", "", "transportNetwork", "Named Road", *[""] * 26]
    town = ["osgb1", "", "Stromness", "", "", "", "populatedPlace", "Town", "325378", "1009065", *[""] * 24]
    nameless = ["osgb3", "", "", "", "", "", "populatedPlace", "Town", "325378", "1009065", *[""] * 24]

    report = actions.load_places(rows=[(1, town), (2, road), (3, nameless)], layout=layout, source="HY20.csv")

    assert counts(report) == (1, 0, 0, 2)
    assert report.refused == (("line 3", "no name or no point"),)
    with pytest.raises(PlaceError, match="Line 2 has 3 columns"):
        actions.load_places(rows=[(1, town), (2, ["a", "b", "c"])], layout=layout, source="HY20.csv")
    with pytest.raises(PlaceError, match=r"No name could be taken.*Named Road"):
        actions.load_places(rows=[(2, road)], layout=layout, source="HY20.csv")


def test_made_up_names_can_be_added_in_bulk() -> None:
    places = [NewPlace("d1", "Low Dogger", PlaceKind.VILLAGE, Point(2.5, 54.5), 500, "Holt")]

    first = actions.add_places(places=places, source="made up")
    second = actions.add_places(places=places, source="made up")

    assert (counts(first), counts(second)) == ((1, 0, 0, 0), (0, 0, 1, 0))
    assert Place.objects.get().within == "Holt"


def test_ways_are_added_changed_and_left() -> None:
    road = ("A1", "Dogger Road", WayKind.ROAD, LineString([(2, 54), (2.1, 54.2)]))
    river = ("R1", "Silver Pit", WayKind.RIVER, LineString([(2, 54), (2.5, 54.1)]))
    actions.add_ways(ways=[road, river], source="made up")

    report = actions.add_ways(ways=[road, (*river[:3], LineString([(2, 54), (2.6, 54.1)]))], source="made up")

    assert counts(report) == (0, 1, 1, 0)
    assert Way.objects.get(code="R1").box == (2, 54, 2.6, 54.1)
    assert Record.objects.filter(event="ways.loaded").count() == 2
