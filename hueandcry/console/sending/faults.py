"""What may die in the middle: a worker, two, the process that releases, everything, the database, a provider, a line.

Each fault meets one alert on its way to everybody, on a database server of its own. Counted afterwards: who got
nothing and stands nowhere as perhaps sent, who got it twice, whom a person is to decide about, and how long it took
from the end of the fault until the last was handed over. Until then nobody does anything but what `hueandcry up` or an
init system does: a process that died is started again.
"""

import contextlib
import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from hueandcry.console.sending import hosts
from hueandcry.console.sending.cutter import Cutter
from hueandcry.console.sending.filling import Scene
from hueandcry.console.sending.processes import SendingError, Watched, clean_environment, family, free_port, ours, until
from hueandcry.console.sending.sinks import HOST, SandboxSink
from hueandcry.console.sending.stage import START_AGAIN, Stage, outcome, waiting
from hueandcry.console.sending.takers import FORGETS, KNOWS, Taker
from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.alerts.rules import typed_needed
from hueandcry.kit import clock
from hueandcry.kit.postgres import USER, EmbeddedServerError, Server

# This part is out when it happens; and how long a database, a provider or a line stays away.
PART = 0.3
AWAY_S = 3.0
CUT_S = 8.0
FULL_S = 5.0
# A database that changes hands is refused for so long; what stands still does so for longer than a lease.
REFUSED_S = 10.0
STILL_S = 20.0
# Somebody else's transaction holds so many rows for longer than a lease.
HOLDS_S = 15.0
HOLDS = 300
CLEANS_S = 3.0
LOOK_S = 0.02
PATIENCE = 120.0
MB = 1 << 20
# A disk of this size holds the server and a log of its own; it is full while something lies on the rest.
DISK_MB = 1536
FAKETIME = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")
SPRING = dt.datetime(2027, 3, 28, 0, 59, 58, tzinfo=dt.UTC)
# Where a message may come twice as the same one, and where it would come and cost twice: nowhere else it comes again.
COMES_AS_THE_SAME = ("smtp",)
COSTS_TWICE = (FORGETS, "smpp")
AUTUMN = dt.datetime(2026, 10, 25, 0, 59, 58, tzinfo=dt.UTC)
_TOOK = "SELECT reference || '|' || address FROM gateways_sandboxmessage ORDER BY id"
_WORKERS = "SELECT count(*) / 2 FROM procrastinate_workers"
# Those in a worker's hands first, then those that come next.
_HOLD = """
    SELECT id FROM messaging_delivery WHERE state IN ('queued', 'leased') ORDER BY state <> 'leased', id LIMIT %s
    FOR UPDATE
"""
# A process says who it is to the database by PGAPPNAME.
_CLAIMED_LAST = """
    SELECT application_name FROM pg_stat_activity
    WHERE query LIKE '%AS cancelled,%' AND application_name LIKE 'worker %' ORDER BY query_start DESC LIMIT 1
"""
# What waits for a worker that stands still, for its lock or until it reads, will not be done.
_ASKING = """
    SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND application_name LIKE 'worker %'
        AND wait_event_type IS DISTINCT FROM 'Lock' AND wait_event IS DISTINCT FROM 'ClientWrite'
"""
_CLEAN = ("ANALYZE messaging_delivery", "VACUUM (ANALYZE) messaging_stretch", "VACUUM messaging_delivery")
_REWRITE = "VACUUM (FULL, ANALYZE) messaging_delivery, messaging_stretch, messaging_message"
_PRESS = """
import sys, django
django.setup()
from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.organisations import queries
officer = queries.get_officer(ref=sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
alerts.approve(alert_ref=sys.argv[1], officer=officer, typed=sys.argv[3])
"""


@dataclass(frozen=True)
class Fault:
    """What came of one fault.

    Attributes:
        lost: got nothing, and stand nowhere as perhaps sent.
        doubled: messages that somebody got once more than once.
        uncertain: for a person to decide about.
        seconds: from the end of the fault until everything was handed over.
        held: so many were in a worker's hands when it happened; with none it met nothing.
        most_doubled: how many may come twice: what may be in flight where it comes as the same, else none.
        most_uncertain: how many a person may have to decide about: what may be in flight where it would cost twice.
        skipped: why it was not tried here; then all figures are nothing.
    """

    name: str
    what: str
    by: str
    meant: int = 0
    lost: int = 0
    doubled: int = 0
    uncertain: int = 0
    seconds: float = 0.0
    held: int = 0
    most_doubled: int = 0
    most_uncertain: int = 0
    skipped: str = ""

    @property
    def is_bad(self) -> bool:
        """Say whether more went wrong than may."""
        return self.lost > 0 or self.doubled > self.most_doubled or self.uncertain > self.most_uncertain


