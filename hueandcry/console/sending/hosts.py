"""Hosts of their own on one machine: network namespaces, each with a wire to us. Linux, root and iproute2."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg

from hueandcry.console.sending.processes import SendingError

NOT_LET_IN = (
    "Hosts of their own do not find the database: let it listen there (listen_addresses = '*') and let them in "
    "(pg_hba.conf, from 10.64.0.0/10)."
)
# Of this process: a bench and a test may run side by side.
_MINE = os.getpid() % 100_000
_NAME = f"hc-{_MINE}-"
NOT_HERE = "Hosts of their own need Linux, root and `ip` (Debian: apt install iproute2)."
BY_SOCKET = (
    "The database is reached by a socket, which is on this host alone: set DATABASE_URL to postgresql://…@127.0.0.1/…"
)


def ours_at(number: int) -> str:
    """Return our own address on the wire to a host."""
    return f"{_net(number)}.1"


def inside(number: int) -> list[str]:
    """Return the words before a command that is to run on a host."""
    return ["ip", "netns", "exec", f"{_NAME}{number}"]


@contextlib.contextmanager
def made(many: int) -> Iterator[None]:
    """Make so many hosts, each with a wire to us; take them away at the end.

    Raises:
        SendingError: this machine cannot.
    """
    if os.geteuid() != 0 or shutil.which("ip") is None:
        raise SendingError(NOT_HERE)
    try:
        for number in range(1, many + 1):
            _ip("netns", "add", f"{_NAME}{number}")
            _ip("link", "add", wire(number), "type", "veth", "peer", "name", "eth0", "netns", f"{_NAME}{number}")
            _ip("addr", "add", f"{ours_at(number)}/24", "dev", wire(number))
            _ip("link", "set", wire(number), "up")
            _ip("-n", f"{_NAME}{number}", "addr", "add", f"{_net(number)}.2/24", "dev", "eth0")
            _ip("-n", f"{_NAME}{number}", "link", "set", "eth0", "up")
            _ip("-n", f"{_NAME}{number}", "link", "set", "lo", "up")
        yield
    finally:
        for number in range(1, many + 1):
            subprocess.run(["ip", "netns", "del", f"{_NAME}{number}"], check=False, capture_output=True)
            subprocess.run(["ip", "link", "del", wire(number)], check=False, capture_output=True)


def _net(number: int) -> str:
    return f"10.{64 + _MINE % 64}.{_MINE // 64 % 16 * 16 + number}"


def wire(number: int) -> str:
    """Return what our end of the wire to a host is called."""
    return f"hc{_MINE}w{number}"


def seen_from(number: int, url: str) -> str:
    """Return the address of a database on this machine as a host finds it.

    Raises:
        SendingError: it is reached by a socket.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise SendingError(BY_SOCKET)
    who, at, _ = parts.netloc.rpartition("@")
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{who}{at}{ours_at(number)}{port}"))


def look(url: str) -> None:
    """See that a host would find the database.

    Raises:
        SendingError: it does not listen on the wires, or lets nobody in from there.
    """
    try:
        psycopg.connect(seen_from(1, url), connect_timeout=3).close()
    except psycopg.OperationalError as trouble:
        raise SendingError(f"{NOT_LET_IN} It said: {str(trouble).strip()}") from None


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SendingError(f"{NOT_HERE} It said: {done.stderr.strip()}")
