"""Twilio, and those who speak as it does: what its texts and its calls have in common.

It takes no reference of ours with a message, but calls the address that each message names when something becomes of
it: our reference stands in that address, and what was handed over is known to us by it. So receipts find even a message
whose answer was lost. It keeps nothing out that comes twice: what was perhaps taken, and of which nothing is heard, is
for a person to decide.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings

from hueandcry.gateways.contract import Fate, ForgedError, Handover, Told
from hueandcry.gateways.http import LONGEST_WAIT, Answer, Call, Pump, is_safe, perhaps, wait_asked

SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
GOOD, ELSEWHERE, UNAUTHORISED = 200, 300, 401
# More than any request of theirs has, and so much of one is kept.
MOST_FIELDS, MOST_KEPT = 200, 20_000

# What a refusal or a receipt means, by error code (twilio.com/docs/api/errors). Their own words repeat the number, so
# ours are said. A code that is not here leaves it to the status.
ERRORS: dict[int, tuple[Fate, str]] = {
    13223: (Fate.BOUNCED, "There is no such number."),
    13224: (Fate.BOUNCED, "There is no such number."),
    13225: (Fate.FAILED, "The provider calls no such numbers."),
    13227: (Fate.FAILED, "Calls to that country are not switched on at the provider."),
    21201: (Fate.BOUNCED, "There is no such number."),
    21211: (Fate.BOUNCED, "There is no such number."),
    21214: (Fate.BOUNCED, "This number cannot be called."),
    21215: (Fate.FAILED, "Calls to that country are not switched on at the provider."),
    21216: (Fate.FAILED, "The provider calls no such numbers."),
    21217: (Fate.BOUNCED, "There is no such number."),
    21219: (Fate.FAILED, "A trial account reaches numbers only that were checked there."),
    21265: (Fate.BOUNCED, "This number takes no texts: it is a short code."),
    21266: (Fate.FAILED, "The number is our own."),
    21408: (Fate.FAILED, "Texts to that country are not switched on at the provider."),
    21605: (Fate.FAILED, "The message is too long."),
    21608: (Fate.FAILED, "A trial account reaches numbers only that were checked there."),
    21610: (Fate.FAILED, "They told the provider to stop."),
    21612: (Fate.FAILED, "The provider cannot reach this number from ours."),
    21614: (Fate.BOUNCED, "This number takes no texts."),
    21617: (Fate.FAILED, "The message is too long."),
    21635: (Fate.BOUNCED, "This number takes no texts: it is a landline."),
    21657: (Fate.FAILED, "The provider cannot reach this number from ours."),
    30001: (Fate.FAILED, "The provider's queue was full."),
    30002: (Fate.FAILED, "Our account at the provider is suspended."),
    30003: (Fate.FAILED, "The phone is off, or out of reach."),
    30004: (Fate.FAILED, "The message was blocked."),
    30005: (Fate.BOUNCED, "There is no such number, or it is out of service."),
    30006: (Fate.BOUNCED, "This number takes no texts: it is a landline."),
    30007: (Fate.FAILED, "The network took the message for spam."),
    30008: (Fate.FAILED, "The network gave no reason."),
    30012: (Fate.EXPIRED, "There was too little time left."),
    30036: (Fate.EXPIRED, "It did not arrive in time."),
    30410: (Fate.FAILED, "The network did not answer."),
}
STOPPED = 21610
# What speaks of us, not of the one message: it waits while somebody puts it right.
ABOUT_US: dict[int, str] = {
    10001: "Our account at the provider is closed",
    20003: "The provider does not know TWILIO_ACCOUNT or its token",
    20005: "Our account at the provider is closed",
    21210: "TWILIO_CALLER is not a number of ours at the provider",
    21212: "TWILIO_SENDER, or for a call TWILIO_CALLER, is not ours at the provider",
    21401: "TWILIO_SENDER is not a sender of ours at the provider",
    21601: "TWILIO_SENDER is not a sender of ours at the provider",
    21603: "TWILIO_SENDER is missing",
    21606: "TWILIO_SENDER is not a sender of ours at the provider",
    21607: "TWILIO_SENDER is not the number of our trial account",
    21609: "SITE_ADDRESS is no address that the provider can call",
    21659: "TWILIO_SENDER is not a sender of ours at the provider",
    21660: "TWILIO_SENDER belongs to another account",
    21701: "TWILIO_SENDER is not a messaging service of ours",
    21703: "The messaging service of TWILIO_SENDER has no numbers",
    21705: "TWILIO_SENDER is not a messaging service of ours",
}
# It wants us to be slower, whatever the status says: for so many seconds, where it names none. The first ones are over
# as soon as others are done; the queue of a sender empties by its own rate, and a day's share comes back by and by.
SLOWER: dict[int, float] = {10004: 2.0, 20429: 2.0, 63017: 2.0, 14107: 5.0, 21611: 15.0, 63038: LONGEST_WAIT}


@dataclass(frozen=True)
class Account:
    """Our account.

    Attributes:
        token: signs what Twilio tells us, and opens its doors where no key is set.
        sender: of texts: a number, a name, or a messaging service (MG…).
        caller: the number that calls come from.
        site: our own address as Twilio reaches it.
    """

    address: str
    sid: str
    token: str = field(repr=False)
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    sender: str = ""
    caller: str = ""
    site: str = ""

    def url(self, rest: str) -> str:
        """Return an address of the API."""
        return f"{self.address.rstrip('/')}/2010-04-01/Accounts/{self.sid}{rest}"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return what goes with every request."""
        who = f"{self.key}:{self.secret}" if self.key else f"{self.sid}:{self.token}"
        return (
            ("Authorization", f"Basic {base64.b64encode(who.encode()).decode()}"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
        )

    def hook(self, gateway: str, what: str, reference: str) -> str:
        """Return the address at which we are told of one message."""
        return f"{self.site.rstrip('/')}/hooks/{gateway}/{what}/?{urlencode({'ref': reference})}"

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with the settings, in sentences."""
        if not is_safe(self.address):
            yield "TWILIO_URL is the address of the API, such as https://api.twilio.com; keys go nowhere in clear."
        if not (self.sid.startswith("AC") and SID.fullmatch(self.sid)):
            yield "Set TWILIO_ACCOUNT: the account's SID, AC and 32 signs."
        if not self.token:
            yield "Set TWILIO_TOKEN: the account's token, which also signs what comes in."
        if bool(self.key) != bool(self.secret):
            yield "TWILIO_KEY and TWILIO_SECRET go together."
        if urlsplit(self.site).scheme != "https":
            yield "SITE_ADDRESS does not begin with https://: nobody would tell us what became of messages."


def account_as_set() -> Account:
    """Return the account that the settings name."""
    return Account(
        address=settings.TWILIO_URL,
        sid=settings.TWILIO_ACCOUNT,
        token=settings.TWILIO_TOKEN,
        key=settings.TWILIO_KEY,
        secret=settings.TWILIO_SECRET,
        sender=settings.TWILIO_SENDER,
        caller=settings.TWILIO_CALLER,
        site=settings.SITE_ADDRESS,
    )


def form(fields: Mapping[str, str | int | None]) -> bytes:
    """Return fields as the API takes them; those without a value are left out."""
    return urlencode({name: value for name, value in fields.items() if value is not None}).encode()


def check(account: Account, pump: Pump) -> str:
    """Return an empty text when the account is open to us, else what is wrong."""
    answer = pump.one(Call("check", account.url(".json"), headers=account.headers(), method="GET"))
    if GOOD <= answer.status < ELSEWHERE:
        return ""
    if answer.status == UNAUTHORISED:
        return f"{ABOUT_US[20003]}."
    return answer.trouble or f"The provider answers {answer.status}: look at TWILIO_URL."


# ------------------------------------------------------------ what it answers


def read(answer: Answer) -> dict[str, Any]:
    """Return the document in an answer; an empty one when there is none."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def refusal(answer: Answer) -> Handover | None:
    """Return what a refusal means, by the code in it; None leaves it to the status."""
    code = code_in(read(answer).get("code"))
    reference = answer.reference
    if code in SLOWER:
        said = f"Slower, please (error {code})."
        wait = SLOWER[code] if "retry-after" not in answer.headers else wait_asked(answer)
        return Handover(reference, Fate.UNKNOWN, detail=said, try_again=True, wait_s=wait or SLOWER[code])
    if code in ABOUT_US:
        return Handover(reference, Fate.UNKNOWN, detail=f"{ABOUT_US[code]} (error {code}).", try_again=True)
    if code in ERRORS and answer.status < 500:  # noqa: PLR2004 - a broken provider's codes say nothing of the number
        fate, words = ERRORS[code]
        return Handover(reference, fate, detail=f"{words} (error {code})")
    return None


def taken(answer: Answer, provider_ref: str, failed: Mapping[str, Fate]) -> Handover:
    """Return what an answer of 2xx means: it has the document of what was made, or nobody knows."""
    said = read(answer)
    sid = said.get("sid")
    if not isinstance(sid, str) or not SID.fullmatch(sid):
        return perhaps(answer.reference, "Perhaps sent: the answer is none of the provider's.")
    status = str(said.get("status") or "")
    code = code_in(said.get("error_code"))
    if status in failed:
        fate, words = ERRORS.get(code, (failed[status], "The provider took it and gave it up at once."))
        return Handover(answer.reference, fate, detail=f"{words} (error {code})" if code else words)
    parts = str(said.get("num_segments") or "")
    return Handover(
        answer.reference,
        Fate.ACCEPTED,
        provider_ref=provider_ref,
        detail=sid,
        parts=int(parts) if parts.isascii() and parts.isdigit() and len(parts) < 4 else 0,  # noqa: PLR2004
    )


def code_in(said: object) -> int:
    """Return an error code, however it is written; 0 when there is none."""
    word = str(said or "")
    return int(word) if word.isascii() and word.isdigit() and len(word) <= len("99999") else 0


# ------------------------------------------------------------ what it tells us


@dataclass(frozen=True)
class Request:
    """A signed request, read: its fields, and what our own address of it said."""

    fields: Mapping[str, str] = field(repr=False)
    asked: Mapping[str, str] = field(repr=False)
    raw: str = field(repr=False)

    @property
    def reference(self) -> str:
        """Return our reference; empty when the address had none."""
        return self.asked.get("ref", "")

    def get(self, name: str) -> str:
        """Return a field; empty when it is not there."""
        return self.fields.get(name, "")


def signed(told: Told, token: str) -> Request:
    """Read a request after its signature (twilio.com/docs/usage/security).

    Raises:
        ForgedError: the signature is missing or wrong.
    """
    asked = dict(parse_qsl(urlsplit(told.address).query, keep_blank_values=True))
    said = told.headers.get("x-twilio-signature", "")
    digest = asked.get("bodySHA256")
    try:
        # A body that is no form is signed by its digest, which stands in the address.
        pairs = [] if digest else _pairs(told.body)
        right = digest is None or hmac.compare_digest(
            hashlib.sha256(told.body).hexdigest().encode(), digest.lower().encode()
        )
        good = [
            hmac.compare_digest(signature(address, pairs, token).encode(), said.encode())
            for address in _as_signed(told.address)
        ]
    except (ValueError, UnicodeError) as nonsense:
        raise ForgedError from nonsense
    if not (token and right and any(good)):
        raise ForgedError
    raw = told.body.decode("utf-8", "replace")[:MOST_KEPT]
    return Request(_document(told.body) if digest else dict(pairs), asked, raw)


def signature(address: str, pairs: list[tuple[str, str]], token: str) -> str:
    """Return the signature of a request: over the address, and each field with its values, in order of names."""
    text = address + "".join(f"{name}{value}" for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _pairs(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)


def _document(body: bytes) -> dict[str, str]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(value) for name, value in said.items()} if isinstance(said, dict) else {}


def _as_signed(address: str) -> Iterator[str]:
    """Yield the address as it may have been signed: some of its callers add the port that goes without saying."""
    yield address
    parts = urlsplit(address)
    if parts.port is None:
        port = 443 if parts.scheme == "https" else 80
        yield parts._replace(netloc=f"{parts.netloc}:{port}").geturl()
