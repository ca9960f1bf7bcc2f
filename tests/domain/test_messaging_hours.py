"""Nobody is woken without need: hours by night, at weekends, of one's own, over the change of clocks; and a pause."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from hueandcry.domain.members.models import Member, Preference
from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.members.rules.preferences import Hours, next_moment
from hueandcry.domain.messaging import actions, queries
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import WORDS, alert_to, by_phone, incoming

pytestmark = pytest.mark.django_db
HERE = ZoneInfo("Europe/London")
# A Wednesday in winter, at 22:10 and at noon.
NIGHT = dt.datetime(2026, 1, 14, 22, 10, tzinfo=HERE)
NOON = dt.datetime(2026, 1, 14, 12, 0, tzinfo=HERE)
MORNING = dt.datetime(2026, 1, 15, 8, 0, tzinfo=HERE)


def wants(member: Member, begins: str, ends: str, *, priority: Priority = Priority.IMPORTANT) -> None:
    """Let a member choose hours of their own for texts."""
    start, end = (dt.time.fromisoformat(text) for text in (begins, ends))
    Preference.objects.create(
        member=member, priority=priority, channel=Channel.SMS,
        from_minute=start.hour * 60 + start.minute, until_minute=end.hour * 60 + end.minute,
    )  # fmt: skip


def moments(message: Message) -> list[dt.datetime]:
    return [moment.astimezone(HERE) for moment in message.deliveries.order_by("id").values_list("next_at", flat=True)]


def test_what_is_urgent_goes_at_night_and_what_can_wait_in_the_morning() -> None:
    with time_machine.travel(NIGHT, tick=False):
        urgent = alert_to(builders.member(), priority=Priority.URGENT)
        can_wait = alert_to(builders.member(), priority=Priority.IMPORTANT)

    assert moments(urgent) == [NIGHT]
    assert moments(can_wait) == [MORNING]


def test_by_day_what_can_wait_goes_at_once() -> None:
    with time_machine.travel(NOON, tick=False):
        message = alert_to(builders.member(), priority=Priority.ROUTINE)

    assert moments(message) == [NOON]


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        # Friday night waits until nine on Saturday, Sunday night until eight on Monday.
        (dt.datetime(2026, 1, 16, 21, 0, tzinfo=HERE), dt.datetime(2026, 1, 17, 9, 0, tzinfo=HERE)),
        (dt.datetime(2026, 1, 18, 8, 59, tzinfo=HERE), dt.datetime(2026, 1, 18, 9, 0, tzinfo=HERE)),
        (dt.datetime(2026, 1, 18, 23, 0, tzinfo=HERE), dt.datetime(2026, 1, 19, 8, 0, tzinfo=HERE)),
        # The night when clocks go forward and the one when they go back: nine by the clock on the wall.
        (dt.datetime(2026, 3, 28, 22, 0, tzinfo=HERE), dt.datetime(2026, 3, 29, 9, 0, tzinfo=HERE)),
        (dt.datetime(2026, 10, 24, 22, 0, tzinfo=HERE), dt.datetime(2026, 10, 25, 9, 0, tzinfo=HERE)),
    ],
)
def test_weekends_begin_at_nine_by_the_clock_on_the_wall(now: dt.datetime, goes: dt.datetime) -> None:
    with time_machine.travel(now, tick=False):
        message = alert_to(builders.member(), priority=Priority.IMPORTANT)

    assert moments(message) == [goes]


def test_hours_of_ones_own_come_first_past_midnight_too() -> None:
    owl, lark, other = builders.member(), builders.member(), builders.member()
    wants(owl, "20:00", "02:00")
    wants(lark, "05:30", "07:00")
    wants(other, "05:00", "06:00", priority=Priority.ROUTINE)  # noise: for another priority

    with time_machine.travel(NIGHT, tick=False):
        message = alert_to(owl, lark, other, priority=Priority.IMPORTANT)

    due = {row.member_id: row.next_at for row in message.deliveries.all()}
    assert due == {owl.pk: NIGHT, lark.pk: dt.datetime(2026, 1, 15, 5, 30, tzinfo=HERE), other.pk: MORNING}


def test_own_hours_hold_for_what_is_urgent_but_never_for_danger() -> None:
    member = builders.member()
    wants(member, "09:00", "17:00", priority=Priority.URGENT)
    wants(member, "09:00", "17:00", priority=Priority.EMERGENCY)

    with time_machine.travel(NIGHT, tick=False):
        urgent = alert_to(member, priority=Priority.URGENT)
        danger = alert_to(member, priority=Priority.EMERGENCY)

    assert moments(urgent) == [dt.datetime(2026, 1, 15, 9, 0, tzinfo=HERE)]
    assert moments(danger) == [NIGHT]


# Around both changes of clocks, in the middle of the night, and on an ordinary day; each for hours of many shapes.
STARTS = [
    dt.datetime(2026, 3, 28, 22, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 24, 21, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 7, 8, 9, 30, tzinfo=dt.UTC),
]
SHAPES = [(60, 120), (90, 300), (1320, 150), (1380, 60), (480, 1260), (300, 300), (0, 240), (1200, 90), (105, 1400)]


@pytest.mark.parametrize("start", STARTS)
def test_the_database_finds_the_same_moment_as_the_rule(start: dt.datetime) -> None:
    members = {shape: builders.member(weekly_budget=1000) for shape in SHAPES}
    for (begins, ends), member in members.items():
        Preference.objects.create(
            member=member, priority=Priority.IMPORTANT, channel=Channel.SMS, from_minute=begins, until_minute=ends
        )

    for quarter in range(0, 24 * 4, 3):
        now = start + dt.timedelta(minutes=15 * quarter)
        local = now.astimezone(HERE)
        with time_machine.travel(now, tick=False):
            message = alert_to(*members.values(), priority=Priority.IMPORTANT)
        found = {row.member_id: row.next_at for row in message.deliveries.all()}

        for shape, member in members.items():
            rule = next_moment(Priority.IMPORTANT, local, Hours(*shape)) or local
            wanted = max(rule.astimezone(dt.UTC), now)
            again = found[member.pk] - wanted
            # Of an hour that clocks show twice the rule may mean the one that has passed: then it is the other.
            assert dt.timedelta(0) <= again <= dt.timedelta(hours=1), (local, shape)
            assert again == dt.timedelta(0) or local.date() == dt.date(2026, 10, 25), (local, shape)


def test_who_sleeps_until_after_it_ends_is_counted_as_such_at_once() -> None:
    asleep, awake = builders.member(), builders.member()
    wants(awake, "20:00", "23:30")

    with time_machine.travel(NIGHT, tick=False):
        message = alert_to(asleep, awake, priority=Priority.IMPORTANT, expires_at=MORNING)
        kept = queries.kept_back(about=message.about)

    assert dict(message.deliveries.values_list("member_id", "state")) == {asleep.pk: "expired", awake.pk: "queued"}
    assert message.deliveries.get(member=asleep).detail == "Asleep until after it ends"
    assert (kept.slept, kept.asleep, kept.next_at) == (1, 0, None)


def test_nothing_runs_a_second_before_the_hours_begin_and_one_job_at_the_first_moment() -> None:
    with time_machine.travel(NIGHT, tick=False):
        message = alert_to(*(builders.member() for _ in range(3)), priority=Priority.IMPORTANT)
        ProcrastinateJob.objects.all().delete()  # the one at once finds nothing due:
        for _ in range(2):
            assert actions.dispatch(message_ref=message.ref) == 0
        assert queries.kept_back(about=message.about).asleep == 3
    with time_machine.travel(MORNING - dt.timedelta(seconds=1), tick=False):
        assert actions.sweep() == 0
        assert actions.dispatch(message_ref=message.ref) == 0

    jobs = ProcrastinateJob.objects.filter(task_name="messaging.dispatch")
    assert [job.scheduled_at for job in jobs] == [MORNING]


def test_a_lost_job_loses_no_message_of_the_morning() -> None:
    with time_machine.travel(NIGHT, tick=False):
        message = alert_to(builders.member(mobile="+447700900101"), priority=Priority.IMPORTANT)
        actions.dispatch(message_ref=message.ref)
    ProcrastinateJob.objects.all().delete()  # somebody restored the queue from nothing

    with time_machine.travel(MORNING, tick=False):
        swept = actions.sweep()
        actions.dispatch(message_ref=message.ref)

    assert swept == 1
    assert len(by_phone("+447700900101")) == 1


def test_a_reply_and_a_stand_down_of_what_woke_people_go_at_night() -> None:
    member = builders.member(mobile="+447700900101")
    with time_machine.travel(NIGHT, tick=False):
        alert = alert_to(member, priority=Priority.URGENT)
        actions.dispatch(message_ref=alert.ref)
        said = actions.receive(incoming=incoming("+447700900101", "Gate open"))

        answer = actions.reply(conversation_ref=said.conversation.ref, text="Which gate?", actor="officer:TEST22")
        over = actions.follow(kind=MessageKind.STAND_DOWN, about=alert.about, words=WORDS, actor="officer:TEST22")

    assert moments(answer) == moments(over) == [NIGHT]


def test_what_came_of_it_wakes_nobody_but_who_is_awake() -> None:
    slept, awake = builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102")
    with time_machine.travel(NIGHT - dt.timedelta(hours=3), tick=False):
        alert = alert_to(slept, awake)
        actions.dispatch(message_ref=alert.ref)
        actions.receive(incoming=incoming("+447700900101", "Seen nothing"))
    with time_machine.travel(NIGHT - dt.timedelta(hours=1), tick=False):
        actions.receive(incoming=incoming("+447700900102", "White van"))

    with time_machine.travel(NIGHT, tick=False):
        ending = actions.answer_all(kind=MessageKind.ENDING, about=alert.about, words=WORDS, actor="officer:TEST22")

    due = {row.member_id: row.next_at for row in ending.deliveries.all()}
    assert due == {slept.pk: MORNING, awake.pk: NIGHT}


# ---------------------------------------------------------------- a pause


def paused(member: Member, until: dt.datetime | None) -> None:
    Member.objects.filter(pk=member.pk).update(state="paused", paused_until=until)


def test_a_pause_holds_back_what_is_queued_until_it_ends() -> None:
    resting, other = builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102")
    message = alert_to(resting, other)
    until = clock.now() + dt.timedelta(hours=5)
    paused(resting, until)

    dealt = actions.dispatch(message_ref=message.ref)

    row = Delivery.objects.get(message=message, member=resting)
    assert (row.state, row.next_at, row.attempts, row.ended_at) == ("queued", until, 0, None)
    assert (dealt, by_phone("+447700900101"), len(by_phone("+447700900102"))) == (2, [], 1)

    with time_machine.travel(until):
        actions.dispatch(message_ref=message.ref)

    assert len(by_phone("+447700900101")) == 1


@pytest.mark.parametrize("days", [None, 4])
def test_who_pauses_until_after_it_ends_never_gets_it(days: int | None) -> None:
    member = builders.member(mobile="+447700900101")
    message = alert_to(member, expires_at=clock.now() + dt.timedelta(days=3))
    paused(member, clock.now() + dt.timedelta(days=days) if days else None)

    actions.dispatch(message_ref=message.ref)

    assert message.deliveries.get().state == DeliveryState.EXPIRED
    assert by_phone("+447700900101") == []


def test_a_stand_down_follows_in_a_pause_too() -> None:
    member = builders.member(mobile="+447700900101")
    alert = alert_to(member)
    actions.dispatch(message_ref=alert.ref)
    paused(member, None)

    over = actions.follow(kind=MessageKind.STAND_DOWN, about=alert.about, words=WORDS, actor="officer:TEST22")
    actions.dispatch(message_ref=over.ref)

    assert len(by_phone("+447700900101")) == 2


def test_thirty_three_thousand_rows_take_no_more_statements_than_one(django_assert_num_queries: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    few, many = [builders.member()], [builders.member() for _ in range(40)]

    for members in (few, many):
        with django_assert_num_queries(10):  # as for an urgent one, the force, and where the week begins
            alert_to(*members, priority=Priority.ROUTINE)
