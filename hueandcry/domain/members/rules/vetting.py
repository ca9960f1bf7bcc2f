"""Which checks a tier needs, how long each holds, and when somebody's tier ends. Pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from hueandcry.domain.members.rules.kinds import CheckKind, MemberError, Tier

# Who hears more than others was checked first. A force that wants it otherwise changes a row.
NEEDS: dict[Tier, frozenset[CheckKind]] = {
    Tier.VETTED: frozenset({CheckKind.VETTING}),
    # A key individual was also told what they are, and what they are not (pitfall 4).
    Tier.KIN: frozenset({CheckKind.VETTING, CheckKind.TRAINING}),
}
HOLDS_DAYS: dict[CheckKind, int] = {CheckKind.VETTING: 3 * 365, CheckKind.TRAINING: 2 * 365}
LONGEST_DAYS = 10 * 365
OLDEST_DAYS = 20 * 365
ENDS_SOON_DAYS = 30


@dataclass(frozen=True)
class CheckLine:
    """One check of a member as screens show it."""

    kind: CheckKind
    done_on: dt.date
    ends_on: dt.date | None
    by: str

    def stands(self, today: dt.date) -> bool:
        """Say whether it holds today."""
        return self.done_on <= today and (self.ends_on is None or today <= self.ends_on)


@dataclass(frozen=True)
class TierLine:
    """Somebody above an ordinary member as the list of checks shows them; no check on record: brought over so."""

    ref: str
    name: str = field(repr=False)
    tier: Tier
    until: dt.date | None
    checked: bool
    ended: bool


def check_dates(*, kind: CheckKind, done_on: dt.date, ends_on: dt.date | None, today: dt.date) -> dt.date:
    """Return the last day on which a check holds: the one given, else as long as its kind holds.

    Raises:
        MemberError: a day cannot be right.
    """
    if done_on > today:
        raise MemberError("A check cannot have been done in the future: put the day on which it was done.")
    if (today - done_on).days > OLDEST_DAYS:
        raise MemberError("That check is more than 20 years old: have it done again.")
    end = ends_on or done_on + dt.timedelta(days=HOLDS_DAYS[kind])
    if end < done_on:
        raise MemberError("The last day lies before the day of the check: change one of them.")
    if (end - done_on).days > LONGEST_DAYS:
        raise MemberError("No check holds longer than ten years: put an earlier last day.")
    return end


def tier_until(*, tier: Tier, checks: Iterable[CheckLine], today: dt.date) -> dt.date | None:
    """Return the last day of a tier: the earliest end of the checks that it needs; None for a tier without any.

    Raises:
        MemberError: a check that the tier needs is missing or over.
    """
    ends: list[dt.date] = []
    standing = [line for line in checks if line.stands(today)]
    for kind in sorted(NEEDS.get(tier, frozenset())):
        of_kind = [line.ends_on for line in standing if line.kind == kind]
        if not of_kind:
            raise MemberError(
                f"{tier.label}: write down the {kind.label.lower()} first, with its day: none stands for this member."
            )
        ends.append(max(end or dt.date.max for end in of_kind))
    last = min(ends, default=None)
    return None if last == dt.date.max else last
