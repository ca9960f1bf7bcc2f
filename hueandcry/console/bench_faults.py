"""Show what faults do to one alert on its way: lost, doubled, for a person to decide, seconds until all is out.

On a database server of its own in a folder of its own, so that it can be killed: nobody else's is touched.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import psycopg
from rich.console import Console
from rich.table import Table

from hueandcry.console.sending import faults
from hueandcry.console.sending.faults import Fault, House
from hueandcry.console.sending.filling import SUFFIX, fill
from hueandcry.console.sending.processes import SendingError, clean_environment, ours
from hueandcry.kit.postgres import USER, Server

FEWEST = 1_000


def add(parser: argparse.ArgumentParser) -> None:
    """Take which faults."""
    names = ", ".join(faults.KINDS)
    parser.add_argument("--members", type=int, default=33_000, metavar="N", help="so many are told (33,000)")
    parser.add_argument("--only", nargs="+", metavar="FAULT", help=f"of: {names}; worker:smpp is by one provider")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each, for a program to read")


def run(args: argparse.Namespace) -> int:
    """Make one fault after the other; the status says whether anything was lost, or too much came twice.

    Raises:
        SendingError: a fault is not known, or the service does not recover from one.
    """
    wanted = list(_wanted(args.only or list(faults.KINDS)))
    if args.members < FEWEST:
        raise SendingError(f"Fewer than {FEWEST} are out before anything can happen: ask for more.")
    if not args.here:
        return _on_a_server_of_its_own(args)
    console = Console(width=None if sys.stdout.isatty() else 118)
    scene, came = fill(args.members), list[Fault]()
    with tempfile.TemporaryDirectory(prefix="hc-faults-") as folder:
        Path(folder).chmod(0o755)
        house = House(scene, Path(folder))
        try:
            for name, by in wanted:
                came.append(faults.tried(house, name, by))
                _say(came[-1], as_json=args.json)
        finally:
            house.kill_database()
    if not args.json:
        console.print(shown(came))
    return int(any(fault.is_bad for fault in came))


def shown(came: list[Fault]) -> Table:
    """Return the table for people."""
    table = Table("what happens", "by", "told", "lost", "doubled", "a person decides", "seconds until all is out")
    for fault in came:
        if fault.skipped:
            table.add_row(fault.what, fault.by, fault.skipped)
        else:
            counts = (f"{count:,}" for count in (fault.meant, fault.lost, fault.doubled, fault.uncertain))
            table.add_row(fault.what, fault.by, *counts, f"{fault.seconds:.1f}")
    return table


def _wanted(only: list[str]) -> Iterator[tuple[str, str]]:
    for word in only:
        name, _, by = word.partition(":")
        if name not in faults.KINDS or (by and by not in faults.KINDS[name].by):
            raise SendingError(f"There is no fault {word!r}. There are: {', '.join(faults.KINDS)}.")
        for each in [by] if by else faults.KINDS[name].by:
            yield name, each


def _on_a_server_of_its_own(args: argparse.Namespace) -> int:
    """Start a server in a folder of its own, and measure there in a process that knows no other."""
    folder = Path(tempfile.mkdtemp(prefix="hc-"))
    server = Server(folder)
    try:
        server.start()
        name = f"faults{SUFFIX}{args.members}"
        with psycopg.connect(host=str(server.socket), user=USER, dbname="postgres", autocommit=True) as made:
            made.execute(f'CREATE DATABASE "{name}"')
        url = f"postgresql://{USER}@/{name}?host={quote(str(server.socket), safe='')}"
        words = ["--members", str(args.members), *(["--json"] if args.json else [])]
        words += ["--only", *args.only] if args.only else []
        environment = clean_environment(DATABASE_URL=url, HUEANDCRY_VAR=str(folder), DEMONSTRATION="")
        return subprocess.run(ours("bench", "faults", *words, "--here"), env=environment, check=False).returncode
    finally:
        server.stop()
        for each in {server.home, server.socket, folder}:
            shutil.rmtree(each, ignore_errors=True)


def _say(fault: Fault, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(fault)), flush=True)
        return
    if fault.skipped:
        print(f"{fault.what}, by {fault.by}: {fault.skipped}", flush=True)
        return
    print(
        f"{fault.what}, by {fault.by}: of {fault.meant:,} lost {fault.lost}, doubled {fault.doubled}, a person decides "
        f"{fault.uncertain}; {fault.seconds:.1f} s",
        flush=True,
    )
