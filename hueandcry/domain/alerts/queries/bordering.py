"""Which other force a ring comes into, and what it would be told."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely
from django.utils import timezone

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries.moving import NextRing
from hueandcry.domain.alerts.rules import Sighting, handing_over
from hueandcry.domain.alerts.rules.handing_over import HandOver
from hueandcry.domain.messaging import queries as messages
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records import queries as records
from hueandcry.domain.records.rules import Line
from hueandcry.kit import cap, clock, shapes
from hueandcry.kit.finding import NotHereError

EVENT = "alert.handed_over"
_LOST = (DeliveryState.BOUNCED, DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.UNCERTAIN)


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
    """One hand-over that was made.

    Attributes:
        to: whom, as `Force.to`.
        message: the reference of the e-mail that we sent; empty where an officer told them.
        state: where that e-mail stands.
        is_lost: it did not come there, and somebody must ring.
    """

    to: str
    name: str
    at: dt.datetime
    by: str
    message: str = ""
    state: DeliveryState | None = None

    @property
    def is_lost(self) -> bool:
        """Say whether the e-mail ended on its way."""
        return self.state in _LOST


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


def letter_for(*, alert: Alert, sighting: Sighting, ring: NextRing, officer: Officer) -> tuple[str, str]:
    """Return the subject and the words of a hand-over as we send it by e-mail: no plate is in it."""
    given = _hand_over(alert, sighting, ring, officer)
    return handing_over.subject(given), handing_over.letter(given)


def handed(*, alert: Alert, forces: list[Force] | None = None) -> list[Handed]:
    """Return what of this alert was handed over, newest first: to these forces, or to whichever it was."""
    lines = records.latest(subject=f"alert:{alert.ref}", event=EVENT)
    named = _named(lines) if forces is None else {one.to: one.name for one in forces}
    found = [line for line in lines if line.facts.get("to") in named]
    who = organisations.names(actors={line.actor for line in found})
    return [_handed(line, named, who) for line in found]


def _named(lines: Sequence[Line]) -> dict[str, str]:
    """Return how those are called to whom something was handed over; one that is gone is another force."""
    told = [str(line.facts.get("to", "")) for line in lines]
    agreed = organisations.neighbours(refs=[to.removeprefix("organisation:") for to in told])
    ours = {f"organisation:{one.ref}": one.name for one in agreed}
    areas = {f"area:{one.id}": one.name for one in places.areas(kind=AreaKind.FORCE)} if set(told) - set(ours) else {}
    return {to: ours.get(to) or areas.get(to) or "another force" for to in told}


def _handed(line: Line, named: Mapping[str, str], who: Mapping[str, str]) -> Handed:
    to, message = str(line.facts["to"]), str(line.facts.get("message", "")).removeprefix("message:")
    states = messages.progress_of(message_ref=message).by_state if message else {}
    return Handed(to, named[to], line.at, who.get(line.actor, ""), message, next(iter(states), None))
