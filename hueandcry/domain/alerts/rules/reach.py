"""Who must agree before an alert goes out, and how an audience is kept. Pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hueandcry.domain.alerts.rules.kinds import AlertError, Finding, Sighting
from hueandcry.domain.members.rules import AudienceQuestion, Tier
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.rules import Circle

# Above this many members the approver types the number (domain.md pitfall 44).
TYPED_ABOVE = 5_000

# A sighting is news for so long; half of what part of a plate may have (ADR 14).
RELAY_LIFE = dt.timedelta(hours=6)
# How far round a sighting people hear of it, unless the officer says otherwise.
RELAY_RADIUS_M = 5_000.0

# What the send check finds here always takes a second officer, whatever the reach.
ALWAYS_SECOND = frozenset({"protected"})


@dataclass(frozen=True)
class Reach:
    """One row: these levels, at most so many members, by who has this permission, take so many other officers."""

    levels: frozenset[Tier]
    most: int | None
    holder: Permission
    approvals: int


# The first row that fits decides (ADR 7). A force that wants it stricter changes a row.
REACH: tuple[Reach, ...] = (
    Reach(frozenset({Tier.VETTED, Tier.KIN}), 300, Permission.ALERT_FAST, 0),
    Reach(frozenset(Tier), None, Permission.ALERT_WRITE, 1),
)


def approvals_needed(*, level: Tier, members: int, may: frozenset[Permission], findings: Iterable[Finding] = ()) -> int:
    """Return how many other officers must agree: 0 is the fast lane.

    Raises:
        AlertError: no row allows this officer to send at all.
    """
    touchy = any(finding.code in ALWAYS_SECOND for finding in findings)
    for row in REACH:
        fits = level in row.levels and (row.most is None or members <= row.most) and row.holder in may
        if fits and not (touchy and row.approvals == 0):
            return row.approvals
    raise AlertError("Ask somebody who may write alerts to send this one.")


def typed_needed(*, members: int) -> str:
    """Return what the approver must type: the number of members when it is large, else nothing."""
    return str(members) if members > TYPED_ABOVE else ""


def check_typed(*, members: int, typed: str) -> None:
    """Refuse a large release whose number was not typed; commas and spaces do not matter.

    Members join and leave all the time, so a number within one in a hundred of today's is taken.

    Raises:
        AlertError: saying what to type.
    """
    if not typed_needed(members=members):
        return
    digits = "".join(sign for sign in typed if sign.isdigit())[:12]
    if not digits or abs(int(digits) - members) * 100 > members:
        raise AlertError(f"This goes to {members:,} members. Type {members} to send it.")


def round_sighting(asked: AudienceQuestion | None, sighting: Sighting, radius_m: float) -> AudienceQuestion:
    """Return the same schemes and level, in a circle round the sighting when it has a point.

    Raises:
        AlertError: nobody was chosen for the first alert.
    """
    if asked is None:
        raise AlertError("Choose who is meant first.")
    if sighting.point is None:
        return asked
    circle = Circle(sighting.point.lon, sighting.point.lat, radius_m + sighting.uncertainty_m)
    return replace(asked, areas=(), polygons=(), circles=(circle,))
