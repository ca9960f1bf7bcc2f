"""The only client of the web: many requests at once over connections that are kept open, each answered exactly once.

A request is never made twice by itself. Unless it is hindered curl does so when a kept-open connection ends before the
answer: the far side may have taken the first, and a text would come and cost twice. Here that is an answer that never
came (`went`), and the gateway's `again` decides. Redirects are not followed, the environment's proxies not used.
"""

import contextlib
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pycurl
from django.conf import settings

from hueandcry.gateways.contract import Fate, GatewayError, Handover
from hueandcry.kit import clock

# So many requests in a row that found no connection, and none answered since: the provider cannot be spoken to now.
IN_VAIN = 8
# The longest that a provider can have us wait by its word, and how long we wait where its word is none, in seconds.
LONGEST_WAIT = 600.0
WAIT = 2.0
# How long a look at the sockets takes at most: the end of the time for all is seen then.
LOOK_AFTER = 0.2
OURSELVES = "hueandcry"
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})

GOOD, ELSEWHERE, BAD, BROKEN = 200, 300, 400, 500
PERHAPS = "Perhaps sent: no answer came."
NO_TIME = "There was no time left for it."

# What a fault means, by curl's number; `came too early` is everything before the request could be written.
TROUBLES: dict[int, str] = {
    pycurl.E_UNSUPPORTED_PROTOCOL: "The address does not begin with https:// or http://.",
    pycurl.E_URL_MALFORMAT: "The address is not a web address.",
    pycurl.E_COULDNT_RESOLVE_PROXY: "The network does not know the proxy's name.",
    pycurl.E_COULDNT_RESOLVE_HOST: "The network does not know the provider's name.",
    pycurl.E_COULDNT_CONNECT: "The provider takes no connections.",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "The provider's answer is not HTTP.",
    pycurl.E_PARTIAL_FILE: "The answer broke off.",
    pycurl.E_OPERATION_TIMEDOUT: "The answer took too long.",
    pycurl.E_SSL_CONNECT_ERROR: "The provider and we cannot agree on encryption.",
    pycurl.E_GOT_NOTHING: "The connection ended without an answer.",
    pycurl.E_SEND_ERROR: "The connection broke while we wrote.",
    pycurl.E_RECV_ERROR: "The connection broke while we read.",
    pycurl.E_PEER_FAILED_VERIFICATION: "The provider's certificate is not trusted, or is another's.",
    pycurl.E_SSL_CACERT_BADFILE: "HTTP_CA_FILE names a file that is not there or holds no certificate.",
    pycurl.E_FILESIZE_EXCEEDED: "The answer is longer than we read.",
    # A kept-open connection ended under the request: curl would make it again, and cannot.
    pycurl.E_SEND_FAIL_REWIND: "The connection ended without an answer.",
}


class _Headers(Mapping[str, str]):
    """The headers of an answer, by name in small letters; read when somebody asks."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    @cached_property
    def _read(self) -> dict[str, str]:
        # Of several answers (100 Continue, a proxy's own) the last counts.
        last = self._raw.rstrip().rpartition(b"\r\n\r\n")[2]
        lines = (line.partition(":") for line in last.decode("latin-1").splitlines())
        return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}

    def __getitem__(self, name: str) -> str:
        return self._read[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `reference` is only for telling answers apart."""

    reference: str
    url: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request.

    Attributes:
        status: of the answer; 0 when none came.
        body: as far as it came and is read.
        trouble: what went wrong on the way, in a sentence; also with a status, when the answer broke off.
        went: whether the far side may have the request.
    """

    reference: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    trouble: str = ""
    went: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """How the web is used; times in seconds, sizes in bytes.

    Attributes:
        lines: requests under way at once, for each call of `Pump.all`.
        connect: for the name, the connection and its encryption.
        answer: for one request with everything.
        batch: for all requests of one call of `Pump.all`: less than the lease of what is sent.
        idle: how long a connection is kept that nobody uses. Some servers end them after five seconds, and a request
            that crosses the end on its way was perhaps taken.
        most: how much of an answer is read.
        proxy: by which the far side is reached; empty is straight.
        ca_file: with the authority that signed the far side's certificate; empty is the machine's usual ones.
    """

    lines: int = 32
    connect: float = 5.0
    answer: float = 10.0
    batch: float = 40.0
    idle: float = 4.0
    most: int = 65536
    proxy: str = ""
    ca_file: str = ""


class Pump:
    """Makes requests; used by several threads at once, each with connections of its own that stay open in between."""

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = terms or Terms()
        self._idle: deque[_Engine] = deque()
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
        curl = pycurl.Curl()
        try:
            _set_up(curl, self.terms)
            curl.setopt(pycurl.URL, url)
            curl.setopt(pycurl.CONNECT_ONLY, 1)
            curl.setopt(pycurl.TIMEOUT_MS, int(self.terms.connect * 1000))
            curl.perform()
        except (pycurl.error, UnicodeError) as fault:
            return _sentence(fault)
        finally:
            curl.close()
        return ""

    def close(self) -> None:
        """Close the connections that are kept open."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, deque()
        for engine in idle:
            engine.close()

    def _take(self) -> "_Engine":
        with self._lock:
            if self._idle:
                # The one used last: its connections are the warmest.
                return self._idle.pop()
        return _Engine(self.terms)

    def _give_back(self, engine: "_Engine") -> None:
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


