"""What happens to an alert between its approval and its ending, on a phone: at its time, corrected, taken back."""

import datetime as dt
from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain import messaging as sent
from tests.journeys.looking import PHONE, faults, is_too_wide
from tests.journeys.test_desk import DELL, enter, land, send_all

__all__ = ["enter", "land"]
Enter = Callable[..., Page]


def address(live_server: LiveServer, alert: Alert) -> str:
    return f"{live_server.url}{reverse('desk:alerts:page', args=[alert.ref])}"


def test_approved_for_the_evening_it_goes_by_itself_without_javascript(
    enter: Enter, land: None, live_server: LiveServer
) -> None:
    alert = given.waiting(cast.amos())
    evening = timezone.localtime(clock.now()) + dt.timedelta(hours=3)
    birch = enter(cast.birch(), viewport=PHONE, java_script_enabled=False)
    birch.goto(address(live_server, alert))

    birch.get_by_text("Approve it for later").click()
    birch.get_by_label("Day").fill(f"{evening:%Y-%m-%d}")
    birch.get_by_label("Time").fill(f"{evening:%H:%M}")
    birch.get_by_role("button", name="Approve for this time").click()
    expect(birch.get_by_text(f"{evening:%H:%M}", exact=False).first).to_be_visible()
    Alert.objects.filter(pk=alert.pk).update(goes_at=clock.now())
    assert actions.release_due() == 1
    send_all()

    birch.reload()
    expect(birch.get_by_role("heading", name="Released")).to_be_visible()
    assert "Do not approach" in sent.by_phone(DELL)[0]


def test_a_mistake_is_corrected_by_two_officers_and_everybody_hears_what_is_right(
    enter: Enter, land: None, live_server: LiveServer
) -> None:
    alert = given.released(cast.amos(), level=Tier.PUBLIC)
    send_all()
    amos = enter(builders.officer(Role.CONSTABLE, name="Whiting"), viewport=PHONE)
    amos.goto(address(live_server, alert))
    amos.get_by_role("link", name="Correct the words").click()
    amos.get_by_label("What happened").fill("Blue pick-up, three men with dogs")
    amos.get_by_label("What was wrong?").fill("The pick-up was blue")
    amos.get_by_role("button", name="Look at it first").click()
    expect(amos.get_by_role("group", name="The text message")).to_contain_text("CORRECTION. Blue pick-up")
    assert faults(amos) == []
    assert not is_too_wide(amos)
    amos.get_by_role("button", name="Correct it").click()
    expect(amos.get_by_text("The correction waits for a second officer")).to_be_visible()

    birch = enter(builders.officer(Role.SERGEANT, name="Turbot"), viewport=PHONE)
    birch.get_by_role("link", name="Hare coursing near Holt").first.click()
    birch.get_by_role("button", name="Agree, and tell everybody whom it reached").click()
    expect(birch.get_by_text("Corrected. Everybody whom it reached is being told.")).to_be_visible()
    send_all()

    assert "CORRECTION. Blue pick-up" in sent.by_phone(DELL)[-1]
    birch.get_by_text("2 versions of its words").click()
    expect(birch.get_by_role("table", name="What this version changed")).to_contain_text("Blue pick-up")


def test_a_release_by_mistake_is_taken_back_and_written_anew(enter: Enter, land: None, live_server: LiveServer) -> None:
    alert = given.released(cast.amos())
    oakes = enter(cast.oakes(), viewport=PHONE)
    oakes.goto(address(live_server, alert))

    oakes.get_by_role("button", name="Take it back").click()
    expect(oakes.get_by_text("Taken back. Nothing more leaves")).to_be_visible()
    send_all()
    assert "WITHDRAWN" in sent.by_phone(DELL)[-1]
    oakes.get_by_role("button", name="Write it anew").click()

    expect(oakes.get_by_label("What happened")).to_have_value("Grey pick-up, three men with dogs")
    assert Alert.objects.filter(state=State.DRAFT).count() == 1
