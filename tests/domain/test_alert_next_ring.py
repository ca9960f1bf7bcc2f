"""The next ring of an alert: who is ahead of what was seen, and was not told by anything of its family."""

import datetime as dt
from typing import Any

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shapely.geometry import LineString

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries import moving
from hueandcry.domain.alerts.rules import Sighting
from hueandcry.domain.alerts.rules.rings import Choice, Pace
from hueandcry.domain.members.models import MemberPlace
from hueandcry.domain.members.rules import PlaceUse, Tier
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places import actions as places
from hueandcry.domain.places.rules import PlaceKind, WayKind
from hueandcry.kit import clock, shapes
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db
MIDDLE = Point(*builders.MIDDLE)


def off(bearing: float, metres: float, start: Point = MIDDLE) -> Point:
    lon, lat, _ = shapes.EARTH.fwd(*start, bearing, metres)
    return Point(lon, lat)


HERE = off(90, 20_000)


def sighting(**changes: Any) -> Sighting:
    given: dict[str, Any] = {
        "what": "grey pick-up, 3 men",
        "where": "near Elm",
        "direction": "heading east",
        "seen_at": clock.now() - dt.timedelta(minutes=2),
        "plate": "",
        "point": HERE,
        "uncertainty_m": 200.0,
        **changes,
    }
    return Sighting(**given)


def relayed(first: Alert, ring: moving.NextRing, seen: Sighting, officer: Officer, report: str = "R2PQ7T") -> Alert:
    made = actions.relay(officer=officer, alert_ref=first.ref, sighting=seen, report_ref=report, question=ring.question)
    alerts.hand_over(made)
    return made


def long_ago(alert: Alert) -> Alert:
    """Return it as of yesterday, so that it says nothing of how the one that was seen moves."""
    Alert.objects.filter(pk=alert.pk).update(occurred_at=clock.now() - dt.timedelta(days=1))
    alert.refresh_from_db()
    return alert


def test_it_offers_the_farms_ahead_and_nobody_behind_or_who_was_told() -> None:
    told = alerts.farmer()
    ahead, behind = alerts.farmer(at=off(80, 9_000, HERE)), alerts.farmer(at=off(250, 9_000, HERE))
    builders.member(at=off(90, 9_000, HERE))
    MemberPlace.objects.filter(member__in=[ahead, behind]).update(use=PlaceUse.FARM)
    first = long_ago(alerts.released())
    assert alerts.meant(first) == {told.pk}

    ring = moving.next_ring(alert=first, sighting=sighting())
    made = relayed(first, ring, sighting(), cast.oakes())

    assert ring.said == "10 to 20 minutes ahead to the east: 1 farm, 1 person not told yet, text 1"
    assert alerts.meant(made) == {ahead.pk}


def test_the_second_ring_has_nobody_of_the_first() -> None:
    alerts.farmer()
    one, both = alerts.farmer(at=off(90, 5_000, HERE)), alerts.farmer(at=off(90, 12_000, HERE))
    last = alerts.farmer(at=off(90, 22_000, HERE))
    first, oakes = long_ago(alerts.released()), cast.oakes()
    seen = sighting()
    made = relayed(first, moving.next_ring(alert=first, sighting=seen), seen, oakes)
    later = sighting(point=off(90, 9_000, HERE), seen_at=clock.now())

    ring = moving.next_ring(alert=made, sighting=later)
    second = relayed(made, ring, later, oakes, report="R3PQ7T")
    of_first = moving.next_ring(alert=first, sighting=later)

    assert alerts.meant(made) == {one.pk, both.pk}
    assert alerts.meant(second) == {last.pk}
    assert of_first.count.members == 0


def test_who_hears_of_it_in_a_digest_or_is_still_queued_was_told() -> None:
    alerts.farmer()
    queued, bundled = alerts.farmer(at=off(90, 6_000, HERE)), alerts.farmer(at=off(90, 7_000, HERE))
    failed, new = alerts.farmer(at=off(90, 8_000, HERE)), alerts.farmer(at=off(90, 9_000, HERE))
    first = long_ago(alerts.released())
    message = Message.objects.get(about=f"alert:{first.ref}")
    known = Delivery.objects.get(message=message)
    for member, state in (
        (queued, DeliveryState.QUEUED),
        (bundled, DeliveryState.BUNDLED),
        (failed, DeliveryState.FAILED),
    ):
        known.pk = None
        known.member_id, known.state, known.address = member.pk, state, alerts.number(member)
        if state == DeliveryState.BUNDLED:
            digest = Message.objects.get(pk=message.pk)
            digest.pk, digest.ref, digest.about, digest.kind = None, "DGPQ7T", "", "digest"
            digest.save()
            Delivery.objects.create(
                message=digest,
                member=member,
                channel=known.channel,
                address=known.address,
                state=DeliveryState.QUEUED,
                lane=known.lane,
                next_at=clock.now(),
            )
            known.bundled_in_id = digest.pk
        known.save(force_insert=True)

    found = moving.next_ring(alert=first, sighting=sighting())

    heard = queries.told(family=queries.whole_family(alert=first))
    assert found.count.members == 2
    assert {queued.pk, bundled.pk} <= set(heard)
    assert not {failed.pk, new.pk} & set(heard)


