"""Questions about checks: what stands for a member, whose tier ends soon, who has none on record."""

import datetime as dt

from django.db.models import Q

from hueandcry.domain.members.models import Member, MemberQuerySet, Vetting
from hueandcry.domain.members.rules import CheckKind, MemberState, Tier
from hueandcry.domain.members.rules.vetting import ENDS_SOON_DAYS, NEEDS, CheckLine, TierLine
from hueandcry.domain.organisations.models import Officer
from hueandcry.kit import clock

__all__ = ["checks_of", "count_ending", "tiers"]


def checks_of(*, member_id: int) -> list[CheckLine]:
    """Return every check of a member, the last first."""
    rows = Vetting.objects.filter(member=member_id).order_by("-done_on", "-pk")
    return [CheckLine(CheckKind(row.kind), row.done_on, row.ends_on, row.by) for row in rows]


def tiers(*, officer: Officer, soon: bool = False, unchecked: bool = False) -> list[TierLine]:
    """Return the members above an ordinary one, first whose tier ends first; `soon`: within 30 days or ended already.

    `unchecked` keeps those without any check on record: they were brought over so, and keep their tier.
    """
    today = clock.today()
    rows = _above(officer)
    if soon:
        rows = rows.filter(tier_until__lte=today + dt.timedelta(days=ENDS_SOON_DAYS))
    if unchecked:
        rows = rows.filter(vettings=None)
    found = list(rows.order_by("tier_until", "name", "pk").values_list("pk", "ref", "name", "tier", "tier_until"))
    checked = set(Vetting.objects.filter(member__in=[row[0] for row in found]).values_list("member_id", flat=True))
    return [
        TierLine(ref, name, Tier(tier), until, pk in checked, ended=until is not None and until < today)
        for pk, ref, name, tier, until in found
    ]


def count_ending(*, officer: Officer) -> int:
    """Count whose tier ends within 30 days or has ended."""
    limit = clock.today() + dt.timedelta(days=ENDS_SOON_DAYS)
    return _above(officer).filter(Q(tier_until__lte=limit)).count()


def _above(officer: Officer) -> MemberQuerySet:
    rows = MemberQuerySet(Member).visible_to(officer).exclude(state=MemberState.LEFT)
    return rows.filter(tier__in=[tier.value for tier in NEEDS])
