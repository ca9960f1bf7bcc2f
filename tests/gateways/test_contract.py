"""The same questions to every gateway: each that is set, and each that somebody adds to the package.

A gateway is found by itself: any class in `hueandcry.gateways` with a name, a channel, send, collect and check.
A live gateway is asked with its far side running: tests/gateways/peers/<name>.py starts a server written by others,
which refuses addresses ending with 998 and puts those ending with 996 off once, as the sandbox does. What a provider
sends lies in tests/gateways/samples/<name>/ (test_samples.py asks for it). The sandbox needs neither, and has questions
of its own below.
"""

import datetime as dt
import inspect
import logging
import pkgutil
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

import hueandcry.gateways
from hueandcry.domain.members.rules import Channel
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate, GatewayError, Handover, Incoming, Outgoing, Receipt
from hueandcry.gateways.sandbox import Sandbox

pytestmark = pytest.mark.django_db

WORDS = "Gefahr am Deich: only these words"
ADDRESSES = {"email": "somebody{}@example.org", "post": "The Occupier\n{} High Street\nQQ1 1AA", "push": "push:{}"}
# Ways that are no member's: what is posted for everybody.
POSTED = {"mastodon", "bluesky"}


def found() -> Iterator[type[Any]]:
    """Yield every gateway in the package, each once."""
    for info in pkgutil.walk_packages(hueandcry.gateways.__path__, "hueandcry.gateways."):
        if ".migrations" in info.name:
            continue
        for _, thing in inspect.getmembers(import_module(info.name), inspect.isclass):
            if thing.__module__ == info.name and all(hasattr(thing, word) for word in ("name", "channel", "send")):
                yield thing


GATEWAYS = sorted(found(), key=lambda gateway: str(gateway.name))


def far_side_of(kind: type[Any]) -> str:
    """Return the module that plays a live gateway's far side."""
    return f"tests.gateways.peers.{kind.name.replace('-', '_')}"


@pytest.fixture(params=GATEWAYS, ids=lambda gateway: str(gateway.name))
def gateway(request: pytest.FixtureRequest, settings: Any) -> Iterator[Any]:
    with ExitStack() as stack:
        if not issubclass(request.param, Sandbox):
            stack.enter_context(import_module(far_side_of(request.param)).far_side(settings))
        made = request.param()
        stack.callback(getattr(made, "close", lambda: None))
        yield made


def message_to(gateway: Any, ending: str, *, reference: str = "K7M2PQ-1") -> Outgoing:
    """Return a message to an address of the gateway's kind with this ending."""
    address = ADDRESSES.get(gateway.channel, "+447700900{}").format(ending)
    # What is posted for everybody goes to one account, whatever stands in it: there the words have the ending.
    words = f"{WORDS} {ending}" if gateway.channel in POSTED else WORDS
    return Outgoing(reference, address, words, "A subject", "Doggerland Police")


def test_all_that_are_set_were_found() -> None:
    assert GATEWAYS
    assert {import_string(path) for path in settings.GATEWAYS.values()} <= set(GATEWAYS)


@pytest.mark.parametrize("kind", [kind for kind in GATEWAYS if not issubclass(kind, Sandbox)])
def test_a_live_gateway_has_a_far_side_in_tests(kind: type[Any]) -> None:
    assert find_spec(far_side_of(kind)), f"Write {far_side_of(kind).replace('.', '/')}.py: a server written by others."


def test_names_are_short_and_each_their_own() -> None:
    names = [gateway.name for gateway in GATEWAYS]

    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 40 for name in names)


def test_it_says_its_channel(gateway: Any) -> None:
    assert gateway.channel in {*Channel, *POSTED}


def test_it_can_be_checked(gateway: Any) -> None:
    assert gateway.check() == ""


def test_every_message_handed_over_gets_one_answer(gateway: Any) -> None:
    messages = [message_to(gateway, f"{number:03}", reference=f"K7M2PQ-{number}") for number in range(100, 105)]

    said = list(gateway.send(messages))

    assert all(isinstance(handover, Handover) for handover in said)
    assert sorted(handover.reference for handover in said) == [message.reference for message in messages]
    assert all(handover.fate == Fate.ACCEPTED and handover.provider_ref for handover in said)


def test_nothing_to_send_is_no_fault(gateway: Any) -> None:
    assert list(gateway.send([])) == []


