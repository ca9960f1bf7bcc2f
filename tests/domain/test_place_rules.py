"""What published lists of postcodes and names mean, row by row."""

import datetime as dt

import pytest

from hueandcry.domain.places.rules import (
    CODE_POINT,
    MOST_SHOWN,
    LeftOutError,
    PlaceError,
    PlaceKind,
    Tally,
    check_edition,
    check_vintage,
    check_width,
    crossing,
    is_hereabouts,
    is_on_grid,
    name_layout,
    near,
    postcode_layout,
    read_names,
    read_postcode,
    tidy_postcode,
)
from hueandcry.kit.geometry import Point

ONSPD = ["pcd", "pcds", "doterm", "oslaua", "oseast1m", "osnrth1m", "osgrdind", "lat", "long"]
ENDED = ["AB1 0AA", "AB1 0AA", "199606", "S12000033", "385386", "0801193", "1", "57.101474", "-2.242851"]
OPEN_NAME = [""] * 34


def open_name(**cells: str) -> list[str]:
    """Return a row of OS Open Names: a hamlet, unless said otherwise by column number (`c7`)."""
    row = list(OPEN_NAME)
    given = {"c0": "osgb1", "c1": "http://example.org/id/1", "c2": "Quoyness", "c6": "populatedPlace", "c7": "Hamlet"}
    given |= {
        "c8": "325136.460",
        "c9": "1002772.590",
        "c12": "324895",
        "c13": "1002494",
        "c14": "325727",
        "c15": "1002994",
    }
    for column, value in (given | {"c24": "Orkney Islands"} | cells).items():
        row[int(column[1:])] = value
    return row


@pytest.mark.parametrize(
    ("heads", "name"),
    [
        (ONSPD, "ONS Postcode Directory (ONSPD)"),
        (["pcd7", "pcds", "east1m", "north1m", "gridind", "lat", "long"], "National Statistics Postcode Lookup (NSPL)"),
        (["Postcode", "Positional_quality_indicator", "Eastings", "Northings"], "Code-Point Open"),
        (["Postcode", "PQ", "Eastings", "Northings"], "Code-Point Open"),
        (
            ["AB101AB", "10", "394251", "806376", "S92000003", "", "S08000020", "", "S12000033", "S13002842"],
            "Code-Point Open",
        ),
        (["postcode", "lat", "long"], "list of postcodes with latitude and longitude"),
    ],
)
def test_a_list_of_postcodes_is_known_by_its_columns(heads: list[str], name: str) -> None:
    assert postcode_layout(heads).name == name


@pytest.mark.parametrize(
    "heads", [["a", "b"], ["pcds", "lat"], ["pcds", "oseast1m"], ["lat", "long"], [], ["AB1 0AA", "10", "x", "y"]]
)
def test_another_file_is_refused_with_the_columns_it_should_have(heads: list[str]) -> None:
    with pytest.raises(PlaceError, match="needs a column pcds"):
        postcode_layout(heads)


def test_only_a_list_without_dates_leaves_known_ends_alone() -> None:
    lists = {
        name: postcode_layout(heads).lists_ended
        for name, heads in (("dated", ONSPD), ("plain", ["postcode", "lat", "long"]))
    }

    assert lists == {"dated": False, "plain": True}
    assert not CODE_POINT.lists_ended


def test_degrees_are_taken_before_metres_and_an_ended_postcode_keeps_its_month() -> None:
    reading = read_postcode(postcode_layout(ONSPD), 2, ENDED)

    assert (reading.code, reading.x, reading.y, reading.is_grid) == ("AB10AA", -2.242851, 57.101474, False)
    assert reading.ended_on == dt.date(1996, 6, 1)
    assert reading.uncertainty_m == 100


