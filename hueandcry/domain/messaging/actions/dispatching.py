"""Handing messages over: claim a window of rows, send it, write what became of it; side by side (ADR 13, 19).

While one window is sent, a second thread writes the outcomes of the one before and claims the next. It does so in
turn, so that never more than two windows (SEND_WINDOW) are handed over and not yet written.
"""

import contextlib
import datetime as dt
import functools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections

from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.actions.claiming import Row, Window, window_size
from hueandcry.domain.messaging.actions.handing import Handing
from hueandcry.domain.messaging.actions.leasing import LEASES
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.actions.receipts import collect
from hueandcry.domain.messaging.actions.recording import follow_uncertain, let_go, record
from hueandcry.domain.messaging.rules import (
    GIVE_WAY,
    NEGLECTED_AFTER,
    PRIORITY_OF,
    SHARE_FROM,
    SLICE,
    TRUSTED,
    TURN,
    WRITE_WITHIN,
    Lane,
)
from hueandcry.kit import clock, jobs, prepared

logger = logging.getLogger(__name__)

DISPATCH = "messaging.dispatch"
# How long after a dispatch the providers are asked again for receipts.
SOON = dt.timedelta(seconds=5)
# How often a message that lets others pass looks whether they have.
_LOOK_AGAIN_S = 0.02
# How often a database that went away is tried again.
_WRITE_AGAIN_S = 0.25

# Messages with something due that nobody looked at for a while: a worker died, or a job was lost. Those of a later lane
# would let the others pass anyway.
_NEGLECTED = """
    WITH here AS MATERIALIZED (
        SELECT COALESCE(%s::timestamptz, clock_timestamp()) AS now
    ), due AS MATERIALIZED (
        SELECT message.id, message.ref, stretch.lane FROM messaging_stretch AS stretch
        JOIN messaging_message AS message ON message.id = stretch.message_id, here
        WHERE stretch.at <= here.now AND (message.paused_at IS NULL
            OR message.cancelled_at IS NOT NULL OR message.expires_at <= here.now)
            AND (stretch.is_leased OR GREATEST(stretch.at, stretch.looked_at) <= here.now - %s::interval)
    )
    SELECT DISTINCT ref, lane, id FROM due WHERE NOT %s::boolean OR lane = (SELECT min(lane) FROM due) ORDER BY lane, id
"""
_BELIEVES_NOTHING = """
    SELECT 1 FROM pg_class WHERE oid = 'messaging_delivery'::regclass AND reltuples <= 0 AND relpages > 0
"""
_FORGET = f"""
    DELETE FROM messaging_change WHERE at < clock_timestamp() - interval '{2 * TRUSTED.total_seconds()} s'
"""  # noqa: S608 - our own words only
_NEXT = "SELECT min(at) FROM messaging_stretch WHERE message_id = %s::bigint AND NOT is_leased"
_POSTPONE = """
    UPDATE messaging_stretch SET at = COALESCE(%s::timestamptz, clock_timestamp()) + %s::interval
    WHERE message_id = %s::bigint AND NOT is_leased AND at <= COALESCE(%s::timestamptz, clock_timestamp())
"""


def dispatch(*, message_ref: str) -> int:
    """Hand over what is due of one message, window by window; return how many rows were dealt with.

    Many workers may do so side by side. Rows that must wait ask for the job again at their time; a run that takes long
    steps back behind other messages, and lets what is more urgent pass.

    Raises:
        NotHereError: there is no such message.
    """
    dealt_with = 0
    while _HERE.begin(message_ref):
        run = _Run(Letter.open(message_ref))
        try:
            run.go()
        finally:
            run.close()
            again = _HERE.end(message_ref)
        dealt_with += run.dealt_with
        if not again:
            break
    if dealt_with:
        collect()
        jobs.defer("messaging.collect_soon", at=clock.now() + SOON, once="collect soon")
    return dealt_with


def sweep() -> int:
    """Ask for a dispatch of every message with rows that are due; return how many messages."""
    prepared.rows(_FORGET, [])
    return _ask_for_due(dt.timedelta(0), first_lane_only=False)


def look() -> int:
    """Ask for a dispatch of what nobody looked at for a few seconds, what is urgent first: a worker died."""
    return _ask_for_due(NEGLECTED_AFTER, first_lane_only=True)


