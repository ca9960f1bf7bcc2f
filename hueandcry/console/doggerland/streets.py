"""The houses of Doggerland: some of each street, so that people can pick theirs when they join."""

from collections.abc import Iterator
from random import Random

from hueandcry.console.doggerland import words
from hueandcry.console.doggerland.land import Land
from hueandcry.domain.places.rules import AddressLine
from hueandcry.kit.geometry import Point

# No UPRN has more than twelve figures: one of thirteen cannot be anybody's.
FIRST_UPRN = 9_000_000_000_000
DOORS = (4, 9)
# Some 15 metres from door to door.
DOOR_APART = 0.00015


def addresses(land: Land, seed: int) -> Iterator[tuple[str, AddressLine]]:
    """Yield (postcode, address) for some houses of each street; the same seed gives the same streets."""
    rng, uprn = Random(seed), FIRST_UPRN  # noqa: S311 - a drawing, not a secret
    names = {area.code: area.name for area in land.parishes}
    for street in land.postcodes:
        name = f"{rng.choice(words.VILLAGE_HEADS)} {rng.choice(words.LANES)}"
        for door in range(rng.randint(*DOORS)):
            spot = Point(round(street.point.lon + door * DOOR_APART, 6), street.point.lat)
            yield street.code, AddressLine(uprn, f"{1 + 2 * door} {name}, {names[street.parish]}", spot)
            uprn += 1
