"""Providers outside that answer badly, through the whole of sending: nothing lost, nothing twice, and it is said."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.models import Delivery, Message, Stretch
from hueandcry.domain.messaging.queries import providers
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.messaging.rules.routing import Health
from hueandcry.gateways import registry
from tests import builders
from tests.domain.messaging import alert_to
from tests.gateways.peers import smpp_scripted
from tests.gateways.peers.http_text import describe
from tests.gateways.peers.provider import Asked, Provider, Reply, always, provider
from tests.gateways.peers.scripted import Talk, scripted

pytestmark = pytest.mark.django_db
MANY = 3


@pytest.fixture(autouse=True)
def known_anew() -> Iterator[None]:
    """Let no gateway of another test be taken for this one's."""
    registry.routes_for.cache_clear()
    routing.forget()
    yield
    registry.routes_for.cache_clear()
    routing.forget()


def by_http(settings: Any, there: Provider, *, knows: bool) -> Message:
    """Queue an alert to some members, by a provider of texts that settings describe."""
    settings.GATEWAYS = {**settings.GATEWAYS, "sms": "hueandcry.gateways.sms.generic.HttpText"}
    describe(settings, there.address)
    settings.TEXT_HTTP_KNOWS_REFERENCE = knows
    settings.HTTP_ANSWER_SECONDS, settings.HTTP_BATCH_SECONDS = 30, 40
    registry.routes_for.cache_clear()
    return alert_to(*(builders.member() for _ in range(MANY)))