def _ask_for_due(neglected_for: dt.timedelta, *, first_lane_only: bool) -> int:
    found = prepared.rows(_NEGLECTED, [clock.told(), neglected_for, first_lane_only])
    for ref, lane, _ in found:
        ask_for(ref, Lane(lane))
    return len(found)


def ask_for(message_ref: str, lane: Lane, at: dt.datetime | None = None) -> None:
    """Ask for a dispatch of one message, before those of later lanes."""
    # Runs side by side ask for the same moment: one job is enough.
    once = f"dispatch {message_ref}" if at is None else f"dispatch {message_ref} {at:%H%M%S}"
    subject = f"message:{message_ref}"
    jobs.defer(DISPATCH, subject=subject, record=0, at=at, once=once, priority=PRIORITY_OF[lane])


def _make_ready() -> None:
    """Make a clerk's connection ready; where the database believes that nobody was ever written to, let it look.

    A vacuum that meets rows while they are being written counts none, and statements would be planned for none.
    """
    prepared.plan_once()
    if prepared.rows(_BELIEVES_NOTHING, []):
        with contextlib.suppress(DatabaseError):
            prepared.rows("SET lock_timeout = 100", [])
            prepared.rows("ANALYZE messaging_delivery", [])
        prepared.rows("RESET lock_timeout", [])


class _Here:
    """Which messages this process has in hand: two threads of one would only take turns."""

    def __init__(self) -> None:
        self._again: dict[str, bool] = {}
        self._lock = threading.Lock()

    def begin(self, message_ref: str) -> bool:
        """Take a message in hand; nothing when it is, but whoever has it then looks once more."""
        with self._lock:
            is_here = message_ref in self._again
            self._again[message_ref] = is_here
            return not is_here

    def end(self, message_ref: str) -> bool:
        """Put a message down; say whether somebody asked for it meanwhile."""
        with self._lock:
            return self._again.pop(message_ref, False)


_HERE = _Here()


class _Clerk:
    """Writes and claims for one run, in turn: by itself at first, by a second thread once there is much to do.

    Inside somebody else's transaction, and where the time is told, everything is done by one.
    """

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._written: deque[Future[Any]] = deque()

    @property
    def is_apart(self) -> bool:
        """Say whether a second thread does it."""
        return self._thread is not None

    def go_apart(self) -> None:
        """Take a second thread, with a connection of its own."""
        if self._thread is None and not connection.in_atomic_block and clock.told() is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="clerk")
            self.write(_make_ready)

    def write(self, do: Callable[[], None]) -> None:
        """Have something written, in its turn; a fault shows at the next question."""
        if self._thread is None:
            do()
            return
        self._written.append(self._thread.submit(do))
        self.look()

    def ask(self, question: Callable[[], Window]) -> Callable[[], Window]:
        """Put a question, in its turn; what is returned waits for the answer."""
        return question if self._thread is None else self._thread.submit(question).result

    def look(self, *, at_all: bool = False) -> None:
        """Raise what went wrong with what is written by now, or with all of it."""
        while self._written and (at_all or self._written[0].done()):
            self._written.popleft().result()

    def close(self, at_last: Callable[[], None]) -> None:
        """Write what is to be written, this at last, and give the connection back."""
        if self._thread is None:
            at_last()
            return
        last = self._thread.submit(at_last)
        self._thread.submit(connections.close_all)
        self._thread.shutdown(wait=True)
        self._thread = None
        last.result()


def _seconds() -> float:
    """Return a time to measure by, which no change of the clock moves; where time is told, it is that."""
    told = clock.told()
    return time.monotonic() if told is None else told.timestamp()


