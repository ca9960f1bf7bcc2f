"""Who must agree before an alert goes out, and how an audience is kept. Pure."""

import datetime as dt
import itertools
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from hueandcry.domain.alerts.rules.kinds import AlertError, Marking, Sighting, Suspect, Urgency
from hueandcry.domain.members.rules import AudienceQuestion, Tier
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.rules import Circle

# Above this many members whoever releases types the number (domain.md pitfall 44), where a row says nothing else.
TYPED_ABOVE = 5_000
MOST_APPROVALS = 2
LONGEST_HOLD_S = 120

# A sighting is news for so long; half of what part of a plate may have (ADR 14).
RELAY_LIFE = dt.timedelta(hours=6)
# How far round a sighting people hear of it, unless the officer says otherwise.
RELAY_RADIUS_M = 5_000.0

# What waits for its time may have grown by this share since it was approved; beyond it somebody looks again.
GROWN_BY = 0.1


@dataclass(frozen=True)
class Reach:
    """One row: these levels and urgencies, at most so many members, sent by who has this permission.

    Attributes:
        most: at most so many members; None is any number.
        is_trained: only for officers whose training for the fast lane has not run out.
        approvals: how many other officers must agree.
        typed_above: above so many the number is typed; None never.
        hold_s: for so many seconds nothing leaves, so that one press takes it back before anybody reads it.
    """

    levels: frozenset[Tier]
    urgencies: frozenset[Urgency]
    most: int | None
    holder: Permission
    approvals: int
    is_trained: bool = False
    typed_above: int | None = TYPED_ABOVE
    hold_s: int = 0


_ALL, _ANY = frozenset(Tier), frozenset(Urgency)
_SLOW = _ANY - {Urgency.NOW}

# The first row that fits decides (ADR 7). These are shipped; a force puts its own in their place on the desk.
REACH: tuple[Reach, ...] = (
    Reach(frozenset({Tier.VETTED, Tier.KIN}), _ANY, 300, Permission.ALERT_FAST, 0, is_trained=True),
    # What is urgent waits for nobody and for no second, however many it is for.
    Reach(_ALL, frozenset({Urgency.NOW}), None, Permission.ALERT_WRITE, 1),
    Reach(_ALL, _SLOW, 300, Permission.ALERT_WRITE, 1),
    Reach(_ALL, _SLOW, 20_000, Permission.ALERT_WRITE, 1, hold_s=30),
    Reach(_ALL, _SLOW, None, Permission.ALERT_WRITE, 2, hold_s=30),
)


@dataclass(frozen=True)
class Content:
    """What an alert says that asks for more eyes, whatever its reach."""

    findings: Collection[str] = ()
    marking: Marking = Marking.OFFICIAL
    suspect: Suspect = Suspect.UNASKED
    is_drill: bool = False


@dataclass(frozen=True)
class Trigger:
    """One row: where it holds, so many other officers at least, and why."""

    code: str
    approvals: int
    because: str

    def holds(self, content: Content) -> bool:
        """Say whether the content has it; an exercise reaches nobody, so nothing in it does harm."""
        if content.is_drill:
            return False
        return {
            "protected": any(code.partition("_")[0] == "protected" for code in content.findings),
            "sensitive": content.marking == Marking.SENSITIVE,
            "harmful": content.suspect == Suspect.HARMFUL,
        }[self.code]


TRIGGERS: tuple[Trigger, ...] = (
    Trigger("protected", 1, "It speaks of what people are."),
    Trigger("harmful", 1, "A suspect could read it, and that would harm."),
    Trigger("sensitive", 2, "It is marked OFFICIAL-SENSITIVE."),
)


