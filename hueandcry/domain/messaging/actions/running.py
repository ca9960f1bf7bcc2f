"""One job's walk through one message: two hands, each of which claims some, sends a window and writes what came of it.

While one waits for the database, the other sends; while a provider answers the last of one window, it gets the first of
the next. Each has half of SEND_WINDOW in a window, so that never more than that is handed over and not yet written. A
claim is of several windows where that is quick: a statement takes as long for one as for three. After each window is
asked whether the rest is to wait.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Sequence

from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections

from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.actions.claiming import Row, Window, window_size
from hueandcry.domain.messaging.actions.handing import Handing
from hueandcry.domain.messaging.actions.leasing import LEASES
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.actions.recording import Hold, Standing, follow_uncertain, record
from hueandcry.domain.messaging.actions.waking import DISPATCH, ask_for
from hueandcry.domain.messaging.rules import GIVE_WAY, PRIORITY_OF, SHARE_FROM, SLICE, TURN, WRITE_WITHIN
from hueandcry.kit import clock, jobs, prepared

logger = logging.getLogger(__name__)

# How often a message that lets others pass looks whether they have.
_LOOK_AGAIN_S = 0.02
# A claim is dealt with within so long, and is of so many windows at most.
_CLAIM_S = 0.25
_MOST_WINDOWS = 4
# How often a database that went away is tried again.
_WRITE_AGAIN_S = 0.25

_NEXT = "SELECT min(at) FROM messaging_stretch WHERE message_id = %s::bigint AND NOT is_leased"
_POSTPONE = """
    UPDATE messaging_stretch SET at = COALESCE(%s::timestamptz, clock_timestamp()) + %s::interval
    WHERE message_id = %s::bigint AND NOT is_leased AND at <= COALESCE(%s::timestamptz, clock_timestamp())
"""
_BELIEVES_NOTHING = """
    SELECT 1 FROM pg_class WHERE oid = 'messaging_delivery'::regclass AND reltuples <= 0 AND relpages > 0
