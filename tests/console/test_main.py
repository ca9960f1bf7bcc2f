"""The `hueandcry` command: help, refusals as sentences, exit statuses."""

import subprocess
import sys

import pytest
from django.db import OperationalError, ProgrammingError

from hueandcry.console import main
from hueandcry.domain.members.rules import MemberError

HUEANDCRY = [sys.executable, "-m", "hueandcry.console.main"]
NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PATH": "/usr/bin:/bin"}


def hueandcry(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a database that does not answer."""
    return subprocess.run([*HUEANDCRY, *words], env=NOWHERE, capture_output=True, text=True, check=False)


def test_command_alone_tells_a_newcomer_where_to_begin() -> None:
    said = hueandcry()

    assert said.returncode == 0
    assert "New here? Type `make run`" in said.stdout
    assert "http://localhost:8000" in said.stdout


def test_every_command_is_there_and_says_what_it_does() -> None:
    said = hueandcry("--help").stdout

    for name in main.COMMANDS:
        assert f"\n    {name} " in said, f"{name} has no module or no docstring"


@pytest.mark.parametrize("name", [name for name in main.COMMANDS if name != "manage"])
def test_every_command_has_help_of_its_own(name: str) -> None:
    said = hueandcry(name, "--help")

    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(f"usage: hueandcry {name}")


def test_unknown_command_names_those_that_there_are() -> None:
    said = hueandcry("dcotor")

    assert said.returncode == 2
    assert said.stderr == f"There is no command `dcotor`. There are: {', '.join(main.COMMANDS)}.\n"


def test_database_that_does_not_answer_is_one_sentence() -> None:
    said = hueandcry("manage", "migrate")

    assert said.returncode == 1
    assert said.stderr.startswith("The database does not answer as it should: ")
    assert said.stderr.count("\n") == 1


def test_debug_shows_where_an_error_came_from() -> None:
    said = hueandcry("--debug", "manage", "migrate")

    assert said.returncode == 1
    assert "Traceback" in said.stderr


def test_doctor_examines_what_it_can_without_a_database() -> None:
    said = hueandcry("doctor")

    assert said.returncode == 1
    assert "BAD  database" in said.stdout
    assert "→ Check DATABASE_URL" in said.stdout
    assert "ok   disk" in said.stdout


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemberError("A member needs a name."), "A member needs a name."),
        (ProgrammingError('relation "x" does not exist\nLINE 1'), "The database's tables are missing or old."),
        (
            OperationalError("connection refused\nmore"),
            "The database does not answer as it should: connection refused.",
        ),
        (FileNotFoundError(2, "No such file or directory", "parishes.csv"), "parishes.csv: No such file or directory."),
        (ValueError("a fault of ours"), ""),
        (KeyError("a fault of ours"), ""),
    ],
)
def test_refusals_are_sentences_and_faults_are_not_hidden_as_such(error: Exception, sentence: str) -> None:
    assert main.refusal(error).startswith(sentence)
    assert bool(main.refusal(error)) == bool(sentence)
