"""Approved for now, for a set time, or for its author to release; one officer or two; taken back; handed back."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from hueandcry.domain.alerts import actions, jobs, queries
from hueandcry.domain.alerts.actions import AlertError, ruling
from hueandcry.domain.alerts.models import Alert, Approval
from hueandcry.domain.alerts.rules import REACH, Goes, State, Urgency
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import MessageKind
from hueandcry.domain.organisations.models import Duty
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import Circle
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db
IN_AN_HOUR = dt.timedelta(hours=1)


def approved_for_later() -> Alert:
    """Return an alert that goes in an hour."""
    alert = alerts.waiting()
    return actions.approve(alert_ref=alert.ref, officer=cast.birch(), goes=Goes.AT, goes_at=clock.now() + IN_AN_HOUR)


# ---------------------------------------------------------------- for its author to release


def test_what_is_approved_only_is_released_by_its_author() -> None:
    farmer = alerts.farmer()
    alert, birch = alerts.waiting(), cast.birch()

    approved = actions.approve(alert_ref=alert.ref, officer=birch, goes=Goes.BY_AUTHOR)

    assert (approved.state, approved.approver, approved.released_at) == (State.APPROVED, birch, None)
    assert approved.approved_at is not None
    assert not Message.objects.exists()
    assert alerts.logged("alert.approved", alert)[0].actor == birch.as_actor()

    out = actions.release_approved(alert_ref=alert.ref, officer=alert.author)

    assert (out.state, out.approver) == (State.RELEASED, birch)
    assert alerts.meant(alert) == {farmer.pk}
    record = alerts.logged("alert.released", alert)[0]
    assert (record.actor, record.facts["second_officer"]) == (alert.author.as_actor(), True)


def test_nobody_but_its_author_releases_what_was_approved_for_them() -> None:
    alerts.farmer()
    alert = alerts.waiting()
    actions.approve(alert_ref=alert.ref, officer=cast.birch(), goes=Goes.BY_AUTHOR)

    with pytest.raises(AlertError, match="Only its author"):
        actions.release_approved(alert_ref=alert.ref, officer=builders.officer(Role.INSPECTOR))
    assert not Message.objects.exists()


def test_the_author_releases_nothing_that_nobody_agreed_to() -> None:
    alerts.farmer()
    alert = alerts.waiting()

    with pytest.raises(AlertError, match="waiting for approval, so it cannot be released by its author"):
        actions.release_approved(alert_ref=alert.ref, officer=alert.author)


def test_pressing_release_twice_sends_once() -> None:
    alerts.farmer()
    alert = alerts.waiting()
    actions.approve(alert_ref=alert.ref, officer=cast.birch(), goes=Goes.BY_AUTHOR)
    actions.release_approved(alert_ref=alert.ref, officer=alert.author)

    with pytest.raises(AlertError, match="released already"):
        actions.release_approved(alert_ref=alert.ref, officer=alert.author)
    assert Message.objects.count() == 1


# ---------------------------------------------------------------- at a set time


def test_what_is_approved_for_a_time_goes_at_that_time_and_not_before() -> None:
    stays, gone = alerts.farmer(), alerts.farmer()
    alert = approved_for_later()

    jobs.release_due.func(0)
    assert (Alert.objects.get(pk=alert.pk).state, Message.objects.count()) == (State.SCHEDULED, 0)

    Member.objects.filter(pk=gone.pk).update(state="left")
    with time_machine.travel(clock.now() + IN_AN_HOUR, tick=True):
        jobs.release_due.func(0)
        jobs.release_due.func(0)

    alert.refresh_from_db()
    assert alert.state == State.RELEASED
    assert alerts.meant(alert) == {stays.pk}, "the audience is counted anew"
    assert Message.objects.filter(kind=MessageKind.ALERT).count() == 1
    assert [record.actor for record in alerts.logged("alert.released", alert)] == [SYSTEM]


@pytest.mark.parametrize(
    ("goes_at", "sentence"),
    [
        (None, "Say when"),
        (-dt.timedelta(seconds=1), "has passed"),
        (dt.timedelta(hours=6), "over before it goes"),
        (dt.timedelta(days=15), "within 14 days"),
    ],
)
def test_a_moment_that_cannot_be_meant_is_refused(goes_at: dt.timedelta | None, sentence: str) -> None:
    alerts.farmer()
    alert = alerts.waiting()

    with pytest.raises(AlertError, match=sentence):
        actions.approve(
            alert_ref=alert.ref,
            officer=cast.birch(),
            goes=Goes.AT,
            goes_at=None if goes_at is None else clock.now() + goes_at,
        )
    assert (Alert.objects.get(pk=alert.pk).state, Approval.objects.count()) == (State.WAITING, 0)


def test_the_database_refuses_a_schedule_without_its_moment() -> None:
    alert = alerts.drafted()

    with pytest.raises(IntegrityError, match="alerts_scheduled_alert_has_its_moment"), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(state=State.SCHEDULED)


def test_what_may_not_go_any_more_goes_back_with_the_reason_and_both_are_told() -> None:
    farmer = alerts.farmer()
    alert, other = approved_for_later(), alerts.farmer(at=(3.3, 54.5))
    author, approver = alert.author, alert.approver
    assert approver is not None
    Member.objects.filter(pk=farmer.pk).update(state="left")

    with time_machine.travel(clock.now() + IN_AN_HOUR, tick=True):
        assert actions.release_due() == 0
        assert actions.release_due() == 0

    alert.refresh_from_db()
    assert (alert.state, alert.approver, alert.goes_at, alert.released_at) == (State.RETURNED, None, None, None)
    assert alert.returned_because == f"It did not go out at its time: {queries.FIND_SOMEBODY}"
    told = Delivery.objects.filter(message__about=f"alert:{alert.ref}")
    assert set(told.values_list("address", flat=True)) == {author.email, approver.email}
    assert "did not. Nobody would be reached." in told[0].message.email
    assert len(alerts.logged("alert.given_up", alert)) == 1
    assert other.pk not in alerts.meant(alert)


def test_one_that_may_not_go_keeps_no_other_back() -> None:
    alerts.farmer()
    alone, birch = alerts.farmer(at=(3.3, 54.5)), cast.birch()
    first, second = (
        alerts.waiting(builders.officer(Role.CONSTABLE), asked=asked)
        for asked in (alerts.question(circles=(Circle(3.3, 54.5, 5_000.0),)), alerts.question())
    )
    for alert in (first, second):
        actions.approve(alert_ref=alert.ref, officer=birch, goes=Goes.AT, goes_at=clock.now() + IN_AN_HOUR)
    Member.objects.filter(pk=alone.pk).update(state="left")

    with time_machine.travel(clock.now() + IN_AN_HOUR, tick=True):
        assert actions.release_due() == 1

    assert [Alert.objects.get(pk=one.pk).state for one in (first, second)] == [State.RETURNED, State.RELEASED]


def test_the_check_is_asked_of_the_moment_when_it_goes() -> None:
    alerts.farmer()
    alert = alerts.waiting()
    Duty.objects.all().delete()
    # On duty now, and nobody from in half an hour on.
    now = clock.now()
    builders.rota(begins_on=now.date() + dt.timedelta(days=1), from_minute=12 * 60, until_minute=13 * 60)

    with pytest.raises(AlertError, match="Nobody is on duty to read the answers"):
        actions.approve(alert_ref=alert.ref, officer=cast.birch(), goes=Goes.AT, goes_at=now + IN_AN_HOUR)


def test_its_author_takes_it_back_before_its_time_and_changes_it() -> None:
    alerts.farmer()
    alert = approved_for_later()

    actions.withdraw(alert_ref=alert.ref, officer=alert.author)
    again = actions.withdraw(alert_ref=alert.ref, officer=alert.author)

    assert (again.state, again.goes_at, again.approver) == (State.DRAFT, None, None)
    assert len(alerts.logged("alert.withdrawn", alert)) == 1
    with time_machine.travel(clock.now() + IN_AN_HOUR, tick=True):
        assert actions.release_due() == 0
    actions.revise(alert_ref=alert.ref, officer=alert.author, **alerts.fields())
    actions.submit(alert_ref=alert.ref, officer=alert.author)
    assert not Approval.objects.exists(), "what was agreed to before counts no more"


def test_an_approver_sends_what_is_scheduled_back() -> None:
    alerts.farmer()
    alert = approved_for_later()

    back = actions.send_back(alert_ref=alert.ref, officer=builders.officer(Role.INSPECTOR), reason="Not on a Sunday")

    assert (back.state, back.goes_at, back.returned_because) == (State.RETURNED, None, "Not on a Sunday")


# ---------------------------------------------------------------- two officers


def wide() -> Alert:
    """Return an alert that waits and goes to more members than one officer may let out."""
    alerts.farmer()
    ruling.set_rows(
        officer=builders.officer(Role.INSPECTOR),
        rows=[replace(REACH[1], most=1, approvals=2), *REACH[1:]],
    )
    return alerts.waiting()


def test_the_largest_take_a_third_officer() -> None:
    alert, birch, third = wide(), cast.birch(), builders.officer(Role.INSPECTOR)

    first = actions.approve(alert_ref=alert.ref, officer=birch)
    assert (first.state, Message.objects.count()) == (State.WAITING, 0)
    assert queries.way_out(alert=alert).given == 1
    out = actions.approve(alert_ref=alert.ref, officer=third)

    assert (out.state, out.approver) == (State.RELEASED, third)
    assert [record.actor for record in alerts.logged("alert.agreed", alert)] == [birch.as_actor(), third.as_actor()]


def test_one_officer_is_not_two() -> None:
    alert, birch = wide(), cast.birch()
    actions.approve(alert_ref=alert.ref, officer=birch)

    with pytest.raises(AlertError, match="You agreed to it already"):
        actions.approve(alert_ref=alert.ref, officer=birch)
    assert not Message.objects.exists()


def test_what_was_changed_after_the_first_agreed_needs_both_again() -> None:
    alert, birch, third = wide(), cast.birch(), builders.officer(Role.INSPECTOR)
    actions.approve(alert_ref=alert.ref, officer=birch)
    actions.send_back(alert_ref=alert.ref, officer=third, reason="Say which lane")
    actions.revise(alert_ref=alert.ref, officer=alert.author, **alerts.fields())
    actions.submit(alert_ref=alert.ref, officer=alert.author)

    assert actions.approve(alert_ref=alert.ref, officer=third).state == State.WAITING
    assert actions.approve(alert_ref=alert.ref, officer=birch).state == State.RELEASED


def test_what_was_approved_by_one_and_has_grown_is_not_let_out_by_its_author() -> None:
    alerts.farmer()
    ruling.set_rows(
        officer=builders.officer(Role.INSPECTOR),
        rows=[replace(REACH[1], most=1), replace(REACH[1], approvals=2), *REACH[2:]],
    )
    alert = alerts.waiting()
    actions.approve(alert_ref=alert.ref, officer=cast.birch(), goes=Goes.BY_AUTHOR)
    alerts.farmer()

    with pytest.raises(AlertError, match="needs one more officer"):
        actions.release_approved(alert_ref=alert.ref, officer=alert.author)
    assert (Alert.objects.get(pk=alert.pk).state, Message.objects.count()) == (State.APPROVED, 0)


# ---------------------------------------------------------------- training, suspects, the first seconds


def test_without_training_the_fast_lane_is_shut() -> None:
    alerts.farmer()
    oakes = builders.officer(Role.OPERATOR, fast_trained_until=clock.today())
    alert = alerts.drafted(oakes)

    with pytest.raises(AlertError, match="needs a second officer"):
        actions.release_fast(alert_ref=alert.ref, officer=oakes)
    assert not Message.objects.exists()


def test_nothing_goes_before_the_question_of_the_suspect_is_answered() -> None:
    alerts.farmer()
    oakes = cast.oakes()
    alert = alerts.drafted(oakes, suspect=Suspect.UNASKED)

    for way_out in (actions.submit, actions.release_fast):
        with pytest.raises(AlertError, match="could a suspect read this"):
            way_out(alert_ref=alert.ref, officer=oakes)
    actions.answer_suspect(alert_ref=alert.ref, officer=oakes, answer=Suspect.HARMLESS, note=" Puts  them off ")

    alert.refresh_from_db()
    assert (alert.suspect, alert.suspect_note) == (Suspect.HARMLESS, "Puts them off")
    assert alerts.logged("alert.suspect_answered", alert)[0].facts == {"answer": "harmless"}
    assert actions.release_fast(alert_ref=alert.ref, officer=oakes).state == State.RELEASED


def test_what_would_harm_goes_to_checked_members_only_and_never_without_a_second_officer() -> None:
    alerts.farmer()
    oakes = cast.oakes()
    low, high = (alerts.drafted(oakes, level=level, suspect=Suspect.HARMFUL) for level in (Tier.MEMBER, Tier.VETTED))

    with pytest.raises(AlertError, match="send it to vetted members"):
        actions.submit(alert_ref=low.ref, officer=oakes)
    with pytest.raises(AlertError, match="needs a second officer"):
        actions.release_fast(alert_ref=high.ref, officer=oakes)
    actions.submit(alert_ref=high.ref, officer=oakes)
    assert actions.approve(alert_ref=high.ref, officer=cast.birch()).state == State.RELEASED


def test_a_wider_level_asks_the_question_again() -> None:
    alert = alerts.drafted(level=Tier.VETTED)

    for level, answer in ((Tier.KIN, Suspect.NO), (Tier.MEMBER, Suspect.UNASKED)):
        actions.revise(alert_ref=alert.ref, officer=alert.author, **alerts.fields(level=level))
        alert.refresh_from_db()
        assert alert.suspect == answer


@pytest.mark.parametrize(
    ("answer", "note", "sentence"), [(Suspect.UNASKED, "", "Choose an answer"), (Suspect.NO, "x" * 301, "Shorten")]
)
def test_an_answer_that_is_none_is_refused(answer: Suspect, note: str, sentence: str) -> None:
    alert = alerts.drafted(suspect=Suspect.UNASKED)

    with pytest.raises(AlertError, match=sentence):
        actions.answer_suspect(alert_ref=alert.ref, officer=alert.author, answer=answer, note=note)


def test_only_its_author_answers_and_only_before_it_is_sent_for_approval() -> None:
    alerts.farmer()
    draft, waits = alerts.drafted(suspect=Suspect.UNASKED), alerts.waiting(builders.officer(Role.CONSTABLE))

    with pytest.raises(AlertError, match="Only its author"):
        actions.answer_suspect(alert_ref=draft.ref, officer=cast.birch(), answer=Suspect.NO)
    with pytest.raises(AlertError, match="take it back first"):
        actions.answer_suspect(alert_ref=waits.ref, officer=waits.author, answer=Suspect.HARMLESS)


@pytest.mark.parametrize(("urgency", "waits_s"), [(Urgency.NOW, 0), (Urgency.TODAY, 30)])
def test_what_is_wide_and_not_urgent_leaves_after_half_a_minute(urgency: Urgency, waits_s: int) -> None:
    alerts.farmer()
    if urgency != Urgency.NOW:
        ruling.set_rows(
            officer=builders.officer(Role.INSPECTOR),
            rows=[*REACH[:2], replace(REACH[2], most=None, hold_s=30)],
        )
    with time_machine.travel(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC), tick=False):
        alert = actions.approve(alert_ref=alerts.waiting(urgency=urgency).ref, officer=cast.birch())

        assert alert.released_at is not None
        assert (Delivery.objects.get().next_at - alert.released_at).total_seconds() == waits_s


def test_a_large_one_is_typed_by_everybody_who_agrees_whenever_it_goes() -> None:
    alerts.farmer()
    ruling.set_rows(
        officer=builders.officer(Role.INSPECTOR),
        rows=[replace(REACH[1], approvals=2, typed_above=0), *REACH[1:]],
    )
    alert, birch, third = alerts.waiting(), cast.birch(), builders.officer(Role.INSPECTOR)
    later: Any = {"goes": Goes.AT, "goes_at": clock.now() + IN_AN_HOUR}

    with pytest.raises(AlertError, match="Type 1"):
        actions.approve(alert_ref=alert.ref, officer=birch)
    actions.approve(alert_ref=alert.ref, officer=birch, typed="1")
    with pytest.raises(AlertError, match="Type 1"):
        actions.approve(alert_ref=alert.ref, officer=third, **later)

    assert actions.approve(alert_ref=alert.ref, officer=third, typed="1", **later).state == State.SCHEDULED
