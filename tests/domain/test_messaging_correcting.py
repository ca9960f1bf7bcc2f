"""Corrections in the queue: what is in hand, in a digest or on the way is told once, and of the right words."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import Priority
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import correcting
from hueandcry.domain.messaging.actions.correcting import correct
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind, MessagingError
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Again, Fate, Handover, Incoming, Outgoing, Receipt
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import WORDS, alert_to

pytestmark = pytest.mark.django_db
RIGHT = replace(WORDS, text="Farm Watch K7M2PQ: BLUE pick-up near Holt.")
SAYS = replace(WORDS, text="Farm Watch K7M2PQ: CORRECTION. BLUE pick-up near Holt.")
ONE, TWO, THREE = (f"+44770090010{number}" for number in (1, 2, 3))


def corrected() -> tuple[Message, Message]:
    """Correct what was said about K7M2PQ."""
    return correct(about="alert:K7M2PQ", correction=SAYS, fresh=RIGHT, expires_at=None, actor="officer:TEST22")


class Scripted:
    """A provider that does what its test says: the world outside, not our code."""

    name = "scripted"
    channel = "sms"
    again = Again.NEVER
    script: ClassVar[Callable[[Outgoing], Handover]]

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        for message in messages:
            yield type(self).script(message)

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        return (), ()

    def check(self) -> str:
        return ""


@pytest.fixture
def scripted(settings: Any) -> Iterator[type[Scripted]]:
    settings.GATEWAYS = {**settings.GATEWAYS, "sms": f"{__name__}.Scripted"}
    registry.routes_for.cache_clear()
    yield Scripted
    registry.routes_for.cache_clear()


def said(message: Message) -> dict[str, str]:
    """Return whom a message goes to and where it stands there."""
    return dict(message.deliveries.values_list("address", "state"))


def three() -> list[Member]:
    return [builders.member(mobile=number) for number in (ONE, TWO, THREE)]


def test_what_a_worker_has_in_hand_is_corrected_when_it_went_and_said_anew_when_it_did_not(
    scripted: type[Scripted],
) -> None:
    alert = alert_to(*three())
    done: list[tuple[Message, Message]] = []

    def correct_meanwhile(message: Outgoing) -> Handover:
        if not done:
            done.append(corrected())
        if message.address == ONE:
            return Handover(message.reference, Fate.ACCEPTED, "p1")
        if message.address == TWO:
            return Handover(message.reference, Fate.UNKNOWN, detail="busy", try_again=True)
        return Handover(message.reference, Fate.BOUNCED, "p3")

    scripted.script = staticmethod(correct_meanwhile)
    actions.dispatch(message_ref=alert.ref)

    followed, fresh = done[0]
    assert said(alert) == {ONE: "accepted", TWO: "cancelled", THREE: "bounced"}
    assert said(followed) == {ONE: "queued"}
    assert said(fresh) == {TWO: "queued"}


def test_everybody_hears_the_right_words_once_whatever_had_become_of_the_first() -> None:
    members = {state: builders.member() for state in DeliveryState if state != DeliveryState.BUNDLED}
    alert_to(*members.values())
    for state, member in members.items():
        Delivery.objects.filter(member=member).update(state=state, ended_at=clock.now())

    followed, fresh = corrected()

    def to(message: Message) -> set[DeliveryState]:
        ids = set(message.deliveries.values_list("member_id", flat=True))
        return {state for state, member in members.items() if member.pk in ids}

    assert to(followed) == {
        DeliveryState.ACCEPTED,
        DeliveryState.DELIVERED,
        DeliveryState.SEEN,
        DeliveryState.UNCERTAIN,
    }
    # What was taken back before has its reason no more: the words are right now.
    assert to(fresh) == {
        DeliveryState.QUEUED,
        DeliveryState.TO_PRINT,
        DeliveryState.HELD,
        DeliveryState.CANCELLED,
    }


def test_who_heard_by_one_way_is_not_told_anew_by_another() -> None:
    member = builders.member(email="both@example.org")
    alert = alert_to(member)
    row = alert.deliveries.get()
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.DELIVERED)
    Delivery.objects.create(
        message=alert, member=member, channel="email", address="both@example.org", lane=alert.lane, next_at=clock.now()
    )

    followed, fresh = corrected()

    assert (len(said(followed)), len(said(fresh))) == (1, 0)


def test_who_shares_a_telephone_with_somebody_who_heard_is_not_told_anew() -> None:
    one, other = builders.member(mobile=ONE), builders.member(mobile=TWO)
    alert_to(one, other)
    Delivery.objects.filter(member=one).update(state=DeliveryState.DELIVERED)
    Delivery.objects.filter(member=other).update(address=ONE)

    _, fresh = corrected()

    assert said(fresh) == {}


def test_a_second_correction_says_anew_only_to_whom_the_first_never_went() -> None:
    first, second, third = three()
    alert_to(first, second, third)
    Delivery.objects.filter(member=first).update(state=DeliveryState.DELIVERED)
    _, fresh = corrected()
    Delivery.objects.filter(message=fresh, member=second).update(state=DeliveryState.DELIVERED)
    Delivery.objects.filter(message=fresh, member=third).update(state=DeliveryState.BOUNCED)

    followed, again = corrected()

    assert set(said(followed)) == {ONE, TWO}
    assert said(again) == {}, "where it bounced it is not tried again"


def test_a_digest_that_was_not_out_yet_is_taken_apart_and_the_new_words_wait_for_the_next() -> None:
    member = builders.member(mobile=ONE)
    alert = alert_to(member, priority=Priority.ROUTINE, lane=None)
    digest = Message.objects.create(
        kind=MessageKind.DIGEST,
        about="digest:D",
        organisation=builders.force(),
        text="Two messages",
        spoken="",
        subject="",
        email="",
        queued_at=clock.now(),
    )
    Delivery.objects.filter(message=alert).update(state=DeliveryState.BUNDLED, bundled_in=digest)
    in_digest = Delivery.objects.create(
        message=digest, member=member, channel="sms", address=ONE, lane=digest.lane, next_at=clock.now()
    )

    _, fresh = corrected()

    in_digest.refresh_from_db()
    assert in_digest.state == DeliveryState.CANCELLED
    assert set(said(fresh)) == {ONE}


def test_a_digest_that_a_worker_put_back_after_the_correction_is_carried_over_too() -> None:
    member = builders.member(mobile=ONE)
    alert = alert_to(member, priority=Priority.ROUTINE, lane=None)
    digest = alert_to(member, kind=MessageKind.DIGEST, about="digest:D")
    Delivery.objects.filter(message=alert).update(state=DeliveryState.BUNDLED, bundled_in=digest)
    Delivery.objects.filter(message=digest).update(state=DeliveryState.LEASED)
    followed, fresh = corrected()
    assert (said(followed), said(fresh)) == ({}, {})

    Delivery.objects.filter(message=digest).update(state=DeliveryState.CANCELLED)
    correcting.put_back_meanwhile(message_id=digest.pk, about="digest:D", kind=MessageKind.DIGEST)

    assert set(said(fresh)) == {ONE}


def test_what_was_never_said_is_not_corrected() -> None:
    with pytest.raises(MessagingError, match="nothing to correct"):
        corrected()


def test_nothing_leaves_before_its_moment() -> None:
    at = clock.now() + dt.timedelta(seconds=30)

    alert = alert_to(builders.member(), not_before=at)

    assert alert.deliveries.get().next_at == at
    assert actions.dispatch(message_ref=alert.ref) == 0
