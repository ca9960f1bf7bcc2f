"""A release is whole or it is not: whatever breaks between the first row and the commit, nothing of it stands."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.organisations.models import Officer
from tests import cast
from tests.domain import alerts
from tests.processes import database_here

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
MANY = 30
LOCK = 20_261_123
# Where a release writes, in about this order; the last is asked at the commit, when all rows stand.
BREAKS = (
    ("UPDATE", "alerts_alert", "IMMEDIATE"),
    ("INSERT", "messaging_message", "IMMEDIATE"),
    ("INSERT", "messaging_delivery", "IMMEDIATE"),
    ("INSERT", "messaging_stretch", "IMMEDIATE"),
    ("INSERT", "alerts_release", "IMMEDIATE"),
    ("INSERT", "records_record", "IMMEDIATE"),
    ("INSERT", "procrastinate_jobs", "IMMEDIATE"),
    ("INSERT", "messaging_delivery", "DEFERRED"),
)
_FULL = """
    CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'no space is left' USING ERRCODE = 'disk_full'; END
    $$;
    CREATE CONSTRAINT TRIGGER is_full AFTER {what} ON {table} DEFERRABLE INITIALLY {when}
        FOR EACH ROW EXECUTE FUNCTION is_full()
"""
_WAITS = """
    CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock({lock}); RETURN NULL; END
    $$;
    CREATE TRIGGER waits AFTER INSERT ON messaging_delivery FOR EACH STATEMENT EXECUTE FUNCTION waits()
"""
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
PRESS = (
    "import sys, django; django.setup()\n"
    "from hueandcry.domain.alerts import actions\n"
    "from hueandcry.domain.organisations import queries\n"
    "actions.approve(alert_ref=sys.argv[1], officer=queries.get_officer(ref=sys.argv[2]))\n"
)


@contextmanager
def refusing(made: str, name: str) -> Iterator[None]:
    """Let the database do something when rows are written."""
    run(made)
    try:
        yield
    finally:
        run(f"DROP FUNCTION {name} CASCADE")


def run(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def rows_of_every_table() -> dict[str, int]:
    tables = [str(name) for (name,) in run(_TABLES)]
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)  # noqa: S608 - the database's own words
    (found,) = run(f"SELECT {counts}")
    return {table: int(str(many)) for table, many in zip(tables, found, strict=True)}


def until(sql: str, wanted: int) -> None:
    """Ask until the database says so."""
    for _ in range(3600):
        if run(sql) == [(wanted,)]:
            return
        time.sleep(0.05)
    pytest.fail(f"It never came to {wanted}: {sql}")


@pytest.fixture
def waits() -> tuple[Alert, Officer]:
    """Return an alert to thirty that waits for this officer."""
    alerts.many_farmers(MANY)
    return alerts.waiting(), cast.birch()


def test_an_error_anywhere_before_the_commit_leaves_nothing(
    waits: tuple[Alert, Officer], subtests: pytest.Subtests
) -> None:
    alert, birch = waits
    before = rows_of_every_table()

    for what, table, when in BREAKS:
        with subtests.test(table, when=when):
            with (
                refusing(_FULL.format(what=what, table=table, when=when), "is_full"),
                pytest.raises(OperationalError, match="no space"),
            ):
                actions.approve(alert_ref=alert.ref, officer=birch)

            alert.refresh_from_db()
            assert rows_of_every_table() == before
            assert (alert.state, alert.approver, alert.released_at) == (State.WAITING, None, None)

    actions.approve(alert_ref=alert.ref, officer=birch)
    assert Delivery.objects.count() == MANY


def test_a_process_that_is_killed_between_its_rows_and_the_commit_leaves_nothing(
    waits: tuple[Alert, Officer],
) -> None:
    alert, birch = waits
    before = rows_of_every_table()
    # Other tests have databases of their own beside this one.
    blocked = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    here = "FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    before_it = ", ".join(str(pid) for (pid,) in run(f"SELECT pid {here}"))

    with refusing(_WAITS.format(lock=LOCK), "waits"):
        run(f"SELECT pg_advisory_lock({LOCK})")
        press = subprocess.Popen(
            [sys.executable, "-c", PRESS, alert.ref, birch.ref],
            cwd=ROOT,
            env={
                **os.environ,  # noqa: TID251 - a process of its own needs where Python is
                "DJANGO_SETTINGS_MODULE": "hueandcry.config.settings",
                "DATABASE_URL": database_here(),
            },
        )
        until(blocked, 1)  # all rows are written, and nothing is committed
        press.kill()
        press.wait()
        run(f"SELECT pg_advisory_unlock({LOCK})")
        until(f"SELECT count(*) {here} AND pid NOT IN ({before_it})", 0)
    after = rows_of_every_table()
    actions.approve(alert_ref=alert.ref, officer=birch)

    assert after == before
    assert Delivery.objects.count() == MANY
