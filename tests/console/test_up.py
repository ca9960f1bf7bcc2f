"""The whole service as one watched group: starts, heals, stops, leaves nothing."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hueandcry.console import up
from hueandcry.kit.postgres import Server

HUEANDCRY = [sys.executable, "-m", "hueandcry.console.main"]


def wait_until(done: Callable[[], bool], *, seconds: float = 240) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.1)
    return done()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="There is no /dev/full on this machine.")
def test_words_that_meet_a_full_disk_stop_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - it cannot be closed without an error
    monkeypatch.setattr(sys, "stdout", full)

    up.say("A worker stopped; it is started again.")
    up.say("And again.")

    monkeypatch.undo()
    with contextlib.suppress(OSError):
        full.close()


class Service:
    """`hueandcry up` with a folder and a port of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        others = dict(os.environ)  # noqa: TID251 - for the service, which is another process
        kept = {name: value for name, value in others.items() if name not in {"DATABASE_URL", "DEMONSTRATION"}}
        mine = {"HUEANDCRY_VAR": str(var), "PORT": str(self.port), "WORKERS": "1", "DEBUG": "1"}
        self.environment = {**kept, **mine}
        self.said = var.parent / "said.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.said.open("wb") as said:
            self.process = subprocess.Popen([*HUEANDCRY, "up"], env=self.environment, stdout=said, stderr=said)
        assert wait_until(self.is_told), self.words()

    def is_told(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.words()
        return f"look at http://localhost:{self.port}/" in self.words()

    def words(self) -> str:
        return self.said.read_text(encoding="utf-8", errors="replace")

    def status(self, path: str = "/accounts/login/") -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            return answer.code
        except OSError:
            return 0

    def doctor(self) -> dict[str, bool]:
        said = subprocess.run([*HUEANDCRY, "doctor", "--json"], env=self.environment, capture_output=True, check=False)
        assert said.stdout, said.stderr
        return {line["name"]: line["well"] for line in json.loads(said.stdout)}

    def ask(self, question: str, *values: object) -> Any:
        with psycopg.connect(Server(self.var).address) as connection:
            row = connection.execute(question, values).fetchone()
        return row[0] if row else None

    def children(self) -> dict[str, int]:
        """Return the number of each child by what it is."""
        assert self.process is not None
        kinds = {"uvicorn": "site", "main work": "worker", "bin/postgres": "database"}
        found: dict[str, int] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = (folder / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1]
                words = (folder / "cmdline").read_text(encoding="utf-8").replace("\0", " ")
                if int(parent) == self.process.pid:
                    found |= {kind: int(folder.name) for word, kind in kinds.items() if word in words}
        return found

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(120)


def is_gone(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "a place" / "var")
    made.var.parent.mkdir()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()
    wait_until(lambda: not Server(made.var).answers(), seconds=60)
    Server(made.var).throw_away()


def test_service_starts_heals_and_stops(service: Service) -> None:
    service.start()
    first = service.children()
    answer = service.status()

    # What dies comes back: a worker, and the database under everybody's feet.
    os.kill(first["worker"], signal.SIGKILL)
    os.kill(first["database"], signal.SIGKILL)
    healed = wait_until(
        lambda: (
            service.children().keys() == first.keys()
            and all(service.children().get(name) != first[name] for name in ("worker", "database"))
        )
    )
    # Somebody is there before anybody can ask.
    answers_again = wait_until(lambda: Server(service.var).answers() and service.status() == 200)
    assert answers_again, service.words()
    since = service.ask("SELECT now()")
    works_again = wait_until(lambda: service.ask("SELECT max(last_heartbeat) > %s FROM procrastinate_workers", since))
    examined = service.doctor()
    last = service.children()
    status = service.stop()

    assert first.keys() == {"site", "worker", "database"}
    assert answer == 200, service.words()
    assert healed, service.words()
    assert works_again, service.words()
    assert (examined["database"], examined["tables"], examined["workers"]) == (True, True, True)
    assert status == 0, service.words()
    assert all(is_gone(number) for number in last.values())
    assert "The worker stopped (signal SIGKILL); it is started again in 1 s." in service.words()
    assert "The database was gone; it runs again." in service.words()


def test_nobody_who_is_told_to_stop_is_waited_for_longer_than_people_wait() -> None:
    # The site, then the workers; the database closes what is open without asking.
    assert 2 * up.PATIENCE < 5


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_recovers(service: Service) -> None:
    service.start()
    children = service.children()

    service.stop(signal.SIGKILL)
    all_gone = wait_until(lambda: all(is_gone(number) for number in children.values()))
    service.start()

    assert len(children) == 3
    assert all_gone
    assert service.status() == 200
    assert service.stop(signal.SIGHUP) == 0


def test_second_start_and_a_taken_port_say_what_to_do(service: Service) -> None:
    with socket.create_server(("127.0.0.1", service.port)):
        taken = subprocess.run([*HUEANDCRY, "up"], env=service.environment, capture_output=True, text=True, check=False)
    service.start()

    second = subprocess.run([*HUEANDCRY, "up"], env=service.environment, capture_output=True, text=True, check=False)

    assert taken.returncode == 1
    assert f"Port {service.port} is in use by another program. Type PORT={service.port + 1} before" in taken.stderr
    assert second.returncode == 1
    assert service.process is not None
    assert f"It runs already, as process {service.process.pid}: look at" in second.stderr


def test_signal_during_preparation_stops_cleanly(service: Service) -> None:
    with service.said.open("wb") as said:
        service.process = subprocess.Popen([*HUEANDCRY, "up"], env=service.environment, stdout=said, stderr=said)
    started = wait_until(lambda: Server(service.var).answers())

    service.stop(signal.SIGTERM)

    assert started
    assert "look at" not in service.words()
    assert "Everything has stopped." in service.words()
    assert not Server(service.var).answers()


def test_real_service_without_a_secret_is_refused(service: Service) -> None:
    environment = {**service.environment, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "SECRET_KEY": ""}

    said = subprocess.run([*HUEANDCRY, "up"], env=environment, capture_output=True, text=True, check=False)

    assert said.returncode == 1
    assert said.stderr.startswith("SECRET_KEY is not set:")
    assert "Traceback" not in said.stderr
