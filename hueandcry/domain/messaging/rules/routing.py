"""How messages are divided among the providers of one channel, and when one of them is left alone. Pure."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hueandcry.kit.kinds import Kind

# ---- when a provider is left alone. GOV.UK Notify lowers a provider's share after 50 errors in 60 seconds, or when
# 15 % of its messages take longer than five minutes; ours are batches, and an alert cannot wait for 50 of them.
# Batches in a row that failed: one may be a dropped line, two bad luck; three are a provider that is away.
FAILS_IN_A_ROW = 3
# Batches that failed in one minute, with good ones between: as with Notify, a provider that does more harm than good.
FAULTS_IN_A_MINUTE = 50
MINUTE = dt.timedelta(seconds=60)
# Left alone so long: whatever comes back is found within 15 seconds, and asking costs five messages.
OPEN_FOR = dt.timedelta(seconds=10)
# A trial that nobody reports on was in the hands of a worker that died.
TRIAL_FOR = dt.timedelta(seconds=15)
# How many messages are risked on a provider that was away.
TRIAL_BATCH = 5
# "Try again in a year" is a fault at the other end: we ask again after a quarter of an hour.
LONGEST_WAIT = dt.timedelta(minutes=15)
# A provider that asked for less is shown as slower for so long.
SLOWER_FOR = dt.timedelta(minutes=2)

# Why a row that was perhaps sent is left as it is: somebody decided so. It fits `Delivery.detail`.
DECIDED = "Perhaps sent; left as it is"

# ---- which provider is clearly worse, so that urgent messages go by another
LATE_AFTER = dt.timedelta(minutes=5)
# Notify's line: 15 of 100 messages slower than five minutes. Its share of what is not urgent is halved then.
LATE_PERCENT = 15
LATE_SHARE = 0.5
# An answer that takes twice as long as the other's is worth going round; below this nobody notices.
TWICE_AS_SLOW = 2.0
QUICK_MS = 50.0

# ---- what it takes a second: a bucket that holds what one second fills
BURST_S = 1.0
# What is not urgent leaves a fifth of the bucket for what is, so that an alert finds room at once.
KEPT_FOR_URGENT = 0.2
# A worker that found the bucket empty comes back when half of it is full, and never more often than this.
SOONEST = dt.timedelta(milliseconds=50)

# Two workers that begin do not both begin with the first provider: the golden ratio spreads any row of numbers.
_GOLDEN = (5**0.5 - 1) / 2


class Health(Kind):
    """How a provider does, in words for people."""

    WORKS = "works", "Works"
    SLOWER = "slower", "Goes slower"
    DOWN = "down", "Down"
    STANDS_BY = "stands_by", "Stands by"
    FULL = "full", "Has had its messages for today"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one provider stands, as its row says it; all moments are the database's.

    Attributes:
        opened_until: nothing goes to it before; from then on a few at a time, until one batch goes well.
        waits_until: it asked us to wait.
        full_until: it had its messages for today.
        today: how many it had today, where it has a limit.
    """

    name: str
    failures: int = 0
    opened_until: dt.datetime | None = None
    down_since: dt.datetime | None = None
    waits_until: dt.datetime | None = None
    full_until: dt.datetime | None = None
    slower_at: dt.datetime | None = None
    took_at: dt.datetime | None = None
    answer_ms: float | None = None
    late_percent: int = 0
    today: int = 0
    trouble: str = ""

    @property
    def troubled(self) -> bool:
        """Say whether a batch that goes well is news."""
        return bool(self.failures or self.opened_until or self.down_since)

    def closed_until(self, now: dt.datetime) -> dt.datetime | None:
        """Return until when nothing at all goes to it; nothing when something may go now."""
        to_come = [
            moment for moment in (self.opened_until, self.waits_until, self.full_until) if moment and moment > now
        ]
        return max(to_come, default=None)


