"""Taking everything about members out, to leave with it, and bringing it into an empty installation.

Both stream: memory stays flat whatever the number of members.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.db import IntegrityError, connection, models, transaction

from hueandcry.domain.members.actions.reach import refresh_all, refreshed_once
from hueandcry.domain.members.models import Member
from hueandcry.domain.members.queries import leaving as queries
from hueandcry.domain.members.rules import MemberError
from hueandcry.domain.members.rules.leaving import FORMAT, VERSION, Column, LeavingReport
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock
from hueandcry.kit.refs import new_long_ref

__all__ = ["MemberError", "bring_in", "stream_out", "take_out"]

Progress = Callable[[str, int], None]
CHUNK = 2_000
DESCRIPTION = "datapackage.json"
# What a row needs that is not in its file.
_MADE_HERE = {
    "members_member": {"page_token": "left(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 40)"},
    "organisations_officer": {"password": "'!' || replace(gen_random_uuid()::text, '-', '')"},
}
# An installation has these already when it was set up; the same reference or slug is the same thing.
_MAY_BE_THERE = {"organisations_organisation", "organisations_officer", "knowledge_topic"}


@transaction.atomic
def take_out(*, folder: Path, actor: str = SYSTEM, progress: Progress = lambda _name, _rows: None) -> LeavingReport:
    """Write everything about members into a folder, as of one moment. Logged as `members.taken_out`: a disclosure.

    Raises:
        MemberError: the folder holds something already.
    """
    began = time.monotonic()
    if folder.exists() and any(folder.iterdir()):
        raise MemberError(f"{folder} is not empty: name a new folder, so that nothing is written over.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ref = new_long_ref()
    report = LeavingReport()
    queries.begin_moment()
    for name, _ in queries.TABLES:
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            report.rows[name] = _written(file, queries.export(name=name))
        progress(name, report.rows[name])
    description = _described(report)
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    log("members.taken_out", subject=f"export:{ref}", actor=actor, rows=report.total, members=report.rows["members"])
    report.seconds = round(time.monotonic() - began, 2)
    return report


def stream_out(*, actor: str) -> Iterator[tuple[str, Iterator[str]]]:
    """Yield each file of what `take_out` writes with its lines, as of one moment; read each to its end, in turn.

    Logged as `members.taken_out` before the first line, since what has begun to leave has left.
    """
    ref, report = new_long_ref(), LeavingReport()
    with transaction.atomic():
        log("members.taken_out", subject=f"export:{ref}", actor=actor, members=Member.objects.count())
    with transaction.atomic():
        queries.begin_moment()
        for name, _ in queries.TABLES:
            report.rows[name] = 0
            yield f"{name}.jsonl", _counted(report, name)
        yield DESCRIPTION, iter([json.dumps(_described(report), indent=2, ensure_ascii=False)])


def _counted(report: LeavingReport, name: str) -> Iterator[str]:
    for line in queries.export(name=name):
        report.rows[name] += 1
        yield line


def _written(file: TextIO, lines: Iterator[str]) -> int:
    many = 0
    for line in lines:
        file.write(line)
        file.write("\n")
        many += 1
    return many


def _described(report: LeavingReport) -> dict[str, Any]:
    return {
        "profile": "data-package",
        "name": FORMAT,
        "version": VERSION,
        "created": clock.now().isoformat(),
        "description": "Everything that a force holds about its members; see docs/operate/leave-with-your-list.md.",
        "resources": [
            {
                "name": resource.name,
                "path": f"{resource.name}.jsonl",
                "format": "jsonl",
                "encoding": "utf-8",
                "description": resource.about,
                "rows": report.rows[resource.name],
                "schema": {"fields": [_field(column) for column in resource.columns]},
            }
            for resource in queries.resources()
        ],
    }


def _field(column: Column) -> dict[str, str]:
    return {"name": column.name, "type": column.kind, "description": column.about}


@transaction.atomic
def bring_in(*, folder: Path, actor: str = SYSTEM, progress: Progress = lambda _name, _rows: None) -> LeavingReport:
    """Bring what another installation took out into this empty one, all or nothing. Logged as `members.brought_in`.

    Raises:
        MemberError: something is here already, is missing, or is damaged; nothing was brought in.
    """
    began = time.monotonic()
    description = _read_description(folder)
    if Member.objects.exists():
        raise MemberError("There are members here already: bring them into an empty installation.")
    report = LeavingReport()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'UTC'")
    with refreshed_once():
        for name, _ in queries.TABLES:
            report.rows[name] = _bring(folder, name, description)
            progress(name, report.rows[name])
    with connection.cursor() as cursor:
        # What the planner has not heard of would be looked for one by one.
        for name, _ in queries.TABLES:
            cursor.execute(f"ANALYZE {queries.model_of(name)._meta.db_table}")
    refresh_all()
    log("members.brought_in", subject=f"export:{new_long_ref()}", actor=actor, rows=report.total)
    report.seconds = round(time.monotonic() - began, 2)
    return report


def _read_description(folder: Path) -> dict[str, int]:
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        rows = {one["name"]: int(one["rows"]) for one in description["resources"]}
    except FileNotFoundError as fault:
        raise MemberError(f"{folder} has no {DESCRIPTION}: name the folder that `hueandcry leave` wrote.") from fault
    except (ValueError, KeyError, TypeError) as fault:
        raise MemberError(f"{DESCRIPTION} is damaged: take the files from where they were written again.") from fault
    if description.get("name") != FORMAT or description.get("version") != VERSION:
        raise MemberError("These files are of another kind or a newer edition: upgrade this installation first.")
    return rows


def _bring(folder: Path, name: str, described: dict[str, int]) -> int:
    file, many = folder / f"{name}.jsonl", 0
    if not file.exists():
        raise MemberError(f"{file.name} is missing. Nothing was brought in.")
    sentence = f"{file.name} does not fit this installation"
    try:
        with file.open(encoding="utf-8") as lines:
            while some := list(islice(lines, CHUNK)):
                _insert(name, "[" + ",".join(some) + "]", sentence)
                many += len(some)
    except UnicodeDecodeError as fault:
        raise MemberError(f"{file.name} is damaged. Nothing was brought in.") from fault
    if name == "memberships":
        _say_who_rings(file)
    if many != described.get(name):
        raise MemberError(
            f"{file.name} has {many:,} rows, and should have {described.get(name, 0):,}: it is cut short."
        )
    return many


_WHO_RINGS = """
    UPDATE members_membership AS part SET rung_by_id = (
        SELECT by.id FROM members_membership AS by WHERE {named} = given.rung_by
        ORDER BY by.left_at IS NOT NULL, by.id LIMIT 1
    )
    FROM jsonb_to_recordset(%s::jsonb) AS given(scheme text, member text, joined_at timestamptz, rung_by text)
    JOIN members_scheme AS scheme ON scheme.ref = given.scheme
    JOIN members_member AS member ON member.ref = given.member
    WHERE part.scheme_id = scheme.id AND part.member_id = member.id AND part.joined_at = given.joined_at
