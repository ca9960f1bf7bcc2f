"""Two officers press at the same moment: real connections, real locks."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions import AlertError, ruling
from hueandcry.domain.alerts.models import Alert, Approval, Correction
from hueandcry.domain.alerts.rules import REACH, Goes, Sighting, State
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*presses: Callable[[], object]) -> list[str]:
    """Press everything at the same moment; return what each was refused with."""
    barrier = threading.Barrier(len(presses))
    outcomes: list[str] = []

    def press(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
            outcomes.append("")
        except AlertError as refusal:
            outcomes.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(act,)) for act in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return sorted(outcomes)


def test_two_approvers_release_once() -> None:
    alerts.farmer()
    alert = alerts.waiting()
    birch, other = cast.birch(), builders.officer(Role.INSPECTOR)

    refused = at_once(
        lambda: actions.approve(alert_ref=alert.ref, officer=birch),
        lambda: actions.approve(alert_ref=alert.ref, officer=other),
    )

    assert refused[0] == ""
    assert "released already" in refused[1]
    assert (Message.objects.count(), Delivery.objects.count()) == (1, 1)


def test_standing_down_and_approving_a_relay_at_once_leaves_no_relay_out() -> None:
    alerts.farmer()
    alerts.farmer(at=(2.69, 54.5))
    first, oakes, birch = alerts.released(level=Tier.MEMBER), cast.oakes(), builders.officer(Role.SERGEANT)
    seen = Sighting("grey pick-up", "Ford Lane, Elm", "", clock.now(), "", Point(2.69, 54.5))
    relay = actions.relay(officer=oakes, alert_ref=first.ref, sighting=seen, report_ref="R2PQ7T")

    at_once(
        lambda: actions.stand_down(alert_ref=first.ref, officer=oakes, reason="Checked"),
        lambda: actions.approve(alert_ref=relay.ref, officer=birch),
    )

    assert Alert.objects.get(pk=first.pk).state == State.STOOD_DOWN
    assert Alert.objects.get(pk=relay.pk).state in (State.STOOD_DOWN, State.RETURNED)


def test_two_who_agree_at_once_to_what_needs_both_release_once() -> None:
    alerts.farmer()
    ruling.set_rows(officer=builders.officer(Role.INSPECTOR), rows=[replace(REACH[1], most=1, approvals=2), *REACH[1:]])
    alert = alerts.waiting()
    birch, other = cast.birch(), builders.officer(Role.INSPECTOR)

    refused = at_once(
        lambda: actions.approve(alert_ref=alert.ref, officer=birch),
        lambda: actions.approve(alert_ref=alert.ref, officer=other),
    )

    assert refused == ["", ""]
    assert Alert.objects.get(pk=alert.pk).state == State.RELEASED
    assert (Approval.objects.count(), Message.objects.count(), Delivery.objects.count()) == (2, 1, 1)


def test_its_time_comes_while_its_author_takes_it_back() -> None:
    alerts.farmer()
    alert = alerts.waiting()
    at = clock.now() + dt.timedelta(hours=1)
    actions.approve(alert_ref=alert.ref, officer=cast.birch(), goes=Goes.AT, goes_at=at)
    Alert.objects.filter(pk=alert.pk).update(goes_at=clock.now())

    refused = at_once(
        actions.release_due,
        actions.release_due,
        lambda: actions.withdraw(alert_ref=alert.ref, officer=alert.author),
    )

    state = Alert.objects.get(pk=alert.pk).state
    assert state in (State.RELEASED, State.DRAFT)
    assert Message.objects.count() == (1 if state == State.RELEASED else 0)
    assert (refused[-1] == "") is (state == State.DRAFT)


def test_taking_back_correcting_and_standing_down_at_once_leaves_one_end() -> None:
    alerts.farmer()
    oakes, other = cast.oakes(), builders.officer(Role.OPERATOR)
    alert = actions.approve(alert_ref=alerts.waiting().ref, officer=cast.birch())
    right = replace(alerts.WORDS, what="Blue pick-up, three men with dogs")

    at_once(
        lambda: actions.recall(alert_ref=alert.ref, officer=oakes),
        lambda: actions.stand_down(alert_ref=alert.ref, officer=other, reason="Checked"),
        lambda: actions.correct(
            alert_ref=alert.ref,
            officer=oakes,
            words=right,
            occurred_at=alert.occurred_at,
            expires_at=alert.expires_at,
            reason="It was blue",
        ),
    )

    assert Alert.objects.get(pk=alert.pk).state == State.STOOD_DOWN
    assert Message.objects.filter(kind=MessageKind.STAND_DOWN).count() == 1
    assert not Delivery.objects.filter(state=DeliveryState.QUEUED).exists(), "nobody was reached: nobody is told"


def test_two_corrections_at_once_are_two_one_after_the_other_or_one() -> None:
    alerts.farmer()
    alert = actions.approve(alert_ref=alerts.waiting(level=Tier.MEMBER).ref, officer=cast.birch())

    def correct(what: str, officer: Officer) -> None:
        actions.correct(
            alert_ref=alert.ref,
            officer=officer,
            words=replace(alerts.WORDS, what=what),
            occurred_at=alert.occurred_at,
            expires_at=alert.expires_at,
            reason="It was another colour",
        )

    amos, oakes = builders.officer(Role.CONSTABLE), cast.oakes()
    refused = at_once(lambda: correct("Blue pick-up", amos), lambda: correct("Red pick-up", oakes))

    assert refused[0] == ""
    assert "A correction waits already" in refused[1]
    assert Correction.objects.count() == 1
