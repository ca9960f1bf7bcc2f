"""Writing what became of a window: in one transaction with what it cost, and with the end of its lease."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from hueandcry.domain.messaging.actions.claiming import Row
from hueandcry.domain.messaging.actions.correcting import put_back_meanwhile
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.actions.mending import note
from hueandcry.domain.messaging.actions.receipts import rank_of
from hueandcry.domain.messaging.actions.routing import Cost, charge
from hueandcry.domain.messaging.actions.saying import catch_up, catch_up_digest
from hueandcry.domain.messaging.rules import RANK, DeliveryState, MessageKind, back_off, kept_ref
from hueandcry.gateways.contract import Fate, Handover
from hueandcry.kit import clock, prepared
from hueandcry.kit.text import storable

LONGEST_DETAIL = 200

# Held against cancelling until the transaction ends; then the lease, so that whoever takes over a lapsed one waits.
_END_LEASE = """
    WITH held AS MATERIALIZED (
        SELECT cancelled_at IS NOT NULL AS cancelled FROM messaging_message WHERE id = %s::bigint FOR SHARE
    ), ended AS (
        DELETE FROM messaging_stretch USING held WHERE id = %s::bigint AND is_leased
    )
    SELECT cancelled FROM held
"""
# Written whoever has the lease by now: a worker that was merely slow knows what became of it, and by rank nothing ever
# goes backwards.
_HANDED = f"""
    WITH outcome AS MATERIALIZED (
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::boolean[])
            AS outcome(id, state, rank, gateway, provider_ref, detail, is_own)
    ), here AS MATERIALIZED (
        SELECT COALESCE(%s::timestamptz, clock_timestamp()) AS now
    ), written AS (
        UPDATE messaging_delivery AS delivery SET
            state = CASE WHEN {rank_of("delivery.state")} < outcome.rank THEN outcome.state ELSE delivery.state END,
            gateway = outcome.gateway,
            provider_ref = outcome.provider_ref,
            detail = outcome.detail,
            accepted_at = CASE
                WHEN outcome.state = 'accepted' THEN COALESCE(delivery.accepted_at, here.now)
                ELSE delivery.accepted_at
            END,
            ended_at = CASE
                WHEN outcome.state = 'accepted' THEN delivery.ended_at ELSE COALESCE(delivery.ended_at, here.now)
            END
        FROM outcome, here WHERE delivery.id = outcome.id AND delivery.id = ANY(%s::bigint[])
    )
    INSERT INTO messaging_providerref (gateway, ref, delivery_id)
    SELECT gateway, provider_ref, id FROM outcome WHERE NOT is_own ORDER BY gateway, provider_ref
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own words only
# Only while it is still ours: who took it over after our lease knows better when it goes again.
_PUT_BACK = """
    WITH here AS MATERIALIZED (
        SELECT COALESCE(%s::timestamptz, clock_timestamp()) AS now
    ), back AS (
        UPDATE messaging_delivery AS delivery SET
            state = CASE
                WHEN outcome.state <> 'queued' THEN outcome.state
                WHEN here.now + outcome.wait >= %s::timestamptz
                    THEN CASE WHEN outcome.gateway = '' THEN 'expired' ELSE 'uncertain' END
                ELSE 'queued'
            END,
            attempts = outcome.attempts - (NOT outcome.counts)::int,
            next_at = here.now + outcome.wait,
            gateway = outcome.gateway,
            detail = outcome.detail,
            ended_at = CASE
                WHEN outcome.state = 'queued' AND here.now + outcome.wait < %s::timestamptz THEN NULL ELSE here.now
            END
        FROM here, unnest(%s::bigint[], %s::int[], %s::boolean[], %s::text[], %s::interval[], %s::text[], %s::text[])
            AS outcome(id, attempts, counts, state, wait, gateway, detail)
        WHERE delivery.id = outcome.id AND delivery.state = 'leased' AND delivery.attempts = outcome.attempts
            AND delivery.id = ANY(%s::bigint[])
        RETURNING delivery.id, delivery.state, delivery.next_at
    )
    INSERT INTO messaging_stretch (message_id, lane, first_id, last_id, at, looked_at)
    SELECT %s::bigint, %s::text, min(id), max(id), next_at, next_at FROM back WHERE state = 'queued' GROUP BY next_at
    RETURNING at
"""


class Outcome(NamedTuple):
    """What became of one claimed delivery: handed over or refused for good, or back into the queue.

    Attributes:
        wait_s: back into the queue for so long, without counting the attempt; else as its attempts say.
        perhaps: it went and no answer came.
    """

    row: Row
    gateway: str
    handover: Handover
    price: float = 0.0
    parts: int = 1
    wait_s: float | None = None
    may_go_again: bool = True


