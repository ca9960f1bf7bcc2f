"""The far side of the gateway that settings describe: a made-up provider with odd ways, and what describes them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.gateways.peers.provider import Asked, Provider, Reply, provider
from tests.gateways.sampled import answer, described

SECRET = "a secret of sixteen signs or more"


class FarTexts:
    """Takes a list with one text, and answers with a list of what became of each."""

    def __init__(self) -> None:
        self.taken: dict[str, dict[str, str]] = {}
        self.put_off: set[str] = set()
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Reply:
        """Answer as such a provider does: 200 whatever happens to a text."""
        if asked.headers.get("x-api-key") != "a made-up key":
            return _answer("who are you")
        (text,) = asked.json["messages"]
        with self._lock:
            if text["to"].endswith("998"):
                return _answer("no such number")
            if text["to"].endswith("996") and text["to"] not in self.put_off:
                self.put_off.add(text["to"])
                return _answer("not now")
            self.taken.setdefault(text["ref"], text)
            return Reply(200, {"messages": [{"state": "Queued", "id": f"far-{text['ref']}"}]})


def _answer(called: str) -> Reply:
    return answer("http_text", "made_up", called, "answers")


def describe(settings: Any, address: str, prefix: str = "TEXT_HTTP") -> None:
    """Say in the settings how that provider is spoken to."""
    for name, value in {"URL": f"{address}/send", **described("http_text", "made_up")}.items():
        setattr(settings, f"{prefix}_{name}", value)


@contextmanager
def far_texts(settings: Any, prefix: str = "TEXT_HTTP") -> Iterator[tuple[FarTexts, Provider]]:
    """Run the provider, and describe it."""
    far = FarTexts()
    with provider(far.answer) as there:
        describe(settings, there.address, prefix)
        yield far, there


@contextmanager
def far_side(settings: Any) -> Iterator[None]:
    """Run the provider, and describe it in the settings."""
    with far_texts(settings):
        yield
