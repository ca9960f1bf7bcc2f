"""What the providers that django-anymail knows tell us: receipts, complaints, letters that came in.

Anymail reads and checks each provider's requests; its signals are not used. Who opened a letter or pressed a link in it
is not looked at, even where a provider says so.
"""

import datetime as dt
import io
import json
import threading
import warnings
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailError,
    AnymailInsecureWebhookWarning,
    AnymailWebhookValidationFailure,
)
from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, EventType, RejectReason
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.http.multipartparser import MultiPartParserError
from django.utils.html import strip_tags
from django.utils.module_loading import import_string

from hueandcry.gateways.contract import Fate, ForgedError, Heard, Incoming, Receipt, Told, UnreadableError
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError

CHANNEL = "email"
KINDS = ("tracking", "inbound")
# Its word for our reference.
REFERENCE = "reference"

# What becomes of it later; what is not here says nothing about that (opened, pressed, answered by a machine, put off).
EVENTS: dict[str, Fate] = {
    EventType.SENT: Fate.ACCEPTED,
    EventType.DELIVERED: Fate.DELIVERED,
    EventType.BOUNCED: Fate.FAILED,
    EventType.REJECTED: Fate.FAILED,
    EventType.FAILED: Fate.FAILED,
    # It arrived, and was not welcome.
    EventType.COMPLAINED: Fate.DELIVERED,
}
NO_SUCH_ADDRESS = frozenset({RejectReason.INVALID, RejectReason.BOUNCED})
WENT_WRONG = (EventType.BOUNCED, EventType.REJECTED)
# Whoever presses "spam" or the provider's own "unsubscribe" wants no more: that is a STOP.
WANTS_NO_MORE = frozenset({EventType.COMPLAINED, EventType.UNSUBSCRIBED})

LONGEST_RAW = 200_000
_CANNOT_BE_READ = (
    AnymailError, AnymailConfigurationError, ValueError, LookupError, TypeError, AttributeError, SuspiciousOperation,
    MultiPartParserError, RecursionError,
)  # fmt: skip


class _Reader(Protocol):
    """What we use of anymail's reader of one provider's requests."""

    warn_if_no_basic_auth: bool
    basic_auth: Sequence[str]

    def run_validators(self, request: WSGIRequest) -> None: ...
    def parse_events(self, request: WSGIRequest) -> Sequence[AnymailTrackingEvent | AnymailInboundEvent]: ...


