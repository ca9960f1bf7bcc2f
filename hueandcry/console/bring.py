"""Bring into this empty installation what `hueandcry leave` took out of another."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from hueandcry.console.leave import ACTOR, quiet, say
from hueandcry.domain.members.actions import leaving


def add(parser: argparse.ArgumentParser) -> None:
    """Say which words the command takes."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder that `hueandcry leave` wrote")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Bring the files in, all or nothing, and say how many rows each had."""
    report = leaving.bring_in(folder=args.folder, actor=ACTOR, progress=quiet if args.json else say)
    if args.json:
        print(json.dumps(asdict(report)))
    else:
        print(f"{report.total:,} rows about {report.rows['members']:,} members in {report.seconds:.1f} s.")
    return 0
