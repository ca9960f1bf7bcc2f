"""The made-up force: drawn the same each time, nowhere real, nobody real, and founded by the real program."""

import datetime as dt
import hashlib
from collections import Counter

import phonenumbers
import pytest
import shapely
from pytest_django import Settings
from shapely.geometry import Point as Dot

from hueandcry.console import demonstration, made_up
from hueandcry.console.doggerland import streets
from hueandcry.console.doggerland.land import SEED, Land, MadePlace, MadePostcode, draw
from hueandcry.console.doggerland.people import HORSE_WATCH, MEMBERS, RIVER_WATCH, Ids, people, schemes
from hueandcry.console.doggerland.seasons import MONTHS, STORIES
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import Severity
from hueandcry.domain.alerts.rules.checks import check_told
from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import Channel, NewMember, SchemeKind, SchemeRole
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.organisations.actions import OrganisationError
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.queries import addresses_at, areas, count_places, find
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.places.rules.addresses import MOST_UPRN
from hueandcry.domain.records.models import Record
from hueandcry.kit import postcodes
from hueandcry.kit.clock import ClockError

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
# The bank in the North Sea; the nearest shore is some 80 km from its western side.
SEA_BED = (1.6, 54.0, 3.4, 55.2)


@pytest.fixture(scope="module")
def land() -> Land:
    return draw(SEED)


@pytest.fixture(scope="module")
def everybody(land: Land) -> list[NewMember]:
    return people(land, ids=ids(land), seed=SEED, now=NOW)


def ids(land: Land) -> Ids:
    return Ids(
        schemes={scheme.name: number for number, scheme in enumerate(schemes(land), start=1)},
        topics={slug: number for number, (slug, _, _) in enumerate(made_up.TOPICS, start=1)},
        force=1,
        fire=2,
    )


def digest(land: Land, members: list[NewMember]) -> str:
    shapes = [shapely.to_wkb(area.shape) for area in (*land.districts, *land.beats, *land.parishes)]
    lines = [shapely.to_wkb(way.shape) for way in (land.river, *land.roads)]
    rest = repr((land.villages, land.farms, land.bridges, land.postcodes, members)).encode()
    return hashlib.sha256(b"".join([*shapes, *lines, rest])).hexdigest()


# ---------------------------------------------------------------- the land


def test_the_same_seed_draws_the_same_land_and_people_and_another_seed_others(
    land: Land, everybody: list[NewMember]
) -> None:
    again, other = draw(SEED), draw(SEED + 1)

    first = digest(land, everybody)

    assert first == digest(again, people(again, ids=ids(again), seed=SEED, now=NOW))
    assert first != digest(other, people(other, ids=ids(other), seed=SEED + 1, now=NOW))


def test_it_lies_on_the_sea_bed(land: Land) -> None:
    assert shapely.box(*SEA_BED).contains(land.force.shape)


@pytest.mark.parametrize(("level", "count"), [("districts", 5), ("beats", 15), ("parishes", 42)])
def test_each_level_covers_the_force_without_gap_or_overlap(land: Land, level: str, count: int) -> None:
    shapes = [area.shape for area in getattr(land, level)]

    assert len(shapes) == count
    assert all(shape.is_valid for shape in shapes)
    assert shapely.union_all(shapes).symmetric_difference(land.force.shape).area == 0
    assert sum(shape.area for shape in shapes) == pytest.approx(land.force.shape.area)


def test_each_area_lies_in_the_one_above_it(land: Land) -> None:
    above = {area.code: area for area in (land.force, *land.districts, *land.beats)}

    for area in (*land.districts, *land.beats, *land.parishes):
        assert area.shape.within(above[area.above].shape.buffer(1e-9))


def test_roads_cross_the_river_exactly_at_the_two_bridges(land: Land) -> None:
    crossings = [road.shape.intersection(land.river.shape) for road in land.roads]

    met = [crossing for crossing in crossings if not crossing.is_empty]

    assert [crossing.geom_type for crossing in met] == ["Point", "Point"]
    for crossing, bridge in zip(met, land.bridges, strict=True):
        assert crossing.distance(Dot(bridge.point)) < 1e-5


def test_roads_stay_on_land_and_hang_together(land: Land) -> None:
    whole = shapely.union_all([road.shape for road in land.roads])

    assert whole.within(land.force.shape.buffer(1e-9))
    assert whole.buffer(1e-6).geom_type == "Polygon"
    assert all(whole.distance(Dot(village.point)) < 1e-5 for village in land.villages)


def test_every_village_farm_bridge_and_postcode_lies_in_its_parish(land: Land) -> None:
    parishes = {area.code: area.shape.buffer(1e-6) for area in land.parishes}

    lying: list[MadePlace | MadePostcode] = [*land.villages, *land.farms, *land.bridges, *land.postcodes]
    for place in lying:
        assert parishes[place.parish].contains(Dot(place.point))
    assert len(land.farms) == 400
    assert len({place.name for place in (*land.villages, *land.farms, *land.bridges)}) == 42 + 400 + 2


def test_no_postcode_is_a_real_one_and_each_is_there_once(land: Land) -> None:
    codes = [postcodes.normalise(postcode.code) for postcode in land.postcodes]

    assert len(set(codes)) == len(codes) > 1000
    assert {code[0] for code in codes} == {"Q"}
    assert "Q" in postcodes.MADE_UP


# ---------------------------------------------------------------- its people


def test_four_thousand_live_in_the_force_and_nowhere_else(land: Land, everybody: list[NewMember]) -> None:
    spots = [place.point for member in everybody for place in member.places]

    assert len(everybody) == MEMBERS == len({member.ref for member in everybody})
    assert all(spot and shapely.intersects_xy(land.force.shape, *spot) for spot in spots)
    assert max(len(member.places) for member in everybody) >= 4


