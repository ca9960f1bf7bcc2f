"""How providers do, what waits to be handed over, what stands still, and what a person decides."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.models import Charge, Halt
from hueandcry.domain.messaging.rules import Lane, MessageKind
from hueandcry.domain.messaging.rules.costs import USUAL_RATE, spell
from hueandcry.domain.messaging.rules.routing import DECIDED, Health, Standing, day_ends, health
from hueandcry.gateways.contract import GatewayError
from hueandcry.gateways.registry import Route, routes_for
from hueandcry.kit import clock

_BOARD = """
    SELECT here.now, here.halted, provider.name, provider.failures, provider.opened_until, provider.down_since,
        provider.tokens_at, provider.slower_at, provider.took_at, provider.answer_ms, provider.late_percent,
        CASE WHEN provider.day = (here.now AT TIME ZONE %s)::date THEN provider.day_count ELSE 0 END, provider.trouble
    FROM (
        SELECT clock_timestamp() AS now, EXISTS (SELECT 1 FROM messaging_halt WHERE lifted_at IS NULL) AS halted
    ) AS here LEFT JOIN messaging_provider AS provider ON true
"""
# What waits of each message by each channel. Which messages and where their rows lie is told by the few stretches that
# are still to be walked; of a message of many, every so-manieth row is looked at, so that a million take no longer than
# a thousand.
DUE = """
    WITH walk AS (
        SELECT message_id, min(first_id) AS first_id, max(last_id) AS last_id FROM messaging_stretch GROUP BY message_id
    ), part AS (
        SELECT walk.*, GREATEST((last_id - first_id) / 1000, 1) AS step, last_id - first_id + 1 AS most FROM walk
    ), due AS (
        SELECT part.message_id, looked.channel,
            LEAST(part.step * count(*) FILTER (WHERE looked.next_at <= %s), part.most) AS due,
            LEAST(part.step * count(*) FILTER (WHERE looked.next_at > %s), part.most) AS later,
            min(looked.next_at) FILTER (WHERE looked.next_at > %s) AS next_at
        FROM part CROSS JOIN LATERAL generate_series(part.first_id, part.last_id, part.step) AS drawn(id)
        JOIN messaging_delivery AS looked ON looked.id = drawn.id AND looked.message_id = part.message_id
        WHERE looked.state IN ('queued', 'leased')
        GROUP BY part.message_id, part.step, part.most, looked.channel
    )
"""
_WAITING = f"""
    {DUE}
    SELECT message.ref, message.about, message.kind, message.lane, message.subject, message.queued_at,
        message.paused_at IS NOT NULL, message.is_drill, due.channel, due.due, due.later, due.next_at
    FROM due JOIN messaging_message AS message ON message.id = due.message_id
    WHERE message.cancelled_at IS NULL
    ORDER BY message.lane, message.id, due.channel
"""  # noqa: S608 - our own words only
# Due within this time is on its way; what sleeps until the morning is not before anybody.
ON_ITS_WAY = dt.timedelta(minutes=1)
_UNDECIDED = """
    SELECT message.ref, message.about, message.kind, message.subject, message.queued_at, message.cancelled_at IS NULL
            AND (message.expires_at IS NULL OR message.expires_at > %s),
        delivery.channel, count(*), (array_agg(delivery.address ORDER BY delivery.id))[:%s],
        (array_agg(DISTINCT delivery.gateway) FILTER (WHERE delivery.gateway <> ''))
    FROM messaging_delivery AS delivery JOIN messaging_message AS message ON message.id = delivery.message_id
    WHERE message.queued_at > %s AND delivery.state = 'uncertain' AND delivery.detail <> %s
    GROUP BY message.id, delivery.channel
    ORDER BY message.id DESC, delivery.channel
