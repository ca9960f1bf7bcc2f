"""Claiming a window: who may still get it is asked, the rest ends here; what is claimed is leased (ADR 13, 19).

All of it is one statement. It takes the stretch of the message that waited longest, cuts the next rows off it, and
leaves behind a stretch for those that it could not take (they sleep, or somebody holds them at this moment). What is
claimed is a stretch of its own, due when the lease ends: after a crash it is there for whoever comes next.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from hueandcry.domain.members.rules import Channel, Purpose
from hueandcry.domain.messaging.actions.saying import STOPPED, agreed_for
from hueandcry.domain.messaging.rules import ENDED_BY_STOP, LEASE, SKIPPED_FOR, TRUSTED, DeliveryState, MessageKind
from hueandcry.domain.messaging.rules.budget import AGREED_FOR, AGREED_TO, PAUSED_WITH
from hueandcry.gateways.contract import Again, Gateway, GatewayError
from hueandcry.gateways.registry import SANDBOX, Route, routes_for, sandbox_for
from hueandcry.kit import clock, prepared

# The kill switch, as it is at this moment: what a process knows of it is up to a second old.
STANDS_STILL = "EXISTS (SELECT 1 FROM messaging_halt AS halt WHERE halt.lifted_at IS NULL)"


def others_first(now: str, lane: str) -> str:
    """Return SQL that says whether something of an earlier lane is due and in nobody's hands."""
    return f"""EXISTS (
        SELECT 1 FROM messaging_stretch AS other JOIN messaging_message AS said ON said.id = other.message_id
        WHERE other.at <= {now} AND NOT other.is_leased AND other.lane < {lane} AND said.paused_at IS NULL
    )"""  # noqa: S608 - our own words only


