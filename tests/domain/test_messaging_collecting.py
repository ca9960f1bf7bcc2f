"""One bad message or receipt among good ones: the good ones are taken in, and the bad one is kept and told."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError, OperationalError, connection

from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import collecting
from hueandcry.domain.messaging.models import Inbound
from hueandcry.domain.messaging.models import Receipt as KeptReceipt
from hueandcry.domain.messaging.rules import Command
from hueandcry.domain.records.models import Record
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate, GatewayError, Handover, Incoming, Outgoing, Receipt
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import incoming

pytestmark = pytest.mark.django_db
POISON = "BOOM"


class Waiting:
    """A provider that keeps things for us until the transaction in which they are told ends well."""

    name = "waiting-sms"
    channel = "sms"
    receipts: ClassVar[list[Receipt]] = []
    texts: ClassVar[list[Incoming]] = []
    breaks: ClassVar[Callable[[], None] | None] = None

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        for message in messages:
            yield Handover(message.reference, Fate.ACCEPTED, message.reference)

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        if Waiting.breaks is not None:
            Waiting.breaks()
        told = list(self.receipts), list(self.texts)
        self.receipts.clear()
        self.texts.clear()
        return told

    def check(self) -> str:
        return ""


@pytest.fixture
def waiting(settings: Any) -> Iterator[type[Waiting]]:
    """Set the provider for texts; the sandbox has the other channels."""
    settings.GATEWAYS = {"sms": f"{__name__}.Waiting", "email": settings.GATEWAYS["email"]}
    registry.routes_for.cache_clear()
    builders.force()
    yield Waiting
    Waiting.receipts.clear()
    Waiting.texts.clear()
    Waiting.breaks = None
    registry.routes_for.cache_clear()


@pytest.fixture
def poisonous(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Return how to let one text break what reads it: the fault that nobody thought of."""
    read = actions.receive

    def let_it(happen: Callable[[], None]) -> None:
        def reads(*, incoming: Incoming) -> Inbound:
            done = read(incoming=incoming)
            if POISON in incoming.body:
                happen()
            return done

        monkeypatch.setattr(collecting, "receive", reads)

    return let_it


def in_python() -> None:
    raise ValueError(POISON)


def in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


@pytest.mark.parametrize("happens", [in_python, in_the_database])
def test_one_text_that_cannot_be_read_is_kept_for_people_and_the_others_are_read(
    waiting: type[Waiting],
    poisonous: Callable[[Callable[[], None]], None],
    happens: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    bodies = ["Van at the ford", f"STOP {POISON}", "Two men, grey car"]
    waiting.texts.extend(incoming(f"+4477009001{n:02d}", body) for n, body in enumerate(bodies))
    waiting.receipts.append(Receipt("waiting-sms", "nobody-knows", Fate.DELIVERED, clock.now()))
    poisonous(happens)

    came = actions.collect()

    assert came == 4
    assert list(Inbound.objects.order_by("id").values_list("body", flat=True)) == bodies
    kept = Inbound.objects.get(body=bodies[1])
    assert kept.command == Command.NONE
    assert kept.conversation.address == "+447700900101"
    # It waits on the desk like the others, and the log says where the fault is, but not what was written.
    told = Record.objects.filter(event="message.received").values_list("subject", flat=True)
    assert set(told) == {f"inbound:{row.ref}" for row in Inbound.objects.all()}
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert not {POISON, "447700900101"} & set(str(errors[0].__dict__).split())
    assert KeptReceipt.objects.filter(provider_ref="nobody-knows").exists()


def test_told_twice_a_text_that_cannot_be_read_is_kept_once(
    waiting: type[Waiting], poisonous: Callable[[Callable[[], None]], None]
) -> None:
    bad = incoming("+447700900101", POISON)
    poisonous(in_python)

    for _ in range(2):
        waiting.texts.append(bad)
        actions.collect()

    assert Inbound.objects.count() == 1


@pytest.mark.parametrize("sender", ["", "\0RURAL\ud83d", "x" * 400, "+447700900101"])
def test_whoever_it_is_from_it_is_kept(
    waiting: type[Waiting], poisonous: Callable[[Callable[[], None]], None], sender: str
) -> None:
    waiting.texts.append(
        incoming(sender, f"\0{POISON}\ud83d" * 3000, received_at=clock.now().replace(tzinfo=None), raw="\0\ud83d")
    )
    poisonous(in_python)

    actions.collect()

    assert Inbound.objects.get().body.startswith(POISON)


def test_while_the_database_is_busy_nothing_is_taken_for_bad(
    waiting: type[Waiting], poisonous: Callable[[Callable[[], None]], None]
) -> None:
    waiting.texts.append(incoming("+447700900101", POISON))

    def busy() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$")

    poisonous(busy)

    with pytest.raises(OperationalError):
        actions.collect()

    assert not Inbound.objects.exists()


@pytest.mark.parametrize("broken", [in_python, in_the_database])
def test_a_provider_whose_news_cannot_be_read_holds_up_no_other(
    waiting: type[Waiting], broken: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    mail = registry.gateway_for("email")
    waiting.breaks = staticmethod(broken)
    list(mail.send([Outgoing("K7M2PQ-1", "m@example.org", "Words")]))

    actions.collect()

    assert KeptReceipt.objects.filter(gateway=mail.name, fate=Fate.DELIVERED).count() == 1
    assert "cannot be collected: a fault of ours" in caplog.text


def test_a_provider_that_cannot_be_spoken_to_is_no_fault_of_ours(
    waiting: type[Waiting], caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        raise GatewayError("Away.")

    waiting.breaks = staticmethod(away)

    assert actions.collect() == 0

    assert "Nothing can be collected for now" in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_one_receipt_that_cannot_be_kept_takes_none_with_it(
    waiting: type[Waiting], caplog: pytest.LogCaptureFixture
) -> None:
    # Longer than the column: a gateway of ours that names itself wrongly.
    waiting.receipts.append(Receipt("x" * 60, "bad", Fate.DELIVERED, clock.now()))
    waiting.receipts.append(Receipt("waiting-sms", "good", Fate.DELIVERED, clock.now()))

    actions.collect()

    assert list(KeptReceipt.objects.values_list("provider_ref", flat=True)) == ["good"]
    assert "A receipt could not be kept." in caplog.text


def test_what_our_own_end_refuses_is_no_passing_trouble() -> None:
    refused = DatabaseError("no")
    refused.__cause__ = ValueError("no")

    assert not collecting.is_passing(refused)
    assert collecting.is_passing(OperationalError("the line broke"))
