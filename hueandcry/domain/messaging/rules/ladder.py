"""The fallback ladder: how long each way is given before the next one is tried, and by which ways somebody is reached.

An urgent alert that did not arrive by text within minutes is spoken on the telephone instead. Pure.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.members.rules.preferences import ladder
from hueandcry.domain.messaging.rules.life import DeliveryState

# Minutes that a way is given. A phone that is on shows a notification at once and says so, and WhatsApp says when a
# message is there; a text is there within seconds or not at all soon; a call rings for a minute and may be tried again
# by the provider; an e-mail is read when somebody looks. What is not urgent is not climbed.
WAITS: dict[Priority, dict[Channel, dt.timedelta]] = {
    Priority.EMERGENCY: {
        Channel.PUSH: dt.timedelta(minutes=1),
        Channel.WHATSAPP: dt.timedelta(minutes=1),
        Channel.SMS: dt.timedelta(minutes=2),
        Channel.VOICE: dt.timedelta(minutes=3),
        Channel.EMAIL: dt.timedelta(minutes=5),
    },
    Priority.URGENT: {
        Channel.PUSH: dt.timedelta(minutes=2),
        Channel.WHATSAPP: dt.timedelta(minutes=3),
        Channel.SMS: dt.timedelta(minutes=5),
        Channel.VOICE: dt.timedelta(minutes=5),
        Channel.EMAIL: dt.timedelta(minutes=15),
    },
}
# An alert of yesterday is not spoken on anybody's telephone today.
CLIMBED_FOR = dt.timedelta(hours=24)
# What is due later than this sleeps until its member's hours begin: it waits for nothing.
SLEEPS = dt.timedelta(minutes=15)
# Where most texts of a large alert are without a word, the provider's receipts are late, not half the county's phones
# off: nobody is rung for that. What is known not to have arrived is climbed all the same.
MOST_SILENT = 50
MOST_SILENT_SHARE = 0.5
# "No receipt" says something only of a provider that gives receipts: one of its last so many is enough.
LAST_RECEIPTS = 20_000

# ---- learned: which way works for whom
LEARNED_FROM = dt.timedelta(days=90)
FEWEST = 3
FAILS_OFTEN = 0.5

# A member whom several ways were tried for stands where the best of them stands.
BEST_FIRST: tuple[DeliveryState, ...] = (
    DeliveryState.SEEN,
    DeliveryState.DELIVERED,
    DeliveryState.ACCEPTED,
    DeliveryState.BUNDLED,
    DeliveryState.LEASED,
    DeliveryState.QUEUED,
    DeliveryState.UNCERTAIN,
    DeliveryState.HELD,
    DeliveryState.TO_PRINT,
    DeliveryState.FAILED,
    DeliveryState.BOUNCED,
    DeliveryState.EXPIRED,
    DeliveryState.STOPPED,
    DeliveryState.CANCELLED,
)


def waits_of(priority: Priority) -> dict[Channel, dt.timedelta]:
    """Return how long each way is given at this priority; nothing for what is not climbed."""
    return WAITS.get(priority, {})


def next_ways(priority: Priority, *, tried: Collection[str], poor: Collection[str]) -> tuple[Channel, ...]:
    """Return the ways that are left, the first to try first; those that often failed for this member come last.

    Nobody is written a letter for something urgent: only ways that have a time of their own are climbed to.
    """
    left = [channel for channel in ladder(priority) if channel in waits_of(priority) and channel not in tried]
    return tuple(sorted(left, key=lambda channel: channel in poor))


def is_silence(*, silent: int, handed: int) -> bool:
    """Say whether so many without a receipt say something of their phones, and not of the provider's receipts."""
    return silent <= MOST_SILENT or silent <= MOST_SILENT_SHARE * handed


def best_of(states: Sequence[DeliveryState]) -> DeliveryState:
    """Return where somebody stands whom several ways were tried for."""
    return min(states, key=BEST_FIRST.index)
