"""What providers tell us by themselves, with the real queue behind it: Twilio's far side judges what is asked of it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine

from hueandcry.domain.members.models import Consent, Member, Suppression
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import hooks
from hueandcry.domain.messaging.models import Delivery, Inbound, Message
from hueandcry.domain.messaging.models import Receipt as KeptReceipt
from hueandcry.domain.messaging.rules import Command, DeliveryState, MessageKind
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate, Receipt
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders
from tests.domain.messaging import WORDS, alert_to
from tests.gateways.peers import twilio as peer
from tests.gateways.peers.provider import Provider, Reply

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
MOBILE, LANDLINE = "+447700900101", "+441632960101"
CALL = f"CA{'1' * 32}"
Far = tuple[peer.FarTwilio, Provider]


@pytest.fixture
def far(settings: Any) -> Iterator[Far]:
    settings.GATEWAYS = {
        "sms": "hueandcry.gateways.sms.twilio.TwilioText",
        "voice": "hueandcry.gateways.voice.twilio.TwilioVoice",
    }
    registry.routes_for.cache_clear()
    with time_machine.travel(NOON, tick=False), peer.far_twilio(settings) as there:
        yield there
    for gateway in registry.gateways():
        getattr(gateway, "close", lambda: None)()
    registry.routes_for.cache_clear()


def told(address: str, **fields: str) -> hooks.Answered:
    """Tell what Twilio tells, at the address that it was given."""
    body, headers = peer.signed(address, fields)
    _, _, gateway, what, _ = urlsplit(address).path.split("/")
    rest = address.removeprefix(peer.SITE)
    return hooks.hear(gateway=gateway, what=what, address=rest, headers=headers, body=body)


def texted(far: Far, *endings: str) -> tuple[Message, list[dict[str, str]]]:
    """Send an alert by text to somebody new for each ending; return it and what Twilio was asked."""
    members = [builders.member(mobile=f"+447700900{ending}") for ending in endings or ("101",)]
    message = alert_to(*members)
    actions.dispatch(message_ref=message.ref)
    return message, far[0].taken


def ringing(far: Far, **fields: Any) -> tuple[Delivery, dict[str, str]]:
    """Ring a member with an alert; return the delivery and what Twilio was asked."""
    builders.force()
    member: Member = builders.member(mobile=None, landline=LANDLINE)
    message = alert_to(member, **fields)
    actions.dispatch(message_ref=message.ref)
    return message.deliveries.get(), far[0].taken[-1]


def state(delivery: Delivery) -> str:
    return Delivery.objects.get(pk=delivery.pk).state


# ---------------------------------------------------------------- texts


def test_a_receipt_told_to_us_reaches_its_delivery(far: Far) -> None:
    message, (one, two) = texted(far, "101", "102")

    told(one["StatusCallback"], MessageSid=f"SM{1:032x}", MessageStatus="delivered")
    told(two["StatusCallback"], MessageSid=f"SM{2:032x}", MessageStatus="undelivered", ErrorCode="30005")
    hooks.take_over()

    states = dict(message.deliveries.values_list("address", "state"))
    assert states == {one["To"]: DeliveryState.DELIVERED, two["To"]: DeliveryState.BOUNCED}


def test_told_late_doubled_and_out_of_order_it_ends_the_same(far: Far) -> None:
    message, (asked,) = texted(far)

    for word in ("delivered", "sent", "delivered", "queued", "sent"):
        told(asked["StatusCallback"], MessageSid=f"SM{1:032x}", MessageStatus=word)
        hooks.take_over()

    assert message.deliveries.get().state == DeliveryState.DELIVERED


def test_told_before_the_hand_over_is_written_it_waits(far: Far) -> None:
    message = alert_to(builders.member(mobile=MOBILE))
    delivery = message.deliveries.get()
    address = f"{peer.SITE}/hooks/twilio-text/status/?ref={message.ref}-{delivery.pk}"
    told(address, MessageSid=f"SM{1:032x}", MessageStatus="delivered")
    hooks.take_over()
    early = state(delivery)

    actions.dispatch(message_ref=message.ref)
    hooks.take_over()

    assert (early, state(delivery)) == (DeliveryState.QUEUED, DeliveryState.DELIVERED)


@pytest.mark.parametrize(
    ("word", "becomes"),
    [
        ("sent", DeliveryState.ACCEPTED),
        ("delivered", DeliveryState.DELIVERED),
        ("failed", DeliveryState.FAILED),
    ],
)
def test_a_text_of_which_nobody_knew_whether_it_was_taken_is_found_by_our_reference(
    far: Far, word: str, becomes: DeliveryState
) -> None:
    """The answer was lost on its way: a person would have to decide, were it not for the receipt."""
    far[0].says[MOBILE] = Reply(201, b"<html>")
    message, _ = texted(far)
    delivery = message.deliveries.get()
    before = delivery.state
    asked = f"{peer.SITE}/hooks/twilio-text/status/?ref={message.ref}-{delivery.pk}"
    far[0].faults.clear()

    told(asked, MessageSid=f"SM{1:032x}", MessageStatus=word)
    hooks.take_over()

    assert (before, state(delivery)) == (DeliveryState.UNCERTAIN, becomes)


def test_a_text_that_came_although_it_was_put_back_goes_no_second_time(far: Far) -> None:
    far[0].says[MOBILE] = peer.error(503, 20503, "Service unavailable")
    message, taken = texted(far)
    delivery = message.deliveries.get()
    before = delivery.state
    del far[0].says[MOBILE]

    asked = f"{peer.SITE}/hooks/twilio-text/status/?ref={message.ref}-{delivery.pk}"
    told(asked, MessageSid=f"SM{1:032x}", MessageStatus="delivered")
    hooks.take_over()
    with time_machine.travel(NOON + dt.timedelta(minutes=5), tick=False):
        actions.dispatch(message_ref=message.ref)

    assert (before, state(delivery)) == (DeliveryState.QUEUED, DeliveryState.DELIVERED)
    assert taken == []


@pytest.mark.parametrize("ref", ["K7M2PQ2345-99999", "K7M2PQ2345-0", "x", "-", "K7M2PQ2345-" + "9" * 30, "1-1", "ŵ-1"])
def test_a_receipt_for_nothing_that_we_know_moves_nothing(far: Far, ref: str) -> None:
    message, _ = texted(far)
    receipt = Receipt("twilio-text", ref, Fate.BOUNCED, clock.now())

    actions.record_receipts(receipts=[receipt])
    hooks.take_over()

    assert message.deliveries.get().state == DeliveryState.ACCEPTED
    assert KeptReceipt.objects.filter(folded=False).count() == 1


def test_another_message_s_number_is_not_taken_for_ours(far: Far) -> None:
    """Our reference has two parts, and both must fit."""
    far[0].says[MOBILE] = Reply(201, b"<html>")
    message, _ = texted(far)
    delivery = message.deliveries.get()
    far[0].faults.clear()
    other = message.ref[::-1] if message.ref != message.ref[::-1] else "K7M2PQ2345"

    actions.record_receipts(receipts=[Receipt("twilio-text", f"{other}-{delivery.pk}", Fate.DELIVERED, clock.now())])
    hooks.take_over()

    assert state(delivery) == DeliveryState.UNCERTAIN


def test_who_told_the_provider_to_stop_has_stopped_with_us(far: Far) -> None:
    far[0].says[MOBILE] = peer.error(400, 21610, "Attempt to send to unsubscribed recipient")

    texted(far)
    actions.collect()

    assert Suppression.objects.get().channel == "sms"
    assert not Consent.objects.filter(channel="sms", withdrawn_at=None).exists()
    assert [inbound.command for inbound in Inbound.objects.all()] == [Command.STOP]
    assert not Message.objects.filter(kind=MessageKind.CONTROL).exists()


def test_stop_by_text_counts_before_anything_else_goes_out(far: Far) -> None:
    message, taken = texted(far)
    again = alert_to(message.deliveries.get().member, about="alert:K7M2PR")  # type: ignore[arg-type]

    told(f"{peer.SITE}/hooks/twilio-text/text/", MessageSid=f"SM{9:032x}", From=MOBILE, Body="stop")
    actions.dispatch(message_ref=again.ref)

    assert again.deliveries.get().state == DeliveryState.STOPPED
    assert len(taken) == 1


def test_one_job_folds_what_comes_in_a_second(far: Far) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    _, asked = texted(far, "101", "102", "103")

    for number, one in enumerate(asked):
        told(one["StatusCallback"], MessageSid=f"SM{number:032x}", MessageStatus="delivered")
    hooks.forget()  # another process, which does not know
    told(asked[0]["StatusCallback"], MessageSid=f"SM{0:032x}", MessageStatus="sent")

    assert ProcrastinateJob.objects.filter(task_name="messaging.fold").count() == 1


# ---------------------------------------------------------------- calls


def test_one_says_the_words_again_and_two_has_us_ring(far: Far) -> None:
    delivery, asked = ringing(far)
    keys = asked["StatusCallback"].replace("/status/", "/keys/")

    again = told(keys, CallSid=CALL, To=LANDLINE, Digits="1")
    rings = told(keys, CallSid=CALL, To=LANDLINE, Digits="2")
    told(keys, CallSid=CALL, To=LANDLINE, Digits="2")

    assert WORDS.spoken in again.body
    assert "One of us will ring you" in rings.body
    inbound = Inbound.objects.get()
    assert (inbound.command, "Pressed 2" in inbound.body) == (Command.CALL, True)
    assert inbound.conversation.about == "alert:K7M2PQ"
    assert state(delivery) == DeliveryState.SEEN


def test_nine_ends_calls_at_once(far: Far) -> None:
    _, asked = ringing(far)

    told(asked["StatusCallback"].replace("/status/", "/keys/"), CallSid=CALL, To=LANDLINE, Digits="9")

    assert Suppression.objects.get().channel == "voice"


def test_a_message_that_was_called_off_is_not_said_again(far: Far) -> None:
    delivery, asked = ringing(far)
    Message.objects.update(cancelled_at=clock.now())

    again = told(asked["StatusCallback"].replace("/status/", "/keys/"), CallSid=CALL, To=LANDLINE, Digits="1")

    assert "This message is over" in again.body
    assert WORDS.spoken not in again.body
    assert state(delivery) == DeliveryState.ACCEPTED


@pytest.mark.parametrize("word", ["busy", "no-answer"])
def test_a_call_that_nobody_took_is_made_once_more_and_then_no_more(far: Far, word: str) -> None:
    delivery, first = ringing(far)

    for _ in range(2):  # told twice, it is put back once
        told(first["StatusCallback"], CallSid=CALL, CallStatus=word)
        hooks.take_over()
    waiting = Delivery.objects.get(pk=delivery.pk)
    with time_machine.travel(NOON + hooks.RING_AGAIN_AFTER + dt.timedelta(seconds=1), tick=False):
        actions.dispatch(message_ref=delivery.message.ref)
        rung = state(delivery)
        second = far[0].taken[-1]
        told(first["StatusCallback"], CallSid=CALL, CallStatus=word)  # replayed: it is about the first call
        hooks.take_over()
        replayed = state(delivery)
        told(second["StatusCallback"], CallSid=CALL.replace("1", "2"), CallStatus=word)
        hooks.take_over()

    assert (waiting.state, waiting.next_at) == (DeliveryState.QUEUED, NOON + hooks.RING_AGAIN_AFTER)
    assert (rung, replayed, state(delivery)) == (*[DeliveryState.ACCEPTED] * 2, DeliveryState.FAILED)
    assert len(far[0].taken) == 2


def test_a_call_about_what_is_nearly_over_is_not_made_again(far: Far) -> None:
    delivery, asked = ringing(far, expires_at=NOON + dt.timedelta(minutes=4))

    told(asked["StatusCallback"], CallSid=CALL, CallStatus="no-answer")
    hooks.take_over()

    assert state(delivery) == DeliveryState.FAILED


def test_a_call_about_what_was_called_off_is_not_made_again(far: Far) -> None:
    delivery, asked = ringing(far)
    Message.objects.update(cancelled_at=clock.now())

    told(asked["StatusCallback"], CallSid=CALL, CallStatus="no-answer")
    told(f"{peer.SITE}/hooks/twilio-voice/status/", CallSid=CALL, CallStatus="no-answer")
    hooks.take_over()

    assert state(delivery) == DeliveryState.FAILED


def test_somebody_who_answered_the_second_call_was_reached(far: Far) -> None:
    delivery, first = ringing(far)
    told(first["StatusCallback"], CallSid=CALL, CallStatus="busy")

    with time_machine.travel(NOON + dt.timedelta(minutes=6), tick=False):
        actions.dispatch(message_ref=delivery.message.ref)
        told(far[0].taken[-1]["StatusCallback"], CallSid=CALL.replace("1", "2"), CallStatus="completed")
        hooks.take_over()

    assert state(delivery) == DeliveryState.DELIVERED


def test_a_machine_hears_the_short_form_by_a_job(far: Far) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    _, asked = ringing(far)
    machine = asked["StatusCallback"].replace("/status/", "/machine/")

    told(machine, CallSid=CALL, AnsweredBy="machine_end_beep")
    told(machine, CallSid=CALL, AnsweredBy="human")
    job = ProcrastinateJob.objects.get(task_name="messaging.speak_to_machine")
    hooks.speak_to_machine(
        reference=job.args["subject"].removeprefix("delivery:"), gateway=job.args["gateway"], call=job.args["call"]
    )

    assert far[1].asked[-1].path.endswith(f"/Calls/{CALL}.json")
    assert WORDS.text in far[0].taken[-1]["Twiml"]


def test_a_machine_hears_nothing_more_of_a_message_that_is_over(far: Far) -> None:
    delivery, _ = ringing(far)
    Message.objects.update(cancelled_at=clock.now())
    many = len(far[1].asked)

    hooks.speak_to_machine(reference=f"{delivery.message.ref}-{delivery.pk}", gateway="twilio-voice", call=CALL)

    assert len(far[1].asked) == many


def test_a_call_that_ended_meanwhile_is_no_fault(far: Far, caplog: pytest.LogCaptureFixture) -> None:
    delivery, _ = ringing(far)
    far[0].says[""] = Reply(400, {"code": 21220})

    hooks.speak_to_machine(reference=f"{delivery.message.ref}-{delivery.pk}", gateway="twilio-voice", call=CALL)

    assert "heard no short form" in caplog.text


def test_who_rang_us_is_rung_back_with_keys_of_their_own(far: Far) -> None:
    builders.force()
    told(f"{peer.SITE}/hooks/twilio-voice/call/", CallSid=CALL, From=LANDLINE, To=peer.CALLER)
    message = Message.objects.get(kind=MessageKind.CONTROL)
    with time_machine.travel(NOON + dt.timedelta(minutes=1), tick=False):
        actions.dispatch(message_ref=message.ref)
        asked = far[0].taken[-1]

        told(asked["StatusCallback"].replace("/status/", "/keys/"), CallSid=CALL, To=LANDLINE, Digits="1")

    assert asked["Twiml"].count("<Say") == 1
    assert [inbound.command for inbound in Inbound.objects.order_by("id")] == [Command.MISSED, Command.CALL]


# ---------------------------------------------------------------- who hears


def test_a_gateway_that_is_not_set_hears_nothing(far: Far) -> None:
    for name in ("nobody", "sandbox-text", ""):
        with pytest.raises(NotHereError):
            hooks.hear(gateway=name, what="status", address="/", headers={}, body=b"")
        with pytest.raises(NotHereError):
            hooks.vouch(gateway=name, what="status", address="/", headers={})
    with pytest.raises(NotHereError):
        hooks.vouch(gateway="twilio-text", what="status", address="/", headers={})
    with pytest.raises(NotHereError):
        hooks.speak_to_machine(reference="K7M2PQ2345-1", gateway="nobody", call=CALL)
