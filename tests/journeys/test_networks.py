"""Key individuals in a real browser: matrix, people, talks, pulse, checks; small, large letters, without JavaScript."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.members.models import Ask, Community, KeyContact, Member, Pulse, Talk
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from tests import builders, cast
from tests.journeys.looking import DESK, PHONE, faults, is_too_wide, letters_twice_as_big
from tests.web.desk import the_force


@pytest.fixture
def village(live_server: LiveServer) -> KeyContact:
    """Make four communities: a key individual in time, one overdue, two with nobody; and what goes with them."""
    the_force()
    amos = cast.amos()
    holt = builders.area("Holt")
    farmers = builders.community("Farmers of Holt", area_id=holt.id)
    builders.community("Boat dwellers on the Wold Cut, who are hard to reach by telephone")
    builders.community("Young people of Wold")
    contact = builders.key_contact(amos, farmers, member=builders.member(name="Quillon", tier=Tier.KIN))
    late = clock.today() - dt.timedelta(days=20)
    builders.key_contact(
        amos, builders.community("Horse owners"), member=builders.member(name="Ravensworth-Featherstone"), next_due=late
    )
    Talk.objects.create(key_contact=contact, officer=amos, at=clock.now(), how="visit", note="Mornings are best")
    builders.checked(Member.objects.get(name="Quillon"))
    inspector = builders.officer(Role.SERGEANT, Role.AUDITOR, name="Birch", rank="Inspector")
    for officer in (amos, inspector, amos):
        Ask.objects.create(member=contact.member, subject_hash=b"x" * 32, officer=officer, at=clock.now())
    return contact


@pytest.fixture
def opened(browser: Browser, live_server: LiveServer) -> Iterator[Any]:
    """Open a page as an officer; what the content policy refuses becomes a failure at the end."""
    complaints: list[str] = []

    def come(who: Officer | None, **context: Any) -> Page:
        page = browser.new_context(**{"viewport": PHONE, **context}).new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        if who is not None:
            client = Client()
            client.force_login(who)
            cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
            page.context.add_cookies([cookie])  # type: ignore[list-item]
        return page

    yield come
    assert complaints == []


def desk(village: KeyContact) -> list[str]:
    community = Community.objects.get(name="Farmers of Holt")
    named = ("matrix", "people", "asked", "hand_over", "results", "new", "new_community")
    return [
        *(reverse(f"desk:networks:{name}") for name in named),
        reverse("desk:networks:page", args=[village.ref]),
        reverse("desk:networks:pulse", args=[village.ref]),
        reverse("desk:networks:community", args=[community.ref]),
        reverse("desk:members:vetting"),
        reverse("desk:members:checks", args=[village.member.ref]),
    ]


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_of_networks_is_sound(
    opened: Any, village: KeyContact, live_server: LiveServer, viewport: ViewportSize
) -> None:
    page = opened(Officer.objects.get(name="Birch"), bypass_csp=True, viewport=viewport)
    mine = reverse("public:my:pulse", args=[village.member.page_token])
    for address in [*desk(village), mine]:
        answer = page.goto(live_server.url + address)
        assert answer.status == 200, address
        assert faults(page) == [], address
        assert not is_too_wide(page), address
        letters_twice_as_big(page)
        assert not is_too_wide(page), f"{address} at 200 %"


def test_a_talk_a_successor_and_the_five_questions_without_javascript(
    opened: Any, village: KeyContact, live_server: LiveServer
) -> None:
    heir = builders.member(name="Selwyn")
    page = opened(Officer.objects.get(name="Amos"), java_script_enabled=False)

    page.goto(live_server.url + reverse("desk:networks:matrix"))
    expect(page.locator("tbody tr").first).to_contain_text("✕")
    page.goto(live_server.url + reverse("desk:networks:page", args=[village.ref]))
    page.get_by_role("button", name="I talked with them").click()
    expect(page.locator(".govuk-notification-banner, .govuk-error-summary")).to_have_count(1)
    page.get_by_label("Who may follow them?").fill(heir.ref)
    page.get_by_role("button", name="Name them").click()
    expect(page.get_by_role("definition").filter(has_text="Selwyn")).to_be_visible()
    page.goto(live_server.url + reverse("public:my:pulse", args=[village.member.page_token]))
    for question in range(5):
        page.locator(f"input[name=answer{question}]").nth(3).check()
    page.locator("main form button[type=submit]").first.click()

    assert KeyContact.objects.get(pk=village.pk).successor == heir
    assert Pulse.objects.filter(key_contact=village).exists()


def test_grey_sees_no_page_of_networks(opened: Any, village: KeyContact, live_server: LiveServer) -> None:
    page = opened(cast.grey())

    answers = {address: page.request.get(live_server.url + address) for address in desk(village)}

    assert {answer.status for answer in answers.values()} == {403}
    assert not any("Quillon" in answer.text() for answer in answers.values())
