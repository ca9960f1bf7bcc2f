"""WhatsApp by Meta's Cloud API.

Whoever wrote to us gets free words for a day; everybody else gets a template that Meta has agreed to, with our words in
its one placeholder. A code goes as a template of its own, whose words are Meta's: it takes nothing but the code.

Nothing keeps a second message out; but Meta gives back our reference with what became of a message
(`biz_opaque_callback_data`), so even one whose answer was lost is found.

Meta has no Welsh: a template that is asked for in it goes in the first of WHATSAPP_LANGUAGES, and our own words in it
stay Welsh.
"""

import datetime as dt
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

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
from hueandcry.gateways.http import BROKEN, Answer, Call, Pump, is_safe, perhaps, pump_as_set, words_for
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError

logger = logging.getLogger(__name__)

GOOD, UNAUTHORISED = 200, 401
# What a placeholder of a template holds, and what a free message holds.
LONGEST_PARAMETER, LONGEST_TEXT = 900, 4096
# Meta asks for patience without saying how much, in seconds: at its own rate, and where it doubts us.
RATE_WAIT, DOUBT_WAIT = 5.0, 600.0
# Of the day in which free words may go, this much is used: a message may wait before it leaves.
WINDOW = dt.timedelta(hours=23, minutes=30)
# The words of a message that is a code and nothing else, and how much a placeholder for codes holds.
_CODE = re.compile(r"[0-9]{4,15}")

# What an error means, by its code (developers.facebook.com, WhatsApp error codes), in answers and in receipts alike.
# A code that is not here leaves it to the status of the answer; of a receipt it is not delivered.
ERRORS: dict[int, tuple[Fate, str]] = {
    130472: (Fate.FAILED, "WhatsApp held it back in a trial of its own."),
    131021: (Fate.FAILED, "The number is our own."),
    131026: (Fate.BOUNCED, "This number is not on WhatsApp, or takes nothing from us."),
    131047: (Fate.FAILED, "They have not written for a day: only a template may go."),
    131049: (Fate.FAILED, "WhatsApp held it back: they got much from others lately."),
    131050: (Fate.BOUNCED, "They told WhatsApp to stop what is not for them alone."),
    131051: (Fate.FAILED, "WhatsApp knows no message of this kind."),
    131053: (Fate.FAILED, "WhatsApp cannot take what goes with it."),
    132005: (Fate.FAILED, "The words are too long for the template."),
    132018: (Fate.FAILED, "The words cannot stand in the template."),
}
# What speaks of us, not of the one message: it waits while somebody puts it right.
ABOUT_US: dict[int, str] = {
    33: "WHATSAPP_NUMBER_ID is no number of ours at WhatsApp",
    100: "WhatsApp does not understand what we ask",
    131008: "WhatsApp misses something in what we ask",
    131009: "WhatsApp does not understand what we ask",
    131030: "A number for trials reaches only those that were named there",
    131042: "WhatsApp wants to be paid",
    131045: "WHATSAPP_NUMBER_ID is not registered at WhatsApp",
    132000: "The template needs one placeholder, {{1}}, and has another number of them",
    132001: "There is no template of the name WHATSAPP_TEMPLATE in this language",
    132007: "WhatsApp refuses the template's words",
    132012: "The template's placeholder is of another kind",
    132015: "WhatsApp has paused the template: too many were displeased",
    132016: "WhatsApp has ended the template: too many were displeased",
    133010: "WHATSAPP_NUMBER_ID is not registered at WhatsApp",
}
# It does not know us, or what we may do: it takes nothing at all from us.
BARRED: dict[int, str] = {
    0: "WhatsApp does not know WHATSAPP_TOKEN",
    3: "WHATSAPP_TOKEN may not send messages",
    10: "WHATSAPP_TOKEN may not send messages",
    190: "WHATSAPP_TOKEN has run out or is wrong",
    368: "WhatsApp has locked our account",
    131005: "WHATSAPP_TOKEN may not send messages",
    131031: "WhatsApp has locked our account",
}
PERMISSIONS = range(200, 300)
SLOWER: dict[int, float] = {4: RATE_WAIT, 80007: RATE_WAIT, 130429: RATE_WAIT, 131048: DOUBT_WAIT}
# Too many to this one person, or a fault of the moment: later, and others meanwhile.
LATER: dict[int, str] = {
    1: "WhatsApp is broken for the moment",
    2: "WhatsApp is broken for the moment",
    131000: "WhatsApp is broken for the moment",
    131016: "WhatsApp is broken for the moment",
    131056: "Too many to this number at once",
    131057: "WhatsApp works on our account",
    133004: "WhatsApp is broken for the moment",
}

