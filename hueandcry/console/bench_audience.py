"""Measure audiences with a million made-up members in a database of its own, beside the best SQL by hand.

Four areas, each a star with a ragged edge and a member's box three times as large round it. For each: the count with
its channels, and everything up to the last delivery row, each beside the same answer written by hand straight to
members_reach (box and shapely; the core's own polygon; PostGIS where the machine has it). The answers must be alike.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import numpy.typing as npt
import psycopg
import shapely
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from rich.console import Console
from rich.table import Table
from shapely.geometry import Polygon, mapping

from hueandcry.domain.knowledge import actions as topics
from hueandcry.domain.members import actions as members_do
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions.reach import lie_together
from hueandcry.domain.members.rules import AudienceQuestion, Purpose, SchemeKind
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.actions.saying import PLANNED_ONCE
from hueandcry.domain.messaging.rules import Lane, MessageKind, Words
from hueandcry.domain.organisations import actions as organisation_actions
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.rules import OrganisationKind
from hueandcry.domain.places import actions as places_do
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit import prepared
from hueandcry.kit.refs import new_long_ref, new_ref

ACTOR = "system:bench"
SEED = 20_261_122
TOPIC = "bench-topic-3"
TOWNS = 40
IN_TOWNS = 0.7
PLACES_EACH = 1.3
UNCONFIRMED, SUSPENDED, INTERESTED, ALSO_INTERESTED = 0.03, 0.02, 0.21, 0.4
# Three counties side by side, each a third of everybody: west, south, east, north.
COUNTIES = ((-3.1, 53.48, -2.0, 54.25), (0.2, 52.35, 1.8, 53.0), (-1.95, 50.75, -0.75, 51.4))
# Name, km², corners, how many towns lie in its middle.
AREAS = (
    ("rural parish", AreaKind.PARISH, 12, 201),
    ("town parish", AreaKind.WARD, 12, 201),
    ("district", AreaKind.DISTRICT, 584, 1_501),
    ("whole force", AreaKind.FORCE, 3_075, 5_001),
)
_KM = 111.32
_PLACED = np.dtype([("key", ">i8"), ("lon", ">f8"), ("lat", ">f8")])
WORDS = Words(text="A test of the line.", spoken="A test of the line.", subject="A test", email="A test of the line.")


@dataclass(frozen=True)
class Line:
    """One area, asked in one way: milliseconds for the count and for everything up to the delivery rows."""

    area: str
    way: str
    members: int
    count_ms: float
    count_ratio: float
    insert_ms: float | None = None
    insert_ratio: float | None = None


@dataclass(frozen=True)
class Report:
    """Everything that was measured in one run."""

    members: int
    places: int
    filling: dict[str, float]
    lines: Sequence[Line]
    mb: dict[str, float]


def run(*, many: int, again: int, keep: bool, as_json: bool, here: bool) -> int:
    """Measure in a database of its own, made for it and dropped after it."""
    if here:
        report = measure(many=many, again=again)
        if as_json:
            print(json.dumps(asdict(report)))
        else:
            show(report, Console())
        return 0
    with _database(keep=keep) as url:
        told = ["--members", str(many), "--again", str(again), "--here", *(["--json"] if as_json else [])]
        command = [sys.executable, "-m", "hueandcry.console.main", "bench", "audience", *told]
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode  # noqa: TID251 - our own command, elsewhere


@contextmanager
def _database(*, keep: bool) -> Iterator[str]:
    """Make a database beside ours, and drop it afterwards unless it is to be kept."""
    here = connection.settings_dict
    name = f"{here['NAME']}_bench_audience"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{name}"')
    parts = urlsplit(settings.DATABASE_URL or _embedded(here))
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        if not keep:
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _embedded(here: dict[str, Any]) -> str:
    return f"postgresql://{here['USER']}@/{here['NAME']}?host={here['HOST']}"


def measure(*, many: int, again: int) -> Report:
    """Fill what is empty, and measure each area in each way."""
    filling = _fill(many)
    lines = [line for name, kind, _, _ in AREAS for line in _measure(name, kind, again)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members_memberplace")
        placed = cursor.fetchone()[0]
        sizes = {}
        for what in ("members_reach", "members_reach_by_point"):
            cursor.execute("SELECT pg_relation_size(%s)", [what])
            sizes[what] = round(cursor.fetchone()[0] / 1e6, 1)
    sizes["this process at most"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return Report(members.count_members(), placed, filling, lines, sizes)


def show(report: Report, console: Console) -> None:
    """Print the figures as people read them."""
    table = Table(
        "area", "way", "members", "count ms", "times best", "rows ms", "times best",
        title=f"{report.members:,} members with {report.places:,} places",
    )  # fmt: skip
    for line in report.lines:
        written = ("", "") if line.insert_ms is None else (f"{line.insert_ms:.1f}", f"{line.insert_ratio:.2f}")
        table.add_row(
            line.area, line.way, f"{line.members:,}", f"{line.count_ms:.1f}", f"{line.count_ratio:.2f}", *written
        )
    console.print(table)
    for what, seconds in report.filling.items():
        console.print(f"{what}: {seconds:.1f} s", highlight=False)
    for what, megabytes in report.mb.items():
        console.print(f"{what}: {megabytes:.1f} MB", highlight=False)


# ---------------------------------------------------------------- filling


def _fill(many: int) -> dict[str, float]:
    call_command("migrate", verbosity=0)
    if _filled():
        return {}
    took: dict[str, float] = {}
    random = np.random.default_rng(SEED)
    force = organisation_actions.found(
        name="Bench Constabulary", kind=OrganisationKind.FORCE, signs_as="Bench", actor=ACTOR
    )
    known = [topics.add_topic(name=f"Bench topic {n}", slug=f"bench-topic-{n}", actor=ACTOR) for n in range(10)]
    schemes = [
        members_do.found_scheme(
            kind=list(SchemeKind)[n % len(SchemeKind)], name=f"Bench {n}", organisation_id=force.pk, actor=ACTOR
        )
        for n in range(100)
    ]
    towns = _towns(random)
    _areas(towns, random)
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL hueandcry.hold_reach = 'on'")
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:  # without: the same, but six million foreign keys are looked up
            cursor.execute("SET LOCAL session_replication_role = 'replica'")
        _members(cursor, random, many, towns, [t.pk for t in known], [s.pk for s in schemes], force.pk)
    took["members copied"] = round(time.perf_counter() - begun, 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("DROP INDEX members_reach_by_point")
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT members_reach_refresh_all()")
    took["members_reach worked out"] = round(time.perf_counter() - begun, 1)
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX members_reach_by_point ON members_reach USING gist (point)")
        took["its index"] = round(time.perf_counter() - begun, 1)
    begun = time.perf_counter()
    lie_together()
    took["neighbours put side by side"] = round(time.perf_counter() - begun, 1)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return took


def _filled() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM members_reach)")
        return bool(cursor.fetchone()[0])


def _towns(random: np.random.Generator) -> npt.NDArray[np.float64]:
    return np.array([
        [random.uniform(west + 0.1, east - 0.1), random.uniform(south + 0.05, north - 0.05)]
        for west, south, east, north in COUNTIES
        for _ in range(TOWNS)
    ])  # fmt: skip


def _areas(towns: npt.NDArray[np.float64], random: np.random.Generator) -> None:
    west, south, east, north = COUNTIES[0]
    middle = np.array([(west + east) / 2, (south + north) / 2])
    away = [middle + np.array([dx, dy]) for dx in np.linspace(-0.4, 0.4, 17) for dy in np.linspace(-0.25, 0.25, 11)]
    lonely = max(away, key=lambda at: float(np.abs(towns - at).sum(axis=1).min()))
    for (name, kind, km2, corners), at in zip(AREAS, (lonely, towns[0], middle, middle), strict=True):
        places_do.load_areas(
            features=[
                {"type": "Feature", "properties": {"code": name}, "geometry": mapping(star(at, km2, corners, random))}
            ],
            kind=kind, vintage="2026", code_column="code", source="bench", actor=ACTOR,
        )  # fmt: skip


def star(middle: npt.NDArray[np.float64], km2: float, corners: int, random: np.random.Generator) -> Polygon:
    """Return a star with a ragged edge, of so many km² and corners (the last is the first)."""
    turns = np.linspace(0, 2 * np.pi, corners - 1, endpoint=False)
    reach = np.ones(corners - 1)
    for wave in (3, 7, 17, 53, 151):
        reach += random.uniform(0.05, 0.25) / np.sqrt(wave) * np.sin(wave * turns + random.uniform(0, 6.28))
    reach = np.maximum(0.2, reach + random.normal(0, 0.01, corners - 1))
    east, north = reach * np.cos(turns), reach * np.sin(turns)
    scale = np.sqrt(km2 / Polygon(np.column_stack([east, north])).area) / _KM
    lons = middle[0] + east * scale / np.cos(np.radians(middle[1]))
    return Polygon(np.column_stack([lons, middle[1] + north * scale]))


def _members(
    cursor: Any,  # noqa: ANN401
    random: np.random.Generator,
    many: int,
    towns: npt.NDArray[np.float64],
    known: list[int],
    schemes: list[int],
    force: int,
) -> None:
    """COPY everybody: 70 % in towns, 21 % interested in the topic, ways and stops as in a real force."""
    at = "2026-11-01 12:00+00"
    _copy(cursor, "members_member (id, ref, name, state, tier, language, reading, joined_at, page_token, note)", (
        f"{n}\tB{n:09d}\tBench {n}\t{'paused' if n % 53 == 0 else 'active'}\t{'vetted' if n % 7 == 0 else 'member'}"
        f"\ten\tordinary\t{at}\ttoken-{n}\t"
        for n in range(1, many + 1)
    ))  # fmt: skip
    cursor.execute("SELECT setval(pg_get_serial_sequence('members_member', 'id'), %s)", [many])
    owner = np.concatenate([np.arange(1, many + 1), random.choice(many, round(many * (PLACES_EACH - 1))) + 1])
    points = _points(owner % len(COUNTIES), towns, random)
    _copy(cursor, "members_memberplace (member_id, use, name, postcode, point)", (
        f"{member}\thome\t\t\t({lon!r},{lat!r})"
        for member, (lon, lat) in zip(owner.tolist(), points.tolist(), strict=True)
    ))  # fmt: skip
    draw = random.random((many + 1, 8))
    ways = {"sms": draw[:, 0] < 0.7, "voice": draw[:, 1] < 0.2, "email": draw[:, 2] < 0.5}  # noqa: PLR2004
    ways["post"] = ~(ways["sms"] | ways["voice"] | ways["email"])
    for rank, (channel, has) in enumerate(ways.items(), start=1):
        who = np.flatnonzero(has[1:]) + 1
        _copy(cursor, "members_contactpoint (member_id, channel, address, rank, confirmed_at, suspended_at, shared)", (
            f"{n}\t{channel}\t{channel}-{n}@example.org\t{rank}\t{at if draw[n, 3] > UNCONFIRMED else _NULL}"
            f"\t{at if draw[n, 4] < SUSPENDED else _NULL}\tf"
            for n in who.tolist()
        ))  # fmt: skip
        _copy(cursor, "members_consent (member_id, organisation_id, purpose, channel, wording, how, taken_by, given_at,"
            " evidence, withdrawn_by)", (
            f"{n}\t{force}\talert\t{channel}\t1\timport\t{ACTOR}\t{at}\t\t" for n in who.tolist()
        ))  # fmt: skip
    chosen = (
        (np.flatnonzero(draw[:, 5] < INTERESTED), known[3]),
        (np.flatnonzero(draw[:, 6] < ALSO_INTERESTED), known[5]),
    )
    _copy(cursor, "members_interest (member_id, topic_id)", (
        f"{n}\t{topic}" for who, topic in chosen for n in np.flatnonzero(who).tolist() if n
    ))  # fmt: skip
    _copy(cursor, "members_membership (scheme_id, member_id, role, state, joined_at)", (
        f"{schemes[n % len(schemes)]}\t{n}\tmember\tin\t{at}" for n in range(3, many + 1, 3)
    ))  # fmt: skip
    _copy(cursor, "members_preference (member_id, priority, channel, wanted)", (
        f"{n}\t2\tsms\tf" for n in range(20, many + 1, 20)
    ))  # fmt: skip
    cursor.execute(
        "INSERT INTO members_suppression (channel, address_hash, everything, since, facts) "
        "SELECT channel, members_reach_hash(channel::text, address::text), false, now(), '{}' "
        "FROM members_contactpoint WHERE channel = 'sms' AND member_id % 100 = 1"
    )


_NULL = "\\N"


def _points(
    county: npt.NDArray[np.int64], towns: npt.NDArray[np.float64], random: np.random.Generator
) -> npt.NDArray[np.float64]:
    sides = np.array(COUNTIES)[county]
    points = random.uniform(sides[:, :2], sides[:, 2:])
    urban = random.random(len(county)) < IN_TOWNS
    town = towns[county[urban] * TOWNS + random.integers(0, TOWNS, int(urban.sum()))]
    points[urban] = random.normal(town, (0.03, 0.018))
    return np.round(points, 6)


def _copy(cursor: Any, table: str, rows: Iterator[str]) -> None:  # noqa: ANN401
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        block: list[str] = []
        for row in rows:
            block.append(row)
            if len(block) == 5_000:  # noqa: PLR2004
                copy.write("\n".join(block) + "\n")
                block.clear()
        copy.write("\n".join([*block, ""]))


# ---------------------------------------------------------------- measuring

# The same filters as ours, written out.
_FILTERS = """organisation_id = %(org)s AND agreed & (1::bigint << 32) <> 0
    AND (paused_until IS NULL OR paused_until <= now()) AND tier >= 1 AND topics && %(topics)s::integer[]"""
_BITS = "(agreed & (wants >> 8) & 7)"
_BY_HAND = f"""
    SELECT (SELECT shape FROM places_boundary WHERE area_id = %(area)s::bigint), (
        SELECT string_agg(int8send((member_id << 8) | {_BITS}) || point_send(point), ''::bytea) FROM members_reach
        WHERE point <@ (SELECT box FROM places_boundary WHERE area_id = %(area)s::bigint) AND {_FILTERS}
    )
