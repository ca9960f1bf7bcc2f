"""Alerts on the desk: writing, the audience, the way out, and what strangers see of it: nothing."""

import json
import math
from collections.abc import Callable

import pytest
from django.urls import reverse

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.members import queries as members
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import AreaKind, Circle
from hueandcry.domain.records.models import Record
from tests import builders, cast
from tests.domain import alerts as given
from tests.web.desk import alert_form, audience_form, queries_of, signed_in, the_force

pytestmark = pytest.mark.django_db


def at(name: str, alert: Alert | None = None) -> str:
    return reverse(f"desk:alerts:{name}", args=[alert.ref] if alert else [])


# ---------------------------------------------------------------- strangers


@pytest.mark.parametrize("name", ["list", "new"])
def test_stranger_opens_no_list(name: str) -> None:
    given.farmer()
    given.waiting()

    answer = signed_in(cast.grey()).get(at(name))

    assert answer.status_code == 403
    assert given.WORDS.headline not in answer.content.decode()


@pytest.mark.parametrize("name", ["page", "edit", "figures", "audience", "outline"])
def test_stranger_and_partner_see_nothing_of_the_forces_alert(name: str) -> None:
    given.farmer()
    alert = given.waiting()

    for officer, status in ((cast.grey(), 403), (cast.frost(), 404)):
        answer = signed_in(officer).get(at(name, alert))
        assert answer.status_code == status
        assert given.WORDS.headline not in answer.content.decode()


@pytest.mark.parametrize(
    "name", ["submit", "approve", "send_back", "release_fast", "stand_down", "end", "areas", "count"]
)
def test_stranger_presses_nothing(name: str) -> None:
    given.farmer()
    alert = given.waiting()

    answer = signed_in(cast.grey()).post(at(name, alert))

    alert.refresh_from_db()
    assert answer.status_code == 403
    assert alert.state == State.WAITING


@pytest.mark.parametrize("name", ["submit", "approve", "send_back", "release_fast", "stand_down", "end"])
def test_looking_at_the_address_of_a_button_does_nothing(name: str) -> None:
    given.farmer()
    alert = given.waiting()

    answer = signed_in(cast.birch()).get(at(name, alert))

    alert.refresh_from_db()
    assert answer.status_code == 405
    assert alert.state == State.WAITING


# ---------------------------------------------------------------- writing


def test_a_draft_is_kept_with_its_place_and_leads_to_the_audience() -> None:
    answer = signed_in(cast.amos()).post(at("new"), alert_form())

    alert = Alert.objects.get()
    assert answer["Location"] == at("audience", alert)
    assert (alert.headline, alert.where, alert.state) == ("Hare coursing near Holt", "Mill Lane, Holt", State.DRAFT)
    assert alert.point == builders.MIDDLE
    assert (alert.uncertainty_m or 0) > 1_000, "one decimal of a degree is miles wide"


def test_new_alert_comes_with_sensible_defaults() -> None:
    page = signed_in(cast.amos()).get(at("new"))

    form = page.context["form"]
    assert (form["expires_at"].initial - form["occurred_at"].initial).total_seconds() == 6 * 3600
    assert form["level"].initial == "vetted"
    assert form["invites_answers"].initial is True


def test_the_text_stands_beside_the_form_without_javascript() -> None:
    page = signed_in(cast.amos()).post(at("new"), alert_form(check="1")).content.decode()

    assert "Grey pick-up, three men with dogs, Mill Lane, Holt" in page
    assert "Do not approach. Now or danger: 999." in page
    assert "1 text" in page
    assert not Alert.objects.exists(), "checking keeps nothing"


def test_what_is_wrong_is_said_while_it_is_written() -> None:
    client = signed_in(cast.amos())

    words = client.post(at("check"), alert_form(what="Grey pick-up AB12 CDE. Follow them and block the gate")).content
    place = client.post(at("check"), alert_form(place="Nowhere at all")).content.decode()

    assert b"Must be changed" in words
    assert "We do not know a place called" in place
    assert "hc-phone" in place, "a place that is not understood does not hide the text"


