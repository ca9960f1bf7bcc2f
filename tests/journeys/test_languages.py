"""Public pages in three languages in a real browser: no violations, nothing wider than a narrow phone."""

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from hueandcry.kit.words import LANGUAGES
from tests import builders
from tests.journeys.looking import PHONE, faults, is_too_wide, shoot

OWN = ("", "how/", "reach/", "places/", "person/", "schemes/", "agreed/", "leave/")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_a_narrow_phone_and_pleases_axe(
    language: str, browser: Browser, live_server: LiveServer
) -> None:
    scheme = builders.scheme()
    member = builders.member(name="Dell", email="dell@example.org", mobile="+447700900111", schemes=(scheme,))
    own = [
        f"/my/{member.page_token}/{screen}" for screen in (*OWN, f"schemes/{scheme.ref}/", f"stop/?scheme={scheme.ref}")
    ]
    page = browser.new_context(viewport=PHONE, bypass_csp=True).new_page()

    for number, address in enumerate(["/", "/join/", "/alerts/", *own]):
        page.goto(f"{live_server.url}/{language}{address}")

        assert not is_too_wide(page), address
        assert faults(page) == [], address
        shoot(page, f"{language}-{number}")
