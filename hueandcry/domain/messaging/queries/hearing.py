"""How providers' requests to us fare."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.core.cache import cache
from django.db import connection

from hueandcry.domain.messaging.rules import STRAY_AFTER
from hueandcry.kit import clock

# A count begins with the first, and is forgotten after a day.
FORGED_FOR_S = 24 * 60 * 60
# The page of sending asks every few seconds: of one provider so many are counted, the oldest.
MOST_STRAYS = 1000

# What waits for its delivery is looked at, a day at most (`ORPHAN_AFTER`). What it names may be ours though: while
# no worker takes receipts over, or when another provider has the message by now.
_STRAYS = """
    SELECT asked.gateway, count(*), min(receipt.received_at)
    FROM unnest(%s::text[]) AS asked(gateway) CROSS JOIN LATERAL (
        SELECT provider_ref, received_at FROM messaging_receipt
        WHERE NOT folded AND gateway = asked.gateway AND received_at < %s ORDER BY id LIMIT %s
    ) AS receipt
    WHERE NOT EXISTS (
        SELECT FROM messaging_providerref AS known
        WHERE known.gateway = asked.gateway AND known.ref = receipt.provider_ref
    ) AND NOT EXISTS (
        SELECT FROM substring(receipt.provider_ref FROM '[A-Z0-9]{6,12}-[0-9]{1,18}') AS ours(ref)
        JOIN messaging_delivery AS sent ON sent.id = split_part(ours.ref, '-', 2)::bigint
        JOIN messaging_message AS message ON message.id = sent.message_id
        WHERE message.ref = split_part(ours.ref, '-', 1)
    )
    GROUP BY asked.gateway ORDER BY asked.gateway
"""


class Strays(NamedTuple):
    """Receipts in a gateway's name about messages that we do not know; of very many `more` are not counted."""

    gateway: str
    many: int
    since: dt.datetime
    more: bool


def forged_key(*, gateway: str) -> str:
    """Return under which word the forgeries in a gateway's name are counted."""
    return f"hooks:forged:{gateway}"


def forgeries(*, gateways: Collection[str]) -> dict[str, int]:
    """Return in whose name requests with a wrong signature came lately, and how many; who has none is left out."""
    found = cache.get_many([forged_key(gateway=gateway) for gateway in gateways])
    counts = {gateway: int(found.get(forged_key(gateway=gateway), 0)) for gateway in gateways}
    return {gateway: many for gateway, many in counts.items() if many}


def forged_lately(*, gateway: str) -> int:
    """Return how many requests with a wrong signature came in the name of a gateway since the first, a day at most."""
    return forgeries(gateways=[gateway]).get(gateway, 0)


def strays(*, gateways: Collection[str]) -> Sequence[Strays]:
    """Return whose receipts of the last day are about messages that we do not know, how many, and since when.

    What came a moment ago may only be quicker than our own note that it was handed over.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STRAYS, [sorted(gateways), clock.now() - STRAY_AFTER, MOST_STRAYS])
        return [Strays(gateway, many, since, more=many >= MOST_STRAYS) for gateway, many, since in cursor.fetchall()]
