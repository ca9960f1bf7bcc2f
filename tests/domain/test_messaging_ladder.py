"""The fallback ladder: text, telephone, e-mail; once a household, in their hours, never twice."""

import datetime as dt
import itertools
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import connection

from hueandcry.domain.members.models import Consent, Member, Preference
from hueandcry.domain.members.rules import Channel, MemberState, Priority, Purpose
from hueandcry.domain.members.rules.preferences import ladder
from hueandcry.domain.messaging import actions, queries
from hueandcry.domain.messaging.actions import laddering
from hueandcry.domain.messaging.models import Delivery, Halt, Lag, Message, Provider, Receipt
from hueandcry.domain.messaging.rules import DeliveryState, Lane
from hueandcry.domain.messaging.rules.ladder import (
    BEST_FIRST,
    CLIMBED,
    MOST_SILENT,
    WAITS,
    best_of,
    is_silence,
    lost_by,
    next_ways,
    waits_of,
)
from hueandcry.domain.records.models import Record
from hueandcry.gateways.contract import Fate
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import alert_to, by_phone, incoming, stopped

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
SMS, VOICE, EMAIL, PUSH, WHATSAPP = Channel.SMS, Channel.VOICE, Channel.EMAIL, Channel.PUSH, Channel.WHATSAPP
LANDLINES = itertools.count(1)


def landline() -> str:
    """Return a landline that belongs to nobody."""
    return f"+4420794600{next(LANDLINES) % 100:02d}"


def with_all(**fields: Any) -> Member:
    """Return a member with a mobile, a landline and an e-mail address."""
    return builders.member(**{"landline": landline(), "email": f"m{next(LANDLINES)}@example.org", **fields})


def sent(*people: Member, state: DeliveryState = DeliveryState.ACCEPTED, **fields: Any) -> Message:
    """Return an urgent alert that went to them by text a moment ago, by a provider that gives receipts."""
    Receipt.objects.get_or_create(
        gateway="sandbox-text",
        provider_ref="earlier",
        fate=Fate.DELIVERED,
        defaults={"at": clock.now(), "received_at": clock.now(), "folded": True},
    )
    message = alert_to(*people, **fields)
    message.deliveries.update(state=state, gateway="sandbox-text", attempts=1, accepted_at=clock.now())
    return message


def rows(message: Message) -> list[tuple[int | None, str, int]]:
    """Return member, channel and rung of what was climbed to."""
    found = message.deliveries.filter(rung__gt=0).order_by("member_id", "rung")
    return list(found.values_list("member_id", "channel", "rung"))


def at(minutes: float) -> time_machine.travel:
    """Go to so many minutes after noon."""
    return time_machine.travel(NOON + dt.timedelta(minutes=minutes), tick=False)


# ---------------------------------------------------------------- the table


def test_every_way_of_an_urgent_message_has_a_time_and_nothing_else_is_climbed_for_being_late() -> None:
    assert set(WAITS) == {Priority.EMERGENCY, Priority.URGENT}
    assert {*CLIMBED} == {*WAITS, Priority.IMPORTANT}
    for priority, waits in WAITS.items():
        assert set(waits) == set(ladder(priority))
    assert waits_of(Priority.ROUTINE) == {}
    assert [lost_by(priority) for priority in (Priority.IMPORTANT, Priority.ROUTINE)] == [(PUSH, WHATSAPP), ()]
    assert set(lost_by(Priority.URGENT)) == set(ladder(Priority.URGENT))


