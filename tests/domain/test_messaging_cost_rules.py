"""What messages cost and how long they take, in words; what may be spent."""

import datetime as dt

import pytest

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.rules import MessagingError
from hueandcry.domain.messaging.rules.costs import (
    CostLine,
    Purse,
    Spent,
    check_allowance,
    check_amount,
    millipence,
    money,
    month_of,
    over,
    parts_of,
    spell,
    tightest,
)
from hueandcry.domain.messaging.rules.halting import check_again, check_halt

FORCE = Purse("Doggerland Constabulary", month_pence=100_000, spent_pence=50_000, promised_pence=40_000)
TEAM = Purse("Rural team", month_pence=5_000, spent_pence=4_000)


@pytest.mark.parametrize(
    ("pence", "said"),
    [
        (0, "0p"),
        (4, "4p"),
        (3.1, "3.1p"),
        (0.04, "0p"),
        (99, "99p"),
        (100, "£1.00"),
        (123_456, "£1,234.56"),
        (-1250, "-£12.50"),
    ],
)
def test_pence_are_said_as_people_write_them(pence: float, said: str) -> None:
    assert money(pence) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "1 second"),
        (1.2, "2 seconds"),
        (90, "90 seconds"),
        (91, "2 minutes"),
        (3600, "60 minutes"),
        (5401, "2 hours"),
        (129_600, "36 hours"),
        (200_000, "3 days"),
    ],
)
def test_how_long_is_said_as_people_do_and_never_too_little(seconds: float, said: str) -> None:
    assert spell(seconds) == said


def test_a_text_costs_by_its_parts_and_everything_else_once() -> None:
    assert [parts_of(channel, 3) for channel in Channel] == [3 if channel == Channel.SMS else 1 for channel in Channel]
    assert parts_of(Channel.SMS, 0) == 1
    assert millipence(parts=3, price=3.14) == 9_420


def test_what_waits_is_spent_already() -> None:
    assert FORCE.left == 10_000
    assert tightest([FORCE, TEAM]) == TEAM
    assert tightest([]) is None


@pytest.mark.parametrize(
    ("purses", "pence", "goes_beyond"),
    [
        ([], 10_000_000, None),
        ([FORCE], 10_000, None),
        ([FORCE], 10_001, FORCE),
        ([FORCE, TEAM], 1_001, TEAM),
        ([FORCE, TEAM], 1_000, None),
        ([Purse("Overspent", 100, 200)], 0, None),
    ],
)
def test_it_must_fit_into_the_allowance_of_which_least_is_left(
    purses: list[Purse], pence: float, goes_beyond: Purse | None
) -> None:
    assert over(purses, pence=pence) == goes_beyond


@pytest.mark.parametrize("priority", list(Priority))
def test_only_what_can_wait_is_ever_refused_for_money(priority: Priority) -> None:
    if priority <= Priority.URGENT:
        check_allowance(priority=priority, purses=[TEAM], pence=5_000)
        return

    with pytest.raises(MessagingError, match=r"£50.00.*£10.00 of £50.00 are left for Rural team.*inspector"):
        check_allowance(priority=priority, purses=[TEAM], pence=5_000)


def test_when_nothing_is_left_it_says_so() -> None:
    with pytest.raises(MessagingError, match="nothing is left for Gone"):
        check_allowance(priority=Priority.ROUTINE, purses=[Purse("Gone", 100, 100)], pence=1)


@pytest.mark.parametrize(
    ("typed", "pence"), [("500", 50_000), (" £1,200 ", 120_000), ("99.5", 9_950), ("0.07", 7), ("0", 0)]
)
def test_an_amount_is_read_as_people_write_it(typed: str, pence: int) -> None:
    assert check_amount(typed) == pence


@pytest.mark.parametrize("typed", ["", "much", "-5", "1.234", "1e6", "٣", "12p", "9999999999999999", "2000000"])
def test_what_is_no_amount_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(MessagingError, match=r"pounds|less than"):
        check_amount(typed)


def test_a_month_ends_where_the_next_begins() -> None:
    assert month_of(dt.date(2026, 12, 31)) == (dt.date(2026, 12, 1), dt.date(2027, 1, 1))
    assert month_of(dt.date(2028, 2, 29)) == (dt.date(2028, 2, 1), dt.date(2028, 3, 1))


def test_the_page_warns_before_an_allowance_is_gone() -> None:
    def line(pence: int, most: int | None) -> CostLine:
        return CostLine("Force", 1, "", None, Spent(1, 1, pence * 1000), most)

    assert [line(89, 100).warns, line(90, 100).warns, line(500, None).warns, line(1, 0).warns] == [
        False,
        True,
        False,
        True,
    ]


def test_everything_stops_only_for_a_reason_and_after_a_word_was_typed() -> None:
    assert check_halt(reason="  A wrong   number ", typed="stop ") == "A wrong number"
    for reason, typed, said in (
        ("A wrong number", "", "Type STOP"),
        (" ", "STOP", "Say why"),
        ("x" * 301, "STOP", "300"),
    ):
        with pytest.raises(MessagingError, match=said):
            check_halt(reason=reason, typed=typed)


def test_what_was_taken_back_or_is_over_is_not_sent_again() -> None:
    check_again(cancelled=False, over=False)
    with pytest.raises(MessagingError, match="taken back"):
        check_again(cancelled=True, over=True)
    with pytest.raises(MessagingError, match="too late"):
        check_again(cancelled=False, over=True)
