"""Whose messages come back: the list for those who look after the members, and the press that asks again."""

import datetime as dt

import pytest
import time_machine

from hueandcry.domain.members.models import Consent, ContactPoint, Member
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.actions import mending
from hueandcry.domain.messaging.models import ComeBack, Message
from hueandcry.domain.messaging.queries import coming_back as queries
from hueandcry.domain.messaging.rules import DeliveryState, MessagingError
from hueandcry.domain.messaging.rules.mending import REFUSED_FOR_LONG, WHY
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders
from tests.domain.messaging import alert_to

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
SMS, EMAIL, VOICE, PUSH = Channel.SMS, Channel.EMAIL, Channel.VOICE, Channel.PUSH


def keeper() -> Officer:
    """Return an officer of the force who looks after members."""
    return builders.officer(Role.CONSTABLE)


def broken(member: Member, channel: Channel = EMAIL, *, detail: str = "", passing: bool = False) -> ContactPoint:
    """Let messages come back from an address of a member, for this reason."""
    contact = ContactPoint.objects.get(member=member, channel=channel)
    ContactPoint.objects.filter(pk=contact.pk).update(suspended_at=clock.now())
    row = alert_to(member, about=f"alert:{member.ref}").deliveries.order_by("pk").last()
    if row is None:
        row = alert_to(builders.member(), about=f"alert:{member.ref}").deliveries.get()
    row.channel, row.address, row.state, row.detail = channel, contact.address, DeliveryState.BOUNCED, detail
    row.save()
    ComeBack.objects.create(
        delivery=row, channel=channel, address=contact.address, gateway="smtp", at=clock.now(), passing=passing
    )
    return contact


def test_the_list_says_who_since_when_why_and_how_they_can_be_asked() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        gone = broken(builders.member(email="dell@farm.example"), detail="There is no such address. (550 5.1.1)")
        now.shift(dt.timedelta(hours=1))
        full = broken(builders.member(email="ada@farm.example", mobile=None), passing=True)
        now.shift(dt.timedelta(hours=1))
        number = broken(builders.member(email="bron@farm.example"), SMS)
        builders.member(email="well@farm.example")
        found = queries.came_back(officer=keeper())

    assert [(one.contact_id, one.channel, one.since) for one in found] == [
        (number.pk, SMS, NOON + dt.timedelta(hours=2)),
        (full.pk, EMAIL, NOON + dt.timedelta(hours=1)),
        (gone.pk, EMAIL, NOON),
    ]
    assert [one.why for one in found] == [WHY[SMS], REFUSED_FOR_LONG, "There is no such address. (550 5.1.1)"]
    assert [one.ways for one in found] == [(EMAIL,), (), (SMS,)]
    assert {(one.asked_at, one.asked_by) for one in found} == {(None, None)}
    assert found[2].member_ref == gone.member.ref


def test_what_was_said_last_of_an_address_is_why() -> None:
    member = builders.member(email="dell@farm.example")
    broken(member, passing=True)
    broken(member, detail="There is no such address. (550 5.1.1)")

    assert [one.why for one in queries.came_back(officer=keeper())] == ["There is no such address. (550 5.1.1)"]


def test_of_an_address_that_nobody_knows_anything_of_its_way_says_why() -> None:
    member = builders.member(email="dell@farm.example")
    ContactPoint.objects.filter(member=member, channel=EMAIL).update(suspended_at=clock.now())

    assert [one.why for one in queries.came_back(officer=keeper())] == [WHY[EMAIL]]
    assert set(WHY) == set(Channel) - {Channel.POST}


@pytest.mark.parametrize("why", ["withdrew", "unsafe", "shared", "not confirmed", "came back too"])
def test_a_way_that_may_not_be_used_is_no_way_to_ask(why: str) -> None:
    member = builders.member(email="dell@farm.example")
    contact = broken(member)
    numbers = ContactPoint.objects.filter(member=member, channel=SMS)
    if why == "withdrew":
        Consent.objects.filter(member=member, channel=SMS).update(withdrawn_at=clock.now())
    numbers.update(
        safe=False if why == "unsafe" else None,
        shared=why == "shared",
        confirmed_at=None if why == "not confirmed" else clock.now(),
        suspended_at=clock.now() if why == "came back too" else None,
    )
    officer = keeper()

    assert queries.get_came_back(officer=officer, contact_id=contact.pk).ways == ()
    with pytest.raises(MessagingError, match="ring them, or ask at their door"):
        mending.ask_anew(officer=officer, contact_id=contact.pk)


def test_an_officer_asks_again_once_a_day_and_the_list_says_when_and_how() -> None:
    officer = keeper()
    with time_machine.travel(NOON, tick=False) as now:
        contact = broken(builders.member(email="dell@farm.example"))
        other = broken(builders.member(email="ada@farm.example"))
        mending.ask(member_ref=contact.member.ref, contact_id=contact.pk)
        with pytest.raises(MessagingError, match="asked today already"):
            mending.ask_anew(officer=officer, contact_id=contact.pk)
        now.shift(dt.timedelta(hours=25))
        way = mending.ask_anew(officer=officer, contact_id=contact.pk)
        with pytest.raises(MessagingError, match="asked today already"):
            mending.ask_anew(officer=officer, contact_id=contact.pk)
        line = queries.get_came_back(officer=officer, contact_id=contact.pk)

    asked = Message.objects.filter(about=f"contact:{contact.pk}").order_by("pk")
    assert way == SMS
    assert len(asked) == 2
    assert "Reply EMAIL" in asked[1].text
    assert (line.asked_at, line.asked_by) == (NOON + dt.timedelta(hours=25), SMS)
    assert queries.get_came_back(officer=officer, contact_id=other.pk).asked_at is None
    assert Record.objects.filter(event="message.queued", actor=officer.as_actor()).count() == 1


def test_who_left_stands_in_no_list_and_is_not_asked() -> None:
    contact, officer = broken(builders.member(email="dell@farm.example")), keeper()
    Member.objects.filter(pk=contact.member_id).update(state="left")

    assert queries.came_back(officer=officer) == []
    with pytest.raises(NotHereError):
        mending.ask_anew(officer=officer, contact_id=contact.pk)


def test_an_address_that_works_is_not_asked_about() -> None:
    member = builders.member(email="dell@farm.example")

    with pytest.raises(NotHereError):
        mending.ask_anew(officer=keeper(), contact_id=ContactPoint.objects.get(member=member, channel=EMAIL).pk)


def test_partners_and_those_who_only_read_see_nothing_of_it() -> None:
    contact = broken(builders.member(email="dell@farm.example"))
    partner = builders.officer(Role.CONSTABLE, organisation=builders.partner())

    for officer in (partner, builders.officer(Role.OPERATOR)):
        assert queries.came_back(officer=officer) == []
        with pytest.raises(NotHereError):
            mending.ask_anew(officer=officer, contact_id=contact.pk)
