"""What anybody reads of alerts that were corrected, or taken back: what is right, and no word of a mistake."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.rules import Role
from tests import builders, cast
from tests.domain import alerts as given

pytestmark = pytest.mark.django_db
PAGES = ("/", "/cy/", "/pl/")


def out() -> Alert:
    """Return an alert that anybody may read."""
    given.farmer()
    return given.released(level=Tier.PUBLIC)


def read(alert: Alert) -> str:
    """Return everything that anybody reads of it."""
    client = Client()
    addresses = [reverse("public:alerts:show", kwargs={"ref": alert.ref}), reverse("public:alerts:newest"), *PAGES]
    return " ".join(client.get(address).content.decode() for address in addresses)


def test_a_correction_stands_on_its_page_with_since_when_and_why() -> None:
    alert = out()
    actions.correct(
        alert_ref=alert.ref,
        officer=builders.officer(Role.CONSTABLE),
        words=replace(given.WORDS, what="Blue pick-up, three men with dogs"),
        occurred_at=alert.occurred_at,
        expires_at=alert.expires_at,
        reason="The pick-up was blue",
    )
    assert "Corrected" not in read(alert)
    actions.agree_to_correction(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT))

    said = read(alert)

    assert "<strong>Corrected today" in said
    assert "The pick-up was blue" in said
    assert "Grey pick-up" not in said
    shown = Client().get(f"/cy{reverse('public:alerts:show', kwargs={'ref': alert.ref})}").content.decode()
    assert "<strong>Cywirwyd" in shown


def test_what_was_taken_back_leaves_no_word_behind() -> None:
    alert = out()
    actions.recall(alert_ref=alert.ref, officer=cast.oakes())

    said = read(alert)

    assert "Sent by mistake, and taken back" in said
    assert not any(word in said for word in ("pick-up", "Mill Lane", "Hare coursing near Holt"))
