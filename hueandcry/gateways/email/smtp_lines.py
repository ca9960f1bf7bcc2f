"""The sockets of the SMTP gateway: connections to one relay, kept open between calls and shared by all threads."""

import contextlib
import select
import socket
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from hueandcry.gateways.addresses import Addresses, Where, look_up
from hueandcry.gateways.email.smtp_wire import Conversation, Terms, Trouble

# Answers are short: of more room only a part would ever be used.
CHUNK = 4096


@dataclass(frozen=True)
class Relay:
    """Where the relay is and how it is spoken to; times in seconds."""

    host: str
    port: int
    terms: Terms
    connections: int = 10
    per_connection: int = 1000
    idle: float = 30.0
    answer: float = 10.0
    batch: float = 40.0
    ca_file: str = ""
    chunking: bool = True
    context: ssl.SSLContext | None = field(default=None, repr=False)


def secret(ca_file: str) -> ssl.SSLContext:
    """Return how a relay's certificate is looked at: by the machine's authorities, or by the force's own.

    Raises:
        OSError: the file is not there, or holds no certificate.
    """
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Line:
    """One connection: a socket that never waits, and the conversation on it."""

    def __init__(self, relay: Relay, address: Where, *, chunking: bool = True) -> None:
        self.talk = Conversation(relay.terms, chunking=chunking)
        self.letters = 0
        self.idle_since = 0.0
        self.due = time.monotonic() + relay.answer
        self._relay, self._answer = relay, relay.answer
        self.connected = self._shaking = False
        self._wants_to_write = self._secret = False
        self.polled = 0
        self.address = family, where = address
        self._socket: socket.socket | ssl.SSLSocket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(BlockingIOError):
            try:
                self._socket.connect(where)
            except BlockingIOError:
                raise
            except OSError as fault:
                self.close()
                raise _no_way(relay) from fault

    def fileno(self) -> int:
        """Return the socket's number, for a poll."""
        return self._socket.fileno()

    @property
    def events(self) -> int:
        """Return what the line waits for, in a poll's words."""
        if not self.connected:
            return select.POLLOUT
        return select.POLLIN | (select.POLLOUT if self._wants_to_write else 0)

    def move(self) -> None:
        """Do what can be done without waiting, but for writing; what came of it is in the conversation.

        Raises:
            Trouble: the line is of no more use.
        """
        try:
            if not self.connected:
                self._arrive()
            if self._shaking and not self._shake():
                return
            self._read()
        except ssl.SSLCertVerificationError as fault:
            raise Trouble(f"The relay's certificate is not trusted: {fault.verify_message}.", lasting=True) from fault
        except ssl.SSLError as fault:
            raise Trouble("The relay and we cannot agree on encryption, or somebody is in between.") from fault
        except OSError as fault:
            raise Trouble("The connection to the relay broke.") from fault

    def write(self) -> None:
        """Hand over to the network what it takes now.

        Raises:
            Trouble: the line is of no more use.
        """
        talk = self.talk
        self._wants_to_write = False
        try:
            while talk.out:
                talk.sent(self._socket.send(talk.out))
                self.due = time.monotonic() + self._answer
        except (BlockingIOError, ssl.SSLWantWriteError):
            self._wants_to_write = True
        except ssl.SSLWantReadError:
            pass
        except OSError as fault:
            raise Trouble("The connection to the relay broke.") from fault

    @property
    def fresh(self) -> bool:
        """Say whether a line that was put away still stands: nothing came on it, not even an end."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def part(self) -> None:
        """Say goodbye and close."""
        self.talk.quit()
        with contextlib.suppress(Trouble):
            self.write()
        self.close()

    def close(self) -> None:
        """Close without a word."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _arrive(self) -> None:
        if self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise _no_way(self._relay)
        self.connected = True
        if self._relay.terms.tls == "tls":
            self._begin_to_shake()

    def _begin_to_shake(self) -> None:
        context = self._relay.context or secret(self._relay.ca_file)
        self._socket = context.wrap_socket(
            self._socket, server_hostname=self._relay.host, do_handshake_on_connect=False
        )
        self._shaking = self._secret = True

    def _shake(self) -> bool:
        """Go on with the handshake; say whether it is done."""
        if not isinstance(self._socket, ssl.SSLSocket):
            return True
        self._wants_to_write = False
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLWantWriteError:
            self._wants_to_write = True
            return False
        self._shaking = False
        self.talk.secured()
        return True

    def _read(self) -> None:
        talk = self.talk
        answered = talk.replies
        while True:
            try:
                came = self._socket.recv(CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            if not came:
                raise Trouble("The relay closed the connection.")
            talk.take(came)
            if talk.wants_tls:
                self.write()
                self._begin_to_shake()
                self._shake()
                break
            # What OpenSSL has read already no poll will tell of.
            if len(came) < CHUNK and not self._secret:
                break
        if talk.replies != answered:
            # A byte now and then is no answer: only whole ones buy time.
            self.due = time.monotonic() + self._answer


def _no_way(relay: Relay) -> Trouble:
    return Trouble(f"Nobody answers at {relay.host}, port {relay.port}.")


class Pool:
    """The lines of this process to one relay; one thread works with a line at a time."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.most = relay.connections
        # Until it shows that it does not know what it offers.
        self.chunking = relay.chunking
        self._idle: deque[Line] = deque()
        self._taken = 0
        self._changed = threading.Condition()
        self._addresses = Addresses()
        self._reaper: threading.Timer | None = None

    def take(self) -> Line | None:
        """Return a line that stands or a new one on its way; nothing when there are as many as may be.

        Raises:
            Trouble: there is no way to the relay.
        """
        with self._changed:
            if self._taken >= self.most:
                return None
            self._taken += 1
            while self._idle:
                line = self._idle.pop()
                if line.fresh and time.monotonic() - line.idle_since < self.relay.idle:
                    line.due = time.monotonic() + self.relay.answer
                    return line
                line.close()
        try:
            return self._new()
        except BaseException:
            self.forget()
            raise

    def has_another_way(self, line: Line) -> bool:
        """Say whether a line that never came to the relay may be taken to another of its addresses, as from now on."""
        return not line.connected and self._addresses.pass_over(line.address)

    def wait(self, seconds: float) -> None:
        """Wait until another thread gives a line back, but no longer than that."""
        with self._changed:
            self._changed.wait(seconds)

    def give_back(self, line: Line) -> None:
        """Take a line back; one that is used up or in the middle of something is closed."""
        talk = line.talk
        if not talk.ready or talk.waits or talk.out:
            line.close()
        elif line.letters >= self.relay.per_connection:
            line.part()
        else:
            line.idle_since = time.monotonic()
            with self._changed:
                self._idle.append(line)
                self._reap_later()
        self.forget()

    def forget(self) -> None:
        """Count one line less."""
        with self._changed:
            self._taken -= 1
            self._changed.notify()

    def fewer(self) -> None:
        """Use half as many lines from now on: the relay has enough of us."""
        with self._changed:
            self.most = max(1, self.most // 2)

    def more(self) -> None:
        """Use one line more, up to what is set: a batch went well."""
        with self._changed:
            self.most = min(self.relay.connections, self.most + 1)

    def close(self) -> None:
        """Say goodbye on every line that nobody uses."""
        with self._changed:
            lines, self._idle = list(self._idle), deque()
            if self._reaper is not None:
                self._reaper.cancel()
                self._reaper = None
        for line in lines:
            line.part()

    def _reap_later(self) -> None:
        if self._reaper is None:
            self._reaper = threading.Timer(self.relay.idle, self._reap)
            self._reaper.daemon = True
            self._reaper.start()

    def _reap(self) -> None:
        """Close what nobody used for a while."""
        with self._changed:
            self._reaper = None
            now = time.monotonic()
            old = [line for line in self._idle if now - line.idle_since >= self.relay.idle]
            self._idle = deque(line for line in self._idle if line not in old)
            if self._idle:
                self._reap_later()
        for line in old:
            line.part()

    def _new(self) -> Line:
        """Return a line on its way to one of the relay's addresses."""
        while True:
            if not self._addresses.are_known:
                self._addresses.learn(self._asked())
            address = self._addresses.next()
            try:
                return Line(self.relay, address, chunking=self.chunking)
            except Trouble:
                if not self._addresses.pass_over(address):
                    raise

    def _asked(self) -> list[Where]:
        found = look_up(self.relay.host, self.relay.port, self.relay.answer)
        if not found:
            raise Trouble(f"There is no such relay as {self.relay.host}, or the name servers do not answer.")
        return found
