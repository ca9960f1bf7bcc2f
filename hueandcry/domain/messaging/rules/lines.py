"""Messages as screens and other rooms read them. Pure."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.rules.commands import Command
from hueandcry.domain.messaging.rules.life import DeliveryState, MessageKind
from hueandcry.kit.words import ENGLISH, LANGUAGES, speaking


@dataclass(frozen=True)
class Words:
    """What is said, by channel: `text` for texts, `spoken` for calls, `subject` and `email` for e-mail.

    `{page}` in `email` becomes the link to the member's own page. `also` has the same in other languages, for members
    who chose one of them.
    """

    text: str
    spoken: str
    subject: str
    email: str
    also: Mapping[str, "Words"] = field(default_factory=dict, compare=False)


def in_every_language(build: Callable[[], Words]) -> Words:
    """Return words as English says them, with what they are in each other language where that differs."""
    with speaking(ENGLISH):
        first = build()
    also = {}
    for language in LANGUAGES:
        with speaking(language):
            words = build()
        if words != first:
            also[language] = words
    return replace(first, also=also)


@dataclass(frozen=True)
class Progress:
    """Where one message's deliveries stand.

    Attributes:
        total: deliveries made; somebody whom several ways were tried for counts once, where the best of them stands.
        by_state: how many in each state (states with none are left out); they add up to the total.
        by_channel: for each channel, how many in each state, each way that was tried counted.
        first_at, last_at: seconds from queueing to the first and the last hand-over; None before it.
        waiting: deliveries still due.
    """

    total: int
    by_state: dict[DeliveryState, int]
    by_channel: dict[str, dict[DeliveryState, int]]
    first_after: float | None
    last_after: float | None
    waiting: int


@dataclass(frozen=True)
class InboundLine:
    """One message from somebody, as other rooms read it.

    Attributes:
        about: what it answers, e.g. alert:K7M2PQ; empty when it came out of the blue.
        organisation_id: whose message it answers, else the force.
        bridge: the reference of the group elsewhere that it came by; empty when it came by none.
    """

    ref: str
    conversation_ref: str
    about: str
    member_id: int | None
    organisation_id: int
    channel: str
    body: str = field(repr=False)
    command: Command
    received_at: dt.datetime
    bridge: str = ""


@dataclass(frozen=True)
class ThreadLine:
    """One message of a conversation as a screen shows it: theirs with its command, ours with what became of it."""

    at: dt.datetime
    ours: bool
    body: str = field(repr=False)
    kind: MessageKind | None
    state: DeliveryState | None
    command: Command | None
    ref: str


@dataclass(frozen=True)
class Thread:
    """A conversation with one address about one thing, oldest message first."""

    ref: str
    about: str
    channel: str
    address: str = field(repr=False)
    member_id: int | None
    opened_at: dt.datetime
    last_at: dt.datetime
    lines: tuple[ThreadLine, ...]


@dataclass(frozen=True)
class Answered:
    """Who answered about one thing: conversations that hold an answer, and the members among them."""

    conversations: int
    member_ids: tuple[int, ...]


@dataclass(frozen=True)
class ReceivedLine:
    """One message as its member's own page shows it."""

    at: dt.datetime
    channel: Channel
    text: str


@dataclass(frozen=True)
class PhoneLine:
    """One message on a sandbox phone."""

    at: dt.datetime
    from_phone: bool
    subject: str
    body: str
    gateway: str


@dataclass(frozen=True)
class Phone:
    """A sandbox phone, mailbox or landline with its last messages, newest first."""

    address: str
    channel: str
    lines: tuple[PhoneLine, ...]