def test_the_place_is_shown_as_it_was_understood_and_fills_the_words() -> None:
    the_force()
    builders.place()
    client = signed_in(cast.amos())

    shown = client.post(at("check"), alert_form(place="holt haven", where="")).content.decode()
    client.post(at("new"), alert_form(place="holt haven", where=""))

    assert (
        "understood as <strong>Holt Haven, Doggerland</strong>" in shown or "understood as <strong>Holt Haven" in shown
    )
    assert "exact to about 300 m" in shown
    assert Alert.objects.get().where == "Holt Haven"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"headline": ""}, "Write a headline."),
        ({"topic": ""}, "Choose a subject."),
        ({"where": "", "place": ""}, "Say where: in words, or a place on the map."),
        ({"expires_at_0": ""}, "Give a day and a time."),
        ({"headline": "x" * 161}, "at most 160"),
    ],
)
def test_an_alert_that_lacks_something_says_what(wrong: dict[str, str], sentence: str) -> None:
    page = signed_in(cast.amos()).post(at("new"), alert_form(**wrong)).content.decode()

    assert sentence in page
    assert not Alert.objects.exists()


def test_its_author_changes_the_words_and_nobody_else() -> None:
    author = cast.amos()
    alert = given.drafted(author, uncertainty_m=100.0)
    other = signed_in(cast.birch())

    kept = signed_in(author).post(at("edit", alert), alert_form(headline="Three men near Holt"))
    refused = other.post(at("edit", alert), alert_form(headline="Not mine to write"))

    alert.refresh_from_db()
    assert kept["Location"] == at("page", alert)
    assert alert.headline == "Three men near Holt"
    assert refused.status_code == 200, "the form comes back with the refusal"
    assert "Change the words" not in other.get(at("page", alert)).content.decode()


def test_how_exact_a_place_was_known_is_kept_when_only_the_words_change() -> None:
    alert = given.drafted(cast.amos(), uncertainty_m=750.0)
    client = signed_in(alert.author)
    place = client.get(at("edit", alert)).context["form"]["place"].value()

    client.post(at("edit", alert), alert_form(headline="Only the words", place=place))
    alert.refresh_from_db()
    same = alert.uncertainty_m
    client.post(at("edit", alert), alert_form(place="54.50001, 2.50001"))
    alert.refresh_from_db()

    assert same == 750.0
    assert (alert.uncertainty_m or 0) < 2


# ---------------------------------------------------------------- the audience


def test_the_map_of_an_alert_gets_every_outline_of_its_audience() -> None:
    square = {"type": "Polygon", "coordinates": [[[2.4, 54.4], [2.6, 54.4], [2.6, 54.6], [2.4, 54.4]]]}
    asked = given.question(areas=(builders.area().id,), polygons=(json.dumps(square),))
    alert = given.drafted(cast.amos(), asked=asked)

    features = signed_in(cast.cole()).get(at("outline", alert)).json()["features"]

    assert [feature["geometry"]["type"] for feature in features] == ["Polygon", "Polygon"]
    # The drawn area lies inside the circle: together they are as wide as the circle, 20 km.
    easts = [lon for lon, _ in features[1]["geometry"]["coordinates"][0]]
    assert (max(easts) - min(easts)) * 111.32 * math.cos(math.radians(54.5)) == pytest.approx(20, abs=0.1)


def test_a_circle_is_kept_and_shown_again() -> None:
    given.farmer()
    author = cast.amos()
    alert = given.drafted(author)
    client = signed_in(author)

    answer = client.post(at("audience", alert), audience_form(circle_miles="3"))
    form = client.get(at("audience", alert)).context["form"]

    assert answer["Location"] == at("page", alert)
    assert form["circle_miles"].value() == 3
    assert form["circle_place"].value() == "54.500000, 2.500000"
    assert "1 person: 1 by text" in client.get(at("page", alert)).content.decode()


