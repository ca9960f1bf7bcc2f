"""Handing over an alert that moves into the area of another force."""

import datetime as dt

from django.db import transaction

from hueandcry.domain.alerts.actions.composing import about, check_may, locked
from hueandcry.domain.alerts.queries.bordering import EVENT, Force
from hueandcry.domain.alerts.rules import RUNNING, AlertError, State
from hueandcry.domain.alerts.rules.moves import said
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records import queries as records
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock

# Two presses within so long are one.
PRESSED_TWICE = dt.timedelta(minutes=1)


@transaction.atomic
def hand_over(*, officer: Officer, alert_ref: str, report_ref: str, force: Force) -> bool:
    """Write down that another force was told; False when that was just written. Logged as `alert.handed_over`.

    Who was told and of which report is kept, never a word of it: the officer rang, or sent what the screen said.

    Raises:
        AlertError: the alert is over.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_WRITE)
    if alert.state not in RUNNING:
        raise AlertError(f"This alert is {said(State(alert.state))}: ring the other force yourself if they must know.")
    report = f"report:{report_ref.removeprefix('report:')}"
    facts = {"to": force.to, "report": report}
    lately = clock.now() - PRESSED_TWICE
    if any(line.at >= lately and line.facts == facts for line in records.latest(subject=about(alert), event=EVENT)):
        return False
    log(EVENT, subject=about(alert), actor=officer.as_actor(), to=force.to, report=report)
    return True
