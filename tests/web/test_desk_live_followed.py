"""How what followed an alert goes out: its corrections, its stand-down, what came of it, each by itself."""

import csv
import io
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from shapely.geometry import box

from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries.going import followed
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.queries.figures import forget
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import AreaKind
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain.alerts import WORDS
from tests.domain.messaging import incoming
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    forget()


@pytest.fixture
def stood_down() -> Alert:
    """Return an alert to eight that reached six, and what was said to these: that it is over; four have that."""
    builders.area("West", shape=box(2.3, 54.4, 2.7, 54.6), kind=AreaKind.WARD)
    members = [given.farmer(name="Quillon", at=(2.45, 54.5)) for _ in range(8)]
    alert = given.released()
    Delivery.objects.filter(member__in=members).update(state=DeliveryState.DELIVERED)
    Delivery.objects.filter(member__in=members[6:]).update(state=DeliveryState.FAILED)
    messaging.receive(incoming=incoming(given.number(members[0]), "Saw it"))
    alerts.stand_down(alert_ref=alert.ref, officer=cast.oakes(), reason="They were found.")
    after = Delivery.objects.filter(message__kind=MessageKind.STAND_DOWN)
    after.filter(member__in=members[:4]).update(state=DeliveryState.DELIVERED)
    after.filter(member__in=members[4:]).update(state=DeliveryState.UNCERTAIN)
    messaging.receive(incoming=incoming(given.number(members[1]), "Good"))
    return alert


def desk(role: Role = Role.INSPECTOR) -> Client:
    """Return the browser of an officer who had nothing to do with it."""
    return signed_in(builders.officer(role))


def at(name: str, alert: Alert, *more: str, of: str = "") -> str:
    return f"{reverse(f'desk:alerts:{name}', args=[alert.ref, *more])}?of={of}"


def shown(client: Client, address: str) -> str:
    """Return a page without its white space."""
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def figure(page: str, words: str) -> str:
    """Return the number that stands over these words."""
    before = page.split(f'</span><span class="hc-figure__what">{words}<', maxsplit=1)[0]
    return before.rpartition(">")[2]


def test_who_has_the_stand_down_and_who_has_not_is_counted_by_itself(stood_down: Alert) -> None:
    (after,) = followed(alert=stood_down)

    page = shown(desk(), at("live", stood_down, of=after.ref))
    alert = shown(desk(), at("live", stood_down))

    there = [figure(page, words) for words in ("people", "delivered", "seen or answered", "perhaps sent")]
    before = [figure(alert, words) for words in ("people", "delivered", "seen or answered", "failed")]
    assert (there, before) == (["6", "3", "1", "2"], ["8", "5", "1", "2"])
    assert (figure(page, "answered"), figure(alert, "answered")) == ("1", "2")
    for words in (
        "How the stand-down goes out",
        "It goes to those whom the alert had reached by then",
        "<strong>The stand-down, today",
        "Perhaps sent, nobody knows",
        "West",
    ):
        assert words in page
    assert "Answers</h2>" not in page


def test_the_page_of_the_alert_leads_there_and_back(stood_down: Alert) -> None:
    (after,) = followed(alert=stood_down)

    alert, page = shown(desk(), at("live", stood_down)), shown(desk(), at("live", stood_down, of=after.ref))

    there = reverse("desk:alerts:live", args=[stood_down.ref])
    assert f'href="{there}?of={after.ref}">The stand-down, today' in alert
    assert f'href="{there}">The alert</a>' in page
    assert "<strong>The alert</strong>" in alert


def test_an_alert_that_nothing_followed_says_nothing_of_it() -> None:
    given.farmer()
    alert = given.released()

    page = shown(desk(), at("live", alert))

    assert "<strong>The alert</strong>" not in page
    assert followed(alert=alert) == []


def test_each_correction_has_figures_of_its_own_and_who_waited_is_counted_with_the_alert() -> None:
    reached, waits = given.farmer(), given.farmer()
    alert = given.released()
    Delivery.objects.filter(member=reached).update(state=DeliveryState.DELIVERED)
    Delivery.objects.filter(member=waits).update(state=DeliveryState.QUEUED, gateway="", attempts=0)
    oakes = cast.oakes()
    for what in ("Blue van", "White van"):
        alerts.correct(
            alert_ref=alert.ref,
            officer=oakes,
            words=replace(WORDS, what=what),
            occurred_at=alert.occurred_at,
            expires_at=alert.expires_at,
            reason="The colour was wrong.",
        )
        Delivery.objects.filter(message__kind=MessageKind.CORRECTION).update(state=DeliveryState.DELIVERED)

    first, second = followed(alert=alert)
    pages = [shown(desk(), at("live", alert, of=one.ref)) for one in (first, second)]

    assert waits.pk not in Delivery.objects.filter(message__ref=second.ref).values_list("member", flat=True)
    assert [figure(page, "person") for page in pages] == ["1", "1"]
    for page in pages:
        assert "Whoever still waited for the alert gets the right words at once" in page


def test_parts_map_and_files_are_those_of_what_is_asked_for(stood_down: Alert) -> None:
    (after,) = followed(alert=stood_down)
    client = desk()

    parts = client.get(at("live_parts", stood_down, of=after.ref)).json()
    page = shown(client, at("live", stood_down, of=after.ref))
    file = client.get(at("live_sheet", stood_down, "channels", of=after.ref))
    (head, *lines) = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    (area,) = client.get(at("live_areas", stood_down, of=after.ref)).json()["features"]

    assert parts["said"].startswith("Of 6 people")
    assert page.count(f"&amp;of={after.ref}") >= 4
    assert f'filename="alert-stand-down-of-{stood_down.ref}-channels.csv"' in file["Content-Disposition"]
    assert sum(int(line[head.index("delivered")]) for line in lines) == 3
    assert area["properties"]["shade"] > 0


def test_whatever_else_is_asked_for_is_the_alert(stood_down: Alert) -> None:
    other = Message.objects.get(about=f"alert:{stood_down.ref}", kind=MessageKind.ALERT)

    for of in (other.ref, "x" * 500, "'--", "\u0000"):
        assert figure(shown(desk(), at("live", stood_down, of=of)), "people") == "8"


def test_no_file_by_area_lies_beside_that_of_the_alert(stood_down: Alert) -> None:
    (after,) = followed(alert=stood_down)

    file = desk().get(at("live_sheet", stood_down, "areas", of=after.ref)).content.decode()

    # One taken from the other would tell of few.
    assert "West" not in file
    assert "West" in desk().get(at("live_sheet", stood_down, "areas")).content.decode()


def test_grey_and_who_may_not_see_the_alert_see_none_of_it(stood_down: Alert) -> None:
    (after,) = followed(alert=stood_down)

    for officer in (cast.grey(), cast.frost()):
        for name in ("live", "live_parts", "live_stream", "live_areas"):
            assert signed_in(officer).get(at(name, stood_down, of=after.ref)).status_code in {302, 403, 404}
