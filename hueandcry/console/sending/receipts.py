"""Receipts: everybody's at once, as the provider tells them (by SMPP, or by requests to our site), until all are in."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from hueandcry.console.sending import floors
from hueandcry.console.sending.filling import Scene, tidy
from hueandcry.console.sending.processes import SECRET, Meter, SendingError, Watched, free_port, listens, until
from hueandcry.console.sending.sinks import SEAL, SmppSink
from hueandcry.console.sending.stage import Stage, one, staged
from hueandcry.kit import clock

# Receipts in one request, requests at once, and so many that come one in a request, as many providers send them.
BATCH, AT_ONCE, ALONE = 500, 4, 1_000
PATIENCE = 600.0
LOOK_EVERY = 0.05
HERE = "127.0.0.1"
_STATE = "SELECT count(*) FROM messaging_delivery WHERE message_id = %s AND state = %s"
_REFERENCES = "SELECT array_agg(provider_ref) FROM messaging_delivery WHERE message_id = %s"
# The same rows by one statement.
_FLOOR = """
    WITH told AS (INSERT INTO bench_floor SELECT id, provider_ref FROM messaging_delivery WHERE message_id = %s
        RETURNING id)
    UPDATE messaging_delivery AS sent SET ended_at = now() FROM told WHERE sent.id = told.id
"""


@dataclass(frozen=True)
class Receipts:
    """Receipts of one alert: seconds until the first and the last stood in their delivery, and how many a second.

    Attributes:
        kept: seconds until the provider had our word for the last one; by requests only.
        alone: requests with one receipt each that were answered in a second; by requests only.
        floor: one INSERT and one UPDATE of as many rows.
    """

    by: str
    many: int
    first: float
    last: float
    rate: int
    kept: float
    alone: int
    floor: float
    cpu: dict[str, float]


def receipts(scene: Scene, *, by: str, workers: int, folder: Path) -> Receipts:
    """Send one alert to everybody, then let all receipts come at once.

    Raises:
        SendingError: nobody tells receipts by this way, or not all were folded.
    """
    if by not in {"http", "smpp"}:
        raise SendingError(f"Receipts come by http and smpp, not by {by}.")
    with staged(scene, by=by, workers=workers) as stage:
        sent, came = stage.release()
        site = _site(stage) if by == "http" else None
        try:
            if site is not None:
                requests = list(_requests(came.message_id, "DELIVRD", BATCH))
            groups = {**stage.groups(), "site": [site[0].pid] if site else []}
            with Meter(groups) as meter:
                begun = clock.now().timestamp()
                if site is not None:
                    _post(site[1], requests, folder)
                    kept = clock.now().timestamp() - begun
                else:
                    kept = 0.0
                    _tell(stage)
                first = _when(lambda: _in(came.message_id, "delivered") > 0, begun)
                last = _when(lambda: _in(came.message_id, "delivered") >= sent.many, begun)
                cpu = meter.cpu()
            alone = 0.0
            if site is not None:
                few = list(_requests(came.message_id, "READ", 1))[:ALONE]
                alone = len(few) / _post(site[1], few, folder)
        finally:
            if site is not None:
                site[0].stop()
    floor = _floor(came.message_id)
    tidy()
    return Receipts(
        by=by, many=sent.many, first=round(first, 2), last=round(last, 2), rate=round(sent.many / last),
        kept=round(kept, 2), alone=round(alone), floor=round(floor, 2), cpu=cpu,
    )  # fmt: skip


def _tell(stage: Stage) -> None:
    if not isinstance(stage.sink, SmppSink):
        raise SendingError("Only texts by SMPP tell their receipts by themselves.")
    stage.sink.tell()


def _site(stage: Stage) -> tuple[Watched, int]:
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", "hueandcry.config.asgi:application", "--host", HERE, "--port", str(port)),
        *("--log-level", "warning", "--no-access-log", "--lifespan", "off"),
    ]
    site = Watched("site", command, stage.environment(), stage.folder / "site.log")
    site.start()
    until(lambda: listens(port) or not site.alive, "the site listens")
    if not site.alive:
        raise SendingError(f"The site does not start: {site.last_words()}")
    return site, port


def _requests(message_id: int, word: str, batch: int) -> Iterator[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(_REFERENCES, [message_id])
        references: Sequence[str] = cursor.fetchone()[0]
    for begin in range(0, len(references), batch):
        told = [{"id": each, "word": word} for each in references[begin : begin + batch]]
        body = json.dumps({"all": told}).encode()
        head = (
            f"POST /hooks/http-text/status/ HTTP/1.1\r\nHost: {HERE}\r\n{SEAL}: {SECRET}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


def _post(port: int, requests: Sequence[bytes], folder: Path) -> float:
    file = folder / "receipts.requests"
    file.write_bytes(b"\0".join(requests))
    return floors.push(
        "http-from-file", port=port, many=len(requests), frame=file, token="", lines=AT_ONCE
    ).seconds  # fmt: skip


def _in(message_id: int, state: str) -> int:
    return int(one(_STATE, message_id, state)[0])


def _when(done: Callable[[], bool], begun: float) -> float:
    until(done, "the receipts are folded", patience=PATIENCE, every=LOOK_EVERY)
    return clock.now().timestamp() - begun


def _floor(message_id: int) -> float:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_floor")
        cursor.execute("CREATE TABLE bench_floor (id bigint PRIMARY KEY, provider_ref text)")
        begun = time.perf_counter()
        cursor.execute(_FLOOR, [message_id])
        took = time.perf_counter() - begun
        cursor.execute("DROP TABLE bench_floor")
    return took
