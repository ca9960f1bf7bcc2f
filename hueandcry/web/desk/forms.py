"""Fields and forms that several screens of the desk use."""

import json

from django import forms

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.queries import helping
from hueandcry.domain.members.rules import SchemeLine
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind, AreaLine, PlaceError
from hueandcry.web.parts.labels import without_ref
from hueandcry.web.parts.places import PlaceField, point_words, postcode_of

__all__ = [
    "MOST_FOUND",
    "PLACE_HINT",
    "PlaceField",
    "point_words",
    "postcode_of",
    "read_corners",
    "read_drawn",
    "scheme_choices",
    "top_areas",
    "without_ref",
]

PLACE_HINT = "A postcode, a grid reference such as TL 123 456, latitude and longitude, or the name of a place."
MOST_LINES = 500
MOST_FOUND = 40
LEAST_CORNERS = 3


def scheme_choices(officer: Officer, *, counts: bool = True) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the schemes that an officer may see, grouped by their kind; without `counts` nobody is counted."""
    groups: dict[str, list[tuple[str, str]]] = {}
    if not counts:
        for number, kind, name in helping.scheme_names(officer=officer):
            groups.setdefault(kind.label, []).append((str(number), name))
        return list(groups.items())
    for line in members.scheme_lines(officer=officer):
        groups.setdefault(line.kind.label, []).append((str(line.id), _scheme_words(line)))
    return list(groups.items())


def _scheme_words(line: SchemeLine) -> str:
    return f"{line.name} ({line.members:,})"


def read_drawn(text: str) -> tuple[str, ...]:
    """Return GeoJSON geometries from what was drawn or typed: GeoJSON, or places one a line round an area.

    Raises:
        forms.ValidationError: a line is no place, or there are too few.
    """
    text = text.strip()
    if not text:
        return ()
    if text[0] in "{[":
        return (text,)
    corners = read_corners(text)
    if len(corners) < LEAST_CORNERS:
        raise forms.ValidationError("An area needs at least three corners: write one grid reference on each line.")
    return (json.dumps({"type": "Polygon", "coordinates": [[*corners, corners[0]]]}),)


def read_corners(text: str) -> list[list[float]]:
    """Return the places that are written one a line, as longitude and latitude.

    Raises:
        forms.ValidationError: a line is no place, or there are too many.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise forms.ValidationError(f"At most {MOST_LINES} lines can be read: paste GeoJSON for a finer outline.")
    return [_corner(number, line) for number, line in enumerate(lines, start=1)]


def _corner(number: int, line: str) -> list[float]:
    try:
        found = places.find(text=line)
    except PlaceError as refusal:
        raise forms.ValidationError(f"Line {number}: {refusal}") from refusal
    return [*found[0].point]


def top_areas() -> list[AreaLine]:
    """Return where a walk down the tree of areas begins: the force and its districts."""
    top = [*places.areas(kind=AreaKind.FORCE), *places.areas(kind=AreaKind.DISTRICT)]
    return (top or places.children(parent_id=None))[:MOST_FOUND]
