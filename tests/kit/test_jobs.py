"""Jobs are asked for as procrastinate asks for them, in the transaction of whoever asks; under one word once."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from hueandcry.kit import clock, jobs

pytestmark = pytest.mark.django_db

NAME = "messaging.collect_soon"


def rows(*, of: str) -> Sequence[dict[str, Any]]:
    """Return what was asked for about one thing, but for what no two rows have alike."""
    asked = ProcrastinateJob.objects.filter(args__subject=of).order_by("id").values()
    return [{name: value for name, value in row.items() if name not in ("id", "queueing_lock")} for row in asked]


@pytest.mark.parametrize(
    ("priority", "queue", "later"),
    [(0, jobs.QUEUE, True), (7, jobs.QUEUE, False), (jobs.URGENT, jobs.URGENT_QUEUE, False)],
)
def test_a_job_is_the_row_that_procrastinate_writes_itself(priority: int, queue: str, *, later: bool) -> None:
    at = clock.now() + dt.timedelta(hours=1) if later else None
    facts: dict[str, Any] = {"subject": 'alert:"K7M2PQ" \\ ŵ', "record": 3, "nothing": None}
    manager = JobManager(DjangoConnector())

    configure_task(
        name=app.tasks[NAME].name, job_manager=manager, schedule_at=at, lock="a", queue=queue, priority=priority
    ).defer(**facts)
    added = jobs.defer(NAME, at=at, lock="a", priority=priority, **facts)

    theirs, ours = rows(of=facts["subject"])
    assert added
    assert ours == theirs
    assert (ours["task_name"], ours["status"], ours["args"]) == (NAME, "todo", facts)


def test_what_waits_under_a_word_is_not_asked_for_again() -> None:
    first = jobs.defer(NAME, subject="x", once="collect x")
    again = jobs.defer(NAME, subject="x", once="collect x")
    other = jobs.defer(NAME, subject="x", once="collect y")
    plain = jobs.defer(NAME, subject="x")

    assert (first, again, other, plain) == (True, False, True, True)
    assert len(rows(of="x")) == 3


def test_whoever_asks_at_the_same_moment_for_the_same_adds_nothing_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Both looked before either had asked.
    monkeypatch.setattr(jobs, "_waits", lambda _: False)
    jobs.defer(NAME, subject="x", once="collect x")

    with transaction.atomic():
        jobs.defer(NAME, subject="before")
        added = jobs.defer(NAME, subject="x", once="collect x")
        jobs.defer(NAME, subject="after")

    assert not added
    assert [len(rows(of=subject)) for subject in ("before", "x", "after")] == [1, 1, 1]


def test_what_the_database_refuses_otherwise_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_waits", lambda _: False)
    monkeypatch.setattr(jobs, "QUEUEING_LOCK_CONSTRAINT", "another")
    jobs.defer(NAME, subject="x", once="collect x")

    with pytest.raises(IntegrityError), transaction.atomic():
        jobs.defer(NAME, subject="x", once="collect x")
