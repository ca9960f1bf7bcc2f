"""How much is too much, when digests go, and how several messages are said as one: no database."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from hueandcry.domain.members.rules import Priority
from hueandcry.domain.messaging.rules import Lane, MessageKind, MessagingError, Words
from hueandcry.domain.messaging.rules.budget import (
    ASLEEP,
    DIGEST_LOST,
    LANE_OF,
    NOT_IN_DIGEST,
    OVER_BUDGET,
    can_be_held,
    digest_slots,
    opt_outs,
    ordinal,
)
from hueandcry.domain.messaging.rules.digests import digest_words
from hueandcry.kit import gsm7

HERE = ZoneInfo("Europe/London")


def item(number: int, headline: str = "Quad bike stolen") -> Words:
    return Words(
        text=f"Text {number}", spoken=f"Spoken {number}", subject=f"Doggerland Police K7M2P{number}: {headline}",
        email=f"E-mail {number} in full. {{page}}",
    )  # fmt: skip


def test_what_wakes_people_goes_first_and_what_can_wait_last() -> None:
    assert [LANE_OF[priority] for priority in Priority] == [
        Lane.URGENT,
        Lane.URGENT,
        Lane.NORMAL,
        Lane.BULK,
        Lane.BULK,
    ]


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("priority", Priority)
def test_only_alerts_and_notes_that_can_wait_are_ever_held(kind: MessageKind, priority: Priority) -> None:
    expected = kind in {MessageKind.ALERT, MessageKind.NOTE} and priority >= Priority.IMPORTANT

    assert can_be_held(kind=kind, priority=priority) is expected


@pytest.mark.parametrize(
    ("now", "last", "coming"),
    [
        ((2026, 1, 14, 17, 29), (2026, 1, 13, 17, 30), (2026, 1, 14, 17, 30)),
        ((2026, 1, 14, 17, 30), (2026, 1, 14, 17, 30), (2026, 1, 15, 17, 30)),
        # Half past five by the clock on the wall, on both days when clocks change.
        ((2026, 3, 29, 12, 0), (2026, 3, 28, 17, 30), (2026, 3, 29, 17, 30)),
        ((2026, 10, 25, 0, 30), (2026, 10, 24, 17, 30), (2026, 10, 25, 17, 30)),
    ],
)
def test_digests_go_at_the_same_time_of_every_day(
    now: tuple[int, ...], last: tuple[int, ...], coming: tuple[int, ...]
) -> None:
    slots = digest_slots(dt.datetime(*now, tzinfo=HERE), "17:30")  # type: ignore[misc,arg-type]

    assert slots.last == dt.datetime(*last, tzinfo=HERE)  # type: ignore[misc,arg-type]
    assert slots.coming == dt.datetime(*coming, tzinfo=HERE)  # type: ignore[misc,arg-type]


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(MessagingError, match="for example 17:30"):
        digest_slots(dt.datetime(2026, 1, 14, tzinfo=HERE), "tea time")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (112, "112th"),
    ],
)
def test_places_are_said_as_people_say_them(number: int, said: str) -> None:
    assert ordinal(number) == said


def test_one_message_alone_is_said_as_it_stands() -> None:
    assert digest_words([item(1)], signs="Doggerland Police") == item(1)


def test_a_digest_signs_once_and_names_each_with_its_reference() -> None:
    words = digest_words([item(2), item(3, "Meeting on Tuesday.")], signs="Doggerland Police")

    assert words.text == (
        "Doggerland Police: 2 messages that could wait. 1. K7M2P2: Quad bike stolen; 2. K7M2P3: Meeting on Tuesday. "
        "In full: your own page, or ring 101. In danger? 999."
    )
    assert words.spoken.startswith("This is Doggerland Police. We kept 2 messages for you")
    assert words.email.index("E-mail 2 in full.") < words.email.index("E-mail 3 in full.")
    assert "{page}" in words.email
    assert "{page}" not in words.text + words.spoken


def test_a_text_of_many_messages_takes_two_parts_at_most_and_counts_the_rest() -> None:
    words = digest_words([item(number, "Sheep on the road " * 3) for number in range(40)], signs="Doggerland Police")

    assert gsm7.count(words.text).parts <= 2
    assert " And 3" in words.text
    assert words.email.count("in full.") == 40


def test_a_headline_longer_than_a_text_is_left_out_and_not_cut() -> None:
    words = digest_words([item(1, "Long " * 60), item(2)], signs="Doggerland Police")

    assert words.text == (
        "Doggerland Police: 2 messages that could wait. In full: your own page, or ring 101. In danger? 999."
    )


def test_every_reason_fits_its_column() -> None:
    assert max(map(len, (ASLEEP, OVER_BUDGET, NOT_IN_DIGEST, DIGEST_LOST))) <= 200


@pytest.mark.parametrize(
    ("stops", "messages", "before", "alarm"),
    [
        (20, 2_000, (10, 8_000), True),  # 10 against 1.25
        (4, 100, (0, 8_000), False),  # too few to be more than chance
        (20, 2_000, (60, 8_000), False),  # not twice as many as ever
        (9, 3_000, (0, 8_000), False),  # 3 for each thousand is not many
        (20, 2_000, (0, 0), True),  # nothing to compare with: many all the same
        (0, 0, (0, 0), False),
    ],
)
def test_an_alarm_is_many_stops_and_twice_as_many_as_usual(
    stops: int,
    messages: int,
    before: tuple[int, int],
    alarm: bool,  # noqa: FBT001
) -> None:
    found = opt_outs(stops=stops, messages=messages, stops_before=before[0], messages_before=before[1], threshold=5)

    assert found.alarm is alarm