class Listener:
    """Reads the requests of one provider; `by_reference` where it gives our own reference back."""

    def __init__(self, name: str, provider: str, options: Mapping[str, str], *, by_reference: bool) -> None:
        self._name, self._provider, self._options, self._by_reference = name, provider, options, by_reference
        self._readers: dict[str, _Reader | None] = {}
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Say whether anybody could pass for the provider: no signature, and no name and password set."""
        return any(_is_open(reader) for what in KINDS if (reader := self._reader(what)) is not None)

    def hears(self, told: Told) -> Heard:
        """Read one request, after its signature.

        Raises:
            ForgedError: it proves nothing, or something else.
            UnreadableError: it is nothing of this provider's.
            NotHereError: this provider tells us nothing of that kind.
        """
        reader = self._reader(told.what) if told.what in KINDS else None
        if reader is None:
            raise NotHereError(f"gateway:{self._name}:{told.what}")
        if _is_open(reader):
            raise ForgedError
        request = _as_django(told)
        try:
            reader.run_validators(request)
            events = reader.parse_events(request)
            return self._heard(events)
        except AnymailWebhookValidationFailure as fault:
            raise ForgedError from fault
        except _CANNOT_BE_READ as fault:
            raise UnreadableError from fault

    def _heard(self, events: Sequence[AnymailTrackingEvent | AnymailInboundEvent]) -> Heard:
        receipts: list[Receipt | None] = []
        came: list[Incoming | None] = []
        for event in events:
            if isinstance(event, AnymailTrackingEvent):
                receipts.append(self._receipt(event))
                came.append(self._stop(event))
            else:
                came.append(self._came(event))
        return Heard(
            receipts=[receipt for receipt in receipts if receipt is not None],
            incoming=[one for one in came if one is not None],
        )

    def _reader(self, what: str) -> _Reader | None:
        """Return anymail's reader of one kind of request; None when this provider makes none of that kind."""
        with self._lock:
            if what not in self._readers:
                kind = _kinds().get(f"{self._provider}_{what}_webhook")
                with warnings.catch_warnings():
                    # Said by the gateway's `check`; nothing is believed then.
                    warnings.simplefilter("ignore", AnymailInsecureWebhookWarning)
                    self._readers[what] = kind(**self._options) if kind is not None else None
            return self._readers[what]

    def _receipt(self, event: AnymailTrackingEvent) -> Receipt | None:
        """Return what an event says became of a letter of ours; None when it says nothing of that."""
        fate = EVENTS.get(event.event_type)
        if fate is None:
            return None
        if event.event_type in WENT_WRONG and event.reject_reason in NO_SUCH_ADDRESS:
            fate = Fate.BOUNCED
        metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
        known = metadata.get(REFERENCE) if self._by_reference else event.message_id
        if not (isinstance(known, str) and known):
            return None
        # The event has the address and often the subject: only what says what became of it is kept.
        kept = {name: getattr(event, name, None) for name in ("event_type", "reject_reason", "message_id", "event_id")}
        return Receipt(self._name, known, fate, _moment(event.timestamp), raw=json.dumps(kept, default=str))

    def _stop(self, event: AnymailTrackingEvent) -> Incoming | None:
        """Return a complaint, or a press on the provider's own "unsubscribe", as the STOP that it is."""
        if event.event_type not in WANTS_NO_MORE or not isinstance(event.recipient, str):
            return None
        at = _moment(event.timestamp)
        known = event.event_id or event.message_id or f"{at:%Y%m%d%H%M%S}"
        ref = f"{event.event_type}-{known}-{event.recipient}"
        return Incoming(self._name, ref, CHANNEL, event.recipient, "STOP", at, automatic=True)

    def _came(self, event: AnymailInboundEvent) -> Incoming | None:
        """Return a letter that came in; None where it names nobody who could be answered."""
        mail = event.message
        sender = mail.from_email if mail is not None else None
        if sender is None or isinstance(sender, list):
            return None
        text = mail.text or strip_tags(mail.html or "")
        known = str(mail["Message-ID"] or event.event_id or "").strip()
        if not known:
            return None
        return Incoming(
            self._name,
            known,
            CHANNEL,
            sender.addr_spec,
            text.strip(),
            _moment(event.timestamp),
            raw=mail.as_string()[:LONGEST_RAW],
            automatic=is_automatic(mail, mail.envelope_sender),
        )


@cache
def _kinds() -> dict[str, Any]:
    """Return anymail's readers by their names, such as `postmark_tracking_webhook`."""
    patterns = import_string("anymail.urls.urlpatterns")
    return {str(pattern.name): pattern.callback.view_class for pattern in patterns}


def _is_open(reader: _Reader) -> bool:
    return bool(reader.warn_if_no_basic_auth and not reader.basic_auth)


def _as_django(told: Told) -> WSGIRequest:
    """Return a request as anymail reads it."""
    parts = urlsplit(told.address)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "CONTENT_TYPE": told.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(told.body)),
        "wsgi.url_scheme": parts.scheme or "https",
        "wsgi.input": io.BytesIO(told.body),
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in told.headers.items()}
    request = WSGIRequest(environ)
    # Read already, and as long as the door lets in: else Django asks again whether it is too long for a form.
    request._body = told.body  # noqa: SLF001
    return request


def _moment(said: object) -> dt.datetime:
    """Return an event's own moment; now, where it names none."""
    return said if isinstance(said, dt.datetime) and said.tzinfo else clock.now()


def is_automatic(mail: EmailMessage, envelope_sender: str | None) -> bool:
    """Say whether a machine sent a letter, so that none of ours answers it (RFC 3834)."""
    submitted = str(mail.get("Auto-Submitted") or "no").partition(";")[0].strip().lower()
    return (
        submitted != "no"
        or str(mail.get("Precedence") or "").strip().lower() in {"bulk", "junk", "list", "auto_reply"}
        or any(name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "List-Id"))
        or envelope_sender in {"", "<>"}
        or mail.get_content_type() == "multipart/report"
    )
