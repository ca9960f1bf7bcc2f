"""How an alert goes out, in people: by channel, by area, over time, who lacks it; and what is too small to be shown."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shapely.geometry import box

from hueandcry.domain.members.models import Member, MemberPlace
from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.queries import figures as queries
from hueandcry.domain.messaging.queries.figures import figures, forget
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.messaging.rules.budget import ASLEEP, OVER_BUDGET
from hueandcry.domain.messaging.rules.figures import AreaCount, Figures, rung_after, spoken_moments, without_small
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import alert_to, incoming

pytestmark = pytest.mark.django_db
ABOUT = "alert:K7M2PQ"
WEST, EAST = (2.1, 54.5), (2.3, 54.5)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    forget()


def wards() -> None:
    builders.area("West", shape=box(2.0, 54.4, 2.2, 54.6), kind=AreaKind.WARD)
    builders.area("East", shape=box(2.2, 54.4, 2.4, 54.6), kind=AreaKind.WARD)
    builders.area("All of it", shape=box(2.0, 54.4, 2.4, 54.6), kind=AreaKind.DISTRICT)


def put(message: Message, member: Member, state: DeliveryState, **fields: Any) -> None:
    """Say where a member's message stands."""
    assert message.deliveries.filter(member=member).update(state=state, **fields) == 1


def another_way(message: Message, member: Member, channel: Channel, state: DeliveryState, **fields: Any) -> None:
    """Try a second way."""
    first = message.deliveries.get(member=member, rung=0)
    Delivery.objects.create(
        message=message, member=member, channel=channel, address="+442079460001", lane=first.lane, state=state,
        rung=1, next_at=first.next_at, **fields,
    )  # fmt: skip


def test_nothing_was_sent_about_an_alert_that_is_not_out() -> None:
    alert_to(builders.member(), about="alert:OTHER2")

    assert figures(about=ABOUT, by=AreaKind.WARD) == Figures(kind=AreaKind.WARD)


def test_people_are_counted_by_state_and_channel_and_others_messages_are_not() -> None:
    people = [builders.member() for _ in range(5)]
    by_mail = builders.member(mobile=None, email="quill@example.org")
    message = alert_to(*people, by_mail)
    alert_to(*people, about="alert:OTHER2")
    alert_to(*people, kind=MessageKind.STAND_DOWN)
    for member, state in zip(
        people,
        (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.SEEN, DeliveryState.FAILED),
        strict=False,
    ):
        put(message, member, state)

    found = figures(about=ABOUT)

    assert (found.people, found.got, found.arrived, found.waiting) == (6, 3, 2, 2)
    assert found.by_channel[Channel.SMS] == dict.fromkeys(found.by_state, 1)
    assert found.by_channel[Channel.EMAIL] == {DeliveryState.QUEUED: 1}
    assert found.areas == ()


def test_whom_two_ways_were_tried_for_is_one_person_who_stands_where_the_best_does() -> None:
    climbed, plain = builders.member(), builders.member()
    message = alert_to(climbed, plain)
    handed = clock.now()
    put(message, climbed, DeliveryState.FAILED)
    put(message, plain, DeliveryState.ACCEPTED, accepted_at=handed)
    another_way(message, climbed, Channel.VOICE, DeliveryState.DELIVERED, accepted_at=handed, ended_at=handed)

    found = figures(about=ABOUT)

    assert found.people == 2
    assert found.by_state == {DeliveryState.DELIVERED: 1, DeliveryState.ACCEPTED: 1}
    assert found.by_channel == {
        Channel.SMS: {DeliveryState.ACCEPTED: 1},
        Channel.VOICE: {DeliveryState.DELIVERED: 1},
    }
    assert (found.not_yet.failed, found.curve[-1].handed, found.curve[-1].delivered) == (0, 2, 1)


def test_somebody_who_was_forgotten_still_counts() -> None:
    message = alert_to(builders.member(), builders.member())
    message.deliveries.update(member=None, state=DeliveryState.ACCEPTED)
    wards()

    found = figures(about=ABOUT, by=AreaKind.WARD)

    assert found.people == 2
    assert [(area.name, area.people) for area in found.areas] == [("Elsewhere", 2)]


