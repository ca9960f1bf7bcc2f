"""Receipts: kept as they come, folded into deliveries in bulk, by rank, so that none of them ever goes backwards."""

from collections.abc import Iterator, Sequence
from functools import cache

from django.db import connection

from hueandcry.domain.messaging.models import Receipt as KeptReceipt
from hueandcry.domain.messaging.rules import ORPHAN_AFTER, RANK, DeliveryState, kept_ref
from hueandcry.gateways.contract import Fate, Receipt
from hueandcry.kit import clock, prepared
from hueandcry.kit.prepared import split
from hueandcry.kit.text import storable

# How many receipts are folded by one statement.
MOST = 5000

_NEW = f"""
    unnest({split()}, {split()}, {split()}, {split()}::timestamptz[], {split()})
        AS new(gateway, provider_ref, fate, at, raw)
"""
# What is told twice is kept once. What is told again after a while may be of another message, where a provider begins
# to count anew: it is taken over once more, and by rank that changes nothing of a message that has it already.
_ONCE = """
    ON CONFLICT (gateway, provider_ref, fate) DO UPDATE SET
        at = excluded.at, received_at = excluded.received_at, folded = excluded.folded, raw = excluded.raw
    WHERE earlier.received_at < excluded.received_at - interval '10 minutes'
"""
_KEEP = f"""
    INSERT INTO messaging_receipt AS earlier (gateway, provider_ref, fate, at, received_at, folded, raw)
    SELECT gateway, provider_ref, fate, at, %s::timestamptz, false, raw FROM {_NEW}
    {_ONCE}
"""  # noqa: S608 - our own words only, here and below
# The words of most providers hold our own reference, which names the delivery; others have their own (`ProviderRef`).
_DELIVERY = """
    SELECT sent.id FROM messaging_delivery AS sent
    WHERE sent.gateway = {receipt}.gateway AND sent.provider_ref = {receipt}.provider_ref AND sent.id = split_part(
        substring({receipt}.provider_ref FROM '[A-Z0-9]{{6,12}}-[0-9]{{1,18}}'), '-', 2
    )::bigint
    UNION ALL (
        SELECT known.delivery_id FROM messaging_providerref AS known
        WHERE known.gateway = {receipt}.gateway AND known.ref = {receipt}.provider_ref
        ORDER BY known.id DESC LIMIT 1
    )
"""
# Deliveries are locked in one order, so that two folds with receipts of the same ones never wait for one another; the
# rank of the state as it stands is asked again under the row's lock: two folds side by side cannot go backwards. What
# was locked carries what it is to become: the database expects few rows here, and joins two lists pair by pair.
_MOVE = """
    best AS (
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
            ended_at = CASE
                WHEN held.state = 'accepted' OR (held.state = 'seen' AND delivery.state = 'delivered')
                    THEN delivery.ended_at
                ELSE held.at
            END
        FROM held WHERE delivery.id = held.id AND {rank_now} < held.rank
        RETURNING delivery.id, delivery.channel, delivery.address, delivery.gateway, delivery.state, held.at
    ), noted AS (
        INSERT INTO messaging_comeback (delivery_id, channel, address, gateway, at, passing, status)
        SELECT id, channel, address, gateway, at, false, '' FROM moved WHERE state = 'bounced' AND address <> ''
        ORDER BY id ON CONFLICT DO NOTHING
    )
"""
_FOLD = """
    WITH fresh AS MATERIALIZED (
        SELECT receipt.id, receipt.at, meaning.state, meaning.rank, delivery.id AS delivery_id
        FROM messaging_receipt AS receipt
        CROSS JOIN LATERAL ({delivery}) AS delivery
        LEFT JOIN (VALUES {meanings}) AS meaning(fate, state, rank) ON meaning.fate = receipt.fate
        WHERE NOT receipt.folded
        LIMIT %s FOR UPDATE OF receipt SKIP LOCKED
    ), {move}
    UPDATE messaging_receipt AS receipt SET folded = true FROM fresh WHERE receipt.id = fresh.id
"""
# The same for receipts that are kept now: each is written once, and none of those that were kept before moves anything.
_KEEP_AND_FOLD = """
    WITH kept AS (
        INSERT INTO messaging_receipt AS earlier (gateway, provider_ref, fate, at, received_at, folded, raw)
        SELECT gateway, provider_ref, fate, at, %s::timestamptz, EXISTS ({delivery_of_new}), raw FROM {new}
        {once}
        RETURNING gateway, provider_ref, fate, at, folded
    ), fresh AS MATERIALIZED (
        SELECT kept.at, meaning.state, meaning.rank, delivery.id AS delivery_id
        FROM kept CROSS JOIN LATERAL ({delivery_of_kept}) AS delivery
        JOIN (VALUES {meanings}) AS meaning(fate, state, rank) ON meaning.fate = kept.fate
        WHERE kept.folded
    ), {move}
    SELECT
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
    sql = _FOLD.format(delivery=_DELIVERY.format(receipt="receipt"), **_words())
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
    if receipts:
        prepared.rows(_KEEP, [clock.now(), *_columns(receipts)])


def keep_and_fold(*, receipts: Sequence[Receipt]) -> None:
    """Keep receipts and take over those whose delivery is known, with one statement; `fold` takes over the others.

    Deliveries stay locked until the caller's transaction ends, so it does nothing else with any.
    """
    if receipts:
        prepared.rows(_keep_and_fold(), [clock.now(), *_columns(receipts)])


@cache
def _words() -> dict[str, str]:
    """Return what stands in both statements that move deliveries."""
    arrived = ", ".join(f"'{state.value}'" for state in (DeliveryState.DELIVERED, DeliveryState.SEEN))
    return {
        "meanings": ", ".join(f"('{fate.value}', '{state.value}', {RANK[state]})" for fate, state in MEANINGS.items()),
        "move": _MOVE.format(arrived=arrived, rank_now=rank_of("delivery.state")),
    }


@cache
def _keep_and_fold() -> str:
    of_new, of_kept = _DELIVERY.format(receipt="new"), _DELIVERY.format(receipt="kept")
    return _KEEP_AND_FOLD.format(new=_NEW, once=_ONCE, delivery_of_new=of_new, delivery_of_kept=of_kept, **_words())


def _columns(receipts: Sequence[Receipt]) -> Iterator[str]:
    """Return what is kept, column by column, each once; many have their time in common."""
    once = {(one.gateway, kept_ref(one.provider_ref), one.fate): one for one in reversed(receipts)}
    if len(once) < len(receipts):
        receipts = list(once.values())
    when = {receipt.at: receipt.at.isoformat() for receipt in receipts}
    yield prepared.texts(receipt.gateway for receipt in receipts)
    yield prepared.texts(kept_ref(receipt.provider_ref) for receipt in receipts)
    yield prepared.texts(receipt.fate.value for receipt in receipts)
    yield prepared.texts(when[receipt.at] for receipt in receipts)
    yield prepared.texts(storable(receipt.raw) for receipt in receipts)
