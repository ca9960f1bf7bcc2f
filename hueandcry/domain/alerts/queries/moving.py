"""The next ring of a running alert: who should hear now that something was seen, and who was not told yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import shapely
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import OUT, AlertError, Sighting, rings
from hueandcry.domain.alerts.rules.rings import Choice, Fix, Heading, Motion, Pace
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.queries.farms import count_farms
from hueandcry.domain.members.rules import (
    TIER_ORDER,
    AudienceCount,
    AudienceError,
    AudienceQuestion,
    Channel,
    Purpose,
    Tier,
)
from hueandcry.domain.messaging.queries import choosing
from hueandcry.domain.places import queries as places
from hueandcry.kit import clock, shapes

# What a drawn outline may have at most is twice as much; below this nothing is made simpler.
MOST_CORNERS = 5_000
AS_PROPOSED = Choice()
NO_POINT = "Nobody knows where it was seen: write the place on the map first, such as a village or a grid reference."
NO_GROUND = "There is nowhere to go that way: turn the direction, or take the roads or barriers out."


@dataclass(frozen=True)
class NextRing:
    """A proposed ring: on the ground, as a question, counted, and in words; and what it was made of.

    Attributes:
        heading: None where it goes all round.
        reach: where it may be, whether we know a road there or not: over our border we know none.
        is_by_road: it lies along roads that we know.
        motion: what two sightings say together; None where there is one.
        is_stale: it was seen long ago.
        said: in one sentence, for whoever presses.
    """

    shape: BaseGeometry
    reach: BaseGeometry
    question: AudienceQuestion
    count: AudienceCount
    farms: int
    choice: Choice
    pace: Pace
    heading: Heading | None
    is_by_road: bool
    motion: Motion | None
    is_stale: bool
    outer_m: float
    said: str


def next_ring(*, alert: Alert, sighting: Sighting, choice: Choice = AS_PROPOSED, told: bool = False) -> NextRing:
    """Return where what was seen may be some minutes from now, and who is there and was not told yet.

    Direction: as the officer turned it, else as it was told, else from the sighting before. Speed: from two sightings,
    else by what moves. Nobody is in it who heard of any alert of this one's family, unless `told`.

    Raises:
        AlertError: the place was not told, nobody was chosen for the alert, or nothing can be reached that way.
    """
    if sighting.point is None:
        raise AlertError(NO_POINT)
    asked = queries.question_of(alert=alert)
    if asked is None:
        raise AlertError("Choose who is meant first.")
    now, family = clock.now(), queries.whole_family(alert=alert)
    fix = Fix(sighting.point, sighting.uncertainty_m, min(sighting.seen_at or now, now))
    moved = _motion(family, fix)
    pace = choice.pace or rings.pace_of(sighting.what, sighting.direction)
    # A pace that the officer chose is the officer's word against two guesses.
    speeds = rings.speeds_for(pace, None if choice.pace else moved)
    heading = _heading(sighting, fix, choice, moved)
    within = rings.band(fix, speeds, now=now, from_minutes=choice.from_minutes, until_minutes=choice.until_minutes)
    box = rings.box_of(fix, within)
    barriers = places.barrier_shapes(box=box)
    reach = rings.outline(fix, within, heading, barriers=barriers)
    by_road = None
    if choice.along_roads and pace != Pace.FOOT:
        roads = places.road_shapes(box=box)
        by_road = rings.along(
            fix,
            within,
            roads=roads,
            barriers=barriers,
            beside_m=speeds.beside_m,
            inside=None if reach.is_empty else reach,
        )
    shape = _usable(reach if by_road is None else shapely.intersection(reach, by_road))
    level = Tier(alert.level)
    question = replace(
        asked,
        organisation_id=alert.organisation_id,
        areas=(),
        circles=(),
        corridors=(),
        rings=(),
        polygons=(shapely.to_geojson(shape),),
        lowest_tier=max(asked.lowest_tier, level, key=TIER_ORDER.index),
        purpose=Purpose.ALERT,
    )
    without = () if told else queries.told(family=family)
    try:
        meant = members.meant_by(question=replace(question, without=without))
    except AudienceError as refusal:
        raise AlertError(str(refusal)) from refusal
    count, farms = (
        members.count_of(meant=choosing.by_what_worked(meant=meant)),
        count_farms(member_ids=meant.members, shape=shape),
    )
    by_text = count.by_channel.get(Channel.SMS, 0)
    return NextRing(
        shape=shape,
        reach=reach,
        question=question,
        count=count,
        farms=farms,
        choice=choice,
        pace=pace,
        heading=heading,
        is_by_road=by_road is not None,
        motion=moved,
        is_stale=now - fix.at > rings.STALE,
        outer_m=within.outer_m,
        said=rings.said(choice, heading, farms=farms, members=count.members, by_text=by_text),
    )


def _motion(family: Sequence[Alert], fix: Fix) -> Motion | None:
    """Return what this sighting says together with the last one before it that went out, or what the alert is of."""
    before = [
        Fix(one.point, one.uncertainty_m or 0.0, one.occurred_at)
        for one in family
        if one.state in OUT and one.point is not None and one.occurred_at is not None and one.occurred_at < fix.at
    ]
    return rings.motion(max(before, key=lambda one: one.at), fix) if before else None


def _heading(sighting: Sighting, fix: Fix, choice: Choice, moved: Motion | None) -> Heading | None:
    """Return which way it goes; None is all round."""
    name = rings.aim_of(sighting.direction)
    aim = places.named(names=[name]).get(name) if name else None
    told = rings.said_heading(sighting.direction, start=fix.point, aim=aim.point if aim else None)
    found = told or (moved.heading if moved else None)
    if choice.bearing is not None:
        found = rings.chosen_heading(choice.bearing, found)
    if found is not None and choice.spread is not None:
        found = replace(found, spread=choice.spread)
    return None if found is None or found.spread >= rings.ALL_ROUND else found


def _usable(shape: BaseGeometry) -> BaseGeometry:
    """Return a ring as an outline that can be asked for: simple enough, and of whole pieces only.

    Raises:
        AlertError: nothing is left of it.
    """
    # Made simpler only as far as it must be: what a barrier cuts stays cut to some metres.
    for metres in (0, 20, 60, 200):
        simpler = shapely.simplify(shape, metres / 111_320) if metres else shape
        if shapely.get_num_coordinates(simpler) <= MOST_CORNERS:
            break
    rounded = shapely.make_valid(shapely.transform(simpler, lambda corners: corners.round(6)))
    parts = [part for part in shapes.polygons_of(rounded) if shapes.area_m2(part.convex_hull) > _LEAST_M2]
    if not parts:
        raise AlertError(NO_GROUND)
    return shapes.joined(parts)


_LEAST_M2 = 100.0
