"""Looking at a page: what axe finds, whether it fits, letters twice as big, a picture.

Each waits until the page is whole. A click comes back when the next page is on its way: whoever looks then sees half a
page, finds no fault in it and sees it fit, or finds no head to put a style in.
"""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize

SMALLEST = ViewportSize(width=320, height=640)
PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1280, height=900)

_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def faults(page: Page) -> list[str]:
    """Return what axe finds wrong on the page."""
    page.wait_for_load_state()
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((result) => result.violations)")
    return [f"{fault['id']}: {node['html']}" for fault in found for node in fault["nodes"]]


def is_too_wide(page: Page) -> bool:
    """Say whether something stands out at the side."""
    page.wait_for_load_state()
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def letters_twice_as_big(page: Page, *, are: bool = True) -> None:
    """Show the page, until it is left, as to somebody who reads with letters of twice the size; or as it was."""
    page.wait_for_load_state()
    page.evaluate("(size) => document.documentElement.style.setProperty('font-size', size, 'important')", "200%" * are)


def shoot(page: Page, name: str) -> None:
    """Keep a picture for whoever looks at the page by eye (PICTURES=folder)."""
    if folder := os.environ.get("PICTURES"):  # noqa: TID251
        page.wait_for_load_state()
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
