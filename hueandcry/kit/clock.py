"""The one place where time is read."""

import datetime as dt

from django.utils import timezone


def now() -> dt.datetime:
    """Return the moment, aware, in UTC."""
    return timezone.now()  # noqa: TID251


def today() -> dt.date:
    """Return the date at the force's own time zone."""
    return timezone.localdate()
