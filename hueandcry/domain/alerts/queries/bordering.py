"""Which other force a ring comes into, and what it would be told."""

import datetime as dt
from dataclasses import dataclass

import shapely
from django.utils import timezone

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries.moving import NextRing
from hueandcry.domain.alerts.rules import Sighting, handing_over
from hueandcry.domain.alerts.rules.handing_over import HandOver
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records import queries as records
from hueandcry.kit import cap, clock, shapes
from hueandcry.kit.finding import NotHereError

EVENT = "alert.handed_over"


@dataclass(frozen=True)
class Force:
    """Another force in whose area a ring lies, with what was agreed with it.

    Attributes:
        to: its reference, as records keep it: `organisation:…` or `area:…`.
    """

    to: str
    name: str
    email: str = ""
    call: str = ""


@dataclass(frozen=True)
class Handed:
    """One hand-over that was made."""

    name: str
    at: dt.datetime
    by: str


def forces_ahead(*, ring: NextRing, alert: Alert) -> list[Force]:
    """Return the other forces into whose area a ring comes, by name: agreed with, or known by their outline only."""
    agreed = organisations.neighbours_in(shape=ring.reach)
    ours, known = _our_area(alert), {one.area_id for one in agreed}
    beside = [
        Force(f"area:{line.id}", line.name)
        for line, outline in places.outlines_in(box=shapes.box_of(ring.reach), kind=AreaKind.FORCE)
        if line.id not in (ours, *known) and outline.intersects(ring.reach) and not outline.touches(ring.reach)
    ]
    found = [
        *(Force(f"organisation:{one.ref}", one.name, one.hand_over_to, one.hand_over_call) for one in agreed),
        *beside,
    ]
    return sorted(found, key=lambda one: one.name)


def _our_area(alert: Alert) -> int | None:
    """Return the area of our own force: as it was founded, else the one where the alert began."""
    try:
        area = organisations.force().area_id
    except NotHereError:
        area = None
    if area is not None:
        return area
    first = queries.whole_family(alert=alert)[0]
    held = places.areas_containing(point=first.point, kinds=(AreaKind.FORCE,)) if first.point else []
    forces = held or places.areas(kind=AreaKind.FORCE)
    return forces[0].id if forces else None


def words_for(*, alert: Alert, sighting: Sighting, ring: NextRing, officer: Officer) -> tuple[str, str]:
    """Return the subject and the words of a hand-over: nothing about members, nor who told us."""
    given = _hand_over(alert, sighting, ring, officer)
    return handing_over.subject(given), handing_over.text(given)


def cap_for(
    *, alert: Alert, sighting: Sighting, ring: NextRing, officer: Officer, force: Force, sender: str, is_test: bool
) -> bytes:
    """Return a hand-over as a document of CAP 1.2; `sender` is the name of our site."""
    parts = shapes.polygons_of(shapely.simplify(ring.shape, _BROADLY))
    drawn = tuple(tuple((round(lat, 3), round(lon, 3)) for lon, lat in part.exterior.coords) for part in parts)
    given = _hand_over(alert, sighting, ring, officer)
    return cap.write(handing_over.as_cap(given, sender=sender, to=force.name, polygons=drawn, is_test=is_test))


# In degrees: some hundred metres.
_BROADLY = 0.003


def _hand_over(alert: Alert, sighting: Sighting, ring: NextRing, officer: Officer) -> HandOver:
    now = timezone.localtime(clock.now())
    return HandOver(
        ours=organisations.force().name,
        ref=alert.ref,
        sighting=sighting,
        seen_at=timezone.localtime(sighting.seen_at) if sighting.seen_at else now,
        heading=ring.heading,
        first_at=now + dt.timedelta(minutes=ring.choice.from_minutes),
        last_at=now + dt.timedelta(minutes=ring.choice.until_minutes),
        by=officer.get_full_name(),
        sent_at=now,
        is_drill=alert.is_drill,
    )


def handed(*, alert: Alert, forces: list[Force]) -> list[Handed]:
    """Return what of this alert was handed over to these forces already, newest first."""
    named = {one.to: one.name for one in forces}
    lines = records.latest(subject=f"alert:{alert.ref}", event=EVENT)
    found = [line for line in lines if line.facts.get("to") in named]
    who = organisations.names(actors={line.actor for line in found})
    return [Handed(named[str(line.facts["to"])], line.at, who.get(line.actor, "")) for line in found]
