"""Which provider takes what: by weight, by how it is doing, by what it takes a second and a day; and what it cost.

How each provider does stands in one row, shared by all workers, whose clocks differ: every moment in it is the
database's. A worker reads the rows at most once a second, and writes only what changed; only a provider with a limit
costs one statement a window. So one that was found to be down is left alone by everybody within a second.
"""

import datetime as dt
import logging
import math
import os
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.queries import providers
from hueandcry.domain.messaging.rules import Lane
from hueandcry.domain.messaging.rules.routing import (
    FAILS_IN_A_ROW,
    FAULTS_IN_A_MINUTE,
    LONGEST_WAIT,
    MINUTE,
    OPEN_FOR,
    SOONEST,
    TRIAL_BATCH,
    TRIAL_FOR,
    Standing,
    answer_best,
    capacity,
    divide,
    first_owed,
    refilled_in,
    reserve,
    shared_weight,
)
from hueandcry.gateways.registry import Route, routes_for, sandbox_for
from hueandcry.kit import clock, prepared
from hueandcry.kit.text import storable

logger = logging.getLogger(__name__)

# How long what was read of the providers is taken to be so.
FRESH_S = 1.0
# How often a worker writes down that a provider works.
TELL_EVERY_S = 60.0
# How much one batch moves the smoothed time of an answer.
_SMOOTH = 0.2
LONGEST_TROUBLE = 200

_MAKE = """
    INSERT INTO messaging_provider (name, failures, trouble, tokens, day_count)
    SELECT unnest(%s::text[]), 0, '', 0, 0 ON CONFLICT DO NOTHING
"""
# One statement takes for all providers of a window, in the order of their names. The rows are locked before they are
# read, so that two workers never count the same second; a moment to come in `tokens_at` is a provider that waits.
_TAKE = """
    WITH locked AS MATERIALIZED (
        SELECT provider.id, provider.tokens, provider.tokens_at, provider.day, provider.day_count, asked.*
        FROM messaging_provider AS provider
        JOIN unnest(%s::text[], %s::int[], %s::float8[], %s::float8[], %s::float8[], %s::int[])
            AS asked(name, many, rate, holds, stays, most) ON asked.name = provider.name
        ORDER BY provider.name FOR NO KEY UPDATE OF provider
    ), here AS (
        SELECT locked.*, moment.now, (moment.now AT TIME ZONE %s::text)::date AS today, CASE
            WHEN locked.tokens_at > moment.now THEN 0
            WHEN locked.tokens_at IS NULL THEN locked.holds
            ELSE LEAST(locked.holds, locked.tokens + EXTRACT(EPOCH FROM moment.now - locked.tokens_at) * locked.rate)
        END AS filled
        FROM locked, (SELECT clock_timestamp() AS now FROM (SELECT count(*) FROM locked) AS after) AS moment
    ), given AS (
        SELECT here.*, CASE WHEN here.day = here.today THEN here.day_count ELSE 0 END AS counted, GREATEST(LEAST(
            here.many,
            CASE
                WHEN here.tokens_at > here.now THEN 0
                WHEN here.rate IS NULL THEN here.many
                ELSE floor(here.filled - here.stays)::int
            END,
            here.most - CASE WHEN here.day = here.today THEN here.day_count ELSE 0 END
        ), 0) AS granted
        FROM here
    )
    UPDATE messaging_provider AS provider SET
        tokens = CASE WHEN given.rate IS NULL THEN provider.tokens ELSE given.filled - given.granted END,
        tokens_at = CASE WHEN given.rate IS NULL THEN provider.tokens_at ELSE GREATEST(given.now, given.tokens_at) END,
        granted = given.granted,
        day = given.today,
        day_count = given.counted + given.granted
    FROM given WHERE provider.id = given.id
    RETURNING provider.name, provider.granted, provider.day_count
"""
# Of all the workers that find a provider's time up, one tries it.
_TRY = """
    UPDATE messaging_provider SET trial_until = clock_timestamp() + make_interval(secs => %s)
    WHERE name = %s AND opened_until <= clock_timestamp()
        AND (trial_until IS NULL OR trial_until <= clock_timestamp())
    RETURNING name
"""
_WELL = """
    UPDATE messaging_provider SET failures = 0, opened_until = NULL, down_since = NULL, trial_until = NULL,
        trouble = '', took_at = clock_timestamp(), answer_ms = COALESCE(%s, answer_ms)
    WHERE name = %s
    RETURNING (SELECT down_since FROM messaging_provider AS before WHERE before.name = messaging_provider.name)
"""
_SAME_MINUTE = "faults_from > clock_timestamp() - make_interval(secs => %(minute)s)"
_FAILURES = "(CASE WHEN %(taken)s > 0 THEN 1 ELSE failures + 1 END)"
_FAULTS = f"(CASE WHEN {_SAME_MINUTE} THEN faults ELSE 0 END + 1)"
_OPENS = f"({_FAILURES} >= %(in_a_row)s OR {_FAULTS} >= %(in_a_minute)s OR down_since IS NOT NULL)"
_FAILED = f"""
    UPDATE messaging_provider SET failures = {_FAILURES}, faults = {_FAULTS},
        faults_from = CASE WHEN {_SAME_MINUTE} THEN faults_from ELSE clock_timestamp() END,
        trial_until = NULL, trouble = %(trouble)s,
        opened_until = CASE
            WHEN {_OPENS} THEN clock_timestamp() + make_interval(secs => %(open_for)s) ELSE opened_until
        END,
        down_since = CASE WHEN {_OPENS} THEN COALESCE(down_since, clock_timestamp()) ELSE down_since END
    WHERE name = %(name)s
    RETURNING failures, opened_until, down_since
"""  # noqa: S608 - our own words only
_WAITS = """
    UPDATE messaging_provider SET tokens = 0, slower_at = clock_timestamp(),
        tokens_at = GREATEST(tokens_at, clock_timestamp() + make_interval(secs => %s))
    WHERE name = %s
"""
# Each connection adds to a row of its own: whoever adds to another's waits until that one is on the disk.
CHARGE = """
    INSERT INTO messaging_charge AS charge (message_id, gateway, day, share, handed, parts, millipence)
    SELECT %(message)s::bigint, cost.gateway, (clock_timestamp() AT TIME ZONE %(zone)s::text)::date,
        mod(pg_backend_pid(), 64), cost.handed, cost.parts, cost.millipence
    FROM unnest(%(charged)s::text[], %(handed)s::int[], %(parts)s::int[], %(millipence)s::bigint[])
        AS cost(gateway, handed, parts, millipence)
    WHERE {when}
    ORDER BY cost.gateway
    ON CONFLICT (message_id, gateway, day, share) DO UPDATE SET handed = charge.handed + excluded.handed,
        parts = charge.parts + excluded.parts, millipence = charge.millipence + excluded.millipence
"""
# A provider repeats numbers and addresses in what it complains of: they are not for the screen of providers.
_PERSONAL = re.compile(r"\+?\d[\d ]{5,}\d|[^\s@<>]+@[^\s@<>]+")


