"""A household signed up at the door: once for each key, at the right time, with what was read out."""

import datetime as dt
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from hueandcry.domain.members import actions
from hueandcry.domain.members.actions import doorstep
from hueandcry.domain.members.models import Consent, ContactPoint, Member, SignUp, Visit
from hueandcry.domain.members.rules import Channel, ConsentHow, Language, PlaceUse, Purpose, VisitState
from hueandcry.domain.members.rules.doorstep import DoorPlace, Spot, Taken, TakenState
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.actions.addresses import add_addresses
from hueandcry.domain.places.rules import AddressLine
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain.doorstep import HERE, draft, sent, street
from tests.web.desk import the_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def amos() -> Officer:
    the_force()
    street()
    builders.member(name="Noise")
    return cast.amos()


def ours() -> Member:
    return Member.objects.exclude(name="Noise").get()


def test_a_household_joins_with_what_was_read_out_by_whom_where_and_when(amos: Officer) -> None:
    before = clock.now()

    taken = doorstep.sign_up(
        officer=amos,
        draft=draft(purposes=(Purpose.ALERT, Purpose.ADVICE), email="Q@example.org"),
        sent=sent(said_ago=dt.timedelta(hours=5)),
    )

    member = ours()
    assert (taken.state, taken.ref) == (TakenState.TAKEN, member.ref)
    consents = Consent.objects.filter(member=member)
    assert {(one.purpose, one.channel) for one in consents} == {
        (purpose, channel) for purpose in ("alert", "advice") for channel in ("sms", "email")
    }
    for one in consents:
        assert (one.wording, one.how, one.taken_by) == ("2026-11", ConsentHow.SPOKEN, amos.as_actor())
        assert one.given_at_point == HERE.point
        assert abs(one.given_at - (before - dt.timedelta(hours=5))) < dt.timedelta(seconds=5)
    assert member.places.get().point == HERE.point
    assert member.places.get().name == "12"
    record = Record.objects.get(event="member.joined", subject=f"member:{member.ref}")
    assert (record.actor, record.facts["how"]) == (amos.as_actor(), "spoken")


def test_a_number_for_texts_waits_for_its_yes_and_nothing_else_does(amos: Officer) -> None:
    doorstep.sign_up(
        officer=amos, draft=draft(by_post=True, landline="01632 960123", email="q@example.org"), sent=sent()
    )

    points = ContactPoint.objects.filter(member=ours())
    assert {point.channel for point in points if point.confirmed_at is None} == {Channel.SMS}
    assert len(points) == 4
    assert points.get(channel=Channel.POST).address == "12, QD1 1AA"


def test_everything_that_was_chosen_is_kept(amos: Officer) -> None:
    topic, scheme = builders.topic(), builders.scheme()
    street("QD22BB", at=(2.6, 54.6))

    doorstep.sign_up(
        officer=amos,
        draft=draft(
            name="",
            topics=(topic.pk,),
            schemes=(scheme.pk,),
            language=Language.POLISH,
            shared=True,
            places=(DoorPlace(PlaceUse.FIELD, "Long Forty", "QD2 2BB"),),
        ),
        sent=sent(),
    )

    member = ours()
    assert member.name == "Household at 12"
    assert member.language == "pl"
    assert member.contacts.get().shared
    assert set(member.places.values_list("use", "name")) == {("home", "12"), ("field", "Long Forty")}
    assert member.interests.get().topic == topic
    assert member.memberships.get().scheme == scheme


@pytest.mark.parametrize("accuracy", [100, 101])
def test_the_phones_position_counts_only_when_it_is_exact(amos: Officer, accuracy: float) -> None:
    doorstep.sign_up(officer=amos, draft=draft(here=Spot(Point(2.51, 54.51), accuracy)), sent=sent())

    assert ours().places.get().point == (Point(2.51, 54.51) if accuracy == 100 else Point(2.5, 54.5))


@pytest.mark.parametrize(
    ("house", "here", "at"),
    [
        ("10", None, Point(2.51, 54.51)),
        ("10 Marram Lane, Holt", Spot(Point(2.6, 54.6), 900), Point(2.51, 54.51)),
        ("10", Spot(Point(2.6, 54.6), 9), Point(2.6, 54.6)),
        ("12", None, Point(2.5, 54.5)),
    ],
)
def test_a_house_on_the_list_is_found_to_the_house(amos: Officer, house: str, here: Spot | None, at: Point) -> None:
    points = {1: Point(2.52, 54.52), 10: Point(2.51, 54.51)}
    houses = [("QD11AA", AddressLine(n, f"{n} Marram Lane, Holt", point)) for n, point in points.items()]
    add_addresses(addresses=houses, source="made up")

    doorstep.sign_up(officer=amos, draft=draft(house=house, here=here), sent=sent())

    assert ours().places.get().point == at


