"""The composer is told for how many it is one too many, and what became of those; an alarm when many stop."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import Urgency
from hueandcry.domain.members.models import Member, Suppression
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain.messaging import alert_to
from tests.web.desk import audience_form, signed_in

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 1, 14, 12, 0, tzinfo=ZoneInfo("Europe/London"))


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    """Let it be noon on a Wednesday: nobody sleeps."""
    cache.clear()
    with time_machine.travel(NOON):
        yield
    cache.clear()


def had(count: int, *members: Member) -> None:
    """Let members have had so many messages this week."""
    for _ in range(count):
        message = alert_to(*members, about="alert:BEFRE2")
        message.deliveries.update(state="delivered", accepted_at=clock.now())


def draft(urgency: Urgency = Urgency.TODAY, *, hours: int = 48) -> Alert:
    return given.drafted(urgency=urgency, expires_at=clock.now() + dt.timedelta(hours=hours))


def text_of(alert: Alert, name: str = "page") -> str:
    author = signed_in(alert.author)
    address = reverse(f"desk:alerts:{name}", args=[alert.ref])
    answer = author.post(address, audience_form()) if name == "count" else author.get(address)
    return " ".join(answer.content.decode().split())


def test_the_count_says_for_how_many_it_is_the_sixth_and_the_send_check_too() -> None:
    farmers = [given.farmer() for _ in range(3)]
    had(5, farmers[0])
    alert = draft()

    count, page = text_of(alert, "count"), text_of(alert)

    assert "This would be the 6th this week for 1 member, more than they want: they get it in a digest." in count
    assert "More than half" not in page
    assert "This would be the 6th this week for 1 of 3 people" in page


def test_more_than_half_makes_the_composer_think_again() -> None:
    farmers = [given.farmer() for _ in range(3)]
    had(5, farmers[0], farmers[1])
    alert = draft()

    assert "That is more than half of them" in text_of(alert, "count")
    assert "More than half would get it in a digest only" in text_of(alert)


def test_what_ends_before_the_digest_is_said_to_be_lost_to_them() -> None:
    had(5, given.farmer())
    alert = draft(hours=2)

    assert "they would not get it at all" in text_of(alert, "count")
    assert "1 people had enough this week" not in text_of(alert, "count")
    assert "it ends before their next digest: they would not get it." in text_of(alert)


def test_an_urgent_alert_asks_nobody_for_their_budget() -> None:
    had(9, given.farmer())
    alert = draft(Urgency.NOW)

    assert "this week" not in text_of(alert, "count")
    assert "digest" not in text_of(alert)


def test_the_alerts_page_says_who_sleeps_and_who_gets_it_in_a_digest() -> None:
    full, free = given.farmer(), given.farmer()
    had(5, full)
    with time_machine.travel(NOON + dt.timedelta(hours=10)):
        alert = draft()
        actions.submit(alert_ref=alert.ref, officer=alert.author)
        actions.approve(alert_ref=alert.ref, officer=cast.birch())

        page = text_of(alert)

    assert set(Delivery.objects.filter(message__about=f"alert:{alert.ref}").values_list("member_id", "state")) == {
        (full.pk, "held"),
        (free.pk, "queued"),
    }
    assert "1 member asleep: the first get it" in page
    assert "1 member had enough this week: they get it in their next digest." in page


# ---------------------------------------------------------------- the alarm


def stops(count: int, *, days_ago: int) -> None:
    for number in range(count):
        key = hashlib.sha256(f"{days_ago} {number}".encode()).digest()
        Suppression.objects.create(channel="sms", address_hash=key, since=clock.now() - dt.timedelta(days=days_ago))


def sent(count: int, *, days_ago: int) -> None:
    message = Message.objects.create(
        kind="alert", about="alert:BEFRE2", organisation=builders.force(), text="x", spoken="x", subject="x", email="x",
        queued_at=clock.now() - dt.timedelta(days=days_ago),
    )  # fmt: skip
    Delivery.objects.bulk_create(
        Delivery(message=message, channel="sms", address=f"+44770090{n:04d}", lane="1urgent", state="delivered",
                 next_at=clock.now())
        for n in range(count)
    )  # fmt: skip


def front() -> str:
    return signed_in(cast.amos()).get(reverse("desk:home:front")).content.decode()


def test_the_first_page_warns_when_many_stop() -> None:
    sent(400, days_ago=2)
    sent(800, days_ago=20)
    stops(6, days_ago=1)
    stops(1, days_ago=20)

    assert "Many people stop our messages: 6 stops this week, 15.0 for each 1,000 messages" in front()


def test_the_first_page_is_quiet_when_few_stop_and_shows_a_stranger_nothing() -> None:
    sent(400, days_ago=2)
    stops(4, days_ago=1)
    stops(20, days_ago=60)  # noise: long ago

    quiet = front()
    stranger = signed_in(cast.grey()).get(reverse("desk:home:front"))

    assert "Many people stop" not in quiet
    assert stranger.status_code == 403
