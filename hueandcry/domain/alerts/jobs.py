"""Background work of alerts."""

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions import asking, notes, posting
from hueandcry.kit.jobs import job


@job("alerts.expire", every="*/5 * * * *")
def expire() -> None:
    """Let alerts whose time is over expire, and tell those who were looking for a vehicle."""
    actions.expire_due()


@job("alerts.send_due_notes", every="*/5 * * * *")
def send_due_notes() -> None:
    """Send the own messages of schemes whose office hours have come."""
    notes.send_due_notes()


@job("alerts.release_due", every="* * * * *")
def release_due() -> None:
    """Let out what was approved for a moment that has come; hand back what may not go any more."""
    actions.release_due()


@job("alerts.say_publicly")
def say_publicly(subject: str, record: int) -> None:  # noqa: ARG001 - every job that an event wakes gets both
    """Post what everybody should read of a public alert, or that it was corrected or is over (`alert:…`)."""
    posting.say_publicly(alert_ref=subject.removeprefix("alert:"))


@job("alerts.ask")
def ask(subject: str, record: int) -> None:  # noqa: ARG001
    """Ask those who may approve an alert, or a correction of it, that just began to wait (`alert:…`)."""
    asking.ask(alert_ref=subject.removeprefix("alert:"))


@job("alerts.ask_on", every="* * * * *")
def ask_on() -> None:
    """Ask the next officers about what still waits for approval; tell its author when nobody takes it."""
    asking.ask_on()


@job("alerts.tell_author")
def tell_author(subject: str, record: int) -> None:  # noqa: ARG001
    """Tell whoever wrote an alert or a correction what another officer decided about it (`alert:…`)."""
    asking.tell_author(record=record)
