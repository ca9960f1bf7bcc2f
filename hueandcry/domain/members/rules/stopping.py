"""What is kept of an address that asked to stop, and how a later yes from others than its owner is refused. Pure."""

import datetime as dt
import hashlib

from hueandcry.domain.members.rules.kinds import Channel, ConsentHow

# Given from the address itself, by a text or a key: whoever does so wants to hear from us there again.
OWN_ACT = frozenset({ConsentHow.TEXT, ConsentHow.VOICE})
# What marks the hash of whoever left: no file brings them back, and what they say themselves, at the door too, does.
OF_WHOEVER_LEFT = {"left": True}


def address_hash(channel: str, address: str, organisation_id: int | None = None) -> bytes:
    """Return what is kept of a stopped address; without organisation the same as messaging computes in the database."""
    one = "" if organisation_id is None else f":{organisation_id}"
    return hashlib.sha256(f"{channel}:{address}{one}".encode()).digest()


def stopped_sentence(*, channel: Channel, since: dt.date) -> str:
    """Say why nothing can be agreed for a stopped address, and what to do."""
    day = f"{since.day} {since:%B %Y}"
    if channel == Channel.EMAIL:
        return f"This address asked us to stop on {day}: they can write START to us from it."
    if channel == Channel.VOICE:
        return f"This number asked us to stop on {day}: they can ring us from it, and press 1 when we ring back."
    if channel == Channel.POST:
        return f"This address asked us to stop on {day}: ask them to write to us."
    ways = "they can text START or JOIN from it, or you send them the question now"
    return f"This number asked us to stop on {day}: {ways}."