def health(standing: Standing, *, weight: float, now: dt.datetime) -> Health:
    """Return how a provider does, in one word."""
    if standing.down_since is not None:
        return Health.DOWN
    if standing.full_until is not None and standing.full_until > now:
        return Health.FULL
    asked = standing.slower_at is not None and now - standing.slower_at < SLOWER_FOR
    waits = standing.waits_until is not None and standing.waits_until > now
    if asked or waits or standing.late_percent >= LATE_PERCENT:
        return Health.SLOWER
    return Health.STANDS_BY if weight == 0 else Health.WORKS


class Divided(NamedTuple):
    """How many each gets, and what each is owed (or had too much) the next time."""

    counts: dict[str, int]
    owed: dict[str, float]


def first_owed(names: Sequence[str], *, seed: int) -> dict[str, float]:
    """Return what a process that has just begun takes each provider to be owed: nothing on average."""
    spread = {name: (seed * _GOLDEN + place / len(names)) % 1 for place, name in enumerate(names)}
    mean = sum(spread.values()) / max(len(spread), 1)
    return {name: value - mean for name, value in spread.items()}


def divide(many: int, weights: Mapping[str, float], owed: Mapping[str, float]) -> Divided:
    """Divide so many messages by weight; what cannot be divided evenly is evened out by those that follow.

    The sum is `many`, whatever the weights; nobody is ever off by more than one message, however small each window.
    """
    total = sum(weights.values())
    if not weights or total <= 0:
        return Divided({}, {})
    owed = owed if owed.keys() == weights.keys() else dict.fromkeys(weights, 0.0)
    due = {name: many * weight / total + owed[name] for name, weight in weights.items()}
    counts = {name: max(math.floor(share), 0) for name, share in due.items()}
    for name in sorted(due, key=lambda name: due[name] - counts[name], reverse=True)[
        : max(many - sum(counts.values()), 0)
    ]:
        counts[name] += 1
    while sum(counts.values()) > many:  # rounding of very uneven weights
        counts[max(counts, key=lambda name: counts[name] - due[name] if counts[name] else -math.inf)] -= 1
    return Divided(counts, {name: due[name] - counts[name] for name in due})


def shared_weight(standing: Standing, weight: float) -> float:
    """Return the share of a provider in what is not urgent: half while much of it comes late."""
    return weight * LATE_SHARE if standing.late_percent >= LATE_PERCENT else weight


def answer_best(standings: Iterable[Standing]) -> list[str]:
    """Return the providers that none of the others is clearly better than: for urgent messages."""
    them = list(standings)
    if not them:
        return []
    least_late = min(one.late_percent for one in them)
    punctual = [one for one in them if one.late_percent < least_late + LATE_PERCENT]
    known = [one.answer_ms for one in punctual if one.answer_ms is not None]
    quick_enough = max(TWICE_AS_SLOW * min(known, default=0.0), QUICK_MS)
    return [one.name for one in punctual if one.answer_ms is None or one.answer_ms <= quick_enough]


def capacity(per_second: float) -> float:
    """Return what a provider's bucket holds: a second's worth, and never less than one message."""
    return max(per_second * BURST_S, 1.0)


def reserve(per_second: float, *, urgent: bool) -> float:
    """Return what must stay in the bucket: a fifth of it, unless it is urgent or the bucket holds one message only."""
    full = capacity(per_second)
    return 0.0 if urgent else max(min(full * KEPT_FOR_URGENT, full - 1.0), 0.0)


def refilled_in(rest: int, per_second: float) -> dt.timedelta:
    """Return when it is worth asking again for the rest: as soon as half a bucket, or all of the rest, is there."""
    if per_second <= 0:
        return OPEN_FOR
    wanted = max(min(float(rest), capacity(per_second) / 2), 1.0)
    return max(dt.timedelta(seconds=wanted / per_second), SOONEST)


def day_ends(now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return when the force's local day ends: after 23 hours on the day when clocks go forward, after 25 in autumn."""
    tomorrow = now.astimezone(zone).date() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), tzinfo=zone).astimezone(dt.UTC)
