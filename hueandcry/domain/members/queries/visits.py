"""Questions on a street: which doors were called at, what may be offered there."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from hueandcry.domain.members.models import Scheme, Visit
from hueandcry.domain.members.rules import SchemeState, VisitState
from hueandcry.domain.members.rules.doorstep import (
    DECLINED_FOR,
    NOT_IN_FOR,
    RECENT,
    DoorLine,
    House,
    doors_of,
    shown_until,
)
from hueandcry.domain.organisations.models import Officer, Organisation
from hueandcry.domain.organisations.queries import partners
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.domain.places.queries import addresses_at, nearest_postcode, postcodes_in, shape_of
from hueandcry.domain.places.rules import Circle
from hueandcry.kit import clock, postcodes
from hueandcry.kit.geometry import Point

# A street, not a village: more doors than this nobody walks in an afternoon.
NEAR_M = 300
MOST_DOORS = 400
MOST_SCHEMES = 60
MOST_PARTNERS = 12


@dataclass(frozen=True)
class Offers:
    """What an officer may offer at a door: on whose behalf, which schemes."""

    organisations: tuple[Organisation, ...]
    schemes: tuple[Scheme, ...]


def may_call(*, officer: Officer) -> bool:
    """Say whether this officer signs people up at doors."""
    return officer.may(Permission.MEMBER_WRITE)


def offers(*, officer: Officer) -> Offers:
    """Return on whose behalf this officer asks, their own organisation first, and the open schemes they may offer."""
    if not may_call(officer=officer):
        return Offers((), ())
    is_force = officer.organisation.kind == OrganisationKind.FORCE
    others = partners()[:MOST_PARTNERS] if is_force else ()
    rows = Scheme.objects.visible_to(officer).filter(state=SchemeState.ACTIVE).order_by("kind", "name")
    return Offers((officer.organisation, *others), tuple(rows[:MOST_SCHEMES]))


def street(*, officer: Officer, postcode: str = "", here: Point | None = None) -> list[DoorLine]:
    """Return the doors that the officer's organisation called at, by postcode and door, newest word each.

    Who was not in is hidden from everybody until 18:00. A colleague's name stands beside the visits of the last half
    hour. A door that declined stays declined for a year, unless somebody there has registered since.
    """
    codes = _codes(postcode, here)
    if not codes or not may_call(officer=officer):
        return []
    now = clock.now()
    rows = Visit.objects.filter(organisation=officer.organisation_id, postcode__in=codes, at__gt=now - DECLINED_FOR)
    rows = rows.filter(Q(hidden_until=None) | Q(hidden_until__lte=now))
    rows = rows.exclude(state=VisitState.NOT_IN, at__lte=now - NOT_IN_FOR).select_related("officer")
    doors: dict[tuple[str, str], Visit] = {}
    for visit in rows.order_by("at", "pk"):
        spot = (visit.postcode, visit.door.casefold())
        before = doors.get(spot)
        settled = {VisitState.DECLINED, VisitState.REGISTERED}
        # "Declined" is not undone by a call that found nobody; a later word of the household itself is.
        if before is None or before.state not in settled or visit.state in settled:
            doors[spot] = visit
    lines = [_line(visit, officer, now) for visit in doors.values()]
    return sorted(lines, key=lambda line: (line.postcode, _by_number(line.door)))[:MOST_DOORS]


def postcode_here(*, officer: Officer, here: Point) -> str:
    """Return the postcode that is probably the officer's street, for them to check; "" where none is near."""
    return nearest_postcode(point=here, within_m=NEAR_M) if may_call(officer=officer) else ""


def houses(*, officer: Officer, postcode: str) -> list[House]:
    """Return the houses of a postcode for an officer to pick from; none where no list of addresses is loaded."""
    if not may_call(officer=officer) or not postcodes.is_postcode(postcode):
        return []
    code = postcodes.normalise(postcode).replace(" ", "")
    lines = [one.line for one in addresses_at(postcode=code)]
    return [House(code, door, line) for door, line in zip(doors_of(lines), lines, strict=True)]


def _codes(postcode: str, here: Point | None) -> list[str]:
    if postcodes.is_postcode(postcode):
        return [postcodes.normalise(postcode).replace(" ", "")]
    if here is None:
        return []
    shape = shape_of(circles=[Circle(here.lon, here.lat, NEAR_M)])
    return postcodes_in(shape=shape, live=True) if shape is not None else []


def _line(visit: Visit, officer: Officer, now: dt.datetime) -> DoorLine:
    state = VisitState(visit.state)
    is_colleagues = visit.officer_id != officer.pk and visit.at > now - RECENT
    by = visit.officer.get_full_name() if is_colleagues else ""
    return DoorLine(visit.door, visit.postcode, state, visit.at, by, shown_until(state=state, at=visit.at))


def _by_number(door: str) -> tuple[int, str]:
    """Sort 2 before 10, and names after numbers."""
    digits = ""
    for sign in door:
        if not ("0" <= sign <= "9"):
            break
        digits += sign
    return (int(digits[:6]) if digits else 10**6, door.casefold())
