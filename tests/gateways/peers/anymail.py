"""The far side of e-mail by a provider's API: Postmark, and Mailgun for many letters in one request.

Made from their documentation of the API (postmarkapp.com/developer, documentation.mailgun.com).
"""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from tests.gateways.peers.provider import Asked, Provider, Reply, provider

TOKEN = "server-token-of-a-made-up-force"
SECRET = "hooks:a-long-pass-word"


class FarPostmark:
    """What Postmark knows: one letter a request, or many by a template."""

    def __init__(self) -> None:
        self.letters: list[dict[str, Any]] = []
        self.put_off: set[str] = set()
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Reply:
        """Answer as Postmark does."""
        if asked.headers.get("x-postmark-server-token") != TOKEN:
            return Reply(401, {"ErrorCode": 10, "Message": "Bad or missing Server API token."})
        if asked.path == "/email":
            status, said = self._take(asked.json)
            return Reply(status, said)
        if asked.path == "/email/batchWithTemplates":
            return Reply(200, [self._take(letter)[1] for letter in asked.json["Messages"]])
        return Reply(404, {"ErrorCode": 404, "Message": "Not found"})

    def _take(self, letter: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        to = letter["To"]
        if "998" in to:
            words = (
                f"You tried to send to a recipient that has been marked as inactive. Found inactive addresses: {to}. "
            )
            return 422, {"ErrorCode": 406, "Message": f"{words}Inactive recipients are ones that bounced."}
        with self._lock:
            if "996" in to and to not in self.put_off:
                self.put_off.add(to)
                return 429, {"ErrorCode": 429, "Message": "Rate limit exceeded"}
            self.letters.append(letter)
        return 200, {
            "To": to, "SubmittedAt": "2026-11-22T09:00:00.0000000-00:00", "MessageID": str(uuid.uuid4()),
            "ErrorCode": 0, "Message": "OK",
        }  # fmt: skip


class FarMailgun:
    """What Mailgun knows: all of one request, or none of it."""

    def __init__(self) -> None:
        self.requests: list[dict[str, list[str]]] = []
        self.letters: dict[str, dict[str, str]] = {}

    def answer(self, asked: Asked) -> Reply:
        """Answer as Mailgun does; what stands in the placeholders is filled in."""
        form = parse_qs(asked.body.decode())
        self.requests.append(form)
        if any("998" in to for to in form["to"]):
            return Reply(400, {"message": "to parameter is not a valid address. please check documentation"})
        own = json.loads(form.get("recipient-variables", ["{}"])[0])
        for to in form["to"]:
            letter = {name: values[0] for name, values in form.items() if name != "to"}
            for name, value in own.get(to, {}).items():
                letter = {field: text.replace(f"%recipient.{name}%", value) for field, text in letter.items()}
            self.letters[to] = letter
        return Reply(200, {"id": "<20261122090000.1.ABC@mg.example.org>", "message": "Queued. Thank you."})


@contextmanager
def far_postmark(settings: Any, more: str = "") -> Iterator[tuple[FarPostmark, Provider]]:
    """Run Postmark, and name it in the settings."""
    far = FarPostmark()
    with provider(far.answer) as kept:
        settings.MAIL_PROVIDER = f"postmark?server_token={TOKEN}&api_url={kept.address}/&webhook_secret={SECRET}{more}"
        settings.MAIL_FROM = "alerts@police.example.org"
        yield far, kept


@contextmanager
def far_mailgun(settings: Any) -> Iterator[tuple[FarMailgun, Provider]]:
    """Run Mailgun, and name it in the settings."""
    far = FarMailgun()
    with provider(far.answer) as kept:
        settings.MAIL_PROVIDER = (
            f"mailgun?api_key=key-1&sender_domain=mg.example.org&webhook_signing_key=signs&api_url={kept.address}/v3"
        )
        settings.MAIL_FROM = "alerts@police.example.org"
        yield far, kept


@contextmanager
def far_side(settings: Any) -> Iterator[None]:
    """Run a provider, and name it in the settings."""
    with far_postmark(settings):
        yield
