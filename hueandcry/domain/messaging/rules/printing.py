"""Letters to those who get post: where each goes, in the order of the walk, and which of them are chosen. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from hueandcry.kit.postcodes import is_postcode

# More in one file is no morning's walk, and would hold the desk up.
MOST_LETTERS = 2_000
EVERYBODY = "all"
_NUMBERED = re.compile(r"([0-9]{1,5})([A-Za-z]?)(?:-[0-9]+)?\s+(\D.*)\Z")
_NUMBER = re.compile(r"[0-9]{1,5}[A-Za-z]?\Z")
_FAR = 1_000_000
# A house, perhaps with a flat before it, stands in one of the first lines.
_HOUSE_WITHIN = 3


@dataclass(frozen=True)
class Letterbox:
    """Where a letter goes, as the walk has it: the lines of its address, its street, and its number there."""

    lines: tuple[str, ...] = field(repr=False)
    street: str
    number: int
    rest: str = field(repr=False, default="")


@dataclass(frozen=True)
class Letter:
    """One letter that waits to be printed or, printed, to be carried.

    Attributes:
        parish: its name; empty where nobody knows in which it lies.
        schemes: (reference, name) of the watch schemes of whoever gets it.
        printed: somebody printed it already, and has not said yet that it was taken away.
    """

    delivery_id: int
    name: str = field(repr=False)
    box: Letterbox = field(repr=False)
    language: str
    is_large: bool
    parish_id: int
    parish: str
    schemes: tuple[tuple[str, str], ...]
    printed: bool

    @property
    def walk(self) -> tuple[str, str, int, str]:
        """Return what puts letters into the order of the walk: parish, street, number."""
        return self.parish.casefold(), self.box.street.casefold(), self.box.number, self.box.rest.casefold()


def read_address(text: str) -> Letterbox:
    """Return an address in its lines; a house number that stands alone goes before its street."""
    parts = [" ".join(part.split()) for part in re.split(r"[\n,]+", text)]
    parts = [part for part in parts if part]
    lines: list[str] = []
    for part in parts:
        if lines and _NUMBER.match(lines[-1]) and not is_postcode(part):
            lines[-1] = f"{lines[-1]} {part}"
        else:
            lines.append(part)
    for line in lines[:_HOUSE_WITHIN]:
        found = _NUMBERED.match(line)
        if found and not is_postcode(line):
            return Letterbox(tuple(lines), found[3], int(found[1]), f"{found[2]} {lines[0]}")
    number = int(re.sub(r"\D", "", lines[0])) if lines and _NUMBER.match(lines[0]) else _FAR
    # A farm has a name and no number: it comes after the houses of its road.
    street = lines[1] if len(lines) > 1 else (lines[0] if lines else "")
    return Letterbox(tuple(lines), street, number, lines[0] if lines else "")


def choices_of(letters: Sequence[Letter]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what may be chosen, in groups: (key, "name (how many)") of parishes, schemes and streets."""
    parishes = Counter((letter.parish or "In no parish that we know", letter.parish_id) for letter in letters)
    schemes = Counter(scheme for letter in letters for scheme in letter.schemes)
    streets = Counter(_street(letter) for letter in letters)
    named = sorted(schemes.items(), key=lambda pair: pair[0][1])
    groups = [
        ("Parish", [(f"parish:{key}", f"{name} ({many})") for (name, key), many in sorted(parishes.items())]),
        ("Watch scheme", [(f"scheme:{ref}", f"{name} ({many})") for (ref, name), many in named]),
        ("Street", [(key, f"{name} ({many})") for (name, key), many in sorted(streets.items())]),
    ]
    return [(name, rows) for name, rows in groups if rows]


def chosen(letters: Sequence[Letter], where: str) -> list[Letter]:
    """Return the letters of one parish (`parish:7`), scheme (`scheme:REF`) or street, or all, as they are walked."""
    found = [letter for letter in letters if where == EVERYBODY or where in _keys(letter)]
    return sorted(found, key=lambda letter: letter.walk)


def _street(letter: Letter) -> tuple[str, str]:
    named = ", ".join(filter(None, (letter.box.street, letter.parish)))
    return named, f"street:{letter.parish_id}:{letter.box.street.casefold()}"


def _keys(letter: Letter) -> set[str]:
    return {f"parish:{letter.parish_id}", _street(letter)[1], *(f"scheme:{ref}" for ref, _ in letter.schemes)}
