"""Take in mail: bounces and answers, which the force's mail server forwards to MAIL_IN_LISTEN. Nothing is passed on."""
# ruff: noqa: N802 - aiosmtpd's names

import argparse
import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from hueandcry.console.up import check_secret
from hueandcry.domain.messaging.actions import mailing

log = logging.getLogger(__name__)

# An answer may carry photographs; what is larger, the relay tells its sender.
LARGEST = 30 << 20
MOST_RECIPIENTS = 20
# Mails at once; each is read and written in a thread of its own, and held in memory.
AT_ONCE = 4
IDLE_S = 60
OURS_ONLY = "550 5.7.1 Mail for this service only, and nothing is passed on"
TOO_MANY = "452 4.5.3 Too many recipients: the rest in another mail"
LATER = "451 4.3.0 Not now: try again in some minutes"
TAKEN = "250 2.6.0 It is kept"


class Patient(SMTP):
    """A door that bears lines of any length: somebody's mail program writes them, and nothing may be lost."""

    line_length_limit = 1 << 20


class Door:
    """What aiosmtpd asks: whose mail it is, and what becomes of it. What it answers 250 to stands in the tables."""

    def __init__(self) -> None:
        self._hands = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mail")

    async def handle_RCPT(
        self,
        server: SMTP,  # noqa: ARG002 - aiosmtpd gives these
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002
    ) -> str:
        """Take mail for our own addresses, and for no other."""
        if not mailing.is_for_us(recipient=address):
            return OURS_ONLY
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ours"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002
        """Keep a mail before it is said to be taken; what cannot be kept now, the relay brings again."""
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._hands, _keep, raw, envelope.mail_from or "", tuple(envelope.rcpt_tos))


def add(parser: argparse.ArgumentParser) -> None:
    """Take no words: MAIL_IN_LISTEN is a setting."""
    parser.epilog = "Settings: MAIL_IN_LISTEN (host:port), MAIL_REPLY_TO, MAIL_BOUNCES_TO, MAIL_FROM."


def run(args: argparse.Namespace) -> None:  # noqa: ARG001
    """Listen until told to stop."""
    check_secret()
    host, port = listens_on(settings.MAIL_IN_LISTEN)
    asyncio.run(_listen(host, port))


def listens_on(line: str) -> tuple[str, int]:
    """Return host and port of MAIL_IN_LISTEN.

    Raises:
        ImproperlyConfigured: it names none.
    """
    host, _, port = line.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise ImproperlyConfigured("MAIL_IN_LISTEN is where mail is taken in, such as 127.0.0.1:2525.")
    return host.strip("[]"), int(port)


def talk() -> SMTP:
    """Return what speaks with one relay."""
    return Patient(DOOR, data_size_limit=LARGEST, ident="Hue and Cry", timeout=IDLE_S, enable_SMTPUTF8=True)


async def _listen(host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(each, stop.set)
    server = await loop.create_server(talk, host, port)
    log.info("Mail is taken in.", extra={"port": port})
    async with server:
        await stop.wait()


def _keep(raw: bytes, sender: str, recipients: tuple[str, ...]) -> str:
    close_old_connections()
    try:
        for recipient in recipients:
            mailing.take_in(raw=raw, sender=sender, recipient=recipient)
    except (DatabaseError, InterfaceError) as trouble:
        log.warning("Mail cannot be kept now (%s): the relay brings it again.", type(trouble).__name__)
        connections.close_all()
        return LATER
    except Exception:
        # A fault of ours: the relay keeps the mail until it is put right, and nothing is lost.
        log.exception("A mail could not be read: the relay brings it again.")
        return LATER
    else:
        return TAKEN
    finally:
        close_old_connections()


DOOR = Door()
