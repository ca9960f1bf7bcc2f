"""Receipts: kept as they come, folded into deliveries in bulk, by rank, so that none of them ever goes backwards."""

from collections.abc import Sequence

from django.db import connection

from hueandcry.domain.messaging.models import Receipt as KeptReceipt
from hueandcry.domain.messaging.rules import ORPHAN_AFTER, RANK, DeliveryState, kept_ref
from hueandcry.gateways.contract import Fate, Receipt
from hueandcry.kit import clock
from hueandcry.kit.text import storable

# How many receipts are folded by one statement.
MOST = 5000

_KEEP = """
    INSERT INTO messaging_receipt (gateway, provider_ref, fate, at, received_at, folded, raw)
    SELECT gateway, provider_ref, fate, at, %s, false, raw
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[])
        AS new(gateway, provider_ref, fate, at, raw)
    ON CONFLICT DO NOTHING
"""
# The words of most providers hold our own reference, which names the delivery; others have their own (`ProviderRef`).
# Deliveries are locked in one order, so that two folds with receipts of the same ones never wait for one another; the
# rank of the state as it stands is asked again under the row's lock: two folds side by side cannot go backwards. What
# was locked carries what it is to become: the database expects few rows here, and joins two lists pair by pair.
_FOLD = """
    WITH fresh AS MATERIALIZED (
        SELECT receipt.id, receipt.at, meaning.state, meaning.rank, delivery.id AS delivery_id
        FROM messaging_receipt AS receipt
        CROSS JOIN LATERAL (
            SELECT sent.id FROM messaging_delivery AS sent
            WHERE sent.gateway = receipt.gateway AND sent.provider_ref = receipt.provider_ref AND sent.id = split_part(
                substring(receipt.provider_ref FROM '[A-Z0-9]{{6,12}}-[0-9]{{1,18}}'), '-', 2
            )::bigint
            UNION ALL
            SELECT known.delivery_id FROM messaging_providerref AS known
            WHERE known.gateway = receipt.gateway AND known.ref = receipt.provider_ref
        ) AS delivery
        LEFT JOIN (VALUES {meanings}) AS meaning(fate, state, rank) ON meaning.fate = receipt.fate
        WHERE NOT receipt.folded
        LIMIT %s FOR UPDATE OF receipt SKIP LOCKED
    ), best AS (
        SELECT DISTINCT ON (delivery_id) delivery_id, state, rank, at FROM fresh WHERE state IS NOT NULL
        ORDER BY delivery_id, rank DESC, at
    ), held AS MATERIALIZED (
        SELECT delivery.id, best.state, best.rank, best.at
        FROM messaging_delivery AS delivery JOIN best ON best.delivery_id = delivery.id
        ORDER BY delivery.id FOR UPDATE OF delivery
    ), moved AS (
        UPDATE messaging_delivery AS delivery SET
            state = held.state,
            accepted_at = COALESCE(delivery.accepted_at, CASE WHEN held.state IN ({arrived}) THEN held.at END),
            ended_at = CASE WHEN held.state = 'accepted' THEN delivery.ended_at ELSE held.at END
        FROM held WHERE delivery.id = held.id AND {rank_now} < held.rank
        RETURNING delivery.id, delivery.channel, delivery.address, delivery.gateway, delivery.state, held.at
    ), noted AS (
        INSERT INTO messaging_comeback (delivery_id, channel, address, gateway, at, passing, status)
        SELECT id, channel, address, gateway, at, false, '' FROM moved WHERE state = 'bounced' AND address <> ''
        ORDER BY id ON CONFLICT DO NOTHING
    )
    UPDATE messaging_receipt AS receipt SET folded = true FROM fresh WHERE receipt.id = fresh.id
"""
# What a provider's word means for a delivery; a word that we do not know moves nothing.
MEANINGS: dict[Fate, DeliveryState] = {fate: DeliveryState(fate.value) for fate in Fate if fate != Fate.UNKNOWN}


def rank_of(column: str) -> str:
    """Return SQL for the rank of the state in a column."""
    cases = " ".join(f"WHEN '{state.value}' THEN {rank}" for state, rank in RANK.items())
    return f"(CASE {column} {cases} END)"


def record_receipts(*, receipts: Sequence[Receipt]) -> None:
    """Keep receipts as they came and fold them into what they are about; doubled ones are kept once."""
    keep_receipts(receipts=receipts)
    fold()


def fold() -> int:
    """Take over the receipts whose delivery is known into it, by rank; return how many.

    One that comes before its hand-over is written waits, a day at most.
    """
    meanings = ", ".join(f"('{fate.value}', '{state.value}', {RANK[state]})" for fate, state in MEANINGS.items())
    arrived = ", ".join(f"'{state.value}'" for state in (DeliveryState.DELIVERED, DeliveryState.SEEN))
    sql = _FOLD.format(meanings=meanings, arrived=arrived, rank_now=rank_of("delivery.state"))
    folded = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(sql, [MOST])
            folded += int(cursor.rowcount)
            if cursor.rowcount < MOST:
                break
    KeptReceipt.objects.filter(folded=False, received_at__lt=clock.now() - ORPHAN_AFTER).update(folded=True)
    return folded


def keep_receipts(*, receipts: Sequence[Receipt]) -> None:
    """Keep receipts as they came, with one statement; a doubled one is kept once, and `fold` takes them over."""
    if not receipts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            [
                clock.now(),
                [receipt.gateway for receipt in receipts],
                [kept_ref(receipt.provider_ref) for receipt in receipts],
                [receipt.fate.value for receipt in receipts],
                [receipt.at for receipt in receipts],
                [storable(receipt.raw) for receipt in receipts],
            ],
        )
