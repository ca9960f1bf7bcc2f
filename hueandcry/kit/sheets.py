"""Tables as other programs save them: which encoding, which separator, where the header stands. Pure.

A file is never trusted: it may be a workbook under a false name, break off inside a quotation, or hold a megabyte in
one cell. What can be read is read, line by line, in flat memory; what cannot is told with its line.
"""

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, NamedTuple

from hueandcry.kit.text import storable

LONGEST_CELL = 2_000
_LONGEST_LINE = 1 << 22
_MOST_LINES_IN_A_ROW = 40
_LOOKED_AT = 60
_HEADER_WITHIN = 20
_SEPARATORS = (",", ";", "\t", "|")
_NOT_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or a zip"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# UTF-8 that was read as Windows-1252 and saved again: Zoë as ZoÃ«.
_TWICE_ENCODED = re.compile("[\u00c2\u00c3][\u0080-\u00bf\u0152-\u02dc\u2013-\u2122]|\u00e2\u20ac")
_LOOKS_LIKE_DATA = re.compile(r"@|\d{4,}|\A[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\Z|\A\d[\d/. :-]*\Z", re.IGNORECASE)


class SheetError(ValueError):
    """A file that is no table, in words that say what to do."""


@dataclass(frozen=True)
class Layout:
    """How a file is to be read, and how that is said.

    Attributes:
        codec, errors: as Python's decoders name them.
        encoding: as people read it.
        header_line: the line of the header, 0 when there is none.
    """

    codec: str
    errors: str
    encoding: str
    separator: str
    header_line: int
    columns: tuple[str, ...]


class Row(NamedTuple):
    """One row, and the line of the file on which it begins."""

    line: int
    cells: list[str]


