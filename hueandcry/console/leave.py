"""Take everything about members out, as documented open files: to leave with it, or to keep a copy."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from hueandcry.domain.members.actions import leaving

ACTOR = "system:console"


def add(parser: argparse.ArgumentParser) -> None:
    """Say which words the command takes."""
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="a new folder; only you can read it")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Write the files and say how many rows each has."""
    report = leaving.take_out(folder=args.to, actor=ACTOR, progress=quiet if args.json else say)
    if args.json:
        print(json.dumps(asdict(report)))
    else:
        print(
            f"{report.total:,} rows about {report.rows['members']:,} members in {report.seconds:.1f} s, in {args.to}."
        )
        print("These files hold names, numbers and addresses: keep them as you keep the database.")
    return 0


def say(name: str, rows: int) -> None:
    """Say how many rows one file has."""
    sys.stderr.write(f"{rows:>10,} {name.replace('_', ' ')}\n")


def quiet(_name: str, _rows: int) -> None:
    """Say nothing: a program reads the answer."""
