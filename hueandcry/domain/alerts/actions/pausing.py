"""Holding an alert back while somebody thinks, and letting it go on."""

from django.db import transaction

from hueandcry.domain.alerts import rules
from hueandcry.domain.alerts.actions.composing import about, check_may, locked
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State, Verb
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock


@transaction.atomic
def pause(*, alert_ref: str, officer: Officer) -> Alert:
    """Hold back what is not sent yet of an alert; it stays queued. Logged as `alert.paused`; twice changes nothing.

    Raises:
        AlertError: it is not out, it is over, or this officer may not.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_END)
    if alert.state == State.PAUSED:
        return alert
    rules.check_move(Verb.PAUSE, old=State(alert.state))
    alert.state, alert.paused_at = State.PAUSED, clock.now()
    alert.save(update_fields=["state", "paused_at"])
    messaging.pause(about=about(alert), actor=officer.as_actor())
    log("alert.paused", subject=about(alert), actor=officer.as_actor())
    return alert


@transaction.atomic
def resume(*, alert_ref: str, officer: Officer) -> Alert:
    """Let an alert that was held back go on. Logged as `alert.resumed`; twice changes nothing.

    Raises:
        AlertError: it is not out, it is over, or this officer may not.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_END)
    if alert.state in (State.RELEASED, State.CORRECTED):
        return alert
    rules.check_move(Verb.RESUME, old=State(alert.state))
    alert.state, alert.paused_at = State.CORRECTED if alert.corrected_at else State.RELEASED, None
    alert.save(update_fields=["state", "paused_at"])
    messaging.resume(about=about(alert), actor=officer.as_actor())
    log("alert.resumed", subject=about(alert), actor=officer.as_actor())
    return alert
