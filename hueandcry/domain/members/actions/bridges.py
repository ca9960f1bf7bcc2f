"""Groups elsewhere (WhatsApp, a club's list) that members carry alerts to."""

import secrets

from django.db import transaction

from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.models import Bridge
from hueandcry.domain.members.rules import MemberError
from hueandcry.domain.members.rules.schemes import GROUP_MOST, MOST_BRIDGES, MOST_IN_A_GROUP, is_bridge_code
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.integrity import until_ref_is_free
from hueandcry.kit.refs import ALPHABET
from hueandcry.kit.words import say

_LENGTH = 4


@transaction.atomic
def open_bridge(*, member_id: int, name: str, people: int | None = None, scheme_id: int | None = None) -> Bridge:
    """Keep that a member carries alerts to a group elsewhere, and give it a code. Logged as `bridge.opened`.

    Raises:
        MemberError: it has no name, the name is too long, so many cannot be, or they have enough groups.
    """
    member = locked(member_id=member_id)
    name = " ".join(name.split())
    if not name:
        raise MemberError(say("Write what the group is called, such as Holt farmers (WhatsApp)."))
    if len(name) > GROUP_MOST:
        raise MemberError(
            say("Shorten the group's name to {group_most} characters: it has {len}.").format(
                group_most=GROUP_MOST, len=len(name)
            )
        )
    if people is not None and not 1 <= people <= MOST_IN_A_GROUP:
        raise MemberError(
            say("Write about how many read it: between 1 and {most_in_a_group:,}.").format(
                most_in_a_group=MOST_IN_A_GROUP
            )
        )
    standing = Bridge.objects.filter(member=member, ended_at=None)
    known = standing.filter(name__iexact=name).first()
    if known is not None:
        return known
    if standing.count() >= MOST_BRIDGES:
        raise MemberError(
            say("You carry alerts to {most_bridges} groups already: end one first.").format(most_bridges=MOST_BRIDGES)
        )
    made = until_ref_is_free(
        lambda: Bridge.objects.create(
            code=_new_code(), member=member, scheme_id=scheme_id, name=name, people=people, made_at=clock.now()
        ),
        constraint="members_bridge_code_key",
    )
    log("bridge.opened", subject=f"bridge:{made.ref}", actor=f"member:{member.ref}", people=people)
    return made


@transaction.atomic
def end_bridge(*, member_id: int, bridge_ref: str) -> None:
    """Carry alerts to a group no more: its cards are gone, its code is read as an ended group's.

    Logged as `bridge.ended`.

    Raises:
        NotHereError: it is not this member's.
    """
    member = locked(member_id=member_id)
    try:
        bridge = Bridge.objects.select_for_update(no_key=True).get(member=member, ref=bridge_ref)
    except Bridge.DoesNotExist:
        raise NotHereError(f"bridge:{bridge_ref}") from None
    if bridge.ended_at is not None:
        return
    bridge.ended_at = clock.now()
    bridge.save(update_fields=["ended_at"])
    log("bridge.ended", subject=f"bridge:{bridge.ref}", actor=f"member:{member.ref}")


def _new_code() -> str:
    """Return a random code that is no word: a letter first, and a figure among the four."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
        if is_bridge_code(code):
            return code