"""  # noqa: S608 - our own words only
_CORE = f"""
    SELECT ways, count(*) FROM (SELECT DISTINCT member_id, {_BITS} AS ways FROM members_reach
    WHERE point <@ %(polygon)s::polygon AND {_FILTERS}) AS meant GROUP BY ways
"""  # noqa: S608 - our own words only
# An area is named by its number and its outline lies in a table, as for everybody else.
_POSTGIS = f"""
    SELECT ways, count(*) FROM (SELECT DISTINCT member_id, {_BITS} AS ways
    FROM bench_outline AS area JOIN bench_geo AS place ON ST_Intersects(place.geom, area.geom)
    WHERE area.area_id = %(area)s AND {_FILTERS}) AS meant GROUP BY ways
"""  # noqa: S608 - our own words only
# An address for each by its index; what is stopped is looked up only where there are several to choose from. Who set
# hours of their own is asleep outside of them, by hand no less.
_INSERT = """
    INSERT INTO messaging_delivery (message_id, member_id, channel, address, lane, state, attempts, next_at, gateway,
        provider_ref, detail)
    SELECT %(message)s::bigint, one.member_id, one.channel, one.address, %(lane)s::text, 'queued', 0,
        CASE WHEN own.id IS NULL THEN now() ELSE (
            SELECT min(GREATEST(now(), day.begins)) FROM (
                SELECT (current_date + n)::timestamp AT TIME ZONE %(zone)s::text
                    + make_interval(mins => own.from_minute) AS begins
                FROM generate_series(-1, 1) AS n
            ) AS day
            WHERE begins + make_interval(mins => (own.until_minute - own.from_minute + 1439) %% 1440 + 1) > now()
        ) END, '', '', ''
    FROM (
        SELECT DISTINCT ON (address COLLATE "C") works.member_id, works.channel, works.address
        FROM (
            SELECT meant.key >> 3 AS member_id, meant.channel, found.id, found.address,
                count(*) OVER (PARTITION BY meant.key) AS many
            FROM (
                SELECT key, (%(channels)s::text[])[(key & 7)::int] AS channel FROM unnest(%(keys)s::bigint[]) AS key
            ) AS meant CROSS JOIN LATERAL (
                SELECT contact.id, contact.address FROM members_contactpoint AS contact
                WHERE contact.member_id = meant.key >> 3 AND contact.channel = meant.channel
                    AND contact.confirmed_at IS NOT NULL AND contact.suspended_at IS NULL
                OFFSET 0
            ) AS found
        ) AS works
        WHERE works.many = 1 OR works.id = (
            SELECT first.id FROM members_contactpoint AS first
            WHERE first.member_id = works.member_id AND first.channel = works.channel
                AND first.confirmed_at IS NOT NULL AND first.suspended_at IS NULL AND NOT EXISTS (
                    SELECT FROM members_suppression AS stop WHERE stop.channel = first.channel
                        AND stop.address_hash = members_reach_hash(first.channel::text, first.address::text)
                )
            ORDER BY first.rank, first.id LIMIT 1
        )
        ORDER BY address COLLATE "C", works.member_id
    ) AS one
    LEFT JOIN members_preference AS own ON own.member_id = one.member_id AND own.channel = one.channel
        AND own.priority = 2 AND own.from_minute IS NOT NULL AND own.until_minute IS NOT NULL
