"""How long each table of places is kept."""

from hueandcry.domain.records.rules import Lifetime

_OPEN = "open data about the ground, not about people; replaced by the next load"
LIFETIMES = {
    "places_area": Lifetime(None, "", _OPEN),
    "places_boundary": Lifetime(None, "", _OPEN),
    "places_postcode": Lifetime(None, "", _OPEN),
    "places_address": Lifetime(None, "", "houses, not who lives there; replaced by the next list"),
    "places_place": Lifetime(None, "", _OPEN),
    "places_way": Lifetime(None, "", _OPEN),
    "places_barrier": Lifetime(None, "", "about the ground, not about people; until the force takes it away"),
}
