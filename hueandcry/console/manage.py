"""Pass words on to Django's own command line: migrate, shell, dbshell, check and more."""

import argparse
import os
import shutil

from django.core.management import execute_from_command_line

from hueandcry.kit.postgres import binaries


def add(parser: argparse.ArgumentParser) -> None:
    """Take any words."""
    parser.add_argument("words", nargs=argparse.REMAINDER)


def run(args: argparse.Namespace) -> None:
    """Let Django do it; `dbshell` works without a psql on the machine."""
    if "dbshell" in args.words and not shutil.which("psql"):
        os.environ["PATH"] += os.pathsep + str(binaries())  # noqa: TID251 - where Django looks for it
    execute_from_command_line(["hueandcry manage", *(args.words or ["help"])])
