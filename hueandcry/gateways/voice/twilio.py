"""Phone calls by Twilio, or by somebody who speaks as it does: the words are read out, and keys are heard.

The words go with the request for the call, so a member hears them even while our own site is away. Keys come to
`/hooks/twilio-voice/keys/`: 1 says it again, 2 asks to be rung by one of us, 9 ends these calls. When a machine takes
the call, we are told after its beep (`machine`), and it then hears the short form. Whoever rings our number (`call`) is
told how to reach somebody, in the same words whether we know them or not.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.sax.saxutils import escape, quoteattr

from hueandcry.gateways import twilio
from hueandcry.gateways.contract import (
    Again,
    Fate,
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
from hueandcry.gateways.http import Call, Pump, pump_as_set, words_for
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import mark, say

# Who reads each language: Twilio's names. Without a voice of its own Welsh would be read by an English one.
VOICES: dict[str, tuple[str, str]] = {
    "en": ("en-GB", "Polly.Amy"),
    "cy": ("cy-GB", "Polly.Gwyneth"),
    "pl": ("pl-PL", "Polly.Ewa"),
}
# What becomes of a call; what is not here is kept as UNKNOWN.
STATUSES: dict[str, Fate] = {
    "queued": Fate.ACCEPTED,
    "initiated": Fate.ACCEPTED,
    "ringing": Fate.ACCEPTED,
    "in-progress": Fate.ACCEPTED,
    "completed": Fate.DELIVERED,
    "busy": Fate.FAILED,
    "no-answer": Fate.FAILED,
    "failed": Fate.FAILED,
    "canceled": Fate.FAILED,
}
GIVEN_UP = {word: fate for word, fate in STATUSES.items() if fate == Fate.FAILED}
# Nobody was there, or they were speaking: once more is worth it.
ONCE_MORE = frozenset({"busy", "no-answer"})
# What the telephone network says of a number that is none (RFC 3261: not found, gone, address incomplete, nowhere).
NO_SUCH_NUMBER = frozenset({"404", "410", "484", "604"})
MACHINES = frozenset({"machine_end_beep", "machine_end_silence", "machine_end_other"})

# The longest document that goes with a request.
LONGEST = 4000
# How long it rings, and how long a call may take, in seconds.
RING_S, CALL_S, KEY_S = 40, 300, 8
# So often one call says the same.
TIMES = 5

KEYS = mark(
    "To hear this again, press 1. If you have seen something, press 2, and one of us rings you. "
    "To get no more of these calls, press 9."
)
OTHER_KEY = mark("That key does nothing here.")
WE_RING = mark(
    "Thank you. One of us will ring you on this number. If it is happening now, or anybody is in danger, hang up and "
    "call 9 9 9."
)
NO_MORE = mark("You will get no more of these calls. In danger, call 9 9 9.")
GOODBYE = mark("Goodbye.")
IS_OVER = mark("This message is over. Goodbye.")
# Nobody knows yet in which language they want it, and whoever is known hears nothing else.
RANG_US = (
    "Thank you for ringing. Nobody answers on this number. If we can see yours, we ring you back. To speak to the "
    "police now, call 1 0 1. If it is happening now, or anybody is in danger, call 9 9 9."
)


class TwilioVoice:
    """Phone calls by Twilio."""

    name = "twilio-voice"
    channel = "voice"
    again = Again.NEVER

    def __init__(self, account: twilio.Account | None = None, pump: Pump | None = None) -> None:
        self._account = account or twilio.account_as_set()
        self._pump = pump or pump_as_set()
        self._headers = self._account.headers()
        self._wrong = next(self._faults(), "")

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Ask for calls; yield what was said of each.

        Raises:
            GatewayError: Twilio cannot be spoken to; what was yielded stands, the rest did not go.
        """
        if not messages:
            return
        if self._wrong:
            raise GatewayError(self._wrong, lasting=True)
        refs: dict[str, str] = {}
        calls = []
        for message in messages:
            # A call that is made again, because nobody took the first, is another one.
            ref = refs[message.reference] = f"{message.reference}.{secrets.token_hex(3)}"
            words = self._words(message, ref)
            if len(words) > LONGEST and message.short:
                words = self._words(replace(message, body=message.short), ref)
            if len(words) > LONGEST:
                yield Handover(message.reference, Fate.FAILED, detail="The words are too long for a call.")
            else:
                calls.append(self._call(message, ref, words))
        for answer in self._pump.all(calls):
            said = words_for(answer, twilio.refusal)
            yield twilio.taken(answer, refs[answer.reference], GIVEN_UP) if said is None else said

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return nothing: Twilio calls us."""
        return (), ()

    def check(self) -> str:
        """Return an empty text when the account is open to us, else what is wrong."""
        return self._wrong or twilio.check(self._account, self._pump)

    def hears(self, told: Told, said: Said) -> Heard:
        """Read what became of a call, which key was pressed, that a machine took it, or that somebody rang us.

        Raises:
            ForgedError: the signature is missing or wrong.
            UnreadableError: it names no call.
            NotHereError: nothing else is told here.
        """
        request = twilio.signed(told, self._account.token)
        call = request.get("CallSid")
        if not twilio.SID.fullmatch(call):
            raise UnreadableError
        if told.what == "status":
            return self._ended(request, call)
        if told.what == "machine":
            took = request.get("AnsweredBy") in MACHINES
            return Heard(machines=((_ours(request.reference), call),) if took else ())
        if told.what == "keys":
            return self._pressed(request, call, said(_ours(request.reference)))
        if told.what == "call":
            rang = Incoming(self.name, call, self.channel, request.get("From"), "", clock.now(), request.raw)
            return _speech(_saying("en", RANG_US), rang)
        raise NotHereError(told.what)

    def interrupt(self, message: Outgoing, call: str) -> None:
        """Leave the short form of a message on the machine that took the call.

        Raises:
            GatewayError: it could not be said: the call is over, or Twilio cannot be spoken to.
        """
        if not twilio.SID.fullmatch(call):
            raise GatewayError("This is no call.", lasting=True)
        words = _document(_saying(message.language, message.short or message.body))
        body = twilio.form({"Twiml": words})
        answer = self._pump.one(Call(message.reference, self._account.url(f"/Calls/{call}.json"), body, self._headers))
        if not twilio.GOOD <= answer.status < twilio.ELSEWHERE:
            raise GatewayError(answer.trouble or f"The provider answers {answer.status}.")

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pump.close()

    def _faults(self) -> Iterator[str]:
        yield from self._account.faults()
        if not self._account.caller:
            yield "Set TWILIO_CALLER: the number that calls come from."

    def _call(self, message: Outgoing, ref: str, words: str) -> Call:
        account = self._account
        fields: dict[str, str | int | None] = {
            "To": message.address,
            "From": account.caller,
            "Twiml": words,
            "Timeout": RING_S,
            "TimeLimit": CALL_S,
            "StatusCallback": account.hook(self.name, "status", ref),
            "StatusCallbackMethod": "POST",
        }
        if message.short:
            # Beside the call, not before it: who answers in person hears no silence first.
            fields |= {
                "MachineDetection": "DetectMessageEnd",
                "AsyncAmd": "true",
                "AsyncAmdStatusCallback": account.hook(self.name, "machine", ref),
                "AsyncAmdStatusCallbackMethod": "POST",
            }
        return Call(message.reference, account.url("/Calls.json"), twilio.form(fields), self._headers)

    def _words(self, message: Outgoing, ref: str, time: int = 1) -> str:
        """Return what is said, and that a key is waited for."""
        address = f"{self._account.hook(self.name, 'keys', ref)}&time={time}"
        said = _saying(message.language, message.body)
        if not message.own_keys:
            said += '<Pause length="1"/>' + _saying(message.language, say(KEYS, message.language))
        waits = f'<Gather numDigits="1" timeout="{KEY_S}" method="POST" action={quoteattr(address)}>'
        return _document(f"{waits}{said}</Gather>")

    def _ended(self, request: twilio.Request, call: str) -> Heard:
        word = request.get("CallStatus")
        fate = STATUSES.get(word, Fate.UNKNOWN)
        if fate == Fate.FAILED:
            fate, _ = twilio.ERRORS.get(twilio.code_in(request.get("ErrorCode")), (fate, ""))
        if word == "failed" and request.get("SipResponseCode") in NO_SUCH_NUMBER:
            fate = Fate.BOUNCED
        ref = request.reference or call
        receipt = Receipt(self.name, ref, fate, clock.now(), request.raw)
        return Heard(receipts=(receipt,), unanswered=(ref,) if word in ONCE_MORE else ())

    def _pressed(self, request: twilio.Request, call: str, message: Outgoing | None) -> Heard:
        """Do what a key asks; when the message is over, 2 and 9 still count."""
        key = request.get("Digits")
        language = message.language if message else "en"
        # Words with keys of their own say that 1 has us ring.
        rings = "1" if message is not None and message.own_keys else "2"
        if key in {rings, "9"}:
            # `To` is whom we rang.
            who = message.address if message else request.get("To")
            pressed = Incoming(self.name, f"{call}-{key}", self.channel, who, key, clock.now(), request.raw)
            words = NO_MORE if key == "9" else WE_RING
            return _speech(_saying(language, say(words, language)), pressed)
        time = twilio.code_in(request.asked.get("time")) + 1
        if message is None or time > TIMES:
            words = IS_OVER if message is None else GOODBYE
            return _speech(_saying(language, say(words, language)))
        said = "" if key == "1" else _saying(language, say(OTHER_KEY, language))
        again = self._words(message, request.reference, time)
        return Heard(body=again.replace("<Response>", f"<Response>{said}", 1), content_type="text/xml")


def _ours(ref: str) -> str:
    """Return our reference of a call without what makes each attempt another."""
    return ref.partition(".")[0]


def _speech(said: str, *came: Incoming) -> Heard:
    return Heard(incoming=came, body=_document(f"{said}<Hangup/>"), content_type="text/xml")


def _document(said: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}</Response>'


def _saying(language: str, words: str) -> str:
    tongue, voice = VOICES.get(language, VOICES["en"])
    return f'<Say language="{tongue}" voice="{voice}">{escape(_readable(words))}</Say>'


def _readable(words: str) -> str:
    """Return words without signs that XML cannot hold and nobody can read out."""
    return "".join(sign if sign.isprintable() else " " for sign in words)
