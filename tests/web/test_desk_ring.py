"""The next ring on the desk: shown before anything is sent, turned and widened without scripts, told in one press."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from shapely.geometry import box

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.organisations.actions import agree_hand_over
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.reports import actions as reporting
from hueandcry.domain.reports.models import Report
from hueandcry.domain.reports.rules import State
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import cap, clock, grid, shapes
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain import reporting as said
from tests.web.desk import queries_of, signed_in, the_force

pytestmark = pytest.mark.django_db

MARSH = Point(2.8, 54.5)


def off(bearing: float, metres: float) -> Point:
    lon, lat, _ = shapes.EARTH.fwd(*MARSH, bearing, metres)
    return Point(lon, lat)


@pytest.fixture
def report() -> Report:
    """Return what Dell saw on the marsh, in answer to an alert of yesterday that only Dell heard."""
    the_force()
    builders.place("Marsh End", at=MARSH)
    given.farmer(name="Dell Barrow", mobile="+447700900111")
    first = given.released()
    Alert.objects.filter(pk=first.pk).update(occurred_at=clock.now() - dt.timedelta(days=1))
    square = grid.format(*grid.to_grid(*MARSH), digits=6)
    inbound = messaging.type_on_phone(address="+447700900111", body=f"Grey Navara, 3 men at {square} heading east")
    found = reporting.open_from_message(inbound_ref=inbound.ref)
    assert found is not None
    return found


def at(name: str, report: Report) -> str:
    return reverse(f"desk:inbox:{name}", args=[report.ref])


def operator() -> Client:
    return signed_in(builders.officer(Role.OPERATOR))


def sent(client: Client, report: Report) -> dict[str, Any]:
    """Return what the browser sends of the page as it is proposed."""
    form = client.get(at("ring", report)).context["relay_form"]
    return dict(form.data)


def test_a_stranger_sees_no_ring_and_tells_nobody() -> None:
    report = said.told("Grey pick-up heading north")

    for officer in (cast.grey(), cast.frost(), cast.cole()):
        client = signed_in(officer)
        assert client.get(at("ring", report)).status_code == 403
        assert client.post(at("ring_relay", report)).status_code == 403
        assert client.post(at("hand_over", report)).status_code == 403
        assert client.post(at("send_hand_over", report)).status_code == 403
        assert client.post(at("hand_over_cap", report)).status_code == 403
    report.refresh_from_db()
    assert report.state == State.NEW


def test_the_answer_offers_those_ahead_in_one_press(report: Report) -> None:
    new = given.farmer(at=off(80, 9_000))
    given.farmer(at=off(265, 9_000))
    client = operator()

    page = client.get(at("page", report))
    form = page.context["relay_form"]
    fields = {name: form[name].value() for name in ("what", "where", "direction", "plate", "place", "proposed")}
    seen_at = form["seen_at"].value()
    fields |= {"seen_at_0": f"{seen_at:%Y-%m-%d}", "seen_at_1": f"{seen_at:%H:%M}", "radius": "5000.0"}
    answer = client.post(at("ring_relay", report), fields)

    text = page.content.decode()
    assert "10 to 20 minutes ahead to the east: 0 farms, 1 person not told yet, text 1" in text
    assert "Tell those ahead" in text
    assert "data-outline" in text
    made = Alert.objects.get(relay_of__isnull=False)
    assert answer["Location"] == reverse("desk:alerts:page", args=[made.ref])
    assert given.meant(made) == {new.pk}
    report.refresh_from_db()
    assert report.state != State.NEW
    assert "Dell" not in Message.objects.get(about=f"alert:{made.ref}").text


def test_looking_at_the_ring_and_turning_it_sends_nothing(report: Report) -> None:
    given.farmer(at=off(80, 9_000))
    west = given.farmer(at=off(280, 9_000))
    client = operator()

    first = client.get(at("ring", report)).content.decode()
    data = sent(client, report)
    turned = data
    for _ in range(4):
        turned = dict(client.post(at("ring", report), {**turned, "press": "left"}).context["relay_form"].data.items())
    west_page = client.post(at("ring", report), turned).content.decode()
    everywhere = client.post(at("ring", report), {**data, "width": "180"}).content.decode()

    assert "ahead to the east: 0 farms, 1 person" in first
    assert turned["heading"] == "west"
    assert "ahead to the west: 0 farms, 1 person" in west_page
    assert "away, all round: 0 farms, 2 people" in everywhere
    assert Alert.objects.count() == 1
    client.post(at("ring_relay", report), turned)
    assert given.meant(Alert.objects.get(relay_of__isnull=False)) == {west.pk}


def test_wider_and_narrower_step_and_stop_at_their_ends(report: Report) -> None:
    client = operator()
    data = sent(client, report)

    def pressed(how: str, times: int) -> str:
        now = data
        for _ in range(times):
            now = dict(client.post(at("ring", report), {**now, "press": how}).context["relay_form"].data.items())
        return str(now["width"])

    assert [pressed("wider", times) for times in (1, 2, 9)] == ["60", "90", "180"]
    assert pressed("narrower", 9) == "30"
    assert pressed("sideways", 1) == ""


def test_what_is_changed_before_the_press_changes_what_is_offered(report: Report) -> None:
    given.farmer(at=off(280, 9_000))
    client = operator()
    data = {**sent(client, report), "radius": "5000.0"}

    checked = client.post(
        at("relay_check", report), {**data, "direction": "heading west"}, headers={"HX-Request": "true"}
    )
    nowhere = client.post(at("relay_check", report), {**data, "place": ""}, headers={"HX-Request": "true"})

    assert 'id="ring-ahead" aria-live="polite" hx-swap-oob="true"' in checked.content.decode()
    assert "ahead to the west: 0 farms, 1 person" in checked.content.decode()
    assert "ahead to" not in nowhere.content.decode()


def test_nobody_ahead_is_said_and_pressing_all_the_same_makes_nothing(report: Report) -> None:
    client = operator()

    page = client.get(at("ring", report)).content.decode()
    refused = client.post(at("ring_relay", report), sent(client, report))

    assert "Nobody is there who was not told yet" in page
    assert "Tell those ahead" not in page
    assert "was told already: widen" in refused.content.decode()
    assert Alert.objects.count() == 1


def test_without_a_place_it_asks_for_one() -> None:
    given.farmer(mobile="+447700900111")
    given.released()
    inbound = messaging.type_on_phone(address="+447700900111", body="Grey Navara heading north fast")
    report = reporting.open_from_message(inbound_ref=inbound.ref)
    assert report is not None
    client = operator()

    page = client.get(at("ring", report)).content.decode()
    data = {**sent(client, report), "where": "Ford Lane, Elm"}
    shown = client.post(at("ring", report), data).content.decode()

    assert "Say where: a road, a village" in page
    assert "Nobody knows where it was seen" in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"when": "99-1"},
        {"heading": "up"},
        {"width": "-1"},
        {"pace": "rocket"},
        {"what": ""},
        {"what": "x" * 9_000},
        {"seen_at_0": "never"},
        {"place": "\x00"},
    ],
)
def test_nonsense_is_refused_with_a_sentence_and_sends_nothing(report: Report, wrong: dict[str, str]) -> None:
    client = operator()
    data = {**sent(client, report), **wrong}

    for name in ("ring", "ring_relay"):
        answer = client.post(at(name, report), data)
        assert answer.status_code == 200
        assert "Error: " in answer.content.decode()
    assert Alert.objects.count() == 1


def test_over_the_border_the_other_force_is_named_and_told_once(report: Report) -> None:
    area = builders.area("Kelp", kind=AreaKind.OTHER, shape=box(2.85, 54.0, 3.4, 55.2))
    agree_hand_over(
        name="Kelp Constabulary",
        area_id=area.id,
        email="control@example.org",
        call="01632 960123",
        actor="officer:TEST22",
    )
    client = operator()
    data = sent(client, report)
    alert = Alert.objects.get()
    to = f"organisation:{Organisation.objects.get(kind='neighbour').ref}"

    page = client.get(at("ring", report)).content.decode()
    west = client.post(at("ring", report), {**data, "heading": "west"}).content.decode()
    told = client.post(at("hand_over", report), {**data, "to": to}).content.decode()
    again = client.post(at("hand_over", report), {**data, "to": to}).content.decode()
    document = client.post(at("hand_over_cap", report), {**data, "to": to})
    not_there = client.post(at("hand_over_cap", report), {**data, "to": "area:99"}).content.decode()
    wrong = client.post(at("hand_over", report), {**data, "to": "area:99"}).content.decode()
    turned = client.post(at("hand_over", report), {**data, "to": to, "heading": "west"}).content.decode()

    assert "It may cross into Kelp Constabulary" in page
    assert "ring 01632 960123" in page
    assert f"Our reference: {alert.ref}" in page
    assert "mailto:control@example.org?subject=Hand-over%20from" in page
    assert "Dell" not in page[page.index("What they are told") :]
    assert "It may cross" not in west
    assert "Written down: handed over to Kelp Constabulary." in told
    assert "<strong>Handed over to Kelp Constabulary</strong>" in again
    assert (document["Content-Type"], cap.read(document.content).scope) == (cap.CONTENT_TYPE, "Restricted")
    assert "does not come into that force any more" in not_there
    assert "does not come into that force any more" in wrong
    assert "does not come into that force any more" in turned
    assert [record.facts["to"] for record in given.logged("alert.handed_over", alert)] == [to]


def test_one_press_sends_it_to_the_other_force_and_the_page_says_whether_it_came(report: Report) -> None:
    area = builders.area("Kelp", kind=AreaKind.OTHER, shape=box(2.85, 54.0, 3.4, 55.2))
    made = agree_hand_over(
        name="Kelp Constabulary", area_id=area.id, email="control@example.org", actor="officer:TEST22"
    )
    client = operator()
    data = {**sent(client, report), "to": f"organisation:{made.ref}"}
    alert = Alert.objects.get()

    told = client.post(at("send_hand_over", report), data).content.decode()
    client.post(at("send_hand_over", report), data)
    on_its_way = client.post(at("ring", report), data).content.decode()
    given.hand_over(alert)
    came = client.post(at("ring", report), data).content.decode()
    on_alert = client.get(reverse("desk:alerts:page", args=[alert.ref])).content.decode()
    Delivery.objects.filter(address="control@example.org").update(state="bounced")
    lost = client.get(reverse("desk:alerts:page", args=[alert.ref])).content.decode()
    elsewhere = client.post(at("send_hand_over", report), {**data, "to": "area:99"}).content.decode()
    unread = client.post(at("send_hand_over", report), {**data, "what": ""}).content.decode()

    assert "On its way to Kelp Constabulary by e-mail." in told
    assert "Send it to Kelp Constabulary by e-mail" in on_its_way
    assert ", by e-mail <strong" in on_its_way
    assert "Waiting</strong>" in on_its_way
    assert any(f"{word}</strong>" in came for word in ("Handed over", "Delivered"))
    assert "Other forces" in on_alert
    assert "Ring them: it did not come there." not in on_alert
    assert "Ring them: it did not come there." in lost
    assert "does not come into that force any more" in elsewhere
    assert "Error: " in unread
    assert [row.address for row in SandboxMessage.objects.filter(address__contains="@")] == ["control@example.org"]


def test_what_no_e_mail_may_carry_is_refused_with_a_sentence_and_nothing_leaves(report: Report) -> None:
    area = builders.area("Kelp", kind=AreaKind.OTHER, shape=box(2.85, 54.0, 3.4, 55.2))
    made = agree_hand_over(
        name="Kelp Constabulary", area_id=area.id, email="control@example.org", actor="officer:TEST22"
    )
    client = operator()
    data = {**sent(client, report), "to": f"organisation:{made.ref}", "what": "Grey Navara AO51 BCD"}

    answer = client.post(at("send_hand_over", report), data).content.decode()

    assert "Error: " in answer
    assert "plate" in answer[answer.index("Please put this right") :][:500]
    assert not Delivery.objects.filter(address="control@example.org").exists()


def test_an_answer_to_nothing_that_runs_has_no_ring(report: Report) -> None:
    lost = said.told("Grey pick-up heading north", about="alert:NNNNNN")
    data = sent(operator(), report)
    Alert.objects.update(state="expired")
    client = operator()

    for which in (lost, report):
        assert "There is no running alert" in client.get(at("ring", which)).content.decode()
    assert "expired" in client.post(at("ring_relay", report), data).content.decode()
    assert "There is no running alert" in client.post(at("hand_over", report), data).content.decode()
    assert client.post(at("hand_over", lost), data).status_code == 200
    assert "There is no running alert" in client.post(at("send_hand_over", report), data).content.decode()
    assert client.post(at("send_hand_over", lost), data).status_code == 200
    assert "There is no running alert" in client.post(at("hand_over_cap", report), data).content.decode()


def test_the_screen_asks_as_many_questions_for_many(report: Report) -> None:
    given.farmer(at=off(80, 9_000))
    client = operator()

    few = queries_of(client, at("ring", report))
    for metres in range(3_000, 9_000, 500):
        given.farmer(at=off(90, metres))

    assert queries_of(client, at("ring", report)) == few