@pytest.mark.parametrize(("grade", "metres"), [("1", 100), ("4", 200), ("5", 500), ("6", 2000), ("8", 1000)])
def test_a_worse_quality_is_less_certain(grade: str, metres: float) -> None:
    row = [*ENDED[:6], grade, *ENDED[7:]]

    assert read_postcode(postcode_layout(ONSPD), 2, row).uncertainty_m == metres


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (6, "9", "no point"),
        (6, "", "no point"),
        (7, "99.999999", "no point"),
        (7, "", "no point"),
        (7, "nan", "no point"),
        (1, "AB1", "not a postcode"),
    ],
)
def test_a_postcode_without_a_point_is_refused(column: int, value: str, reason: str) -> None:
    row = list(ENDED)
    row[column] = value

    with pytest.raises(PlaceError, match=reason):
        read_postcode(postcode_layout(ONSPD), 2, row)


def test_code_point_gives_metres_of_the_grid() -> None:
    reading = read_postcode(CODE_POINT, 1, ["BB101NP", "50", "384358", "433663", *[""] * 6])

    assert (reading.code, reading.x, reading.y, reading.is_grid) == ("BB101NP", 384358, 433663, True)
    assert reading.uncertainty_m == 500
    assert reading.ended_on is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["BB101NP", "90", "0", "0"], "no point"),
        (["BB101NP", "10", "0", "0"], "no point"),
        (["BB101NP", "10", "x", "433663"], "no point"),
        (["BT1 1AA", "10", "333000", "374000"], "Irish grid"),
    ],
)
def test_metres_that_are_no_point_in_great_britain_are_refused(row: list[str], reason: str) -> None:
    with pytest.raises(PlaceError, match=reason):
        read_postcode(CODE_POINT, 1, row)


def test_a_list_without_qualities_is_fairly_uncertain() -> None:
    layout = postcode_layout(["postcode", "lat", "long"])

    assert read_postcode(layout, 2, ["PR3 2NL", "53.87", "-2.63"]).uncertainty_m == 500


@pytest.mark.parametrize(("text", "code"), [("pr3 2nl", "PR32NL"), ("PR32NL", "PR32NL"), ("PR3", None), ("", None)])
def test_postcodes_are_kept_without_their_space(text: str, code: str | None) -> None:
    assert tidy_postcode(text) == code


def test_a_row_that_is_cut_short_names_its_line() -> None:
    check_width(4, ["a", "b"], 2)

    with pytest.raises(PlaceError, match=r"Line 5 has 1 columns where 2 belong"):
        check_width(5, ["a"], 2)


@pytest.mark.parametrize("vintage", ["", "two words", "x" * 21, "2021/22"])
def test_a_vintage_is_one_short_word(vintage: str) -> None:
    check_vintage("2021")

    with pytest.raises(PlaceError, match="such as 2021"):
        check_vintage(vintage)


@pytest.mark.parametrize("edition", ["", "2025", "2025-13", "May 2025", "2025-05-01"])
def test_an_edition_is_a_year_and_month(edition: str) -> None:
    check_edition("2025-05")

    with pytest.raises(PlaceError, match="such as 2025-05"):
        check_edition(edition)


def test_these_islands_end_at_the_sea() -> None:
    assert is_hereabouts(Point(-2.65, 53.87))
    assert is_hereabouts(Point(2.5, 54.5))
    assert not is_hereabouts(Point(53.87, -2.65))
    assert is_on_grid(356400, 442900)
    assert not is_on_grid(0, 0)


def test_the_place_of_a_crossing_is_said_as_people_find_it() -> None:
    # The Ordnance Survey's worked example: the water tower at Caister.
    assert crossing("Self-intersection[1.71605 52.65798]") == "near TG 514 131"
    assert crossing("Too few points") == "somewhere"
    assert near(Point(40, 10)) == "10.000, 40.000"


def test_twenty_of_the_refused_are_shown_and_all_are_counted() -> None:
    tally = Tally()
    for number in range(MOST_SHOWN + 5):
        tally.add(f"line {number}", "no point")
    tally.leave_out("a road", 3)
    tally.leave_out("nothing", 0)

    assert len(tally.first) == MOST_SHOWN
    assert tally.counts == {"no point": MOST_SHOWN + 5, "a road": 3}
    assert tally.total == MOST_SHOWN + 8


