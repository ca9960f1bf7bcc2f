"""The public site as people meet it: on a small phone, with big letters, without JavaScript, with a screen reader."""

import datetime as dt

import pytest
from django.conf import settings
from playwright.sync_api import Browser, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.models import Inbound
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from tests import builders, cast
from tests.journeys.looking import DESK, PHONE, SMALLEST, faults, is_too_wide, letters_twice_as_big

DELL = "+447700900111"


@pytest.fixture(autouse=True)
def demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMONSTRATION", True)


@pytest.fixture
def addresses(live_server: LiveServer) -> list[str]:
    """Give one address for each public screen, with something to see on it."""
    now = clock.now()
    author = cast.amos()
    cast.birch()
    topic = builders.topic()
    alerts = [
        Alert.objects.create(
            organisation=author.organisation,
            topic=topic,
            author=author,
            state=state,
            level=Tier.PUBLIC,
            headline=headline,
            what="A red quad bike and a trailer were taken from a barn between ten and midnight.",
            where="Long Sand, near the upper bridge",
            ask="Have you seen a red quad bike since ten last night?",
            written_at=now,
            released_at=now - dt.timedelta(hours=2),
            expires_at=now + dt.timedelta(hours=10),
        )
        for state, headline in (
            (State.RELEASED, "Quad bike and trailer taken at Long Sand"),
            (State.ENDED, "Sheep on the road at Holt Cross"),
        )
    ]
    member = builders.member(
        name="Dell", mobile=DELL, email="dell@example.org", schemes=(builders.scheme(),), topics=(topic,)
    )
    put("Doggerland Police: quad bike taken at Long Sand. Seen it? Answer this text. Danger: 999. Ref K7M2PQ")
    screens = [
        "/",
        "/alerts/",
        *(f"/alerts/{alert.ref}/" for alert in alerts),
        f"/my/{member.page_token}/",
        f"/my/{member.page_token}/stop/",
        f"/my/{member.page_token}/leave/",
        "/demonstration/",
        "/phones/",
        f"/phones/{DELL}/",
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/signup/",
        "/nothing-of-the-kind/",
    ]
    return [f"{live_server.url}{screen}" for screen in screens]


def put(body: str, *, address: str = DELL) -> None:
    """Put a text on a sandbox phone."""
    SandboxMessage.objects.create(
        gateway="sandbox-text",
        reference=f"journey-{next(builders.NUMBERS)}",
        address=address,
        body=body,
        at=clock.now(),
    )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_public_page_is_accessible_and_fits(browser: Browser, addresses: list[str], size: ViewportSize) -> None:
    page = browser.new_context(viewport=size).new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if "404" not in said.text else None)

    for address in addresses:
        page.goto(address)

        assert faults(page) == [], address
        assert not is_too_wide(page), address

    # The content policy is in force here: whatever it refuses, the browser says on its console.
    assert complaints == []


def test_every_public_page_fits_with_letters_twice_as_big(browser: Browser, addresses: list[str]) -> None:
    page = browser.new_context(viewport=SMALLEST, bypass_csp=True).new_page()

    for address in addresses:
        page.goto(address)
        letters_twice_as_big(page)

        assert not is_too_wide(page), address


def test_a_newcomer_signs_in_and_answers_for_a_farmer_without_javascript(
    browser: Browser, addresses: list[str], live_server: LiveServer
) -> None:
    page = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()

    page.goto(live_server.url)
    page.get_by_role("link", name="See the sandbox phones").click()
    page.get_by_role("link", name="07700 900111").click()
    page.get_by_label("Type an answer").fill("Yes, red quad by the chapel, going north")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("red quad by the chapel")).to_be_visible()
    page.get_by_role("link", name="Sign in and look round").click()
    page.get_by_role("button", name="Sign in as PC Amos").click()

    assert page.url == f"{live_server.url}/desk/"
    assert [said.body for said in Inbound.objects.all()] == ["Yes, red quad by the chapel, going north"]


def test_an_open_phone_rings_by_itself(browser: Browser, addresses: list[str], live_server: LiveServer) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    page.goto(f"{live_server.url}/phones/{DELL}/")
    page.get_by_label("Type an answer").fill("half an answer")

    put("Doggerland Police: stood down, the quad bike was found. Thank you.")

    expect(page.get_by_text("stood down")).to_be_visible()
    expect(page.get_by_label("Type an answer")).to_have_value("half an answer")


def test_a_farmer_pauses_stops_and_leaves_from_the_link_in_a_mail(
    browser: Browser, addresses: list[str], live_server: LiveServer
) -> None:
    page = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    page.goto(next(address for address in addresses if "/my/" in address))

    page.get_by_role("button", name="Pause for a week").click()
    expect(page.get_by_text("Paused until")).to_be_visible()
    page.get_by_role("button", name="Send me alerts again").click()
    expect(page.get_by_role("button", name="Pause for a week")).to_be_visible()
    page.get_by_role("button", name="Stop texts").click()
    expect(page.get_by_text("Stopped: no more texts.")).to_be_visible()
    page.get_by_role("link", name="Leave altogether").click()
    page.get_by_role("button", name="Leave now").click()

    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
