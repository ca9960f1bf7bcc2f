"""Measure the chain on what is loaded: counts, release to last delivery, receipts, memory, each beside its floor.

A floor is what the database must do at the very least, by hand-written statements over the same rows in the same run: a
figure in seconds says much of the machine and little of the program, their ratio says what the program adds.
"""

import argparse
import datetime as dt
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db import connection
from rich.console import Console
from rich.table import Table
from shapely.geometry.base import BaseGeometry

from hueandcry.console import bench_audience, bench_faults, bench_send
from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.alerts.rules import Urgency, Words, typed_needed
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.knowledge import queries as topics
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.rules import AudienceQuestion, SchemeKind, Tier
from hueandcry.domain.organisations import actions as officers
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind, AreaLine, Circle
from hueandcry.kit import clock, jobs
from hueandcry.kit.refs import new_ref

ACTOR = "system:bench"
FEWEST = 1_000
AGAIN = 5
PATIENCE = 300.0
LOOK_EVERY = 0.1
RADIUS_M = 10_000.0
PLACED = np.dtype([("member", ">i8"), ("lon", ">f8"), ("lat", ">f8")])
WORDS = Words(
    headline="A test of the line",
    what="This is a test: nothing has happened",
    where="Nowhere",
    ask="There is nothing to do.",
)

_BOX = """
    SELECT string_agg(int8send(member_id) || point_send(point), ''::bytea) FROM members_memberplace
    WHERE point <@ box(point(%s, %s), point(%s, %s))
"""
_FARM_WATCH = """
    SELECT count(DISTINCT part.member_id) FROM members_membership AS part
    JOIN members_scheme AS scheme ON scheme.id = part.scheme_id WHERE scheme.kind = 'farm' AND part.left_at IS NULL
"""
_OF_ALERT = "FROM messaging_delivery AS sent JOIN messaging_message AS message ON message.id = sent.message_id"
# `attempts = 1` leaves out whom the sandbox puts off on purpose: they get theirs five seconds later.
_LAST = f"""
    SELECT count(*), max(sent.accepted_at) FILTER (WHERE sent.attempts = 1), max(sent.accepted_at),
        count(*) FILTER (WHERE sent.state IN ('queued', 'leased'))
    {_OF_ALERT} WHERE message.about = %s AND message.kind = 'alert'
"""
_RECEIPTS = f"""
    SELECT count(*) {_OF_ALERT}
    JOIN messaging_receipt AS receipt ON receipt.gateway = sent.gateway AND receipt.provider_ref = sent.provider_ref
    WHERE message.about = %s AND receipt.folded
"""
# Who still waits for a receipt, without those whom the sandbox never tells of (995) or puts off (996).
_OWED = f"""
    SELECT count(*) {_OF_ALERT}
    WHERE message.about = %s AND message.kind = 'alert' AND sent.state IN ('queued', 'leased', 'accepted')
        AND split_part(sent.address, '@', 1) !~ '99[56]$'
"""
# The same rows in a table with the same indexes: written once, marked as handed over once, marked as delivered once.
_FLOOR_TABLE = "CREATE TABLE bench_floor (LIKE messaging_delivery INCLUDING ALL)"
_FLOOR: dict[str, str] = {
    "insert": f"""
        INSERT INTO bench_floor (id, message_id, member_id, channel, address, lane, state, attempts, next_at,
            gateway, provider_ref, detail)
        SELECT sent.id, sent.message_id, sent.member_id, sent.channel, sent.address, sent.lane, 'queued', 0,
            sent.next_at, '', '', ''
        {_OF_ALERT} WHERE message.about = %s AND message.kind = 'alert'
    """,
    "update": f"""
        UPDATE bench_floor AS floor SET state = 'accepted', gateway = row.gateway, provider_ref = row.provider_ref,
            accepted_at = row.accepted_at
        FROM (
            SELECT sent.id, sent.gateway, sent.provider_ref, sent.accepted_at {_OF_ALERT} WHERE message.about = %s
        ) AS row WHERE row.id = floor.id
    """,  # noqa: S608 - our own words only
    "receipts": f"""
        UPDATE bench_floor AS floor SET state = 'delivered', ended_at = row.at
        FROM (
            SELECT sent.id, receipt.at {_OF_ALERT} JOIN messaging_receipt AS receipt
                ON receipt.gateway = sent.gateway AND receipt.provider_ref = sent.provider_ref
            WHERE message.about = %s
        ) AS row WHERE row.id = floor.id
    """,  # noqa: S608 - our own words only
}


