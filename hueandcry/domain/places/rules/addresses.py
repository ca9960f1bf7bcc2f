"""Lists of addresses: how a row of AddressBase or AddressBase Core is read. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hueandcry.domain.places.rules import LeftOutError, PlaceError, is_on_grid, tidy_postcode

LONGEST_LINE = 160
# A UPRN has twelve figures at most.
MOST_UPRN = 10**12
# What is no place where somebody lives or works is not offered: parent shells, streets, post boxes.
NOT_OFFERED = ("P", "O", "Z", "U")
# AddressBase in the order in which people write it: whose, which part, which house, which street, which place.
_PARTS = (
    ("organisation_name", "department_name"),
    ("sub_building_name",),
    ("building_name",),
    ("building_number", "dependent_thoroughfare", "thoroughfare"),
    ("double_dependent_locality", "dependent_locality"),
    ("post_town",),
)
_POINTS = (("easting", "northing"), ("x_coordinate", "y_coordinate"))
_AFTER_NUMBER = re.compile(r"((?:\A|(?<=, ))\d+[A-Za-z]?), ")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_SMALL = re.compile(r"(?<=[^\W\d_] )(?:And|At|In|Of|On|The|Upon|Under|Le|Y|Yr|Ar|Ger)(?= )")


@dataclass(frozen=True)
class AddressLayout:
    """Which column of a list of addresses holds what."""

    name: str
    width: int
    columns: Mapping[str, int]
    x: str
    y: str


@dataclass(frozen=True)
class AddressReading:
    """One address as a file gives it; metres of the National Grid still to be turned into degrees."""

    uprn: int
    postcode: str
    line: str
    east: float
    north: float


def address_layout(first: Sequence[str]) -> AddressLayout:
    """Recognise a list of addresses by its header: AddressBase Core, or AddressBase with its header on top.

    Raises:
        PlaceError: it is neither; the sentence says which columns are needed.
    """
    columns = {head.strip().casefold(): number for number, head in enumerate(first)}
    axes = next((axes for axes in _POINTS if set(axes) <= columns.keys()), None)
    is_core = "single_line_address" in columns
    if axes is None or not {"uprn", "postcode"} <= columns.keys() or not (is_core or "post_town" in columns):
        raise PlaceError(
            "This is no list of addresses that we know. It needs a header with the columns UPRN, POSTCODE, EASTING and "
            "NORTHING, and SINGLE_LINE_ADDRESS (AddressBase Core) or POST_TOWN and the parts of an address "
            "(AddressBase: put its header file on top)."
        )
    return AddressLayout("AddressBase Core" if is_core else "AddressBase", len(first), columns, *axes)


def read_address(layout: AddressLayout, row: Sequence[str]) -> AddressReading:
    """Read one row of a list of addresses.

    Raises:
        LeftOutError: it is none that somebody could join at: a shell of others, without a postcode, or no more there.
        PlaceError: the row has no number, or its point is not on the grid; the sentence is the reason for the report.
    """

    def cell(name: str) -> str:
        return " ".join(row[layout.columns[name]].split()) if name in layout.columns else ""

    if cell("change_code") == "D" or cell("change_type") == "D":
        raise LeftOutError("taken off the list")
    if cell("classification_code").startswith(NOT_OFFERED) or cell("class").startswith(NOT_OFFERED):
        raise LeftOutError("nobody lives or works there")
    postcode = tidy_postcode(cell("postcode"))
    if postcode is None:
        raise LeftOutError("no postcode")
    uprn = cell("uprn")
    if not (uprn.isascii() and uprn.isdigit() and 0 < int(uprn) < MOST_UPRN):
        raise PlaceError("no UPRN")
    try:
        east, north = float(cell(layout.x)), float(cell(layout.y))
    except ValueError:
        raise PlaceError("no point") from None
    if not is_on_grid(east, north):
        raise PlaceError("the point is not on the National Grid")
    line = _line(cell)
    if not line:
        raise LeftOutError("no address")
    return AddressReading(int(uprn), postcode, line, east, north)


def _line(cell: Callable[[str], str]) -> str:
    whole = cell("single_line_address")
    if whole:
        # Written with its postcode at the end, and a comma after the number.
        parts = [part.strip() for part in whole.split(",") if part.strip()]
        if parts and tidy_postcode(parts[-1]):
            parts = parts[:-1]
        line = _AFTER_NUMBER.sub(r"\1 ", ", ".join(parts))
    else:
        said = (" ".join(filter(None, map(cell, names))) for names in _PARTS)
        line = ", ".join(filter(None, said))
    return (_as_written(line) if line.isupper() else line)[:LONGEST_LINE]


def _as_written(line: str) -> str:
    """Return words in capitals as people write them: `12A High Street, Stow on the Wold`."""
    words = _WORD.sub(lambda found: found[0].capitalize(), line.lower())
    return _SMALL.sub(lambda found: found[0].lower(), words)
