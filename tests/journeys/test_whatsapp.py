"""A member chooses WhatsApp on a phone without JavaScript, with large letters; an officer sees what goes there."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.urls import reverse
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.members.models import Application, ContactPoint, Member
from hueandcry.domain.members.queries.applying import application_code
from hueandcry.domain.members.rules import Channel, Tier
from hueandcry.gateways import registry
from tests import builders
from tests.domain.alerts import drafted, farmer
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide, letters_twice_as_big
from tests.web.desk import the_force

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def offered(settings: Any) -> Iterator[None]:
    sandbox = "hueandcry.gateways.whatsapp_sandbox.SandboxWhatsApp"
    settings.GATEWAYS = {**configured.GATEWAYS, "whatsapp": sandbox}
    registry.routes_for.cache_clear()
    yield
    registry.routes_for.cache_clear()


@pytest.fixture
def dell(live_server: LiveServer) -> Member:
    the_force()
    return builders.member(name="Tansy Marr", mobile="+447700900111")


def looks_right(page: Page) -> None:
    """Find no fault by axe, and nothing that stands out at the side."""
    assert faults(page) == []
    assert not is_too_wide(page)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_member_adds_it_and_types_the_code(
    browser: Browser, live_server: LiveServer, dell: Member, width: ViewportSize
) -> None:
    context = browser.new_context(viewport=width)
    page = context.new_page()
    page.goto(f"{live_server.url}{reverse('public:my:reach', kwargs={'token': dell.page_token})}")
    letters_twice_as_big(page, are=width == PHONE)
    looks_right(page)
    page.get_by_label("Another mobile number, landline or e-mail address").fill("07700 900111")
    page.get_by_label("Write there by WhatsApp").check()
    page.get_by_label("Yes: alerts and appeals").check()
    page.get_by_role("button", name="Send a code there").click()

    expect(page.get_by_text("We have sent a code by WhatsApp")).to_be_visible()
    page.get_by_label("The code").fill(application_code(ref=Application.objects.get().ref))
    page.get_by_role("button", name="Join").click()

    expect(page.get_by_role("heading", name="WhatsApp: 07… …111")).to_be_visible()
    looks_right(page)
    assert ContactPoint.objects.filter(member=dell, channel=Channel.WHATSAPP).exclude(confirmed_at=None).exists()
    context.close()


def test_joining_by_it_without_javascript(browser: Browser, live_server: LiveServer, dell: Member) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/join/")
    page.get_by_label("Your name").fill("Robin Wold")
    page.get_by_label("Where are you?").fill("TL 123 456")
    page.get_by_label("Your mobile number, landline").fill("020 7946 0123")
    page.get_by_label("Write to my mobile by WhatsApp").check()
    page.get_by_role("button", name="Next").click()

    expect(page.get_by_text("WhatsApp needs a mobile number").first).to_be_visible()
    expect(page.get_by_label("Write to my mobile by WhatsApp")).to_be_checked()
    context.close()


def test_the_composer_shows_what_goes_there(
    browser: Browser, live_server: LiveServer, dell: Member, client: Any
) -> None:
    farmer(mobile=None, whatsapp="+447700900222")
    alert = drafted(level=Tier.MEMBER)
    client.force_login(alert.author)
    context = browser.new_context(viewport=PHONE)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/desk/alerts/{alert.ref}/preview/")

    expect(page.get_by_role("heading", name="WhatsApp").first).to_be_visible()
    looks_right(page)
    context.close()