"""
# Nobody is deleted while they are written to (ADR 19).
_NOBODY_GOES = "SELECT pg_advisory_xact_lock_shared(21078, 1)"
# As the product wrote it, whatever columns it has; but for its number and its reference.
_KEPT_MESSAGE = "CREATE TABLE bench_message AS SELECT * FROM messaging_message ORDER BY id DESC LIMIT 1"
_COLUMNS = """
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = 'bench_message'::regclass AND attnum > 0 AND attname NOT IN ('id', 'ref')
"""
_MESSAGE = "INSERT INTO messaging_message (ref, {columns}) SELECT %s::text, {columns} FROM bench_message RETURNING id"
_RECORD = """
    INSERT INTO records_record (at, event, actor, subject, facts) VALUES (now(), 'message.queued', %s::text,
        'message:B', jsonb_build_object('about', 'alert:BENCH3', 'deliveries', %s::int)) RETURNING id
"""
_JOB = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'messaging.dispatch',
        jsonb_build_object('record', %s::bigint, 'subject', 'message:B'))
"""
# Everything but who wrote it: both ways must have written the same.
_WRITTEN = """
    SELECT count(*), sum(hashtextextended(concat_ws(' ', member_id, channel, address, lane, state, attempts, rung,
        next_at <= now(), gateway, provider_ref, detail, ended_at, accepted_at, bundled_in_id), 0)::numeric)
    FROM messaging_delivery WHERE message_id = (SELECT max(message_id) FROM messaging_delivery)
"""
# Ways as bits, and the first of them in a hurry: text, call, e-mail.
_FIRST = ("", "sms", "voice", "sms", "email", "sms", "voice", "sms")


