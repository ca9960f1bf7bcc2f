"""The connections of this process to one SMPP provider: one thread holds them all and always listens.

Senders give it whole batches and hear back in batches, so that no message costs a change of threads of its own. What
the provider delivers by itself goes to the clerk (smpp_clerk.py) and is answered when the clerk has kept it.
"""

import contextlib
import logging
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple, Protocol

from hueandcry.gateways.addresses import Addresses, Where
from hueandcry.gateways.email.smtp_lines import secret
from hueandcry.gateways.sms.smpp_lines import MODES, PARTING, Account, Line, NobodyThere, asked
from hueandcry.gateways.sms.smpp_wire import SLOWER, Heard, Status, Submit, Trouble, Verdict

logger = logging.getLogger(__name__)

# How often, in seconds, lines are looked at that say nothing, while somebody waits.
LOOK_AFTER: Final = 0.1
IDLE_LOOK: Final = 1.0
# News go to a sender so many at a time, or after so many seconds.
TELL_MANY: Final = 50
TELL_AFTER: Final = 0.02
# Attempts that bring nothing, one after the other: then the provider cannot be spoken to now.
IN_VAIN: Final = 2
# Connections, one after the other, that broke under messages before they had taken a window of them.
MOST_BREAKS: Final = 4
# How often a message may lose its line before a byte of it was read.
TRIES: Final = 3
# Seconds between attempts while nobody waits, twice as long each time; and between attempts for those who wait.
FIRST_RETRY, LONGEST_RETRY = 1.0, 30.0
# A wrong password is not tried again and again: providers close accounts for that.
LASTING_RETRY: Final = 60.0
# Seconds that nothing is submitted after the provider asked us to go slower, twice as long each time it says so again.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
# Connections are held for so many seconds after the last send or collect; whoever collects does so every minute.
HELD_FOR: Final = 300.0
# Seconds that a further connection is kept while one is enough.
SPARE_FOR: Final = 30.0


# ------------------------------------------------------------ what is on its way


@dataclass(eq=False, slots=True)
class Part:
    """One submit_sm of a text."""

    text: "Text"
    number: int
    body: bytes = field(repr=False)
    end: int = 0
    at: float = 0.0
    tries: int = 0


@dataclass(eq=False, slots=True)
class Text:
    """One message on its way: one submit_sm or several."""

    reference: str
    total: int
    batch: "Batch" = field(repr=False)
    flying: int = 0
    taken: int = 0
    refused: int = 0
    lost: bool = False
    said: bool = False

    @property
    def begun(self) -> bool:
        """Say whether the provider has some of it, or may have."""
        return bool(self.flying or self.taken or self.lost)


class End(NamedTuple):
    """What became of a text that was not simply taken: refused by this status, or one of the ends below."""

    text: Text
    status: int
    wait_s: float | None = None


# Ends without a status of the provider's.
PERHAPS, NO_TIME, BROKEN = -1, -2, -3


class Over(NamedTuple):
    """Nothing more will be said; `trouble` when the provider cannot be spoken to."""

    trouble: Trouble | None = None


# A verdict says that the provider has one part, and how it calls it.
News = Verdict | End | Over


