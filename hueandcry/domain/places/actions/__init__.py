"""Loading places: every write to areas, boundaries, postcodes, names and ways.

Each load is one transaction: a file that breaks in the middle writes nothing. A second load of the same file
changes nothing and says so.
"""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import shapely
from django.db import connection, transaction
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.places.models import Area, Barrier, Boundary, Way
from hueandcry.domain.places.queries import read_line
from hueandcry.domain.places.rules import (
    BARRIER_NAME_MOST,
    AreaKind,
    LeftOutError,
    LoadReport,
    NameLayout,
    NameReading,
    NewPlace,
    PlaceError,
    PostcodeLayout,
    Reading,
    Tally,
    WayKind,
    check_edition,
    check_vintage,
    check_width,
    crossing,
    read_names,
    read_postcode,
    tidy_postcode,
)
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock, grid, shapes
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from hueandcry.kit.text import fold

__all__ = [
    "PlaceError",
    "add_places",
    "add_postcodes",
    "add_ways",
    "draw_barrier",
    "load_areas",
    "load_places",
    "load_postcodes",
    "remove_barrier",
]

BATCH = 2_000
LONGEST_CODE = 40
Progress = Callable[[int], None]
Row = tuple[int, Sequence[str]]
T = TypeVar("T")


# ---------------------------------------------------------------- areas


