"""Those who take what we send, and say how many they took, and when the last one: programs of others, and the sandbox.

A sink writes its count to a file in memory with each message, so that the time of the last acceptance is the time of
that file's last change: nobody reads along and takes a share of the two cores. `recording` sinks keep what they got as
well, for the check of references; that costs them more than the taking, so that nothing is timed with one.
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from django.db import connection

from hueandcry.console.sending.processes import (
    SendingError,
    Watched,
    clean_environment,
    free_port,
    listens,
    until,
)

HOST = "127.0.0.1"
SBIN = "/usr/sbin:/usr/local/sbin:/sbin"
# A counter of smtp-sink is 28 signs or so: the last one is in these.
TAIL = 200
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, for counters


@dataclass(frozen=True)
class Taken:
    """What a recording sink got: how many, of how many references and addresses, and one as it went over the wire."""

    many: int
    references: int
    addresses: int
    sample: bytes


class Sink(Protocol):
    """Somebody who takes messages and counts them.

    Attributes:
        what: what it is, for people.
        raw: the raw client that speaks to it; empty where there is none.
        every: how often its count may be looked at without getting in the way, in seconds.
        port: where it listens.
    """

    what: ClassVar[str]
    raw: ClassVar[str]
    every: ClassVar[float]
    port: int

    def start(self) -> None:
        """Start it, and wait until it listens."""

    def stop(self) -> None:
        """Stop it."""

    def environment(self) -> dict[str, str]:
        """Return the settings by which our workers reach it."""
        ...

    def pids(self) -> list[int]:
        """Return its processes."""
        ...

    def count(self) -> int:
        """Return how many it took since it was started."""
        ...

    def last_at(self) -> float:
        """Return when it took the last one, in seconds since 1970."""
        ...

    def taken(self) -> Taken:
        """Return what a recording one got."""
        ...


def find(program: str, package: str) -> str:
    """Return where a program is.

    Raises:
        SendingError: it is not on this machine; says what to install.
    """
    found = shutil.which(program) or shutil.which(program, path=SBIN)
    if found is None:
        raise SendingError(f"{program} is not on this machine: install it (Debian: apt install {package}).")
    return found


class SmtpSink:
    """Postfix's smtp-sink: a C program that offers PIPELINING and throws away what it takes."""

    what: ClassVar[str] = "Postfix smtp-sink"
    raw: ClassVar[str] = "smtp"
    every: ClassVar[float] = 0.004

    def __init__(self, folder: Path, *, recording: bool = False, inside: Sequence[str] = ()) -> None:
        self.port = free_port()
        self._dump = folder / f"letters-{self.port}"
        self._counter = (MEMORY if MEMORY.is_dir() else folder) / f"hueandcry-sink-{os.getpid()}-{self.port}"
        # Started by root it wants to be somebody else, who must be able to write there.
        as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
        if as_nobody:
            folder.chmod(0o777)
        self.process = Watched(
            "sink",
            [
                find("smtp-sink", "postfix"),
                *as_nobody,
                "-c",
                *(["-D", str(self._dump)] if recording else []),
                *("-m", "1000"),
                f"{'' if inside else HOST}:{self.port}",
                "1000",
            ],
            clean_environment(),
            folder / "sink.log",
            stdout=self._counter,
            inside=inside,
        )

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._counter.unlink(missing_ok=True)
        self.process.start()
        if not self.process.inside:
            until(lambda: listens(self.port) or not self.process.alive, "the sink listens")
        else:
            time.sleep(0.5)
        if not self.process.alive:
            raise SendingError(f"smtp-sink does not start: {self.process.last_words()}")

    def environment(self) -> dict[str, str]:
        """Return the settings by which our workers reach it."""
        return {
            "GATEWAY_EMAIL": "hueandcry.gateways.email.smtp.SmtpMail",
            "MAIL_HOST": HOST,
            "MAIL_PORT": str(self.port),
            "MAIL_TLS": "none",
            "MAIL_HELO": "bench.example.org",
            "MAIL_FROM": "alerts@example.org",
        }

    def count(self) -> int:
        """Return how many it took since it was started."""
        said = re.findall(rb"mesg=(\d+)[\r\n]", _tail(self._counter))
        return int(said[-1]) if said else 0

    def last_at(self) -> float:
        """Return when it took the last one, in seconds since 1970."""
        return self._counter.stat().st_mtime

    def pids(self) -> list[int]:
        """Return its processes."""
        return [self.process.pid]

    def taken(self) -> Taken:
        """Return what a recording one got."""
        references, addresses = set(), set()
        with self._dump.open("rb") as letters:
            for line in letters:
                if line.startswith(b"Message-ID:"):
                    references.add(line)
                elif line.startswith(b"X-Rcpt-Args:"):
                    addresses.add(line)
        return Taken(self.count(), len(references), len(addresses), self._sample())

    def _sample(self) -> bytes:
        """Return the first letter as it went over the wire after DATA: without the lines that the sink put before."""
        with self._dump.open("rb") as letters:
            lines = letters.read(65536).split(b"\n")
        begins = [number for number, line in enumerate(lines) if line.startswith(b"X-Client-Addr")]
        begin = begins[0]
        while lines[begin].startswith((b"X-", b"Received:", b"\t")):
            begin += 1
        body = b"\r\n".join(lines[begin : begins[1] if begins[1:] else None]).rstrip(b"\r\n") + b"\r\n"
        return body.replace(b"\r\n.", b"\r\n..") + b".\r\n"

    def stop(self) -> None:
        """Stop it."""
        self.process.kill()
        self._counter.unlink(missing_ok=True)
        self._dump.unlink(missing_ok=True)


def _tail(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            stream.seek(max(os.fstat(stream.fileno()).st_size - TAIL, 0))
            return stream.read()
    except FileNotFoundError:
        return b""


class SandboxSink:
    """Our own sandbox, for where no program of others is: its table is counted, and there is no raw client."""

    what: ClassVar[str] = "the sandbox"
    raw: ClassVar[str] = ""
    every: ClassVar[float] = 0.05
    port = 0

    def __init__(self, folder: Path, *, recording: bool = False, inside: Sequence[str] = ()) -> None:
        del folder, recording, inside
        self._began = 0

    def start(self) -> None:
        """Note what is in it already."""
        self._began = self.count()

    def stop(self) -> None:
        """Leave it as it is."""

    def environment(self) -> dict[str, str]:
        """Return no settings: it is what is there without."""
        return {}

    def pids(self) -> list[int]:
        """Return nothing: it is in the worker and in the server."""
        return []

    def count(self) -> int:
        """Return how many it took since it was started."""
        return int(self._one("SELECT count(*) FROM gateways_sandboxmessage")[0]) - self._began

    def last_at(self) -> float:
        """Return when it took the last one, in seconds since 1970."""
        return float(self._one("SELECT extract(epoch FROM max(at)) FROM gateways_sandboxmessage")[0] or 0)

    def taken(self) -> Taken:
        """Return what it got."""
        references, addresses = self._one(
            "SELECT count(DISTINCT reference), count(DISTINCT address) FROM (SELECT * FROM gateways_sandboxmessage "
            "ORDER BY id DESC LIMIT %s) AS taken",
            self.count(),
        )
        return Taken(self.count(), references, addresses, b"")

    def _one(self, sql: str, *params: int) -> tuple[Any, ...]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            row: tuple[Any, ...] = cursor.fetchone()
            return row


KINDS: dict[str, Callable[..., Sink]] = {"smtp": SmtpSink, "sandbox": SandboxSink}
