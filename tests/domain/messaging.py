"""What the tests of messaging share: a message to some members, a message from somebody, what a phone shows."""

import itertools
from typing import Any

from hueandcry.domain.members.models import Member, Suppression
from hueandcry.domain.members.rules import Purpose
from hueandcry.domain.members.rules.stopping import address_hash
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.models import Delivery, Message, Stretch
from hueandcry.domain.messaging.rules import DeliveryState, Lane, MessageKind, Words
from hueandcry.gateways.contract import Incoming
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from tests import builders

WORDS = Words(
    text="Farm Watch K7M2PQ: pick-up near Holt. Reply what you saw. Danger 999.",
    spoken="This is Farm Watch. A pick-up was seen near Holt.",
    subject="Pick-up near Holt",
    email="A pick-up was seen near Holt.\n\nYour page: {page}\n",
)
NUMBERS = itertools.count(1)


def alert_to(*members: Member, **fields: Any) -> Message:
    """Queue an alert to these members."""
    defaults: dict[str, Any] = {
        "kind": MessageKind.ALERT,
        "about": "alert:K7M2PQ",
        "organisation_id": builders.force().pk,
        "words": WORDS,
        "lane": Lane.URGENT,
        "expires_at": None,
        "invites_answers": True,
        "purpose": Purpose.ALERT,
        "actor": "officer:TEST22",
    }
    return actions.queue(**{"member_ids": [member.pk for member in members], **defaults, **fields})


def incoming(sender: str, body: str, *, channel: str = "sms", **fields: Any) -> Incoming:
    """Return a message from somebody, as a gateway brings it."""
    builders.force()
    defaults = {"gateway": f"test-{channel}", "provider_ref": f"in-{next(NUMBERS)}", "received_at": clock.now()}
    return Incoming(channel=channel, sender=sender, body=body, **{**defaults, **fields})


def by_phone(address: str) -> list[str]:
    """Return what a sandbox phone shows, oldest first."""
    rows = SandboxMessage.objects.filter(address=address, put_off=False, from_phone=False).order_by("id")
    return list(rows.values_list("body", flat=True))


def stopped(channel: str, address: str, *, everything: bool = False) -> Suppression:
    """Note that an address asked to stop."""
    return Suppression.objects.create(
        channel=channel, address_hash=address_hash(channel, address), everything=everything, since=clock.now()
    )


def lapse() -> None:
    """Let the leases of dead workers end: what they held is due."""
    over = clock.now()
    Delivery.objects.filter(state=DeliveryState.LEASED).update(next_at=over)
    Stretch.objects.filter(is_leased=True).update(at=over)


def look_again() -> None:
    """Have all deliveries walked anew, whatever was done to them by hand."""
    Stretch.objects.all().delete()
    for delivery in Delivery.objects.all():
        Stretch.objects.create(
            message_id=delivery.message_id,
            lane=delivery.lane,
            first_id=delivery.pk,
            last_id=delivery.pk,
            at=delivery.next_at,
            looked_at=delivery.next_at,
        )
