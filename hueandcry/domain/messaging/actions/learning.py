"""Learning from what became of messages: which way works for whom, and which provider delivers late."""

from typing import Any

from django.db import connection, transaction

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.models import Lag
from hueandcry.domain.messaging.rules.by_hand import BY_HAND
from hueandcry.domain.messaging.rules.choosing import (
    CLOCK_S,
    INSTEAD,
    LONGEST_S,
    MEASURED,
    MOST_POOR,
    MOST_POOR_SHARE,
    NEARLY_ALWAYS,
    SLOW_S,
    SOONER,
    WORKS,
)
from hueandcry.domain.messaging.rules.ladder import FAILS_OFTEN, FEWEST, LEARNED_FROM
from hueandcry.domain.messaging.rules.routing import LATE_AFTER
from hueandcry.gateways.contract import GatewayError
from hueandcry.gateways.registry import routes_for
from hueandcry.kit import clock

# Members at a time, so that nobody waits for a long transaction and an old server keeps its memory.
WINDOW = 20_000
# What was handed over, as members of one window got it. A digest is no way of its own, and an exercise teaches nothing;
# nor does what somebody did by hand. Of what was seen or answered it is only known when it had been delivered where the
# provider's word of that is still kept: an answer three hours later says nothing of how long the text took.
_LEARN = f"""
    INSERT INTO messaging_lag AS lag (member_id, channel, sent, failed, measured, seconds, nearly_s, better, learned_at)
    SELECT sent.member_id, sent.channel, count(*), count(*) FILTER (WHERE sent.state IN ('failed', 'bounced')),
        count(took.seconds), percentile_disc(0.5) WITHIN GROUP (ORDER BY took.seconds),
        percentile_disc({NEARLY_ALWAYS}) WITHIN GROUP (ORDER BY took.seconds), 0, %(now)s
    FROM (
        SELECT delivery.member_id, delivery.channel, delivery.state, delivery.accepted_at, CASE delivery.state
            WHEN 'delivered' THEN delivery.ended_at
            WHEN 'seen' THEN (
                SELECT receipt.at FROM messaging_receipt AS receipt
                WHERE receipt.gateway = delivery.gateway AND receipt.provider_ref = delivery.provider_ref
                    AND receipt.fate = 'delivered'
            ) END AS arrived_at
        FROM messaging_delivery AS delivery
        WHERE delivery.member_id >= %(first)s AND delivery.member_id < %(last)s
            AND delivery.message_id = ANY(%(messages)s) AND delivery.gateway <> '{BY_HAND}'
            AND delivery.state IN ('accepted', 'delivered', 'seen', 'failed', 'bounced')
            AND EXISTS (SELECT 1 FROM members_member AS member WHERE member.id = delivery.member_id)
    ) AS sent CROSS JOIN LATERAL (
        SELECT EXTRACT(EPOCH FROM sent.arrived_at - sent.accepted_at)::bigint AS seconds
    ) AS apart LEFT JOIN LATERAL (
        SELECT GREATEST(apart.seconds, 0)::int AS seconds
        WHERE apart.seconds BETWEEN -{CLOCK_S} AND {LONGEST_S}
    ) AS took ON true
    GROUP BY sent.member_id, sent.channel
    ON CONFLICT (member_id, channel) DO UPDATE SET sent = excluded.sent, failed = excluded.failed,
        measured = excluded.measured, seconds = excluded.seconds, nearly_s = excluded.nearly_s,
        better = excluded.better, learned_at = excluded.learned_at
"""  # noqa: S608 - our own words only, here and in the two below
_FAILS = f"(lag.sent >= {FEWEST} AND lag.failed >= lag.sent * {FAILS_OFTEN})"
_POOR = f"(lag.measured >= {MEASURED} AND lag.seconds >= {SLOW_S} OR {_FAILS})"
# Ways that are slow or fail for so many that it is their provider's doing.
_IN_TROUBLE = f"""
    SELECT array_agg(channel) FROM (
        SELECT lag.channel::text AS channel FROM messaging_lag AS lag
        WHERE lag.learned_at = %(now)s AND lag.sent >= {FEWEST}
        GROUP BY lag.channel
        HAVING count(*) FILTER (WHERE {_POOR}) > GREATEST({MOST_POOR}, {MOST_POOR_SHARE} * count(*))
    ) AS trouble
"""  # noqa: S608
# Which ways of the same member are measured to be better than one that is slow or fails.
_BETTER = f"""
    UPDATE messaging_lag AS poor SET better = found.better FROM (
        SELECT lag.id, bit_or(1 << array_position(%(channels)s::text[], other.channel::text) - 1) AS better
        FROM messaging_lag AS lag JOIN messaging_lag AS other ON other.member_id = lag.member_id
        WHERE lag.member_id >= %(first)s AND lag.member_id < %(last)s AND {_POOR}
            AND NOT lag.channel = ANY(%(trouble)s::text[])
            AND other.channel <> lag.channel AND other.channel = ANY(%(instead)s::text[])
            AND other.measured >= {MEASURED} AND other.measured >= other.sent * {WORKS} AND other.seconds < {SLOW_S}
            AND ({_FAILS} OR other.seconds <= lag.seconds * {SOONER})
            AND lag.learned_at = %(now)s AND other.learned_at = %(now)s
        GROUP BY lag.id
    ) AS found WHERE poor.id = found.id
"""  # noqa: S608
_MESSAGES = """
    SELECT array_agg(id ORDER BY id) FROM messaging_message WHERE queued_at > %s AND NOT is_drill AND kind <> 'control'
"""
_MEMBERS = "SELECT min(id), max(id) FROM members_member"
# What was handed over between half an hour and five minutes ago, a part of the newest messages: enough to see by. What
# was seen was seen when its reader looked: that is not late.
_LATE = """
    SELECT sent.gateway, count(*),
        count(*) FILTER (WHERE sent.state = 'accepted' OR (
            sent.state = 'delivered' AND sent.ended_at > sent.accepted_at + make_interval(secs => %s)
        )),
        count(*) FILTER (WHERE sent.state <> 'accepted')
    FROM (
        SELECT id FROM messaging_message WHERE queued_at > %s AND NOT is_drill ORDER BY id DESC LIMIT 20
    ) AS message CROSS JOIN LATERAL (
        SELECT gateway, state, accepted_at, ended_at FROM messaging_delivery
        WHERE message_id = message.id AND gateway = ANY(%s) AND accepted_at > %s AND accepted_at <= %s
            AND state IN ('accepted', 'delivered', 'seen')
        LIMIT 2000
    ) AS sent
    GROUP BY sent.gateway
"""
_SET_LATE = """
    UPDATE messaging_provider SET late_percent = new.late
    FROM unnest(%s::text[], %s::int[]) AS new(name, late)
    WHERE messaging_provider.name = new.name AND messaging_provider.late_percent <> new.late
"""
# Fewer than these are chance.
FEWEST_LATE = 20
_LOOK_BACK = 6 * LATE_AFTER


