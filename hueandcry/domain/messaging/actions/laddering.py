"""Climbing: whoever an urgent alert did not reach by one way within minutes is tried by their next one.

So is whoever an important one did not reach by a way that says so: lost, not merely late. Who had enough for one week
gets that in the next digest, as the message itself would have come.

A second row for the same message and member, `rung` 1 and on: text, then telephone, then e-mail. Never outside what
they agreed to, their hours, a pause or a stop; a telephone that a household shares rings once. All of it is worked out
by a few statements a message, and doing it twice adds nothing: there is one row a member and way.
"""

import copy
import itertools
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.rules import Channel, Priority, Purpose
from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.actions.sparing import spared
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.queries.providers import channels_down
from hueandcry.domain.messaging.rules import MessageKind
from hueandcry.domain.messaging.rules.choosing import KNOWN_FOR, MARGIN_S, MEASURED, bounds_of
from hueandcry.domain.messaging.rules.ladder import (
    CLIMBED,
    CLIMBED_FOR,
    FAILS_OFTEN,
    FEWEST,
    LAST_RECEIPTS,
    SLEEPS,
    is_silence,
    lost_by,
    next_ways,
    waits_of,
)
from hueandcry.domain.records.actions import log
from hueandcry.gateways.registry import gateways
from hueandcry.kit import clock