def states(message: Message) -> dict[str, int]:
    """Return how many rows stand in each state."""
    found = list(message.deliveries.values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


def due_again(message: Message) -> None:
    """Let everything that waits be due, and the process know of providers what the next one would."""
    Delivery.objects.update(next_at=message.queued_at)
    Stretch.objects.update(at=message.queued_at, looked_at=message.queued_at)
    routing.forget()


def line_of(name: str) -> providers.ProviderLine:
    """Return a provider as the screen of sending shows it, to a process that has heard nothing of it."""
    routing.forget()
    return next(line for line in providers.providers() if line.name == name)


NO_ANSWERS = {
    "nonsense": Reply(200, b"<html>Welcome to our hotel's network</html>"),
    "half of it": Reply(200, b'{"messages": [{"state": "Que'),
    "its gateway lost it": Reply(504, b"Gateway Timeout"),
    "it closes": Reply(0, cut=True),
}
REFUSALS = {
    "another shape": Reply(200, [1, 2, {"messages": None}]),
    "its own fault": Reply(500, {"error": "java.lang.NullPointerException"}),
}


@pytest.mark.parametrize("reply", NO_ANSWERS.values(), ids=list(NO_ANSWERS))
def test_what_may_have_been_taken_is_for_a_person_and_never_goes_twice(settings: Any, reply: Reply) -> None:
    with provider(always(reply)) as there:
        message = by_http(settings, there, knows=False)
        actions.dispatch(message_ref=message.ref)
        due_again(message)
        actions.dispatch(message_ref=message.ref)

    # Each was asked for once, and stands on the screen of sending.
    assert len(there.asked) == MANY
    found = states(message)
    assert found == {DeliveryState.UNCERTAIN: MANY}
    assert sum(line.many for line in providers.undecided()) == MANY


@pytest.mark.parametrize("reply", [*NO_ANSWERS.values(), *REFUSALS.values()], ids=[*NO_ANSWERS, *REFUSALS])
def test_who_knows_our_reference_is_asked_again_until_it_answers(settings: Any, reply: Reply) -> None:
    taken: set[str] = set()
    is_well = False

    def answer(asked: Asked) -> Reply:
        (text,) = asked.json["messages"]
        taken.add(text["ref"])
        return Reply(200, {"messages": [{"state": "Queued", "id": f"far-{text['ref']}"}]}) if is_well else reply

    with provider(answer) as there:
        message = by_http(settings, there, knows=True)
        actions.dispatch(message_ref=message.ref)
        before = states(message)
        is_well = True
        due_again(message)
        actions.dispatch(message_ref=message.ref)

    assert before == {DeliveryState.QUEUED: MANY}
    assert states(message) == {DeliveryState.ACCEPTED: MANY}
    assert len(taken) == MANY


def test_a_provider_that_asks_us_to_wait_is_waited_for_and_shown_as_slower(settings: Any) -> None:
    with provider(always(Reply(429, {"error": "slow down"}, {"Retry-After": "30"}))) as there:
        message = by_http(settings, there, knows=False)
        actions.dispatch(message_ref=message.ref)
        asked = len(there.asked)
        actions.dispatch(message_ref=message.ref)

    # No attempt is counted, nothing more is asked before its time, and the screen says why nothing goes.
    assert states(message) == {DeliveryState.QUEUED: MANY}
    assert set(message.deliveries.values_list("attempts", flat=True)) == {0}
    assert len(there.asked) == asked
    assert line_of("http-text").health == Health.SLOWER


def test_a_provider_that_hangs_is_left_and_what_it_may_have_is_for_a_person(settings: Any) -> None:
    with provider(always(Reply(0, cut=True, hangs_s=300))) as there:
        message = by_http(settings, there, knows=False)
        settings.HTTP_ANSWER_SECONDS, settings.HTTP_BATCH_SECONDS = 1.5, 3
        began = time.monotonic()
        actions.dispatch(message_ref=message.ref)
        took = time.monotonic() - began

    assert states(message) == {DeliveryState.UNCERTAIN: MANY}
    assert took < 300
    assert sum(line.many for line in providers.undecided()) == MANY


def test_a_provider_that_fails_again_and_again_is_down_on_the_screen_and_nothing_is_lost(settings: Any) -> None:
    with provider(always(Reply(503, {"error": "maintenance"}))) as there:
        message = by_http(settings, there, knows=True)
        for _ in range(3):
            actions.dispatch(message_ref=message.ref)
            due_again(message)

    assert sum(states(message).values()) == MANY
    assert set(states(message)) == {DeliveryState.QUEUED}
    line = line_of("http-text")
    assert line.health == Health.DOWN
    assert line.standing.trouble


@pytest.mark.parametrize(
    "said",
    [b"\x00\x00\x00\x03junk", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 64, smpp_scripted.written(0x80000004, 77)],
    ids=["too short", "another protocol", "too long", "an answer to nothing"],
)
def test_an_smpp_peer_that_violates_the_protocol_costs_nobody_a_second_text(settings: Any, said: bytes) -> None:
    submitted: list[bytes] = []

    def script(talk: Talk) -> None:
        smpp_scripted.bind(talk)
        if (pdu := smpp_scripted.submit(talk)) is not None:
            submitted.append(pdu.body)
        talk.raw(said)

    with scripted(script) as port:
        settings.GATEWAYS = {**settings.GATEWAYS, "sms": "hueandcry.gateways.sms.smpp.SmppText"}
        settings.SMPP_HOST, settings.SMPP_PORT, settings.SMPP_TLS = "127.0.0.1", port, "none"
        settings.SMPP_USER, settings.SMPP_PASSWORD, settings.SMPP_SENDER = "us", "word", "Doggerland"
        settings.SMPP_BINDS, settings.SMPP_ANSWER_SECONDS, settings.SMPP_BATCH_SECONDS = 1, 2, 5
        registry.routes_for.cache_clear()
        message = alert_to(*(builders.member() for _ in range(MANY)))
        actions.dispatch(message_ref=message.ref)
        registry.gateway_for("sms").close()  # type: ignore[attr-defined]

    found = states(message)
    assert sum(found.values()) == MANY
    assert set(found) <= {DeliveryState.UNCERTAIN, DeliveryState.QUEUED}
    # What was read by it is never offered again by itself.
    assert len(submitted) == len(set(submitted)) <= found.get(DeliveryState.UNCERTAIN, 0)