def test_areas_count_each_by_the_place_that_the_alert_was_meant_for() -> None:
    wards()
    at_home, abroad = builders.member(at=WEST), builders.member(at=(3.0, 54.9))
    farmer = builders.member(at=WEST)
    MemberPlace.objects.create(member=farmer, use="farm", point=EAST)
    message = alert_to(at_home, abroad, farmer)
    put(message, at_home, DeliveryState.DELIVERED)

    by_home = figures(about=ABOUT, by=AreaKind.WARD)
    forget()
    by_shape = figures(about=ABOUT, by=AreaKind.WARD, shape=lambda: box(2.25, 54.4, 2.4, 54.6))

    assert [(area.name, area.people, area.got) for area in by_home.areas] == [("West", 2, 1), ("Elsewhere", 1, 0)]
    assert [(area.name, area.people) for area in by_shape.areas] == [("East", 1), ("West", 1), ("Elsewhere", 1)]
    assert [area.name for area in figures(about=ABOUT, by=AreaKind.DISTRICT).areas] == ["All of it", "Elsewhere"]
    assert figures(about=ABOUT, by=AreaKind.LSOA).areas == ()


def test_who_is_where_is_kept_until_others_are_told() -> None:
    wards()
    first, second = builders.member(at=WEST), builders.member(at=EAST)
    message = alert_to(first, second)
    figures(about=ABOUT, by=AreaKind.WARD)
    MemberPlace.objects.filter(member=second).update(point=WEST)

    kept = figures(about=ABOUT, by=AreaKind.WARD)
    message.deliveries.filter(member=first).delete()
    anew = figures(about=ABOUT, by=AreaKind.WARD)

    assert {area.name for area in kept.areas} == {"East", "West"}
    assert [(area.name, area.people) for area in anew.areas] == [("West", 1)]


def test_of_many_alerts_only_the_last_few_are_kept() -> None:
    wards()
    for number in range(queries._KEPT + 2):
        alert_to(builders.member(at=WEST), about=f"alert:NUMB{number}")
        figures(about=f"alert:NUMB{number}", by=AreaKind.WARD)

    assert len(queries._grounds) == queries._KEPT


def test_the_curve_ends_with_everybody_and_counts_an_answer_when_it_came() -> None:
    noon = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    with time_machine.travel(noon, tick=False):
        quick, slow = builders.member(mobile="+447700900111"), builders.member()
        message = alert_to(quick, slow)
        put(message, quick, DeliveryState.DELIVERED, accepted_at=noon + dt.timedelta(seconds=2),
            ended_at=noon + dt.timedelta(seconds=9))  # fmt: skip
        put(message, slow, DeliveryState.ACCEPTED, accepted_at=noon + dt.timedelta(seconds=40))
    with time_machine.travel(noon + dt.timedelta(minutes=3), tick=False):
        from hueandcry.domain.messaging import actions

        actions.receive(incoming=incoming("+447700900111", "Saw it at Holt"))
        found = figures(about=ABOUT)

    assert found.answered == 1
    assert (found.curve[0].seconds, found.curve[-1].seconds) == (0.0, 180.0)
    at = {moment.seconds: (moment.handed, moment.delivered, moment.answered) for moment in found.moments}
    assert at == {
        1.0: (0, 0, 0), 2.0: (1, 0, 0), 5.0: (1, 0, 0), 10.0: (1, 1, 0), 20.0: (1, 1, 0), 30.0: (1, 1, 0),
        60.0: (2, 1, 0), 120.0: (2, 1, 0), 180.0: (2, 1, 1),
    }  # fmt: skip