def test_no_number_can_be_anybodys(everybody: list[NewMember]) -> None:
    """Ofcom's drama ranges, and after them numbers too long to exist that fall into those ranges when cut."""
    numbers = {
        contact.address
        for member in everybody
        for contact in member.contacts
        if contact.channel in (Channel.SMS, Channel.VOICE)
    }

    for number in numbers:
        assert number.startswith(("+447700900", "+442079460"))
        assert len(number) in (13, 16)
        parsed = phonenumbers.parse(number)
        assert not (len(number) == 16 and phonenumbers.is_possible_number(parsed))
        assert not (number.startswith("+447") and phonenumbers.is_valid_number(parsed))
    assert len(numbers) > 3000


def test_every_mailbox_is_at_example_org(everybody: list[NewMember]) -> None:
    boxes = [c.address for member in everybody for c in member.contacts if c.channel == Channel.EMAIL]

    assert len(boxes) > 1000
    assert all(box.endswith("@example.org") for box in boxes)


def test_channels_are_mixed_and_some_households_share_a_telephone(everybody: list[NewMember]) -> None:
    first = Counter(member.contacts[0].channel for member in everybody)
    shared = Counter(member.contacts[0].address for member in everybody)

    assert first[Channel.SMS] / MEMBERS == pytest.approx(0.7, abs=0.03)
    assert first[Channel.VOICE] / MEMBERS == pytest.approx(0.15, abs=0.03)
    assert sum(count > 1 for count in shared.values()) > 50


def test_every_scheme_has_a_coordinator_and_a_deputy(land: Land, everybody: list[NewMember]) -> None:
    roles: dict[int, list[SchemeRole]] = {}
    for member in everybody:
        for scheme, role in member.schemes:
            roles.setdefault(scheme, []).append(role)

    assert {scheme.kind for scheme in schemes(land)} == {
        SchemeKind.FARM,
        SchemeKind.HORSE,
        SchemeKind.CANAL,
        SchemeKind.NEIGHBOURHOOD,
    }
    assert {HORSE_WATCH, RIVER_WATCH} <= {scheme.name for scheme in schemes(land)}
    assert len(roles) == len(schemes(land))
    for parts in roles.values():
        assert parts[:2] == [SchemeRole.COORDINATOR, SchemeRole.DEPUTY]
        assert set(parts[2:]) <= {SchemeRole.MEMBER}


def test_every_month_has_its_stories_and_every_topic_one() -> None:
    assert set(MONTHS) == set(range(1, 13))
    assert {topic for month in MONTHS.values() for topic in month} == set(STORIES)
    assert set(STORIES) == {slug for slug, _, _ in made_up.TOPICS}


def test_every_street_has_houses_whose_numbers_cannot_be_anybodys(land: Land) -> None:
    houses = list(streets.addresses(land, SEED))

    assert {postcode for postcode, _ in houses} == {one.code for one in land.postcodes}
    assert min(one.uprn for _, one in houses) > MOST_UPRN
    assert len({one.uprn for _, one in houses}) == len(houses)
    assert list(streets.addresses(land, SEED)) == houses


@pytest.mark.parametrize("topic", list(STORIES))
def test_the_send_check_refuses_no_word_of_any_story(topic: str) -> None:
    story = STORIES[topic]
    said = [words.format(village="Holt") for told in story.words for words in (told.headline, told.what, told.where)]

    found = [
        (words, one.sentence)
        for words in (*story.endings, *said)
        for one in check_told(words, level=story.level, now=NOW)
        if one.severity == Severity.REFUSE
    ]

    assert found == []


# ---------------------------------------------------------------- founded by the real program


@pytest.mark.django_db
def test_the_force_is_founded_with_every_role_and_lives_through_its_past(settings: Settings, land: Land) -> None:
    settings.DEMONSTRATION = True
    said: list[float] = []

    made = demonstration.create(lambda _, share: said.append(share), history=dt.timedelta(days=30))

    assert (made.members, Member.objects.count()) == (MEMBERS, MEMBERS)
    assert count_places()["postcodes"] == made.postcodes
    assert len(areas(kind=AreaKind.PARISH)) == 42
    assert len(addresses_at(postcode=land.postcodes[0].code)) >= streets.DOORS[0]
    assert find(text="Ouzel Bridge")[0].label.startswith("Ouzel Bridge")
    staff = Officer.objects.select_related("organisation")
    assert {role for officer in staff for role in officer.roles} == {role.value for role in Role}
    assert all(officer.email.endswith("doggerland.example") for officer in staff)
    assert {line[0] for line in made.officers} == {officer.email for officer in staff}
    # Today: one is out, one waits for a second officer; the past has ended.
    states = Counter(Alert.objects.values_list("state", flat=True))
    assert min(states["waiting"], states["released"], states["ended"]) >= 1
    assert sum(states.values()) == made.alerts
    assert not Delivery.objects.filter(state__in=["queued", "leased"]).exists()
    times = list(Record.objects.order_by("id").values_list("at", flat=True))
    assert times == sorted(times)
    assert said == sorted(said)
    with pytest.raises(OrganisationError, match="already"):
        demonstration.create()


@pytest.mark.django_db
def test_nothing_is_founded_outside_the_demonstration(settings: Settings) -> None:
    settings.DEMONSTRATION = False

    with pytest.raises(ClockError):
        demonstration.create()

    assert not Member.objects.exists()
    assert not Record.objects.exists()
