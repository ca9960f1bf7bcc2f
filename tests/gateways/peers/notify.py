"""The far side of GOV.UK Notify, made from its documentation of the API; tokens are read by Notify's own client."""

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from notifications_python_client.authentication import decode_jwt_token, get_token_issuer
from notifications_python_client.errors import TokenError

from tests.gateways.peers.provider import Asked, Provider, Reply, provider

SERVICE = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"hue_and_cry-{SERVICE}-{SECRET}"
TEMPLATES = {
    "sms": "f33517ff-2a88-4f6e-b855-c550268ce08a",
    "email": "9d751e0e-f929-4891-82a1-a3e1c3c18ee3",
    "letter": "64415853-cb86-4cc4-b597-2aaa94ef8c39",
}
TO = {"sms": "phone_number", "email": "email_address"}
MOMENT = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
PAGE = 250


def wrong(status: int, kind: str, message: str) -> Reply:
    """Return an error as Notify writes it."""
    return Reply(status, {"status_code": status, "errors": [{"error": kind, "message": message}]})


def _who_asks(bearer: str) -> Reply | None:
    """Refuse whoever is not our service."""
    if not bearer.startswith("Bearer "):
        return wrong(401, "AuthError", "Unauthorized: authentication token must be provided")
    made = bearer.removeprefix("Bearer ")
    try:
        decode_jwt_token(made, SECRET)
    except TokenError:
        return wrong(403, "AuthError", "Invalid token: API key not found")
    return None if get_token_issuer(made) == SERVICE else wrong(403, "AuthError", "Invalid token: service not found")


class FarNotify:
    """What Notify knows: what it took, newest first; what people texted it."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.came: list[dict[str, Any]] = []
        self.put_off: set[str] = set()
        self.templates = {one: {"type": kind, "body": "((body))"} for kind, one in TEMPLATES.items()}
        self.silent_about: set[str] = set()
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Reply:
        """Answer as Notify does."""
        refusal = _who_asks(asked.headers.get("authorization", ""))
        if refusal is not None:
            return refusal
        match asked.method, asked.path.split("/")[2:]:
            case "POST", ["notifications", kind] if kind in TEMPLATES:
                return self._take(kind, asked)
            case "GET", ["notifications"]:
                return self._list(asked)
            case "GET", ["received-text-messages"]:
                return Reply(200, {"received_text_messages": self.came, "links": {"current": "…"}})
            case "GET", ["template", one] if one in self.templates:
                return Reply(200, {"id": one, "version": 1, **self.templates[one]})
        return wrong(404, "NoResultFound", "No result found")

    def _take(self, kind: str, asked: Asked) -> Reply:
        said = asked.json
        if said.get("template_id") != TEMPLATES[kind]:
            return wrong(400, "BadRequestError", "Template not found")
        if "body" not in said["personalisation"]:
            return wrong(400, "BadRequestError", "Missing personalisation: body")
        to = said[TO[kind]] if kind in TO else " ".join(said["personalisation"].values())
        if "998" in to:
            field = f"{TO[kind]} Not a valid address" if kind in TO else "Must be a real address"
            return wrong(400, "ValidationError", field)
        with self._lock:
            if "996" in to and to not in self.put_off:
                self.put_off.add(to)
                return wrong(
                    429, "RateLimitError", "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds"
                )
            one = str(uuid.uuid4())
            self.taken.insert(0, {
                "id": one, "reference": said.get("reference"), "type": kind, "status": "sending", "body": "…",
                "created_at": MOMENT.isoformat(), "sent_at": None, "completed_at": None, "asked": said,
            })  # fmt: skip
        if said.get("reference") in self.silent_about:
            return Reply(0, cut=True)
        return Reply(201, {
            "id": one, "reference": said.get("reference"), "content": {"body": "…"}, "uri": "…", "scheduled_for": None,
            "template": {"id": said["template_id"], "version": 1, "uri": "…"},
        })  # fmt: skip

    def _list(self, asked: Asked) -> Reply:
        wanted = [
            one
            for one in self.taken
            if one["type"] in asked.query.get("template_type", list(TEMPLATES))
            and one["status"] in asked.query.get("status", [one["status"]])
            and one["reference"] == asked.query.get("reference", [one["reference"]])[0]
        ]
        older = asked.query.get("older_than", [""])[0]
        if older:
            ids = [one["id"] for one in self.taken]
            wanted = [one for one in wanted if ids.index(one["id"]) > ids.index(older)]
        return Reply(200, {"notifications": wanted[:PAGE], "links": {"current": "…"}})


@contextmanager
def far_notify(settings: Any) -> Iterator[tuple[FarNotify, Provider]]:
    """Run it, and name it in the settings."""
    far = FarNotify()
    with provider(far.answer) as kept:
        settings.NOTIFY_ADDRESS = kept.address
        settings.NOTIFY_API_KEY = KEY
        settings.NOTIFY_TEXT_TEMPLATE = TEMPLATES["sms"]
        settings.NOTIFY_MAIL_TEMPLATE = TEMPLATES["email"]
        settings.NOTIFY_LETTER_TEMPLATE = TEMPLATES["letter"]
        settings.NOTIFY_CALLBACK_TOKEN = ""
        yield far, kept
