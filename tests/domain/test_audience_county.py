"""Exact at every edge of a real county: the answer equals shapely over all points, area by area (ADR 12)."""

import gzip
import json
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.members import queries
from hueandcry.domain.members.actions.reach import refreshed_once
from hueandcry.domain.members.models import Consent, Member, MemberPlace
from hueandcry.domain.members.rules import AudienceQuestion, Channel, ConsentHow, Corridor, Purpose, Ring
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.actions import load_areas
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from tests import builders
from tests.shared_data import shared_file

pytestmark = [pytest.mark.django_db, pytest.mark.county]
MANY = 4_000


# Published outlines that cross themselves: nobody can draw them, and loading mends them.
CROSSED = 5


def _features(name: str) -> list[dict[str, Any]]:
    file = shared_file(f"county-lancashire/boundaries/{name}.geojson.gz")
    features: list[dict[str, Any]] = json.loads(gzip.decompress(file.read_bytes()))["features"]
    return features


def _outline(feature: dict[str, Any]) -> BaseGeometry:
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def _outlines() -> list[BaseGeometry]:
    names = ("ltla24", "wards21", "wards_current_bsc", "oa11", "pfa20")
    return [_outline(feature) for name in names for feature in _features(name)]


def _is_peculiar(shape: BaseGeometry) -> bool:
    parts = shapely.get_parts(shape)
    return bool(not shapely.is_valid(shape) or len(parts) > 1 or shapely.get_num_interior_rings(parts).any())


def _members(outlines: list[BaseGeometry]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make members all over the county, and as many exactly on corners of its boundaries; return the points."""
    draw = np.random.default_rng(11)
    west, south, east, north = shapely.total_bounds(outlines)
    corners = shapely.get_coordinates(outlines)
    points = np.vstack(
        [draw.uniform((west, south), (east, north), (MANY // 2, 2)), draw.choice(corners, MANY // 2, axis=0)]
    )
    force, now = builders.force(), clock.now()
    with refreshed_once(new=True) as written:
        made = Member.objects.bulk_create(Member(name="M", joined_at=now) for _ in range(MANY))
        written.extend(one.pk for one in made)
        Consent.objects.bulk_create(
            Consent(
                member=one, organisation=force, purpose=Purpose.ALERT, channel=Channel.SMS, wording="1",
                how=ConsentHow.MADE_UP, taken_by="officer:TEST22", given_at=now,
            )
            for one in made
        )  # fmt: skip
        # Every fourth has a second place, at the point of somebody else.
        owners = [one.pk for one in made] + [one.pk for one in made[::4]]
        points = np.vstack([points, points[1::4]])
        MemberPlace.objects.bulk_create(
            MemberPlace(member_id=owner, point=Point(float(lon), float(lat)))
            for owner, (lon, lat) in zip(owners, points, strict=True)
        )
    return np.array(owners), points[:, 0], points[:, 1]


def test_every_published_outline_a_line_and_a_way_hold_exactly_whom_brute_force_finds() -> None:
    outlines = _outlines()
    assert any(len(part.interiors) for shape in outlines for part in shapely.get_parts(shape))
    assert any(shape.geom_type == "MultiPolygon" for shape in outlines)
    owners, lons, lats = _members(outlines)
    force = builders.force().pk
    drawn = [shape for shape in outlines if shapely.is_valid(shape)]
    assert len(outlines) - len(drawn) == CROSSED

    for number, shape in enumerate(drawn):
        by_hand = np.unique(owners[shapely.intersects_xy(shape, lons, lats)])
        found = queries.audience(question=AudienceQuestion(force, polygons=(shapely.to_geojson(shape),)))
        assert np.array_equal(found, by_hand), f"outline {number}"

    ways: tuple[dict[str, Any], ...] = (
        {"corridors": (Corridor(((-2.9, 53.7), (-2.6, 53.9), (-2.3, 53.8)), 1_500.0),)},
        {"rings": (Ring(-2.7, 53.8, minutes=20, kmh=60, from_minutes=5),)},
    )
    for fields in ways:
        ground = places.shape_of(**fields)
        assert ground is not None
        by_hand = np.unique(owners[[bool(ground.intersects(shapely.Point(at))) for at in zip(lons, lats, strict=True)]])
        assert np.array_equal(queries.audience(question=AudienceQuestion(force, **fields)), by_hand)


def test_every_loaded_district_and_ward_and_each_peculiar_small_area_holds_exactly_whom_brute_force_finds() -> None:
    small = [feature for feature in _features("oa11") if _is_peculiar(_outline(feature))]
    loaded = (
        (AreaKind.FORCE, "pfa20_code", _features("pfa20")),
        (AreaKind.DISTRICT, "ltla24_code", _features("ltla24")),
        (AreaKind.WARD, "ward21_code", _features("wards21")),
        (AreaKind.OA, "OA11CD", small),
    )
    for kind, code, features in loaded:
        load_areas(
            features=features, kind=kind, vintage="2024", code_column=code, source="published", actor="system:test"
        )
    owners, lons, lats = _members([_outline(feature) for _, _, features in loaded for feature in features])
    force = builders.force().pk

    for kind, code, features in loaded:
        for feature in features:
            published = _outline(feature)
            area = places.area_by_code(kind=kind, code=feature["properties"][code])
            ground = places.shape_of(areas=(area.id,))
            assert ground is not None
            # What crosses itself is mended when it is loaded; nothing else is touched.
            assert not shapely.is_valid(published) or ground.equals(published), area.name
            by_hand = np.unique(owners[shapely.intersects_xy(ground, lons, lats)])
            asked = AudienceQuestion(force, areas=(area.id,))
            assert np.array_equal(queries.audience(question=asked), by_hand), area.name
            assert queries.count_audience(question=asked).members == len(by_hand), area.name
