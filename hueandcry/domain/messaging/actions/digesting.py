"""One digest instead of many messages, for whoever had enough for one week (domain.md pitfall 36).

Held rows wait; once a day those that are due become one message. Members who wait for the same messages share it. Each
digest is written in one transaction with the rows that it carries, so a crash loses nothing and doubles nothing.
"""

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from hueandcry.domain.members.rules import Priority
from hueandcry.domain.messaging import queries
from hueandcry.domain.messaging.actions.saying import STOPPED, agreed_for, frames_of, insert_rows
from hueandcry.domain.messaging.actions.sparing import spared
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.queries import ENOUGH, LATELY, words_of
from hueandcry.domain.messaging.rules import PRIORITY_OF, Lane, MessageKind
from hueandcry.domain.messaging.rules.budget import DIGEST_LOST, LANE_OF, NOT_IN_DIGEST, WEEK, Slots, digest_slots
from hueandcry.domain.messaging.rules.digests import digest_words
from hueandcry.domain.messaging.rules.lines import in_every_language
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.organisations.rules import OrganisationKind
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.refs import new_long_ref
from hueandcry.kit.words import language_now

# A digest that never went out (taken back, stopped, too late) gives back what it carried; one that was lost on the way
# was sent, and its parts were not delivered. A digest that is older is done with.
_GIVE_BACK = """
    UPDATE messaging_delivery AS part SET
        state = CASE WHEN digest.state IN ('bounced', 'failed') THEN 'failed' ELSE 'held' END,
        detail = CASE WHEN digest.state IN ('bounced', 'failed') THEN %s ELSE '' END,
        bundled_in_id = CASE WHEN digest.state IN ('bounced', 'failed') THEN part.bundled_in_id END,
        ended_at = CASE WHEN digest.state IN ('bounced', 'failed') THEN part.ended_at END
    FROM messaging_message AS message
    JOIN messaging_delivery AS digest ON digest.message_id = message.id
    WHERE message.kind = 'digest' AND message.queued_at > %s
        AND digest.state IN ('bounced', 'failed', 'cancelled', 'expired', 'stopped')
        AND part.bundled_in_id = message.id AND part.member_id = digest.member_id AND part.state = 'bundled'
"""
# What waits in vain ends here: it is over or taken back, or its member left, or no longer wants it by this way.
_DROP = f"""
    UPDATE messaging_delivery AS held SET
        state = verdict.state,
        ended_at = %s,
        detail = CASE WHEN verdict.state = 'expired' THEN %s ELSE '' END
    FROM messaging_delivery AS row
    JOIN messaging_message AS message ON message.id = row.message_id
    LEFT JOIN members_member AS member ON member.id = row.member_id
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN message.cancelled_at IS NOT NULL THEN 'cancelled'
            WHEN message.expires_at <= %s THEN 'expired'
            WHEN member.id IS NULL OR member.state = 'left' OR {{stopped}} OR NOT EXISTS (
                SELECT 1 FROM members_consent AS agreed
                WHERE agreed.member_id = row.member_id AND agreed.organisation_id = message.organisation_id
                    AND agreed.channel = row.channel AND agreed.withdrawn_at IS NULL AND {agreed_for("message")}
            ) THEN 'stopped'
        END AS state
    ) AS verdict
    WHERE held.id = row.id AND row.is_held AND held.is_held AND verdict.state IS NOT NULL
"""  # noqa: S608 - our own words only
# Who gets a digest now: there is room in their week, or something would end before the next digest, or would wait for
# more than a week. Members are brought together by what they wait for.
_DUE = f"""
    WITH mine AS (
        SELECT held.member_id, array_agg(held.message_id ORDER BY held.message_id) AS parts,
            min(message.queued_at) AS oldest, min(message.expires_at) AS ends
        FROM messaging_delivery AS held
        JOIN messaging_message AS message ON message.id = held.message_id
        WHERE held.is_held AND message.queued_at <= %s
        GROUP BY held.member_id
    ), row AS (SELECT member_id FROM mine), {LATELY}
    SELECT mine.parts, array_agg(mine.member_id ORDER BY mine.member_id)
    FROM mine
    JOIN members_member AS member ON member.id = mine.member_id
    LEFT JOIN lately ON lately.member_id = mine.member_id
    WHERE (member.paused_until IS NULL OR member.paused_until <= %s)
        AND NOT (member.state = 'paused' AND member.paused_until IS NULL)
        AND (NOT {ENOUGH} OR mine.ends <= %s OR mine.oldest <= %s)
    GROUP BY mine.parts
    ORDER BY mine.parts
"""  # noqa: S608 - our own words only
_BUNDLE = """
    UPDATE messaging_delivery SET state = 'bundled', bundled_in_id = %s, ended_at = %s, detail = ''
    WHERE is_held AND message_id = ANY(%s) AND member_id = ANY(%s)
"""
# By the way that the most important of them would have gone.
_WAYS = """
    SELECT DISTINCT ON (part.member_id) part.member_id, part.channel, part.address
    FROM messaging_delivery AS part JOIN messaging_message AS message ON message.id = part.message_id
    WHERE {which}
    ORDER BY part.member_id, message.priority, part.id DESC
"""
_HELD = _WAYS.format(which="part.is_held AND part.message_id = ANY(%s) AND part.member_id = ANY(%s)")
_BUNDLED = _WAYS.format(which="part.bundled_in_id = %s")
# Who asked to stop at this very moment.
_LEFT_OVER = """
    UPDATE messaging_delivery AS part SET state = 'stopped' WHERE part.bundled_in_id = %s AND NOT EXISTS (
        SELECT 1 FROM messaging_delivery AS digest
        WHERE digest.message_id = part.bundled_in_id AND digest.member_id = part.member_id
    )
"""


