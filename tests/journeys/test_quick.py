"""A constable on a lay-by at night, one thumb and a phone: from the first press to a colleague's desk, counted."""

import datetime as dt
import math
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Geolocation, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.alerts.rules.suspects import is_asked
from hueandcry.domain.alerts.rules.templates import BY_KEY
from hueandcry.domain.organisations.models import Officer
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide, letters_twice_as_big, shoot
from tests.web.desk import the_force

HERE = Geolocation(latitude=54.5, longitude=2.5)
VEHICLE = "/desk/alerts/quick/suspect-vehicle/"


class Thumb:
    """A page pressed with one thumb: every press is counted, and nothing is typed unless it says so."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.keys, self.swipes = page, 0, 0, 0

    def tap(self, what: Locator) -> None:
        """Press something, where a thumb would; a swipe moves half a screen."""
        before = self.page.evaluate("scrollY")
        what.scroll_into_view_if_needed()
        self.swipes += math.ceil(abs(self.page.evaluate("scrollY") - before) / (PHONE["height"] / 2))
        what.click()
        self.taps += 1

    def type(self, into: Locator, words: str) -> None:
        """Type something: a press into the box, then the keys."""
        into.fill(words)
        self.taps += 1
        self.keys += len(words)

    @property
    def seconds(self) -> float:
        """Return how long that takes by the keystroke-level model: to decide and to press, to swipe, to hit a key."""
        return self.taps * (1.35 + 1.1) + self.swipes * 0.7 + self.keys * 0.5

    def answer(self, question: str, label: str) -> None:
        """Press one of the answers of a question."""
        group = self.page.get_by_role("group", name=question)
        self.tap(group.get_by_text(label, exact=True))


@pytest.fixture
def land(live_server: LiveServer) -> None:
    the_force()
    builders.place("Holt Haven")
    builders.place("Marsh End", at=(2.53, 54.53))
    given.farmer(name="Dell", mobile="+447700900111")
    given.farmer(name="Far", at=(3.3, 55.1))


@pytest.fixture
def came_in(browser: Browser, live_server: LiveServer) -> Iterator[list[str]]:
    """Collect what the content policy refuses: nothing must."""
    complaints: list[str] = []
    yield complaints
    assert complaints == []


def is_complaint(line: ConsoleMessage) -> bool:
    """Say whether the page complains: that a newer look took the place of an older one is none."""
    return line.type == "error" and not line.text.startswith("htmx:")


def on_a_phone(browser: Browser, live_server: LiveServer, officer: Officer, complaints: list[str], **how: Any) -> Page:
    client = Client()
    client.force_login(officer)
    context = browser.new_context(viewport=PHONE, geolocation=HERE, permissions=["geolocation"], **how)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda line: complaints.append(line.text) if is_complaint(line) else None)
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.goto(f"{live_server.url}/desk/")
    return page


def test_from_thumb_to_a_colleagues_desk_in_eight_taps_and_no_key(
    browser: Browser, live_server: LiveServer, land: None, came_in: list[str]
) -> None:
    page = on_a_phone(browser, live_server, cast.amos(), came_in)
    thumb = Thumb(page)

    # 02:10:00, the desk is open on the phone.
    thumb.tap(page.get_by_role("button", name="Write an alert"))
    thumb.tap(page.get_by_role("link", name="Suspect vehicle"))
    thumb.tap(page.get_by_role("button", name="Use where I am"))
    thumb.answer("What is it?", "Pick-up")
    thumb.answer("Colour?", "Grey")
    thumb.answer("Which way?", "North")
    thumb.answer("Could a suspect read this?", "No")
    # The text, whom it reaches and what it costs stand there by themselves.
    expect(page.locator("#panel")).to_contain_text("Grey pick-up, heading north, Holt Haven")
    expect(page.locator("#panel")).to_contain_text("1 person: 1 by text")
    thumb.tap(page.get_by_role("button", name="Send for approval"))
    expect(page.get_by_text("Sent for approval. A second officer releases it.")).to_be_visible()

    assert (thumb.taps, thumb.keys) == (8, 0)
    assert thumb.seconds < 30
    assert Alert.objects.get().state == State.WAITING


# The longest ways without typing, and the one that needs keys; how often the others are pressed is counted on the desk
# (tests/web/test_desk_quick.py).
LONGEST = {"suspect-vehicle": 10, "suspicious-people": 9, "meeting": 7}


def test_the_longest_ways_through_a_template_take_half_a_minute_too(
    browser: Browser, live_server: LiveServer, land: None, came_in: list[str]
) -> None:
    page = on_a_phone(browser, live_server, cast.amos(), came_in)
    begins = timezone.localtime(clock.now() + dt.timedelta(days=3))
    ways: dict[str, Thumb] = {}

    for template in (BY_KEY[key] for key in LONGEST):
        ways[template.key] = thumb = Thumb(page)
        page.goto(f"{live_server.url}/desk/")
        thumb.tap(page.get_by_role("button", name="Write an alert"))
        thumb.tap(page.get_by_role("link", name=template.name))
        thumb.tap(page.get_by_role("button", name="Use where I am"))
        if template.starts:
            thumb.type(page.get_by_label("Day", exact=True), f"{begins:%Y-%m-%d}")
            thumb.type(page.get_by_label("Time", exact=True), "19:30")
        for question in sorted(template.questions, key=lambda one: not one.needed):
            if question.choices:
                thumb.answer(question.label, question.choices[0].label)
        if is_asked(template=template.key):
            thumb.answer("Could a suspect read this?", "No")
        expect(page.locator("#panel")).to_contain_text("1 person: 1 by text")
        shoot(page, f"quick-{template.key}-360")
        thumb.tap(page.get_by_role("button", name="Send for approval"))
        expect(page.get_by_text("Sent for approval. A second officer releases it.")).to_be_visible()

    assert {key: thumb.taps for key, thumb in ways.items()} == LONGEST
    assert {key for key, thumb in ways.items() if thumb.keys} == {"meeting"}
    # Who answers all that may be asked about a vehicle, two questions more than are needed, takes 32 seconds.
    assert {key for key, thumb in ways.items() if thumb.seconds > 30} <= {"suspect-vehicle"}
    assert Alert.objects.filter(state=State.WAITING).count() == len(LONGEST)


def test_a_trained_officer_releases_it_with_the_same_last_press(
    browser: Browser, live_server: LiveServer, land: None, came_in: list[str]
) -> None:
    page = on_a_phone(browser, live_server, cast.oakes(), came_in)
    page.goto(f"{live_server.url}{VEHICLE}")
    thumb = Thumb(page)

    thumb.tap(page.get_by_role("button", name="Use where I am"))
    thumb.answer("What is it?", "Quad")
    thumb.answer("Could a suspect read this?", "No")
    thumb.tap(page.get_by_role("button", name="Wider"))
    expect(page.locator("input[name=step]")).to_have_value("1")
    thumb.tap(page.get_by_role("button", name="Release now to 1 member"))

    expect(page.get_by_text("Released. It is on its way.")).to_be_visible()
    assert Alert.objects.get().state == State.RELEASED


def test_without_javascript_it_takes_two_steps(
    browser: Browser, live_server: LiveServer, land: None, came_in: list[str]
) -> None:
    page = on_a_phone(browser, live_server, cast.amos(), came_in, java_script_enabled=False)
    page.goto(f"{live_server.url}{VEHICLE}")
    thumb = Thumb(page)

    page.get_by_label("Where?").fill("holt haven")
    thumb.answer("What is it?", "Van")
    thumb.answer("Could a suspect read this?", "No")
    thumb.tap(page.get_by_role("button", name="See it").last)
    expect(page.locator("#panel")).to_contain_text("Van, Holt Haven")
    thumb.tap(page.get_by_role("button", name="Wider"))
    expect(page.locator("#panel")).to_contain_text("1 person: 1 by text")
    thumb.tap(page.get_by_role("button", name="Send for approval"))

    assert Alert.objects.get().state == State.WAITING


def test_the_screens_of_writing_are_accessible_and_fit(
    browser: Browser, live_server: LiveServer, land: None, came_in: list[str]
) -> None:
    author = cast.birch()
    alert, own = given.drafted(author), given.own_template()
    page = on_a_phone(browser, live_server, author, came_in, bypass_csp=True)
    paths = ("quick/", "quick/suspect-vehicle/", "quick/meeting/", f"{alert.ref}/preview/")

    for path in [f"/desk/alerts/{path}" for path in (*paths, "templates/", f"templates/{own.key}/")]:
        page.goto(f"{live_server.url}{path}")
        if path == VEHICLE:
            page.get_by_role("button", name="Use where I am").click()
            page.get_by_text("Pick-up", exact=True).click()
            expect(page.locator("#panel")).to_contain_text("Who gets it")
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            assert faults(page) == [], (path, size)
            assert not is_too_wide(page), (path, size)
        page.set_viewport_size(PHONE)
        letters_twice_as_big(page)
        assert not is_too_wide(page), path


def test_without_javascript_the_previews_stand_one_below_the_other(
    browser: Browser, live_server: LiveServer, land: None, came_in: list[str]
) -> None:
    author = cast.amos()
    alert = given.drafted(author)
    page = on_a_phone(browser, live_server, author, came_in, java_script_enabled=False)

    page.goto(f"{live_server.url}/desk/alerts/{alert.ref}/preview/")

    for words in ("Do not approach. Now or danger: 999.", "Peidiwch", "On paper"):
        assert page.get_by_text(words).first.is_visible()
