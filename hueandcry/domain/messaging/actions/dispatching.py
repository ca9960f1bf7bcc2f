"""Handing messages over: claim a window of rows, send it, write what became of it, claim again (ADR 13)."""

import datetime as dt
import itertools
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from hueandcry.domain.members.queries import applying as members
from hueandcry.domain.members.queries.devices import device_code
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.members.rules.applying import spoken_code
from hueandcry.domain.messaging.actions.receipts import collect, rank_of
from hueandcry.domain.messaging.actions.saying import STOPPED, agreed_for, catch_up, catch_up_digest
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.queries import words_of
from hueandcry.domain.messaging.rules import (
    DUE,
    ENDED_BY_STOP,
    KEEP_TRYING,
    LEASE,
    RANK,
    SLICE,
    DeliveryState,
    MessageKind,
    Words,
    back_off,
    kept_ref,
)
from hueandcry.domain.messaging.rules.budget import AGREED_TO, PAUSED_WITH
from hueandcry.domain.organisations.rules import OrganisationKind
from hueandcry.gateways.contract import Fate, GatewayError, Handover, Outgoing
from hueandcry.gateways.registry import gateway_for
from hueandcry.kit import clock, jobs
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.text import storable

logger = logging.getLogger(__name__)

# How long after a dispatch the providers are asked again for receipts.
SOON = dt.timedelta(seconds=5)
LONGEST_DETAIL = 200

# The lease and the verdict in one statement: cancelled, expired and stopped rows end here and are never handed over.
# One whose lease ran out was perhaps handed over: it is never said of it that it was not sent.
# `id > %s` walks on past the rows of this run, so that their dead index entries are not read again and again.
_CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id, state, channel, address, message_id, member_id FROM messaging_delivery
        WHERE message_id = %s AND state IN ('queued', 'leased') AND next_at <= %s AND id > %s
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    )
    UPDATE messaging_delivery AS delivery SET
        state = verdict.state,
        attempts = delivery.attempts + (verdict.state = 'leased')::int,
        next_at = CASE WHEN verdict.state = 'queued' THEN pause.until ELSE %s END,
        ended_at = CASE WHEN verdict.state IN ('leased', 'queued') THEN NULL ELSE %s END
    FROM due LEFT JOIN LATERAL ({pause}) AS pause ON true, messaging_message AS message, LATERAL (
        SELECT CASE
            WHEN verdict.state <> 'leased' AND due.state = 'leased' THEN 'uncertain'
            ELSE verdict.state
        END AS state
        FROM (
            SELECT CASE
                WHEN message.cancelled_at IS NOT NULL THEN 'cancelled'
                WHEN %s THEN 'expired'
                WHEN {stopped} OR {withdrawn} THEN 'stopped'
                WHEN {came_back} THEN 'bounced'
                WHEN pause.until >= %s THEN 'expired'
                WHEN pause.until IS NOT NULL THEN 'queued'
                ELSE 'leased'
            END AS state
        ) AS verdict
    ) AS verdict
    WHERE delivery.id = due.id AND message.id = due.message_id
    RETURNING delivery.id, delivery.channel, delivery.address, delivery.attempts, delivery.state,
        CASE WHEN delivery.channel = 'email' OR message.kind = 'welcome' THEN (
            SELECT page_token FROM members_member AS member WHERE member.id = delivery.member_id
        ) END,
        CASE WHEN message.frames <> '{{}}'::jsonb THEN (
            SELECT language FROM members_member AS member WHERE member.id = delivery.member_id
        ) END
