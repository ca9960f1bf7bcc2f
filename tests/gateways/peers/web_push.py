"""The far side of notifications: push services, and browsers whose keys open what was sealed (http-ece, not ours)."""

import base64
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.gateways.peers.provider import Asked, Provider, Reply, provider
from tests.gateways.sampled import answer


def b64(raw: bytes) -> str:
    """Return bytes as a browser gives them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """A browser's key and secret."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = os.urandom(16)
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.p256dh, self.auth = b64(point), b64(self._secret)

    def opens(self, body: bytes) -> dict[str, Any]:
        """Open what was sealed for this browser."""
        said: dict[str, Any] = json.loads(
            http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret, version="aes128gcm")
        )
        return said


BROWSER = Browser()


class FarPush:
    """Answers as push services do: 201, 410 for a browser that is gone, 429 once; what it took lies opened."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.put_off: set[str] = set()
        self.status: dict[str, Reply] = {}
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Reply:
        """Take one notification."""
        ending = asked.path.rpartition("/")[2]
        if ending in self.status:
            return self.status[ending]
        if ending.endswith("998"):
            return answer("web_push", "answers", "gone")
        with self._lock:
            if ending.endswith("996") and ending not in self.put_off:
                self.put_off.add(ending)
                return answer("web_push", "answers", "slower")
            self.taken.append(BROWSER.opens(asked.body))
        return answer("web_push", "answers", "taken")


_here = ""


def devices(addresses: Sequence[str]) -> Mapping[str, tuple[str, str, str]]:
    """Return where these browsers are: all at this far side, with one key."""
    return {
        address: (f"{_here}/send/{address.removeprefix('push:')}", BROWSER.p256dh, BROWSER.auth)
        for address in addresses
    }


@contextmanager
def far_push(settings: Any) -> Iterator[tuple[FarPush, Provider]]:
    """Run push services, and have browsers there."""
    global _here  # noqa: PLW0603 - the gateway finds browsers by the name of a function
    far = FarPush()
    with provider(far.answer) as kept:
        _here = kept.address
        settings.WEB_PUSH_HOSTS = "127.0.0.1"
        settings.WEB_PUSH_DEVICES = "tests.gateways.peers.web_push.devices"
        settings.WEB_PUSH_CONTACT = "mailto:duty@example.org"
        yield far, kept


@contextmanager
def far_side(settings: Any) -> Iterator[None]:
    """Run push services, and have browsers there."""
    with far_push(settings):
        yield
