"""Every move tried from every state by the actions themselves: what the table does not allow changes nothing."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import AGREED, OPEN, OUT, RUNNING, Goes, State, Verb
from hueandcry.domain.alerts.rules.moves import ROWS, Who
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from tests import builders
from tests.domain import alerts

pytestmark = pytest.mark.django_db
RIGHT = replace(alerts.WORDS, what="Blue pick-up, three men with dogs")

# How each verb is pressed, by whoever the table says.
PRESSES: dict[Verb, Callable[[str, Officer], object]] = {
    Verb.SUBMIT: lambda ref, who: actions.submit(alert_ref=ref, officer=who),
    Verb.WITHDRAW: lambda ref, who: actions.withdraw(alert_ref=ref, officer=who),
    Verb.SEND_BACK: lambda ref, who: actions.send_back(alert_ref=ref, officer=who, reason="Say which lane"),
    Verb.AGREE: lambda ref, who: actions.approve(alert_ref=ref, officer=who, goes=Goes.BY_AUTHOR),
    Verb.APPROVE: lambda ref, who: actions.approve(alert_ref=ref, officer=who),
    Verb.SCHEDULE: lambda ref, who: actions.approve(
        alert_ref=ref, officer=who, goes=Goes.AT, goes_at=clock.now() + dt.timedelta(hours=1)
    ),
    Verb.RELEASE_APPROVED: lambda ref, who: actions.release_approved(alert_ref=ref, officer=who),
    Verb.RELEASE_FAST: lambda ref, who: actions.release_fast(alert_ref=ref, officer=who),
    Verb.PAUSE: lambda ref, who: actions.pause(alert_ref=ref, officer=who),
    Verb.RESUME: lambda ref, who: actions.resume(alert_ref=ref, officer=who),
    Verb.RECALL: lambda ref, who: actions.recall(alert_ref=ref, officer=who),
    Verb.CORRECT: lambda ref, who: actions.correct(
        alert_ref=ref,
        officer=who,
        words=RIGHT,
        occurred_at=clock.now(),
        expires_at=clock.now() + dt.timedelta(hours=6),
        reason="It was blue",
    ),
    Verb.STAND_DOWN: lambda ref, who: actions.stand_down(alert_ref=ref, officer=who, reason="Checked"),
    Verb.END: lambda ref, who: actions.end(alert_ref=ref, officer=who, ending="Two men were summonsed"),
}
# A second press of the same finds it done, says so or nothing, and changes nothing.
DONE_ALREADY = {
    (Verb.SUBMIT, State.WAITING),
    (Verb.WITHDRAW, State.DRAFT),
    (Verb.PAUSE, State.PAUSED),
    (Verb.RESUME, State.RELEASED),
    (Verb.RESUME, State.CORRECTED),
}


def brought_to(state: State, author: Officer, approver: Officer) -> Alert:
    """Return an alert that really came to a state by its moves."""
    alert = alerts.drafted(author)

    def approve(**how: Any) -> None:
        actions.submit(alert_ref=alert.ref, officer=author)
        actions.approve(alert_ref=alert.ref, officer=approver, **how)

    if state == State.WAITING:
        actions.submit(alert_ref=alert.ref, officer=author)
    elif state == State.RETURNED:
        actions.submit(alert_ref=alert.ref, officer=author)
        actions.send_back(alert_ref=alert.ref, officer=approver, reason="Say which lane")
    elif state == State.APPROVED:
        approve(goes=Goes.BY_AUTHOR)
    elif state == State.SCHEDULED:
        approve(goes=Goes.AT, goes_at=clock.now() + dt.timedelta(hours=1))
    elif state in OUT:
        approve()
        after = {
            State.PAUSED: Verb.PAUSE,
            State.CORRECTED: Verb.CORRECT,
            State.STOOD_DOWN: Verb.STAND_DOWN,
            State.ENDED: Verb.END,
        }
        if state in after:
            PRESSES[after[state]](alert.ref, approver)
        if state == State.EXPIRED:
            Alert.objects.filter(pk=alert.pk).update(expires_at=clock.now())
            actions.expire_due()
    alert.refresh_from_db()
    assert alert.state == state
    return alert


def everything(alert: Alert) -> tuple[Any, int, int]:
    """Return all that a refused move must leave as it was."""
    row = Alert.objects.filter(pk=alert.pk).values().get()
    return row, Message.objects.count(), Record.objects.count()


@pytest.mark.parametrize("state", list(State))
def test_each_verb_works_from_the_states_of_its_row_and_from_no_other(state: State) -> None:
    alerts.farmer()
    # Both may do everything here: what is refused is refused because of the state and of whose move it is.
    author, other = builders.officer(Role.SERGEANT, Role.OPERATOR), builders.officer(Role.SERGEANT, Role.OPERATOR)
    alert = brought_to(state, author, other)
    before = everything(alert)

    for verb, press in PRESSES.items():
        row = ROWS[verb]
        who, not_theirs = (author, other) if row.who == Who.AUTHOR else (other, author)
        if row.who != Who.ANYBODY:
            with pytest.raises(AlertError):
                press(alert.ref, not_theirs)
            assert everything(alert) == before, f"{verb} by somebody else's hand changed something"
        if state in row.old:
            with transaction.atomic():
                press(alert.ref, who)
                after = Alert.objects.get(pk=alert.pk).state
                # As if nobody had pressed: the next one starts from the same state.
                transaction.set_rollback(True)
            assert after in row.new or (verb == Verb.AGREE and after == State.APPROVED), f"{state} {verb} {after}"
            continue
        if (verb, state) in DONE_ALREADY:
            press(alert.ref, who)
        else:
            with pytest.raises(AlertError):
                press(alert.ref, who)
        assert everything(alert) == before, f"{verb} of what is {state} changed something"


def test_the_groups_of_states_are_what_they_say() -> None:
    assert set(OPEN) == ROWS[Verb.SUBMIT].old
    assert set(AGREED) == ROWS[Verb.RELEASE_APPROVED].old
    assert set(RUNNING) == ROWS[Verb.STAND_DOWN].old
    assert set(OUT) == set(State) - {State.DRAFT, State.WAITING, State.RETURNED, *AGREED}


# ---------------------------------------------------------------- pausing


def test_while_it_is_paused_nothing_leaves_and_then_it_goes_on() -> None:
    alerts.farmer()
    oakes = builders.officer(Role.OPERATOR)
    alert = actions.approve(alert_ref=alerts.waiting().ref, officer=builders.officer(Role.SERGEANT))

    actions.pause(alert_ref=alert.ref, officer=oakes)
    actions.pause(alert_ref=alert.ref, officer=oakes)
    alerts.hand_over(alert)
    assert Message.objects.get().deliveries.get().state == DeliveryState.QUEUED

    resumed = actions.resume(alert_ref=alert.ref, officer=oakes)
    alerts.hand_over(alert)
    assert (resumed.state, resumed.paused_at) == (State.RELEASED, None)
    assert Message.objects.get().deliveries.get().state in (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
    assert [len(alerts.logged(event, alert)) for event in ("alert.paused", "alert.resumed")] == [1, 1]


def test_what_is_paused_is_stood_down_corrected_and_expires_like_what_runs() -> None:
    alerts.farmer()
    author, other = builders.officer(Role.SERGEANT), builders.officer(Role.SERGEANT, Role.OPERATOR)
    down, right, late = (brought_to(State.PAUSED, author, other) for _ in range(3))

    actions.stand_down(alert_ref=down.ref, officer=other, reason="Checked")
    PRESSES[Verb.CORRECT](right.ref, other)
    Alert.objects.filter(pk=late.pk).update(expires_at=clock.now())
    actions.expire_due()

    states = {alert.pk: (alert.state, alert.paused_at) for alert in Alert.objects.all()}
    assert states == {
        down.pk: (State.STOOD_DOWN, None),
        right.pk: (State.CORRECTED, None),
        late.pk: (State.EXPIRED, None),
    }
    waiting = Message.objects.filter(cancelled_at=None, deliveries__state=DeliveryState.QUEUED)
    assert [(message.kind, message.about) for message in waiting] == [(MessageKind.ALERT, f"alert:{right.ref}")]


def test_a_corrected_alert_is_still_corrected_after_a_pause() -> None:
    alerts.farmer()
    other = builders.officer(Role.SERGEANT, Role.OPERATOR)
    alert = brought_to(State.CORRECTED, builders.officer(Role.CONSTABLE), other)

    actions.pause(alert_ref=alert.ref, officer=other)

    assert actions.resume(alert_ref=alert.ref, officer=other).state == State.CORRECTED
