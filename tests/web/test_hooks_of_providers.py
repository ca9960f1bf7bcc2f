"""Notify, a mail provider and WhatsApp at the door: forged, doubled, about nothing of ours, too long, in vain."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from hueandcry.domain.members.models import Suppression
from hueandcry.domain.messaging.actions import hooks
from hueandcry.domain.messaging.models import Delivery, Inbound, Receipt
from hueandcry.domain.messaging.queries.hearing import forged_lately
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.gateways import registry
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import alert_to
from tests.gateways.peers.anymail import SECRET as PASSWORD
from tests.gateways.peers.notify import KEY, TEMPLATES
from tests.gateways.peers.whatsapp import AGREED, NUMBER, SECRET, TEMPLATE, TOKEN

pytestmark = pytest.mark.django_db
BEARER = "agreed with Notify in person"
MEMBER, MAILBOX = "+447700900111", "amala@example.org"


@pytest.fixture(autouse=True)
def all_are_set(settings: Any) -> Iterator[None]:
    settings.GATEWAYS = {
        **settings.GATEWAYS,
        "sms": "hueandcry.gateways.sms.notify.NotifyText",
        "email": "hueandcry.gateways.email.anymail.Anymail",
        "whatsapp": "hueandcry.gateways.whatsapp.WhatsApp",
    }
    settings.NOTIFY_API_KEY, settings.NOTIFY_TEXT_TEMPLATE = KEY, TEMPLATES["sms"]
    settings.NOTIFY_CALLBACK_TOKEN = BEARER
    settings.MAIL_PROVIDER = f"postmark?server_token=t&webhook_secret={PASSWORD}"
    settings.MAIL_FROM = "alerts@police.example.org"
    settings.WHATSAPP_NUMBER_ID, settings.WHATSAPP_TOKEN, settings.WHATSAPP_TEMPLATE = NUMBER, TOKEN, TEMPLATE
    settings.WHATSAPP_APP_SECRET, settings.WHATSAPP_VERIFY_TOKEN = SECRET, AGREED
    registry.routes_for.cache_clear()
    cache.clear()
    hooks.forget()
    builders.force()
    yield
    registry.routes_for.cache_clear()


def proof(gateway: str, body: bytes, secret: str) -> dict[str, str]:
    """Return the header by which a provider proves who it is."""
    match gateway:
        case "notify-text":
            return {"authorization": f"Bearer {secret}"}
        case "anymail":
            return {"authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


SECRETS = {"notify-text": BEARER, "anymail": PASSWORD, "whatsapp": SECRET}


def tell(gateway: str, what: str, said: object, secret: str | None = None) -> Any:
    """Tell us something as a provider does."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    headers = proof(gateway, body, SECRETS[gateway] if secret is None else secret)
    client = Client(enforce_csrf_checks=True)
    return client.post(f"/hooks/{gateway}/{what}/", body, content_type="application/json", headers=headers)