def test_who_lacks_it_is_said_by_what_can_be_done() -> None:
    people = [builders.member() for _ in range(10)]
    message = alert_to(*people)
    now = clock.now()
    later = now + dt.timedelta(hours=5)
    rows: list[tuple[DeliveryState, dict[str, Any]]] = [
        (DeliveryState.QUEUED, {}),
        (DeliveryState.QUEUED, {"next_at": later}),
        (DeliveryState.QUEUED, {"next_at": later, "attempts": 2}),
        (DeliveryState.HELD, {}),
        (DeliveryState.EXPIRED, {"detail": ASLEEP}),
        (DeliveryState.EXPIRED, {"detail": OVER_BUDGET}),
        (DeliveryState.EXPIRED, {}),
        (DeliveryState.BOUNCED, {}),
        (DeliveryState.UNCERTAIN, {}),
        (DeliveryState.ACCEPTED, {"accepted_at": now}),
    ]
    for member, (state, fields) in zip(people, rows, strict=True):
        put(message, member, state, **fields)

    lacks = figures(about=ABOUT).not_yet

    assert (lacks.on_its_way, lacks.asleep, lacks.again, lacks.held) == (1, 1, 1, 1)
    assert (lacks.slept, lacks.overfull, lacks.too_late, lacks.bounced, lacks.uncertain) == (1, 1, 1, 1, 1)
    assert (lacks.wakes_at, lacks.again_at) == (later, later)
    assert lacks.silent == 1
    assert lacks.next_rung_at == rung_after(priority=Priority.URGENT, channel=Channel.SMS, handed_at=now)


def test_while_it_runs_it_says_how_long_until_the_last() -> None:
    alert_to(builders.member(), builders.member())

    running = figures(about=ABOUT)
    Message.objects.update(paused_at=clock.now())
    paused = figures(about=ABOUT)

    assert running.last_in_s is not None
    assert (paused.last_in_s, paused.is_paused) == (None, True)


@pytest.mark.parametrize("many", [1, 40])
def test_it_takes_as_many_questions_for_many_as_for_one(many: int) -> None:
    wards()
    alert_to(*(builders.member(at=WEST) for _ in range(many)))
    figures(about=ABOUT, by=AreaKind.WARD)

    with CaptureQueriesContext(connection) as asked:
        figures(about=ABOUT, by=AreaKind.WARD)

    assert len(asked) == 5


# ---------------------------------------------------------------- rules


def area(people: int, got: int, waiting: int = 0, *, area_id: int = 1) -> AreaCount:
    return AreaCount(area_id, f"W{area_id}", f"Ward {area_id}", people, got, got, 0, waiting)


def test_what_is_small_is_hidden_and_what_would_tell_it() -> None:
    shown = without_small([area(3, 3, area_id=1), area(20, 20, area_id=2), area(90, 40, 10, area_id=3)])

    assert [(line.people, line.got) for line in shown] == [(None, None), (None, None), (90, 40)]
    assert [line.percent for line in shown] == [None, None, 44]


@pytest.mark.parametrize(
    ("given", "got", "waiting"),
    [
        (area(50, 49), None, None),  # one of them lacks it: the rest would tell
        (area(50, 3, 47), None, None),
        (area(50, 40, 8), 40, None),  # two never get it
        (area(50, 50), 50, 0),
        (area(50, 0, 50), 0, 50),
    ],
)
def test_small_counts_within_an_area_are_hidden_too(given: AreaCount, got: int | None, waiting: int | None) -> None:
    (line,) = without_small([given])

    assert (line.people, line.got, line.waiting) == (50, got, waiting)


@pytest.mark.parametrize(
    ("got", "percent", "shade", "never"),
    [(0, 0, 0, 1000), (1, 1, 0, 999), (500, 50, 2, 500), (999, 99, 4, 1), (1000, 100, 4, 0)],
)
def test_all_is_said_only_when_it_is_all(got: int, percent: int, shade: int, never: int) -> None:
    line = area(1000, got)

    assert (line.percent, line.shade, line.never) == (percent, shade, never)


def test_the_table_ends_with_the_last_moment() -> None:
    assert spoken_moments(7.0) == (1.0, 2.0, 5.0, 7.0)
    assert spoken_moments(1.0) == (1.0,)
