"""Told by hand: a sheet through the door or a neighbour's call counts like any other delivery."""

from django.db import transaction

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import REACHED, DeliveryState, MessagingError
from hueandcry.domain.messaging.rules.by_hand import BY_HAND, HandOutcome
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import say


@transaction.atomic
def tell_by_hand(
    *, message_ref: str, member_id: int, outcome: HandOutcome, rung: bool = False, actor: str
) -> DeliveryState:
    """Write down that somebody was told of a message by a person, was not there, or did not want to hear it.

    What is written may be put right by writing it again; somebody whom the message reached by itself stays reached.
    Logged as `message.told_by_hand`.

    Raises:
        MessagingError: the message reached them by itself.
        NotHereError: there is no such message.
    """
    try:
        message = Message.objects.select_for_update(no_key=True).get(ref=message_ref)
    except Message.DoesNotExist:
        raise NotHereError(f"message:{message_ref}") from None
    rows = Delivery.objects.select_for_update().filter(message=message, member_id=member_id)
    known = {Channel(row.channel): row for row in rows.order_by("id")}
    if any(row.gateway != BY_HAND and row.state in REACHED for row in known.values()):
        raise MessagingError(say("Our message reached them by itself: there is nothing to tick."))
    now = clock.now()
    state = DeliveryState.DELIVERED if outcome == HandOutcome.TOLD else DeliveryState.FAILED
    by_hand = next((row for row in known.values() if row.gateway == BY_HAND), None) or known.get(Channel.POST)
    if by_hand is None:
        # A call that a machine made keeps its row: then the neighbour's counts as a sheet.
        channel = Channel.VOICE if rung and Channel.VOICE not in known else Channel.POST
        by_hand = Delivery(message=message, member_id=member_id, channel=channel, lane=message.lane, gateway=BY_HAND)
    by_hand.state, by_hand.detail, by_hand.next_at = state, f"{outcome.label}, by {actor}"[:200], now
    by_hand.gateway = BY_HAND
    by_hand.accepted_at = now if outcome == HandOutcome.TOLD else None
    by_hand.ended_at = now
    by_hand.save()
    log(
        "message.told_by_hand",
        subject=f"message:{message.ref}",
        actor=actor,
        about=message.about,
        outcome=outcome.value,
        channel=by_hand.channel,
    )
    return state
