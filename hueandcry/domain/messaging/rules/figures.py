"""How an alert goes out, as numbers: by channel, by area, over time, and who lacks it. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.rules.ladder import waits_of
from hueandcry.domain.messaging.rules.life import REACHED, DeliveryState
from hueandcry.domain.places.rules import AreaKind

# Counts below this tell of single people, outside the force.
SMALLEST_SHOWN = 5
# In a digest it reached them too.
GOT_IT = (*REACHED, DeliveryState.BUNDLED)
ARRIVED = (DeliveryState.DELIVERED, DeliveryState.SEEN)
ON_ITS_WAY = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.HELD, DeliveryState.TO_PRINT)
NEVER = (DeliveryState.BOUNCED, DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.STOPPED)
# In how many steps a curve is drawn.
STEPS = 60
# Moments that people speak of, in seconds: a table has a row for each that lies within.
SPOKEN_OF = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800)
_FIFTHS = 5


@dataclass(frozen=True)
class Moment:
    """How many people had it so many seconds after its release: all up to then."""

    seconds: float
    handed: int
    delivered: int
    answered: int


@dataclass(frozen=True)
class AreaCount:
    """How the people of one area got it. What is None is not shown for being small.

    Attributes:
        area_id: 0 is everywhere else: no place of theirs lies in any area of this kind.
        got: handed over or further, or in a digest.
        waiting: it may still come.
        seen: of those delivered, who saw it or answered it.
    """

    area_id: int
    code: str
    name: str
    people: int | None
    got: int | None
    delivered: int | None
    answered: int | None
    waiting: int | None
    seen: int | None = None

    @property
    def never(self) -> int | None:
        """Return how many it has not reached, and will not by itself."""
        if self.people is None or self.got is None or self.waiting is None:
            return None
        return self.people - self.got - self.waiting

    @property
    def percent(self) -> int | None:
        """Return the share whom it reached, whole percents: all is said only when it is all, none when it is none."""
        if not self.people or self.got is None:
            return None
        if 0 < self.got < self.people:
            return min(99, max(1, round(100 * self.got / self.people)))
        return 100 if self.got else 0

    @property
    def shade(self) -> int | None:
        """Return how dark the area is on a map: 0 to 4 by the share whom it reached."""
        return None if self.percent is None else min(self.percent * _FIFTHS // 100, _FIFTHS - 1)


@dataclass(frozen=True)
class NotYet:
    """Who has not got it, by what can be done; each person once, but `silent`, who may have it.

    Attributes:
        on_its_way: due now, or in a worker's hands.
        asleep: it goes when their hours begin, the first at `wakes_at`.
        again: it did not go and is tried again, the first at `again_at`.
        to_print: it goes by post, and nobody has taken their letter away yet.
        silent: handed over, no word that it arrived; another way is tried from `next_rung_at` on, None where none is.
    """

    on_its_way: int = 0
    asleep: int = 0
    wakes_at: dt.datetime | None = None
    again: int = 0
    again_at: dt.datetime | None = None
    held: int = 0
    to_print: int = 0
    slept: int = 0
    overfull: int = 0
    too_late: int = 0
    bounced: int = 0
    failed: int = 0
    uncertain: int = 0
    stopped: int = 0
    cancelled: int = 0
    silent: int = 0
    next_rung_at: dt.datetime | None = None


@dataclass(frozen=True)
class Figures:
    """How one alert goes out, in people: whom several ways were tried for stands where the best of them stands.

    Attributes:
        released_at: when it was written for everybody; None before that.
        by_channel: by the channel of each one's best way.
        answered: how many answered, members or not, each once.
        answered_by: by which way they first did.
        areas: of one kind, who lacks it most first; nothing where no kind is asked for or loaded.
        last_in_s: seconds until the last that is due has left; None when nothing is, or nobody takes it.
        moved: for how many another way came first than the ladder's, because theirs is slow or fails.
    """

    people: int = 0
    released_at: dt.datetime | None = None
    by_state: Mapping[DeliveryState, int] = field(default_factory=dict)
    by_channel: Mapping[Channel, Mapping[DeliveryState, int]] = field(default_factory=dict)
    answered: int = 0
    answered_by: Mapping[Channel, int] = field(default_factory=dict)
    curve: tuple[Moment, ...] = ()
    moments: tuple[Moment, ...] = ()
    kind: AreaKind | None = None
    areas: tuple[AreaCount, ...] = ()
    not_yet: NotYet = field(default_factory=NotYet)
    last_in_s: float | None = None
    is_paused: bool = False
    moved: int = 0

    def count(self, states: Sequence[DeliveryState]) -> int:
        """Return how many people stand in one of these states."""
        return sum(self.by_state.get(state, 0) for state in states)

    @property
    def channels(self) -> tuple[tuple[Channel, Mapping[DeliveryState, int], int], ...]:
        """Return each channel in use: where the people stand who are told by it, and how many answered by it."""
        return tuple(
            (channel, self.by_channel.get(channel, {}), self.answered_by.get(channel, 0))
            for channel in Channel
            if channel in self.by_channel or channel in self.answered_by
        )

    @property
    def got(self) -> int:
        """Return whom it reached, as far as we know."""
        return self.count(GOT_IT)

    @property
    def arrived(self) -> int:
        """Return for how many the provider says that it arrived."""
        return self.count(ARRIVED)

    @property
    def waiting(self) -> int:
        """Return for how many it may still come."""
        return self.count(ON_ITS_WAY)


def rung_after(*, priority: Priority, channel: Channel, handed_at: dt.datetime) -> dt.datetime | None:
    """Return when another way is tried if nothing is heard of this one; None where none is.

    As for everybody: for whom it is known how long this way takes, it is sooner or later (`choosing.wait_of`).
    """
    wait = waits_of(priority).get(channel)
    return None if wait is None else handed_at + wait


def spoken_moments(last: float) -> tuple[float, ...]:
    """Return the moments for a table of so many seconds: those that people speak of, and the end."""
    return (*(float(one) for one in SPOKEN_OF if one < last), float(last))


def without_small(areas: Sequence[AreaCount]) -> tuple[AreaCount, ...]:
    """Hide what tells of single people: small areas, small counts, and whatever small ones could be worked out from.

    Where one area alone is small, the next larger is hidden too: else the total less the others would tell it.
    """
    small = {area.area_id for area in areas if _is_small(area.people)}
    if len(small) == 1:
        rest = sorted((area.people or 0, area.area_id) for area in areas if area.area_id not in small and area.people)
        small |= {rest[0][1]} if rest else set()
    return tuple(_hidden(area) if area.area_id in small else _less_small(area) for area in areas)


def _hidden(area: AreaCount) -> AreaCount:
    return AreaCount(area.area_id, area.code, area.name, None, None, None, None, None)


def _less_small(area: AreaCount) -> AreaCount:
    """Hide each count that is small, or whose rest of the area's people is."""
    people = area.people or 0

    def shown(count: int | None) -> int | None:
        return None if count is None or _is_small(count) or _is_small(people - count) else count

    got, waiting = shown(area.got), shown(area.waiting)
    never = people - (area.got or 0) - (area.waiting or 0)
    if _is_small(never):
        waiting = None
    return replace(
        area,
        got=got,
        delivered=shown(area.delivered),
        answered=shown(area.answered),
        waiting=waiting,
        seen=shown(area.seen),
    )


def _is_small(count: int | None) -> bool:
    return count is not None and 0 < count < SMALLEST_SHOWN
