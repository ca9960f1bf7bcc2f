"""Learning from what became of messages: which way works for whom, and which provider delivers late."""

from typing import Any

from django.db import connection, transaction

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.models import Lag
from hueandcry.domain.messaging.rules.ladder import LEARNED_FROM
from hueandcry.domain.messaging.rules.routing import LATE_AFTER
from hueandcry.gateways.contract import GatewayError
from hueandcry.gateways.registry import routes_for
from hueandcry.kit import clock

# Members at a time, so that nobody waits for a long transaction and an old server keeps its memory.
WINDOW = 20_000
# What was handed over, as members of one window got it. A digest is no way of its own, and an exercise teaches nothing.
_LEARN = """
    INSERT INTO messaging_lag AS lag (member_id, channel, sent, failed, seconds, learned_at)
    SELECT delivery.member_id, delivery.channel, count(*),
        count(*) FILTER (WHERE delivery.state IN ('failed', 'bounced')),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM delivery.ended_at - delivery.accepted_at)::int)
            FILTER (WHERE delivery.state IN ('delivered', 'seen') AND delivery.ended_at >= delivery.accepted_at),
        %(now)s
    FROM messaging_delivery AS delivery
    WHERE delivery.member_id >= %(first)s AND delivery.member_id < %(last)s AND delivery.message_id = ANY(%(messages)s)
        AND delivery.state IN ('accepted', 'delivered', 'seen', 'failed', 'bounced')
        AND EXISTS (SELECT 1 FROM members_member AS member WHERE member.id = delivery.member_id)
    GROUP BY delivery.member_id, delivery.channel
    ON CONFLICT (member_id, channel) DO UPDATE SET sent = excluded.sent, failed = excluded.failed,
        seconds = excluded.seconds, learned_at = excluded.learned_at
"""
_MESSAGES = """
    SELECT array_agg(id ORDER BY id) FROM messaging_message WHERE queued_at > %s AND NOT is_drill AND kind <> 'control'
"""
_MEMBERS = "SELECT min(id), max(id) FROM members_member"
# What was handed over between half an hour and five minutes ago, a part of the newest messages: enough to see by.
_LATE = """
    SELECT sent.gateway, count(*),
        count(*) FILTER (WHERE sent.state = 'accepted' OR sent.ended_at > sent.accepted_at + make_interval(secs => %s)),
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

    Of the last 90 days; what is older is forgotten.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, [now - LEARNED_FROM])
        messages = cursor.fetchone()[0] or []
        cursor.execute(_MEMBERS)
        first, last = cursor.fetchone()
    learned = 0
    for begin in range(first or 0, (last or 0) + 1, WINDOW) if messages else ():
        learned += _learn_window({"now": now, "messages": messages, "first": begin, "last": begin + WINDOW})
    Lag.objects.filter(learned_at__lt=now).delete()
    return learned


@transaction.atomic
def _learn_window(asked: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_LEARN, asked)
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
