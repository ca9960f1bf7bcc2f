"""The inbox and the first screen: danger first, one press to relay, and the reporter in nothing that goes out."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State as AlertState
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.domain.reports import actions as reporting
from hueandcry.domain.reports.models import Report
from hueandcry.domain.reports.rules import State
from hueandcry.kit import grid
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain import reporting as said
from tests.web.desk import queries_of, signed_in, the_force

pytestmark = pytest.mark.django_db

MARSH = (2.51, 54.51)
MARSH_GRID = grid.format(*grid.to_grid(*MARSH), digits=6)
SEEN = f"Saw a grey Navara AB12 CDE with 3 men at {MARSH_GRID} heading north, Dell at Manor Farm"


def at(name: str, report: Report | None = None) -> str:
    return reverse(f"desk:inbox:{name}", args=[report.ref] if report else [])


def answered(alert: Alert, body: str, sender: str = "+447700900111") -> Report:
    """Return the report that a text to an alert became."""
    inbound = messaging.type_on_phone(address=sender, body=body)
    report = reporting.open_from_message(inbound_ref=inbound.ref)
    assert report is not None
    assert report.about == f"alert:{alert.ref}"
    return report


@pytest.mark.parametrize("name", ["list"])
def test_stranger_opens_no_inbox(name: str) -> None:
    said.told("Grey pick-up heading north")

    answer = signed_in(cast.grey()).get(at(name))

    assert answer.status_code == 403
    assert "pick-up" not in answer.content.decode()


def test_stranger_and_partner_read_no_answer_and_press_nothing() -> None:
    report = said.told("Grey pick-up heading north")

    for officer in (cast.grey(), cast.frost()):
        client = signed_in(officer)
        opened = client.get(at("page", report))
        assert opened.status_code == 403
        assert "pick-up" not in opened.content.decode()
        for name in ("read", "relay", "relay_check", "reply", "close"):
            assert client.post(at(name, report)).status_code == 403
    report.refresh_from_db()
    assert report.state == State.NEW


def test_danger_comes_first_then_who_waits_longest_whatever_the_channel() -> None:
    said.told("Grey pick-up heading north", minutes_ago=5, channel="email")
    said.told("White van seen going south", minutes_ago=9)
    said.told("They have a gun, help", minutes_ago=1)

    page = signed_in(cast.oakes()).get(at("list")).content.decode()

    places = [page.index(words) for words in ("They have a gun", "White van seen", "Grey pick-up")]
    assert places == sorted(places)


def test_the_inbox_is_narrowed_by_state_and_alert() -> None:
    said.told("Grey pick-up heading north", about="alert:K7M2PQ")
    said.told("White van seen", about="alert:NNNNNN")
    client = signed_in(cast.oakes())

    page = client.get(at("list"), {"alert": "k7m2pq", "state": "new"}).content.decode()
    closed = client.get(at("list"), {"state": "closed"}).content.decode()

    assert "Grey pick-up" in page
    assert "White van" not in page
    assert "Nothing has come in." in closed


def test_opening_is_written_down_and_reading_is_a_press_of_its_own() -> None:
    report = said.told("Grey pick-up heading north")
    analyst, operator = cast.cole(), cast.oakes()

    for_analyst = signed_in(analyst).get(at("page", report)).content.decode()
    for_operator = signed_in(operator).get(at("page", report)).content.decode()
    report.refresh_from_db()
    looked = report.state
    pressed = signed_in(operator).post(at("read", report), follow=True).content.decode()
    inbox = signed_in(operator).get(at("list")).content.decode()
    report.refresh_from_db()

    assert "Relay to others" not in for_analyst
    assert "I have read this" not in for_analyst
    assert "I have read this" in for_operator
    assert "I have read this" not in pressed
    assert "Read by PC Oakes today" in pressed.replace("Control room Oakes", "PC Oakes")
    assert "read by " in inbox
    assert (looked, report.state, report.read_by) == (State.NEW, State.READ, operator)
    actors = Record.objects.filter(event="report.consulted", subject=report.subject).values_list("actor", flat=True)
    assert set(actors) == {analyst.as_actor(), operator.as_actor()}


def test_the_words_stand_as_they_came_and_what_was_read_beside_them() -> None:
    report = said.told("2 blokes in a grey navara <AB12 CDE> heading north")

    page = signed_in(cast.oakes()).get(at("page", report)).content.decode()

    assert "2 blokes in a grey navara &lt;AB12 CDE&gt; heading north" in page
    assert "grey Nissan Navara" in page
    assert "AB12 CDE" in page
    assert "north" in page


def test_a_relay_is_one_press_and_carries_nothing_of_the_reporter() -> None:
    the_force()
    builders.place("Marsh End", at=MARSH)
    dell = given.farmer(name="Dell Barrow", mobile="+447700900111")
    author, approver = cast.amos(), cast.birch()
    first = given.released(author, approver)
    report = answered(first, SEEN)
    next_farm = given.farmer(name="Next", at=(2.52, 54.52))
    operator = signed_in(builders.officer(Role.OPERATOR, name="Oakes"))

    page = operator.get(at("page", report))
    shown = page.context["passing"]
    form = page.context["relay_form"]
    fields = {name: form[name].value() for name in ("what", "where", "direction", "plate", "place", "proposed")}
    seen_at = form["seen_at"].value()
    answer = operator.post(
        at("relay", report),
        {
            **fields,
            "radius": form["radius"].value(),
            "seen_at_0": f"{seen_at:%Y-%m-%d}",
            "seen_at_1": f"{seen_at:%H:%M}",
        },
    )

    relay = Alert.objects.get(relay_of=first)
    out = Message.objects.get(about=f"alert:{relay.ref}")
    assert answer["Location"] == reverse("desk:alerts:page", args=[relay.ref])
    assert relay.state == AlertState.RELEASED
    assert Report.objects.filter(pk=report.pk, read_by__name="Oakes").exists(), "who relays has read"
    assert given.meant(relay) == {next_farm.pk}, "nobody who was told already, so not the reporter"
    assert shown.count.members == 1
    assert out.text == shown.preview.words.text.replace("WWWWWW", relay.ref)
    everything = f"{out.text} {out.spoken} {out.subject} {out.email}"
    for secret in ("Dell", "Barrow", "Manor", "AB12", "CDE", "900111", MARSH_GRID, "54.5"):
        assert secret not in everything
    assert dell.pk not in given.meant(relay)


def test_where_the_place_could_not_be_read_the_officer_writes_it_first() -> None:
    given.farmer(mobile="+447700900111")
    report = answered(given.released(), "Just seen a grey Navara with 3 men")

    page = signed_in(cast.oakes()).get(at("page", report)).content.decode()

    assert "The place could not be read out of it" in page
    assert '<details class="govuk-details" open' in page


def test_changed_words_are_shown_and_checked_before_they_go() -> None:
    given.farmer(mobile="+447700900111")
    first = given.released()
    report = answered(first, SEEN)
    given.farmer(at=(2.52, 54.52))
    client = signed_in(cast.oakes())
    fields = {
        "what": "Grey pick-up AB12 CDE",
        "where": "Mill Lane",
        "place": "54.51, 2.51",
        "radius": "5000.0",
        "seen_at_0": "2026-11-22",
        "seen_at_1": "03:15",
    }

    shown = client.post(at("relay_check", report), fields, headers={"HX-Request": "true"}).content.decode()
    whole = client.post(at("relay_check", report), fields).content.decode()
    refused = client.post(at("relay", report), fields).content.decode()
    empty = client.post(at("relay", report), {**fields, "where": ""}).content.decode()

    assert "Must be changed" in shown
    assert "<html" not in shown
    assert "<html" in whole
    assert "Please put this right" in refused
    assert "Say where: a road, a village." in empty
    assert not Alert.objects.filter(relay_of=first).exists()


def test_no_relay_is_offered_when_the_alert_is_over() -> None:
    given.farmer(mobile="+447700900111")
    first = given.released()
    report = answered(first, SEEN)
    Alert.objects.filter(pk=first.pk).update(state=AlertState.EXPIRED)

    page = signed_in(cast.oakes()).get(at("page", report)).content.decode()

    assert "There is no running alert to relay this with" in page
    assert "Exactly" not in page


def test_a_reply_goes_into_the_conversation() -> None:
    given.farmer(mobile="+447700900111")
    report = answered(given.released(), "Grey pick-up heading north")
    client = signed_in(cast.oakes())

    client.post(at("reply", report), {"text": "Thank you. Which lane was it?"})
    page = client.get(at("page", report)).content.decode()
    empty = client.post(at("reply", report), {"text": " "}, follow=True).content.decode()

    assert "Which lane was it?" in page
    report.refresh_from_db()
    assert report.state == State.READ, "who replies has read"
    assert Message.objects.filter(kind="reply").count() == 1
    assert "Write what you want to say." in empty


def test_a_report_is_closed_with_what_came_of_it() -> None:
    report = said.told("Grey pick-up heading north")
    client = signed_in(cast.oakes())

    empty = client.post(at("close", report), {"outcome": ""}, follow=True).content.decode()
    client.post(at("close", report), {"outcome": "Patrol found nothing"})
    report.refresh_from_db()

    assert "Say in a few words what came of it" in empty
    assert (report.state, report.outcome) == (State.CLOSED, "Patrol found nothing")


def test_the_inbox_refreshes_as_a_part_of_the_page() -> None:
    said.told("Grey pick-up heading north")

    part = signed_in(cast.oakes()).get(at("list"), headers={"HX-Request": "true"}).content.decode()

    assert "Grey pick-up" in part
    assert "<html" not in part


def test_the_first_screen_shows_each_officer_their_own_work() -> None:
    given.farmer(mobile="+447700900111")
    author, second = cast.amos(), cast.birch()
    running = given.released(author, second)
    waits = given.waiting(author)
    draft = given.drafted(author, words=given.WORDS.__class__("Only a draft", "a", "b", "c"))
    answered(running, "Grey pick-up heading north")
    front = reverse("desk:home:front")

    for_author = signed_in(author).get(front).content.decode()
    for_second = signed_in(second).get(front).content.decode()
    for_clerk = signed_in(builders.officer(Role.CLERK, name="Tansy", organisation=builders.partner())).get(front)

    approve = reverse("desk:alerts:page", args=[waits.ref])
    assert "Alerts to approve" in for_second
    assert approve in for_second
    assert approve not in for_author
    assert reverse("desk:alerts:page", args=[draft.ref]) in for_author
    assert "1 message" in for_author
    assert "Grey pick-up heading north" in for_second
    assert "No worker is running" in for_second
    assert "Nothing waits for you here." in for_clerk.content.decode()
    assert signed_in(cast.grey()).get(front).status_code == 403


def test_sixty_answers_take_no_more_questions_than_three(record_property: Callable[[str, object], None]) -> None:
    client = signed_in(cast.oakes())
    addresses = (at("list"), reverse("desk:home:front"))

    for number in range(3):
        said.told(f"Grey pick-up {number} heading north")
    few = [queries_of(client, address) for address in addresses]
    for number in range(57):
        said.told(f"White van {number} heading north")
    many = [queries_of(client, address) for address in addresses]

    record_property("questions", f"inbox {many[0]}, today {many[1]}")
    assert many == few


def test_sixty_running_alerts_take_no_more_questions_than_three() -> None:
    given.farmer()
    author, approver = cast.amos(), cast.birch()
    client, front = signed_in(approver), reverse("desk:home:front")

    for _ in range(3):
        given.released(author, approver)
    few = queries_of(client, front)
    for _ in range(57):
        given.released(author, approver)

    assert queries_of(client, front) == few
