"""Writing what became of a window: in one transaction with what it cost, and with the end of its lease."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from hueandcry.domain.messaging.actions.claiming import STANDS_STILL, Row, others_first
from hueandcry.domain.messaging.actions.correcting import put_back_meanwhile
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.actions.mending import note
from hueandcry.domain.messaging.actions.receipts import rank_of
from hueandcry.domain.messaging.actions.routing import CHARGE, Cost, charging
from hueandcry.domain.messaging.actions.saying import catch_up, catch_up_digest
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind, back_off, kept_ref
from hueandcry.gateways.contract import Fate, Handover
from hueandcry.kit import clock, prepared
from hueandcry.kit.prepared import numbers, split, texts
from hueandcry.kit.text import storable

LONGEST_DETAIL = 200
_STATES: dict[Fate, DeliveryState] = {fate: DeliveryState(fate.value) for fate in Fate if fate != Fate.UNKNOWN}

# Whether what is left of a claim is to wait: it is asked where something is written anyway.
_NOW = "COALESCE(%(now)s::timestamptz, clock_timestamp())"
_HELD = f"""
    SELECT message.cancelled_at IS NOT NULL AS cancelled, {_NOW} AS now,
        message.paused_at IS NOT NULL OR {STANDS_STILL} OR {others_first(_NOW, "%(lane)s::text")} AS waits
    FROM messaging_message AS message WHERE message.id = %(message)s::bigint FOR SHARE OF message
