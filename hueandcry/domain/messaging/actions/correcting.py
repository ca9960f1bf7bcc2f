"""Correcting what is out: those whom it reached hear what is right, those who still waited get the new words only."""

import datetime as dt
from typing import Any

from django.db import transaction

from hueandcry.domain.members.rules import Priority
from hueandcry.domain.messaging.actions.saying import cancel, follow, insert_rows, sent_on_its_way, write
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import TOLD, DeliveryState, Lane, MessageKind, MessagingError, Words
from hueandcry.domain.records.rules import SYSTEM

# What carries the words themselves, each newer one instead of those before it.
_WORDS = (MessageKind.ALERT, MessageKind.CORRECTION)
# Whose newest row was taken back before it was sent, and who heard of it in no other way. What a worker holds at this
# moment is left out: it becomes a hand-over, which the correction follows, or it is put back, and `carry_over` has it.
_WAITED = """
    WITH mine AS MATERIALIZED (
        SELECT row.id, row.member_id, row.channel, row.address, COALESCE(digest.state, row.state) AS state
        FROM messaging_delivery AS row
        JOIN messaging_message AS message ON message.id = row.message_id
        LEFT JOIN messaging_delivery AS digest
            ON digest.message_id = row.bundled_in_id AND digest.member_id = row.member_id
        WHERE message.about = %s AND message.kind = ANY(%s) AND row.address <> ''
    ), heard AS MATERIALIZED (
        SELECT member_id, channel, address FROM mine WHERE state = ANY(%s)
    ), newest AS (
        SELECT DISTINCT ON (channel, address) member_id, channel, address, state FROM mine
        ORDER BY channel, address, id DESC
    )
    SELECT newest.member_id, newest.channel, newest.address FROM newest
    WHERE newest.state = 'cancelled'
        AND NOT EXISTS (SELECT 1 FROM heard WHERE heard.member_id = newest.member_id)
        AND NOT EXISTS (
            SELECT 1 FROM heard WHERE heard.channel = newest.channel AND heard.address = newest.address
        )
"""


@transaction.atomic
def correct(
    *, about: str, correction: Words, fresh: Words, expires_at: dt.datetime | None, actor: str
) -> tuple[Message, Message]:
    """Tell those whom it reached what is right, by the way that reached them; the others get the new words alone.

    Return the message to the first and the one to the others. Logged as `message.cancelled` and `message.queued`.

    Raises:
        MessagingError: nothing was ever sent about this.
    """
    first = Message.objects.filter(about=about, kind=MessageKind.ALERT).order_by("id").first()
    if first is None:
        raise MessagingError("Nothing was sent about this, so there is nothing to correct.")
    cancel(about=about, actor=actor)
    followed = follow(kind=MessageKind.CORRECTION, about=about, words=correction, actor=actor, expires_at=expires_at)
    message = write(
        kind=MessageKind.ALERT,
        about=about,
        organisation_id=first.organisation_id,
        words=fresh,
        priority=Priority(first.priority),
        lane=Lane(first.lane),
        expires_at=expires_at,
        invites_answers=first.invites_answers,
        team_id=first.team_id,
    )
    added = insert_rows(message, _WAITED, _params(about))
    return followed, sent_on_its_way(message, added, actor)


def put_back_meanwhile(*, message_id: int, about: str, kind: MessageKind) -> None:
    """Carry over what was put back of a message, or of a digest, that was cancelled while a worker had it in hand."""
    if kind != MessageKind.DIGEST:
        carry_over(about=about)
        return
    parts = Delivery.objects.filter(bundled_in=message_id)
    ended = Message.objects.filter(pk__in=parts.values("message"), cancelled_at__isnull=False)
    for about_part in ended.order_by("id").values_list("about", flat=True).distinct():
        carry_over(about=about_part)


def carry_over(*, about: str) -> None:
    """Let the new words of what was corrected go to those too whom a worker had in hand and put back since.

    In the caller's transaction, which holds the message that was cancelled. Logged as `message.queued`.
    """
    if not Message.objects.filter(about=about, kind=MessageKind.CORRECTION).exists():
        return
    newest = Message.objects.select_for_update(no_key=True).filter(about=about, kind=MessageKind.ALERT)
    message = newest.order_by("-id").first()
    if message is None or message.cancelled_at is not None:
        return
    added = insert_rows(message, _WAITED, _params(about))
    if added:
        sent_on_its_way(message, added, SYSTEM)


def _params(about: str) -> list[Any]:
    heard = [*TOLD, DeliveryState.LEASED]
    return [about, [kind.value for kind in _WORDS], [state.value for state in heard]]
