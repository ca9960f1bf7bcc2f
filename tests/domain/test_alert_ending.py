"""Stand-down, expiry, endings: exactly those whom it reached, exactly those who answered."""

import datetime as dt

import pytest
import time_machine

from hueandcry.domain.alerts import actions, jobs
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.models import Alert, Release
from hueandcry.domain.alerts.rules import Sighting, State, Words
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import alerts
from tests.domain.messaging import by_phone

pytestmark = pytest.mark.django_db
EAST = Point(2.69, 54.5)


def relayed(first: Alert) -> Alert:
    """Relay a sighting to the east, handed over."""
    seen = Sighting("grey pick-up", "Ford Lane, Elm", "", clock.now(), "", EAST)
    made = actions.relay(
        officer=builders.officer(Role.OPERATOR), alert_ref=first.ref, sighting=seen, report_ref="R2PQ7T"
    )
    alerts.hand_over(made)
    return made


def test_a_stand_down_follows_to_exactly_those_whom_it_reached() -> None:
    reached = alerts.farmer()
    first = alerts.released()
    alerts.farmer()

    actions.stand_down(alert_ref=first.ref, officer=cast.oakes(), reason="The vehicle has been checked")
    alerts.hand_over(first)

    first.refresh_from_db()
    assert (first.state, first.stood_down_because) == (State.STOOD_DOWN, "The vehicle has been checked")
    assert alerts.meant(first, "stand_down") == {reached.pk}
    assert "CANCELLED. The vehicle has been checked." in by_phone(alerts.number(reached))[-1]
    assert alerts.logged("alert.stood_down", first)[0].facts == {"told": 1}
    assert [kept.kind for kept in Release.objects.order_by("id")] == [MessageKind.ALERT, MessageKind.STAND_DOWN]


def test_what_is_still_queued_is_taken_back_and_hears_nothing() -> None:
    alerts.farmer()
    first = actions.approve(alert_ref=alerts.waiting().ref, officer=cast.birch())

    actions.stand_down(alert_ref=first.ref, officer=cast.oakes(), reason="Wrong lane")

    assert [row.state for row in Delivery.objects.all()] == [DeliveryState.CANCELLED]


def test_a_stand_down_takes_the_relays_along() -> None:
    near, east = alerts.farmer(), alerts.farmer(at=EAST)
    first = alerts.released()
    relay = relayed(first)

    actions.stand_down(alert_ref=first.ref, officer=cast.oakes(), reason="Checked")

    relay.refresh_from_db()
    assert relay.state == State.STOOD_DOWN
    assert alerts.meant(first, "stand_down") == {near.pk}
    assert alerts.meant(relay, "stand_down") == {east.pk}
    assert len(alerts.logged("alert.stood_down", relay)) == 1


def test_standing_a_relay_down_leaves_the_first_alert_out() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    first = alerts.released()
    relay = relayed(first)

    actions.stand_down(alert_ref=relay.ref, officer=cast.oakes(), reason="Checked")

    first.refresh_from_db()
    assert first.state == State.RELEASED


def test_a_relay_that_waits_goes_back_when_the_first_is_stood_down() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    first = alerts.released(level=Tier.MEMBER)
    relay = relayed(first)
    assert relay.state == State.WAITING

    actions.stand_down(alert_ref=first.ref, officer=cast.oakes(), reason="Checked")

    relay.refresh_from_db()
    assert (relay.state, relay.returned_because) == (State.RETURNED, "The alert that this one relays is over.")
    assert not Message.objects.filter(about=f"alert:{relay.ref}").exists()


def test_a_relay_that_waits_goes_back_when_the_first_ends() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    first = alerts.released(level=Tier.MEMBER)
    relay = relayed(first)

    actions.end(alert_ref=first.ref, officer=cast.oakes(), ending="We found no more to go on")

    relay.refresh_from_db()
    assert relay.state == State.RETURNED
    assert alerts.logged("alert.ended", relay) == []


