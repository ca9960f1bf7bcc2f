"""The sandbox phones: what they show, and what typing on one does."""

import datetime as dt
import re

import pytest
from django.conf import settings
from django.test import Client

from hueandcry.domain.messaging.models import Inbound
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from tests import builders

pytestmark = pytest.mark.django_db

DELL = "+447700900111"
EWING = "+447700900222"


@pytest.fixture(autouse=True)
def demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMONSTRATION", True)


def got(address: str, body: str, *, ago: int = 1, gateway: str = "sandbox-text", from_phone: bool = False) -> None:
    """Put a message on a sandbox phone."""
    SandboxMessage.objects.create(
        gateway=gateway,
        reference=f"test-{next(builders.NUMBERS)}",
        address=address,
        body=body,
        from_phone=from_phone,
        at=clock.now() - dt.timedelta(minutes=ago),
    )


def page(address: str, **headers: str) -> str:
    answer = Client().get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_shelf_shows_where_something_happened_last_first() -> None:
    got(DELL, "An old alert", ago=10)
    got(EWING, "A newer alert", ago=5)
    got(DELL, "Seen it by the chapel", ago=1, from_phone=True)

    words = page("/phones/")

    assert words.index("07700 900111") < words.index("07700 900222")
    assert "Answered:</strong> Seen it by the chapel" in words


def test_a_phone_is_found_by_a_part_of_its_number() -> None:
    got(DELL, "For Dell")
    got(EWING, "For Ewing")

    words = page("/phones/?search=900222")

    assert "07700 900222" in words
    assert "07700 900111" not in words
    assert "No phone like this" in page("/phones/?search=999999")


def test_a_phone_shows_its_own_messages_only() -> None:
    got(DELL, "Quad bike taken <b>at Long Sand</b>")
    got(EWING, "For Ewing")

    words = page(f"/phones/{DELL}/")

    assert "Quad bike taken &lt;b&gt;at Long Sand" in words
    assert "For Ewing" not in words
    assert "This is not an emergency line" in words


def test_a_phone_on_which_nothing_ever_happened_is_not_here() -> None:
    got(DELL, "For Dell")

    assert Client().get("/phones/+447700900999/").status_code == 404


def test_the_pages_bring_only_their_part_when_they_refresh_themselves() -> None:
    got(DELL, "For Dell")

    for address in ("/phones/", f"/phones/{DELL}/"):
        whole, part = page(address), page(address, hx_request="true")
        assert "every 2s" in whole
        assert "<html" not in part
        assert "For Dell" in part
        assert "Look again" in whole


def test_what_is_typed_comes_in_as_an_answer() -> None:
    builders.force()
    got(DELL, "Have you seen a red quad bike?")
    browser = Client(enforce_csrf_checks=True)
    whole = browser.get(f"/phones/{DELL}/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', whole)
    assert token is not None

    answer = browser.post(
        f"/phones/{DELL}/answer/", {"csrfmiddlewaretoken": token[1], "body": "Yes, by the chapel, going north"}
    )

    assert answer.status_code == 302
    assert [said.body for said in Inbound.objects.all()] == ["Yes, by the chapel, going north"]
    assert "by the chapel" in page(f"/phones/{DELL}/")


def test_nothing_comes_in_from_another_site_or_when_nothing_was_typed() -> None:
    got(DELL, "Have you seen a red quad bike?")

    forged = Client(enforce_csrf_checks=True).post(f"/phones/{DELL}/answer/", {"body": "forged"})
    browser = Client()
    browser.post(f"/phones/{DELL}/answer/", {"body": "   "})

    assert forged.status_code == 403
    assert "Type something first" in browser.get(f"/phones/{DELL}/").content.decode()
    assert not Inbound.objects.exists()


# ---------------------------------------------------------------- a phone on which nothing has happened yet


def test_somebody_new_texts_join_and_is_asked_where() -> None:
    builders.force()

    answer = Client().post("/phones/new/", {"number": "07700 900155", "body": "JOIN"}, follow=True)

    assert "07700 900155" in answer.content.decode()
    assert Inbound.objects.get().command == "join"


def test_somebody_new_rings_from_a_landline_and_hangs_up() -> None:
    builders.force()

    answer = Client().post("/phones/new/", {"number": "01632 960155", "body": ""}, follow=True)

    assert "Rang us and hung up" in answer.content.decode()
    assert (Inbound.objects.get().command, Inbound.objects.get().conversation.channel) == ("missed", "voice")


@pytest.mark.parametrize("number", ["", "hello", "07700", "<b>07700 900155</b>"])
def test_what_is_no_number_is_refused_with_a_sentence(number: str) -> None:
    builders.force()

    answer = Client().post("/phones/new/", {"number": number, "body": "JOIN"}, follow=True)

    assert answer.status_code == 200
    assert "umber" in answer.content.decode()
    assert not Inbound.objects.exists()