# Whoever stands in a message was asked for when it was written. Since then only a handful stopped, withdrew, paused or
# had messages come back (`changed`): only of those everything is asked again, unless nobody was asked then.
# `few` counts rows as they are seen, `open` those that could be locked: somebody else holds the difference, and they
# are looked at again a moment later. A row that is leased and yet due was perhaps handed over: it is never said of it
# that it was not sent, and where its provider would take it for another message a person decides. Rows of large tables
# are looked up by a list of keys or one by one (`OFFSET 0`): the planner has no other way to choose, however wrong its
# figures are, as they are while 33,000 rows are being written. Where every provider bears to be handed something again
# (`borne`) nobody waits until a claim is on the disk: outcomes are, and with them all that was written before. A server
# that falls in between forgets the claims in hand, which go again as after any other crash. Of what would come twice,
# and cost twice, a claim says how far it is handed over next (`handed_to`: one window), and whoever writes the outcomes
# of a window says the same of the next: what comes after that was surely not handed over when its worker died. It is
# free again before anything else is claimed (`_FREE`); of what goes in before that, no more than a window is claimed.
_CLAIM = """
    WITH here AS MATERIALIZED (
        SELECT COALESCE(%(now)s::timestamptz, clock_timestamp()) AS now
    ), message AS MATERIALIZED (
        SELECT message.cancelled_at IS NOT NULL AS cancelled,
            {stands_still} OR (
                message.paused_at IS NOT NULL AND message.cancelled_at IS NULL AND here.now < %(until)s::timestamptz
            ) AS paused,
            here.now >= %(until)s::timestamptz AS too_late,
            {others_first} AS gives_way,
            CASE
                WHEN message.queued_at > here.now - {trusted}
                    AND message.asked_from <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                    THEN message.asked_from
            END AS asked_from
        FROM messaging_message AS message, here WHERE message.id = %(message)s::bigint
    ), changed AS MATERIALIZED (
        SELECT whose, address_hash FROM messaging_change WHERE xid >= (SELECT asked_from FROM message)
    ), stretch AS MATERIALIZED (
        SELECT stretch.id, stretch.first_id, stretch.last_id FROM messaging_stretch AS stretch, here, message
        WHERE stretch.message_id = %(message)s::bigint AND stretch.at <= here.now AND stretch.handed_to IS NULL
            AND NOT message.paused AND NOT message.gives_way
        ORDER BY stretch.looked_at, stretch.id DESC LIMIT 1 FOR UPDATE OF stretch
    ), open AS MATERIALIZED (
        SELECT * FROM (
            SELECT row.*, count(*) OVER () AS locked,
                count(*) FILTER (WHERE row.channel <> ALL(%(borne)s::text[])) OVER (ORDER BY row.id) AS not_borne,
                bool_or(row.state = 'leased' OR row.gateway <> '') OVER () AS has_before
            FROM stretch CROSS JOIN LATERAL (
                SELECT delivery.id, delivery.state, delivery.channel, delivery.address, delivery.member_id,
                    delivery.next_at, delivery.gateway, delivery.attempts, delivery.rung
                FROM messaging_delivery AS delivery
                WHERE delivery.message_id = %(message)s::bigint AND delivery.id >= stretch.first_id
                    AND delivery.id <= stretch.last_id AND delivery.state IN ('queued', 'leased')
                ORDER BY delivery.message_id, delivery.id LIMIT %(many)s::int FOR UPDATE SKIP LOCKED
            ) AS row
        ) AS row WHERE not_borne <= {window} OR NOT has_before
    ), seen AS MATERIALIZED (
        SELECT count(*) AS many, max(open.id) AS last_id,
            count(*) < %(many)s::int AND count(*) = COALESCE(max(open.locked), 0) AS is_all,
            COALESCE(bool_or(open.has_before), false) AS has_before
        FROM open
    ), walked_to AS MATERIALIZED (
        SELECT stretch.id, stretch.first_id, seen.many,
            CASE WHEN seen.is_all THEN stretch.last_id ELSE seen.last_id END AS last_id,
            seen.is_all OR seen.last_id >= stretch.last_id AS to_its_end
        FROM stretch, seen
    ), few AS MATERIALIZED (
        SELECT CASE WHEN walked_to.last_id - walked_to.first_id + 1 = walked_to.many THEN walked_to.many ELSE (
            SELECT count(*) FROM messaging_delivery AS delivery
            WHERE delivery.message_id = %(message)s::bigint AND delivery.id >= (SELECT first_id FROM walked_to)
                AND delivery.id <= (SELECT last_id FROM walked_to) AND delivery.state IN ('queued', 'leased')
        ) END AS many FROM walked_to
    ), verdict AS MATERIALIZED (
        SELECT open.id, open.channel, open.address, open.attempts, open.gateway,
            open.state = 'leased' OR open.gateway <> '' AS before, member.page_token, member.language,
            CASE said.state WHEN 'later' THEN open.next_at WHEN 'queued' THEN {pause} END AS until, CASE
                WHEN said.state IN ('leased', 'later')
                    AND (open.gateway = '' OR said.state = 'later' OR open.gateway = ANY(%(again)s::text[]))
                    THEN said.state
                WHEN said.state = 'leased' OR open.state = 'leased' OR open.gateway <> '' THEN 'uncertain'
                ELSE said.state
            END AS state
        FROM here, message, open LEFT JOIN LATERAL (
            SELECT member.page_token, member.language FROM members_member AS member
            WHERE member.id = open.member_id AND (%(each)s::boolean OR open.channel NOT IN ('sms', 'voice')) OFFSET 0
        ) AS member ON true CROSS JOIN LATERAL (
            SELECT CASE
                WHEN open.next_at > here.now THEN 'later'
                WHEN message.cancelled THEN 'cancelled'
                WHEN message.too_late THEN 'expired'
                WHEN message.asked_from IS NOT NULL AND open.member_id IS NOT NULL AND open.rung = 0
                    AND open.member_id NOT IN (SELECT whose FROM changed WHERE whose IS NOT NULL)
                    AND NOT (
                        EXISTS (SELECT 1 FROM changed WHERE address_hash IS NOT NULL)
                        AND {hash} IN (SELECT address_hash FROM changed WHERE address_hash IS NOT NULL)
                    )
                    THEN 'leased'
                WHEN {stopped} OR {withdrawn} THEN 'stopped'
                WHEN {came_back} THEN 'bounced'
                WHEN {pause} >= %(until)s::timestamptz THEN 'expired'
                WHEN {pause} IS NOT NULL THEN 'queued'
                ELSE 'leased'
            END AS state OFFSET 0
        ) AS said
    ), borne AS MATERIALIZED (
        SELECT CASE WHEN %(is_alone)s::boolean THEN set_config('synchronous_commit', 'off', true) END WHERE NOT EXISTS (
            SELECT 1 FROM verdict WHERE state = 'leased' AND channel <> ALL(%(borne)s::text[])
        )
    ), leased AS (
        UPDATE messaging_delivery AS delivery SET
            state = 'leased',
            attempts = delivery.attempts + 1,
            next_at = (SELECT now FROM here) + {lease},
            gateway = CASE
                WHEN delivery.gateway = '' THEN COALESCE((%(only)s::jsonb) ->> delivery.channel, '')
                ELSE delivery.gateway
            END
        WHERE delivery.id = ANY(ARRAY(SELECT id FROM verdict WHERE state = 'leased'))
    ), ended AS (
        UPDATE messaging_delivery AS delivery SET
            state = verdict.state,
            next_at = CASE WHEN verdict.state = 'queued' THEN verdict.until ELSE delivery.next_at END,
            ended_at = CASE WHEN verdict.state = 'queued' THEN NULL ELSE (SELECT now FROM here) END
        FROM verdict WHERE delivery.id = verdict.id
            AND delivery.id = ANY(ARRAY(SELECT id FROM verdict WHERE state NOT IN ('leased', 'later')))
    ), walked AS (
        UPDATE messaging_stretch AS rest SET first_id = walked_to.last_id + 1, looked_at = here.now
        FROM walked_to, here WHERE rest.id = walked_to.id AND NOT walked_to.to_its_end
    ), done AS (
        DELETE FROM messaging_stretch AS rest USING walked_to WHERE rest.id = walked_to.id AND walked_to.to_its_end
    ), left_behind AS (
        INSERT INTO messaging_stretch (message_id, lane, first_id, last_id, at, looked_at)
        SELECT %(message)s::bigint, %(own_lane)s::text, rest.first_id, rest.last_id, rest.at, rest.at FROM (
            SELECT min(id) AS first_id, max(id) AS last_id, min(until) AS at
            FROM verdict WHERE state IN ('later', 'queued')
            UNION ALL
            SELECT walked_to.first_id, walked_to.last_id, here.now + {skipped}
            FROM walked_to, few, here WHERE few.many > walked_to.many
        ) AS rest WHERE rest.first_id IS NOT NULL AND rest.at < 'infinity'
    ), lease AS (
        INSERT INTO messaging_stretch (message_id, lane, first_id, last_id, at, looked_at, is_leased, handed_to)
        SELECT %(message)s::bigint, %(own_lane)s::text, ids[1], ids[cardinality(ids)], here.now + {lease}, here.now,
            true, CASE
                WHEN cardinality(ids) > {window} AND NOT EXISTS (SELECT 1 FROM borne)
                    AND NOT (SELECT has_before FROM seen)
                    THEN ids[{window}]
            END
        FROM here, (SELECT ARRAY(SELECT id FROM verdict WHERE state = 'leased' ORDER BY id) AS ids) AS mine
        WHERE cardinality(ids) > 0
        RETURNING id, handed_to
    )
    SELECT message.paused, message.gives_way, EXISTS (SELECT 1 FROM stretch), EXISTS (
            SELECT 1 FROM messaging_stretch AS lapsed WHERE lapsed.message_id = %(message)s::bigint
                AND lapsed.at <= (SELECT now FROM here) AND lapsed.handed_to IS NOT NULL
        ), (SELECT id FROM lease), (SELECT handed_to FROM lease), (SELECT count(*) FROM borne),
        COALESCE((SELECT stretch.last_id - seen.last_id FROM stretch, seen), 0),
        verdict.id, verdict.channel, verdict.address, verdict.attempts + 1, verdict.state, verdict.page_token,
        verdict.language, CASE
            WHEN verdict.gateway = '' THEN COALESCE((%(only)s::jsonb) ->> verdict.channel, '') ELSE verdict.gateway
        END, verdict.before
    FROM message LEFT JOIN verdict ON verdict.state <> 'later'
"""
# What a dead worker had claimed and surely not handed over waits again as if nobody had had it. Its attempts stay, so
# that a worker that was merely slow takes nothing of it for its own. Where another's claim lies between these rows
# nothing is said of them: then they are perhaps sent.
_FREE = """
    WITH here AS MATERIALIZED (
        SELECT COALESCE(%(now)s::timestamptz, clock_timestamp()) AS now
    ), lapsed AS MATERIALIZED (
        SELECT stretch.* FROM messaging_stretch AS stretch, here
        WHERE stretch.message_id = %(message)s::bigint AND stretch.at <= here.now AND stretch.handed_to IS NOT NULL
        ORDER BY stretch.id FOR UPDATE OF stretch
    ), free AS (
        UPDATE messaging_delivery AS delivery SET state = 'queued', gateway = '', next_at = here.now
        FROM lapsed, here WHERE delivery.message_id = %(message)s::bigint AND delivery.id > lapsed.handed_to
            AND delivery.id <= lapsed.last_id AND delivery.state = 'leased' AND delivery.next_at = lapsed.at
            AND NOT EXISTS (
                SELECT 1 FROM messaging_stretch AS other
                WHERE other.message_id = %(message)s::bigint AND other.is_leased AND other.id <> lapsed.id
                    AND delivery.id BETWEEN other.first_id AND other.last_id
            )
    ), kept AS (
        UPDATE messaging_stretch AS stretch SET last_id = lapsed.handed_to, handed_to = NULL
        FROM lapsed WHERE stretch.id = lapsed.id
    )
    INSERT INTO messaging_stretch (message_id, lane, first_id, last_id, at, looked_at)
    SELECT lapsed.message_id, lapsed.lane, lapsed.handed_to + 1, lapsed.last_id, here.now, here.now FROM lapsed, here
"""
# To make a member of a closed list from its word takes longer than to look it up.
_CHANNELS = {channel.value: channel for channel in Channel}
_LEASED, _UNCERTAIN = DeliveryState.LEASED.value, DeliveryState.UNCERTAIN.value
_GIVES_WAY = f"SELECT {others_first('COALESCE(%s::timestamptz, clock_timestamp())', '%s::text')}"
# What a member agreed to may have ended on their page or at their door since it was queued. People who share a
# telephone are told once, in the name of one: when that one withdraws, the others still hear it.
_WITHDRAWN = """(open.member_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM members_consent AS agreed
    WHERE agreed.member_id = open.member_id AND agreed.organisation_id = %(organisation)s::bigint
        AND agreed.channel = open.channel AND agreed.withdrawn_at IS NULL AND {purpose}
        AND agreed.scheme_id IS NOT DISTINCT FROM %(scheme)s::bigint
) AND NOT EXISTS (
    SELECT 1 FROM members_contactpoint AS contact JOIN members_consent AS agreed ON agreed.member_id = contact.member_id
    WHERE contact.address = open.address AND contact.channel = open.channel AND contact.member_id <> open.member_id
        AND contact.confirmed_at IS NOT NULL AND contact.suspended_at IS NULL
        AND agreed.organisation_id = %(organisation)s::bigint AND agreed.channel = open.channel
        AND agreed.withdrawn_at IS NULL AND {purpose} AND agreed.scheme_id IS NOT DISTINCT FROM %(scheme)s::bigint
))"""
# One digest may carry the messages of several senders: each of those agreements must still stand.
_WITHDRAWN_FROM_DIGEST = f"""EXISTS (
    SELECT 1 FROM messaging_delivery AS part JOIN messaging_message AS said ON said.id = part.message_id
    WHERE part.bundled_in_id = %(message)s::bigint AND part.member_id = open.member_id AND NOT EXISTS (
        SELECT 1 FROM members_consent AS agreed
        WHERE agreed.member_id = open.member_id AND agreed.organisation_id = said.organisation_id
            AND agreed.channel = open.channel AND agreed.withdrawn_at IS NULL AND {agreed_for("said")}
    )
)"""  # noqa: S608 - our own words only
# Messages came back from there since it was queued: it is not used before the member was asked.
_CAME_BACK = """EXISTS (
    SELECT 1 FROM members_contactpoint AS contact
    WHERE contact.member_id = open.member_id AND contact.channel = open.channel AND contact.address = open.address
        AND contact.suspended_at IS NOT NULL
)"""
# Who pauses hears nothing until the end of it, though it was queued before; a pause without an end outlasts everything.
_PAUSE = """(
    SELECT CASE
        WHEN member.paused_until > here.now THEN member.paused_until
        WHEN member.state = 'paused' AND member.paused_until IS NULL THEN 'infinity'
    END FROM members_member AS member WHERE member.id = open.member_id
)"""