# One climbs a message at a time: two would both find a household's telephone unused.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('climb ' || %s::bigint, 17))"
# Taken by whoever writes deliveries: nobody is deleted whom a row is written for at this moment (saying.insert_rows).
_NOBODY_GOES = "SELECT pg_advisory_xact_lock_shared(21078, 1)"
# What is climbed is a handful of people or half a county; a plan for a handful reads the message once for each of many.
_ONCE_EACH = "SET LOCAL enable_nestloop = off"
# How long a way takes for this member, nearly always, within bounds (`rules.choosing.wait_of`). Asked by its index, and
# only of rows without a word: most have one.
_OWN_WAIT = f"""(
    SELECT LEAST(GREATEST(lag.nearly_s + {MARGIN_S}, way.least), way.most) FROM messaging_lag AS lag
    WHERE lag.member_id = delivery.member_id AND lag.channel = delivery.channel AND lag.measured >= {MEASURED}
        AND lag.learned_at > %(known)s::timestamptz
)"""  # noqa: S608 - our own words only
# Where each row stands: heard of, lost, silent for too long, stuck in the queue, or still open (too early to say, or
# not to be climbed: stopped, asleep, kept for a digest). `begun` is when the first of the message went out.
_ROWS = f"""
    WITH way AS (
        SELECT *, way.wait * %(least)s::float8 AS least, way.wait * %(most)s::float8 AS most
        FROM unnest(%(channels)s::text[], %(waits)s::float8[], %(down)s::boolean[], %(silence)s::boolean[])
            AS way(channel, wait, is_down, silence)
    ), begun AS (
        SELECT COALESCE(min(accepted_at), %(queued_at)s::timestamptz) AS at FROM messaging_delivery
        WHERE message_id = %(message)s::bigint
    ), row AS (
        SELECT delivery.member_id, delivery.channel, delivery.address, delivery.rung, delivery.gateway, CASE
            WHEN delivery.state IN ('delivered', 'seen') THEN 'heard'
            WHEN delivery.state IN ('bounced', 'failed') AND delivery.channel = ANY(%(lost_by)s::text[]) THEN 'lost'
            WHEN delivery.state IN ('accepted', 'uncertain') AND way.silence
                AND (delivery.state = 'uncertain' OR delivery.rung > 0 OR delivery.gateway = ANY(%(telling)s::text[]))
                AND COALESCE(delivery.accepted_at, delivery.ended_at, delivery.next_at)
                    + make_interval(secs => way.least) <= %(now)s::timestamptz
                AND COALESCE(delivery.accepted_at, delivery.ended_at, delivery.next_at)
                    + make_interval(secs => COALESCE({_OWN_WAIT}, way.wait)) <= %(now)s::timestamptz
                THEN 'silent'
            WHEN delivery.state IN ('queued', 'leased')
                AND (way.is_down OR delivery.attempts - (delivery.state = 'leased')::int > 0)
                AND delivery.next_at <= %(asleep)s::timestamptz
                AND begun.at + make_interval(secs => way.wait * (delivery.rung + 1)) <= %(now)s::timestamptz
                THEN 'stuck'
            ELSE 'open'
        END AS stands
        FROM begun, messaging_delivery AS delivery LEFT JOIN way ON way.channel = delivery.channel
        WHERE delivery.message_id = %(message)s::bigint AND delivery.member_id IS NOT NULL
    )
"""  # noqa: S608 - our own words only
_SILENT = f"""
    {_ROWS}
    SELECT channel, count(*) FILTER (WHERE stands = 'silent'), count(*) FILTER (WHERE stands IN ('silent', 'heard')),
        bool_or(stands IN ('lost', 'silent', 'stuck'))
    FROM row GROUP BY channel
"""  # noqa: S608 - our own words only
_GIVE_RECEIPTS = """
    SELECT name FROM unnest(%s::text[]) AS name WHERE EXISTS (
        SELECT 1 FROM messaging_receipt
        WHERE id > (SELECT max(id) FROM messaging_receipt) - %s AND gateway = name AND fate IN ('delivered', 'seen')
    )
"""
# Whom nothing has reached. Who answered has heard of it, by whatever way; who pauses is left alone.
_UNREACHED = f"""
    {_ROWS}
    SELECT lost.member_id, lost.tried, lost.rung, COALESCE(poor.channels, '{{}}')
    FROM (
        SELECT member_id, array_agg(channel::text ORDER BY channel) AS tried, max(rung) AS rung FROM row
        GROUP BY member_id HAVING bool_and(stands IN ('lost', 'silent', 'stuck'))
    ) AS lost
    JOIN members_member AS member ON member.id = lost.member_id AND member.state = 'active'
        AND (member.paused_until IS NULL OR member.paused_until <= %(now)s::timestamptz)
    LEFT JOIN LATERAL (
        SELECT array_agg(lag.channel::text ORDER BY lag.channel) AS channels FROM messaging_lag AS lag
        WHERE lag.member_id = lost.member_id AND lag.sent >= %(fewest)s
            AND lag.failed >= lag.sent * %(often)s::float8
    ) AS poor ON true
    WHERE NOT EXISTS (
        SELECT 1 FROM messaging_conversation AS talk JOIN messaging_inbound AS said ON said.conversation_id = talk.id
        WHERE talk.about = %(about)s AND talk.member_id = lost.member_id
    )
    ORDER BY lost.member_id
"""  # noqa: S608 - our own words only
# The rows of one way. An address that the message used already is used no second time; whose address it is, or will be,
# is settled by this way, unless what went there is lost as well.
_CLIMB = """
    {rows}, here AS (SELECT %(now)s::timestamptz AS now), next AS MATERIALIZED ({spared}), marked AS MATERIALIZED (
        SELECT next.member_id, next.channel, next.address, count(row.address) > 0 AS used,
            bool_and(row.stands IN ('lost', 'silent', 'stuck')) AS is_lost,
            next.state, next.next_at,
            next.state = 'held' OR (next.state = 'queued' AND next.next_at <= here.now) AS may_go
        FROM here, next LEFT JOIN row ON row.channel = next.channel AND row.address = next.address
        GROUP BY next.member_id, next.channel, next.address, next.state, next.next_at, here.now
    ), added AS (
        INSERT INTO messaging_delivery (message_id, member_id, channel, address, lane, state, attempts, rung, next_at,
            gateway, provider_ref, detail)
        SELECT %(message)s::bigint, marked.member_id, marked.channel, marked.address, %(lane)s, marked.state, 0,
            whose.rung + 1, CASE WHEN marked.state = 'held' THEN marked.next_at ELSE here.now END, '', '', ''
        FROM here, marked JOIN unnest(%(members)s::bigint[], %(rungs)s::int[]) AS whose(member_id, rung)
            ON whose.member_id = marked.member_id
        WHERE marked.may_go AND NOT marked.used
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM added), array(
        SELECT contact.member_id FROM members_contactpoint AS contact
        WHERE contact.member_id = ANY(%(members)s::bigint[]) AND contact.channel = %(channel)s AND contact.address IN (
            SELECT address FROM marked WHERE CASE WHEN used THEN NOT is_lost ELSE may_go END
        )
    )
"""


def climb() -> int:
    """Try the next way for everybody whom an alert of today did not reach; return how many rows were added.

    Nothing of what was taken back, stands still, has ended or is over. Logged as `message.climbed`.
    """
    if routing.halted():
        return 0
    now = clock.now()
    running = Message.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now),
        kind=MessageKind.ALERT,
        priority__in=CLIMBED,
        queued_at__gt=now - CLIMBED_FOR,
        cancelled_at=None,
        paused_at=None,
    )
    down = channels_down()
    return sum(_climb(message, down) for message in running.order_by("id"))