Answer = TypeVar("Answer")


class NotHere(Exception):  # noqa: N818 - no error: this machine cannot have this fault
    """A fault that cannot be made on this machine, in a sentence that says why."""


class Phones:
    """The sandbox, counted like a provider outside."""

    kind = "sandbox"

    def start(self) -> None:
        """It is there."""

    def kill(self) -> None:
        """It is where the database is."""

    def taken(self) -> list[bytes]:
        """Return whom each message was for."""
        with connection.cursor() as cursor:
            cursor.execute(_TOOK)
            return [each.encode() for (each,) in cursor.fetchall()]

    def environment(self, host: str = "", port: int = 0) -> dict[str, str]:  # noqa: ARG002 - as of those outside
        """Return no settings: it is what is there without."""
        return {}


@dataclass
class House:
    """The database server of our own, and the folder of what is measured."""

    scene: Scene
    folder: Path
    server: Server = field(default_factory=lambda: Server(settings.VAR))

    def kill_database(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the server, whoever started it, with all its processes; wait until none is left."""
        pid = self._pid()
        everybody = (family([pid]) if how == signal.SIGKILL else {pid}) - {0}
        for each in everybody:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, how)
        until(lambda: not any(map(_runs, everybody)), "the database ends")
        connection.close()

    def start_database(self) -> bool:
        """Start the server where none answers, as an init system does; say whether one answers then."""
        with contextlib.suppress(EmbeddedServerError):
            self.server.start()
            return True
        return False

    @property
    def socket(self) -> Path:
        """Return the server's socket."""
        return self.server.socket / ".s.PGSQL.5432"

    def _pid(self) -> int:
        files = self.server.home.glob("postgres-*/postmaster.pid")
        return next((int(file.read_text(encoding="utf-8").split()[0]) for file in files), 0)


@dataclass
class Play:
    """One alert on its way, and those who take part."""

    house: House
    by: str
    taker: Taker | Phones
    folder: Path
    lines: dict[str, Cutter] = field(default_factory=dict)
    crew: list[Watched] = field(default_factory=list)
    tends_database: bool = False
    about: str = ""
    held: int = 0
    _looked: float = 0.0

    @property
    def stage(self) -> Stage:
        """Return what writes and releases alerts to whom this play's channel reaches."""
        by = "http" if self.by == FORGETS else self.by
        return Stage(self.house.scene, by, SandboxSink(self.folder), self.folder)

    def environment(self, extra: Mapping[str, str], at: str = HOST) -> dict[str, str]:
        """Return the environment of a process of ours."""
        url, name = settings.DATABASE_URL, connection.settings_dict["NAME"]
        if "database" in self.lines:
            url = f"postgresql://{USER}@{at}:{self.lines['database'].port}/{name}"
        port = self.lines["provider"].port if "provider" in self.lines else 0
        return clean_environment(
            DATABASE_URL=url, LOG_LEVEL="INFO", DEMONSTRATION="", **self.taker.environment(at, port), **extra
        )

    def tend(self) -> None:
        """Start again what died, as `hueandcry up` or an init system does."""
        now = time.monotonic()
        if now - self._looked < START_AGAIN:
            return
        self._looked = now
        for one in self.crew:
            if not one.alive:
                one.start()
        if self.tends_database:
            self.house.start_database()

    def count(self, since: int) -> int:
        """Return how many the provider took after so many; those before, while the database is away."""
        return max(len(calmly(self.taker.taken, list[bytes]())) - since, 0)

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Wait, and start again what died meanwhile.

        Raises:
            SendingError: it did not come.
        """

        def look() -> bool:
            self.tend()
            return calmly(done, False)  # noqa: FBT003 - what is so while nobody can be asked

        try:
            until(look, what, patience=PATIENCE, every=LOOK_S)
        except SendingError as trouble:
            raise SendingError(f"{trouble} {self._said()}") from trouble

    def _said(self) -> str:
        """Return what helps to find out why: how far it is, and each process's last words."""
        states = calmly(lambda: dict(_states("%")), dict[str, int]())
        words = [f"{one.name}: {one.last_words()}" for one in self.crew if one.log.is_file()]
        return f"In the table {states}; {'; '.join(words)}"


@dataclass(frozen=True)
class Kind:
    """One fault that may be made.

    Attributes:
        hurt: makes it and ends it, while the alert is on its way; what it returns ended it, else its own return.
        by: the providers that it is tried with.
        line: what the workers reach through a line that can be cut.
        around: what must be so from before the workers start until all is over.
    """

    what: str
    hurt: Callable[[Play], None]
    by: Sequence[str] = ("smtp",)
    workers: int = 1
    line: str = ""
    up: bool = False
    around: Callable[[Play], contextlib.AbstractContextManager[Mapping[str, str]]] | None = None


def calmly(ask: Callable[[], Answer], otherwise: Answer) -> Answer:
    """Ask the database; where it is away, return something else."""
    try:
        return ask()
    except (OperationalError, InterfaceError):
        connection.close()
        return otherwise


def tried(house: House, name: str, by: str) -> Fault:
    """Make one fault while an alert is on its way to everybody; return what came of it.

    Raises:
        SendingError: it does not recover.
    """
    kind = KINDS[name]
    with tempfile.TemporaryDirectory(prefix="hc-fault-", dir=house.folder) as made:
        folder = Path(made)
        folder.chmod(0o755)
        taker = Phones() if by == "sandbox" else Taker(by, folder, everywhere=name == "cable")
        play = Play(house, by, taker, folder)
        try:
            with contextlib.ExitStack() as stack:
                extra = stack.enter_context(kind.around(play)) if kind.around else {}
                stack.callback(_stop, play)
                return _tried(play, name, kind, extra)
        except NotHere as why:
            return Fault(name, kind.what, by, skipped=str(why))


def _tried(play: Play, name: str, kind: Kind, extra: Mapping[str, str]) -> Fault:
    play.taker.start()
    if kind.line and not play.lines:
        to = play.house.socket if kind.line == "database" else getattr(play.taker, "port", 0)
        play.lines[kind.line] = Cutter(to, play.folder)
    for line in play.lines.values():
        line.start()
    _start(play, kind, extra)
    stage = play.stage
    few, many = stage.written(few=True)
    stage.press(few, many)
    play.until(lambda: not waiting(f"alert:{few}"), "the few have theirs")
    stage.over(few)
    alert, meant = stage.written()
    play.about, before = f"alert:{alert}", len(play.taker.taken())
    if kind.hurt is press_and_kill:
        _press_and_kill(play, alert, meant)
    else:
        stage.press(alert, meant)
        play.until(lambda: play.count(before) >= PART * meant, "some are out")
        play.held = _states(play.about).get("leased", 0)
        kind.hurt(play)
    ended = time.monotonic()
    play.until(lambda: not waiting(play.about), "everything is handed over")
    seconds = time.monotonic() - ended
    return _counted(play, name, kind, before, meant, seconds)


def _counted(play: Play, name: str, kind: Kind, before: int, meant: int, seconds: float) -> Fault:
    came, took = outcome(play.about), play.taker.taken()[before:]
    each = Counter(line.partition(b"|")[2] for line in took)
    uncertain = came.states.get("uncertain", 0)
    # Of those that were perhaps sent some were not: they are not lost, a person sees them.
    lost = meant - len(each) - min(uncertain, meant - len(each))
    if sum(came.states.values()) != meant:
        raise SendingError(f"{meant} were meant, and {came.states} stand in the table.")
    play.stage.over(play.about.partition(":")[2])
    doubled, asked = most(play.by, workers=kind.workers)
    return Fault(
        name=name,
        what=kind.what,
        by=play.by,
        meant=meant,
        lost=lost,
        doubled=len(took) - len(each),
        uncertain=uncertain,
        seconds=round(seconds, 1),
        held=play.held,
        most_doubled=doubled,
        most_uncertain=asked,
    )


def most(by: str, *, workers: int) -> tuple[int, int]:
    """Return how many may come twice and be for a person to decide: what so many workers may have in flight."""
    in_flight = settings.SEND_WINDOW * workers
    return in_flight if by in COMES_AS_THE_SAME else 0, in_flight if by in COSTS_TWICE else 0


def _start(play: Play, kind: Kind, extra: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
    host = extra.get("host", "")
    inside = hosts.inside(int(host)) if host else ()
    settled = {name: value for name, value in extra.items() if name.isupper()}
    settled["HUEANDCRY_VAR"] = str(play.folder)
    environment = play.environment(settled, hosts.ours_at(int(host)) if host else HOST)
    log = Path(extra.get("log", "")) if "log" in extra else None
    if kind.up:
        environment |= {"WORKERS": str(kind.workers), "PORT": str(free_port())}
        play.crew.append(Watched("up", ours("up"), environment, log or play.folder / "up.log"))
    else:
        for number in range(1, kind.workers + 1):
            at = log or play.folder / f"worker-{number}.log"
            named = {**environment, "PGAPPNAME": f"worker {number}"}
            play.crew.append(Watched(f"worker {number}", ours("work"), named, at, inside=inside))
    for one in play.crew:
        one.start()
    play.until(lambda: _one(_WORKERS) >= kind.workers, "the workers are ready")


def _stop(play: Play) -> None:
    for one in play.crew:
        one.stop()
    for line in play.lines.values():
        line.stop()
    play.taker.kill()


# ---------------------------------------------------------------- what may happen


def kill_workers(play: Play) -> None:
    """End every worker at once, as a power cut does, with some in their hands."""
    _let_stand_with_some_in_hand(play)
    for one in play.crew:
        one.kill()


def _let_stand_with_some_in_hand(play: Play) -> None:
    """Let all workers stand still until they are seen to have some in their hands: they often have none, for a moment.

    Raises:
        SendingError: everything was out before that.
    """
    while waiting(play.about):
        for one in play.crew:
            os.killpg(one.pid, signal.SIGSTOP)
        # What they asked of the database last is done before anybody looks.
        until(lambda: not _one(_ASKING), "the database has done what workers asked of it")
        play.held = _states(play.about).get("leased", 0)
        if play.held:
            return
        for one in play.crew:
            os.killpg(one.pid, signal.SIGCONT)
        time.sleep(LOOK_S)
    raise SendingError("Everything was out before a worker could be killed.")


def kill_up(play: Play) -> None:
    """End the process that watches all others: they end with it."""
    os.kill(play.crew[0].pid, signal.SIGKILL)


def kill_one_of_up(play: Play) -> None:
    """End one worker under `up`, whose every word meets a full disk."""
    watcher = play.crew[0]
    victims = sorted(family([watcher.pid]) - {watcher.pid})
    os.kill(victims[-1], signal.SIGKILL)
    time.sleep(1)
    if not watcher.alive:
        raise SendingError("`hueandcry up` ended when its words met a full disk.")


def kill_database(play: Play) -> None:
    """End the server and start it again a little later."""
    play.house.kill_database()
    time.sleep(AWAY_S)
    play.house.start_database()


def hand_over_database(play: Play) -> None:
    """End the server as somebody does who moves it elsewhere: whoever asks is refused until it is there again."""
    play.house.kill_database(signal.SIGINT)
    time.sleep(REFUSED_S)
    play.house.start_database()


def stop_worker(play: Play) -> None:
    """Let the worker that has the alert stand still for longer than its lease, and go on as if nothing had been."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIMED_LAST)
        (name,) = cursor.fetchone()
    _stand_still(next(one.pid for one in play.crew if one.name == name))


def stop_provider(play: Play) -> None:
    """Let the provider stand still for longer than a lease: it takes what is said to it, and answers late."""
    if isinstance(play.taker, Taker):
        _stand_still(play.taker.process.pid)


def _stand_still(group: int) -> None:
    os.killpg(group, signal.SIGSTOP)
    time.sleep(STILL_S)
    os.killpg(group, signal.SIGCONT)


def hold_rows(play: Play) -> None:
    """Hold rows for longer than a lease, some that a worker has in hand and some that come next."""
    del play
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HOLD, [HOLDS])
        if cursor.rowcount < HOLDS:
            raise SendingError("Everything was out before anything could be held.")
        time.sleep(HOLDS_S)


def clean_tables(play: Play) -> None:
    """Clean and measure the tables all the time, and write them anew once, which nobody else may enter meanwhile."""
    del play
    with connection.cursor() as cursor:
        cursor.execute(_REWRITE)
        end = time.monotonic() + CLEANS_S
        while time.monotonic() < end:
            for each in _CLEAN:
                cursor.execute(each)


def kill_provider(play: Play) -> None:
    """End the provider and start it again a little later."""
    play.taker.kill()
    time.sleep(AWAY_S)
    play.taker.start()


def cut(play: Play) -> None:
    """Cut a line without a word, and let it break only then."""
    for line in play.lines.values():
        line.cut()
    time.sleep(CUT_S)
    for line in play.lines.values():
        line.mend()


def pull_cable(play: Play) -> None:
    """Pull the cable of a worker's host, and put it back."""
    _ip("link", "set", hosts.wire(1), "down")
    time.sleep(CUT_S)
    _ip("link", "set", hosts.wire(1), "up")
    del play


def fill_disk(play: Play) -> None:
    """Fill the server's disk to the last byte, and make room again."""
    play.tends_database = True
    ballast = play.house.server.home / "ballast"
    end, free = time.monotonic() + FULL_S, DISK_MB * MB
    with ballast.open("wb", buffering=0) as file:
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                while time.monotonic() < end:
                    file.write(b"\0" * MB)
            with contextlib.suppress(OSError):
                file.write(b"\0" * 4096)
            free = min(free, shutil.disk_usage(ballast).free)
            calmly(play.tend, None)
            time.sleep(LOOK_S)
    ballast.unlink()
    if free > MB:
        raise SendingError("The disk was never full: nothing was tried.")


def jump(by_s: Callable[[], float]) -> Callable[[Play], None]:
    """Return what sets the workers' clock by so much while they work."""

    def hurt(play: Play) -> None:
        (play.folder / "clock").write_text(f"{by_s():+.3f}\n", encoding="ascii")

    return hurt


def press_and_kill(play: Play) -> None:
    """End the process that releases, in the middle of its transaction (`_press_and_kill`)."""


def _press_and_kill(play: Play, alert: str, meant: int) -> None:
    """Press in a process of its own that is ended sooner or later on the way; then press again, as an officer does."""
    approver = play.house.scene.approver
    took = 0.05
    while True:
        words = [sys.executable, "-c", _PRESS, alert, approver.ref, typed_needed(members=meant)]
        press = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=play.environment({}))
        with press:
            if press.stdout is None or press.stdin is None or not press.stdout.readline():
                raise SendingError("The process that releases does not start.")
            press.stdin.write(b"\n")
            press.stdin.flush()
            time.sleep(took)
            press.kill()
        written = sum(_states(f"alert:{alert}").values())
        if written not in {0, meant}:
            raise SendingError(f"{written} of {meant} rows stand after a press that was cut off.")
        if written:
            return
        if took > 1:  # it was cut off often enough; the last press is let through
            alerts.approve(alert_ref=alert, officer=approver, typed=typed_needed(members=meant))
            return
        took *= 1.6


@contextlib.contextmanager
def own_clock(play: Play) -> Iterator[Mapping[str, str]]:
    """Give the workers a clock that a file sets."""
    found = next((each for pattern in FAKETIME for each in sorted(Path("/").glob(pattern[1:]))), None)
    if found is None:
        raise NotHere("libfaketime is not on this machine (Debian: apt install libfaketime).")
    file = play.folder / "clock"
    file.write_text("+0\n", encoding="ascii")
    yield {
        "LD_PRELOAD": str(found), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip


@contextlib.contextmanager
def own_host(play: Play) -> Iterator[Mapping[str, str]]:
    """Put the workers on a host of their own, on a wire that can be pulled."""
    try:
        with hosts.made(1):
            at = hosts.ours_at(1)
            play.lines["database"] = Cutter(play.house.socket, play.folder, host=at)
            yield {"host": "1"}
    except SendingError as why:
        if "Hosts of their own need" in str(why):
            raise NotHere(str(why)) from why
        raise


@contextlib.contextmanager
def full_log(play: Play) -> Iterator[Mapping[str, str]]:
    """Let everything that our processes say meet a full disk."""
    del play
    if not Path("/dev/full").exists():
        raise NotHere("There is no /dev/full on this machine.")
    yield {"log": "/dev/full"}


@contextlib.contextmanager
def own_disk(play: Play) -> Iterator[Mapping[str, str]]:
    """Put the server on a small disk of its own; afterwards it is where it was, as it was."""
    house = play.house
    if os.geteuid() != 0:
        raise NotHere("A disk of the server's own is for root to mount.")
    disk = play.folder / "disk"
    disk.mkdir()
    house.kill_database(signal.SIGINT)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "none", str(disk)]
    if subprocess.run(mount, check=False).returncode:
        house.start_database()
        raise NotHere("This machine does not let us mount a disk.")
    try:
        subprocess.run(["cp", "-a", f"{house.server.home}/.", str(disk)], check=True)
        subprocess.run(["mount", "--bind", str(disk), str(house.server.home)], check=True)
        try:
            house.start_database()
            yield {}
        finally:
            house.kill_database()
            subprocess.run(["umount", "-l", str(house.server.home)], check=True)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
        house.start_database()


def to(moment: dt.datetime) -> Callable[[], float]:
    """Return what says by how much a clock is set to show that moment."""

    def by_s() -> float:
        return (moment - clock.now()).total_seconds()

    return by_s


KINDS: dict[str, Kind] = {
    "worker": Kind("a worker is killed", kill_workers, by=("smtp", KNOWS, FORGETS, "smpp", "sandbox")),
    "workers": Kind("two workers are killed at once", kill_workers, by=("smtp", "smpp"), workers=2),
    "release": Kind("the process that releases is killed", press_and_kill),
    "up": Kind("`up` is killed, and all with it", kill_up, workers=2, up=True),
    "database": Kind(
        f"the database is killed, back after {AWAY_S:.0f} s", kill_database, by=("smtp", "smpp", "sandbox")
    ),
    "failover": Kind(
        f"the database changes hands, refused for {REFUSED_S:.0f} s", hand_over_database, by=("smtp", "smpp")
    ),
    "holder": Kind(
        f"somebody's transaction holds {HOLDS} rows for {HOLDS_S:.0f} s", hold_rows, by=("smtp", "smpp"), workers=2
    ),
    "vacuum": Kind("the tables are cleaned, measured and written anew", clean_tables, by=("smtp", "smpp")),
    "still": Kind(
        f"a worker stands still for {STILL_S:.0f} s, another does not",
        stop_worker,
        by=("smtp", KNOWS, FORGETS, "smpp"),
        workers=2,
    ),
    "provider-still": Kind(
        f"the provider stands still for {STILL_S:.0f} s",
        stop_provider,
        by=("smtp", KNOWS, FORGETS, "smpp"),
        workers=2,
    ),
    "provider": Kind(
        f"the provider is killed, back after {AWAY_S:.0f} s", kill_provider, by=("smtp", KNOWS, FORGETS, "smpp")
    ),
    "line": Kind(
        f"the line to the provider is cut for {CUT_S:.0f} s", cut, by=("smtp", KNOWS, FORGETS, "smpp"), line="provider"
    ),
    "database-line": Kind(
        f"the line to the database is cut for {CUT_S:.0f} s", cut, line="database", by=("smtp", "smpp")
    ),
    "cable": Kind(f"the worker's host is cut off for {CUT_S:.0f} s", pull_cable, around=own_host, by=("smtp", "smpp")),
    "disk": Kind(f"the database's disk is full for {FULL_S:.0f} s", fill_disk, around=own_disk),
    "log-disk": Kind(
        "the disk of our logs is full, a worker killed", kill_one_of_up, around=full_log, workers=2, up=True
    ),
    "clock-ahead": Kind("the worker's clock jumps an hour ahead", jump(lambda: 3600.0), around=own_clock),
    "clock-back": Kind("the worker's clock jumps an hour back", jump(lambda: -3600.0), around=own_clock),
    "spring": Kind("summer time begins under a worker", jump(to(SPRING)), around=own_clock),
    "autumn": Kind("summer time ends under a worker", jump(to(AUTUMN)), around=own_clock),
}


def _states(about: str) -> Mapping[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, count(*) FROM messaging_delivery AS sent JOIN messaging_message AS message"
            " ON message.id = sent.message_id WHERE message.about LIKE %s GROUP BY state",
            [about],
        )
        return dict(cursor.fetchall())


def _one(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def _runs(pid: int) -> bool:
    """Say whether a process runs; one that ended and that nobody asked about does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _ip(*words: str) -> None:
    subprocess.run([shutil.which("ip") or "ip", *words], check=True)
