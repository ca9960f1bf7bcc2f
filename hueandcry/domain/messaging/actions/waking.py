"""Asking for a dispatch: of one message, or of whatever is due and in nobody's hands."""

import datetime as dt

from hueandcry.domain.messaging.rules import ASKED_FOR, NEGLECTED_AFTER, PRIORITY_OF, TRUSTED, Lane
from hueandcry.kit import clock, jobs, prepared

DISPATCH = "messaging.dispatch"

# Messages with something due that nobody looked at for a while: a worker died, or a job was lost. Whoever asks for one
# notes it, so that a message whose dispatch fails each time is not asked for all the time. Those of a later lane would
# let the others pass anyway.
_DUE = """
    WITH here AS MATERIALIZED (
        SELECT COALESCE(%s::timestamptz, clock_timestamp()) AS now
    ), due AS MATERIALIZED (
        SELECT message.id, message.ref, stretch.lane, stretch.id AS stretch_id FROM messaging_stretch AS stretch
        JOIN messaging_message AS message ON message.id = stretch.message_id, here
        WHERE stretch.at <= here.now AND (message.paused_at IS NULL
            OR message.cancelled_at IS NOT NULL OR message.expires_at <= here.now)
            AND GREATEST(stretch.at, stretch.looked_at) <= here.now - CASE
                WHEN stretch.is_leased THEN interval '0' ELSE %s::interval
            END
    ), first AS MATERIALIZED (
        SELECT * FROM due WHERE NOT %s::boolean OR lane = (SELECT min(lane) FROM due)
    ), noted AS (
        UPDATE messaging_stretch AS stretch SET looked_at = here.now + %s::interval
        FROM here WHERE stretch.id IN (SELECT stretch_id FROM first) AND %s::boolean
    )
    SELECT DISTINCT ref, lane, id FROM first ORDER BY lane, id
"""
_FORGET = f"""
    DELETE FROM messaging_change WHERE at < clock_timestamp() - interval '{2 * TRUSTED.total_seconds()} s'
"""  # noqa: S608 - our own words only


def sweep() -> int:
    """Ask for a dispatch of every message with rows that are due; return how many messages."""
    prepared.rows(_FORGET, [])
    return _ask_for_due(dt.timedelta(0), is_look=False)


def look() -> int:
    """Ask for a dispatch of what nobody looked at for a few seconds, what is urgent first: a worker died."""
    return _ask_for_due(NEGLECTED_AFTER, is_look=True)


def ask_for(message_ref: str, lane: Lane, at: dt.datetime | None = None, *, to_share: bool = False) -> None:
    """Ask for a dispatch of one message, before those of later lanes.

    `to_share`: somebody has it in hand and much is left; that takes no hand which is kept free for what is urgent.
    """
    # Runs side by side ask for the same moment: one job is enough.
    once = f"dispatch {message_ref}" if at is None else f"dispatch {message_ref} {at:%H%M%S}"
    priority = PRIORITY_OF[lane] - to_share
    jobs.defer(DISPATCH, subject=f"message:{message_ref}", record=0, at=at, once=once, priority=priority)


def _ask_for_due(neglected_for: dt.timedelta, *, is_look: bool) -> int:
    found = prepared.rows(_DUE, [clock.told(), neglected_for, is_look, ASKED_FOR, is_look])
    for ref, lane, _ in found:
        ask_for(ref, Lane(lane))
    return len(found)
