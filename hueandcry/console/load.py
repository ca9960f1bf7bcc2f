"""Load published boundaries, postcodes, names, addresses and households: `hueandcry load areas|postcodes|… FILE…`.

A file is read twice: once to see that it is whole, text, and in which encoding (so that a truncated file never begins
to load), and once as a stream into one transaction. Memory stays flat whatever the file's size.
"""

import argparse
import codecs
import csv
import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from hueandcry.console import members
from hueandcry.domain.insight import actions as insight
from hueandcry.domain.insight.rules import InsightError
from hueandcry.domain.places import actions, rules
from hueandcry.domain.places.actions.addresses import load_addresses
from hueandcry.domain.places.rules.addresses import address_layout

# What `hueandcry load` can load; each line is (how to add its arguments, how to run it).
Adder = Callable[[argparse.ArgumentParser], None]
Runner = Callable[[argparse.Namespace], int]

CHUNK = 1 << 20
ACTOR = "system:console"
# Characters that no text file has: everything below the space but tab, line feed, form feed and carriage return.
RUBBISH = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
BEGINNING = re.compile(r'"features"\s*:\s*\[')
BETWEEN = " \t\r\n,"
DECODER = json.JSONDecoder()
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class LoadError(ValueError):
    """A file that cannot be loaded, said in words that tell what to do."""


