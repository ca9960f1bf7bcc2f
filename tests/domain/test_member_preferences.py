"""What everybody gets unless they say otherwise."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from hueandcry.domain.members.rules import Channel, MemberError, Priority, Reading
from hueandcry.domain.members.rules.preferences import (
    DEFAULTS,
    Hours,
    check_hours,
    hours_on,
    ladder,
    may_go_at,
    next_moment,
    wanted,
)

LONDON = ZoneInfo("Europe/London")
FRIDAY_NIGHT = dt.datetime(2026, 11, 20, 22, 15, tzinfo=LONDON)


def test_in_a_hurry_what_is_shown_at_once_comes_first_then_a_text_and_post_not_at_all() -> None:
    for priority in (Priority.EMERGENCY, Priority.URGENT):
        assert ladder(priority) == (Channel.PUSH, Channel.WHATSAPP, Channel.SMS, Channel.VOICE, Channel.EMAIL)


def test_what_may_be_wiped_away_unread_comes_after_what_is_kept() -> None:
    for priority in (Priority.IMPORTANT, Priority.ROUTINE, Priority.NEWSLETTER):
        ways = ladder(priority)
        assert ways.index(Channel.EMAIL) < ways.index(Channel.PUSH)
    assert [Channel.PUSH in wanted(priority) for priority in Priority] == [True, True, True, False, False]
    assert [Channel.WHATSAPP in wanted(priority) for priority in Priority] == [True, True, True, False, False]
    assert [Channel.WHATSAPP in ladder(priority) for priority in Priority] == [True, True, True, True, False]


def test_what_is_wanted_by_default_stands_on_its_ladder() -> None:
    assert set(DEFAULTS) == set(Priority)
    assert all(default.wanted <= set(default.ladder) for default in DEFAULTS.values())


def test_advice_goes_by_email_before_text_and_rings_nobody() -> None:
    assert wanted(Priority.ROUTINE) == (Channel.EMAIL, Channel.SMS, Channel.POST)


def test_a_members_own_choice_comes_before_the_default_for_that_priority_only() -> None:
    chosen = [(Priority.URGENT, Channel.SMS, False), (Priority.ROUTINE, Channel.VOICE, True)]

    assert wanted(Priority.URGENT, chosen=chosen) == (Channel.PUSH, Channel.WHATSAPP, Channel.VOICE, Channel.EMAIL)
    assert wanted(Priority.EMERGENCY, chosen=chosen) == ladder(Priority.EMERGENCY)
    assert Channel.VOICE in wanted(Priority.ROUTINE, chosen=chosen)


def test_post_is_no_way_for_an_urgent_message_even_when_chosen() -> None:
    assert Channel.POST not in wanted(Priority.URGENT, chosen=[(Priority.URGENT, Channel.POST, True)])


def test_who_listens_only_is_rung_up_for_all_but_newsletters_and_never_texted() -> None:
    chosen = [(Priority.URGENT, Channel.SMS, True)]

    assert wanted(Priority.URGENT, reading=Reading.VOICE, chosen=chosen) == (Channel.VOICE,)
    assert wanted(Priority.ROUTINE, reading=Reading.VOICE) == (Channel.VOICE,)
    assert wanted(Priority.NEWSLETTER, reading=Reading.VOICE) == ()


@pytest.mark.parametrize(
    ("priority", "moment", "goes"),
    [
        (Priority.EMERGENCY, (20, 3, 0), True),
        (Priority.URGENT, (20, 3, 0), True),
        (Priority.IMPORTANT, (20, 7, 59), False),
        (Priority.IMPORTANT, (20, 8, 0), True),
        (Priority.IMPORTANT, (20, 20, 59), True),
        (Priority.IMPORTANT, (20, 21, 0), False),
        (Priority.ROUTINE, (21, 8, 30), False),
        (Priority.ROUTINE, (21, 9, 0), True),
        (Priority.NEWSLETTER, (22, 8, 59), False),
    ],
)
def test_what_can_wait_lets_people_sleep(priority: Priority, moment: tuple[int, int, int], goes: bool) -> None:  # noqa: FBT001
    day, hour, minute = moment

    assert may_go_at(priority, dt.datetime(2026, 11, day, hour, minute, tzinfo=LONDON)) is goes


def test_what_waits_on_friday_night_goes_on_saturday_at_nine() -> None:
    assert next_moment(Priority.ROUTINE, FRIDAY_NIGHT) == dt.datetime(2026, 11, 21, 9, 0, tzinfo=LONDON)
    assert next_moment(Priority.URGENT, FRIDAY_NIGHT) is None


def test_own_hours_hold_past_midnight_and_for_urgent_messages_but_not_in_danger() -> None:
    nights = Hours(from_minute=22 * 60, until_minute=6 * 60)
    noon = dt.datetime(2026, 11, 20, 12, 0, tzinfo=LONDON)

    assert may_go_at(Priority.ROUTINE, FRIDAY_NIGHT, nights)
    assert next_moment(Priority.URGENT, noon, nights) == noon.replace(hour=22)
    assert hours_on(Priority.EMERGENCY, noon.date(), nights) is None


def test_hours_that_begin_where_clocks_jump_begin_when_they_have_jumped() -> None:
    before = dt.datetime(2027, 3, 28, 0, 10, tzinfo=LONDON)

    found = next_moment(Priority.ROUTINE, before, Hours(90, 240))

    assert found is not None
    assert found.astimezone(dt.UTC) == dt.datetime(2027, 3, 28, 1, 30, tzinfo=dt.UTC)
    assert (found.hour, found.minute) == (2, 30)


def test_hours_that_clocks_jump_over_altogether_come_again_on_the_next_day() -> None:
    before = dt.datetime(2027, 3, 28, 0, 10, tzinfo=LONDON)

    assert next_moment(Priority.ROUTINE, before, Hours(60, 120)) == dt.datetime(2027, 3, 29, 1, 0, tzinfo=LONDON)


def test_every_moment_that_is_named_is_one_at_which_it_may_go() -> None:
    for own in (None, Hours(6 * 60, 7 * 60), Hours(23 * 60, 60), Hours(0, 1440)):
        for hours in range(24 * 8):
            now = (FRIDAY_NIGHT.astimezone(dt.UTC) + dt.timedelta(hours=hours, minutes=7)).astimezone(LONDON)
            for priority in Priority:
                then = next_moment(priority, now, own)
                if then is None:
                    assert may_go_at(priority, now, own)
                else:
                    assert now < then <= now + dt.timedelta(hours=25)
                    assert may_go_at(priority, then, own)


@pytest.mark.parametrize(("begins", "ends"), [(-1, 100), (1440, 100), (0, 1441), (600, 630), (1430, 10)])
def test_hours_that_are_no_hours_are_refused(begins: int, ends: int) -> None:
    with pytest.raises(MemberError):
        check_hours(from_minute=begins, until_minute=ends)


def test_a_whole_day_and_a_night_are_hours() -> None:
    check_hours(from_minute=0, until_minute=1440)
    check_hours(from_minute=1320, until_minute=360)
