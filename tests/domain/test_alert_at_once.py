"""Two officers press at the same moment: real connections, real locks."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import Sighting, State
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.models import Delivery, Message
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
        thread.join(timeout=30)
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