# ---------------------------------------------------------------- the command


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `hueandcry load`."""
    kinds = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    for name, (adder, _, words) in TABLE.items():
        adder(kinds.add_parser(name, help=words, description=words))


def run(args: argparse.Namespace) -> int:
    """Load what was named; return 1 after a sentence when something cannot be loaded."""
    return TABLE[args.what][1](args)


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file, compressed by gzip or not")
    parser.add_argument("--source", default="", help="where the file is from; its name when left out")
    parser.add_argument("--json", action="store_true", help="print the report for a program to read")


def _add_areas(parser: argparse.ArgumentParser) -> None:
    kinds = [kind.value for kind in rules.AreaKind]
    parser.add_argument("--kind", required=True, choices=kinds)
    parser.add_argument("--vintage", required=True, help="year or edition of the boundaries, such as 2021")
    parser.add_argument("--code-column", required=True, help="the property that holds the code, such as ward21_code")
    parser.add_argument("--name-column", default="", help="the property that holds the name; the code when left out")
    parser.add_argument("--parent-kind", choices=kinds, help="kind of the areas just above, loaded before")
    parser.add_argument("--parent-column", default="", help="property with the parent's code; else found on the ground")
    _add_files(parser)


def _add_postcodes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--edition", default="", help="year and month of the file, such as 2025-05; else from its name")
    _add_files(parser)


def _run_areas(args: argparse.Namespace) -> int:
    def one(file: "Whole", progress: actions.Progress) -> rules.LoadReport:
        return actions.load_areas(
            features=features(file),
            kind=rules.AreaKind(args.kind),
            vintage=args.vintage,
            code_column=args.code_column,
            name_column=args.name_column,
            parent_kind=rules.AreaKind(args.parent_kind) if args.parent_kind else None,
            parent_column=args.parent_column,
            source=args.source or file.path.name,
            actor=ACTOR,
            progress=progress,
        )

    return _each(args, one)


def _run_postcodes(args: argparse.Namespace) -> int:
    def one(file: "Whole", progress: actions.Progress) -> rules.LoadReport:
        edition = args.edition or edition_of(file.path.name)
        first, rows = table(file, lambda head: rules.postcode_layout(head).has_header)
        return actions.load_postcodes(
            rows=rows,
            layout=rules.postcode_layout(first),
            edition=edition,
            source=args.source or file.path.name,
            actor=ACTOR,
            progress=progress,
        )

    return _each(args, one)


def _run_places(args: argparse.Namespace) -> int:
    def one(file: "Whole", progress: actions.Progress) -> rules.LoadReport:
        first, rows = table(file, lambda head: rules.name_layout(head).has_header)
        return actions.load_places(
            rows=rows,
            layout=rules.name_layout(first),
            source=args.source or file.path.name,
            actor=ACTOR,
            progress=progress,
        )

    return _each(args, one)


def _run_addresses(args: argparse.Namespace) -> int:
    def one(file: "Whole", progress: actions.Progress) -> rules.LoadReport:
        first, rows = table(file, lambda _: True)
        return load_addresses(
            rows=rows,
            layout=address_layout(first),
            source=args.source or file.path.name,
            actor=ACTOR,
            progress=progress,
        )

    return _each(args, one)


def _add_households(parser: argparse.ArgumentParser) -> None:
    kinds = [kind.value for kind in rules.AreaKind]
    parser.add_argument("--kind", required=True, choices=kinds)
    parser.add_argument("--vintage", default="", help="edition of the boundaries; the newest when left out")
    parser.add_argument("--code-column", required=True, help="the column with the area's code, such as oa21_code")
    parser.add_argument("--households-column", default="total_households", help="the column with the number")
    parser.add_argument("--source", default="", help="where the file is from; its name when left out")
    parser.add_argument("file", type=Path, metavar="FILE", help="a CSV file, compressed by gzip or not")


def _run_households(args: argparse.Namespace) -> int:
    try:
        file = check(args.file)
        taken, unknown = insight.load_households(
            rows=_households(file, args.code_column, args.households_column),
            kind=rules.AreaKind(args.kind),
            vintage=args.vintage,
            source=args.source or args.file.name,
            actor=ACTOR,
        )
    except (LoadError, InsightError) as fault:
        print(f"{args.file.name}: {fault} Nothing of this file was loaded.", file=sys.stderr)
        return 1
    print(f"{args.file.name}: households of {taken:,} areas are known now.")
    if unknown:
        print(f"  {unknown:,} codes of the file are not among the boundaries loaded, and were left out.")
    return 0


def _households(file: "Whole", code: str, number: str) -> Iterator[tuple[str, int]]:
    """Yield code and number of each row.

    Raises:
        LoadError: a column is missing, or a number is none.
    """
    head, rows = table(file, lambda _: True)
    for column in (code, number):
        if column not in head:
            raise LoadError(f"The file has no column {column}. Its columns are: {', '.join(head)[:300]}.")
    at, to = head.index(code), head.index(number)
    for line, row in rows:
        text = row[to].strip().replace(",", "") if len(row) > max(at, to) else ""
        if not (text.isascii() and text.isdigit() and len(text) < len("10000000")):
            raise LoadError(f"Line {line:,} has no number of households under {number}: mend it and load again.")
        yield row[at].strip(), int(text)


TABLE: dict[str, tuple[Adder, Runner, str]] = {
    "areas": (_add_areas, _run_areas, "Load boundaries of one kind and vintage from GeoJSON."),
    "postcodes": (_add_postcodes, _run_postcodes, "Load ONSPD, NSPL or Code-Point Open."),
    "places": (_add_files, _run_places, "Load names: localities of NaPTAN/NPTG, or OS Open Names."),
    "addresses": (_add_files, _run_addresses, "Load addresses to pick from: AddressBase Core, or AddressBase."),
    "households": (_add_households, _run_households, "Load how many households live in each area, from a census."),
    "members": (members.add, members.run, "Place made-up members on the real postcodes that are loaded."),
}


def _each(args: argparse.Namespace, one: Callable[["Whole", actions.Progress], rules.LoadReport]) -> int:
    """Load the files one after the other; each is taken whole or not at all, and the first that fails ends it."""
    reports: list[dict[str, Any]] = []
    for path in args.files:
        try:
            with _bar(path, is_quiet=args.json) as progress:
                file = check(path)
                progress.total(file.lines)
                report = one(file, progress.at)
        except (LoadError, rules.PlaceError) as fault:
            return _failed(path, str(fault), reports, is_json=args.json)
        reports.append({"file": str(path), "encoding": file.encoding, **asdict(report)})
        if not args.json:
            _print(path, file, report)
    if args.json:
        print(json.dumps(reports, indent=2))
    return 0


def _failed(path: Path, sentence: str, reports: list[dict[str, Any]], *, is_json: bool) -> int:
    if is_json:
        print(json.dumps([*reports, {"file": str(path), "error": sentence}], indent=2))
    print(f"{path.name}: {sentence} Nothing of this file was loaded.", file=sys.stderr)
    return 1


# ---------------------------------------------------------------- what is said


class Bar:
    """A progress bar on a terminal, nothing elsewhere."""

    def __init__(self, path: Path, *, is_shown: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=Console(stderr=True), transient=True, disable=not is_shown)
        self.task = self.progress.add_task(path.name, total=None)

    def total(self, lines: int) -> None:
        """Say how much there is."""
        self.progress.update(self.task, total=lines)

    def at(self, line: int) -> None:
        """Say how far the load is."""
        self.progress.update(self.task, completed=line)


@contextmanager
def _bar(path: Path, *, is_quiet: bool) -> Iterator[Bar]:
    bar = Bar(path, is_shown=not is_quiet and sys.stderr.isatty())
    with bar.progress:
        yield bar


def _print(path: Path, file: "Whole", report: rules.LoadReport) -> None:
    """Print one report in words."""
    print(f"{path.name}: {report.layout} ({report.seconds:.1f} s)")
    if file.encoding != UTF8:
        print("  The file is not UTF-8; it was read as Windows text (cp1252). Check names with accents.")
    counts = [(report.taken, "new"), (report.changed, "changed"), (report.unchanged, "unchanged")]
    counts += [(report.older, "known from a newer edition"), (report.mended_count, "of them mended")]
    counts += [(report.refused_count, "refused")]
    shown = [f"{number:,} {word}" for place, (number, word) in enumerate(counts) if number or place < 3]  # noqa: PLR2004
    print("  " + ", ".join(shown))
    if report.taken == report.changed == 0:
        print("  Nothing changed: all of it was here already.")
    for note in report.notes:
        print(f"  {note}")
    for where, what in report.mended:
        print(f"  mended  {where}: {what}")
    for reason, number in report.reasons:
        print(f"  refused {number:,}: {reason}")
    for where, reason in report.refused:
        print(f"    {where}: {reason}")
    if len(report.refused) == rules.MOST_SHOWN:
        print("    … (the first twenty are shown)")


# ---------------------------------------------------------------- reading files

UTF8 = "utf-8-sig"
WINDOWS = "cp1252"


@dataclass(frozen=True)
class Whole:
    """A file that was read to its end once: text, in this encoding, with this many lines."""

    path: Path
    encoding: str
    lines: int

    def text(self) -> IO[str]:
        """Open it as text."""
        return io.TextIOWrapper(_open(self.path), encoding=self.encoding, newline="")


def check(path: Path) -> Whole:
    """Read a file to its end, to see that it is whole and is text.

    Raises:
        LoadError: it is missing, cut short, or not text; the sentence has the line.
    """
    lines = 0
    decoders = {name: codecs.getincrementaldecoder(name)() for name in (UTF8, WINDOWS)}
    try:
        with _open(path) as stream:
            # read1: what could be unpacked before the damage is still given, and its lines are counted.
            while chunk := stream.read1(CHUNK):
                _check_text(chunk, lines, is_first=lines == 0)
                for name in list(decoders):
                    if not _decodes(decoders[name], chunk):
                        del decoders[name]
                lines += chunk.count(b"\n")
        if UTF8 in decoders and not _decodes(decoders[UTF8], b"", is_last=True):
            del decoders[UTF8]
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise LoadError(
            f"The compressed file is damaged or cut short after line {lines:,}. Download it again."
        ) from fault
    except OSError as fault:
        raise LoadError(
            f"The file cannot be read ({fault.strerror or fault}). Check its name and who may read it."
        ) from fault
    if not decoders:
        raise LoadError("The file is neither UTF-8 nor Windows text. Save it as “CSV UTF-8” and load it again.")
    return Whole(path, UTF8 if UTF8 in decoders else WINDOWS, lines)


def _open(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """Open a file, through gzip when it begins like one (its name says nothing reliable)."""
    with path.open("rb") as stream:
        is_gzip = stream.read(2) == b"\x1f\x8b"
    return gzip.GzipFile(path) if is_gzip else path.open("rb")


def _check_text(chunk: bytes, lines: int, *, is_first: bool) -> None:
    if is_first and chunk[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        raise LoadError("The file is saved as UTF-16. Save it as “CSV UTF-8” and load it again.")
    if is_first and chunk[:4] == b"PK\x03\x04":
        raise LoadError("The file is a zip archive or a spreadsheet. Unpack it, or save it as CSV, and load that.")
    rubbish = RUBBISH.search(chunk)
    if rubbish:
        line = lines + chunk.count(b"\n", 0, rubbish.start()) + 1
        raise LoadError(f"Line {line:,} holds signs that no text has: the file is damaged there. Download it again.")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, is_last: bool = False) -> bool:
    try:
        decoder.decode(chunk, is_last)
    except UnicodeDecodeError:
        return False
    return True


def table(
    file: Whole, has_header: Callable[[Sequence[str]], bool]
) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Return the first row of a CSV file, and its rows of data with their line numbers.

    Raises:
        LoadError: it is empty, or (while it is read) no CSV.
    """
    rows = _rows(file)
    first = next(rows, None)
    if first is None:
        raise LoadError("The file is empty. Check that it is the file that you meant.")
    if has_header(first[1]):
        return first[1], rows
    return first[1], _again(first, rows)


