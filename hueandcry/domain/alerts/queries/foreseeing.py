"""How far an audience reaches on the ground, for the send check."""

from collections.abc import Iterator

from hueandcry.domain.alerts.rules.kinds import Ground
from hueandcry.domain.members.queries.audience import ground_of
from hueandcry.domain.members.rules import AudienceError, AudienceQuestion
from hueandcry.domain.places import queries as places
from hueandcry.kit import shapes
from hueandcry.kit.geometry import Point

_KM2 = 1_000_000


def ground(*, question: AudienceQuestion, point: Point | None) -> Ground | None:
    """Return how far an audience reaches; None where its outline cannot be used, which whoever counts it says."""
    try:
        shape = ground_of(question=question)
    except AudienceError:
        return None
    if shape is None:
        return Ground(area_km2=None, farthest_m=None)
    named = tuple(line.name for line in places.get_areas(area_ids=question.areas))
    farthest = max(_away(point, shape.bounds), default=None) if point else None
    return Ground(area_km2=shapes.area_m2(shape) / _KM2, farthest_m=farthest, named=named)


def _away(point: Point, bounds: tuple[float, float, float, float]) -> Iterator[float]:
    """Yield how far the middles of the four sides lie: a circle's edge, where the corners would be beyond it."""
    west, south, east, north = bounds
    middle = ((west + east) / 2, (south + north) / 2)
    for lon, lat in ((west, middle[1]), (east, middle[1]), (middle[0], south), (middle[0], north)):
        yield shapes.distance_m(point, Point(lon, lat))
