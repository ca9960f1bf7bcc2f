"""The door for providers: what is signed is taken in once, what is not learns nothing, and nobody else finds a door."""

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import reverse

from hueandcry.domain.messaging import queries
from hueandcry.domain.messaging.actions import hooks
from hueandcry.domain.messaging.models import Inbound, Receipt
from hueandcry.domain.messaging.queries.hearing import forged_lately
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate
from hueandcry.web.hooks import straight
from tests import builders
from tests.gateways.peers import twilio as peer

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
SID, REF = f"SM{'1' * 32}", "K7M2PQ2345-7"
MEMBER, STRANGER = "+447700900101", "+447700900102"


@pytest.fixture(autouse=True)
def twilio_is_set(settings: Any) -> Iterator[None]:
    settings.GATEWAYS = {
        "sms": "hueandcry.gateways.sms.twilio.TwilioText",
        "email": "hueandcry.gateways.nowhere.Mail",
        "voice": "hueandcry.gateways.voice.twilio.TwilioVoice hueandcry.gateways.voice.sandbox.SandboxVoice?weight=0",
    }
    settings.TWILIO_ACCOUNT, settings.TWILIO_TOKEN = peer.ACCOUNT, peer.TOKEN
    settings.TWILIO_SENDER, settings.TWILIO_CALLER = peer.SENDER, peer.CALLER
    settings.SITE_ADDRESS = peer.SITE
    registry.routes_for.cache_clear()
    cache.clear()
    builders.force()
    yield
    registry.routes_for.cache_clear()


def tell(what: str = "status", *, gateway: str = "twilio-text", query: str = f"?ref={REF}", **fields: str) -> Any:
    """Send what Twilio sends, to the address that Twilio knows."""
    path = reverse("hooks:messaging:hear", args=[gateway, what]) + query
    fields = {"MessageSid": SID, **fields}
    body, headers = peer.signed(f"{peer.SITE}{path}", fields)
    return post(path, body, headers["x-twilio-signature"])


def post(path: str, body: bytes, signature: str, **more: Any) -> Any:
    client = Client(enforce_csrf_checks=True)
    form = "application/x-www-form-urlencoded"
    return client.post(path, body, content_type=form, headers={"x-twilio-signature": signature}, **more)


def said_by(answer: HttpResponse) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.content, dict(answer.items())


def test_a_signed_receipt_is_kept_as_it_came_and_answered() -> None:
    answer = tell(MessageStatus="delivered", To=MEMBER)

    kept = Receipt.objects.get()
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/xml")
    assert (kept.gateway, kept.provider_ref, kept.fate, kept.folded) == ("twilio-text", REF, Fate.DELIVERED, False)
    assert "MessageStatus=delivered" in kept.raw
    assert not answer.cookies


def test_told_again_it_is_kept_once_and_answered_alike() -> None:
    first, second = (said_by(tell(MessageStatus="delivered")) for _ in range(2))

    assert first == second
    assert Receipt.objects.count() == 1


def test_behind_a_proxy_the_address_that_was_signed_counts(settings: Any) -> None:
    """The proxy speaks to us by another name and without encryption; what it says of itself is not believed."""
    path = f"/hooks/twilio-text/status/?ref={REF}"
    settings.ALLOWED_HOSTS = ["inside.example"]
    fields = {"MessageSid": SID, "MessageStatus": "sent"}
    good, bad = (peer.signed(f"{site}{path}", fields) for site in (peer.SITE, "http://inside.example"))
    by = {"HTTP_HOST": "inside.example", "HTTP_X_FORWARDED_HOST": "evil.example"}

    assert post(path, good[0], good[1]["x-twilio-signature"], **by).status_code == 200
    assert post(path, bad[0], bad[1]["x-twilio-signature"], **by).status_code == 403


def test_a_forgery_is_refused_kept_nowhere_and_counted() -> None:
    path = f"/hooks/twilio-text/status/?ref={REF}"
    body, headers = peer.signed(f"{peer.SITE}{path}", {"MessageSid": SID}, token="another")

    signatures = (headers["x-twilio-signature"], "", "x", "y")

    with time_machine.travel(NOON, tick=False):
        answers = [post(path, body, signature) for signature in signatures[:3]]
        at_once = forged_lately(gateway="twilio-text")
    with time_machine.travel(NOON + hooks.COUNT_EVERY, tick=False):
        answers.append(post(path, body, signatures[3]))
        later = forged_lately(gateway="twilio-text")
        trouble = queries.gateway_checks()["sms"]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert not Receipt.objects.exists()
    assert (at_once, later) == (1, 4)
    assert forged_lately(gateway="twilio-voice") == 0
    assert "4 requests in its name had a wrong signature" in trouble


