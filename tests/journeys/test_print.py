"""An officer prints the letters of a parish and sends a colleague out with them; the page is sound for everybody."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pypdf import PdfReader
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.members.rules import Channel, Language, Reading, Tier
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.places.rules import AreaKind
from tests import builders
from tests.domain import alerts as given
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide, letters_twice_as_big
from tests.web.desk import the_force


@pytest.fixture
def theft(live_server: LiveServer) -> Alert:
    """Make a public alert that two households of Holt get by post, and one by text."""
    the_force()
    builders.area("Holt", kind=AreaKind.PARISH)
    given.farmer(name="Dell")
    given.farmer(mobile=None, letterbox="2 Mill Lane, Holt, QD1 1AA", name="Ada Byron")
    given.farmer(
        mobile=None,
        letterbox="10 Mill Lane, Holt, QD1 1AA",
        name="Bron Cadwaladr",
        language=Language.WELSH,
        reading=Reading.LARGE,
    )
    return given.released(level=Tier.PUBLIC, urgency="today")


@pytest.fixture
def opened(browser: Browser, theft: Alert, live_server: LiveServer) -> Iterator[Any]:
    """Open a page as the author; what the content policy refuses becomes a failure at the end."""
    complaints: list[str] = []

    def come(**context: Any) -> Page:
        page = browser.new_context(**{"viewport": DESK, **context}).new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        client = Client()
        client.force_login(theft.author)
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page.goto(f"{live_server.url}/desk/alerts/{theft.ref}/")
        return page

    yield come
    assert complaints == []


def test_an_officer_prints_a_parish_and_sends_somebody_out_without_javascript(opened: Any, theft: Alert) -> None:
    page = opened(java_script_enabled=False)

    page.get_by_role("link", name="Print sheets and letters").click()
    expect(page.get_by_text("2 letters wait")).to_be_visible()
    page.get_by_label("Holt (2)", exact=True).check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the letters (PDF)").click()
    made = PdfReader(io.BytesIO(Path(download.value.path()).read_bytes()))
    page.reload()
    expect(page.get_by_text("2 of them printed")).to_be_visible()
    page.get_by_label("All (2)").check()
    page.get_by_role("button", name="The printed ones were taken away").click()
    expect(page.get_by_text("2 letters handed over.")).to_be_visible()
    page.get_by_role("link", name="The alert", exact=True).click()

    expect(page.get_by_role("row", name="Printed sheet")).to_contain_text("2")
    assert "Ada Byron" in made.pages[2].extract_text()
    assert "Bron Cadwaladr" in made.pages[4].extract_text()
    assert set(Delivery.objects.filter(channel=Channel.POST).values_list("state", "gateway")) == {
        ("accepted", "printed")
    }


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_is_sound(opened: Any, viewport: ViewportSize) -> None:
    page = opened(bypass_csp=True, viewport=viewport)
    page.get_by_role("link", name="Print sheets and letters").click()

    assert faults(page) == []
    assert not is_too_wide(page)
    letters_twice_as_big(page)
    assert not is_too_wide(page)