"""


def _say_who_rings(file: Path) -> None:
    """Write who rings whom in a phone tree, once everybody of every tree is there."""
    with file.open(encoding="utf-8") as lines, connection.cursor() as cursor:
        rung = (line for line in lines if '"rung_by":null' not in line)
        while some := list(islice(rung, CHUNK)):
            sql = _WHO_RINGS.format(named=queries.natural("members_membership", "by"))
            cursor.execute(sql, ["[" + ",".join(some) + "]"])


def _insert(name: str, rows: str, sentence: str) -> None:
    model = queries.model_of(name)
    table, fields = model._meta.db_table, queries.fields_of(model)
    given = ", ".join(f'"{field.name}" {_type(field)}' for field in fields)
    joins, picked = [], []
    for place, field in enumerate(fields):
        if field.related_model is model:  # a row of the same file: once all are there
            picked.append("NULL::bigint")
        elif field.is_relation:
            to = field.related_model._meta.db_table  # type: ignore[union-attr]
            named = queries.natural(to, f"other{place}")
            joins.append(f'LEFT JOIN {to} AS other{place} ON {named} = given."{field.name}"')
            picked.append(f"other{place}.id")
        else:
            picked.append(f'given."{field.name}"')
    made = _MADE_HERE.get(table, {})
    columns = ", ".join([*(str(field.column) for field in fields), *made])
    conflict = "ON CONFLICT DO NOTHING" if table in _MAY_BE_THERE else ""
    source = f"jsonb_to_recordset(%s::jsonb) AS given({given}) {' '.join(joins)}"
    _check_references(fields, source, rows, sentence)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            values = ", ".join([*picked, *made.values()])
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM {source} {conflict}", [rows])  # noqa: S608
    except IntegrityError as fault:
        raise MemberError(
            f"{sentence}: something in it stands here already, or twice. Nothing was brought in."
        ) from fault
    if table == "organisations_organisation":
        _check_organisations(rows)


def _check_references(fields: Sequence["models.Field[Any, Any]"], source: str, rows: str, sentence: str) -> None:
    lost = [
        f'CASE WHEN given."{field.name}" IS NOT NULL AND other{place}.id IS NULL THEN given."{field.name}" END'
        for place, field in enumerate(fields)
        if field.is_relation and field.related_model is not field.model
    ]
    if not lost:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT lost FROM (SELECT COALESCE({', '.join(lost)}) AS lost FROM {source}) AS each"  # noqa: S608
            " WHERE lost IS NOT NULL LIMIT 1",
            [rows],
        )
        found = cursor.fetchone()
    if found:
        raise MemberError(
            f"{sentence}: {found[0]} is not here. Load the same boundaries first. Nothing was brought in."
        )


def _check_organisations(rows: str) -> None:
    """Refuse organisations that have other numbers here: a stop that concerns one alone is hashed with its number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT given.name FROM jsonb_to_recordset(%s::jsonb) AS given(id bigint, ref text, name text)"
            " LEFT JOIN organisations_organisation AS here ON here.id = given.id AND here.ref = given.ref"
            " WHERE here.id IS NULL LIMIT 1",
            [rows],
        )
        other = cursor.fetchone()
        if other:
            raise MemberError(
                f"{other[0]} stands here already under another number: bring the files into an installation that is "
                "only prepared (`hueandcry prepare`), before any officer is enrolled."
            )
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('organisations_organisation', 'id'),"
            " (SELECT max(id) FROM organisations_organisation))"
        )


def _type(field: "models.Field[Any, Any]") -> str:
    if field.is_relation:
        return "text"
    if type(field).__name__ == "BigAutoField":
        return "bigint"
    return str(field.db_type(connection))