STATUSES: dict[str, Fate] = {
    "sent": Fate.ACCEPTED,
    "delivered": Fate.DELIVERED,
    "read": Fate.SEEN,
    "played": Fate.SEEN,
    "failed": Fate.FAILED,
}
# What came that is not words, as people read it on the desk; nobody's photograph is fetched.
NOT_WORDS: dict[str, str] = {
    "image": "a photograph",
    "video": "a film",
    "audio": "a spoken message",
    "voice": "a spoken message",
    "document": "a file",
    "sticker": "a sticker",
    "contacts": "somebody's address",
    "order": "an order",
}
# Of what Meta can tell, we read this.
TOLD = ("messages", "user_preferences")
UNREADABLE = "Perhaps sent: the answer was not WhatsApp's."
_NUMBER = re.compile(r"[1-9][0-9]{6,14}")


@dataclass(frozen=True)
class Number:
    """Our number at WhatsApp.

    Attributes:
        secret: signs what Meta tells us.
        agreed: the word that Meta says when it looks whether the address is ours.
        template: the name of the one that Meta agreed to, with one placeholder in its body.
        code_template: the name of the one for codes, of the category authentication, with a button that copies it.
        languages: those in which it stands, in Meta's words; the first for whoever reads another.
    """

    address: str
    id: str
    token: str = field(repr=False)
    secret: str = field(default="", repr=False)
    agreed: str = field(default="", repr=False)
    template: str = ""
    code_template: str = ""
    languages: tuple[str, ...] = ("en_GB",)

    @property
    def wrong(self) -> str:
        """Say what is wrong with these settings, in a sentence; nothing when they can be used."""
        return next(self._faults(), "")

    def _faults(self) -> Iterator[str]:
        if not is_safe(self.address):
            yield "WHATSAPP_ADDRESS begins with https://: a key is never sent in clear."
        if not (self.id.isascii() and self.id.isdigit()):
            yield "Set WHATSAPP_NUMBER_ID: the ID of our number there, in figures; not the number itself."
        if not self.token:
            yield "Set WHATSAPP_TOKEN: a lasting token of a system user."
        if not re.fullmatch(r"[a-z0-9_]{1,512}", self.template):
            yield "Set WHATSAPP_TEMPLATE: the name of a template, in small letters, with the placeholder {{1}}."
        if not re.fullmatch(r"[a-z0-9_]{1,512}", self.code_template):
            yield "Set WHATSAPP_CODE_TEMPLATE: the name of a template for codes, which Meta calls authentication."
        if not self.secret or not self.agreed:
            yield "Set WHATSAPP_APP_SECRET and WHATSAPP_VERIFY_TOKEN, or nothing that WhatsApp tells us is believed."

    def language_of(self, language: str) -> str:
        """Return the language of the template for somebody who reads this one."""
        fitting = (one for one in self.languages if one.partition("_")[0] == language)
        return next(fitting, self.languages[0])


# Asked with the addresses of a batch and since when: those that wrote to us by WhatsApp.
Find = Callable[[Sequence[str], dt.datetime], AbstractSet[str]]


