"""The kill switch, and what a person decides of what was perhaps sent."""

import datetime as dt
from typing import Any

import pytest

from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import halting, routing
from hueandcry.domain.messaging.models import Delivery, Halt, Message
from hueandcry.domain.messaging.queries.providers import halt_standing, undecided
from hueandcry.domain.messaging.rules import DeliveryState, MessagingError
from hueandcry.domain.messaging.rules.routing import DECIDED
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Role
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders, cast
from tests.domain.messaging import alert_to, by_phone

pytestmark = pytest.mark.django_db


def stop(officer: Officer | None = None, reason: str = "A wrong number in the template", typed: str = "STOP") -> Halt:
    """Stop everything."""
    return halting.halt(officer=officer or cast.oakes(), reason=reason, typed=typed)


def perhaps_sent(count: int = 2, **fields: object) -> Message:
    """Return an alert to so many, all of them perhaps sent."""
    message = alert_to(*(builders.member() for _ in range(count)))
    message.deliveries.update(state=DeliveryState.UNCERTAIN, gateway="one", ended_at=clock.now(), detail="No answer.")
    Message.objects.filter(pk=message.pk).update(**fields)
    return message


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SERGEANT, Role.INSPECTOR, Role.ADMINISTRATOR])
def test_those_who_may_stop_everything_and_let_it_go_on(role: Role) -> None:
    officer = builders.officer(role)

    halt = stop(officer)
    stands = halt_standing()
    halting.lift(officer=officer)

    assert stands is not None
    assert (stands.ref, stands.reason, stands.by) == (halt.ref, "A wrong number in the template", officer.as_actor())
    assert halt_standing() is None
    assert Halt.objects.get().lifted_by == officer.as_actor()
    logged = Record.objects.filter(subject=f"halt:{halt.ref}").order_by("id").values_list("event", "actor")
    assert list(logged) == [("sending.halted", officer.as_actor()), ("sending.resumed", officer.as_actor())]


def test_nobody_else_may() -> None:
    fire = builders.officer(Role.SERGEANT, organisation=builders.partner())
    stop()
    for officer in (cast.amos(), cast.cole(), cast.frost(), cast.grey(), fire):
        with pytest.raises(MessagingError, match="control room"):
            stop(officer)
        with pytest.raises(MessagingError, match="control room"):
            halting.lift(officer=officer)

    assert halt_standing() is not None


def test_a_second_stop_leaves_the_first_reason_and_is_logged_no_second_time() -> None:
    first = stop()

    again = stop(cast.birch(), "Another reason")

    assert again == first
    assert Halt.objects.get().reason == "A wrong number in the template"
    assert Record.objects.filter(event="sending.halted").count() == 1


def test_letting_go_what_goes_changes_nothing() -> None:
    halting.lift(officer=cast.oakes())

    assert not Record.objects.filter(event="sending.resumed").exists()


def test_a_slip_of_the_thumb_stops_nothing() -> None:
    with pytest.raises(MessagingError, match="Type STOP"):
        stop(typed="stp")

    assert halt_standing() is None


def test_what_is_queued_stays_queued_while_it_stands_and_goes_when_it_is_lifted(
    django_capture_on_commit_callbacks: object,
) -> None:
    member, oakes = builders.member(), cast.oakes()
    message = alert_to(member)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        stop(oakes)

    actions.dispatch(message_ref=message.ref)
    stood = Delivery.objects.get().state
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        halting.lift(officer=oakes)
    actions.dispatch(message_ref=message.ref)

    assert stood == DeliveryState.QUEUED
    assert len(by_phone(member.contacts.get().address)) == 1


def test_this_worker_knows_it_at_once(django_capture_on_commit_callbacks: object) -> None:
    before = routing.halted()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        stop()

    assert (before, routing.halted()) == (False, True)


# ---------------------------------------------------------------- a person decides


def test_what_was_perhaps_sent_is_listed_by_message_without_names() -> None:
    older, message, other = perhaps_sent(1), perhaps_sent(7), alert_to(builders.member())
    message.deliveries.filter(pk=message.deliveries.first().pk).update(detail=DECIDED)  # type: ignore[union-attr]

    found = undecided()

    assert [(line.ref, line.many) for line in found] == [(message.ref, 6), (older.ref, 1)]
    assert len(found[0].addresses) == 5
    assert found[0].gateways == ("one",)
    assert found[0].addresses[0] not in repr(found[0])
    assert other.ref not in {line.ref for line in found}


def test_sent_again_it_goes_once_more_with_the_same_reference() -> None:
    message, other = perhaps_sent(), perhaps_sent()

    many = halting.decide(message_ref=message.ref, channel="sms", again=True, officer=cast.oakes())
    actions.dispatch(message_ref=message.ref)

    assert many == 2
    assert {row.state for row in message.deliveries.all()} == {DeliveryState.DELIVERED}
    assert {row.state for row in other.deliveries.all()} == {DeliveryState.UNCERTAIN}
    record = Record.objects.get(event="delivery.decided")
    assert (record.subject, record.facts) == (
        f"message:{message.ref}",
        {"channel": "sms", "again": True, "deliveries": 2},
    )


def test_left_as_it_is_it_leaves_the_list_and_stays_perhaps_sent() -> None:
    message, birch = perhaps_sent(), cast.birch()

    halting.decide(message_ref=message.ref, channel="sms", again=False, officer=birch)
    twice = halting.decide(message_ref=message.ref, channel="sms", again=True, officer=birch)

    assert undecided() == []
    assert twice == 0
    assert {row.state for row in message.deliveries.all()} == {DeliveryState.UNCERTAIN}
    assert Record.objects.filter(event="delivery.decided").count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cancelled_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "taken back"),
        ({"expires_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "too late"),
        ({"queued_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "too late"),
    ],
)
def test_what_must_not_go_any_more_is_not_sent_again(fields: dict[str, Any], said: str) -> None:
    message, oakes = perhaps_sent(**fields), cast.oakes()

    with pytest.raises(MessagingError, match=said):
        halting.decide(message_ref=message.ref, channel="sms", again=True, officer=oakes)

    assert halting.decide(message_ref=message.ref, channel="sms", again=False, officer=oakes) == 2


def test_only_the_forces_own_decide() -> None:
    message = perhaps_sent()
    fire = builders.officer(Role.SERGEANT, organisation=builders.partner(kind=OrganisationKind.FIRE))
    for officer in (cast.amos(), cast.cole(), builders.officer(Role.ADMINISTRATOR)):
        with pytest.raises(MessagingError, match="control room"):
            halting.decide(message_ref=message.ref, channel="sms", again=True, officer=officer)
    for officer in (cast.grey(), fire):
        with pytest.raises(NotHereError):
            halting.decide(message_ref=message.ref, channel="sms", again=True, officer=officer)

    assert {row.state for row in message.deliveries.all()} == {DeliveryState.UNCERTAIN}


def test_a_message_that_is_not_there_is_not_there() -> None:
    with pytest.raises(NotHereError):
        halting.decide(message_ref="NOTHING2", channel="sms", again=True, officer=cast.oakes())
