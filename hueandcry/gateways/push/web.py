"""Notifications on phones and computers by Web Push (RFC 8030, 8291, 8292): the browser's maker carries them, sealed.

An address is `push:` and a reference; where that browser is, and its keys, stands with members, and is looked up once a
batch. What is perhaps sent may be sent again: it replaces the first, on its way (Topic) and on the screen (tag).
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils.module_loading import import_string

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
from hueandcry.gateways.http import LONGEST_WAIT, WAIT, Answer, Call, Pump, pump_as_set, words_for
from hueandcry.gateways.push.sealing import SealError, b64, our_key, point_of, seal, signed
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.push import is_push_service

# A push service keeps it for a phone that is off: at most so long, and so long where nobody said, in seconds.
LONGEST, USUAL = 28 * 24 * 60 * 60, 24 * 60 * 60
# What a screen shows; the rest stands on the page that it opens. In bytes, with room for the link and the references.
MOST_TITLE, MOST_BODY = 200, 1500
LONGEST_TOPIC = 32
# A day is the longest that a signature may hold (RFC 8292); it is made anew well before.
SIGNED_FOR = 12 * 60 * 60
GONE = frozenset({404, 410})
# Windows wants us slower by a status of its own, for so many seconds as a header of its own says.
THROTTLED, THROTTLED_FOR = 406, "x-wns-continue-after"
NO_SUCH = "This browser takes no notifications from us any more"

# endpoint, the browser's key, its secret
Device = tuple[str, str, str]
Find = Callable[[Sequence[str]], Mapping[str, Device]]


class WebPush:
    """Notifications by the push services of the makers of browsers."""

    name = "web-push"
    channel = "push"
    again = Again.SAME

    def __init__(self, pump: Pump | None = None, find: Find | None = None) -> None:
        self._pump = pump or pump_as_set()
        self._find = find
        self._wrong = ""
        self._key: ec.EllipticCurvePrivateKey | None = None
        try:
            self._key = our_key(told=settings.WEB_PUSH_KEY, otherwise=settings.SECRET_KEY)
        except SealError as fault:
            self._wrong = str(fault)
        self._signed: dict[str, tuple[float, str]] = {}

    @property
    def public_key(self) -> str:
        """Return the key that a browser is told when it is asked for an address: it takes no other sender's."""
        return "" if self._key is None else b64(point_of(self._key))

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Hand notifications over; yield what was said of each.

        Raises:
            GatewayError: our key is none, or nobody can be spoken to; what was yielded stands.
        """
        if not messages:
            return
        if self._key is None:
            raise GatewayError(self._wrong, lasting=True)
        find: Find = self._find or import_string(settings.WEB_PUSH_DEVICES)
        devices = find([message.address for message in messages])
        refused: list[Handover] = []

        def calls(key: ec.EllipticCurvePrivateKey) -> Iterator[Call]:
            for message in messages:
                device = devices.get(message.address)
                if device is None or not is_push_service(device[0], hosts=settings.WEB_PUSH_HOSTS):
                    refused.append(Handover(message.reference, Fate.BOUNCED, detail=f"{NO_SUCH}."))
                    continue
                try:
                    yield self._call(key, message, device)
                except SealError as fault:
                    refused.append(Handover(message.reference, Fate.BOUNCED, detail=str(fault)))

        for answer in self._pump.all(calls(self._key)):
            yield _meaning(answer)
        yield from refused

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return nothing: push services tell nothing, and the browser calls us."""
        return (), ()

    def check(self) -> str:
        """Return an empty text when our key is one and a host is named, else what is wrong."""
        if not self._wrong and not settings.WEB_PUSH_HOSTS.split():
            return "WEB_PUSH_HOSTS names no host: nobody can be sent a notification."
        return self._wrong

    def hears(self, told: Told, said: Said) -> Heard:  # noqa: ARG002 - for calls
        """Read that a notification was shown: the browser gives back the reference that only it was told.

        Raises:
            ForgedError: the seal of the reference is not ours.
            UnreadableError: there is no reference in it.
            NotHereError: there is nothing else to tell.
        """
        if told.what != "shown":
            raise NotHereError(told.what)
        reference, dot, mark = told.body.decode("ascii", "replace").partition(".")
        if not dot or not reference:
            raise UnreadableError
        if not hmac.compare_digest(mark.encode(), _mark(reference).encode()):
            raise ForgedError
        return Heard(receipts=[Receipt(self.name, reference, Fate.DELIVERED, clock.now())])

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pump.close()

    def _call(self, key: ec.EllipticCurvePrivateKey, message: Outgoing, device: Device) -> Call:
        endpoint, browser, secret = device
        body = seal(_words(message), browser=browser, secret=secret)
        headers = (
            ("Authorization", self._us(key, endpoint)),
            ("Content-Encoding", "aes128gcm"),
            ("Content-Type", "application/octet-stream"),
            ("TTL", str(_seconds(message))),
            ("Topic", _topic(message.reference)),
            ("Urgency", "high" if message.urgent else "normal"),
        )
        return Call(message.reference, endpoint, body, headers)

    def _us(self, key: ec.EllipticCurvePrivateKey, endpoint: str) -> str:
        """Return the header by which a push service knows us, made once in half a day."""
        parts = urlsplit(endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        now = clock.now().timestamp()
        until, header = self._signed.get(origin, (0.0, ""))
        if until - now < SIGNED_FOR / 2:
            until = now + SIGNED_FOR
            header = signed(key, origin=origin, until=int(until), contact=settings.WEB_PUSH_CONTACT)
            self._signed[origin] = (until, header)
        return header


def public_key() -> str:
    """Return the key that browsers are told; nothing when ours cannot be read."""
    try:
        return b64(point_of(our_key(told=settings.WEB_PUSH_KEY, otherwise=settings.SECRET_KEY)))
    except SealError:
        return ""


def _words(message: Outgoing) -> bytes:
    said = {
        "title": _cut(message.subject or message.sender or settings.SERVICE_NAME, MOST_TITLE),
        "body": _cut(message.body, MOST_BODY),
        "link": message.link,
        "lang": message.language,
        "tag": message.reference,
        "mark": f"{message.reference}.{_mark(message.reference)}",
        "urgent": message.urgent,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _cut(text: str, most: int) -> str:
    """Return as much of a text as goes into so many bytes, whole signs only."""
    raw = text.encode()
    return text if len(raw) <= most else f"{raw[: most - 3].decode('utf-8', 'ignore')}…"


def _mark(reference: str) -> str:
    """Return what proves that somebody read this notification: nobody else can work it out."""
    return b64(
        hmac.new(settings.SECRET_KEY.encode(), f"hueandcry shown\n{reference}".encode(), hashlib.sha256).digest()[:18]
    )


def _seconds(message: Outgoing) -> int:
    if message.until is None:
        return USUAL
    return max(0, min(LONGEST, int((message.until - clock.now()).total_seconds())))


def _topic(reference: str) -> str:
    """Return a name for what it replaces, in the few signs that push services take."""
    fits = len(reference) <= LONGEST_TOPIC and reference.replace("-", "").replace("_", "").isalnum()
    return reference if fits and reference.isascii() else b64(hashlib.sha256(reference.encode()).digest()[:24])


def _meaning(answer: Answer) -> Handover:
    return words_for(answer, _refusal) or Handover(answer.reference, Fate.ACCEPTED, provider_ref=answer.reference)


def _refusal(answer: Answer) -> Handover | None:
    """Return what push services mean by a status that means something else elsewhere; None leaves it to the others."""
    if answer.status in GONE:
        return Handover(answer.reference, Fate.BOUNCED, detail=f"{NO_SUCH} ({answer.status}).")
    if answer.status != THROTTLED:
        return None
    said = answer.headers.get(THROTTLED_FOR, "")
    wait = min(float(said), LONGEST_WAIT) if said.isascii() and said.isdigit() else WAIT
    return Handover(
        answer.reference, Fate.UNKNOWN, detail=f"Slower, please ({THROTTLED}).", try_again=True, wait_s=wait
    )
