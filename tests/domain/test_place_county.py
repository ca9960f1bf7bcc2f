"""Real boundaries and postcodes of a whole county (../shared/data): loaded twice, counted against plain shapely."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pytest_django import DjangoDbBlocker
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from hueandcry.console import load
from hueandcry.domain.places import actions, queries
from hueandcry.domain.places.models import Boundary, Postcode
from hueandcry.domain.places.rules import AreaKind, LoadReport, name_layout, postcode_layout
from hueandcry.kit import grid, shapes
from hueandcry.kit.geometry import Point
from tests.shared_data import FOLDER as DATA
from tests.shared_data import shared_file

COUNTY = DATA / "county-lancashire"
pytestmark = [pytest.mark.county, pytest.mark.django_db]
NSPL = COUNTY / "postcodes" / "nspl_2025-05_latlong_with_derived_areas.csv.gz"
ONSPD = DATA / "postcodes-io" / "onspd_sample_8048_rows.csv.gz"
CODE_POINT = COUNTY / "postcodes" / "codepoint_open_2014-08.csv.gz"


def boundaries(name: str, kind: AreaKind, vintage: str, code: str, title: str = "", **more: Any) -> LoadReport:
    file = load.check(COUNTY / "boundaries" / f"{name}.geojson.gz")
    return actions.load_areas(
        features=load.features(file),
        kind=kind,
        vintage=vintage,
        code_column=code,
        name_column=title,
        source=file.path.name,
        **more,
    )


def all_boundaries() -> dict[str, LoadReport]:
    """Load every boundary of the county, the parents first."""
    force, district, msoa, lsoa = AreaKind.FORCE, AreaKind.DISTRICT, AreaKind.MSOA, AreaKind.LSOA
    by_lad: dict[str, Any] = {"parent_kind": district, "parent_column": "LAD"}
    return {
        "pfa20": boundaries("pfa20", force, "2020", "pfa20_code", "pfa20_name"),
        "ltla24": boundaries("ltla24", district, "2024", "ltla24_code", "ltla24_name", parent_kind=force),
        "ward13": boundaries("ward13", AreaKind.WARD, "2013", "WD13CD", "WD13NM", **by_lad),
        "wards21": boundaries("wards21", AreaKind.WARD, "2021", "ward21_code", "ward21_name", parent_kind=district),
        "msoa11": boundaries("msoa11", msoa, "2011", "MSOA11CD", "MSOA11NM", **by_lad),
        "lsoa11": boundaries("lsoa11", lsoa, "2011", "LSOA11CD", "LSOA11NM", parent_kind=msoa),
        "oa11": boundaries("oa11", AreaKind.OA, "2011", "OA11CD", parent_kind=lsoa),
    }


def list_of_postcodes(path: Path, edition: str) -> LoadReport:
    first, rows = load.table(load.check(path), lambda head: postcode_layout(head).has_header)
    return actions.load_postcodes(rows=rows, layout=postcode_layout(first), edition=edition, source=path.name)


def published(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def outlines(name: str) -> Iterator[tuple[dict[str, str], BaseGeometry]]:
    """Read a published file with nothing of ours: json and shapely only."""
    with gzip.open(COUNTY / "boundaries" / f"{name}.geojson.gz", "rt", encoding="utf-8") as text:
        for feature in json.load(text)["features"]:
            outline = shape(feature["geometry"])
            yield feature["properties"], outline if outline.is_valid else shapely.make_valid(outline)


@pytest.fixture(scope="module", autouse=True)
def county(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, LoadReport]]:
    """Load the county once for all tests here, and take it away again."""
    shared_file("county-lancashire")
    with django_db_blocker.unblock():
        from django.db import transaction

        with transaction.atomic():
            reports = all_boundaries() | {"nspl": list_of_postcodes(NSPL, "2025-05")}
            yield reports
            transaction.set_rollback(True)


def test_everything_published_is_taken_and_the_crossing_outlines_are_mended(county: dict[str, LoadReport]) -> None:
    assert {name: (one.taken, one.mended_count, one.refused_count) for name, one in county.items()} == {
        "pfa20": (1, 0, 0),
        "ltla24": (14, 0, 0),
        "ward13": (302, 0, 0),
        "wards21": (271, 0, 0),
        "msoa11": (191, 1, 0),
        "lsoa11": (941, 3, 0),
        "oa11": (4840, 5, 0),
        "nspl": (57718, 0, 0),
    }
    assert all(
        shapely.is_valid(shapely.from_wkb(bytes(stored))) for stored in Boundary.objects.values_list("shape", flat=True)
    )


def test_the_second_load_changes_nothing(county: dict[str, LoadReport]) -> None:
    again = all_boundaries() | {"nspl": list_of_postcodes(NSPL, "2025-05")}

    for name, report in again.items():
        assert (report.taken, report.changed, report.unchanged) == (0, 0, county[name].taken), name


def test_older_points_do_not_overwrite_newer_ones(county: dict[str, LoadReport]) -> None:
    known = {row["postcode"].replace(" ", "") for row in published(NSPL)}
    listed = {row["Postcode"].replace(" ", "") for row in published(CODE_POINT)}

    report = list_of_postcodes(CODE_POINT, "2014-08")

    assert len(listed) == 38722
    assert (report.taken, report.older, report.changed) == (len(listed - known), len(listed & known), 0)
    assert Postcode.objects.filter(edition="2014-08").count() == len(listed - known)


def test_the_published_output_area_of_every_postcode_is_the_one_that_we_find(county: dict[str, LoadReport]) -> None:
    rows = published(NSPL)
    lons, lats = [float(row["long"]) for row in rows], [float(row["lat"]) for row in rows]

    for kind, vintage, column in (
        (AreaKind.OA, "2011", "oa11_pip"),
        (AreaKind.WARD, "2021", "ward21_pip"),
        (AreaKind.DISTRICT, "2024", "lad_pip"),
    ):
        ids = queries.area_of_each(kind=kind, vintage=vintage, lons=lons, lats=lats)
        codes = {line.id: line.code for line in queries.areas(kind=kind, vintage=vintage)} | {0: ""}
        differ = [row["postcode"] for row, number in zip(rows, ids, strict=True) if codes[number] != row[column]]
        assert differ == [], f"{len(differ)} of {len(rows)} in {column}"


def test_counts_in_every_district_ward_and_output_area_equal_plain_shapely(county: dict[str, LoadReport]) -> None:
    rows = published(NSPL)
    points = shapely.points([float(row["long"]) for row in rows], [float(row["lat"]) for row in rows])
    tree = shapely.STRtree(points)
    wanted = (
        ("ltla24", AreaKind.DISTRICT, "2024", "ltla24_code"),
        ("ward13", AreaKind.WARD, "2013", "WD13CD"),
        ("wards21", AreaKind.WARD, "2021", "ward21_code"),
        ("oa11", AreaKind.OA, "2011", "OA11CD"),
    )

    for name, kind, vintage, column in wanted:
        by_hand = {facts[column]: len(tree.query(outline, "intersects")) for facts, outline in outlines(name)}
        lines = queries.areas(kind=kind, vintage=vintage)
        ours = {line.code: len(queries.postcodes_in(shape=_only(line.id))) for line in lines}
        assert ours == by_hand, name
        assert sum(ours.values()) > 50_000


def _only(area_id: int) -> BaseGeometry:
    found = queries.shape_of(areas=[area_id])
    assert found is not None
    return found


def test_holes_and_parts_are_counted_as_by_hand(county: dict[str, LoadReport]) -> None:
    rows = published(NSPL)
    lons, lats = np.array([float(row["long"]) for row in rows]), np.array([float(row["lat"]) for row in rows])
    towns = [(-2.70, 53.76), (-2.48, 53.75), (-3.05, 53.82), (-2.24, 53.79)]
    rings = [shapely.Point(*town).buffer(0.06).difference(shapely.Point(*town).buffer(0.02)) for town in towns]
    cut = shapely.union_all(rings)

    found = queries.shape_of(polygons=[json.dumps(mapping(cut))])

    assert found is not None
    by_hand = sum(bool(cut.covers(shapely.Point(lon, lat))) for lon, lat in zip(lons, lats, strict=True))
    assert len(queries.postcodes_in(shape=found)) == int(shapes.inside(found, lons, lats).sum()) == by_hand
    assert by_hand < int(shapes.inside(shapely.union_all([ring.convex_hull for ring in rings]), lons, lats).sum())


def test_the_whole_tree_hangs_together(county: dict[str, LoadReport]) -> None:
    lookup = {row["oa11"]: row for row in published(COUNTY / "lookups" / "oa11_lsoa11_msoa11_lad11.csv.gz")}
    kinds = (AreaKind.OA, AreaKind.LSOA, AreaKind.MSOA, AreaKind.DISTRICT)
    lines = {line.id: line for kind in kinds for line in queries.areas(kind=kind)}

    wrong = Counter[str]()
    for line in queries.areas(kind=AreaKind.OA):
        above = line
        for column in ("lsoa11", "msoa11", "lad11"):
            assert above.parent_id is not None, line.code
            above = lines[above.parent_id]
            wrong[column] += above.code != lookup[line.code][column]

    # 2011's boundaries are exact to their hierarchy; an output area whose parent differs would be a fault of ours.
    assert wrong == {"lsoa11": 0, "msoa11": 0, "lad11": 0}


def test_villages_postcodes_and_references_near_beacon_fell_are_found(county: dict[str, LoadReport]) -> None:
    path = COUNTY / "places" / "localities_derived_from_naptan.csv.gz"
    first, rows = load.table(load.check(path), lambda head: name_layout(head).has_header)
    actions.load_places(rows=rows, layout=name_layout(first), source=path.name)

    for text in ("Beacon Fell", "PR3 2NL", "SD 571 425", "53.876, -2.655"):
        found = queries.find(text=text)[0]
        assert shapes.distance_m(found.point, Point(-2.655, 53.876)) < 2_000, text
        assert "Ribble Valley" in {one.name for one in queries.areas_containing(point=Point(-2.39, 53.87))}
    assert len(queries.find(text="Newton")) > 1
    assert len({one.label for one in queries.find(text="Newton")}) == len(queries.find(text="Newton"))


def test_eastings_agree_with_the_published_degrees_of_the_same_postcode(county: dict[str, LoadReport]) -> None:
    rows = published_plain(DATA / "grid-refs" / "postcode_grid_vectors.csv")

    away = [
        shapes.distance_m(
            grid.to_wgs84(float(row["easting"]), float(row["northing"])),
            Point(float(row["lon_wgs84"]), float(row["lat_wgs84"])),
        )
        for row in rows
    ]

    assert len(away) == 900
    assert max(away) < 5


def published_plain(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


def test_a_real_onspd_a_tile_of_open_names_and_parishes_load_too(county: dict[str, LoadReport]) -> None:
    onspd = list_of_postcodes(ONSPD, "2023-05")
    tile = load.check(DATA / "postcodes-io" / "os_open_names_HY20.csv.gz")
    first, rows = load.table(tile, lambda head: name_layout(head).has_header)
    names = actions.load_places(rows=rows, layout=name_layout(first), source=tile.path.name)
    parishes = actions.load_areas(
        features=load.features(load.check(DATA / "parishes-sample" / "civil_parishes_buckinghamshire_50.geojson.gz")),
        kind=AreaKind.PARISH,
        vintage="2024",
        code_column="code",
        name_column="name",
        source="parishes",
    )

    assert (onspd.taken, onspd.refused_count) == (8046, 2)
    ended = sum(row["doterm"] != "" and row["osgrdind"] != "9" for row in published(ONSPD))
    assert Postcode.objects.exclude(ended_on=None).count() == ended > 0
    assert names.taken == 106
    assert dict(names.reasons)["a postcode: those come from load postcodes"] == 1580
    assert parishes.taken == 50
    assert queries.find(text="Stromness")[0].label == "Stromness, Orkney Islands"
