"""Letters to those who get post: where each goes, in the order of the walk, and which of them are chosen. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
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


@dataclass(frozen=True)
class Batch:
    """Letters that one person carries; `name` is empty where there is one batch."""

    name: str
    letters: tuple[Letter, ...]


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


def chosen(letters: Sequence[Letter], where: Collection[str]) -> list[Letter]:
    """Return the letters of these parishes (`parish:7`), schemes (`scheme:REF`) and streets, or all, as walked.

    A letter that lies in two of them is there once.
    """
    keys = {*where}
    found = [letter for letter in letters if EVERYBODY in keys or keys & _keys(letter)]
    return sorted(found, key=lambda letter: letter.walk)


def batches(letters: Sequence[Letter], where: Collection[str]) -> list[Batch]:
    """Return the letters of each place that was chosen, by its name; what lies in two goes with the first of them.

    Whoever chose everything, or one place, gets one batch.
    """
    left = chosen(letters, where)
    if EVERYBODY in where or len({*where}) == 1:
        return [Batch("", tuple(left))] if left else []
    found = []
    for key, name in _named(letters):
        mine = [letter for letter in left if key in where and key in _keys(letter)]
        if mine:
            left = [letter for letter in left if letter not in mine]
            found.append(Batch(name, tuple(mine)))
    return found


def _named(letters: Sequence[Letter]) -> list[tuple[str, str]]:
    """Return every place with its name, in the order in which they are offered."""
    return [(key, shown.rpartition(" (")[0]) for _, rows in choices_of(letters) for key, shown in rows]


def _street(letter: Letter) -> tuple[str, str]:
    named = ", ".join(filter(None, (letter.box.street, letter.parish)))
    return named, f"street:{letter.parish_id}:{letter.box.street.casefold()}"


def _keys(letter: Letter) -> set[str]:
    return {f"parish:{letter.parish_id}", _street(letter)[1], *(f"scheme:{ref}" for ref, _ in letter.schemes)}
