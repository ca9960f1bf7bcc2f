"""Sending as the control room sees it at three in the morning: on a phone, without JavaScript, with big letters."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.actions.routing import Cost
from hueandcry.domain.messaging.models import Allowance, Delivery, Halt, Message, Provider
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.organisations.models import Team
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.gateways import registry
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain.messaging import alert_to
from tests.domain.test_messaging_halt import perhaps_sent
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide, letters_twice_as_big, shoot
from tests.journeys.test_desk import Enter, enter

__all__ = ["enter"]
SENDING = "/desk/sending/"


@pytest.fixture
def night(live_server: LiveServer, settings: Any) -> str:
    """Make a night in which something of everything goes on; return the page's address."""
    one = "tests.domain.test_messaging_routing."
    settings.GATEWAYS = {
        "sms": f"{one}One?weight=70&per_second=50&per_day=20000&price=3.1 {one}Two?weight=30 {one}Three?weight=0",
        "email": "hueandcry.gateways.email.sandbox.SandboxMail",
        "voice": "hueandcry.gateways.voice.sandbox.SandboxVoice?per_second=1",
    }
    registry.routes_for.cache_clear()
    team = Team.objects.create(organisation=builders.force(), name="Rural task force of the northern districts")
    builders.partner()
    now = clock.now()
    Provider.objects.create(
        name="two",
        down_since=now - dt.timedelta(minutes=12),
        opened_until=now,
        trouble="The provider closed the line before it answered.",
    )
    people = [builders.member() for _ in range(6)]
    alert_to(*people)
    later = alert_to(*people, about="note:K7M2PR", kind="note")
    later.deliveries.update(next_at=now + dt.timedelta(hours=5))
    Message.objects.filter(pk=perhaps_sent(7).pk).update(queued_at=now - dt.timedelta(minutes=20))
    paid = alert_to(team_id=team.pk)
    routing.charge(message_id=paid.pk, costs=[Cost("one", 31_200, 62_400, 193_440_000)])
    Allowance.objects.create(
        organisation=builders.force(), team=team, month_pence=200_000, set_by="officer:TEST22", set_at=now
    )
    return f"{live_server.url}{SENDING}"


def stand_still() -> None:
    """Stop everything."""
    Halt.objects.create(at=clock.now(), by=cast.birch().as_actor(), reason="A wrong number in the template of fires")
    routing.forget()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_is_accessible_and_fits(enter: Enter, night: str, size: Any) -> None:
    page = enter(builders.officer(Role.INSPECTOR, name="Moor", rank="Inspector"), viewport=size, bypass_csp=True)
    for state in ("goes", "stopped"):
        page.goto(night)
        for summary in page.locator("summary").all():
            summary.click()
        shoot(page, f"sending-{state}-{size['width']}")

        assert faults(page) == [], state
        assert not is_too_wide(page), state
        letters_twice_as_big(page)
        shoot(page, f"sending-{state}-{size['width']}-200")
        assert not is_too_wide(page), f"{state} with letters twice as big"
        if state == "goes":
            stand_still()


def test_an_operator_stops_everything_and_lets_it_go_on_without_javascript(
    browser: Browser, live_server: LiveServer, night: str
) -> None:
    client = Client()
    client.force_login(cast.oakes())
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(night)

    page.get_by_text("Stop all sending").click()
    page.get_by_label("Why?").fill("A wrong number in the template of fires")
    page.get_by_role("button", name="Stop everything now").click()
    expect(page.get_by_text("Write the word: then nothing at all goes out.").first).to_be_visible()
    shoot(page, "sending-refused-360")
    page.get_by_label("Type STOP to confirm").fill("stop")
    page.get_by_role("button", name="Stop everything now").click()
    routing.forget()
    page.goto(f"{live_server.url}/desk/alerts/")
    expect(page.get_by_role("region", name="All sending is stopped")).to_contain_text("A wrong number")
    page.get_by_role("link", name="Go to Sending").click()
    page.get_by_role("button", name="Let everything go on").click()
    expect(page.get_by_text("Sending goes on.")).to_be_visible()

    assert Halt.objects.get().lifted_at is not None


def test_somebody_decides_on_a_phone_what_was_perhaps_sent(enter: Enter, night: str) -> None:
    page = enter(cast.oakes(), viewport=PHONE)
    page.goto(night)

    page.get_by_role("button", name="Leave as it is").click()

    expect(page.get_by_text("They are left as they are: perhaps sent.")).to_be_visible()
    expect(page.get_by_role("heading", name="A person decides")).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_what_was_perhaps_sent_goes_again_at_one_press_and_only_that(enter: Enter, night: str, size: Any) -> None:
    texts = Delivery.objects.filter(state=DeliveryState.UNCERTAIN)
    meant = set(texts.values_list("pk", flat=True))
    page, late = enter(cast.oakes(), viewport=size), enter(cast.birch(), viewport=size)
    page.goto(night)
    late.goto(night)
    shoot(page, f"sending-decides-{size['width']}")

    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("They are sent again.")).to_be_visible()
    expect(page.get_by_role("heading", name="A person decides")).to_have_count(0)
    shoot(page, f"sending-decided-{size['width']}")
    late.get_by_role("button", name="Send again").click()
    expect(late.get_by_text("nothing is done now")).to_be_visible()
    shoot(late, f"sending-decided-before-{size['width']}")

    assert set(Delivery.objects.filter(state=DeliveryState.QUEUED, attempts=0, pk__in=meant).values_list("pk")) == {
        (pk,) for pk in meant
    }
    assert Record.objects.filter(event="delivery.decided").count() == 1
    assert not is_too_wide(late)
    assert faults(late) == []


def test_the_forecast_stands_beside_the_button(enter: Enter, live_server: LiveServer, night: str) -> None:
    for _ in range(12):
        given.farmer()
    alert = given.waiting(cast.amos())
    page = enter(cast.birch(), viewport=PHONE, bypass_csp=True)
    page.goto(f"{live_server.url}/desk/alerts/{alert.ref}/")
    shoot(page, "forecast-360")

    expect(page.get_by_text("The last message leaves within")).to_be_visible()
    expect(page.get_by_text("Texts go by fewer providers than usual: two is down since")).to_be_visible()
    assert faults(page) == []
