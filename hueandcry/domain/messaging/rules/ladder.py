"""The fallback ladder: how long each way is given before the next one is tried, and by which ways somebody is reached.

An urgent alert that did not arrive by text within minutes is spoken on the telephone instead. An important one waits
longer than minutes, but what is known to be lost is not lost for good: it takes the next way too. Pure.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.members.rules.preferences import ladder
from hueandcry.domain.messaging.rules.life import DeliveryState

# Minutes that a way is given. A phone that is on shows a notification at once and says so, and WhatsApp says when a
# message is there; a text is there within seconds or not at all soon; a call rings for a minute and may be tried again
# by the provider; an e-mail is read when somebody looks. What is not urgent is not climbed for being late.
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
# What is important goes on where it is known not to have arrived: by these ways, which say so at once and for reasons
# that are not the member's (a browser that was set up anew, Meta's own limits). A text that fails has found its phone
# off: nobody is rung for what keeps until tomorrow.
LOST_BY: dict[Priority, tuple[Channel, ...]] = {Priority.IMPORTANT: (Channel.PUSH, Channel.WHATSAPP)}
# Nobody is written a letter because a message failed: it is days late, and somebody walks.
NEVER_CLIMBED_TO = (Channel.POST,)
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

# The priorities of which anything is climbed at all.
CLIMBED = (*WAITS, *LOST_BY)

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


def lost_by(priority: Priority) -> tuple[Channel, ...]:
    """Return the ways from which a message of this priority that failed goes on to the next one."""
    return tuple(waits_of(priority)) or LOST_BY.get(priority, ())


def next_ways(priority: Priority, *, tried: Collection[str], poor: Collection[str]) -> tuple[Channel, ...]:
    """Return the ways that are left, the first to try first; those that often failed for this member come last."""
    if not lost_by(priority):
        return ()
    left = [channel for channel in ladder(priority) if channel not in NEVER_CLIMBED_TO and channel not in tried]
    return tuple(sorted(left, key=lambda channel: channel in poor))


def is_silence(*, silent: int, handed: int) -> bool:
    """Say whether so many without a receipt say something of their phones, and not of the provider's receipts."""
    return silent <= MOST_SILENT or silent <= MOST_SILENT_SHARE * handed


def best_of(states: Sequence[DeliveryState]) -> DeliveryState:
    """Return where somebody stands whom several ways were tried for."""
    return min(states, key=BEST_FIRST.index)