@pytest.mark.parametrize(
    ("tried", "poor", "left"),
    [
        (["push"], [], (WHATSAPP, SMS, VOICE, EMAIL)),
        (["push", "whatsapp"], [], (SMS, VOICE, EMAIL)),
        (["push", "whatsapp", "sms"], ["voice"], (EMAIL, VOICE)),
        (["push", "sms"], ["voice", "email"], (WHATSAPP, VOICE, EMAIL)),
        (["push", "sms", "whatsapp", "voice"], [], (EMAIL,)),
        (["email"], ["push"], (WHATSAPP, SMS, VOICE, PUSH)),
        (["sms"], [], (PUSH, WHATSAPP, VOICE, EMAIL)),
        (["push", "whatsapp", "sms", "voice", "email"], [], ()),
    ],
)
def test_the_next_ways_are_those_left_and_what_often_failed_comes_last(
    tried: list[str], poor: list[str], left: tuple[Channel, ...]
) -> None:
    assert next_ways(Priority.URGENT, tried=tried, poor=poor) == left


def test_nothing_is_left_for_what_can_wait() -> None:
    assert next_ways(Priority.NEWSLETTER, tried=[], poor=[]) == ()


def test_nobody_is_written_a_letter_because_what_is_important_failed() -> None:
    assert next_ways(Priority.IMPORTANT, tried=[WHATSAPP], poor=[]) == (SMS, EMAIL, PUSH, VOICE)


def test_many_without_a_receipt_are_the_providers_silence_and_not_theirs() -> None:
    assert is_silence(silent=MOST_SILENT, handed=MOST_SILENT)
    assert is_silence(silent=100, handed=200)
    assert not is_silence(silent=101, handed=200)


def test_somebody_stands_where_the_best_of_their_ways_stands() -> None:
    assert set(BEST_FIRST) == set(DeliveryState)
    assert best_of([DeliveryState.BOUNCED, DeliveryState.ACCEPTED, DeliveryState.FAILED]) == DeliveryState.ACCEPTED


# ---------------------------------------------------------------- climbing


def test_whom_a_text_did_not_reach_in_five_minutes_is_rung() -> None:
    with at(0):
        silent, heard = with_all(), with_all()
        message = sent(silent, heard)
        message.deliveries.filter(member=heard).update(state=DeliveryState.DELIVERED)
    with at(4.9):
        early = laddering.climb()
    with at(5):
        added = laddering.climb()

    assert (early, added) == (0, 1)
    assert rows(message) == [(silent.pk, "voice", 1)]
    row = message.deliveries.get(rung=1)
    assert (row.state, row.lane, row.address) == ("queued", Lane.URGENT, silent.contacts.get(channel="voice").address)
    record = Record.objects.get(event="message.climbed")
    assert (record.subject, record.facts) == (f"message:{message.ref}", {"about": "alert:K7M2PQ", "deliveries": 1})


def test_then_by_e_mail_and_then_no_further() -> None:
    with at(0):
        member = with_all()
        message = sent(member)
    for minute in (5, 6, 30, 31, 60):
        with at(minute):
            laddering.climb()
            message.deliveries.filter(state="queued").update(state="failed", ended_at=clock.now())

    assert rows(message) == [(member.pk, "voice", 1), (member.pk, "email", 2)]


@pytest.mark.parametrize("state", [DeliveryState.BOUNCED, DeliveryState.FAILED])
def test_what_failed_is_climbed_at_once(state: DeliveryState) -> None:
    message = sent(with_all(), state=state)

    assert laddering.climb() == 1
    assert laddering.climb() == 0
    assert len(rows(message)) == 1


def test_what_was_climbed_to_goes_out() -> None:
    member = with_all()
    message = sent(member, state=DeliveryState.FAILED)
    laddering.climb()

    actions.dispatch(message_ref=message.ref)

    assert len(by_phone(member.contacts.get(channel="voice").address)) == 1
    assert message.deliveries.get(rung=1).state == DeliveryState.DELIVERED


@pytest.mark.parametrize(
    "state",
    [
        DeliveryState.DELIVERED,
        DeliveryState.SEEN,
        DeliveryState.STOPPED,
        DeliveryState.EXPIRED,
        DeliveryState.CANCELLED,
        DeliveryState.BUNDLED,
    ],
)
def test_who_heard_or_wants_to_hear_nothing_is_left_alone(state: DeliveryState) -> None:
    with at(0):
        sent(with_all(), state=state)
    with at(60):
        assert laddering.climb() == 0


