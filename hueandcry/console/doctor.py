"""Check database, tables, audiences, workers, gateways, disk and clock; say what to do; exit status 0 or 1."""

import argparse
import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions import reach as members_do
from hueandcry.kit import clock
from hueandcry.kit import jobs as kept
from hueandcry.kit.postgres import OLDEST

ENOUGH_DISK = 2 * 1024**3
ENOUGH_SHARE = 0.05
CLOCKS_DIFFER = 5.0
# So many members are looked at in a second or two; of more than that, so many drawn anew each time.
SOME_MEMBERS = 20_000


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, whether it is well, what was found, and what to do."""

    name: str
    well: bool
    found: str
    remedy: str = ""


def add(parser: argparse.ArgumentParser) -> None:
    """Take --json and --mend."""
    parser.add_argument("--json", action="store_true", help="for programs: a list of findings")
    parser.add_argument("--mend", action="store_true", help="first work out anew what audiences are counted from")


def run(args: argparse.Namespace) -> int:
    """Print one line each; 1 when something is not well."""
    if args.mend:
        members_do.refresh_all()
    findings = list(examine())
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{'ok ' if finding.well else 'BAD'}  {finding.name:<12} {finding.found}")
            if finding.remedy and not finding.well:
                print(f"     {'':<12} → {finding.remedy}")
    return 0 if all(finding.well for finding in findings) else 1


def examine() -> Iterator[Finding]:
    """Yield every finding; what cannot be looked at is a finding too."""
    alive = _database()
    yield alive
    looks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("tables", _tables),
        ("audiences", _audiences),
        ("workers", _workers),
        ("jobs", _jobs),
        ("gateways", _gateways),
        ("sending", _sending),
        ("clock", _clock),
    )
    for name, look in looks if alive.well else ():
        try:
            with transaction.atomic():
                found = list(look())
            yield from found
        except DatabaseError as trouble:
            words = str(trouble).strip().split("\n")[0]
            yield Finding(name, well=False, found=words, remedy="Type `hueandcry prepare`.")
    yield _disk()
    yield _secret()


def _database() -> Finding:
    try:
        connection.ensure_connection()
    except DatabaseError as trouble:
        words = str(trouble).strip().split("\n")[0]
        remedy = "Check DATABASE_URL, and that the server runs and lets this machine in."
        return Finding("database", well=False, found=words, remedy=remedy)
    major, minor = divmod(connection.pg_version, 10000)  # type: ignore[attr-defined]
    where = "given by DATABASE_URL" if settings.DATABASE_URL else "embedded"
    return Finding(
        "database",
        well=major >= OLDEST,
        found=f"PostgreSQL {major}.{minor}, {where}",
        remedy=f"PostgreSQL {OLDEST} or later is needed: move to a newer server.",
    )


def _tables() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    waiting = [f"{app}.{name}" for (app, name) in _names(executor)]
    found = f"{len(waiting)} changes wait: {', '.join(waiting[:3])}" if waiting else "up to date"
    yield Finding("tables", well=not waiting, found=found, remedy="Type `hueandcry prepare`.")


def _names(executor: MigrationExecutor) -> list[tuple[str, str]]:
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _backwards in plan]


def _audiences() -> Iterator[Finding]:
    everybody = members.count_members()
    differing = len(members.reach_differs(most=SOME_MEMBERS))
    seen = f"{everybody:,} members" if everybody <= SOME_MEMBERS else f"{SOME_MEMBERS:,} of {everybody:,} members"
    yield Finding(
        "audiences",
        well=not differing,
        found=f"{differing:,} of {seen} are not counted as they should be"
        if differing
        else f"{seen} looked at, all counted as they should be",
        remedy="Alerts may miss them. Type `hueandcry doctor --mend`, and say so to whoever looks after the program.",
    )


def _workers() -> Iterator[Finding]:
    alive = kept.workers_alive()
    yield Finding(
        "workers",
        well=alive > 0,
        found=f"{alive} alive" if alive else "none alive: messages wait",
        remedy="Type `hueandcry up` for site and workers, or `hueandcry work` for one more worker.",
    )


def _jobs() -> Iterator[Finding]:
    a_day_ago = clock.now() - dt.timedelta(days=1)
    jobs = ProcrastinateJob.objects
    waiting = jobs.filter(status="todo", scheduled_at=None).count()
    failed = jobs.filter(status="failed", procrastinateevent__at__gte=a_day_ago).distinct().count()
    yield Finding(
        "jobs",
        well=failed == 0,
        found=f"{waiting} waiting, {failed} failed in the last day",
        remedy="Look at the workers' log for lines with ERROR; it names the job and why.",
    )


def _gateways() -> Iterator[Finding]:
    from hueandcry.domain.messaging import queries

    for channel, trouble in sorted(queries.gateway_checks().items()):
        yield Finding(
            f"{channel}",
            well=not trouble,
            found=trouble or f"answers ({settings.GATEWAYS.get(channel, '').rsplit('.', 1)[-1]})",
            remedy=f"Check GATEWAY_{channel.upper()} and the provider's own settings.",
        )


def _sending() -> Iterator[Finding]:
    from hueandcry.domain.messaging.queries import providers
    from hueandcry.domain.messaging.rules.routing import Health

    halt = providers.halt_standing()
    if halt is not None:
        yield Finding(
            "sending",
            well=False,
            found=f"everything is stopped since {timezone.localtime(halt.at):%d %B %H:%M} by {halt.by}",
            remedy="The page Sending on the desk says why; the control room, a sergeant or an inspector lets it go on.",
        )
    for line in providers.providers():
        if line.health == Health.DOWN and line.standing.down_since is not None:
            yield Finding(
                line.name,
                well=False,
                found=f"down since {timezone.localtime(line.standing.down_since):%d %B %H:%M}: {line.standing.trouble}",
                remedy="It is tried again by itself every ten seconds; others take its share. Ask the provider.",
            )


def _clock() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        before = clock.now()
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    apart = abs((theirs - before).total_seconds())
    yield Finding(
        "clock",
        well=apart < CLOCKS_DIFFER,
        found=f"{apart:.1f} s from the database's",
        remedy="Set both machines' clocks by the network: sudo timedatectl set-ntp true",
    )


def _disk() -> Finding:
    settings.VAR.mkdir(parents=True, exist_ok=True)
    usage = shutil.disk_usage(settings.VAR)
    enough = usage.free > ENOUGH_DISK and usage.free / usage.total > ENOUGH_SHARE
    return Finding(
        "disk",
        well=enough,
        found=f"{usage.free / 1024**3:.1f} GB free of {usage.total / 1024**3:.0f} for {settings.VAR}",
        remedy="Make room, or set HUEANDCRY_VAR to a folder on a larger disk.",
    )


def _secret() -> Finding:
    shared = not settings.SECRET_KEY_IS_KEPT
    alone = not settings.DATABASE_URL or settings.DEMONSTRATION
    return Finding(
        "secret",
        well=shared or alone,
        found="SECRET_KEY is set" if shared else "kept in var/secret, for this machine only",
        remedy="Set SECRET_KEY, the same on every machine of this installation.",
    )
