"""Members_reach (ADR 15) is kept by the database; here it is held back for a load and put right as a whole."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

_HOLD = "SELECT set_config('hueandcry.hold_reach', %s, true)"


@contextmanager
def refreshed_once(*, new: bool = False) -> Iterator[list[int]]:
    """Hold the triggers back for this transaction, and refresh the members put on the list once at the end.

    For whoever writes several tables of the same members: one refresh instead of one a statement. Every member that is
    written meanwhile must be put on the list. `new`: they were all made in this transaction, so that nobody else can
    see them and no lock of theirs is taken; no stop comes in until it ends.
    """
    ids: list[int] = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('hueandcry.hold_reach', true)")
        before = cursor.fetchone()[0] or ""
        cursor.execute(_HOLD, ["on"])
        yield ids
        if new and ids:
            cursor.execute("LOCK TABLE members_suppression IN SHARE MODE")
        refresh(member_ids=ids, waiting=not new)
        cursor.execute(_HOLD, [before])


def refresh(*, member_ids: Sequence[int], waiting: bool = True) -> None:
    """Make the rows of these members as they should be, under their locks."""
    if member_ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT members_reach_refresh(%s::bigint[], %s)", [list(member_ids), waiting])


# Nothing of ours writes a row twice, and the database's own refresh leaves a twin alone: it looks like the right one.
_TWINS = """
    DELETE FROM members_reach WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY member_id, place_id, organisation_id ORDER BY id) AS number
            FROM members_reach
        ) AS each WHERE number > 1
    )
"""


@transaction.atomic
def refresh_all() -> None:
    """Work out everything anew: after a change of what it is made of, or when `hueandcry doctor` says so."""
    with connection.cursor() as cursor:
        cursor.execute(_TWINS)
        cursor.execute("SELECT members_reach_refresh_all()")
    lie_together()


@transaction.atomic
def lie_together() -> None:
    """Put the rows of neighbours side by side on the disk, after many were written in any other order.

    Counting a town or a district then takes half as long. Nobody can count meanwhile: a tenth of a second for 33,000
    members, ten seconds for a million. It wears off slowly, as members move and join.
    """
    with connection.cursor() as cursor:
        # A table is not moved while something about its rows waits to be checked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("CLUSTER members_reach USING members_reach_by_point")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("ANALYZE members_reach")
