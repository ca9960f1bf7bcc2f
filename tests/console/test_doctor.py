"""The doctor: one line each, what to do, and an exit status."""

import argparse
import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection

from hueandcry.console import doctor
from hueandcry.kit import clock
from tests import builders

pytestmark = pytest.mark.django_db


def beat(*, seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        when = clock.now() - dt.timedelta(seconds=seconds_ago)
        # Each counts twice: for its hands, and for the one that it keeps free.
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) SELECT %s FROM generate_series(1, 2)", [when]
        )


def job(status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('default', 'a.job', 'doing')"
            " RETURNING id"
        )
        (number,) = cursor.fetchone()
        cursor.execute(f"UPDATE procrastinate_jobs SET status = '{status}' WHERE id = %s", [number])  # noqa: S608


def found() -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in doctor.examine()}


def test_healthy_installation_is_well(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    settings.SECRET_KEY_IS_KEPT = False
    beat(seconds_ago=3)
    beat(seconds_ago=4)
    beat(seconds_ago=300)

    status = doctor.run(argparse.Namespace(json=False, mend=False))

    said = capsys.readouterr().out
    assert status == 0, said
    assert "BAD" not in said
    assert "2 alive" in said


def test_no_worker_is_said_with_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    beat(seconds_ago=300)

    status = doctor.run(argparse.Namespace(json=False, mend=False))

    said = capsys.readouterr().out
    assert status == 1
    assert "BAD  workers      none alive: messages wait" in said
    assert "→ Type `hueandcry up`" in said


def test_program_reads_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    status = doctor.run(argparse.Namespace(json=True, mend=False))

    lines = {line["name"]: line for line in json.loads(capsys.readouterr().out)}
    assert status == 1
    assert lines["workers"]["well"] is False
    assert {"database", "tables", "workers", "jobs", "sms", "email", "voice", "clock", "disk"} <= lines.keys()


def test_failed_jobs_of_today_are_counted_and_others_are_not() -> None:
    for status in ("failed", "failed", "succeeded", "aborted"):
        job(status)

    jobs = found()["jobs"]

    assert jobs.well is False
    assert jobs.found == "0 waiting, 2 failed in the last day"


def test_change_of_a_table_that_waits_is_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")

    tables = found()["tables"]

    assert tables.well is False
    assert tables.found == "1 changes wait: sessions.0001_initial"
    assert tables.remedy == "Type `hueandcry prepare`."


def test_missing_tables_do_not_hide_the_rest() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE procrastinate_workers CASCADE")

    lines = found()

    assert lines["workers"].well is False
    assert "procrastinate_workers" in lines["workers"].found
    assert lines["clock"].well is True


def test_gateway_that_is_not_there_is_named(settings: Any) -> None:
    from hueandcry.gateways import registry

    settings.GATEWAYS = {"sms": "", "email": "hueandcry.gateways.email.sandbox.SandboxMail"}
    registry.routes_for.cache_clear()

    lines = found()

    registry.routes_for.cache_clear()
    assert lines["sms"].well is False
    assert "No gateway is set for sms" in lines["sms"].found
    assert lines["email"].well is True


def test_provider_that_is_down_is_named_with_what_is_wrong() -> None:
    from hueandcry.domain.messaging.models import Halt, Provider

    before = found()
    since = clock.now() - dt.timedelta(hours=1)
    Provider.objects.create(name="sandbox-text", down_since=since, opened_until=since, trouble="The line is dead.")
    Halt.objects.create(at=since, by="officer:TEST22", reason="A wrong number")

    lines = found()

    assert "sandbox-text" not in before
    assert "sending" not in before
    assert lines["sandbox-text"].well is False
    assert "The line is dead." in lines["sandbox-text"].found
    assert lines["sending"].well is False
    assert "stopped since" in lines["sending"].found
    assert "sandbox-mail" not in lines


def test_real_service_on_a_kept_secret_is_not_well(settings: Any) -> None:
    settings.SECRET_KEY_IS_KEPT, settings.DATABASE_URL, settings.DEMONSTRATION = True, "postgresql://x", False

    assert found()["secret"].well is False


def test_who_is_counted_wrongly_is_found_and_mended(capsys: pytest.CaptureFixture[str]) -> None:
    wrong, twice, _ = builders.member(), builders.member(), builders.member()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE members_reach SET agreed = 0 WHERE member_id = %s", [wrong.pk])
        cursor.execute(
            "INSERT INTO members_reach (member_id, place_id, organisation_id, point, agreed, wants, kinds, tier,"
            " own_hours, language, topics, schemes) SELECT member_id, place_id, organisation_id, point, agreed, wants,"
            " kinds, tier, own_hours, language, topics, schemes FROM members_reach WHERE member_id = %s",
            [twice.pk],
        )

    before = found()["audiences"]
    doctor.run(argparse.Namespace(json=False, mend=True))

    assert before.well is False
    assert before.found == "2 of 3 members are not counted as they should be"
    assert "hueandcry doctor --mend" in before.remedy
    assert "ok   audiences    3 members looked at, all counted as they should be" in capsys.readouterr().out
