"""The clock, and setting it back in the demonstration."""

import datetime as dt
import threading

import pytest
from pytest_django import Settings

from hueandcry.kit import clock
from hueandcry.kit.clock import ClockError

THEN = dt.datetime(2025, 6, 30, 23, 30, tzinfo=dt.UTC)


def test_inside_it_is_then_and_afterwards_now(settings: Settings) -> None:
    settings.DEMONSTRATION = True

    with clock.as_of(THEN):
        told, day = clock.now(), clock.today()

    assert told == THEN
    assert day == dt.date(2025, 7, 1)  # summer time, at the force's own clock
    assert clock.now() > THEN + dt.timedelta(days=300)


def test_the_clock_goes_right_again_after_a_fault(settings: Settings) -> None:
    settings.DEMONSTRATION = True

    with pytest.raises(ZeroDivisionError), clock.as_of(THEN):
        _ = 1 / 0

    assert clock.now() > THEN + dt.timedelta(days=300)


def test_the_clock_is_never_set_back_on_a_live_system_nor_forward_anywhere(settings: Settings) -> None:
    settings.DEMONSTRATION = False
    with pytest.raises(ClockError, match="demonstration only"), clock.as_of(THEN):
        pass

    settings.DEMONSTRATION = True
    with pytest.raises(ClockError, match="never set forward"), clock.as_of(clock.now() + dt.timedelta(hours=1)):
        pass


def test_what_runs_beside_it_has_the_time_of_day(settings: Settings) -> None:
    settings.DEMONSTRATION = True
    seen: list[dt.datetime] = []

    with clock.as_of(THEN):
        beside = threading.Thread(target=lambda: seen.append(clock.now()))
        beside.start()
        beside.join()

    assert seen[0] > THEN + dt.timedelta(days=300)
