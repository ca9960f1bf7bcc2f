"""A database of its own for measuring: made beside ours, filled with made-up members who can all be reached."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from shapely.geometry import box, mapping

from hueandcry.console import made_up
from hueandcry.console.sending.processes import SendingError
from hueandcry.domain.knowledge import actions as topics
from hueandcry.domain.members import actions as members_do
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions.reach import lie_together
from hueandcry.domain.members.rules import CONSENT_VERSION, Channel, Language, Purpose, SchemeKind
from hueandcry.domain.organisations import actions as officers
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Role
from hueandcry.domain.places import actions as places_do
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit.finding import NotHereError

ACTOR = "system:bench"
SUFFIX = "_bench_send_"
FORCE = "Bench Constabulary"
TOPIC = "bench-topic"
AREA = "bench"
SIDES = (-3.1, 53.48, -2.0, 54.25)
SEED = 20_261_122
AT = "2026-11-01 12:00+00"
# The first so many are a scheme of their own: whom an urgent alert goes to while a newsletter is on its way.
FEW = 300
BLOCK = 5_000


@dataclass(frozen=True)
class Scene:
    """Who is in the database: the force, all its members, the few, who writes and who approves."""

    organisation_id: int
    area_id: int
    few_id: int
    author: Officer
    approver: Officer
    members: int


@contextmanager
def own_database(*, members: int, keep: bool) -> Iterator[str]:
    """Make a database beside ours, and drop it afterwards unless it is to be kept; yield its address."""
    name = f"{connection.settings_dict['NAME']}{SUFFIX}{members}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield beside(name)
    finally:
        if not keep:
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def beside(name: str) -> str:
    """Return the address of another database on our server."""
    here = connection.settings_dict
    parts = urlsplit(
        settings.DATABASE_URL or f"postgresql://{here['USER']}@/{here['NAME']}?host={here['HOST']}",
    )
    return urlunsplit(parts._replace(path=f"/{name}"))


def check_own() -> None:
    """Refuse any database but one of the bench's or the tests' own.

    Raises:
        SendingError: this one belongs to somebody.
    """
    name = str(connection.settings_dict["NAME"])
    if not (SUFFIX in name or name.startswith("test_")):
        raise SendingError(
            f"{name} is not a database of the bench's own: leave --here out, and it makes one beside it and drops it."
        )


def fill(many: int) -> Scene:
    """Bring the tables up to date and put so many members in; what was filled by an earlier run is used again.

    Raises:
        SendingError: it is not ours, or an earlier run broke off while it was filled.
    """
    check_own()
    call_command("migrate", verbosity=0)
    try:
        force = organisations.force()
    except NotHereError:
        _fill(many)
        force = organisations.force()
    found = _count()
    if force.name != FORCE or found != many:
        raise SendingError(
            f"The database of an earlier run is half filled ({found:,} members): run without --keep once."
        )
    return _scene(force.pk, found)


def _scene(force: int, many: int) -> Scene:
    made = _officers()
    few = next(line.id for line in members.schemes_of(organisation_id=force))
    return Scene(force, places.area_by_code(kind=AreaKind.FORCE, code=AREA).id, few, made[0], made[1], many)


def _officers() -> list[Officer]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM organisations_officer")
        told = int(cursor.fetchone()[0])
    force = organisations.force()
    return [
        officers.enrol(
            email=f"bench-{told}-{role.value}@example.org", name="Bench", rank=role.label, organisation=force,
            roles=[role], actor=ACTOR,
        )
        for role in (Role.CONSTABLE, Role.SERGEANT)
    ]  # fmt: skip


def _count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members_member")
        return int(cursor.fetchone()[0])


def _fill(many: int) -> None:
    force = officers_found()
    topics.add_topic(name="Bench topic", slug=TOPIC, actor=ACTOR)
    few = members_do.found_scheme(kind=SchemeKind.FARM, name="Bench few", organisation_id=force, actor=ACTOR)
    feature = {"type": "Feature", "properties": {"code": AREA, "name": AREA}, "geometry": mapping(box(*SIDES))}
    places_do.load_areas(
        features=[feature], kind=AreaKind.FORCE, vintage="2026", code_column="code", source="bench", actor=ACTOR
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL hueandcry.hold_reach = 'on'")
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:  # without: the same, but millions of foreign keys are looked up
            cursor.execute("SET LOCAL session_replication_role = 'replica'")
        _members(cursor, many, force, few.pk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT members_reach_refresh_all()")
    lie_together()
    tidy()


def officers_found() -> int:
    """Found the force of the bench; return its id."""
    return officers.found(name=FORCE, kind=OrganisationKind.FORCE, signs_as="Bench", actor=ACTOR).pk


def tidy() -> None:
    """Clean up behind what was written, so that the server does not do it in the middle of what is measured."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT") if _may_checkpoint(cursor) else None


