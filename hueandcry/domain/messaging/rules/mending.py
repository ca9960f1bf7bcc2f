"""When an address is used no more because messages come back from it. Pure."""

import datetime as dt
from dataclasses import dataclass, field

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
# An officer may have them asked anew sooner, when there is a reason; not twice a day.
ASKED_ANEW_AFTER = dt.timedelta(days=1)
# By which way somebody is asked about a broken one.
ASKED_BY: dict[Channel, tuple[Channel, ...]] = {
    Channel.EMAIL: (Channel.SMS,),
    Channel.SMS: (Channel.EMAIL,),
    Channel.VOICE: (Channel.EMAIL,),
    Channel.WHATSAPP: (Channel.SMS, Channel.EMAIL),
}


@dataclass(frozen=True)
class CameBack:
    """An address that is used no more because messages came back from there.

    Attributes:
        why: in our own words; whoever mends it needs to know whether it is gone or full.
        ways: by which they can be asked about it now; empty where somebody has to ring or visit them.
        asked_at: when they were asked last, `asked_by` by which way.
    """

    contact_id: int
    member_ref: str
    name: str = field(repr=False)
    channel: Channel
    address: str = field(repr=False)
    since: dt.datetime
    why: str
    ways: tuple[Channel, ...]
    asked_at: dt.datetime | None = None
    asked_by: Channel | None = None


# Why, where the provider or relay said nothing more.
WHY: dict[Channel, str] = {
    Channel.EMAIL: "There is no such address.",
    Channel.SMS: "There is no such number, or it takes no texts.",
    Channel.VOICE: "There is no such number.",
    Channel.WHATSAPP: "The number is not on WhatsApp.",
    Channel.PUSH: "The browser is gone: they have to press the button anew on their page.",
}
REFUSED_FOR_LONG = "Full, or closed for weeks."


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
