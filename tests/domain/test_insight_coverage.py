"""Members against households: counted at home, once each, for one organisation."""

import datetime as dt

import pytest
from shapely.geometry import box

from hueandcry.domain.insight import actions, queries
from hueandcry.domain.insight.models import Headcount, Population
from hueandcry.domain.insight.rules import InsightError
from hueandcry.domain.members.models import MemberPlace
from hueandcry.domain.members.rules import PlaceUse
from hueandcry.domain.places import actions as places
from hueandcry.domain.places.rules import AreaKind, AreaLine
from hueandcry.domain.records.models import Record
from hueandcry.kit.geometry import Point
from tests import builders

pytestmark = pytest.mark.django_db

WEST, EAST, SEA = (2.1, 54.5), (2.3, 54.5), (9.0, 54.5)


def wards() -> tuple[AreaLine, AreaLine]:
    """Load two wards beside each other."""
    return (
        builders.area("West", shape=box(2.0, 54.4, 2.2, 54.6), kind=AreaKind.WARD),
        builders.area("East", shape=box(2.2, 54.4, 2.4, 54.6), kind=AreaKind.WARD),
    )


def members(number: int, at: tuple[float, float]) -> None:
    for _ in range(number):
        builders.member(at=at)


def asked(kind: AreaKind = AreaKind.WARD) -> dict[str, tuple[int | None, int | None, float | None]]:
    found = queries.coverage(organisation_id=builders.force().pk, kind=kind)
    return {line.name: (line.members, line.households, line.rate) for line in found.lines}


def test_members_are_set_against_published_households() -> None:
    west, east = wards()
    Population.objects.create(area_id=west.id, households=400, source="census")
    Population.objects.create(area_id=east.id, households=100, source="census")
    members(12, WEST)
    members(20, EAST)

    assert asked() == {"West": (12, 400, 3.0), "East": (20, 100, 20.0)}


def test_a_member_counts_once_at_home_whatever_other_places_they_have() -> None:
    wards()
    members(12, WEST)
    farmer = builders.member(at=EAST)
    MemberPlace.objects.filter(member=farmer).update(use=PlaceUse.FARM)
    MemberPlace.objects.create(member=farmer, use=PlaceUse.HOME, point=Point(*WEST))
    MemberPlace.objects.create(member=farmer, use=PlaceUse.FIELD, point=Point(*EAST))

    assert {name: line[0] for name, line in asked().items()} == {"West": 13, "East": 0}


def test_only_those_count_who_agreed_to_hear_from_the_organisation() -> None:
    wards()
    members(11, WEST)
    fire = builders.partner()
    for _ in range(15):
        builders.member(at=WEST, agreed_to=fire)
    gone = builders.member(at=WEST, state="left")
    gone.consents.update(withdrawn_at=gone.joined_at)

    of_fire = queries.coverage(organisation_id=fire.pk, kind=AreaKind.WARD)

    assert asked()["West"][0] == 11
    assert {line.name: line.members for line in of_fire.lines} == {"West": 15, "East": 0}


def test_who_lives_nowhere_here_is_counted_and_said() -> None:
    wards()
    members(11, WEST)
    members(3, SEA)

    found = queries.coverage(organisation_id=builders.force().pk, kind=AreaKind.WARD)

    assert (found.members, found.outside) == (11, 3)


def test_households_of_a_larger_level_are_spread_from_a_smaller_one_by_postcodes() -> None:
    wards()
    small = builders.area("Small", shape=box(2.1, 54.4, 2.3, 54.6), kind=AreaKind.OA)
    Population.objects.create(area_id=small.id, households=300, source="census")
    places.add_postcodes(
        postcodes=[
            (code, Point(lon, 54.5), 50) for code, lon in (("QD11AA", 2.15), ("QD11AB", 2.25), ("QD11AD", 2.26))
        ],
        source="test",
    )
    members(10, WEST)

    found = queries.coverage(organisation_id=builders.force().pk, kind=AreaKind.WARD)

    assert {line.name: (line.households, line.estimated) for line in found.lines} == {
        "West": (100, True),
        "East": (200, True),
    }
    assert "spread" in found.source


def test_changes_are_since_the_last_freezing() -> None:
    wards()
    members(11, WEST)
    members(30, EAST)
    actions.freeze(on=dt.date(2026, 10, 1))
    members(15, WEST)

    found = queries.coverage(organisation_id=builders.force().pk, kind=AreaKind.WARD)

    assert found.frozen_on == dt.date(2026, 10, 1)
    assert {line.name: line.change for line in found.lines} == {"West": 15, "East": 0}


def test_frozen_figures_never_move() -> None:
    wards()
    members(11, WEST)
    actions.freeze(on=dt.date(2026, 10, 1))
    members(5, WEST)

    actions.freeze(on=dt.date(2026, 10, 1))

    assert list(Headcount.objects.values_list("members", flat=True)) == [11]
    assert Record.objects.filter(event="headcount.frozen").count() == 2


def test_only_what_lies_inside_is_shown() -> None:
    builders.area("District", shape=box(2.0, 54.4, 2.2, 54.6), kind=AreaKind.DISTRICT)
    district = places_area("District")
    for name, west in (("Ward one", 2.0), ("Ward two", 2.1), ("Elsewhere", 2.3)):
        places.load_areas(
            features=[
                {
                    "type": "Feature",
                    "properties": {"code": name},
                    "geometry": box(west, 54.4, west + 0.1, 54.6).__geo_interface__,
                }
            ],
            kind=AreaKind.WARD,
            vintage="2026",
            code_column="code",
            parent_kind=AreaKind.DISTRICT,
            source="test",
        )
    builders.force()

    found = queries.coverage(organisation_id=builders.force().pk, kind=AreaKind.WARD, within=district.id)

    assert [line.name for line in found.lines] == ["Ward one", "Ward two"]


def places_area(name: str) -> AreaLine:
    from hueandcry.domain.places.queries import area_by_code

    return area_by_code(kind=AreaKind.DISTRICT, code=name)


def test_a_level_that_is_not_loaded_is_refused_in_words() -> None:
    with pytest.raises(InsightError, match="choose another level"):
        queries.coverage(organisation_id=builders.force().pk, kind=AreaKind.WARD)


def test_households_are_loaded_by_code_and_a_second_time_changes_nothing() -> None:
    wards()
    rows = [("West", 400), ("East", 100), ("Unknown", 7)]

    first = actions.load_households(rows=rows, kind=AreaKind.WARD, source="census")
    again = actions.load_households(rows=rows, kind=AreaKind.WARD, source="census")

    assert first == again == (2, 1)
    assert sorted(Population.objects.values_list("area__code", "households")) == [("East", 100), ("West", 400)]


def test_codes_of_another_year_are_refused_whole() -> None:
    wards()

    with pytest.raises(InsightError, match="another kind or year"):
        actions.load_households(rows=[("E1", 4)], kind=AreaKind.WARD, source="census")
    assert not Population.objects.exists()


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries: object) -> None:
    wards()
    members(40, WEST)

    with django_assert_max_num_queries(12):  # type: ignore[operator]
        asked()
