"""How members are set against households, and what may be shown of small numbers. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hueandcry.domain.places.rules import AreaKind


class InsightError(ValueError):
    """A figure that cannot be given, in words that say what to do."""


# From the smallest to the largest: what coverage can be asked of.
LEVELS = (
    AreaKind.OA,
    AreaKind.LSOA,
    AreaKind.MSOA,
    AreaKind.WARD,
    AreaKind.PARISH,
    AreaKind.BEAT,
    AreaKind.DISTRICT,
    AreaKind.FORCE,
)
# A figure below this could point at somebody (domain.md A19); none is shown as none.
SMALLEST_SHOWN = 10
# Published households of one level are taken for whole when they are this near to the largest total of any level.
NEARLY_ALL = 0.995
SHADES = 5


@dataclass(frozen=True)
class Households:
    """How many households live in one area; `estimated` when they were spread from another level."""

    number: int
    estimated: bool


@dataclass(frozen=True)
class Counted:
    """One area before anything is hidden: its members now and at the last freezing of the figures."""

    area_id: int
    code: str
    name: str
    parent_id: int | None
    parent: str
    households: Households | None
    members: int
    before: int | None


@dataclass(frozen=True)
class CoverageLine:
    """One area as it may be shown.

    Attributes:
        members: None when it is hidden for being small (or to hide a neighbour's that is).
        rate: members for each 100 households; None without households or when hidden.
        rank: 1 is the highest rate; areas of one rate share a rank.
        change: members more or fewer than at the last freezing; None when either is hidden or there was none.
        shade: 0 to 4 for a map, None when there is no rate.
    """

    area_id: int
    code: str
    name: str
    parent: str
    households: int | None
    estimated: bool
    members: int | None
    rate: float | None
    rank: int | None
    change: int | None
    shade: int | None


@dataclass(frozen=True)
class Coverage:
    """Members against households at one level, best first, and how it was counted.

    Attributes:
        frozen_on: with which day the change compares; None before the first freezing.
        outside: members who have no home in any area of this level; 0 when only a part was asked for.
        source: where the households are from.
    """

    kind: AreaKind
    vintage: str
    lines: tuple[CoverageLine, ...]
    members: int
    households: int | None
    outside: int
    frozen_on: dt.date | None
    source: str


@dataclass(frozen=True)
class Inside:
    """What lies in a shape on the ground: about how many households, and where hardly any member lives.

    Attributes:
        households: None when no figures are loaded.
        kind, areas: of which kind of small area so many with households lie inside; None and 0 when none does.
        few, none: the names of those with fewer members than may be shown, and of those with none at all.
    """

    households: int | None
    kind: AreaKind | None
    areas: int
    few: tuple[str, ...]
    none: tuple[str, ...]

    @property
    def noun(self) -> str:
        """Return what its small areas are called, one and many."""
        return {AreaKind.PARISH: "parish,parishes", AreaKind.WARD: "ward"}.get(self.kind or AreaKind.OA, "small area")


def is_small(number: int) -> bool:
    """Say whether a number of members must not be shown."""
    return 0 < number < SMALLEST_SHOWN


def hidden(areas: Sequence[Counted]) -> frozenset[int]:
    """Return the ids of the areas whose members are not shown.

    Small numbers, and where one alone is small among the areas of one parent, the next larger too: else the parent's
    total less the others would tell it.
    """
    together: dict[int | None, list[Counted]] = defaultdict(list)
    for area in areas:
        together[area.parent_id].append(area)
    found = {area.area_id for area in areas if is_small(area.members)}
    for siblings in together.values():
        small = [area for area in siblings if area.area_id in found]
        rest = sorted(
            (area for area in siblings if area.area_id not in found and area.members),
            key=lambda area: (area.members, area.area_id),
        )
        if len(small) == 1 and rest:
            found.add(rest[0].area_id)
    return frozenset(found)


def lines(areas: Sequence[Counted]) -> tuple[CoverageLine, ...]:
    """Return what may be shown, the highest rate first, then what has none, by name."""
    unseen = hidden(areas)
    shown = [_line(area, is_hidden=area.area_id in unseen) for area in areas]
    rates = sorted({line.rate for line in shown if line.rate is not None}, reverse=True)
    above = _ranks(shown)
    shown = [
        line if line.rate is None else replace(line, rank=above[line.rate], shade=_shade(rates, line.rate))
        for line in shown
    ]
    return tuple(sorted(shown, key=lambda line: (line.rate is None, -(line.rate or 0), line.name, line.code)))


def _line(area: Counted, *, is_hidden: bool) -> CoverageLine:
    households = area.households
    change = None
    if not is_hidden and area.before is not None and not is_small(area.before):
        change = area.members - area.before
        # A change of few is no more to be shown than few.
        change = None if is_small(abs(change)) and area.members < 2 * SMALLEST_SHOWN else change
    rate = None
    if not is_hidden and households and households.number:
        rate = round(100 * area.members / households.number, 2)
    return CoverageLine(
        area_id=area.area_id,
        code=area.code,
        name=area.name,
        parent=area.parent,
        households=households.number if households else None,
        estimated=bool(households and households.estimated),
        members=None if is_hidden else area.members,
        rate=rate,
        rank=None,
        change=change,
        shade=None,
    )


def _ranks(shown: Iterable[CoverageLine]) -> dict[float, int]:
    rates = sorted((line.rate for line in shown if line.rate is not None), reverse=True)
    ranks: dict[float, int] = {}
    for place, rate in enumerate(rates, start=1):
        ranks.setdefault(rate, place)
    return ranks


def _shade(rates: Sequence[float], rate: float) -> int:
    """Return the fifth of the different rates that this one is in: 4 is the highest."""
    return SHADES - 1 - rates.index(rate) * SHADES // len(rates)


def spread(
    households: Mapping[int, int], postcodes_in: Mapping[int, Sequence[int]], larger: Sequence[int]
) -> dict[int, int]:
    """Spread each small area's households evenly over its postcodes, and add them up by larger areas.

    Args:
        households: of each small area.
        postcodes_in: for each small area the numbers of its postcodes.
        larger: for each postcode the larger area that holds it, 0 for none.
    """
    sums: dict[int, float] = defaultdict(float)
    for area, number in households.items():
        inside = postcodes_in.get(area, ())
        for postcode in inside:
            if larger[postcode]:
                sums[larger[postcode]] += number / len(inside)
    return {area: round(number) for area, number in sums.items()}
