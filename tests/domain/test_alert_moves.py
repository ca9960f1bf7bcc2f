"""Every move tried from every state by the actions themselves: what the table does not allow changes nothing."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions import AlertError, ruling
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import AGREED, OPEN, OUT, REACH, RUNNING, Goes, State, Verb
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.alerts.rules.moves import MOVES, ROWS, Need, Who
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


# ---------------------------------------------------------------- what a move takes


def _hurried(alert: Alert) -> None:
    Alert.objects.filter(pk=alert.pk).update(released_at=clock.now() - dt.timedelta(seconds=31))


def _spoiled(alert: Alert) -> None:
    Alert.objects.filter(pk=alert.pk).update(headline="")


def _unanswered(alert: Alert) -> None:
    Alert.objects.filter(pk=alert.pk).update(suspect=Suspect.UNASKED)


def _ruled(**changes: Any) -> Callable[[Alert], None]:
    """Return what puts a stricter table of reach in the place of the shipped one."""

    def rule(_: Alert) -> None:
        ruling.set_rows(officer=builders.officer(Role.INSPECTOR), rows=[replace(row, **changes) for row in REACH])

    return rule


def _alone(_: Alert) -> None:
    rows = [replace(REACH[0], most=None, levels=REACH[1].levels, approvals=1, is_trained=False), *REACH[1:]]
    ruling.set_rows(officer=builders.officer(Role.INSPECTOR), rows=rows)


def _as_it_was(_: Alert) -> None:
    """Change nothing: what is lacking is lacking in the press."""


# What takes each need away, and what is said then.
LACKS: dict[Need, tuple[Callable[[Alert], None], str]] = {
    Need.REASON: (_as_it_was, "Say |Write "),
    Need.SECOND: (_ruled(approvals=2), "one more officer"),
    Need.ALONE: (_alone, "needs a second officer"),
    Need.TYPED: (_ruled(typed_above=0), "Type 1"),
    Need.CHECK: (_spoiled, "Write a headline"),
    Need.SUSPECT: (_unanswered, "suspect"),
    Need.MOMENT: (_as_it_was, "Say when it is to go out"),
    Need.AT_ONCE: (_hurried, "more than 30 seconds ago"),
}
# How a verb is pressed by somebody who leaves that out, where it is part of the press.
WITHOUT: dict[tuple[Verb, Need], Callable[[str, Officer], object]] = {
    (Verb.SEND_BACK, Need.REASON): lambda ref, who: actions.send_back(alert_ref=ref, officer=who, reason=" "),
    (Verb.STAND_DOWN, Need.REASON): lambda ref, who: actions.stand_down(alert_ref=ref, officer=who, reason=" "),
    (Verb.END, Need.REASON): lambda ref, who: actions.end(alert_ref=ref, officer=who, ending=" "),
    (Verb.CORRECT, Need.REASON): lambda ref, who: correct(ref, who, reason=" "),
    (Verb.CORRECT, Need.CHECK): lambda ref, who: correct(ref, who, words=replace(RIGHT, headline="")),
    (Verb.SCHEDULE, Need.MOMENT): lambda ref, who: actions.approve(alert_ref=ref, officer=who, goes=Goes.AT),
}


def correct(ref: str, who: Officer, **changes: Any) -> object:
    given = {"words": RIGHT, "occurred_at": clock.now(), "expires_at": clock.now() + dt.timedelta(hours=6)}
    return actions.correct(alert_ref=ref, officer=who, **{**given, "reason": "It was blue", **changes})


def _pairs(*without: Verb) -> list[tuple[Verb, Need]]:
    return [(row.verb, need) for row in MOVES for need in sorted(row.needs) if row.verb not in without]


@pytest.mark.parametrize(("verb", "need"), _pairs(Verb.GO, Verb.GIVE_UP))
def test_no_move_is_made_without_what_its_row_says_that_it_takes(verb: Verb, need: Need) -> None:
    alerts.farmer()
    author, other = builders.officer(Role.SERGEANT, Role.OPERATOR), builders.officer(Role.SERGEANT, Role.OPERATOR)
    row = ROWS[verb]
    # Of the states from which it leads the first of the table: draft before returned, released before paused.
    alert = brought_to(next(state for state in State if state in row.old), author, other)
    take_away, sentence = LACKS[need]
    take_away(alert)
    press = WITHOUT.get((verb, need), PRESSES[verb])
    before = Alert.objects.values("state", "released_at", "what").get(pk=alert.pk)

    # Where another has to agree too, a press is no mistake: it only is not the last one.
    if need == Need.SECOND and verb != Verb.RELEASE_APPROVED:
        press(alert.ref, other)
    else:
        with pytest.raises(AlertError, match=sentence):
            press(alert.ref, author if row.who == Who.AUTHOR else other)

    assert Alert.objects.values("state", "released_at", "what").get(pk=alert.pk) == before


@pytest.mark.parametrize("need", sorted(ROWS[Verb.GO].needs))
def test_at_its_time_nothing_goes_without_what_the_row_takes_and_its_author_hears_why(need: Need) -> None:
    alerts.farmer()
    author, other = builders.officer(Role.SERGEANT, Role.OPERATOR), builders.officer(Role.SERGEANT, Role.OPERATOR)
    alert = brought_to(State.SCHEDULED, author, other)
    take_away, sentence = LACKS[need]
    take_away(alert)
    Alert.objects.filter(pk=alert.pk).update(goes_at=clock.now())

    assert actions.release_due() == 0

    alert.refresh_from_db()
    assert (alert.state, alert.released_at) == (State.RETURNED, None)
    # The row by which it is handed back takes a reason, and has one.
    assert re.search(sentence, alert.returned_because)


def test_what_takes_a_need_away_is_known_for_each() -> None:
    assert set(LACKS) == set(Need)
    assert ROWS[Verb.GIVE_UP].needs == {Need.REASON}


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
