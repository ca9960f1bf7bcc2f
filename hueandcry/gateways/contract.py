"""The whole language between us and a provider: what goes out, what comes back, what went wrong."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

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


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one address. `reference` is ours, and stays the same when it is sent again.

    Attributes:
        language: what it is written in (en, cy, pl): the voice that reads it, the form of a letter.
        until: not worth delivering after this moment; a provider that can be told is told.
        urgent: goes before others where the provider has an order.
        short: the form to leave on an answering machine; a phone call only.
        link: the page that it is about, for those channels that carry one beside the words.
        before: it was perhaps handed over before; a provider that can be asked by our reference is asked first.
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


@dataclass(frozen=True, slots=True)
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
    """

    gateway: str
    provider_ref: str
    channel: str
    sender: str = field(repr=False)
    body: str = field(repr=False)
    received_at: dt.datetime
    raw: str = field(default="", repr=False)
    automatic: bool = False


class GatewayError(Exception):
    """The provider cannot be spoken to at all; `lasting` when trying again is no use."""

    def __init__(self, sentence: str, *, lasting: bool = False) -> None:
        super().__init__(sentence)
        self.lasting = lasting


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
