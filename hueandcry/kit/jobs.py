"""A small face over procrastinate, so that the choice of queue stays in one file."""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateWorker
from procrastinate.manager import QUEUEING_LOCK_CONSTRAINT
from procrastinate.retry import RetryStrategy
from psycopg.types.json import Jsonb

from hueandcry.kit import clock, prepared
from hueandcry.kit.integrity import violated

# A worker tells every 5 s that it lives (console/work.py).
WORKER_IS_ALIVE = dt.timedelta(seconds=20)

# Safe, because every job is safe to run twice: again after 2, 4, 8 … 64 s. What else fails is a fault and stays failed.
WHEN_THE_DATABASE_WAS_AWAY = RetryStrategy(
    max_attempts=7, exponential_wait=2, retry_exceptions={OperationalError, InterfaceError}
)


# From this priority on, a job goes into a queue of its own.
URGENT = 90
QUEUE, URGENT_QUEUE = "default", "urgent"
# As procrastinate asks for a job itself, but planned once: its own way takes as long again as a village's rows.
_DEFER = """
    SELECT procrastinate_defer_jobs_v1(ARRAY[
        ROW(%s::text, %s::text, %s::int, %s::text, %s::text, %s::jsonb, %s::timestamptz)::procrastinate_job_to_defer_v1
    ])
"""


class Held(NamedTuple):
    """A job that was asked for and held back."""

    name: str
    at: dt.datetime | None
    once: str | None
    references: dict[str, Any]


_HELD: ContextVar[deque[Held] | None] = ContextVar("held", default=None)


def job(name: str, *, every: str | None = None, queue: str = "default") -> Callable[[Callable[..., None]], Any]:
    """Register a background job under ``room.verb``; ``every`` is a cron line.

    A job loads, calls one action, and is safe to run twice. Its keyword arguments are references, never content.
    """

    def register(function: Callable[..., None]) -> Any:  # noqa: ANN401
        if every is None:
            return app.task(name=name, queue=queue, retry=WHEN_THE_DATABASE_WAS_AWAY)(function)

        def at_time(timestamp: int) -> None:  # noqa: ARG001
            function()

        at_time.__doc__ = function.__doc__
        at_time.__module__ = function.__module__
        task = app.task(name=name, queue=queue, queueing_lock=name, retry=WHEN_THE_DATABASE_WAS_AWAY)(at_time)
        return app.periodic(cron=every)(task)

    return register


def defer(
    name: str,
    *,
    at: dt.datetime | None = None,
    once: str | None = None,
    lock: str | None = None,
    priority: int = 0,
    **references: Any,  # noqa: ANN401
) -> bool:
    """Ask for a job, in the caller's transaction: no commit, no job. Say whether one was added.

    `at` is not before which moment; with `once`, nothing is added while a job asked for under the same word waits. What
    has a higher priority goes first, and for what is urgent (`URGENT` and above) every worker keeps a hand free.
    """
    waiting = _HELD.get()
    if waiting is not None:
        if once is not None and any(one.once == once for one in waiting):
            return False
        waiting.append(Held(app.tasks[name].name, at, once, references))
        return True
    # Looking first costs one statement; running into the constraint costs a savepoint, an error and going back.
    if once is not None and _waits(once):
        return False
    # By Django's own connection, in a worker too: there the app's connector is another one, outside the transaction of
    # the job that asks.
    values = [
        URGENT_QUEUE if priority >= URGENT else QUEUE,
        app.tasks[name].name,
        priority,
        lock,
        once,
        Jsonb(references),
        at,
    ]
    if once is None:
        prepared.rows(_DEFER, values)
        return True
    try:
        with transaction.atomic():
            prepared.rows(_DEFER, values)
    except IntegrityError as fault:
        if violated(fault) != QUEUEING_LOCK_CONSTRAINT:
            raise
        return False
    return True


@contextmanager
def held() -> Iterator[deque[Held]]:
    """Hold jobs back instead of deferring them, for a program that runs them itself; what is left is then deferred.

    For the demonstration's year of history, which has passed before any worker starts.
    """
    waiting: deque[Held] = deque()
    before = _HELD.set(waiting)
    try:
        yield waiting
    finally:
        _HELD.reset(before)
    for one in waiting:
        defer(one.name, at=one.at, **one.references)


def run_held(one: Held) -> None:
    """Run a job that was held back, here and now."""
    app.tasks[one.name].func(**one.references)


def waits(name: str, *, least: int, but_for: str) -> bool:
    """Say whether such a job of at least this priority waits for a worker now, about something else than `but_for`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND task_name = %s"
            " AND priority >= %s AND args ->> 'subject' <> %s AND (scheduled_at IS NULL OR scheduled_at <= now()))",
            [name, least, but_for],
        )
        return bool(cursor.fetchone()[0])


def _waits(once: str) -> bool:
    """Say whether a job asked for under this word waits already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'", [once])
        return cursor.fetchone() is not None


def registered() -> dict[str, Any]:
    """Return every job of ours by its name."""
    return {name: task for name, task in app.tasks.items() if task.func.__module__.startswith("hueandcry.")}


def workers_alive(*, within: dt.timedelta = WORKER_IS_ALIVE) -> int:
    """Return how many workers told lately that they live; 0 means that everything waits."""
    # Each counts twice: for its hands, and for the one that it keeps free (console/work.py).
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=clock.now() - within).count() // 2