class WhatsApp:
    """Messages by WhatsApp."""

    name = "whatsapp"
    channel = "whatsapp"
    again = Again.NEVER
    # Meta tells many things in one request, three million bytes at most.
    hears_most = 3_200_000

    def __init__(self, number: Number | None = None, pump: Pump | None = None, find: Find | None = None) -> None:
        self.number = number or number_as_set()
        self._find = find
        self._pump = pump or pump_as_set()
        self._headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {self.number.token}"))

    # ------------------------------------------------------------ sending

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Hand messages over, each in a request of its own.

        Raises:
            GatewayError: WhatsApp cannot be spoken to or takes nothing from us; what was yielded stands.
        """
        if not messages:
            return
        if self.number.wrong:
            raise GatewayError(self.number.wrong, lasting=True)
        url = f"{self.number.address}/{self.number.id}/messages"
        calls = []
        find: Find = self._find or import_string(settings.WHATSAPP_HEARD)
        wrote = find([message.address for message in messages], clock.now() - WINDOW)
        for message in messages:
            asked = self._asked(message, wrote)
            if isinstance(asked, Handover):
                yield asked
            else:
                calls.append(Call(message.reference, url, json.dumps(asked).encode(), self._headers))
        barred = ""
        for answer in self._pump.all(calls):
            refusal = _barred(answer)
            if refusal:
                # It takes none of these: they did not go.
                barred = refusal
            else:
                yield words_for(answer, _meaning) or _taken(answer)
        if barred:
            raise GatewayError(barred, lasting=True)

    def _asked(self, message: Outgoing, wrote: AbstractSet[str]) -> dict[str, Any] | Handover:
        """Return what is asked for a message, or why it cannot be."""
        to = message.address.removeprefix("+")
        if not _NUMBER.fullmatch(to):
            return Handover(message.reference, Fate.BOUNCED, detail="Not a telephone number.")
        asked: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": to,
            "biz_opaque_callback_data": message.reference,
        }
        code = _CODE.fullmatch(message.body.strip())
        if code is None and message.address in wrote:
            if not message.body.strip() or len(message.body) > LONGEST_TEXT:
                return Handover(message.reference, Fate.FAILED, detail="It is longer than WhatsApp takes, or empty.")
            return asked | {"type": "text", "text": {"body": message.body, "preview_url": False}}
        # A placeholder takes no line end, no tab and no row of more than four spaces.
        body = " ".join(message.body.split())
        if not body or len(body) > LONGEST_PARAMETER:
            return Handover(message.reference, Fate.FAILED, detail="It does not fit the template.")
        parameters = [{"type": "text", "text": body}]
        components: list[dict[str, Any]] = [{"type": "body", "parameters": parameters}]
        if code is not None:
            # Meta calls the button that copies the code an address, and wants the code for it once more.
            components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": parameters})
        template = {
            "name": self.number.template if code is None else self.number.code_template,
            "language": {"code": self.number.language_of(message.language)},
            "components": components,
        }
        return asked | {"type": "template", "template": template}

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return nothing: Meta tells us by requests to us."""
        return (), ()

    # ------------------------------------------------------------ what Meta tells us

    def hears(self, told: Told, said: Said) -> Heard:
        """Read one request of Meta's: receipts and messages mixed, many at once.

        Raises:
            ForgedError: it is not signed with our application's secret.
            UnreadableError: it is nothing of WhatsApp's.
            NotHereError: we gave Meta no such address.
        """
        del said
        self._must_be_here(told)
        expected = "sha256=" + hmac.new(self.number.secret.encode(), told.body, hashlib.sha256).hexdigest()
        given = told.headers.get("x-hub-signature-256", "")
        if not self.number.secret or not hmac.compare_digest(given.encode(), expected.encode()):
            raise ForgedError
        try:
            whole = json.loads(told.body)
        except (ValueError, RecursionError) as fault:
            raise UnreadableError from fault
        if not isinstance(whole, dict) or whole.get("object") != "whatsapp_business_account":
            raise UnreadableError
        values = [value for value in _values(whole) if self._is_ours(value)]
        receipts = [self._receipt(item) for value in values for item in _things(value, "statuses")]
        came = [self._incoming(item) for value in values for item in _things(value, "messages")]
        came += [self._stopped(item) for value in values for item in _things(value, "user_preferences")]
        return Heard(
            receipts=[receipt for receipt in receipts if receipt is not None],
            incoming=[one for one in came if one is not None],
        )

    def vouches(self, told: Told) -> str:
        """Return the word that Meta wants to hear when it looks whether the address is ours.

        Raises:
            ForgedError: whoever asks does not know the word that we agreed on.
            NotHereError: we gave Meta no such address.
        """
        self._must_be_here(told)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(told.address).query).items()}
        given, agreed = asked.get("hub.verify_token", ""), self.number.agreed
        if asked.get("hub.mode") != "subscribe" or not agreed or not hmac.compare_digest(
            given.encode(), agreed.encode()
        ):  # fmt: skip
            raise ForgedError
        return asked.get("hub.challenge", "")[:200]

    def _must_be_here(self, told: Told) -> None:
        if told.what != "told":
            raise NotHereError(f"gateway:{self.name}:{told.what}")

    def _is_ours(self, value: Mapping[str, Any]) -> bool:
        """Say whether something is about our number: one application may serve several."""
        metadata = value.get("metadata")
        return isinstance(metadata, dict) and metadata.get("phone_number_id") == self.number.id

    def _receipt(self, item: Mapping[str, Any]) -> Receipt | None:
        """Return what became of a message; None when it is none of ours."""
        reference, status = item.get("biz_opaque_callback_data"), item.get("status")
        if not (isinstance(reference, str) and reference and isinstance(status, str)):
            return None
        codes = [_code(error) for error in _things(item, "errors")]
        fate = STATUSES.get(status, Fate.UNKNOWN)
        if fate == Fate.FAILED and codes and codes[0] in ERRORS:
            fate = ERRORS[codes[0]][0]
        if fate == Fate.UNKNOWN:
            logger.warning("WhatsApp says a word that we do not know.", extra={"gateway": self.name})
        kept = {"id": item.get("id"), "status": status, "errors": codes, "timestamp": item.get("timestamp")}
        return Receipt(self.name, reference, fate, _moment(item), raw=json.dumps(kept))

    def _incoming(self, item: Mapping[str, Any]) -> Incoming | None:
        """Return what somebody wrote; None when nobody did."""
        sender, one = item.get("from"), item.get("id")
        if not (isinstance(sender, str) and _NUMBER.fullmatch(sender) and isinstance(one, str) and one):
            return None
        if item.get("type") == "system":
            system = item.get("system")
            if not isinstance(system, dict) or system.get("type") != "user_preference_changed":
                return Incoming(self.name, one, self.channel, f"+{sender}", words_of(item), _moment(item))
            item = {"wa_id": sender, "value": system.get("marketing"), "timestamp": item.get("timestamp")}
            return self._stopped(item)
        return Incoming(self.name, one, self.channel, f"+{sender}", words_of(item), _moment(item))

    def _stopped(self, item: Mapping[str, Any]) -> Incoming | None:
        """Return the STOP of somebody who told WhatsApp, not us, that they want nothing of what goes to many.

        That they want it again they have to tell us: Meta means something else by it than they agreed to.
        """
        sender, at = str(item.get("wa_id")), item.get("timestamp")
        if item.get("value") != "stop" or not _NUMBER.fullmatch(sender):
            return None
        one = f"stopped-{hashlib.sha256(f'{sender}:{at}'.encode()).hexdigest()[:40]}"
        return Incoming(self.name, one, self.channel, f"+{sender}", "STOP", _moment(item), automatic=True)

    # ------------------------------------------------------------ for `doctor`

    def check(self) -> str:
        """Return an empty text when WhatsApp knows our number and lets us use it."""
        if self.number.wrong:
            return self.number.wrong
        url = f"{self.number.address}/{self.number.id}?fields=id"
        answer = self._pump.one(Call("number", url, headers=self._headers, method="GET"))
        if answer.trouble:
            return answer.trouble
        said = _json(answer)
        if answer.status == GOOD and isinstance(said, dict) and said.get("id") == self.number.id:
            return ""
        return _barred(answer) or f"WhatsApp does not show us our number ({_error_code(answer) or answer.status})."

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pump.close()


