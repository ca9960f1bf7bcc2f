"""One word for one thing: how moments, distances, numbers and states are said."""

import datetime as dt

import pytest

from hueandcry.domain.alerts.rules import State
from hueandcry.web.parts import labels

SATURDAY = dt.date(2026, 11, 21)


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at(21, 23, 14), "today 23:14"),
        (at(20, 0, 5), "yesterday 00:05"),
        (at(22, 6), "tomorrow 06:00"),
        (at(19, 12), "Thursday 19 November 12:00"),
        (at(3, 9, 0, month=5, year=2025), "3 May 2025 10:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(moment: dt.datetime, words: str) -> None:
    assert labels.moment(moment, today=SATURDAY) == words


def test_midnight_in_summer_is_the_next_day_here() -> None:
    late = at(20, 23, 30, month=7)

    assert labels.moment(late, today=dt.date(2026, 7, 21)) == "today 00:30"


@pytest.mark.parametrize(
    ("metres", "words"),
    [(4, "4 m"), (347, "350 m"), (1600, "1600 m"), (1700, "1.1 miles"), (3862, "2.4 miles"), (32187, "20 miles")],
)
def test_a_distance_is_said_in_metres_then_miles(metres: float, words: str) -> None:
    assert labels.distance(metres) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0.84, "0.8 seconds"), (14.2, "14 seconds"), (61, "1 minute"), (185, "3 minutes"), (7300, "2 hours")],
)
def test_a_length_of_time_is_said_shortly(count: float, words: str) -> None:
    assert labels.seconds(count) == words


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("+447700900123", "07… …123"),
        ("+442079460123", "02… …123"),
        ("dell@example.org", "d…@example.org"),
        ("Long Forty Farm, Holt", "Lo…"),
        ("", "…"),
    ],
)
def test_an_address_is_half_hidden(address: str, words: str) -> None:
    assert labels.half_hidden(address) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [("+447700900123", "07700 900123"), ("+442079460123", "020 7946 0123"), ("dell@example.org", "dell@example.org")],
)
def test_a_number_is_written_as_people_here_write_it(number: str, words: str) -> None:
    assert labels.phone(number) == words


def test_things_are_counted_with_their_noun() -> None:
    assert labels.plural(1, "member") == "1 member"
    assert labels.plural(4012, "member") == "4,012 members"
    assert labels.plural(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize("kind", labels.KINDS)
def test_every_stored_word_has_words_for_people(kind: str) -> None:
    for word in labels.KINDS[kind]:
        assert labels.kind_of(word.value, kind).label


def test_what_waits_is_yellow_and_what_is_over_is_grey() -> None:
    assert labels.COLOURS[State.WAITING] == "yellow"
    assert labels.COLOURS[State.ENDED] == "grey"