# ------------------------------------------------------------ one thread's connections


class _Line:
    """One request under way: curl's handle, and where its answer goes."""

    __slots__ = ("body", "curl", "head", "headers", "method", "reference", "url")

    def __init__(self, terms: Terms) -> None:
        self.curl = pycurl.Curl()
        self.reference = ""
        self.url = self.method = ""
        self.headers: tuple[tuple[str, str], ...] | None = None
        self.head, self.body = BytesIO(), BytesIO()
        _set_up(self.curl, terms)
        self.curl.setopt(pycurl.HEADERFUNCTION, self.head.write)
        self.curl.setopt(pycurl.WRITEFUNCTION, self.body.write)

    def load(self, call: Call) -> None:
        """Take a request; only what differs from the last one is said again.

        Raises:
            pycurl.error: the request cannot be made.
            UnicodeError: its address is none.
        """
        curl = self.curl
        for out in (self.head, self.body):
            out.seek(0)
            out.truncate()
        if call.url != self.url:
            curl.setopt(pycurl.URL, call.url)
            self.url = call.url
        if call.headers is not self.headers:
            curl.setopt(pycurl.HTTPHEADER, _header_lines(call.headers))
            self.headers = call.headers
        if call.method != self.method:
            curl.setopt(pycurl.CUSTOMREQUEST, call.method)
            curl.setopt(pycurl.HTTPGET if call.method == "GET" else pycurl.POST, 1)
            self.method = call.method
        if call.method != "GET":
            # Read once, and no way back: so curl cannot write it twice.
            curl.setopt(pycurl.READFUNCTION, BytesIO(call.body).read)
            curl.setopt(pycurl.POSTFIELDSIZE_LARGE, len(call.body))
        self.reference = call.reference

    def answer(self, trouble: str) -> Answer:
        """Return what came, now that it is over."""
        curl = self.curl
        code = int(curl.getinfo(pycurl.RESPONSE_CODE))
        # 100 and its like only say that an answer will come.
        status = code if code >= GOOD else 0
        return Answer(
            self.reference,
            status,
            _Headers(self.head.getvalue()),
            self.body.getvalue(),
            trouble,
            went=bool(code or curl.getinfo(pycurl.REQUEST_SIZE)),
        )