"""
_FEW = 5
# No index knows the state of a delivery (ADR 19), so the messages of these days are read; older ones help nobody now.
_DECIDED_WITHIN = dt.timedelta(days=7)


# One of what comes by a channel, and several.
NOUNS = {
    Channel.SMS: "text,texts",
    Channel.VOICE: "phone call,phone calls",
    Channel.EMAIL: "e-mail,e-mails",
    Channel.POST: "printed sheet,printed sheets",
    Channel.PUSH: "notification,notifications",
    Channel.WHATSAPP: "WhatsApp message,WhatsApp messages",
}


def _alert_ref(about: str) -> str:
    room, _, ref = about.partition(":")
    return ref if room == "alert" else ""


class Board(NamedTuple):
    """How all providers stand at one moment of the database."""

    now: dt.datetime
    halted: bool
    standings: dict[str, Standing]


@dataclass(frozen=True)
class ProviderLine:
    """One provider as the screen of sending shows it."""

    channel: Channel
    route: Route
    standing: Standing
    health: Health
    today: int
    now: dt.datetime
    percent: int | None = None

    @property
    def name(self) -> str:
        """Return the provider's name."""
        return self.route.gateway.name

    @property
    def many(self) -> str:
        """Return what it carries: texts, e-mails, phone calls."""
        return NOUNS[self.channel].partition(",")[2]

    @property
    def back_at(self) -> dt.datetime | None:
        """Return when something goes to it again; nothing while it takes messages."""
        return self.standing.closed_until(self.now)


@dataclass(frozen=True)
class WaitingLine:
    """What waits of one message by one channel, and until when its last leaves."""

    ref: str
    about: str
    kind: MessageKind
    lane: Lane
    subject: str = field(repr=False)
    queued_at: dt.datetime
    paused: bool
    is_drill: bool
    channel: Channel
    due: int
    later: int
    next_at: dt.datetime | None
    seconds: float = 0.0

    @property
    def noun(self) -> str:
        """Return what one of them is called, and several."""
        return NOUNS[self.channel]

    @property
    def alert_ref(self) -> str:
        """Return the reference of the alert that it is about; nothing where it is about none."""
        return _alert_ref(self.about)

    @property
    def leaves_in(self) -> str | None:
        """Return how long until the last has left, in words; nothing while nobody takes any."""
        return None if math.isinf(self.seconds) else spell(self.seconds)


@dataclass(frozen=True)
class UndecidedLine:
    """What was perhaps sent of one message by one channel: a person decides."""

    ref: str
    about: str
    kind: MessageKind
    subject: str = field(repr=False)
    queued_at: dt.datetime
    still_worth: bool
    channel: Channel
    many: int
    addresses: tuple[str, ...] = field(repr=False)
    gateways: tuple[str, ...]

    @property
    def noun(self) -> str:
        """Return what one of them is called, and several."""
        return NOUNS[self.channel]

    @property
    def alert_ref(self) -> str:
        """Return the reference of the alert that it is about; nothing where it is about none."""
        return _alert_ref(self.about)


@dataclass(frozen=True)
class HaltLine:
    """Everything stands still: who said so, when, and why."""

    ref: str
    at: dt.datetime
    by: str
    reason: str = field(repr=False)


def board() -> Board:
    """Return how all providers stand, by the database's clock, and whether everything is stopped."""
    with connection.cursor() as cursor:
        cursor.execute(_BOARD, [settings.TIME_ZONE])
        rows = cursor.fetchall()
    return Board(rows[0][0], rows[0][1], {row[2]: _standing(row) for row in rows if row[2] is not None})


def _standing(row: tuple[Any, ...]) -> Standing:
    _, _, name, failures, opened_until, down_since, tokens_at, slower_at, took_at, answer_ms, late, today, trouble = row
    return Standing(
        name=name,
        failures=failures,
        opened_until=opened_until,
        down_since=down_since,
        waits_until=tokens_at,
        slower_at=slower_at,
        took_at=took_at,
        answer_ms=answer_ms,
        late_percent=late,
        today=today,
        trouble=trouble,
    )


def full(*, standing: Standing, route: Route, now: dt.datetime) -> Standing:
    """Return the same with the moment until which it had its messages for today, where it had them."""
    if route.per_day is None or standing.today < route.per_day:
        return standing
    return replace(standing, full_until=day_ends(now, ZoneInfo(settings.TIME_ZONE)))


