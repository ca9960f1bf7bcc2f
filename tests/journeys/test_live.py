"""A wall screen while an alert goes out: it moves by itself, others see the same, and it needs no JavaScript."""

import gc
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from django.contrib.sessions.models import Session
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer
from shapely.geometry import box

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.queries.figures import forget
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import AreaKind
from hueandcry.web.parts import streams
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain.going_out import in_every_state
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide, letters_twice_as_big, shoot
from tests.journeys.test_desk import Enter, enter, land, send_all

__all__ = ["enter", "land"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pages told often enough for a test."""
    monkeypatch.setattr(streams, "EVERY_S", 0.2)
    monkeypatch.setattr(streams, "STILL_EVERY_S", 0.2)
    monkeypatch.setattr(streams, "SHARE", 0)
    monkeypatch.setattr(streams, "AFTER_TROUBLE_S", 0.2)
    monkeypatch.setattr(streams, "SESSIONS_S", 0.5)
    forget()


@contextmanager
def served(port: int = 0) -> Iterator[str]:
    """Serve the desk as in production, by a server that can hold a line open; give its address."""
    application = ASGIStaticFilesHandler(get_asgi_application())
    server = uvicorn.Server(
        uvicorn.Config(application, host="localhost", port=port, log_level="critical", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()
    with warnings.catch_warnings():
        # Django leaves the empty body of a request that was broken off to Python; here, so that no other test hears it.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def site(live_server: LiveServer, quick: None) -> Iterator[str]:
    """Serve the desk; return its address."""
    with served() as address:
        yield address


@pytest.fixture
def waiting(land: None) -> Alert:
    """Return an alert that waits for its approval, to seven in one ward and five in another."""
    builders.area("Westmarsh", shape=box(2.3, 54.4, 2.52, 54.6), kind=AreaKind.WARD)
    builders.area("Eastmarsh", shape=box(2.52, 54.4, 2.7, 54.6), kind=AreaKind.WARD)
    for number in range(11):
        given.farmer(name="Easterly" if number < 5 else "Westerly", at=(2.55 if number < 5 else 2.45, 54.5))
    return given.waiting(cast.amos())


def at(site: str, alert: Alert) -> str:
    return f"{site}{reverse('desk:alerts:live', args=[alert.ref])}"


def watcher(enter: Enter, **context: Any) -> Page:
    return enter(builders.officer(Role.INSPECTOR, name="Moor", rank="Inspector"), **context)


def test_released_in_one_browser_it_moves_in_two_others_without_a_reload(
    enter: Enter, site: str, waiting: Alert
) -> None:
    birch = enter(cast.birch())
    birch.goto(f"{site}{reverse('desk:alerts:page', args=[waiting.ref])}")
    birch.get_by_role("button", name="Approve and release").first.click()
    birch.get_by_role("link", name="By area and over time, live").click()
    other = watcher(enter)
    other.goto(at(site, waiting))
    for page in (birch, other):
        expect(page.get_by_role("row", name="On its way")).to_contain_text("12")
        expect(page.locator("#live")).to_have_attribute("data-told", "yes")
        page.evaluate("window.same = true")

    send_all()

    for page in (birch, other):
        expect(page.get_by_role("row", name="Westmarsh")).to_contain_text("(100%)")
        expect(page.locator("[data-live=totals]")).not_to_contain_text("queued")
        expect(page.get_by_role("img", name="How many people had it, over time")).to_be_visible()
        assert page.evaluate("window.same") is True
    birch.wait_for_selector("[data-map][data-ready]")
    Delivery.objects.filter(member__name="Easterly").update(state=DeliveryState.FAILED)
    expect(birch.get_by_role("row", name="Eastmarsh")).to_contain_text("(0%)")
    shades = "document.querySelector('[data-map]').map.getSource('chosen').serialize().data.features"
    birch.wait_for_function(f"() => {shades}.some((one) => one.properties.shade === 0)")


def test_whoever_is_signed_out_is_told_no_more(enter: Enter, site: str, waiting: Alert) -> None:
    page = watcher(enter)
    page.goto(at(site, given.released(builders.officer(Role.CONSTABLE))))
    expect(page.locator("#live")).to_have_attribute("data-told", "yes")

    Session.objects.all().delete()

    expect(page.locator("[data-live-state]")).to_contain_text("You are signed out")


SMALL = ViewportSize(width=320, height=568)


@pytest.mark.parametrize("size", [SMALL, PHONE, DESK], ids=["small", "phone", "desk"])
def test_the_page_is_accessible_and_fits_with_everybody_in_it(enter: Enter, site: str, land: None, size: Any) -> None:
    alert = in_every_state()
    page = watcher(enter, viewport=size, bypass_csp=True)
    page.goto(at(site, alert))
    page.wait_for_selector("[data-map][data-ready]")
    expect(page.locator("#live")).to_have_attribute("data-told", "yes")
    shoot(page, f"live-{size['width']}")

    assert faults(page) == []
    assert not is_too_wide(page)
    letters_twice_as_big(page)
    shoot(page, f"live-{size['width']}-200")
    assert not is_too_wide(page)


def test_whatever_can_be_pressed_is_reached_by_keyboard_and_shows_where_one_is(
    enter: Enter, site: str, land: None
) -> None:
    alert = in_every_state()
    page = watcher(enter)
    page.goto(at(site, alert))
    page.wait_for_selector("[data-map][data-ready]")
    wanted = {"The alert", "Count again", "Decide", "Print", "by channel", "by ward", "over time", "Closer"}
    name = "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText.trim()"
    shows = """(() => { const seen = getComputedStyle(document.activeElement);
        return seen.outlineStyle !== 'none' || seen.boxShadow !== 'none' })()"""

    reached = {}
    for _ in range(60):
        page.keyboard.press("Tab")
        reached[page.evaluate(name)] = page.evaluate(shows)

    assert wanted - set(reached) == set()
    assert [one for one in wanted if not reached[one]] == []


def test_after_a_lost_connection_it_says_so_and_goes_on_by_itself(
    browser: Browser, live_server: LiveServer, quick: None, waiting: Alert
) -> None:
    alert = given.released(builders.officer(Role.CONSTABLE))
    client = Client()
    client.force_login(builders.officer(Role.INSPECTOR))
    # Not by `enter`: the browser complains of a line that breaks, as it should.
    context = browser.new_context()
    page = context.new_page()
    with served() as site:
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
        page.goto(at(site, alert))
        expect(page.locator("#live")).to_have_attribute("data-told", "yes")
        page.evaluate("window.same = true")
    state = page.locator("[data-live-state]")
    expect(state).to_contain_text("Not connected")
    expect(page.get_by_role("row", name="Eastmarsh")).to_contain_text("(100%)")
    Delivery.objects.filter(member__name="Easterly").update(state=DeliveryState.FAILED)

    with served(int(site.rpartition(":")[2])):
        expect(page.get_by_role("row", name="Eastmarsh")).to_contain_text("(0%)")
        expect(state).to_contain_text("It changes by itself")
        assert page.evaluate("window.same") is True
        context.close()


def test_without_javascript_it_is_counted_again_by_a_link(enter: Enter, site: str, waiting: Alert) -> None:
    alert = given.released(builders.officer(Role.CONSTABLE))
    page = watcher(enter, viewport=PHONE, java_script_enabled=False)
    page.goto(at(site, alert))
    expect(page.get_by_role("row", name="Eastmarsh")).to_contain_text("(100%)")
    Delivery.objects.filter(member__name="Easterly").update(state=DeliveryState.FAILED)

    page.get_by_role("link", name="Count again").click()

    expect(page.get_by_role("row", name="Eastmarsh")).to_contain_text("(0%)")
    shoot(page, "live-plain-360")