class BenchError(RuntimeError):
    """Nothing can be measured here, in a sentence that says what to do."""


@dataclass(frozen=True)
class Counted:
    """How long one count took, beside its floor: a bare box query and shapely."""

    audience: str
    members: int
    unreachable: int
    seconds: float
    floor: float
    ratio: float


@dataclass(frozen=True)
class Released:
    """How long one alert took to the last of its deliveries, beside its floor: the same rows by two statements.

    Attributes:
        writing: seconds that the officer's press took: everything is written then.
        to_last: seconds from the press to the last one handed over at the first attempt.
        to_last_retry: the same, with those whom the sandbox put off.
        receipts_after: seconds from the press until their receipts were taken over, to a tenth.
    """

    audience: str
    members: int
    deliveries: int
    writing: float
    to_last: float
    to_last_retry: float
    floor: float
    ratio: float
    receipts: int
    receipts_after: float
    receipts_floor: float
    receipts_ratio: float


@dataclass(frozen=True)
class Report:
    """Everything that was measured in one run."""

    members: int
    workers: int
    counts: Sequence[Counted]
    releases: Sequence[Released]
    peak_mb: Mapping[str, float]


def add(parser: argparse.ArgumentParser) -> None:
    """Take what is to be measured."""
    kinds = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    chain = kinds.add_parser("chain", help="counts, release to last delivery, receipts and memory")
    chain.add_argument("--yes", action="store_true", help="outside the demonstration: yes, write two alerts here")
    chain.add_argument("--json", action="store_true", help="print the figures for a program to read")
    audience = kinds.add_parser("audience", help="a million made-up members in their own database, beside SQL by hand")
    audience.add_argument("--members", type=int, default=1_000_000, metavar="N", help="so many instead")
    audience.add_argument("--again", type=int, default=AGAIN, metavar="N", help="measure each so often")
    audience.add_argument("--keep", action="store_true", help="leave the database for the next run")
    audience.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    audience.add_argument("--json", action="store_true", help="print the figures for a program to read")
    bench_send.add(kinds.add_parser("send", help="one alert to 33,000 made-up members, beside what it takes at least"))
    bench_faults.add(kinds.add_parser("faults", help="what dies in the middle: lost, doubled, seconds to recover"))


def run(args: argparse.Namespace) -> int:
    """Measure, and print what came of it.

    Raises:
        BenchError: this is not a place to measure at.
    """
    if args.what == "audience":
        return bench_audience.run(
            many=args.members, again=args.again, keep=args.keep, as_json=args.json, here=args.here
        )
    if args.what == "send":
        return bench_send.run(args)
    if args.what == "faults":
        return bench_faults.run(args)
    check_place(yes=args.yes)
    report = chain()
    if args.json:
        print(json.dumps(asdict(report)))
    else:
        show(report, Console())
    return 0


def check_place(*, yes: bool) -> None:
    """Refuse where an alert could reach somebody, and where there is too little to measure.

    Raises:
        BenchError: saying what to do.
    """
    live = sorted(channel for channel, path in settings.GATEWAYS.items() if ".sandbox." not in path)
    if live:
        raise BenchError(
            f"The gateway for {live[0]} is not the sandbox: measuring sends alerts to everybody, so it is refused here."
        )
    if not (settings.DEMONSTRATION or yes):
        raise BenchError("Measuring writes two alerts into this database. Type it again with --yes if that is right.")
    count = members.count_members()
    if count < FEWEST:
        raise BenchError(
            f"There are {count:,} members, and below {FEWEST:,} the figures say nothing. "
            "Load more: hueandcry load members --sample 33000."
        )


def chain() -> Report:
    """Measure counts and two releases with a worker of our own, and leave the alerts ended.

    Raises:
        BenchError: something that is needed is not loaded, or the worker does not start or finish.
    """
    district = _largest(places.areas(kind=AreaKind.DISTRICT), "district")
    whole = _largest(places.areas(kind=AreaKind.FORCE), "force")
    with _worker() as worker, _officers() as (author, approver):
        counts = [_count(name, question) for name, question in _audiences(district)]
        releases = [
            _release(name, _question(areas=(area.id,)), author=author, approver=approver)
            for name, area in ((f"{district.name} (district)", district), (f"everybody in {whole.name}", whole))
        ]
        return Report(
            members=members.count_members(),
            workers=jobs.workers_alive(),
            counts=counts,
            releases=releases,
            peak_mb=_peaks(worker),
        )


