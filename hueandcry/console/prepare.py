"""Bring the database's tables up to date; in an empty demonstration, make its force."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from rich.console import Console
from rich.progress import Progress

from hueandcry.console import demonstration
from hueandcry.console.up import FORCE_IS_NEW
from hueandcry.domain.organisations import queries
from hueandcry.kit.finding import NotHereError

# Any number, the same on every machine: only one of them prepares at a time.
LOCK = 20261122


def add(parser: argparse.ArgumentParser) -> None:
    """Take one word."""
    parser.add_argument("--tables-only", action="store_true", help="never make the demonstration's force")


def run(args: argparse.Namespace) -> int:
    """Migrate, and make what a first start needs; machines that start together wait for one another."""
    with _alone():
        call_command("migrate", interactive=False, verbosity=1 if args.debug else 0)
        call_command("createcachetable", verbosity=0)
        if args.tables_only or not settings.DEMONSTRATION:
            return 0
        is_new = not _has_a_force()
        if is_new:
            _make_a_force()
        _tell_who_may_sign_in()
        return FORCE_IS_NEW if is_new else 0


def _has_a_force() -> bool:
    try:
        queries.force()
    except NotHereError:
        return False
    return True


def _make_a_force() -> None:
    """Make the made-up force, with a bar: it is most of the first minute. In a log, one line for each step."""
    console = Console(stderr=True)
    told: list[str] = []

    def tell(words: str, share: float) -> None:
        progress.update(bar, description=words, completed=share)
        if not console.is_terminal and words not in told:
            told.append(words)
            console.print(f"{words} …")

    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("The made-up force", total=1.0)
        with _unhurried_disk():
            demonstration.create(tell)


@contextmanager
def _unhurried_disk() -> Iterator[None]:
    """Do not wait for the disk at each of thousands of commits: a crash shortens a made-up past, and tears nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def _tell_who_may_sign_in() -> None:
    print("\nWho may sign in, with one press and no password:")
    for post in (*demonstration.OFFICERS, demonstration.FROST, demonstration.TANSY):
        print(f"  {f'{post.rank} {post.name}':<24} {post.may}")


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
