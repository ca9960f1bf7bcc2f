"""The only client of the web: many requests at once over connections that are kept open, each answered exactly once.

A request is never made twice by itself: the far side may have taken the first, and a text would come and cost twice. An
answer that never came says so (`went`), and the gateway's `again` decides. Redirects are not followed, the
environment's proxies not used. Straight to a provider our own sockets do it (http_lines), at half of what curl costs us
from Python; through a proxy curl does (http_curl).
"""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from email.utils import parsedate_to_datetime
from typing import Final, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from hueandcry.gateways import http_curl
from hueandcry.gateways.contract import Fate, Handover
from hueandcry.gateways.http_curl import CurlLines
from hueandcry.gateways.http_lines import Lines
from hueandcry.gateways.http_wire import GOOD, NO_TIME, Answer, Call, Terms
from hueandcry.kit import clock

__all__ = [
    "LONGEST_WAIT",
    "NO_TIME",
    "PERHAPS",
    "WAIT",
    "Answer",
    "Call",
    "Pump",
    "Terms",
    "is_safe",
    "perhaps",
    "pump_as_set",
    "slower",
    "wait_asked",
    "words_for",
]

# The longest that a provider can have us wait by its word, and how long we wait where its word is none, in seconds.
LONGEST_WAIT = 600.0
WAIT = 2.0
THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})

ELSEWHERE, BAD, BROKEN = 300, 400, 500
PERHAPS = "Perhaps sent: no answer came."


class Engine(Protocol):
    """The connections of one thread at a time."""

    def __init__(self, terms: Terms) -> None:
        """Begin without any."""

    def run(self, calls: Iterable[Call]) -> Iterator[Answer]:
        """Make requests, as many at once as there may be lines."""
        ...

    def drop_all(self) -> None:
        """Leave what is under way."""

    def close(self) -> None:
        """Close every connection."""


class Pump:
    """Makes requests; used by several threads at once, each with connections of its own that stay open in between."""

    def __init__(self, terms: Terms | None = None, engine: type[Engine] | None = None) -> None:
        self.terms = terms or Terms()
        self._engine: type[Engine] = engine or (CurlLines if self.terms.proxy else Lines)
        self._idle: deque[Engine] = deque()
        self._lock = threading.Lock()
        self._closed = False

    def all(self, calls: Iterable[Call]) -> Iterator[Answer]:
        """Make requests as they are taken from `calls`; yield one answer each, in the order in which they come.

        Raises:
            GatewayError: no connection can be had; what was yielded stands, the rest did not go.
        """
        engine = self._take()
        try:
            yield from engine.run(calls)
        finally:
            engine.drop_all()
            self._give_back(engine)

    def one(self, call: Call) -> Answer:
        """Make one request.

        Raises:
            GatewayError: as `all`.
        """
        return next(iter(self.all((call,))))

    def check(self, url: str) -> str:
        """Return an empty text when a connection to this address can be had, safe where it says so, else why not."""
        return http_curl.check(url, self.terms)

    def close(self) -> None:
        """Close the connections that are kept open."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, deque()
        for engine in idle:
            engine.close()

    def _take(self) -> Engine:
        with self._lock:
            if self._idle:
                # The one used last: its connections are the warmest.
                return self._idle.pop()
        return self._engine(self.terms)

    def _give_back(self, engine: Engine) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(engine)
                return
        engine.close()


def is_safe(address: str) -> bool:
    """Say whether a key may be sent to this web address: encrypted, or no further than this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in THIS_MACHINE)


def pump_as_set() -> Pump:
    """Return a pump as the settings say."""
    return Pump(
        Terms(
            lines=max(1, settings.HTTP_CONNECTIONS),
            answer=settings.HTTP_ANSWER_SECONDS,
            batch=settings.HTTP_BATCH_SECONDS,
            proxy=settings.HTTP_BY_PROXY,
            ca_file=settings.HTTP_CA_FILE,
        )
    )


# ------------------------------------------------------------ what an answer means

# Read a refusal as the provider means it: by its own table. None leaves it to ours.
Table = Callable[[Answer], Handover | None]