@pytest.mark.parametrize("days", [1, -1])
def test_a_phone_clock_wrong_by_a_day_is_put_right_and_both_are_kept(amos: Officer, days: int) -> None:
    phone = sent(said_ago=dt.timedelta(hours=2), skew=dt.timedelta(days=days))

    taken = doorstep.sign_up(officer=amos, draft=draft(), sent=phone)

    row = SignUp.objects.get()
    assert row.said_at == phone.said_at
    assert abs(row.skew_s - days * 86_400) <= 2
    given = Consent.objects.get(member=ours()).given_at
    assert abs(given - (clock.now() - dt.timedelta(hours=2))) < dt.timedelta(seconds=5)
    assert taken.say == ""


def test_a_time_in_doubt_is_flagged_and_the_household_is_in(amos: Officer) -> None:
    taken = doorstep.sign_up(officer=amos, draft=draft(), sent=sent(said_ago=dt.timedelta(hours=80)))

    assert taken.state == TakenState.TAKEN
    assert "72 hours" in taken.say
    assert "72 hours" in Consent.objects.get(member=ours()).evidence


def test_the_same_key_again_gets_the_same_member(amos: Officer) -> None:
    phone = sent()
    first = doorstep.sign_up(officer=amos, draft=draft(), sent=phone)

    again = [doorstep.sign_up(officer=amos, draft=draft(name=name), sent=phone) for name in ("Quillon Barrowby", "X")]

    assert [one.ref for one in again] == [first.ref] * 2
    assert ours().name == "Quillon Barrowby"
    assert Record.objects.filter(event="member.joined").count() == 1
    assert Visit.objects.count() == 1


def test_a_key_of_somebody_who_left_and_was_erased_signs_nobody_up_again(amos: Officer) -> None:
    phone = sent()
    doorstep.sign_up(officer=amos, draft=draft(), sent=phone)
    ours().delete()

    again = doorstep.sign_up(officer=amos, draft=draft(), sent=phone)

    assert (again.state, again.ref) == (TakenState.TAKEN, "")
    assert not Member.objects.exclude(name="Noise").exists()


def at_once(many: int, act: Callable[[int], Taken]) -> list[Taken]:
    start = Barrier(many)

    def one(number: int) -> Taken:
        try:
            start.wait()
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


@pytest.mark.django_db(transaction=True)
def test_two_devices_that_send_one_draft_at_once_make_one_member() -> None:
    the_force()
    street()
    officer, phone, household = cast.amos(), sent(), draft()

    answers = at_once(6, lambda _: doorstep.sign_up(officer=officer, draft=household, sent=phone))

    member = Member.objects.get()
    assert answers == [Taken(TakenState.TAKEN, member.ref)] * 6
    assert SignUp.objects.count() == Visit.objects.count() == 1
    assert Record.objects.filter(event="member.joined").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_household_written_down_twice_and_sent_at_once_is_one_member() -> None:
    the_force()
    street()
    officer, household = cast.amos(), draft()
    phones = [sent() for _ in range(4)]

    answers = at_once(4, lambda number: doorstep.sign_up(officer=officer, draft=household, sent=phones[number]))

    assert Member.objects.count() == 1
    assert sorted(one.state for one in answers) == ["known", "known", "known", "taken"]


def test_a_refused_draft_is_mended_under_its_own_key(amos: Officer) -> None:
    phone = sent()

    refused = doorstep.sign_up(officer=amos, draft=draft(mobile="07700 90012"), sent=phone)
    assert refused.state == TakenState.REFUSED
    assert refused.say
    assert not Member.objects.exclude(name="Noise").exists()
    assert not Visit.objects.exists()
    mended = doorstep.sign_up(officer=amos, draft=draft(), sent=phone)

    assert (mended.state, mended.ref) == (TakenState.TAKEN, ours().ref)
    assert SignUp.objects.get().outcome == "taken"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mobile": "01632 960123"}, "landline"),
        ({"email": "nobody@"}, "e-mail address in full"),
        ({"postcode": "QD9 9ZZ", "here": None}, "QD9"),
        ({"postcode": "rubbish"}, "not a postcode"),
        ({"here": Spot(Point(-3.0, 51.0), 5)}, "outside"),
        ({"organisations": (10**9,)}, "organisations"),
        ({"topics": (10**9,)}, "subjects"),
        ({"schemes": (10**9,)}, "watch schemes"),
        ({"add_to": "NOBODY22"}, "another number"),
    ],
)
def test_bad_input_comes_back_with_a_sentence(amos: Officer, changes: dict[str, object], says: str) -> None:
    taken = doorstep.sign_up(officer=amos, draft=draft(**changes), sent=sent())

    assert taken.state == TakenState.REFUSED
    assert says in taken.say
    assert not Member.objects.exclude(name="Noise").exists()


