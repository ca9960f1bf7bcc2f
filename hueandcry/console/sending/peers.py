"""Others at the same work on the same machine: django-post_office and Kannel, so that anybody can run the comparison.

Neither is a dependency. post_office gets an environment and a database of its own, made by the bench and kept for the
next run (the environment) or dropped (the database); Kannel is Debian's.
"""

import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from hueandcry.console.sending import floors
from hueandcry.console.sending.filling import Scene, beside, server_process, tidy
from hueandcry.console.sending.processes import (
    Meter,
    SendingError,
    Watched,
    clean_environment,
    free_port,
    listens,
    until,
)
from hueandcry.console.sending.sinks import KINDS, Sink, find
from hueandcry.console.sending.speed import check
from hueandcry.kit import clock

NEEDS = ("django>=5.2,<5.3", "django-post_office==3.12.*", "psycopg[binary]>=3.2")
BATCHES = (100, 1000)
PATIENCE = 1_800.0
# Texts that Kannel hands over without an answer, as many as we do, and connections by which it is pushed.
WINDOW, PUSHERS = 50, 32
# As long as our made-up numbers.
NUMBER = "447700900000000"
_KANNEL = """
group = core
admin-port = {admin}
admin-password = bench
smsbox-port = {boxes}
log-level = 4
log-file = {folder}/bearerbox.log
{store}

group = smsc
smsc = smpp
host = 127.0.0.1
port = {sink}
smsc-username = bench
smsc-password = bench
system-type = ""
transceiver-mode = true
max-pending-submits = {window}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
log-level = 4
log-file = {folder}/smsbox.log

group = sendsms-user
username = bench
password = bench

group = sms-service
keyword = default
text = ""
"""


@dataclass(frozen=True)
class Peer:
    """Somebody else at the same work: seconds from the beginning to the sink's last acceptance and the last status."""

    name: str
    sink: str
    many: int
    seconds: Sequence[float]
    rate: int
    cpu: Mapping[str, float]
    peak_mb: Mapping[str, float]
    taken: int


@dataclass(frozen=True)
class _Run:
    seconds: float
    cpu: Mapping[str, float]
    peak_mb: Mapping[str, float]
    taken: int


def measured(name: str, scene: Scene, *, again: int, folder: Path) -> Iterator[Peer]:
    """Measure one of them, in each way that it has.

    Raises:
        SendingError: it cannot be had on this machine; says what to do.
    """
    yield from WAYS[name](scene, again, folder)


# ---------------------------------------------------------------- django-post_office


def _post_office(scene: Scene, again: int, folder: Path) -> Iterator[Peer]:
    python = _environment()
    letter = check(scene, by="smtp", folder=folder).file
    for batch in BATCHES:
        yield _peer(
            f"django-post_office, batches of {batch}",
            scene.members,
            "smtp",
            again,
            lambda sink, here, batch=batch: _post_office_once(python, sink, here, scene.members, batch, letter),  # type: ignore[misc]
        )


def _post_office_once(python: Path, sink: Sink, folder: Path, many: int, batch: int, letter: Path) -> _Run:
    with _database() as url:
        script = Path(__file__).with_name("peer_post_office.py")
        command = [
            str(python),
            str(script),
            url,
            str(sink.port),
            str(many),
            str(batch),
            str(letter),
            str(folder / "lock"),
        ]
        with (folder / "peer.log").open("w", encoding="utf-8") as log:
            peer = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=clean_environment(),
                cwd=folder,
            )
        try:
            if peer.stdin is None or peer.stdout is None or peer.stdout.readline() != "ready\n":
                raise SendingError("django-post_office does not start here.")
            with Meter({"peer": [peer.pid], "sink": sink.pids(), "server": [server_process()]}) as meter:
                print("go", file=peer.stdin, flush=True)
                answer = peer.stdout.readline()
                cpu = meter.cpu()
            peer.wait(PATIENCE)
        finally:
            peer.kill()
    if not answer:
        raise SendingError("django-post_office broke off.")
    said = json.loads(answer)
    if said["states"] != {"sent": many}:
        raise SendingError(f"django-post_office says {said['states']} of {many}.")
    return _Run(said["seconds"], cpu, meter.peak_mb, sink.count())