def number_as_set() -> Number:
    """Return our number at WhatsApp as the settings say."""
    return Number(
        settings.WHATSAPP_ADDRESS.rstrip("/"),
        settings.WHATSAPP_NUMBER_ID,
        settings.WHATSAPP_TOKEN,
        settings.WHATSAPP_APP_SECRET,
        settings.WHATSAPP_VERIFY_TOKEN,
        settings.WHATSAPP_TEMPLATE,
        settings.WHATSAPP_CODE_TEMPLATE,
        tuple(settings.WHATSAPP_LANGUAGES.replace(",", " ").split()) or ("en_GB",),
    )


def words_of(item: Mapping[str, Any]) -> str:
    """Return what somebody sent as words: text, a button pressed, a place; of what is none, what it was."""
    kind = item.get("type")
    said = item.get(kind) if isinstance(kind, str) else None
    if not isinstance(said, dict):
        return f"(They sent {NOT_WORDS.get(str(kind), 'something')} by WhatsApp that cannot be shown here.)"
    if kind == "interactive":
        # One of our buttons, or a line of a list.
        said = next((one for one in said.values() if isinstance(one, dict)), {})
    if kind == "location":
        named = ", ".join(str(said[name]) for name in ("name", "address") if said.get(name))
        return f"{said.get('latitude')}, {said.get('longitude')} {named}".strip()
    words = next((said[name] for name in ("body", "text", "title", "emoji", "caption") if said.get(name)), "")
    if kind in NOT_WORDS:
        words = f"{words} (They sent {NOT_WORDS[str(kind)]} by WhatsApp that cannot be shown here.)"
    return str(words).strip() or f"(They sent {kind} by WhatsApp that cannot be shown here.)"