"""


class Run:
    """One job's walk through one message."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.dealt_with = 0
        self._began = self._looked = _seconds()
        self._share_at = 0.0
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self._steps_back = self._is_held = False
        self._other: threading.Thread | None = None
        self._trouble: BaseException | None = None

    def go(self) -> None:
        """Walk until nothing is due, or others are to go first; one window goes in any case."""
        with contextlib.ExitStack() as planned:
            try:
                self._walk(planned)
            except BaseException:
                self._ends.set()
                raise
            finally:
                if self._other is not None:
                    self._other.join()
        if self._trouble is not None:
            raise self._trouble
        if self._steps_back:
            ask_for(self.letter.ref, self.letter.lane)
        elif not self._is_held:
            self._come_back_later()

    def _walk(self, planned: contextlib.ExitStack | None = None) -> None:
        """Claim, send, write, and again; `planned` is given to the first hand, which asks for the other."""
        gives_way = planned is None
        many = window_size()
        while not self._ends.is_set() and not self._is_halted():
            began = time.monotonic()
            window = self._claim(gives_way=gives_way, many=many)
            gives_way = True
            if window.lapsed:
                self.letter.claims.free()
            if window.gives_way:
                self._let_pass()
                continue
            if window.paused or not (window.looked or window.lapsed):
                self._is_held = self._is_held or window.paused
                return
            if window.uncertain:
                follow_uncertain(self.letter, window.uncertain)
            self._share(window)
            if planned is not None and self._other is None and window.many >= window_size():
                self._take_other_hand(planned)
            if window.rows:
                self._deal_with(window)
            many = _next_claim(window, many, time.monotonic() - began)
            if self._is_long():
                self._step_back()

    def _is_halted(self) -> bool:
        self._is_held = self._is_held or routing.halted()
        return self._is_held

    def _step_back(self) -> None:
        self._steps_back = True
        self._ends.set()

    # ------------------------------------------------------------ two hands

    def _take_other_hand(self, planned: contextlib.ExitStack) -> None:
        """Walk with a second thread too; inside somebody's transaction, and where time is told, one does it all."""
        if connection.in_atomic_block or clock.told() is not None:
            return
        planned.enter_context(prepared.planned_once())
        self._other = threading.Thread(target=self._walk_apart, name="other hand", daemon=True)
        self._other.start()

    def _walk_apart(self) -> None:
        try:
            with prepared.planned_once():
                _look_at_table()
                self._walk()
        except BaseException as trouble:  # noqa: BLE001 - it is raised by the first hand
            self._trouble = self._trouble or trouble
            self._ends.set()
        finally:
            connections.close_all()

    # ------------------------------------------------------------ one window

    def _claim(self, *, gives_way: bool, many: int) -> Window:
        began = time.monotonic()
        window = self.letter.claims.claim(gives_way=gives_way, many=many)
        with self._lock:
            self.dealt_with += window.many
        if window.lease is not None:
            LEASES.hold(window.lease, window.rows, since=began)
        return window

    def _deal_with(self, window: Window) -> None:
        """Send what was claimed, a part at a time; what is to wait goes back into the queue."""
        size = window_size()
        try:
            for first in range(0, len(window.rows), size):
                rest = window.rows[first + size :]
                handing = Handing(self.letter, window.lease)
                standing = self._send(handing, window.rows[first : first + size], _hold(window, rest[:size]))
                if not standing.ours:
                    # We stood still for so long that it was given to others.
                    return
                wait_s = handing.wait_s if handing.is_refused() else None
                stops = standing.cancelled or standing.waits or self._ends.is_set() or self._is_halted()
                if rest and (wait_s or stops):
                    self._put_back(rest, window.lease)
                    rest = ()
                if wait_s:
                    self._postpone(wait_s)
                if not rest:
                    return
        finally:
            LEASES.drop(window.lease or 0)

    def _send(self, handing: Handing, rows: Sequence[Row], hold: Hold) -> Standing:
        """Send one part and write what became of it, whatever happens on the way."""
        whole = False
        try:
            handing.send(rows)
            whole = True
        finally:
            # What nothing is known of stays in our hands until the lease ends.
            standing = self._write(handing, hold if whole else Hold())
        return standing

    def _put_back(self, rows: Sequence[Row], lease: int | None) -> None:
        handing = Handing(self.letter, lease)
        handing.put_back(rows)
        self._write(handing, Hold(lease))

    def _write(self, handing: Handing, hold: Hold) -> Standing:
        """Write what is known; while the database is away try again, for it is not to be lost."""
        until = time.monotonic() + WRITE_WITHIN.total_seconds()
        while True:
            try:
                return record(self.letter, handing.outcomes, hold)
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

    def _postpone(self, wait_s: float) -> None:
        """Let the rest of the message wait too: nobody takes any of it now."""
        now = clock.told()
        prepared.rows(_POSTPONE, [now, f"{wait_s} s", self.letter.id, now])

    # ------------------------------------------------------------ others

    def _let_pass(self) -> None:
        """Wait while something more urgent is to go; after a while, or where nobody else can send it, step back."""
        until = time.monotonic() + GIVE_WAY.total_seconds()
        while self._other is not None and time.monotonic() < until and not self._ends.is_set():
            time.sleep(_LOOK_AGAIN_S)
            if not self.letter.claims.must_give_way():
                return
        self._step_back()

    def _share(self, window: Window) -> None:
        """Ask another worker to take part where much is left; and now and then again, for one may have come to us."""
        now = time.monotonic()
        with self._lock:
            if window.left < SHARE_FROM or now < self._share_at:
                return
            self._share_at = now + TURN.total_seconds()
        if jobs.workers_alive() > 1:
            ask_for(self.letter.ref, self.letter.lane, to_share=True)

    def _is_long(self) -> bool:
        """Say whether it is another's turn: after a while in any case, sooner while another waits for a worker."""
        now = _seconds()
        if now - self._began > SLICE.total_seconds():
            return True
        with self._lock:
            if now - self._looked < TURN.total_seconds():
                return False
            self._looked = now
        return jobs.waits(DISPATCH, least=PRIORITY_OF[self.letter.lane], but_for=f"message:{self.letter.ref}")

    def _come_back_later(self) -> None:
        """Ask for the job again when the first of the rows that wait is due."""
        ((at,),) = prepared.rows(_NEXT, [self.letter.id])
        if at is not None:
            ask_for(self.letter.ref, self.letter.lane, at)


def _hold(window: Window, following: Sequence[Row]) -> Hold:
    """Return what a claim is once a window of it is written, when these are handed over next."""
    if not following:
        return Hold(window.lease)
    return Hold() if window.handed_to is None else Hold(window.lease, following[-1].id)


def _next_claim(window: Window, many: int, seconds: float) -> int:
    """Return how many rows to claim next: more where it went quickly, and fewer where little is left to share."""
    least = window_size()
    if seconds > _CLAIM_S:
        return max(many // 2, least)
    if window.many >= many and seconds < _CLAIM_S / 2:
        many = min(many * 2, _MOST_WINDOWS * least)
    return max(min(many, window.left // _MOST_WINDOWS), least)


def _look_at_table() -> None:
    """Let the database look, where it believes that nobody was ever written to.

    A vacuum that meets rows while they are being written counts none, and statements would be planned for none.
    """
    if prepared.rows(_BELIEVES_NOTHING, []):
        with contextlib.suppress(DatabaseError):
            prepared.rows("SET lock_timeout = 100", [])
            prepared.rows("ANALYZE messaging_delivery", [])
        prepared.rows("RESET lock_timeout", [])


def _seconds() -> float:
    """Return a time to measure by, which no change of the clock moves; where time is told, it is that."""
    told = clock.told()
    return time.monotonic() if told is None else told.timestamp()
