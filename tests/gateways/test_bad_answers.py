"""Whatever a provider answers, each message gets one honest outcome: the same bad answers to every gateway over HTTP.

What each provider says by its own words is asked in the file of each; here all say what none should: a broken page, a
wait, nothing, nonsense. None of it may count as sent, suspend anybody's address, or be dropped in silence. SMTP and
SMPP speak other languages: test_smtp, test_smtp_ahead and test_smpp_hostile have theirs.
"""

import importlib
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest

from hueandcry.domain.messaging.rules import kept_ref
from hueandcry.gateways.contract import Fate, GatewayError, Handover, Outgoing
from tests.gateways.peers import provider as far
from tests.gateways.peers.provider import Asked, Provider, Reply
from tests.gateways.test_contract import GATEWAYS, far_side_of, message_to

pytestmark = pytest.mark.django_db

# Where the far side of each lies that is spoken to over HTTP.
FAR = {
    "anymail": "anymail",
    "bluesky": "bluesky",
    "http-text": "http_text",
    "http-text-2": "http_text",
    "mastodon": "mastodon",
    "notify-letter": "notify",
    "notify-mail": "notify",
    "notify-text": "notify",
    "twilio-text": "twilio",
    "twilio-voice": "twilio",
    "web-push": "web_push",
    "whatsapp": "whatsapp",
}
KINDS = [kind for kind in GATEWAYS if kind.name in FAR]
# A push service says all that it has to say by its status: 201, and whatever stands below.
BY_STATUS_ALONE = {"web-push"}
# An answer of the right shape with a name that no table takes: it was sent, and the name is kept as its hash.
NAMED_ODDLY = {("whatsapp", "half of a pair")}
PAGE = b"<html><body><h1>Oops</h1><p>Something went wrong.</p></body></html>"
BROKEN = {
    "500": Reply(500, PAGE, {"Content-Type": "text/html"}),
    "502": Reply(502, b""),
    "503": Reply(503, PAGE, {"Content-Type": "text/html"}),
    "closes in the middle": Reply(0, cut=True),
}
SLOWER = {
    "429 for seconds": (Reply(429, PAGE, {"Retry-After": "7"}), 7.0),
    "503 for seconds": (Reply(503, b"", {"Retry-After": "11"}), 11.0),
}
NONSENSE = {
    "nothing": b"",
    "noise": bytes(range(256)),
    "a page": PAGE,
    "half of it": b'{"id": "abc',
    "another thing": b'{"hello": [1, 2, {"id": null}]}',
    "a bare word": b'"yes"',
    "nothing at all": b"null",
    "a number that is none": b'{"id": NaN, "messages": 1e999, "sid": -Infinity}',
    "as deep as a well": b"[" * 20_000,
    "half of a pair": b'{"id": "\\ud800", "sid": "\\udfff", "messages": [{"id": "\\ud800"}]}',
}


def hands_over(asked: Asked) -> bool:
    """Say whether this request hands a message over; others sign in, or ask what is there."""
    return asked.method in ("POST", "PUT") and not asked.path.endswith("Session")


def when_handed(reply: Reply, answer: Callable[[Asked], Reply]) -> Callable[[Asked], Reply]:
    """Return a provider that is in order until it is handed a message."""
    return lambda asked: reply if hands_over(asked) else answer(asked)


Says = Callable[[Reply], Any]


@pytest.fixture(params=KINDS, ids=lambda kind: str(kind.name))
def kind(request: pytest.FixtureRequest) -> Any:
    """Return each gateway's class."""
    return request.param


@pytest.fixture
def says(kind: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Says]:
    """Return the gateway of the kind at hand, whose provider says this to whatever it is handed."""
    with ExitStack() as stack:

        def made(reply: Reply) -> Any:
            def broken(answer: Callable[[Asked], Reply]) -> AbstractContextManager[Provider]:
                return far.provider(when_handed(reply, answer))

            monkeypatch.setattr(importlib.import_module(f"tests.gateways.peers.{FAR[kind.name]}"), "provider", broken)
            stack.enter_context(importlib.import_module(far_side_of(kind)).far_side(settings))
            gateway = kind()
            stack.callback(getattr(gateway, "close", lambda: None))
            return gateway

        yield made


def handed(gateway: Any) -> tuple[list[Outgoing], list[Handover], GatewayError | None]:
    """Hand three messages over; return what was said of each, and of all."""
    messages = [message_to(gateway, f"{number}", reference=f"K7M2PQ-{number}") for number in range(101, 104)]
    said: list[Handover] = []
    try:
        said.extend(gateway.send(messages))
    except GatewayError as trouble:
        return messages, said, trouble
    return messages, said, None


def is_honest(gateway: Any, caplog: pytest.LogCaptureFixture) -> list[Handover]:
    """Hand three over: each is answered once or, when all is said to be in trouble, not at all; nobody is named."""
    with caplog.at_level(logging.DEBUG, logger="hueandcry"):
        messages, said, trouble = handed(gateway)

    references = [one.reference for one in said]
    assert len(set(references)) == len(references)
    assert set(references) <= {one.reference for one in messages}
    assert trouble is not None or len(said) == len(messages)
    assert all(one.detail or one.fate == Fate.ACCEPTED for one in said)
    written = " ".join([caplog.text, str(trouble or ""), *(one.detail for one in said)])
    assert not any(one.address in written or one.body in written for one in messages)
    # Nobody's number is out of use because a provider is.
    assert not any(one.fate == Fate.BOUNCED for one in said)
    return said


def test_every_gateway_over_http_is_asked() -> None:
    assert {kind.name for kind in KINDS} == set(FAR)


@pytest.mark.parametrize("how", BROKEN)
def test_a_provider_that_is_broken_has_nothing_and_loses_nothing(
    says: Says, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = is_honest(says(BROKEN[how]), caplog)

    assert all(one.try_again and one.fate != Fate.ACCEPTED for one in said)


@pytest.mark.parametrize("how", SLOWER)
def test_a_provider_that_wants_us_slower_is_left_alone_for_as_long(
    says: Says, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply, wait = SLOWER[how]

    said = is_honest(says(reply), caplog)

    assert said
    assert all((one.try_again, one.perhaps, one.wait_s) == (True, False, wait) for one in said)


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_never_taken_for_a_message_that_was_sent(
    kind: Any, says: Says, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = is_honest(says(Reply(200, NONSENSE[what])), caplog)

    if kind.name in BY_STATUS_ALONE or (kind.name, what) in NAMED_ODDLY:
        assert [one.fate for one in said] == [Fate.ACCEPTED] * 3
        assert all(kept_ref(one.provider_ref).encode() for one in said)
    else:
        assert all((one.try_again, one.perhaps) == (True, True) for one in said)


def test_a_provider_that_hangs_is_left_and_what_it_has_is_perhaps_sent(
    says: Says, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HTTP_ANSWER_SECONDS = settings.MAIL_ANSWER_SECONDS = 1.0

    said = is_honest(says(Reply(200, None, hangs_s=60)), caplog)

    assert said
    assert all((one.try_again, one.perhaps) == (True, True) for one in said)