def _measure(name: str, kind: AreaKind, again: int) -> Iterator[Line]:
    area = places.area_by_code(kind=kind, code=name)
    question = AudienceQuestion(organisation_id=organisations.force().pk, areas=(area.id,), topics=(TOPIC,))
    shape = places.shape_of(areas=(area.id,))
    if shape is None:
        raise AssertionError("An area has a shape.")
    asked = _asked(area.id, shape, question.organisation_id)
    ways: dict[str, Callable[[], dict[str, int]]] = {
        "ours": lambda: _ours(question),
        "by hand, box and shapely": lambda: _split(*_by_hand(asked)),
    }
    if kind != AreaKind.FORCE:
        ways["by hand, core polygon"] = lambda: _counted(_CORE, asked)
    if _has_postgis():
        ways["by hand, PostGIS"] = lambda: _counted(_POSTGIS, asked)
    answers = {way: count() for way, count in ways.items()}
    counts = _medians(ways, again)
    _emptied()
    _ours_written(question)
    by_us = _as_written()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_message")
        cursor.execute(_KEPT_MESSAGE)
        cursor.execute(_COLUMNS)
        message = _MESSAGE.format(columns=cursor.fetchone()[0])
    _written_by_hand(asked, message)
    if by_us != _as_written():
        raise AssertionError(f"{name}: by hand other rows are written than by us.")
    written: dict[str, Callable[[], object]] = {
        "ours": lambda: _ours_written(question),
        "by hand, box and shapely": lambda: _written_by_hand(asked, message),
    }
    # Nothing is emptied in between: the database would forget its plans and make each index anew.
    writing = _medians(written, again)
    _emptied()
    exact = answers["by hand, box and shapely"]
    if answers["ours"] != exact:
        raise AssertionError(f"{name}: by hand it is {exact}, we say {answers['ours']}.")
    # The core's own polygon takes what lies within a millionth of a degree of its edge for inside: only where that
    # makes no difference it is an answer at all.
    best = min(ms for way, ms in counts.items() if way != "ours" and answers[way] == exact)
    best_written = writing["by hand, box and shapely"]
    for way, ms in counts.items():
        rows = writing.get(way)
        yield Line(
            area=name, way=way if answers[way] == exact else f"{way} (not exact)",
            members=sum(answers[way].values()), count_ms=round(ms, 2),
            count_ratio=round(ms / best, 2),
            insert_ms=None if rows is None else round(rows, 2),
            insert_ratio=None if rows is None else round(rows / best_written, 2),
        )  # fmt: skip


