"""The officer's desk in a real browser: the whole chain, by mouse, by keyboard, without JavaScript, with axe."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import Goes, State
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Inbound, Message
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.reports import actions as reporting
from hueandcry.domain.reports.models import Report
from hueandcry.kit import clock, grid
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain import messaging as sent
from tests.domain import reporting as said
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide, letters_twice_as_big
from tests.journeys.waits import wait_until
from tests.web.desk import the_force

DELL, NEXT = "+447700900111", "+447700900222"
SIGHTING = grid.format(*grid.to_grid(2.53, 54.53), digits=6)

Enter = Callable[..., Page]


@pytest.fixture
def land(live_server: LiveServer) -> None:
    """Make a force with a village, and a farmer inside the area that is drawn and one outside."""
    the_force()
    builders.topic()
    builders.place("Holt Haven")
    builders.place("Marsh End", at=(2.53, 54.53))
    given.farmer(name="Dell", mobile=DELL)
    given.farmer(name="Far", at=(3.3, 55.1))


@pytest.fixture
def enter(browser: Browser, live_server: LiveServer) -> Iterator[Enter]:
    """Open the desk as an officer; what the content policy refuses becomes a failure at the end."""
    complaints: list[str] = []

    def come_in(officer: Officer, **context: Any) -> Page:
        client = Client()
        client.force_login(officer)
        opened: BrowserContext = browser.new_context(viewport=context.pop("viewport", DESK), **context)
        opened.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        page = opened.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.goto(f"{live_server.url}/desk/")
        return page

    yield come_in
    assert complaints == []


def send_all() -> None:
    """Do what the workers do: hand over what waits, take in what came back."""
    for ref in Message.objects.order_by("id").values_list("ref", flat=True):
        messaging.dispatch(message_ref=ref)
    for ref in Inbound.objects.values_list("ref", flat=True):
        reporting.open_from_message(inbound_ref=ref)


def write_alert(page: Page) -> None:
    """Fill the form in and keep it."""
    page.get_by_role("button", name="Write an alert").click()
    page.get_by_label("Subject").select_option("hare-coursing")
    page.get_by_label("Headline").fill("Hare coursing near Holt Haven")
    page.get_by_label("What happened").fill("Grey pick-up, three men with dogs")
    page.get_by_label("Where on the map").fill("holt haven")
    page.get_by_label("What do we ask of people?").fill("Have you seen it?")


def draw(page: Page, corners: list[tuple[float, float]]) -> None:
    """Click the corners of an area on the map, as shares of its width and height."""
    page.wait_for_selector("[data-map][data-ready]")
    page.get_by_role("button", name="Draw an area").click()
    canvas = page.locator("canvas.maplibregl-canvas")
    canvas.scroll_into_view_if_needed()
    frame = canvas.bounding_box()
    assert frame is not None
    for across, down in corners:
        page.mouse.click(frame["x"] + across * frame["width"], frame["y"] + down * frame["height"])
        # Two clicks in one breath are a double-click.
        page.wait_for_timeout(350)
    page.get_by_role("button", name="Finish").click()


def send_for_approval(page: Page) -> None:
    """Answer whether a suspect could read it, by one press, and send it."""
    page.get_by_role("button", name="No: it tells a suspect nothing").click()
    page.get_by_role("button", name="Send for approval").click()


def aim_and_send_for_approval(page: Page) -> None:
    """Draw the area round the farm, see the count, keep it, send it for approval."""
    page.get_by_role("checkbox", name="Farm Watch", exact=True).check()
    draw(page, [(0.35, 0.35), (0.65, 0.35), (0.65, 0.65), (0.35, 0.65)])
    expect(page.locator("[data-map-say]")).to_have_text("One area is drawn.")
    expect(page.locator("#count")).to_contain_text("1 person: 1 by text")
    page.get_by_role("button", name="Keep").click()
    send_for_approval(page)
    expect(page.get_by_text("It waits for a second officer")).to_be_visible()


def approve_and_watch(page: Page) -> None:
    """Release what waits, and see the figures change by themselves."""
    page.get_by_role("link", name="Hare coursing near Holt Haven").click()
    page.get_by_role("button", name="Approve and release to 1 member").click()
    expect(page.get_by_text("Released. It is on its way.")).to_be_visible()
    send_all()
    expect(page.locator("#figures")).to_contain_text("The first was handed over after")


def relay_the_answer(page: Page) -> None:
    """Open the answer, see the words that go out, press once."""
    page.get_by_role("link", name="Inbox").click()
    page.get_by_role("cell").get_by_role("link").first.click()
    expect(page.get_by_text("grey pick-up heading north")).to_have_count(2)
    expect(page.get_by_text("1 person: 1 by text")).to_be_visible()
    page.get_by_role("button", name="Relay", exact=True).click()
    expect(page.get_by_text("Relayed. It is on its way.")).to_be_visible()
    send_all()


def stand_down_and_end(page: Page) -> None:
    """Call it off, then say what came of it."""
    page.get_by_text("Stand down", exact=True).first.click()
    page.get_by_label("Why?").fill("The pick-up was checked.")
    page.get_by_role("button", name="Stand down").click()
    expect(page.get_by_text("Everybody whom it reached is being told.")).to_be_visible()
    page.get_by_text("End, and say what came of it").click()
    page.get_by_label("What came of it?").fill("Three men were reported for hare coursing.")
    page.get_by_role("button", name="End and tell those who answered").click()
    expect(page.get_by_text("Everybody who answered is being told.")).to_be_visible()
    send_all()


def test_a_night_from_the_first_words_to_the_ending(enter: Enter, land: None, live_server: LiveServer) -> None:
    constable = enter(cast.amos())
    write_alert(constable)
    expect(constable.locator("#check")).to_contain_text("understood as Holt Haven")
    expect(constable.locator("#check")).to_contain_text("Do not approach. Now or danger: 999.")
    constable.get_by_role("button", name="Keep, and choose who it is for").click()
    aim_and_send_for_approval(constable)

    approve_and_watch(enter(cast.birch()))
    assert "Do not approach" in sent.by_phone(DELL)[0]

    messaging.type_on_phone(address=DELL, body=f"Dell here, saw it at {SIGHTING}, grey pick-up heading north")
    send_all()
    given.farmer(name="Next", mobile=NEXT, at=(2.54, 54.54))
    operator = enter(builders.officer(Role.OPERATOR, name="Oakes", rank="Operator"))
    relay_the_answer(operator)
    assert "near Marsh End" in sent.by_phone(NEXT)[0]
    assert "Dell" not in sent.by_phone(NEXT)[0]

    first = Alert.objects.get(relay_of=None)
    operator.goto(f"{live_server.url}{reverse('desk:alerts:page', args=[first.ref])}")
    stand_down_and_end(operator)
    assert any("CANCELLED" in text for text in sent.by_phone(DELL))
    assert any("CANCELLED" in text for text in sent.by_phone(NEXT))
    assert "Three men were reported for hare coursing" in sent.by_phone(DELL)[-1]
    assert set(Alert.objects.values_list("state", flat=True)) == {State.ENDED}


def test_an_area_is_drawn_with_the_keyboard_alone(enter: Enter, land: None, live_server: LiveServer) -> None:
    author = cast.amos()
    alert = given.drafted(author)
    page = enter(author)
    page.goto(f"{live_server.url}{reverse('desk:alerts:audience', args=[alert.ref])}")
    page.wait_for_selector("[data-map][data-ready]")

    page.get_by_role("button", name="Draw an area").press("Enter")
    canvas = page.locator("canvas.maplibregl-canvas")
    expect(canvas).to_be_focused()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        canvas.press("Enter")
        canvas.press(key)
        wait_until(page, "!document.querySelector('[data-map]').map.isMoving()")
    canvas.press("Enter")
    canvas.press("Enter")

    expect(page.locator("[data-map-say]")).to_have_text("One area is drawn.")
    assert page.locator("#id_drawn").input_value().startswith('{"type":"MultiPolygon"')


def test_an_alert_is_written_and_aimed_without_javascript(enter: Enter, land: None) -> None:
    builders.area("Holt")
    page = enter(cast.amos(), java_script_enabled=False, viewport=PHONE)
    write_alert(page)

    page.get_by_role("button", name="Check").click()
    expect(page.locator("#check")).to_contain_text("understood as Holt Haven")
    page.get_by_role("button", name="Keep, and choose who it is for").click()
    page.get_by_label("Find an area by its name or code").fill("hol")
    page.get_by_role("button", name="Find").click()
    page.get_by_label("Holt parish").check()
    page.get_by_role("checkbox", name="Farm Watch", exact=True).check()
    page.get_by_role("button", name="Count").click()
    expect(page.locator("#count")).to_contain_text("1 person: 1 by text")
    page.get_by_role("button", name="Keep").click()
    send_for_approval(page)

    assert Alert.objects.get().state == State.WAITING


def test_areas_are_found_and_shown_on_the_map_as_they_are_ticked(
    enter: Enter, land: None, live_server: LiveServer
) -> None:
    builders.area("Holt")
    author = cast.amos()
    alert = given.drafted(author, asked=given.question(circles=(), areas=()))
    page = enter(author)
    page.goto(f"{live_server.url}{reverse('desk:alerts:audience', args=[alert.ref])}")
    page.wait_for_selector("[data-map][data-ready]")

    page.get_by_label("Find an area by its name or code").fill("hol")
    with page.expect_response("**/boundaries.json**"):
        page.get_by_label("Holt parish").check()

    expect(page.locator("#count")).to_contain_text("1 person: 1 by text")


def in_between(author: Officer, approver: Officer) -> list[Alert]:
    """Return alerts at the less common points of their life: scheduled, an exercise, with a correction that waits."""
    scheduled, drill, wrong = given.waiting(author), given.drafted(author), given.released(author, approver)
    in_an_hour = clock.now() + dt.timedelta(hours=1)
    alerts.approve(alert_ref=scheduled.ref, officer=approver, goes=Goes.AT, goes_at=in_an_hour)
    alerts.choose_how(alert_ref=drill.ref, officer=author, is_drill=True, has_canaries=True)
    alerts.correct(
        alert_ref=wrong.ref,
        officer=author,
        words=replace(given.WORDS, what="Blue pick-up, three men with dogs"),
        occurred_at=wrong.occurred_at,
        expires_at=wrong.expires_at,
        reason="The pick-up was blue",
    )
    return [scheduled, drill, wrong]


@pytest.fixture
def screens(land: None, live_server: LiveServer) -> list[str]:
    """Give every screen of the desk, with something to see on it."""
    author, approver = cast.amos(), cast.birch()
    running = given.released(author, approver)
    waits, draft = given.waiting(author), given.drafted(author, words=given.WORDS)
    messaging.type_on_phone(address=DELL, body=f"Saw it at {SIGHTING}, AB12 CDE, heading north")
    send_all()
    said.told("They have a gun, help")
    report = Report.objects.get(about=f"alert:{running.ref}")
    names = [
        *("home:front", "alerts:list", "alerts:new", "inbox:list", "members:list", "members:new"),
        *("schemes:list", "places:find", "records:list", "alerts:rules", "rota:week"),
    ]
    with_refs = [
        *(("alerts:page", alert.ref) for alert in (running, waits, draft, *in_between(author, approver))),
        *(("alerts:correct", running.ref), ("alerts:leaked", running.ref)),
        *(("alerts:edit", draft.ref), ("alerts:audience", draft.ref), ("inbox:page", report.ref)),
        ("members:page", builders.member(schemes=(builders.scheme(),)).ref),
        ("schemes:page", builders.scheme().ref),
    ]
    paths = [reverse(f"desk:{name}") for name in names]
    paths += [reverse(f"desk:{name}", args=[ref]) for name, ref in with_refs]
    return [f"{live_server.url}{path}" for path in [*paths, f"{reverse('desk:places:find')}?text=holt+haven"]]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_screen_is_accessible_and_fits(enter: Enter, screens: list[str], size: ViewportSize) -> None:
    page = enter(builders.officer(Role.INSPECTOR, name="Moor", rank="Inspector"), viewport=size)

    for address in screens:
        page.goto(address)
        if page.locator("[data-map]").count():
            page.wait_for_selector("[data-map][data-ready]")

        assert faults(page) == [], address
        assert not is_too_wide(page), address


def test_every_screen_fits_with_letters_twice_as_big(enter: Enter, screens: list[str]) -> None:
    page = enter(builders.officer(Role.INSPECTOR, name="Moor", rank="Inspector"), viewport=PHONE, bypass_csp=True)

    for address in screens:
        page.goto(address)
        letters_twice_as_big(page)

        assert not is_too_wide(page), address
