"""Handing messages over: fates, retries, expiry, stops on the way, answers that outrun the outcome."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pytest
import time_machine
from procrastinate.contrib.django.models import ProcrastinateJob

from hueandcry.domain.members.actions import withdraw
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging import actions, queries
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, Lane, MessageKind, back_off
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Again, Fate, GatewayError, Handover, Incoming, Outgoing, Receipt
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders
from tests.domain.messaging import WORDS, alert_to, by_phone, incoming, stopped

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


class Scripted:
    """A provider that does what its test says: the world outside, not our code."""

    name = "scripted"
    channel = "sms"
    again = Again.NEVER
    script: Any = None
    got: ClassVar[list[Outgoing]] = []

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        for number, message in enumerate(messages):
            handover = type(self).script(number, message)
            type(self).got.append(message)
            yield handover

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        return (), ()

    def check(self) -> str:
        return ""


@pytest.fixture
def scripted(settings: Any) -> Iterator[type[Scripted]]:
    settings.GATEWAYS = {**settings.GATEWAYS, "sms": f"{__name__}.Scripted"}
    registry.routes_for.cache_clear()
    Scripted.got.clear()
    yield Scripted
    registry.routes_for.cache_clear()


def state_of(address: str) -> str:
    return Delivery.objects.get(address=address).state


def test_every_fate_can_be_seen_on_the_sandbox() -> None:
    endings = ("100", "998", "997", "996", "995", "994")
    alert = alert_to(*(builders.member(mobile=f"+447700900{ending}") for ending in endings))

    actions.dispatch(message_ref=alert.ref)

    assert [state_of(f"+447700900{ending}") for ending in endings] == [
        "delivered", "bounced", "failed", "queued", "accepted", "delivered",
    ]  # fmt: skip


def test_each_channel_says_it_in_its_own_words() -> None:
    with_mail = builders.member(mobile=None, email="mail@example.org")
    alert = alert_to(
        builders.member(mobile="+447700900101"), builders.member(mobile=None, landline="+442079460101"), with_mail
    )

    actions.dispatch(message_ref=alert.ref)

    assert by_phone("+447700900101") == [WORDS.text]
    assert by_phone("+442079460101") == [WORDS.spoken]
    (mail,) = by_phone("mail@example.org")
    assert mail == WORDS.email.replace("{page}", f"http://localhost:8000/my/{with_mail.page_token}/")


def test_an_e_mail_can_be_stopped_with_one_press_and_a_text_carries_no_link(
    settings: Any, scripted: type[Scripted]
) -> None:
    settings.GATEWAYS = {**settings.GATEWAYS, "email": f"{__name__}.Scripted"}
    Scripted.script = lambda number, message: Handover(message.reference, Fate.ACCEPTED, f"p{number}")
    with_mail = builders.member(mobile=None, email="mail@example.org")
    alert = alert_to(with_mail)
    actions.dispatch(message_ref=alert.ref)
    (mail,) = Scripted.got
    text = alert_to(builders.member(), about="alert:NNNNNN")

    actions.dispatch(message_ref=text.ref)

    # RFC 8058: an https address in List-Unsubscribe, and the header that allows one press.
    assert dict(mail.headers) == {
        "List-Unsubscribe": f"<http://localhost:8000/my/{with_mail.page_token}/stop/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert Scripted.got[-1].headers == ()
    assert "http" not in Scripted.got[-1].body


def test_one_press_in_a_partners_e_mail_names_the_partner(settings: Any, scripted: type[Scripted]) -> None:
    settings.GATEWAYS = {**settings.GATEWAYS, "email": f"{__name__}.Scripted"}
    Scripted.script = lambda number, message: Handover(message.reference, Fate.ACCEPTED, f"p{number}")
    fire = builders.partner()
    member = builders.member(mobile=None, email="mail@example.org", agreed_to=fire)

    actions.dispatch(message_ref=alert_to(member, organisation_id=fire.pk).ref)

    stop = f"<http://localhost:8000/my/{member.page_token}/stop/?from={fire.pk}>"
    assert dict(Scripted.got[-1].headers)["List-Unsubscribe"] == stop


def test_what_was_handed_over_keeps_the_providers_reference_and_the_time() -> None:
    with time_machine.travel(NOON, tick=False):
        alert = alert_to(builders.member(mobile="+447700900995"))
    with time_machine.travel(NOON + dt.timedelta(seconds=3), tick=False):
        actions.dispatch(message_ref=alert.ref)

    delivery = Delivery.objects.get()
    assert (delivery.gateway, delivery.provider_ref) == ("sandbox-text", f"{alert.ref}-{delivery.pk}")
    assert queries.progress_of(message_ref=alert.ref).last_after == 3


def test_dispatching_again_sends_nothing_again() -> None:
    alert = alert_to(builders.member(mobile="+447700900101"))

    assert [actions.dispatch(message_ref=alert.ref) for _ in range(3)] == [1, 0, 0]
    assert SandboxMessage.objects.count() == 1


def test_a_message_that_is_not_there_is_said() -> None:
    with pytest.raises(NotHereError):
        actions.dispatch(message_ref="NNNNNN")


def test_other_messages_are_left_alone() -> None:
    one, other = alert_to(builders.member()), alert_to(builders.member(), about="alert:NNNNNN")

    actions.dispatch(message_ref=one.ref)

    assert other.deliveries.get().state == DeliveryState.QUEUED


def test_more_than_a_window_is_sent_in_windows(settings: Any) -> None:
    settings.SEND_WINDOW = 3
    alert = alert_to(*(builders.member(mobile=f"+4477009001{number:02}") for number in range(10)))

    assert actions.dispatch(message_ref=alert.ref) == 10
    assert queries.progress_of(message_ref=alert.ref).by_state == {DeliveryState.DELIVERED: 10}


# ---------------------------------------------------------------- trying again


def test_what_is_put_off_is_tried_again_later_and_then_arrives() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        alert = alert_to(builders.member(mobile="+447700900996"))
        actions.dispatch(message_ref=alert.ref)
        job = ProcrastinateJob.objects.get(task_name="messaging.dispatch", scheduled_at__isnull=False)
        assert actions.dispatch(message_ref=alert.ref) == 0  # not yet

        now.shift(dt.timedelta(seconds=5))
        actions.dispatch(message_ref=alert.ref)

    assert job.scheduled_at == NOON + dt.timedelta(seconds=5)
    assert state_of("+447700900996") == "delivered"
    assert len(by_phone("+447700900996")) == 1


def test_the_wait_grows_to_an_hour() -> None:
    assert [back_off(attempts).total_seconds() for attempts in (1, 2, 3, 4, 5, 6, 40)] == [
        5, 30, 120, 600, 3600, 3600, 3600,
    ]  # fmt: skip


def test_a_provider_that_is_away_loses_nothing(scripted: type[Scripted]) -> None:
    def away(number: int, message: Outgoing) -> Handover:
        if number == 2:
            raise GatewayError("The provider does not answer: ask them, or set another gateway.")
        return Handover(message.reference, Fate.ACCEPTED, f"p{number}")

    Scripted.script = away
    alert = alert_to(*(builders.member(mobile=f"+44770090010{number}") for number in range(5)))

    with time_machine.travel(NOON + dt.timedelta(days=400), tick=False):
        Message.objects.update(queued_at=clock.now())
        actions.dispatch(message_ref=alert.ref)
        states = list(alert.deliveries.order_by("id").values_list("state", "attempts", "detail"))
        waits = {row.next_at - clock.now() for row in alert.deliveries.filter(state="queued")}

    assert [state for state, *_ in states] == ["accepted", "accepted", "queued", "queued", "queued"]
    assert states[2] == ("queued", 1, "The provider does not answer: ask them, or set another gateway.")
    assert waits == {dt.timedelta(seconds=5)}


def test_a_fault_in_a_gateway_is_not_hidden_and_what_was_handed_over_is_written(scripted: type[Scripted]) -> None:
    def faulty(number: int, message: Outgoing) -> Handover:
        if number == 1:
            raise ZeroDivisionError
        return Handover(message.reference, Fate.ACCEPTED, "p0")

    Scripted.script = faulty
    alert = alert_to(builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102"))

    with pytest.raises(ZeroDivisionError):
        actions.dispatch(message_ref=alert.ref)

    assert (state_of("+447700900101"), state_of("+447700900102")) == ("accepted", "leased")


def test_a_channel_without_a_gateway_waits_with_the_reason(settings: Any) -> None:
    settings.GATEWAYS = {"email": settings.GATEWAYS["email"]}
    registry.routes_for.cache_clear()
    alert = alert_to(builders.member(mobile="+447700900101"), builders.member(mobile=None, email="mail@example.org"))

    actions.dispatch(message_ref=alert.ref)
    registry.routes_for.cache_clear()

    waiting = alert.deliveries.get(channel="sms")
    assert (waiting.state, waiting.detail) == ("queued", "No gateway is set for sms: add GATEWAY_SMS.")
    assert state_of("mail@example.org") == "delivered"


def test_a_word_that_we_do_not_know_is_perhaps_sent_and_never_sent_again(scripted: type[Scripted]) -> None:
    Scripted.script = lambda _, message: Handover(message.reference, Fate.UNKNOWN, detail="ZXQ")
    alert = alert_to(builders.member(mobile="+447700900101"))

    assert [actions.dispatch(message_ref=alert.ref) for _ in range(2)] == [1, 0]
    assert state_of("+447700900101") == "uncertain"


def test_what_a_provider_says_nothing_of_was_perhaps_sent_whatever_else_it_says(scripted: type[Scripted]) -> None:
    Scripted.script = lambda *_: Handover("NNNNNN-1", Fate.ACCEPTED, "p")
    alert = alert_to(builders.member(mobile="+447700900101"))

    actions.dispatch(message_ref=alert.ref)

    assert state_of("+447700900101") == "uncertain"


# ---------------------------------------------------------------- too late, stopped, crashed


def test_what_is_too_late_is_not_sent() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        alert = alert_to(builders.member(mobile="+447700900101"), expires_at=NOON + dt.timedelta(hours=2))
        now.shift(dt.timedelta(hours=2))
        actions.dispatch(message_ref=alert.ref)

    assert (state_of("+447700900101"), by_phone("+447700900101")) == ("expired", [])


def test_a_retry_that_would_come_too_late_is_not_made() -> None:
    with time_machine.travel(NOON, tick=False):
        alert = alert_to(builders.member(mobile="+447700900996"), expires_at=NOON + dt.timedelta(seconds=5))
        actions.dispatch(message_ref=alert.ref)

    assert state_of("+447700900996") == "expired"


def test_a_message_without_an_end_is_not_tried_for_ever() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        alert = alert_to(builders.member(mobile="+447700900101"))
        now.shift(dt.timedelta(hours=72))
        actions.dispatch(message_ref=alert.ref)

    assert state_of("+447700900101") == "expired"


def test_a_stop_that_came_after_queueing_is_honoured() -> None:
    alert = alert_to(builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102"))
    stopped("sms", "+447700900101")

    actions.dispatch(message_ref=alert.ref)

    assert (state_of("+447700900101"), state_of("+447700900102")) == ("stopped", "delivered")
    assert by_phone("+447700900101") == []


def test_what_a_member_ended_on_their_page_after_queueing_is_honoured() -> None:
    ended, kept = builders.member(mobile="+447700900001"), builders.member(mobile="+447700900002")
    message = alert_to(ended, kept)
    withdraw(member_id=ended.pk, channel=Channel.SMS, actor=f"member:{ended.ref}")

    actions.dispatch(message_ref=message.ref)

    assert state_of("+447700900001") == DeliveryState.STOPPED
    assert by_phone("+447700900001") == []
    assert by_phone("+447700900002") == [WORDS.text]


def test_rows_of_a_dead_worker_are_due_again_when_the_lease_ends() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        alert = alert_to(builders.member(mobile="+447700900101"))
        Delivery.objects.update(state=DeliveryState.LEASED, attempts=1, next_at=NOON + dt.timedelta(seconds=60))
        assert (actions.dispatch(message_ref=alert.ref), actions.sweep()) == (0, 0)

        now.shift(dt.timedelta(seconds=60))
        assert actions.sweep() == 1
        actions.dispatch(message_ref=alert.ref)

    assert state_of("+447700900101") == "delivered"


def test_the_sweep_asks_for_the_urgent_first_and_for_nothing_that_has_ended() -> None:
    done = alert_to(builders.member(), about="alert:DDDDDD")
    actions.dispatch(message_ref=done.ref)
    bulk = alert_to(builders.member(), about="alert:BBBBBB", lane=Lane.BULK)
    urgent = alert_to(builders.member(), about="alert:CCCCCC")
    asked = ProcrastinateJob.objects.filter(queueing_lock__startswith="dispatch").order_by("id")

    assert actions.sweep() == 2

    assert list(asked.values_list("args__subject", flat=True))[-2:] == [
        f"message:{urgent.ref}",
        f"message:{bulk.ref}",
    ]


def test_a_stand_down_catches_up_with_what_a_provider_held_when_it_was_sent(scripted: type[Scripted]) -> None:
    alert = alert_to(builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102"))

    def stand_down_meanwhile(number: int, message: Outgoing) -> Handover:
        if number == 0:
            actions.follow(kind=MessageKind.STAND_DOWN, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")
        return Handover(message.reference, Fate.ACCEPTED if number == 0 else Fate.BOUNCED, f"p{number}")

    Scripted.script = stand_down_meanwhile
    actions.dispatch(message_ref=alert.ref)

    stand_down = Message.objects.get(kind=MessageKind.STAND_DOWN)
    assert list(stand_down.deliveries.values_list("address", "state")) == [("+447700900101", "queued")]


def test_an_answer_that_comes_before_the_outcome_is_written_is_not_lost(scripted: type[Scripted]) -> None:
    alert = alert_to(builders.member(mobile="+447700900101"))

    def answered_at_once(number: int, message: Outgoing) -> Handover:
        actions.receive(incoming=incoming("+447700900101", "I can see it"))
        return Handover(message.reference, Fate.ACCEPTED, "p1")

    Scripted.script = answered_at_once
    actions.dispatch(message_ref=alert.ref)

    delivery = alert.deliveries.get()
    assert (delivery.state, delivery.provider_ref) == ("seen", "p1")
    assert queries.answered(about="alert:K7M2PQ").conversations == 1


def test_a_long_run_steps_back_behind_other_messages(scripted: type[Scripted], settings: Any) -> None:
    settings.SEND_WINDOW = 1
    alert = alert_to(builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102"))
    with time_machine.travel(NOON + dt.timedelta(days=400), tick=False) as now:
        Message.objects.update(queued_at=clock.now())

        def slow(number: int, message: Outgoing) -> Handover:
            now.shift(dt.timedelta(seconds=21))
            return Handover(message.reference, Fate.ACCEPTED, f"p{message.reference}")

        Scripted.script = slow

        assert actions.dispatch(message_ref=alert.ref) == 1

    assert ProcrastinateJob.objects.filter(queueing_lock=f"dispatch {alert.ref}", scheduled_at=None).count() == 1
