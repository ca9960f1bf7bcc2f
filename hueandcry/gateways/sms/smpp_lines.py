"""One connection of the SMPP gateway: a socket that never waits, its window, and what is due on it."""

import contextlib
import select
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Final

from hueandcry.gateways.addresses import Where, look_up
from hueandcry.gateways.email.smtp_lines import secret
from hueandcry.gateways.sms.smpp_wire import Conversation, Submit, Terms, Trouble

CHUNK: Final = 262_144
# What the provider leaves unread, at most.
MOST_UNREAD: Final = 64_000_000
# A provider that writes each answer by itself (Nagle) sends the next when this one is acknowledged, which Linux does
# 40 ms later unless it is told each time: measured against the npm package `smpp`, 58 ms for 200 texts instead of 6.
QUICK_ACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
# Seconds for the last answers and the goodbye.
PARTING: Final = 2.0
MODES: Final[dict[str, tuple[str, ...]]] = {
    "transceiver": ("transceiver",),
    "pair": ("transmitter", "receiver"),
    "transmitter": ("transmitter",),
}


@dataclass(frozen=True)
class Account:
    """Where the provider is and what was agreed with it; times in seconds.

    Attributes:
        binds: connections (in the mode `pair`, pairs) that it allows us, over all workers.
        window: submit_sm without an answer on one connection, at most.
        prefix: how the settings of this account begin; sentences name those of the first.
    """

    host: str
    port: int
    terms: Terms
    mode: str = "transceiver"
    tls: str = "tls"
    ca_file: str = ""
    binds: int = 2
    window: int = 50
    enquire: float = 30.0
    answer: float = 10.0
    batch: float = 40.0
    prefix: str = "SMPP"
    context: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    def says(self, sentence: object) -> str:
        """Return a sentence with this account's own settings in it."""
        return str(sentence).replace("SMPP_", f"{self.prefix}_")


class NobodyThere(Trouble):
    """At one of the provider's addresses nobody lets us in: perhaps at another."""