def test_a_text_that_came_in_is_taken_in_once() -> None:
    builders.member(mobile=MEMBER)

    answers = [tell("text", query="", From=MEMBER, Body="White van at the ford") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert Inbound.objects.get().body == "White van at the ford"


@pytest.mark.parametrize("body", ["STOP", "Grey van", "HELP", ""])
def test_the_answer_does_not_tell_whether_a_number_is_known(body: str) -> None:
    builders.member(mobile=MEMBER)

    known, unknown = (
        said_by(tell("text", query="", MessageSid=f"SM{sender[-3:]:0>32}", From=sender, Body=body))
        for sender in (MEMBER, STRANGER)
    )

    assert known == unknown


def test_whoever_rings_hears_the_same_known_or_not() -> None:
    builders.member(mobile=MEMBER)

    known, unknown = (
        said_by(tell("call", gateway="twilio-voice", query="", CallSid=f"CA{sender[-3:]:0>32}", From=sender))
        for sender in (MEMBER, STRANGER)
    )

    assert known == unknown
    assert b"<Say" in known[1]


@pytest.mark.parametrize(
    ("gateway", "what"),
    [
        ("nobody", "status"),
        ("sandbox-text", "status"),
        ("sandbox-voice", "keys"),
        ("smtp", "status"),
        ("http-text", "status"),
        ("notify-text", "status"),
    ],
)
def test_who_is_not_set_or_does_not_hear_has_no_door(gateway: str, what: str) -> None:
    answer = tell(what, gateway=gateway)

    assert answer.status_code == 404


def test_a_door_that_a_gateway_does_not_have_is_none() -> None:
    assert tell("keys").status_code == 404
    assert tell("text", gateway="twilio-voice", CallSid=f"CA{'1' * 32}").status_code == 404


def test_signed_nonsense_is_said_to_be_such_and_changes_nothing() -> None:
    answer = tell(MessageSid="", MessageStatus="delivered")

    assert answer.status_code == 400
    assert not Receipt.objects.exists()


def test_a_long_request_is_not_read_to_its_end() -> None:
    path = f"/hooks/twilio-text/status/?ref={REF}"

    assert post(path, b"a=" + b"x" * hooks.MOST_BYTES, "x").status_code == 413
    assert post(path, b"a=" + b"x" * (hooks.MOST_BYTES - 2), "x").status_code == 403


def test_looking_opens_nothing() -> None:
    client = Client()

    for gateway in ("twilio-text", "nobody"):
        assert client.get(f"/hooks/{gateway}/status/").status_code == 404
    for method in (client.put, client.delete, client.patch, client.head, client.options):
        assert method("/hooks/twilio-text/status/").status_code == 405


@pytest.mark.parametrize(
    "query", ["?ref=%00", "?ref=" + "x" * 3000, "?ref=K7M2PQ2345-99999999999999999999", "?ref=%ff"]
)
def test_a_reference_that_is_none_is_kept_and_finds_nothing(query: str) -> None:
    answer = tell(MessageStatus="delivered", query=query)

    assert answer.status_code in {200, 403}  # what cannot stand in an address as it came was not signed by them
    assert hooks.take_over() == 0


# ---------------------------------------------------------------- on the way of a live site


def test_where_nothing_is_asynchronous_it_is_the_same_way() -> None:
    way = straight.straight(lambda _: HttpResponse("a page"))
    make = RequestFactory()

    answers = [way(make.post(path)) for path in ("/hooks/nobody/status/", "/hooks/", "/desk/")]

    assert [getattr(answer, "status_code", 0) for answer in answers] == [404, 200, 200]


@pytest.fixture
def there_for_threads(transactional_db: None) -> Iterator[None]:
    """Let what a thread keeps be seen here, and let no connection of a thread outlive the test."""
    yield
    together = threading.Barrier(straight.THREADS)

    def close() -> None:
        together.wait(60)
        connection.close()

    for done in [straight._threads.submit(close) for _ in range(straight.THREADS)]:
        done.result(60)


@async_to_sync
async def tell_live(path: str = f"/hooks/twilio-text/status/?ref={REF}", **fields: str) -> Any:
    """Send what Twilio sends, by the door that the web server opens."""
    body, headers = peer.signed(f"{peer.SITE}{path}", fields)
    form = "application/x-www-form-urlencoded"
    said = {"x-twilio-signature": headers["x-twilio-signature"]}
    return await AsyncClient().post(path, body, content_type=form, headers=said)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("there_for_threads")
def test_a_live_site_keeps_a_receipt_past_everything_that_is_there_for_people() -> None:
    answer = tell_live(MessageSid=SID, MessageStatus="delivered")
    nowhere, wrong = tell_live("/hooks/nobody/status/", MessageSid=SID), tell_live("/hooks/", MessageSid=SID)
    page = async_to_sync(AsyncClient().get)("/")

    assert (answer.status_code, nowhere.status_code, wrong.status_code, page.status_code) == (200, 404, 404, 200)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not {"Vary", "Content-Security-Policy", "Set-Cookie"} & set(answer.headers)
    assert "Content-Security-Policy" in page.headers
    assert Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_receipt_outlives_a_break_of_the_database() -> None:
    with contextlib.suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    answer = tell(MessageStatus="delivered")

    assert answer.status_code == 200
    assert Receipt.objects.count() == 1
