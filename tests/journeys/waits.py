"""Waiting for what a page does by itself: its worker, its caches, its notifications."""

from collections.abc import Callable

from playwright.sync_api import Page

_TRIES = 300
_BETWEEN_MS = 100


def wait_for(page: Page, ready: Callable[[], object], what: str) -> None:
    """Let a page go on until something is so.

    Raises:
        AssertionError: it is not so within thirty seconds.
    """
    for _ in range(_TRIES):
        if ready():
            return
        page.wait_for_timeout(_BETWEEN_MS)
    raise AssertionError(f"Not within thirty seconds: {what}")


def wait_until(page: Page, question: str) -> None:
    """Ask a page until it says yes; `question` is an expression, or a promise of one.

    `wait_for_function` takes a promise for a yes, whatever it comes to.

    Raises:
        AssertionError: it says no for thirty seconds.
    """
    wait_for(page, lambda: page.evaluate(question), question)