# ------------------------------------------------------------ what an answer means


def _meaning(answer: Answer) -> Handover | None:
    code = _error_code(answer)
    if code is None:
        return None
    reference = answer.reference
    if code in ERRORS:
        fate, words = ERRORS[code]
        return Handover(reference, fate, detail=f"{words} ({code})")
    later = Handover(reference, Fate.UNKNOWN, detail=f"WhatsApp does not take it ({code}).", try_again=True)
    if code in SLOWER:
        return replace(later, detail=f"WhatsApp asks us to go slower ({code}).", wait_s=SLOWER[code])
    words = ABOUT_US.get(code) or LATER.get(code, "")
    if not words and answer.status >= BROKEN:
        return None  # a code that we do not know of a server that broke: perhaps it was sent
    return replace(later, detail=f"{words} ({code}).") if words else later


def _barred(answer: Answer) -> str:
    """Return why WhatsApp takes nothing at all from us; nothing when it does."""
    code = _error_code(answer)
    if code is None:
        return "WhatsApp does not know WHATSAPP_TOKEN." if answer.status == UNAUTHORISED else ""
    if code in PERMISSIONS:
        return f"WHATSAPP_TOKEN may not send messages ({code})."
    return f"{BARRED[code]} ({code})." if code in BARRED else ""


def _taken(answer: Answer) -> Handover:
    said = _json(answer)
    messages = said.get("messages") if isinstance(said, dict) else None
    first = messages[0] if isinstance(messages, list) and messages else None
    if not (isinstance(first, dict) and first.get("id")):
        return perhaps(answer.reference, UNREADABLE)
    held = first.get("message_status", "accepted") != "accepted"
    detail = "WhatsApp looks at the template first: it may come later." if held else ""
    return Handover(answer.reference, Fate.ACCEPTED, answer.reference, detail)


def _error_code(answer: Answer) -> int | None:
    said = _json(answer)
    error = said.get("error") if isinstance(said, dict) else None
    return _code(error) if isinstance(error, dict) else None


def _code(error: Mapping[str, Any]) -> int | None:
    code = error.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _values(whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in _things(whole, "entry"):
        for change in _things(entry, "changes"):
            value = change.get("value")
            if change.get("field") in TOLD and isinstance(value, dict):
                yield value


def _things(holder: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    items = holder.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _moment(item: Mapping[str, Any]) -> dt.datetime:
    """Return the moment of something, in seconds as Meta counts them; now, where it names none that can be."""
    said = str(item.get("timestamp", ""))
    if not (said.isascii() and said.isdigit() and len(said) <= len(str(10**10))):
        return clock.now()
    return dt.datetime.fromtimestamp(int(said), dt.UTC)