@dataclass(slots=True)
class Row:
    """One claimed delivery; whose it is stands in no trace of an error. Not frozen: that costs more than all its use.

    Attributes:
        gateway: the provider that it is meant for, or that perhaps has it already; empty where that is still open.
        before: it was perhaps handed over before.
    """

    id: int
    channel: Channel
    address: str = field(repr=False)
    attempts: int
    page_token: str | None = field(repr=False)
    language: str | None = None
    gateway: str = ""
    before: bool = False


class Window(NamedTuple):
    """What one claim brought.

    Attributes:
        looked: there was something due; without it nothing is for now.
        gives_way: something more urgent waits, so nothing was claimed.
        lapsed: something that a dead worker claimed and did not hand over can be freed.
        lease: the stretch that says that these rows are in our hands.
        handed_to: whoever hands over rows after this one says so first; nothing where all may be.
        many: how many rows were dealt with, those that ended here too.
        uncertain: those that were perhaps sent and may not go again.
        left: about how many rows of the stretch come after these.
    """

    looked: bool = False
    paused: bool = False
    gives_way: bool = False
    lapsed: bool = False
    lease: int | None = None
    handed_to: int | None = None
    rows: Sequence[Row] = ()
    many: int = 0
    uncertain: Sequence[int] = ()
    left: int = 0