def digest() -> int:
    """Send what was held back as one message to each member for whom it is time; return how many members.

    May run at any time and as often as wanted: each held row goes out once, at most one digest a day. Logged as
    `message.queued` for each digest.
    """
    now = clock.now()
    slots = digest_slots(timezone.localtime(now), settings.DIGEST_AT)
    _tidy(now)
    return sum(_bundle(parts, member_ids) for parts, member_ids in _due(now, slots))


def _tidy(now: dt.datetime) -> None:
    """Take back what a digest did not carry after all, and end what waits in vain."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [DIGEST_LOST, now - 2 * WEEK])
        cursor.execute(_DROP.format(stopped=STOPPED.format(row="row")), [now, NOT_IN_DIGEST, now, False])


def _due(now: dt.datetime, slots: Slots) -> list[tuple[list[int], list[int]]]:
    """Return which messages go together, and to whom."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DUE,
            [
                slots.last,
                *queries.lately_params(now=now),
                now,
                settings.MEMBER_BUDGET_WEEK,
                slots.coming,
                slots.coming - WEEK,
            ],
        )
        return list(cursor.fetchall())


@transaction.atomic
def _bundle(parts: Sequence[int], member_ids: Sequence[int]) -> int:
    """Write one digest of these messages for these members; return how many get it."""
    now = clock.now()
    # Shared: whoever takes one of them back waits, or is first, and then there is nothing to bundle until the next run.
    said = list(
        Message.objects.raw("SELECT * FROM messaging_message WHERE id = ANY(%s) ORDER BY id FOR SHARE", [parts])
    )
    if any(one.cancelled_at or (one.expires_at and one.expires_at <= now) for one in said):
        return 0
    message = _written(said, now)
    awake = _awake(message, parts, member_ids)
    if not awake:
        return 0
    message.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute(_BUNDLE, [message.pk, now, list(parts), awake])
        if not cursor.rowcount:
            # Another worker was faster.
            transaction.set_rollback(True)
            return 0
        added = insert_rows(message, _BUNDLED, [message.pk])
        cursor.execute(_LEFT_OVER, [message.pk])
    log(
        "message.queued",
        subject=f"message:{message.ref}",
        about=message.about,
        message_kind=message.kind,
        deliveries=added,
        priority=PRIORITY_OF[Lane(message.lane)],
    )
    return added


def _awake(message: Message, parts: Sequence[int], member_ids: Sequence[int]) -> list[int]:
    """Return who may be told at this moment: for the others it is made when their hours begin, of what counts then."""
    rows, params = spared(message, _HELD, [list(parts), list(member_ids)])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT array_agg(member_id) FROM ({rows}) AS row WHERE state = 'queued' AND next_at <= %s",  # noqa: S608
            [*params, message.queued_at],
        )
        (awake,) = cursor.fetchone()
    return awake or []


def _written(said: Sequence[Message], now: dt.datetime) -> Message:
    sender = _sender(said)
    words = in_every_language(
        lambda: digest_words([words_of(message=one, language=language_now()) for one in said], signs=sender.signs_as)
    )
    priority = Priority(min(one.priority for one in said))
    ref = new_long_ref()
    return Message(
        ref=ref,
        kind=MessageKind.DIGEST,
        about=f"digest:{ref}",
        organisation=sender,
        priority=priority,
        lane=LANE_OF[priority],
        text=words.text,
        spoken=words.spoken,
        subject=words.subject,
        email=words.email,
        frames=frames_of(words),
        invites_answers=any(one.invites_answers for one in said),
        queued_at=now,
        # What has ended goes to nobody: the rest then waits for the next digest.
        expires_at=min((one.expires_at for one in said if one.expires_at), default=None),
    )


def _sender(said: Sequence[Message]) -> Organisation:
    """Return who signs: the one sender of all, else the force, which each part of the e-mail stands beside."""
    senders = list(Organisation.objects.filter(pk__in={one.organisation_id for one in said}).order_by("id"))
    return next((one for one in senders if one.kind == OrganisationKind.FORCE), senders[0])