def test_a_relay_that_was_sent_back_stays_as_it_is() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    first = alerts.released(level=Tier.MEMBER)
    relay = relayed(first)
    actions.send_back(alert_ref=relay.ref, officer=builders.officer(Role.SERGEANT), reason="Which lane?")

    actions.stand_down(alert_ref=first.ref, officer=cast.oakes(), reason="Checked")

    relay.refresh_from_db()
    assert (relay.state, relay.returned_because) == (State.RETURNED, "Which lane?")


def test_a_second_stand_down_sends_nothing_twice() -> None:
    alerts.farmer()
    first, oakes = alerts.released(), cast.oakes()
    actions.stand_down(alert_ref=first.ref, officer=oakes, reason="Checked")

    with pytest.raises(AlertError, match="stood down already"):
        actions.stand_down(alert_ref=first.ref, officer=oakes, reason="Checked")
    assert Message.objects.filter(kind=MessageKind.STAND_DOWN).count() == 1


@pytest.mark.parametrize(
    ("reason", "words"), [("", "Say why"), ("x" * 301, "Shorten"), ("Mr Smith was checked", "Take out the name")]
)
def test_the_reason_is_read_by_members_so_it_is_checked(reason: str, words: str) -> None:
    alerts.farmer()
    first = alerts.released()

    with pytest.raises(AlertError, match=words):
        actions.stand_down(alert_ref=first.ref, officer=cast.oakes(), reason=reason)
    assert Alert.objects.get(pk=first.pk).state == State.RELEASED


def test_only_what_is_out_is_stood_down_and_only_by_who_may() -> None:
    alerts.farmer()
    draft, first = alerts.drafted(cast.birch()), alerts.released(approver=builders.officer(Role.INSPECTOR))

    with pytest.raises(AlertError, match="is draft, so it cannot be stood down"):
        actions.stand_down(alert_ref=draft.ref, officer=cast.oakes(), reason="Checked")
    with pytest.raises(AlertError, match="Ask a colleague"):
        actions.stand_down(alert_ref=first.ref, officer=cast.cole(), reason="Checked")


def test_an_ending_goes_to_everybody_who_answered_and_to_nobody_else() -> None:
    answered, silent = alerts.farmer(), alerts.farmer()
    first = alerts.released()
    messaging.type_on_phone(address=alerts.number(answered), body="Seen it by the ford")

    actions.end(alert_ref=first.ref, officer=cast.oakes(), ending="Three people were spoken to")
    alerts.hand_over(first)

    first.refresh_from_db()
    assert (first.state, first.ending) == (State.ENDED, "Three people were spoken to")
    assert first.ended_at is not None
    assert alerts.meant(first, "ending") == {answered.pk}
    assert "Three people were spoken to. Thank you for answering." in by_phone(alerts.number(answered))[-1]
    assert "spoken to" not in " ".join(by_phone(alerts.number(silent)))
    assert alerts.logged("alert.ended", first)[0].facts == {"told": 1}


def test_those_who_answered_a_relay_hear_the_ending_too() -> None:
    alerts.farmer()
    east = alerts.farmer(at=EAST)
    first = alerts.released()
    relay = relayed(first)
    messaging.type_on_phone(address=alerts.number(east), body="Went past the church")

    actions.end(alert_ref=first.ref, officer=cast.oakes(), ending="Three people were spoken to")

    relay.refresh_from_db()
    assert relay.state == State.ENDED
    assert alerts.meant(relay, "ending") == {east.pk}
    assert len(alerts.logged("alert.ended", relay)) == 1


def test_an_ending_takes_back_what_is_still_queued() -> None:
    alerts.farmer()
    first = actions.approve(alert_ref=alerts.waiting().ref, officer=cast.birch())

    actions.end(alert_ref=first.ref, officer=cast.oakes(), ending="Nothing more to go on")

    assert [row.state for row in Delivery.objects.filter(message__kind="alert")] == [DeliveryState.CANCELLED]


