"""Texts by Twilio, or by somebody who speaks as it does."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote_plus

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

# What Twilio's words mean; what is not here is kept as UNKNOWN.
STATUSES: dict[str, Fate] = {
    "accepted": Fate.ACCEPTED,
    "scheduled": Fate.ACCEPTED,
    "queued": Fate.ACCEPTED,
    "sending": Fate.ACCEPTED,
    "sent": Fate.ACCEPTED,
    "delivered": Fate.DELIVERED,
    "read": Fate.SEEN,
    "undelivered": Fate.FAILED,
    "failed": Fate.FAILED,
    "canceled": Fate.FAILED,
}
GIVEN_UP = {word: fate for word, fate in STATUSES.items() if fate == Fate.FAILED}
# How long Twilio tries, in seconds: it takes one to ten hours, and less than five is no use.
SHORTEST, LONGEST = 5, 36_000
SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
MOST_STOPS = 10_000


class TwilioText:
    """Texts by Twilio."""

    name = "twilio-text"
    channel = "sms"
    again = Again.NEVER

    def __init__(self, account: twilio.Account | None = None, pump: Pump | None = None) -> None:
        self._account = account or twilio.account_as_set()
        self._pump = pump or pump_as_set()
        self._headers = self._account.headers()
        self._url = self._account.url("/Messages.json")
        self._told_at = quote_plus(self._account.hook(self.name, "status", ""))
        self._wrong = next(self._faults(), "")
        # Who told the provider to stop and not us; told by `collect`.
        self._stops: deque[Incoming] = deque(maxlen=MOST_STOPS)
        self._lock = threading.Lock()

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Hand texts over; yield what was said of each.

        Raises:
            GatewayError: Twilio cannot be spoken to; what was yielded stands, the rest did not go.
        """
        if not messages:
            return
        if self._wrong:
            raise GatewayError(self._wrong, lasting=True)
        to = {message.reference: message.address for message in messages}
        for answer in self._pump.all(map(self._call, messages)):
            said = words_for(answer, twilio.refusal)
            if said is None:
                said = twilio.taken(answer, answer.reference, GIVEN_UP)
            elif twilio.code_in(twilio.read(answer).get("code")) == twilio.STOPPED:
                self._note_stop(answer.reference, to[answer.reference])
            yield said

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return the stops that only the provider knew of: they are stops to us too."""
        with self._lock:
            stops, self._stops = list(self._stops), deque(maxlen=MOST_STOPS)
        return (), stops

    def check(self) -> str:
        """Return an empty text when the account is open to us, else what is wrong."""
        return self._wrong or twilio.check(self._account, self._pump)

    def hears(self, told: Told, said: Said) -> Heard:  # noqa: ARG002 - for calls
        """Read a receipt (`status`), or a text that came in (`text`).

        Raises:
            ForgedError: the signature is missing or wrong.
            UnreadableError: it names no message.
            NotHereError: nothing else is told here.
        """
        request = twilio.signed(told, self._account.token)
        sid = request.get("MessageSid") or request.get("SmsSid")
        if not sid:
            raise UnreadableError
        if told.what == "status":
            return Heard(receipts=(self._receipt(request, sid),), body=SILENCE, content_type="text/xml")
        if told.what == "text":
            came = Incoming(
                self.name, sid, self.channel, request.get("From"), request.get("Body"), clock.now(), request.raw
            )
            # What the service says by itself goes by its own way, with a delivery of its own.
            return Heard(incoming=(came,), body=SILENCE, content_type="text/xml")
        raise NotHereError(told.what)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pump.close()

    def _faults(self) -> Iterator[str]:
        yield from self._account.faults()
        if not self._account.sender:
            yield "Set TWILIO_SENDER: a number, a name of up to 11 letters, or a messaging service (MG and 32 signs)."

    def _call(self, message: Outgoing) -> Call:
        # Written by hand but for what is everybody's: as a form it takes longer than everything else together.
        reference = quote_plus(quote_plus(message.reference))
        own = f"To={quote_plus(message.address)}&StatusCallback={self._told_at}{reference}"
        shared = _shared(self._account.sender, message.body, _validity(message))
        return Call(message.reference, self._url, f"{own}&{shared}".encode(), self._headers)

    def _receipt(self, request: twilio.Request, sid: str) -> Receipt:
        fate = STATUSES.get(request.get("MessageStatus") or request.get("SmsStatus"), Fate.UNKNOWN)
        if fate == Fate.FAILED:
            fate, _ = twilio.ERRORS.get(twilio.code_in(request.get("ErrorCode")), (fate, ""))
        return Receipt(self.name, request.reference or sid, fate, clock.now(), request.raw)

    def _note_stop(self, reference: str, address: str) -> None:
        stop = Incoming(self.name, f"stop-{reference}", self.channel, address, "STOP", clock.now(), automatic=True)
        with self._lock:
            self._stops.append(stop)


@lru_cache(maxsize=32)
def _shared(sender: str, body: str, validity: int | None) -> str:
    """Return the fields that many texts have in common."""
    is_service = sender.startswith("MG") and bool(twilio.SID.fullmatch(sender))
    whose = {"MessagingServiceSid": sender} if is_service else {"From": sender}
    return twilio.form({**whose, "Body": body, "ValidityPeriod": validity}).decode()


def _validity(message: Outgoing) -> int | None:
    if message.until is None:
        return None
    left = int((message.until - clock.now()).total_seconds())
    return min(max(left, SHORTEST), LONGEST)