@transaction.atomic
def keep_off(*, message_ref: str, channel: Channel) -> None:
    """Keep a message off one way for good: nobody whom another way does not reach is tried by it."""
    Message.objects.filter(ref=message_ref).update(never_by=channel)


@transaction.atomic
def _climb(message: Message, down: Collection[Channel]) -> int:
    """Climb for one message, unless another worker does so at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [message.pk])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_NOBODY_GOES)
        cursor.execute(_ONCE_EACH)
        asked = _asked(message, down)
        cursor.execute(_SILENT, asked)
        counts = cursor.fetchall()
        if not any(anything for *_, anything in counts):
            return 0
        asked["silence"] = _silences(asked["channels"], counts)
        cursor.execute(_UNREACHED, asked)
        groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[int, int]]] = defaultdict(list)
        for member_id, tried, rung, poor in cursor.fetchall():
            groups[tuple(tried), tuple(poor)].append((member_id, rung))
    added = sum(_up(message, asked, left, tried=tried, poor=poor) for (tried, poor), left in groups.items())
    if added:
        log("message.climbed", subject=f"message:{message.ref}", about=message.about, deliveries=added)
    return added


def _up(
    message: Message,
    asked: Mapping[str, Any],
    left: Sequence[tuple[int, int]],
    *,
    tried: Sequence[str],
    poor: Sequence[str],
) -> int:
    """Try those members by one way after the other, each until one is found; return how many rows were added."""
    added, settled = 0, set[int]()
    for channel in next_ways(Priority(message.priority), tried=(*tried, message.never_by), poor=poor):
        many, found = _by(channel, [one for one in left if one[0] not in settled], message, asked)
        added, settled = added + many, settled | found
    return added


def _asked(message: Message, down: Collection[Channel]) -> dict[str, Any]:
    """Return what the statements about one message are asked with."""
    now, waits = clock.now(), waits_of(Priority(message.priority))
    least, most = bounds_of(Priority(message.priority))
    return {
        "message": message.pk,
        "about": message.about,
        "lane": message.lane,
        "queued_at": message.queued_at,
        "now": now,
        "asleep": now + SLEEPS,
        "channels": [channel.value for channel in waits],
        "least": least,
        "most": most,
        "known": now - KNOWN_FOR,
        "waits": [wait.total_seconds() for wait in waits.values()],
        "down": [channel in down for channel in waits],
        "silence": [True for _ in waits],
        "lost_by": [channel.value for channel in lost_by(Priority(message.priority))],
        "telling": _give_receipts(),
        "fewest": FEWEST,
        "often": FAILS_OFTEN,
    }


def _give_receipts() -> list[str]:
    """Return the providers that tell what became of a message: only of those does it mean anything to hear nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_RECEIPTS, [[gateway.name for gateway in gateways()], LAST_RECEIPTS])
        return [name for (name,) in cursor.fetchall()]


def _silences(channels: Sequence[str], counts: Sequence[tuple[str, int, int, bool]]) -> list[bool]:
    says = {channel: is_silence(silent=silent, handed=handed) for channel, silent, handed, _ in counts}
    return [says.get(channel, True) for channel in channels]


def _by(
    channel: Channel, left: Sequence[tuple[int, int]], message: Message, asked: Mapping[str, Any]
) -> tuple[int, set[int]]:
    """Add rows for these members by one way; return how many, and for whom nothing more is to be tried now."""
    if not left:
        return 0, set()
    ids = [member_id for member_id, _ in left]
    rows, params = members.reachable(
        member_ids=ids,
        organisation_id=message.organisation_id,
        purpose=Purpose.ALERT,
        channels=[channel],
        priority=Priority(message.priority),
    )
    # Hours are asked of this moment, not of the one at which the message was written.
    now = copy.copy(message)
    now.queued_at = asked["now"]
    sql, named = _named(*spared(now, rows, params))
    given = {**asked, **named, "members": ids, "rungs": [rung for _, rung in left], "channel": channel.value}
    with connection.cursor() as cursor:
        cursor.execute(_CLIMB.format(rows=_ROWS, spared=sql), given)
        added, settled = cursor.fetchone()
    return int(added), set(settled)


def _named(sql: str, params: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """Return SQL and its parameters by name instead of by place."""
    places = itertools.count()
    named = re.sub("%s", lambda _: f"%(place{next(places)})s", sql)
    return named, {f"place{place}": value for place, value in enumerate(params)}