def test_what_was_perhaps_sent_is_climbed_when_its_time_is_over() -> None:
    with at(0):
        message = sent(with_all(), state=DeliveryState.UNCERTAIN)
    with at(1):
        early = laddering.climb()
    with at(5):
        assert laddering.climb() == 1

    assert early == 0
    assert len(rows(message)) == 1


def test_nobody_is_rung_because_a_provider_gives_no_receipts() -> None:
    with at(0):
        sent(with_all())
        Receipt.objects.all().delete()
    with at(60):
        assert laddering.climb() == 0


def test_nobody_is_rung_because_receipts_are_late() -> None:
    with at(0):
        people = [with_all() for _ in range(3)]
        message = sent(*people)
        message.deliveries.filter(member=people[0]).update(state=DeliveryState.FAILED)
        copies = [
            Delivery(message=message, channel=SMS, address=f"+4477009{number:05d}", lane=Lane.URGENT, state="accepted",
                     next_at=NOON, accepted_at=NOON, gateway="sandbox-text", member_id=100_000 + number)
            for number in range(MOST_SILENT)
        ]  # fmt: skip
        Delivery.objects.bulk_create(copies)
    with at(60):
        assert laddering.climb() == 1

    assert rows(message) == [(people[0].pk, "voice", 1)]
    Delivery.objects.filter(member_id__gte=100_000).delete()


def test_what_is_stuck_because_no_provider_works_is_climbed_and_what_waits_its_turn_is_not() -> None:
    with at(0):
        tried, waits, sleeps = with_all(), with_all(), with_all()
        message = sent(tried, waits, sleeps, state=DeliveryState.QUEUED)
        message.deliveries.update(accepted_at=None)
        message.deliveries.filter(member=waits).update(attempts=0)
        message.deliveries.filter(member=sleeps).update(attempts=0, next_at=NOON + dt.timedelta(hours=9))
    with at(6):
        laddering.climb()
        by_turn = rows(message)
        Provider.objects.create(name="sandbox-text", down_since=clock.now(), opened_until=clock.now())
        laddering.climb()

    assert by_turn == [(tried.pk, "voice", 1)]
    assert rows(message) == [(tried.pk, "voice", 1), (waits.pk, "voice", 1)]


@pytest.mark.parametrize(
    "fields",
    [
        {"cancelled_at": NOON},
        {"paused_at": NOON},
        {"expires_at": NOON + dt.timedelta(minutes=5)},
        {"queued_at": NOON - dt.timedelta(hours=25)},
        {"priority": Priority.IMPORTANT},
        {"kind": "reminder"},
    ],
)
def test_what_was_taken_back_stands_still_is_over_or_can_wait_is_not_climbed(fields: dict[str, Any]) -> None:
    with at(0):
        message = sent(with_all(), state=DeliveryState.FAILED)
        Message.objects.filter(pk=message.pk).update(**fields)
    with at(6):
        assert laddering.climb() == 0


def test_nothing_is_climbed_while_everything_stands_still() -> None:
    sent(with_all(), state=DeliveryState.FAILED)
    Halt.objects.create(at=clock.now(), by="officer:TEST22", reason="A wrong number")

    assert laddering.climb() == 0


def test_who_answered_by_any_way_has_heard_of_it() -> None:
    member, other = with_all(), with_all()
    message = sent(member, other, state=DeliveryState.FAILED)
    actions.receive(incoming=incoming(member.contacts.get(channel="sms").address, "Seen it at the ford K7M2PQ"))

    laddering.climb()

    assert rows(message) == [(other.pk, "voice", 1)]