def providers() -> list[ProviderLine]:
    """Return every provider that is set, as channels and settings name them, with how it does."""
    seen = board()
    charged = Charge.objects.filter(day=clock.today()).values_list("gateway").annotate(Sum("handed"))
    today = {name: int(handed) for name, handed in charged}
    lines: list[ProviderLine] = []
    for channel in (Channel(name) for name in settings.GATEWAYS if name in set(Channel)):
        routes = _routes(channel)
        weights = sum(route.weight for route in routes)
        for route in routes:
            name = route.gateway.name
            standing = full(standing=seen.standings.get(name) or Standing(name), route=route, now=seen.now)
            lines.append(
                ProviderLine(
                    channel=channel,
                    route=route,
                    standing=standing,
                    health=health(standing, weight=route.weight, now=seen.now),
                    today=max(today.get(name, 0), standing.today),
                    now=seen.now,
                    percent=round(100 * route.weight / weights) if len(routes) > 1 and route.weight else None,
                )
            )
    return lines


def _routes(channel: Channel) -> Sequence[Route]:
    try:
        return routes_for(channel)
    except GatewayError:
        return ()


def channels_down() -> set[Channel]:
    """Return the channels none of whose providers works."""
    lines = providers()
    down = {line.channel for line in lines if line.standing.down_since is not None}
    return {channel for channel in down if not rate_of([line for line in lines if line.channel == channel])}


def rate_of(lines: Sequence[ProviderLine]) -> float:
    """Return how many messages a second providers of one channel take together: 0 while none of them takes any."""
    taking = [line for line in lines if line.back_at is None and line.standing.opened_until is None]
    used = [line for line in taking if line.route.weight] or taking[:1]
    return sum(USUAL_RATE if line.route.per_second is None else line.route.per_second for line in used)


def waiting(*, lines: Sequence[ProviderLine] | None = None) -> list[WaitingLine]:
    """Return what waits, by lane and message, with the seconds until the last of each has left; what is due now first.

    What sleeps until its hours begin, or waits for a retry, is counted apart: it is before nobody.
    """
    soon = clock.now() + ON_ITS_WAY
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [soon, soon, soon])
        rows = cursor.fetchall()
    lines = providers() if lines is None else lines
    rates = {channel: rate_of([line for line in lines if line.channel == channel]) for channel in Channel}
    ahead = dict.fromkeys(Channel, 0)
    found: list[WaitingLine] = []
    for ref, about, kind, lane, subject, queued_at, paused, is_drill, channel, due, later, next_at in rows:
        way = Channel(channel)
        if not paused and not is_drill:
            ahead[way] += due
        seconds = ahead[way] / rates[way] if rates[way] else float("inf")
        found.append(
            WaitingLine(
                ref=ref,
                about=about,
                kind=MessageKind(kind),
                lane=Lane(lane),
                subject=subject,
                queued_at=queued_at,
                paused=paused,
                is_drill=is_drill,
                channel=way,
                due=due,
                later=later,
                next_at=next_at,
                seconds=seconds,
            )
        )
    return found


def undecided() -> list[UndecidedLine]:
    """Return what was perhaps sent this week and nobody has decided about, newest message first."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_UNDECIDED, [now, _FEW, now - _DECIDED_WITHIN, DECIDED])
        return [
            UndecidedLine(
                ref=ref,
                about=about,
                kind=MessageKind(kind),
                subject=subject,
                queued_at=queued_at,
                still_worth=still_worth,
                channel=Channel(channel),
                many=many,
                addresses=tuple(addresses),
                gateways=tuple(gateways or ()),
            )
            for ref, about, kind, subject, queued_at, still_worth, channel, many, addresses, gateways in (
                cursor.fetchall()
            )
        ]


def halt_standing() -> HaltLine | None:
    """Return why everything stands still; nothing when it does not."""
    row = Halt.objects.filter(lifted_at=None).first()
    return None if row is None else HaltLine(row.ref, row.at, row.by, row.reason)
