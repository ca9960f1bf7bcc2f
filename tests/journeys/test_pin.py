"""A pin on a map, for who knows the place but no postcode: asked for, light until then, and by keyboard too."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import builders
from tests.journeys.looking import PHONE, faults
from tests.web.desk import the_force

A_PLACE = re.compile(r"5\d\.\d{5}, \d\.\d{5}")


@pytest.fixture
def joining(browser: Browser, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Open the form on a phone."""
    page = browser.new_context(viewport=PHONE).new_page()
    monkeypatch.setattr(settings, "DEMONSTRATION", True)
    the_force()
    builders.force()
    builders.place("Holt Haven")
    page.goto(f"{live_server.url}/join/")
    return page


def test_a_pin_fills_the_box_and_a_second_one_moves_it(joining: Page) -> None:
    joining.get_by_role("button", name="Put a pin on a map").click()
    expect(joining.locator("[data-pin][data-ready]")).to_be_visible()

    joining.locator(".hc-map canvas").click(position={"x": 100, "y": 100})
    expect(joining.get_by_label("Where are you?")).to_have_value(A_PLACE)
    first = joining.get_by_label("Where are you?").input_value()
    joining.locator(".hc-map canvas").click(position={"x": 160, "y": 160})

    expect(joining.get_by_label("Where are you?")).not_to_have_value(first)
    expect(joining.get_by_text("The pin is there.")).to_be_visible()
    assert faults(joining) == []


def test_who_has_no_mouse_puts_it_in_the_middle(joining: Page) -> None:
    joining.get_by_role("button", name="Put a pin on a map").press("Enter")
    expect(joining.locator("[data-pin][data-ready]")).to_be_visible()

    joining.get_by_role("button", name="Put the pin in the middle").press("Enter")

    expect(joining.get_by_label("Where are you?")).to_have_value(A_PLACE)


def test_nothing_of_the_map_is_loaded_before_it_is_asked_for(browser: Browser, live_server: LiveServer) -> None:
    the_force()
    page = browser.new_context(viewport=PHONE).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{live_server.url}/join/")
    expect(page.get_by_role("button", name="Put a pin on a map")).to_be_visible()

    assert asked
    assert [address for address in asked if "maplibre" in address or "ground" in address] == []