def test_a_drawn_area_ticked_areas_and_grid_references_mean_who_is_inside() -> None:
    parish = builders.area()
    given.farmer()
    given.farmer(at=(3.3, 55.1))
    author = cast.amos()
    alert = given.drafted(author)
    client = signed_in(author)
    square = {"type": "Polygon", "coordinates": [[[2.4, 54.4], [2.6, 54.4], [2.6, 54.6], [2.4, 54.6], [2.4, 54.4]]]}
    nowhere = {"circle_place": "", "circle_miles": ""}

    counted = [
        client.post(at("count", alert), audience_form(**nowhere, **where)).content.decode()
        for where in (
            {"drawn": json.dumps(square)},
            {"areas": [parish.id]},
            {"drawn": "54.4, 2.4\n54.4, 2.6\n54.6, 2.6\n54.6, 2.4"},
        )
    ]

    assert ["1 person: 1 by text" in page for page in counted] == [True] * 3, counted


def test_who_cannot_be_reached_is_counted_too() -> None:
    given.farmer()
    given.farmer(mobile=None, landline="+442079460123")
    given.farmer().contacts.update(confirmed_at=None)
    alert = given.drafted(cast.amos())

    page = signed_in(alert.author).post(at("count", alert), audience_form()).content.decode()

    assert "3 people: 1 by text, 1 by phone call, 1 cannot be reached." in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"circle_miles": ""}, "Say how many miles round the middle."),
        ({"circle_place": ""}, "Say where the middle of the circle is."),
        ({"circle_place": "Nowhere at all"}, "We do not know a place called"),
        ({"circle_miles": "500"}, "at most 60 miles"),
        ({"circle_place": "", "circle_miles": "", "scheme_kinds": []}, "Say who is meant"),
        ({"drawn": '{"type": "Polygon"'}, "it is not GeoJSON"),
        (
            {"drawn": '{"type":"Polygon","coordinates":[[[2.4,54.4],[2.6,54.6],[2.6,54.4],[2.4,54.6],[2.4,54.4]]]}'},
            "crosses itself",
        ),
        ({"drawn": "54.4, 2.4\n54.4, 2.6"}, "at least three corners"),
        ({"drawn": "54.4, 2.4\nrubbish here\n54.6, 2.6"}, "Line 2:"),
        ({"areas": ["999999"]}, "Choose the areas again."),
        ({"areas": [str(number) for number in range(1, 2_002)]}, "at most 2,000"),
    ],
)
def test_an_audience_that_cannot_be_asked_for_says_what_to_do(wrong: dict[str, object], sentence: str) -> None:
    alert = given.drafted(cast.amos())
    client = signed_in(alert.author)

    kept = client.post(at("audience", alert), audience_form(**wrong)).content.decode()
    counted = client.post(at("count", alert), audience_form(**wrong)).content.decode()

    assert sentence in kept
    assert sentence in counted


def test_an_outline_of_fifty_thousand_corners_is_refused_in_words() -> None:
    alert = given.drafted(cast.amos())
    ring = [[2 + number / 100_000, 54 + (number % 2) / 10] for number in range(50_000)]
    drawn = json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})

    page = signed_in(alert.author).post(at("count", alert), audience_form(drawn=drawn)).content.decode()

    assert "corners, and at most 10,000 fit" in page


def test_areas_are_looked_for_and_ticked_ones_stay() -> None:
    the_force()
    holt = builders.area("Holt")
    wold = builders.area("Wold")
    inner = builders.area("Wold Haven", kind=AreaKind.WARD)
    alert = given.drafted(cast.amos())
    client = signed_in(alert.author)

    partial = client.post(at("areas", alert), {"areas": [holt.id], "look_for": "wold"})
    whole = client.post(at("audience", alert), audience_form(areas=[holt.id], look_for="wold", look="1"))

    for answer in (partial, whole):
        names = [(area.line.name, area.ticked) for area in answer.context["listed"]]
        assert names == [("Holt", True), ("Wold", False), ("Wold Haven", False)]
    assert wold.id != inner.id


