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
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from tests import builders
from tests.shared_data import shared_file

pytestmark = [pytest.mark.django_db, pytest.mark.county]
MANY = 4_000


def _outlines() -> list[BaseGeometry]:
    found: list[BaseGeometry] = []
    for name in ("ltla24", "wards21", "wards_current_bsc", "oa11", "pfa20"):
        file = shared_file(f"county-lancashire/boundaries/{name}.geojson.gz")
        for feature in json.loads(gzip.decompress(file.read_bytes()))["features"]:
            shape = shapely.from_geojson(json.dumps(feature["geometry"]))
            if shape.geom_type in {"Polygon", "MultiPolygon"}:
                found.append(shape)
    return found


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
    asked = 0

    for number, shape in enumerate(outlines):
        if not shapely.is_valid(shape) or shapely.get_num_coordinates(shape) > 10_000:
            continue
        asked += 1
        by_hand = np.unique(owners[shapely.intersects_xy(shape, lons, lats)])
        found = queries.audience(question=AudienceQuestion(force, polygons=(shapely.to_geojson(shape),)))
        assert np.array_equal(found, by_hand), f"outline {number}"
    assert asked > len(outlines) * 0.8

    ways: tuple[dict[str, Any], ...] = (
        {"corridors": (Corridor(((-2.9, 53.7), (-2.6, 53.9), (-2.3, 53.8)), 1_500.0),)},
        {"rings": (Ring(-2.7, 53.8, minutes=20, kmh=60, from_minutes=5),)},
    )
    for fields in ways:
        ground = places.shape_of(**fields)
        assert ground is not None
        by_hand = np.unique(owners[[bool(ground.intersects(shapely.Point(at))) for at in zip(lons, lats, strict=True)]])
        assert np.array_equal(queries.audience(question=AudienceQuestion(force, **fields)), by_hand)
