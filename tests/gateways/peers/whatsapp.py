"""The far side of WhatsApp's Cloud API, made from Meta's documentation of messages, errors and webhooks."""

import datetime as dt
import itertools
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hueandcry.kit import clock
from tests.gateways.peers.provider import Asked, Provider, Reply, provider

NUMBER, TOKEN, SECRET, AGREED = "106540352242922", "a-lasting-token", "the-app-secret", "a word that we agreed on"
TEMPLATE, CODE_TEMPLATE, LANGUAGES = "rural_alert", "rural_code", "en_GB pl"
# Who wrote to us within the day, for the tests of the gateway alone.
WROTE = "+447700900444"


def heard(addresses: Sequence[str], since: dt.datetime) -> frozenset[str]:
    """Return who of these wrote; stands where the service asks its table."""
    assert dt.timedelta(hours=23) < clock.now() - since < dt.timedelta(hours=24)
    return frozenset({WROTE} & set(addresses))


def wrong(status: int, code: int, words: str = "something") -> Reply:
    """Return an error as the Graph API writes it."""
    return Reply(status, {"error": {
        "message": f"(#{code}) {words}", "type": "OAuthException", "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": words}, "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
    }})  # fmt: skip


def _refused(said: dict[str, Any]) -> Reply | None:
    """Refuse what Meta does not allow: an unknown template, line ends in a placeholder, a code without its button."""
    if said["to"].endswith("998"):
        return wrong(400, 131026, "Message undeliverable")
    if said["type"] == "text":
        return None if 0 < len(said["text"]["body"]) <= 4096 else wrong(400, 100, "Invalid parameter")
    template = said["template"]
    if template["name"] not in {TEMPLATE, CODE_TEMPLATE} or template["language"]["code"] not in LANGUAGES.split():
        return wrong(404, 132001, "Template name does not exist in the translation")
    words = [one["text"] for component in template["components"] for one in component["parameters"]]
    if any(re.search(r"[\n\t]| {5,}", one) or not one for one in words):
        return wrong(400, 132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    kinds = [(component["type"], component.get("sub_type")) for component in template["components"]]
    if template["name"] == CODE_TEMPLATE:
        right = kinds == [("body", None), ("button", "url")] and len(set(words)) == 1 and len(words[0]) <= 15
    else:
        right = kinds == [("body", None)] and len(words) == 1 and len(words[0]) < 1024
    return None if right else wrong(400, 132000, "Number of parameters does not match the expected number of params")


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
        with self._lock:
            refused = _refused(said)
            if refused:
                return refused
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
        settings.WHATSAPP_CODE_TEMPLATE = CODE_TEMPLATE
        settings.WHATSAPP_HEARD = "tests.gateways.peers.whatsapp.heard"
        yield far, kept


@contextmanager
def far_side(settings: Any) -> Iterator[None]:
    """Run it, and name it in the settings."""
    with far_whatsapp(settings):
        yield