def test_nothing_personal_stands_beside_the_key(amos: Officer) -> None:
    doorstep.sign_up(officer=amos, draft=draft(email="quillon@"), sent=sent())
    doorstep.sign_up(officer=amos, draft=draft(), sent=sent())
    doorstep.sign_up(officer=amos, draft=draft(), sent=sent())

    assert set(SignUp.objects.values_list("outcome", flat=True)) == {"refused", "taken", "known"}


def known_dell() -> Member:
    return builders.member(name="Dell", mobile="+447700900123")


def test_a_known_number_is_said_with_whom_to_open(amos: Officer) -> None:
    dell = known_dell()

    taken = doorstep.sign_up(officer=amos, draft=draft(), sent=sent())

    assert (taken.state, taken.ref) == (TakenState.KNOWN, dell.ref)
    assert "Dell" not in taken.say
    assert Member.objects.exclude(name="Noise").count() == 1


def test_the_place_is_added_to_the_household_that_is_known(amos: Officer) -> None:
    dell, phone = known_dell(), sent()
    doorstep.sign_up(officer=amos, draft=draft(), sent=phone)
    more = draft(add_to=dell.ref, email="dell@example.org", purposes=(Purpose.ALERT, Purpose.SURVEY))

    answers = [doorstep.sign_up(officer=amos, draft=more, sent=phone) for _ in range(2)]

    assert [one.ref for one in answers] == [dell.ref, dell.ref]
    assert dell.places.filter(name="12", postcode="QD11AA").count() == 1
    assert set(dell.contacts.values_list("channel", flat=True)) == {"sms", "email"}
    assert set(dell.consents.values_list("channel", "purpose")) == {
        (channel, purpose) for channel in ("sms", "email") for purpose in ("alert", "survey")
    }
    assert dell.consents.filter(given_at_point=None).count() == 1  # the old one is as it was
    assert Record.objects.filter(event="member.place_added", subject=f"member:{dell.ref}").count() == 1
    assert Visit.objects.get().state == VisitState.REGISTERED


def test_somebody_else_who_shares_the_phone_joins_by_themselves(amos: Officer) -> None:
    known_dell()

    taken = doorstep.sign_up(officer=amos, draft=draft(shared=True), sent=sent())

    assert taken.state == TakenState.TAKEN
    assert ContactPoint.objects.filter(address="+447700900123").count() == 2


def test_who_left_may_join_again(amos: Officer) -> None:
    actions.leave(member_id=known_dell().pk, actor=amos.as_actor())

    assert doorstep.sign_up(officer=amos, draft=draft(), sent=sent()).state == TakenState.TAKEN


def test_a_partner_who_asks_learns_nothing_of_the_forces_members() -> None:
    the_force()
    street()
    fire = builders.partner()
    ember = builders.officer(Role.CONSTABLE, name="Ember", organisation=fire)
    known_dell()

    taken = doorstep.sign_up(officer=ember, draft=draft(organisations=(fire.pk,)), sent=sent())
    to_force = doorstep.sign_up(officer=ember, draft=draft(mobile="07700 900124"), sent=sent())

    assert taken.state == TakenState.TAKEN
    assert to_force.state == TakenState.REFUSED


@pytest.mark.parametrize("who", [cast.grey, cast.frost, cast.cole])
def test_who_may_not_sign_up_is_refused(amos: Officer, who: Callable[[], Officer]) -> None:
    with pytest.raises(actions.MemberError, match="Sign in"):
        doorstep.sign_up(officer=who(), draft=draft(), sent=sent())

    assert not SignUp.objects.exists()


def test_the_audit_of_a_doorstep_names_nobody(amos: Officer) -> None:
    doorstep.sign_up(officer=amos, draft=draft(), sent=sent(key=uuid.uuid4()))

    said = " ".join(f"{row.event} {row.subject} {row.facts}" for row in Record.objects.all())
    assert "Quillon" not in said
    assert "900123" not in said
    assert "QD1" not in said