def about_whatsapp(**value: Any) -> dict[str, Any]:
    change = {"field": "messages", "value": {"metadata": {"phone_number_id": NUMBER}, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}


def receipt(gateway: str, reference: str) -> dict[str, Any]:
    """Return what a provider tells when a message arrived."""
    match gateway:
        case "notify-text":
            return {"id": "1", "reference": reference, "status": "delivered", "notification_type": "sms"}
        case "anymail":
            return {"RecordType": "Delivery", "Recipient": MAILBOX, "Metadata": {"reference": reference}}
    status = {"id": "wamid.1", "status": "delivered", "biz_opaque_callback_data": reference, "timestamp": "1763802009"}
    return about_whatsapp(statuses=[status])


def text(gateway: str, words: str) -> tuple[str, dict[str, Any]]:
    """Return where a provider tells what somebody wrote, and how."""
    match gateway:
        case "notify-text":
            return "text", {"id": "7", "source_number": MEMBER[1:], "message": words}
        case "anymail":
            mail = {"FromFull": {"Email": MAILBOX}, "MessageID": "7", "TextBody": words, "Headers": []}
            return "inbound", mail
    said = {"from": MEMBER[1:], "id": "wamid.7", "type": "text", "text": {"body": words}, "timestamp": "1763802009"}
    return "told", about_whatsapp(messages=[said])


WHERE = {"notify-text": "status", "anymail": "tracking", "whatsapp": "told"}
each = pytest.mark.parametrize("gateway", list(WHERE))


@each
def test_a_receipt_told_twice_and_taken_over_twice_moves_its_delivery_once(gateway: str) -> None:
    message = alert_to(builders.member(mobile=MEMBER))
    delivery = Delivery.objects.get()
    reference = f"{message.ref}-{delivery.pk}"
    Delivery.objects.update(
        state=DeliveryState.ACCEPTED, gateway=gateway, provider_ref=reference, accepted_at=clock.now(), attempts=1
    )

    answers = [tell(gateway, WHERE[gateway], receipt(gateway, reference)) for _ in range(2)]
    hooks.take_over()
    hooks.take_over()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert Receipt.objects.count() == 1
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


@each
def test_a_receipt_finds_a_message_of_which_nobody_knew_whether_it_was_taken(gateway: str) -> None:
    message = alert_to(builders.member(mobile=MEMBER))
    delivery = Delivery.objects.get()
    Delivery.objects.update(state=DeliveryState.UNCERTAIN, gateway=gateway, attempts=1)

    tell(gateway, WHERE[gateway], receipt(gateway, f"{message.ref}-{delivery.pk}"))
    hooks.take_over()

    assert Delivery.objects.get().state == DeliveryState.DELIVERED


@each
@pytest.mark.parametrize("reference", ["K7M2PQ2345-999999", "K7M2PQ2345", "' OR 1=1 --", "x" * 500, "0-0", "\u0000"])
def test_a_receipt_about_nothing_of_ours_changes_nothing(gateway: str, reference: str) -> None:
    alert_to(builders.member(mobile=MEMBER))

    answer = tell(gateway, WHERE[gateway], receipt(gateway, reference))
    hooks.take_over()

    assert answer.status_code == 200
    assert Delivery.objects.get().state == DeliveryState.QUEUED


@each
def test_a_forgery_is_refused_counted_and_leaves_nothing(gateway: str) -> None:
    what, said = text(gateway, "STOP")

    answers = [
        tell(gateway, where, said, secret=secret)
        for where in (what, WHERE[gateway])
        for secret in ("", "another", f"{SECRETS[gateway]} ")
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert not Receipt.objects.exists()
    assert not Inbound.objects.exists()
    assert 1 <= forged_lately(gateway=gateway) <= 6  # counted once a second


@each
def test_what_somebody_wrote_is_taken_in_once(gateway: str) -> None:
    builders.member(mobile=MEMBER)
    what, said = text(gateway, "White van at the ford")

    answers = [tell(gateway, what, said) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert Inbound.objects.get().body == "White van at the ford"


@each
def test_stop_is_stop_whichever_way_it_comes(gateway: str) -> None:
    what, said = text(gateway, "STOP")

    tell(gateway, what, said)

    assert Suppression.objects.get().channel == ("email" if gateway == "anymail" else "sms")


def test_a_complaint_to_the_mail_provider_stops_what_waits_at_once() -> None:
    builders.member(mobile="", email=MAILBOX)
    complaint = {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "ID": 1, "Email": MAILBOX, "Metadata": {}}

    answers = [tell("anymail", "tracking", complaint) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert Suppression.objects.get().channel == "email"
    assert Inbound.objects.count() == 1


@each
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"a": ' * 50_000])
def test_nonsense_with_a_good_signature_is_said_and_leaves_nothing(gateway: str, body: bytes) -> None:
    answer = tell(gateway, WHERE[gateway], body)

    assert answer.status_code in {400, 413}
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(("gateway", "size", "status"), [
    ("notify-text", 300_000, 413),
    ("whatsapp", 3_000_000, 400),
    ("whatsapp", 3_300_000, 413),
    ("anymail", 6_000_000, 400),
])  # fmt: skip
def test_each_provider_may_tell_as_much_as_it_ever_does(gateway: str, size: int, status: int) -> None:
    assert tell(gateway, WHERE[gateway], b"x" * size).status_code == status


def test_meta_hears_its_word_back_only_when_it_says_ours() -> None:
    def looked(word: str) -> Any:
        query = {"hub.mode": "subscribe", "hub.verify_token": word, "hub.challenge": "<script>1158201444"}
        return Client().get("/hooks/whatsapp/told/", query)

    assert (looked(AGREED).content, looked(AGREED)["Content-Type"]) == (
        b"<script>1158201444", "text/plain; charset=utf-8",
    )  # fmt: skip
    assert looked("another").status_code == 403


@pytest.mark.parametrize("gateway", ["notify-text", "anymail"])
def test_providers_that_do_not_look_find_nothing_to_look_at(gateway: str) -> None:
    assert Client().get(f"/hooks/{gateway}/{WHERE[gateway]}/").status_code == 404


@pytest.mark.parametrize("where", ["notify-text/call", "anymail/status", "whatsapp/status", "bluesky/told"])
def test_there_is_no_other_door(where: str) -> None:
    answer: Callable[..., Any] = Client(enforce_csrf_checks=True).post

    assert answer(f"/hooks/{where}/", b"{}", content_type="application/json").status_code == 404
