"""The National Grid."""

import csv
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.kit import grid
from hueandcry.kit.grid import GridError, Square
from tests.shared_data import shared_file


@pytest.mark.parametrize(
    ("typed", "square"),
    [
        ("SD 565 428", Square(356500, 442800, 100)),
        ("sd565428", Square(356500, 442800, 100)),
        ("SD5642", Square(356000, 442000, 1000)),
        ("SD54", Square(350000, 440000, 10_000)),
        ("SD", Square(300000, 400000, 100_000)),
        ("TG 51409 13177", Square(651409, 313177, 1)),
        ("OW 914 209", Square(691400, 520900, 100)),
        ("HU 396 753", Square(439600, 1175300, 100)),
        ("SV 9 1", Square(90000, 10000, 10_000)),
    ],
)
def test_a_reference_names_the_south_west_corner_of_its_square(typed: str, square: Square) -> None:
    assert grid.parse(typed) == square


@pytest.mark.parametrize(
    "typed", ["", "SD 565 42", "SI 565 428", "565428", "SD 123456 123456", "AA 12 34", "hello", "SD 5x5 428"]
)
def test_what_is_no_reference_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(GridError, match=r"grid|Grid"):
        grid.parse(typed)


@pytest.mark.parametrize(("e", "n"), [(-1, 0), (800_000, 0), (0, 1_300_000), (math.nan, 0), (math.inf, 0)])
def test_a_point_outside_the_grid_has_no_reference(e: float, n: float) -> None:
    with pytest.raises(GridError, match="outside"):
        grid.format(e, n)


def test_an_odd_number_of_figures_is_refused() -> None:
    with pytest.raises(GridError, match="even"):
        grid.format(1, 1, 3)


def test_the_uncertainty_is_half_the_diagonal() -> None:
    square = grid.parse("SD 565 428")

    assert square.uncertainty_m == pytest.approx(70.71, abs=0.01)
    assert square.middle == pytest.approx((356550, 442850))
    assert square.label == "SD 565 428"


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("seen at SD 565 428 heading north", ["SD 565 428"]),
        ("SD565428", ["SD 565 428"]),
        ("parked at sd5642", ["SD 56 42"]),
        ("OW 914 209 then ow915210", ["OW 914 209", "OW 915 210"]),
        ("TG 51409,13177", ["TG 51409 13177"]),
        ("grid ref SE 15 30", ["SE 15 30"]),
        ("heading SE 1530 hrs", []),
        ("so 1020 of them", []),
        ("no 123456 on the side", []),
        ("NO 123 456", ["NO 123 456"]),
        ("SD 565 42", []),
        ("reg SD56 ABC", []),
        ("NR25 6AB", []),
        ("call 07700 900123", []),
        ("SD 565 428 9", []),
        ("HA 123 456", []),
        ("", []),
    ],
)
def test_references_are_found_in_free_text(text: str, labels: list[str]) -> None:
    assert [reference.label for reference in grid.find(text)] == labels


def test_a_reference_says_where_it_stands() -> None:
    text = "van at sd5642 now"

    start, end = grid.find(text)[0].span

    assert text[start:end] == grid.find(text)[0].text == "sd5642"


@pytest.mark.parametrize(("lon", "lat"), [(1.6, 54.0), (3.4, 54.0), (1.6, 55.2), (3.4, 55.2), (2.5, 54.5)])
def test_the_grid_reaches_the_made_up_force(lon: float, lat: float) -> None:
    label = grid.format(*grid.to_grid(lon, lat), digits=10)

    point = grid.to_wgs84(*grid.parse(label)[:2])

    assert [reference.label for reference in grid.find(f"seen at {label} just now")] == [label]
    assert (point.lon, point.lat) == pytest.approx((lon, lat), abs=3e-5)


def test_ordnance_surveys_own_example_comes_out_within_five_metres() -> None:
    # A Guide to Coordinate Systems in Great Britain, worked example, in WGS84.
    point = grid.to_wgs84(651409.903, 313177.270)

    assert metres(point.lon, point.lat, 1.71605, 52.65798) < 5


@pytest.mark.county
def test_published_points_have_their_published_references() -> None:
    for known in json.loads(shared_file("grid-refs/known_points.json").read_text(encoding="utf-8")):
        square = grid.parse(known["gridref"])

        assert 0 <= known["easting"] - square.e < square.size_m
        assert 0 <= known["northing"] - square.n < square.size_m


@pytest.mark.county
def test_900_postcodes_come_out_within_five_metres_both_ways() -> None:
    with shared_file("grid-refs/postcode_grid_vectors.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    e, n, lon, lat = (
        np.array([float(row[name]) for row in rows]) for name in ("easting", "northing", "lon_wgs84", "lat_wgs84")
    )

    lons, lats = grid.to_wgs84_many(e, n)
    easts, norths = grid.to_grid_many(lon, lat)

    assert len(rows) == 900
    assert max(metres(*four) for four in zip(lons, lats, lon, lat, strict=True)) < 5
    assert np.hypot(easts - e, norths - n).max() < 5
    for row in rows:
        assert grid.format(float(row["easting"]), float(row["northing"]), 10) == row["gridref_10fig"]
        assert grid.format(float(row["easting"]), float(row["northing"]), 6) == row["gridref_6fig"]


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    return math.hypot((lon - other_lon) * 111_320 * math.cos(math.radians(lat)), (lat - other_lat) * 111_195)


EASTINGS, NORTHINGS = st.integers(0, grid.EAST_END - 1), st.integers(0, grid.NORTH_END - 1)


@given(EASTINGS, NORTHINGS, st.sampled_from([0, 2, 4, 6, 8, 10]))
def test_a_reference_read_back_holds_the_point(e: int, n: int, digits: int) -> None:
    square = grid.parse(grid.format(e, n, digits))

    assert square.e <= e < square.e + square.size_m
    assert square.n <= n < square.n + square.size_m


@given(st.floats(0, 700_000), st.floats(0, 1_250_000))
def test_degrees_and_back_is_within_a_centimetre(e: float, n: float) -> None:
    point = grid.to_wgs84(e, n)

    assert grid.to_grid(point.lon, point.lat) == pytest.approx((e, n), abs=0.01)


@given(st.text())
def test_finding_never_raises(text: str) -> None:
    for reference in grid.find(text):
        assert grid.parse(reference.label) == reference.square
