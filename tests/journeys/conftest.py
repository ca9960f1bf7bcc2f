"""Journeys use the machine's own Chromium."""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.postgresql.operations import DatabaseOperations
from playwright.sync_api import Browser, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# As long as Playwright waits for what it is to press: five seconds are short where two browsers share a busy machine.
expect.set_options(timeout=30_000)
# Playwright keeps an event loop running in the test's thread, where Django would refuse to ask the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # noqa: TID251


@pytest.fixture(scope="session", autouse=True)
def emptied_though_a_page_still_asks() -> Iterator[None]:
    """Empty the tables again after a deadlock: a page that asks now and then may outlive its test by one answer."""
    empty = DatabaseOperations.execute_sql_flush

    def try_again(self: DatabaseOperations, statements: Sequence[str]) -> None:
        for _ in range(5):
            try:
                return empty(self, statements)
            except OperationalError:
                time.sleep(0.5)
        return empty(self, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", try_again)
        yield


@pytest.fixture(autouse=True)
def plain_http(settings: Any) -> None:
    """Let cookies go to a server of a test, which speaks no HTTPS."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start Debian's Chromium, which works in a container and calls nobody."""
    return {**browser_type_launch_args, "executable_path": str(CHROMIUM), "args": QUIET}


@pytest.fixture(scope="module")
def browser(browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """Return a browser for the journeys of one file; what comes after them finds no event loop in its thread."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(**browser_type_launch_args)
        yield opened
        opened.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip journeys where there is no Chromium, saying so; fail in CI. Begin with the county, which takes longest."""
    here = Path(__file__).parent
    ours = [item for item in items if item.path.is_relative_to(here)]
    county = [item for item in ours if item.get_closest_marker("county")]
    items[:] = [*county, *(item for item in items if item not in county)]
    for item in ours:
        if item in county:  # no browser
            continue
        item.add_marker(pytest.mark.journey)
        if not CHROMIUM.exists() and not os.environ.get("CI"):  # noqa: TID251
            why = "There is no Chromium here: sudo apt install chromium fonts-liberation"
            item.add_marker(pytest.mark.skip(reason=why))