def test_one_worker_climbs_a_message_at_a_time() -> None:
    message = sent(with_all(), state=DeliveryState.FAILED)
    to = connection.get_connection_params()
    with psycopg.connect(
        **{name: to[name] for name in ("dbname", "user", "password", "host", "port") if name in to}
    ) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('climb ' || %s::bigint, 17))", [message.pk])
        meanwhile = laddering.climb()
        other.rollback()

    assert (meanwhile, laddering.climb()) == (0, 1)


# ---------------------------------------------------------------- what is important and no more


def important(*people: Member, channel: Channel = WHATSAPP, state: str = "failed", **fields: Any) -> Message:
    """Return an important alert that went to them by WhatsApp or push, and what became of it."""
    message = sent(*people, state=DeliveryState(state), priority=Priority.IMPORTANT, lane=Lane.NORMAL, **fields)
    message.deliveries.update(channel=channel, address="there", gateway="whatsapp")
    return message


@pytest.mark.parametrize("channel", [WHATSAPP, PUSH])
@pytest.mark.parametrize("state", ["failed", "bounced"])
def test_what_is_important_and_lost_goes_on_by_the_next_way_once(channel: Channel, state: str) -> None:
    with at(0):
        lost, heard, late = with_all(), with_all(), with_all()
        message = important(lost, heard, late, channel=channel, state=state)
        message.deliveries.filter(member=heard).update(state="delivered")
        message.deliveries.filter(member=late).update(state="accepted")
        added = laddering.climb(), laddering.climb()
        message.deliveries.filter(rung=1).update(state=state)
        laddering.climb()
    with at(23 * 60):
        laddering.climb()

    assert added == (1, 0)
    assert rows(message) == [(lost.pk, "sms", 1)]


@pytest.mark.parametrize("channel", [SMS, EMAIL, VOICE])
def test_what_is_important_and_failed_by_another_way_is_left(channel: Channel) -> None:
    important(with_all(), channel=channel)

    assert laddering.climb() == 0


def test_what_is_routine_is_left_however_it_failed() -> None:
    message = important(with_all())
    Message.objects.filter(pk=message.pk).update(priority=Priority.ROUTINE)

    assert laddering.climb() == 0


def test_what_is_important_waits_for_their_hours() -> None:
    midnight = dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)
    with time_machine.travel(midnight, tick=False) as now:
        member = with_all()
        message = important(member)
        asleep = laddering.climb()
        now.shift(dt.timedelta(hours=9))
        awake = laddering.climb()

    assert (asleep, awake) == (0, 1)
    assert rows(message) == [(member.pk, "sms", 1)]


def test_who_had_enough_for_one_week_gets_what_was_lost_in_the_next_digest(settings: Any) -> None:
    with at(0):
        member, beside = with_all(), with_all()
        message = important(member, beside)
        sent(member, about="alert:EARLY2", state=DeliveryState.DELIVERED)
        settings.MEMBER_BUDGET_WEEK = 1
        laddering.climb()
        again = laddering.climb()
    held, goes = message.deliveries.filter(rung=1).order_by("member_id")
    with at(6 * 60):
        settings.MEMBER_BUDGET_WEEK = 5
        bundled = actions.digest()
    held.refresh_from_db()

    assert again == 0
    assert (goes.member_id, goes.channel, goes.state, goes.next_at) == (beside.pk, "sms", "queued", NOON)
    assert (held.member_id, held.channel) == (member.pk, "sms")
    assert held.next_at > NOON
    assert (bundled, held.state) == (1, "bundled")
    (digest,) = Message.objects.filter(kind="digest")
    assert list(digest.deliveries.values_list("member_id", "channel")) == [(member.pk, "sms")]


# ---------------------------------------------------------------- what they agreed to, their hours, pauses and stops


def test_nobody_is_rung_who_did_not_agree_to_be() -> None:
    member = with_all()
    message = sent(member, state=DeliveryState.FAILED)
    Consent.objects.filter(member=member, channel=VOICE).update(withdrawn_at=clock.now())

    laddering.climb()

    assert rows(message) == [(member.pk, "email", 1)]


