"""Measure sending: one alert to everybody of a made-up force, from the press of release to the sink's last acceptance.

In a database of its own, by real workers, to programs of others that count what they take; beside it, in the same run,
the floor: the same rows by hand and the same bytes by a raw client (docs/operate/measuring.md).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from hueandcry.console.sending import peers, scenes
from hueandcry.console.sending.filling import Scene, fill, own_database
from hueandcry.console.sending.peers import Peer
from hueandcry.console.sending.processes import clean_environment, ours
from hueandcry.console.sending.receipts import Receipts, receipts
from hueandcry.console.sending.scenes import Far, Kills, Lanes
from hueandcry.console.sending.sinks import KINDS
from hueandcry.console.sending.speed import Speed, speed, spent_by_us

MILLION = 1_000_000
QUARTERS = 4


def add(parser: argparse.ArgumentParser) -> None:
    """Take what is to be measured."""
    parser.add_argument("--members", type=int, default=33_000, metavar="N", help="so many are told (33,000)")
    parser.add_argument("--million", action="store_true", help="the same as --members 1000000 --again 1")
    parser.add_argument("--by", nargs="+", default=["smtp"], choices=list(KINDS), help="ways to send (smtp)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1], metavar="N", help="so many workers (1)")
    parser.add_argument("--hosts", action="store_true", help="each worker on a host of its own (root; namespaces)")
    parser.add_argument("--again", type=int, default=3, metavar="N", help="measure each so often (3)")
    parser.add_argument("--quiet", type=float, default=0, metavar="S", help="wait so long for a quiet moment each time")
    parser.add_argument("--slow-ms", type=float, metavar="MS", help="instead: a sink so far away, there and back")
    parser.add_argument("--lanes", action="store_true", help="instead: urgent alerts while a newsletter is on its way")
    parser.add_argument("--receipts", action="store_true", help="instead: everybody's receipts at once (http, smpp)")
    parser.add_argument("--kill", type=int, metavar="N", help="instead: kill a worker so often on the way")
    parser.add_argument("--peers", nargs="+", default=[], choices=list(peers.WAYS), help="beside others at this work")
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
        with own_database(members=args.members, keep=args.keep) as url:
            command = ours("bench", "send", *_words(args), "--here")
            return subprocess.run(command, env=clean_environment(DATABASE_URL=url), check=False).returncode
    console, report = Console(stderr=args.json, width=None if sys.stdout.isatty() else 118), []
    scene = fill(args.members)
    with tempfile.TemporaryDirectory(prefix="hc-bench-") as folder:
        for line in _measured(scene, args, Path(folder)):
            report.append(line)
            SHOWN[type(line)](line, console)
    if args.json:
        print(json.dumps([{"what": type(line).__name__, **asdict(line)} for line in report]))
    return 0


def _words(args: argparse.Namespace) -> Iterator[str]:
    """Say again what was asked for."""
    yield from ("--members", str(args.members), "--again", str(args.again), "--by", *args.by)
    yield from ("--workers", *map(str, args.workers), "--quiet", str(args.quiet))
    if args.peers:
        yield from ("--peers", *args.peers)
    for name, value in {"--slow-ms": args.slow_ms, "--kill": args.kill}.items():
        if value is not None:
            yield from (name, str(value))
    for name, wanted in {
        "--hosts": args.hosts,
        "--lanes": args.lanes,
        "--receipts": args.receipts,
        "--json": args.json,
    }.items():
        if wanted:
            yield name


def _measured(scene: Scene, args: argparse.Namespace, folder: Path) -> Iterator[Any]:
    instead = args.slow_ms is not None or args.lanes or args.receipts or args.kill is not None
    for by in args.by:
        if args.slow_ms is not None:
            yield scenes.far(scene, by=by, far_ms=args.slow_ms, folder=folder)
        for workers in args.workers:
            if args.lanes:
                yield scenes.lanes(scene, by=by, workers=workers)
            if args.receipts:
                yield receipts(scene, by=by, workers=workers, folder=folder)
            if args.kill is not None:
                yield scenes.kills(scene, by=by, workers=workers, times=args.kill)
            if not instead:
                yield speed(
                    scene, by=by, workers=workers, again=args.again, folder=folder, patience=args.quiet,
                    apart=args.hosts,
                )  # fmt: skip
    for name in args.peers:
        yield from peers.measured(name, scene, again=args.again, folder=folder)


# ---------------------------------------------------------------- printing


def show_speed(line: Speed, console: Console) -> None:
    """Print one way to send as people read it."""
    one = sorted(line.sent, key=lambda sent: sent.to_written)[len(line.sent) // 2]
    below = sorted(line.floors, key=lambda floor: floor.seconds)[len(line.floors) // 2]
    crew = f"{line.workers} worker(s){' on hosts of their own' if line.apart else ''}"
    title = f"{line.members:,} by {line.by} to {line.sink}, {crew}: {line.rate:,} a second"
    table = Table("", "seconds", "CPU", "", title=title, title_justify="left")
    spent, times = f"{spent_by_us(one):.2f}", f"CPU times the floor's: {line.cpu_ratio:.2f}"
    table.add_row("from the press to the last outcome", _three(line.seconds), spent, times)
    table.add_row("    the press alone", f"{one.pressed:.2f}", "", "")
    table.add_row("    to the sink's last acceptance", f"{one.to_sink:.2f}", "", "")
    for name, cpu in one.cpu.items():
        table.add_row(
            f"    {name}", "", f"{cpu:.2f}", f"{one.peak_mb[name]:.0f} MB at most" if name in one.peak_mb else ""
        )
    table.add_section()
    table.add_row("floor", f"{line.floor:.2f}", "", f"times the floor: {_three(line.ratio)}")
    for name, part in (("rows in", below.insert), ("outcomes in", below.update)):
        table.add_row(f"    {name}", f"{part.seconds:.2f}", f"{part.cpu:.2f}", "")
    sink = f"sink {below.send.sink_cpu:.2f}"
    table.add_row("    bytes out", f"{below.send.seconds:.2f}", f"{below.send.cpu:.2f}", sink)
    table.add_row(
        "floor with the lease", f"{line.floor_with_lease:.2f}", "", f"{line.seconds[1] / line.floor_with_lease:.2f}"
    )
    table.add_row("    the lease", f"{below.claim.seconds:.2f}", f"{below.claim.cpu:.2f}", "")
    with_ours = (below.insert_ours, below.claim_ours, below.update_ours)
    table.add_row(
        "    these three with our indexes", " + ".join(f"{part.seconds:.2f}" for part in with_ours),
        f"{sum(part.cpu for part in with_ours):.2f}", "",
    )  # fmt: skip
    console.print(table)
    if len(one.curve_mb) >= QUARTERS * 5:
        step = len(one.curve_mb) // QUARTERS
        most = [max(one.curve_mb[step * n : step * (n + 1)]) for n in range(QUARTERS)]
        _say(console, f"Workers' memory, quarter by quarter: {', '.join(f'{each:.0f}' for each in most)} MB at most.")
    rows = ", ".join(f"{many:,} {what}" for what, many in one.rows.items())
    console.print(
        f"Rows: {rows}; {one.wal_mb:.0f} MB of log. Checked: {line.checked}.", highlight=False, soft_wrap=True
    )


def show_far(line: Far, console: Console) -> None:
    """Print what distance does."""
    _say(
        console,
        f"{line.many:,} by {line.by}, {line.far_ms:g} ms there and back, {line.lines} lines: {line.rate:,.0f} a second "
        f"({line.seconds:.1f} s). One command at a time: {line.one_by_one:,.0f} (worked out {line.worked_out:,.0f}); "
        f"a raw client as ours: {line.raw:,.0f}. Ours is {line.times:.2f} times one command at a time.",
    )  # fmt: skip


def show_lanes(line: Lanes, console: Console) -> None:
    """Print how urgent alerts overtake."""
    seconds = ", ".join(f"{one:.2f}" for one in line.seconds)
    _say(
        console,
        f"{line.few} by {line.by} while {line.newsletter:,} are on their way ({line.out_before:,} to "
        f"{line.out_after:,} out, {line.rate:,} a second): last one accepted {seconds} s after the press.",
    )  # fmt: skip


def show_receipts(line: Receipts, console: Console) -> None:
    """Print how receipts came in."""
    by_request = f", answered after {line.kept:.2f} s; one in a request: {line.alone:,} a second" if line.kept else ""
    spent = ", ".join(f"{name} {cpu:.1f}" for name, cpu in line.cpu.items())
    _say(
        console,
        f"{line.many:,} receipts by {line.by}: the first in its delivery after {line.first:.2f} s, the last after "
        f"{line.last:.2f} s, {line.rate:,} a second{by_request}. Floor {line.floor:.2f} s. CPU seconds: {spent}.",
    )


def show_kills(line: Kills, console: Console) -> None:
    """Print what kills did."""
    title = f"{line.members:,} by {line.by}, {line.workers} worker(s), killed {len(line.kills)} times: {line.seconds} s"
    table = Table("killed at", "it held", "goes on after s", "all it held out after s", title=title)
    for kill in line.kills:
        table.add_row(f"{kill.at:,}", f"{kill.held:,}", f"{kill.goes_on:.2f}", f"{kill.recovered:.2f}")
    console.print(table)
    known = " (the provider knows our reference, and delivers one)" if line.by == "http" and line.doubled else ""
    _say(console, f"Lost {line.lost}, twice {line.doubled}{known}, for a person to decide {line.uncertain}.")


def show_peer(line: Peer, console: Console) -> None:
    """Print how somebody else did."""
    spent = ", ".join(f"{name} {cpu:.1f}" for name, cpu in line.cpu.items())
    _say(
        console,
        f"{line.name}: {line.many:,} to {line.sink} in {_three(line.seconds)} s, {line.rate:,} a second; CPU seconds: "
        f"{spent}; {line.peak_mb['peer']:.0f} MB.",
    )


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, highlight=False, soft_wrap=True)


def _three(numbers: Any) -> str:  # noqa: ANN401
    return " / ".join(f"{one:.2f}" for one in numbers)


SHOWN: dict[type, Any] = {
    Speed: show_speed,
    Far: show_far,
    Lanes: show_lanes,
    Kills: show_kills,
    Peer: show_peer,
    Receipts: show_receipts,
}
