"""The life of a message and how a short answer is read. Pure."""

from dataclasses import dataclass

from hueandcry.kit.kinds import Kind


class MessagingError(ValueError):
    """Something about messages that is refused, in words for a screen."""


class Lane(Kind):
    """Who goes first: an urgent alert never waits behind a newsletter."""

    URGENT = "1urgent", "Urgent"
    NORMAL = "5normal", "Normal"
    BULK = "9bulk", "Bulk"


class MessageKind(Kind):
    """What a message is for."""

    ALERT = "alert", "Alert"
    STAND_DOWN = "stand_down", "Stand-down"
    ENDING = "ending", "What came of it"
    REPLY = "reply", "Reply to one person"
    CONTROL = "control", "Answer to a command such as STOP"


class DeliveryState(Kind):
    """One message to one person: queued > leased > accepted > delivered > seen, or an end on the way."""

    QUEUED = "queued", "Waiting"
    LEASED = "leased", "Being sent"
    ACCEPTED = "accepted", "Handed over"
    DELIVERED = "delivered", "Delivered"
    SEEN = "seen", "Answered or seen"
    BOUNCED = "bounced", "No such number or address"
    FAILED = "failed", "Not delivered"
    EXPIRED = "expired", "Too late to send"
    CANCELLED = "cancelled", "Cancelled before it was sent"
    STOPPED = "stopped", "Not sent: asked to stop"
    UNCERTAIN = "uncertain", "Perhaps sent: a person decides"


# Receipts come late, twice and out of order: a state never gives way to one of lower rank.
RANK: dict[DeliveryState, int] = {
    DeliveryState.QUEUED: 0,
    DeliveryState.LEASED: 1,
    DeliveryState.UNCERTAIN: 2,
    DeliveryState.ACCEPTED: 3,
    DeliveryState.FAILED: 4,
    DeliveryState.EXPIRED: 4,
    DeliveryState.BOUNCED: 5,
    DeliveryState.CANCELLED: 5,
    DeliveryState.STOPPED: 5,
    DeliveryState.DELIVERED: 6,
    DeliveryState.SEEN: 7,
}
DUE = (DeliveryState.QUEUED, DeliveryState.LEASED)
REACHED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.SEEN)


class Command(Kind):
    """What a short text asks of the service itself (domain.md A24)."""

    NONE = "none", "An answer for people to read"
    STOP = "stop", "Stop these messages"
    STOP_ALL = "stop_all", "Stop everything, open cases too"
    START = "start", "Start again"
    HELP = "help", "Help"
    WHO = "who", "Is this really the police?"
    MAYBE_STOP = "maybe_stop", "Perhaps wants to stop: a person decides"


@dataclass(frozen=True)
class Words:
    """What is said, by channel: `text` for texts, `spoken` for calls, `subject` and `email` for e-mail.

    `{page}` in `email` becomes the link to the member's own page.
    """

    text: str
    spoken: str
    subject: str
    email: str


@dataclass(frozen=True)
class Progress:
    """Where one message's deliveries stand.

    Attributes:
        total: deliveries made.
        by_state: how many in each state (states with none are left out).
        by_channel: for each channel, how many in each state.
        first_at, last_at: seconds from queueing to the first and the last hand-over; None before it.
        waiting: deliveries still due.
    """

    total: int
    by_state: dict[DeliveryState, int]
    by_channel: dict[str, dict[DeliveryState, int]]
    first_after: float | None
    last_after: float | None
    waiting: int