def test_nobody_is_rung_who_asked_us_to_stop_or_does_not_want_calls() -> None:
    stops, wants_none, neither = with_all(), with_all(), with_all(email="")
    message = sent(stops, wants_none, neither, state=DeliveryState.FAILED)
    for member in (stops, neither):
        stopped("voice", member.contacts.get(channel="voice").address)
    Preference.objects.create(member=wants_none, priority=Priority.URGENT, channel=VOICE, wanted=False)

    laddering.climb()

    assert rows(message) == [(stops.pk, "email", 1), (wants_none.pk, "email", 1)]


def test_nobody_is_rung_outside_their_hours_but_when_they_begin() -> None:
    with at(0):
        member = with_all(email="")
        Preference.objects.create(
            member=member, priority=Priority.URGENT, channel=VOICE, from_minute=13 * 60, until_minute=15 * 60
        )
        message = sent(member, state=DeliveryState.FAILED)
        asleep = laddering.climb()
    with at(61):
        assert laddering.climb() == 1

    assert asleep == 0
    assert rows(message) == [(member.pk, "voice", 1)]


def test_outside_the_hours_of_one_way_the_next_is_tried() -> None:
    with at(0):
        member = with_all()
        Preference.objects.create(
            member=member, priority=Priority.URGENT, channel=VOICE, from_minute=20 * 60, until_minute=22 * 60
        )
        message = sent(member, state=DeliveryState.FAILED)
        laddering.climb()

    assert rows(message) == [(member.pk, "email", 1)]


def test_danger_wakes_people() -> None:
    with at(0):
        member = with_all()
        Preference.objects.create(
            member=member, priority=Priority.EMERGENCY, channel=VOICE, from_minute=20 * 60, until_minute=22 * 60
        )
        message = sent(member, priority=Priority.EMERGENCY)
    with at(2):
        laddering.climb()

    assert rows(message) == [(member.pk, "voice", 1)]


def test_who_pauses_or_left_is_left_alone() -> None:
    pauses, left, back = with_all(), with_all(), with_all()
    message = sent(pauses, left, back, state=DeliveryState.FAILED)
    Member.objects.filter(pk=pauses.pk).update(paused_until=clock.now() + dt.timedelta(days=1))
    Member.objects.filter(pk=back.pk).update(paused_until=clock.now() - dt.timedelta(days=1))
    Member.objects.filter(pk=left.pk).update(state=MemberState.LEFT, left_at=clock.now())

    laddering.climb()

    assert rows(message) == [(back.pk, "voice", 1)]


# ---------------------------------------------------------------- once a household


def test_a_telephone_that_a_household_shares_rings_once() -> None:
    shared = landline()
    one, two, other = with_all(landline=shared), with_all(landline=shared), with_all()
    message = sent(one, two, other, state=DeliveryState.FAILED)

    first, second = laddering.climb(), laddering.climb()

    assert (first, second) == (2, 0)
    assert rows(message) == [(one.pk, "voice", 1), (other.pk, "voice", 1)]


def test_whoever_is_lost_a_minute_later_does_not_let_it_ring_again() -> None:
    shared = landline()
    one, two = with_all(landline=shared), with_all(landline=shared)
    message = sent(one, two)
    message.deliveries.filter(member=one).update(state=DeliveryState.FAILED)
    laddering.climb()
    message.deliveries.filter(rung=1).update(state=DeliveryState.DELIVERED)
    message.deliveries.filter(member=two).update(state=DeliveryState.FAILED)

    assert laddering.climb() == 0
    assert rows(message) == [(one.pk, "voice", 1)]


