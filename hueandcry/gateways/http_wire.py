"""HTTP/1.1 as bytes, without sockets and without a clock: requests written, answers read.

Nearly every answer of a provider is of one kind: a head, its length, a small body. Those are read here, once their head
is seen to be nothing else; h11 reads all others: chunks, several heads, no length, whatever is cut, huge or hostile.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

import h11

OURSELVES: Final = "hueandcry"
GOOD: Final = 200
# More than a head needs; and what is longer than so much is no common answer.
LONGEST_HEAD: Final = 65_536
LONGEST_COMMON: Final = 65_536

# What went wrong on the way.
NO_SCHEME: Final = "The address does not begin with https:// or http://."
NO_ADDRESS: Final = "The address is not a web address."
BAD_HEADER: Final = "A header goes over one line only, in plain letters."
NO_NAME: Final = "The network does not know the provider's name."
NO_CONNECTION: Final = "The provider takes no connections."
NOT_HTTP: Final = "The provider's answer is not HTTP."
BROKE_OFF: Final = "The answer broke off."
TOO_SLOW: Final = "The answer took too long."
NOT_SAFE: Final = "The provider and we cannot agree on encryption."
NO_ANSWER: Final = "The connection ended without an answer."
BROKE_WRITING: Final = "The connection broke while we wrote."
BROKE_READING: Final = "The connection broke while we read."
NOT_TRUSTED: Final = "The provider's certificate is not trusted, or is another's."
NO_CA_FILE: Final = "HTTP_CA_FILE names a file that is not there or holds no certificate."
TOO_LONG: Final = "The answer is longer than we read."
NO_TIME: Final = "There was no time left for it."


class Headers(Mapping[str, str]):
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


@dataclass(slots=True)
class Call:
    """One request. `reference` is only for telling answers apart."""

    reference: str
    url: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    method: str = "POST"


@dataclass(slots=True)
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


# ------------------------------------------------------------ requests


class Origin(NamedTuple):
    """Whom a connection is to."""

    secret: bool
    host: str
    port: int


class NotARequestError(ValueError):
    """A request that cannot be made, in a sentence."""


_PLAIN = re.compile(r"[\x21-\x7e]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(slots=True)
class Head:
    """The head of requests that differ in their bodies only: everything before the length."""

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    origin: Origin
    start: bytes

    def fits(self, call: Call) -> bool:
        """Say whether a request has this head."""
        return (
            (call.headers is self.headers or call.headers == self.headers)
            and call.url == self.url
            and call.method == self.method
        )

    def with_body(self, body: bytes) -> bytes:
        """Return a whole request."""
        if not body and self.method == "GET":
            return self.start + b"\r\n"
        return b"%bContent-Length: %d\r\n\r\n%b" % (self.start, len(body), body)


def head_of(call: Call) -> Head:
    """Write the head of a request.

    Raises:
        NotARequestError: the address is none, or a header would begin another.
    """
    if not _PLAIN.fullmatch(call.url):
        raise NotARequestError(NO_ADDRESS)
    try:
        parts = urlsplit(call.url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as fault:
        raise NotARequestError(NO_ADDRESS) from fault
    if not port or parts.scheme not in _PORTS:
        raise NotARequestError(NO_SCHEME)
    if not host or not _TOKEN.fullmatch(call.method):
        raise NotARequestError(NO_ADDRESS)
    own = {name.lower() for name, _ in call.headers}
    if any(not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value) for name, value in call.headers):
        raise NotARequestError(BAD_HEADER)
    lines = [
        f"{call.method} {parts.path or '/'}{'?' if parts.query else ''}{parts.query} HTTP/1.1",
        f"Host: {parts.netloc.rpartition('@')[2]}",
        *(f"{name}: {value}" for name, value in call.headers),
    ]
    usual = {"User-Agent": OURSELVES, "Accept": "*/*"}
    if call.body:
        usual["Content-Type"] = "application/x-www-form-urlencoded"
    if parts.username is not None:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        usual["Authorization"] = f"Basic {base64.b64encode(who.encode()).decode()}"
    lines += [f"{name}: {value}" for name, value in usual.items() if name.lower() not in own]
    start = "".join(f"{line}\r\n" for line in lines).encode("ascii")
    return Head(call.url, call.method, call.headers, Origin(parts.scheme == "https", host, port), start)


# ------------------------------------------------------------ answers

# A head with nothing odd in it, and what in it says where the body ends.
_COMMON = re.compile(rb"HTTP/1\.1 ([2-5]\d\d)(?: [^\r\n\0]*)?((?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*)*)")
_SAYS_WHERE_IT_ENDS = re.compile(
    rb"\r\n(content-length|transfer-encoding|connection|upgrade):[ \t]*([^\r\n]*?)[ \t]*(?=\r\n|\Z)", re.IGNORECASE
)
# Said in place of a length; and a body that is one chunk and no more.
CHUNKED: Final = -2
_ONE_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,5})\r\n(.+)\r\n0\r\n\r\n", re.DOTALL)
_WITHOUT_BODY: Final = frozenset({204, 304})
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([2-9]\d\d)[ \r\n]")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*")


def common(head: bytes, most: int) -> tuple[int, int] | None:
    """Return status and length of the body where a head is of the kind that nearly all are; else None.

    It has each field on one line, says the length once or CHUNKED, nothing else of where the body ends, and keeps the
    connection.
    """
    found = _COMMON.fullmatch(head)
    if found is None:
        return None
    length, many = -1, 0
    for name, value in _SAYS_WHERE_IT_ENDS.findall(found[2]):
        which = name.lower()
        many += which != b"connection"
        if which == b"content-length" and value.isdigit() and len(value) <= len("65536"):
            length = int(value)
        elif which == b"transfer-encoding" and value.lower() == b"chunked":
            length = CHUNKED
        elif which != b"connection" or value.lower() != b"keep-alive":
            return None
    status = int(found[1])
    if many != 1 or status in _WITHOUT_BODY or length > min(most, LONGEST_COMMON):
        return None
    return status, length


def one_chunk(came: bytes, most: int) -> tuple[bytes, int]:
    """Return a body that is one chunk, and 0; above nothing when more has to come, below when it is another's to read.

    Whatever is in chunks ends with two ends of a line, so that one without them is not over.
    """
    found = _ONE_CHUNK.fullmatch(came)
    if found is not None and 0 < int(found[1], 16) == len(found[2]) <= most:
        return found[2], 0
    return b"", -1 if len(came) > most or came.endswith(b"\r\n\r\n") else 1


class Reader:
    """One answer of another kind, as it comes.

    Attributes:
        status: 0 until a head came that is not `100 Continue` or its like.
        keeps: whether the connection may be used again.
    """

    def __init__(self, method: str, most: int) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.body = bytearray()
        self.trouble = ""
        self.keeps = False
        self._most = most
        self._came = b""
        self._talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._talk.send(h11.Request(method=method, target="/", headers=[("Host", "x"), ("Content-Length", "0")]))
        self._talk.send(h11.EndOfMessage())

    def take(self, data: bytes) -> bool:
        """Take what came, nothing at the end of the connection; say whether the answer is over."""
        try:
            if self.status:
                self._talk.receive_data(data)
                return self._read()
            self._came += data
            return self._heads(is_end=not data)
        except h11.RemoteProtocolError:
            return self._over(BROKE_OFF if not data and self.status else NOT_HTTP)

    def _heads(self, *, is_end: bool) -> bool:
        """Read heads until one is an answer's."""
        while not self.status:
            found = _HEAD_END.search(self._came)
            if found is None:
                if not is_end and len(self._came) <= LONGEST_HEAD:
                    return False
                too_long = len(self._came) > LONGEST_HEAD
                return self._over(TOO_LONG if too_long else BROKE_OFF if self._came else NO_ANSWER)
            head, self._came = self._came[: found.end()], self._came[found.end() :]
            self._status_in(head)
            # A line that is no field harms nobody; curl and every browser pass it over.
            first, *lines = head.splitlines()
            fields = [line for line in lines if _FIELD.fullmatch(line)]
            self._talk.receive_data(b"\r\n".join([first, *fields, b"", b""]))
            event = self._talk.next_event()
            if isinstance(event, h11.InformationalResponse):
                self.status = 0
                continue
            self.headers = Headers(head)
            if isinstance(event, h11.Response):
                self.status = event.status_code
        if self._came or is_end:
            self._talk.receive_data(self._came)
        if is_end and self._came:
            self._talk.receive_data(b"")
        return self._read()

    def _status_in(self, head: bytes) -> None:
        found = _STATUS_LINE.match(head)
        self.status = int(found[1]) if found else 0

    def _read(self) -> bool:
        """Read what there is of the body."""
        said = self.headers.get("content-length", "")
        if said.isdigit() and len(said) < 20 and int(said) > self._most:  # noqa: PLR2004 - of figures
            return self._over(TOO_LONG)
        while True:
            event = self._talk.next_event()
            if isinstance(event, h11.Data):
                self.body += event.data
                if len(self.body) > self._most:
                    del self.body[self._most :]
                    return self._over(TOO_LONG)
            elif isinstance(event, h11.EndOfMessage):
                done = self._talk.our_state is h11.DONE and self._talk.their_state is h11.DONE
                self.keeps = done and self._talk.trailing_data == (b"", False)
                return True
            else:
                return False

    def _over(self, trouble: str) -> bool:
        if not self.status:
            self._status_in(self._came)
        self.trouble = trouble
        return True