def _again(first: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rows


def _rows(file: Whole) -> Iterator[tuple[int, list[str]]]:
    with file.text() as text:
        reader = csv.reader(text, strict=True)
        begins = 1
        try:
            for row in reader:
                if row:
                    yield begins, row
                begins = reader.line_num + 1
        except csv.Error as fault:
            raise LoadError(
                f"The quotation marks from line {begins:,} on do not close ({fault}). Mend them."
            ) from fault


def features(file: Whole) -> Iterator[dict[str, Any]]:
    """Yield the features of a GeoJSON collection one by one, without reading the whole file.

    Raises:
        LoadError: it is no GeoJSON collection, or breaks off.
    """
    number = 0
    with file.text() as text:
        held = text.read(CHUNK)
        begins = BEGINNING.search(held)
        if begins is None:
            raise LoadError("The file is no GeoJSON FeatureCollection. Save the boundaries as GeoJSON in WGS84.")
        at = begins.end()
        while True:
            while held[at : at + 1] and held[at] in BETWEEN:
                at += 1
            if held[at : at + 1] == "]":
                return
            try:
                feature, at = DECODER.raw_decode(held, at)
            except (json.JSONDecodeError, RecursionError) as fault:
                # Doubled each time: a feature of any size is then read in a few goes.
                more = text.read(max(CHUNK, len(held) - at))
                if not more:
                    why = f"The GeoJSON is damaged or cut short after feature {number:,}. Download it again."
                    raise LoadError(why) from fault
                held, at = held[at:] + more, 0
                continue
            if not isinstance(feature, dict):
                raise LoadError(f"Feature {number + 1:,} of the GeoJSON is no feature. Save the boundaries again.")
            number += 1
            yield feature


def edition_of(name: str) -> str:
    """Read year and month out of a file's name: ONSPD_MAY_2025_UK.csv, nspl_2025-05.csv, codepo_gb_202508.csv.

    Raises:
        LoadError: the name does not tell.
    """
    words = re.search(rf"({'|'.join(MONTHS)})[a-z]*[ _-]*((?:19|20)\d\d)", name.casefold())
    if words:
        return f"{words[2]}-{MONTHS.index(words[1]) + 1:02d}"
    figures = re.search(r"(?<!\d)((?:19|20)\d\d)[-_ ]?(0[1-9]|1[0-2])(?!\d)", name)
    if figures:
        return f"{figures[1]}-{figures[2]}"
    raise LoadError("Say of which month the file is, such as --edition 2025-05: of two files the newer one counts.")
