"""What an area and a place are. Pure."""

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hueandcry.kit import grid, postcodes
from hueandcry.kit.geometry import Box, Point
from hueandcry.kit.kinds import Kind


class PlaceError(ValueError):
    """A place that cannot be used, said in words that tell what to do."""


class LeftOutError(PlaceError):
    """A row of a list that the product has no use for; counted, not shown one by one."""


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


# Names that say where people live together, so that they point at nobody's door.
SETTLEMENTS = (PlaceKind.TOWN, PlaceKind.VILLAGE, PlaceKind.HAMLET, PlaceKind.LOCALITY)


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
class Corridor:
    """Everything within `width_m` of a line of (lon, lat) points: a road, a canal, a way that somebody drove."""

    line: tuple[tuple[float, float], ...]
    width_m: float


@dataclass(frozen=True)
class Ring:
    """What can be reached from a point within so many minutes at so many km/h, but not before `from_minutes`."""

    lon: float
    lat: float
    minutes: float
    kmh: float
    from_minutes: float = 0

    @property
    def outer_m(self) -> float:
        """Return how far one gets in all that time, as the crow flies."""
        return self.kmh * self.minutes * 1000 / 60

    @property
    def inner_m(self) -> float:
        """Return how far one gets before it counts."""
        return self.kmh * self.from_minutes * 1000 / 60


@dataclass(frozen=True)
class BarrierLine:
    """One barrier as the list of barriers shows it."""

    ref: str
    name: str
    length_m: float
    near: str
    made_by: str
    made_at: dt.datetime


@dataclass(frozen=True)
class AddressLine:
    """One address that somebody may pick."""

    uprn: int
    line: str
    point: Point


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
class Reading:
    """One postcode as a file gives it: degrees, or metres of the National Grid still to be turned into degrees."""

    line: int
    code: str
    x: float
    y: float
    is_grid: bool
    uncertainty_m: float
    ended_on: dt.date | None


@dataclass(frozen=True)
class NewPlace:
    """One name on the map, to be added."""

    code: str
    name: str
    kind: PlaceKind
    point: Point
    uncertainty_m: float
    within: str = ""


@dataclass(frozen=True)
class LoadReport:
    """What a load took, what it refused and why.

    `taken` counts what is new, `changed` and `unchanged` what was known, `older` what a newer edition already says;
    `mended` and `refused` hold the first twenty (code or line, reason), their counts are beside them, and `reasons`
    counts the refused by reason. Everything read is counted once: taken + changed + unchanged + older + refused_count.
    """

    taken: int
    changed: int
    unchanged: int
    mended: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]
    seconds: float
    older: int = 0
    mended_count: int = 0
    refused_count: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    layout: str = ""
    notes: tuple[str, ...] = ()


class Tally:
    """The refused (or mended) of a load: the first twenty with their reasons, and the count of every reason."""

    def __init__(self) -> None:
        self.first: list[tuple[str, str]] = []
        self.counts: Counter[str] = Counter()

    def add(self, where: str, reason: str) -> None:
        """Count one, and keep it when it is among the first twenty."""
        self.counts[reason] += 1
        if len(self.first) < MOST_SHOWN:
            self.first.append((where, reason))

    def leave_out(self, reason: str, number: int = 1) -> None:
        """Count some that need no showing."""
        if number:
            self.counts[reason] += number

    @property
    def total(self) -> int:
        """How many there are."""
        return self.counts.total()


MOST_CORNERS = 10_000
# Circles, lines and ways at once.
MOST_REACHES = 100
BARRIER_NAME_MOST = 80
MOST_AREAS = 2_000
MOST_SHOWN = 20
WIDEST_CIRCLE_M = 200_000
WIDEST_CORRIDOR_M = 20_000
# These islands with their seas, the whole National Grid among them.
WEST, EAST, SOUTH, NORTH = -11.0, 5.0, 48.0, 62.0
VINTAGE = re.compile(r"[A-Za-z0-9.-]{1,20}\Z")
EDITION = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])\Z")


def check_vintage(vintage: str) -> None:
    """Refuse a vintage that is not one short word.

    Raises:
        PlaceError: with what to write instead.
    """
    if not VINTAGE.match(vintage):
        raise PlaceError(f"A vintage is the year or edition of the boundaries, such as 2021, not {vintage!r}.")


def check_edition(edition: str) -> None:
    """Refuse an edition that is not a year and month.

    Raises:
        PlaceError: with what to write instead.
    """
    if not EDITION.match(edition):
        raise PlaceError(f"An edition is the year and month of the file, such as 2025-05, not {edition!r}.")