def test_open_names_are_known_with_and_without_their_header() -> None:
    without = name_layout(open_name())
    with_header = name_layout(["ID", "NAMES_URI", "NAME1", *[""] * 31])

    assert (without.name, without.has_header) == ("OS Open Names", False)
    assert (with_header.name, with_header.has_header) == ("OS Open Names", True)


def test_a_settlement_of_open_names_is_as_wide_as_its_box() -> None:
    (reading,) = read_names(name_layout(open_name()), open_name(c18="Stromness"))

    assert (reading.name, reading.kind, reading.within) == ("Quoyness", PlaceKind.HAMLET, "Stromness, Orkney Islands")
    assert reading.uncertainty_m == pytest.approx(485.3, abs=0.1)
    assert reading.is_grid


def test_a_name_in_two_languages_is_found_by_both() -> None:
    readings = read_names(name_layout(open_name()), open_name(c2="Abertawe", c4="Swansea", c7="City", c12=""))

    assert [(one.code, one.name, one.kind) for one in readings] == [
        ("osgb1", "Abertawe", PlaceKind.TOWN),
        ("osgb1-2", "Swansea", PlaceKind.TOWN),
    ]
    assert readings[0].uncertainty_m == 1500


@pytest.mark.parametrize("cells", [{"c7": "Postcode"}, {"c7": "Named Road"}, {"c7": "", "c6": "hydrography"}])
def test_rows_of_open_names_that_nobody_needs_are_left_out(cells: dict[str, str]) -> None:
    with pytest.raises(LeftOutError):
        read_names(name_layout(open_name()), open_name(**cells))


@pytest.mark.parametrize("cells", [{"c2": ""}, {"c0": ""}, {"c8": "0"}, {"c9": "north"}])
def test_rows_of_open_names_without_name_or_point_are_refused(cells: dict[str, str]) -> None:
    with pytest.raises(PlaceError, match="no name or no point"):
        read_names(name_layout(open_name()), open_name(**cells))


LOCALITY = [
    "NptgLocalityCode",
    "LocalityName",
    "ParentLocalityName",
    "GrandParentLocalityName",
    "Easting",
    "Northing",
    "lat",
    "lon",
]


def test_a_locality_says_what_it_is_part_of() -> None:
    (reading,) = read_names(
        name_layout(LOCALITY),
        ["E0015730", "Stoops Estate", "Burnley", "", "382404.5", "431643.5", "53.78082", "-2.26850"],
    )

    assert (reading.code, reading.name, reading.within) == ("E0015730", "Stoops Estate", "Burnley")
    assert (reading.x, reading.y, reading.is_grid) == (-2.2685, 53.78082, False)


def test_a_locality_with_metres_only_is_turned_from_the_grid() -> None:
    heads = ["NptgLocalityCode", "LocalityName", "QualifierName", "SourceLocalityType", "Easting", "Northing"]

    (reading,) = read_names(name_layout(heads), ["N1", "Hurst Green", "Lancs", "Village", "368500", "438100"])

    assert (reading.kind, reading.is_grid, reading.within) == (PlaceKind.VILLAGE, True, "Lancs")


@pytest.mark.parametrize(
    ("row", "reason"),
    [(["", "A", "", "", "1", "1", "53", "-2"], "no code"), (["E1", "A", "", "", "", "", "", ""], "no point")],
)
def test_a_locality_without_code_or_point_is_refused(row: list[str], reason: str) -> None:
    with pytest.raises(PlaceError, match=reason):
        read_names(name_layout(LOCALITY), row)


@pytest.mark.parametrize(
    ("heads", "sentence"),
    [
        (["ATCOCode", "CommonName", "NptgLocalityCode", "LocalityName", "Easting", "Northing"], "list of stops"),
        (["NptgLocalityCode", "LocalityName"], "needs the columns"),
        (["x"], "needs the columns"),
    ],
)
def test_another_list_of_names_is_refused_with_what_to_load(heads: list[str], sentence: str) -> None:
    with pytest.raises(PlaceError, match=sentence):
        name_layout(heads)