class Share(NamedTuple):
    """So many messages for one provider."""

    route: Route
    many: int


class Cost(NamedTuple):
    """What one provider took of one message in one window."""

    gateway: str
    handed: int
    parts: int
    millipence: int


@dataclass
class _Pace:
    """What this process noticed of a provider and has not told yet."""

    answer_ms: float | None = None
    told_at: float = float("-inf")


@dataclass(frozen=True)
class _Board:
    """What this process read of the providers, and when."""

    read_at: float = float("-inf")
    now: dt.datetime = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
    halted: bool = False
    standings: dict[str, Standing] = field(default_factory=dict)

    def moment(self) -> dt.datetime:
        """Return what time it is at the database."""
        return self.now + dt.timedelta(seconds=time.monotonic() - self.read_at)

    def of(self, route: Route) -> Standing:
        """Return how a provider stands; one that nobody ever used stands well."""
        standing = self.standings.get(route.gateway.name) or Standing(route.gateway.name)
        return providers.full(standing=standing, route=route, now=self.now)


@dataclass
class _Process:
    """What this process knows: the board, what it owes each provider of a channel, how fast they answered."""

    board: _Board = field(default_factory=_Board)
    owed: dict[tuple[str, ...], dict[str, float]] = field(default_factory=dict)
    paces: dict[str, _Pace] = field(default_factory=dict)


_lock = Lock()
_mine = _Process()


def shares(
    *, channel: Channel, many: int, lane: Lane, is_drill: bool = False, without: frozenset[str] = frozenset()
) -> tuple[list[Share], dt.datetime | None]:
    """Divide so many messages among the providers that take some now; say when to ask again for the rest.

    The moment is near (50 ms to a second) while a bucket fills: better waited for than put back into the queue. It is
    empty when only those of `without` are left, who just refused these: the first other try is at once.

    Raises:
        GatewayError: no provider is set for the channel.
    """
    if is_drill:
        return [Share(sandbox_for(channel), many)], None
    routes = [route for route in routes_for(channel) if route.gateway.name not in without]
    if many <= 0 or not routes:
        return [], None
    board = _read()
    now = board.moment()
    fit = [route for route in routes if _is_fit(board.of(route), now)]
    found = _tried(routes, fit, board, now, many=many, lane=lane)
    found += _given(fit, board, many=many - sum(share.many for share in found), lane=lane)
    missing = many - sum(share.many for share in found)
    return found, (clock.now() + _next_try(routes, board, now, missing) if missing else None)


