"""What still leaves after a press, with a worker's two real hands, and who passes a worker whose provider is slow.

The provider outside (tests/outside.py) takes a window at a time, when the test lets it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import halting, routing
from hueandcry.domain.messaging.actions.saying import insert_rows
from hueandcry.domain.messaging.actions.waking import ask_for
from hueandcry.domain.messaging.models import Halt, Message
from hueandcry.domain.messaging.rules import Lane, MessageKind
from hueandcry.gateways import registry
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain.messaging import WORDS
from tests.processes import database_here

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
MANY, WINDOW = 1200, 100
HAND = WINDOW // 2
DISPATCH = (
    "import sys, django; django.setup()\n"
    "from hueandcry.domain.messaging import actions\n"
    "actions.dispatch(message_ref=sys.argv[1])\n"
)
WORK = [sys.executable, "-m", "hueandcry.console.main", "work"]


class Provider:
    """What the provider outside has, and how far it may go."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self.lets(0)

    def lets(self, windows: int) -> None:
        """Let so many windows go, counted from the first."""
        made = self.path.with_suffix(".new")
        made.write_text(str(windows), encoding="utf-8")
        made.replace(f"{self.path}.gate")

    def in_hand(self) -> int:
        """Return how many windows were in a hand so far."""
        return sum(each.suffix[1:].isdigit() for each in self.path.parent.iterdir())

    def took(self, message: Message) -> list[str]:
        """Return what it took of one message."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return [line.split()[0] for line in lines if line.startswith(f"{message.ref}-")]


@pytest.fixture
def provider(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Set the provider outside for this process and for those that it starts."""
    made = Provider(tmp_path / "outside")
    monkeypatch.setenv("OUTSIDE_FILE", str(made.path))
    settings.GATEWAYS = {**settings.GATEWAYS, "email": "tests.outside.Stepped"}
    settings.SEND_WINDOW = WINDOW
    registry.routes_for.cache_clear()
    routing.forget()
    forget_jobs()
    yield made
    forget_jobs()
    registry.routes_for.cache_clear()
    routing.forget()


def forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def letters(many: int, *, subject: str = "Held", about: str = "alert:K7M2PQ", lane: Lane = Lane.BULK) -> Message:
    words = replace(WORDS, subject=subject)
    message = Message.objects.create(
        kind=MessageKind.ALERT, about=about, organisation=builders.force(), text=words.text, spoken=words.spoken,
        subject=words.subject, email=words.email, queued_at=clock.now(), lane=lane,
    )  # fmt: skip
    insert_rows(
        message,
        "SELECT NULL::bigint AS member_id, 'email'::text AS channel, 'm' || number || 'x@example.org' AS address"
        " FROM generate_series(1, %s) AS number",
        [many],
    )
    return message


def started(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a process of ours on this test's database."""
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={
            **os.environ,  # noqa: TID251 - a process of its own needs where Python is
            "DJANGO_SETTINGS_MODULE": "hueandcry.config.settings",
            "DATABASE_URL": database_here(),
            "GATEWAY_EMAIL": "tests.outside.Stepped",
            "SEND_WINDOW": str(WINDOW),
            "SECRET_KEY": "for-tests-only",
            "DEMONSTRATION": "",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def until(done: Callable[[], bool], what: str) -> None:
    """Ask again until it is so."""
    end = time.monotonic() + 180
    while not done():
        if time.monotonic() > end:
            pytest.fail(f"It never came that {what}.")
        time.sleep(0.01)


def states(message: Message) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for row in message.deliveries.all():
        found[row.state, row.attempts] = found.get((row.state, row.attempts), 0) + 1
    return found


@pytest.mark.parametrize("press", ["pause", "cancel", "switch"])
def test_after_a_press_no_more_leaves_than_what_was_in_the_hands(provider: Provider, press: str) -> None:
    officer = cast.oakes()
    message, other = letters(MANY), letters(3, about="alert:NQJSE2")
    process = started([sys.executable, "-c", DISPATCH, message.ref])
    until(lambda: provider.in_hand() == 2, "both hands have a window")
    provider.lets(4)
    until(lambda: provider.in_hand() == 6, "both hands have their third")
    before = len(provider.took(message))

    if press == "pause":
        actions.pause(about=message.about, actor="officer:TEST22")
    elif press == "switch":
        halting.halt(officer=officer, reason="A wrong number went out.", typed="STOP")
    else:
        actions.cancel(about=message.about)
    provider.lets(1000)
    process.wait(180)

    left = MANY - 6 * HAND
    assert (before, len(provider.took(message))) == (4 * HAND, 6 * HAND)
    # What else was claimed stands there as if nobody had had it.
    ended = ("cancelled", 0) if press == "cancel" else ("queued", 0)
    assert states(message) == {("accepted", 1): 6 * HAND, ended: left}
    assert states(other) == {("queued", 0): 3}
    if press != "cancel":
        actions.resume(about=message.about, actor="officer:TEST22")
        Halt.objects.update(lifted_at=clock.now())
        routing.forget()
        actions.dispatch(message_ref=message.ref)
        assert states(message) == {("accepted", 1): MANY}
        assert len(set(provider.took(message))) == len(provider.took(message)) == MANY


def test_urgent_alerts_pass_one_worker_whose_provider_is_slow_for_a_newsletter_and_for_another_alert(
    provider: Provider,
) -> None:
    news = letters(MANY)
    ask_for(news.ref, Lane.BULK)
    worker = started(WORK)
    try:
        until(lambda: provider.in_hand() == 2, "both hands have a window of the newsletter")
        first = letters(MANY // 4, about="alert:CCCCCC", lane=Lane.URGENT)
        ask_for(first.ref, Lane.URGENT)
        until(lambda: provider.in_hand() == 4, "both hands have a window of the first alert")
        second = letters(HAND + 6, subject="Goes", about="alert:DDDDDD", lane=Lane.URGENT)
        ask_for(second.ref, Lane.URGENT)
        until(lambda: len(provider.took(second)) == HAND + 6, "the second alert is out")
        out_before = len(provider.took(news)), len(provider.took(first))
        provider.lets(1000)
        until(lambda: states(news) == {("accepted", 1): MANY}, "the newsletter is out")
    finally:
        worker.terminate()
        worker.wait(180)

    assert out_before == (0, 0)
    assert states(first) == {("accepted", 1): MANY // 4}