def _as_windows(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    return fault.object[fault.start : fault.end].decode("cp1252", "replace"), fault.end


codecs.register_error("as_windows", _as_windows)


def look(file: IO[bytes]) -> Layout:
    """Find out how a file is to be read; the file is left at its beginning.

    Raises:
        SheetError: it is no text, or holds nothing.
    """
    codec, errors, encoding = _encoding(file)
    file.seek(0)
    first = list(_taken(_lines(file, codec, errors), _LOOKED_AT))
    file.seek(0)
    if not any(line.strip() for line in first):
        raise SheetError("The file is empty. Export it again, with its header and all rows.")
    separator = _separator(first)
    rows = [row for row in _rows(first, separator) if any(cell.strip() for cell in row.cells)]
    header = _header(rows)
    width = max(len(row.cells) for row in rows)
    names = header.cells if header else []
    return Layout(codec, errors, encoding, separator, header.line if header else 0, _unique(names, width, bool(header)))


def rows_of(file: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield the rows below the header, one by one; empty ones are left out, cells are cut at LONGEST_CELL."""
    file.seek(0)
    for row in _rows(_lines(file, layout.codec, layout.errors), layout.separator, len(layout.columns)):
        if row.line > layout.header_line and any(cell.strip() for cell in row.cells):
            yield row


def for_spreadsheet(cell: str) -> str:
    """Return the cell so that no spreadsheet takes it for a formula; `from_spreadsheet` undoes it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def from_spreadsheet(cell: str) -> str:
    """Return the cell as it was meant: without the sign against formulas, and not encoded twice."""
    if cell[:1] == "'" and cell[1:2] in _FORMULA:
        cell = cell[1:]
    if _TWICE_ENCODED.search(cell):
        try:
            return cell.encode("cp1252").decode("utf-8")
        except UnicodeError:
            return cell
    return cell


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def written(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a CSV that a spreadsheet opens without running anything in it; it begins with a BOM."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([for_spreadsheet(cell) for cell in row])


# ---------------------------------------------------------------- encoding


def _encoding(file: IO[bytes]) -> tuple[str, str, str]:
    file.seek(0)
    head = file.read(4096)
    for sign, what in _NOT_TEXT:
        if head.startswith(sign):
            raise SheetError(f"This is {what}, not a CSV file. Open it, choose Save as, CSV UTF-8, and upload that.")
    wide = _of_two_bytes(head)
    if wide:
        return wide, "replace", "UTF-16"
    if head.count(0) > len(head) // 20:
        raise SheetError("This is no text file. Export the list as CSV, and upload that.")
    codec = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    utf8, windows = _lines_by_encoding(file)
    if not windows:
        return codec, "as_windows", "UTF-8"
    if not utf8:
        return "cp1252", "replace", "Windows-1252"
    return codec, "as_windows", f"UTF-8, with {windows:,} lines in Windows-1252 among them"


def _of_two_bytes(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if max(odd, even) > len(head) // 5:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def _lines_by_encoding(file: IO[bytes]) -> tuple[int, int]:
    """Count the lines that are UTF-8 and those that are not, without those that are plain."""
    file.seek(0)
    utf8 = windows = 0
    while line := file.readline(_LONGEST_LINE):
        if not line.isascii():
            try:
                line.decode("utf-8")
                utf8 += 1
            except UnicodeDecodeError:
                windows += 1
    return utf8, windows


def _lines(file: IO[bytes], codec: str, errors: str) -> Iterator[str]:
    text = io.TextIOWrapper(file, encoding=codec, errors=errors)
    try:
        while line := text.readline(_LONGEST_LINE):
            yield storable(line)
    finally:
        text.detach()


def _taken(lines: Iterator[str], most: int) -> Iterator[str]:
    for _ in range(most):
        line = next(lines, None)
        if line is None:
            return
        yield line


# ---------------------------------------------------------------- rows


def _rows(lines: Iterable[str], separator: str, width: int = 0) -> Iterator[Row]:
    """Yield rows; a quotation that is not closed soon, or closes where no row ends, is read as one broken line."""
    source, back, at = iter(lines), deque[str](), 0

    def next_line() -> str | None:
        return back.popleft() if back else next(source, None)

    while (line := next_line()) is not None:
        held, size = [line], len(line)
        while sum(one.count('"') for one in held) % 2 and len(held) < _MOST_LINES_IN_A_ROW and size < _LONGEST_LINE:
            more = next_line()
            if more is None:
                break
            held.append(more)
            size += len(more)
        found = list(_parsed(held, separator, at))
        if len(held) > 1 and (
            sum(one.count('"') for one in held) % 2
            or (width and any(len(row.cells) != width for row in found))
            or _has_eaten_rows(held, separator, width)
        ):
            back.extendleft(reversed(held[1:]))
            held = held[:1]
            found = list(_parsed(held, separator, at))
        yield from found
        at += len(held)


def _has_eaten_rows(held: list[str], separator: str, width: int) -> bool:
    """Say whether lines that are whole rows by themselves stand inside one quotation."""
    whole = [width > 1 and line.count(separator) >= width - 1 for line in held]
    return whole[0] and any(whole[1:])


def _parsed(held: list[str], separator: str, at: int) -> Iterator[Row]:
    reader = csv.reader(held, delimiter=separator)
    begins = at + 1
    try:
        for cells in reader:
            yield Row(begins, [cell[:LONGEST_CELL] for cell in cells])
            begins = at + reader.line_num + 1
    except csv.Error:
        yield Row(begins, ["".join(held)[:LONGEST_CELL]])


def _separator(first: list[str]) -> str:
    def evenness(separator: str) -> tuple[float, int]:
        widths = Counter(len(row.cells) for row in _rows(first, separator) if any(row.cells))
        if not widths:
            return 0, 0
        # The commonest width of more than one column, by how many rows have it.
        width, many = max(widths.items(), key=lambda found: (found[0] > 1, found[1], found[0]))
        return (many / sum(widths.values()) if width > 1 else 0), width

    return max(_SEPARATORS, key=evenness)


def _header(rows: list[Row]) -> Row | None:
    """Return the first row as wide as the table whose cells are all words, if it stands near the top."""
    width = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
    if len(rows) == 1:
        return rows[0]
    for row in rows[:_HEADER_WITHIN]:
        filled = [cell.strip() for cell in row.cells if cell.strip()]
        if len(row.cells) < width or len(filled) * 2 < width:
            continue
        return None if any(_LOOKS_LIKE_DATA.search(cell) for cell in filled) else row
    return None


def _unique(names: list[str], width: int, is_there: bool) -> tuple[str, ...]:  # noqa: FBT001
    """Return one name for each column: twice the same gets a number, none gets its place."""
    seen: Counter[str] = Counter()
    named = []
    for place in range(len(names) if is_there else width):
        name = " ".join(names[place].split())[:80] if is_there else ""
        name = name or f"Column {place + 1}"
        seen[name.casefold()] += 1
        named.append(name if seen[name.casefold()] == 1 else f"{name} ({seen[name.casefold()]})")
    return tuple(named)
