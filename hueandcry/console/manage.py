"""Pass words on to Django's own command line: migrate, shell, dbshell, check and more."""

import argparse

from django.core.management import execute_from_command_line


def add(parser: argparse.ArgumentParser) -> None:
    """Take any words."""
    parser.add_argument("words", nargs=argparse.REMAINDER)


def run(args: argparse.Namespace) -> None:
    """Let Django do it."""
    execute_from_command_line(["hueandcry manage", *(args.words or ["help"])])