def check_width(line: int, row: Sequence[str], width: int) -> None:
    """Refuse a row of a list that is longer or shorter than its first row.

    Raises:
        PlaceError: with the line where the file is broken.
    """
    if len(row) != width:
        raise PlaceError(
            f"Line {line:,} has {len(row)} columns where {width} belong: the file is broken there or cut short. "
            f"Get the file again, or mend that line."
        )


def near(point: Point) -> str:
    """Return a place in the words that a person can find on a map: its grid reference, or its degrees."""
    try:
        return grid.format(*grid.to_grid(*point), digits=6)
    except (grid.GridError, ValueError, OverflowError):
        return f"{point.lat:.3f}, {point.lon:.3f}"


def crossing(reason: str) -> str:
    """Return in words where GEOS found an outline wrong: `Self-intersection[-2.6 53.8]` → `near SD 605 353`."""
    found = re.search(r"\[([^]\s]+) ([^]\s]+)", reason)
    return f"near {near(Point(float(found[1]), float(found[2])))}" if found else "somewhere"


def is_hereabouts(point: Point) -> bool:
    """Tell whether a point lies on or round these islands, the only ground the product knows."""
    return WEST <= point.lon <= EAST and SOUTH <= point.lat <= NORTH


def is_on_grid(east: float, north: float) -> bool:
    """Tell whether metres lie on the National Grid; 0, 0 is how files write "unknown"."""
    return 0 < east < grid.EAST_END and 0 < north < grid.NORTH_END


def tidy_postcode(text: str) -> str | None:
    """Return a postcode as the table holds it, PR32NL, or None when it is none."""
    try:
        return postcodes.normalise(text).replace(" ", "")
    except postcodes.PostcodeError:
        return None


# ---------------------------------------------------------------- lists of postcodes, as published

