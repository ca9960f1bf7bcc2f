"""The embedded server: starts, keeps, recovers, is shared, and dies with its parent."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from hueandcry.kit import postgres
from hueandcry.kit.postgres import DATABASE, USER, Server


def wait_until(done: Callable[[], bool], *, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.05)
    return done()


def ask(server: Server, question: str) -> list[tuple]:
    with psycopg.connect(host=str(server.socket), user=USER, dbname=DATABASE, autocommit=True) as connection:
        answer = connection.execute(question)
        return answer.fetchall() if answer.description else []


def helper_of(postmaster: int) -> int:
    """Return the number of one of the processes that serve this one."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(file.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1]) == postmaster:
                return int(file.parent.name)
    raise AssertionError("Nobody serves it.")


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "a folder, with a comma's"


@pytest.fixture
def server(var: Path) -> Iterator[Server]:
    made = Server(var)
    yield made
    made.throw_away()


def test_data_are_kept_when_the_server_stops_and_when_it_is_killed(server: Server) -> None:
    first = server.start()
    ask(server, "CREATE TABLE kept AS SELECT 1 AS one")
    server.stop()
    answers_when_stopped = server.answers()

    server.start()
    ask(server, "INSERT INTO kept VALUES (2)")
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    again = server.start()

    assert (first, answers_when_stopped, again) == (True, False, True)
    assert ask(server, "SELECT one FROM kept ORDER BY one") == [(1,), (2,)]


def test_second_process_uses_a_running_server_and_does_not_stop_it(server: Server, var: Path) -> None:
    server.start()
    second = Server(var)

    started = second.start()
    second.stop()

    assert started is False
    assert server.answers()


def test_two_that_start_at_once_share_one_server(server: Server, var: Path) -> None:
    command = (
        "import sys, pathlib; from hueandcry.kit.postgres import Server; s = Server(pathlib.Path(sys.argv[1]));"
        "print(s.start(), flush=True); sys.stdin.read(); s.stop()"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", command, str(var)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = {each.stdout.readline().strip() for each in both if each.stdout}
    for each in both:
        each.communicate()

    assert said == {"True", "False"}
    assert [each.returncode for each in both] == [0, 0]


def test_server_dies_with_its_parent(server: Server, var: Path) -> None:
    command = (
        "import os, sys, pathlib; from hueandcry.kit.postgres import Server;"
        "Server(pathlib.Path(sys.argv[1])).start(); print('up', flush=True); os.kill(os.getpid(), 9)"
    )

    parent = subprocess.run([sys.executable, "-c", command, str(var)], capture_output=True, text=True, check=False)

    assert (parent.returncode, parent.stdout) == (-signal.SIGKILL, "up\n"), parent.stderr
    assert wait_until(lambda: not server.answers())
    assert server.start() is True


@pytest.mark.parametrize("owner", ["nobody's", "another program's"])
def test_stale_pid_file_does_not_stand_in_the_way(server: Server, owner: str) -> None:
    server.start()
    server.stop()
    number = 4_000_000 if owner == "nobody's" else os.getpid()
    (data,) = server.home.glob("postgres-*/")
    (data / "postmaster.pid").write_text(f"{number}\n{data}\n0\n5432\n{server.socket}\n\n", encoding="utf-8")

    assert server.start() is True


def test_a_killed_server_comes_back_though_nobody_reaped_it(server: Server, var: Path) -> None:
    server.start()
    assert server.process is not None
    server.process.kill()
    again = Server(var)

    # The first is a zombie as long as its parent asks nothing: its number is still somebody's.
    wait_until(lambda: not postgres._is_postgres(server.process.pid if server.process else 0))
    began = again.start()
    again.stop()

    assert began


def test_a_killed_server_comes_back_though_those_who_served_it_are_slow_to_end(server: Server) -> None:
    server.start()
    assert server.process is not None
    slow = helper_of(server.process.pid)
    os.kill(slow, signal.SIGSTOP)
    server.process.kill()
    server.process.wait()
    goes_on = threading.Timer(1.0, os.kill, (slow, signal.SIGCONT))
    goes_on.start()

    again = server.start()
    goes_on.join()

    assert again
    assert server.answers()


def test_server_listens_on_a_private_socket_only(server: Server) -> None:
    server.start()

    assert ask(server, "SHOW listen_addresses") == [("",)]
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700


def test_throwaway_server_leaves_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("t")
    for each in (folder, *folder.parents[:3]):
        if each.owner() != "root" or os.geteuid() == 0:
            each.chmod(each.stat().st_mode | 0o055)  # root's server runs as somebody else
    server = Server(folder / "v", throwaway=True)

    server.start()
    fsync = ask(server, "SHOW fsync")
    server.throw_away()

    assert fsync == [("off",)]
    assert not (folder / "v").exists()


def test_address_says_where_the_server_is_in_a_folder_with_spaces(server: Server) -> None:
    server.start()

    with psycopg.connect(server.address) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (DATABASE,)


def test_socket_fits_into_the_kernels_limit_however_deep_the_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("ö" * 60)

    assert len(os.fsencode(postgres.socket_folder(deep))) + len("/.s.PGSQL.5432") <= 107
    assert postgres.socket_folder(deep) != postgres.socket_folder(tmp_path / ("b" * 120))


def test_server_that_cannot_start_says_why(server: Server) -> None:
    server.start()
    server.stop()
    (data,) = server.home.glob("postgres-*/")
    (data / "global" / "pg_control").unlink()

    with pytest.raises(postgres.EmbeddedServerError, match=r"stopped at once: .*pg_control"):
        server.start()


def test_secret_is_the_same_for_all_who_ask_at_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    said: list[str] = []
    threads = [threading.Thread(target=lambda: said.append(postgres.kept_secret(tmp_path / "v"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(said) == 20
    assert len(set(said)) == 1
    assert len(said[0]) > 50
    assert [file.name for file in (tmp_path / "v").iterdir()] == ["secret"]
    assert stat.S_IMODE((tmp_path / "v" / "secret").stat().st_mode) == 0o600
