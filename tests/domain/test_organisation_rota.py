"""The rota: weekly and dated duties, over midnight, when clocks change, when somebody left, when nobody is there."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from hueandcry.domain.organisations import actions, queries
from hueandcry.domain.organisations.actions import OrganisationError
from hueandcry.domain.organisations.models import Duty, Officer
from hueandcry.domain.organisations.rules import Cover, Hours, Role, Shift, check_hours, cover_at, gaps
from hueandcry.domain.records.models import Record
from hueandcry.kit.finding import NotHereError
from tests import builders, cast

HERE = ZoneInfo("Europe/London")
MONDAY = dt.date(2026, 11, 23)
NIGHT = Hours(MONDAY, 22 * 60, 6 * 60, weekdays=frozenset({1, 2, 3, 4, 5, 6, 7}))
ACTOR = "officer:TEST22"


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """Return a moment of November 2026, where the clock on the wall shows UTC."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)


def shift(begins: dt.datetime, ends: dt.datetime, reader: str = "PC Amos") -> Shift:
    return Shift(ref="R", begins=begins, ends=ends, officer="PC Amos", reader=reader)


# ---------------------------------------------------------------- hours on the wall


@pytest.mark.parametrize(
    ("hours", "day", "falls"),
    [
        (Hours(MONDAY, 0, 60), MONDAY, True),
        (Hours(MONDAY, 0, 60), MONDAY + dt.timedelta(days=7), False),
        (Hours(MONDAY, 0, 60, frozenset({1})), MONDAY + dt.timedelta(days=7), True),
        (Hours(MONDAY, 0, 60, frozenset({1})), MONDAY + dt.timedelta(days=1), False),
        (Hours(MONDAY, 0, 60, frozenset({1})), MONDAY - dt.timedelta(days=7), False),
        (Hours(MONDAY, 0, 60, frozenset({1}), MONDAY + dt.timedelta(days=7)), MONDAY, True),
        (Hours(MONDAY, 0, 60, frozenset({1}), MONDAY + dt.timedelta(days=7)), MONDAY + dt.timedelta(days=7), False),
        (Hours(MONDAY, 0, 60, frozenset(), MONDAY), MONDAY, False),
    ],
)
def test_a_duty_falls_on_its_days(hours: Hours, day: dt.date, *, falls: bool) -> None:
    assert hours.falls_on(day) is falls


@pytest.mark.parametrize(
    ("day", "begins", "ends", "hours"),
    [
        # Over midnight, on a night like any other.
        (dt.date(2026, 11, 23), "2026-11-23T22:00+00:00", "2026-11-24T06:00+00:00", 8),
        # In the night of 28 March 2027 an hour is left out, in that of 25 October 2026 one comes twice.
        (dt.date(2027, 3, 27), "2027-03-27T22:00+00:00", "2027-03-28T05:00+00:00", 7),
        (dt.date(2026, 10, 24), "2026-10-24T21:00+00:00", "2026-10-25T06:00+00:00", 9),
    ],
)
def test_a_night_is_shorter_or_longer_where_the_clocks_change(
    day: dt.date, begins: str, ends: str, hours: float
) -> None:
    found = NIGHT.on(day, HERE)

    assert found == (dt.datetime.fromisoformat(begins), dt.datetime.fromisoformat(ends))
    assert found[1] - found[0] == dt.timedelta(hours=hours)


@pytest.mark.parametrize("minute", [60, 75, 90, 119])
def test_a_hand_over_in_the_hour_that_comes_twice_leaves_no_gap(minute: int) -> None:
    day = dt.date(2026, 10, 25)
    _, first_ends = Hours(day, 0, minute).on(day, HERE)
    second_begins, _ = Hours(day, minute, 6 * 60).on(day, HERE)

    assert second_begins <= first_ends


def test_a_time_that_the_clocks_jump_over_is_the_one_that_they_show_instead() -> None:
    begins, _ = Hours(dt.date(2027, 3, 28), 90, 6 * 60).on(dt.date(2027, 3, 28), HERE)

    assert begins.astimezone(HERE).strftime("%H:%M") == "02:30"


def test_from_a_time_until_the_same_is_the_whole_day_round() -> None:
    begins, ends = Hours(MONDAY, 420, 420).on(MONDAY, HERE)

    assert ends - begins == dt.timedelta(days=1)