# ---------------------------------------------------------------- the way out


def test_from_the_draft_to_the_release_by_two_officers() -> None:
    given.farmer()
    author, second = cast.amos(), cast.birch()
    alert = given.drafted(author)

    signed_in(author).post(at("submit", alert))
    own = signed_in(author).get(at("page", alert)).content.decode()
    signed_in(second).post(at("approve", alert))

    alert.refresh_from_db()
    assert "It waits for a second officer" in own
    assert "Approve and release" not in own
    assert (alert.state, alert.approver) == (State.RELEASED, second)


def test_the_page_approves_what_it_showed_and_nothing_newer() -> None:
    given.farmer()
    alert, second = given.waiting(), cast.birch()
    client = signed_in(second)
    seen = client.get(at("page", alert)).context["seen"]
    assert f'name="seen" value="{seen}"' in client.get(at("page", alert)).content.decode()

    stale = client.post(at("approve", alert), {"seen": "an older page"}, follow=True).content.decode()
    alert.refresh_from_db()
    assert "read it again" in stale
    assert alert.state == State.WAITING

    client.post(at("approve", alert), {"seen": seen})
    alert.refresh_from_db()
    assert alert.state == State.RELEASED


def test_an_author_who_may_approve_cannot_approve_their_own() -> None:
    given.farmer()
    alert = given.waiting(cast.birch())

    page = signed_in(alert.author).post(at("approve", alert), follow=True).content.decode()

    alert.refresh_from_db()
    assert "Ask a colleague" in page
    assert alert.state == State.WAITING


def test_an_alert_goes_back_with_its_reason() -> None:
    given.farmer()
    alert = given.waiting()
    second = signed_in(cast.birch())

    empty = second.post(at("send_back", alert), {"back-reason": ""}, follow=True).content.decode()
    second.post(at("send_back", alert), {"back-reason": "Say which lane."})

    alert.refresh_from_db()
    assert "Say why" in empty
    assert (alert.state, alert.returned_because) == (State.RETURNED, "Say which lane.")
    assert "Say which lane." in signed_in(alert.author).get(at("edit", alert)).content.decode()


def test_the_fast_lane_is_offered_only_to_those_who_have_it() -> None:
    given.farmer()
    operator, constable = builders.officer(Role.OPERATOR, name="Oakes"), cast.amos()
    fast, slow = given.drafted(operator), given.drafted(constable)

    offered = signed_in(operator).get(at("page", fast)).content.decode()
    kept = signed_in(constable).get(at("page", slow)).content.decode()
    signed_in(operator).post(at("release_fast", fast))

    fast.refresh_from_db()
    assert "Release now to 1 member" in offered
    assert "Release now" not in kept
    assert fast.state == State.RELEASED


def test_a_large_release_asks_for_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    given.many_farmers(5_001)
    alert = given.waiting()
    second = signed_in(cast.birch())

    page = second.get(at("page", alert)).content.decode()
    second.post(at("approve", alert))
    alert.refresh_from_db()
    before = alert.state
    second.post(at("approve", alert), {"typed": "5001"})
    alert.refresh_from_db()

    assert "Type 5001 to confirm" in page
    assert (before, alert.state) == (State.WAITING, State.RELEASED)


def test_figures_say_what_was_handed_over_and_stop_when_it_is_over() -> None:
    given.farmer()
    alert = given.released()
    client = signed_in(cast.oakes())

    running = client.get(at("page", alert)).content.decode()
    partial = client.get(at("figures", alert)).content.decode()
    client.post(at("stand_down", alert), {"down-reason": "The vehicle was checked."})
    over = client.get(at("page", alert)).content.decode()

    assert 'hx-trigger="every 2s"' in running
    assert "The first was handed over after" in partial
    assert 'hx-trigger="every 2s"' not in over


