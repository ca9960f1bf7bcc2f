"""Child processes that are measured and killed: their CPU seconds, their memory each tenth of a second, their end."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from hueandcry.kit.postgres import die_with_parent

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
LOOK_EVERY = 0.1
PATIENCE = 30.0
# What a process of the bench keeps of our surroundings: nothing that says where real messages go.
KEPT = ("PATH", "HOME", "USER", "LANG", "LC_", "TMPDIR", "PYTHON", "VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE", "COV", "PG",
    "HUEANDCRY_VAR", "DEMONSTRATION")  # fmt: skip
# Signs what nobody will ever open.
SECRET = "for-measuring-only"  # noqa: S105


class SendingError(RuntimeError):
    """Nothing can be measured here, in a sentence that says what to do."""


@dataclass
class Watched:
    """One program with everything that it starts: begun in a group of its own, dies with us.

    Attributes:
        nobody: started by root, it is the user `nobody` from the beginning: a program that changes its user by itself
            no longer dies with us.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    stdout: Path | None = None
    inside: Sequence[str] = ()
    nobody: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """Return its number; 0 before it is started."""
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        """Say whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it."""
        user = "nobody" if self.nobody and os.geteuid() == 0 else None
        with self.log.open("ab") as log, (self.stdout or self.log).open("ab") as said:
            self._process = subprocess.Popen(
                [*self.inside, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=log,
                env=dict(self.environment),
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - nothing of ours is locked in the child
                user=user,
                extra_groups=[] if user else None,
            )

    def kill(self) -> None:
        """End it and all that it started, at once and without a word, as a power cut does."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """Ask it to end; end it when it takes too long."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        self.kill()

    def last_words(self) -> str:
        """Return the last line that it wrote to its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else "it said nothing"


def ours(*words: str) -> list[str]:
    """Return the command line of our own command."""
    return [sys.executable, "-m", "hueandcry.console.main", *words]


def clean_environment(**changes: str) -> dict[str, str]:
    """Return the environment for a process of the bench: nothing in it says where real messages go."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}  # noqa: TID251
    # What officers are told would be counted among what goes to members.
    return {**kept, "PYTHONUNBUFFERED": "1", "SECRET_KEY": SECRET, "TELL_OFFICERS": "0", **changes}


def free_port() -> int:
    """Return a port on this machine that nobody listens at now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether somebody listens there."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def until(done: Callable[[], bool], what: str, *, patience: float = PATIENCE, every: float = LOOK_EVERY) -> None:
    """Wait for something.

    Raises:
        SendingError: it did not come.
    """
    end = time.monotonic() + patience
    while not done():
        if time.monotonic() > end:
            raise SendingError(f"Waited {patience:.0f} s until {what}.")
        time.sleep(every)


# ---------------------------------------------------------------- what /proc says


def family(pids: Iterable[int]) -> set[int]:
    """Return these processes and all that they started."""
    children: dict[int, list[int]] = {}
    for pid, stat in _stats():
        children.setdefault(int(stat[1]), []).append(pid)
    found: set[int] = set()
    waiting = [pid for pid in pids if pid]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting.extend(children.get(pid, ()))
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU seconds of these processes, with those of their children that have ended."""
    found = 0
    for pid in pids:
        stat = _stat(pid)
        if stat:
            found += sum(int(each) for each in stat[11:15])
    return found / TICKS


def memory_mb(pids: Iterable[int]) -> float:
    """Return the memory of these processes in MB, what they share counted for each of them."""
    found = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError, ValueError):
            found += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return found * PAGE_MB


def _stats() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat:
                yield int(entry.name), stat


def _stat(pid: int) -> list[str]:
    """Return what stands behind the name in /proc/PID/stat: state, parent, …; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def busy_seconds() -> float:
    """Return the CPU seconds that everybody on this machine has used; 0 where there is no /proc."""
    try:
        words = Path("/proc/stat").read_text(encoding="ascii").split("\n", maxsplit=1)[0].split()
    except OSError:
        return 0.0
    # user, nice, system, then idle and waiting, then interrupts and what another machine on the same iron took.
    return sum(int(words[each]) for each in (1, 2, 3, 6, 7, 8)) / TICKS


def quiet(*, patience: float) -> None:
    """Wait until this machine has nothing else to do, but no longer than so many seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        before = busy_seconds()
        time.sleep(QUIET_FOR)
        if busy_seconds() - before < QUIET_FOR * QUIET_SHARE:
            return


# Quiet is when all processes together use less than this share of one core for so many seconds.
QUIET_FOR, QUIET_SHARE = 0.5, 0.15
OURSELVES, OTHERS = "this process", "others"


class Meter:
    """CPU seconds of named groups of processes from its beginning on, and the most memory that each had.

    A group is processes and all that they started; this one counts for itself alone.
    """

    def __init__(self, groups: Mapping[str, Sequence[int]]) -> None:
        self._groups = {name: tuple(pids) for name, pids in groups.items() if any(pids)}
        self._families = self._now()
        self._began = {name: cpu_seconds(pids) for name, pids in self._families.items()}
        self._busy = busy_seconds()
        self.peak_mb = {name: memory_mb(pids) for name, pids in self._families.items()}
        self.curve_mb: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def cpu(self) -> dict[str, float]:
        """Return the CPU seconds of each group since the beginning, and of everybody else on this machine."""
        busy = busy_seconds() - self._busy
        used = {name: max(cpu_seconds(pids) - self._began[name], 0) for name, pids in self._now().items()}
        return {name: round(each, 2) for name, each in {**used, OTHERS: max(busy - sum(used.values()), 0)}.items()}

    def _now(self) -> dict[str, set[int]]:
        return {**{name: family(pids) for name, pids in self._groups.items()}, OURSELVES: {os.getpid()}}

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            for name, pids in self._families.items():
                now = memory_mb(pids)
                self.peak_mb[name] = max(self.peak_mb[name], now)
                if name == "workers":
                    self.curve_mb.append(round(now, 1))
