"""Workers in processes of their own, side by side and killed in the middle: nothing lost, nothing doubled."""

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hueandcry.domain.messaging import actions, queries
from hueandcry.domain.messaging.actions import leasing, routing
from hueandcry.domain.messaging.actions.claiming import Window
from hueandcry.domain.messaging.actions.handing import LEASE_LOST, Handing
from hueandcry.domain.messaging.actions.leasing import LEASES
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.actions.recording import Hold, Outcome, record
from hueandcry.domain.messaging.actions.saying import insert_rows
from hueandcry.domain.messaging.models import Delivery, Message, Stretch
from hueandcry.domain.messaging.rules import DUE, LEASE, DeliveryState, MessageKind
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate, Handover
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import WORDS, lapse
from tests.processes import database_here

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
MANY = 1200
WINDOW = 100
WORKER = (
    "import sys, django; django.setup()\n"
    "from hueandcry.domain.messaging import actions\n"
    "actions.dispatch(message_ref=sys.argv[1])\n"
)


def message_to_many() -> Message:
    """Queue an e-mail to many addresses, without making their members one by one."""
    message = Message.objects.create(
        kind=MessageKind.ALERT, about="alert:K7M2PQ", organisation=builders.force(), text=WORDS.text,
        spoken=WORDS.spoken, subject=WORDS.subject, email=WORDS.email, queued_at=clock.now(),
    )  # fmt: skip
    insert_rows(
        message,
        "SELECT NULL::bigint AS member_id, 'email'::text AS channel, 'm' || number || 'x@example.org' AS address"
        " FROM generate_series(1, %s) AS number",
        [MANY],
    )
    return message


def worker(
    message: Message, gateway: str = "hueandcry.gateways.email.sandbox.SandboxMail", **more: str
) -> subprocess.Popen[bytes]:
    """Start a worker on this test's database."""
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, message.ref],
        cwd=ROOT,
        env={
            **os.environ,  # noqa: TID251 - a process of its own needs where Python is
            "DJANGO_SETTINGS_MODULE": "hueandcry.config.settings",
            "DATABASE_URL": database_here(),
            "GATEWAY_EMAIL": gateway,
            "SEND_WINDOW": str(WINDOW),
            **more,
        },
    )


