"""Joining, one by one and by the thousand, and what is refused."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from hueandcry.domain.members import actions, queries
from hueandcry.domain.members.actions import KnownError, MemberError
from hueandcry.domain.members.actions.stopping import stop
from hueandcry.domain.members.models import (
    Consent,
    ContactPoint,
    Interest,
    Member,
    MemberPlace,
    Membership,
    Suppression,
)
from hueandcry.domain.members.rules import (
    CONSENT_VERSION,
    THANKS,
    Channel,
    ConsentHow,
    NewContact,
    NewMember,
    NewPlace,
    PlaceUse,
    Purpose,
    SchemeRole,
    Tier,
)
from hueandcry.domain.places import actions as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from hueandcry.kit.geometry import Point
from tests import builders

pytestmark = pytest.mark.django_db
BY = "officer:9XW4TR"
CODE = "QD11AA"


@pytest.fixture(autouse=True)
def _ground() -> None:
    builders.area("Doggerland", kind=AreaKind.FORCE)
    places.add_postcodes(
        postcodes=[(CODE, builders.MIDDLE, 100.0), ("QD9 9ZZ", Point(3.1, 55.0), 100.0)], source="test"
    )


def somebody(**fields: Any) -> NewMember:
    return NewMember(
        **{
            "name": " Bryn  Fellgarth ",
            "places": (NewPlace("qd1 1aa"), NewPlace(point=Point(2.51, 54.51), use=PlaceUse.FIELD, name="Long Forty")),
            "contacts": (
                NewContact(Channel.SMS, "07700 900123"),
                NewContact(Channel.EMAIL, "Bryn@Example.org", confirmed=False),
            ),
            "organisations": (builders.force().pk, builders.partner().pk),
            "purposes": (Purpose.ALERT, Purpose.SURVEY),
            **fields,
        }
    )


def join(how: ConsentHow = ConsentHow.SPOKEN, **fields: Any) -> Member:
    return actions.join(member=somebody(**fields), how=how, taken_by=BY)


def test_who_joins_is_kept_with_places_contacts_and_every_agreement() -> None:
    scheme, topic = builders.scheme(), builders.topic()

    made = join(topics=(topic.pk,), schemes=((scheme.pk, SchemeRole.DEPUTY),), tier=Tier.VETTED)

    assert (made.name, made.tier) == ("Bryn Fellgarth", Tier.VETTED)
    assert list(made.places.order_by("pk").values_list("postcode", "point", "use", "name")) == [
        (CODE, builders.MIDDLE, "home", ""),
        ("", Point(2.51, 54.51), "field", "Long Forty"),
    ]
    contacts = made.contacts.order_by("rank")
    assert [(one.channel, one.address, bool(one.confirmed_at)) for one in contacts] == [
        ("sms", "+447700900123", True),
        ("email", "bryn@example.org", False),
    ]
    agreed = Consent.objects.filter(member=made, scheme=None)
    assert agreed.count() == 2 * 2 * 2
    assert set(agreed.values_list("wording", "how", "taken_by")) == {(CONSENT_VERSION, "spoken", BY)}
    assert Membership.objects.get(member=made).role == SchemeRole.DEPUTY
    assert Interest.objects.get(member=made).topic == topic
    assert Record.objects.get(event="member.joined").subject == f"member:{made.ref}"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": " "}, "Write a name"),
        ({"places": ()}, "Add at least one place"),
        ({"contacts": ()}, "Add at least one way"),
        ({"organisations": ()}, "Ask what they agree to"),
        ({"purposes": ()}, "Ask what they agree to"),
        ({"places": (NewPlace("QD1 9XX"),)}, "do not know the postcode QD1 9XX"),
        ({"places": (NewPlace("nowhere"),)}, "not a postcode"),
        ({"places": (NewPlace("QD9 9ZZ"),)}, "outside"),
        ({"places": (NewPlace(point=Point(-2.6, 53.9)),)}, "outside"),
        ({"contacts": (NewContact(Channel.SMS, "07700"),)}, "too few figures"),
        ({"contacts": (NewContact(Channel.SMS, "020 7946 0123"),)}, "A landline cannot take texts"),
        ({"contacts": (NewContact(Channel.EMAIL, "bryn at example"),)}, "e-mail address in full"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_written(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(MemberError, match=why):
        join(**fields)

    assert not Member.objects.exists()
    assert not Record.objects.filter(event="member.joined").exists()


def test_a_member_twice_is_refused_and_the_officer_told_what_to_do() -> None:
    first = join()

    with pytest.raises(KnownError, match=rf"{first.ref}.*open that member and add"):
        join(name="bryn fellgarth", contacts=(NewContact(Channel.VOICE, "+44 7700 900123"),))

    assert Member.objects.count() == 1


def test_an_outsider_is_not_told_that_somebody_is_a_member() -> None:
    join()

    with pytest.raises(KnownError) as refusal:
        join(how=ConsentHow.WEB)

    assert str(refusal.value) == THANKS


def test_another_person_with_the_same_telephone_may_join_and_so_may_who_left() -> None:
    first = join()

    second = join(name="Elva Fellgarth")
    actions.leave(member_id=first.pk, actor=BY)
    again = join()

    assert len({first.pk, second.pk, again.pk}) == 3


# ---------------------------------------------------------------- by the thousand


def many(count: int) -> list[NewMember]:
    return [
        NewMember(
            name=f"Member Sample{number}",
            places=(NewPlace(CODE, builders.MIDDLE),),
            contacts=(NewContact(Channel.SMS, f"+447700900{number:03d}", confirmed=number % 2 == 0),),
            organisations=(builders.force().pk,),
            topics=(builders.topic().pk,),
            schemes=((builders.scheme().pk, SchemeRole.MEMBER),),
            joined_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        )
        for number in range(count)
    ]


def bulk(rows: list[NewMember]) -> list[int]:
    return list(actions.bulk_join(rows=rows, how=ConsentHow.IMPORT, taken_by=BY))


def test_a_loader_brings_many_whole_and_one_record_is_kept() -> None:
    noise = builders.member()
    rows = many(50)
    rows[7] = replace(rows[7], ref="BCDFGH")

    made = bulk(rows)

    members = Member.objects.filter(pk__in=made)
    assert len(set(made)) == members.count() == 50
    assert members.get(name="Member Sample7").ref == "BCDFGH"
    assert not members.exclude(joined_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).exists()
    whole = members.annotate(
        parts=Count("memberships", distinct=True),
        agreed=Count("consents", distinct=True),
        wants=Count("interests", distinct=True),
    )
    # They agreed to the force and to their scheme's own messages.
    assert set(whole.values_list("parts", "agreed", "wants")) == {(1, 2, 1)}
    assert set(MemberPlace.objects.filter(member__in=made).values_list("postcode", "point")) == {
        (CODE, builders.MIDDLE)
    }
    assert ContactPoint.objects.filter(member__in=made, confirmed_at=None).count() == 25
    assert Record.objects.get(event="members.brought_over").facts == {
        "how": "import",
        "members": 50,
        "left_out": 0,
    }
    assert noise.pk not in made


def test_the_planner_hears_of_everything_new_before_it_is_looked_for() -> None:
    # Unheard of, 33,000 in an empty installation are compared with each other one by one: minutes, or no end at all.
    with CaptureQueriesContext(connection) as asked:
        bulk(many(3))

    said = [query["sql"] for query in asked.captured_queries]
    (looked,) = [number for number, sql in enumerate(said) if "members_reach_refresh" in sql]
    for table in ("member", "memberplace", "contactpoint", "consent", "interest", "membership"):
        copied = max(number for number, sql in enumerate(said) if sql.startswith(f"COPY members_{table} "))
        heard = max(n for n, sql in enumerate(said[:looked]) if sql.startswith("ANALYZE") and f"members_{table}" in sql)
        assert copied < heard, table


def test_a_loader_revives_no_stop() -> None:
    ours, fire = builders.force().pk, builders.partner().pk
    email = NewContact(Channel.EMAIL, "m@example.org")
    rows = many(5)
    rows[1] = replace(rows[1], contacts=(*rows[1].contacts, email))
    rows = [replace(row, organisations=(ours, fire)) for row in rows]
    for number in (0, 1):  # these want nothing from anybody
        stop(channel=Channel.SMS, address=f"+447700900{number:03d}", member_ids=[], actor="contact:ABC")
    for organisation in (fire, ours):  # nothing from the fire service; nothing from either, one by one
        stop(
            channel=Channel.SMS,
            address="+447700900003",
            organisation_id=organisation,
            member_ids=[],
            actor="contact:ABC",
        )
    stop(channel=Channel.SMS, address="+447700900002", organisation_id=fire, member_ids=[], actor="contact:ABC")

    made = bulk(rows)

    agreed = Consent.objects.filter(member__in=made, scheme=None).order_by("member", "organisation")
    assert list(agreed.values_list("member__name", "channel", "organisation")) == [
        ("Member Sample1", "email", ours),
        ("Member Sample1", "email", fire),
        ("Member Sample2", "sms", ours),
        ("Member Sample4", "sms", ours),
        ("Member Sample4", "sms", fire),
    ]
    assert not ContactPoint.objects.filter(address__in=["+447700900000", "+447700900001"]).exists()
    assert Record.objects.get(event="members.brought_over").facts["left_out"] == 2
    assert Suppression.objects.count() == 5


def test_who_was_brought_over_opens_their_page_and_is_found_by_number() -> None:
    (made,) = bulk(many(1))

    token = Member.objects.get(pk=made).page_token

    assert queries.by_token(token=token).pk == made
    assert queries.members_with(channel=Channel.SMS, address="+447700900000") == [made]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda rows: [*rows, rows[0]], "Row 6 is the same person as row 1"),
        (lambda rows: [rows[0], replace(rows[1], places=(NewPlace(CODE),))], "Row 2: a place has no point"),
        (lambda rows: [rows[0], replace(rows[1], organisations=())], "Row 2: Ask what they agree to"),
    ],
)
def test_a_load_with_a_wrong_row_brings_nobody(spoil: Any, why: str) -> None:
    with pytest.raises(MemberError, match=why):
        bulk(spoil(many(5)))

    assert not Member.objects.exists()


def test_a_load_with_somebody_who_is_here_brings_nobody() -> None:
    bulk(many(1))

    with pytest.raises(MemberError, match="nobody was added"):
        bulk(many(5))

    assert Member.objects.count() == 1
