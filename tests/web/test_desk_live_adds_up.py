"""The live page, the API and the files of one alert say the same, in people: with everybody in it who can be."""

import csv
import io
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.queries.figures import forget
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.messaging.rules.ladder import BEST_FIRST
from hueandcry.domain.organisations import actions as organisations
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.organisations.rules import Permission, Role
from hueandcry.web.desk.live import COLUMNS
from tests import builders
from tests.domain.going_out import ALONE, AROUND, CLIMBED, in_every_state
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db
PEOPLE = len(ALONE) + len(CLIMBED) + AROUND


class Tables(HTMLParser):
    """What the tables of a page say: by the head of the row, then by the label of the cell."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[str, str]] = {}
        self.figures: dict[str, str] = {}
        self._into: str | None = None
        self._row = self._number = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "th" and given.get("scope") == "row":
            self._into, self._row = "row", ""
        elif tag == "td" and given.get("data-label"):
            self._into = given["data-label"]
        elif tag == "span" and given.get("class") in ("hc-figure__number", "hc-figure__what"):
            self._into = given["class"]
        else:
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into == "row":
            self._row += data
        elif self._into == "hc-figure__number":
            self._number = data
        elif self._into == "hc-figure__what":
            self.figures[data] = self._number
        elif self._into:
            self.rows.setdefault(self._row, {})[self._into] = data.partition(" ")[0]
        if self._into != "row":
            self._into = None


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def out() -> Alert:
    return in_every_state()


def page(alert: Alert, client: Client | None = None) -> Tables:
    """Return what the page says to an officer of the force, or to whoever this is."""
    client = client or signed_in(builders.officer(Role.INSPECTOR))
    tables = Tables()
    tables.feed(client.get(reverse("desk:alerts:live", args=[alert.ref])).content.decode())
    return tables


def file(alert: Alert, what: str) -> list[dict[str, str]]:
    """Return the rows of one file."""
    client = signed_in(builders.officer(Role.INSPECTOR))
    body = client.get(reverse("desk:alerts:live_sheet", args=[alert.ref, what])).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


def asked(alert: Alert, what: str, organisation: Organisation | None = None) -> Any:
    """Return what a program is told."""
    whose = organisation or builders.force()
    permissions = [Permission.ALERT_FIGURES]
    key = organisations.make_key(organisation=whose, name="Wall", permissions=permissions, actor="system:test")[1]
    answer = Client().get(f"/api/v1/alerts/{alert.ref}/{what}", headers={"Authorization": f"Bearer {key}"})
    return json.loads(answer.content)


def by_hand(alert: Alert) -> dict[int, str]:
    """Return where each person stands, counted row by row in the plainest way."""
    best: dict[int, str] = {}
    rows = Delivery.objects.filter(message__about=f"alert:{alert.ref}", message__kind="alert")
    for member, state in rows.values_list("member_id", "state"):
        assert member is not None
        best[member] = min(best.get(member, state), state, key=lambda one: BEST_FIRST.index(DeliveryState(one)))
    return best


@pytest.mark.parametrize("is_drill", [False, True], ids=["real", "exercise"])
def test_everybody_counts_once_and_the_page_the_program_and_the_file_agree(out: Alert, *, is_drill: bool) -> None:
    Alert.objects.filter(pk=out.pk).update(is_drill=is_drill)
    standing = list(by_hand(out).values())
    wanted = {state.value: standing.count(state.value) for state in DeliveryState}

    shown, told, rows = page(out), asked(out, "figures/"), file(out, "channels")

    assert len(standing) == told["people"] == int(shown.figures["people"]) == PEOPLE
    assert told["states"] == wanted
    assert all(wanted.values()), "somebody is to stand in each state"
    assert {state: sum(int(row[state]) for row in rows) for state in wanted} == wanted
    for head, states in COLUMNS:
        assert int(shown.figures[head.lower()]) == sum(wanted[state] for state in states), head


def test_each_channel_is_the_same_three_times(out: Alert) -> None:
    shown, told, rows = page(out), asked(out, "figures/")["channels"], file(out, "channels")

    assert [row["channel"] for row in rows] == [one["channel"] for one in told] == ["sms", "voice"]
    for one, row in zip(told, rows, strict=True):
        label = Channel(one["channel"]).label
        assert {state: int(row[state]) for state in one["states"]} == one["states"]
        assert int(shown.rows["Answered"][label]) == int(row["answered"]) == one["answered"]
        assert sum(int(shown.rows[head][label]) for head, _ in COLUMNS) == one["people"]
        for head, states in COLUMNS:
            assert int(shown.rows[head][label]) == sum(one["states"].get(state, 0) for state in states), head


def test_whoever_answered_counts_once_however_often_and_by_however_many_ways(out: Alert) -> None:
    shown, told, rows = page(out), asked(out, "figures/"), file(out, "channels")

    # Two: one by text and then by e-mail, one twice by text.
    assert (told["answered"], shown.figures["answered"]) == (2, "2")
    assert {row["channel"]: row["answered"] for row in rows} == {"sms": "2", "voice": "0"}
    assert asked(out, "deliveries/?by=ward")["curve"][-1]["answered"] == 2


def test_the_curve_ends_where_the_figures_stand(out: Alert) -> None:
    told, last, rows = asked(out, "figures/"), asked(out, "deliveries/")["curve"][-1], file(out, "curve")

    # On a slow machine they stand seconds or minutes apart: the last row is the end.
    by_time = [cells for row, cells in page(out).rows.items() if row[0].isdigit() and "Handed over" in cells]
    shown = by_time[-1]

    handed = sum(told["states"][state] for state in ("accepted", "delivered", "seen"))
    assert last["handed_over"] == int(rows[-1]["handed over"]) == int(shown["Handed over"]) == handed
    assert last["delivered"] == int(rows[-1]["delivered"]) == int(shown["Delivered"]) == told["delivered"]
    assert last["answered"] == int(rows[-1]["answered"]) == int(shown["Answered"])


def test_who_lacks_it_is_counted_in_people_and_who_has_it_by_one_way_lacks_nothing(out: Alert) -> None:
    told, shown = asked(out, "figures/"), page(out)

    lacks = told["not_yet"]
    # Of CLIMBED only the last lacks it: it sleeps. The others wait for, or lost, a way that they need no more.
    assert (lacks["asleep"], lacks["again"], lacks["on_its_way"]) == (2, 1, 2)
    assert (lacks["slept"], lacks["overfull"], lacks["too_late"]) == (1, 1, 1)
    assert sum(many for why, many in lacks.items() if why != "silent") == told["people"] - told["reached"]
    assert (shown.rows["Asleep"]["People"], shown.rows["Did not go at first"]["People"]) == ("2", "1")
    assert shown.rows["On its way"]["People"] == "2"


AREA_COLUMNS = {
    "people": ("People", "people"),
    "waiting": ("Waiting", "waiting"),
    "reached": ("Reached", "reached"),
    "delivered": ("Delivered", "delivered"),
    "seen": ("Seen", "seen"),
    "answered": ("Answered", "answered"),
    "not_reached": ("Not reached", "not reached"),
}


def test_each_area_is_the_same_three_times_but_for_what_is_small(out: Alert) -> None:
    shown, told, rows = page(out), asked(out, "deliveries/?by=ward")["areas"], file(out, "areas")

    assert {one["name"] for one in told} == {"West", "East"}
    assert shown.rows["East"] == {
        "People": "6", "Waiting": "0", "Reached": "6", "Delivered": "6",
        "Seen": "2", "Answered": "2", "Not reached": "0",
    }  # fmt: skip
    for one, row in zip(told, rows, strict=True):
        assert one["name"] == row["name"]
        for name, (label, column) in AREA_COLUMNS.items():
            number = shown.rows[one["name"]][label]
            hidden = one[name] is None
            assert (
                (number, row[column]) == (number, "under 5, or hides one that is") if hidden else (str(one[name]),) * 2
            )
    # In the West one saw it and two did: of 25 that is small, and what it leaves is not.
    assert next(one["seen"] for one in told if one["name"] == "West") is None


def test_a_partner_sees_by_area_what_its_program_does(out: Alert) -> None:
    fire = builders.partner()
    Alert.objects.filter(pk=out.pk).update(organisation=fire)

    shown = page(out, signed_in(builders.officer(Role.PARTNER, organisation=fire)))
    told = asked(out, "deliveries/?by=ward", fire)["areas"]

    for one in told:
        cells = {label: shown.rows[one["name"]][label] for label, _ in AREA_COLUMNS.values()}
        assert cells == {
            label: "\u2013" if one[name] is None else str(one[name]) for name, (label, _) in AREA_COLUMNS.items()
        }
