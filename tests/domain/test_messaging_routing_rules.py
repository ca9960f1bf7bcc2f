"""Who gets how many, when a provider is left alone, when a day ends: the arithmetic alone."""

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.domain.messaging.rules.routing import (
    LATE_PERCENT,
    Health,
    Standing,
    answer_best,
    capacity,
    day_ends,
    divide,
    first_owed,
    health,
    refilled_in,
    reserve,
    shared_weight,
)

LONDON = ZoneInfo("Europe/London")
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
LATER, EARLIER = NOON + dt.timedelta(seconds=30), NOON - dt.timedelta(seconds=30)
WEIGHTS = st.dictionaries(st.sampled_from("abcde"), st.floats(0.001, 1000), min_size=1)


@given(weights=WEIGHTS, windows=st.lists(st.integers(0, 300), max_size=40), seed=st.integers(0, 10**6))
def test_all_are_divided_and_nobody_is_ever_off_by_more_than_a_message_or_two(
    weights: dict[str, float], windows: list[int], seed: int
) -> None:
    owed = first_owed(tuple(weights), seed=seed)
    got: Counter[str] = Counter()

    for many in windows:
        counts, owed = divide(many, weights, owed)
        assert sum(counts.values()) == many
        assert min(counts.values()) >= 0
        got.update(counts)

    for name, weight in weights.items():
        assert abs(got[name] - sum(windows) * weight / sum(weights.values())) < len(weights)


def test_messages_of_one_do_not_always_go_to_the_same_provider() -> None:
    owed = first_owed(("a", "b"), seed=1)
    order = []

    for _ in range(10):
        counts, owed = divide(1, {"a": 50.0, "b": 50.0}, owed)
        order.append("a" if counts["a"] else "b")

    assert sorted(order) == ["a"] * 5 + ["b"] * 5
    assert "aa" not in "".join(order)


def test_processes_that_begin_with_one_message_each_do_not_all_begin_with_the_same_provider() -> None:
    first = Counter(
        name
        for seed in range(1000)
        for name, many in divide(1, {"a": 1.0, "b": 1.0}, first_owed(("a", "b"), seed=seed)).counts.items()
        if many
    )

    assert 400 < first["a"] < 600


def test_what_one_was_owed_is_forgotten_when_another_set_of_providers_is_there() -> None:
    assert divide(1, {"a": 1.0}, {"a": 0.4, "b": -0.4}) == ({"a": 1}, {"a": 0.0})


def test_what_several_are_owed_is_never_paid_with_more_than_there_is() -> None:
    owed = {"a": 0.9, "b": 0.9, "c": -0.9, "d": -0.9}

    counts, left = divide(1, {"a": 500.0, "b": 500.0, "c": 0.001, "d": 0.001}, owed)

    assert sorted(counts.values()) == [0, 0, 0, 1]
    assert sum(left.values()) == pytest.approx(0)


def test_nobody_to_divide_among_gets_nothing() -> None:
    assert divide(5, {}, {}) == ({}, {})
    assert divide(5, {"a": 0.0}, {}) == ({}, {})


@pytest.mark.parametrize(
    ("others", "best"),
    [
        ([Standing("a"), Standing("b")], ["a", "b"]),
        ([Standing("a", answer_ms=60), Standing("b", answer_ms=100)], ["a", "b"]),
        ([Standing("a", answer_ms=60), Standing("b", answer_ms=130)], ["a"]),
        ([Standing("a", answer_ms=1), Standing("b", answer_ms=49)], ["a", "b"]),
        ([Standing("a", late_percent=0), Standing("b", late_percent=LATE_PERCENT)], ["a"]),
        ([Standing("a", late_percent=5), Standing("b", late_percent=LATE_PERCENT)], ["a", "b"]),
        ([Standing("a", late_percent=90, answer_ms=1), Standing("b", answer_ms=900)], ["b"]),
        ([], []),
    ],
)
def test_urgent_ones_go_by_whom_nobody_is_clearly_better_than(others: list[Standing], best: list[str]) -> None:
    assert answer_best(others) == best


def test_a_provider_that_delivers_late_gets_half_its_share_of_what_is_not_urgent() -> None:
    assert shared_weight(Standing("a", late_percent=LATE_PERCENT), 60) == 30
    assert shared_weight(Standing("a", late_percent=LATE_PERCENT - 1), 60) == 60


@pytest.mark.parametrize(
    ("standing", "weight", "expected"),
    [
        (Standing("a"), 1, Health.WORKS),
        (Standing("a"), 0, Health.STANDS_BY),
        (Standing("a", failures=2), 1, Health.WORKS),
        (Standing("a", down_since=EARLIER, slower_at=EARLIER), 1, Health.DOWN),
        (Standing("a", full_until=LATER), 1, Health.FULL),
        (Standing("a", full_until=EARLIER), 1, Health.WORKS),
        (Standing("a", slower_at=EARLIER), 1, Health.SLOWER),
        (Standing("a", slower_at=NOON - dt.timedelta(minutes=3)), 1, Health.WORKS),
        (Standing("a", waits_until=LATER), 0, Health.SLOWER),
        (Standing("a", late_percent=LATE_PERCENT), 1, Health.SLOWER),
    ],
)
def test_how_a_provider_does_is_one_word(standing: Standing, weight: float, expected: Health) -> None:
    assert health(standing, weight=weight, now=NOON) == expected


def test_nothing_goes_to_it_until_all_that_closes_it_is_over() -> None:
    closed = Standing("a", opened_until=LATER, waits_until=LATER + dt.timedelta(hours=1), full_until=EARLIER)

    assert closed.closed_until(NOON) == LATER + dt.timedelta(hours=1)
    assert Standing("a", opened_until=NOON).closed_until(NOON) is None


@pytest.mark.parametrize(
    ("per_second", "holds", "stays"), [(0.2, 1, 0), (1, 1, 0), (1.1, 1.1, 0.1), (2, 2, 0.4), (100, 100, 20)]
)
def test_a_fifth_of_the_bucket_is_kept_for_what_is_urgent_but_never_the_last_message(
    per_second: float, holds: float, stays: float
) -> None:
    assert capacity(per_second) == holds
    assert reserve(per_second, urgent=False) == pytest.approx(stays)
    assert reserve(per_second, urgent=True) == 0


@pytest.mark.parametrize(
    ("rest", "per_second", "seconds"),
    [(1000, 100, 0.5), (10, 100, 0.1), (1, 100, 0.05), (5, 0.5, 2), (1, 0, 10)],
)
def test_the_bucket_is_asked_again_when_it_is_worth_it(rest: int, per_second: float, seconds: float) -> None:
    assert refilled_in(rest, per_second) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (dt.datetime(2026, 7, 1, 22, 59, tzinfo=dt.UTC), dt.datetime(2026, 7, 1, 23, tzinfo=dt.UTC)),
        (dt.datetime(2026, 7, 1, 23, 0, tzinfo=dt.UTC), dt.datetime(2026, 7, 2, 23, tzinfo=dt.UTC)),
        # Clocks go forward at one in the morning of 28 March 2027, and back on 25 October 2026.
        (dt.datetime(2027, 3, 28, 0, 0, tzinfo=dt.UTC), dt.datetime(2027, 3, 28, 23, tzinfo=dt.UTC)),
        (dt.datetime(2026, 10, 24, 23, 0, tzinfo=dt.UTC), dt.datetime(2026, 10, 26, 0, tzinfo=dt.UTC)),
    ],
)
def test_the_day_ends_at_midnight_of_the_forces_own_clocks(now: dt.datetime, ends: dt.datetime) -> None:
    assert day_ends(now, LONDON) == ends
