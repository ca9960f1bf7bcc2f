"""Putting a force's own table of who must agree in the place of the shipped one, and back."""

from collections.abc import Sequence

from django.db import connection, transaction

from hueandcry.domain.alerts.actions.composing import check_may
from hueandcry.domain.alerts.models import ReachRule
from hueandcry.domain.alerts.queries import agreeing
from hueandcry.domain.alerts.rules import REACH, AlertError, Reach
from hueandcry.domain.alerts.rules.reach import check_rows
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('alerts reach', 13))"


@transaction.atomic
def set_rows(*, officer: Officer, rows: Sequence[Reach], seen: str = "") -> None:
    """Let this table decide from now on who must agree to an alert. Logged as `alert.rules_set` with both tables.

    `seen` marks the table that the officer changed (`agreeing.mark`): what somebody else changed since is not lost.

    Raises:
        AlertError: a row is wrong, nobody could send something by it, it was changed since, or this officer may not.
    """
    _check_may(officer)
    check_rows(rows)
    before = _locked(seen)
    if tuple(rows) == before:
        return
    ReachRule.objects.all().delete()
    # The shipped table is kept nowhere: it grows with the program.
    if tuple(rows) != REACH:
        now = clock.now()
        ReachRule.objects.bulk_create(
            ReachRule(
                place=place,
                levels=sorted(row.levels),
                urgencies=sorted(row.urgencies),
                most=row.most,
                holder=row.holder,
                is_trained=row.is_trained,
                approvals=row.approvals,
                typed_above=row.typed_above,
                hold_s=row.hold_s,
                set_by=officer.as_actor(),
                set_at=now,
            )
            for place, row in enumerate(rows)
        )
    log(
        "alert.rules_set",
        subject="rules:reach",
        actor=officer.as_actor(),
        before=[agreeing.told(row) for row in before],
        after=[agreeing.told(row) for row in rows],
    )


def use_shipped(*, officer: Officer) -> None:
    """Put the shipped table back. Logged as `alert.rules_set`.

    Raises:
        AlertError: this officer may not.
    """
    set_rows(officer=officer, rows=REACH)


def _check_may(officer: Officer) -> None:
    check_may(officer, Permission.ALERT_RULES)
    if officer.organisation.kind != OrganisationKind.FORCE:
        raise AlertError("The force says who must agree: ask its rural inspector.")


def _locked(seen: str) -> tuple[Reach, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
    now = agreeing.rows()
    if seen and seen != agreeing.mark():
        raise AlertError("Somebody else changed the table since you opened it: look at it again, then change it.")
    return now
