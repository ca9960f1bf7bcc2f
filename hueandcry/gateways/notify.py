"""GOV.UK Notify: what its texts, e-mails and letters have in common.

Everything goes out by a template of the service that holds one placeholder, ((body)); for e-mails and letters also
((subject)). Notify takes our reference and keeps no second message out by it, but can be asked by it for seven days: so
what was perhaps handed over before is asked for first, and goes again only if it is not there.

What became of it comes to our callback, where one is agreed on (NOTIFY_CALLBACK_TOKEN); else we ask now and then. Of
letters nobody calls us, so those are asked for always. Notify has one callback for receipts of texts and of e-mails
alike: `/hooks/notify-text/status/` or `/hooks/notify-mail/status/`, whichever is set, hears of both.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings

from hueandcry.gateways.contract import (
    Again,
    Fate,
    ForgedError,
    GatewayError,
    Handover,
    Heard,
    Incoming,
    Outgoing,
    Receipt,
    Said,
    Told,
    UnreadableError,
)
from hueandcry.gateways.http import Answer, Call, Pump, is_safe, perhaps, pump_as_set, wait_asked, words_for
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError

logger = logging.getLogger(__name__)

# {name of the key}-{the service}-{the secret}: only the last two are used.
_KEY = re.compile(r".+-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Notify takes a token for 30 seconds; one of ours is used for less, because clocks differ.
TOKEN_FOR = 10.0
# Notify counts the last 60 seconds, and says nothing of how long to wait.
RATE_WAIT = 10.0
# Its day ends at midnight; somebody may have the limit raised before.
DAY_WAIT = 900.0
# One page of its list, bodies and all.
PAGE_BYTES = 8_000_000
# How far back its list is read, and how many of those that were told are remembered.
PAGES = 20
REMEMBERED = 100_000
# Without a callback: how often it is asked, in seconds.
ASK_EVERY = 50.0

GOOD, TAKEN, REFUSED, TOO_MANY, BROKEN = 200, 201, 400, 429, 500
# It does not know our key, or what the key may do.
BARRED = frozenset({401, 403})

# What Notify's words mean (its documentation, "Get message status"); an address that is none is told apart from a
# message that did not arrive.
STATUSES: dict[str, Fate] = {
    "created": Fate.ACCEPTED,
    "sending": Fate.ACCEPTED,
    "pending": Fate.ACCEPTED,
    # To another country: nothing more will be heard of it.
    "sent": Fate.ACCEPTED,
    "delivered": Fate.DELIVERED,
    "permanent-failure": Fate.BOUNCED,
    "temporary-failure": Fate.FAILED,
    "technical-failure": Fate.FAILED,
    # Letters. Posted is not delivered, and nothing more is heard of most.
    "accepted": Fate.ACCEPTED,
    "received": Fate.ACCEPTED,
    "pending-virus-check": Fate.ACCEPTED,
    "virus-scan-failed": Fate.FAILED,
    "validation-failed": Fate.FAILED,
    "cancelled": Fate.FAILED,
    "returned-letter": Fate.BOUNCED,
}
# The same word for a letter: the printer could not print it, which says nothing of the address.
LETTER_STATUSES: dict[str, Fate] = {**STATUSES, "permanent-failure": Fate.FAILED}
# Which of our gateways each kind of Notify's goes by, and its words.
GATEWAYS: dict[str, tuple[str, Mapping[str, Fate]]] = {
    "sms": ("notify-text", STATUSES),
    "email": ("notify-mail", STATUSES),
    "letter": ("notify-letter", LETTER_STATUSES),
}
# What is asked for without a callback: the words after which nothing more comes.
FINAL: dict[str, tuple[str, ...]] = {
    "sms": ("delivered", "permanent-failure", "temporary-failure", "technical-failure"),
    "email": ("delivered", "permanent-failure", "temporary-failure", "technical-failure"),
    "letter": ("cancelled", "permanent-failure", "technical-failure", "validation-failed", "virus-scan-failed"),
}

_ABOUT_ADDRESS = re.compile(
    r"(?:phone_number|email_address|personalisation address_line|Must be a real|Address must)\b"
)
_FIGURES_OR_ADDRESS = re.compile(r"\S*@\S+|\+?\d[\d ()-]{4,}\d")
LONGEST_SAID = 120


class NotSendableError(Exception):
    """A message that Notify would refuse; says why without showing any of it."""

    def __init__(self, sentence: str, fate: Fate = Fate.FAILED) -> None:
        super().__init__(sentence)
        self.fate = fate


@dataclass(frozen=True)
class Service:
    """Our service at Notify.

    Attributes:
        template: of this channel, with the placeholder ((body)), and ((subject)) where there is one.
        sender: which of its own senders (texts) or reply addresses (e-mails) Notify is to use; empty is its default.
        callback: the bearer token that Notify shows when it calls us; empty: we ask.
    """

    address: str
    key: str = field(repr=False)
    template: str
    sender: str = ""
    callback: str = field(default="", repr=False)

    @property
    def wrong(self) -> str:
        """Say what is wrong with these settings, in a sentence; nothing when they can be used."""
        return next(self._faults(), "")

    def _faults(self) -> Iterator[str]:
        if not is_safe(self.address):
            yield "NOTIFY_ADDRESS begins with https://: a key is never sent in clear."
        if not _KEY.fullmatch(self.key):
            yield "NOTIFY_API_KEY is not an API key of GOV.UK Notify: copy it whole, its name included."
        if not _UUID.fullmatch(self.template):
            yield "The template of GOV.UK Notify is missing or is not its ID: see NOTIFY_TEXT_TEMPLATE and its like."
        if self.sender and not _UUID.fullmatch(self.sender):
            yield "NOTIFY_TEXT_SENDER and NOTIFY_MAIL_REPLY_TO are IDs from the service's settings at Notify."


def token(key: str, at: float) -> str:
    """Return the proof of who asks: a JSON Web Token, signed with the secret part of the key (HS256)."""
    found = _KEY.fullmatch(key)
    issuer, secret = found.groups() if found else ("", "")
    claims = json.dumps({"iss": issuer, "iat": int(at)}, separators=(",", ":")).encode()
    signed = _plain64(b'{"typ":"JWT","alg":"HS256"}') + b"." + _plain64(claims)
    return (signed + b"." + _plain64(hmac.digest(secret.encode(), signed, hashlib.sha256))).decode("ascii")


class Notify:
    """What the three gateways share; each names itself, its channel and Notify's word for it."""

    name: ClassVar[str]
    channel: ClassVar[str]
    kind: ClassVar[str]
    is_called: ClassVar[bool] = True
    again: ClassVar[Again] = Again.KNOWN

    def __init__(self, service: Service | None = None, pump: Pump | None = None) -> None:
        self.service = service or self.service_as_set()
        self._pump = pump or pump_as_set()
        self._reader = Pump(replace(self._pump.terms, most=PAGE_BYTES, lines=8))
        self._headers: tuple[float, tuple[tuple[str, str], ...]] = (0.0, ())
        self._lock = threading.Lock()
        self._told: OrderedDict[str, str] = OrderedDict()
        self._walk: Iterator[tuple[list[Receipt], list[Incoming]]] | None = None
        self._asked_at = 0.0

    # ------------------------------------------------------------ each says for itself

    def service_as_set(self) -> Service:
        """Return our service as the settings say."""
        raise NotImplementedError

    def body_of(self, message: Outgoing) -> dict[str, Any]:
        """Return what is particular to this channel of a request.

        Raises:
            NotSendableError: Notify would refuse it.
        """
        raise NotImplementedError

    # ------------------------------------------------------------ sending

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Hand messages over, each in a request of its own; what may be there already is asked for first.

        Raises:
            GatewayError: Notify cannot be spoken to or does not know our key; what was yielded stands.
        """
        if not messages:
            return
        if self.service.wrong:
            raise GatewayError(self.service.wrong, lasting=True)
        new = [message for message in messages if not message.before]
        barred: list[str] = []
        yield from self._ask([message for message in messages if message.before], new, barred)
        yield from self._hand(new, barred)
        if barred:
            # It takes none of these: they did not go, and wait for somebody to put it right.
            raise GatewayError(barred[0], lasting=True)

    def _ask(self, before: Sequence[Outgoing], new: list[Outgoing], barred: list[str]) -> Iterator[Handover]:
        """Ask for what is perhaps there; what is not joins the new ones."""
        asked = {message.reference: message for message in before}
        for answer in self._pump.all(self._question(reference) for reference in asked):
            if answer.status in BARRED:
                barred.append(self._barred(answer))
            elif (said := self._found(answer)) is not None:
                yield said
            else:
                new.append(asked[answer.reference])

    def _hand(self, messages: Sequence[Outgoing], barred: list[str]) -> Iterator[Handover]:
        """Hand over what is certainly not there."""
        bodies: dict[str, bytes] = {}
        for message in messages:
            try:
                bodies[message.reference] = self._body(message)
            except NotSendableError as refusal:
                yield Handover(message.reference, refusal.fate, detail=str(refusal))
        for answer in self._pump.all(self._call(reference, body) for reference, body in bodies.items()):
            if answer.status in BARRED:
                barred.append(self._barred(answer))
            else:
                yield words_for(answer, self._meaning) or self._taken(answer)

    def _body(self, message: Outgoing) -> bytes:
        asked = self.body_of(message)
        return json.dumps({**asked, "template_id": self.service.template, "reference": message.reference}).encode()

    def _call(self, reference: str, body: bytes) -> Call:
        return Call(reference, f"{self.service.address}/v2/notifications/{self.kind}", body, self._authority())

    def _question(self, reference: str) -> Call:
        asked = urlencode({"reference": reference, "template_type": self.kind})
        url = f"{self.service.address}/v2/notifications?{asked}"
        return Call(reference, url, headers=self._authority(), method="GET")

    def _authority(self) -> tuple[tuple[str, str], ...]:
        """Return the headers of a request: the same for some seconds, so that they are not said anew each time."""
        made, headers = self._headers
        now = clock.now().timestamp()
        if not 0 <= now - made < TOKEN_FOR:
            bearer = token(self.service.key, now)
            headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {bearer}"))
            self._headers = (now, headers)
        return headers

    def _found(self, answer: Answer) -> Handover | None:
        """Return the hand-over of a message that is there already; None when it is not, and may go."""
        if answer.status != GOOD:
            said = words_for(answer, self._meaning)
            # Whether it is there stays unknown, so it stays perhaps sent.
            return replace(said, perhaps=True) if said else perhaps(answer.reference, UNREADABLE)
        there = _listed(answer, "notifications")
        if there is None:
            return perhaps(answer.reference, UNREADABLE)
        if any(item.get("reference") == answer.reference for item in there):
            return Handover(answer.reference, Fate.ACCEPTED, answer.reference)
        return None

    def _taken(self, answer: Answer) -> Handover:
        """Read the answer of one who took it; anything else that says yes is not Notify."""
        said = _json(answer)
        if answer.status == TAKEN and isinstance(said, dict) and said.get("id"):
            # Receipts name it too, and it is known before they come.
            return Handover(answer.reference, Fate.ACCEPTED, answer.reference)
        return perhaps(answer.reference, UNREADABLE)

    def _meaning(self, answer: Answer) -> Handover | None:
        """Read a refusal by Notify's own table of errors: by its kind, never by its words, which change."""
        kind, words = _error(answer)
        said = f"Notify does not take it ({kind or answer.status}): {words}".rstrip(": ")
        if answer.status == TOO_MANY:
            if kind == "TooManyRequestsError":
                wait = min(DAY_WAIT, _until_midnight())
                return _later(answer, "Notify's limit for today is reached.", wait)
            # What stands before Notify may say for how long.
            asked = wait_asked(answer) if "retry-after" in answer.headers else None
            return _later(answer, "Notify asks us to go slower.", RATE_WAIT if asked is None else asked)
        if answer.status == REFUSED and kind == "ValidationError" and _ABOUT_ADDRESS.match(_first_message(answer)):
            return Handover(answer.reference, Fate.BOUNCED, detail="Notify: not an address that it can send to.")
        if answer.status == REFUSED:
            # The template, the account, the trial: for somebody here to put right while it waits.
            return Handover(answer.reference, Fate.UNKNOWN, detail=said, try_again=True)
        if answer.status == BROKEN and kind:
            # In Notify's own words it "was unable to process the request, resend your notification".
            return Handover(answer.reference, Fate.UNKNOWN, detail=said, try_again=True)
        return None

    def _barred(self, answer: Answer) -> str:
        kind, words = _error(answer)
        logger.warning("Notify does not let us in.", extra={"gateway": self.name, "status": answer.status})
        return f"Notify does not let us in ({kind or answer.status}): {words or 'look at NOTIFY_API_KEY.'}"

    # ------------------------------------------------------------ what comes back

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Ask for what became of messages, one page a call, where Notify does not call us.

        Raises:
            GatewayError: Notify cannot be asked now.
        """
        if (self.service.callback and self.is_called) or self.service.wrong:
            return (), ()
        with self._lock:
            if self._walk is None:
                if time.monotonic() - self._asked_at < ASK_EVERY and self._asked_at:
                    return (), ()
                self._asked_at = time.monotonic()
                self._walk = self._pages()
            for page in self._walk:
                if page[0] or page[1]:
                    return page
            self._walk = None
        return (), ()

    def _pages(self) -> Iterator[tuple[list[Receipt], list[Incoming]]]:
        """Yield what is new on each page of Notify's list of what has ended, newest first."""
        older = ""
        for _ in range(PAGES):
            asked = [("template_type", self.kind), *(("status", status) for status in FINAL[self.kind])]
            items = self._page("notifications", [*asked, *([("older_than", older)] if older else [])])
            new = [item for item in items if self._is_new(str(item.get("id")), str(item.get("status")))]
            yield [receipt for item in new if (receipt := self.receipt(item)) is not None], []
            if not items:
                return
            older = str(items[-1].get("id"))
        logger.warning("Notify has more that ended than is read.", extra={"gateway": self.name})

    def _page(self, what: str, asked: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        path = "received-text-messages" if what == "received_text_messages" else what
        url = f"{self.service.address}/v2/{path}" + (f"?{urlencode(asked)}" if asked else "")
        answer = self._reader.one(Call(what, url, headers=self._authority(), method="GET"))
        items = _listed(answer, what) if answer.status == GOOD else None
        if items is None:
            self._walk = None
            raise GatewayError(f"Notify's list cannot be read ({answer.status or answer.trouble}).")
        return items

    def _is_new(self, one: str, status: str) -> bool:
        """Say whether this was not told yet, and remember that it is."""
        if self._told.get(one) == status:
            return False
        self._told[one] = status
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return True

    def receipt(self, item: Mapping[str, Any]) -> Receipt | None:
        """Return what one thing of Notify's says of a message of ours; None when it names none of ours."""
        reference, status = item.get("reference"), item.get("status")
        if not (isinstance(reference, str) and reference and isinstance(status, str)):
            return None
        kind = item.get("notification_type", item.get("type", self.kind))
        gateway, statuses = GATEWAYS.get(kind if isinstance(kind, str) else "", GATEWAYS[self.kind])
        fate = statuses.get(status, Fate.UNKNOWN)
        if fate == Fate.UNKNOWN:
            logger.warning("Notify says a word that we do not know.", extra={"gateway": self.name})
        moment = moment_of(item.get("completed_at")) or moment_of(item.get("sent_at")) or clock.now()
        # Whole addresses and words stand in what Notify sends: only what says what became of it is kept.
        kept = {name: item.get(name) for name in ("id", "reference", "status", "completed_at", "notification_type")}
        return Receipt(gateway, reference, fate, moment, raw=json.dumps(kept, ensure_ascii=False))

    def hears(self, told: Told, said: Said) -> Heard:
        """Read one call of Notify's: a receipt.

        Raises:
            ForgedError: it does not show the token that we agreed on.
            UnreadableError: it is nothing of Notify's.
            NotHereError: we gave Notify no such address.
        """
        del said
        if told.what != "status":
            raise NotHereError(f"gateway:{self.name}:{told.what}")
        receipt = self.receipt(self._called(told))
        return Heard(receipts=[receipt] if receipt is not None else [])

    def _called(self, told: Told) -> dict[str, Any]:
        """Return what stands in a call, once it is known to be Notify's."""
        given = told.headers.get("authorization", "").removeprefix("Bearer ")
        agreed = self.service.callback
        if not agreed or not hmac.compare_digest(given.encode(), agreed.encode()):
            raise ForgedError
        item = _read(told.body)
        if not isinstance(item, dict):
            raise UnreadableError
        return item

    # ------------------------------------------------------------ for `doctor`

    def check(self) -> str:
        """Return an empty text when Notify knows our key and the template, and the template has our placeholder."""
        if self.service.wrong:
            return self.service.wrong
        url = f"{self.service.address}/v2/template/{self.service.template}"
        try:
            answer = self._reader.one(Call("template", url, headers=self._authority(), method="GET"))
        except GatewayError as fault:
            return str(fault)
        said = _json(answer)
        if answer.status == GOOD and isinstance(said, dict):
            return self._wrong_with(said)
        kind, words = _error(answer)
        return answer.trouble or f"Notify does not show us the template ({kind or answer.status}): {words}".rstrip(": ")

    def _wrong_with(self, template: Mapping[str, Any]) -> str:
        if template.get("type") != self.kind:
            return f"The template {self.service.template} at Notify is not for this: it is {template.get('type')}."
        if "((body))" not in str(template.get("body")):
            return f"The template {self.service.template} at Notify lacks the placeholder ((body))."
        return ""

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pump.close()
        self._reader.close()


UNREADABLE = "Perhaps sent: the answer was not Notify's."


def service_as_set(template: str, sender: str = "") -> Service:
    """Return our service at Notify as the settings say, for one of its channels."""
    address = settings.NOTIFY_ADDRESS.rstrip("/")
    return Service(address, settings.NOTIFY_API_KEY, template, sender, settings.NOTIFY_CALLBACK_TOKEN)


def moment_of(said: object) -> dt.datetime | None:
    """Read a moment as Notify writes it; None when it is none."""
    if not isinstance(said, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(said)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _plain64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _json(answer: Answer) -> object:
    return _read(answer.body)


def _read(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _listed(answer: Answer, what: str) -> list[dict[str, Any]] | None:
    """Return the things in a list of Notify's; None when this is none."""
    said = _json(answer)
    items = said.get(what) if isinstance(said, dict) else None
    if not isinstance(items, list):
        return None
    return [item for item in items if isinstance(item, dict)]


def _error(answer: Answer) -> tuple[str, str]:
    """Return the kind of an error and its words, without anybody's address in them."""
    first = _first_error(answer)
    words = _FIGURES_OR_ADDRESS.sub("(address)", str(first.get("message", "")))
    return str(first.get("error", ""))[:40], words[:LONGEST_SAID]


def _first_message(answer: Answer) -> str:
    return str(_first_error(answer).get("message", ""))


def _first_error(answer: Answer) -> dict[str, Any]:
    said = _json(answer)
    errors = said.get("errors") if isinstance(said, dict) else None
    return errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}


def _later(answer: Answer, words: str, wait: float) -> Handover:
    return Handover(answer.reference, Fate.UNKNOWN, detail=words, try_again=True, wait_s=wait)


def _until_midnight() -> float:
    now = clock.now().astimezone(dt.UTC)
    midnight = (now + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - now).total_seconds()
