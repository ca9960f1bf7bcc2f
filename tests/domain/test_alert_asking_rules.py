"""Whom the program asks to approve what waits, when, and what it says: each row of the table and both sides of it."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from hueandcry.domain.alerts.rules import Urgency
from hueandcry.domain.alerts.rules.asking import (
    PLANS,
    Stand,
    Told,
    Turn,
    ask_words,
    author_words,
    filled,
    hour_from,
    is_hour,
    is_left,
    step_due,
    whom_to_ring,
)
from hueandcry.kit import gsm7

HERE = ZoneInfo("Europe/London")
SOON = dt.timedelta(seconds=1)
URGENT = PLANS[Urgency.NOW]


def minutes(many: float) -> dt.timedelta:
    return dt.timedelta(minutes=many)


def told(**changes: object) -> Told:
    given: dict[str, object] = {
        "signs_as": "Doggerland Police",
        "ref": "K7M2PQ",
        "kind": "Hare coursing",
        "urgency": Urgency.NOW,
        "link": "https://rural.doggerland.example/desk/alerts/K7M2PQ/",
        "is_drill": False,
        **changes,
    }
    return Told(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("urgency", Urgency)
def test_the_rota_is_asked_at_once_then_who_stands_in_then_everybody_twice(urgency: Urgency) -> None:
    plan = PLANS[urgency]

    assert [step.turn for step in plan.steps] == [Turn.DUTY, Turn.STAND_IN, Turn.ALL, Turn.ALL]
    assert plan.steps[0].after == dt.timedelta()
    assert step_due(plan, Stand(done=-1, since=dt.timedelta())) == 0


@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize("step", [1, 2, 3])
def test_each_step_is_due_when_its_time_has_come_and_not_a_second_before(urgency: Urgency, step: int) -> None:
    plan = PLANS[urgency]
    after = plan.steps[step].after

    assert step_due(plan, Stand(done=step - 1, since=after - SOON)) is None
    assert step_due(plan, Stand(done=step - 1, since=after)) == step


def test_an_urgent_one_has_gone_round_everybody_within_a_quarter_of_an_hour() -> None:
    assert sum((step.after for step in URGENT.steps), dt.timedelta()) <= minutes(12)
    assert sum((step.after for step in URGENT.steps), URGENT.left_after) <= minutes(20)


@pytest.mark.parametrize("urgency", Urgency)
def test_nobody_is_asked_beyond_the_last_step_and_then_it_is_left(urgency: Urgency) -> None:
    plan = PLANS[urgency]
    last = len(plan.steps) - 1

    assert step_due(plan, Stand(done=last, since=dt.timedelta(days=9))) is None
    assert not is_left(plan, Stand(done=last, since=plan.left_after - SOON))
    assert is_left(plan, Stand(done=last, since=plan.left_after))
    assert not is_left(plan, Stand(done=last - 1, since=dt.timedelta(days=9)))


def test_whoever_opened_it_is_left_some_minutes_to_read_it() -> None:
    reading, went_away = (Stand(done=0, since=minutes(60), read=ago) for ago in (URGENT.read_for - SOON, minutes(3)))
    last = len(URGENT.steps) - 1

    assert step_due(URGENT, reading) is None
    assert step_due(URGENT, went_away) == 1
    assert not is_left(URGENT, Stand(done=last, since=minutes(60), read=minutes(1)))


def test_where_nothing_that_was_sent_came_anywhere_the_next_are_asked_at_once() -> None:
    assert step_due(URGENT, Stand(done=0, since=SOON, is_lost=True)) == 1
    assert step_due(URGENT, Stand(done=0, since=SOON)) is None
    assert is_left(URGENT, Stand(done=len(URGENT.steps) - 1, since=SOON, is_lost=True))


@pytest.mark.parametrize(
    ("step", "turns", "expected"),
    [
        (0, {Turn.DUTY, Turn.ALL}, 0),
        (0, {Turn.STAND_IN, Turn.ALL}, 1),
        (0, {Turn.ALL}, 2),
        (1, {Turn.DUTY, Turn.ALL}, 2),
        (3, {Turn.ALL}, 3),
        (0, set(), None),
    ],
)
def test_a_turn_without_anybody_is_passed_over(step: int, turns: set[Turn], expected: int | None) -> None:
    assert filled(URGENT, step, turns) == expected


@pytest.mark.parametrize(
    ("urgency", "hour", "may"),
    [
        (Urgency.NOW, 3, True),
        (Urgency.TODAY, 3, False),
        (Urgency.TODAY, 8, True),
        (Urgency.TODAY, 21, False),
        (Urgency.WHENEVER, 3, False),
        (Urgency.WHENEVER, 12, True),
    ],
)
def test_only_what_is_urgent_wakes_anybody_at_night(urgency: Urgency, hour: int, *, may: bool) -> None:
    local = dt.datetime(2026, 11, 23, hour, tzinfo=HERE)

    assert is_hour(urgency, local) is may
    assert (hour_from(urgency, local) == local) is may
    assert is_hour(urgency, hour_from(urgency, local))


# ---------------------------------------------------------------- what is said


@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize("is_correction", [False, True])
@pytest.mark.parametrize("is_drill", [False, True])
@pytest.mark.parametrize("urgency", Urgency)
def test_it_is_one_text_with_reference_and_link(
    urgency: Urgency, *, is_drill: bool, is_correction: bool, more: bool
) -> None:
    one = told(urgency=urgency, is_drill=is_drill, is_correction=is_correction)

    words = ask_words(one, waits_since="03:12, Monday 23 November", more=more)

    assert gsm7.count(words.text)[:2] == ("GSM-7", 1), words.text
    assert words.text.endswith(one.link)
    assert one.ref in words.text
    assert one.ref in words.subject
    assert one.link in words.email
    assert one.link not in words.spoken
    assert "03:12" in words.email
    assert ("urgent" in words.text) is (urgency == Urgency.NOW)
    assert all(said.startswith("EXERCISE") is is_drill for said in (words.text, words.subject, words.email))


def test_what_it_is_about_is_left_out_of_a_text_that_would_cost_two() -> None:
    short = ask_words(told(), waits_since="03:12", more=False)
    long = ask_words(told(kind="Theft of tractors, quad bikes and other machines"), waits_since="03:12", more=False)
    welsh = ask_words(told(kind="Dŵr"), waits_since="03:12", more=False)

    assert "An urgent alert K7M2PQ (Hare coursing) waits for approval." in short.text
    assert "An urgent alert K7M2PQ waits for approval." in long.text
    assert "tractors" in long.email
    assert gsm7.count(long.text).parts == 1
    assert "Dŵr" not in welsh.text


def test_the_second_of_two_is_asked_for_their_agreement() -> None:
    words = ask_words(told(), waits_since="03:12", more=True)

    assert "needs one more officer to agree" in words.text
    assert words.subject == "Urgent alert K7M2PQ needs one more officer to agree"


def test_an_author_reads_what_became_of_theirs() -> None:
    words = author_words(told(), happened="was approved and is going out.")
    drill = author_words(told(is_drill=True, is_correction=True), happened="was not made.")

    assert words.text == (
        "Doggerland Police: Your urgent alert K7M2PQ was approved and is going out. "
        "https://rural.doggerland.example/desk/alerts/K7M2PQ/"
    )
    assert words.subject == "Your urgent alert K7M2PQ was approved and is going out"
    assert drill.text.startswith("EXERCISE. Doggerland Police: Your urgent correction of alert K7M2PQ was not made.")


def test_whom_to_ring_is_said_with_the_number_where_one_is_set() -> None:
    assert whom_to_ring("01632 960199") == "Ring the control room on 01632 960199."
    assert whom_to_ring("") == "Ring the control room, or an officer who may approve."
