"""Measure sending: one alert to everybody of a made-up force, from the press of release to the sink's last acceptance.

In a database of its own, by real workers, to programs of others that count what they take; beside it, in the same run,
the floor: the same rows by hand and the same bytes by a raw client (docs/operate/measuring.md).
"""

import argparse
import contextlib
import datetime as dt
import json
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from rich.console import Console
from rich.table import Table

from hueandcry.console.sending import floors
from hueandcry.console.sending.filling import TOPIC, Scene, beside, fill, own_database, server_process, tidy
from hueandcry.console.sending.floors import Floor, Part
from hueandcry.console.sending.processes import (
    Meter,
    SendingError,
    Watched,
    clean_environment,
    ours,
    until,
)
from hueandcry.console.sending.sinks import KINDS, Sink
from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.alerts.rules import Urgency, Words, typed_needed
from hueandcry.domain.members.rules import AudienceQuestion, Channel, Tier
from hueandcry.kit import clock, jobs

LOOK_EVERY = 0.004
PATIENCE = 1_800.0
MILLION = 1_000_000
# Signs what nobody will ever open.
SECRET = "for-measuring-only"  # noqa: S105
WORDS = Words(
    headline="A test of the line",
    what="This is a test: nothing has happened",
    where="Nowhere",
    ask="There is nothing to do.",
)
CHANNELS = {"smtp": Channel.EMAIL, "sandbox": Channel.SMS}
_ROWS = """
    SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_hot_upd) FROM pg_stat_user_tables
"""
_LEFT = """
    SELECT count(*) FROM messaging_delivery AS sent JOIN messaging_message AS message ON message.id = sent.message_id
    WHERE message.about = %s AND message.kind = 'alert' AND sent.state IN ('queued', 'leased')
"""
_STATES = """
    SELECT sent.state, count(*), count(DISTINCT sent.provider_ref), min(message.id)
    FROM messaging_delivery AS sent JOIN messaging_message AS message ON message.id = sent.message_id
    WHERE message.about = %s AND message.kind = 'alert' GROUP BY sent.state
"""


@dataclass(frozen=True)
class Sent:
    """One alert: seconds from the press, what it took, what came of it.

    Attributes:
        pressed: seconds that the officer's press took: every row is written then.
        to_sink: seconds from the press to the sink's last acceptance.
        to_written: seconds from the press until the last outcome was committed.
        cpu: CPU seconds of the workers, of this process (which pressed), of the server, of the sink.
        peak_mb: the most memory that each of them had.
        rows: rows inserted, updated, and of these updated without touching an index.
    """

    many: int
    pressed: float
    to_sink: float
    to_written: float
    cpu: Mapping[str, float]
    peak_mb: Mapping[str, float]
    rows: Mapping[str, int]
    wal_mb: float
    taken: int
    states: Mapping[str, int]
    references: int


@dataclass(frozen=True)
class Speed:
    """One way to send, several times, beside its floor."""

    by: str
    sink: str
    workers: int
    members: int
    seconds: Sequence[float]
    rate: float
    sent: Sequence[Sent]
    floors: Sequence[Floor]
    floor: float
    floor_with_lease: float
    ratio: Sequence[float]
    checked: str


def add(parser: argparse.ArgumentParser) -> None:
    """Take what is to be measured."""
    parser.add_argument("--members", type=int, default=33_000, metavar="N", help="so many are told (33,000)")
    parser.add_argument("--million", action="store_true", help="the same as --members 1000000 --again 1")
    parser.add_argument("--by", nargs="+", default=["smtp"], choices=list(KINDS), help="ways to send")
    parser.add_argument("--workers", type=int, nargs="+", default=[1], metavar="N", help="so many workers (1)")
    parser.add_argument("--again", type=int, default=3, metavar="N", help="measure each so often (3)")
    parser.add_argument("--keep", action="store_true", help="leave the database for the next run")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print the figures for a program to read")


def run(args: argparse.Namespace) -> int:
    """Measure in a database of its own, made for it and dropped after it.

    Raises:
        SendingError: something that is needed is not on this machine.
    """
    if args.million:
        args.members, args.again = MILLION, 1
    if not args.here:
        with own_database(keep=args.keep) as url:
            words = [
                *("--members", str(args.members), "--again", str(args.again), "--by", *args.by),
                *("--workers", *map(str, args.workers), *(["--json"] if args.json else [])),
            ]
            environment = clean_environment(DATABASE_URL=url)
            command = ours("bench", "send", *words, "--here")
            return subprocess.run(command, env=environment, check=False).returncode
    console = Console(stderr=args.json)
    scene = fill(args.members)
    report = []
    for kind in args.by:
        for workers in args.workers:
            line = speed(scene, by=kind, workers=workers, again=args.again)
            report.append(line)
            show(line, console)
    if args.json:
        print(json.dumps([asdict(line) for line in report]))
    return 0


