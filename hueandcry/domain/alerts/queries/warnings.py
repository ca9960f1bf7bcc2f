"""What partners warned of: for the desk."""

from django.db.models import Q

from hueandcry.domain.alerts.models import PartnerWarning
from hueandcry.domain.alerts.rules import OPEN, RUNNING
from hueandcry.domain.alerts.rules.kinds import State
from hueandcry.domain.alerts.rules.warnings import SAYS_SOMETHING, WarningLine, WarningState
from hueandcry.domain.organisations.models import Officer

# What no list shows, and may be a megabyte.
LARGE = ("document", "ground", "refers")
# What a draft that was begun with a warning may be, while a change of the warning still matters.
_MATTERS = {*OPEN, *RUNNING, State.WAITING, State.APPROVED, State.SCHEDULED}


def warnings_for(*, officer: Officer, most: int = 50) -> list[WarningLine]:
    """Return the warnings that this officer may read, newest first, without those that only call another off."""
    rows = PartnerWarning.objects.visible_to(officer).filter(kind__in=SAYS_SOMETHING)
    rows = rows.select_related("alert", "newer").defer(*LARGE, *(f"newer__{column}" for column in LARGE))
    return [_line(row) for row in rows.order_by("-id")[:most]]


def count_new(*, officer: Officer) -> int:
    """Count the warnings that nobody did anything about yet, and those that changed after a draft was begun."""
    changed = Q(newer__isnull=False, alert__state__in=_MATTERS)
    rows = PartnerWarning.objects.visible_to(officer).filter(kind__in=SAYS_SOMETHING)
    return rows.filter(Q(state=WarningState.NEW) | changed).count()


def _line(row: PartnerWarning) -> WarningLine:
    newer = row.newer.kind if row.newer and row.alert and row.alert.state in _MATTERS else ""
    return WarningLine(
        ref=row.ref,
        state=WarningState(row.state),
        sender_name=row.sender_name,
        headline=row.headline,
        what=row.what,
        where=row.where,
        ask=row.ask,
        note=row.note,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        alert_ref=row.alert.ref if row.alert else "",
        is_called_off=newer == "Cancel",
        is_changed=newer == "Update",
    )
