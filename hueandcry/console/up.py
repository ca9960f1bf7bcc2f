"""Start everything: database, site and workers, as one group that is watched and stops together."""

import argparse
import contextlib
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from hueandcry.kit.postgres import EmbeddedServerError, Server, die_with_parent

LOOK_EVERY = 0.2
FIRST_WAIT, LONGEST_WAIT, STEADY_AFTER = 0.5, 30.0, 60.0
# How long the site, then the workers, may take to finish what they do. Together with the database: under 5 s.
PATIENCE = 1.8
# The exit status of `hueandcry prepare` that says: the force was made just now, so play the story.
FORCE_IS_NEW = 10
OURSELVES = [sys.executable, "-m", "hueandcry.console.main"]


class StartError(RuntimeError):
    """The service cannot start; the message says what to type."""


@dataclass
class Child:
    """One process that is started again when it dies."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0
    due: float = 0
    wait: float = FIRST_WAIT
    lines: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a group of its own, so that Ctrl-C reaches only us; it dies with us."""
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - we have one thread
        )

    def watch(self) -> None:
        """Start it when it is due; note when it died."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif self.process.poll() is not None:
            self.wait = FIRST_WAIT if now - self.began > STEADY_AFTER else min(self.wait * 2, LONGEST_WAIT)
            say(f"The {self.name} stopped ({_how(self.process.returncode)}); it is started again in {self.wait:.0f} s.")
            self.process, self.due = None, now + self.wait

    def ask_to_stop(self) -> None:
        """Ask it to finish what it does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self, *, until: float) -> None:
        """Wait for its end; end it and all that it started when it takes too long."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(until - time.monotonic(), 0))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def add(parser: argparse.ArgumentParser) -> None:
    """Take no words: PORT, BIND and WORKERS are settings."""
    parser.epilog = "Settings: PORT (8000), BIND (127.0.0.1), WORKERS (2), DATABASE_URL, DEMONSTRATION=1."


def run(args: argparse.Namespace) -> int:
    """Start, watch, and stop in order."""
    check_secret()
    with _the_only_one():
        check_port()
        return Supervisor(debug=args.debug).run()


class Supervisor:
    """Holds the database, the site and the workers."""

    def __init__(self, *, debug: bool) -> None:
        self.database = None if settings.DATABASE_URL else Server(settings.VAR)
        self.database_due = 0.0
        self.site = Child("site", _site())
        self.workers = [
            Child(f"worker {number}" if settings.WORKERS > 1 else "worker", [*OURSELVES, "work"])
            for number in range(1, settings.WORKERS + 1)
        ]
        self.doors = [Child("door for mail", [*OURSELVES, "mail"])] if settings.MAIL_IN_LISTEN else []
        self.story: Child | None = None
        self.debug = debug
        self.stopping = threading.Event()

    def run(self) -> int:
        """Run until a signal says stop."""
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, lambda *_: self.stopping.set())
        try:
            fresh = self._prepare()
            if fresh is None:
                return 0 if self.stopping.is_set() else 1
            self._watch(fresh=fresh)
        finally:
            self._stop()
        return 0

    def _prepare(self) -> bool | None:
        """Start the database and bring it up to date; say whether the force is new, nothing when that failed."""
        if self.database is not None:
            self.database.start()
        step = Child("preparation", [*OURSELVES, "prepare", *(["--debug"] if self.debug else [])])
        step.start()
        while step.process is not None and step.process.poll() is None:
            if self.stopping.wait(LOOK_EVERY):
                step.ask_to_stop()
                step.stop(until=time.monotonic() + PATIENCE)
                return None
        status = step.process.returncode if step.process is not None else 1
        return status == FORCE_IS_NEW if status in {0, FORCE_IS_NEW} else None

    def _watch(self, *, fresh: bool) -> None:
        told = False
        while not self.stopping.is_set():
            self._watch_database()
            for child in (self.site, *self.workers, *self.doors):
                child.watch()
            if not told and _answers():
                told = True
                _tell_where_to_look()
                if fresh:
                    self.story = Child("story", [*OURSELVES, "story"])
                    self.story.start()
            self.stopping.wait(LOOK_EVERY)

    def _watch_database(self) -> None:
        """Start the embedded server again when it is gone, ours or another process's."""
        now = time.monotonic()
        if self.database is None or now < self.database_due:
            return
        ours = self.database.process
        if ours is not None and ours.poll() is None:
            return
        self.database_due = now + 2
        if ours is None and self.database.answers():
            return
        try:
            self.database.start()
            say("The database was gone; it runs again.")
        except EmbeddedServerError as trouble:
            say(str(trouble))

    def _stop(self) -> None:
        say("Stopping.")
        for group in (([self.story] if self.story else []) + [self.site, *self.doors], self.workers):
            for child in group:
                child.ask_to_stop()
            until = time.monotonic() + PATIENCE
            for child in group:
                child.stop(until=until)
        if self.database is not None:
            self.database.stop()
        say("Everything has stopped.")