def row_for(
    rows: Iterable[Reach],
    *,
    level: Tier,
    urgency: Urgency,
    members: int,
    may: Collection[Permission],
    is_trained: bool = False,
    content: Content = Content(),
) -> Reach:
    """Return the first row that fits, with as many approvals as its reach and its content ask for: 0 is the fast lane.

    Raises:
        AlertError: no row allows this officer to send at all.
    """
    need = max((trigger.approvals for trigger in TRIGGERS if trigger.holds(content)), default=0)
    for row in rows:
        fits = (
            level in row.levels
            and urgency in row.urgencies
            and (row.most is None or members <= row.most)
            and row.holder in may
            and (is_trained or not row.is_trained)
        )
        # Who may not send this alone goes on to a row that says who agrees.
        if fits and not (need and row.approvals == 0):
            return replace(row, approvals=max(row.approvals, need))
    raise AlertError("Ask somebody who may write alerts to send this one.")


def because(content: Content) -> tuple[str, ...]:
    """Return why more eyes are needed than the reach alone asks for."""
    return tuple(trigger.because for trigger in TRIGGERS if trigger.holds(content))


def check_rows(rows: Sequence[Reach]) -> None:
    """Refuse a table that somebody could not send anything by, or that lets everything out alone.

    Raises:
        AlertError: saying which row is wrong and what to write instead.
    """
    if not rows:
        raise AlertError("Keep at least one row, or put the shipped table back.")
    for number, row in enumerate(rows, start=1):
        wrong = next((sentence for is_wrong, sentence in _WRONG if is_wrong(row)), "")
        if wrong:
            raise AlertError(f"Row {number}: {wrong}")
    for level, urgency in itertools.product(Tier, Urgency):
        if not any(_takes_all(row, level, urgency) for row in rows):
            raise AlertError(
                f"Nobody could send alerts for {level.label.lower()} ({urgency.label.lower()}): add a row for any "
                "number of members, for everybody who writes alerts."
            )


def _is_fast_lane(row: Reach) -> bool:
    return row.is_trained and row.holder == Permission.ALERT_FAST and row.levels <= {Tier.VETTED, Tier.KIN}


def _takes_all(row: Reach, level: Tier, urgency: Urgency) -> bool:
    is_open = row.most is None and row.holder == Permission.ALERT_WRITE and not row.is_trained
    return is_open and level in row.levels and urgency in row.urgencies


_WRONG: tuple[tuple[Callable[[Reach], bool], str], ...] = (
    (lambda row: not row.levels or not row.urgencies, "tick at least one level and one urgency."),
    (
        lambda row: row.most is not None and row.most < 1,
        "write how many members at most, or leave it empty for any number.",
    ),
    (lambda row: not 0 <= row.approvals <= MOST_APPROVALS, f"0, 1 or {MOST_APPROVALS} other officers."),
    (
        lambda row: row.approvals == 0 and not _is_fast_lane(row),
        "without another officer only for trained officers, and for vetted or named members.",
    ),
    (lambda row: not 0 <= row.hold_s <= LONGEST_HOLD_S, f"the first messages wait {LONGEST_HOLD_S} seconds at most."),
    (
        lambda row: bool(row.hold_s) and Urgency.NOW in row.urgencies,
        "what is urgent never waits. Take the seconds or the urgency out.",
    ),
)


def typed_needed(*, members: int, above: int | None = TYPED_ABOVE) -> str:
    """Return what whoever releases it must type: the number of members when it is large, else nothing."""
    return str(members) if above is not None and members > above else ""


def check_typed(*, members: int, typed: str, above: int | None = TYPED_ABOVE) -> None:
    """Refuse a large release whose number was not typed; commas and spaces do not matter.

    Members join and leave all the time, so a number within one in a hundred of today's is taken.

    Raises:
        AlertError: saying what to type.
    """
    if not typed_needed(members=members, above=above):
        return
    digits = "".join(sign for sign in typed if sign.isdigit())[:12]
    if not digits or abs(int(digits) - members) * 100 > members:
        raise AlertError(f"This goes to {members:,} members. Type {members} to send it.")


def check_grown(*, members: int, agreed: int | None, above: int | None) -> None:
    """Refuse what was approved for fewer: a large audience that grew by more than a tenth since.

    Raises:
        AlertError: naming both numbers.
    """
    if agreed is not None and typed_needed(members=members, above=above) and members > agreed * (1 + GROWN_BY):
        raise AlertError(f"It was approved for {agreed:,} members and would now go to {members:,}: look at it again.")


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
