"""Points and boxes on the ground, in WGS84 degrees. Pure."""

from typing import NamedTuple


class Point(NamedTuple):
    """A place on the ground: WGS84 longitude and latitude in degrees."""

    lon: float
    lat: float


class Box(NamedTuple):
    """An upright rectangle: west, south, east, north in WGS84 degrees."""

    west: float
    south: float
    east: float
    north: float
