"""The life of a message: what it is for, what becomes of it, how long anything is tried. Pure."""

import datetime as dt
import hashlib

from hueandcry.domain.members.rules import Channel
from hueandcry.kit.kinds import Kind
from hueandcry.kit.text import storable


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
    CORRECTION = "correction", "Correction"
    ENDING = "ending", "What came of it"
    REPLY = "reply", "Reply to one person"
    CONTROL = "control", "Answer to a command such as STOP"
    WELCOME = "welcome", "Welcome or code for somebody who joins"
    NOTE = "note", "Message of a scheme to its own members"
    DIGEST = "digest", "Several messages in one"
    REMINDER = "reminder", "Invitation or reminder"
    QUESTION = "question", "Question whether somebody wants to hear from us"


class DeliveryState(Kind):
    """One message to one person: queued > leased > accepted > delivered > seen, or an end on the way.

    A letter is `to_print` until somebody has taken it away to be carried: no worker ever holds it.
    """

    HELD = "held", "Kept for the next digest"
    QUEUED = "queued", "Waiting"
    TO_PRINT = "to_print", "To be printed"
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
    BUNDLED = "bundled", "Sent as part of a digest"


# Receipts come late, twice and out of order: a state never gives way to one of lower rank.
RANK: dict[DeliveryState, int] = {
    DeliveryState.HELD: 0,
    DeliveryState.QUEUED: 0,
    DeliveryState.TO_PRINT: 0,
    DeliveryState.LEASED: 1,
    DeliveryState.UNCERTAIN: 2,
    DeliveryState.ACCEPTED: 3,
    DeliveryState.FAILED: 4,
    DeliveryState.EXPIRED: 4,
    DeliveryState.BOUNCED: 5,
    DeliveryState.CANCELLED: 5,
    DeliveryState.STOPPED: 5,
    DeliveryState.BUNDLED: 5,
    DeliveryState.DELIVERED: 6,
    DeliveryState.SEEN: 7,
}
DUE = (DeliveryState.QUEUED, DeliveryState.LEASED)
# Not begun: what takes it back ends these.
NOT_BEGUN = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.TO_PRINT)
REACHED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.SEEN)
# Who must hear that it is over: those whom it reached, and those whom it perhaps reached.
TOLD = (*REACHED, DeliveryState.UNCERTAIN)

# What follows an alert to exactly those whom it reached.
FOLLOW_UPS = (MessageKind.STAND_DOWN, MessageKind.CORRECTION)
# What goes to many; a stop ends these, and a stand-down or a correction follows them.
BROADCASTS = (MessageKind.ALERT, *FOLLOW_UPS)
# What a plain STOP takes out of the queue; an open case goes on (domain.md A24).
ENDED_BY_STOP = (
    *BROADCASTS,
    MessageKind.NOTE,
    MessageKind.DIGEST,
    MessageKind.REMINDER,
    MessageKind.QUESTION,
)

# How long a window is a worker's without a word from it, by the database's clock. A worker that lives says so every few
# seconds; what a dead one held is due again within fifteen.
LEASE = dt.timedelta(seconds=12)
RENEW_AFTER = dt.timedelta(seconds=3)
# A gateway that has not come back by then never will: what it has is left to whoever comes next.
RENEW_FOR = dt.timedelta(minutes=5)
# So long a worker tries to write what it knows to a database that went away.
WRITE_WITHIN = dt.timedelta(seconds=30)
# How often every worker looks for rows that wait for nobody, and how long they must have waited.
LOOK_EVERY = dt.timedelta(seconds=1)
NEGLECTED_AFTER = dt.timedelta(seconds=2)
# What was asked for and not begun is asked for again after so long.
ASKED_FOR = dt.timedelta(seconds=10)
# Rows that somebody else holds at the moment of a claim are looked at again so soon.
SKIPPED_FOR = dt.timedelta(seconds=1)
# For so long a message relies on what was asked when it was written; changes are noted for twice as long.
TRUSTED = dt.timedelta(days=2)
# How long one job goes on before it steps back behind other messages.
SLICE = dt.timedelta(seconds=20)
# How long it goes on while another message waits for a worker: messages of one lane take turns.
TURN = dt.timedelta(seconds=1)
# With so many rows left it is worth another worker's while to take part.
SHARE_FROM = 5_000
# How long it lets something more urgent pass before it sends another window of its own.
GIVE_WAY = dt.timedelta(seconds=5)
# Which jobs go first; others of the service have 0.
PRIORITY_OF: dict[Lane, int] = {Lane.URGENT: 90, Lane.NORMAL: 50, Lane.BULK: -10}
# Up to here a provider that takes nothing now is waited for; beyond, the rows go back into the queue.
WAIT_FOR_IT = dt.timedelta(seconds=1)
BACK_OFF = (
    dt.timedelta(seconds=5),
    dt.timedelta(seconds=30),
    dt.timedelta(minutes=2),
    dt.timedelta(minutes=10),
    dt.timedelta(hours=1),
)
# A message without an end of its own is not tried for ever.
KEEP_TRYING = dt.timedelta(hours=72)
# An answer without a reference belongs to what the address last got, if that is not longer ago.
ANSWER_WITHIN = dt.timedelta(hours=72)
# A receipt for a message that we do not know waits this long for it.
ORPHAN_AFTER = dt.timedelta(days=1)
# Before that, one that came so long ago is said to be of a message that we do not know.
STRAY_AFTER = dt.timedelta(minutes=10)
LONGEST_REPLY = 1000
LONGEST_SHORT_CODE = 6
LONGEST_PROVIDER_REF = 80
# A machine at the other end may ask HELP of every answer to HELP: after so many in an hour the service says no more.
MOST_ASKED = 5
# Whoever joins answers two or three questions; more is a machine.
MOST_JOINING = 10
MOST_ASKED_WITHIN = dt.timedelta(hours=1)


def can_hear(*, channel: str, address: str) -> bool:
    """Say whether an answer can go there: not to a withheld number, a short code or a name that a text came from."""
    if channel == Channel.EMAIL:
        return "@" in address
    figures = address.removeprefix("+")
    return figures.isdigit() and len(figures) > LONGEST_SHORT_CODE


def kept_ref(provider_ref: str) -> str:
    """Return a provider's word for a message as we keep it: its hash where it is too long for the column, or odd."""
    if len(provider_ref) <= LONGEST_PROVIDER_REF and provider_ref.isprintable():
        return provider_ref  # nothing that is printed is changed to be kept
    kept = storable(provider_ref)
    return (
        kept if len(kept) <= LONGEST_PROVIDER_REF and kept.isprintable() else hashlib.sha256(kept.encode()).hexdigest()
    )


def back_off(attempts: int) -> dt.timedelta:
    """Return how long to wait after this many attempts: 5 s, 30 s, 2 min, 10 min, then every hour."""
    return BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]
