"""Loading lists of addresses."""

import itertools
import time
from collections.abc import Iterable, Iterator

import numpy as np
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from hueandcry.domain.places.actions import Progress, Row
from hueandcry.domain.places.rules import AddressLine, LeftOutError, LoadReport, PlaceError, Tally, check_width
from hueandcry.domain.places.rules.addresses import AddressLayout, AddressReading, read_address
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import grid

_BATCH = 5_000
_INCOMING = """
CREATE TEMPORARY TABLE incoming (
    line integer, uprn bigint, postcode text, words text, lon double precision, lat double precision
) ON COMMIT DROP"""
_WANTED = """
CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS SELECT DISTINCT ON (uprn) * FROM incoming ORDER BY uprn, line DESC"""
_CHANGED = "(a.postcode, a.line, a.point[0], a.point[1]) IS DISTINCT FROM (w.postcode, w.words, w.lon, w.lat)"
_COUNT = f"""
SELECT count(*) FILTER (WHERE a.uprn IS NULL), count(*) FILTER (WHERE a.uprn IS NOT NULL AND {_CHANGED}), count(*),
    (SELECT count(*) FROM incoming)
FROM wanted AS w LEFT JOIN places_address AS a USING (uprn)"""  # noqa: S608 - our own words only
_WRITE = f"""
INSERT INTO places_address AS a (uprn, postcode, line, point, source)
SELECT w.uprn, w.postcode, w.words, point(w.lon, w.lat), %s FROM wanted AS w
LEFT JOIN places_address AS a USING (uprn) WHERE a.uprn IS NULL OR {_CHANGED}
ON CONFLICT (uprn) DO UPDATE SET
    postcode = excluded.postcode, line = excluded.line, point = excluded.point, source = excluded.source"""  # noqa: S608
# What a whole list no longer has is taken away, but only where the list has anything at all.
_GONE = """
DELETE FROM places_address AS a WHERE NOT EXISTS (SELECT FROM wanted AS w WHERE w.uprn = a.uprn)
    AND EXISTS (SELECT FROM wanted AS w WHERE w.postcode = a.postcode)"""


@transaction.atomic
def load_addresses(
    *,
    rows: Iterable[Row],
    layout: AddressLayout,
    source: str,
    actor: str = SYSTEM,
    progress: Progress | None = None,
) -> LoadReport:
    """Load a list of addresses (AddressBase Core, AddressBase), streaming. Logged as `addresses.loaded`.

    An address that the list no longer has is taken away where the list has others of its postcode: lists come in
    tiles, and a tile says nothing of its neighbours.

    Raises:
        PlaceError: a row is cut short, the file breaks off, or nothing in it is an address; nothing is written.
    """
    begun, refused = time.monotonic(), Tally()
    readings = _readings(rows, layout, refused)
    with connection.cursor() as cursor:
        _make_room(cursor)
        with cursor.copy("COPY incoming FROM STDIN") as copy:
            while batch := list(itertools.islice(readings, _BATCH)):
                lons, lats = grid.to_wgs84_many(
                    np.array([one.east for _, one in batch]), np.array([one.north for _, one in batch])
                )
                for (line, one), lon, lat in zip(batch, lons.tolist(), lats.tolist(), strict=True):
                    copy.write_row((line, one.uprn, one.postcode, one.line, lon, lat))
                if progress:
                    progress(batch[-1][0])
        cursor.execute(_WANTED)
        cursor.execute("ANALYZE wanted")
        cursor.execute(_COUNT)
        new, changed, whole, read = cursor.fetchone()
        cursor.execute(_WRITE, [source[:40]])
        cursor.execute(_GONE)
        gone = int(cursor.rowcount)
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
        layout=layout.name,
        notes=(f"{gone:,} that the list no longer has were taken away.",) if gone else (),
    )
    if not whole:
        why = "; ".join(f"{reason}: {count:,}" for reason, count in report.reasons[:3])
        raise PlaceError(f"There is no address in it that somebody could live at ({why or 'it has no rows'}).")
    log(
        "addresses.loaded",
        subject="places:addresses",
        actor=actor,
        source=source,
        taken=new,
        changed=changed,
        gone=gone,
        refused=refused.total,
    )
    return report


@transaction.atomic
def add_addresses(*, addresses: Iterable[tuple[str, AddressLine]], source: str, actor: str = SYSTEM) -> int:
    """Add addresses as (postcode without its space, address); return how many are new or other than they were.

    Logged as `addresses.loaded`.
    """
    with connection.cursor() as cursor:
        _make_room(cursor)
        with cursor.copy("COPY incoming FROM STDIN") as copy:
            for line, (postcode, one) in enumerate(addresses, start=1):
                copy.write_row((line, one.uprn, postcode, one.line, *one.point))
        cursor.execute(_WANTED)
        cursor.execute(_WRITE, [source[:40]])
        taken = int(cursor.rowcount)
    log("addresses.loaded", subject="places:addresses", actor=actor, source=source, taken=taken)
    return taken


def _make_room(cursor: CursorWrapper) -> None:
    """Make the table that a list comes into, and let nobody else load one meanwhile."""
    cursor.execute("LOCK TABLE places_address IN SHARE ROW EXCLUSIVE MODE")
    cursor.execute("DROP TABLE IF EXISTS incoming, wanted")
    cursor.execute(_INCOMING)


def _readings(rows: Iterable[Row], layout: AddressLayout, refused: Tally) -> Iterator[tuple[int, AddressReading]]:
    for line, row in rows:
        check_width(line, row, layout.width)
        try:
            yield line, read_address(layout, row)
        except LeftOutError as fault:
            refused.leave_out(str(fault))
        except PlaceError as fault:
            refused.add(f"line {line}", str(fault))
