"""Pages that are told by themselves (server-sent events): one question for all who watch the same thing.

The process asks the database once a second for each thing that somebody watches, over one connection, whoever many they
are; what changed goes to all of them. Nobody watches, nobody asks. NOTIFY was not taken: it would come from the
transactions that write down what was sent, where each costs all workers a common lock (docs/operate/live.md).
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError

logger = logging.getLogger(__name__)

Parts = dict[str, str]
Ask = Callable[[], Parts]

# At most so often, and no more than a twentieth of the time: what takes 100 ms to ask is asked every two seconds. The
# quickest of the last few times counts: the first looks more up, and others may have been busy.
EVERY_S = 1.0
SHARE = 20
LAST = 5
LONGEST_PAUSE_S = 15.0
# What has not changed so many times is asked about less often.
STILL_AFTER = 10
STILL_EVERY_S = 3.0
AFTER_TROUBLE_S = 5.0
# A word in between, so that nobody on the way takes the line for dead.
PING_S = 15.0
# Whether their sessions still hold is asked so often; and after so long everybody comes in by the door again.
SESSIONS_S = 5.0
LONGEST_S = 600.0
MOST = 1_000


@dataclass
class Listener:
    """One page that watches."""

    session_key: str
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    pending: Parts = field(default_factory=dict)
    over: bool = False

    def tell(self, changed: Parts) -> None:
        """Keep what changed until it is sent: who is slow gets the newest of each part, and nothing piles up."""
        self.pending.update(changed)
        self.woken.set()

    def end(self) -> None:
        """Let its stream end."""
        self.over = True
        self.woken.set()


class Watch:
    """One thing that is watched, and by whom."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.listeners: list[Listener] = []
        self.last: Parts = {}
        self.still = 0
        self.took: deque[float] = deque(maxlen=LAST)
        self.checked_at = 0.0

    def take(self, parts: Parts) -> None:
        """Tell everybody what is not as it was."""
        changed = {name: made for name, made in parts.items() if self.last.get(name) != made}
        self.last = parts
        self.still = 0 if changed else self.still + 1
        if changed:
            for listener in self.listeners:
                listener.tell(changed)

    def pause(self, took: float) -> float:
        """Return how long to wait before asking again, after it took so long."""
        dear = min(self.took) * SHARE if self.took else 0.0
        self.took.append(took)
        return max(EVERY_S if self.still < STILL_AFTER else STILL_EVERY_S, min(dear, LONGEST_PAUSE_S))


class Hub:
    """All that is watched in one process."""

    def __init__(self) -> None:
        self.watches: dict[Hashable, Watch] = {}
        # One thread, so one connection, which is let go when nobody watches.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="streams")
        self._tasks: set[asyncio.Task[None]] = set()

    def many(self) -> int:
        """Return how many pages watch."""
        return sum(len(watch.listeners) for watch in self.watches.values())

    def join(self, key: Hashable, ask: Ask, session_key: str) -> Listener:
        """Let a page watch; it gets what is known at once."""
        listener = Listener(session_key)
        watch = self.watches.get(key)
        if watch is None:
            watch = self.watches[key] = Watch(ask)
            task = asyncio.get_running_loop().create_task(self._go_on(key, watch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        watch.listeners.append(listener)
        if watch.last:
            listener.tell(watch.last)
        return listener

    def leave(self, key: Hashable, listener: Listener) -> None:
        """Forget a page."""
        watch = self.watches.get(key)
        if watch is not None and listener in watch.listeners:
            watch.listeners.remove(listener)

    async def _go_on(self, key: Hashable, watch: Watch) -> None:
        loop = asyncio.get_running_loop()
        try:
            while watch.listeners:
                began = loop.time()
                try:
                    watch.take(await loop.run_in_executor(self._thread, watch.ask))
                    await self._check_sessions(watch, loop)
                except NotHereError:
                    for listener in watch.listeners:
                        listener.end()
                    return
                except Exception:
                    # The database is away, or it is a fault of ours: whoever watches must not be left with old numbers.
                    logger.warning("What is watched cannot be asked for now.", exc_info=True)
                    await loop.run_in_executor(self._thread, _let_go)
                    await asyncio.sleep(AFTER_TROUBLE_S)
                    continue
                await asyncio.sleep(watch.pause(loop.time() - began))
        finally:
            self.watches.pop(key, None)
            if not self.watches:
                await loop.run_in_executor(self._thread, _let_go)

    async def _check_sessions(self, watch: Watch, loop: asyncio.AbstractEventLoop) -> None:
        if loop.time() - watch.checked_at < SESSIONS_S:
            return
        watch.checked_at = loop.time()
        keys = {listener.session_key for listener in watch.listeners}
        hold = await loop.run_in_executor(self._thread, _that_hold, keys)
        for listener in watch.listeners:
            if listener.session_key not in hold:
                listener.end()


def _let_go() -> None:
    """Close the connection of the thread that this runs in: each has its own."""
    connection.close()


def _that_hold(keys: set[str]) -> set[str]:
    """Return which of these sessions are not ended, in one question."""
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    return set(rows.values_list("session_key", flat=True))


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """Return what is watched in this process."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def stream(request: HttpRequest, *, key: Hashable, ask: Ask) -> HttpResponse:
    """Tell a page by itself what changes of the parts that `ask` returns, as long as its session holds.

    `key` says what is watched and with which rights: pages with the same key get the same. A server that has a process
    for each request cannot hold a line open: there the page is answered with nothing, and asks by itself now and then.
    """
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=204)
    told = StreamingHttpResponse(_events(key, ask, request.session.session_key or ""), content_type="text/event-stream")
    told["Cache-Control"] = "no-store"
    told["X-Accel-Buffering"] = "no"
    return cast("HttpResponse", told)


async def _events(key: Hashable, ask: Ask, session_key: str) -> AsyncIterator[bytes]:
    # The door asked the database; a page that stays for hours must not keep that connection.
    await sync_to_async(_let_go, thread_sensitive=True)()
    here = hub()
    if here.many() >= MOST:
        return
    async for event in told(here, key, ask, session_key):
        yield event


async def told(here: Hub, key: Hashable, ask: Ask, session_key: str) -> AsyncIterator[bytes]:
    """Return the events of one page: parts that changed as JSON, a ping when nothing did, `over` at the end."""
    loop = asyncio.get_running_loop()
    listener = here.join(key, ask, session_key)
    until = loop.time() + LONGEST_S
    try:
        yield b"retry: 3000\n\n"
        while loop.time() < until:
            try:
                await asyncio.wait_for(listener.woken.wait(), PING_S)
            except TimeoutError:
                yield b": here\n\n"
                continue
            listener.woken.clear()
            if listener.over:
                yield b"event: over\ndata: {}\n\n"
                return
            changed, listener.pending = listener.pending, {}
            yield f"data: {json.dumps(changed)}\n\n".encode()
    finally:
        here.leave(key, listener)
