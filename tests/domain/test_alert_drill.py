"""Exercises: they say so first on every channel, reach the sandbox only, and stay exercises to the end."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries import schemes
from hueandcry.domain.alerts.rules import Sighting, State, Urgency
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.members.models import Ask
from hueandcry.domain.members.rules import Priority, Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging import queries as message_questions
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def drill(author: Officer | None = None, **changes: Any) -> Alert:
    """Return an exercise that waits for approval."""
    alert = alerts.drafted(author, **changes)
    actions.choose_how(alert_ref=alert.ref, officer=alert.author, is_drill=True, has_canaries=False)
    return actions.submit(alert_ref=alert.ref, officer=alert.author)


# How each language that we have says it.
EXERCISES = ("EXERCISE", "YMARFER", "ĆWICZENI", "CWICZENI")


def test_every_channel_says_first_that_it_is_an_exercise_in_every_language() -> None:
    alerts.farmer()
    alert = actions.approve(alert_ref=drill().ref, officer=cast.birch())

    message = Message.objects.get()
    own = {name: getattr(message, name) for name in ("text", "spoken", "subject", "email")}
    assert message.is_drill
    for said in (own, *message.frames.values()):
        assert all(words.upper().startswith(EXERCISES) for words in said.values()), said
    assert alert.state == State.RELEASED


def test_whatever_follows_an_exercise_is_one_too() -> None:
    dell = alerts.farmer()
    birch, oakes = cast.birch(), cast.oakes()
    alert = actions.approve(alert_ref=drill().ref, officer=birch)
    alerts.hand_over(alert)
    messaging.type_on_phone(address=alerts.number(dell), body="Seen it at the mill")

    actions.correct(
        alert_ref=alert.ref,
        officer=oakes,
        words=replace(alerts.WORDS, what="Blue pick-up, three men with dogs"),
        occurred_at=alert.occurred_at,
        expires_at=alert.expires_at,
        reason="It was blue",
    )
    actions.stand_down(alert_ref=alert.ref, officer=oakes, reason="Over")
    actions.end(alert_ref=alert.ref, officer=oakes, ending="Thank you for taking part")

    about = Message.objects.filter(about=f"alert:{alert.ref}")
    kinds = set(about.values_list("kind", flat=True))
    assert {MessageKind.CORRECTION, MessageKind.STAND_DOWN, MessageKind.ENDING, MessageKind.CONTROL} <= kinds
    assert not about.filter(is_drill=False).exists(), "the thanks for an answer would reach a live number"
    said = about.exclude(kind=MessageKind.CONTROL).values_list("text", flat=True)
    assert all(text.startswith("EXERCISE. ") for text in said)


def test_what_is_real_is_not_marked_as_an_exercise() -> None:
    alerts.farmer()
    alert = alerts.released()

    assert not Message.objects.get().is_drill
    assert not queries.preview(alert=alert).words.text.startswith("EXERCISE")


def test_an_exercise_stays_one_once_it_is_sent_for_approval() -> None:
    alerts.farmer()
    alert = drill()

    for state in ("waits", "is out"):
        with pytest.raises(AlertError, match="cannot be changed"):
            actions.choose_how(alert_ref=alert.ref, officer=alert.author, is_drill=False, has_canaries=False)
        assert Alert.objects.get(pk=alert.pk).is_drill, state
        if state == "waits":
            actions.approve(alert_ref=alert.ref, officer=cast.birch())


def test_nobody_outside_reads_of_an_exercise() -> None:
    dell = alerts.farmer()
    alert = actions.approve(alert_ref=drill(level=Tier.PUBLIC).ref, officer=cast.birch())
    alerts.hand_over(alert)

    assert queries.public_alerts() == []
    assert queries.latest_for_member(member_id=dell.pk) == []
    assert schemes.told_lately(scheme_id=builders.scheme().pk, tier=Tier.KIN) == []
    assert schemes.for_a_group(member_id=dell.pk) == []
    assert message_questions.received_by(member_id=dell.pk) == []


def test_an_exercise_asks_nobody_for_a_suspect_and_counts_for_nobody() -> None:
    dell = alerts.farmer()
    alert = alerts.drafted(suspect=Suspect.UNASKED)
    actions.choose_how(alert_ref=alert.ref, officer=alert.author, is_drill=True, has_canaries=False)
    actions.submit(alert_ref=alert.ref, officer=alert.author)
    actions.approve(alert_ref=alert.ref, officer=cast.birch())

    assert Delivery.objects.count() == 1
    assert not Ask.objects.exists(), "nobody was asked in person"
    with override_settings(MEMBER_BUDGET_WEEK=1):
        assert message_questions.budget_for(member_ids=[dell.pk], priority=Priority.ROUTINE).over == 0


def test_answers_to_exercises_are_known() -> None:
    alerts.farmer()
    real = alerts.released()
    exercise = actions.approve(
        alert_ref=drill(builders.officer(Role.CONSTABLE)).ref, officer=builders.officer(Role.SERGEANT)
    )

    found = queries.drills(abouts=[f"alert:{real.ref}", f"alert:{exercise.ref}", "note:K7M2PQ", ""])

    assert found == {f"alert:{exercise.ref}"}


def test_a_relay_of_an_exercise_is_one() -> None:
    alerts.farmer()
    alerts.farmer(at=(2.69, 54.5))
    first = actions.approve(alert_ref=drill().ref, officer=cast.birch())
    seen = Sighting("grey pick-up", "Ford Lane, Elm", "", clock.now(), "", Point(2.69, 54.5))

    made = actions.relay(officer=cast.oakes(), alert_ref=first.ref, sighting=seen, report_ref="R2PQ7T")

    assert (made.is_drill, made.suspect) == (True, first.suspect)
    assert Message.objects.get(about=f"alert:{made.ref}").is_drill


# By night it would wait for the morning, and be over.
@time_machine.travel(NOON, tick=False)
def test_an_exercise_waits_for_no_digest_that_goes_to_live_numbers() -> None:
    alerts.farmer(weekly_budget=0)

    actions.approve(alert_ref=drill(urgency=Urgency.WHENEVER).ref, officer=cast.birch())

    assert Delivery.objects.get().state == DeliveryState.QUEUED
