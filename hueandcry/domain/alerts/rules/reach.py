"""Who must agree before an alert goes out, and how an audience is kept. Pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hueandcry.domain.alerts.rules.kinds import AlertError, Finding, Sighting
from hueandcry.domain.members.rules import AudienceQuestion, Channel, Purpose, SchemeKind, Tier
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


def question_to_json(question: AudienceQuestion) -> dict[str, Any]:
    """Return an audience question as it is kept with an alert: never who is left out, for that names people."""
    return {
        "organisation_id": question.organisation_id,
        "areas": list(question.areas),
        "polygons": list(question.polygons),
        "circles": [[circle.lon, circle.lat, circle.radius_m] for circle in question.circles],
        "schemes": list(question.schemes),
        "scheme_kinds": [kind.value for kind in question.scheme_kinds],
        "topics": list(question.topics),
        "lowest_tier": question.lowest_tier.value,
        "purpose": question.purpose.value,
        "channels": [channel.value for channel in question.channels],
    }


def question_from_json(kept: dict[str, Any]) -> AudienceQuestion:
    """Return the audience question that was kept."""
    return AudienceQuestion(
        organisation_id=kept["organisation_id"],
        areas=tuple(kept["areas"]),
        polygons=tuple(kept["polygons"]),
        circles=tuple(Circle(*circle) for circle in kept["circles"]),
        schemes=tuple(kept["schemes"]),
        scheme_kinds=tuple(SchemeKind(kind) for kind in kept["scheme_kinds"]),
        topics=tuple(kept["topics"]),
        lowest_tier=Tier(kept["lowest_tier"]),
        purpose=Purpose(kept["purpose"]),
        channels=tuple(Channel(channel) for channel in kept["channels"]),
    )


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
