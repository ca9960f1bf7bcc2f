"""Who must agree to an alert before it goes out, and who has."""

import hashlib
from collections.abc import Sequence

from hueandcry.domain.alerts.models import Alert, Approval, ReachRule
from hueandcry.domain.alerts.rules import REACH, Finding, Reach, Urgency, row_for
from hueandcry.domain.alerts.rules.kinds import Marking, Suspect
from hueandcry.domain.alerts.rules.reach import Content
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit import clock


def rows() -> tuple[Reach, ...]:
    """Return the table of reach that holds here: the force's own, else the shipped one."""
    own = [_row(row) for row in ReachRule.objects.order_by("place")]
    return tuple(own) or REACH


def is_own() -> bool:
    """Say whether the force has put a table of its own in the place of the shipped one."""
    return ReachRule.objects.exists()


def mark() -> str:
    """Return a mark of the table that holds: another one as soon as somebody changed it."""
    return hashlib.sha256("\n".join(told(row) for row in rows()).encode()).hexdigest()[:20]


def told(row: Reach) -> str:
    """Return a row in one line, for the audit."""
    who = f"{row.holder.value}, trained" if row.is_trained else row.holder.value
    most = "any number" if row.most is None else f"up to {row.most}"
    return (
        f"{'+'.join(sorted(row.levels))}; {'+'.join(sorted(row.urgencies))}; {most}; {who}; approvals {row.approvals}; "
        f"typed above {row.typed_above}; waits {row.hold_s} s"
    )


def row_for_officer(*, officer: Officer, level: Tier, urgency: Urgency, members: int, content: Content) -> Reach:
    """Return the row by which an officer sends.

    Raises:
        AlertError: none lets this officer send at all.
    """
    # Whoever left since they wrote it sends by what everybody who writes may.
    may = {one for one in Permission if officer.may(one)} if officer.is_active else {Permission.ALERT_WRITE}
    return row_for(
        rows(),
        level=level,
        urgency=urgency,
        members=members,
        may=may,
        is_trained=officer.is_active and officer.is_fast_trained(on=clock.today()),
        content=content,
    )


def content_of(*, alert: Alert, findings: Sequence[Finding]) -> Content:
    """Return what an alert says that asks for more eyes."""
    return Content(
        findings=frozenset(finding.code for finding in findings),
        marking=Marking(alert.marking),
        suspect=Suspect(alert.suspect),
        is_drill=alert.is_drill,
    )


def agreed_by(*, alert: Alert, version: str) -> list[Approval]:
    """Return who has agreed to an alert as it stands, first first."""
    kept = Approval.objects.filter(alert=alert, version=version).exclude(officer=alert.author_id)
    return list(kept.select_related("officer").order_by("id"))


def _row(row: ReachRule) -> Reach:
    return Reach(
        levels=frozenset(Tier(level) for level in row.levels),
        urgencies=frozenset(Urgency(urgency) for urgency in row.urgencies),
        most=row.most,
        holder=Permission(row.holder),
        approvals=row.approvals,
        is_trained=row.is_trained,
        typed_above=row.typed_above,
        hold_s=row.hold_s,
    )
