"""A member's own settings: what is pressed there holds, for them alone."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hueandcry.domain.members.actions import withdraw
from hueandcry.domain.members.models import Application, Consent, ContactPoint, Interest, Member, Preference
from hueandcry.domain.members.queries.applying import application_code, pass_of
from hueandcry.domain.members.rules import Channel, MemberState
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.actions.welcoming import say_code
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.places.actions import add_postcodes
from hueandcry.domain.places.actions.addresses import add_addresses
from hueandcry.domain.places.rules import AddressLine
from hueandcry.domain.records.models import Record
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.web.desk import the_force

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def force() -> None:
    the_force()
    builders.force()


@pytest.fixture
def dell() -> Member:
    """Return a farmer with a mobile and a mailbox, beside another member."""
    builders.member(name="Ewing", mobile="+447700900222", email="ewing@example.org")
    return builders.member(name="Dell", mobile="+447700900111", email="dell@example.org")


def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


def page(member: Member, screen: str = "", status: int = 200) -> str:
    answer = visitor().get(f"/my/{member.page_token}/{screen}")
    assert answer.status_code == status
    return str(answer.content.decode())


def press(member: Member, screen: str, **fields: Any) -> str:
    """Press a button and return the page that comes after it."""
    answer = visitor().post(f"/my/{member.page_token}/{screen}", fields, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def ways(**changes: Any) -> dict[str, Any]:
    """Return the form of ways and hours as everybody has it."""
    return {
        "ways1": ["sms", "email"],
        "ways2": ["sms", "email"],
        "ways3": ["sms", "email"],
        "ways4": ["email", "sms"],
        "ways5": ["email"],
        **changes,
    }


def kept(member: Member) -> set[tuple[int, str, bool, int | None, int | None]]:
    rows = Preference.objects.filter(member=member)
    return set(rows.values_list("priority", "channel", "wanted", "from_minute", "until_minute"))


# ---------------------------------------------------------------- ways and hours


def test_the_form_as_it_comes_keeps_nothing_of_ones_own(dell: Member) -> None:
    press(dell, "how/", **ways())

    assert kept(dell) == set()


def test_a_member_sets_ways_and_hours_for_each_priority(dell: Member) -> None:
    press(dell, "how/", **ways(ways1=["sms"], ways3=["email"], from3="18:00", until3="06:00"))

    after = page(dell, "how/")
    assert kept(dell) == {(1, "email", False, None, None), (3, "sms", False, 1080, 360), (3, "email", True, 1080, 360)}
    assert 'value="18:00"' in after
    assert kept(Member.objects.get(name="Ewing")) == set()


def test_what_is_set_back_leaves_nothing_behind(dell: Member) -> None:
    press(dell, "how/", **ways(ways1=["sms"]))

    press(dell, "how/", **ways())

    assert kept(dell) == set()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"from3": "18:00"}, "Give both times, or neither."),
        ({"from3": "18:00", "until3": "18:20"}, "at least an hour"),
        ({"from3": "half past"}, "Give the time like 08:00"),
        ({"ways3": ["pigeon"]}, "Choose among the ways that are shown."),
        ({"ways3": ["voice"]}, "Choose among the ways that are shown."),
    ],
)
def test_odd_hours_and_ways_are_refused_in_words(dell: Member, wrong: dict[str, Any], said: str) -> None:
    after = press(dell, "how/", **ways(**wrong))

    assert said in after
    assert kept(dell) == set()


def test_a_member_sets_language_reading_name_and_how_much(dell: Member) -> None:
    press(dell, "person/", name="Dell O'Dale", language="pl", reading="large", weekly_budget="3")

    dell.refresh_from_db()
    assert (dell.name, dell.language, dell.reading, dell.weekly_budget) == ("Dell O'Dale", "pl", "large", 3)
    assert Record.objects.get(event="member.changed").facts == {
        "fields": ["name", "language", "reading", "weekly_budget"]
    }


@pytest.mark.parametrize(("field", "value"), [("weekly_budget", "-1"), ("weekly_budget", "5000"), ("name", "\u202e")])
def test_an_odd_name_or_number_changes_nothing(dell: Member, field: str, value: str) -> None:
    after = press(dell, "person/", **{"name": "Dell", "language": "en", "reading": "ordinary", field: value})

    dell.refresh_from_db()
    assert "Please put this right" in after
    assert (dell.name, dell.weekly_budget) == ("Dell", None)


# ---------------------------------------------------------------- pausing


def test_a_member_pauses_for_lambing_until_a_day(dell: Member) -> None:
    until = clock.today() + dt.timedelta(days=20)

    press(dell, "pause-until/", until=until.isoformat())

    dell.refresh_from_db()
    assert dell.state == MemberState.PAUSED
    assert dell.paused_until is not None
    assert dell.paused_until.date() in {until, until - dt.timedelta(days=1)}


@pytest.mark.parametrize("until", ["", "yesterday", "2020-01-01", "9999-12-31x"])
def test_a_day_that_is_none_or_past_pauses_nothing(dell: Member, until: str) -> None:
    after = press(dell, "pause-until/", until=until)

    dell.refresh_from_db()
    assert "This could not be done" in after
    assert dell.state == MemberState.ACTIVE


# ---------------------------------------------------------------- numbers


def code_of(application: Application) -> str:
    return application_code(ref=application.ref)


def test_a_new_number_is_added_when_its_code_comes_back(dell: Member) -> None:
    press(dell, "reach/", way="07700 900333", agreed="on")
    one = Application.objects.get()
    say_code(application_ref=one.ref)
    messaging.dispatch(message_ref=Message.objects.get().ref)
    before = ContactPoint.objects.filter(member=dell).count()
    sealed = visitor().post(f"/my/{dell.page_token}/reach/", {"way": "07700 900444", "agreed": "on"})["Location"]

    visitor().post(sealed, {"code": code_of(Application.objects.latest("id"))})

    said = SandboxMessage.objects.get(address="+447700900333").body
    added = ContactPoint.objects.get(address="+447700900444")
    assert before == 2
    assert code_of(one) in said
    assert "add this number" in said
    assert (added.member, added.channel) == (dell, Channel.SMS)
    assert added.confirmed_at is not None
    assert not ContactPoint.objects.filter(address="+447700900333").exists()


def test_without_a_yes_no_code_is_sent(dell: Member) -> None:
    after = press(dell, "reach/", way="07700 900333")

    assert "without a yes we may send nothing there" in after
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    ("way", "said"),
    [("07700 900111", "already"), ("dell@gmial.com", "Did you mean dell@gmail.com?"), ("12", "too few figures")],
)
def test_a_number_that_cannot_be_added_is_refused_in_words(dell: Member, way: str, said: str) -> None:
    assert said in press(dell, "reach/", way=way, agreed="on")


def test_a_contact_is_marked_as_shared_and_not_safe(dell: Member) -> None:
    contact = ContactPoint.objects.get(member=dell, channel=Channel.SMS)

    press(dell, "reach/mark/", contact=contact.pk, shared="1", safe="no")

    contact.refresh_from_db()
    assert (contact.shared, contact.safe) == (True, False)


def test_a_removed_number_gets_nothing_and_the_last_one_stays(dell: Member) -> None:
    first, second = ContactPoint.objects.filter(member=dell).order_by("rank")

    press(dell, "reach/remove/", contact=first.pk)
    refused = press(dell, "reach/remove/", contact=second.pk)

    assert "the only way to reach you" in refused
    assert [one.pk for one in ContactPoint.objects.filter(member=dell)] == [second.pk]
    ended = Consent.objects.get(member=dell, channel=Channel.SMS)
    assert ended.withdrawn_by == f"member:{dell.ref}"
    assert Consent.objects.filter(member=dell, channel=Channel.EMAIL, withdrawn_at=None).exists()


# ---------------------------------------------------------------- places and subjects


def test_a_place_is_added_once_and_removed_but_never_the_last(dell: Member) -> None:
    home = dell.places.get()
    for _ in range(2):
        press(dell, "places/", where="54.51, 2.51", use="boat", name="Kittiwake")

    assert [place.name for place in dell.places.order_by("id")] == ["", "Kittiwake"]
    press(dell, "places/remove/", place=home.pk)
    refused = press(dell, "places/remove/", place=dell.places.get().pk)

    assert "your only place" in refused
    assert dell.places.get().name == "Kittiwake"


def test_the_house_of_a_further_place_is_asked_for_before_it_is_kept(dell: Member) -> None:
    add_postcodes(postcodes=[("QD4 1AR", Point(2.5, 54.5), 500.0)], source="made up")
    houses = [("QD41AR", AddressLine(n, f"{n} High Street", Point(2.4, 54.6 + n / 100))) for n in (1, 2)]
    add_addresses(addresses=houses, source="made up")
    home = dell.places.get()

    asked = press(dell, "places/", where="QD4 1AR", use="home", name="Granny's")
    kept_meanwhile = dell.places.count()
    wrong = press(dell, "places/", where="QD4 1AR", use="home", name="Granny's", door="77")
    press(dell, "places/", where="QD4 1AR", use="home", name="Granny's", door="2")
    press(dell, "places/", where="QD4 1AR", use="field", name="Allotment", door="")

    assert "1 High Street" in asked
    assert "Which address is it?" not in page(dell, "places/")
    assert kept_meanwhile == 1
    assert "This address is no longer on the list" in wrong
    granny, allotment = dell.places.exclude(pk=home.pk).order_by("id")
    assert (granny.postcode, granny.point) == ("QD41AR", houses[1][1].point)
    assert allotment.point == Point(2.5, 54.5)


def test_a_place_outside_the_force_is_refused(dell: Member) -> None:
    assert "outside" in press(dell, "places/", where="51.5, -0.1", use="farm")
    assert dell.places.count() == 1


def test_a_member_chooses_subjects(dell: Member) -> None:
    hares, fuel = builders.topic(), builders.topic("fuel-theft", "Fuel theft")
    Interest.objects.create(member=dell, topic=hares)

    press(dell, "interests/", topics=[str(fuel.pk)])

    assert [one.topic for one in Interest.objects.filter(member=dell)] == [fuel]


@pytest.mark.parametrize("number", ["", "x", "0", "-1", "9" * 30, "٣"])
def test_what_is_not_theirs_is_not_there(dell: Member, number: str) -> None:
    for screen, field in (("reach/remove/", "contact"), ("reach/mark/", "contact"), ("places/remove/", "place")):
        assert visitor().post(f"/my/{dell.page_token}/{screen}", {field: number}).status_code == 404


def test_nobody_touches_what_is_anothers(dell: Member) -> None:
    ewing = Member.objects.get(name="Ewing")
    contact, place = ewing.contacts.first(), ewing.places.get()
    assert contact is not None
    for screen, fields in (
        ("reach/remove/", {"contact": contact.pk}),
        ("reach/mark/", {"contact": contact.pk, "shared": "1"}),
        ("places/remove/", {"place": place.pk}),
    ):
        assert visitor().post(f"/my/{dell.page_token}/{screen}", fields).status_code == 404

    assert ewing.contacts.count() == 2
    assert not ewing.contacts.filter(shared=True).exists()
    assert ewing.places.count() == 1


# ---------------------------------------------------------------- agreements


def test_agreements_are_receipts_in_words(dell: Member) -> None:
    amos = cast.amos()
    Consent.objects.filter(member=dell, channel="sms").update(taken_by=amos.as_actor())
    withdraw(member_id=dell.pk, channel=Channel.EMAIL, actor="contact:ABC")

    after = page(dell, "agreed/")

    assert "spoken to an officer, taken by PC Amos" in after
    assert "You can stop at any time" in after
    assert "wording of 2026-11" in after
    assert "Ended today" in after
    assert "by your own message" in after


def test_a_receipt_in_another_language_than_the_page_says_which_to_be_read_out(dell: Member) -> None:
    Consent.objects.filter(member=dell, channel="sms").update(wording="2026-11-pl")

    english = page(dell, "agreed/")
    Member.objects.filter(pk=dell.pk).update(language="pl")
    polish = page(dell, "agreed/")

    assert english.count('“<span lang="pl">') == 1
    assert '“<span lang="en-GB">' in polish
    assert '<span lang="pl">' not in polish


def test_one_agreement_ends_at_once_and_can_be_given_again(dell: Member) -> None:
    which = f"{builders.force().ref} alert sms"

    ended = press(dell, "agreed/end/", which=which)
    assert not Consent.objects.filter(member=dell, channel="sms", withdrawn_at=None).exists()
    assert Consent.objects.filter(member=dell, channel="email", withdrawn_at=None).exists()
    again = press(dell, "agreed/again/", which=which)

    given = Consent.objects.get(member=dell, channel="sms", withdrawn_at=None)
    assert "Ended today" in ended
    assert "Agree again" in ended
    assert "Agree again" not in again
    assert (given.how, given.taken_by) == ("web", f"member:{dell.ref}")
    assert Consent.objects.filter(member__name="Ewing", withdrawn_at=None).count() == 2


@pytest.mark.parametrize("which", ["", "x", "a b c", "\x00"])
def test_what_was_never_agreed_can_be_neither_ended_nor_given(dell: Member, which: str) -> None:
    partner = builders.partner()
    before = Consent.objects.count()

    for screen in ("agreed/end/", "agreed/again/"):
        for odd in (which, f"{partner.ref} alert sms"):
            assert "Choose one of the agreements" in press(dell, screen, which=odd)

    assert Consent.objects.filter(withdrawn_at=None).count() == before


# ---------------------------------------------------------------- what we hold


def test_everything_that_we_hold_comes_with_one_press(dell: Member) -> None:
    answer = visitor().get(f"/my/{dell.page_token}/held/download/")

    held = json.loads(answer.content)["member"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    assert held["name"] == "Dell"
    assert [contact["address"] for contact in held["contacts"]] == ["+447700900111", "dell@example.org"]
    assert held["agreements"][0]["wording"].startswith("Doggerland Constabulary may send you")
    assert "Ewing" not in answer.content.decode()
    assert "Dell" in page(dell, "held/")


def test_vetting_and_notes_are_not_for_whoever_has_the_link(dell: Member) -> None:
    Member.objects.filter(pk=dell.pk).update(tier="kin", note="Ring twice")

    for screen in ("held/", "held/download/"):
        after = page(dell, screen)
        assert "Ring twice" not in after
        assert '"kin"' not in after
        assert "key individual" not in after.lower()


def test_numbers_are_half_hidden_where_others_may_have_the_link(dell: Member) -> None:
    ContactPoint.objects.filter(member=dell, channel="sms").update(safe=False)

    for screen in ("held/", "held/download/"):
        after = page(dell, screen)
        assert "900111" not in after
        assert "900 111" not in after
        assert "dell@example.org" not in after


@pytest.mark.parametrize(
    "screen", ["how/", "person/", "reach/", "places/", "interests/", "agreed/", "held/", "held/download/"]
)
def test_settings_open_by_the_link_only_and_are_kept_nowhere(dell: Member, screen: str) -> None:
    answer = visitor().get(f"/my/{dell.page_token}/{screen}")

    assert answer.status_code == 200
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    assert visitor().get(f"/my/{dell.page_token}x/{screen}").status_code == 404
    assert visitor().post(f"/my/{dell.page_token}x/{screen}").status_code in {404, 405}


def test_a_number_that_is_added_brings_back_nothing_that_was_ended_by_another_way(dell: Member) -> None:
    watch = builders.scheme()
    ewing = builders.member(mobile="+447700900555", email="ewing@example.org", schemes=(watch,))
    press(ewing, "agreed/end/", which=f"{watch.ref} scheme email")

    visitor().post(f"/my/{ewing.page_token}/reach/", {"way": "07700 900444", "agreed": "on"})
    sealed = pass_of(ref=Application.objects.get().ref)
    visitor().post(reverse("public:join:code", args=[sealed]), {"code": code_of(Application.objects.get())})

    hears = Consent.objects.filter(member=ewing, scheme=watch, withdrawn_at=None)
    assert ContactPoint.objects.filter(member=ewing, address="+447700900444").exists()
    assert {row.channel for row in hears} == {"sms"}
    assert not Consent.objects.filter(member=dell, scheme=watch).exists()