# ---------------------------------------------------------------- speed


def speed(scene: Scene, *, by: str, workers: int, again: int) -> Speed:
    """Send one alert to everybody so often, each time beside its floor.

    Raises:
        SendingError: the sink or the workers do not start, or not everybody got it exactly once.
    """
    with tempfile.TemporaryDirectory(prefix="hc-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        frame, token, checked = _checked(scene, by, folder)
        sink = KINDS[by](folder)
        with _running(sink), _workers(workers, sink, folder) as crew:
            found, below = [], []
            release(scene, by=by, sink=sink, crew=crew)  # warm: connections open, plans made
            for _ in range(again):
                raw = floors.send_raw(sink=sink, many=scene.members, frame=frame, token=token)
                sent, message_id = release(scene, by=by, sink=sink, crew=crew)
                below.append(floors.floor(message_id=message_id, send=raw))
                found.append(sent)
                tidy()
    seconds = sorted(one.to_written for one in found)
    middle = statistics.median(seconds)
    least = statistics.median(one.seconds for one in below)
    return Speed(
        by=by,
        sink=sink.what,
        workers=workers,
        members=scene.members,
        seconds=[round(one, 3) for one in (seconds[0], middle, seconds[-1])],
        rate=round(scene.members / middle),
        sent=found,
        floors=below,
        floor=round(least, 3),
        floor_with_lease=round(statistics.median(one.with_lease for one in below), 3),
        ratio=[round(one / least, 2) for one in (seconds[0], middle, seconds[-1])],
        checked=checked,
    )


def _checked(scene: Scene, by: str, folder: Path) -> tuple[Path, str, str]:
    """Send once to a sink that keeps everything: each reference once, each address once; keep one as a sample."""
    sink = KINDS[by](folder, recording=True)
    with _running(sink), _workers(1, sink, folder) as crew:
        release(scene, by=by, sink=sink, crew=crew)
        taken = sink.taken()
    if {taken.many, taken.references, taken.addresses} != {scene.members}:
        raise SendingError(
            f"The sink took {taken.many} messages with {taken.references} references to {taken.addresses} addresses, "
            f"and {scene.members} were meant."
        )
    frame = folder / f"{by}.frame"
    frame.write_bytes(taken.sample)
    own = re.search(rb"benchtoken\d+", taken.sample)
    said = f"{taken.many:,} taken, {taken.references:,} references, {taken.addresses:,} addresses"
    return frame, own.group().decode() if own else "", f"{said}; {len(taken.sample):,} bytes each"


def release(scene: Scene, *, by: str, sink: Sink, crew: Sequence[Watched]) -> tuple[Sent, int]:
    """Write an alert, press release, wait until the sink has it all and every outcome is written.

    Raises:
        SendingError: it is not done in time, or some were lost or doubled.
    """
    alert, meant = written(scene, by)
    about, before = f"alert:{alert}", sink.count()
    groups = {"workers": [one.pid for one in crew], "sink": sink.pids(), "server": [server_process()]}
    rows, wal = _rows_written(), _wal()
    with Meter(groups) as meter:
        pressed, begun = time.time(), time.perf_counter()
        alerts.approve(alert_ref=alert, officer=scene.approver, typed=typed_needed(members=meant))
        pressing = time.perf_counter() - begun
        until(lambda: sink.count() - before >= meant, "the sink has everything", patience=PATIENCE, every=sink.every)
        last = min(sink.last_at(), time.time())
        until(lambda: _one(_LEFT, about)[0] == 0, "every outcome is written", patience=PATIENCE, every=LOOK_EVERY)
        done = time.time()
        cpu = meter.cpu()
    time.sleep(1.1)  # the server tells of written rows once a second
    states, references, message_id = _states(about)
    taken = sink.count() - before
    if not {"accepted", "delivered"}.issuperset(states) or {sum(states.values()), references, taken} != {meant}:
        raise SendingError(f"{meant} were meant: the sink took {taken}, {references} references, states {states}.")
    alerts.end(alert_ref=alert, officer=scene.approver, ending="The test is over, thank you.")
    after = _rows_written()
    return Sent(
        many=meant,
        pressed=round(pressing, 3),
        to_sink=round(last - pressed, 3),
        to_written=round(done - pressed, 3),
        cpu=cpu,
        peak_mb={name: round(most, 1) for name, most in meter.peak_mb.items()},
        rows={name: after[name] - rows[name] for name in rows},
        wal_mb=round((_wal() - wal) / 1e6, 1),
        taken=taken,
        states=states,
        references=references,
    ), message_id


def written(scene: Scene, by: str, *, few: bool = False) -> tuple[str, int]:
    """Write an alert to everybody (or the few) by one channel, and send it for approval; say how many are meant."""
    now = clock.now()
    alert = alerts.draft(
        officer=scene.author,
        topic=TOPIC,
        words=WORDS,
        level=Tier.MEMBER,
        urgency=Urgency.NOW,
        occurred_at=now - dt.timedelta(minutes=1),
        expires_at=now + dt.timedelta(hours=6),
    )
    question = AudienceQuestion(
        organisation_id=scene.organisation_id,
        areas=() if few else (scene.area_id,),
        schemes=(scene.few_id,) if few else (),
        channels=(CHANNELS[by],),
    )
    meant = alerts.choose_audience(alert_ref=alert.ref, officer=scene.author, question=question).members
    alerts.submit(alert_ref=alert.ref, officer=scene.author)
    return alert.ref, meant


@contextlib.contextmanager
def _running(sink: Sink) -> Iterator[None]:
    try:
        sink.start()
        yield
    finally:
        sink.stop()


@contextlib.contextmanager
def _workers(many: int, sink: Sink, folder: Path) -> Iterator[list[Watched]]:
    """Keep workers of our own, ready before anything is measured."""
    url = beside(str(connection.settings_dict["NAME"]))
    environment = clean_environment(DATABASE_URL=url, SECRET_KEY=SECRET, LOG_LEVEL="WARNING", **sink.environment())
    crew = [Watched(f"worker {n}", ours("work"), environment, folder / f"worker-{n}.log") for n in range(1, many + 1)]
    before = jobs.workers_alive()
    try:
        for one in crew:
            one.start()
        until(
            lambda: not all(one.alive for one in crew) or jobs.workers_alive() >= before + many, "the workers are ready"
        )
        for one in crew:
            if not one.alive:
                raise SendingError(f"No worker starts here: {one.last_words()}")
        yield crew
    finally:
        for one in crew:
            one.stop()


def _one(sql: str, *params: Any) -> tuple[Any, ...]:  # noqa: ANN401
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _states(about: str) -> tuple[dict[str, int], int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [about])
        rows = cursor.fetchall()
    return {state: many for state, many, _, _ in rows}, sum(row[2] for row in rows), min(row[3] for row in rows)


def _rows_written() -> dict[str, int]:
    inserted, updated, hot = _one(_ROWS)
    return {"inserted": int(inserted), "updated": int(updated), "updated without an index": int(hot)}


def _wal() -> int:
    return int(_one("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")[0])


# ---------------------------------------------------------------- printing


def show(line: Speed, console: Console) -> None:
    """Print one way to send as people read it."""
    low, middle, high = line.seconds
    table = Table("", "s", "CPU s", "", title=f"{line.members:,} by {line.by}, {line.workers} worker(s) → {line.sink}")
    table.add_row("release to the last outcome", f"{low:.2f} / {middle:.2f} / {high:.2f}", "", f"{line.rate:,}/s")
    one = sorted(line.sent, key=lambda sent: sent.to_written)[len(line.sent) // 2]
    table.add_row("  of these the press", f"{one.pressed:.2f}", "", "")
    table.add_row("  to the sink's last acceptance", f"{one.to_sink:.2f}", "", "")
    for name, cpu in one.cpu.items():
        table.add_row(f"  {name}", "", f"{cpu:.2f}", f"{one.peak_mb[name]:.0f} MB")
    below = sorted(line.floors, key=lambda floor: floor.seconds)[len(line.floors) // 2]
    parts: dict[str, Part] = {
        "floor: INSERT … SELECT": below.insert,
        "floor: UPDATE … unnest": below.update,
        "beside it: the lease": below.claim,
        "our indexes: INSERT … SELECT": below.insert_ours,
        "our indexes: UPDATE … unnest": below.update_ours,
        "our indexes: the lease": below.claim_ours,
    }
    for name, part in parts.items():
        table.add_row(name, f"{part.seconds:.3f}", f"{part.cpu:.2f}", "")
    table.add_row(
        "floor: the bytes, raw", f"{below.send.seconds:.3f}", f"{below.send.cpu:.2f}", f"sink {below.send.sink_cpu:.2f}"
    )
    table.add_row("floor", f"{line.floor:.3f}", "", f"ratio {' / '.join(f'{one:.2f}' for one in line.ratio)}")
    table.add_row("floor with the lease", f"{line.floor_with_lease:.3f}", "", f"{middle / line.floor_with_lease:.2f}")
    console.print(table)
    rows = ", ".join(f"{many:,} {what}" for what, many in one.rows.items())
    console.print(f"Checked: {line.checked}. Rows: {rows}; {one.wal_mb:.0f} MB of log.", highlight=False)
