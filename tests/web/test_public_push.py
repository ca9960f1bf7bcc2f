"""Alerts on a member's phone or computer: what the page offers, what it takes, and from whom."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hueandcry.domain.members.actions.push import add_device
from hueandcry.domain.members.models import ContactPoint, Member, PushDevice
from hueandcry.domain.members.rules import Channel, MemberState
from hueandcry.domain.members.rules.push import NewDevice
from hueandcry.gateways import registry
from hueandcry.gateways.push.web import public_key
from hueandcry.web.desk.audience_forms import offered_ways
from hueandcry.web.parts.labels import half_hidden
from tests import builders
from tests.gateways.peers.web_push import Browser

pytestmark = pytest.mark.django_db
AT = "https://web.push.apple.com/"


@pytest.fixture(autouse=True)
def pushes(settings: Any) -> Iterator[None]:
    settings.GATEWAYS = {**settings.GATEWAYS, "push": "hueandcry.gateways.push.web.WebPush"}
    registry.routes_for.cache_clear()
    yield
    registry.routes_for.cache_clear()


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def keys(name: str = "one") -> dict[str, str]:
    made = Browser()
    return {"endpoint": f"{AT}{name}", "p256dh": made.p256dh, "auth": made.auth}


def reach(member: Member) -> str:
    return reverse("public:my:reach", kwargs={"token": member.page_token})


def press(client: Client, member: Member, **given: str) -> Any:
    address = reverse("public:my:show_here", kwargs={"token": member.page_token})
    return client.post(address, {**keys(), **given}, follow=True)


def move(client: Client, body: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(reverse("public:push:moved"), raw, content_type="application/json")


def test_the_page_offers_it_with_our_key_and_adds_what_is_pressed(client: Client) -> None:
    member, beside = builders.member(), builders.member()

    before = client.get(reach(member)).content.decode()
    after = words(press(client, member))

    assert f'data-push="{public_key()}"' in before
    assert "Alerts are shown on this device from now on" in after
    assert "Alerts are shown there since" in after
    assert "push:" not in after
    assert ContactPoint.objects.filter(channel=Channel.PUSH).get().member == member
    assert not ContactPoint.objects.filter(member=beside, channel=Channel.PUSH).exists()


@pytest.mark.parametrize("gateway", ["", "hueandcry.gateways.push.sandbox.SandboxPush"])
def test_where_nothing_is_sent_nothing_is_offered(client: Client, settings: Any, gateway: str) -> None:
    settings.GATEWAYS = {**settings.GATEWAYS, "push": gateway}
    registry.routes_for.cache_clear()
    member = builders.member()

    assert "push.js" not in client.get(reach(member)).content.decode()
    assert press(client, member).status_code == 404
    assert move(client, {}).status_code == 404
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://localhost:5432/"},
        {"endpoint": "https://example.org/x"},
        {"endpoint": AT + "x" * 5000},
        {"endpoint": "\x00"},
        {"p256dh": "no key"},
        {"auth": ""},
    ],
)
def test_what_is_no_browser_is_said_on_the_page(client: Client, wrong: dict[str, str]) -> None:
    member = builders.member()

    assert "This browser" in words(press(client, member, **wrong))
    assert not PushDevice.objects.exists()


def test_a_wrong_link_and_who_left_add_nothing(client: Client) -> None:
    member, gone = builders.member(), builders.member(state=MemberState.LEFT)
    wrong = reverse("public:my:show_here", kwargs={"token": f"{member.page_token}x"})

    assert client.post(wrong, keys()).status_code == 404
    press(client, gone)
    assert client.get(reverse("public:my:show_here", kwargs={"token": member.page_token})).status_code == 405
    assert not PushDevice.objects.exists()


def test_a_device_that_is_gone_says_what_to_press_and_is_removed_like_any_other(client: Client) -> None:
    member = builders.member()
    press(client, member)
    contact = ContactPoint.objects.get(channel=Channel.PUSH)
    ContactPoint.objects.filter(pk=contact.pk).update(suspended_at=contact.confirmed_at)

    assert "Alerts are not shown there any more" in words(client.get(reach(member)))

    removed = reverse("public:my:remove_contact", kwargs={"token": member.page_token})
    client.post(removed, {"contact": contact.pk})
    assert not PushDevice.objects.exists()


def test_the_worker_serves_members_pages_only_and_is_looked_at_anew(client: Client) -> None:
    answer = client.get(reverse("public:push:worker"))

    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Service-Worker-Allowed"] == "/my/"
    assert "no-store" in answer["Cache-Control"]
    assert b"showNotification" in answer.content


def test_a_browser_that_moved_is_found_again_and_a_stranger_learns_nothing(client: Client) -> None:
    member = builders.member()
    old = keys("old")
    add_device(member_id=member.pk, device=NewDevice(**old), actor=f"member:{member.ref}")
    new = keys("new")
    now = {"endpoint": new["endpoint"], "keys": {"p256dh": new["p256dh"], "auth": new["auth"]}}

    known = move(client, {"was": old["endpoint"], "now": now})
    unknown = move(client, {"was": f"{AT}another", "now": now})

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (204, b"")
    assert PushDevice.objects.get().endpoint == new["endpoint"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"7",
        b"null",
        b'{"was": 1}',
        b'{"was": "a", "now": null}',
        b'{"was": "a", "now": {"endpoint": "https://10.0.0.1/x", "keys": {"p256dh": "A", "auth": "A"}}}',
        b'{"was": "\\u0000", "now": {"endpoint": "a\\u0000", "keys": {"p256dh": "A", "auth": "A"}}}',
        b"[" * 100_000,
    ],
)
def test_nonsense_moves_nothing(client: Client, body: bytes) -> None:
    member = builders.member()
    add_device(member_id=member.pk, device=NewDevice(**keys()), actor=f"member:{member.ref}")

    assert move(client, body).status_code == 400
    assert PushDevice.objects.get().endpoint == f"{AT}one"


def test_a_nul_in_the_old_address_finds_nobody(client: Client) -> None:
    made = keys()
    now = {"endpoint": made["endpoint"], "keys": {"p256dh": made["p256dh"], "auth": made["auth"]}}

    assert move(client, {"was": "\x00", "now": now}).status_code in {204, 400}


def test_an_officer_may_ask_for_it_only_where_the_service_sends_any(settings: Any) -> None:
    # WhatsApp, too, is there only where somebody set it up.
    offered = [way for way, _ in offered_ways()]
    settings.GATEWAYS = {**settings.GATEWAYS, "push": ""}
    registry.routes_for.cache_clear()

    assert offered == [channel.value for channel in Channel if channel != Channel.WHATSAPP]
    assert [way for way, _ in offered_ways()] == [way for way in offered if way != "push"]


def test_a_device_is_told_from_another_by_a_few_signs_only() -> None:
    assert half_hidden("push:K7M2PQRSTV") == "…STV"
    assert half_hidden("+447700900123") != "…123"