# How far off a postcode's point may be, in metres, by ONS's positional quality (osgrdind) and by Code-Point's (PQ).
# Even the best is a building near the middle of some fifteen addresses.
ONS_QUALITY = {"1": 100, "2": 100, "3": 100, "4": 200, "5": 500, "6": 2000, "7": 2000, "8": 1000}
CODE_POINT_QUALITY = {"10": 100, "20": 100, "30": 200, "40": 500, "50": 500, "60": 2000}
QUALITY_UNKNOWN_M = 500
_CODE = ("pcds", "pcd7", "pcd", "pcd8", "pcd2", "postcode")
_LAT = ("lat", "latitude")
_LON = ("long", "lon", "longitude")
_EAST = ("oseast1m", "east1m", "eastings", "easting")
_NORTH = ("osnrth1m", "north1m", "northings", "northing")
_ONS_GRADE = ("osgrdind", "gridind")
_CODE_POINT_GRADE = ("pq", "positional_quality_indicator")
_ENDED = ("doterm",)
_NORTHING = 3
_YEAR_AND_MONTH = re.compile(r"((?:19|20)\d\d)-?(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class PostcodeLayout:
    """Which column of a list of postcodes holds what."""

    name: str
    width: int
    has_header: bool
    code: int
    lat: int | None = None
    lon: int | None = None
    east: int | None = None
    north: int | None = None
    grade: int | None = None
    ended: int | None = None
    grades: Mapping[str, int] = field(default_factory=dict)
    lists_ended: bool = False


# The official files of Code-Point Open have no header: postcode, quality, easting, northing, then codes of areas.
CODE_POINT = PostcodeLayout(
    "Code-Point Open", 10, has_header=False, code=0, grade=1, east=2, north=3, grades=CODE_POINT_QUALITY
)


def postcode_layout(first: Sequence[str]) -> PostcodeLayout:
    """Recognise a list of postcodes by its first row: ONSPD, NSPL, Code-Point Open, or any with these columns.

    Raises:
        PlaceError: it is none of these; the sentence says which columns are needed.
    """
    heads = [head.strip().casefold() for head in first]
    if _looks_like_code_point(heads):
        return replace(CODE_POINT, width=len(heads))
    code, lat, lon = _column(heads, _CODE), _column(heads, _LAT), _column(heads, _LON)
    east, north = _column(heads, _EAST), _column(heads, _NORTH)
    if code is None or ((lat is None or lon is None) and (east is None or north is None)):
        raise PlaceError(
            "This is no list of postcodes that we know. It needs a column pcds, pcd or postcode and columns lat and "
            "long, or oseast1m and osnrth1m, or Eastings and Northings: load ONSPD, NSPL or Code-Point Open."
        )
    ons, code_point, ended = _column(heads, _ONS_GRADE), _column(heads, _CODE_POINT_GRADE), _column(heads, _ENDED)
    return PostcodeLayout(
        name=_postcode_list_name(heads, is_code_point=code_point is not None, is_ons=ons is not None),
        width=len(heads),
        has_header=True,
        code=code,
        lat=None if lon is None else lat,
        lon=None if lat is None else lon,
        east=None if north is None else east,
        north=None if east is None else north,
        grade=ons if ons is not None else code_point,
        ended=ended,
        grades=ONS_QUALITY if ons is not None else CODE_POINT_QUALITY,
        lists_ended=ended is None and code_point is None,
    )


def read_postcode(layout: PostcodeLayout, line: int, row: Sequence[str]) -> Reading:
    """Read one row of a list of postcodes.

    Raises:
        PlaceError: the row has no usable postcode or point; the sentence is the reason for the report.
    """
    code = tidy_postcode(row[layout.code])
    if code is None:
        raise PlaceError("not a postcode")
    grade = "" if layout.grade is None else row[layout.grade].strip()
    if layout.grade is not None and grade not in layout.grades:
        raise PlaceError("no point: the list gives none for this postcode")
    uncertainty = layout.grades[grade] if layout.grade is not None else QUALITY_UNKNOWN_M
    ended = None if layout.ended is None else _month(row[layout.ended])
    # Degrees first: ONS gives Northern Ireland's metres on the Irish grid, its degrees like everybody's.
    if layout.lat is not None and layout.lon is not None:
        lon, lat = _number(row[layout.lon]), _number(row[layout.lat])
        if not is_hereabouts(Point(lon, lat)):
            raise PlaceError("no point: the list gives none for this postcode")
        return Reading(line, code, lon, lat, is_grid=False, uncertainty_m=uncertainty, ended_on=ended)
    east, north = _number(row[layout.east or 0]), _number(row[layout.north or 0])
    if code.startswith("BT"):
        raise PlaceError("on the Irish grid, and this list gives no latitude and longitude")
    if not is_on_grid(east, north):
        raise PlaceError("no point: the list gives none for this postcode")
    return Reading(line, code, east, north, is_grid=True, uncertainty_m=uncertainty, ended_on=ended)


def _looks_like_code_point(first: Sequence[str]) -> bool:
    """Tell whether a first row is data of Code-Point Open, whose files have no header."""
    return (
        len(first) > _NORTHING
        and tidy_postcode(first[0]) is not None
        and first[1] in {*CODE_POINT_QUALITY, "90"}
        and first[2].isdigit()
        and first[_NORTHING].isdigit()
    )


def _postcode_list_name(heads: Sequence[str], *, is_code_point: bool, is_ons: bool) -> str:
    if is_code_point:
        return "Code-Point Open"
    if "oslaua" in heads or "casward" in heads:
        return "ONS Postcode Directory (ONSPD)"
    return "National Statistics Postcode Lookup (NSPL)" if is_ons else "list of postcodes with latitude and longitude"


def _column(heads: Sequence[str], names: Sequence[str]) -> int | None:
    return next((heads.index(name) for name in names if name in heads), None)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _month(text: str) -> dt.date | None:
    """Read ONS's yyyymm; its postcodes end in a month, not on a day."""
    found = _YEAR_AND_MONTH.match(text.strip())
    return dt.date(int(found[1]), int(found[2]), 1) if found else None


# ---------------------------------------------------------------- lists of names, as published

_ABOUT_M = {PlaceKind.TOWN: 1500.0, PlaceKind.VILLAGE: 500.0, PlaceKind.LOCALITY: 500.0}
_WIDEST_TOWN_M = 40_000.0
# OS Open Names has no header; 34 columns since its first edition.
_OPEN_NAMES_WIDTH = 34
_OPEN_NAMES_KINDS = {
    "city": PlaceKind.TOWN,
    "town": PlaceKind.TOWN,
    "village": PlaceKind.VILLAGE,
    "hamlet": PlaceKind.HAMLET,
    "suburban area": PlaceKind.LOCALITY,
    "other settlement": PlaceKind.LOCALITY,
    "woodland or forest": PlaceKind.WOOD,
}
_LOCALITY_KINDS = {
    "village": PlaceKind.VILLAGE,
    "hamlet": PlaceKind.HAMLET,
    "town": PlaceKind.TOWN,
    "city": PlaceKind.TOWN,
}


@dataclass(frozen=True)
class NameLayout:
    """Which column of a list of names holds what; without columns it is OS Open Names, known by position."""

    name: str
    width: int
    has_header: bool
    columns: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class NameReading:
    """One name as a file gives it; degrees, or metres of the National Grid still to be turned into degrees."""

    code: str
    name: str
    kind: PlaceKind
    x: float
    y: float
    is_grid: bool
    uncertainty_m: float
    within: str


def name_layout(first: Sequence[str]) -> NameLayout:
    """Recognise a list of names by its first row: localities of NaPTAN/NPTG or OS Open Names.

    Raises:
        PlaceError: it is neither; the sentence says which columns are needed.
    """
    heads = [head.strip().casefold() for head in first]
    if len(heads) == _OPEN_NAMES_WIDTH and (heads[0].startswith("osgb") or "/id/" in heads[1]):
        return NameLayout("OS Open Names", len(heads), has_header=False)
    if len(heads) == _OPEN_NAMES_WIDTH and heads[0] == "id":
        return NameLayout("OS Open Names", len(heads), has_header=True)
    columns = {head: number for number, head in enumerate(heads)}
    if "atcocode" in columns:
        raise PlaceError("This is NaPTAN's list of stops. Load the list of localities (NPTG, Localities.csv) instead.")
    has_point = {"easting", "northing"} <= columns.keys() or {"lat", "lon"} <= columns.keys()
    if not {"nptglocalitycode", "localityname"} <= columns.keys() or not has_point:
        raise PlaceError(
            "This is no list of names that we know. It needs the columns NptgLocalityCode, LocalityName and Easting "
            "and Northing (or lat and lon): load the localities of NaPTAN/NPTG, or OS Open Names."
        )
    return NameLayout("localities of NaPTAN/NPTG", len(heads), has_header=True, columns=columns)


def read_names(layout: NameLayout, row: Sequence[str]) -> list[NameReading]:
    """Read one row of a list of names: one place, or one for each language of its name.

    Raises:
        PlaceError: the row has no name that we keep, or no point; the sentence is the reason for the report.
    """
    return [_read_locality(layout.columns, row)] if layout.columns else _read_open_name(row)


def _read_locality(columns: Mapping[str, int], row: Sequence[str]) -> NameReading:
    def cell(*names: str) -> str:
        return next(
            (row[columns[name]].strip() for name in names if name in columns and row[columns[name]].strip()), ""
        )

    code, name = cell("nptglocalitycode"), cell("localityname")
    if not code or not name:
        raise PlaceError("no code or no name")
    kind = _LOCALITY_KINDS.get(cell("sourcelocalitytype").casefold(), PlaceKind.LOCALITY)
    within = ", ".join(
        part for part in (cell("qualifiername", "parentlocalityname"), cell("grandparentlocalityname")) if part
    )
    about = _ABOUT_M.get(kind, 250.0)
    lon, lat = _number(cell("lon", "longitude")), _number(cell("lat", "latitude"))
    if is_hereabouts(Point(lon, lat)):
        return NameReading(
            code[:40], name[:120], kind, lon, lat, is_grid=False, uncertainty_m=about, within=within[:160]
        )
    east, north = _number(cell("easting")), _number(cell("northing"))
    if not is_on_grid(east, north):
        raise PlaceError("no point: the list gives none for this name")
    return NameReading(code[:40], name[:120], kind, east, north, is_grid=True, uncertainty_m=about, within=within[:160])


def _read_open_name(row: Sequence[str]) -> list[NameReading]:
    if row[7] == "Postcode":
        raise LeftOutError("a postcode: those come from load postcodes")
    kind = _OPEN_NAMES_KINDS.get(row[7].strip().casefold())
    if kind is None:
        raise LeftOutError(f"not a settlement or wood ({row[7].strip() or row[6].strip()})")
    east, north = _number(row[8]), _number(row[9])
    if not row[0].strip() or not row[2].strip() or not is_on_grid(east, north):
        raise PlaceError("no name or no point")
    west, south, eastern, northern = (_number(cell) for cell in row[12:16])
    half = math.hypot(eastern - west, northern - south) / 2
    about = half if 0 < half < _WIDEST_TOWN_M else _ABOUT_M.get(kind, 250.0)
    within = ", ".join(part for part in (row[18].strip(), row[21].strip(), row[24].strip()) if part)[:160]
    names = [(row[0].strip()[:38], row[2].strip()), (f"{row[0].strip()[:38]}-2", row[4].strip())]
    return [
        NameReading(code, name[:120], kind, east, north, is_grid=True, uncertainty_m=about, within=within)
        for code, name in names
        if name
    ]
