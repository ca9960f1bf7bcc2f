"""The far side of Twilio: every request and every answer is judged by Twilio's own OpenAPI document.

openapi-core judges, where the document lies beside the repository. What is told us is signed by Twilio's own library.
"""

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from twilio.request_validator import RequestValidator

from tests.gateways.peers.provider import Asked, Provider, Reply, provider
from tests.shared_data import FOLDER

ACCOUNT, TOKEN = f"AC{'0a' * 16}", "a made-up token"
SENDER, CALLER, SITE = "Doggerland", "+441632960100", "https://alerts.example.org"
ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"
DOCUMENT = FOLDER / "gateways/twilio-oai/spec/json/twilio_api_v2010.json"
# What we use of it: the whole has 121 paths.
USED = tuple(
    f"/2010-04-01/Accounts/{rest}"
    for rest in ("{Sid}.json", "{AccountSid}/Messages.json", "{AccountSid}/Calls.json", "{AccountSid}/Calls/{Sid}.json")
)
HOST = "https://api.twilio.com"


@cache
def published() -> dict[str, Any]:
    """Return the part of the published document that we use; nothing where it is missing."""
    if not DOCUMENT.exists():
        return {}
    whole: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return {**whole, "paths": {path: whole["paths"][path] for path in USED}}


@cache
def judge() -> OpenAPI | None:
    """Return who judges, where the document is."""
    return OpenAPI.from_dict(published()) if published() else None


def example(path: str, verb: str, status: str) -> dict[str, Any]:
    """Return the first example of an answer in the published document."""
    answers = published()["paths"][path][verb]["responses"][status]["content"]["application/json"]
    first: dict[str, Any] = next(iter(answers["examples"].values()))["value"]
    return first


def fields_of(path: str) -> set[str]:
    """Return the names of what may be posted there."""
    form = published()["paths"][path]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    return set(form["schema"]["properties"])


def error(status: int, code: int, message: str) -> Reply:
    """Return a refusal as Twilio writes it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Reply(status, {"code": code, "message": message, "more_info": more, "status": status})


class FarTwilio:
    """What it took, and what was wrong with what it was asked."""

    def __init__(self) -> None:
        self.taken: list[dict[str, str]] = []
        self.faults: list[str] = []
        self.put_off: set[str] = set()
        # What it says of an address instead of taking it.
        self.says: dict[str, Reply] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Reply:
        """Answer as Twilio does."""
        if "authorization" not in asked.headers:
            return error(401, 20003, "Authenticate")
        fields = {name: values[0] for name, values in parse_qs(asked.body.decode(), keep_blank_values=True).items()}
        with self._lock:
            request = self._judge(asked, fields)
            reply = self._reply(asked, fields)
            if judge() is not None and reply.status < 300:
                self._judge_reply(request, reply)
            return reply

    def _reply(self, asked: Asked, fields: dict[str, str]) -> Reply:
        if asked.method == "GET" and asked.path == f"{ROOT}.json":
            return Reply(200, {"sid": ACCOUNT, "status": "active", "type": "Full"})
        to = fields.get("To", "")
        if to in self.says:
            return self.says[to]
        if to.endswith("998"):
            return error(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if to.endswith("996") and to not in self.put_off:
            self.put_off.add(to)
            return error(503, 20503, "Service unavailable")
        self.taken.append(fields)
        number = f"{next(self._numbers):032x}"
        if asked.path == f"{ROOT}/Messages.json":
            made = {"sid": f"SM{number}", "status": "queued", "to": to, "num_segments": "1", "error_code": None}
            return Reply(201, self._with("Messages.json", made))
        made = {"sid": f"CA{number}", "status": "queued", "to": to}
        return Reply(201 if asked.path == f"{ROOT}/Calls.json" else 200, self._with("Calls.json", made))

    def _with(self, path: str, made: dict[str, Any]) -> dict[str, Any]:
        if not published():
            return made
        return {**example(f"/2010-04-01/Accounts/{{AccountSid}}/{path}", "post", "201"), **made}

    def _judge(self, asked: Asked, fields: dict[str, str]) -> MockRequest:
        request = MockRequest(
            HOST,
            asked.method.lower(),
            asked.path,
            data=asked.body or None,
            headers={"Authorization": asked.headers["authorization"]},
            content_type=asked.headers.get("content-type", ""),
        )
        judging = judge()
        if judging is not None:
            try:
                judging.validate_request(request)
            except OpenAPIError as refusal:
                self.faults.append(f"{asked.method} {asked.path}: {refusal} {refusal.__cause__ or ''}")
            path = asked.path.replace(ACCOUNT, "{AccountSid}")
            if asked.method == "POST":
                path = USED[3] if "/Calls/" in path else path
                self.faults += [f"{name} is no field there" for name in fields if name not in fields_of(path)]
        return request

    def _judge_reply(self, request: MockRequest, reply: Reply) -> None:
        judging = judge()
        assert judging is not None
        try:
            judging.validate_response(request, MockResponse(json.dumps(reply.said).encode(), status_code=reply.status))
        except OpenAPIError as refusal:
            self.faults.append(f"our mock answers what Twilio never does: {refusal} {refusal.__cause__ or ''}")


@contextmanager
def far_twilio(settings: Any) -> Iterator[tuple[FarTwilio, Provider]]:
    """Run it, name it in the settings, and see at the end that nothing was asked that its document does not know."""
    far = FarTwilio()
    with provider(far.answer) as there:
        settings.TWILIO_URL = there.address
        settings.TWILIO_ACCOUNT, settings.TWILIO_TOKEN = ACCOUNT, TOKEN
        settings.TWILIO_SENDER, settings.TWILIO_CALLER = SENDER, CALLER
        settings.SITE_ADDRESS = SITE
        yield far, there
    assert far.faults == []


def signed(address: str, fields: dict[str, str], token: str = TOKEN) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of what Twilio tells us, signed by its own library."""
    return urlencode(fields).encode(), {
        "x-twilio-signature": str(RequestValidator(token).compute_signature(address, fields)),
        "content-type": "application/x-www-form-urlencoded",
    }