"""
# What a member agreed to may have ended on their page or at their door since it was queued. People who share a
# telephone are told once, in the name of one: when that one withdraws, the others still hear it.
_WITHDRAWN = f"""(due.member_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM members_consent AS agreed
    WHERE agreed.member_id = due.member_id AND agreed.organisation_id = message.organisation_id
        AND agreed.channel = due.channel AND agreed.withdrawn_at IS NULL AND {agreed_for("message")}
) AND NOT EXISTS (
    SELECT 1 FROM members_contactpoint AS contact JOIN members_consent AS agreed ON agreed.member_id = contact.member_id
    WHERE contact.address = due.address AND contact.channel = due.channel AND contact.member_id <> due.member_id
        AND contact.confirmed_at IS NOT NULL AND contact.suspended_at IS NULL
        AND agreed.organisation_id = message.organisation_id AND agreed.channel = due.channel
        AND agreed.withdrawn_at IS NULL AND {agreed_for("message")}
))"""  # noqa: S608 - our own words only
# One digest may carry the messages of several senders: each of those agreements must still stand.
_WITHDRAWN_FROM_DIGEST = f"""EXISTS (
    SELECT 1 FROM messaging_delivery AS part JOIN messaging_message AS said ON said.id = part.message_id
    WHERE part.bundled_in_id = due.message_id AND part.member_id = due.member_id AND NOT EXISTS (
        SELECT 1 FROM members_consent AS agreed
        WHERE agreed.member_id = due.member_id AND agreed.organisation_id = said.organisation_id
            AND agreed.channel = due.channel AND agreed.withdrawn_at IS NULL AND {agreed_for("said")}
    )
)"""  # noqa: S608 - our own words only
# Messages came back from there since it was queued: it is not used before the member was asked.
_CAME_BACK = """EXISTS (
    SELECT 1 FROM members_contactpoint AS contact
    WHERE contact.member_id = due.member_id AND contact.channel = due.channel AND contact.address = due.address
        AND contact.suspended_at IS NOT NULL
)"""
# Who pauses hears nothing until the end of it, though it was queued before; a pause without an end outlasts everything.
_PAUSE = """
    SELECT COALESCE(member.paused_until, 'infinity') AS until FROM members_member AS member
    WHERE member.id = due.member_id AND (
        member.paused_until > %s OR (member.state = 'paused' AND member.paused_until IS NULL)
    )
"""
_NO_PAUSE = "SELECT NULL::timestamptz AS until"
_HANDED = """
    UPDATE messaging_delivery AS delivery SET
        state = CASE WHEN {rank_now} < outcome.rank THEN outcome.state ELSE delivery.state END,
        gateway = outcome.gateway,
        provider_ref = outcome.provider_ref,
        detail = outcome.detail,
        accepted_at = CASE
            WHEN outcome.state = 'accepted' THEN COALESCE(delivery.accepted_at, %s) ELSE delivery.accepted_at
        END,
        ended_at = CASE WHEN outcome.state = 'accepted' THEN delivery.ended_at ELSE COALESCE(delivery.ended_at, %s) END
    FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[], %s::text[])
        AS outcome(id, state, rank, gateway, provider_ref, detail)
    WHERE delivery.id = outcome.id
"""
_PUT_BACK = """
    UPDATE messaging_delivery AS delivery SET
        state = outcome.state,
        next_at = outcome.next_at,
        detail = outcome.detail,
        ended_at = CASE WHEN outcome.state = 'queued' THEN NULL ELSE %s END
    FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::timestamptz[], %s::text[])
        AS outcome(id, attempts, state, next_at, detail)
    WHERE delivery.id = outcome.id AND delivery.state = 'leased' AND delivery.attempts = outcome.attempts
"""
# The messages with due rows, by a loose scan of the partial index: a newsletter's million rows are not read.
_NEGLECTED = """
    WITH RECURSIVE due(message_id) AS (
        SELECT min(message_id) FROM messaging_delivery WHERE state IN ('queued', 'leased')
        UNION ALL
        SELECT (
            SELECT min(message_id) FROM messaging_delivery
            WHERE state IN ('queued', 'leased') AND message_id > due.message_id
        ) FROM due WHERE due.message_id IS NOT NULL
    )
    SELECT message.ref FROM due JOIN messaging_message AS message ON message.id = due.message_id
    WHERE EXISTS (
        SELECT 1 FROM messaging_delivery AS delivery
        WHERE delivery.message_id = due.message_id AND delivery.state IN ('queued', 'leased') AND delivery.next_at <= %s
    )
    ORDER BY message.lane, message.id
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """One claimed delivery; whose it is stands in no trace of an error."""

    id: int
    channel: Channel
    address: str = field(repr=False)
    attempts: int
    page_token: str | None = field(repr=False)
    language: str | None = None


