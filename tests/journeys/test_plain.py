"""Pages that change by themselves, as who has no JavaScript sees them: on a phone and at a desk, with big letters."""

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.alerts.actions import asking
from hueandcry.domain.messaging.actions.receipts import keep_receipts
from hueandcry.domain.messaging.models import Delivery, Receipt
from hueandcry.domain.messaging.queries.hearing import FORGED_FOR_S, forged_key
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.organisations.rules import Role
from hueandcry.gateways import contract
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain.going_out import in_every_state
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide, letters_twice_as_big, shoot
from tests.journeys.test_desk import Enter, enter, land

__all__ = ["enter", "land"]
sizes = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


def looks_right(page: Any, name: str) -> None:
    """Look at a page as it is and with letters twice as big; axe is a script, so it is asked elsewhere."""
    shoot(page, name)
    assert not is_too_wide(page)
    letters_twice_as_big(page)
    shoot(page, f"{name}-200")
    assert not is_too_wide(page), "with letters twice as big"


@sizes
def test_what_providers_told_wrongly_is_read_without_javascript(
    enter: Enter, live_server: LiveServer, size: Any
) -> None:
    cache.set(forged_key(gateway="sandbox-text"), 41, FORGED_FOR_S)
    keep_receipts(
        receipts=[
            contract.Receipt("sandbox-text", f"far-{number}", contract.Fate.DELIVERED, clock.now())
            for number in range(1312)
        ]
    )
    Receipt.objects.update(received_at=clock.now() - dt.timedelta(minutes=40))
    page = enter(builders.officer(Role.INSPECTOR), viewport=size, java_script_enabled=False)

    page.goto(f"{live_server.url}{reverse('desk:sending:page')}")

    expect(page.get_by_text("41 requests in the name of sandbox-text")).to_be_visible()
    expect(page.get_by_text("At least 1,000 receipts of sandbox-text since")).to_be_visible()
    looks_right(page, f"told-wrongly-{size['width']}")
    with_axe = enter(builders.officer(Role.INSPECTOR), viewport=size, bypass_csp=True)
    with_axe.goto(page.url)
    assert faults(with_axe) == []


@sizes
def test_who_was_asked_is_read_without_javascript(enter: Enter, live_server: LiveServer, land: None, size: Any) -> None:
    birch = builders.officer(Role.SERGEANT, name="Birch", rank="Sergeant", mobile="+447700900701")
    builders.officer(Role.INSPECTOR, name="Thornback", rank="Inspector")
    builders.rota(birch)
    alert = given.waiting(builders.officer(Role.CONSTABLE, name="Amos", rank="PC"))
    asking.ask(alert_ref=alert.ref)
    Delivery.objects.filter(address__in=[birch.mobile, birch.email]).update(state="bounced")
    asking.ask(alert_ref=alert.ref)
    page = enter(alert.author, viewport=size, java_script_enabled=False)

    page.goto(f"{live_server.url}{reverse('desk:alerts:asked', args=[alert.ref])}")

    expect(page.get_by_role("heading", name=alert.headline)).to_be_visible()
    expect(page.get_by_text("Nothing came to Sergeant Birch.")).to_be_visible()
    asking.note_opening(alert=alert, officer=birch)
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("Sergeant Birch opened it at")).to_be_visible()
    page.goto(f"{live_server.url}{reverse('desk:alerts:asked', args=[alert.ref])}")
    expect(page.get_by_role("heading", name="What you can do now")).to_be_visible()
    looks_right(page, f"asked-{size['width']}")


def test_the_figures_of_an_alert_are_read_anew_by_a_link_without_javascript(
    enter: Enter, live_server: LiveServer, land: None
) -> None:
    given.farmer()
    alert = given.released()
    page = enter(builders.officer(Role.INSPECTOR), viewport=PHONE, java_script_enabled=False)
    page.goto(f"{live_server.url}{reverse('desk:alerts:page', args=[alert.ref])}")
    seen = page.locator("#figures .hc-figure", has_text="not delivered")
    expect(seen).to_contain_text("0")

    for state, many in ((DeliveryState.FAILED, f"{Delivery.objects.count()}"), (DeliveryState.DELIVERED, "0")):
        Delivery.objects.update(state=state)
        expect(seen).not_to_contain_text(many)
        page.get_by_role("link", name="Refresh").click()
        expect(seen).to_contain_text(many)


@sizes
def test_how_an_alert_goes_out_is_read_without_javascript(
    enter: Enter, live_server: LiveServer, land: None, size: Any
) -> None:
    alert = in_every_state()
    inspector = builders.officer(Role.INSPECTOR, name="Moor", rank="Inspector")
    page = enter(inspector, viewport=size, java_script_enabled=False)

    page.goto(f"{live_server.url}{reverse('desk:alerts:live', args=[alert.ref])}")

    expect(page.get_by_role("link", name="Count again")).to_be_visible()
    expect(page.get_by_text("The darker an area")).to_be_hidden()  # there is no map
    looks_right(page, f"live-plain-{size['width']}")


@sizes
def test_who_has_the_stand_down_is_read_without_javascript(
    enter: Enter, live_server: LiveServer, land: None, size: Any
) -> None:
    alert = in_every_state()
    alerts.stand_down(alert_ref=alert.ref, officer=cast.oakes(), reason="The men were found, everybody is safe.")
    some = Delivery.objects.filter(message__kind=MessageKind.STAND_DOWN).order_by("pk")
    some.filter(pk__in=list(some.values_list("pk", flat=True)[:3])).update(state=DeliveryState.UNCERTAIN)
    inspector = builders.officer(Role.INSPECTOR, name="Moor", rank="Inspector")
    page = enter(inspector, viewport=size, java_script_enabled=False)
    page.goto(f"{live_server.url}{reverse('desk:alerts:live', args=[alert.ref])}")

    page.get_by_role("link", name="The stand-down").click()

    expect(page.get_by_text("How the stand-down goes out")).to_be_visible()
    expect(page.get_by_text("Perhaps sent, nobody knows")).to_be_visible()
    looks_right(page, f"stand-down-{size['width']}")
    with_axe = enter(inspector, viewport=size, bypass_csp=True)
    with_axe.goto(page.url)
    assert faults(with_axe) == []
