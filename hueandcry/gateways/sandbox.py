"""The far side of the sandbox gateways: made-up phones, mailboxes and landlines, kept in one table.

The sandbox is a provider like any other. It takes our reference, so a message handed over twice is there once; it owes
receipts, which are collected in bulk; and it accepts everything but these endings (the last three signs of a number, or
of the name in an e-mail address), so that every fate can be seen:

=======  ===========================================================
ending   what happens
=======  ===========================================================
``998``  refused at once: no such number or address
``997``  taken, and reported as not delivered afterwards
``996``  "try again" the first time, taken the second
``995``  taken, and never heard of again: no receipt
``994``  delivered, with the receipts doubled and in the wrong order
=======  ===========================================================
"""

import secrets
from collections.abc import Iterator, Sequence
from typing import ClassVar

from django.db import connection

from hueandcry.gateways.contract import Again, Fate, Handover, Incoming, Outgoing, Receipt
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock

BOUNCES = "998"
FAILS_LATER = "997"
TRY_AGAIN = "996"
SILENT = "995"
MUDDLED = "994"
# How many receipts one call of collect() tells.
MOST = 5000

RECEIPTS: dict[str, tuple[Fate, ...]] = {
    FAILS_LATER: (Fate.FAILED,),
    MUDDLED: (Fate.DELIVERED, Fate.ACCEPTED, Fate.DELIVERED),
}

_TAKE = """
    INSERT INTO gateways_sandboxmessage
        (gateway, reference, address, subject, body, from_phone, at, put_off, receipt_due)
    SELECT %s, reference, address, left(subject, 200), body, false, %s, put_off, receipt_due
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s::boolean[])
        AS new(reference, address, subject, body, put_off, receipt_due)
    ON CONFLICT (gateway, reference) DO UPDATE SET put_off = false, receipt_due = true, at = excluded.at
        WHERE gateways_sandboxmessage.put_off
    RETURNING reference, put_off
"""
_OWED = """
    UPDATE gateways_sandboxmessage SET receipt_due = false
    WHERE id IN (
        SELECT id FROM gateways_sandboxmessage WHERE receipt_due AND gateway = %s
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    )
    RETURNING reference, address, at
"""


def ending(address: str) -> str:
    """Return the last three signs of a number, or of the name in an e-mail address."""
    return address.partition("@")[0][-3:]


class Sandbox:
    """What the three sandbox gateways have in common; each names itself and its channel."""

    name: ClassVar[str]
    channel: ClassVar[str]
    again: ClassVar[Again] = Again.KNOWN

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Put messages on the phones, all with one statement; a reference that is there already is not put twice."""
        endings = [ending(message.address) for message in messages]
        taken = [message for message, last in zip(messages, endings, strict=True) if last != BOUNCES]
        now_put_off = self._take(taken)
        for message, last in zip(messages, endings, strict=True):
            if last == BOUNCES:
                yield Handover(message.reference, Fate.BOUNCED, detail="No such number or address.")
            elif message.reference in now_put_off:
                yield Handover(message.reference, Fate.UNKNOWN, detail="Busy: try again.", try_again=True)
            else:
                yield Handover(message.reference, Fate.ACCEPTED, provider_ref=message.reference)

    def _take(self, messages: Sequence[Outgoing]) -> set[str]:
        """Keep messages; return the references of those that were put off."""
        if not messages:
            return set()
        rows = [
            (
                message.reference,
                message.address,
                message.subject,
                message.body,
                ending(message.address) == TRY_AGAIN,
                ending(message.address) not in {TRY_AGAIN, SILENT},
            )
            for message in messages
        ]
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [self.name, clock.now(), *(list(column) for column in zip(*rows, strict=True))])
            return {reference for reference, put_off in cursor.fetchall() if put_off}

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return receipts that are owed, a few thousand at a time; what is typed on a phone comes at once instead."""
        with connection.cursor() as cursor:
            cursor.execute(_OWED, [self.name, MOST])
            rows = cursor.fetchall()
        receipts = [
            Receipt(self.name, reference, fate, at)
            for reference, address, at in rows
            for fate in RECEIPTS.get(ending(address), (Fate.DELIVERED,))
        ]
        return receipts, ()

    def check(self) -> str:
        """Return an empty text: the sandbox is always there."""
        return ""

    def incoming_from_phone(self, address: str, body: str) -> Incoming:
        """Type an answer on a phone: keep it, and return it as a provider would bring it; nothing typed rings us."""
        reference = f"typed-{secrets.token_hex(8)}"
        message = SandboxMessage.objects.create(
            gateway=self.name, reference=reference, address=address, body=body, from_phone=True, at=clock.now()
        )
        return Incoming(self.name, reference, self.channel, address, body, message.at)


def owes() -> bool:
    """Say whether any sandbox still owes a receipt."""
    return SandboxMessage.objects.filter(receipt_due=True).exists()
