"""Do background jobs: as many of these as wanted, on as many machines as reach the database."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, connections
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import DeleteJobCondition, Status

from hueandcry.console.up import check_secret
from hueandcry.domain.messaging import actions as messages
from hueandcry.domain.messaging.rules import LOOK_EVERY
from hueandcry.kit import clock, jobs

log = logging.getLogger(__name__)

# A job for a moment to come wakes nobody when that comes, so we look for those so often: receipts wait for one.
LOOK_FOR_DUE = 1.0
# A worker tells the database every few seconds that it lives; `doctor` reads it.
HEARTBEAT = 5.0
# Jobs of a worker that has been silent for this long are done again by another.
SILENT_FOR = 30.0
# How long to wait before trying a database again that went away, at most.
LONGEST_WAIT = 15.0
# How long a question waits for a connection.
PATIENCE = 5.0
# A thread that sends hands the interpreter on this soon to the one that writes what became of it; Python's own 5 ms are
# longer than a window takes.
TURN_S = 0.0005
LOST = (ConnectorException, psycopg.Error, OSError)


def add(parser: argparse.ArgumentParser) -> None:
    """Take the number of jobs at once."""
    parser.add_argument("--at-once", type=int, default=4, metavar="N", help="jobs that one worker does at once (4)")


def run(args: argparse.Namespace) -> None:
    """Work until told to stop; outlive the database."""
    check_secret()
    sys.setswitchinterval(TURN_S)
    asyncio.run(_work(at_once=args.at_once))


async def _work(*, at_once: int) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    wait = 0.5
    while not stop.is_set():
        began = time.monotonic()
        try:
            await _work_until(stop, at_once=at_once)
        except LOST as trouble:
            wait = 0.5 if time.monotonic() - began > LONGEST_WAIT else min(wait * 2, LONGEST_WAIT)
            log.warning("The database went away (%s); trying again in %.1f s.", type(trouble).__name__, wait)
        if not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)


async def _work_until(stop: asyncio.Event, *, at_once: int) -> None:
    """Work with one set of connections, until told to stop or they break."""
    # A connection for each job's end, one for each ear and one for the rest; a database that is away is noticed in
    # seconds.
    pool = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=at_once + 4, timeout=PATIENCE)
    with app.replace_connector(pool) as worker, ThreadPoolExecutor(1, thread_name_prefix="look") as aside:
        async with worker.open_async():
            tasks = [
                asyncio.create_task(_hands(worker, at_once)),
                # Whatever the others are busy with, an urgent alert finds a hand.
                asyncio.create_task(_hands(worker, 1, queues=[jobs.URGENT_QUEUE])),
                asyncio.create_task(_rescue(worker)),
                asyncio.create_task(_look(aside)),
                asyncio.create_task(stop.wait()),
            ]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end


async def _hands(worker: App, many: int, **queues: Any) -> None:  # noqa: ANN401 - procrastinate's own words
    """Do jobs, so many at once; of all queues, unless some are named."""
    await worker.run_worker_async(
        **queues,
        concurrency=many,
        fetch_job_polling_interval=LOOK_FOR_DUE,
        delete_jobs=DeleteJobCondition.SUCCESSFUL.value,
        install_signal_handlers=False,
        update_heartbeat_interval=HEARTBEAT,
        stalled_worker_timeout=SILENT_FOR,
    )


async def _look(aside: ThreadPoolExecutor) -> None:
    """Look every second for messages that nobody hands over: a worker was killed with some in its hands."""
    loop = asyncio.get_running_loop()
    while True:
        await loop.run_in_executor(aside, _look_once)
        await asyncio.sleep(LOOK_EVERY.total_seconds())


def _look_once() -> None:
    try:
        messages.look()
    except (DatabaseError, InterfaceError) as trouble:
        log.warning("Nobody can look for what waits (%s); again in a second.", type(trouble).__name__)
        connections.close_all()


async def _rescue(worker: App) -> None:
    """Give jobs back to the queue whose worker was killed in the middle: every job is safe to run twice."""
    while True:
        for job in await worker.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_FOR):
            try:
                await worker.job_manager.retry_job(job, retry_at=clock.now())
                log.warning("Job %s (%s) is done again: its worker fell silent.", job.id, job.task_name)
            except UniqueViolation:  # the next one of its kind waits already
                await worker.job_manager.finish_job(job, status=Status.ABORTED, delete_job=False)
        await asyncio.sleep(HEARTBEAT)
