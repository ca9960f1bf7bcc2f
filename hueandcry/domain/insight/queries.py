"""Questions of insight: members against households, level by level."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from django.db.models import Count, Max, Sum
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.insight.models import Headcount, Population
from hueandcry.domain.insight.rules import (
    LEVELS,
    NEARLY_ALL,
    SMALLEST_SHOWN,
    Counted,
    Coverage,
    Households,
    Inside,
    InsightError,
    lines,
    spread,
)
from hueandcry.domain.members.queries.audience import members_on
from hueandcry.domain.members.queries.homes import homes
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind, AreaLine
from hueandcry.kit import clock, shapes
from hueandcry.kit.fields import parse_numbers


def levels() -> list[AreaKind]:
    """Return the kinds of areas that are loaded, the smallest first."""
    loaded = {name.partition(" ")[0] for name, number in places.count_places().items() if number and " " in name}
    return [kind for kind in LEVELS if kind.value in loaded]


def coverage(*, organisation_id: int, kind: AreaKind, within: int | None = None) -> Coverage:
    """Return the members of an organisation against the households of each area of one kind, in its newest edition.

    With `within` only areas below that one. Small numbers are hidden as `rules.hidden` says.

    Raises:
        InsightError: no area of this kind is loaded.
    """
    areas = places.areas(kind=kind)
    if not areas:
        raise InsightError(f"No boundaries of this kind are loaded ({kind.label.lower()}): choose another level.")
    members = _members(organisation_id, kind, areas[0].vintage)
    known, source = _households(areas)
    before, frozen_on = _frozen(organisation_id, areas)
    parents = {area.id: area.name for area in places.get_areas(area_ids=[area.parent_id or 0 for area in areas])}
    shown = lines(
        [
            Counted(
                area_id=area.id,
                code=area.code,
                name=area.name,
                parent_id=area.parent_id,
                parent=parents.get(area.parent_id or 0, ""),
                households=known.get(area.id),
                members=members.get(area.id, 0),
                before=before.get(area.id, 0) if frozen_on else None,
            )
            for area in areas
        ]
    )
    if within is not None:
        below = _below(within, areas)
        shown = tuple(line for line in shown if line.area_id in below)
    there = {line.area_id for line in shown}
    return Coverage(
        kind=kind,
        vintage=areas[0].vintage,
        lines=shown,
        members=sum(number for area, number in members.items() if area in there),
        households=sum(known[area].number for area in there if area in known) or None,
        outside=0 if within is not None else members.get(0, 0),
        frozen_on=frozen_on,
        source=source,
    )


def headcounts(*, organisation_id: int, kind: AreaKind) -> dict[int, int]:
    """Return how many members live in each area of one kind in its newest edition; nothing is hidden here."""
    areas = places.areas(kind=kind)
    counted = _members(organisation_id, kind, areas[0].vintage) if areas else {}
    return {area.id: counted.get(area.id, 0) for area in areas}


def households_in(*, area_ids: Sequence[int]) -> int:
    """Return about how many households live in these areas, those without a known number left out."""
    found = 0
    for kind in LEVELS:
        wanted = [area for area in places.get_areas(area_ids=area_ids) if area.kind == kind]
        if wanted:
            known, _ = _households(places.areas(kind=kind, vintage=wanted[0].vintage))
            found += sum(known[area.id].number for area in wanted if area.id in known)
    return found


def inside(*, shape: BaseGeometry, organisation_id: int) -> Inside:
    """Say about how many households lie in a shape, and in how many of its small areas hardly any member lives.

    Households are those of the smallest areas with published figures: whole where they lie inside, by the share of
    their postcodes where the edge crosses them. In as many queries for a county as for a parish.
    """
    shapely.prepare(shape)
    finest = _finest(below=AreaKind.FORCE)
    households, middles = _households_by_ground(finest, shape) if finest else (None, None)
    small = _small_areas(shape)
    if not small:
        return Inside(households=households, kind=None, areas=0, few=(), none=())
    kind, lines, outlines = small
    tree = shapely.STRtree(outlines)
    peopled = set(range(len(lines)))
    if middles is not None:
        peopled = {int(area) for area in tree.query(middles, predicate="intersects")[1]}
    members, lons, lats = members_on(shape=shape, organisation_id=organisation_id)
    counts: dict[int, int] = defaultdict(int)
    if len(members):
        which, area = tree.query(shapely.points(np.column_stack([lons, lats])), predicate="intersects")
        for one in np.unique(np.column_stack([area, members[which]]), axis=0)[:, 0].tolist():
            counts[one] += 1
    names = [(lines[number].name, counts[number]) for number in sorted(peopled)]
    return Inside(
        households=households,
        kind=kind,
        areas=len(names),
        few=tuple(sorted(name for name, many in names if 0 < many < SMALLEST_SHOWN)),
        none=tuple(sorted(name for name, many in names if not many)),
    )


# Of the kinds that officers know by name, the largest of which several lie inside.
_SMALL = (AreaKind.PARISH, AreaKind.WARD, AreaKind.LSOA, AreaKind.OA)
_SEVERAL = 3


def _small_areas(shape: BaseGeometry) -> tuple[AreaKind, list[AreaLine], list[BaseGeometry]] | None:
    """Return the small areas whose middle lies in a shape, with their outlines."""
    many = places.count_areas_in(box=shapes.box_of(shape), kinds=_SMALL)
    best: tuple[AreaKind, list[AreaLine], list[BaseGeometry]] | None = None
    several = [kind for kind in _SMALL if many.get(kind, 0) >= _SEVERAL]
    few = sorted((kind for kind in many if kind not in several), key=lambda kind: -many[kind])
    for kind in (several + few)[:2]:
        found = places.outlines_in(box=shapes.box_of(shape), kind=kind)
        kept = [(line, outline) for line, outline in found if shape.intersects(outline.representative_point())]
        if kept and (best is None or len(kept) > len(best[1])):
            best = kind, [line for line, _ in kept], [outline for _, outline in kept]
        if best and len(best[1]) >= _SEVERAL:
            break
    return best


def _households_by_ground(finest: tuple[AreaKind, str, str], shape: BaseGeometry) -> tuple[int, Any]:
    """Return the households in a shape, and the middles of the areas that have any."""
    kind, vintage, _ = finest
    box = shapes.box_of(shape)
    rows = list(
        Population.objects.filter(area__kind=kind, area__vintage=vintage, households__gt=0)
        .extra(tables=["places_boundary"], where=["places_boundary.area_id = insight_population.area_id"])
        .extra(
            where=["places_boundary.box && box(point(%s, %s), point(%s, %s))"],
            params=[*box],
            select={"box": "places_boundary.box::text"},
        )
        .values_list("area_id", "households", "box")
    )
    if not rows:
        return 0, np.array([], dtype=object)
    sides = np.array([parse_numbers(text) for _, _, text in rows])
    east, north, west, south = sides.T
    boxes = shapely.box(west, south, east, north)
    whole = shapely.contains_properly(shape, boxes)
    number = sum(households for (_, households, _), is_whole in zip(rows, whole, strict=True) if is_whole)
    edge = [row for row, is_whole in zip(rows, whole, strict=True) if not is_whole]
    shares = _shares([area for area, _, _ in edge], shape) if edge else {}
    number += sum(households * shares.get(area, 0.0) for area, households, _ in edge)
    return round(number), shapely.centroid(boxes)


def _shares(area_ids: Sequence[int], shape: BaseGeometry) -> dict[int, float]:
    """Return which share of each area lies in a shape: of its postcodes, or of its middle where it has none."""
    outlines = places.outlines_of(area_ids=area_ids)
    ids, lons, lats = places.postcodes_of_areas(outlines=outlines)
    lie_in = shapes.inside(shape, lons, lats) if len(ids) else np.empty(0, dtype=bool)
    number_of = {area: number for number, area in enumerate(outlines)}
    which = np.array([number_of[area] for area in ids.tolist()], dtype=np.int64)
    all_of = np.bincount(which, minlength=len(outlines))
    those_in = np.bincount(which, weights=lie_in.astype(float), minlength=len(outlines))
    middles = shapely.intersects(shape, shapely.point_on_surface(list(outlines.values()))).astype(float)
    shares = np.where(all_of > 0, those_in / np.maximum(all_of, 1), middles)
    return dict(zip(outlines, shares.tolist(), strict=True))


def _members(organisation_id: int, kind: AreaKind, vintage: str) -> dict[int, int]:
    """Return the members of each area by its id; 0 stands for those in none."""
    lons, lats, counts = homes(organisation_id=organisation_id)
    if not len(counts):
        return {}
    which = np.array(places.area_of_each(kind=kind, vintage=vintage, lons=lons.tolist(), lats=lats.tolist()))
    found: dict[int, int] = defaultdict(int)
    for area, number in zip(which.tolist(), counts.tolist(), strict=True):
        found[area] += number
    return dict(found)


def _frozen(organisation_id: int, areas: Sequence[AreaLine]) -> tuple[dict[int, int], dt.date | None]:
    """Return the members of each area when the figures were frozen last before today, and on which day that was."""
    rows = Headcount.objects.filter(organisation=organisation_id, area__in=[area.id for area in areas])
    on = rows.filter(on__lt=clock.today()).aggregate(on=Max("on"))["on"]
    return (dict(rows.filter(on=on).values_list("area_id", "members")) if on else {}), on


# ---------------------------------------------------------------- households


def _households(areas: Sequence[AreaLine]) -> tuple[dict[int, Households], str]:
    """Return the households of these areas, as published or spread from a smaller level, and where they are from."""
    rows = Population.objects.filter(area__in=[area.id for area in areas])
    published = {row.area_id: row for row in rows}
    if published:
        sources = sorted({row.source for row in published.values()})
        return {pk: Households(row.households, estimated=False) for pk, row in published.items()}, ", ".join(sources)
    smaller = _finest(below=areas[0].kind)
    if smaller is None:
        return {}, ""
    kind, vintage, source = smaller
    spread_out = _spread(kind, vintage, areas)
    words = f"{source}, spread from {kind.label.lower()}s by their postcodes"
    return {pk: Households(number, estimated=True) for pk, number in spread_out.items()}, words


def _finest(*, below: AreaKind) -> tuple[AreaKind, str, str] | None:
    """Return the smallest kind whose published households are nearly all there are, with edition and source."""
    totals = [
        (AreaKind(kind), vintage, total, source)
        for kind, vintage, total, source in Population.objects.values_list("area__kind", "area__vintage")
        .annotate(total=Sum("households"), source=Max("source"), areas=Count("pk"))
        .values_list("area__kind", "area__vintage", "total", "source")
    ]
    most = max((total for _, _, total, _ in totals), default=0)
    fit = [
        (LEVELS.index(kind), kind, vintage, source)
        for kind, vintage, total, source in totals
        if total >= NEARLY_ALL * most and LEVELS.index(kind) < LEVELS.index(below)
    ]
    return min(fit)[1:] if fit else None


def _spread(kind: AreaKind, vintage: str, areas: Sequence[AreaLine]) -> dict[int, int]:
    codes, lons, lats = places.live_postcodes()
    if not codes:
        return {}
    inside: dict[int, list[int]] = defaultdict(list)
    for number, area in enumerate(places.area_of_each(kind=kind, vintage=vintage, lons=lons, lats=lats)):
        inside[area].append(number)
    larger = places.area_of_each(kind=areas[0].kind, vintage=areas[0].vintage, lons=lons, lats=lats)
    small = dict(Population.objects.filter(area__kind=kind, area__vintage=vintage).values_list("area_id", "households"))
    return spread(small, inside, larger)


def _below(area_id: int, areas: Sequence[AreaLine]) -> set[int]:
    """Return which of these areas lie below one, by the tree."""
    above: dict[int, int | None] = {area.id: area.parent_id for area in areas}
    level = {parent for parent in above.values() if parent is not None} - set(above)
    while level:
        found: Mapping[int, int | None] = {area.id: area.parent_id for area in places.get_areas(area_ids=sorted(level))}
        above.update(found)
        level = {parent for parent in found.values() if parent is not None} - set(above)

    def is_below(one: int | None) -> bool:
        while one is not None:
            if one == area_id:
                return True
            one = above.get(one)
        return False

    return {area.id for area in areas if is_below(area.id)}
