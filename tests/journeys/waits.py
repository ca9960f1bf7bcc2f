"""Waiting for what a page does by itself: its worker, its caches, its notifications."""

from playwright.sync_api import Page

_TRIES = 100
_BETWEEN_MS = 100


def wait_until(page: Page, question: str) -> None:
    """Ask a page until it says yes; `question` is an expression, or a promise of one.

    `wait_for_function` takes a promise for a yes, whatever it comes to.

    Raises:
        AssertionError: it says no for ten seconds.
    """
    for _ in range(_TRIES):
        if page.evaluate(question):
            return
        page.wait_for_timeout(_BETWEEN_MS)
    raise AssertionError(f"Not within ten seconds: {question}")
