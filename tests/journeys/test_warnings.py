"""A partner's flood warning comes in by the API; an officer reads it on a phone and begins a draft."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.organisations import actions
from hueandcry.domain.organisations.rules import Permission
from tests import builders, cast
from tests.domain.test_alert_warnings import document
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide, letters_twice_as_big


@pytest.fixture
def amos(browser: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open a browser in which Amos is signed in; the parameter says what else it is."""
    client = Client()
    client.force_login(cast.amos())
    context = browser.new_context(base_url=live_server.url, **request.param)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    yield context.new_page()
    context.close()


def hand_in(page: Page, *bodies: bytes) -> None:
    key = actions.make_key(
        organisation=builders.force(), name="Flood office", permissions=[Permission.WARNING_GIVE], actor="system:test"
    )[1]
    for body in bodies:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cap+xml"}
        assert page.request.post("/api/v1/cap/", data=body, headers=headers).status == 201


@pytest.mark.parametrize("amos", [{"viewport": PHONE, "java_script_enabled": False}], indirect=True, ids=["phone"])
def test_an_officer_reads_a_flood_warning_and_begins_a_draft(amos: Page) -> None:
    hand_in(amos, document())
    amos.goto("/desk/")

    amos.get_by_role("link", name="1 warning of partners to read").click()
    amos.get_by_text("What it says").click()
    expect(amos.get_by_text("Move stock to high ground.")).to_be_visible()
    amos.get_by_role("button", name="Begin a draft").click()

    expect(amos.get_by_role("heading", level=1)).to_contain_text("The Kelp is rising")
    assert amos.url.endswith(f"/desk/alerts/{Alert.objects.get().ref}/")


@pytest.mark.parametrize(
    "amos",
    [{"viewport": size, "bypass_csp": True} for size in (PHONE, DESK)],
    indirect=True,
    ids=["phone", "desk"],
)
def test_the_list_pleases_axe_and_fits_with_big_letters(amos: Page) -> None:
    hand_in(amos, document(1), document(2), document(3, "Cancel", 2))

    amos.goto("/desk/warnings/")

    assert faults(amos) == []
    assert not is_too_wide(amos)
    letters_twice_as_big(amos)
    assert not is_too_wide(amos)