def _asked(area_id: int, shape: Any, organisation_id: int) -> dict[str, Any]:  # noqa: ANN401
    corners = ",".join(f"({lon!r},{lat!r})" for lon, lat in shape.exterior.coords)
    return {
        "org": organisation_id, "topics": [_topic()], "area": area_id, "polygon": f"({corners})",
    }  # fmt: skip


def _topic() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM knowledge_topic WHERE slug = %s", [TOPIC])
        return int(cursor.fetchone()[0])


def _ours(question: AudienceQuestion) -> dict[str, int]:
    count = members.count_audience(question=question)
    return _said({channel.value: many for channel, many in count.by_channel.items()}, count.unreachable)


def _by_hand(asked: dict[str, Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    ((outline, packed),) = prepared.rows(_BY_HAND, asked, binary=True)
    shape = shapely.from_wkb(outline)
    shapely.prepare(shape)
    rows = np.frombuffer(packed or b"", dtype=_PLACED)
    keys = np.unique(rows["key"][shapely.intersects_xy(shape, rows["lon"], rows["lat"])].astype(np.int64))
    return keys >> 8, keys & 255


def _split(_: npt.NDArray[np.int64], ways: npt.NDArray[np.int64]) -> dict[str, int]:
    return _summed(dict(enumerate(np.bincount(ways, minlength=8).tolist())))


def _counted(sql: str, asked: dict[str, Any]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return _summed(dict(cursor.fetchall()))


def _summed(by_ways: dict[int, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for ways, many in by_ways.items():
        found[_FIRST[ways]] = found.get(_FIRST[ways], 0) + many
    return _said({channel: many for channel, many in found.items() if channel}, found.get("", 0))


def _said(by_channel: dict[str, int], unreachable: int) -> dict[str, int]:
    return {**{channel: many for channel, many in sorted(by_channel.items()) if many}, "none": unreachable}


def _ours_written(question: AudienceQuestion) -> None:
    messaging.queue(
        kind=MessageKind.ALERT, about=f"alert:{new_ref()}", organisation_id=question.organisation_id, words=WORDS,
        member_ids=members.meant_by(question=question), lane=Lane.URGENT, expires_at=None, invites_answers=True,
        purpose=Purpose.ALERT, actor=ACTOR,
    )  # fmt: skip


def _written_by_hand(asked: dict[str, Any], message: str) -> None:
    """Do all that makes it sent: without a line in the record and a job for the workers it is not."""
    with transaction.atomic():
        ((message_id,),) = prepared.rows(message, [new_long_ref()])
        found, ways = _by_hand(asked)
        reached = (ways & 7) > 0
        keys = (found[reached] << 3) | (ways[reached] & 7)
        prepared.rows(_NOBODY_GOES, [])
        told = {
            "message": message_id,
            "keys": prepared.numbers(keys.tolist()),
            "channels": list(_FIRST[1:]),
            "lane": Lane.URGENT.value,
            "zone": settings.TIME_ZONE,
        }
        # As by us: a plan that is kept does not know for how many it is.
        written = prepared.written(_INSERT, told, keep=len(keys) <= PLANNED_ONCE)
        ((record,),) = prepared.rows(_RECORD, [ACTOR, written])
        prepared.rows(_JOB, [record])


def _as_written() -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN)
        return tuple(cursor.fetchone())


def _emptied() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_delivery, messaging_message, procrastinate_jobs CASCADE")


def _has_postgis() -> bool:
    """Tell whether this machine has PostGIS; the first time, give every place its geometry too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bench_outline') IS NOT NULL")
        if cursor.fetchone()[0]:
            return True
        try:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        except psycopg.Error:
            return False
        except Exception as fault:
            if isinstance(fault.__cause__, psycopg.Error):
                return False
            raise
        cursor.execute(
            "CREATE TABLE bench_geo AS SELECT member_id, organisation_id, agreed, wants, tier, paused_until, topics,"
            " ST_SetSRID(ST_MakePoint(point[0], point[1]), 4326) AS geom FROM members_reach"
        )
        cursor.execute("CREATE INDEX ON bench_geo USING gist (geom)")
        cursor.execute(
            "CREATE TABLE bench_outline AS SELECT area_id, ST_GeomFromWKB(shape, 4326) AS geom FROM places_boundary"
        )
        cursor.execute("ALTER TABLE bench_outline ADD PRIMARY KEY (area_id)")
        cursor.execute("ANALYZE bench_outline")
        cursor.execute("VACUUM ANALYZE bench_geo")
        return True


def _medians(ways: Mapping[str, Callable[[], object]], again: int) -> dict[str, float]:
    """Return milliseconds for each way, the median of so many; turn by turn, so that all meet the same noise."""
    took: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(again + 1):
        for way, do in ways.items():
            begun = time.perf_counter()
            do()
            took[way].append((time.perf_counter() - begun) * 1000)
    return {way: statistics.median(each[1:]) for way, each in took.items()}
