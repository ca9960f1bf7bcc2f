"""Mrs Ewing's evening in a real browser: a code, people, a sheet, the phone tree, without JavaScript, with axe."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from hueandcry.domain.alerts.models import Alert, Note
from hueandcry.domain.members.actions import schemes as actions
from hueandcry.domain.members.models import Bridge, ContactPoint, DeviceCode, Member, Membership, Scheme
from hueandcry.domain.members.queries.devices import code_of
from hueandcry.domain.members.rules import SchemeKind, SchemeRole, SchemeState, Tier
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.rules.by_hand import BY_HAND
from hueandcry.domain.organisations.models import Officer
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.journeys.looking import DESK, faults, is_too_wide, letters_twice_as_big
from tests.web.desk import the_force

TABLET = ViewportSize(width=360, height=740)


@pytest.fixture
def evening(live_server: LiveServer) -> Alert:
    """Make Holt Farm Watch with Ewing, Dell and Fern, who has no way that works, and an alert that is out."""
    the_force()
    area = builders.area("Holt")
    scheme = builders.scheme(area_id=area.id, about="Farms round Holt.", open_to_all=False)
    for name, mobile in (("Ewing", "+447700900101"), ("Dell", "+447700900111"), ("Fern", None)):
        builders.member(name=name, mobile=mobile, landline="" if mobile else "+442079460112", schemes=(scheme,))
    ContactPoint.objects.filter(member__name="Fern").update(confirmed_at=None)
    Membership.objects.filter(member__name="Ewing").update(role=SchemeRole.COORDINATOR)
    actions.share(
        scheme_id=scheme.pk,
        member_ref=Member.objects.get(name="Fern").ref,
        named=True,
        in_tree=True,
        rings=False,
        actor="officer:TEST22",
    )
    asker = builders.member(name="Asker")
    actions.ask_to_join(member_id=asker.pk, scheme_id=scheme.pk)
    builders.scheme("Holt Allotments", SchemeKind.OTHER, own_kind="Allotment Watch", state=SchemeState.PROPOSED)
    Note.objects.create(
        scheme=scheme,
        author=Member.objects.get(name="Ewing"),
        purpose="alert",
        text="Please lock your fuel tanks tonight.",
        state="waiting",
        written_at=clock.now(),
    )
    Bridge.objects.create(
        code="G4TX",
        member=Member.objects.get(name="Dell"),
        name="Holt farmers (WhatsApp)",
        people=120,
        made_at=clock.now(),
    )
    return given.released(
        level=Tier.MEMBER,
        words=given.WORDS.__class__("Hare coursing near Holt", "Three men with dogs", "Mill Lane, Holt", "Seen them?"),
    )


@pytest.fixture
def opened(browser: Browser) -> Iterator[Any]:
    """Open a page; what the content policy refuses becomes a failure at the end."""
    complaints: list[str] = []

    def come(**context: Any) -> Page:
        page = browser.new_context(**{"viewport": TABLET, **context}).new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        return page

    yield come
    assert complaints == []


def at(live_server: LiveServer, screen: str, who: str = "Ewing", **more: str) -> str:
    scheme, member = Scheme.objects.get(kind=SchemeKind.FARM), Member.objects.get(name=who)
    return live_server.url + reverse(
        f"public:my:{screen}", kwargs={"token": member.page_token, "ref": scheme.ref, **more}
    )


def sign_in(page: Page, live_server: LiveServer) -> None:
    page.goto(at(live_server, "scheme"))
    page.get_by_role("button", name="Go on with a code").click()
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("The code that we sent you").fill(code_of(code=DeviceCode.objects.latest("pk")))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("What reached the scheme lately")).to_be_visible()


def test_an_evening_at_the_kitchen_table_without_javascript(
    opened: Any, evening: Alert, live_server: LiveServer
) -> None:
    page = opened(java_script_enabled=False)
    sign_in(page, live_server)

    page.get_by_role("button", name="Who is in it (1 asks)").click()
    page.get_by_role("button", name=re.compile("^Let in")).click()
    expect(page.get_by_text("They ask to come in")).to_have_count(0)
    page.goto(at(live_server, "scheme"))
    page.get_by_role("link", name="Ring round").click()
    page.get_by_role("button", name="Show the number").click()
    expect(page.get_by_text("020 7946 0112")).to_be_visible()
    page.get_by_role("button", name="Told", exact=False).first.click()
    expect(page.get_by_text("1 of 1")).to_be_visible()

    assert Delivery.objects.filter(gateway=BY_HAND, state="delivered").count() == 1


@pytest.mark.parametrize("viewport", [TABLET, DESK], ids=["phone", "desk"])
def test_every_page_of_schemes_is_sound_for_everybody(
    opened: Any, evening: Alert, live_server: LiveServer, viewport: ViewportSize
) -> None:
    """Phone, desk and large letters; each page also keeps to the width of the screen."""
    page = opened(bypass_csp=True, viewport=viewport)
    sign_in(page, live_server)
    token = Member.objects.get(name="Dell").page_token
    fern = Member.objects.get(name="Fern")
    hers = [
        at(live_server, "scheme"),
        at(live_server, "people"),
        at(live_server, "note"),
        at(live_server, "code"),
        at(live_server, "sheet", about=evening.ref) + "?copies=2&large=1",
        at(live_server, "tree", about=evening.ref),
        at(live_server, "scheme", "Asker"),
        live_server.url + reverse("public:my:schemes", args=[fern.page_token]),
        live_server.url + reverse("public:my:propose", args=[fern.page_token]),
        live_server.url + reverse("public:my:groups", args=[token]),
        live_server.url + reverse("public:group:card", args=["G4TX", evening.ref]),
    ]
    for address in hers:
        page.goto(address)
        assert faults(page) == [], address
        assert not is_too_wide(page), address
        letters_twice_as_big(page)
        assert not is_too_wide(page), f"{address} at 200 %"


@pytest.mark.parametrize("viewport", [TABLET, DESK], ids=["phone", "desk"])
def test_every_desk_page_of_schemes_is_sound(
    opened: Any, evening: Alert, live_server: LiveServer, viewport: ViewportSize
) -> None:
    page = opened(bypass_csp=True, viewport=viewport)
    client = Client()
    client.force_login(Officer.objects.filter(name="Birch").first() or cast.birch())
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    scheme = Scheme.objects.get(kind=SchemeKind.FARM)
    proposed = Scheme.objects.get(kind=SchemeKind.OTHER)
    for name, *args in (
        ("list",),
        ("new",),
        ("notes",),
        ("page", scheme.ref),
        ("page", proposed.ref),
        ("edit", scheme.ref),
        ("sheet", scheme.ref, evening.ref),
    ):
        page.goto(live_server.url + reverse(f"desk:schemes:{name}", args=args))
        assert faults(page) == [], name
        assert not is_too_wide(page), name
        letters_twice_as_big(page)
        assert not is_too_wide(page), f"{name} at 200 %"
