"""An alert that waits at night: the constable's phone, the sergeant's link, a desk in the control room; with axe."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.alerts.actions import asking
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from tests import builders
from tests.domain import alerts as given
from tests.domain import messaging as sent
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide
from tests.journeys.test_desk import enter, land, send_all

__all__ = ["enter", "land"]
Enter = Callable[..., Page]
BIRCHS, AMOSS = "+447700900701", "+447700900703"


def amos() -> Officer:
    return builders.officer(Role.CONSTABLE, name="Amos", rank="PC", mobile=AMOSS)


def address(live_server: LiveServer, alert: Alert) -> str:
    return f"{live_server.url}{reverse('desk:alerts:page', args=[alert.ref])}"


def test_the_sergeant_opens_the_link_of_the_text_and_the_constable_sees_it_without_javascript(
    enter: Enter, land: None, live_server: LiveServer
) -> None:
    birch = builders.officer(Role.SERGEANT, name="Birch", rank="Sergeant")
    phone = enter(birch, viewport=PHONE, java_script_enabled=False)
    phone.get_by_role("link", name="Give your mobile of work").click()
    phone.get_by_label("Your mobile of work").fill("07700 900 701")
    phone.get_by_role("button", name="Keep it").click()
    expect(phone.get_by_text("Kept: you are told by text to 07700 900701 and by e-mail.")).to_be_visible()
    builders.rota(Officer.objects.get(pk=birch.pk))
    alert = given.drafted(amos())
    lane = enter(alert.author, viewport=PHONE, java_script_enabled=False)
    lane.goto(address(live_server, alert))

    lane.get_by_role("button", name="Send for approval").click()
    assert asking.ask_on() == 1
    send_all()
    lane.reload()
    expect(lane.get_by_text("Nobody of them has opened it yet.")).to_be_visible()
    (text,) = sent.by_phone(BIRCHS)
    phone.goto(live_server.url + text[text.index("/desk/") :])
    lane.reload()
    expect(lane.get_by_text("Sergeant Birch opened it at")).to_be_visible()
    phone.get_by_role("button", name="Approve and release").click()
    record = Record.objects.get(event="alert.released", subject=f"alert:{alert.ref}")
    assert asking.tell_author(record=record.pk)
    send_all()

    assert Alert.objects.get(pk=alert.pk).state == State.RELEASED
    assert "was approved and is going out." in sent.by_phone(AMOSS)[-1]


def test_an_open_page_says_by_itself_that_it_is_read_and_that_it_waits_no_more(
    enter: Enter, land: None, live_server: LiveServer
) -> None:
    birch = builders.officer(Role.SERGEANT, name="Birch", rank="Sergeant", mobile=BIRCHS)
    alert = given.waiting(amos())
    asking.ask(alert_ref=alert.ref)
    page = enter(alert.author)
    page.goto(address(live_server, alert))
    asked = page.locator("#asked")
    expect(asked).to_contain_text("Sergeant Birch, by text and e-mail.")

    asking.note_opening(alert=alert, officer=birch)
    expect(asked).to_contain_text("Sergeant Birch opened it")
    Alert.objects.filter(pk=alert.pk).update(state=State.RETURNED)
    expect(asked).to_contain_text("It waits no more.")
    page.get_by_role("link", name="See what became of it").click()

    expect(asked).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_what_is_said_of_the_asking_is_accessible_and_fits(
    enter: Enter, land: None, live_server: LiveServer, size: ViewportSize
) -> None:
    birch = builders.officer(Role.SERGEANT, name="Birch", rank="Sergeant", mobile=BIRCHS)
    builders.officer(Role.INSPECTOR, name="Thornback", rank="Inspector")
    builders.rota(birch)
    alert = given.waiting(amos())
    asking.ask(alert_ref=alert.ref)
    Delivery.objects.filter(address__in=[BIRCHS, birch.email]).update(state="bounced")
    asking.ask(alert_ref=alert.ref)
    author, reader = enter(alert.author, viewport=size), enter(birch, viewport=size)

    for page, there in (
        (author, address(live_server, alert)),
        (reader, f"{live_server.url}{reverse('desk:home:front')}"),
        (reader, f"{live_server.url}{reverse('desk:alerts:list')}"),
        (reader, f"{live_server.url}{reverse('desk:told:form')}"),
    ):
        page.goto(there)
        assert faults(page) == [], there
        assert not is_too_wide(page), there