def test_after_a_stand_down_the_stand_down_still_goes_out_when_it_ends() -> None:
    alerts.farmer()
    first, oakes = alerts.released(), cast.oakes()
    actions.stand_down(alert_ref=first.ref, officer=oakes, reason="Checked")

    actions.end(alert_ref=first.ref, officer=oakes, ending="Three people were spoken to")

    assert [row.state for row in Delivery.objects.filter(message__kind="stand_down")] == [DeliveryState.QUEUED]


def test_a_second_ending_sends_nothing_twice() -> None:
    alerts.farmer()
    first, oakes = alerts.released(), cast.oakes()
    actions.end(alert_ref=first.ref, officer=oakes, ending="Three people were spoken to")

    with pytest.raises(AlertError, match="ended already"):
        actions.end(alert_ref=first.ref, officer=oakes, ending="Three people were spoken to")
    assert Message.objects.filter(kind=MessageKind.ENDING).count() == 1


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (" ", "waiting to hear"),
        ("The farmer at Manor Farm saw them", "shows who told us"),
        ("We have AO51 BCD", "AO51 BCD"),
        ("Call 07700 900123", "telephone number"),
    ],
)
def test_no_ending_names_anybody(ending: str, words: str) -> None:
    alerts.farmer()
    first = alerts.released()

    with pytest.raises(AlertError, match=words):
        actions.end(alert_ref=first.ref, officer=cast.oakes(), ending=ending)
    assert not Message.objects.filter(kind=MessageKind.ENDING).exists()


def test_what_was_never_out_does_not_end() -> None:
    alerts.farmer()

    with pytest.raises(AlertError, match="cannot be ended"):
        actions.end(alert_ref=alerts.waiting().ref, officer=cast.oakes(), ending="Over")


def test_a_stranger_ends_nothing() -> None:
    alerts.farmer()
    first = alerts.released()

    for stranger in (cast.grey(), cast.frost()):
        with pytest.raises(NotHereError):
            actions.stand_down(alert_ref=first.ref, officer=stranger, reason="Over")
        with pytest.raises(NotHereError):
            actions.end(alert_ref=first.ref, officer=stranger, ending="Over")


def test_time_runs_out_and_those_who_look_for_a_vehicle_are_told() -> None:
    farmer = alerts.farmer()
    first = alerts.released()
    birch = builders.officer(Role.SERGEANT)
    quiet = alerts.released(
        builders.officer(Role.CONSTABLE), birch, words=Words("Coursing", "Men with dogs", "Elm", "Seen them?")
    )
    later = alerts.released(builders.officer(Role.CONSTABLE), birch, expires_at=clock.now() + dt.timedelta(hours=9))

    with time_machine.travel(clock.now() + dt.timedelta(hours=7), tick=True):
        jobs.expire.func(0)
        alerts.hand_over(first, quiet, later)

    assert [Alert.objects.get(pk=one.pk).state for one in (first, quiet, later)] == [
        State.EXPIRED,
        State.EXPIRED,
        State.RELEASED,
    ]
    assert alerts.meant(first, "stand_down") == {farmer.pk}
    assert "no longer ask about the vehicle" in by_phone(alerts.number(farmer))[-1]
    assert alerts.meant(quiet, "stand_down") == set()
    assert alerts.logged("alert.expired", first)[0].facts == {"cleared": True}
    assert alerts.logged("alert.expired", quiet)[0].facts == {"cleared": False}


def test_running_out_twice_tells_nobody_twice() -> None:
    alerts.farmer()
    alerts.released()

    with time_machine.travel(clock.now() + dt.timedelta(hours=7), tick=True):
        assert actions.expire_due() == 1
        assert actions.expire_due() == 0
    assert Message.objects.filter(kind=MessageKind.STAND_DOWN).count() == 1


def test_an_expired_alert_still_gets_its_ending() -> None:
    answered = alerts.farmer()
    first = alerts.released()
    messaging.type_on_phone(address=alerts.number(answered), body="Seen it")
    with time_machine.travel(clock.now() + dt.timedelta(hours=7), tick=True):
        actions.expire_due()
        actions.end(alert_ref=first.ref, officer=cast.oakes(), ending="We found no more to go on")

    assert alerts.meant(first, "ending") == {answered.pk}
