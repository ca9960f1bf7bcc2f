"""Statements that the database plans once for each connection, for those that run thousands of times."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

# Planned at the second time: what runs once is not worth keeping.
_KEEP_AFTER = 1
_WHOLE_TABLES = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
_Params = Sequence[Any] | Mapping[str, Any]


@contextmanager
def cursor() -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    """Open a cursor on Django's own connection and in its transaction, which sends values beside the words.

    Django writes values into each statement, so that the database reads and plans every one anew: for a statement with
    many parts that takes longer than running it. Values need their types said (`%s::bigint`).
    """
    connection.ensure_connection()
    own: psycopg.Connection[tuple[Any, ...]] = connection.connection
    if own.prepare_threshold is None:
        own.prepare_threshold = _KEEP_AFTER
    with connection.wrap_database_errors, psycopg.Cursor(own) as opened:
        yield opened


def plan_once() -> None:
    """Plan each kept statement of this connection once, by keys alone: for those that take few rows of large tables.

    Left to itself the database plans a statement with twenty parts anew each time, which costs as much again as running
    it; and planned once, while a table was small, it would go on reading the whole of it.
    """
    for setting in ("plan_cache_mode = force_generic_plan", *(f"{way} = off" for way in _WHOLE_TABLES)):
        rows(f"SET {setting}", [])


def rows(sql: str, params: _Params) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows."""
    with cursor() as opened:
        opened.execute(sql, params)
        return opened.fetchall() if opened.description else []
