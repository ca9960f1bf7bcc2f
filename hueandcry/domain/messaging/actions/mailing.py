"""Mail that comes to us by our own door: a bounce becomes a receipt, an answer a message for people to read."""

import logging

from django.db import transaction

from hueandcry.domain.messaging.actions import collecting
from hueandcry.domain.messaging.actions.hooks import take_over
from hueandcry.domain.messaging.actions.mending import note
from hueandcry.domain.messaging.actions.receipts import keep_receipts
from hueandcry.domain.messaging.models import Delivery
from hueandcry.gateways.contract import Fate, Receipt
from hueandcry.gateways.email import arriving
from hueandcry.gateways.email.bounces import Returned
from hueandcry.gateways.email.smtp import identity_as_set
from hueandcry.kit import clock

logger = logging.getLogger(__name__)

LONGEST_KEPT = 1 << 16


def is_for_us(*, recipient: str) -> bool:
    """Say whether mail to an address is ours to take in: where answers and bounces go, and our own."""
    return arriving.is_ours(recipient, identity_as_set())


@transaction.atomic
def take_in(*, raw: bytes, sender: str, recipient: str) -> None:
    """Take in one mail, once however often it is brought; what cannot be read is kept as it came."""
    arrived = arriving.read_mail(
        raw, sender=sender, recipient=recipient, identity=identity_as_set(), received_at=clock.now()
    )
    if arrived.incoming is not None:
        collecting.take_in(incoming=arrived.incoming)
    elif arrived.returned is not None and arrived.returned.final:
        _came_back(raw, arrived.reference, arrived.returned)


def _came_back(raw: bytes, reference: str, returned: Returned) -> None:
    """Keep that a letter came back, where its mark says that it was ours."""
    ref, _, number = reference.partition("-")
    sent = Delivery.objects.filter(pk=int(number), message__ref=ref, channel="email").first() if number else None
    if sent is None:
        logger.info("A bounce without our mark, or of a letter that is no more, counts for nothing.")
        return
    receipt = Receipt(
        gateway=sent.gateway,
        # Before its hand-over is written it has no name but our own.
        provider_ref=sent.provider_ref or reference,
        fate=Fate.BOUNCED if returned.for_good else Fate.FAILED,
        at=clock.now(),
        raw=raw[:LONGEST_KEPT].decode("latin-1"),
    )
    keep_receipts(receipts=[receipt])
    note(delivery_ids=[sent.pk], status=returned.status, passing=not returned.for_good)
    take_over()