@given(
    day=st.dates(dt.date(2026, 1, 1), dt.date(2028, 12, 31)),
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
)
@settings(max_examples=150, deadline=None)
def test_a_duty_never_ends_before_it_begins_and_never_lasts_more_than_a_day_and_an_hour(
    day: dt.date, start: int, end: int
) -> None:
    begins, ends = Hours(day, start, end).on(day, HERE)

    assert dt.timedelta(0) <= ends - begins <= dt.timedelta(hours=25)


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        (Hours(MONDAY, -1, 60), "like 22:00"),
        (Hours(MONDAY, 0, 1440), "like 22:00"),
        (Hours(MONDAY, 0, 60, frozenset({8})), "from the list"),
        (Hours(MONDAY - dt.timedelta(days=32), 0, 60), "too far away"),
        (Hours(MONDAY + dt.timedelta(days=2000), 0, 60), "too far away"),
        (Hours(MONDAY, 0, 60, frozenset({1}), MONDAY), "before the first"),
    ],
)
def test_hours_that_cannot_be_meant_are_refused(hours: Hours, sentence: str) -> None:
    with pytest.raises(OrganisationError, match=sentence):
        check_hours(hours, today=MONDAY)


# ---------------------------------------------------------------- who is there, and when nobody


def test_cover_goes_on_from_one_to_the_next_until_the_first_gap() -> None:
    shifts = [shift(at(23, 6), at(23, 14)), shift(at(23, 14), at(23, 22), "PC Whiting"), shift(at(23, 23), at(24, 6))]

    cover = cover_at(shifts, at=at(23, 7), looked_until=at(30, 0), is_kept=True)

    assert cover == Cover(names=("PC Amos",), until=at(23, 22))


def test_two_at_once_are_both_named_and_the_same_one_once() -> None:
    shifts = [shift(at(23, 6), at(23, 14)), shift(at(23, 6), at(23, 12)), shift(at(23, 7), at(23, 9), "PC Whiting")]

    assert cover_at(shifts, at=at(23, 8), looked_until=at(30, 0), is_kept=True).names == ("PC Amos", "PC Whiting")


def test_with_nobody_there_the_next_is_named_by_the_time_when_they_begin() -> None:
    shifts = [shift(at(23, 6), at(23, 14)), shift(at(24, 6), at(24, 14), reader=""), shift(at(25, 6), at(25, 14))]

    assert cover_at(shifts, at=at(23, 14), looked_until=at(30, 0), is_kept=True) == Cover(next_at=at(25, 6))
    assert cover_at([], at=at(23, 14), looked_until=at(30, 0), is_kept=False) == Cover(is_kept=False)


def test_cover_that_goes_on_beyond_where_it_was_looked_has_no_end() -> None:
    assert cover_at([shift(at(23, 6), at(30, 6))], at=at(23, 7), looked_until=at(30, 0), is_kept=True).until is None


def test_gaps_are_what_no_reader_fills() -> None:
    shifts = [shift(at(23, 6), at(23, 14)), shift(at(23, 12), at(23, 13)), shift(at(23, 15), at(23, 20), reader="")]

    assert gaps(shifts, since=at(23, 0), until=at(24, 0)) == [(at(23, 0), at(23, 6)), (at(23, 14), at(24, 0))]
    assert gaps([shift(at(22, 0), at(25, 0))], since=at(23, 0), until=at(24, 0)) == []


# ---------------------------------------------------------------- in the database


@pytest.mark.django_db
def test_who_is_on_duty_now_is_found_with_who_stands_in() -> None:
    amos, birch = cast.amos(), cast.birch()
    with time_machine.travel(at(23, 12), tick=False):
        put(amos, NIGHT, stand_in=birch)
        put(birch, Hours(MONDAY, 6 * 60, 22 * 60, weekdays=frozenset({2})))

    now = queries.on_duty(organisation_id=amos.organisation_id, at=at(24, 3))

    assert [(one.reader, one.stand_in, one.begins, one.ends) for one in now] == [
        ("PC Amos", "Sergeant Birch", at(23, 22), at(24, 6))
    ]
    assert queries.cover(organisation_id=amos.organisation_id, at=at(24, 3)).until == at(25, 6)
    assert queries.on_duty(organisation_id=cast.frost().organisation_id, at=at(24, 3)) == []


def put(officer: Officer, hours: Hours, stand_in: Officer | None = None) -> Duty:
    """Put an officer on the rota."""
    return actions.put_on_rota(
        organisation=officer.organisation,
        officer_ref=officer.ref,
        hours=hours,
        stand_in_ref=stand_in.ref if stand_in else "",
        actor=ACTOR,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["suspended", "another role"])
