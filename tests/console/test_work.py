"""A worker on its own: takes over what a killed one left, and outlives the database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hueandcry.kit.postgres import Server

HUEANDCRY = [sys.executable, "-m", "hueandcry.console.main"]
# A job that runs by the clock anyway: harmless, and its only word is when.
JOB = "messaging.sweep"


def wait_until(done: Callable[[], bool], *, seconds: float = 180) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.1)
    return done()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "var")
    made.start()
    subprocess.run([*HUEANDCRY, "prepare", "--tables-only"], env=environment(made), check=True)
    yield made
    made.throw_away()


def environment(server: Server) -> dict[str, str]:
    mine = {"HUEANDCRY_VAR": str(server.var), "DATABASE_URL": server.address, "DEMONSTRATION": "1"}
    return {**os.environ, **mine}  # noqa: TID251 - for another process


@pytest.fixture
def worker(server: Server, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "said.txt").open("wb") as said:
        made = subprocess.Popen([*HUEANDCRY, "work"], env=environment(server), stdout=said, stderr=said)
    yield made
    made.kill()
    made.wait()


def ask(server: Server, question: str, *values: object) -> Any:
    with psycopg.connect(server.address, autocommit=True) as connection:
        row = connection.execute(question, values).fetchone()
    return row[0] if row else None


def defer(server: Server, status: str) -> int:
    """Write a job straight into the queue, as a worker that died would have left it."""
    words = "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
    words += " VALUES ('default', %s, '{\"timestamp\": 0}', %s) RETURNING id"
    return int(ask(server, words, JOB, status))


def is_done(server: Server, number: int) -> bool:
    return bool(ask(server, "SELECT count(*) = 0 FROM procrastinate_jobs WHERE id = %s", number))


def test_job_that_a_killed_worker_left_is_done_again(server: Server, worker: subprocess.Popen[bytes]) -> None:
    left = defer(server, "doing")

    assert wait_until(lambda: is_done(server, left))
    assert worker.poll() is None


def test_worker_outlives_the_database_and_stops_when_told(
    server: Server, worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    before = defer(server, "todo")
    worked_before = wait_until(lambda: is_done(server, before))

    server.stop()
    noticed = wait_until(lambda: b"The database went away" in (tmp_path / "said.txt").read_bytes())
    server.start()
    after = defer(server, "todo")
    worked_after = wait_until(lambda: is_done(server, after))
    worker.send_signal(signal.SIGTERM)
    status = worker.wait(120)

    assert (worked_before, noticed, worked_after) == (True, True, True), (tmp_path / "said.txt").read_text()
    assert status == 0
