"""The Ordnance Survey's National Grid: references, eastings and northings, degrees. Pure.

Accuracy: degrees and grid are turned into one another by the seven-parameter (Helmert) datum shift that the Survey
publishes, within about 5 m in Great Britain (3.0 m at most on 900 points of three counties; beyond the coast, where the
Survey gives no figure, the two directions still undo one another within millimetres). It needs no grid files and no
network, and gives the same answer on every machine. For evidence use OSTN15.
"""

import math
import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyproj

from hueandcry.kit.geometry import Point

Numbers = npt.NDArray[np.float64]

_TO_WGS84 = pyproj.Transformer.from_pipeline(
    "+proj=pipeline"
    " +step +inv +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
    " +step +proj=push +v_3 +step +proj=cart +ellps=airy"
    " +step +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489"
    " +convention=position_vector"
    " +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3"
    " +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)
_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"  # no I; five by five, from the north-west
_BIG = 500_000
_SQUARE = 100_000
_FALSE_EAST, _FALSE_NORTH = (
    2,
    1,
)  # S, the big square of the origin, is the third from the west and the second from the south
EAST_END, NORTH_END = 800_000, 1_300_000
_MOST_DIGITS = 10

_WHOLE = re.compile(r"([A-HJ-Z]{2})(\d*)\Z")
_IN_TEXT = re.compile(
    r"(?<![A-Z0-9])([HNOST][A-HJ-Z]) ?"
    r"(?:(\d{5})[ ,]?(\d{5})|(\d{4})[ ,]?(\d{4})|(\d{3})[ ,]?(\d{3})|(\d{2})[ ,]?(\d{2}))"
    r"(?![A-Z0-9]|[.:]\d| ?\d)",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"(?:grid(?:\s*ref(?:erence)?)?|\bg\.?r\.?|map(?:\s*ref)?|\bos(?:\s*ref)?|\bngr)\W{0,3}(?:(?:is|at)\W+)?\Z",
    re.IGNORECASE,
)
# Squares that are also words or points of the compass: read as squares only when they are long, or announced.
# fmt: off
_WORDS = frozenset((
    "HE", "HO", "HP", "NE", "NO", "NW", "OF", "OH", "OK", "ON", "OR", "OS", "OX",
    "SE", "SH", "SO", "ST", "SW", "TA", "TO", "TV",
))
# fmt: on
_LONG = 6


class GridError(ValueError):
    """Something that is not a grid reference, in words that say what to do."""


class Square(NamedTuple):
    """The square that a reference names: its south-west corner and the length of its side, in metres."""

    e: float
    n: float
    size_m: float

    @property
    def middle(self) -> tuple[float, float]:
        """Return the easting and northing of the middle, the best guess at what was meant."""
        return self.e + self.size_m / 2, self.n + self.size_m / 2

    @property
    def uncertainty_m(self) -> float:
        """Return half the diagonal: how far from the middle the place may be."""
        return self.size_m * 2**0.5 / 2

    @property
    def point(self) -> Point:
        """Return the middle in degrees."""
        return to_wgs84(*self.middle)

    @property
    def label(self) -> str:
        """Return the reference as people write it."""
        return format(self.e, self.n, _digits(self.size_m))


class Reference(NamedTuple):
    """A reference that stands in free text: as typed, as people write it, its square and where it stands."""

    text: str
    label: str
    square: Square
    span: tuple[int, int]


def parse(text: str) -> Square:
    """Return the square that a reference such as `SD 565 428`, `sd565428` or `SD54` names.

    Raises:
        GridError: it is not a reference, or lies outside the National Grid.
    """
    found = _WHOLE.match(re.sub(r"[\s,.]", "", text).upper())
    if found is None:
        raise GridError("A grid reference is two letters and an even number of figures, for example SD 565 428.")
    letters, digits = found[1], found[2]
    if len(digits) % 2 or len(digits) > _MOST_DIGITS:
        raise GridError("A grid reference has an even number of figures, ten at most, for example SD 565 428.")
    half = len(digits) // 2
    size = 10 ** (5 - half)
    east, north = _corner(letters)
    return Square(
        float(east + int(digits[:half] or 0) * size), float(north + int(digits[half:] or 0) * size), float(size)
    )


def format(e: float, n: float, digits: int = 6) -> str:  # noqa: A001  read as grid.format(…)
    """Return the reference of the square that holds this easting and northing, e.g. `SD 565 428` for six digits.

    Raises:
        GridError: the point is outside the National Grid.
    """
    if not (0 <= e < EAST_END and 0 <= n < NORTH_END):
        raise GridError("This place is outside the National Grid: give its latitude and longitude instead.")
    if digits % 2 or not 0 <= digits <= _MOST_DIGITS:
        raise GridError("A grid reference has an even number of figures, ten at most.")
    half = digits // 2
    parts = [str(int(number % _SQUARE) // 10 ** (5 - half)).zfill(half) for number in (e, n)] if half else []
    return " ".join([_letters(int(e), int(n)), *parts])


def to_wgs84(e: float, n: float) -> Point:
    """Return the longitude and latitude of an easting and northing, within 5 m."""
    lon, lat = _TO_WGS84.transform(e, n)
    return Point(float(lon), float(lat))


def to_grid(lon: float, lat: float) -> tuple[float, float]:
    """Return the easting and northing of a longitude and latitude (in that order), within 5 m."""
    e, n = _TO_WGS84.transform(lon, lat, direction="INVERSE")
    return float(e), float(n)


def to_wgs84_many(e: Numbers, n: Numbers) -> tuple[Numbers, Numbers]:
    """Return the longitudes and latitudes of many eastings and northings."""
    lon, lat = _TO_WGS84.transform(np.asarray(e, float), np.asarray(n, float))
    return np.asarray(lon), np.asarray(lat)


def to_grid_many(lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    """Return the eastings and northings of many longitudes and latitudes (in that order)."""
    e, n = _TO_WGS84.transform(np.asarray(lon, float), np.asarray(lat, float), direction="INVERSE")
    return np.asarray(e), np.asarray(n)


def find(text: str) -> list[Reference]:
    """Return the references in free text: `SD 565 428`, `SD565428`, `at sd5642`; not `so 1020`."""
    return [reference for found in _IN_TEXT.finditer(text) if (reference := _read(found)) is not None]


def _read(found: re.Match[str]) -> Reference | None:
    letters = found[1].upper()
    halves = [half for half in found.groups()[1:] if half]
    announced = bool(_CUE.search(found.string, 0, found.start()))
    figures = len(halves[0]) * 2
    if letters in _WORDS and not announced and (figures < _LONG or not found[1].isupper()):
        return None
    try:
        square = parse(letters + "".join(halves))
    except GridError:
        return None
    return Reference(found[0], square.label, square, found.span())


def _corner(letters: str) -> tuple[int, int]:
    big, small = (divmod(_LETTERS.index(letter), 5) for letter in letters)
    east = (big[1] - _FALSE_EAST) * _BIG + small[1] * _SQUARE
    north = (4 - big[0] - _FALSE_NORTH) * _BIG + (4 - small[0]) * _SQUARE
    if not (0 <= east < EAST_END and 0 <= north < NORTH_END):
        raise GridError("This square is outside the National Grid: check the two letters.")
    return east, north


def _letters(e: int, n: int) -> str:
    big = (4 - (n // _BIG + _FALSE_NORTH)) * 5 + e // _BIG + _FALSE_EAST
    small = (4 - n % _BIG // _SQUARE) * 5 + e % _BIG // _SQUARE
    return _LETTERS[big] + _LETTERS[small]


def _digits(size_m: float) -> int:
    return 2 * (5 - round(math.log10(size_m)))