# What speaks of the one message; every other 4xx speaks of us (the address of the service, the key, the account), and
# is for somebody here to put right while messages wait.
REFUSED: dict[int, str] = {
    400: "The provider does not take this message.",
    413: "The message is too large.",
    414: "The message is too large.",
    422: "The provider does not take this message.",
}
ABOUT_US: dict[int, str] = {
    401: "The provider does not know our name or key",
    402: "The provider wants money",
    403: "The provider does not allow it",
    404: "The provider's address is another",
    405: "The provider's address is another",
    410: "The provider's address is another",
}
# A 5xx that says by its meaning that nothing was done (RFC 9110, 15.6: 501, 503, 505; RFC 6585: 511), or of which the
# go-between never reached the provider (Cloudflare's 521 refused, 523 no way there, 525 and 526 no encryption).
NOT_DONE = frozenset({501, 503, 505, 511, 521, 523, 525, 526})
# A go-between lost the answer: the far side may have taken the message.
LOST = frozenset({502, 504, 520, 522, 524, 598, 599})
# Envoy's 503 for two things: it found nobody, or whoever had the request went away before answering.
RESET, UNREACHED = b"reset before headers", (b"connection failure", b"overflow")
# Many who do it answer a POST by pointing elsewhere for its outcome; 303 says so (RFC 9110, 15.4.4).
SEE_ELSEWHERE = frozenset({302, 303})
WAIT_ASKED = frozenset({429, 503})


def words_for(answer: Answer, table: Table | None = None) -> Handover | None:
    """Return what an answer means for its message, or None when the provider took it: the gateway reads the rest.

    The provider's own table is asked first for everything that is no 2xx: it may know more. What is said here holds for
    anybody, and only what certainly was not done may go again by itself. Whatever the request had wholly gone out for
    and is answered with 500 (the server met something unexpected: before it passed the message on, or after), 502 or
    504 (a go-between lost the answer) is perhaps sent: the gateway's `again` decides, and where the provider does not
    know our reference that is a person. 503 says that it was not handled; 429 and 408 say the same.
    """
    reference, status = answer.reference, answer.status
    if not status:
        if answer.went:
            return perhaps(reference, f"{PERHAPS} {answer.trouble}")
        return Handover(reference, Fate.UNKNOWN, detail=answer.trouble, try_again=True)
    if GOOD <= status < ELSEWHERE:
        return None
    own = table(answer) if table is not None else None
    return own or _by_status(answer)


def _by_status(answer: Answer) -> Handover:
    reference, status = answer.reference, answer.status
    wait = wait_asked(answer)
    if wait is not None:
        return _slower(answer, wait)
    if status >= BROKEN:
        return _broken(answer)
    if status in REFUSED:
        return Handover(reference, Fate.FAILED, detail=f"{REFUSED[status]} ({status})")
    if status in SEE_ELSEWHERE:
        return perhaps(reference, f"Perhaps sent: the answer is elsewhere ({status}).")
    if status >= BAD:
        words = ABOUT_US.get(status, "The provider does not take what we send")
        return Handover(reference, Fate.UNKNOWN, detail=f"{words} ({status}).", try_again=True)
    return Handover(reference, Fate.UNKNOWN, detail=f"The provider's address is another ({status}).", try_again=True)


def _broken(answer: Answer) -> Handover:
    status, body = answer.status, answer.body
    lost = status in LOST or (RESET in body and not any(words in body for words in UNREACHED))
    if lost:
        return perhaps(answer.reference, f"Perhaps sent: the provider lost its own answer ({status}).")
    if status not in NOT_DONE:
        return perhaps(answer.reference, f"Perhaps sent: the provider broke over it ({status}).")
    return Handover(answer.reference, Fate.UNKNOWN, detail=f"The provider is broken ({status}).", try_again=True)


def perhaps(reference: str, detail: str) -> Handover:
    """Return the hand-over of a message of which nobody knows whether it was taken."""
    return Handover(reference, Fate.UNKNOWN, detail=detail, try_again=True, perhaps=True)


def wait_asked(answer: Answer) -> float | None:
    """Return for how many seconds the provider asks us to stay away; None when it does not ask."""
    if answer.status not in WAIT_ASKED:
        return None
    seconds = _retry_after(answer)
    if seconds is None:
        return WAIT if answer.status == 429 else None  # noqa: PLR2004 - 503 without a time is a fault like others
    return seconds


def slower(answer: Answer) -> Handover:
    """Return what an answer means that asks us in its own words to go slower: as long as it says, else a moment."""
    wait = _retry_after(answer)
    return _slower(answer, WAIT if wait is None else wait)


def _slower(answer: Answer, wait: float) -> Handover:
    detail = f"Slower, please ({answer.status})."
    return Handover(answer.reference, Fate.UNKNOWN, detail=detail, try_again=True, wait_s=wait)


def _retry_after(answer: Answer) -> float | None:
    seconds = _seconds(answer.headers.get("retry-after", ""))
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT)


def _seconds(said: str) -> float | None:
    """Read Retry-After: seconds or a date (RFC 9110, 10.2.3)."""
    with contextlib.suppress(ValueError):
        seconds = float(said)
        return seconds if seconds == seconds else None  # noqa: PLR0124 - nan is no number
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return (parsedate_to_datetime(said) - clock.now()).total_seconds()
    return None
