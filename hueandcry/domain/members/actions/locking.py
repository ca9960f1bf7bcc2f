"""Holding one member while something about them changes."""

from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import MemberError, MemberState
from hueandcry.kit.finding import NotHereError


def locked(*, member_id: int, left: bool = False) -> Member:
    """Return one member, locked; with `left` also one who has left.

    Raises:
        MemberError: they have left.
        NotHereError: there is no such member.
    """
    try:
        # No more than is changed: who writes a delivery or a report for this member need not wait.
        member = Member.objects.select_for_update(no_key=True).get(pk=member_id)
    except Member.DoesNotExist:
        raise NotHereError(f"member:{member_id}") from None
    if member.state == MemberState.LEFT and not left:
        raise MemberError("This member has left: they can join again, as anybody can.")
    return member
