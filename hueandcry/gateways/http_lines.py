"""The connections of the client of the web: sockets that never wait, and who gets the next request."""

import contextlib
import errno
import select
import socket
import ssl
import time
import weakref
from collections.abc import Iterable, Iterator
from typing import Final

from hueandcry.gateways.addresses import NAMES_FOR, Where, look_up
from hueandcry.gateways.contract import GatewayError
from hueandcry.gateways.http_wire import (
    BROKE_READING,
    BROKE_WRITING,
    CHUNKED,
    LONGEST_HEAD,
    NO_CA_FILE,
    NO_CONNECTION,
    NO_NAME,
    NO_TIME,
    NOT_SAFE,
    NOT_TRUSTED,
    TOO_SLOW,
    Answer,
    Call,
    Head,
    Headers,
    NotARequestError,
    Origin,
    Reader,
    Terms,
    common,
    head_of,
    one_chunk,
)

# So many requests in a row that found no connection, and none answered since: the provider cannot be spoken to now.
IN_VAIN: Final = 8
# How long a look at the sockets takes at most: whose time is over is seen then.
LOOK_AFTER: Final = 0.2
CHUNK: Final = 65_536
# How long the answers of the name servers are believed, and how long that there was none.
NO_NAMES_FOR = 5.0
IN, OUT = select.POLLIN, select.POLLOUT
NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


# What a line has that nobody uses.
NO_CALL: Final = Call("", "")


class NoWayError(Exception):
    """There is no connection, in a sentence."""


class Line:
    """One connection with at most one request under way.

    Attributes:
        others: addresses of the same far side that were not tried yet.
        ready: connected, and safe where it has to be; until `move_on`, or another address is tried.
        out: what of the request was not written yet.
        went: whether anything of the request was written.
        came: of the answer, as long as it may be a common one; then it goes to the `reader`.
    """

    __slots__ = ("address", "answer_by", "call", "came", "connect_by", "idle_since", "mask", "move_on", "number",
        "origin", "others", "out", "reader", "ready", "shaking", "socket", "went")  # fmt: skip

    def __init__(self, origin: Origin, addresses: list[Where], connect_by: float) -> None:
        self.origin = origin
        self.others = addresses
        self.connect_by = connect_by
        self.ready = self.went = False
        self.shaking: ssl.SSLSocket | None = None
        self.call = NO_CALL
        self.out = self.came = b""
        self.reader: Reader | None = None
        self.answer_by = self.idle_since = 0.0
        self.socket: socket.socket | ssl.SSLSocket
        self.dial()

    def dial(self) -> None:
        """Begin to connect to the next address.

        Raises:
            NoWayError: there is none left to try.
        """
        while self.others:
            self.address = family, where = self.others.pop(0)
            with contextlib.suppress(OSError):
                self.socket = socket.socket(family, socket.SOCK_STREAM)
                self.socket.settimeout(0)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                if self.socket.connect_ex(where) in {0, errno.EINPROGRESS}:
                    self.number, self.mask = self.socket.fileno(), OUT
                    now = time.monotonic()
                    self.move_on = now + max(0.0, self.connect_by - now) / (len(self.others) + 1)
                    return
                self.socket.close()
        raise NoWayError(NO_CONNECTION)

    def is_connected(self) -> bool:
        """Say whether there is somebody at the other end."""
        try:
            self.socket.getpeername()
        except OSError:
            return False
        self.move_on = self.connect_by
        return True


