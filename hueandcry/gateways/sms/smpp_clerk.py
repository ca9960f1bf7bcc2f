"""Who keeps what comes over the lines of this process, and which of the provider's connections are ours.

A thread of its own with a connection to the database: the board's thread never waits for a table. How many connections
the provider allows is shared by all workers, on all machines: one advisory lock each, free again when a worker dies.
"""

import hashlib
import logging
import threading
import time
import zlib
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from hueandcry.gateways.sms.smpp_board import Board
from hueandcry.gateways.sms.smpp_kept import RECEIPT, Names, Row, Store, row_of
from hueandcry.gateways.sms.smpp_lines import Account, Line
from hueandcry.gateways.sms.smpp_text import Alphabet, Ids
from hueandcry.gateways.sms.smpp_wire import Heard, MalformedError, Status, read_delivered
from hueandcry.kit import clock

logger = logging.getLogger(__name__)

# How much one statement keeps.
MOST_KEPT: Final = 2000
# What waits to be kept, at most: beyond it the provider is asked to come again later.
MOST_WAITING: Final = 20_000
# Seconds between looks: at who else wants a connection, at what is free, at a database that is away.
LOOK_AFTER: Final = 1.0
SEEK_AFTER: Final = 0.3
# How long a worker may go on while another, that has something to send, has no connection at all.
TURN: Final = 2.0
# A provider that got no answer brings the same again; two equal texts of one person come otherwise.
DOUBLE_AFTER: Final = 3.0
UNSURE_FOR: Final = 600.0
# An answer that went out so shortly before a connection broke perhaps never arrived.
PERHAPS_LOST: Final = 15.0
MOST_REMEMBERED: Final = 1000
# How long, in seconds, whoever stops waits for the last things to be kept.
PATIENCE: Final = 5.0
# The number of the lock that says: somebody has no connection and wants one.
WAITING: Final = 1_000_000

_TRY = "SELECT pg_try_advisory_lock(%s, %s)"
_FREE = "SELECT pg_advisory_unlock(%s, %s)"
_TRY_SHARED = "SELECT pg_try_advisory_lock_shared(%s, %s)"
_FREE_SHARED = "SELECT pg_advisory_unlock_shared(%s, %s)"
_OTHERS_WAIT = """
    SELECT EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND pid <> pg_backend_pid()
    )
"""


