"""An alert in Welsh and Polish in a real browser: on the desk before it goes, and as visitors read it."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.alerts import actions
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from tests import builders
from tests.journeys.looking import faults, is_too_wide, letters_twice_as_big, shoot
from tests.web.test_desk_tongues import at, cattle

NARROW = 360
WIDTHS = (NARROW, 1280)

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(context: BrowserContext, officer: Officer, live_server: LiveServer) -> None:
    client = Client()
    client.force_login(officer)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])


def looked_at(page: Page, name: str) -> None:
    """Say what axe finds, and whether the page is wider than the window, with letters of twice the size too."""
    assert faults(page) == []
    assert not is_too_wide(page)
    shoot(page, name)
    letters_twice_as_big(page)
    assert not is_too_wide(page)
    shoot(page, f"{name}-large")
    letters_twice_as_big(page, are=False)


@pytest.mark.parametrize("width", WIDTHS)
def test_words_are_given_on_the_desk_and_read_by_visitors(
    width: int, browser: Browser, live_server: LiveServer
) -> None:
    alert = cattle(more="one limps")
    window: Any = {"viewport": {"width": width, "height": 800}}
    desk = browser.new_context(**window)
    signed_in(desk, alert.author, live_server)
    page = desk.new_page()

    page.goto(f"{live_server.url}{at(alert)}")
    page.get_by_text("What the send check reads in Welsh and Polish").click()
    looked_at(page, f"asked-{width}")
    page.locator("#id_cy-more").fill("un yn gloff")
    page.get_by_role("button", name="Keep these words").click()
    page.get_by_text("The words are kept.").wait_for()
    looked_at(page, f"given-{width}")
    page.goto(f"{live_server.url}{at(alert, 'preview')}")
    # On a phone there are no tabs: everything stands below one another.
    page.get_by_role("tab" if width > NARROW else "link", name="Cymraeg").click()
    assert "un yn gloff" in page.locator("#in-cy").inner_text()
    looked_at(page, f"preview-{width}")
    page.goto(f"{live_server.url}{at(alert, 'page')}")
    looked_at(page, f"page-{width}")
    actions.approve(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT))
    visitor = browser.new_context(**window).new_page()
    for language in ("cy", "pl"):
        visitor.goto(f"{live_server.url}/{language}/alerts/{alert.ref}/")
        looked_at(visitor, f"public-{language}-{width}")
    assert "Bydło na drodze" in visitor.inner_text("main")


def test_words_are_given_and_read_without_javascript(browser: Browser, live_server: LiveServer) -> None:
    alert = cattle(more="one limps")
    desk = browser.new_context(viewport={"width": NARROW, "height": 800}, java_script_enabled=False)
    signed_in(desk, alert.author, live_server)
    page = desk.new_page()

    page.goto(f"{live_server.url}{at(alert)}")
    page.locator("#id_cy-more").fill("Dilynwch nhw")
    page.get_by_role("button", name="Keep these words").click()

    page.get_by_text("In Cymraeg: Take out “Dilynwch”").wait_for()
    page.get_by_text("What the send check reads in Welsh and Polish").click()
    page.get_by_text("In Welsh it is not measured").wait_for()
    shoot(page, f"plain-found-{NARROW}")
    page.locator("#id_cy-more").fill("un yn gloff")
    page.get_by_role("button", name="Keep these words").click()
    actions.approve(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT))
    page.goto(f"{live_server.url}/cy/alerts/{alert.ref}/")
    assert "un yn gloff" in page.inner_text("main")