def _environment() -> Path:
    """Return the Python of an environment with django-post_office, made the first time."""
    home = settings.VAR / "bench" / "post_office"
    python: Path = home / "bin" / "python"
    if not (home / "whole").exists():
        shutil.rmtree(home, ignore_errors=True)
        make, fetch = [sys.executable, "-m", "venv", str(home)], [str(python), "-m", "pip", "install", "-q", *NEEDS]
        for step in (make, fetch):
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SendingError(f"django-post_office cannot be installed here: {done.stderr.strip()[-300:]}")
        (home / "whole").touch()
    return python


@contextlib.contextmanager
def _database() -> Iterator[str]:
    name = f"{connection.settings_dict['NAME']}_peer"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield beside(name)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


# ---------------------------------------------------------------- Kannel


def _kannel(scene: Scene, again: int, folder: Path) -> Iterator[Peer]:
    find("bearerbox", "kannel")
    text = check(scene, by="smpp", folder=folder)
    length = len(text.file.read_bytes())
    for name, spool in (("Kannel, nothing kept", False), ("Kannel, a file a text", True)):
        yield _peer(
            name,
            scene.members,
            "smpp",
            again,
            lambda sink, here, spool=spool: _kannel_once(sink, here, scene.members, length, spool=spool),  # type: ignore[misc]
        )


def _kannel_once(sink: Sink, folder: Path, many: int, length: int, *, spool: bool) -> _Run:
    (folder / "spool").mkdir(exist_ok=True)
    ports = {name: free_port() for name in ("admin", "boxes", "http")}
    told = folder / "kannel.conf"
    told.write_text(
        _KANNEL.format(
            **ports, sink=sink.port, folder=folder, window=WINDOW,
            store=f"store-type = spool\nstore-location = {folder}/spool" if spool else "",
        )
    )  # fmt: skip
    boxes = [
        Watched(name, [find(name, "kannel"), "-v", "4", str(told)], clean_environment(), folder / f"{name}.out")
        for name in ("bearerbox", "smsbox")
    ]
    frame = folder / "push.frame"
    # As long on the wire as our own text: what is left of its bytes beside addresses and numbers.
    words = "x" * max(length - 80, 1)
    frame.write_bytes(
        f"GET /cgi-bin/sendsms?username=bench&password=bench&from=Bench&to=%2B{NUMBER}&text={words} HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\n\r\n".encode()
    )
    try:
        for box, port in zip(boxes, (ports["boxes"], ports["http"]), strict=True):
            box.start()
            until(lambda port=port, box=box: listens(port) or not box.alive, "Kannel listens", every=0.05)  # type: ignore[misc]
            if not box.alive:
                raise SendingError(f"Kannel does not start: {box.last_words()}")
        time.sleep(1.5)  # it binds to the sink by itself
        groups = {"peer": [box.pid for box in boxes], "sink": sink.pids()}
        with Meter(groups) as meter:
            begun = clock.now().timestamp()
            pushed = floors.push("http", port=ports["http"], many=many, frame=frame, token=NUMBER, lines=PUSHERS)
            until(lambda: sink.count() >= many, "Kannel's last text", patience=PATIENCE, every=sink.every)
            seconds, cpu = sink.last_at() - begun, {**meter.cpu(), "pusher": round(pushed.cpu, 2)}
    finally:
        for box in reversed(boxes):
            box.kill()
    return _Run(seconds, cpu, meter.peak_mb, sink.count())


# ---------------------------------------------------------------- both


def _peer(name: str, many: int, by: str, again: int, once: Callable[[Sink, Path], _Run]) -> Peer:
    runs, what = [], ""
    for _ in range(again):
        with tempfile.TemporaryDirectory(prefix="hc-bench-") as place:
            folder = Path(place)
            folder.chmod(0o777)
            sink = KINDS[by](folder)
            what = sink.what
            try:
                sink.start()
                runs.append(once(sink, folder))
            finally:
                sink.stop()
        tidy()
    runs.sort(key=lambda run: run.seconds)
    middle = runs[len(runs) // 2]
    if {run.taken for run in runs} != {many}:
        raise SendingError(f"{name}: {many} were meant, the sink took {[run.taken for run in runs]}.")
    three = (runs[0].seconds, statistics.median(run.seconds for run in runs), runs[-1].seconds)
    return Peer(
        name=name, sink=what, many=many, seconds=[round(one, 2) for one in three], rate=round(many / three[1]),
        cpu=middle.cpu, peak_mb={name: round(most, 1) for name, most in middle.peak_mb.items()}, taken=middle.taken,
    )  # fmt: skip


WAYS: dict[str, Callable[[Scene, int, Path], Iterator[Peer]]] = {"post_office": _post_office, "kannel": _kannel}