def note(
    *, route: Route, taken: int, failed: str = "", slower_s: float | None = None, seconds: float | None = None
) -> None:
    """Keep how a provider did with a batch, outside any transaction.

    `taken` says how many it took (or refused one by one); `failed` what went wrong with the provider itself, in a
    sentence: refusing an address is no fault of it. `slower_s` is for how many seconds it wants nothing, `seconds` how
    long it took for the batch.
    """
    name = route.gateway.name
    if slower_s is not None:
        _make_wait(name, slower_s)
    if failed:
        _fails(name, taken, failed)
    elif taken:
        _works(name, taken, seconds)


def charge(*, message_id: int, costs: Iterable[Cost]) -> None:
    """Add to what a message cost, in the caller's transaction."""
    prepared.rows(CHARGE.format(when="true"), {"message": message_id, **charging(costs)})


def charging(costs: Iterable[Cost]) -> dict[str, Any]:
    """Return what CHARGE is to add."""
    rows = [cost for cost in costs if cost.handed or cost.parts or cost.millipence]
    names, handed, parts, millipence = ([*column] for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    return {
        "zone": settings.TIME_ZONE,
        "charged": names,
        "handed": handed,
        "parts": parts,
        "millipence": millipence,
    }


def halted() -> bool:
    """Say whether everything is stopped: the kill switch, as it was within the last second."""
    return _read().halted


def forget() -> None:
    """Forget what this process knows of the providers: it reads it anew at the next question."""
    with _lock:
        _mine.board = _Board()
        _mine.owed.clear()
        _mine.paces.clear()


# ---------------------------------------------------------------- what this process knows


def _read() -> _Board:
    """Return how the providers stand, at most a second old."""
    board = _mine.board
    if time.monotonic() - board.read_at < FRESH_S:
        return board
    seen = providers.board()
    board = _mine.board = _Board(time.monotonic(), *seen)
    return board


def _learn(standing: Standing) -> None:
    """Put on this process's board what it just wrote, so that its next window knows it."""
    with _lock:
        board = _mine.board
        _mine.board = replace(board, standings={**board.standings, standing.name: standing})


def _known(name: str) -> Standing:
    """Return how a provider stands, with a row of its own from now on."""
    board = _read()
    if name not in board.standings:
        _make([name])
    return board.standings.get(name) or Standing(name)


def _make(names: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, [sorted(names)])


# ---------------------------------------------------------------- who gets how many


def _is_fit(standing: Standing, now: dt.datetime) -> bool:
    """Say whether a provider may get a share; one that was down must first take a few messages well."""
    return standing.opened_until is None and standing.closed_until(now) is None


def _tried(
    routes: Sequence[Route], fit: Sequence[Route], board: _Board, now: dt.datetime, *, many: int, lane: Lane
) -> list[Share]:
    """Return a few messages for each provider that was down long enough, if no other worker tries it already.

    Urgent ones are risked only where nobody else takes them, and a stand-by is tried only where it is needed.
    """
    works = any(route.weight for route in fit)
    found: list[Share] = []
    for route in routes:
        standing = board.of(route)
        is_due = standing.opened_until is not None and standing.closed_until(now) is None
        if not is_due or not many or (works and (lane == Lane.URGENT or route.weight == 0)):
            continue
        with connection.cursor() as cursor:
            cursor.execute(_TRY, [TRIAL_FOR.total_seconds(), standing.name])
            is_mine = cursor.fetchone() is not None
        _learn(replace(standing, opened_until=now + (TRIAL_FOR if is_mine else dt.timedelta(seconds=FRESH_S))))
        if is_mine:
            found.append(Share(route, min(TRIAL_BATCH, many)))
            many -= found[-1].many
    return found


def _given(fit: Sequence[Route], board: _Board, *, many: int, lane: Lane) -> list[Share]:
    """Divide among those that may get a share: by weight; what one does not take, the others do."""
    weighted = [route for route in fit if route.weight] or list(fit)
    best = set(answer_best(board.of(route) for route in weighted)) if lane == Lane.URGENT else set()
    first = [route for route in weighted if not best or route.gateway.name in best]
    found: dict[str, Share] = {}
    for tier in (first, [route for route in weighted if route not in first]):
        asked = tier
        while many and asked:
            wanted = _divided(asked, board, many=many, lane=lane)
            granted = _granted(asked, wanted, lane)
            for route in asked:
                name = route.gateway.name
                before = found[name].many if name in found else 0
                if granted[name]:
                    found[name] = Share(route, before + granted[name])
            many -= sum(granted.values())
            asked = [route for route in asked if 0 < wanted[route.gateway.name] == granted[route.gateway.name]]
    return list(found.values())


def _divided(routes: Sequence[Route], board: _Board, *, many: int, lane: Lane) -> dict[str, int]:
    """Divide by weight, evening out over the windows of this process what one window cannot."""
    weights = {
        route.gateway.name: (route.weight or 1.0)
        if lane == Lane.URGENT
        else shared_weight(board.of(route), route.weight or 1.0)
        for route in routes
    }
    names = tuple(weights)
    with _lock:
        owed = _mine.owed.get(names) or first_owed(names, seed=os.getpid())
        counts, _mine.owed[names] = divide(many, weights, owed)
    return counts


def _granted(routes: Sequence[Route], wanted: dict[str, int], lane: Lane) -> dict[str, int]:
    """Take from the buckets of those that have limits, all with one statement; the others get what they were to get."""
    limited = [
        route
        for route in routes
        if wanted[route.gateway.name] and (route.per_second is not None or route.per_day is not None)
    ]
    if not limited:
        return wanted
    for name in (route.gateway.name for route in limited):
        _known(name)
    rows = [
        (
            route.gateway.name,
            wanted[route.gateway.name],
            route.per_second,
            capacity(route.per_second or 0.0),
            reserve(route.per_second or 0.0, urgent=lane == Lane.URGENT),
            route.per_day,
        )
        for route in limited
    ]
    found = prepared.rows(_TAKE, [*(list(column) for column in zip(*rows, strict=True)), settings.TIME_ZONE])
    taken = {name: (granted, today) for name, granted, today in found}
    for name, (_, today) in taken.items():
        _learn(replace(_known(name), today=today))
    return {**wanted, **{route.gateway.name: taken.get(route.gateway.name, (0, 0))[0] for route in limited}}


def _next_try(routes: Sequence[Route], board: _Board, now: dt.datetime, missing: int) -> dt.timedelta:
    """Return when one of them takes something again."""
    waits: list[dt.timedelta] = []
    for route in routes:
        standing = board.of(route)
        until = standing.closed_until(now)
        if until is not None:
            waits.append(until - now)
        elif standing.opened_until is not None or route.per_second is None:
            waits.append(dt.timedelta(seconds=FRESH_S))
        else:
            waits.append(refilled_in(missing, route.per_second))
    return max(min(waits), SOONEST)


# ---------------------------------------------------------------- how they did


def _make_wait(name: str, slower_s: float) -> None:
    standing = _known(name)
    longest = LONGEST_WAIT.total_seconds()
    wait = dt.timedelta(seconds=0.0 if math.isnan(slower_s) else min(max(slower_s, 0.0), longest))
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, [wait.total_seconds(), name])
    now = _mine.board.moment()
    _learn(replace(standing, waits_until=now + wait, slower_at=now))


