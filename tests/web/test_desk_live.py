"""How an alert goes out, on the desk: counts for the force, fewer for others, never who; as files too."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from shapely.geometry import box

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.queries.figures import forget
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.messaging.rules.figures import Figures, NotYet
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import AreaKind
from hueandcry.web.desk.live import lacking
from tests import builders
from tests.domain import alerts as given
from tests.web.desk import queries_of, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    forget()


@pytest.fixture
def out() -> Alert:
    """Return an alert that went to seven in one ward and to one in another."""
    builders.area("West", shape=box(2.3, 54.4, 2.5, 54.6), kind=AreaKind.WARD)
    builders.area("East", shape=box(2.5001, 54.4, 2.7, 54.6), kind=AreaKind.WARD)
    builders.area("Both", shape=box(2.3, 54.4, 2.7, 54.6), kind=AreaKind.DISTRICT)
    for _ in range(7):
        given.farmer(name="Quillon", at=(2.45, 54.5))
    given.farmer(name="Quillon", at=(2.55, 54.5))
    return given.released()


def desk(role: Role = Role.CONSTABLE) -> Client:
    """Return the browser of an officer who had nothing to do with it."""
    return signed_in(builders.officer(role))


def at(name: str, alert: Alert, *more: str) -> str:
    return reverse(f"desk:alerts:{name}", args=[alert.ref, *more])


def rows(client: Client, alert: Alert, what: str) -> list[list[str]]:
    response = client.get(at("live_sheet", alert, what))
    assert response["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_page_says_how_it_goes_by_channel_by_area_and_over_time(out: Alert) -> None:
    html = desk().get(at("live", out)).content.decode()

    assert "Over time" in html
    assert '<title id="curve-title">' in html
    assert "West" in html
    assert "7 (100%)" in html
    assert "By district" in html
    assert "Quillon" not in html


def test_why_some_are_told_another_way_is_said_in_one_sentence_and_only_then(out: Alert) -> None:
    client = desk()
    before = client.get(at("live", out)).content.decode()
    Message.objects.update(moved=2)
    after = client.get(at("live", out)).content.decode()

    assert "another way first" not in before
    assert "To 2 members it went by another way first: theirs was slow or failed." in after


def test_it_is_linked_from_the_alert(out: Alert) -> None:
    assert at("live", out) in desk().get(at("page", out)).content.decode()


def test_an_alert_that_is_not_out_has_nothing_to_count() -> None:
    alert = given.drafted()

    html = desk().get(at("live", alert)).content.decode()

    assert "It is not released yet" in html


def test_another_kind_of_areas_is_chosen_by_a_link_and_nonsense_is_the_first(out: Alert) -> None:
    client = desk()

    assert "Both" in client.get(at("live", out) + "?by=district").content.decode()
    assert "West" in client.get(at("live", out) + "?by=<script>").content.decode()


def test_without_boundaries_there_are_no_areas() -> None:
    given.farmer()

    html = desk().get(at("live", given.released())).content.decode()

    assert "data-map" not in html


def test_whoever_may_not_read_answers_sees_their_number_only(out: Alert) -> None:
    reader, other = desk().get(at("live", out)), desk(Role.ENGAGEMENT).get(at("live", out))

    assert 'id="said"' in reader.content.decode()
    assert 'id="said"' not in other.content.decode()
    assert "answered" in other.content.decode()


def test_looking_is_logged_once_for_each_opening_and_not_for_each_count(out: Alert) -> None:
    client = desk()
    client.get(at("live", out))
    client.get(at("live_parts", out))
    client.get(at("live_areas", out))
    client.get(at("live_stream", out))

    assert len(given.logged("alert.watched", out)) == 1
    rows(client, out, "curve")
    assert [record.facts for record in given.logged("alert.watched", out)] == [{}, {"file": "curve"}]


def test_parts_come_as_the_page_has_them(out: Alert) -> None:
    parts = json.loads(desk().get(at("live_parts", out)).content)

    assert set(parts) == {"totals", "channels", "curve", "lacking", "answers", "areas", "shades", "said"}
    assert parts["said"].startswith("Of 8 people, 8 have it handed over or further")
    assert sorted(json.loads(parts["shades"]).values()) == [4, 4]


def test_areas_are_drawn_by_the_share_that_was_reached(out: Alert) -> None:
    Delivery.objects.update(state=DeliveryState.FAILED)

    shapes = json.loads(desk().get(at("live_areas", out)).content)

    assert {one["properties"]["name"]: one["properties"]["shade"] for one in shapes["features"]} == {
        "West": 0,
        "East": 0,
    }


def test_files_have_no_small_counts_and_nobodys_name(out: Alert) -> None:
    client = desk()

    channels, areas, curve = (rows(client, out, what) for what in ("channels", "areas", "curve"))

    assert channels[1][0] == "sms"
    assert sum(int(number) for number in channels[1][1:]) == 8
    # One lives in the East: seven of eight would tell it.
    assert [row[2] for row in areas[1:]] == ["under 5, or hides one that is"] * 2
    assert curve[-1][1] == "8"
    assert "Quillon" not in str([channels, areas, curve])


def test_no_other_file_is_there(out: Alert) -> None:
    assert desk().get(f"/desk/alerts/{out.ref}/live/people.csv").status_code == 404


def test_a_partner_sees_no_small_counts_of_its_own_alert(out: Alert) -> None:
    fire = builders.partner()
    officer = builders.officer(Role.PARTNER, organisation=fire)
    Alert.objects.filter(pk=out.pk).update(organisation=fire)

    html = signed_in(officer).get(at("live", out)).content.decode()

    assert "under 5" in html
    assert "7 (100%)" not in html


def test_an_alert_of_others_is_not_here(out: Alert) -> None:
    client = signed_in(builders.officer(Role.PARTNER, organisation=builders.partner()))

    for name in ("live", "live_parts", "live_stream", "live_areas"):
        assert client.get(at(name, out)).status_code == 404
    assert client.get(at("live_sheet", out, "curve")).status_code == 404


def test_a_server_that_cannot_hold_a_line_open_says_nothing(out: Alert) -> None:
    assert desk().get(at("live_stream", out)).status_code == 204


def test_it_asks_as_often_for_many_as_for_few(out: Alert) -> None:
    client = desk()
    few = queries_of(client, at("live_parts", out))
    message = Message.objects.get(about=f"alert:{out.ref}", kind="alert")
    row = vars(Delivery.objects.filter(message=message).earliest("id"))
    kept = ("lane", "state", "next_at", "gateway", "accepted_at", "message_id")
    Delivery.objects.bulk_create(
        Delivery(member=builders.member(), channel=Channel.SMS, address="x", **{name: row[name] for name in kept})
        for _ in range(30)
    )

    assert queries_of(client, at("live_parts", out)) == few


@pytest.mark.parametrize("field", [name for name in NotYet.__dataclass_fields__ if not name.endswith("_at")])
def test_every_reason_has_words_and_something_to_do(field: str) -> None:
    counts: Any = {field: 3}
    (line,) = lacking(Figures(not_yet=NotYet(**counts)), may_decide=True)

    assert line.number == 3
    assert line.why
    assert line.do.endswith(".")


def test_only_who_may_look_at_sending_is_sent_there() -> None:
    found = Figures(not_yet=NotYet(uncertain=1))

    assert lacking(found, may_decide=True)[0].link == reverse("desk:sending:page")
    assert lacking(found)[0].link == ""


def test_members_whom_no_way_reaches_are_counted_with_what_would(out: Alert) -> None:
    lost = given.farmer(name="Quillon", at=(2.45, 54.5))
    lost.contacts.update(suspended_at="2026-01-01T00:00Z")

    html = desk().get(at("live", out)).content.decode()

    assert "are not reached by us at all" in html
    assert "Ask for a new number or address at the next visit." in html
