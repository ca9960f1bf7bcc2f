"""Looking is logged too: that somebody watches how an alert goes out, once for each time they open it."""

from typing import Any

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.records.actions import log


def note_watching(*, alert: Alert, officer: Officer, as_file: str = "") -> None:
    """Note that an officer opened its figures, or took them as a file. Logged as `alert.watched`."""
    facts: dict[str, Any] = {"file": as_file} if as_file else {}
    log("alert.watched", subject=f"alert:{alert.ref}", actor=officer.as_actor(), **facts)