def show(report: Report, console: Console) -> None:
    """Print the figures as people read them; seconds, and times the floor."""
    counts = Table("count", "members", "s", "floor s", "ratio", title=f"{report.members:,} members")
    for line in report.counts:
        counts.add_row(
            line.audience, f"{line.members:,}", f"{line.seconds:.3f}", f"{line.floor:.3f}", f"{line.ratio:.1f}"
        )
    console.print(counts)
    releases = Table("release", "deliveries", "pressed s", "last s", "floor s", "ratio", "with retries s", "receipts")
    for one in report.releases:
        releases.add_row(
            one.audience, f"{one.deliveries:,}", f"{one.writing:.2f}", f"{one.to_last:.2f}", f"{one.floor:.2f}",
            f"{one.ratio:.1f}", f"{one.to_last_retry:.2f}", f"{one.receipts:,} in {one.receipts_after:.2f} s",
        )  # fmt: skip
    console.print(releases)
    for name, megabytes in report.peak_mb.items():
        console.print(f"Peak memory of {name}: {megabytes:.0f} MB", highlight=False)


# ---------------------------------------------------------------- counts


def _question(**asked: Any) -> AudienceQuestion:  # noqa: ANN401 - any part of a question
    return AudienceQuestion(organisation_id=organisations.force().pk, **asked)


def _audiences(district: AreaLine) -> Iterator[tuple[str, AudienceQuestion]]:
    yield f"{district.name} (district)", _question(areas=(district.id,))
    wards = [*places.areas(kind=AreaKind.WARD), *places.areas(kind=AreaKind.PARISH)]
    if wards:
        yield f"{wards[0].name} ({wards[0].kind.label.lower()})", _question(areas=(wards[0].id,))
    box = district.box
    middle = Circle((box.west + box.east) / 2, (box.south + box.north) / 2, RADIUS_M)
    yield f"a circle of {RADIUS_M / 1000:.0f} km", _question(circles=(middle,))
    yield "everybody of Farm Watch", _question(scheme_kinds=(SchemeKind.FARM,))


def _count(name: str, question: AudienceQuestion) -> Counted:
    shape = places.shape_of(areas=question.areas, circles=question.circles)
    counted = members.count_audience(question=question)
    seconds = _median(lambda: members.count_audience(question=question))
    floor = _median(lambda: _bare_count(shape))
    return Counted(name, counted.members, counted.unreachable, seconds, floor, round(seconds / floor, 2))


def _bare_count(shape: BaseGeometry | None) -> None:
    with connection.cursor() as cursor:
        if shape is None:
            cursor.execute(_FARM_WATCH)
            cursor.fetchone()
            return
        cursor.execute(_BOX, [float(side) for side in shape.bounds])
        (packed,) = cursor.fetchone()
    rows = np.frombuffer(packed or b"", dtype=PLACED)
    shapely.prepare(shape)
    inside = shapely.intersects_xy(shape, rows["lon"].astype(float), rows["lat"].astype(float))
    np.unique(rows["member"][inside])


def _median(do: Callable[[], object]) -> float:
    return round(statistics.median(_seconds(do) for _ in range(AGAIN)), 5)


def _seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def _largest(lines: Sequence[AreaLine], what: str) -> AreaLine:
    if not lines:
        raise BenchError(f"No {what} is loaded. Load its boundaries: hueandcry load areas --kind {what} --help.")
    return max(lines, key=lambda line: (line.box.east - line.box.west) * (line.box.north - line.box.south))


# ---------------------------------------------------------------- releases


