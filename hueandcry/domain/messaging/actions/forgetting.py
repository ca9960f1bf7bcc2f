"""Forgetting what providers wrote, after thirty days: what came of a message stays, their raw words do not."""

import datetime as dt

from django.db import connection, transaction

from hueandcry.domain.messaging.retention import LIFETIMES
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock

# What goes, by the table whose lifetime it has. What people said stays longer (`messaging_inbound`); how their provider
# wrote it does not.
_ERASE = {
    "messaging_receipt": "DELETE FROM messaging_receipt WHERE received_at < %s",
    "messaging_providerref": """
        DELETE FROM messaging_providerref AS known USING messaging_delivery AS sent
        WHERE sent.id = known.delivery_id AND COALESCE(sent.accepted_at, sent.ended_at, sent.next_at) < %s
    """,
}
_BLANK = "UPDATE messaging_inbound SET raw = '' WHERE raw <> '' AND received_at < %s"


@transaction.atomic
def forget_raw() -> int:
    """Erase receipts and words of providers whose time is over, and how they wrote what people said; return how many.

    Logged as `record.erased` for each table, with how many.
    """
    days = {table: LIFETIMES[table].days or 0 for table in _ERASE}
    now, erased = clock.now(), dict[str, int]()
    with connection.cursor() as cursor:
        for table, sql in _ERASE.items():
            cursor.execute(sql, [now - dt.timedelta(days=days[table])])
            erased[table] = cursor.rowcount
        cursor.execute(_BLANK, [now - dt.timedelta(days=days["messaging_receipt"])])
        erased["messaging_inbound"] = cursor.rowcount
    for table, many in erased.items():
        if many:
            log("record.erased", subject=f"table:{table}", actor=SYSTEM, many=many)
    return sum(erased.values())
