"""People who stand here twice: found, merged by a person, and taken apart again row by row."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from hueandcry.domain.members import actions as member_actions
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions import pairing as actions
from hueandcry.domain.members.models import Consent, ContactPoint, Member, MemberPlace, Pair
from hueandcry.domain.members.queries import pairing as queries
from hueandcry.domain.members.rules import Channel, ConsentHow, MemberError, MemberState, PairState, Purpose
from hueandcry.domain.members.rules.pairing import SAME_PHONE, SHARED_PHONE, are_alike, words_of
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain.messaging import alert_to, by_phone

pytestmark = pytest.mark.django_db

TABLES = (
    *("member", "memberplace", "contactpoint", "consent", "interest", "preference", "membership"),
    *("vetting", "bridge", "keycontact", "ask"),
)


def what_is_kept() -> dict[str, list[str]]:
    kept = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT to_jsonb(row)::text FROM members_{table} AS row ORDER BY id")  # noqa: S608 - our own tables
            kept[table] = [line for (line,) in cursor.fetchall()]
    return kept


def twins(**fields: Any) -> tuple[Member, Member]:
    """Return Ann twice: one number in common, a scheme and a subject of each, an e-mail address of the second."""
    one = builders.member(
        name="Ann Marsh", mobile="+447700900301", schemes=(builders.scheme(),), topics=(builders.topic(),)
    )
    other = builders.member(
        name="Anne Marsh",
        mobile="+447700900301",
        email="ann@example.org",
        at=(2.55, 54.55),
        schemes=(builders.scheme(), builders.scheme("Wold Horse Watch")),
        topics=(builders.topic(), builders.topic("fuel-theft", "Fuel theft")),
        **fields,
    )
    builders.member(name="Noise", mobile="+447700900302", at=(3.0, 54.9))
    return one, other


def the_pair() -> Pair:
    actions.find_pairs()
    return Pair.objects.get()


def test_the_same_number_is_found_once() -> None:
    one, other = twins()

    first, again = actions.find_pairs(), actions.find_pairs()

    assert [(pair.first_id, pair.second_id, pair.why) for pair in Pair.objects.all()] == [
        (one.pk, other.pk, SAME_PHONE)
    ]
    assert (first, again) == (1, 0)


def test_similar_names_at_one_postcode_are_found_however_far_apart() -> None:
    far = builders.member(name="Cat Dyke", mobile=None, at=(2.1, 54.1))
    same = builders.member(name="Cat Dykes", mobile=None, at=(2.2, 54.1))
    MemberPlace.objects.filter(member__in=(far, same)).update(postcode="QA11AA")

    actions.find_pairs()

    assert [pair.why for pair in Pair.objects.all()] == ["Similar names at the same postcode"]


def test_similar_names_are_found_within_two_hundred_metres_and_not_beyond() -> None:
    near = builders.member(name="Robert Wherry", mobile=None, at=(2.8, 54.8))
    also = builders.member(name="Robert Wherrey", mobile=None, at=(2.802, 54.8))
    builders.member(name="Robert Wherry", mobile=None, at=(2.81, 54.8))
    builders.member(name="Gillian Wagtail", mobile=None, at=(2.8, 54.8))

    actions.find_pairs()

    assert [(pair.first_id, pair.second_id, pair.why) for pair in Pair.objects.all()] == [
        (near.pk, also.pk, "Similar names within 200 m")
    ]


def test_a_number_that_a_whole_office_shares_tells_nothing() -> None:
    for place in range(6):
        builders.member(mobile=None, landline="+441632960099", at=(2 + place / 10, 54.1))

    assert actions.find_pairs() == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob Wherry", "Wherry Bob"),
        ("Bob Wherry", "WHERRY, Bob"),
        ("Mr Bob Wherry", "Bob J Wherry"),
        ("B Wherry", "Bob Wherry"),
        ("Pat O'Dyke", "Pat O’Dyke"),  # noqa: RUF001 - as a telephone types it
        ("Pat O'Dyke", "Odyke Pat"),
        ("Ann Holt-Fen", "Ann Holt Fen"),
        ("Ann Holt-Fen", "Holtfen Ann"),
        ("Zoë Marsh", "Zoe Marsh"),
        ("Robert Wherry", "Robert Wherrey"),
        ("Dell", "dell"),
        ("Bob Wherry", "Robert Wherry"),
        ("Peggy Marsh", "Mrs Margaret Marsh"),
        ("Jack Dyke", "John T Dyke"),
    ],
)
def test_names_of_one_person_are_alike_however_written(one: str, other: str) -> None:
    assert are_alike(words_of(one), words_of(other))
    assert are_alike(words_of(other), words_of(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann Marsh", "Dan Marsh"),
        ("Jean Dyke", "Joan Dyke"),
        ("Ann Marsh", "Ann Wold"),
        ("Marsh", "Ann Marsh"),
        ("A M", "Ann Marsh"),
        ("Mr Marsh", "Mrs Ann Marsh"),
        ("Bob Wherry", "Robert Wold"),
        ("Paul Marsh", "Pauline Marsh"),
    ],
)
def test_names_of_two_people_are_not(one: str, other: str) -> None:
    assert not are_alike(words_of(one), words_of(other))
    assert not are_alike(words_of(other), words_of(one))


def test_a_name_the_other_way_round_is_found_next_door() -> None:
    one = builders.member(name="Bob Wherry", mobile=None, at=(2.8, 54.8))
    other = builders.member(name="Wherry Bob", mobile=None, at=(2.801, 54.8))
    builders.member(name="Rose Wherry", mobile=None, at=(2.801, 54.8))

    actions.find_pairs()

    assert [(pair.first_id, pair.second_id) for pair in Pair.objects.all()] == [(one.pk, other.pk)]


def test_a_household_with_one_phone_is_proposed_as_sharing_it_and_not_as_one_person() -> None:
    ann = builders.member(name="Ann Marsh", mobile="+447700900301", email="ann@example.org")
    dan = builders.member(name="Dan Marsh", mobile="+447700900301", email="dan@example.org")
    twin = builders.member(name="Marsh Ann", mobile="+447700900309", at=(2.5001, 54.5))
    amos = cast.amos()

    actions.find_pairs()
    waiting = queries.pairs(officer=amos)
    actions.say_two(officer=amos, pair_id=waiting[-1].pk, share=True)

    assert [(pair.first_id, pair.second_id) for pair in waiting] == [(ann.pk, twin.pk), (ann.pk, dan.pk)]
    assert waiting[-1].why == SHARED_PHONE
    assert set(ContactPoint.objects.filter(shared=True).values_list("member", "channel")) == {
        (ann.pk, "sms"),
        (dan.pk, "sms"),
    }
    assert actions.find_pairs() == 0
    assert Record.objects.get(event="pair.kept_apart").facts["shared"] == 2


def test_two_people_stay_two() -> None:
    twins()
    pair, amos = the_pair(), cast.amos()

    actions.say_two(officer=amos, pair_id=pair.pk)

    assert actions.find_pairs() == 0
    assert Pair.objects.get().state == PairState.TWO
    assert queries.pairs(officer=amos) == []
    with pytest.raises(MemberError, match="decided already"):
        actions.merge(officer=amos, pair_id=pair.pk, kept_ref=pair.first.ref)


def test_who_is_kept_has_everything_of_both_and_the_earlier_day() -> None:
    one, other = twins()
    long_ago = clock.now().replace(year=2019)
    Member.objects.filter(pk=other.pk).update(joined_at=long_ago)
    amos = cast.amos()

    made = actions.merge(officer=amos, pair_id=the_pair().pk, kept_ref=one.ref)

    one.refresh_from_db()
    other.refresh_from_db()
    assert set(one.contacts.values_list("address", flat=True)) == {"+447700900301", "ann@example.org"}
    assert one.places.count() == 2
    assert set(one.memberships.filter(left_at=None).values_list("scheme__name", flat=True)) == {
        "Holt Farm Watch",
        "Wold Horse Watch",
    }
    assert one.interests.count() == 2
    assert one.joined_at == long_ago
    assert set(one.consents.filter(withdrawn_at=None).values_list("channel", flat=True)) == {"sms", "email"}
    assert other.state == MemberState.LEFT
    assert other.left_at is not None
    assert not other.consents.filter(withdrawn_at=None).exists()
    assert queries.same_person(member_id=one.pk) == [one.pk, other.pk]
    record = Record.objects.get(event="member.merged")
    assert (record.subject, record.actor) == (f"member:{one.ref}", amos.as_actor())
    assert made.undone_at is None


@pytest.mark.parametrize("kept", ["first", "second"])
def test_the_stricter_stands_whoever_is_kept(kept: str) -> None:
    one, other = twins()
    member_actions.withdraw(member_id=one.pk, channel=Channel.SMS, actor="page:stop")
    pair = the_pair()

    made = actions.merge(officer=cast.amos(), pair_id=pair.pk, kept_ref=getattr(pair, kept).ref)

    standing = made.kept.consents.filter(withdrawn_at=None)
    assert set(standing.values_list("channel", flat=True)) == {"email"}
    assert not Consent.objects.filter(member=made.gone, withdrawn_at=None).exists()
    assert {one.pk, other.pk} == {made.kept_id, made.gone_id}


def test_a_number_that_nobody_agreed_to_is_not_used_because_of_another() -> None:
    one = builders.member(name="Ann Marsh", mobile="+447700900301", email="ann@example.org")
    other = builders.member(name="Ann Marsh", mobile="+447700900309", email="ann@example.org")
    member_actions.withdraw(member_id=other.pk, channel=Channel.SMS, actor="page:stop")

    actions.merge(officer=cast.amos(), pair_id=the_pair().pk, kept_ref=one.ref)

    assert ContactPoint.objects.get(address="+447700900309").suspended_at is not None
    assert ContactPoint.objects.get(address="+447700900301").suspended_at is None


def test_a_merge_is_undone_row_by_row() -> None:
    one, other = twins(note="Ring twice")
    member_actions.withdraw(member_id=one.pk, channel=Channel.SMS, actor="page:stop")
    pair, amos = the_pair(), cast.amos()
    before = what_is_kept()
    made = actions.merge(officer=amos, pair_id=pair.pk, kept_ref=other.ref)
    assert what_is_kept() != before

    differs = actions.unmerge(officer=amos, ref=made.ref)

    assert differs == []
    assert what_is_kept() == before
    assert queries.same_person(member_id=other.pk) == [other.pk]
    assert Pair.objects.get().state == PairState.TWO
    with pytest.raises(MemberError, match="undone already"):
        actions.unmerge(officer=amos, ref=made.ref)


def test_what_changed_since_is_said_and_a_stop_holds_for_both() -> None:
    one, other = twins()
    made = actions.merge(officer=cast.amos(), pair_id=the_pair().pk, kept_ref=one.ref)
    member_actions.withdraw(member_id=one.pk, channel=Channel.SMS, actor="page:stop")
    ContactPoint.objects.filter(address="ann@example.org").update(rank=5)
    MemberPlace.objects.filter(member=one, point__isnull=False).order_by("-pk").first().delete()  # type: ignore[union-attr]
    member_actions.agree(
        member_id=one.pk,
        organisation_id=builders.force().pk,
        channel=Channel.VOICE,
        purposes=(Purpose.ADVICE,),
        how=ConsentHow.SPOKEN,
        taken_by="officer:TEST22",
    )

    differs = actions.unmerge(officer=cast.birch(), ref=made.ref)

    assert sorted(set(differs)) == [
        "A number or address was changed since: the newer stays.",
        "A place was removed since, and stays removed.",
        "An agreement was withdrawn since, and stays withdrawn for both.",
    ]
    other.refresh_from_db()
    assert other.state == MemberState.ACTIVE
    assert not Consent.objects.filter(channel="sms", withdrawn_at=None, member__in=(one, other)).exists()
    assert other.contacts.get(channel="email").rank == 5
    assert one.consents.filter(channel="voice", withdrawn_at=None).count() == 1


def test_partners_and_strangers_merge_nobody() -> None:
    one, _ = twins()
    pair = the_pair()

    for officer in (cast.grey(), cast.frost()):
        assert queries.pairs(officer=officer) == []
        with pytest.raises(LookupError):
            actions.merge(officer=officer, pair_id=pair.pk, kept_ref=one.ref)


# ---------------------------------------------------------------- links and messages from before


def test_the_old_link_opens_the_page_of_who_was_kept_and_stops_them() -> None:
    one, other = twins()
    actions.merge(officer=cast.amos(), pair_id=the_pair().pk, kept_ref=one.ref)
    old = [other.page_token]

    page = Client().get(reverse("public:my:page", args=old))
    Client().post(reverse("public:my:stop_channel", args=old), {"channel": "sms"})

    assert page.status_code == 200
    assert "Ann Marsh" in page.content.decode()
    assert not Consent.objects.filter(member=one, channel="sms", withdrawn_at=None).exists()
    assert Consent.objects.filter(member=one, channel="email", withdrawn_at=None).exists()


def test_an_old_link_is_followed_through_two_merges_and_is_its_own_again_when_they_are_undone() -> None:
    one, other = twins()
    third = builders.member(name="Ann Marsh", mobile="+447700900301", at=(2.6, 54.6))
    amos, token = cast.amos(), other.page_token
    actions.find_pairs()
    first = Pair.objects.get(first=one, second=other)
    earlier = actions.merge(officer=amos, pair_id=first.pk, kept_ref=one.ref)
    second = Pair.objects.get(first=one, second=third)
    later = actions.merge(officer=amos, pair_id=second.pk, kept_ref=third.ref)
    through_both = members.by_token(token=token)

    with pytest.raises(MemberError, match="take that apart first"):
        actions.unmerge(officer=amos, ref=earlier.ref)
    actions.unmerge(officer=amos, ref=later.ref)
    actions.unmerge(officer=amos, ref=earlier.ref)

    assert through_both == third
    assert members.by_token(token=token) == other


def test_a_link_of_one_whose_kept_half_left_opens_nothing_and_nothing_is_taken_apart() -> None:
    one, other = twins()
    amos = cast.amos()
    made = actions.merge(officer=amos, pair_id=the_pair().pk, kept_ref=one.ref)
    member_actions.leave(member_id=one.pk, actor="page:leave")

    with pytest.raises(LookupError):
        members.by_token(token=other.page_token)
    with pytest.raises(MemberError, match="has left us since"):
        actions.unmerge(officer=amos, ref=made.ref)


def test_what_waits_for_the_one_who_was_merged_away_goes_once() -> None:
    one, other = twins()
    pair = the_pair()
    message = alert_to(one, other)
    queued = set(Delivery.objects.filter(message=message).values_list("address", flat=True))
    actions.merge(officer=cast.amos(), pair_id=pair.pk, kept_ref=one.ref)

    messaging.dispatch(message_ref=message.ref)
    messaging.dispatch(message_ref=message.ref)

    assert "+447700900301" in queued
    for address in queued:
        assert len(by_phone(address)) == 1, address


def test_what_waits_for_a_number_of_its_own_goes_once_by_that_number() -> None:
    one = builders.member(name="Ann Marsh", mobile="+447700900301", at=(2.5, 54.5))
    other = builders.member(name="Anne Marsh", mobile="+447700900309", at=(2.5, 54.5))
    pair = the_pair()
    message = alert_to(other)
    actions.merge(officer=cast.amos(), pair_id=pair.pk, kept_ref=one.ref)

    messaging.dispatch(message_ref=message.ref)

    assert (len(by_phone("+447700900309")), len(by_phone("+447700900301"))) == (1, 0)


def test_a_stop_since_the_merge_ends_what_waited_for_the_other() -> None:
    one, other = twins()
    pair = the_pair()
    message = alert_to(other)
    actions.merge(officer=cast.amos(), pair_id=pair.pk, kept_ref=one.ref)
    for channel in (Channel.SMS, Channel.EMAIL):
        member_actions.withdraw(member_id=one.pk, channel=channel, actor="page:stop")

    messaging.dispatch(message_ref=message.ref)

    assert set(Delivery.objects.filter(message=message).values_list("state", flat=True)) == {"stopped"}
