"""Agreeing, withdrawing, pausing, leaving, schemes, and who may look."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hueandcry.domain.members import actions, queries
from hueandcry.domain.members.actions import MemberError
from hueandcry.domain.members.models import Consent, Member, Membership
from hueandcry.domain.members.rules import (
    Channel,
    ConsentHow,
    MemberState,
    NewContact,
    Purpose,
    SchemeKind,
    SchemeRole,
    Tier,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders, cast

pytestmark = pytest.mark.django_db
BY = "officer:9XW4TR"


def standing(member: Member) -> set[tuple[str, str]]:
    return set(Consent.objects.filter(member=member, withdrawn_at=None).values_list("channel", "organisation__name"))


# ---------------------------------------------------------------- agreeing


def test_withdrawing_ends_what_was_named_and_nothing_else() -> None:
    noise = cast.dell()
    member = builders.member(email="a@example.org")
    for channel in (Channel.SMS, Channel.EMAIL):
        actions.agree(
            member_id=member.pk,
            organisation_id=builders.partner().pk,
            channel=channel,
            how=ConsentHow.SPOKEN,
            taken_by=BY,
        )
    force, fire = "Doggerland Constabulary", "Doggerland Fire and Rescue"

    by_channel = actions.withdraw(
        member_id=member.pk, channel=Channel.SMS, organisation_id=builders.force().pk, actor=f"member:{member.ref}"
    )
    left = standing(member)
    by_organisation = actions.withdraw(member_id=member.pk, organisation_id=builders.partner().pk, actor=BY)

    assert (by_channel, by_organisation) == (1, 2)
    assert left == {("email", force), ("sms", fire), ("email", fire)}
    assert standing(member) == {("email", force)}
    assert standing(noise) == {("sms", force)}
    assert Record.objects.filter(event="consent.withdrawn", subject=f"member:{member.ref}").count() == 2


def test_withdrawing_twice_is_not_written_down_twice() -> None:
    member = cast.dell()

    ended = [actions.withdraw(member_id=member.pk, actor=BY) for _ in range(2)]

    # To the force, and to the watch that Dell is in.
    assert ended == [2, 0]
    assert Record.objects.filter(event="consent.withdrawn").count() == 1


def test_agreeing_again_keeps_the_old_agreement_and_its_end() -> None:
    member = cast.dell()
    actions.withdraw(member_id=member.pk, actor=BY)

    new = [
        actions.agree(
            member_id=member.pk,
            organisation_id=builders.force().pk,
            channel=Channel.SMS,
            purposes=(Purpose.ALERT, Purpose.ADVICE, Purpose.ALERT),
            how=ConsentHow.TEXT,
            taken_by=f"member:{member.ref}",
        )
        for _ in range(2)
    ]

    assert new == [2, 0]
    assert Consent.objects.filter(member=member, scheme=None).count() == 3
    assert Consent.objects.filter(member=member, withdrawn_at=None).count() == 2


# ---------------------------------------------------------------- pausing and leaving


def test_a_pause_has_an_end_that_is_still_to_come() -> None:
    member = cast.dell()
    tomorrow = clock.now() + dt.timedelta(days=1)

    actions.pause(member_id=member.pk, until=tomorrow, actor=BY)

    member.refresh_from_db()
    assert (member.state, member.paused_until) == (MemberState.PAUSED, tomorrow)
    with pytest.raises(MemberError, match="still to come"):
        actions.pause(member_id=member.pk, until=clock.now(), actor=BY)
    actions.resume(member_id=member.pk, actor=BY)
    member.refresh_from_db()
    assert (member.state, member.paused_until) == (MemberState.ACTIVE, None)


def test_leaving_ends_everything_at_once_and_once() -> None:
    noise, member = builders.member(schemes=(builders.scheme(),)), cast.dell()
    actions.pause(member_id=member.pk, until=clock.now() + dt.timedelta(days=1), actor=BY)

    actions.leave(member_id=member.pk, actor=BY)
    left_at = actions.leave(member_id=member.pk, actor=BY).left_at

    member.refresh_from_db()
    assert (member.state, member.left_at, member.paused_until) == (MemberState.LEFT, left_at, None)
    assert standing(member) == set()
    assert list(Membership.objects.filter(left_at=None).values_list("member", flat=True)) == [noise.pk]
    assert Record.objects.filter(event="member.left").count() == 1
    with pytest.raises(NotHereError):
        queries.by_token(token=member.page_token)


def test_who_left_can_only_join_again() -> None:
    member = cast.dell()
    actions.leave(member_id=member.pk, actor=BY)

    with pytest.raises(MemberError, match="join again"):
        actions.resume(member_id=member.pk, actor=BY)
    with pytest.raises(MemberError, match="join again"):
        builders.checked(member)
    with pytest.raises(MemberError, match="join again"):
        actions.set_tier(member_id=member.pk, tier=Tier.MEMBER, actor=BY)


# ---------------------------------------------------------------- contacts, tier, schemes


def test_a_new_way_to_reach_somebody_comes_last_with_its_agreements() -> None:
    member = cast.dell()

    made = actions.add_contact(
        member_id=member.pk,
        contact=NewContact(Channel.EMAIL, "Dell@Example.org"),
        organisation_ids=(builders.force().pk,),
        how=ConsentHow.SPOKEN,
        taken_by=BY,
    )

    assert (made.address, made.rank) == ("dell@example.org", 2)
    assert {channel for channel, _ in standing(member)} == {"sms", "email"}
    with pytest.raises(MemberError, match="already"):
        actions.add_contact(
            member_id=member.pk,
            contact=NewContact(Channel.EMAIL, "dell@example.org"),
            organisation_ids=(),
            how=ConsentHow.SPOKEN,
            taken_by=BY,
        )


def test_a_dead_number_is_suspended_for_all_who_share_it_and_only_once() -> None:
    first, second = (builders.member(mobile="+447700900111") for _ in range(2))
    other = builders.member(mobile="+447700900112")

    suspended = [
        actions.suspend_contact(channel=Channel.SMS, address="+447700900111", actor="gateway:sandbox") for _ in range(2)
    ]

    assert suspended == [2, 0]
    assert all(one.contacts.get().suspended_at for one in (first, second))
    assert other.contacts.get().suspended_at is None
    assert Record.objects.filter(event="contact.suspended").count() == 2


def test_a_tier_is_set_and_the_old_one_kept_on_record() -> None:
    member = builders.member(tier=Tier.MEMBER)
    builders.checked(member)

    actions.set_tier(member_id=member.pk, tier=Tier.KIN, actor=BY)

    member.refresh_from_db()
    assert member.tier == Tier.KIN
    assert Record.objects.get(event="member.tier_set").facts == {"old": "member", "new": "kin"}


def test_a_scheme_is_founded_once_and_joined_once() -> None:
    member = builders.member()
    scheme = actions.found_scheme(
        kind=SchemeKind.HORSE, name=" Holt  Horse Watch ", organisation_id=builders.force().pk, actor=BY
    )

    actions.join_scheme(member_id=member.pk, scheme_id=scheme.pk, actor=BY)
    actions.join_scheme(member_id=member.pk, scheme_id=scheme.pk, role=SchemeRole.COORDINATOR, actor=BY)

    assert scheme.name == "Holt Horse Watch"
    assert Membership.objects.get(scheme=scheme).role == SchemeRole.COORDINATOR
    with pytest.raises(MemberError, match="already"):
        actions.found_scheme(
            kind=SchemeKind.FARM, name="Holt Horse Watch", organisation_id=builders.force().pk, actor=BY
        )
    with pytest.raises(MemberError, match="name"):
        actions.found_scheme(kind=SchemeKind.FARM, name=" ", organisation_id=builders.force().pk, actor=BY)


# ---------------------------------------------------------------- who may look


def test_the_force_sees_all_a_partner_its_own_and_a_stranger_nobody() -> None:
    dell = cast.dell()
    theirs = builders.member(name="Tarn", agreed_to=builders.partner())
    withdrew = builders.member(name="Withy", agreed_to=builders.partner())
    actions.withdraw(member_id=withdrew.pk, actor=BY)

    seen = {
        officer.name: [line.name for line in queries.search(officer=officer).lines]
        for officer in (cast.amos(), cast.frost(), cast.grey(), cast.cole())
    }

    assert seen == {"Amos": ["Dell", "Tarn", "Withy"], "Frost": ["Tarn"], "Grey": [], "Cole": []}
    assert queries.get_member(officer=cast_officer(Role.PARTNER), ref=theirs.ref) == theirs
    for officer in (cast_officer(Role.PARTNER), cast_officer()):
        with pytest.raises(NotHereError):
            queries.get_member(officer=officer, ref=dell.ref)


def cast_officer(*roles: Role) -> Officer:
    return builders.officer(*roles, organisation=builders.partner())


def test_a_suspended_officer_sees_nobody() -> None:
    dell = cast.dell()
    amos = cast.amos()
    amos.is_active = False

    with pytest.raises(NotHereError):
        queries.get_member(officer=amos, ref=dell.ref)


def test_looking_is_kept_on_record() -> None:
    dell, amos = cast.dell(), cast.amos()

    seen = actions.consult(officer=amos, ref=dell.ref)

    assert (seen.name, seen.topics, [line.scheme for line in seen.schemes]) == (
        "Dell",
        ("Hare coursing",),
        ["Holt Farm Watch"],
    )
    assert [line.address for line in seen.contacts] == ["+447700900111"]
    record = Record.objects.get(event="member.consulted")
    assert (record.subject, record.actor) == (f"member:{dell.ref}", amos.as_actor())


def test_a_look_that_is_refused_shows_nothing() -> None:
    dell, grey = cast.dell(), cast.grey()

    with pytest.raises(NotHereError):
        actions.consult(officer=grey, ref=dell.ref)


def test_a_partner_sees_only_what_was_agreed_with_them() -> None:
    member = builders.member(
        name="Tarn", agreed_to=builders.partner(), note="ring twice", schemes=(builders.scheme("Force's own"),)
    )
    actions.agree(
        member_id=member.pk,
        organisation_id=builders.force().pk,
        channel=Channel.SMS,
        how=ConsentHow.SPOKEN,
        taken_by=BY,
    )

    seen = actions.consult(officer=cast.frost(), ref=member.ref)

    assert [line.organisation for line in seen.consents] == ["Doggerland Fire and Rescue"]
    assert (seen.note, seen.schemes) == ("", ())


@pytest.mark.parametrize(
    "text",
    [
        *("dell", " DEL ", "barrow", "bar del", "{ref}", "D@x.org"),
        *("qd1 1aa", "qd1", "QD1 1", "07700 900111", "+44 7700 900111", "0111", "00111"),
    ],
)
def test_a_member_is_found_by_name_reference_postcode_number_or_address(text: str) -> None:
    dell = cast.dell()
    dell.name = "Dell Barrow (keeper)"
    dell.save()
    dell.places.update(postcode="QD11AA")
    dell.contacts.create(channel=Channel.EMAIL, address="d@x.org")
    tarn = builders.member(name="Tarn", mobile="+447700900112", email="0111@x.org")
    tarn.places.update(postcode="QD21AA")

    found = queries.search(officer=cast.amos(), text=text.format(ref=dell.ref.lower()))

    assert [line.ref for line in found.lines] == [dell.ref]


@pytest.mark.parametrize("text", ["ell", "row", "111", "1aa", "del tarn", ".*", "\\m", "(", "%", "_"])
def test_what_is_no_beginning_finds_nobody(text: str) -> None:
    dell = cast.dell()
    dell.places.update(postcode="QD11AA")

    assert queries.search(officer=cast.amos(), text=text).lines == ()


def test_a_search_asks_no_more_when_more_is_found(django_assert_num_queries: Any) -> None:
    amos = cast.amos()
    for _ in range(3):
        builders.member(name="Dell", schemes=(builders.scheme(),))
    with CaptureQueriesContext(connection) as few:
        queries.search(officer=amos, text="del")
    for _ in range(30):
        builders.member(name="Dell", schemes=(builders.scheme(),))

    with django_assert_num_queries(len(few)):
        assert queries.search(officer=amos, text="del").total == 33


def test_a_stranger_and_a_partner_find_nobody_by_the_last_four_figures() -> None:
    cast.dell()

    for officer in (cast.grey(), cast.frost()):
        assert queries.search(officer=officer, text="0111").lines == ()
        with pytest.raises(NotHereError):
            actions.see_contacts(officer=officer, ref=Member.objects.get().ref)


def test_a_search_comes_in_pages() -> None:
    amos = cast.amos()
    for number in range(queries.PAGE + 1):
        builders.member(name=f"Member {number:03d}")

    last = queries.search(officer=amos, page=99)

    assert (last.total, last.pages, last.page) == (queries.PAGE + 1, 2, 2)
    assert [line.name for line in last.lines] == [f"Member {queries.PAGE:03d}"]


def test_schemes_are_listed_with_who_is_in_them_now() -> None:
    farm, empty = builders.scheme(), builders.scheme("Empty Horse Watch", SchemeKind.HORSE)
    builders.member(schemes=(farm,))
    gone = builders.member(schemes=(farm,))
    actions.leave(member_id=gone.pk, actor=BY)
    fires = builders.scheme("Fire's own", organisation=builders.partner())

    amos, frost, grey = cast.amos(), cast.frost(), cast.grey()

    lines = queries.scheme_lines(officer=amos)

    assert [(line.name, line.members) for line in lines] == [
        (fires.name, 0),
        ("Holt Farm Watch", 1),
        (empty.name, 0),
    ]
    assert [line.name for line in queries.scheme_lines(officer=frost)] == [fires.name]
    assert queries.scheme_lines(officer=grey) == []
    with pytest.raises(NotHereError):
        queries.get_scheme(officer=grey, ref=farm.ref)
    assert queries.get_scheme(officer=amos, ref=farm.ref) == farm