def _fails(name: str, taken: int, failed: str) -> None:
    standing = _known(name)
    trouble = _PERSONAL.sub("(…)", storable(failed))[:LONGEST_TROUBLE]
    with connection.cursor() as cursor:
        cursor.execute(
            _FAILED,
            {
                "name": name,
                "taken": taken,
                "trouble": trouble,
                "minute": MINUTE.total_seconds(),
                "open_for": OPEN_FOR.total_seconds(),
                "in_a_row": FAILS_IN_A_ROW,
                "in_a_minute": FAULTS_IN_A_MINUTE,
            },
        )
        failures, opened_until, down_since = cursor.fetchone()
    if down_since is not None and standing.down_since is None:
        logger.warning("A provider is left alone for now.", extra={"provider": name, "failures": failures})
    _learn(replace(_known(name), failures=failures, opened_until=opened_until, down_since=down_since, trouble=trouble))


def _works(name: str, taken: int, seconds: float | None) -> None:
    """Write down that it works where that is news, and else once a minute."""
    pace = _mine.paces.setdefault(name, _Pace())
    if seconds is not None:
        ms = 1000.0 * seconds / taken
        pace.answer_ms = ms if pace.answer_ms is None else pace.answer_ms + _SMOOTH * (ms - pace.answer_ms)
    is_news = _read().standings.get(name, Standing(name)).troubled
    if not is_news and time.monotonic() - pace.told_at < TELL_EVERY_S:
        return
    standing = _known(name)
    with connection.cursor() as cursor:
        cursor.execute(_WELL, [pace.answer_ms, name])
        (since,) = cursor.fetchone()
    pace.told_at = time.monotonic()
    if since is not None:
        logger.warning("A provider that was left alone works again.", extra={"provider": name, "since": str(since)})
    _learn(replace(standing, failures=0, opened_until=None, down_since=None, trouble="", answer_ms=pace.answer_ms))
