"""Statements that the database plans once for each connection, for those that run thousands of times."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

# Planned at the second time: what runs once is not worth keeping.
_KEEP_AFTER = 1
# What takes all of something before it gives the first row: right for a few, and a statement that takes a window of a
# million would go through the rest of them each time that the database believes there are few.
_TAKE_ALL_FIRST = ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_hashjoin", "enable_mergejoin")
_Params = Sequence[Any] | Mapping[str, Any]


# Between values that are sent as one: no text that is kept has this sign.
SEPARATOR = "\x1f"

# One for each connection: to make one takes as long as a small statement.
_CURSORS: WeakKeyDictionary[psycopg.Connection[tuple[Any, ...]], psycopg.RawCursor[tuple[Any, ...]]] = (
    WeakKeyDictionary()
)
_PLACE = re.compile(r"%(?:\((\w+)\)s|([s%]))")


@contextmanager
def planned_once() -> Iterator[None]:
    """Plan each kept statement of this connection once, by keys alone: for those that take few rows of large tables.

    Left to itself the database plans a statement with twenty parts anew each time, which costs as much again as running
    it; and planned once, while a table was small, it would go on reading the whole of it.
    """
    _set({"plan_cache_mode": "force_generic_plan", **dict.fromkeys(_TAKE_ALL_FIRST, "off")})
    try:
        yield
    finally:
        # A connection that broke has forgotten it anyway.
        with suppress(DatabaseError, InterfaceError):
            _set({"plan_cache_mode": "auto", **dict.fromkeys(_TAKE_ALL_FIRST, "on")})


def _set(settings: Mapping[str, str]) -> None:
    many = ", ".join(["set_config(%s::text, %s::text, false)"] * len(settings))
    rows(f"SELECT {many}", [part for pair in settings.items() for part in pair])


def rows(sql: str, params: _Params, *, binary: bool = False) -> list[tuple[Any, ...]]:
    """Run one statement on Django's own connection, and in its transaction; return its rows.

    `binary`: they come as the database holds them: half of what many bytes are when they are written out.

    Values are sent beside the words. Django writes them into each statement, so that the database reads and plans every
    one anew: for one with many parts that takes longer than running it. They need their types said (`%s::bigint`).
    """
    return _run(sql, params, binary=binary)[0]


def written(sql: str, params: _Params, *, keep: bool = True) -> int:
    """Run one statement that writes, likewise; return how many rows it wrote.

    Without `keep` it is planned for these values: a plan that is kept does not know for how many it is.
    """
    return _run(sql, params, prepare=keep)[1]


def _run(
    sql: str, params: _Params, *, prepare: bool | None = None, binary: bool = False
) -> tuple[list[tuple[Any, ...]], int]:
    # Named once: each word said to `django.db.connection` is looked up for its thread anew.
    django = _django()
    django.ensure_connection()
    own: psycopg.Connection[tuple[Any, ...]] = django.connection
    if own.prepare_threshold is None:
        own.prepare_threshold = _KEEP_AFTER
    cursor = _CURSORS.get(own)
    if cursor is None:
        cursor = _CURSORS[own] = psycopg.RawCursor(own)
    words, names = _numbered(sql)
    values = [params[name] for name in names] if isinstance(params, Mapping) else params
    if django.queries_logged:
        # As Django keeps its own: whoever counts statements counts these too.
        django.queries_log.append({"sql": sql, "time": ""})
    with django.wrap_database_errors:
        cursor.execute(words, values, prepare=prepare, binary=binary)
        result = cursor.pgresult
        found = cursor.fetchall() if result is not None and result.nfields else []
        return found, cursor.rowcount


def _django() -> BaseDatabaseWrapper:
    return connections[DEFAULT_DB_ALIAS]


@lru_cache(maxsize=256)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a statement as the database counts its values ($1, $2 ...), and what they are called, in this order.

    psycopg reads a statement through each time that it is run, unless it is short.
    """
    names: dict[str, int] = {}
    many = 0

    def count(found: re.Match[str]) -> str:
        nonlocal many
        name, sign = found.groups()
        if sign == "%":
            return "%"
        if name is None:
            many += 1
            return f"${many}"
        return f"${names.setdefault(name, len(names) + 1)}"

    return _PLACE.sub(count, sql).encode(), tuple(names)


def insert(row: Model, *, computed: Mapping[str, tuple[str, Any]] | None = None) -> None:
    """Write a new row, and give it its number: as `save` does, for tables of which each action writes a row.

    `computed` names fields that the database works out, each by SQL with one value (`%s`); the row has them afterwards.
    """
    computed = computed or {}
    statement, fields = _insertion(type(row), tuple((name, sql) for name, (sql, _) in computed.items()))
    django = _django()
    values = [
        computed[field.name][1] if field.name in computed
        else field.get_db_prep_save(field.pre_save(row, add=True), django)
        for field in fields
    ]  # fmt: skip
    ((row.pk, *found),) = rows(statement, values)
    for name, value in zip(computed, found, strict=True):
        setattr(row, name, value)
    state = row._state  # noqa: SLF001 - Django documents it, for whoever makes rows
    state.adding, state.db = False, DEFAULT_DB_ALIAS


@cache
def _insertion(table: type[Model], computed: tuple[tuple[str, str], ...]) -> tuple[str, list["Field[Any, Any]"]]:
    quoted, by_sql = _django().ops.quote_name, dict(computed)
    fields = [field for field in table._meta.local_concrete_fields if not (field.primary_key or field.generated)]
    names = ", ".join(quoted(str(field.column)) for field in fields)
    values = ", ".join(by_sql.get(field.name, "%s") for field in fields)
    back = ", ".join([quoted(str(table._meta.pk.column)), *by_sql])
    return f"INSERT INTO {quoted(table._meta.db_table)} ({names}) VALUES ({values}) RETURNING {back}", fields  # noqa: S608 - our own words only


def numbers(values: Iterable[int]) -> str:
    """Return whole numbers as the database writes an array of them: many at once, a tenth of the time for each."""
    return "{" + ",".join(map(str, values)) + "}"


def texts(values: Iterable[str]) -> str:
    """Return texts for `split`, likewise."""
    given = ["", *values]
    joined = SEPARATOR.join(given)
    if joined.count(SEPARATOR) == len(given) - 1:
        return joined
    return SEPARATOR.join(value.replace(SEPARATOR, " ") for value in given)


def split(parameter: str = "%s") -> str:
    """Return SQL that makes an array of what `texts` made one of."""
    return f"(string_to_array({parameter}::text, E'\\x1f'))[2:]"