@transaction.atomic
def load_areas(  # noqa: PLR0913
    *,
    features: Iterable[dict[str, Any]],
    kind: AreaKind,
    vintage: str,
    code_column: str,
    name_column: str = "",
    parent_kind: AreaKind | None = None,
    parent_column: str = "",
    source: str,
    actor: str = SYSTEM,
    progress: Progress | None = None,
) -> LoadReport:
    """Load the areas of one kind and vintage from GeoJSON features, mending outlines that cross themselves.

    The parent is the area of `parent_kind` whose code stands in `parent_column`, or without a column the one that
    holds a point surely inside. Logged as `areas.loaded`.

    Raises:
        PlaceError: the vintage is no word, a column is missing, or nothing could be taken.
    """
    check_vintage(vintage)
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE places_area IN SHARE ROW EXCLUSIVE MODE")
    load = _AreaLoad(kind, vintage, source, _parents(parent_kind, parent_column, vintage))
    for batch in _batches(features, BATCH // 4):
        load.take([_Feature(feature, code_column, name_column or code_column, parent_column) for feature in batch])
        if progress:
            progress(load.seen)
    report = load.report()
    if not (report.taken or report.changed or report.unchanged):
        raise PlaceError(_nothing_taken(report))
    log("areas.loaded", subject=f"areas:{kind}-{vintage}", actor=actor, source=source, **_facts(report))
    return report


class _Feature:
    """One GeoJSON feature, read."""

    def __init__(self, feature: dict[str, Any], code_column: str, name_column: str, parent_column: str) -> None:
        columns = feature.get("properties") or {}
        for column in filter(None, (code_column, name_column, parent_column)):
            if column not in columns:
                there = ", ".join(sorted(columns)) or "none"
                raise PlaceError(f"The file has no column {column}. Its columns are: {there}.")
        self.code = str(columns[code_column] or "").strip()
        self.name = str(columns[name_column] or "").strip() or self.code
        self.parent_code = str(columns[parent_column] or "").strip() if parent_column else ""
        self.geometry = feature.get("geometry")

    def shape(self) -> tuple[BaseGeometry, str]:
        """Return the mended outline and what was wrong with it."""
        if self.geometry is None:
            raise shapes.ShapeError("is missing")
        return shapes.mend(shapes.joined(shapes.outlines(self.geometry) or [shapely.Polygon()]))


class _AreaLoad:
    """What a load of areas knows while it goes on."""

    def __init__(self, kind: AreaKind, vintage: str, source: str, parents: "_Parents") -> None:
        self.kind, self.vintage, self.source, self.parents = kind, vintage, source, parents
        self.begun = time.monotonic()
        self.seen = self.taken = self.changed = self.unchanged = self.orphans = 0
        self.codes: set[str] = set()
        self.mended, self.refused = Tally(), Tally()

    def take(self, features: Sequence[_Feature]) -> None:
        """Write one batch: new areas, changed ones, and nothing where nothing changed."""
        known = {
            boundary.area.code: boundary
            for boundary in Boundary.objects.select_related("area").filter(
                area__kind=self.kind, area__vintage=self.vintage, area__code__in=[feature.code for feature in features]
            )
        }
        new: list[Boundary] = []
        changed: list[Boundary] = []
        for feature in features:
            self.seen += 1
            boundary = self._boundary(feature)
            if boundary is None:
                continue
            old = known.get(feature.code)
            if old is None:
                new.append(boundary)
            elif _is_same(old, boundary):
                self.unchanged += 1
            else:
                area = boundary.area
                area.pk = old.area_id
                boundary.area = area
                changed.append(boundary)
        _write(new, changed)
        self.taken += len(new)
        self.changed += len(changed)

    def _boundary(self, feature: _Feature) -> Boundary | None:
        where = feature.code or f"feature {self.seen}"
        reason = self._fault(feature)
        if reason:
            self.refused.add(where, reason)
            return None
        try:
            shape, wrong = feature.shape()
        except shapes.ShapeError as fault:
            self.refused.add(where, f"its outline {fault}")
            return None
        self.codes.add(feature.code)
        if wrong:
            wrong = f"its outline touched or crossed itself {crossing(wrong)}"
            self.mended.add(where, wrong)
        parent = self.parents.of(feature, shape)
        self.orphans += self.parents.is_wanted and parent is None
        area = Area(
            kind=self.kind,
            code=feature.code,
            name=feature.name[:120],
            vintage=self.vintage,
            parent_id=parent,
            source=self.source[:120],
        )
        return Boundary(
            area=area,
            shape=shapely.to_wkb(shape),
            box=shapes.box_of(shape),
            corners=int(shapely.get_num_coordinates(shape)),
            mended=wrong[:200],
        )

    def _fault(self, feature: _Feature) -> str:
        if not feature.code:
            return "it has no code"
        if len(feature.code) > LONGEST_CODE:
            return f"its code is longer than {LONGEST_CODE} signs"
        return "its code stands twice in the file; the first counts" if feature.code in self.codes else ""

    def report(self) -> LoadReport:
        """Return what was done."""
        alone = "1 area has" if self.orphans == 1 else f"{self.orphans:,} areas have"
        notes = (f"{alone} no {self.parents.kind} above.",) if self.orphans else ()
        return LoadReport(
            taken=self.taken,
            changed=self.changed,
            unchanged=self.unchanged,
            mended=tuple(self.mended.first),
            refused=tuple(self.refused.first),
            seconds=time.monotonic() - self.begun,
            mended_count=self.mended.total,
            refused_count=self.refused.total,
            reasons=tuple(self.refused.counts.most_common()),
            layout=f"{self.kind.label}, {self.vintage}",
            notes=notes,
        )


def _is_same(old: Boundary, new: Boundary) -> bool:
    return bytes(old.shape) == new.shape and (old.area.name, old.area.parent_id) == (new.area.name, new.area.parent_id)


def _write(new: Sequence[Boundary], changed: Sequence[Boundary]) -> None:
    Area.objects.bulk_create([boundary.area for boundary in new])
    for boundary in new:
        boundary.area = boundary.area  # the number that the area has now
    Boundary.objects.bulk_create(new)
    Area.objects.bulk_update([boundary.area for boundary in changed], ["name", "parent", "source"], batch_size=500)
    Boundary.objects.bulk_update(changed, ["shape", "box", "corners", "mended"], batch_size=500)


class _Parents:
    """Finds the parent of an area, by its code or by the ground."""

    def __init__(
        self, kind: AreaKind | None, by_code: dict[str, int], ids: list[int], outlines: list[BaseGeometry]
    ) -> None:
        self.kind, self.by_code, self.ids, self.outlines = kind, by_code, ids, outlines
        self.tree = shapely.STRtree(outlines)
        self.is_wanted = kind is not None

    def of(self, feature: _Feature, shape: BaseGeometry) -> int | None:
        """Return the parent's id, if there is one."""
        if feature.parent_code:
            return self.by_code.get(feature.parent_code)
        if not self.ids:
            return None
        holding = self.tree.query(shapely.point_on_surface(shape), predicate="intersects")
        smallest = min(holding, key=lambda number: float(self.outlines[number].area), default=None)
        return None if smallest is None else self.ids[smallest]


def _parents(kind: AreaKind | None, column: str, vintage: str) -> _Parents:
    """Read the possible parents: those of the same vintage, else those of the newest."""
    if kind is None:
        if column:
            raise PlaceError("Say which kind of area the parent is, such as --parent-kind district.")
        return _Parents(None, {}, [], [])
    vintages = set(Area.objects.filter(kind=kind).values_list("vintage", flat=True).distinct())
    if not vintages:
        raise PlaceError(f"No area of the kind {kind} is loaded yet. Load those first, they are the parents.")
    areas = Area.objects.filter(kind=kind, vintage=vintage if vintage in vintages else max(vintages)).order_by("id")
    if column:
        return _Parents(kind, dict(areas.values_list("code", "id")), [], [])
    rows = list(areas.filter(boundary__isnull=False).values_list("id", "boundary__shape"))
    return _Parents(kind, {}, [row[0] for row in rows], [shapely.from_wkb(bytes(row[1])) for row in rows])


def _nothing_taken(report: LoadReport) -> str:
    if not report.refused_count:
        return "The file has no areas in it. It should be a GeoJSON FeatureCollection of polygons."
    where, reason = report.refused[0]
    why = f"No area could be taken from the file. The first, {where}: {reason}."
    if "degrees" in reason:
        why += " Its coordinates look like metres of the National Grid: get the file in WGS84 (EPSG:4326)."
    return why


# ---------------------------------------------------------------- postcodes

_INCOMING_POSTCODES = """
CREATE TEMPORARY TABLE incoming (
    line integer, code text, lon double precision, lat double precision, uncertainty_m double precision, ended_on date
)"""
_LAST_OF_EACH = "CREATE TEMPORARY TABLE wanted AS SELECT DISTINCT ON (code) * FROM incoming ORDER BY code, line DESC"
_COUNT_POSTCODES = """
SELECT
    count(*) FILTER (WHERE p.code IS NULL),
    count(*) FILTER (WHERE p.edition > %(edition)s),
    count(*) FILTER (WHERE p.edition <= %(edition)s AND (
        p.point[0], p.point[1], p.uncertainty_m, p.ended_on
    ) IS DISTINCT FROM (
        w.lon, w.lat, w.uncertainty_m, CASE WHEN %(silent)s THEN p.ended_on ELSE w.ended_on END
    )),
    count(*),
    (SELECT count(*) FROM incoming)
FROM wanted w LEFT JOIN places_postcode p USING (code)"""
_WRITE_POSTCODES = """
INSERT INTO places_postcode AS p (code, point, uncertainty_m, ended_on, source, edition)
SELECT code, point(lon, lat), uncertainty_m, ended_on, %(source)s, %(edition)s FROM wanted
ON CONFLICT (code) DO UPDATE SET
    point = excluded.point, uncertainty_m = excluded.uncertainty_m,
    source = excluded.source, edition = excluded.edition,
    ended_on = CASE WHEN %(silent)s THEN p.ended_on ELSE excluded.ended_on END
WHERE p.edition < excluded.edition OR (p.edition = excluded.edition AND (
    p.point[0], p.point[1], p.uncertainty_m, p.ended_on
) IS DISTINCT FROM (
    excluded.point[0], excluded.point[1], excluded.uncertainty_m,
    CASE WHEN %(silent)s THEN p.ended_on ELSE excluded.ended_on END
))"""


@transaction.atomic
def load_postcodes(
    *,
    rows: Iterable[Row],
    layout: PostcodeLayout,
    edition: str,
    source: str,
    actor: str = SYSTEM,
    progress: Progress | None = None,
) -> LoadReport:
    """Load a list of postcodes, streaming. Logged as `postcodes.loaded`.

    `rows` are (line number, cells) after the header; `edition` is the file's year and month, 2025-05. Of two
    editions the newer one wins, whichever is loaded first; of two files of one month the one loaded last.
    Ended postcodes stay, with the month of their end.

    Raises:
        PlaceError: a row is cut short or the file breaks off; nothing is written.
    """
    check_edition(edition)
    refused = Tally()
    readings = _readings(rows, layout, refused)
    return _write_postcodes(
        readings,
        refused,
        layout=layout.name,
        silent=layout.lists_ended,
        edition=edition,
        source=source,
        actor=actor,
        progress=progress,
    )


@transaction.atomic
def add_postcodes(
    *, postcodes: Iterable[tuple[str, Point, float]], source: str, actor: str = SYSTEM, edition: str = ""
) -> LoadReport:
    """Add postcodes as (code, point, uncertainty in metres), as of this month. Logged as `postcodes.loaded`."""
    edition = edition or f"{clock.today():%Y-%m}"
    check_edition(edition)
    refused = Tally()
    readings = _given(postcodes, refused)
    return _write_postcodes(
        readings, refused, layout="given one by one", silent=False, edition=edition, source=source, actor=actor
    )


def _given(postcodes: Iterable[tuple[str, Point, float]], refused: Tally) -> Iterator[Reading]:
    for line, (text, point, uncertainty) in enumerate(postcodes, start=1):
        code = tidy_postcode(text)
        if code is None:
            refused.add(text, "not a postcode")
        else:
            yield Reading(line, code, *point, is_grid=False, uncertainty_m=uncertainty, ended_on=None)


def _readings(rows: Iterable[Row], layout: PostcodeLayout, refused: Tally) -> Iterator[Reading]:
    for line, row in rows:
        check_width(line, row, layout.width)
        try:
            yield read_postcode(layout, line, row)
        except PlaceError as fault:
            refused.add(f"line {line}, {row[layout.code].strip()[:20]}", str(fault))


def _write_postcodes(
    readings: Iterable[Reading],
    refused: Tally,
    *,
    layout: str,
    silent: bool,
    edition: str,
    source: str,
    actor: str,
    progress: Progress | None = None,
) -> LoadReport:
    """Copy the readings beside the table, then put the difference into it."""
    begun = time.monotonic()
    said: dict[str, str | bool] = {"edition": edition, "source": source[:40], "silent": silent}
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE places_postcode IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DROP TABLE IF EXISTS incoming, wanted")
        cursor.execute(_INCOMING_POSTCODES)
        with cursor.copy("COPY incoming FROM STDIN") as copy:
            for batch in _batches(readings, BATCH):
                for reading, point in zip(batch, _points(batch), strict=True):
                    copy.write_row(
                        (reading.line, reading.code, point.lon, point.lat, reading.uncertainty_m, reading.ended_on)
                    )
                if progress:
                    progress(batch[-1].line)
        cursor.execute(_LAST_OF_EACH)
        cursor.execute("ANALYZE wanted")
        cursor.execute(_COUNT_POSTCODES, said)
        new, older, changed, whole, read = cursor.fetchone()
        cursor.execute(_WRITE_POSTCODES, said)
        cursor.execute("DROP TABLE incoming, wanted")
    refused.leave_out("stands twice in the file; the last counts", read - whole)
    report = LoadReport(
        taken=new,
        changed=changed,
        unchanged=whole - new - changed - older,
        older=older,
        mended=(),
        refused=tuple(refused.first),
        seconds=time.monotonic() - begun,
        refused_count=refused.total,
        reasons=tuple(refused.counts.most_common()),
        layout=f"{layout}, {edition}",
    )
    if not whole:
        raise PlaceError(_no_rows(report, "postcode"))
    log("postcodes.loaded", subject=f"postcodes:{edition}", actor=actor, source=source, **_facts(report))
    return report


def _points(batch: Sequence[Reading | NameReading]) -> list[Point]:
    """Return the points of a batch in degrees, turning metres of the grid in one go."""
    on_grid = [reading for reading in batch if reading.is_grid]
    lons, lats = grid.to_wgs84_many(
        np.array([reading.x for reading in on_grid], dtype=float),
        np.array([reading.y for reading in on_grid], dtype=float),
    )
    turned = zip(lons.tolist(), lats.tolist(), strict=True)
    return [Point(*next(turned)) if reading.is_grid else Point(reading.x, reading.y) for reading in batch]


# ---------------------------------------------------------------- names

_INCOMING_PLACES = """
CREATE TEMPORARY TABLE incoming (
    line integer, code text, name text, folded text, within text, kind text,
    lon double precision, lat double precision, uncertainty_m double precision
)"""
_COUNT_PLACES = """
SELECT
    count(*) FILTER (WHERE p.code IS NULL),
    count(*) FILTER (WHERE p.code IS NOT NULL AND (
        p.point[0], p.point[1], p.uncertainty_m, p.name, p.folded, p.within, p.kind
    ) IS DISTINCT FROM (w.lon, w.lat, w.uncertainty_m, w.name, w.folded, w.within, w.kind)),
    count(*),
    (SELECT count(*) FROM incoming)
FROM wanted w LEFT JOIN places_place p USING (code)"""
_WRITE_PLACES = """
INSERT INTO places_place AS p (code, name, folded, within, kind, point, uncertainty_m, source)
SELECT code, name, folded, within, kind, point(lon, lat), uncertainty_m, %(source)s FROM wanted
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, folded = excluded.folded, within = excluded.within, kind = excluded.kind,
    point = excluded.point, uncertainty_m = excluded.uncertainty_m, source = excluded.source
WHERE (p.point[0], p.point[1], p.uncertainty_m, p.name, p.folded, p.within, p.kind) IS DISTINCT FROM
    (excluded.point[0], excluded.point[1], excluded.uncertainty_m, excluded.name, excluded.folded, excluded.within,
     excluded.kind)"""


@transaction.atomic
def load_places(
    *,
    rows: Iterable[Row],
    layout: NameLayout,
    source: str,
    actor: str = SYSTEM,
    progress: Progress | None = None,
) -> LoadReport:
    """Load a list of names (localities of NaPTAN/NPTG, OS Open Names), streaming. Logged as `places.loaded`.

    Raises:
        PlaceError: a row is cut short or the file breaks off; nothing is written.
    """
    refused = Tally()
    return _write_places(
        _named(rows, layout, refused), refused, layout=layout.name, source=source, actor=actor, progress=progress
    )


@transaction.atomic
def add_places(*, places: Iterable[NewPlace], source: str, actor: str = SYSTEM) -> LoadReport:
    """Add names on the map. Logged as `places.loaded`."""
    readings = (
        (
            line,
            NameReading(
                place.code,
                place.name,
                place.kind,
                *place.point,
                is_grid=False,
                uncertainty_m=place.uncertainty_m,
                within=place.within,
            ),
        )
        for line, place in enumerate(places, start=1)
    )
    return _write_places(readings, Tally(), layout="given one by one", source=source, actor=actor)


def _named(rows: Iterable[Row], layout: NameLayout, refused: Tally) -> Iterator[tuple[int, NameReading]]:
    for line, row in rows:
        check_width(line, row, layout.width)
        try:
            yield from ((line, reading) for reading in read_names(layout, row))
        except LeftOutError as fault:
            refused.leave_out(str(fault))
        except PlaceError as fault:
            refused.add(f"line {line}", str(fault))


def _write_places(
    readings: Iterable[tuple[int, NameReading]],
    refused: Tally,
    *,
    layout: str,
    source: str,
    actor: str,
    progress: Progress | None = None,
) -> LoadReport:
    begun = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE places_place IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DROP TABLE IF EXISTS incoming, wanted")
        cursor.execute(_INCOMING_PLACES)
        with cursor.copy("COPY incoming FROM STDIN") as copy:
            for batch in _batches(readings, BATCH):
                for (line, reading), point in zip(batch, _points([pair[1] for pair in batch]), strict=True):
                    copy.write_row(
                        (
                            *(line, reading.code, reading.name, fold(reading.name)[:120], reading.within),
                            *(reading.kind.value, point.lon, point.lat, reading.uncertainty_m),
                        )
                    )
                if progress:
                    progress(batch[-1][0])
        cursor.execute(_LAST_OF_EACH)
        cursor.execute("ANALYZE wanted")
        cursor.execute(_COUNT_PLACES)
        new, changed, whole, read = cursor.fetchone()
        cursor.execute(_WRITE_PLACES, {"source": source[:40]})
        cursor.execute("DROP TABLE incoming, wanted")
    refused.leave_out("stands twice in the file; the last counts", read - whole)
    report = LoadReport(
        taken=new,
        changed=changed,
        unchanged=whole - new - changed,
        mended=(),
        refused=tuple(refused.first),
        seconds=time.monotonic() - begun,
        refused_count=refused.total,
        reasons=tuple(refused.counts.most_common()),
        layout=layout,
    )
    if not whole:
        raise PlaceError(_no_rows(report, "name"))
    log("places.loaded", subject="places:names", actor=actor, source=source, **_facts(report))
    return report


# ---------------------------------------------------------------- ways


@transaction.atomic
def add_ways(*, ways: Iterable[tuple[str, str, WayKind, LineString]], source: str, actor: str = SYSTEM) -> LoadReport:
    """Add roads, tracks and rivers as (code, name, kind, line in degrees). Logged as `ways.loaded`."""
    begun = time.monotonic()
    counts = Counter[str]()
    for batch in _batches(ways, BATCH):
        known = {way.code: way for way in Way.objects.filter(code__in=[code for code, *_ in batch])}
        wanted = [_way(code, name, kind, line, source) for code, name, kind, line in batch]
        new = [way for way in wanted if way.code not in known]
        changed = [way for way in wanted if way.code in known and not _is_same_way(known[way.code], way)]
        for way in changed:
            way.pk = known[way.code].pk
        Way.objects.bulk_create(new)
        Way.objects.bulk_update(changed, ["name", "kind", "shape", "box", "source"])
        counts.update(taken=len(new), changed=len(changed), unchanged=len(batch) - len(new) - len(changed))
    report = LoadReport(
        taken=counts["taken"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        mended=(),
        refused=(),
        seconds=time.monotonic() - begun,
        layout="given one by one",
    )
    log("ways.loaded", subject="places:ways", actor=actor, source=source, **_facts(report))
    return report


def _way(code: str, name: str, kind: WayKind, line: LineString, source: str) -> Way:
    return Way(code=code, name=name, kind=kind, shape=shapely.to_wkb(line), box=shapes.box_of(line), source=source[:40])


def _is_same_way(old: Way, new: Way) -> bool:
    return (bytes(old.shape), old.name, old.kind) == (new.shape, new.name, new.kind)


# ---------------------------------------------------------------- shared


def _batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut a stream into lists, so that memory stays flat."""
    stream = iter(things)
    while batch := list(itertools.islice(stream, size)):
        yield batch


def _facts(report: LoadReport) -> dict[str, int]:
    return {
        "taken": report.taken,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "older": report.older,
        "mended": report.mended_count,
        "refused": report.refused_count,
    }


def _no_rows(report: LoadReport, thing: str) -> str:
    if not report.refused_count:
        return f"The file holds no {thing} at all. Check that it is the file that you meant."
    where, reason = report.refused[0] if report.refused else ("all of them", report.reasons[0][0])
    return f"No {thing} could be taken from the file. The first refused, {where}: {reason}."


# ---------------------------------------------------------------- barriers


@transaction.atomic
def draw_barrier(*, name: str, line: str, actor: str) -> Barrier:
    """Keep a line (GeoJSON text) that people do not cross: what is near ends at it. Logged as `barrier.drawn`.

    The same line under the same name is kept once.

    Raises:
        PlaceError: it has no name, or the line cannot be used.
    """
    name = " ".join(name.split())
    if not name:
        raise PlaceError("Give the barrier a name: what it is, such as “Holt estuary”.")
    if len(name) > BARRIER_NAME_MOST:
        raise PlaceError(f"Shorten the name to {BARRIER_NAME_MOST} characters: it has {len(name)}.")
    shape = read_line(text=line)
    stored = shapely.to_wkb(shape)
    known = Barrier.objects.filter(name=name, shape=stored).first()
    if known:
        return known
    made = Barrier.objects.create(name=name, shape=stored, box=shapes.box_of(shape), made_by=actor, made_at=clock.now())
    log("barrier.drawn", subject=f"barrier:{made.ref}", actor=actor)
    return made


@transaction.atomic
def remove_barrier(*, ref: str, actor: str) -> None:
    """Take a barrier away: people cross there again. Logged as `barrier.removed`.

    Raises:
        NotHereError: there is none.
    """
    row = Barrier.objects.select_for_update(no_key=True).filter(ref=ref).first()
    if row is None:
        raise NotHereError(f"barrier:{ref}")
    log("barrier.removed", subject=f"barrier:{row.ref}", actor=actor)
    row.delete()