class _Outcome(NamedTuple):
    """What became of one claimed delivery: handed over or refused for good, or back into the queue."""

    row: _Row
    gateway: str
    handover: Handover


class _Said(NamedTuple):
    """What is said in one language; an e-mail in the pieces between which the link to somebody's page stands."""

    text: str
    spoken: str
    subject: str
    email: list[str]

    @classmethod
    def of(cls, words: Words) -> "_Said":
        """Make it ready for many."""
        return cls(words.text, words.spoken, words.subject, words.email.split("{page}"))


class _Letter:
    """One message as every channel says it: what can be built once is built once, before anybody is written to."""

    def __init__(self, message: Message) -> None:
        self.id, self.ref, self.about = message.pk, message.ref, message.about
        self.kind = MessageKind(message.kind)
        self.signs = message.organisation.signs_as
        self.sender = _whose(message)
        self.own = _Said.of(words_of(message=message, language=""))
        self.others = {language: _Said.of(words_of(message=message, language=language)) for language in message.frames}
        self.until = message.expires_at or message.queued_at + KEEP_TRYING
        # A code is computed here and stands in no table.
        room, _, ref = message.about.partition(":")
        computed = {"application": members.application_code, "device": device_code}.get(room)
        is_code = self.kind == MessageKind.WELCOME and "{code}" in message.text
        self.code = computed(ref=ref) if computed and is_code else ""

    def to(self, row: _Row) -> Outgoing:
        """Return what one row's address gets."""
        reference = f"{self.ref}-{row.id}"
        page = f"{settings.SITE_ADDRESS}/my/{row.page_token}/" if row.page_token else f"{settings.SITE_ADDRESS}/"
        said = self.others.get(row.language or "", self.own)
        if row.channel != Channel.EMAIL:
            body = said.spoken if row.channel == Channel.VOICE else said.text
            if self.kind == MessageKind.WELCOME:
                code = spoken_code(self.code) if row.channel == Channel.VOICE else self.code
                body = body.replace("{page}", page).replace("{code}", code)
            # What goes by itself in a call, after somebody rang us, says what 1 and 9 do.
            keys = row.channel == Channel.VOICE and self.kind == MessageKind.CONTROL
            return Outgoing(reference, row.address, body, sender=self.signs, own_keys=keys)
        body = page.join(said.email)
        if self.kind == MessageKind.WELCOME:
            body = body.replace("{code}", self.code)
        if not row.page_token:
            return Outgoing(reference, row.address, body, said.subject, self.signs)
        # One press in the mail program stops it, without a page in between: RFC 8058.
        headers = (
            ("List-Unsubscribe", f"<{page}stop/{self.sender}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        )
        return Outgoing(reference, row.address, body, said.subject, self.signs, headers)


def _whose(message: Message) -> str:
    """Return what a press in the mail program ends: a scheme's own messages or a partner's alone, else everybody's."""
    if message.scheme is not None:
        return f"?scheme={message.scheme.ref}"
    is_force = message.organisation.kind == OrganisationKind.FORCE
    return "" if is_force else f"?from={message.organisation_id}"


def dispatch(*, message_ref: str) -> int:
    """Hand over what is due of one message, window by window; return how many rows were dealt with.

    Many workers may do so side by side. Rows that must wait ask for the job again at their time; a run that takes long
    steps back behind other messages.

    Raises:
        NotHereError: there is no such message.
    """
    letter = _open(message_ref)
    started, dealt_with, after = clock.now(), 0, 0
    while True:
        rows, most, last = _claim(letter, after)
        dealt_with += most
        if rows:
            _deal_with(letter, rows)
        if clock.now() - started > SLICE:
            jobs.defer("messaging.dispatch", subject=f"message:{letter.ref}", record=0, once=f"dispatch {letter.ref}")
            break
        if most < settings.SEND_WINDOW and after == 0:
            _come_back_later(letter)
            break
        # A short window is the end of this walk: look once more from the beginning, for rows put back or fallen due.
        after = last if most == settings.SEND_WINDOW else 0
    if dealt_with:
        collect()
        jobs.defer("messaging.collect_soon", at=clock.now() + SOON, once="collect soon")
    return dealt_with


def sweep() -> int:
    """Ask for a dispatch of every message with rows that wait for nobody: a worker died, or a job was lost."""
    with connection.cursor() as cursor:
        cursor.execute(_NEGLECTED, [clock.now()])
        refs = [ref for (ref,) in cursor.fetchall()]
    for ref in refs:
        jobs.defer("messaging.dispatch", subject=f"message:{ref}", record=0, once=f"dispatch {ref}")
    return len(refs)


def _open(message_ref: str) -> _Letter:
    try:
        return _Letter(Message.objects.select_related("organisation", "scheme").get(ref=message_ref))
    except Message.DoesNotExist:
        raise NotHereError(f"message:{message_ref}") from None


def _claim(letter: _Letter, after: int) -> tuple[list[_Row], int, int]:
    """Lease one window; return the rows to send, how many were claimed at all, and the last one's id."""
    now = clock.now()
    stopped = "false" if letter.kind == MessageKind.CONTROL else STOPPED.format(row="due")
    withdrawn = _WITHDRAWN if letter.kind in AGREED_TO else "false"
    if letter.kind == MessageKind.DIGEST:
        withdrawn = _WITHDRAWN_FROM_DIGEST
    pauses = letter.kind in PAUSED_WITH
    ends = letter.kind in ENDED_BY_STOP
    only_everything = [] if letter.kind == MessageKind.CONTROL else [not ends]
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM.format(
                stopped=stopped,
                withdrawn=withdrawn,
                came_back=_CAME_BACK if ends else "false",
                pause=_PAUSE if pauses else _NO_PAUSE,
            ),
            [
                *(letter.id, now, after, settings.SEND_WINDOW),
                *(now + LEASE, now),
                *([now] if pauses else []),
                now >= letter.until,
                *only_everything,
                letter.until,
            ],
        )
        claimed = cursor.fetchall()
    rows = [
        _Row(pk, Channel(channel), address, attempts, token, language)
        for pk, channel, address, attempts, state, token, language in claimed
        if state == DeliveryState.LEASED
    ]
    perhaps = [row[0] for row in claimed if row[4] == DeliveryState.UNCERTAIN]
    if perhaps:
        with transaction.atomic():
            _held(letter)
            _follow_up(letter, perhaps)
    return rows, len(claimed), max((row[0] for row in claimed), default=after)


def _deal_with(letter: _Letter, rows: Sequence[_Row]) -> None:
    """Send one window and write what became of it, whatever happens on the way."""
    outcomes: list[_Outcome] = []
    try:
        for channel, group in itertools.groupby(sorted(rows, key=lambda row: row.channel), lambda row: row.channel):
            outcomes.extend(_send(letter, channel, list(group), outcomes))
    finally:
        _record(letter, outcomes)


def _send(letter: _Letter, channel: Channel, rows: Sequence[_Row], outcomes: list[_Outcome]) -> Iterable[_Outcome]:
    """Send by one channel; what was handed over goes to `outcomes` at once, what was not is returned."""
    waiting = {f"{letter.ref}-{row.id}": row for row in rows}
    trouble = "The provider said nothing of it."
    try:
        gateway = gateway_for(channel)
        for handover in gateway.send([letter.to(row) for row in rows]):
            row = waiting.pop(handover.reference, None)
            if row is not None:
                outcomes.append(_Outcome(row, gateway.name, handover))
    except GatewayError as fault:
        trouble = str(fault)
        logger.warning(
            "No gateway for now.", extra={"channel": channel.value, "letter": letter.ref, "waiting": len(waiting)}
        )
    return [
        _Outcome(row, "", Handover(reference, Fate.UNKNOWN, detail=trouble, try_again=True))
        for reference, row in waiting.items()
    ]


def _held(letter: _Letter) -> bool:
    """Hold the message against cancelling until the transaction ends; say whether it is cancelled already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cancelled_at IS NOT NULL FROM messaging_message WHERE id = %s FOR SHARE", [letter.id])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def _record(letter: _Letter, outcomes: Sequence[_Outcome]) -> None:
    """Write what became of one window: two statements at most, and one more when it was cancelled meanwhile."""
    if not outcomes:
        return
    cancelled = _held(letter)
    handed = [outcome for outcome in outcomes if not outcome.handover.try_again]
    _write_handed(handed)
    _write_put_back([outcome for outcome in outcomes if outcome.handover.try_again], letter, cancelled=cancelled)
    if cancelled and handed:
        _follow_up(letter, [outcome.row.id for outcome in handed])


def _follow_up(letter: _Letter, delivery_ids: Sequence[int]) -> None:
    """Let what followed the message, or the messages of a digest, follow to these deliveries too."""
    if letter.kind == MessageKind.DIGEST:
        catch_up_digest(digest_id=letter.id, delivery_ids=delivery_ids)
    else:
        catch_up(about=letter.about, delivery_ids=delivery_ids)


def _write_handed(outcomes: Sequence[_Outcome]) -> None:
    if not outcomes:
        return
    now = clock.now()
    states = [_state_of(outcome.handover.fate) for outcome in outcomes]
    with connection.cursor() as cursor:
        cursor.execute(
            _HANDED.format(rank_now=rank_of("delivery.state")),
            [
                now,
                now,
                [outcome.row.id for outcome in outcomes],
                [state.value for state in states],
                [RANK[state] for state in states],
                [outcome.gateway for outcome in outcomes],
                [kept_ref(outcome.handover.provider_ref) for outcome in outcomes],
                [_detail(outcome) for outcome in outcomes],
            ],
        )


def _detail(outcome: _Outcome) -> str:
    """Return a provider's explanation as we keep it: many repeat the address, which is not for everybody's eyes."""
    said = storable(outcome.handover.detail)
    for address in (outcome.row.address, outcome.row.address.removeprefix("+")):
        said = said.replace(address, "(address)") if address else said
    return said[:LONGEST_DETAIL]


def _state_of(fate: Fate) -> DeliveryState:
    """Return what a hand-over means: a word that we do not know counts as perhaps sent, and is never sent again."""
    return DeliveryState.UNCERTAIN if fate == Fate.UNKNOWN else DeliveryState(fate.value)


def _write_put_back(outcomes: Sequence[_Outcome], letter: _Letter, *, cancelled: bool) -> None:
    if not outcomes:
        return
    now = clock.now()
    times = [now + back_off(outcome.row.attempts) for outcome in outcomes]
    if cancelled:
        states = [DeliveryState.CANCELLED for _ in outcomes]
    else:
        states = [DeliveryState.EXPIRED if at >= letter.until else DeliveryState.QUEUED for at in times]
    with connection.cursor() as cursor:
        cursor.execute(
            _PUT_BACK,
            [
                now,
                [outcome.row.id for outcome in outcomes],
                [outcome.row.attempts for outcome in outcomes],
                [state.value for state in states],
                times,
                [_detail(outcome) for outcome in outcomes],
            ],
        )


def _come_back_later(letter: _Letter) -> None:
    """Ask for the job again when the first of the rows that wait is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(next_at) FROM messaging_delivery WHERE message_id = %s AND state = ANY(%s)",
            [letter.id, [state.value for state in DUE]],
        )
        (at,) = cursor.fetchone()
    if at is not None:
        # Runs side by side ask for the same moment: one job is enough.
        once = f"dispatch {letter.ref} {at:%H%M%S}"
        jobs.defer("messaging.dispatch", subject=f"message:{letter.ref}", record=0, at=at, once=once)
