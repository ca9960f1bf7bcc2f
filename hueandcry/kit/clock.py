"""The one place where time is read."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.utils import timezone

_TOLD: ContextVar[dt.datetime | None] = ContextVar("told", default=None)


# How it is seen that time is told: tests that travel in it add theirs.
TRAVELS: list[Callable[[], bool]] = [lambda: _TOLD.get() is not None]


class ClockError(RuntimeError):
    """The clock was to be set back where it must not be: a fault in our code, never the user's."""


def now() -> dt.datetime:
    """Return the moment, aware, in UTC."""
    return _TOLD.get() or timezone.now()  # noqa: TID251


def told() -> dt.datetime | None:
    """Return the moment that is to be taken for now; nothing when it is the real one, which the database knows better.

    What several machines must agree on, such as the end of a lease, is measured by the database's clock alone.
    """
    return now() if any(travels() for travels in TRAVELS) else None


def today() -> dt.date:
    """Return the date at the force's own time zone."""
    return timezone.localdate(now())


@contextmanager
def as_of(moment: dt.datetime) -> Iterator[None]:
    """Let what is done inside happen at a moment in the past: for the demonstration's year of history, nowhere else.

    Raises:
        ClockError: this is not the demonstration, or the moment is still to come.
    """
    if not settings.DEMONSTRATION:
        raise ClockError("The clock is set back in the demonstration only.")
    if moment > timezone.now():  # noqa: TID251
        raise ClockError("The clock is never set forward.")
    before = _TOLD.set(moment)
    try:
        yield
    finally:
        _TOLD.reset(before)