"""  # noqa: S608 - our own words only
# A claim that is done with is ended; of one that is not, the next window is said to be handed over. Nobody may do that
# with what was freed meanwhile (`claiming._FREE`).
_ENDED = """
        DELETE FROM messaging_stretch USING {held} WHERE id = %(lease)s::bigint AND is_leased AND %(next)s::bigint = 0
    ), next AS (
        UPDATE messaging_stretch SET handed_to = %(next)s::bigint FROM {held}
        WHERE id = %(lease)s::bigint AND %(next)s::bigint BETWEEN handed_to AND last_id
        RETURNING id
"""
_OURS = "%(next)s::bigint = 0 OR EXISTS (SELECT 1 FROM next)"
# Held against cancelling until the transaction ends; then the lease, so that whoever takes over a lapsed one waits.
_KEEP_HOLD = f"""
    WITH held AS MATERIALIZED ({_HELD}), ended AS ({_ENDED.format(held="held")})
    SELECT cancelled, waits, {_OURS} FROM held
"""  # noqa: S608 - our own words only
# Written whoever has the lease by now: a worker that was merely slow knows what became of it, and by rank nothing ever
# goes backwards. That a second copy was refused says nothing of the first, which somebody has. The message is held
# before any of its rows, as by whoever takes it back.
_HANDED = f"""
    WITH held AS MATERIALIZED ({_HELD}), open AS MATERIALIZED (
        SELECT now FROM held WHERE NOT cancelled OR %(though_cancelled)s::boolean
    ), ended AS ({_ENDED.format(held="open")}), charged AS (
        {CHARGE.format(when="EXISTS (SELECT 1 FROM open)")}
    ), outcome AS MATERIALIZED (
        SELECT outcome.*, {rank_of("outcome.state")} AS rank, open.now,
            outcome.provider_ref = '' OR strpos(outcome.provider_ref, %(ref)s::text || '-' || outcome.id) > 0 AS is_own
        FROM open, unnest(
            %(ids)s::bigint[], {split("%(states)s")}, {split("%(gateways)s")}, {split("%(refs)s")},
            {split("%(details)s")}
        ) AS outcome(id, state, gateway, provider_ref, detail)
    ), written AS (
        UPDATE messaging_delivery AS delivery SET
            state = CASE WHEN {rank_of("delivery.state")} < outcome.rank THEN outcome.state ELSE delivery.state END,
            gateway = outcome.gateway,
            provider_ref = outcome.provider_ref,
            detail = outcome.detail,
            accepted_at = CASE
                WHEN outcome.state = 'accepted' THEN COALESCE(delivery.accepted_at, outcome.now)
                ELSE delivery.accepted_at
            END,
            ended_at = CASE
                WHEN outcome.state = 'accepted' THEN delivery.ended_at ELSE COALESCE(delivery.ended_at, outcome.now)
            END
        FROM outcome WHERE delivery.id = outcome.id AND delivery.id = ANY(%(ids)s::bigint[])
            AND (outcome.state = 'accepted' OR delivery.state NOT IN ('accepted', 'delivered', 'seen'))
    ), known AS (
        INSERT INTO messaging_providerref (gateway, ref, delivery_id)
        SELECT gateway, provider_ref, id FROM outcome WHERE NOT is_own
    )
    SELECT cancelled, waits, {_OURS} FROM held
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


class Standing(NamedTuple):
    """How a message stood when something of it was written.

    Attributes:
        cancelled: it was taken back.
        waits: it is held back, or others go first.
        ours: what was said to be handed over next is in our hands still.
    """

    cancelled: bool
    waits: bool
    ours: bool


class Hold(NamedTuple):
    """What is to become of a claim: without `next` it is done with, else it is handed over up to that row next."""

    lease: int | None = None
    next: int | None = None


def record(letter: Letter, outcomes: Sequence[Outcome], hold: Hold) -> Standing:
    """Write what became of one window and what it cost, and how far the claim is in our hands from now on."""
    # Nearly always all was taken and nobody took the message back meanwhile: that is one statement and one commit.
    if outcomes and all(_is_plain(outcome) for outcome in outcomes):
        standing = _write_handed(letter, outcomes, hold, though_cancelled=False)
        if not standing.cancelled:
            return standing
    return _record_all(letter, outcomes, hold)


@transaction.atomic
def _record_all(letter: Letter, outcomes: Sequence[Outcome], hold: Hold) -> Standing:
    handed = [outcome for outcome in outcomes if _is_final(outcome)]
    perhaps = [outcome.row.id for outcome in outcomes if outcome.handover.perhaps]
    standing = _write_handed(letter, handed, hold, though_cancelled=True) if handed else _keep_hold(letter, hold)
    cancelled = standing.cancelled
    if len(handed) < len(outcomes):
        _write_put_back(letter, [outcome for outcome in outcomes if not _is_final(outcome)], cancelled=cancelled)
    if cancelled and len(handed) < len(outcomes):
        put_back_meanwhile(message_id=letter.id, about=letter.about, kind=letter.kind)
    if cancelled and (handed or perhaps):
        follow_up(letter, [*(outcome.row.id for outcome in handed), *perhaps])
    bounced = [outcome.row.id for outcome in handed if outcome.handover.fate == Fate.BOUNCED]
    if bounced:
        note(delivery_ids=bounced)
    return standing


def follow_up(letter: Letter, delivery_ids: Sequence[int]) -> None:
    """Let what followed the message, or the messages of a digest, follow to these deliveries too."""
    if letter.kind == MessageKind.DIGEST:
        catch_up_digest(digest_id=letter.id, delivery_ids=delivery_ids)
    else:
        catch_up(about=letter.about, delivery_ids=delivery_ids)


@transaction.atomic
def follow_uncertain(letter: Letter, delivery_ids: Sequence[int]) -> None:
    """Let what followed it follow to those too who perhaps got it from a worker that died."""
    _keep_hold(letter, Hold())
    follow_up(letter, delivery_ids)


def _is_final(outcome: Outcome) -> bool:
    """Say whether nothing more is done with it: what perhaps went and may not go again is for a person to decide."""
    handover = outcome.handover
    return not handover.try_again or (handover.perhaps and not outcome.may_go_again)


def _is_plain(outcome: Outcome) -> bool:
    """Say whether nothing follows from it but that it is written."""
    return _is_final(outcome) and outcome.handover.fate != Fate.BOUNCED


def _keep_hold(letter: Letter, hold: Hold) -> Standing:
    (standing,) = prepared.rows(
        _KEEP_HOLD, {"message": letter.id, "lane": letter.lane.value, "now": clock.told(), **_holding(hold)}
    )
    return Standing(*standing)


def _holding(hold: Hold) -> dict[str, str]:
    # None would be of another type: a statement of its own to the database.
    return {"lease": str(hold.lease or 0), "next": str(hold.next or 0)}


def _write_handed(letter: Letter, outcomes: Sequence[Outcome], hold: Hold, *, though_cancelled: bool) -> Standing:
    """Write what is final, what it cost, and how far the claim is in our hands.

    Where the message was taken back nothing is written, unless that is meant.
    """
    ids: list[int] = []
    states, gateways, refs, details = (list[str]() for _ in range(4))
    billed: Counter[tuple[str, int, float]] = Counter()
    for row, gateway, handover, price, parts, *_ in outcomes:
        state = state_of(handover)
        ids.append(row.id)
        states.append(state)
        gateways.append(gateway)
        refs.append(kept_ref(handover.provider_ref))
        details.append(_detail(row, handover) if handover.detail else "")
        if state is DeliveryState.ACCEPTED or state is DeliveryState.UNCERTAIN:
            billed[gateway, handover.parts or parts, price] += 1
    (standing,) = prepared.rows(
        _HANDED,
        {
            "now": clock.told(),
            "message": letter.id,
            "lane": letter.lane.value,
            "ref": letter.ref,
            "though_cancelled": though_cancelled,
            "ids": numbers(ids),
            "states": texts(states),
            "gateways": texts(gateways),
            "refs": texts(refs),
            "details": texts(details),
            **_holding(hold),
            **charging(_costs(billed)),
        },
    )
    return Standing(*standing)


def _costs(billed: Counter[tuple[str, int, float]]) -> list[Cost]:
    """Add up by provider what is billed, of so many each: what it took, and what perhaps went."""
    costs: dict[str, Cost] = {}
    for (name, parts, price), many in billed.items():
        before = costs.get(name) or Cost(name, 0, 0, 0)
        costs[name] = Cost(
            name,
            before.handed + many,
            before.parts + many * parts,
            before.millipence + many * round(parts * price * 1000),
        )
    return list(costs.values())


def state_of(handover: Handover) -> DeliveryState:
    """Return what a hand-over means: a word that we do not know counts as perhaps sent, and is never sent again."""
    if handover.try_again:
        return DeliveryState.UNCERTAIN
    if handover.fate is Fate.ACCEPTED:
        return DeliveryState.ACCEPTED
    return _STATES.get(handover.fate, DeliveryState.UNCERTAIN)


def _detail(row: Row, handover: Handover) -> str:
    """Return a provider's explanation as we keep it: many repeat the address, which is not for everybody's eyes."""
    said = storable(handover.detail)
    for address in (row.address, row.address.removeprefix("+")):
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
        detail = _detail(outcome.row, outcome.handover)
        columns.append((outcome.row.id, outcome.row.attempts, counts, state.value, wait, gateway, detail))
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