class Batch:
    """One call of send: what it waits for. News are put together by the board's thread and read by the sender's."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.fresh: list[News] = []
        # Texts of which something is still to be said.
        self.open = 0
        self._news: SimpleQueue[list[News]] = SimpleQueue()

    def tell(self) -> None:
        """Hand over what is fresh."""
        fresh, self.fresh = self.fresh, []
        self._news.put(fresh)

    def news(self, seconds: float) -> list[News]:
        """Return what is new; nothing when the time is up."""
        try:
            return self._news.get(timeout=max(0.0, seconds))
        except Empty:
            return []


# ------------------------------------------------------------ the board


class Clerk(Protocol):
    """Whoever keeps what is delivered, and knows how many connections are ours."""

    def begin(self, board: "Board") -> None:
        """Start to work for this board."""

    def want(self, many: int) -> None:
        """Ask for so many connections; `Board.grant` says which."""

    def release(self, slot: int) -> None:
        """Give one back."""

    def hear(self, line: Line, heard: Sequence[Heard]) -> None:
        """Take what was delivered; `Board.answer` when it is kept."""

    def is_full(self) -> bool:
        """Say whether so much waits to be kept that the provider must come again later."""

    def end(self) -> None:
        """Stop, as soon as what came is kept."""

    def wait(self) -> None:
        """Wait until it has stopped."""


class Board:
    """All connections of this process to one provider. Public methods may be called by any thread."""

    def __init__(self, account: Account, clerk: Clerk) -> None:
        self.account = account
        self._clerk = clerk
        self._orders: deque[Callable[[], None]] = deque()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._used_at = 0.0
        self._lines: dict[tuple[int, str], Line] = {}
        self._batches: set[Batch] = set()

    def _reset(self) -> None:
        self._ending = False
        self._bell = os.pipe()
        for end in self._bell:
            os.set_blocking(end, False)
        self._rung = False
        self._poll = select.poll()
        self._poll.register(self._bell[0], select.POLLIN)
        self._lines = {}
        self._by_number: dict[int, Line] = {}
        self._batches = set()
        # Parts of texts that are begun, or that lost their line, go first; then what is urgent.
        self._again: deque[Part] = deque()
        self._urgent: deque[Part] = deque()
        self._normal: deque[Part] = deque()
        self._slots: dict[int, float] = {}
        self._wanted = 0
        self._addresses = Addresses()
        self._asking = False
        self._vain = self._breaks = 0
        self._retry_at = self._failed_at = 0.0
        self._trouble: Trouble | None = None
        self._pause, self._pause_until = 0.0, 0.0
        self._look_at = self._told_at = 0.0

    # ------------------------------------------------------------ for every thread

    def use(self) -> None:
        """Hold a connection from now on, for as long as somebody asks for it now and then."""
        self._used_at = time.monotonic()
        with self._starting:
            if self._thread is not None:
                return
            self._orders.clear()
            self._reset()
            self._clerk.begin(self)
            self._thread = threading.Thread(target=self._run, name="smpp", daemon=True)
            self._thread.start()

    def give(self, batch: Batch, parts: Sequence[Part], *, urgent: bool) -> None:
        """Put parts of a batch in the queue."""
        self._order(lambda: self._give(batch, parts, urgent=urgent))

    def end(self, batch: Batch) -> None:
        """Say what became of the texts of a batch as it stands now, and forget it."""
        self._order(lambda: self._end_batch(batch))

    def answer(self, told: Iterable[tuple[Line, Heard]], status: int = Status.OK) -> None:
        """Answer what was delivered."""
        many = list(told)
        self._order(lambda: self._answer(many, status))

    def grant(self, slot: int) -> None:
        """Let a connection stand."""
        self._order(lambda: self._granted(slot))

    def revoke(self, slot: int) -> None:
        """Let another worker have a connection of ours, after the answers that it still owes."""
        self._order(lambda: self._part(slot))

    @property
    def is_busy(self) -> bool:
        """Say whether anybody waits for an answer."""
        return bool(self._batches)

    @property
    def is_bound(self) -> bool:
        """Say whether messages can go now."""
        return any(line.sends for line in tuple(self._lines.values()))

    @property
    def runs(self) -> bool:
        """Say whether the thread is there."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def close(self) -> None:
        """Say goodbye on every connection, and stop."""
        thread = self._thread
        if thread is not None:
            self._order(self._finish)
            thread.join(2 * PARTING)
        self._clerk.wait()

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.append(order)
        if not self._rung:
            self._rung = True
            with contextlib.suppress(OSError):
                os.write(self._bell[1], b"!")

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        try:
            while self._goes_on():
                self._turn()
        except Exception:  # the edge of a thread: nobody above it would hear
            logger.exception("The thread of the connections to the provider failed.")
            with self._starting:
                self._give_up(Trouble("Our own connections failed: see the log."))
                self._shut()

    def _goes_on(self) -> bool:
        with self._starting:
            if self._lines or self._orders:
                return True
            if not self._ending and (self._batches or time.monotonic() - self._used_at <= HELD_FOR):
                return True
            self._shut()
            return False

    def _shut(self) -> None:
        for line in self._lines.values():
            line.close()
        self._lines = {}
        for batch in self._batches:
            batch.fresh.append(Over())
            batch.tell()
        self._clerk.end()
        for end in self._bell:
            os.close(end)
        self._bell = (-1, -1)
        self._thread = None

    def _turn(self) -> None:
        """Do what can be done now, then wait until something happens."""
        self._rung = False
        while self._orders:
            self._orders.popleft()()
        now = time.monotonic()
        if now >= self._look_at:
            self._look(now)
        if self._again or self._urgent or self._normal:
            for line in list(self._by_number.values()):
                if line.sends and line.room > 0:
                    self._step(line, now)
        wait = LOOK_AFTER if self._batches or self._ending or not self.is_bound else IDLE_LOOK
        if self._tell(now):
            wait = TELL_AFTER
        for number, _ in self._poll.poll(wait * 1000):
            found = self._by_number.get(number)
            if found is not None:
                self._step(found, time.monotonic(), come=True)
            elif number == self._bell[0]:
                with contextlib.suppress(BlockingIOError):
                    os.read(number, 4096)

    def _step(self, line: Line, now: float, *, come: bool = False) -> None:
        """Read, hear, give the next messages, write."""
        before = line.events
        try:
            if come:
                line.move()
                self._hear(line, now)
            if line.sends:
                self._feed(line)
            if line.talk.out:
                line.write()
        except Trouble as trouble:
            self._hear(line, now)
            self._lose(line, trouble, now)
            return
        if line.events != before:
            self._poll.register(line.fileno(), line.events)
        if line.talk.over and not line.talk.flying and not line.talk.out:
            self._drop(line)

    def _tell(self, now: float) -> bool:
        """Hand out what is known, many at a time: each costs a change of threads. Say whether some is held back."""
        late = now >= self._told_at + TELL_AFTER
        held = False
        for batch in self._batches:
            if batch.fresh:
                if late or not batch.open or len(batch.fresh) >= TELL_MANY:
                    batch.tell()
                    self._told_at = now
                else:
                    held = True
        return held

    @property
    def _may_send(self) -> bool:
        """Say whether there is a line by which messages go, or one on its way to be."""
        return any(line.role != "receiver" for line in self._lines.values())

    # ------------------------------------------------------------ what goes out

    def _give(self, batch: Batch, parts: Sequence[Part], *, urgent: bool) -> None:
        now = time.monotonic()
        self._batches.add(batch)
        batch.open += sum([part.number == 1 for part in parts])
        if self._ending:
            for part in parts:
                self._end(part.text, BROKEN)
            return
        if now < self._pause_until:
            for part in parts:
                self._hand_back(part.text, Status.THROTTLED, now)
            return
        if self._trouble is not None and (self._trouble.lasting or self._vain >= IN_VAIN) and not self._may_send:
            # Who waits is told at once; a further attempt is made now and then, not for each of them.
            soonest = self._failed_at + (LASTING_RETRY if self._trouble.lasting else FIRST_RETRY)
            if now < soonest:
                self._refuse(batch, self._trouble)
                return
            self._retry_at = min(self._retry_at, now)
            self._vain = IN_VAIN - 1
        (self._urgent if urgent else self._normal).extend(parts)
        self._look_at = min(self._look_at, now)

    def _feed(self, line: Line) -> None:
        # Later than what has just come: only what comes after it is a sign that it may be answered.
        room, now = line.room, time.monotonic()
        if room <= 0 or now < self._pause_until:
            return
        parts: list[Part] = []
        for queue in (self._again, self._urgent, self._normal):
            while queue and len(parts) < room:
                part = queue.popleft()
                text = part.text
                if not (text.said or text.refused or text.lost):
                    part.at = now
                    text.flying += 1
                    parts.append(part)
        if parts:
            line.used_at = now
            line.talk.give(parts)

    def _end_batch(self, batch: Batch) -> None:
        if batch.open:
            for text in batch.texts:
                self._end(text, PERHAPS if text.begun else NO_TIME)
        self._close(batch, Over())

    def _end(self, text: Text, status: int, wait_s: float | None = None) -> None:
        if not text.said:
            text.said = True
            text.batch.open -= 1
            text.batch.fresh.append(End(text, status, wait_s))

    # ------------------------------------------------------------ what comes in

    def _hear(self, line: Line, now: float) -> None:
        if line.talk.heard:
            heard, line.talk.heard = line.talk.heard, []
            if self._clerk.is_full():
                line.talk.answer(heard, Status.NOT_NOW)
            else:
                self._clerk.hear(line, heard)
        if line.talk.verdicts:
            verdicts, line.talk.verdicts = line.talk.verdicts, []
            self._take(line, verdicts, now)

    def _take(self, line: Line, verdicts: Sequence[Verdict], now: float) -> None:
        good = 0
        for verdict in verdicts:
            part, status, _ = verdict
            assert isinstance(part, Part)  # noqa: S101 - we give nothing else
            text = part.text
            text.flying -= 1
            if not status:
                good += 1
                text.taken += 1
                if not text.said:
                    text.batch.fresh.append(verdict)
                    if text.taken == text.total:
                        text.said = True
                        text.batch.open -= 1
                    else:
                        self._maybe_end(text)
            elif status in SLOWER:
                self._slow_down(line, part, status, now)
            else:
                text.refused = status
                self._maybe_end(text)
        if good:
            line.went_well(good)
            line.used_at = now
            if line.good >= self.account.window:
                self._breaks = 0
            self._vain = 0
            self._trouble = None
            if now > self._pause_until:
                self._pause = 0.0

    def _maybe_end(self, text: Text) -> None:
        """Say what became of a text with parts that went different ways, when no answer is missing."""
        if text.flying or text.said:
            return
        if text.lost or (text.refused and text.taken):
            self._end(text, PERHAPS)
        elif text.refused:
            self._end(text, text.refused)

    def _slow_down(self, line: Line, part: Part, status: int, now: float) -> None:
        """The provider has enough of us: pause, take less at once, hand back what is not begun."""
        if now >= self._pause_until:
            self._pause = min(self._pause * 2 or FIRST_PAUSE, LONGEST_PAUSE)
            self._pause_until = now + self._pause
            line.went_too_fast()
            waiting = [*self._urgent, *self._normal]
            self._urgent.clear()
            self._normal.clear()
            for one in waiting:
                if one.text.begun:
                    self._again.append(one)
                else:
                    self._hand_back(one.text, status, now)
        if part.text.begun:
            # Half a text is no use to anybody: the rest follows after the pause.
            self._again.append(part)
            self._maybe_end(part.text)
        else:
            self._hand_back(part.text, status, now)

    def _hand_back(self, text: Text, status: int, now: float) -> None:
        self._end(text, status, round(max(self._pause_until - now, 0.1), 1))

    def _answer(self, told: Sequence[tuple[Line, Heard]], status: int) -> None:
        by_line: dict[Line, list[Heard]] = {}
        for line, heard in told:
            by_line.setdefault(line, []).append(heard)
        now = time.monotonic()
        for line, heard_there in by_line.items():
            if self._lines.get((line.slot, line.role)) is line:
                line.talk.answer(heard_there, status)
                self._step(line, now)

    # ------------------------------------------------------------ lines

    def _look(self, now: float) -> None:
        """See to what is due."""
        self._look_at = now + LOOK_AFTER
        for line in list(self._lines.values()):
            try:
                for part in line.overdue(now):
                    self._give_up_on(part)
                done = line.look(now)
            except Trouble as trouble:
                self._hear(line, now)
                self._lose(line, trouble, now)
                continue
            if done:
                self._drop(line)
            else:
                self._step(line, now)
        if self._ending:
            return
        if self._vain and any(line.sends and now - line.began >= FIRST_RETRY for line in self._lines.values()):
            logger.info("The provider takes us in again.")
            self._vain, self._trouble = 0, None
        self._want(now)
        if now >= self._retry_at:
            self._open_missing(now)

    def _want(self, now: float) -> None:
        """Say how many connections are wanted, and let go those that are not."""
        waiting = len(self._again) + len(self._urgent) + len(self._normal)
        wanted = 0
        if self._batches or now - self._used_at <= HELD_FOR:
            wanted = min(self.account.binds, 1 + (waiting // self.account.window if self.is_bound else 0))
        kept = [slot for slot in self._slots if self._is_in_use(slot, now)]
        wanted = max(wanted, len(kept) if wanted else 0)
        if wanted != self._wanted:
            self._wanted = wanted
            self._clerk.want(wanted)
        for slot in sorted(self._slots)[wanted:]:
            self._part(slot)

    def _is_in_use(self, slot: int, now: float) -> bool:
        return now - self._slots[slot] < SPARE_FOR or any(
            now - line.used_at < SPARE_FOR for line in self._lines.values() if line.slot == slot
        )

    def _part(self, slot: int) -> None:
        now = time.monotonic()
        lines = [line for line in self._lines.values() if line.slot == slot]
        for line in lines:
            line.part(now)
        if not lines:
            self._let_go(slot)

    def _let_go(self, slot: int) -> None:
        if self._slots.pop(slot, None) is not None:
            self._clerk.release(slot)

    def _granted(self, slot: int) -> None:
        self._slots[slot] = time.monotonic()
        self._look_at = 0.0

    def _open_missing(self, now: float) -> None:
        roles = MODES[self.account.mode]
        missing = [(slot, role) for slot in self._slots for role in roles if (slot, role) not in self._lines]
        if missing and not self._addresses.are_known:
            self._ask_names()
            return
        for slot, role in missing:
            if any(line.parting_until is not None for line in self._lines.values() if line.slot == slot):
                continue
            address = self._addresses.next()
            try:
                line = Line(self.account, slot, role, address)
            except NobodyThere as trouble:
                if not self._addresses.pass_over(address):
                    self._in_vain(trouble, now)
                else:
                    self._look_at = now
                return
            self._lines[slot, role] = self._by_number[line.fileno()] = line
            self._poll.register(line.fileno(), line.events)

    def _ask_names(self) -> None:
        """Ask the name servers beside this thread, which must not wait."""
        if self._asking:
            return
        self._asking = True

        def ask() -> None:
            try:
                found = asked(self.account)
            except Trouble as trouble:
                fault = trouble
                self._order(lambda: self._named([], fault))
            else:
                self._order(lambda: self._named(found, None))

        threading.Thread(target=ask, daemon=True).start()

    def _named(self, found: list[Where], trouble: Trouble | None) -> None:
        self._asking = False
        now = time.monotonic()
        if trouble is not None:
            self._in_vain(trouble, now, weight=IN_VAIN)
        else:
            self._addresses.learn(found)
            self._look_at = now

    def _lose(self, line: Line, trouble: Trouble, now: float) -> None:
        """A line is gone: what was in flight was perhaps taken, what never left us goes by another."""
        with contextlib.suppress(Trouble):
            line.write()  # what we still have to say of it
        perhaps, untouched = line.talk.lost()
        proven = line.talk.bound and (line.good > 0 or (not perhaps and now - line.began >= FIRST_RETRY))
        if perhaps:
            self._breaks += 1
            proven = proven and self._breaks < MOST_BREAKS
        for part in perhaps:
            self._give_up_on(part)
        for part in reversed(untouched):
            assert isinstance(part, Part)  # noqa: S101 - we give nothing else
            text = part.text
            text.flying -= 1
            part.tries += 1
            if part.tries < TRIES:
                self._again.appendleft(part)
            else:
                self._end(text, PERHAPS if text.begun else BROKEN)
            self._maybe_end(text)
        parting = line.parting_until is not None or line.talk.over
        self._drop(line)
        if isinstance(trouble, NobodyThere) and self._addresses.pass_over(line.address):
            self._retry_at = self._look_at = now
        elif not parting:
            logger.log(logging.WARNING if proven or not self._vain else logging.DEBUG, "%s", self.account.says(trouble))
            self._in_vain(trouble, now, weight=0 if proven else IN_VAIN if self._breaks >= MOST_BREAKS else 1)

    def _drop(self, line: Line) -> None:
        """Forget a line that has come to its end."""
        del self._lines[line.slot, line.role]
        del self._by_number[line.fileno()]
        self._poll.unregister(line.fileno())
        line.ended_at = time.monotonic()
        perhaps, untouched = line.talk.lost()
        for part in (*perhaps, *untouched):
            self._give_up_on(part)
        line.close()
        if line.parting_until is not None and not any(one.slot == line.slot for one in self._lines.values()):
            self._let_go(line.slot)
        if self._retry_at <= time.monotonic():
            self._retry_at = time.monotonic() + FIRST_RETRY

    def _give_up_on(self, part: Submit) -> None:
        assert isinstance(part, Part)  # noqa: S101 - we give nothing else
        part.text.flying -= 1
        part.text.lost = True
        self._maybe_end(part.text)

    def _in_vain(self, trouble: Trouble, now: float, *, weight: int = 1) -> None:
        """An attempt brought nothing: try again later, and tell those who wait when it is no use for now."""
        self._vain += weight
        self._trouble, self._failed_at = trouble, now
        if self._vain == 0:
            self._retry_at = now
        elif trouble.lasting:
            self._retry_at = now + LASTING_RETRY
        elif self._vain < IN_VAIN:
            self._retry_at = now + LOOK_AFTER
        else:
            self._retry_at = now + min(FIRST_RETRY * 2 ** (self._vain - IN_VAIN), LONGEST_RETRY)
        if (trouble.lasting or self._vain >= IN_VAIN) and not self._may_send:
            self._give_up(trouble)

    def _give_up(self, trouble: Trouble) -> None:
        """Tell everybody who waits that the provider cannot be spoken to."""
        for batch in list(self._batches):
            self._refuse(batch, trouble)
        for queue in (self._again, self._urgent, self._normal):
            queue.clear()

    def _refuse(self, batch: Batch, trouble: Trouble) -> None:
        for text in batch.texts:
            if text.begun:
                self._end(text, PERHAPS)
            text.said = True
        self._close(batch, Over(trouble))

    def _close(self, batch: Batch, over: Over) -> None:
        batch.fresh.append(over)
        batch.tell()
        self._batches.discard(batch)
        # A text knows its batch, and is forgotten with it.
        batch.texts = []

    def _finish(self) -> None:
        """Take nothing more, wait for the last answers, say goodbye."""
        self._ending = True
        now = time.monotonic()
        for queue in (self._again, self._urgent, self._normal):
            for part in queue:
                text = part.text
                if text.begun:
                    text.lost = True
                    self._maybe_end(text)
                else:
                    self._end(text, BROKEN)
            queue.clear()
        for line in list(self._lines.values()):
            line.part(now)
        self._look_at = 0.0


def with_context(account: Account) -> Account:
    """Return the account with the authorities that it trusts read once: they are hundreds.

    Raises:
        OSError: the file is not there, or holds no certificate.
    """
    return replace(account, context=secret(account.ca_file)) if account.tls == "tls" else account
