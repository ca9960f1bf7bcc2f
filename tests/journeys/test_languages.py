"""Public pages in three languages in a real browser: no violations, nothing wider than a narrow phone."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from hueandcry.kit.words import LANGUAGES
from tests import builders

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = os.environ.get("HUEANDCRY_PICTURES", "")  # noqa: TID251 - a folder to look at them in
OWN = ("", "how/", "reach/", "places/", "person/", "schemes/", "agreed/", "leave/")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SESSION_COOKIE_SECURE", False)
    monkeypatch.setattr(settings, "CSRF_COOKIE_SECURE", False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_a_narrow_phone_and_pleases_axe(language: str, page: Page, live_server: LiveServer) -> None:
    scheme = builders.scheme()
    member = builders.member(name="Dell", email="dell@example.org", mobile="+447700900111", schemes=(scheme,))
    own = [f"/my/{member.page_token}/{screen}" for screen in (*OWN, f"schemes/{scheme.ref}/")]
    page.set_viewport_size({"width": 360, "height": 740})

    for number, address in enumerate(["/", "/join/", "/alerts/", *own]):
        page.goto(f"{live_server.url}/{language}{address}")

        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = page.evaluate("axe.run().then((result) => result.violations)")
        assert [one["id"] for one in found] == [], address
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{language}-{number}.png", full_page=True)