class Line:
    """One connection: a socket that never waits, and the conversation on it."""

    def __init__(self, account: Account, slot: int, role: str, address: Where) -> None:
        self.talk = Conversation(account.terms, role)
        self.slot, self.role = slot, role
        self.window = 1.0
        self.good = 0
        self.parting_until: float | None = None
        now = time.monotonic()
        # Until when the bind, or an answer to enquire_link or unbind, must have come.
        self.due = now + account.answer
        self.began = self.alive_at = self.used_at = now
        self.ended_at: float | None = None
        self._threshold = float(account.window)
        self._account = account
        self._pdus = 0
        # What comes is read into one place: a new one for each read costs more than the read.
        self._room = memoryview(bytearray(CHUNK))
        self._connected = self._shaking = self._goodbye = False
        self._wants_to_write = False
        self.address = family, where = address
        self._socket: socket.socket | ssl.SSLSocket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.connect(where)
        except BlockingIOError:
            pass
        except OSError as fault:
            self.close()
            raise _no_way(account) from fault

    def fileno(self) -> int:
        """Return the socket's number, for a poll."""
        return self._socket.fileno()

    @property
    def events(self) -> int:
        """Return what the line waits for, in a poll's words."""
        if not self._connected:
            return select.POLLOUT
        return select.POLLIN | (select.POLLOUT if self._wants_to_write else 0)

    @property
    def sends(self) -> bool:
        """Say whether messages go by this line."""
        return self.talk.bound and self.role != "receiver" and self.parting_until is None and not self.talk.over

    @property
    def room(self) -> int:
        """Return how many more submit_sm it takes now."""
        return int(self.window) - self.talk.flying

    def move(self) -> None:
        """Do what can be done without waiting, but for writing; what came of it is in the conversation.

        Raises:
            Trouble: the line is of no more use.
        """
        try:
            if not self._connected:
                self._arrive()
            if self._shaking and not self._shake():
                return
            self._read()
            if self.talk.pdus != self._pdus:
                self._pdus, self.alive_at = self.talk.pdus, time.monotonic()
        except ssl.SSLCertVerificationError as fault:
            raise Trouble(
                f"The provider's certificate is not trusted: {fault.verify_message}.", lasting=True
            ) from fault
        except ssl.SSLError as fault:
            raise Trouble("The provider and we cannot agree on encryption: look at SMPP_TLS.") from fault
        except OSError as fault:
            raise Trouble("The connection to the provider broke.") from fault

    def write(self) -> None:
        """Hand over to the network what it takes now.

        Raises:
            Trouble: the line is of no more use.
        """
        if not self._connected or self._shaking:
            return
        out = self.talk.out
        self._wants_to_write = False
        try:
            while out:
                # A part of the bytearray while it shrinks is not allowed: so a copy.
                self.talk.sent(self._socket.send(bytes(out[:CHUNK])))
        except (BlockingIOError, ssl.SSLWantWriteError):
            self._wants_to_write = True
            if len(out) > MOST_UNREAD:
                raise Trouble("The provider does not read what we say.") from None
        except ssl.SSLWantReadError:
            pass
        except OSError as fault:
            raise Trouble("The connection to the provider broke.") from fault

    def wait(self, until: float) -> None:
        """Wait until something comes, and take it; for whoever holds this line alone.

        Raises:
            Trouble: the line is of no more use.
        """
        self.write()
        poll = select.poll()
        poll.register(self._socket, self.events)
        if poll.poll(max(0.0, until - time.monotonic()) * 1000):
            self.move()
            self.write()

    def went_well(self, many: int) -> None:
        """Take more at once: twice as much each round at first, then one more each round, up to what is set."""
        self.good += many
        more = many if self.window < self._threshold else many / self.window
        self.window = min(self.window + more, float(self._account.window))

    def went_too_fast(self) -> None:
        """Take half as much at once."""
        self._threshold = max(2.0, self.window / 2)
        self.window = max(1.0, self.window / 2)

    def part(self, now: float) -> None:
        """Say goodbye as soon as the last answer is here."""
        if self.parting_until is None:
            self.parting_until = now + min(PARTING, self._account.answer)

    def look(self, now: float) -> bool:
        """See to what is due; say whether the line has come to its end.

        Raises:
            Trouble: the provider has fallen silent.
        """
        if not self.talk.bound:
            if now >= self.due:
                raise Trouble(_silent(self._account)) if self._connected else _no_way(self._account)
            return self.parting_until is not None
        if self.talk.over:
            # What it still owes may come before it closes.
            self.part(now)
            return not self.talk.flying or now >= (self.parting_until or now)
        if self.parting_until is not None:
            return self._say_goodbye(now)
        if self.talk.waits:
            if now >= self.due:
                raise Trouble(_silent(self._account))
        elif now - self.alive_at >= self._account.enquire:
            self.due = now + self._account.answer
            self.talk.enquire()
        return False

    def overdue(self, now: float) -> list[Submit]:
        """Return the submit_sm that are no longer waited for.

        Raises:
            Trouble: nothing at all has come since.
        """
        found: list[Submit] = []
        while (oldest := self.talk.oldest) is not None and now - oldest.at >= self._account.answer:
            if self.alive_at <= oldest.at:
                raise Trouble(_silent(self._account))
            self.talk.forget(oldest)
            found.append(oldest)
        return found

    def close(self) -> None:
        """Close without a word."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _say_goodbye(self, now: float) -> bool:
        if not self.talk.flying and not self._goodbye:
            self._goodbye = True
            self.talk.unbind()
        return now >= (self.parting_until or now)

    def _arrive(self) -> None:
        if self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise _no_way(self._account)
        self._connected = True
        if self._account.tls == "tls":
            context = self._account.context or secret(self._account.ca_file)
            self._socket = context.wrap_socket(
                self._socket, server_hostname=self._account.host, do_handshake_on_connect=False
            )
            self._shaking = True

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
        return True

    def _read(self) -> None:
        while True:
            try:
                many = self._socket.recv_into(self._room)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            if not many:
                raise Trouble("The provider closed the connection.")
            if QUICK_ACK is not None:
                self._socket.setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)
            self.talk.take(bytes(self._room[:many]))
            # What OpenSSL has read already no poll will tell of.
            if many < CHUNK and not isinstance(self._socket, ssl.SSLSocket):
                return


def _no_way(account: Account) -> NobodyThere:
    return NobodyThere(f"Nobody answers at {account.host}, port {account.port}.")


def _silent(account: Account) -> str:
    return f"The provider at {account.host} says nothing for {account.answer:g} seconds."


def asked(account: Account) -> list[Where]:
    """Return the provider's addresses.

    Raises:
        Trouble: there is no such name.
    """
    found = look_up(account.host, account.port, account.answer)
    if not found:
        raise Trouble(f"There is no such provider as {account.host}, or the name servers do not answer.")
    return found