def _release(name: str, question: AudienceQuestion, *, author: Officer, approver: Officer) -> Released:
    now = clock.now()
    known = topics.topics()
    if not known:
        raise BenchError("No subject is known here yet. Load members first: hueandcry load members --sample 33000.")
    alert = alerts.draft(
        officer=author,
        topic=known[0].slug,
        words=WORDS,
        level=Tier.MEMBER,
        urgency=Urgency.NOW,
        occurred_at=now - dt.timedelta(minutes=1),
        expires_at=now + dt.timedelta(hours=1),
    )
    meant = alerts.choose_audience(alert_ref=alert.ref, officer=author, question=question).members
    alerts.answer_suspect(alert_ref=alert.ref, officer=author, answer=Suspect.NO)
    alerts.submit(alert_ref=alert.ref, officer=author)
    about, pressed, begun = f"alert:{alert.ref}", clock.now(), time.perf_counter()
    alerts.approve(alert_ref=alert.ref, officer=approver, typed=typed_needed(members=meant))
    writing = time.perf_counter() - begun
    try:
        _until(lambda: _one(_OWED, about)[0] == 0, "the deliveries are out and their receipts in")
        receipts_after = time.perf_counter() - begun
        _until(lambda: _one(_LAST, about)[3] == 0, "those who were put off have theirs")
        deliveries, last, last_retry, _ = _one(_LAST, about)
        floor = _floor(about)
    finally:
        alerts.end(alert_ref=alert.ref, officer=approver, ending="The test is over, thank you.")
    to_last = (last - pressed).total_seconds()
    least = floor["insert"] + floor["update"]
    return Released(
        audience=name,
        members=meant,
        deliveries=deliveries,
        writing=round(writing, 3),
        to_last=round(to_last, 3),
        to_last_retry=round((last_retry - pressed).total_seconds(), 3),
        floor=round(least, 4),
        ratio=round(to_last / least, 2),
        receipts=_one(_RECEIPTS, about)[0],
        receipts_after=round(receipts_after, 3),
        receipts_floor=round(least + floor["receipts"], 4),
        receipts_ratio=round(receipts_after / (least + floor["receipts"]), 2),
    )


def _floor(about: str) -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_floor")
        cursor.execute(_FLOOR_TABLE)
        try:
            return {name: _seconds(lambda sql=sql: cursor.execute(sql, [about])) for name, sql in _FLOOR.items()}  # type: ignore[misc]
        finally:
            cursor.execute("DROP TABLE bench_floor")


def _one(sql: str, about: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [about])
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _until(done: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > until:
            raise BenchError(f"Waited {PATIENCE:.0f} s until {what}. Type `hueandcry doctor`.")
        time.sleep(LOOK_EVERY)


# ---------------------------------------------------------------- who takes part


@contextmanager
def _officers() -> Iterator[tuple[Officer, Officer]]:
    """Enrol an author and an approver who cannot sign in, and suspend them afterwards."""
    force = organisations.force()
    made = [
        officers.enrol(
            email=f"bench-{new_ref().lower()}@example.org",
            name="Bench",
            rank=role.label,
            organisation=force,
            roles=[role],
            actor=ACTOR,
        )
        for role in (Role.CONSTABLE, Role.SERGEANT)
    ]
    try:
        yield made[0], made[1]
    finally:
        for officer in made:
            officers.suspend(officer_ref=officer.ref, actor=ACTOR)


@contextmanager
def _worker() -> Iterator[int]:
    """Keep a worker of our own for the time of the run, ready before anything is measured; yield its process id."""
    before = jobs.workers_alive()
    child = subprocess.Popen(
        [sys.executable, "-m", "hueandcry.console.main", "work"],
        stderr=subprocess.DEVNULL,
        # What officers are told would be counted among what goes to members.
        env={**os.environ, "TELL_OFFICERS": "0"},  # noqa: TID251 - the rest is as here
    )
    try:
        _until(lambda: child.poll() is not None or jobs.workers_alive() > before, "a worker is ready")
        if child.poll() is not None:
            raise BenchError("No worker starts here. Type `hueandcry work` to see why.")
        yield child.pid
    finally:
        child.terminate()
        child.wait(timeout=60)


def _peaks(worker: int) -> dict[str, float]:
    """Return the most memory that each process had, in MB; what cannot be seen from here is left out."""
    found = {"this process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    found["the worker"] = _high_water(worker)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        servers = [_high_water(pid) for (pid,) in cursor.fetchall() if _name(pid) == "postgres"]
    found["the largest of PostgreSQL's (shared memory included)"] = max(servers, default=0.0)
    return {name: round(megabytes, 1) for name, megabytes in found.items() if megabytes}


def _high_water(pid: int) -> float:
    """Return a process's peak memory in MB; 0 where there is no /proc, or the process is on another machine."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