class Turns:
    """Which of the provider's connections are ours: used by one thread, which keeps its connection to the database."""

    def __init__(self, account: Account) -> None:
        self.held: dict[int, float] = {}
        self._most = account.binds
        self._key = zlib.crc32(f"smpp {account.host} {account.port} {account.terms.user}".encode()) & 0x7FFFFFFF
        self._waiting = False

    def take(self) -> int | None:
        """Take one that is free; nothing when there is none."""
        for slot in range(self._most):
            if slot not in self.held and self._ask(_TRY, slot):
                self.held[slot] = time.monotonic()
                return slot
        return None

    def give_back(self, slot: int) -> None:
        """Let one go."""
        if self.held.pop(slot, None) is not None:
            self._ask(_FREE, slot)

    def take_again(self) -> list[int]:
        """Take those that we had, after the connection to the database was lost; return those that are gone."""
        had, self.held, self._waiting = self.held, {}, False
        for slot, since in had.items():
            if self._ask(_TRY, slot):
                self.held[slot] = since
        return [slot for slot in had if slot not in self.held]

    def others_wait(self) -> bool:
        """Say whether another worker has none and wants one."""
        with connection.cursor() as cursor:
            cursor.execute(_OTHERS_WAIT, [self._key, WAITING])
            return bool(cursor.fetchone()[0])

    def wait(self, *, wanted: bool) -> None:
        """Let the others know whether we wait for one."""
        if wanted != self._waiting:
            self._waiting = wanted
            self._ask(_TRY_SHARED if wanted else _FREE_SHARED, WAITING)

    def _ask(self, sql: str, number: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(sql, [self._key, number])
            return bool(cursor.fetchone()[0])


class _Came(NamedTuple):
    """Something delivered, not kept yet."""

    line: Line
    heard: Heard
    at: float


class _Doubles:
    """What was kept before, and comes again because our answer did not arrive: its connection broke."""

    def __init__(self) -> None:
        self._kept: dict[bytes, _Came] = {}

    def remember(self, came: _Came) -> None:
        """Note that this was kept."""
        now = time.monotonic()
        self._kept[_digest(came.heard)] = came._replace(at=now)
        if len(self._kept) > MOST_REMEMBERED:
            self._kept = {digest: one for digest, one in self._kept.items() if now - one.at < UNSURE_FOR}

    def is_one(self, came: _Came) -> bool:
        """Say whether this was kept already; once, for the next may be another that says the same."""
        digest = _digest(came.heard)
        before = self._kept.get(digest)
        if before is None or before.line.ended_at is None or before.line is came.line:
            return False
        del self._kept[digest]
        return before.line.ended_at - before.at < PERHAPS_LOST and came.at - before.at < UNSURE_FOR


def _digest(heard: Heard) -> bytes:
    return hashlib.sha256(heard.body).digest()


class DatabaseClerk:
    """Keeps what comes in the database. Public methods may be called by any thread."""

    def __init__(self, account: Account, store: Store, *, alphabet: str = Alphabet.GSM, ids: str = Ids.SAME) -> None:
        self.names = Names(ids, account.prefix)
        self._account, self._store = account, store
        self._alphabet, self._ids = alphabet, ids
        self._came: deque[_Came] = deque()
        self._released: deque[int] = deque()
        self._doubles = _Doubles()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None
        self._wanted = 0
        self._rests_until = 0.0
        self._stop = threading.Event()

    def begin(self, board: Board) -> None:
        """Start to work for this board."""
        earlier = self._thread
        self._wanted, self._stop = 0, threading.Event()
        self._released.clear()
        # An earlier thread may still be on its way out: it has a stop of its own, and is waited for.
        self._changed.set()
        self._thread = threading.Thread(
            target=self._run, args=(board, self._stop, earlier), name="smpp-clerk", daemon=True
        )
        self._thread.start()

    def want(self, many: int) -> None:
        """Ask for so many connections."""
        self._wanted = many
        self._changed.set()

    def release(self, slot: int) -> None:
        """Give one back."""
        self._released.append(slot)
        self._changed.set()

    def hear(self, line: Line, heard: Sequence[Heard]) -> None:
        """Take what was delivered, to keep and to answer it."""
        now = time.monotonic()
        self._came.extend(_Came(line, one, now) for one in heard)
        self._changed.set()

    def is_full(self) -> bool:
        """Say whether so much waits that the provider must come again later."""
        return len(self._came) >= MOST_WAITING

    def end(self) -> None:
        """Stop, as soon as what came is kept."""
        self._stop.set()
        self._changed.set()

    def wait(self) -> None:
        """Wait until it has stopped."""
        if self._thread is not None:
            self._thread.join(PATIENCE)

    # ------------------------------------------------------------ the thread

    def _run(self, board: Board, stop: threading.Event, earlier: threading.Thread | None) -> None:
        if earlier is not None:
            earlier.join()
        turns = Turns(self._account)
        lost = False
        try:
            while not (stop.is_set() and not self._came and not self._store.owes):
                self._changed.clear()
                try:
                    if lost:
                        for slot in turns.take_again():
                            board.revoke(slot)
                        lost = False
                    self._see_to_turns(board, turns, stop)
                    self._keep_all(board)
                    if self._store.owes and (self._store.owes_for() <= 0 or stop.is_set()):
                        self._store.ask()
                except (OperationalError, InterfaceError):
                    # Nothing is lost: what came is not answered, and stays here or comes again.
                    logger.warning("What the provider brings cannot be kept: the database is away.")
                    connection.close()
                    lost = True
                    if stop.is_set():
                        return
                    time.sleep(LOOK_AFTER)
                    continue
                self._changed.wait(self._patience(turns, board))
        except Exception:  # the edge of a thread: nobody above it would hear
            logger.exception("The thread that keeps what the provider brings failed.")
        finally:
            connection.close()

    def _patience(self, turns: Turns, board: Board) -> float:
        idle = self._idle(turns, board)
        return min(idle, max(self._store.owes_for(), 0.0)) if self._store.owes else idle

    def _idle(self, turns: Turns, board: Board) -> float:
        if len(turns.held) < self._wanted:
            return SEEK_AFTER if board.is_busy else LOOK_AFTER
        return LOOK_AFTER if turns.held else 60.0

    def _see_to_turns(self, board: Board, turns: Turns, stop: threading.Event) -> None:
        """Take the connections that are wanted and free; let somebody who has none have one of ours."""
        while self._released:
            turns.give_back(self._released.popleft())
        while not stop.is_set() and len(turns.held) < self._wanted and time.monotonic() >= self._rests_until:
            slot = turns.take()
            if slot is None:
                break
            board.grant(slot)
        turns.wait(wanted=board.is_busy and not turns.held and not stop.is_set())
        if not turns.held or not turns.others_wait():
            return
        now = time.monotonic()
        slot = max(turns.held)
        if len(turns.held) > 1 or not board.is_busy or now - turns.held[slot] >= TURN:
            self._rests_until = now + TURN
            board.revoke(slot)

    def _keep_all(self, board: Board) -> None:
        while self._came:
            some = [self._came[number] for number in range(min(len(self._came), MOST_KEPT))]
            self._keep(board, some)
            for _ in some:
                self._came.popleft()

    def _keep(self, board: Board, some: Sequence[_Came]) -> None:
        """Keep what came with one statement, then answer it."""
        rows: list[tuple[_Came, Row]] = []
        good: list[_Came] = []
        refused: list[_Came] = []
        seen: dict[bytes, _Came] = {}
        now = clock.now()
        for came in some:
            try:
                row = row_of(read_delivered(came.heard), alphabet=self._alphabet, ids=self._ids, now=now)
            except MalformedError:
                logger.warning("The provider brought %d octets that cannot be read.", len(came.heard.body))
                refused.append(came)
                continue
            if row is None or (row.kind != RECEIPT and (self._doubles.is_one(came) or _comes_again(came, seen))):
                good.append(came)
            else:
                rows.append((came, row))
        kept, spoilt = self._write(rows)
        for came, row in rows:
            if row.kind != RECEIPT:
                self._doubles.remember(came)
        self.names.look([row for _, row in rows])
        board.answer((came.line, came.heard) for came in (*good, *kept))
        if refused or spoilt:
            board.answer(((came.line, came.heard) for came in (*refused, *spoilt)), Status.NEVER)

    def _write(self, rows: Sequence[tuple[_Came, Row]]) -> tuple[list[_Came], list[_Came]]:
        """Write rows, one by one where one of them spoils the rest; return what is kept, and what no table takes."""
        came = [one for one, _ in rows]
        if not rows:
            return [], []
        try:
            self._store.keep([row for _, row in rows])
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError:
            if len(rows) == 1:
                logger.exception("Something that the provider brought cannot be kept.")
                return [], came
            each = [self._write([one]) for one in rows]
            return [one for kept, _ in each for one in kept], [one for _, spoilt in each for one in spoilt]
        return came, []


def _comes_again(came: _Came, seen: dict[bytes, _Came]) -> bool:
    """Say whether it waits here already, brought before over another connection or long ago."""
    first = seen.setdefault(_digest(came.heard), came)
    return first is not came and (first.line is not came.line or came.at - first.at >= DOUBLE_AFTER)
