"""Joining by oneself on the website: two short pages and a code, and nobody learns who is a member."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from shapely.geometry import box

from hueandcry.domain.members.actions import agree, pause, suspend_contact, withdraw
from hueandcry.domain.members.models import Application, Consent, ContactPoint, Interest, Member, Membership, Preference
from hueandcry.domain.members.queries.applying import application_code
from hueandcry.domain.members.queries.stopping import stopped_since
from hueandcry.domain.members.rules import ApplicationState, Channel, ConsentHow, MembershipState, SchemeKind
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.actions import receive
from hueandcry.domain.messaging.actions.welcoming import say_code
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.places.actions import add_postcodes
from hueandcry.domain.places.models import Address
from hueandcry.domain.records.models import Record
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit.geometry import Point
from tests import builders
from tests.domain.messaging import alert_to, incoming
from tests.web.desk import the_force
from tests.web.test_public_site import MOST_BYTES, weight_of

pytestmark = pytest.mark.django_db

HERE = "54.5, 2.5"
NUMBER = "+447700900123"


@pytest.fixture(autouse=True)
def force() -> None:
    the_force()
    builders.force()


def visitor() -> Client:
    """Return a browser that is checked for forged requests and keeps no cookie."""
    return Client(enforce_csrf_checks=True)


def about(**changes: Any) -> dict[str, Any]:
    """Return what is filled in on the first page."""
    return {
        "name": "Robin Wold",
        "where": HERE,
        "house": "Mill Cottage",
        "use": "home",
        "way": "07700 900123",
        **changes,
    }


def choices(**changes: Any) -> dict[str, Any]:
    """Return what is filled in on both pages."""
    wanted = {"wanted": ["1", "2", "3", "4"], "begins": "08:00", "ends": "21:00", "language": "en"}
    return {**about(), "step": "choices", "alerts": "on", **wanted, **changes}


def words(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


def applied(**changes: Any) -> str:
    """Fill in both pages and return the address where the code is typed."""
    answer = visitor().post("/join/", choices(**changes))
    assert answer.status_code == 302, re.findall(r'error-message">(.*?)</p>', answer.content.decode())
    return str(answer["Location"])


def last() -> Application:
    return Application.objects.latest("id")


def code() -> str:
    return application_code(ref=last().ref)


def deliver() -> list[str]:
    """Say and hand over what waits, and return what came, oldest first."""
    for record in Record.objects.filter(
        event__in=["application.opened", "application.code_asked", "application.joined"]
    ):
        say_code(application_ref=record.subject.removeprefix("application:"))
    for message in Message.objects.order_by("id"):
        messaging.dispatch(message_ref=message.ref)
    return list(SandboxMessage.objects.filter(from_phone=False).order_by("id").values_list("body", flat=True))


# ---------------------------------------------------------------- joining


def test_a_farmer_joins_with_a_postcode_a_mobile_and_a_code() -> None:
    builders.member(name="Somebody Else")
    browser = visitor()

    address = applied()
    (said,) = deliver()
    page = words(browser.post(address, {"code": code()}))

    member = Member.objects.get(name="Robin Wold")
    contact = ContactPoint.objects.get(member=member)
    consent = Consent.objects.get(member=member)
    assert code() in said
    assert f"/my/{member.page_token}/" in page
    assert (contact.channel, contact.address) == (Channel.SMS, NUMBER)
    assert contact.confirmed_at is not None
    assert (consent.how, consent.taken_by, consent.purpose) == (ConsentHow.WEB, "page:join", "alert")
    assert member.places.get().name == "Mill Cottage"
    assert last().state == ApplicationState.JOINED
    assert not browser.cookies


def test_the_welcome_brings_the_link_to_their_page() -> None:
    address = applied()
    deliver()

    visitor().post(address, {"code": code()})

    member = Member.objects.get(name="Robin Wold")
    assert f"/my/{member.page_token}/" in deliver()[-1]
    assert Member.objects.get(name="Robin Wold").page_token not in Message.objects.latest("id").text


def test_no_table_of_ours_holds_the_code() -> None:
    applied()

    deliver()

    for message in Message.objects.order_by("id"):
        assert code() not in f"{message.text}{message.spoken}{message.email}{message.subject}"
    assert code() not in str(list(Record.objects.values_list("facts", flat=True)))
    assert code() not in str(Application.objects.values().get())


def test_a_landline_is_rung_and_hears_the_figures_one_by_one() -> None:
    applied(way="020 7946 0123")

    (said,) = deliver()

    assert last().channel == Channel.VOICE
    assert ". ".join(code()) in said


def test_the_page_says_that_a_landline_is_rung() -> None:
    page = words(visitor().post("/join/", about(way="020 7946 0123")))

    assert "This is a landline, so we ring you" in page
    assert "as phone calls" in page


def test_an_e_mail_address_with_a_plus_sign_works() -> None:
    address = applied(way="Robin+farm@Example.org")
    (said,) = deliver()

    visitor().post(address, {"code": code()})

    assert code() in said
    assert ContactPoint.objects.get(member__name="Robin Wold").address == "robin+farm@example.org"


def test_everything_that_was_chosen_is_kept() -> None:
    topic = builders.topic()
    near = builders.area("Holt")
    far = builders.area("Kelp", shape=box(1.7, 54.1, 1.8, 54.2))
    farm = builders.scheme("Holt Farm Watch", SchemeKind.FARM, area_id=near.id)
    horse = builders.scheme("Holt Horse Watch", SchemeKind.HORSE, area_id=near.id, open_to_all=False)
    builders.scheme("Kelp Farm Watch", SchemeKind.FARM, area_id=far.id)
    builders.scheme("Holt Canal Watch", SchemeKind.CANAL, area_id=near.id)
    fire = builders.partner()
    council = builders.partner("Holt Parish Council")
    more = {"use": "farm", "where2": "54.51, 2.51", "use2": "stable", "name2": "Long Forty"}

    page = words(visitor().post("/join/", about(topics=[str(topic.id)], **more)))
    address = applied(
        topics=[str(topic.id)],
        schemes=[str(farm.id), str(horse.id)],
        partners=[str(fire.id)],
        purposes=["advice"],
        wanted=["1", "2", "3"],
        begins="07:00",
        ends="20:00",
        language="cy",
        **more,
    )
    visitor().post(address, {"code": code()})

    member = Member.objects.get(name="Robin Wold")
    agreed = set(Consent.objects.filter(member=member).values_list("organisation__name", "purpose"))
    assert "Holt Farm Watch" in page
    assert "Holt Horse Watch (its coordinator lets you in)" in page
    assert "Kelp Farm Watch" not in page
    assert "Canal Watch" not in page
    assert dict(Membership.objects.filter(member=member).values_list("scheme", "state")) == {
        farm.id: MembershipState.IN,
        horse.id: MembershipState.ASKED,
    }
    assert agreed == {
        ("Doggerland Constabulary", "alert"),
        ("Doggerland Constabulary", "advice"),
        ("Doggerland Constabulary", "scheme"),
        ("Doggerland Fire and Rescue", "alert"),
    }
    assert not Consent.objects.filter(organisation=council).exists()
    assert [place.name for place in member.places.order_by("id")] == ["Mill Cottage", "Long Forty"]
    assert Interest.objects.get(member=member).topic == topic
    assert member.language == "cy"
    kept = Preference.objects.filter(member=member).values_list("priority", "channel", "wanted", "from_minute")
    assert set(kept) == {(3, "sms", True, 420), (4, "sms", False, None)}


def test_the_house_is_picked_from_the_addresses_of_the_postcode() -> None:
    add_postcodes(postcodes=[("QD4 1AR", Point(2.5, 54.5), 500.0)], source="made up")
    for uprn, at in ((1, 2.4), (2, 2.6)):
        Address.objects.create(uprn=uprn, postcode="QD41AR", line=f"{uprn} High Street", point=Point(at, 54.6))

    page = words(visitor().post("/join/", about(where="qd4 1ar")))
    visitor().post("/join/", choices(where="QD4 1AR", door="2"))
    picked = last().answers["places"][0]
    visitor().post("/join/", choices(where="QD4 1AR", door="", way="07700 900124"))
    left = last().answers["places"][0]

    assert page.index("1 High Street") < page.index("2 High Street")
    assert "It is not on this list" in page
    assert (picked["point"], picked["postcode"]) == ([2.6, 54.6], "QD41AR")
    assert left["point"] == [2.5, 54.5]


@pytest.mark.parametrize(("house", "chosen"), [("2", ["2"]), ("2 high street", ["2"]), ("Mill Cottage", []), ("", [])])
def test_the_house_that_was_named_is_chosen_already(house: str, chosen: list[str]) -> None:
    add_postcodes(postcodes=[("QD4 1AR", Point(2.5, 54.5), 500.0)], source="made up")
    for uprn in (1, 2):
        Address.objects.create(uprn=uprn, postcode="QD41AR", line=f"{uprn} High Street", point=Point(2.4, 54.6))

    page = words(visitor().post("/join/", about(where="qd4 1ar", house=house)))

    offered = page.partition('name="door"')[2].partition("</select>")[0]
    assert re.findall(r'value="(\d+)" selected', offered) == chosen


def test_a_door_of_another_postcode_is_refused_and_without_a_list_nothing_is_asked() -> None:
    add_postcodes(postcodes=[("QD4 1AR", Point(2.5, 54.5), 500.0)], source="made up")
    bare = words(visitor().post("/join/", about(where="QD4 1AR")))
    Address.objects.create(uprn=1, postcode="QD41AR", line="1 High Street", point=Point(2.4, 54.6))
    Address.objects.create(uprn=2, postcode="QD99AA", line="Elsewhere", point=Point(2.4, 54.6))

    page = words(visitor().post("/join/", choices(where="QD4 1AR", door="2")))

    assert "Which address is it?" not in bare
    assert "This address is no longer on the list" in page
    assert not Application.objects.exists()


def test_who_is_reached_by_letter_waits_for_an_officer() -> None:
    address = applied(way="", letter="Mill Cottage\nHolt", wanted=["3", "4", "5"])

    page = words(visitor().get(address))

    assert "An officer will call on you" in page
    assert deliver() == []
    assert not Member.objects.filter(name="Robin Wold").exists()


@pytest.mark.parametrize(
    "name",
    ["O'Brien-d\u2019Arcy", "Zoë 🚜 Wold", "مريم الحسن", "李小龙", "x" * 120],
    ids=["apostrophes", "emoji", "right to left", "han", "longest"],
)
def test_names_are_taken_as_people_write_them(name: str) -> None:
    address = applied(name=name)

    visitor().post(address, {"code": code()})

    assert Member.objects.filter(name=name).exists()


def test_signs_that_turn_or_break_a_line_are_taken_out_of_a_name() -> None:
    address = applied(name="Robin\u202e\x07 \tWold\u200b")

    visitor().post(address, {"code": code()})

    assert Member.objects.filter(name="Robin Wold").exists()


# ---------------------------------------------------------------- who is a member stays unknown


def known() -> Member:
    return builders.member(name="Robin Wold", mobile=NUMBER)


def masked(text: str) -> str:
    """Return a page without what is random in it."""
    return re.sub(r"/join/[A-Z0-9a-f-]+/", "/join/…/", text)


def test_known_and_unknown_numbers_get_the_same_answers_and_the_same_work() -> None:
    known()
    seen: dict[str, list[Any]] = {}
    for who, number in (("known", "07700 900123"), ("unknown", "07700 900124")):
        browser = visitor()
        with CaptureQueriesContext(connection) as asked:
            first = browser.post("/join/", choices(way=number))
        page = browser.get(first["Location"])
        with CaptureQueriesContext(connection) as tried:
            wrong = browser.post(first["Location"], {"code": "000000" if code() != "000000" else "111111"})
        again = browser.post(f"{first['Location']}again/")
        seen[who] = [
            (first.status_code, masked(first["Location"]), len(asked)),
            (page.status_code, masked(page.content.decode()), sorted(page.headers)),
            (wrong.status_code, masked(wrong.content.decode()), len(tried)),
            (again.status_code, masked(again["Location"])),
        ]

    assert seen["known"] == seen["unknown"]


def test_the_owner_of_a_known_number_learns_it_and_gets_no_code() -> None:
    member = known()
    applied()

    (said,) = deliver()

    assert "you are a member already" in said
    assert f"/my/{member.page_token}/" in said
    assert code() not in said


def test_whoever_stopped_and_joins_anew_gets_a_code_and_hears_again_from_whom_they_say_now() -> None:
    member, fire = known(), builders.partner()
    agreed_to(member, fire)
    receive(incoming=incoming(NUMBER, "STOP"))
    address = applied(house="The Barn", where="54.55, 2.55")
    (_, said) = deliver()[-2:]

    page = words(visitor().post(address, {"code": code()}))

    standing = Consent.objects.filter(member=member, withdrawn_at=None)
    assert "you are a member already" not in said
    assert code() in said
    assert f"/my/{member.page_token}/" in page
    assert Member.objects.count() == 1
    assert [(row.organisation_id, row.how) for row in standing] == [(builders.force().pk, "web")]
    assert stopped_since(channel=Channel.SMS, address=NUMBER, organisation_id=builders.force().pk) is None
    assert stopped_since(channel=Channel.SMS, address=NUMBER, organisation_id=fire.pk) is not None
    assert alert_to(member).deliveries.count() == 1
    assert member.places.count() == 2


def test_a_wrong_code_lifts_no_stop() -> None:
    member = known()
    receive(incoming=incoming(NUMBER, "STOP"))
    address = applied()

    visitor().post(address, {"code": "x"})

    assert alert_to(member).deliveries.count() == 0


@pytest.mark.parametrize("why", ["withdrawn", "unconfirmed", "suspended", "paused", "wants more"])
def test_a_member_who_hears_nothing_here_or_agrees_to_more_gets_a_code_too(why: str) -> None:
    member, fire = known(), builders.partner()
    if why == "withdrawn":
        withdraw(member_id=member.pk, actor=f"member:{member.ref}")
    elif why == "unconfirmed":
        ContactPoint.objects.filter(member=member).update(confirmed_at=None)
    elif why == "suspended":
        suspend_contact(channel=Channel.SMS, address=NUMBER, actor="system:test")
    elif why == "paused":
        pause(member_id=member.pk, actor=f"member:{member.ref}")
    address = applied(partners=[str(fire.pk)] if why == "wants more" else [])
    (said,) = deliver()

    visitor().post(address, {"code": code()})

    assert code() in said
    member.refresh_from_db()
    assert alert_to(member).deliveries.count() == 1
    assert member.state == "active"
    if why == "wants more":
        assert alert_to(member, organisation_id=fire.pk, about="alert:NNNNNN").deliveries.count() == 1


def test_the_form_of_a_member_who_stopped_looks_as_anybodys_does() -> None:
    known()
    receive(incoming=incoming(NUMBER, "STOP"))

    pages = [masked(words(visitor().get(applied(way=number)))) for number in ("07700 900123", "07700 900124")]

    assert pages[0] == pages[1]


def agreed_to(member: Member, organisation: Organisation) -> None:
    """Let a member hear another organisation on their number too."""
    agree(
        member_id=member.pk,
        organisation_id=organisation.pk,
        channel=Channel.SMS,
        how=ConsentHow.SPOKEN,
        taken_by="officer:TEST22",
    )


def test_a_number_of_somebody_else_is_theirs_to_allow() -> None:
    builders.member(name="Ewing Wold", mobile=NUMBER)
    address = applied()

    (said,) = deliver()
    visitor().post(address, {"code": code()})

    assert "for somebody else to join with your number" in said
    assert code() in said
    assert set(Member.objects.values_list("name", flat=True)) == {"Ewing Wold", "Robin Wold"}


def test_the_form_sent_twice_makes_one_application_and_one_member() -> None:
    first, second = applied(), applied()
    other = applied(house="The other cottage")
    sent = deliver()
    for address in (first, other, other):
        visitor().post(address, {"code": application_code(ref=address.split("/")[2].partition("-")[0])})

    assert first == second
    assert len(sent) == 2
    assert Member.objects.filter(name="Robin Wold").count() == 1


def test_a_double_press_on_the_code_shows_the_page_twice_and_makes_one_member() -> None:
    address = applied()

    first, second = (words(visitor().post(address, {"code": code()})) for _ in range(2))

    member = Member.objects.get(name="Robin Wold")
    assert member.page_token in first
    assert member.page_token in second


def test_the_link_is_not_shown_without_the_code() -> None:
    address = applied()
    visitor().post(address, {"code": code()})
    token = Member.objects.get(name="Robin Wold").page_token

    page = words(visitor().get(address))

    assert token not in page
    assert "The link to your own page is in the message" in page


# ---------------------------------------------------------------- codes


def test_five_wrong_codes_are_enough_and_a_new_one_is_sent() -> None:
    address = applied()
    old = code()
    wrong = f"{(int(old) + 1) % 10**6:06d}"
    for _ in range(5):
        assert "That is not the code" in words(visitor().post(address, {"code": wrong}))

    assert "Too many wrong codes" in words(visitor().post(address, {"code": old}))
    visitor().post(f"{address}again/")
    assert "not the code" in words(visitor().post(address, {"code": old}))
    visitor().post(address, {"code": f" {code()[:3]} {code()[3:]} "})

    assert Member.objects.filter(name="Robin Wold").exists()


def test_a_code_is_over_after_half_an_hour() -> None:
    address = applied()
    Application.objects.update(expires_at=last().opened_at)

    assert "more than 30 minutes old" in words(visitor().post(address, {"code": code()}))
    assert not Member.objects.filter(name="Robin Wold").exists()


def test_nobody_is_pestered_with_more_than_three_codes_a_day() -> None:
    address = applied(way="robin@example.org")
    applied(way="robin+again@example.org")
    visitor().post(f"{address}again/")

    for answer in (
        visitor().post("/join/", choices(way="robin+more@example.org")),
        visitor().post(f"{address}again/"),
    ):
        assert "3 times today" in words(answer)
    assert len(deliver()) <= 3
    applied(way="somebody.else@example.org")


def test_an_address_that_was_never_given_opens_nothing() -> None:
    applied()

    for wrong in (last().ref, f"{last().ref}-0000000000000000", "x", "-"):
        assert visitor().get(f"/join/{wrong}/").status_code == 404
        assert visitor().post(f"/join/{wrong}/", {"code": code()}).status_code == 404
        assert visitor().post(f"/join/{wrong}/again/").status_code == 404


@pytest.mark.parametrize("typed", ["", "1", "abcdef", "٣٤٥٦٧٨", "9" * 41, "\x00", "1;DROP TABLE"])
def test_odd_codes_are_refused_in_words(typed: str) -> None:
    address = applied()

    page = words(visitor().post(address, {"code": typed}))

    assert "There is a problem" in page or "Please put this right" in page
    assert not Member.objects.filter(name="Robin Wold").exists()


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Write your name"),
        ({"name": "\u202e\u200b"}, "Write your name"),
        ({"name": "x" * 121}, "Shorten your name"),
        ({"where": ""}, "Say where you are"),
        ({"where": "ZZ99 9ZZ"}, "We do not know"),
        ({"way": ""}, "Give a mobile number"),
        ({"way": "0770"}, "too few figures"),
        ({"way": "robin@"}, "Write the e-mail address in full"),
        ({"way": "robin@gmial.com"}, "Did you mean robin@gmail.com?"),
        ({"topics": ["99"]}, "no longer offered"),
        ({"use": "castle"}, "castle"),
        ({"where2": "Nowhere at all"}, "We do not know"),
    ],
)
def test_what_is_wrong_on_the_first_page_is_said_and_nothing_is_lost(wrong: dict[str, Any], said: str) -> None:
    page = words(visitor().post("/join/", about(house="Mill Cottage", **wrong)))

    assert said in page
    assert "Mill Cottage" in page
    assert not Application.objects.exists()


def test_who_insists_on_an_odd_mailbox_is_believed() -> None:
    applied(way="robin@gmial.com", certain="on")

    assert last().address == "robin@gmial.com"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"alerts": ""}, "without a yes we may send you nothing"),
        ({"schemes": ["99"]}, "no longer offered"),
        ({"partners": ["99"]}, "no longer sends"),
        ({"begins": "25:00"}, "Give the time like 08:00"),
        ({"begins": "08:00", "ends": "08:10"}, "at least an hour"),
        ({"begins": "08:00", "ends": ""}, "both times"),
        ({"language": "tlh"}, "tlh"),
    ],
)
def test_what_is_wrong_on_the_second_page_is_said(wrong: dict[str, Any], said: str) -> None:
    page = words(visitor().post("/join/", choices(**wrong)))

    assert said in page
    assert "Robin Wold" in page
    assert not Application.objects.exists()


def test_back_brings_what_was_typed() -> None:
    page = words(visitor().post("/join/", choices(step="back", where2="54.51, 2.51", name2="Long Forty")))

    for typed in ("Robin Wold", HERE, "Mill Cottage", "07700 900123", "Long Forty"):
        assert typed in page


def test_a_place_in_another_force_is_offered_to_be_passed_on() -> None:
    browser = visitor()

    page = words(browser.post("/join/", about(where="51.5, -0.1")))
    assert "Your place is in another force" in page
    assert not Application.objects.exists()
    thanks = words(browser.post("/join/", about(where="51.5, -0.1", step="elsewhere")))

    assert "We cannot promise" in thanks
    assert last().state == ApplicationState.ELSEWHERE
    assert last().answers["name"] == "Robin Wold"
    assert deliver() == []
    assert not Member.objects.filter(name="Robin Wold").exists()


@pytest.mark.parametrize("language", ["", "/cy", "/pl"])
def test_every_step_weighs_little_in_every_language(language: str) -> None:
    near = builders.area("Holt")
    for number in range(8):
        builders.scheme(f"Holt Watch {number}", SchemeKind.FARM, area_id=near.id, about="w" * 200)
        builders.topic(f"topic-{number}", f"Topic {number} of the longer ones")
        builders.partner(f"Partner {number} of the force")
    browser, form = visitor(), f"{language}/join/"
    address = str(browser.post(form, choices())["Location"])
    steps = [
        browser.get(form),
        browser.post(form, about(name="", where="", way="")),
        browser.post(form, about()),
        browser.post(form, choices(alerts="")),
        browser.post(form, about(where="50.0, 9.0")),
        browser.get(address),
        browser.post(address, {"code": "1"}),
        browser.post(address, {"code": code()}),
    ]

    weights = [weight_of(words(step)) for step in steps]

    assert address.startswith(language)
    assert max(weights) < MOST_BYTES, weights
    assert len({words(step) for step in steps}) == len(steps)


def test_another_site_cannot_send_the_form() -> None:
    answer = visitor().post("/join/", choices(), headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403
    assert not Application.objects.exists()


def test_one_part_of_the_network_sends_only_so_many_forms() -> None:
    for n in range(30):
        applied(way=f"07700 900{n:03d}")

    answer = visitor().post("/join/", choices(way="07700 900999"))
    elsewhere = visitor().post("/join/", choices(way="07700 900998"), REMOTE_ADDR="203.0.113.9")

    assert answer.status_code == 429
    assert elsewhere.status_code == 302
    assert Delivery.objects.count() == 0