def test_a_refusal_for_good_is_told_apart(gateway: Any) -> None:
    (said,) = gateway.send([message_to(gateway, "998")])

    assert (said.fate, said.try_again) == (Fate.FAILED if gateway.channel in POSTED else Fate.BOUNCED, False)
    assert said.detail


def test_a_refusal_for_now_is_told_apart_and_taken_later(gateway: Any) -> None:
    first = next(gateway.send([message_to(gateway, "996")]))
    second = next(gateway.send([message_to(gateway, "996")]))

    assert (first.try_again, second.try_again) == (True, False)
    assert second.fate == Fate.ACCEPTED


def test_nothing_is_collected_where_nothing_was_sent(gateway: Any) -> None:
    receipts, came = gateway.collect()

    assert (list(receipts), list(came)) == ([], [])


def test_no_address_and_no_words_are_logged_or_shown(gateway: Any, caplog: pytest.LogCaptureFixture) -> None:
    message = message_to(gateway, "100")

    with caplog.at_level(logging.DEBUG, logger="hueandcry"):
        said = list(gateway.send([message, message_to(gateway, "998", reference="K7M2PQ-2")]))
        receipts, _ = gateway.collect()

    shown = caplog.text + repr(message) + repr(said) + repr(receipts)
    assert message.address not in shown
    assert "Gefahr" not in shown


def test_what_comes_in_shows_no_address_and_no_words_either() -> None:
    said = Incoming("g", "1", "sms", "+447700900101", WORDS, dt.datetime(2026, 11, 20, tzinfo=dt.UTC), raw=WORDS)

    assert "7700" not in repr(said)
    assert "Gefahr" not in repr(said)


# ---------------------------------------------------------------- the registry


def test_a_channel_without_a_gateway_says_what_to_set(settings: Any) -> None:
    settings.GATEWAYS = {}
    registry.routes_for.cache_clear()

    with pytest.raises(GatewayError, match="add GATEWAY_SMS") as refusal:
        registry.gateway_for("sms")

    registry.routes_for.cache_clear()
    assert refusal.value.lasting


def test_the_registry_gives_every_gateway_that_is_set() -> None:
    assert {gateway.channel for gateway in registry.gateways()} == set(settings.GATEWAYS)


# ---------------------------------------------------------------- the sandbox alone


@pytest.fixture(params=[kind for kind in GATEWAYS if issubclass(kind, Sandbox)], ids=lambda gateway: str(gateway.name))
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    made: Sandbox = request.param()
    return made


def test_receipts_of_the_sandbox_name_the_reference_of_the_hand_over_and_come_once(sandbox: Sandbox) -> None:
    said = list(
        sandbox.send([message_to(sandbox, "100", reference="A-1"), message_to(sandbox, "997", reference="A-2")])
    )

    receipts, _ = sandbox.collect()

    assert {(type(receipt), receipt.gateway) for receipt in receipts} == {(Receipt, sandbox.name)}
    assert {receipt.provider_ref: receipt.fate for receipt in receipts} == {
        said[0].provider_ref: Fate.DELIVERED,
        said[1].provider_ref: Fate.FAILED,
    }
    assert sandbox.collect() == ([], ())


def test_the_sandbox_takes_our_reference_so_nothing_is_there_twice(sandbox: Sandbox) -> None:
    from hueandcry.gateways.models import SandboxMessage

    for _ in range(3):
        list(sandbox.send([message_to(sandbox, "100")]))

    assert SandboxMessage.objects.count() == 1


def test_the_sandbox_owes_nothing_for_a_silent_address(sandbox: Sandbox) -> None:
    list(sandbox.send([message_to(sandbox, "995")]))

    assert sandbox.collect() == ([], ())


def test_the_sandbox_muddles_receipts_where_it_says_so(sandbox: Sandbox) -> None:
    list(sandbox.send([message_to(sandbox, "994")]))

    receipts, _ = sandbox.collect()

    assert [receipt.fate for receipt in receipts] == [Fate.DELIVERED, Fate.ACCEPTED, Fate.DELIVERED]


def test_a_phone_may_answer(sandbox: Sandbox) -> None:
    said = sandbox.incoming_from_phone("+447700900101", "White van")

    assert (said.gateway, said.channel, said.sender, said.body) == (
        sandbox.name, sandbox.channel, "+447700900101", "White van",
    )  # fmt: skip
    assert said.provider_ref != sandbox.incoming_from_phone("+447700900101", "White van").provider_ref
