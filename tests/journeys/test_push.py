"""A member has alerts shown on their phone: one press, shown when it comes, opened when pressed; and all that may fail.

The browser cannot reach its maker from here, so what its maker gives is said for it, and what comes is brought by the
browser's own tools; permission, worker, notification and page are its own.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as configured
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.members.models import Consent, ContactPoint, Member, PushDevice
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.models import Receipt
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Outgoing
from hueandcry.gateways.push.web import _words
from tests import builders
from tests.gateways.peers.web_push import BROWSER
from tests.journeys.looking import PHONE, faults, is_too_wide, letters_twice_as_big
from tests.journeys.waits import wait_for, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/journey"
GIVES = f"""PushManager.prototype.subscribe = async () => ({{ toJSON: () => (
  {{ endpoint: "{ENDPOINT}", keys: {{ p256dh: "{BROWSER.p256dh}", auth: "{BROWSER.auth}" }} }}) }});"""
FAILS = "PushManager.prototype.subscribe = async () => { throw new DOMException('no', 'AbortError'); };"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1"

SHOWN = "navigator.serviceWorker.ready.then((there) => there.getNotifications())"

Open = Callable[..., Page]


@pytest.fixture(autouse=True)
def pushes(settings: Any) -> Iterator[None]:
    settings.GATEWAYS = {**configured.GATEWAYS, "push": "hueandcry.gateways.push.web.WebPush"}
    registry.routes_for.cache_clear()
    yield
    registry.routes_for.cache_clear()


@pytest.fixture
def farmer(live_server: LiveServer) -> Member:
    return builders.member(name="Tansy Marr")


@pytest.fixture
def opened(browser: Browser, live_server: LiveServer, farmer: Member) -> Iterator[Open]:
    """Open the page on which a member says how they are reached."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def opens(*, script: str = GIVES, allowed: bool = True, **more: Any) -> Page:
        context = browser.new_context(**{"viewport": PHONE, "service_workers": "allow", **more})
        contexts.append(context)
        if allowed:
            context.grant_permissions(["notifications"], origin=live_server.url)
        context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.goto(f"{live_server.url}{reverse('public:my:reach', kwargs={'token': farmer.page_token})}")
        return page

    yield opens
    for context in contexts:
        context.close()
    assert complaints == []


def looks_right(page: Page) -> None:
    assert faults(page) == []
    assert not is_too_wide(page)


def bring(page: Page, tools: CDPSession, push: dict[str, str], question: str) -> None:
    """Bring a push until it is shown: a browser that is asked while it is at it forgets what it was to show."""
    for _ in range(10):
        tools.send("ServiceWorker.deliverPushMessage", push)
        for _ in range(10):
            page.wait_for_timeout(300)
            if page.evaluate(f"{SHOWN}.then({question})"):
                return
    raise AssertionError(f"Not shown: {question}")


def test_one_press_shows_alerts_and_a_press_on_one_opens_the_page(
    opened: Open, farmer: Member, live_server: LiveServer
) -> None:
    page = opened()
    looks_right(page)
    page.get_by_role("button", name="Show alerts on this phone").click()
    expect(page.get_by_text("Alerts are shown on this device from now on.")).to_be_visible()
    looks_right(page)

    contact = ContactPoint.objects.get(member=farmer, channel=Channel.PUSH)
    assert PushDevice.objects.get(contact=contact).endpoint == ENDPOINT
    assert Consent.objects.get(member=farmer, channel=Channel.PUSH).wording == "2026-11-push"

    home = f"{live_server.url}/my/{farmer.page_token}/"
    said = Outgoing("K7M2PQ-1", contact.address, "Sheep on the A12.", sender="Doggerland Police", link=home)
    tools = page.context.new_cdp_session(page)
    known: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: known.extend(one["registrationId"] for one in told["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    wait_until(page, "navigator.serviceWorker.ready.then((there) => there.active?.state === 'activated')")
    wait_for(page, lambda: known, "the browser names its worker")
    there = {"origin": live_server.url, "registrationId": known[0]}

    bring(page, tools, {**there, "data": _words(said).decode()}, "(all) => all.length === 1")
    first = f"{SHOWN}.then(([one]) => [one.title, one.body, one.tag, one.data.link])"
    assert page.evaluate(first) == ["Doggerland Police", "Sheep on the A12.", "K7M2PQ-1", home]

    # It told us that it was shown, with the mark that only it was given.
    worker = page.context.service_workers[0]
    wait_for(page, Receipt.objects.exists, "it told us that it was shown")
    assert list(Receipt.objects.values_list("gateway", "provider_ref", "fate")) == [
        ("web-push", "K7M2PQ-1", "delivered")
    ]

    # The same once more, said in other words, replaces it; a link to elsewhere is not followed.
    again = {**there, "data": _words(replace(said, body="They are off the A12.")).decode()}
    bring(page, tools, again, "(all) => all.length === 1 && all[0].body === 'They are off the A12.'")
    press = """async (link) => {
      const opened = [];
      self.clients.openWindow = async (address) => { opened.push(address); };
      self.clients.matchAll = async () => [];
      const [notification] = await self.registration.getNotifications();
      const made = { close() {}, data: { link: link || notification.data.link } };
      const event = new NotificationEvent("notificationclick", { notification });
      Object.defineProperty(event, "notification", { value: made });
      self.dispatchEvent(event);
      await new Promise((done) => setTimeout(done, 50));
      return opened;
    }"""
    assert worker.evaluate(press, "") == [f"{home}#lately"]
    assert worker.evaluate(press, "https://example.org/") == []

    odd = json.dumps({"title": "<b>", "body": "x" * 3000, "link": 7})
    for data, title in (("", "localhost"), (odd, "<b>"), ("no json", "localhost")):
        question = f"(all) => all.length === 2 && all.some((one) => one.title === '{title}')"
        bring(page, tools, {**there, "data": data}, question)


def test_who_says_no_is_told_how_to_say_yes(opened: Open, farmer: Member) -> None:
    page = opened(script="Notification.requestPermission = async () => 'denied';", allowed=False)

    page.evaluate("document.querySelector('[data-push] form').requestSubmit()")
    expect(page.get_by_role("status").filter(has_text="settings")).to_be_visible()

    assert not PushDevice.objects.exists()


def test_a_browser_that_reaches_nobody_says_so_and_may_try_again(opened: Open) -> None:
    page = opened(script=FAILS)
    button = page.get_by_role("button", name="Show alerts on this phone")
    button.click()

    expect(page.get_by_text("That did not work")).to_be_visible()
    expect(button).to_be_enabled()
    assert not PushDevice.objects.exists()


def test_on_an_iphone_it_says_what_comes_first(opened: Open) -> None:
    page = opened(script="delete window.PushManager;", user_agent=IPHONE)

    expect(page.get_by_text("Add to Home Screen")).to_be_visible()
    expect(page.get_by_role("button", name="Show alerts on this phone")).to_be_hidden()


def test_without_javascript_it_says_what_is_needed(opened: Open) -> None:
    page = opened(java_script_enabled=False, viewport={"width": 1280, "height": 900})

    expect(page.get_by_text("needs JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Show alerts on this phone")).to_be_hidden()


def test_at_twice_the_size_of_letters_it_fits(opened: Open) -> None:
    page = opened()
    letters_twice_as_big(page)

    looks_right(page)
