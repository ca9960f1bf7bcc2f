"""What an area and a place are. Pure."""

from dataclasses import dataclass

from hueandcry.kit.geometry import Box, Point
from hueandcry.kit.kinds import Kind


class PlaceError(ValueError):
    """A place that cannot be used, said in words that tell what to do."""


class AreaKind(Kind):
    """The levels of the tree of areas, largest first."""

    FORCE = "force", "Police force"
    DISTRICT = "district", "District"
    BEAT = "beat", "Beat"
    PARISH = "parish", "Parish"
    WARD = "ward", "Ward"
    MSOA = "msoa", "Middle layer output area"
    LSOA = "lsoa", "Lower layer output area"
    OA = "oa", "Output area"
    OTHER = "other", "Other area"


class WayKind(Kind):
    """Lines on the ground."""

    ROAD = "road", "Road"
    TRACK = "track", "Track"
    RIVER = "river", "River"


class PlaceKind(Kind):
    """Names on the map."""

    TOWN = "town", "Town"
    VILLAGE = "village", "Village"
    HAMLET = "hamlet", "Hamlet"
    LOCALITY = "locality", "Locality"
    FARM = "farm", "Farm"
    BRIDGE = "bridge", "Bridge"
    WOOD = "wood", "Wood"


class FoundBy(Kind):
    """How a place was read from what somebody wrote."""

    POSTCODE = "postcode", "Postcode"
    GRID = "grid", "Grid reference"
    LATLON = "latlon", "Latitude and longitude"
    NAME = "name", "Name of a place"


@dataclass(frozen=True)
class Found:
    """A point on the ground, how it was read and how far off it may be."""

    point: Point
    uncertainty_m: float
    label: str
    by: FoundBy


@dataclass(frozen=True)
class Circle:
    """Everything within a distance of a point; degrees and metres."""

    lon: float
    lat: float
    radius_m: float


@dataclass(frozen=True)
class AreaLine:
    """One area as lists and pickers show it."""

    id: int
    code: str
    name: str
    kind: AreaKind
    vintage: str
    parent_id: int | None
    box: Box


@dataclass(frozen=True)
class LoadReport:
    """What a load took, what it refused and why; `refused` holds (line or feature, reason)."""

    taken: int
    changed: int
    unchanged: int
    mended: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]
    seconds: float


MOST_CORNERS = 10_000
MOST_AREAS = 2_000