def learn() -> int:
    """Work out for every member and way how long messages took and how often they failed; return how many lines.

    Of the last 90 days; what is older is forgotten. So whoever was moved to another way is told by their first one
    again when too little is left to say that it is slow: it may have mended.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, [now - LEARNED_FROM])
        messages = cursor.fetchone()[0] or []
        cursor.execute(_MEMBERS)
        first, last = cursor.fetchone()
    if not messages:
        Lag.objects.filter(learned_at__lt=now).delete()
        return 0
    asked: dict[str, Any] = {"now": now, "messages": messages}
    windows = [
        {**asked, "first": begin, "last": begin + WINDOW} for begin in range(first or 0, (last or 0) + 1, WINDOW)
    ]
    learned = sum(_written(_LEARN, window) for window in windows)
    Lag.objects.filter(learned_at__lt=now).delete()
    with connection.cursor() as cursor:
        cursor.execute(_IN_TROUBLE, asked)
        trouble = cursor.fetchone()[0] or []
    words = {"channels": [one.value for one in Channel], "instead": [one.value for one in INSTEAD], "trouble": trouble}
    for window in windows:
        _written(_BETTER, {**window, **words})
    return learned


@transaction.atomic
def _written(sql: str, asked: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return int(cursor.rowcount)


def weigh() -> None:
    """Write down which providers deliver late, where messages could go by another; elsewhere nothing is asked."""
    names = _with_a_choice()
    if not names:
        return
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _LATE, [LATE_AFTER.total_seconds(), now - 2 * _LOOK_BACK, names, now - _LOOK_BACK, now - LATE_AFTER]
        )
        seen = {name: (many, late, told) for name, many, late, told in cursor.fetchall()}
    # A provider that gives no receipts at all says nothing of how late it is.
    late = {name: 100 * late // many for name, (many, late, told) in seen.items() if many >= FEWEST_LATE and told}
    with connection.cursor() as cursor:
        cursor.execute(_SET_LATE, [names, [late.get(name, 0) for name in names]])
        if cursor.rowcount:
            routing.forget()


def _with_a_choice() -> list[str]:
    found: set[str] = set()
    for channel in Channel:
        try:
            routes = routes_for(channel)
        except GatewayError:
            continue
        if len(routes) > 1:
            found |= {route.gateway.name for route in routes}
    return sorted(found)