def test_whoever_left_or_may_read_no_more_is_stood_in_for_and_then_nobody_is_there(how: str) -> None:
    amos, birch = cast.amos(), cast.birch()
    with time_machine.travel(at(23, 12), tick=False):
        put(amos, NIGHT, stand_in=birch)

    def leaves(officer: Officer) -> None:
        officer.is_active = how != "suspended"
        officer.roles = officer.roles if how == "suspended" else [Role.ENGAGEMENT.value]
        officer.save(update_fields=["is_active", "roles"])

    leaves(amos)
    assert queries.cover(organisation_id=amos.organisation_id, at=at(24, 3)).names == ("Sergeant Birch",)
    leaves(birch)
    cover = queries.cover(organisation_id=amos.organisation_id, at=at(24, 3))
    assert (cover.names, cover.next_at, cover.is_kept) == ((), None, True)


@pytest.mark.django_db
def test_pressing_twice_puts_one_duty_on_the_rota() -> None:
    amos = cast.amos()
    with time_machine.travel(at(23, 12), tick=False):
        first, second = put(amos, NIGHT), put(amos, NIGHT)

    assert first == second
    assert Record.objects.filter(event="duty.made").count() == 1


@pytest.mark.django_db
def test_a_duty_once_is_over_after_its_day_and_a_rota_of_the_past_is_none() -> None:
    amos = cast.amos()
    with time_machine.travel(at(23, 12), tick=False):
        put(amos, Hours(MONDAY, 22 * 60, 6 * 60))

    assert queries.cover(organisation_id=amos.organisation_id, at=at(24, 5)).names == ("PC Amos",)
    assert queries.cover(organisation_id=amos.organisation_id, at=at(25, 5)) == Cover(is_kept=False)


@pytest.mark.django_db
def test_a_duty_ends_from_a_day_on_and_what_went_before_stays() -> None:
    amos = cast.amos()
    with time_machine.travel(at(23, 12), tick=False):
        duty = put(amos, NIGHT)
        for day in (26, 27):
            actions.end_duty(duty_ref=duty.ref, organisation=amos.organisation, on=dt.date(2026, 11, day), actor=ACTOR)

    assert queries.cover(organisation_id=amos.organisation_id, at=at(26, 3)).names == ("PC Amos",)
    assert queries.cover(organisation_id=amos.organisation_id, at=at(27, 3)).names == ()
    assert Record.objects.filter(event="duty.ended").count() == 1
    with pytest.raises(NotHereError):
        actions.end_duty(duty_ref=duty.ref, organisation=cast.frost().organisation, on=MONDAY, actor=ACTOR)


@pytest.mark.django_db
def test_only_officers_of_ones_own_who_read_answers_are_on_the_rota() -> None:
    amos, engagement = cast.amos(), builders.officer(Role.ENGAGEMENT)
    gone = builders.officer(Role.CONSTABLE, is_active=False)

    with time_machine.travel(at(23, 12), tick=False):
        for wrong, sentence in ((engagement, "may not read answers"), (gone, "Choose an officer")):
            with pytest.raises(OrganisationError, match=sentence):
                put(wrong, NIGHT)
            with pytest.raises(OrganisationError, match=sentence):
                put(amos, NIGHT, stand_in=wrong)
        with pytest.raises(OrganisationError, match="Choose somebody else to stand in"):
            put(amos, NIGHT, stand_in=amos)
    assert not Duty.objects.exists()


@pytest.mark.django_db
def test_the_database_too_refuses_who_stands_in_for_themselves() -> None:
    amos = cast.amos()

    with pytest.raises(IntegrityError, match="organisations_nobody_stands_in"), transaction.atomic():
        builders.rota(amos, stand_in=amos)


@pytest.mark.django_db
def test_training_is_written_down_by_a_colleague_and_runs_out() -> None:
    # Whom the builder makes is trained till a year from today, which on one day is the day below.
    birch, boss = builders.officer(Role.SERGEANT, fast_trained_until=None), builders.officer(Role.INSPECTOR)
    until = dt.date(2027, 11, 23)
    with time_machine.travel(at(23, 12), tick=False):
        actions.train_for_fast_lane(officer_ref=birch.ref, until=until, actor=boss.as_actor())
        with pytest.raises(OrganisationError, match="Ask a colleague"):
            actions.train_for_fast_lane(officer_ref=birch.ref, until=until, actor=birch.as_actor())
        with pytest.raises(OrganisationError, match="within three years"):
            actions.train_for_fast_lane(officer_ref=birch.ref, until=dt.date(2036, 1, 1), actor=boss.as_actor())

    birch.refresh_from_db()
    assert birch.is_fast_trained(on=until - dt.timedelta(days=1))
    assert not birch.is_fast_trained(on=until)
    assert Record.objects.get(event="officer.trained").facts == {"until": "2027-11-23"}
