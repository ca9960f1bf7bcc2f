"""The far side of WhatsApp's Cloud API, made from Meta's documentation of messages, errors and webhooks."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.gateways.peers.provider import Asked, Provider, Reply, provider

NUMBER, TOKEN, SECRET, AGREED = "106540352242922", "a-lasting-token", "the-app-secret", "a word that we agreed on"
TEMPLATE, LANGUAGES = "rural_alert", "en_GB pl"


def wrong(status: int, code: int, words: str = "something") -> Reply:
    """Return an error as the Graph API writes it."""
    return Reply(status, {"error": {
        "message": f"(#{code}) {words}", "type": "OAuthException", "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": words}, "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
    }})  # fmt: skip


class FarWhatsApp:
    """What Meta knows: what it took."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.put_off: set[str] = set()
        self._count = itertools.count(1)
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Reply:
        """Answer as Meta does."""
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return wrong(401, 190, "Error validating access token")
        if (asked.method, asked.path) == ("GET", f"/v23.0/{NUMBER}"):
            return Reply(200, {"id": NUMBER})
        if (asked.method, asked.path) != ("POST", f"/v23.0/{NUMBER}/messages"):
            return wrong(400, 33, "Object does not exist")
        said, to = asked.json, asked.json["to"]
        if to.endswith("998"):
            return wrong(400, 131026, "Message undeliverable")
        with self._lock:
            if to.endswith("996") and to not in self.put_off:
                self.put_off.add(to)
                return wrong(400, 131056, "Pair rate limit hit")
            self.taken.append(said)
            one = next(self._count)
        return Reply(200, {
            "messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": to}],
            "messages": [{"id": f"wamid.{one}", "message_status": "accepted"}],
        })  # fmt: skip


@contextmanager
def far_whatsapp(settings: Any) -> Iterator[tuple[FarWhatsApp, Provider]]:
    """Run it, and name it in the settings."""
    far = FarWhatsApp()
    with provider(far.answer) as kept:
        settings.WHATSAPP_ADDRESS = f"{kept.address}/v23.0"
        settings.WHATSAPP_NUMBER_ID, settings.WHATSAPP_TOKEN = NUMBER, TOKEN
        settings.WHATSAPP_APP_SECRET, settings.WHATSAPP_VERIFY_TOKEN = SECRET, AGREED
        settings.WHATSAPP_TEMPLATE, settings.WHATSAPP_LANGUAGES = TEMPLATE, LANGUAGES
        yield far, kept


@contextmanager
def far_side(settings: Any) -> Iterator[None]:
    """Run it, and name it in the settings."""
    with far_whatsapp(settings):
        yield