def test_when_the_household_did_not_answer_each_is_tried_by_their_own_next_way() -> None:
    shared = landline()
    one, two = with_all(landline=shared), with_all(landline=shared)
    message = sent(one, two, state=DeliveryState.FAILED)
    laddering.climb()
    message.deliveries.filter(rung=1).update(state=DeliveryState.FAILED)

    laddering.climb()

    assert rows(message) == [(one.pk, "voice", 1), (one.pk, "email", 2), (two.pk, "email", 1)]


# ---------------------------------------------------------------- what was learned


def learned(member: Member, channel: Channel, *, sent: int, failed: int) -> None:
    """Let messages to a member by a way have failed so often."""
    Lag.objects.create(member=member, channel=channel, sent=sent, failed=failed, seconds=3, learned_at=clock.now())


def test_a_way_that_often_failed_comes_after_one_that_works() -> None:
    often, seldom, once = with_all(), with_all(), with_all()
    message = sent(often, seldom, once, state=DeliveryState.FAILED)
    learned(often, VOICE, sent=4, failed=2)
    learned(seldom, VOICE, sent=4, failed=1)
    learned(once, VOICE, sent=2, failed=2)

    laddering.climb()

    assert rows(message) == [(often.pk, "email", 1), (seldom.pk, "voice", 1), (once.pk, "voice", 1)]


def test_it_is_tried_all_the_same_when_there_is_no_other() -> None:
    member = with_all(email="")
    message = sent(member, state=DeliveryState.FAILED)
    learned(member, VOICE, sent=10, failed=10)

    laddering.climb()

    assert rows(message) == [(member.pk, "voice", 1)]


def test_an_e_mail_that_nobody_tells_of_is_not_the_end_of_the_ladder() -> None:
    with at(0):
        member = with_all()
        message = sent(member, state=DeliveryState.FAILED)
        learned(member, VOICE, sent=4, failed=4)
        laddering.climb()
        message.deliveries.filter(rung=1).update(state="accepted", accepted_at=NOON, gateway="sandbox-mail")
    with at(14):
        early = laddering.climb()
    with at(15):
        laddering.climb()

    assert early == 0
    assert rows(message) == [(member.pk, "email", 1), (member.pk, "voice", 2)]


def test_an_exercise_is_climbed_too_and_stays_one() -> None:
    member = with_all()
    message = sent(member, state=DeliveryState.FAILED, is_drill=True)

    assert laddering.climb() == 1
    assert Message.objects.get(pk=message.pk).is_drill


def test_a_purpose_that_ended_is_not_climbed() -> None:
    member = with_all()
    message = sent(member, state=DeliveryState.FAILED)
    Consent.objects.filter(member=member, purpose=Purpose.ALERT).update(withdrawn_at=clock.now())

    assert laddering.climb() == 0
    assert rows(message) == []


# ---------------------------------------------------------------- figures count people


def test_figures_count_people_and_not_the_ways_that_were_tried() -> None:
    reached_later, never, other = with_all(), with_all(), with_all()
    message = sent(reached_later, never, other, state=DeliveryState.FAILED)
    message.deliveries.filter(member=other).update(state=DeliveryState.DELIVERED)
    laddering.climb()
    message.deliveries.filter(rung=1, member=reached_later).update(state=DeliveryState.DELIVERED)
    message.deliveries.filter(rung=1, member=never).update(state=DeliveryState.BOUNCED)
    alert_to(builders.member(), about="alert:OTHER2")

    found = queries.progress(about="alert:K7M2PQ")

    assert (found.total, found.waiting) == (3, 0)
    assert found.by_state == {DeliveryState.DELIVERED: 2, DeliveryState.FAILED: 1}
    assert found.by_channel["voice"] == {DeliveryState.DELIVERED: 1, DeliveryState.BOUNCED: 1}
    assert queries.progress_of(message_ref=message.ref) == found
    each = queries.progress_each(abouts=["alert:K7M2PQ", "alert:OTHER2"])
    assert (each["alert:K7M2PQ"], each["alert:OTHER2"].total) == (found, 1)