def kill_when_still(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker, by kill -9, when it stands still in the middle, where the gateway has it stand still."""
    end = time.monotonic() + 180
    while os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        assert time.monotonic() < end, "The worker did not come so far."
        time.sleep(0.02)
    assert process.poll() is None, "The worker ended by itself."
    process.kill()
    process.wait()


def test_workers_side_by_side_send_everything_once() -> None:
    message = message_to_many()

    workers = [worker(message) for _ in range(3)]
    ends = [process.wait(timeout=300) for process in workers]
    actions.collect()

    assert ends == [0, 0, 0]
    assert queries.progress_of(message_ref=message.ref).by_state == {DeliveryState.DELIVERED: MANY}
    assert set(message.deliveries.values_list("attempts", flat=True)) == {1}
    assert SandboxMessage.objects.count() == MANY


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing() -> None:
    message = message_to_many()
    unwritten = []

    for _ in range(3):
        kill_when_still(worker(message, "tests.gateways.slow.StillMail"))
        handed_over = SandboxMessage.objects.count()
        unwritten.append(handed_over - Delivery.objects.filter(state=DeliveryState.ACCEPTED).count())
        lapse()
    swept = actions.sweep()
    go_on(message)
    actions.collect()

    # The kills hit where it hurts: messages were out, and nothing of it was written; at most a window.
    assert min(unwritten) > 0
    assert max(unwritten) <= WINDOW
    assert swept == 1
    assert queries.progress_of(message_ref=message.ref).by_state == {DeliveryState.DELIVERED: MANY}
    assert SandboxMessage.objects.count() == SandboxMessage.objects.values("address").distinct().count() == MANY


def go_on(message: Message) -> None:
    """Hand over the rest; what the server still held for the dead worker is looked at again a second later."""
    end = time.monotonic() + 180
    while time.monotonic() < end:
        actions.dispatch(message_ref=message.ref)
        if not message.deliveries.filter(state__in=DUE).exists():
            return
        time.sleep(0.1)
    pytest.fail("Something stays in the queue.")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Path]:
    """Give providers outside (tests/outside.py) a file, and this process the same window as the others."""
    path = tmp_path / "outside"
    path.touch()
    monkeypatch.setenv("OUTSIDE_FILE", str(path))
    settings.SEND_WINDOW = WINDOW
    registry.routes_for.cache_clear()
    routing.forget()
    yield path
    registry.routes_for.cache_clear()
    routing.forget()


def killed_half_way(message: Message, gateway: str, path: Path) -> int:
    """Kill a worker in the middle; return how many were handed over and not written."""
    kill_when_still(worker(message, gateway, OUTSIDE_STANDS_STILL_AT=str(MANY // 2 + WINDOW // 4)))
    lapse()
    handed_over = len(path.read_text(encoding="utf-8").splitlines())
    return handed_over - message.deliveries.filter(state=DeliveryState.ACCEPTED).count()


def test_letters_that_were_perhaps_handed_over_go_again_as_the_same(outside: Path, settings: Any) -> None:
    settings.GATEWAYS = {**settings.GATEWAYS, "email": "tests.outside.SameMail"}
    message = message_to_many()
    unwritten = killed_half_way(message, "tests.outside.SameMail", outside)

    go_on(message)

    taken = [line.split() for line in outside.read_text(encoding="utf-8").splitlines()]
    twice = len(taken) - len({reference for reference, _ in taken})
    assert 0 < unwritten <= WINDOW
    assert twice == unwritten
    # The provider is told which of the claims they may be; one that can be asked by our reference asks first.
    assert twice <= len([how for _, how in taken if how == "again"]) <= 4 * WINDOW
    assert {row.state for row in message.deliveries.all()} == {DeliveryState.ACCEPTED}
    assert len({reference for reference, _ in taken}) == MANY


def test_what_would_come_twice_is_left_to_a_person_and_the_rest_goes(outside: Path, settings: Any) -> None:
    settings.GATEWAYS = {**settings.GATEWAYS, "email": "tests.outside.NeverMail"}
    message = message_to_many()
    unwritten = killed_half_way(message, "tests.outside.NeverMail", outside)

    go_on(message)

    taken = [line.split()[0] for line in outside.read_text(encoding="utf-8").splitlines()]
    by_state = queries.progress_of(message_ref=message.ref).by_state
    assert 0 < unwritten <= WINDOW
    assert len(taken) == len(set(taken))
    assert unwritten <= by_state[DeliveryState.UNCERTAIN] <= WINDOW
    assert sum(by_state.values()) == MANY
    assert set(by_state) == {DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN}
    assert {row.gateway for row in message.deliveries.all()} == {"never-mail"}


def test_a_worker_that_was_merely_slow_writes_what_it_knows_though_another_has_its_rows(settings: Any) -> None:
    settings.SEND_WINDOW = WINDOW
    message = message_to_many()
    slow = Letter.open(message.ref)
    window = slow.claims.claim()
    first, second = window.rows[:2]
    lapse()
    taken_over = Letter.open(message.ref).claims.claim()

    # The slow one was told that the first went, and that the second is to be tried again.
    again = Handover("", Fate.UNKNOWN, detail="Busy.", try_again=True)
    record(
        slow,
        [
            Outcome(first, "slow", Handover(slow.reference(first), Fate.ACCEPTED, "p-first")),
            Outcome(second, "slow", again),
        ],
        Hold(window.lease),
    )

    assert {row.id for row in taken_over.rows} == {row.id for row in window.rows}
    kept = {row.pk: (row.state, row.attempts) for row in message.deliveries.filter(pk__in=[first.id, second.id])}
    assert kept == {first.id: ("accepted", 2), second.id: ("leased", 2)}
    # Nobody took the other's lease away with it.
    assert Stretch.objects.filter(pk=taken_over.lease or 0, is_leased=True).exists()


def test_what_is_in_hand_is_kept_for_as_long_as_a_provider_takes(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "_LOOK_S", 0.01)
    monkeypatch.setattr(leasing, "RENEW_AFTER", dt.timedelta(0))
    settings.SEND_WINDOW = WINDOW
    message = message_to_many()
    window = Letter.open(message.ref).claims.claim()
    given = Stretch.objects.get(pk=window.lease or 0).at
    leases = leasing.Leases()

    leases.hold(window.lease or 0, window.rows)
    try:
        for _ in range(3):
            given = moved_on(window, given)
    finally:
        leases.drop(window.lease or 0)

    (at,) = set(message.deliveries.filter(pk__in=[row.id for row in window.rows]).values_list("next_at", flat=True))
    assert at >= given


def moved_on(window: Window, given: dt.datetime) -> dt.datetime:
    """Return until when a claim is held, as soon as that is later than it was."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        at = Stretch.objects.get(pk=window.lease or 0).at
        if at > given:
            return at
        time.sleep(0.01)
    pytest.fail("Nobody keeps it.")


def test_a_worker_that_lives_keeps_what_it_has(settings: Any) -> None:
    settings.SEND_WINDOW = WINDOW
    message = message_to_many()
    window = Letter.open(message.ref).claims.claim()
    nearly_over = clock.now() + dt.timedelta(milliseconds=1)
    Delivery.objects.filter(state=DeliveryState.LEASED).update(next_at=nearly_over)
    Stretch.objects.filter(is_leased=True).update(at=nearly_over)

    LEASES.hold(window.lease or 0, window.rows)
    try:
        LEASES.renew_now()
    finally:
        LEASES.drop(window.lease or 0)

    assert not any(row.before for row in Letter.open(message.ref).claims.claim().rows)
    ends = {row.next_at for row in message.deliveries.filter(pk__in=[row.id for row in window.rows])}
    assert ends == {Stretch.objects.get(pk=window.lease or 0).at}
    assert ends.pop() > clock.now() + LEASE / 2


def test_a_worker_that_stood_still_hands_over_nothing_more_of_what_is_another_s(settings: Any) -> None:
    settings.SEND_WINDOW = WINDOW
    message = message_to_many()
    letter = Letter.open(message.ref)
    window = letter.claims.claim()
    LEASES.hold(window.lease or 0, window.rows)
    try:
        safe_at_first = LEASES.is_safe(window.lease)
        lapse()
        Letter.open(message.ref).claims.claim()  # another worker takes it over
        LEASES.renew_now()

        handing = Handing(letter, window.lease)
        handing.send(window.rows)
    finally:
        LEASES.drop(window.lease or 0)

    assert safe_at_first
    assert SandboxMessage.objects.count() == 0
    assert {outcome.handover.detail for outcome in handing.outcomes} == {LEASE_LOST}
