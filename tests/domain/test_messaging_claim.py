"""What a worker looks at when it claims a row: each kind of message against whatever happened since it was queued."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine

from hueandcry.domain.members import actions as members
from hueandcry.domain.members.actions.preferences import end_agreement
from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import Channel, Priority, Purpose
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions.saying import insert_rows
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, Lane, MessageKind
from hueandcry.domain.messaging.rules.budget import AGREED_FOR, AGREED_TO, PAUSED_WITH
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import by_phone, stopped

pytestmark = pytest.mark.django_db
PHONE, OTHER = "+447700900101", "+447700900102"
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)

SENT, STOPPED, WAITS, BACK = "delivered", "stopped", "queued", "bounced"
# What becomes of a message to somebody who, after it was queued,
#                      stopped, stopped ALL, withdrew all, withdrew this purpose, pauses, has messages come back
CLAIMED: dict[MessageKind, tuple[str, str, str, str, str, str]] = {
    # Nobody asked for these by name: they need an agreement that stands.
    MessageKind.ALERT: (STOPPED, STOPPED, STOPPED, STOPPED, WAITS, BACK),
    MessageKind.NOTE: (STOPPED, STOPPED, STOPPED, SENT, WAITS, BACK),
    MessageKind.DIGEST: (STOPPED, STOPPED, STOPPED, STOPPED, WAITS, BACK),
    MessageKind.REMINDER: (STOPPED, STOPPED, STOPPED, STOPPED, WAITS, BACK),
    # It follows what they got before: a pause does not hide that an alert is over.
    MessageKind.STAND_DOWN: (STOPPED, STOPPED, STOPPED, STOPPED, SENT, BACK),
    MessageKind.CORRECTION: (STOPPED, STOPPED, STOPPED, STOPPED, SENT, BACK),
    # Do you want us? It is asked without an agreement, once, but not of a stopped address.
    MessageKind.QUESTION: (STOPPED, STOPPED, SENT, SENT, WAITS, BACK),
    # Part of a case, or asked for a moment ago from there: only STOP ALL ends them.
    MessageKind.ENDING: (SENT, STOPPED, SENT, SENT, SENT, SENT),
    MessageKind.REPLY: (SENT, STOPPED, SENT, SENT, SENT, SENT),
    MessageKind.WELCOME: (SENT, STOPPED, SENT, SENT, SENT, SENT),
    # The answer to STOP itself.
    MessageKind.CONTROL: (SENT, SENT, SENT, SENT, SENT, SENT),
}


def after_stop(_: Member) -> None:
    stopped("sms", PHONE)


def after_stop_all(_: Member) -> None:
    stopped("sms", PHONE, everything=True)


def after_withdrawing(member: Member) -> None:
    members.withdraw(member_id=member.pk, channel=Channel.SMS, actor=f"member:{member.ref}")


def after_withdrawing_one(kind: MessageKind) -> Callable[[Member], None]:
    def withdraw(member: Member) -> None:
        end_agreement(
            member_id=member.pk,
            organisation_id=builders.force().pk,
            purpose=AGREED_FOR.get(kind, Purpose.ALERT),
            channel=Channel.SMS,
            actor=f"member:{member.ref}",
        )

    return withdraw


def after_pausing(member: Member) -> None:
    members.pause(member_id=member.pk, until=NOON + dt.timedelta(hours=3), actor=f"member:{member.ref}")


def after_coming_back(member: Member) -> None:
    members.suspend_contact(channel=Channel.SMS, address=PHONE, actor=f"member:{member.ref}")


def somebody(mobile: str) -> Member:
    """Return a member who agreed to alerts, advice and questions."""
    member = builders.member(mobile=mobile)
    members.agree(
        member_id=member.pk,
        organisation_id=builders.force().pk,
        channel=Channel.SMS,
        purposes=(Purpose.ALERT, Purpose.ADVICE, Purpose.SURVEY),
        how="spoken",  # type: ignore[arg-type]
        taken_by="officer:TEST22",
    )
    return member


def message_of(kind: MessageKind, *members_: Member) -> Message:
    """Queue one message of this kind to these members; a digest has the alert that it carries."""
    made = Message.objects.create(
        kind=kind,
        about="alert:K7M2PQ",
        organisation=builders.force(),
        lane=Lane.NORMAL,
        priority=Priority.URGENT,
        text="Words",
        spoken="Words",
        subject="Words",
        email="Words",
        queued_at=clock.now(),
    )
    for member in members_:
        insert_rows(
            made,
            "SELECT %s::bigint AS member_id, 'sms' AS channel, address FROM members_contactpoint WHERE member_id = %s",
            [member.pk, member.pk],
        )
        if kind == MessageKind.DIGEST:
            part = message_of(MessageKind.ALERT, member)
            part.deliveries.update(state=DeliveryState.BUNDLED, bundled_in=made)
    return made


@pytest.mark.parametrize("what", range(6))
@pytest.mark.parametrize("kind", list(MessageKind))
def test_every_kind_looks_again_at_what_it_needs(kind: MessageKind, what: int) -> None:
    happens = (
        after_stop, after_stop_all, after_withdrawing, after_withdrawing_one(kind), after_pausing, after_coming_back,
    )[what]  # fmt: skip
    with time_machine.travel(NOON, tick=False):
        member, noise = somebody(PHONE), somebody(OTHER)
        message = message_of(kind, member, noise)
        happens(member)

        actions.dispatch(message_ref=message.ref)

        states = dict(Delivery.objects.filter(message=message).values_list("address", "state"))
    assert states == {PHONE: CLAIMED[kind][what], OTHER: SENT}
    assert bool(by_phone(PHONE)) == (CLAIMED[kind][what] == SENT)


def test_the_tables_say_the_same() -> None:
    assert set(CLAIMED) == set(MessageKind)
    assert set(AGREED_TO) == {kind for kind, row in CLAIMED.items() if row[2] == STOPPED}
    assert set(PAUSED_WITH) == {kind for kind, row in CLAIMED.items() if row[4] == WAITS}
    assert set(AGREED_FOR) <= set(AGREED_TO)
