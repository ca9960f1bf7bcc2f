"""A doorstep without signal in a real browser: locked drafts, sent once, nothing readable left behind."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.members.models import Consent, Member, SignUp, Visit
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places.actions.addresses import add_addresses
from hueandcry.domain.places.rules import AddressLine
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain.doorstep import street
from tests.domain.test_member_applying_rules import SLIPS
from tests.journeys.looking import PHONE, faults, is_too_wide, letters_twice_as_big
from tests.journeys.waits import wait_for, wait_until
from tests.web.desk import the_force

PIN = "481516"
# Everything that is written down below: none of it may be readable on the phone.
PERSONAL = (
    "Quillon",
    "Barrowby",
    "900123",
    "quillon@example.org",
    "Rose Cottage",
    "QD1 1AA",
    "QD11AA",
    "Tansy",
    "900124",
)
# What lies in IndexedDB, in words and as the bytes of every box.
DUMP = """async () => {
  const open = (name) => new Promise((yes, no) => {
    const asked = indexedDB.open(name);
    asked.onsuccess = () => yes(asked.result);
    asked.onerror = () => no(asked.error);
  });
  const said = [];
  const walk = (what) => {
    if (what instanceof CryptoKey) said.push(`key extractable=${what.extractable}`);
    else if (what instanceof ArrayBuffer || ArrayBuffer.isView(what)) {
      const bytes = new Uint8Array(what.buffer ?? what);
      said.push(`box ${new TextDecoder("latin1").decode(bytes)} ${new TextDecoder("utf-16le").decode(bytes)}`);
    }
    else if (what && typeof what === "object") Object.entries(what).flat().forEach(walk);
    else said.push(String(what));
  };
  for (const { name } of await indexedDB.databases()) {
    const database = await open(name);
    for (const shelf of database.objectStoreNames) {
      const rows = await new Promise((yes) => {
        const asked = database.transaction(shelf).objectStore(shelf).getAll();
        asked.onsuccess = () => yes(asked.result);
      });
      said.push(`shelf ${shelf} ${rows.length}`);
      rows.forEach(walk);
    }
    database.close();
  }
  for (const store of [localStorage, sessionStorage]) said.push(JSON.stringify(store));
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const kept of await cache.keys()) said.push(`kept ${kept.url} ${await (await cache.match(kept)).text()}`);
  }
  return said.join("\\n");
}"""
WITHOUT_SYNC = "delete ServiceWorkerRegistration.prototype.sync; delete globalThis.SyncManager;"

Open = Callable[..., Page]


@pytest.fixture
def amos(live_server: LiveServer) -> Officer:
    the_force()
    street()
    builders.topic()
    builders.scheme()
    return cast.amos()


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[Open]:
    """Give an officer a phone on which they are signed in, with the app opened once."""
    complaints: list[str] = []

    def switch_on(officer: Officer, *, script: str = "", **more: Any) -> Page:
        context: BrowserContext = browser.new_context(viewport=PHONE, service_workers="allow", **more)
        sign_in(context, officer, live_server)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.goto(f"{live_server.url}{reverse('patrol:home:front')}")
        return page

    yield switch_on
    assert complaints == []


def sign_in(context: BrowserContext, officer: Officer, live_server: LiveServer) -> None:
    client = Client()
    client.force_login(officer)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])


def set_pin(page: Page) -> None:
    page.get_by_label("PIN: at least six").fill(PIN)
    page.get_by_label("The same again").fill(PIN)
    page.get_by_role("button", name="Set the PIN").click()
    expect(page.get_by_role("heading", name="At the door")).to_be_visible()
    # The shell is on the phone from here on.
    page.evaluate("navigator.serviceWorker.ready.then((there) => true)")
    wait_until(page, "async () => (await (await caches.open((await caches.keys())[0])).keys()).length > 8")


def unlock(page: Page) -> None:
    page.get_by_label("PIN", exact=True).fill(PIN)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("heading", name="At the door")).to_be_visible()


def write_down(page: Page, house: str, mobile: str, name: str = "", *, postcode: str = "QD1 1AA") -> None:
    page.get_by_label("Postcode of this street").fill(postcode)
    page.get_by_label("House number or name").first.fill(house)
    page.get_by_role("button", name="Sign up this household").click()
    page.get_by_label("Mobile number, for texts").fill(mobile)
    page.get_by_label("Name (optional)").fill(name)
    page.get_by_label("Read out, and they agreed").check()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("heading", name="At the door")).to_be_visible()


def everything(page: Page) -> str:
    said: str = page.evaluate(DUMP)
    return said


def nothing_personal(said: str) -> None:
    assert [word for word in PERSONAL if word.lower() in said.lower()] == []
    assert "extractable=true" not in said


@pytest.mark.parametrize("script", ["", WITHOUT_SYNC], ids=["with sync", "as on an iPhone"])
def test_a_street_without_signal_is_sent_once_when_signal_returns(phone: Open, amos: Officer, script: str) -> None:
    page = phone(amos, script=script)
    set_pin(page)

    page.context.set_offline(True)
    write_down(page, "Rose Cottage", "07700 900123", "Quillon Barrowby")
    write_down(page, "14", "07700 900124", "Tansy")
    page.get_by_label("House number or name").first.fill("16")
    page.get_by_role("button", name="Declined").click()
    expect(page.locator("#doors")).to_contain_text("16: Declined")
    expect(page.locator("#signal")).to_contain_text("No signal. 3 to send.")
    nothing_personal(everything(page))
    page.reload()
    expect(page.get_by_text("2 households here, locked")).to_be_visible()
    assert "Rose Cottage" not in page.content()
    nothing_personal(everything(page))
    unlock(page)
    expect(page.locator("#drafts")).to_contain_text("Rose Cottage")
    assert not Member.objects.exists()
    page.context.set_offline(False)

    expect(page.locator("#say")).to_contain_text("2 households sent.")
    expect(page.locator("#drafts")).to_be_empty()
    assert set(Member.objects.values_list("name", flat=True)) == {"Quillon Barrowby", "Tansy"}
    assert SignUp.objects.count() == 2
    assert set(Visit.objects.values_list("door", "state")) == {
        ("Rose Cottage", "registered"),
        ("14", "registered"),
        ("16", "declined"),
    }
    assert set(Consent.objects.values_list("wording", "taken_by")) == {("2026-11", amos.as_actor())}
    nothing_personal(everything(page))
    expect(page.locator("#doors")).to_contain_text("Do not call until")


def test_one_bar_of_signal_that_carries_nothing_is_no_signal_and_is_tried_again(phone: Open, amos: Officer) -> None:
    page = phone(amos, script=WITHOUT_SYNC)
    page.clock.install()
    page.reload()
    set_pin(page)
    page.context.route("**/patrol/pack.json", lambda route: route.abort())
    write_down(page, "12", "07700 900123")
    page.get_by_label("House number or name").first.fill("16")
    page.get_by_role("button", name="Visited").click()
    expect(page.locator("#doors")).to_contain_text("16: Visited")
    assert page.evaluate("navigator.onLine")
    expect(page.locator("#signal")).to_have_text("No signal. 2 to send.")
    page.context.unroute("**/patrol/pack.json")
    assert not Member.objects.exists()
    # Nothing tells the page that there is signal now: it asks by itself.
    page.clock.run_for(16_000)

    expect(page.locator("#say")).to_contain_text("1 household sent.")
    expect(page.locator("#signal")).to_be_empty()
    assert Member.objects.count() == SignUp.objects.count() == 1


def test_a_page_that_dies_while_it_sends_has_sent_once(phone: Open, amos: Officer) -> None:
    page = phone(amos)
    set_pin(page)
    page.context.set_offline(True)
    write_down(page, "12", "07700 900123")
    arrived: list[int] = []

    def lose_the_answer(route: Route) -> None:
        arrived.append(route.fetch().status)  # our server has it; the phone never hears

    page.context.route("**/patrol/sign-ups/", lose_the_answer)
    page.context.set_offline(False)
    wait_for(page, lambda: arrived, "the household is at the server")
    assert arrived == [200]
    page.close()
    page.context.unroute("**/patrol/sign-ups/")
    again = page.context.new_page()
    again.goto(page.url)
    expect(again.get_by_text("1 household here, locked")).to_be_visible()
    unlock(again)

    expect(again.locator("#say")).to_contain_text("1 household sent.")
    assert Member.objects.count() == SignUp.objects.count() == 1


def test_what_was_refused_is_mended_and_goes(phone: Open, amos: Officer) -> None:
    page = phone(amos)
    set_pin(page)
    write_down(page, "12", "07700 90012")

    expect(page.locator("#drafts")).to_contain_text("number")
    page.get_by_role("button", name="Mend").click()
    page.get_by_label("Mobile number, for texts").fill("07700 900123")
    page.get_by_role("button", name="Done").click()

    expect(page.locator("#say")).to_contain_text("1 household sent.")
    assert Member.objects.get().contacts.get().address == "+447700900123"


def test_a_household_that_is_known_gets_the_place(phone: Open, amos: Officer) -> None:
    dell = builders.member(name="Dell", mobile="+447700900123")
    page = phone(amos)
    set_pin(page)
    write_down(page, "12", "07700 900123")

    page.get_by_role("button", name="Add this place to them").click()

    expect(page.locator("#say")).to_contain_text("1 household sent.")
    assert Member.objects.get().pk == dell.pk
    assert dell.places.filter(name="12").count() == 1


def test_a_session_that_ended_keeps_the_drafts_until_the_officer_signs_in(
    phone: Open, amos: Officer, live_server: LiveServer
) -> None:
    page = phone(amos)
    set_pin(page)
    page.context.clear_cookies()
    write_down(page, "12", "07700 900123")

    expect(page.get_by_text("Sign in to send 1 draft.")).to_be_visible()
    assert not Member.objects.exists()
    sign_in(page.context, amos, live_server)
    page.reload()
    unlock(page)

    expect(page.locator("#say")).to_contain_text("1 household sent.")
    assert Member.objects.count() == 1


def test_another_officer_does_not_send_what_is_not_theirs(phone: Open, amos: Officer, live_server: LiveServer) -> None:
    page = phone(amos)
    set_pin(page)
    page.context.set_offline(True)
    write_down(page, "12", "07700 900123")
    sign_in(page.context, cast.birch(), live_server)
    page.context.set_offline(False)

    expect(page.get_by_text("These drafts belong to another officer.")).to_be_visible()
    assert not Member.objects.exists()


def test_signing_out_at_the_desk_wipes_the_phone(phone: Open, amos: Officer, live_server: LiveServer) -> None:
    page = phone(amos)
    set_pin(page)
    page.context.set_offline(True)
    write_down(page, "12", "07700 900123", "Quillon")
    page.context.set_offline(False)
    page.context.route("**/patrol/sign-ups/", lambda route: route.abort())
    desk = page.context.new_page()
    desk.goto(f"{live_server.url}{reverse('desk:home:front')}")
    desk.get_by_role("button", name="Sign out").click()
    expect(desk.get_by_role("link", name="Sign in").first).to_be_visible()

    left = desk.evaluate("indexedDB.databases().then((all) => all.length)")
    kept = desk.evaluate("caches.keys().then((all) => all.length)")
    assert (left, kept) == (0, 0)


def test_signing_out_on_the_phone_without_signal_wipes_it_at_once(phone: Open, amos: Officer) -> None:
    page = phone(amos)
    set_pin(page)
    page.context.set_offline(True)
    write_down(page, "12", "07700 900123", "Quillon")
    page.get_by_text("Lock, or sign out").click()
    page.get_by_role("button", name="Sign out and wipe").click()

    expect(page.get_by_text("Signed out: everything here is wiped.")).to_be_visible()
    said = everything(page)
    assert "shelf drafts 0" in said
    assert "shelf lock 0" in said
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_five_wrong_pins_wipe_everything(phone: Open, amos: Officer) -> None:
    page = phone(amos)
    set_pin(page)
    page.context.set_offline(True)
    write_down(page, "12", "07700 900123", "Quillon")
    page.reload()
    for left in ("4 tries are", "3 tries are", "2 tries are", "One try is"):
        page.get_by_label("PIN", exact=True).fill("000000")
        page.get_by_role("button", name="Unlock").click()
        expect(page.locator("#say")).to_contain_text(f"{left} left")
    page.get_by_label("PIN", exact=True).fill("000000")
    page.get_by_role("button", name="Unlock").click()

    expect(page.locator("#say")).to_contain_text("everything that was not sent is wiped")
    assert "shelf drafts 0" in everything(page)
    assert "shelf lock 0" in everything(page)


@pytest.mark.parametrize("hours", [71, 73])
def test_a_draft_is_gone_after_three_days(phone: Open, amos: Officer, hours: int) -> None:
    page = phone(amos)
    page.clock.install()
    page.reload()
    set_pin(page)
    page.context.set_offline(True)
    write_down(page, "12", "07700 900123", "Quillon")
    page.clock.set_fixed_time(page.evaluate("Date.now()") / 1000 + hours * 3_600)
    page.reload()

    if hours > 72:
        expect(page.locator("#say")).to_contain_text("1 household not sent within 72 hours: wiped.")
        assert "shelf drafts 0" in everything(page)
    else:
        expect(page.get_by_text("1 household here, locked")).to_be_visible()


def test_five_minutes_in_the_background_lock_it(phone: Open, amos: Officer) -> None:
    page = phone(amos)
    page.clock.install()
    page.reload()
    set_pin(page)
    write_down(page, "12", "07700 90012")
    expect(page.locator("#drafts")).to_contain_text("12")
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(4 * 60_000)
    expect(page.get_by_role("heading", name="At the door")).to_be_visible()
    page.clock.run_for(70_000)

    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    expect(page.locator("#drafts")).to_be_empty()


def test_what_they_agreed_to_is_read_out_again_when_it_changes(phone: Open, amos: Officer) -> None:
    page = phone(amos)
    set_pin(page)
    page.get_by_label("Postcode of this street").fill("QD1 1AA")
    page.get_by_label("House number or name").first.fill("12")
    page.get_by_role("button", name="Sign up this household").click()
    expect(page.locator("#wording")).to_contain_text("Doggerland Constabulary may send you messages of this kind")
    page.get_by_label("Mobile number, for texts").fill("07700 900123")
    expect(page.locator("#wording")).to_contain_text("This way: text.")
    page.get_by_label("Read out, and they agreed").check()
    page.get_by_label("Crime prevention advice").check()

    expect(page.get_by_label("Read out, and they agreed")).not_to_be_checked()
    expect(page.locator("#wording")).to_contain_text("Alerts and appeals, Crime prevention advice")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#say")).to_contain_text("Read the words out")
    assert not Member.objects.exists()


def test_here_finds_the_street_and_the_door(phone: Open, amos: Officer) -> None:
    page = phone(
        amos, geolocation={"longitude": 2.5001, "latitude": 54.5001, "accuracy": 9}, permissions=["geolocation"]
    )
    set_pin(page)
    page.get_by_role("button", name="Here").click()
    expect(page.get_by_label("Postcode of this street")).to_have_value("QD1 1AA")
    page.get_by_label("House number or name").first.fill("12")
    page.get_by_role("button", name="Sign up this household").click()
    expect(page.get_by_role("heading", name="Sign up a household")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Here").click()
    expect(page.locator("#here-says")).to_have_text("The place is known to 9 metres.")
    page.get_by_label("Mobile number, for texts").fill("07700 900123")
    page.get_by_label("Read out, and they agreed").check()
    page.get_by_role("button", name="Done").click()
    page.context.set_offline(False)

    expect(page.locator("#say")).to_contain_text("1 household sent.")
    assert Member.objects.get().places.get().point == (2.5001, 54.5001)
    assert Consent.objects.get().given_at_point == (2.5001, 54.5001)


def test_a_house_is_picked_without_signal_from_the_streets_that_were_fetched(phone: Open, amos: Officer) -> None:
    street("QD11AB", at=(2.6, 54.6))
    houses = [("QD11AA", AddressLine(n, f"{n} Marram Lane, Holt", Point(2.5, 54.5 + n / 9999))) for n in (1, 2, 10)]
    add_addresses(addresses=[*houses, ("QD11AB", AddressLine(4, "Rose Cottage", Point(2.6, 54.6)))], source="made up")
    page = phone(amos)
    set_pin(page)
    for code in ("QD1 1AB", "QD1 1AA"):
        page.get_by_label("Postcode of this street").fill(code)
        page.keyboard.press("Tab")
        wait_until(page, f"document.querySelectorAll('#houses option').length === {1 if code.endswith('B') else 3}")
    page.context.set_offline(True)
    nothing_personal(everything(page))
    page.reload()
    unlock(page)

    offered = page.locator("#houses option")
    expect(offered).to_have_count(3)
    assert [one.get_attribute("value") for one in offered.all()] == ["1", "2", "10"]
    assert offered.last.get_attribute("label") == "10 Marram Lane, Holt"
    page.get_by_label("Postcode of this street").fill("qd11ab")
    page.keyboard.press("Tab")
    expect(offered).to_have_count(1)
    write_down(page, "10", "07700 900123", "Quillon")
    page.context.set_offline(False)

    expect(page.locator("#say")).to_contain_text("1 household sent.")
    assert Member.objects.get().places.get().point == houses[2][1].point


def test_slips_are_said_while_they_still_stand_at_the_door(phone: Open, amos: Officer) -> None:
    page = phone(amos)
    set_pin(page)
    page.context.set_offline(True)
    page.get_by_label("Postcode of this street").fill("QD1 1AA")
    page.get_by_label("House number or name").first.fill("12")
    page.get_by_role("button", name="Sign up this household").click()
    page.get_by_label("Mobile number, for texts").fill("+44 (0)1632 960123")
    page.get_by_label("Read out, and they agreed").check()
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#say")).to_contain_text("This is a landline")
    page.get_by_label("Mobile number, for texts").fill("")
    page.get_by_text("Other ways, places").click()
    page.get_by_label("E-mail address").fill("quillon@gmial.com")
    page.get_by_label("Read out, and they agreed").check()
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#say")).to_contain_text("Did you mean quillon@gmail.com?")
    expect(page.get_by_label("E-mail address")).to_be_focused()
    assert not Member.objects.exists()
    page.get_by_role("button", name="Done").click()
    page.context.set_offline(False)

    expect(page.locator("#say")).to_contain_text("1 household sent.")
    assert Member.objects.get().contacts.get().address == "quillon@gmial.com"


def test_the_phone_finds_the_same_slips_as_the_form_on_the_web(phone: Open, amos: Officer) -> None:
    page = phone(amos)
    found = page.evaluate(
        """async (typed) => {
          const { suggest } = await import("/static/patrol/mailboxes.js");
          const { common, real } = document.getElementById("patrol").dataset;
          return typed.map((one) => suggest(one, common.split(" "), real.split(" ")));
        }""",
        [typed for typed, _ in SLIPS],
    )

    assert found == [meant for _, meant in SLIPS]


def test_a_household_is_signed_up_by_keyboard_alone(phone: Open, amos: Officer) -> None:
    page = phone(amos)
    expect(page.get_by_role("heading", name="Choose a PIN")).to_be_focused()
    page.keyboard.press("Tab")
    for keys in (PIN, "Tab", PIN, "Enter"):
        page.keyboard.press(keys) if keys.isalpha() else page.keyboard.type(keys)
    expect(page.get_by_role("heading", name="At the door")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("QD1 1AA")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign up a household")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.type("07700 900123")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "agreed":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    expect(page.locator("#say")).to_contain_text("1 household sent.")
    assert Member.objects.get().name == "Household at 12"


@pytest.mark.parametrize("letters", ["as it is", "twice as big"])
def test_every_view_is_accessible_and_fits(phone: Open, amos: Officer, letters: str) -> None:
    page = phone(amos, bypass_csp=True)

    def fits() -> None:
        if letters == "twice as big":
            letters_twice_as_big(page)
        else:
            assert faults(page) == []
        assert not is_too_wide(page)

    expect(page.get_by_role("heading", name="Choose a PIN")).to_be_visible()
    fits()
    set_pin(page)
    page.context.set_offline(True)
    write_down(page, "Rose Cottage", "07700 900123", "Quillon")
    page.get_by_label("House number or name").first.fill("16")
    page.get_by_role("button", name="Declined").click()
    fits()
    page.get_by_role("button", name="Open").click()
    page.get_by_text("Other ways, places").click()
    page.get_by_role("button", name="Add a place").click()
    fits()
    page.get_by_role("button", name="Keep for later").click()
    page.reload()
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    fits()
