"""Joining on a phone with one bar of signal: without JavaScript, with big letters, and with a screen reader."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import SchemeKind
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.actions.welcoming import say_code
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.places.actions import add_postcodes
from hueandcry.domain.places.actions.addresses import add_addresses
from hueandcry.domain.places.rules import AddressLine
from hueandcry.domain.records.models import Record
from hueandcry.kit.geometry import Point
from tests import builders
from tests.journeys.looking import DESK, PHONE, SMALLEST, faults, is_too_wide, letters_twice_as_big
from tests.web.desk import the_force


@pytest.fixture(autouse=True)
def demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMONSTRATION", True)


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """Give the address of a force with a place, subjects, a scheme and a partner."""
    the_force()
    builders.force()
    builders.partner()
    near = builders.area("Holt")
    builders.topic()
    builders.topic("fuel-theft", "Fuel theft")
    about = "Farmers round Holt who look out for one another."
    builders.scheme("Holt Farm Watch", SchemeKind.FARM, area_id=near.id, about=about)
    return str(live_server.url)


def work() -> None:
    """Do what the workers would."""
    for record in Record.objects.filter(event__startswith="application."):
        say_code(application_ref=record.subject.removeprefix("application:"))
    for message in Message.objects.order_by("id"):
        messaging.dispatch(message_ref=message.ref)


def fill_in(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="Join now").click()
    page.get_by_label("Your name").fill("Robin Wold")
    page.get_by_label("Where are you?").fill("54.5, 2.5")
    page.get_by_label("House number or name").fill("Mill Farm")
    page.locator("#id_use").select_option("farm")
    page.get_by_label("Your mobile number").fill("07700 900123")
    page.get_by_label("Hare coursing").check()


def type_the_code(page: Page, site: str) -> None:
    """Read the code on the sandbox phone, as its owner does, and type it."""
    waiting = page.url
    page.goto(f"{site}/phones/")
    page.get_by_role("link", name="07700 900123").click()
    code = re.search(r"\b\d{6}\b", page.locator(".hc-words").first.inner_text())
    assert code is not None
    page.goto(waiting)
    page.get_by_label("The code").fill(code[0])
    page.get_by_role("button", name="Join").click()


def test_a_farmer_joins_on_a_phone_without_javascript(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()

    fill_in(page, site)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Holt Farm Watch").check()
    page.get_by_label("Yes: alerts and appeals").check()
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()
    assert context.cookies() == []
    work()
    type_the_code(page, site)
    expect(page.get_by_role("heading", name="Welcome, Robin Wold")).to_be_visible()
    page.get_by_role("button", name="Open your own page").or_(
        page.get_by_role("link", name="Open your own page")
    ).click()

    expect(page.get_by_role("heading", name="Good day, Robin Wold")).to_be_visible()
    member = Member.objects.get(name="Robin Wold")
    assert [part.scheme.name for part in member.memberships.all()] == ["Holt Farm Watch"]


def test_a_house_is_picked_on_a_phone_without_javascript_and_in_big_letters(browser: Browser, site: str) -> None:
    add_postcodes(postcodes=[("QD4 1AR", Point(2.5, 54.5), 500.0)], source="made up")
    houses = [("QD41AR", AddressLine(n, f"{n} Marram Lane, Holt", Point(2.5, 54.5 + n / 9999))) for n in (1, 2, 10)]
    add_addresses(addresses=houses, source="made up")
    plain = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    big = browser.new_context(viewport=SMALLEST).new_page()

    for page in (plain, big):
        fill_in(page, site)
        page.get_by_label("Where are you?").fill("qd4 1ar")
        page.get_by_role("button", name="Next").click()
        page.get_by_label("Which address is it?").select_option("10 Marram Lane, Holt")
    letters_twice_as_big(big)
    assert faults(big) == []
    assert not is_too_wide(big)
    plain.get_by_label("Yes: alerts and appeals").check()
    plain.get_by_role("button", name="Join").click()
    expect(plain.get_by_role("heading", name="Type the code")).to_be_visible()
    work()
    type_the_code(plain, site)
    expect(plain.get_by_role("heading", name="Welcome, Robin Wold")).to_be_visible()

    assert Member.objects.get(name="Robin Wold").places.get().point == houses[2][1].point


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_step_is_accessible_and_fits(browser: Browser, site: str, size: ViewportSize) -> None:
    page = browser.new_context(viewport=size).new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    titles: set[str] = set()

    def look() -> None:
        assert faults(page) == [], page.title()
        titles.add(page.title())
        assert not is_too_wide(page), page.title()

    page.goto(f"{site}/join/")
    page.get_by_role("button", name="Next").click()
    look()
    fill_in(page, site)
    look()
    page.get_by_role("button", name="Next").click()
    page.get_by_text("Change when and how").click()
    look()
    page.get_by_role("button", name="Join").click()
    look()
    page.get_by_label("Yes: alerts and appeals").check()
    page.get_by_role("button", name="Join").click()
    look()
    page.get_by_label("The code").fill("12")
    page.get_by_role("button", name="Join").click()
    look()

    assert complaints == []
    assert len(titles) == 6


def test_a_members_settings_are_accessible_and_fit(browser: Browser, site: str) -> None:
    member = builders.member(name="Dell", mobile="+447700900111", email="dell@example.org", landline="+442079460001")
    screens = ("", "how/", "person/", "reach/", "places/", "interests/", "agreed/", "held/")
    for size in (PHONE, DESK):
        page = browser.new_context(viewport=size).new_page()
        for screen in screens:
            page.goto(f"{site}/my/{member.page_token}/{screen}")

            assert faults(page) == [], screen
            assert not is_too_wide(page), screen

    page = browser.new_context(viewport=SMALLEST, bypass_csp=True).new_page()
    for screen in screens:
        page.goto(f"{site}/my/{member.page_token}/{screen}")
        letters_twice_as_big(page)

        assert not is_too_wide(page), screen


def test_joining_fits_with_letters_twice_as_big(browser: Browser, site: str) -> None:
    page = browser.new_context(viewport=SMALLEST, bypass_csp=True).new_page()

    fill_in(page, site)
    letters_twice_as_big(page)
    assert not is_too_wide(page)
    page.get_by_role("button", name="Next").click()
    letters_twice_as_big(page)

    assert not is_too_wide(page)


def test_a_phone_says_where_it_is(browser: Browser, site: str) -> None:
    context = browser.new_context(
        viewport=PHONE, geolocation={"latitude": 54.5, "longitude": 2.5}, permissions=["geolocation"]
    )
    page = context.new_page()
    page.goto(f"{site}/join/")

    page.get_by_role("button", name="Use where I am now").click()

    expect(page.get_by_label("Where are you?")).to_have_value("54.50000, 2.50000")