class Lines:
    """Connections of one thread at a time, to any far side."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._is_epoll = hasattr(select, "epoll")
        self._poll = select.epoll() if self._is_epoll else select.poll()
        self._busy: dict[int, Line] = {}
        self._idle: dict[Origin, list[Line]] = {}
        # Not by __del__: in a circle of garbage the sockets may be found before it, and say that they were left.
        weakref.finalize(self, _hang_up, self._busy, self._idle)
        self._open = 0
        self._names: dict[Origin, tuple[float, list[Where]]] = {}
        self._secrets: ssl.SSLContext | None = None
        self._vain = 0
        self._hopeless = ""
        self._head: Head | None = None
        # The head of the last common answer: that of the next one is mostly the same, byte by byte.
        self._known = b""
        self._status = self._length = 0
        self._headers = Headers(b"")

    def run(self, calls: Iterable[Call]) -> Iterator[Answer]:
        """Make requests, as many at once as there may be lines.

        Raises:
            GatewayError: no connection can be had; what was yielded stands, the rest did not go.
        """
        waiting = iter(calls)
        now = time.monotonic()
        until, look_at = now + self._terms.batch, now + LOOK_AFTER
        self._vain, self._hopeless = 0, ""
        self._sweep(now)
        yield from self._fill(waiting)
        busy = self._busy
        while busy:
            now = time.monotonic()
            if now >= until:
                yield from self._end(waiting)
                break
            if now >= look_at:
                look_at = now + LOOK_AFTER
                yield from self._late(now)
                yield from self._fill(waiting)
            for number, events in self._look(min(LOOK_AFTER, until - now)):
                line = busy.get(number)
                if line is None:
                    self._gone(number)
                    continue
                answer = self._moved(line, events)
                if answer is not None:
                    # The far side has the next request before anybody looks at this answer.
                    faults = self._fill(waiting)
                    yield answer
                    yield from faults
        if self._hopeless:
            raise GatewayError(self._hopeless)

    def drop_all(self) -> None:
        """Leave what is under way."""
        for line in list(self._busy.values()):
            self._close(line)

    def close(self) -> None:
        """Close every connection."""
        self.drop_all()
        _hang_up(self._busy, self._idle)
        self._open = 0

    # ------------------------------------------------------------ requests

    def _fill(self, waiting: Iterator[Call]) -> list[Answer]:
        """Have a request on every line, as long as there are some; return answers of those that cannot be made."""
        faults: list[Answer] = []
        while len(self._busy) < self._terms.lines and not self._hopeless:
            call = next(waiting, None)
            if call is None:
                break
            fault = self._begin(call)
            if fault is not None:
                faults.append(fault)
        return faults

    def _begin(self, call: Call) -> Answer | None:
        head, now = self._head, time.monotonic()
        try:
            if head is None or not head.fits(call):
                head = self._head = head_of(call)
            line = self._line_to(head.origin, now)
        except NotARequestError as fault:
            return Answer(call.reference, 0, trouble=str(fault), went=False)
        except NoWayError as fault:
            return self._counted(Answer(call.reference, 0, trouble=str(fault), went=False))
        line.call = call
        line.went = False
        line.answer_by = now + self._terms.answer
        self._busy[line.number] = line
        request = head.with_body(call.body)
        if not line.ready:
            line.out = request
            return None
        try:
            self._write(line, request)
        except OSError:
            # It ended while nobody used it, and took nothing: another one may.
            self._close(line)
            return self._begin(call)
        return None

    def _write(self, line: Line, data: bytes) -> None:
        """Hand to the network what it takes now.

        Raises:
            OSError: the connection is of no more use.
        """
        try:
            sent = line.socket.send(data)
        except NOT_NOW as later:
            # Of what is encrypted some may have gone.
            sent, line.went = 0, line.went or isinstance(later, ssl.SSLWantWriteError)
        if sent == len(data):
            line.out = b""
            line.went = True
            if line.mask != IN:
                self._watch(line, IN)
            return
        line.went = line.went or sent > 0
        line.out = data[sent:]
        self._watch(line, IN | OUT)

    # ------------------------------------------------------------ answers

    def _moved(self, line: Line, events: int) -> Answer | None:
        """Do what can be done without waiting; return the answer when it is there."""
        try:
            if not line.ready:
                if self._arrive(line):
                    self._write(line, line.out)
                return None
            if line.out and events & OUT:
                self._write(line, line.out)
            came = line.socket.recv(CHUNK)
        except NOT_NOW:
            return None
        except NoWayError as fault:
            return self._over(line, str(fault))
        except OSError:
            return self._over(line, BROKE_WRITING if line.out else BROKE_READING)
        return self._heard(line, came)

    def _heard(self, line: Line, came: bytes) -> Answer | None:
        """Take what came, nothing at the end; return the answer when it is whole, or when nothing more comes of it."""
        call, reader = line.call, line.reader
        if reader is None and came:
            whole = line.came + came if line.came else came
            head, found, body = whole.partition(b"\r\n\r\n")
            if found and head != self._known:
                self._learn(head)
            missing = self._length - len(body) if found else LONGEST_HEAD - len(whole)
            if found and self._length == CHUNKED:
                body, missing = one_chunk(body, self._terms.most)
            if found and not missing:
                self._vain = 0
                self._put_away(line)
                return Answer(call.reference, self._status, self._headers, body)
            if missing > 0:
                line.came = whole
                return None
        if reader is None:
            reader = line.reader = Reader(call.method, self._terms.most)
            before, line.came = line.came, b""
            is_over = reader.take(before + came) if before or came else False
            is_over = is_over or (not came and reader.take(b""))
        else:
            is_over = reader.take(came)
        return self._over(line, reader.trouble) if is_over else None

    def _learn(self, head: bytes) -> None:
        """Look at a head; a length below nothing says that it is not a common one."""
        self._known = head
        self._status, self._length = common(head, self._terms.most) or (0, -1)
        self._headers = Headers(head)

    def _over(self, line: Line, trouble: str) -> Answer:
        """Return what came on a line, now that it is over."""
        call, reader = line.call, line.reader
        if reader is None:
            reader = Reader(call.method, self._terms.most)
            if line.came:
                reader.take(line.came)
        answer = Answer(
            call.reference,
            reader.status,
            reader.headers,
            bytes(reader.body),
            trouble,
            went=line.went or reader.status > 0,
        )
        if reader.keeps and not trouble:
            self._put_away(line)
        else:
            self._close(line)
        return self._counted(answer)

    def _counted(self, answer: Answer) -> Answer:
        if answer.went:
            self._vain = 0
        else:
            self._vain += 1
            if self._vain >= IN_VAIN:
                self._hopeless = answer.trouble
        return answer

    def _late(self, now: float) -> Iterator[Answer]:
        """Say of each whose time is over what came."""
        for line in list(self._busy.values()):
            if not line.ready and now >= line.move_on:
                try:
                    self._dial_again(line)
                except NoWayError:
                    yield self._over(line, NO_CONNECTION)
            elif now >= line.answer_by:
                yield self._over(line, TOO_SLOW)

    def _end(self, waiting: Iterator[Call]) -> Iterator[Answer]:
        """The time is up: say of each request whether it went."""
        for line in list(self._busy.values()):
            yield self._over(line, NO_TIME)
        for call in waiting:
            yield Answer(call.reference, 0, trouble=NO_TIME, went=False)

    # ------------------------------------------------------------ connections

    def _line_to(self, origin: Origin, now: float) -> Line:
        """Return a connection that stands, or a new one on its way.

        Raises:
            NoWayError: there is none.
        """
        idle = self._idle.get(origin)
        while idle:
            line = idle[-1]
            if now - line.idle_since < self._terms.idle:
                return idle.pop()
            self._close(line)
        if self._open >= self._terms.lines:
            self._close(next(lines[0] for lines in self._idle.values() if lines))
        line = Line(origin, self._addresses(origin), now + self._terms.connect)
        self._poll.register(line.number, OUT)
        self._open += 1
        return line

    def _put_away(self, line: Line) -> None:
        """Keep a connection for the next request, unless something of the last is still to be written."""
        if line.out:
            self._close(line)
            return
        del self._busy[line.number]
        line.call, line.reader = NO_CALL, None
        line.came = b""
        line.idle_since = time.monotonic()
        self._idle.setdefault(line.origin, []).append(line)

    def _close(self, line: Line) -> None:
        self._busy.pop(line.number, None)
        idle = self._idle.get(line.origin, [])
        if line in idle:
            idle.remove(line)
        self._leave(line)
        self._open -= 1

    def _leave(self, line: Line) -> None:
        with contextlib.suppress(OSError, KeyError):
            self._poll.unregister(line.number)
        line.socket.close()

    def _sweep(self, now: float) -> None:
        """Close what ended while nobody used it, or was kept for long enough."""
        for number, _ in self._look(0):
            self._gone(number)
        for lines in self._idle.values():
            for line in [line for line in lines if now - line.idle_since >= self._terms.idle]:
                self._close(line)

    def _gone(self, number: int) -> None:
        """Close a connection that nobody uses and that said something: its end, or what was not asked."""
        line = next((line for lines in self._idle.values() for line in lines if line.number == number), None)
        if line is None:
            return
        try:
            line.socket.recv(1)
        except NOT_NOW:
            return  # something of the encryption's own
        except OSError:
            pass
        self._close(line)

    def _arrive(self, line: Line) -> bool:
        """Go on with connecting; say whether the request may go.

        Raises:
            NoWayError: there is no way to the far side, or none that is safe.
        """
        if line.shaking is None:
            if line.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._dial_again(line)
                return False
            if not line.is_connected():
                return False
            self._believe(line)
            if not line.origin.secret:
                line.ready = True
                return True
            line.socket = line.shaking = self._context().wrap_socket(
                line.socket, server_hostname=line.origin.host, do_handshake_on_connect=False
            )
        try:
            line.shaking.do_handshake()
        except ssl.SSLWantReadError:
            self._watch(line, IN)
        except ssl.SSLWantWriteError:
            self._watch(line, OUT)
        except ssl.SSLCertVerificationError as fault:
            raise NoWayError(NOT_TRUSTED) from fault
        except OSError as fault:
            raise NoWayError(NOT_SAFE) from fault
        else:
            line.ready = True
        return line.ready

    def _dial_again(self, line: Line) -> None:
        """Try the next address of the same far side.

        Raises:
            NoWayError: there is no other.
        """
        if line.shaking or not line.others:
            raise NoWayError(NO_CONNECTION)
        del self._busy[line.number]
        self._leave(line)
        try:
            line.dial()
        finally:
            self._busy[line.number] = line
        self._poll.register(line.number, OUT)

    def _believe(self, line: Line) -> None:
        """Try first from now on what answered."""
        until, addresses = self._names[line.origin]
        if addresses[0] != line.address:
            first = [line.address, *(one for one in addresses if one != line.address)]
            self._names[line.origin] = (until, first)

    def _context(self) -> ssl.SSLContext:
        if self._secrets is None:
            try:
                context = ssl.create_default_context(cafile=self._terms.ca_file or None)
            except OSError as fault:
                raise NoWayError(NO_CA_FILE) from fault
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.set_alpn_protocols(["http/1.1"])
            self._secrets = context
        return self._secrets

    def _addresses(self, origin: Origin) -> list[Where]:
        now = time.monotonic()
        until, addresses = self._names.get(origin, (0.0, []))
        if now >= until:
            addresses = look_up(origin.host, origin.port, self._terms.connect)
            self._names[origin] = (now + (NAMES_FOR if addresses else NO_NAMES_FOR), addresses)
        if not addresses:
            raise NoWayError(NO_NAME)
        return list(addresses)

    def _watch(self, line: Line, events: int) -> None:
        if line.mask != events:
            self._poll.modify(line.number, events)
            line.mask = events

    def _look(self, seconds: float) -> list[tuple[int, int]]:
        return self._poll.poll(seconds if self._is_epoll else seconds * 1000)


def _hang_up(busy: dict[int, Line], idle: dict[Origin, list[Line]]) -> None:
    """Leave no connection behind, also where nobody closed them."""
    for lines in (busy.values(), *idle.values()):
        for line in lines:
            line.socket.close()
    busy.clear()
    idle.clear()