def check_secret() -> None:
    """Refuse to run a real service on a secret that only this machine knows.

    Raises:
        ImproperlyConfigured: SECRET_KEY is not set, and a database that others may share is.
    """
    if settings.SECRET_KEY_IS_KEPT and settings.DATABASE_URL and not settings.DEMONSTRATION:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: links and sign-ins would be worth nothing on another machine. Type\n"
            "  python3 -c 'import secrets; print(secrets.token_urlsafe(50))'\n"
            "and set SECRET_KEY to what it prints, the same on every machine of this installation."
        )


def check_port() -> None:
    """Refuse early when another program listens where the site would.

    Raises:
        StartError: the port is taken or not allowed.
    """
    try:
        with socket.create_server((settings.BIND, settings.PORT), family=_family()):
            return
    except OSError as refused:
        if refused.errno == errno.EADDRINUSE:
            raise StartError(
                f"Port {settings.PORT} is in use by another program. "
                f"Type PORT={settings.PORT + 1} before the command, for example: PORT={settings.PORT + 1} make run"
            ) from None
        raise StartError(
            f"The site may not listen on {settings.BIND} port {settings.PORT} ({refused.strerror}). "
            "Set BIND to an address of this machine, and PORT to a number above 1023."
        ) from None


def say(sentence: str) -> None:
    """Print at once, also into a file; a full disk or a terminal that is gone stops nothing that we hold."""
    with contextlib.suppress(OSError):
        print(sentence, flush=True)


@contextlib.contextmanager
def _the_only_one() -> Iterator[None]:
    """Hold var/up.lock, which the kernel lets go whatever happens to us."""
    settings.VAR.mkdir(parents=True, exist_ok=True)
    lock: IO[str]
    with (settings.VAR / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StartError(
                f"It runs already, as process {lock.read().strip() or 'unknown'}: look at {_address()}, "
                "or stop that one first."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _site() -> list[str]:
    return [
        *(sys.executable, "-m", "uvicorn", "hueandcry.config.asgi:application"),
        *("--host", settings.BIND, "--port", str(settings.PORT)),
        *("--log-level", "warning", "--no-access-log", "--lifespan", "off", "--timeout-graceful-shutdown", "1"),
    ]


def _tell_where_to_look() -> None:
    say(f"\nHue and Cry runs: look at {_address()}")
    if settings.DEMONSTRATION:
        say(f"Sign in as anybody of the made-up force: {_address()}demonstration/")
    say("Ctrl-C stops everything.\n")


def _address() -> str:
    host = "localhost" if settings.BIND in {"127.0.0.1", "0.0.0.0", "::", "::1"} else settings.BIND  # noqa: S104
    return f"http://{host}:{settings.PORT}/"


def _answers() -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.BIND, settings.BIND)  # noqa: S104
    try:
        with socket.create_connection((host, settings.PORT), timeout=0.5):
            return True
    except OSError:
        return False


def _family() -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET


def _how(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit {status}"