class Claims:
    """How the rows of one message are claimed: the statement and what it needs, put together once.

    `each`: texts and calls too have something of each member's own in them; an e-mail always has.
    """

    def __init__(
        self,
        *,
        message_id: int,
        kind: MessageKind,
        lane: str,
        organisation_id: int,
        scheme_id: int | None,
        until: dt.datetime,
        is_drill: bool,
        each: bool,
    ) -> None:
        self._sql = _statement(kind, window_size())
        self._params: dict[str, Any] = {
            "message": message_id,
            "own_lane": lane,
            "lane": lane,
            "organisation": organisation_id,
            "scheme": scheme_id,
            "until": until,
            "each": each,
            "again": _may_have_it_again(is_drill=is_drill),
            "only": _only_gateways(is_drill=is_drill),
            "borne": _borne(is_drill=is_drill),
        }

    def claim(self, *, gives_way: bool = True, many: int = 0) -> Window:
        """Lease what comes next; with `gives_way` not while something in an earlier lane waits.

        `many` rows, but a window of them where some were perhaps handed over before and would come twice.
        """
        params = {
            **self._params,
            "now": clock.told(),
            "lane": self._params["own_lane"] if gives_way else "",
            # A transaction that is somebody else's goes to the disk as they want it.
            "is_alone": not connection.in_atomic_block,
            "many": max(many, window_size()),
        }
        found = prepared.rows(self._sql, params)
        if not found:
            return Window()
        paused, gives_way, looked, lapsed, lease, handed_to, _, left = found[0][:8]
        claimed = [row[8:] for row in found if row[8] is not None]
        rows = [
            Row(pk, _CHANNELS[channel], address, attempts, token, language, gateway, before)
            for pk, channel, address, attempts, state, token, language, gateway, before in claimed
            if state == _LEASED
        ]
        if handed_to is not None:
            rows.sort(key=attrgetter("id"))
        uncertain = [row[0] for row in claimed if row[4] == _UNCERTAIN] if len(rows) < len(claimed) else []
        return Window(looked, paused, gives_way, lapsed, lease, handed_to, rows, len(claimed), uncertain, left)

    def free(self) -> None:
        """Let go again what a dead worker claimed and did not hand over."""
        prepared.rows(_FREE, {"message": self._params["message"], "now": clock.told()})

    def must_give_way(self) -> bool:
        """Say whether something in an earlier lane waits."""
        ((gives_way,),) = prepared.rows(_GIVES_WAY, [clock.told(), self._params["own_lane"]])
        return bool(gives_way)