def _may_checkpoint(cursor: Any) -> bool:  # noqa: ANN401
    cursor.execute(
        "SELECT rolsuper OR pg_has_role('pg_checkpoint', 'member') FROM pg_roles WHERE rolname = current_user"
    )
    return bool(cursor.fetchone()[0])


def _members(cursor: Any, many: int, force: int, few: int) -> None:  # noqa: ANN401
    """COPY everybody: each with a place, a mobile and an e-mail address, and an agreement to alerts by both."""
    random = np.random.default_rng(SEED)
    west, south, east, north = SIDES
    points = np.round(random.uniform((west, south), (east, north), (many, 2)), 6).tolist()
    everybody = range(1, many + 1)
    copy(cursor, "members_member (id, ref, name, state, tier, language, reading, joined_at, page_token, note)", (
        f"{n}\tB{n:09d}\tBench {n}\tactive\tmember\t{Language.ENGLISH.value}\tordinary\t{AT}\tbenchtoken{n:022d}\t"
        for n in everybody
    ))  # fmt: skip
    cursor.execute("SELECT setval(pg_get_serial_sequence('members_member', 'id'), %s)", [many])
    copy(cursor, "members_memberplace (member_id, use, name, postcode, point)", (
        f"{n}\thome\t\t\t({lon!r},{lat!r})" for n, (lon, lat) in zip(everybody, points, strict=True)
    ))  # fmt: skip
    ways = {Channel.SMS: _mobile, Channel.EMAIL: _mailbox}
    for rank, (channel, address) in enumerate(ways.items(), start=1):
        copy(cursor, "members_contactpoint (member_id, channel, address, rank, confirmed_at, shared)", (
            f"{n}\t{channel.value}\t{address(n)}\t{rank}\t{AT}\tf" for n in everybody
        ))  # fmt: skip
        copy(cursor, "members_consent (member_id, organisation_id, purpose, channel, wording, how, taken_by, given_at,"
            " evidence, withdrawn_by)", (
            f"{n}\t{force}\t{Purpose.ALERT.value}\t{channel.value}\t{CONSENT_VERSION}\timport\t{ACTOR}\t{AT}\t\t"
            for n in everybody
        ))  # fmt: skip
    copy(cursor, "members_membership (scheme_id, member_id, role, state, joined_at)", (
        f"{few}\t{n}\tmember\tin\t{AT}" for n in range(1, min(many, FEW) + 1)
    ))  # fmt: skip


def _number(n: int) -> int:
    """Return the nth number that means nothing special to the sandbox: not one that ends in 994 to 999."""
    return n // 994 * 1000 + n % 994


def _mobile(n: int) -> str:
    return made_up.mobile(_number(n))


def _mailbox(n: int) -> str:
    return made_up.mailbox("Bench", _number(n))


def copy(cursor: Any, table: str, rows: Iterator[str]) -> None:  # noqa: ANN401
    """COPY rows of tab-separated words into a table."""
    with cursor.copy(f"COPY {table} FROM STDIN") as stream:
        block: list[str] = []
        for row in rows:
            block.append(row)
            if len(block) == BLOCK:
                stream.write("\n".join(block) + "\n")
                block.clear()
        if block:
            stream.write("\n".join(block) + "\n")


def server_process() -> int:
    """Return the number of the database server's first process; 0 when it is not one of this machine's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = int(cursor.fetchone()[0])
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:  # noqa: PTH123
            said = re.fullmatch(r"\d+ \(postgres\) \S (\d+) .*", stat.read().strip())
    except OSError:
        return 0
    return int(said.group(1)) if said and os.path.exists(f"/proc/{said.group(1)}") else 0  # noqa: PTH110
