"""Whose messages come back, on the desk: the list, and the press that asks again."""

import pytest

from hueandcry.domain.members.models import ContactPoint
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from tests import builders, cast
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db
LIST = "/desk/members/came-back/"


def broken(**fields: object) -> ContactPoint:
    """Return an e-mail address from which messages came back."""
    member = builders.member(name="Ada Byron", email="ada@farm.example", **fields)  # type: ignore[arg-type]
    contact = member.contacts.get(channel="email")
    contact.suspended_at = clock.now()
    contact.save()
    return contact


def test_an_officer_finds_whom_to_ask_and_asks_once_a_day() -> None:
    contact, well = broken(), builders.member(name="Bron Cadwaladr", email="bron@farm.example")
    desk = signed_in(cast.amos())

    before = desk.get(LIST).content.decode()
    first = desk.post(f"{LIST}{contact.pk}/ask/", follow=True).content.decode()
    second = desk.post(f"{LIST}{contact.pk}/ask/", follow=True).content.decode()

    assert LIST in desk.get("/desk/members/").content.decode()
    assert "Ada Byron" in before
    assert "There is no such address." in before
    assert "Not asked yet" in before
    assert well.name not in before
    assert contact.address not in before
    assert "Asked by text: what they answer is applied" in first
    assert "Asked today, by text" in first
    assert "asked today already" in second
    assert Message.objects.count() == 1


def test_whom_nothing_else_reaches_is_rung() -> None:
    contact = broken(mobile=None)
    desk = signed_in(cast.amos())

    page = desk.get(LIST).content.decode()
    refused = desk.post(f"{LIST}{contact.pk}/ask/", follow=True).content.decode()

    assert "No other way: ring them" in page
    assert "/ask/" not in page
    assert "ring them, or ask at their door" in refused


def test_nothing_comes_back_at_the_moment() -> None:
    builders.member(email="bron@farm.example")

    assert "No message comes back at the moment." in signed_in(cast.amos()).get(LIST).content.decode()


def test_looking_asks_nobody() -> None:
    contact = broken()
    desk = signed_in(cast.amos())

    assert desk.get(f"{LIST}{contact.pk}/ask/").status_code == 405
    assert desk.post(f"{LIST}999999999/ask/").status_code == 404
    assert not Message.objects.exists()


def test_grey_and_those_who_only_read_see_and_ask_nobody() -> None:
    contact = broken()

    for officer in (cast.grey(), builders.officer(Role.AUDITOR, name="Ivy")):
        client = signed_in(officer)
        assert client.get(LIST).status_code in {403, 404}
        assert client.post(f"{LIST}{contact.pk}/ask/").status_code in {403, 404}
    assert not Message.objects.exists()