@transaction.atomic
def record(letter: Letter, outcomes: Sequence[Outcome], lease: int | None) -> None:
    """Write what became of one window, what it cost, and that it is no longer in our hands."""
    ((cancelled,),) = prepared.rows(_END_LEASE, [letter.id, lease])
    if not outcomes:
        return
    handed = [outcome for outcome in outcomes if _is_final(outcome)]
    perhaps = [outcome.row.id for outcome in outcomes if outcome.handover.perhaps]
    if handed:
        _write_handed(letter, handed)
    if len(handed) < len(outcomes):
        _write_put_back(letter, [outcome for outcome in outcomes if not _is_final(outcome)], cancelled=cancelled)
    if cancelled and len(handed) < len(outcomes):
        put_back_meanwhile(message_id=letter.id, about=letter.about, kind=letter.kind)
    if cancelled and (handed or perhaps):
        follow_up(letter, [*(outcome.row.id for outcome in handed), *perhaps])
    bounced = [outcome.row.id for outcome in handed if outcome.handover.fate == Fate.BOUNCED]
    if bounced:
        note(delivery_ids=bounced)


def let_go(letter: Letter, rows: Sequence[Row], lease: int | None, why: str = "") -> None:
    """Put rows back that were claimed and not handed over: at once, and without counting an attempt."""
    later = Handover("", Fate.UNKNOWN, detail=why, try_again=True)
    record(letter, [Outcome(row, row.gateway if row.before else "", later, wait_s=0.0) for row in rows], lease)


def follow_up(letter: Letter, delivery_ids: Sequence[int]) -> None:
    """Let what followed the message, or the messages of a digest, follow to these deliveries too."""
    if letter.kind == MessageKind.DIGEST:
        catch_up_digest(digest_id=letter.id, delivery_ids=delivery_ids)
    else:
        catch_up(about=letter.about, delivery_ids=delivery_ids)


@transaction.atomic
def follow_uncertain(letter: Letter, delivery_ids: Sequence[int]) -> None:
    """Let what followed it follow to those too who perhaps got it from a worker that died."""
    prepared.rows(_END_LEASE, [letter.id, None])
    follow_up(letter, delivery_ids)


def _is_final(outcome: Outcome) -> bool:
    """Say whether nothing more is done with it: what perhaps went and may not go again is for a person to decide."""
    handover = outcome.handover
    return not handover.try_again or (handover.perhaps and not outcome.may_go_again)


def _write_handed(letter: Letter, outcomes: Sequence[Outcome]) -> None:
    states = [_state_of(outcome.handover) for outcome in outcomes]
    refs = [kept_ref(outcome.handover.provider_ref) for outcome in outcomes]
    prepared.rows(
        _HANDED,
        [
            [outcome.row.id for outcome in outcomes],
            [state.value for state in states],
            [RANK[state] for state in states],
            [outcome.gateway for outcome in outcomes],
            refs,
            [_detail(outcome) for outcome in outcomes],
            [not ref or outcome.handover.reference in ref for ref, outcome in zip(refs, outcomes, strict=True)],
            clock.told(),
            [outcome.row.id for outcome in outcomes],
        ],
    )
    charge(message_id=letter.id, costs=_costs(outcomes))


def _costs(outcomes: Sequence[Outcome]) -> list[Cost]:
    """Add up by provider what is billed: what it took, and what perhaps went."""
    handed: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    prices: Counter[str] = Counter()
    for outcome in outcomes:
        if _state_of(outcome.handover) in {DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN}:
            many = outcome.handover.parts or outcome.parts
            handed[outcome.gateway] += 1
            parts[outcome.gateway] += many
            prices[outcome.gateway] += round(many * outcome.price * 1000)
    return [Cost(name, many, parts[name], prices[name]) for name, many in handed.items()]


def _state_of(handover: Handover) -> DeliveryState:
    """Return what a hand-over means: a word that we do not know counts as perhaps sent, and is never sent again."""
    if handover.fate == Fate.UNKNOWN or handover.try_again:
        return DeliveryState.UNCERTAIN
    return DeliveryState(handover.fate.value)


def _detail(outcome: Outcome) -> str:
    """Return a provider's explanation as we keep it: many repeat the address, which is not for everybody's eyes."""
    if not outcome.handover.detail:
        return ""
    said = storable(outcome.handover.detail)
    for address in (outcome.row.address, outcome.row.address.removeprefix("+")):
        said = said.replace(address, "(address)") if address else said
    return said[:LONGEST_DETAIL]


def _write_put_back(letter: Letter, outcomes: Sequence[Outcome], *, cancelled: bool) -> None:
    columns = []
    for outcome in outcomes:
        perhaps = outcome.handover.perhaps
        state = DeliveryState.QUEUED
        if cancelled:
            state = DeliveryState.UNCERTAIN if perhaps or outcome.row.before else DeliveryState.CANCELLED
        wait = back_off(outcome.row.attempts) if outcome.wait_s is None else dt.timedelta(seconds=outcome.wait_s)
        counts = outcome.wait_s is None
        gateway = outcome.gateway if perhaps or outcome.row.before else ""
        columns.append((outcome.row.id, outcome.row.attempts, counts, state.value, wait, gateway, _detail(outcome)))
    prepared.rows(
        _PUT_BACK,
        [
            clock.told(),
            letter.until,
            letter.until,
            *(list(column) for column in zip(*columns, strict=True)),
            [outcome.row.id for outcome in outcomes],
            letter.id,
            letter.lane,
        ],
    )
