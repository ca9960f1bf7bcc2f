"""Workers in processes of their own, side by side and killed in the middle: nothing lost, nothing doubled."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hueandcry.domain.messaging import actions, queries
from hueandcry.domain.messaging.actions.saying import insert_rows
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import WORDS, lapse
from tests.processes import database_here

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
MANY = 1200
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


def worker(message: Message) -> subprocess.Popen[bytes]:
    """Start a worker on this test's database."""
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, message.ref],
        cwd=ROOT,
        env={
            **os.environ,  # noqa: TID251 - a process of its own needs where Python is
            "DJANGO_SETTINGS_MODULE": "hueandcry.config.settings",
            "DATABASE_URL": database_here(),
            "GATEWAY_EMAIL": "tests.gateways.slow.SlowMail",
            "SEND_WINDOW": "100",
        },
    )


def wait_until_handed_over(at_least: int) -> None:
    for _ in range(600):
        if SandboxMessage.objects.count() >= at_least:
            return
        time.sleep(0.05)
    pytest.fail("The worker did not start sending within 30 seconds.")


def test_workers_side_by_side_send_everything_once() -> None:
    message = message_to_many()

    workers = [worker(message) for _ in range(3)]
    ends = [process.wait(timeout=60) for process in workers]
    actions.collect()

    assert ends == [0, 0, 0]
    assert queries.progress_of(message_ref=message.ref).by_state == {DeliveryState.DELIVERED: MANY}
    assert set(message.deliveries.values_list("attempts", flat=True)) == {1}
    assert SandboxMessage.objects.count() == MANY


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing() -> None:
    message = message_to_many()
    unwritten = []

    for kill in range(1, 4):
        process = worker(message)
        wait_until_handed_over(kill * 250)
        process.kill()  # kill -9: no clean-up, no farewell
        process.wait()
        handed_over = SandboxMessage.objects.count()
        unwritten.append(handed_over - Delivery.objects.filter(state=DeliveryState.ACCEPTED).count())
        lapse()
    swept = actions.sweep()
    actions.dispatch(message_ref=message.ref)

    # The kills hit where it hurts: messages were out, and nothing of it was written; at most a window.
    assert max(unwritten) > 0
    assert max(unwritten) <= 100
    assert swept == 1
    assert queries.progress_of(message_ref=message.ref).by_state == {DeliveryState.DELIVERED: MANY}
    assert SandboxMessage.objects.count() == SandboxMessage.objects.values("address").distinct().count() == MANY
