"""Alerts from a thumb: what is pressed, what is shown of it, what is sent, and that strangers see nothing."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.alerts.rules.kinds import Marking, Suspect
from hueandcry.domain.alerts.rules.templates import TEMPLATES
from hueandcry.domain.members.actions import saving
from hueandcry.domain.members.rules import Channel, SchemeKind, Tier
from hueandcry.domain.messaging.models import Delivery, Lag
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.web.desk import queries_of, questions_of, signed_in, the_force

pytestmark = pytest.mark.django_db

NIGHT = dt.datetime(2026, 11, 20, 2, 10, tzinfo=dt.UTC)
VEHICLE = "suspect-vehicle"


def at(template: str = VEHICLE, *, look: bool = False) -> str:
    return reverse(f"desk:alerts:quick_{'look' if look else 'one'}", args=[template])


def pressed(**changes: Any) -> dict[str, Any]:
    """Return what a constable presses: a grey pick-up, north, just now, where they stand."""
    return {
        "place": "54.5, 2.5",
        "kind": "pick-up",
        "colour": "grey",
        "direction": "north",
        "ago": "0",
        "suspect": "no",
        "level": "vetted",
        "once": "abc",
        **changes,
    }


@pytest.fixture
def land() -> None:
    the_force()
    builders.place("Holt Haven")
    given.farmer(mobile="+447700900111")


@pytest.fixture
def amos(land: None) -> Client:
    return signed_in(cast.amos())


def test_stranger_and_reader_open_nothing_of_it() -> None:
    for officer in (cast.grey(), cast.cole()):
        client = signed_in(officer)
        for address in (reverse("desk:alerts:quick"), at(), at(look=True)):
            assert client.get(address).status_code in {403, 405}
            assert client.post(address, pressed()).status_code in {403, 405}
    assert not Alert.objects.exists()


def test_everything_that_may_have_happened_is_one_press_away(amos: Client) -> None:
    page = amos.get(reverse("desk:alerts:quick")).content.decode()

    assert all(at(template.key) in page for template in TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)
def test_every_template_opens_and_looks_without_an_answer(amos: Client, template: Any) -> None:
    page = amos.get(at(template.key))
    looked = amos.post(at(template.key, look=True), {})

    assert page.status_code == 200
    assert template.name in page.content.decode()
    assert "Still to answer" in looked.content.decode()
    assert not Alert.objects.exists()


def test_what_is_pressed_is_shown_as_a_text_with_whom_it_reaches(amos: Client) -> None:
    with time_machine.travel(NIGHT, tick=False):
        page = amos.post(at(look=True), pressed()).content.decode()

    assert "Grey pick-up, heading north, Holt Haven, 02:10. Seen it?" in page
    assert "1 person: 1 by text" in page
    assert "1 person would hear it now" in page
    assert "Send for approval" in page
    assert "Release now" not in page, "a constable is not trained for the fast lane here"
    assert not Alert.objects.exists()


def test_one_press_writes_it_chooses_the_audience_and_sends_it_for_approval(amos: Client) -> None:
    answer = amos.post(at(), pressed(send="approval"))

    alert = Alert.objects.get()
    assert answer["Location"] == reverse("desk:alerts:page", args=[alert.ref])
    assert (alert.state, alert.template, alert.level) == (State.WAITING, VEHICLE, Tier.VETTED)
    assert (alert.headline, alert.where) == ("Suspect pick-up: Holt Haven", "Holt Haven")
    assert (alert.suspect, alert.marking) == (Suspect.NO, Marking.OFFICIAL)
    assert alert.details["answers"] == {"kind": "pick-up", "colour": "grey", "direction": "north"}
    assert alert.audience.members == 1
    assert len(alert.audience.question["corridors"]) == 1, "with a direction it goes ahead"


def test_pressing_twice_sends_it_once(amos: Client) -> None:
    first = amos.post(at(), pressed(send="approval"))
    second = amos.post(at(), pressed(send="approval"))

    assert Alert.objects.count() == 1
    assert first["Location"] == second["Location"]


def test_a_trained_officer_releases_it_in_the_same_press(land: None) -> None:
    client = signed_in(cast.oakes())
    looked = client.post(at(look=True), pressed()).content.decode()

    client.post(at(), pressed(send="now"))

    assert "Release now to 1 member" in looked
    assert Alert.objects.get().state == State.RELEASED


def test_whom_it_reaches_another_way_because_theirs_is_slow_is_said_and_so_it_goes(land: None) -> None:
    moved = given.farmer(landline="+442079460001")
    by_call = 1 << list(Channel).index(Channel.VOICE)
    client = signed_in(cast.oakes())
    with time_machine.travel(NIGHT + dt.timedelta(hours=10), tick=False):
        learned = {"sent": 6, "failed": 0, "measured": 6, "learned_at": clock.now()}
        Lag.objects.create(member=moved, channel=Channel.SMS, seconds=540, better=by_call, **learned)
        looked = client.post(at(look=True), pressed()).content.decode()
        client.post(at(), pressed(send="now"))

    assert "2 people: 1 by text, 1 by phone call" in looked
    assert "1 member by another way first: theirs was slow or failed." in looked
    assert Delivery.objects.get(member=moved).channel == Channel.VOICE
    assert sorted(Delivery.objects.values_list("channel", flat=True)) == ["sms", "voice"]


def test_what_is_refused_keeps_what_was_pressed_and_nothing_else(amos: Client) -> None:
    page = amos.post(at(), pressed(send="approval", more="AB51 CDE, follow it")).content.decode()

    assert "a plate never goes into a message" in page
    assert 'value="AB51 CDE, follow it"' in page
    assert 'value="grey" id="id_colour_2" checked' in page
    assert not Alert.objects.exists()


def test_without_the_answer_about_a_suspect_nothing_goes(amos: Client) -> None:
    page = amos.post(at(), pressed(send="approval", suspect="")).content.decode()

    assert "Answer first: could a suspect read this?" in page
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": ""}, "Press one of these."),
        ({"kind": "submarine"}, "Press one of these."),
        ({"place": "Nowhere at all"}, "We do not know a place called"),
        ({"place": ""}, "Say where: where you are"),
        ({"at": "25:99"}, "Give the time like 01:40."),
        ({"kind_typed": "x" * 5_000}, "Shorten it to 60 characters: it has 5,000."),
        ({"part": "AB51CDE"}, "Write its two figures, such as 51"),
        ({"more": "\u202e" + "Grey"}, "there are signs in them that nobody can see"),
        ({"words": "w" * 100_000}, "at most 160 characters"),
        ({"send": "everything"}, "What people get"),
        ({"saved": "nothing"}, "404"),
    ],
)
def test_wrong_answers_are_said_and_nothing_is_lost(amos: Client, wrong: dict[str, str], sentence: str) -> None:
    answer = amos.post(at(), pressed(**{"send": "approval", **wrong}))

    page = answer.content.decode() if answer.status_code == 200 else str(answer.status_code)
    assert sentence in page
    assert not Alert.objects.exists()
    if answer.status_code == 200:
        assert "54.5, 2.5" in page or "Nowhere at all" in page or wrong.get("place") == ""


def test_of_several_places_of_one_name_one_is_pressed(amos: Client) -> None:
    builders.place("Seaton", at=(2.4, 54.4))
    builders.place("Seaton", at=(2.6, 54.6))
    which = amos.post(at(look=True), pressed(place="seaton")).content.decode()

    page = amos.post(at(), {**pressed(), "place": ["seaton", "54.600000, 2.600000"]}).content.decode()

    assert which.count('name="place"') == 2
    assert 'value="54.600000, 2.600000"' in which
    assert "Grey pick-up, heading north, Seaton" in page


def test_narrower_and_wider_change_whom_it_reaches(amos: Client) -> None:
    given.farmer(at=(2.5, 54.68))
    near = amos.post(at(look=True), pressed(direction="")).content.decode()

    wide = amos.post(at(look=True), pressed(direction="", press="wider", step="1")).content.decode()

    assert "1 person: 1 by text" in near
    assert "2 people: 2 by text" in wide
    assert 'name="step" value="2"' in wide


def test_the_schemes_that_it_concerns_are_proposed_and_one_press_asks_everybody(amos: Client) -> None:
    builders.member(schemes=(builders.scheme("Holt Horse Watch", SchemeKind.HORSE),))
    coursing = pressed(direction="", about="coursing")

    few = amos.post(at(look=True), coursing).content.decode()
    all_there = amos.post(at(look=True), {**coursing, "press": "everybody"}).content.decode()

    assert "Farm Watch members" in few
    assert "1 person: 1 by text" in few
    assert "2 people: 2 by text" in all_there


def test_a_kept_audience_takes_the_place_of_the_proposal(land: None) -> None:
    officer = cast.amos()
    kept = saving.save_audience(officer=officer, name="Farms round Holt", question=given.question())
    client = signed_in(officer)

    client.post(at(), pressed(send="approval", saved=kept.ref))

    assert Alert.objects.get().audience.question["scheme_kinds"] == ["farm"]


def test_what_concerns_everybody_may_go_to_the_whole_force(amos: Client) -> None:
    looked = amos.post(
        at("scam", look=True), {"everywhere": "on", "scam": "police", "suspect": "no", "level": "public"}
    ).content.decode()

    assert "Fake police calls: Doggerland" in looked
    assert "1 person" in looked


def test_a_meeting_needs_its_beginning_and_ends_after_it(amos: Client) -> None:
    begins = NIGHT + dt.timedelta(days=4, hours=17)
    form = {"place": "Holt Haven", "meeting": "watch", "level": "public", "send": "keep"}
    moment = {"starts_at_0": f"{begins:%Y-%m-%d}", "starts_at_1": f"{begins:%H:%M}"}

    with time_machine.travel(NIGHT, tick=False):
        refused = amos.post(at("meeting"), form).content.decode()
        amos.post(at("meeting"), form | moment)

    alert = Alert.objects.get()
    assert "Say when it begins" in refused
    assert alert.starts_at == begins
    assert alert.expires_at == begins + dt.timedelta(hours=1)
    assert alert.what == "Watch meeting, Tuesday 24 November, 19:10"
    assert alert.marking == Marking.PUBLIC


def test_the_builder_opens_with_what_was_proposed(amos: Client) -> None:
    answer = amos.post(at(), pressed(send="builder"))

    alert = Alert.objects.get()
    assert answer["Location"] == reverse("desk:alerts:audience", args=[alert.ref])
    assert (alert.state, alert.audience.members) == (State.DRAFT, 1)


def test_looking_asks_as_much_for_many_members_as_for_one(amos: Client) -> None:
    one = len_of_queries(amos)
    given.many_farmers(20)

    assert len_of_queries(amos) <= one + 1


def len_of_queries(client: Client) -> int:
    return questions_of(lambda: client.post(at(look=True), pressed()))


def test_the_list_of_what_happened_asks_little(amos: Client) -> None:
    assert queries_of(amos, reverse("desk:alerts:quick")) < 12


# How often a thumb presses when it answers everything that can be pressed: to the page and back out of it are four.
@pytest.mark.parametrize(
    ("key", "presses"),
    [
        ("suspect-vehicle", 10),
        ("suspicious-people", 9),
        ("theft-just-now", 8),
        ("fire", 7),
        ("livestock-on-road", 7),
        ("missing-person", 8),
        ("scam", 6),
        ("crime-prevention", 5),
        ("meeting", 5),
        ("good-news", 5),
    ],
)
def test_nothing_asks_for_more_than_ten_presses_and_only_a_meeting_for_keys(
    amos: Client, key: str, presses: int
) -> None:
    page = amos.get(at(key))

    form = page.context["form"]
    asked = len(form.asked) + ("suspect" in form.fields)
    unfolded = page.content.decode().partition("<details")[0]
    assert (4 + asked, unfolded.count('type="date"')) == (presses, int(key == "meeting"))
