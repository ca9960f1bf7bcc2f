"""Nobody is woken without need and nobody gets too much: when each row of a message may go, decided as it is written.

All of it is worked out by the one statement that writes the rows, for one member or for 33,000.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from hueandcry.domain.members.rules import Priority
from hueandcry.domain.members.rules.preferences import NO_HOURS, next_moment
from hueandcry.domain.messaging import queries
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.queries import ENOUGH, LATELY
from hueandcry.domain.messaging.rules import KEEP_TRYING, MessageKind
from hueandcry.domain.messaging.rules.budget import ASLEEP, AT_ONCE, OVER_BUDGET, can_be_held, digest_slots

_AT_ONCE = """
    SELECT row.member_id, row.channel, row.address, 'queued' AS state, %s::timestamptz AS next_at,
        NULL::timestamptz AS ended_at, '' AS detail
    FROM ({rows}) AS row
"""
# Each row goes at `next_at` or waits for a digest; what would be over by then ends at once, so that it can be counted.
# The offset keeps the hours of each from being worked out once more for each column that asks for them.
_SPARED = """
    WITH here AS (
        SELECT %s::timestamptz AS now, %s::timestamptz AS usual, %s::timestamptz AS until, %s::timestamptz AS digest_at,
            %s::date AS day, %s::int AS minute, %s::text AS zone
    ){kept_rows}{lately}
    SELECT kept.member_id, kept.channel, kept.address,
        CASE WHEN kept.next_at >= kept.until THEN 'expired' WHEN kept.over THEN 'held' ELSE 'queued' END AS state,
        kept.next_at,
        CASE WHEN kept.next_at >= kept.until THEN kept.now END AS ended_at,
        CASE WHEN kept.next_at < kept.until THEN '' WHEN kept.over THEN '{over_budget}' ELSE '{asleep}' END AS detail
    FROM (
        SELECT row.member_id, row.channel, row.address, here.now, here.until, {over} AS over,
            CASE WHEN {over} THEN here.digest_at WHEN {awake} THEN here.now
                WHEN own.id IS NULL THEN here.usual ELSE {own} END AS next_at
        FROM {row} AS row CROSS JOIN here
        LEFT JOIN members_preference AS own ON own.member_id = row.member_id AND own.channel = row.channel
            AND own.priority = %s AND own.from_minute IS NOT NULL AND own.until_minute IS NOT NULL
        {budget}
        OFFSET 0
    ) AS kept
"""
_BUDGET = """
        LEFT JOIN members_member AS member ON member.id = row.member_id
        LEFT JOIN lately ON lately.member_id = row.member_id
"""
# The same as `members.rules.preferences.Hours.holds`: past midnight when they end before they begin.
_HOLDS = """(
    own.from_minute = own.until_minute
    OR (own.from_minute < own.until_minute AND {minute} >= own.from_minute AND {minute} < own.until_minute)
    OR (own.from_minute > own.until_minute AND ({minute} >= own.from_minute OR {minute} < own.until_minute))
)"""
# A time that clocks jump over is the one that they show instead; of one that they show twice, the first to come.
_OWN_HOURS = f"""
    CASE WHEN {_HOLDS.format(minute="here.minute")} THEN here.now ELSE (
        SELECT min(begins.at - again.shift)
        FROM generate_series(0, 3) AS days,
            LATERAL (SELECT (here.day + days + make_interval(mins => own.from_minute)) AT TIME ZONE here.zone AS at)
                AS begins,
            LATERAL (SELECT begins.at AT TIME ZONE here.zone AS shown) AS clock,
            LATERAL (SELECT EXTRACT(HOUR FROM clock.shown)::int * 60 + EXTRACT(MINUTE FROM clock.shown)::int AS minute)
                AS local,
            (VALUES (interval '0'), (interval '1 hour')) AS again(shift)
        WHERE begins.at - again.shift > here.now AND (begins.at - again.shift) AT TIME ZONE here.zone = clock.shown
            AND {_HOLDS.format(minute="local.minute")}
    ) END"""  # noqa: S608 - our own words only


def spared(message: Message, rows: str, params: Sequence[Any], *, awake: bool = False) -> tuple[str, list[Any]]:
    """Return `rows` (member_id, channel, address) with state, next_at, ended_at and detail for a message's deliveries.

    `awake` says that the rows have a column of that name: who may be told at any hour.
    """
    kind, priority = MessageKind(message.kind), Priority(message.priority)
    if kind in AT_ONCE or priority == NO_HOURS:
        return _AT_ONCE.format(rows=rows), [message.queued_at, *params]
    here = timezone.localtime(message.queued_at)
    # An exercise would go out with what is real, in one digest.
    held = can_be_held(kind=kind, priority=priority) and not message.is_drill
    over = f"({ENOUGH})" if held else "false"
    sql = _SPARED.format(
        # Only what is asked twice is kept.
        kept_rows=f", row AS MATERIALIZED ({rows})" if held else "",
        row="row" if held else f"({rows})",
        lately=f", {LATELY}" if held else "",
        over=over,
        awake="row.awake" if awake else "false",
        own=_OWN_HOURS,
        budget=_BUDGET if held else "",
        asleep=ASLEEP,
        over_budget=OVER_BUDGET,
    )
    enough = [settings.MEMBER_BUDGET_WEEK] if held else []
    return sql, [
        message.queued_at,
        next_moment(priority, here) or message.queued_at,
        message.expires_at or message.queued_at + KEEP_TRYING,
        digest_slots(here, settings.DIGEST_AT).coming if held else None,
        here.date(),
        here.hour * 60 + here.minute,
        settings.TIME_ZONE,
        *params,
        *(queries.lately_params(now=message.queued_at) if held else []),
        *enough,
        *enough,
        priority.value,
    ]