class _Engine:
    """Connections of one thread at a time."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, terms.lines)
        self._multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, terms.lines)
        self._free: list[_Line] = []
        self._busy: dict[pycurl.Curl, _Line] = {}
        self._vain = 0
        self._hopeless = ""

    def run(self, calls: Iterable[Call]) -> Iterator[Answer]:
        """Make requests, as many at once as there are lines."""
        waiting = iter(calls)
        until = time.monotonic() + self._terms.batch
        self._vain, self._hopeless = 0, ""
        yield from self._fill(waiting)
        while self._busy:
            self._multi.perform()
            for answer in self._over():
                yield answer
                # Its line has the next request before the answer after it is looked at.
                if not self._hopeless:
                    yield from self._fill(waiting)
            if time.monotonic() >= until:
                yield from self._end(waiting)
            elif self._busy:
                self._multi.select(max(0.0, min(LOOK_AFTER, until - time.monotonic())))
        if self._hopeless:
            raise GatewayError(self._hopeless)

    def drop_all(self) -> None:
        """Leave what is under way."""
        for curl in list(self._busy):
            self._release(curl)

    def close(self) -> None:
        """Close every connection."""
        self.drop_all()
        for line in self._free:
            line.curl.close()
        self._multi.close()

    def _fill(self, waiting: Iterator[Call]) -> Iterator[Answer]:
        """Have a request on every line, as long as there are some; answers those that cannot be made."""
        while len(self._busy) < self._terms.lines:
            call = next(waiting, None)
            if call is None:
                return
            line = self._free.pop() if self._free else _Line(self._terms)
            try:
                line.load(call)
            except (pycurl.error, UnicodeError, ValueError) as fault:
                line.curl.close()
                yield Answer(call.reference, 0, trouble=_sentence(fault), went=False)
                continue
            self._multi.add_handle(line.curl)
            self._busy[line.curl] = line

    def _over(self) -> Iterator[Answer]:
        """Yield the answers of requests that are over."""
        more = 1
        while more:
            more, well, ill = self._multi.info_read()
            for curl in well:
                yield self._finish(curl, "")
            for curl, number, _ in ill:
                yield self._finish(curl, _trouble(number))

    def _finish(self, curl: pycurl.Curl, trouble: str) -> Answer:
        answer = self._busy[curl].answer(trouble)
        self._release(curl)
        if answer.went:
            self._vain = 0
        else:
            self._vain += 1
            if self._vain >= IN_VAIN:
                self._hopeless = trouble
        return answer

    def _release(self, curl: pycurl.Curl) -> None:
        self._multi.remove_handle(curl)
        self._free.append(self._busy.pop(curl))

    def _end(self, waiting: Iterator[Call]) -> Iterator[Answer]:
        """The time is up: say of each request whether it went."""
        for curl in list(self._busy):
            yield self._finish(curl, NO_TIME)
        for call in waiting:
            yield Answer(call.reference, 0, trouble=NO_TIME, went=False)


def _set_up(curl: pycurl.Curl, terms: Terms) -> None:
    """Say to curl what holds for every request."""
    usual = ssl.get_default_verify_paths()
    options: dict[int, Any] = {
        pycurl.NOSIGNAL: 1,
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.PROXY: terms.proxy,
        pycurl.NOPROXY: "" if terms.proxy else "*",
        pycurl.USERAGENT: OURSELVES,
        pycurl.CONNECTTIMEOUT_MS: int(terms.connect * 1000),
        pycurl.TIMEOUT_MS: int(terms.answer * 1000),
        pycurl.MAXFILESIZE_LARGE: terms.most,
        pycurl.MAXAGE_CONN: max(1, int(terms.idle)),
        pycurl.SSLVERSION: pycurl.SSLVERSION_TLSv1_2,
        pycurl.SSL_VERIFYPEER: 1,
        pycurl.SSL_VERIFYHOST: 2,
        pycurl.TCP_KEEPALIVE: 1,
    }
    options[pycurl.CAINFO] = terms.ca_file or usual.cafile
    options[pycurl.CAPATH] = None if terms.ca_file else usual.capath
    for option, value in options.items():
        if value is not None:
            curl.setopt(option, value)


def _header_lines(headers: tuple[tuple[str, str], ...]) -> list[str]:
    """Return headers as curl takes them.

    Raises:
        ValueError: a value would begin another header.
    """
    if any(set("\r\n\0") & {*name, *value} for name, value in headers):
        raise ValueError("A header goes over one line only.")
    # No asking first whether the body may come: it is small, and costs a round trip.
    return [*(f"{name}: {value}" for name, value in headers), "Expect:"]


def _trouble(number: int) -> str:
    return TROUBLES.get(number, f"The connection failed (curl {number}).")


def _sentence(fault: Exception) -> str:
    if isinstance(fault, pycurl.error):
        return _trouble(fault.args[0])
    return TROUBLES[pycurl.E_URL_MALFORMAT]


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
        return Handover(reference, Fate.UNKNOWN, detail=f"Slower, please ({status}).", try_again=True, wait_s=wait)
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
    said = answer.headers.get("retry-after", "")
    seconds = _seconds(said)
    if seconds is None:
        return WAIT if answer.status == 429 else None  # noqa: PLR2004 - 503 without a time is a fault like others
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _seconds(said: str) -> float | None:
    """Read Retry-After: seconds or a date (RFC 9110, 10.2.3)."""
    with contextlib.suppress(ValueError):
        seconds = float(said)
        return seconds if seconds == seconds else None  # noqa: PLR0124 - nan is no number
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return (parsedate_to_datetime(said) - clock.now()).total_seconds()
    return None