def window_size() -> int:
    """Return how many rows are claimed at once: while one window is sent, the outcomes of another are written."""
    return max(settings.SEND_WINDOW // 2, 1)


@cache
def _statement(kind: MessageKind, window: int) -> str:
    ends = kind in ENDED_BY_STOP
    withdrawn = "false"
    if kind == MessageKind.DIGEST:
        withdrawn = _WITHDRAWN_FROM_DIGEST
    elif kind in AGREED_TO:
        withdrawn = _WITHDRAWN.format(purpose=_for(AGREED_FOR.get(kind)))
    stopped = STOPPED.format(row="open").replace("%s", "false" if ends else "true")
    return _CLAIM.format(
        window=window,
        hash="sha256(convert_to(open.channel || ':' || open.address, 'UTF8'))",
        stands_still=STANDS_STILL,
        others_first=others_first("here.now", "%(lane)s::text"),
        trusted=f"interval '{TRUSTED.total_seconds()} s'",
        stopped="false" if kind == MessageKind.CONTROL else stopped,
        withdrawn=withdrawn,
        came_back=_CAME_BACK if ends else "false",
        pause=_PAUSE if kind in PAUSED_WITH else "NULL::timestamptz",
        lease=f"interval '{LEASE.total_seconds()} s'",
        skipped=f"interval '{SKIPPED_FOR.total_seconds()} s'",
    )


def _for(purpose: Purpose | None) -> str:
    return f"agreed.purpose = '{purpose.value}'" if purpose else "true"


def again_of(gateway: Gateway) -> Again:
    """Return what happens to a message that is handed to a provider again; one that does not say takes it for new."""
    return getattr(gateway, "again", Again.NEVER)


def routes_of(channel: str, *, is_drill: bool) -> Sequence[Route]:
    """Return by which providers a message may go: an exercise by the sandbox alone, whatever is set."""
    try:
        return [sandbox_for(channel)] if is_drill else routes_for(channel)
    except GatewayError:
        return []  # said where it is sent


def _may_have_it_again(*, is_drill: bool) -> list[str]:
    """Return the providers to which a message that was perhaps handed over may be handed again."""
    routes = [route for channel in _channels(is_drill) for route in routes_of(channel, is_drill=is_drill)]
    return sorted({route.gateway.name for route in routes if again_of(route.gateway) != Again.NEVER})


def _borne(*, is_drill: bool) -> list[str]:
    """Return the channels by which it does no harm to hand something over again, whoever takes it."""
    routes = {channel: routes_of(channel, is_drill=is_drill) for channel in _channels(is_drill)}
    return [channel for channel, ways in routes.items() if all(again_of(way.gateway) != Again.NEVER for way in ways)]


def _only_gateways(*, is_drill: bool) -> str:
    """Return as JSON the provider of each channel that has one only: it is known before anything is handed over."""
    routes = {channel: routes_of(channel, is_drill=is_drill) for channel in _channels(is_drill)}
    return json.dumps({channel: ways[0].gateway.name for channel, ways in routes.items() if len(ways) == 1})


def _channels(is_drill: bool) -> Iterable[str]:  # noqa: FBT001 - as everywhere here
    return SANDBOX if is_drill else settings.GATEWAYS
