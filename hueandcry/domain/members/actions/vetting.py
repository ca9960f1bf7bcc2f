"""Writing down how far a member was checked and taught."""

import datetime as dt

from django.db import transaction

from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.models import Vetting
from hueandcry.domain.members.queries.vetting import checks_of
from hueandcry.domain.members.rules import CheckKind, MemberError, Tier
from hueandcry.domain.members.rules.vetting import check_dates, tier_until
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock

__all__ = ["MemberError", "write_check"]


@transaction.atomic
def write_check(
    *, member_id: int, kind: CheckKind, done_on: dt.date, ends_on: dt.date | None = None, actor: str
) -> Vetting:
    """Write down a check of a member; their tier then holds until the first check ends.

    Logged as `member.checked`. The same check written down twice counts once.

    Raises:
        MemberError: a day cannot be right, or they have left.
    """
    end = check_dates(kind=kind, done_on=done_on, ends_on=ends_on, today=clock.today())
    member = locked(member_id=member_id)
    made, new = Vetting.objects.get_or_create(
        member=member, kind=kind, done_on=done_on, ends_on=end, defaults={"by": actor, "at": clock.now()}
    )
    if not new:
        return made
    try:
        # A fresh check prolongs the tier; one that is still missing leaves it as it was brought over.
        until = tier_until(tier=Tier(member.tier), checks=checks_of(member_id=member.pk), today=clock.today())
    except MemberError:
        until = member.tier_until
    if until != member.tier_until:
        member.tier_until = until
        member.save(update_fields=["tier_until"])
    log("member.checked", subject=f"member:{member.ref}", actor=actor, check=kind.value, until=str(end))
    return made
