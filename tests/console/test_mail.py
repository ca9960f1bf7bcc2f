"""The door for mail: ours only, kept before it is said to be taken, brought again when it cannot be kept."""

import asyncio
import smtplib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from hueandcry.console import mail
from hueandcry.domain.messaging.actions import mailing
from hueandcry.domain.messaging.models import Inbound
from tests import builders

LETTER = "From: dell@farm.example\r\nMessage-ID: <1@farm.example>\r\n\r\nSaw it.\r\n"


@pytest.fixture
def relay(settings: Any) -> Iterator[smtplib.SMTP]:
    """Return the force's mail server, connected to our door."""
    settings.MAIL_FROM, settings.MAIL_REPLY_TO = "alerts@rural.example", "answers@rural.example"
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(mail.talk, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        with smtplib.SMTP("127.0.0.1", server.sockets[0].getsockname()[1], timeout=60) as talk:
            yield talk
    finally:
        asyncio.run_coroutine_threadsafe(ended(server), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


async def ended(server: asyncio.Server) -> None:
    """Close the door, and wait until every talk at it has ended: what a loop leaves open when it stops is found later.

    Whoever came has gone by then.
    """
    server.close()
    talks = asyncio.all_tasks() - {asyncio.current_task()}
    if talks:
        await asyncio.wait(talks)
    # A connection is closed a turn after the talk over it.
    await asyncio.sleep(0)
    await asyncio.sleep(0)


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_stands_in_the_database(relay: smtplib.SMTP) -> None:
    builders.force()

    relay.sendmail("dell@farm.example", ["answers@rural.example"], LETTER)
    relay.sendmail("dell@farm.example", ["answers@rural.example"], LETTER + "x" * 5000 + "\r\n")

    assert Inbound.objects.get().body == "Saw it."


@pytest.mark.parametrize("to", ["dell@farm.example", "postmaster@rural.example", "answers@rural.example.evil.example"])
def test_nothing_is_passed_on_to_anybody(relay: smtplib.SMTP, to: str) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        relay.sendmail("grey@moor.example", [to], LETTER)

    assert refusal.value.recipients[to][0] == 550


def test_what_is_too_large_is_refused_before_it_comes(relay: smtplib.SMTP) -> None:
    relay.ehlo()

    code, _ = relay.mail("dell@farm.example", ["SIZE=104857600"])

    assert code == 552


@pytest.mark.parametrize("trouble", [DatabaseError("away"), ValueError("a fault of ours")])
def test_what_cannot_be_kept_now_is_brought_again(
    relay: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def fails(**_: object) -> None:
        raise trouble

    monkeypatch.setattr(mailing, "take_in", fails)
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        relay.sendmail("dell@farm.example", ["answers@rural.example"], LETTER)

    assert refusal.value.smtp_code == 451


@pytest.mark.parametrize("line", ["", "2525", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", ":25"])
def test_a_wrong_setting_says_what_is_right(line: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"127\.0\.0\.1:2525"):
        mail.listens_on(line)


def test_it_listens_where_it_is_told() -> None:
    assert mail.listens_on("127.0.0.1:2525") == ("127.0.0.1", 2525)
    assert mail.listens_on("[::1]:2525") == ("::1", 2525)