def test_the_officer_makes_it_wider_and_turns_it() -> None:
    alerts.farmer()
    west, far = alerts.farmer(at=off(270, 9_000, HERE)), alerts.farmer(at=off(90, 24_000, HERE))
    first = long_ago(alerts.released())
    seen = sighting()

    def members(**choice: Any) -> int:
        return moving.next_ring(alert=first, sighting=seen, choice=Choice(**choice)).count.members

    assert members() == 0
    assert members(until_minutes=40) == 1
    assert members(bearing=270.0) == 1
    assert members(bearing=630.0 - 360.0, until_minutes=40) == 1
    assert members(spread=180.0, until_minutes=40) == 2
    assert members(spread=180.0, until_minutes=40, pace=Pace.FOOT) == 0
    again = moving.next_ring(alert=first, sighting=seen, choice=Choice(spread=180.0, until_minutes=40), told=True)
    assert again.count.members == 3
    assert {west.pk, far.pk}


def test_a_place_it_goes_towards_turns_it_and_is_named() -> None:
    alerts.farmer()
    alerts.farmer(at=off(180, 9_000, HERE))
    builders.place("Saltby", PlaceKind.VILLAGE, at=off(185, 10_000, HERE))
    first = long_ago(alerts.released())

    ring = moving.next_ring(alert=first, sighting=sighting(direction="towards Saltby"))

    assert ring.said.startswith("10 to 20 minutes ahead towards Saltby: 0 farms, 1 person")


def test_two_sightings_say_which_way_and_how_fast_and_words_go_before() -> None:
    alerts.farmer()
    first = alerts.released()
    Alert.objects.filter(pk=first.pk).update(occurred_at=clock.now() - dt.timedelta(minutes=22))
    first.refresh_from_db()

    ring = moving.next_ring(alert=first, sighting=sighting(direction=""))
    told = moving.next_ring(alert=first, sighting=sighting(direction="heading north"))

    assert ring.motion is not None
    assert ring.motion.words.startswith("Two sightings 20 minutes apart and 12 miles from each other: between 24 and")
    assert ring.heading is not None
    assert (ring.heading.words, round(ring.heading.bearing)) == ("to the east", 90)
    assert told.heading is not None
    assert told.heading.words == "to the north"


def test_it_follows_the_roads_and_is_cut_by_barriers() -> None:
    alerts.farmer()
    on_road, beside = alerts.farmer(at=off(90, 8_000, HERE)), alerts.farmer(at=off(60, 8_000, HERE))
    assert on_road != beside
    first = long_ago(alerts.released())
    places.add_ways(
        ways=[
            ("R1", "A148", WayKind.ROAD, LineString([HERE, off(90, 4_000, HERE), off(90, 30_000, HERE)])),
            ("R2", "River", WayKind.RIVER, LineString([HERE, off(60, 9_000, HERE)])),
        ],
        source="test",
    )

    by_road = moving.next_ring(alert=first, sighting=sighting())
    by_distance = moving.next_ring(alert=first, sighting=sighting(), choice=Choice(along_roads=False))
    across = off(90, 5_000, HERE)
    line = LineString([off(0, 40_000, across), across, off(180, 40_000, across)])
    places.draw_barrier(name="Channel", line=shapely.to_geojson(line), actor="officer:TEST22")
    cut = moving.next_ring(alert=first, sighting=sighting())

    assert (by_road.is_by_road, by_road.count.members) == (True, 1)
    assert (by_distance.is_by_road, by_distance.count.members) == (False, 2)
    assert cut.count.members == 0


def test_without_a_place_there_is_no_ring_and_an_old_sighting_is_marked() -> None:
    alerts.farmer()
    first = long_ago(alerts.released())

    with pytest.raises(AlertError, match="Nobody knows where"):
        moving.next_ring(alert=first, sighting=sighting(point=None))
    old = moving.next_ring(alert=first, sighting=sighting(seen_at=clock.now() - dt.timedelta(hours=3)))
    future = moving.next_ring(alert=first, sighting=sighting(seen_at=clock.now() + dt.timedelta(hours=3)))

    assert old.is_stale
    assert not future.is_stale


def test_a_ring_for_vetted_members_stays_with_them() -> None:
    alerts.farmer()
    alerts.farmer(at=off(90, 8_000, HERE), tier=Tier.MEMBER)
    first = long_ago(alerts.released())

    assert moving.next_ring(alert=first, sighting=sighting()).count.members == 0


def test_it_asks_as_many_questions_for_many_as_for_few() -> None:
    alerts.farmer()
    alerts.farmer(at=off(90, 9_000, HERE))
    first = long_ago(alerts.released())

    def questions() -> int:
        with CaptureQueriesContext(connection) as captured:
            moving.next_ring(alert=first, sighting=sighting())
        return len(captured)

    few = questions()
    for metres in range(3_000, 13_000, 500):
        alerts.farmer(at=off(90, metres, HERE))

    assert questions() == few <= 12
