"""When an address is used no more because messages come back from it. Pure."""

import datetime as dt
from dataclasses import dataclass

from hueandcry.domain.members.rules import Channel


@dataclass(frozen=True)
class Patience:
    """What is borne of an address that refuses for now: on so many days within so long, with nothing taken between."""

    days: int
    within: dt.timedelta


# A full mailbox is emptied after a holiday; one that is full for weeks is read by nobody. What comes back for good is
# not in this table: once is enough.
PATIENCE: dict[Channel, Patience] = {Channel.EMAIL: Patience(days=3, within=dt.timedelta(days=30))}

# A provider with a bad hour says of everybody that there is no such number. Where more than a quarter of what one took
# within a day comes back, and not just a handful, nobody is suspended for it: an address that is really gone comes back
# with the next message too.
DOUBTED_FROM = 50
DOUBTED_SHARE = 0.25
DOUBTED_WITHIN = dt.timedelta(days=1)

# Somebody is asked about one address once in so long; for as long their answer is taken as one.
ASKED_FOR = dt.timedelta(days=90)
# By which way somebody is asked about a broken one.
ASKED_BY: dict[Channel, tuple[Channel, ...]] = {
    Channel.EMAIL: (Channel.SMS,),
    Channel.SMS: (Channel.EMAIL,),
    Channel.VOICE: (Channel.EMAIL,),
    Channel.WHATSAPP: (Channel.SMS, Channel.EMAIL),
}


def is_doubted(*, came_back: int, handed: int) -> bool:
    """Say whether so many of what a provider took came back that the provider is at fault, and not the addresses."""
    return came_back > DOUBTED_FROM and came_back > DOUBTED_SHARE * handed


def is_enough(*, channel: Channel, moments: list[dt.datetime], last_taken: dt.datetime | None) -> bool:
    """Say whether refusals for now, at these moments, are enough to use an address no more."""
    patience = PATIENCE.get(channel)
    if patience is None or not moments:
        return False
    since = max(moments) - patience.within
    days = {one.date() for one in moments if one >= since and (last_taken is None or one > last_taken)}
    return len(days) >= patience.days