def test_stand_down_and_ending_by_their_buttons() -> None:
    given.farmer()
    alert = given.released()
    client = signed_in(cast.oakes())

    client.post(at("stand_down", alert), {"down-reason": "The vehicle was checked."})
    alert.refresh_from_db()
    assert alert.state == State.STOOD_DOWN
    client.post(at("end", alert), {"ending": "Two men were summonsed."})
    alert.refresh_from_db()
    assert (alert.state, alert.ending) == (State.ENDED, "Two men were summonsed.")
    trail = client.get(at("page", alert)).content.decode()
    assert "Alert stood down" in trail
    assert "Control room Oakes" in trail


def test_the_list_is_narrowed_by_state() -> None:
    given.farmer()
    author = cast.amos()
    waits, draft = given.waiting(author), given.drafted(author)
    client = signed_in(author)

    page = client.get(at("list"), {"state": "waiting"}).content.decode()

    assert at("page", waits) in page
    assert at("page", draft) not in page


def test_a_partner_writes_and_reads_their_own() -> None:
    frost = cast.frost()
    client = signed_in(frost)

    answer = client.post(at("new"), alert_form(level="member"), follow=True)

    alert = Alert.objects.get()
    assert alert.organisation == frost.organisation
    assert answer.status_code == 200
    assert client.get(at("page", alert)).status_code == 200


# ---------------------------------------------------------------- how much is asked of the database


def test_sixty_alerts_take_no_more_questions_than_three(record_property: Callable[[str, object], None]) -> None:
    given.farmer()
    author, approver = cast.amos(), cast.birch()
    client = signed_in(approver)

    def more(count: int) -> None:
        for _ in range(count):
            given.waiting(author)

    more(3)
    few = queries_of(client, at("list")), queries_of(client, reverse("desk:home:front"))
    more(57)
    many = queries_of(client, at("list")), queries_of(client, reverse("desk:home:front"))

    record_property("questions", f"list {many[0]}, today {many[1]}")
    assert many == few


def test_an_alert_to_sixty_takes_no_more_questions_than_one_to_three() -> None:
    author, approver = cast.amos(), cast.birch()
    client = signed_in(approver)

    def asked(count: int) -> tuple[int, int]:
        for _ in range(count):
            given.farmer()
        alert = given.released(author, approver)
        assert Record.objects.filter(subject=f"alert:{alert.ref}").exists()
        return queries_of(client, at("page", alert)), queries_of(client, at("figures", alert))

    few = asked(3)
    many = asked(57)

    assert many == few


def test_what_a_program_asked_and_the_form_cannot_show_is_kept_unless_it_is_unticked() -> None:
    author, near, far = cast.amos(), given.farmer(), given.farmer(at=(3.0, 54.9))
    circles = tuple(Circle(*point, 10_000.0) for point in ((2.5, 54.5), (3.0, 54.9), (1.9, 54.2)))
    alert = given.drafted(author, asked=given.question(circles=circles))
    client, address = signed_in(author), at("audience", alert)

    page = client.get(address)
    shown = page.content.decode()
    carried = [chip.value for chip in page.context["form"].chips()]
    client.post(address, audience_form(kept=carried))
    kept = queries.question_of(alert=alert)
    both = queries.meant(alert=alert)
    client.post(address, audience_form())
    dropped = queries.question_of(alert=alert)

    assert shown.count("Circle of 6.21 miles round") == 2
    assert kept is not None
    assert kept.circles[1:] == circles[1:]
    assert set(members.audience(question=both)) == {near.pk, far.pk}
    assert dropped is not None
    assert len(dropped.circles) == 1
    assert "Circle of" not in client.get(address).content.decode()
