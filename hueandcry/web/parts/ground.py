"""What every map is drawn from: the outlines of the force and its districts, roads, rivers and names. Open data."""

from typing import Any

from hueandcry.domain.places import queries
from hueandcry.domain.places.rules import AreaKind, PlaceKind
from hueandcry.kit.geometry import Box, Point

# A screen shows a few hundred points across: finer outlines are only slower.
COARSE_M = 40
NAMED = (PlaceKind.TOWN, PlaceKind.VILLAGE, PlaceKind.BRIDGE)
MOST_NAMES = 150


def ground() -> dict[str, Any]:
    """Return areas, ways and names as GeoJSON collections, and the box round it all (west, south, east, north)."""
    force = queries.areas(kind=AreaKind.FORCE)
    districts = queries.areas(kind=AreaKind.DISTRICT)
    box = _around([area.box for area in force or districts])
    ids = [area.id for area in [*force, *districts]]
    answer: dict[str, Any] = {"areas": queries.boundary_geojson(area_ids=ids, simplify_m=COARSE_M)}
    if box:
        answer["ways"] = queries.ways_geojson(box=box, simplify_m=COARSE_M)
        answer["names"] = _names(box)
        answer["box"] = [*box]
    return answer


def _around(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    return Box(
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    )


def _names(box: Box) -> dict[str, Any]:
    middle = Point((box.west + box.east) / 2, (box.south + box.north) / 2)
    features = [
        {
            "type": "Feature",
            "properties": {"name": one.label, "kind": kind.value},
            "geometry": {"type": "Point", "coordinates": [*one.point]},
        }
        for kind in NAMED
        for one in queries.nearby_places(point=middle, radius_m=200_000, kinds=(kind,), most=MOST_NAMES)
    ]
    return {"type": "FeatureCollection", "features": features}
