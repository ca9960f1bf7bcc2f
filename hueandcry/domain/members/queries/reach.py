"""Whether members_reach is as it should be (ADR 15)."""

from collections.abc import Sequence

from django.db import connection

_WINDOW = 20_000


def reach_differs(*, member_ids: Sequence[int] | None = None, most: int | None = None) -> list[int]:
    """Return the members whose rows in members_reach are not what the tables say: nobody, or something is wrong.

    Args:
        member_ids: look at these only.
        most: look at no more than so many, drawn at random when there are more.
    """
    if member_ids is not None:
        return _differing(list(member_ids))
    with connection.cursor() as cursor:
        if most is not None:
            # A row of somebody who is gone altogether cannot stand: its foreign key sees to that.
            cursor.execute(
                "SELECT array_agg(id) FROM (SELECT id FROM members_member ORDER BY random() LIMIT %s) AS drawn", [most]
            )
            return _differing(cursor.fetchone()[0] or [])
        found: list[int] = []
        last = 0
        while True:
            cursor.execute(
                "SELECT array_agg(id), max(id) FROM "
                "(SELECT id FROM members_member WHERE id > %s ORDER BY id LIMIT %s) AS drawn",
                [last, _WINDOW],
            )
            ids, last = cursor.fetchone()
            if not ids:
                return found
            found += _differing(ids)


def _differing(ids: list[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT member FROM members_reach_differs(%s::bigint[]) AS member ORDER BY member", [ids])
        return [row[0] for row in cursor.fetchall()]
