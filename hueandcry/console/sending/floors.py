"""Floors: the least that the same work takes on this machine now, each part by hand and alone.

The rows once by INSERT … SELECT and once by UPDATE … unnest, the bytes by a raw client, and so many cores to do it on.
The lease that makes it safe against a crash is measured beside these, not within.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from hueandcry.console.sending.processes import SendingError, clean_environment, cpu_seconds, family
from hueandcry.console.sending.sinks import Sink

# A sink in Node writes its count a few milliseconds later.
SAID_AFTER = 0.02
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# The key, once a member and channel, what is due. `ours` has every index of our table.
_LEAN = (
    "CREATE TABLE bench_floor (LIKE messaging_delivery INCLUDING DEFAULTS)",
    "ALTER TABLE bench_floor ADD PRIMARY KEY (id)",
    "CREATE UNIQUE INDEX ON bench_floor (message_id, member_id, channel)",
    "CREATE INDEX ON bench_floor (message_id, id) WHERE state IN ('queued', 'leased')",
)
_OURS = ("CREATE TABLE bench_floor (LIKE messaging_delivery INCLUDING ALL)",)
_INSERT = """
    INSERT INTO bench_floor (id, message_id, member_id, channel, address, lane, state, attempts, rung, next_at, gateway,
        provider_ref, detail)
    SELECT id, message_id, member_id, channel, address, lane, 'queued', 0, 0, next_at, '', '', ''
    FROM messaging_delivery WHERE message_id = %s
"""
_CLAIM = """
    UPDATE bench_floor SET state = 'leased', attempts = 1, next_at = now() + interval '1 minute'
    WHERE state IN ('queued', 'leased') RETURNING id, address
"""
_UPDATE = """
    UPDATE bench_floor AS row SET state = 'accepted', gateway = 'bench', provider_ref = new.ref, accepted_at = now()
    FROM unnest(%s::bigint[], %s::text[]) AS new(id, ref) WHERE new.id = row.id
"""


@dataclass(frozen=True)
class Part:
    """Seconds of one part of a floor, and the CPU seconds of the server (or client) and of the sink in it."""

    seconds: float
    cpu: float
    sink_cpu: float = 0.0


@dataclass(frozen=True)
class Floor:
    """The least for one alert, and what it is made of.

    Attributes:
        seconds: two bounds, the larger: all CPU seconds shared by the cores; the rows written, then the bytes sent and
            their outcomes written side by side.
        with_lease: the same with one more UPDATE of every row, which is what makes a crash harmless.
    """

    insert: Part
    claim: Part
    update: Part
    send: Part
    insert_ours: Part
    claim_ours: Part
    update_ours: Part
    seconds: float
    with_lease: float

    @property
    def cpu(self) -> float:
        """Return the CPU seconds of rows, outcomes, client and sink."""
        return self.insert.cpu + self.update.cpu + self.send.cpu + self.send.sink_cpu


def floor(*, message_id: int, send: Part, only_lean: bool = False) -> Floor:
    """Measure the rows by hand, and put them and the sending together."""
    lean = _rows(_LEAN, message_id)
    ours = lean if only_lean else _rows(_OURS, message_id)
    insert, claim, update = lean
    return Floor(
        *(insert, claim, update, send, *ours),
        seconds=_bound(insert, [update], send),
        with_lease=_bound(insert, [claim, update], send),
    )


def send_raw(*, sink: Sink, many: int, frame: Path, token: str, lines: int, what: str = "", through: int = 0) -> Part:
    """Send the same bytes with a raw client to the same sink; nothing where there is none.

    Raises:
        SendingError: it did not.
    """
    what = what or sink.raw
    if not what:
        return Part(0, 0)
    before, took_before = sink.count(), cpu_seconds(family(sink.pids()))
    pushed = push(what, port=through or sink.port, many=many, frame=frame, token=token, lines=lines)
    time.sleep(SAID_AFTER)
    if sink.count() - before != many:
        raise SendingError(f"The raw client sent {many}, the sink counts {sink.count() - before}.")
    return Part(pushed.seconds, pushed.cpu, cpu_seconds(family(sink.pids())) - took_before)


def push(what: str, *, port: int, many: int, frame: Path, token: str, lines: int) -> Part:
    """Send bytes with a raw client to a port.

    Raises:
        SendingError: it did not.
    """
    command = [
        *(sys.executable, "-m", "hueandcry.console.sending.raw", what),
        *("--port", str(port), "--many", str(many), "--frame", str(frame), "--token", token, "--lines", str(lines)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=clean_environment())
    if done.returncode:
        raise SendingError(f"The raw client failed: {done.stderr.strip()[-300:]}")
    said = json.loads(done.stdout)
    return Part(said["seconds"], said["cpu"])


def _bound(insert: Part, others: Sequence[Part], send: Part) -> float:
    by_cpu = (insert.cpu + sum(part.cpu for part in others) + send.cpu + send.sink_cpu) / CORES
    in_turn = insert.seconds + max(send.seconds, sum(part.seconds for part in others))
    return max(by_cpu, in_turn)


def _rows(tables: Sequence[str], message_id: int) -> tuple[Part, Part, Part]:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_floor")
        for statement in tables:
            cursor.execute(statement)
        cursor.execute("SELECT pg_backend_pid()")
        server = int(cursor.fetchone()[0])
        try:
            insert = _timed(server, lambda: cursor.execute(_INSERT, [message_id]))
            rows: list[Any] = []

            def claim() -> None:
                cursor.execute(_CLAIM)
                rows.extend(cursor.fetchall())

            claimed = _timed(server, claim)
            ids = [row[0] for row in rows]
            refs = [f"<bench-{pk}@example.org>" for pk in ids]
            updated = _timed(server, lambda: cursor.execute(_UPDATE, [ids, refs]))
        finally:
            cursor.execute("DROP TABLE bench_floor")
    return insert, claimed, updated


def _timed(server: int, do: Callable[[], object]) -> Part:
    cpu, begun = cpu_seconds([server]), time.perf_counter()
    do()
    return Part(time.perf_counter() - begun, cpu_seconds([server]) - cpu)
