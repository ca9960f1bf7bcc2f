"""What may be passed on of an answer: only what was read out of it, and nothing that points at a door. Pure."""

import re

from hueandcry.domain.members.rules import Tier
from hueandcry.domain.places.rules import Found, FoundBy
from hueandcry.domain.reports.rules.kinds import Extract, Seen
from hueandcry.domain.reports.rules.words import WIND
from hueandcry.kit import grid, postcodes
from hueandcry.kit.text import fold

_HOMES = re.compile(r"\b(?:FARM|HOUSE|COTTAGES?|BARNS?|GRANGE|HALL|LODGE|STABLES|BUNGALOW|FFERM|TY|TYDDYN|HAFOD)\b")
_ROAD_OF = re.compile(r"\bon ([ABM]\d{1,4}(?:\(M\))?)\Z")
_KILOMETRE_DIGITS = 4
_TRUSTED_WITH_PLATES = frozenset({Tier.VETTED, Tier.KIN})


def sighting_from(
    extract: Extract,
    found_place: Found | None,
    *,
    tier: Tier = Tier.MEMBER,
    towards: str = "",
    on_the_way: bool = False,
) -> Seen:
    """Return what may be passed on: vehicle, people, direction and place, no finer than a village or a kilometre.

    Nothing of the reporter's own wording passes: a name behind `towards` only as `towards`, which the caller has looked
    up in the gazetteer. A plate is proposed only for vetted tiers. With `on_the_way` the place is only where it went.
    """
    what = ", ".join(filter(None, [extract.vehicle or "vehicle", extract.people]))
    plate = extract.plates[0].normal if extract.plates and tier in _TRUSTED_WITH_PLATES else ""
    where = where_in_words(found_place)
    return Seen(
        what=what,
        where=f"on the way to {where.removeprefix('near ')}" if where and on_the_way else where,
        direction=_passed_on(extract.direction, towards),
        plate=plate,
        point=found_place.point if found_place else None,
        uncertainty_m=found_place.uncertainty_m if found_place else 0.0,
    )


def where_in_words(found: Found | None) -> str:
    """Return a place so that it points at nobody's door: a village, a square of a kilometre, half a postcode."""
    if found is None:
        return ""
    if found.by == FoundBy.NAME and not _HOMES.search(fold(found.label)):
        return found.label if re.match(r"\d|near ", found.label) else f"near {found.label}"
    if found.by == FoundBy.POSTCODE and postcodes.is_postcode(found.label):
        return f"{postcodes.outward(found.label)} area"
    try:
        return f"near {grid.format(*grid.to_grid(*found.point), digits=_KILOMETRE_DIGITS)}"
    except grid.GridError:
        return ""


def _passed_on(direction: str, towards: str) -> str:
    """Return a direction with compass and road kept, and a name only when it is one that the caller vouches for."""
    wind = re.match(rf"(?:{WIND})\b", direction)
    road = _ROAD_OF.search(direction)
    parts = [
        f"heading {wind[0]}" if wind else "",
        f"towards {towards}" if towards and not _HOMES.search(fold(towards)) else "",
    ]
    return " ".join(filter(None, [*parts, f"on {road[1]}" if road else ""]))
