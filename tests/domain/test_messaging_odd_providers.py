"""Providers that are late, talkative or odd: what was perhaps sent is never said not to have been."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hueandcry.domain.members.actions import resume, withdraw
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions.claiming import Row
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate, Handover, Incoming, Outgoing, Receipt
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import WORDS, alert_to, look_again, stopped

pytestmark = pytest.mark.django_db
LONG = "<" + "x" * 200 + "@relay.example.org>"


class Talkative:
    """A provider whose references are longer than a column, and which repeats the address in what it says."""

    name = "talkative"
    channel = "sms"
    receipts: ClassVar[list[Receipt]] = []

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        for message in messages:
            odd = f"{message.reference}\0{LONG}\ud83d"
            self.receipts.append(Receipt(self.name, odd, Fate.DELIVERED, clock.now(), raw="\0\ud83d"))
            detail = f"Queued for {message.address} ({message.address[1:]})\0\ud83d"
            yield Handover(message.reference, Fate.ACCEPTED, provider_ref=odd, detail=detail)

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        told, self.receipts[:] = list(self.receipts), []
        return told, ()

    def check(self) -> str:
        return ""


@pytest.fixture
def talkative(settings: Any) -> Iterator[None]:
    settings.GATEWAYS = {"sms": f"{__name__}.Talkative"}
    registry.routes_for.cache_clear()
    yield
    registry.routes_for.cache_clear()


@pytest.mark.usefixtures("talkative")
def test_long_and_odd_references_are_kept_and_found_again() -> None:
    one, two = builders.member(), builders.member()
    message = alert_to(one, two)

    actions.dispatch(message_ref=message.ref)

    assert {row.state for row in message.deliveries.all()} == {DeliveryState.DELIVERED}
    assert len({row.provider_ref for row in message.deliveries.all()}) == 2


@pytest.mark.usefixtures("talkative")
def test_what_a_provider_says_is_kept_without_the_address() -> None:
    member = builders.member()

    actions.dispatch(message_ref=alert_to(member).ref)

    number = member.contacts.get().address
    detail = Delivery.objects.get().detail
    assert detail.startswith("Queued for (address)")
    assert number[1:] not in detail


def in_the_hands_of_a_dead_worker(**fields: Any) -> Delivery:
    """Queue an alert to one member and leave it with a worker whose lease has run out."""
    message = alert_to(builders.member(), **fields)
    Delivery.objects.update(state=DeliveryState.LEASED, attempts=1, next_at=clock.now() - dt.timedelta(seconds=1))
    look_again()
    return message.deliveries.get()


@pytest.mark.parametrize("how", ["expired", "stopped", "withdrawn", "cancelled"])
def test_what_a_dead_worker_held_was_perhaps_sent(how: str) -> None:
    over = clock.now() - dt.timedelta(seconds=1)
    held = in_the_hands_of_a_dead_worker(expires_at=over if how == "expired" else None)
    if how == "stopped":
        stopped("sms", held.address)
    if how == "withdrawn":
        withdraw(member_id=held.member_id or 0, actor="officer:TEST22")
    if how == "cancelled":
        actions.cancel(about="alert:K7M2PQ")

    actions.dispatch(message_ref=held.message.ref)

    held.refresh_from_db()
    assert held.state == DeliveryState.UNCERTAIN


def test_a_stand_down_reaches_whom_an_expired_alert_perhaps_reached() -> None:
    held = in_the_hands_of_a_dead_worker(expires_at=clock.now() - dt.timedelta(seconds=1))
    actions.dispatch(message_ref=held.message.ref)

    followed = actions.follow(kind=MessageKind.STAND_DOWN, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")

    assert followed.deliveries.get().address == held.address


def test_no_trace_of_an_error_holds_whom_a_message_is_for() -> None:
    row = Row(1, Channel.EMAIL, "wold@example.org", 1, "token-of-a-page")
    outgoing = Outgoing("REF", "wold@example.org", "words", subject="words")

    assert "wold" not in repr((row, outgoing))
    assert "token" not in repr(row)


@pytest.mark.django_db(transaction=True)
def test_an_alert_goes_out_while_somebody_changes_their_own_page() -> None:
    member = builders.member()
    elsewhere = connection.copy()
    try:
        elsewhere.set_autocommit(False)
        sql = lock_of(lambda: resume(member_id=member.pk, actor="officer:TEST22"))
        with elsewhere.cursor() as cursor:
            cursor.execute(sql)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")

        message = alert_to(member)

        assert message.deliveries.count() == 1
    finally:
        elsewhere.rollback()
        elsewhere.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def lock_of(act: Callable[[], object]) -> str:
    """Return the statement by which an action locks its member."""
    with CaptureQueriesContext(connection) as said:
        act()
    return str(next(one["sql"] for one in said.captured_queries if "FOR " in one["sql"]))