class _Run:
    """One job's walk through one message."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.dealt_with = 0
        self._clerk = _Clerk()
        self._began = self._looked = _seconds()
        self._share_at = 0.0
        self._ahead: dict[int, Window] = {}

    def go(self) -> None:
        """Walk until nothing is due, or others are to go first; one window goes in any case."""
        ask: Callable[[], Window] = functools.partial(self._claim, gives_way=False)
        while not routing.halted():
            window = ask()
            self.dealt_with += window.many
            if window.gives_way:
                if not self._let_pass():
                    self._step_back()
                    return
                ask = self._claim
                continue
            if window.paused:
                return
            if not window.looked:
                break
            self._share(window)
            if window.uncertain:
                follow_uncertain(self.letter, window.uncertain)
            ask = self._ask_ahead(window)
            if window.rows:
                self._deal_with(window)
            if self._is_long():
                if self._clerk.is_apart:
                    ask()  # what was claimed ahead is put down at the end
                self._step_back()
                return
        self._clerk.look(at_all=True)
        self._come_back_later()

    def close(self) -> None:
        """End what runs beside; what was claimed ahead and not handed over goes back."""
        self._clerk.close(self._put_down)

    def _share(self, window: Window) -> None:
        """Ask another worker to take part where much is left; and now and then again, for one may have come to us."""
        now = time.monotonic()
        if window.left < SHARE_FROM or now < self._share_at:
            return
        self._share_at = now + TURN.total_seconds()
        if jobs.workers_alive() > 1:
            ask_for(self.letter.ref, self.letter.lane)

    def _ask_ahead(self, window: Window) -> Callable[[], Window]:
        if window.many >= window_size():
            self._clerk.go_apart()
        return self._clerk.ask(self._claim)

    def _claim(self, *, gives_way: bool = True) -> Window:
        began = time.monotonic()
        window = self.letter.claims.claim(gives_way=gives_way)
        if window.lease is not None:
            self._ahead[window.lease] = window
            LEASES.hold(window.lease, window.rows, since=began)
        return window

    def _deal_with(self, window: Window) -> None:
        """Send one window and have written what became of it, whatever happens on the way."""
        handing = Handing(self.letter, window.lease)
        self._ahead.pop(window.lease or 0, None)
        whole = False
        try:
            handing.send(window.rows)
            whole = True
        finally:
            # What nothing is known of stays in our hands until the lease ends.
            lease = window.lease if whole else None
            self._clerk.write(lambda: self._write(lambda: record(self.letter, handing.outcomes, lease), window.lease))
        if handing.wait_s and all(outcome.handover.try_again for outcome in handing.outcomes):
            self._postpone(handing.wait_s)

    def _put_down(self) -> None:
        """Put back what was claimed and not handed over."""
        while self._ahead:
            lease, window = self._ahead.popitem()
            self._write(functools.partial(let_go, self.letter, window.rows, lease), lease)

    def _write(self, do: Callable[[], None], lease: int | None) -> None:
        """Write what is known; while the database is away try again, for it is not to be lost."""
        until = time.monotonic() + WRITE_WITHIN.total_seconds()
        try:
            while True:
                try:
                    do()
                except (OperationalError, InterfaceError) as trouble:
                    if connection.in_atomic_block or time.monotonic() > until:
                        raise
                    logger.warning(
                        "What was sent cannot be written down for now (%s).",
                        type(trouble).__name__,
                        extra={"letter": self.letter.ref},
                    )
                    connections.close_all()
                    time.sleep(_WRITE_AGAIN_S)
                else:
                    return
        finally:
            LEASES.drop(lease or 0)

    def _let_pass(self) -> bool:
        """Wait while something more urgent is to go, but not for ever; say whether it has gone."""
        self._clerk.look(at_all=True)
        until = time.monotonic() + GIVE_WAY.total_seconds()
        # Alone in a transaction nothing else would go meanwhile.
        while self._clerk.is_apart and time.monotonic() < until:
            time.sleep(_LOOK_AGAIN_S)
            if not self.letter.claims.must_give_way():
                return True
        return False

    def _is_long(self) -> bool:
        """Say whether it is another's turn: after a while in any case, sooner while another waits for a worker."""
        now = _seconds()
        if now - self._began > SLICE.total_seconds():
            return True
        if now - self._looked < TURN.total_seconds():
            return False
        self._looked = now
        return jobs.waits(DISPATCH, least=PRIORITY_OF[self.letter.lane], but_for=f"message:{self.letter.ref}")

    def _step_back(self) -> None:
        self._clerk.look(at_all=True)
        ask_for(self.letter.ref, self.letter.lane)

    def _postpone(self, wait_s: float) -> None:
        """Let the rest of the message wait too: nobody takes any of it now."""
        self._clerk.look(at_all=True)
        now = clock.told()
        prepared.rows(_POSTPONE, [now, dt.timedelta(seconds=wait_s), self.letter.id, now])

    def _come_back_later(self) -> None:
        """Ask for the job again when the first of the rows that wait is due."""
        ((at,),) = prepared.rows(_NEXT, [self.letter.id])
        if at is not None:
            ask_for(self.letter.ref, self.letter.lane, at)


__all__ = ["Row", "ask_for", "dispatch", "look", "sweep"]
