"""A ring that moves: a sighting at Holt, those ahead told, a second sighting, the next ones, and over the border."""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from shapely.geometry import LineString, box

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.organisations import actions as organisations
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places import actions as places
from hueandcry.domain.places.rules import AreaKind, WayKind
from hueandcry.domain.reports.models import Report
from hueandcry.kit import clock, grid, shapes
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain import reporting as said
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide, letters_twice_as_big, shoot
from tests.journeys.test_desk import Enter, enter
from tests.web.desk import the_force

__all__ = ["enter"]
HOLT = Point(2.95, 54.5)


def east(metres: float, *, bearing: float = 90) -> Point:
    """Return a place so far from Holt."""
    lon, lat, _ = shapes.EARTH.fwd(*HOLT, bearing, metres)
    return Point(lon, lat)


def seen(at: Point, about: Alert) -> Report:
    """Return the report of somebody who saw it there, going east."""
    square = grid.format(*grid.to_grid(*at), digits=6)
    return said.told(f"Grey Navara, 3 men at {square} heading east", about=f"alert:{about.ref}")


@pytest.fixture
def first(live_server: LiveServer) -> Alert:
    """Make an alert that runs, a force beyond the border, and farms along the way to it."""
    the_force()
    kelp = builders.area("Kelp", kind=AreaKind.OTHER, shape=box(3.4, 54.0, 4.4, 55.2))
    organisations.agree_hand_over(
        name="Kelp Constabulary", area_id=kelp.id, email="control@example.org", call="01632 960123", actor="officer:T"
    )
    builders.place("Holt", at=HOLT)
    given.farmer(name="Dell")
    alert = given.released()
    Alert.objects.filter(pk=alert.pk).update(occurred_at=clock.now().replace(year=clock.now().year - 1))
    return alert


def without_scripts(browser: Browser, live_server: LiveServer, **context: Any) -> Page:
    client = Client()
    client.force_login(cast.oakes())
    opened = browser.new_context(java_script_enabled=False, **context)
    opened.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return opened.new_page()


def test_from_holt_to_the_border_on_a_phone_without_javascript(
    browser: Browser, live_server: LiveServer, first: Alert
) -> None:
    near, both = given.farmer(at=east(8_000)), given.farmer(at=east(14_000))
    last, behind = given.farmer(at=east(22_000)), given.farmer(at=east(9_000, bearing=270))
    page = without_scripts(browser, live_server, viewport=PHONE)

    page.goto(f"{live_server.url}/desk/inbox/{seen(HOLT, first).ref}/")
    expect(
        page.get_by_text("10 to 20 minutes ahead to the east: 0 farms, 2 people not told yet, text 2")
    ).to_be_visible()
    shoot(page, "ring-answer-360")
    page.get_by_role("button", name="Tell those ahead").click()
    expect(page.get_by_text("Relayed. It is on its way.")).to_be_visible()
    made = Alert.objects.get(relay_of=first)
    given.hand_over(made)

    page.goto(f"{live_server.url}/desk/inbox/{seen(east(12_000), made).ref}/")
    page.get_by_role("button", name="Turn it, or make it wider").click()
    expect(page.get_by_text("ahead to the east: 0 farms, 1 person not told yet, text 1")).to_be_visible()
    page.get_by_role("button", name="Wider").click()
    page.get_by_role("button", name="Turn it left").click()
    expect(page.get_by_text("ahead to the north-east:")).to_be_visible()
    page.get_by_role("button", name="Turn it right").click()
    page.get_by_label("How far ahead").select_option("In the next 30 minutes")
    page.get_by_role("button", name="Show this ring").click()
    expect(page.get_by_text("Up to 30 minutes ahead to the east:")).to_be_visible()
    expect(page.get_by_role("heading", name="It may cross into Kelp Constabulary")).to_be_visible()
    assert f"Our reference: {made.ref}" in page.get_by_label("What they are told").input_value()
    shoot(page, "ring-border-360")
    page.get_by_role("button", name="Send it to Kelp Constabulary by e-mail").click()
    expect(page.get_by_text("On its way to Kelp Constabulary by e-mail.")).to_be_visible()
    expect(page.get_by_text("by e-mail Waiting")).to_be_visible()
    page.get_by_role("button", name="I have told Kelp Constabulary").click()
    expect(page.get_by_text("Written down: handed over to Kelp Constabulary.")).to_be_visible()
    expect(page.get_by_text("Up to 30 minutes ahead to the east:")).to_be_visible()
    page.get_by_role("button", name="Tell those ahead").click()
    expect(page.get_by_text("Relayed. It is on its way.")).to_be_visible()

    assert given.meant(made) == {near.pk, both.pk}
    second = Alert.objects.get(relay_of=made)
    assert given.meant(second) == {last.pk}
    assert behind.pk not in given.meant(first) | given.meant(made) | given.meant(second)
    assert len(given.logged("alert.handed_over", made)) == 2


def test_the_pages_are_accessible_fit_and_draw_the_ring(enter: Enter, live_server: LiveServer, first: Alert) -> None:
    given.farmer(at=east(26_000))
    places.add_ways(
        ways=[
            ("R1", "A148", WayKind.ROAD, LineString([east(20_000), east(26_000), east(48_000, bearing=80)])),
            ("R2", "", WayKind.ROAD, LineString([east(26_000), east(35_000, bearing=120)])),
        ],
        source="test",
    )
    page = enter(builders.officer(Role.OPERATOR, name="Oakes"), bypass_csp=True)
    answer = f"{live_server.url}/desk/inbox/{seen(east(20_000), first).ref}/"

    for name, address in (("answer", answer), ("page", f"{answer}ring/")):
        page.set_viewport_size(DESK)
        page.goto(address)
        expect(page.locator("[data-map][data-ready=yes]")).to_have_count(1)
        drawn = page.evaluate("document.querySelector('[data-map]').map.getSource('chosen').serialize().data")
        assert re.search(r"Polygon", str(drawn))
        for summary in page.locator("main summary").all():
            summary.click()
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            shoot(page, f"ring-{name}-{size['width']}")
            assert faults(page) == [], name
            assert not is_too_wide(page), name
        letters_twice_as_big(page)
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            shoot(page, f"ring-{name}-{size['width']}-200")
            assert not is_too_wide(page), f"{name} with letters twice as big"
        if name == "answer":
            page.get_by_label("Which way").fill("heading west")
            expect(page.get_by_text("minutes ahead to the west: 0 farms, 0 people")).to_be_visible()
        else:
            expect(page.get_by_role("heading", name="It may cross into Kelp Constabulary")).to_be_visible()
