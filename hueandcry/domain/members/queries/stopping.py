"""Questions about addresses that asked to stop: only their hashes are kept."""

import datetime as dt
from collections.abc import Iterable, Sequence

from hueandcry.domain.members.models import ContactPoint, Member, Suppression
from hueandcry.domain.members.rules import Channel, MemberState
from hueandcry.domain.members.rules.stopping import OF_WHOEVER_LEFT, address_hash


def stopped_since(*, channel: Channel, address: str, organisation_id: int) -> dt.datetime | None:
    """Return since when this address wants nothing from this organisation by this channel, or None."""
    return stopped_among(channel=channel, addresses=[address], organisation_id=organisation_id).get(address)


def stopped_among(
    *, channel: Channel, addresses: Iterable[str], organisation_id: int, left: bool = False
) -> dict[str, dt.datetime]:
    """Return which of these addresses want nothing from this organisation by this channel, each with since when.

    `left`: those of whoever left and asked for nothing more count too, as they do for a file.
    """
    whose: dict[bytes, str] = {}
    for address in addresses:
        whose[address_hash(channel, address)] = address
        whose[address_hash(channel, address, organisation_id)] = address
    rows = Suppression.objects.filter(channel=channel, address_hash__in=list(whose))
    if not left:
        rows = rows.exclude(facts=OF_WHOEVER_LEFT)
    found: dict[str, dt.datetime] = {}
    for kept, since in rows.order_by("-since").values_list("address_hash", "since"):
        found[whose[bytes(kept)]] = since
    return found


def stopped_contacts(*, member_id: int, organisation_id: int) -> dict[int, dt.datetime]:
    """Return which of a member's numbers for texts stopped this organisation, each with since when, by their ids."""
    rows = ContactPoint.objects.filter(member=member_id, channel=Channel.SMS).values_list("address", "pk")
    whose = dict(rows)
    stopped = stopped_among(channel=Channel.SMS, addresses=whose, organisation_id=organisation_id)
    return {whose[address]: since for address, since in stopped.items()}


def paused_among(*, member_ids: Sequence[int]) -> list[int]:
    """Return the ids of those of these members who pause."""
    rows = Member.objects.filter(pk__in=list(member_ids), state=MemberState.PAUSED)
    return list(rows.order_by("pk").values_list("pk", flat=True))
