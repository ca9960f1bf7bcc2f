"""The far side of the SMTP gateway: aiosmtpd, a mail server written by others."""
# ruff: noqa: ARG002, N802 - aiosmtpd's names

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "hueandcry", "a long pass word"
AUTHORITY = trustme.CA()


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Mailboxes:
    """What aiosmtpd asks: takes letters and keeps them, refuses by the ending of the address."""

    def __init__(self, *, pipelining: bool = True) -> None:
        self.letters: list[Envelope] = []
        self.signed_in = 0
        self.connections: set[Any] = set()
        self.put_off: set[str] = set()
        self.pipelining = pipelining
        self.lock = threading.Lock()

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections.add(session.peer)
        session.host_name = hostname
        return [*responses[:-1], *(["250-PIPELINING"] if self.pipelining else []), responses[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        ending = address.partition("@")[0][-3:]
        if ending == "998":
            return f"550 5.1.1 <{address}>: Recipient address rejected"
        if ending == "996" and address not in self.put_off:
            self.put_off.add(address)
            return f"450 4.2.0 <{address}>: Greylisted"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        with self.lock:
            self.letters.append(envelope)
            self.signed_in += bool(session.authenticated)
        return "250 2.0.0 OK"


def sign_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    """Let in who has the password."""
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


def own_secret(name: str = "127.0.0.1") -> ssl.SSLContext:
    """Return a server's certificate for this name, by our own authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


@contextmanager
def mail_server(mailboxes: Mailboxes, **words: Any) -> Iterator[int]:
    """Run aiosmtpd on a port of this machine."""
    controller = Controller(mailboxes, hostname="127.0.0.1", port=free_port(), ready_timeout=60, **words)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def far_side(settings: Any) -> Iterator[Mailboxes]:
    """Run a mail server without TLS, and name it in the settings."""
    mailboxes = Mailboxes()
    with mail_server(mailboxes) as port:
        settings.MAIL_HOST, settings.MAIL_PORT, settings.MAIL_TLS = "127.0.0.1", port, "none"
        settings.MAIL_FROM, settings.MAIL_ANSWER_SECONDS = "alerts@example.org", 30
        yield mailboxes
