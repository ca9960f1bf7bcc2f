"""A number that asked us to stop, on the desk: what the officer reads and may send."""

import pytest

from hueandcry.domain.members.actions.stopping import stop
from hueandcry.domain.members.models import Consent, Member
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.organisations.rules import Role
from tests import builders, cast
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db
PHONE = "+447700900101"
BUTTON = "do you want us again?"


def stopped() -> Member:
    """Return a member who texted STOP."""
    member = builders.member(mobile=PHONE)
    stop(channel=Channel.SMS, address=PHONE, member_ids=[member.pk], actor="contact:TEST22")
    return member


def test_only_for_a_number_that_stopped_the_question_is_offered() -> None:
    member, other = stopped(), builders.member()
    desk = signed_in(cast.amos())

    assert BUTTON in desk.get(f"/desk/members/{member.ref}/").content.decode()
    assert BUTTON not in desk.get(f"/desk/members/{other.ref}/").content.decode()


def test_the_question_is_sent_once_a_day_and_agrees_to_nothing_by_itself() -> None:
    member = stopped()
    desk = signed_in(cast.amos())
    address = f"/desk/members/{member.ref}/ask-again/{member.contacts.get().pk}/"

    first = desk.post(address, follow=True).content.decode()
    second = desk.post(address, follow=True).content.decode()

    assert "as soon as they reply YES" in first
    assert "asked today already" in second
    assert Message.objects.count() == 1
    assert not Consent.objects.filter(withdrawn_at=None).exists()


def test_another_members_number_is_not_here() -> None:
    member, other = stopped(), builders.member()
    desk = signed_in(builders.officer(Role.CONSTABLE))

    assert desk.post(f"/desk/members/{member.ref}/ask-again/{other.contacts.get().pk}/").status_code == 404
    assert not Message.objects.exists()


def test_grey_asks_nobody() -> None:
    member = stopped()

    answer = signed_in(cast.grey()).post(f"/desk/members/{member.ref}/ask-again/{member.contacts.get().pk}/")

    assert answer.status_code in {403, 404}
    assert not Message.objects.exists()
