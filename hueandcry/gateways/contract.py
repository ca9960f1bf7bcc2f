"""The whole language between us and a provider: what goes out, what comes back, what went wrong."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from hueandcry.kit.kinds import Kind


class Fate(Kind):
    """What became of one message, in our own words; a provider's words are translated by its table."""

    ACCEPTED = "accepted", "Handed over"
    DELIVERED = "delivered", "Delivered"
    SEEN = "seen", "Seen or answered"
    BOUNCED = "bounced", "No such number or address"
    FAILED = "failed", "Not delivered"
    EXPIRED = "expired", "Too late to deliver"
    UNKNOWN = "unknown", "A word of the provider that we do not know"


class Again(Kind):
    """What happens when a message that was perhaps handed over is handed over once more."""

    KNOWN = "known", "The provider knows our reference: there is one message, however often it is handed over"
    SAME = "same", "It may come twice, as the same message: an e-mail with one Message-ID"
    NEVER = "never", "It would come twice, and cost twice: a person decides"


# Made for each message: a frozen one takes seven times as long to make. Nobody changes them.
@dataclass(slots=True)
class Outgoing:
    """One message to one address. `reference` is ours, and stays the same when it is sent again.

    Attributes:
        language: what it is written in (en, cy, pl): the voice that reads it, the form of a letter.
        until: not worth delivering after this moment; a provider that can be told is told.
        urgent: goes before others where the provider has an order.
        short: the form to leave on an answering machine; a phone call only.
        link: the page that it is about, for those channels that carry one beside the words.
        before: it was perhaps handed over before; a provider that can be asked by our reference is asked first.
        own_keys: a phone call whose words say themselves what each key does; nothing is added to them.
    """

    reference: str
    address: str = field(repr=False)
    body: str = field(repr=False)
    subject: str = field(default="", repr=False)
    sender: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    language: str = "en"
    until: dt.datetime | None = None
    urgent: bool = False
    short: str = field(default="", repr=False)
    link: str = field(default="", repr=False)
    before: bool = False
    own_keys: bool = False


@dataclass(slots=True)
class Handover:
    """What the provider said when it was handed one message.

    `fate` is ACCEPTED, or BOUNCED/FAILED when it refused for good; `try_again` when it may take it later.

    Attributes:
        wait_s: with `try_again`, it asked us to go slower: nothing for it for so many seconds, and no attempt counted.
        perhaps: with `try_again`, it went and no answer came: what `Gateway.again` says decides.
        parts: how many the provider will bill, when it says so; 0 leaves it to our own count.
    """

    reference: str
    fate: Fate
    provider_ref: str = ""
    detail: str = ""
    try_again: bool = False
    wait_s: float | None = None
    perhaps: bool = False
    parts: int = 0


@dataclass(frozen=True)
class Receipt:
    """What the provider says later of a message that it took."""

    gateway: str
    provider_ref: str
    fate: Fate
    at: dt.datetime
    raw: str = ""


@dataclass(frozen=True)
class Incoming:
    """A message from somebody: text, e-mail, key pressed in a call. `provider_ref` is unique for one gateway.

    In a call `body` is the keys that were pressed; empty when somebody rang and hung up before we answered.
    `automatic` when a machine sent it (RFC 3834, `Auto-Submitted`): it is read, but never answered by ours.
    `answers` is our reference of what it answers, where the way that it came proves it.
    """

    gateway: str
    provider_ref: str
    channel: str
    sender: str = field(repr=False)
    body: str = field(repr=False)
    received_at: dt.datetime
    raw: str = field(default="", repr=False)
    automatic: bool = False
    answers: str = ""


class GatewayError(Exception):
    """The provider cannot be spoken to at all; `lasting` when trying again is no use."""

    def __init__(self, sentence: str, *, lasting: bool = False) -> None:
        super().__init__(sentence)
        self.lasting = lasting


class ForgedError(GatewayError):
    """A request to us whose signature is missing or wrong: nothing of it is believed."""

    def __init__(self) -> None:
        super().__init__("The signature is wrong.", lasting=True)


class UnreadableError(GatewayError):
    """A signed request to us that cannot be read."""

    def __init__(self) -> None:
        super().__init__("This cannot be read.", lasting=True)


@dataclass(frozen=True)
class Told:
    """A request that a provider makes to us: a webhook, at `/hooks/<gateway>/<what>/`.

    Attributes:
        what: the last part of the address, which the gateway chose: status, text, call.
        address: the whole address as the provider knows it, with what stands after the question mark.
        headers: by name in small letters.
    """

    what: str
    address: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Heard:
    """What a gateway read in such a request, and what the provider wants to be answered.

    A receipt names what the hand-over gave as `provider_ref`. A gateway whose provider gives our own reference back
    gives that one there: then receipts find a message of which nobody knew whether it was taken.

    Attributes:
        unanswered: references of calls that nobody took, and where trying once more is worth it.
        machines: our reference and the provider's name of each call that a machine took: it is to hear the short form.
        body: what is answered, such as what to say next in a call.
    """

    receipts: Sequence[Receipt] = ()
    incoming: Sequence[Incoming] = ()
    unanswered: Sequence[str] = ()
    machines: Sequence[tuple[str, str]] = ()
    body: str = ""
    content_type: str = "text/plain"


# What was handed over under a reference of ours; None when there is nothing, or it is over.
Said = Callable[[str], Outgoing | None]


class Gateway(Protocol):
    """One provider of one channel. Everything is in batches; a gateway may be asynchronous inside its own file.

    `again` says what happens to a message that was perhaps handed over: after a crash, a silence, a broken line.
    One gateway of a process is used by several threads at once.
    """

    name: str
    channel: str
    again: Again

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Hand messages over; yield one Handover each, as soon as it is known, in any order.

        Raises:
            GatewayError: the provider cannot be spoken to; what was yielded before stands, the rest did not go.
        """
        ...

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return some of the receipts and messages that came over its own connection; nothing when all is told.

        The caller calls it inside the transaction that keeps them, until nothing comes, and bears being told twice.
        """
        ...

    def check(self) -> str:
        """Return an empty text when the provider can be spoken to, else what is wrong (for `doctor`)."""
        ...


@runtime_checkable
class Hears(Protocol):
    """A gateway whose provider tells us things by requests to us; every other gateway has no address under /hooks/."""

    name: str

    def hears(self, told: Told, said: Said) -> Heard:
        """Read one request, after its signature: whatever is in it may be a lie, doubled, late or out of order.

        Raises:
            ForgedError: the signature is missing or wrong.
            UnreadableError: it is signed, and nonsense.
            NotHereError: this gateway has no such address.
        """
        ...


@runtime_checkable
class Vouches(Protocol):
    """A gateway whose provider looks once with GET whether the address is ours."""

    def vouches(self, told: Told) -> str:
        """Return what the provider wants to hear.

        Raises:
            ForgedError: whoever asks does not know the secret.
        """
        ...


@runtime_checkable
class Interrupts(Protocol):
    """A gateway that can say something else in a call that is going on."""

    def interrupt(self, message: Outgoing, call: str) -> None:
        """Leave the short form of a message on the machine that took the call.

        Raises:
            GatewayError: it could not be said.
        """
        ...
