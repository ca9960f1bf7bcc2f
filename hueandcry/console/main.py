"""The `hueandcry` command: finds the subcommand, sets the project up, turns refusals into sentences."""

import argparse
import ast
import importlib
import importlib.util
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

# Each line is `name: module`. A module has a docstring (its first line is the help), `add(parser)` and `run(args)`.
COMMANDS = {
    "up": "hueandcry.console.up",
    "work": "hueandcry.console.work",
    "mail": "hueandcry.console.mail",
    "doctor": "hueandcry.console.doctor",
    "story": "hueandcry.console.story",
    "load": "hueandcry.console.load",
    "leave": "hueandcry.console.leave",
    "bring": "hueandcry.console.bring",
    "bench": "hueandcry.console.bench",
    "officer": "hueandcry.console.officer",
    "key": "hueandcry.console.key",
    "border": "hueandcry.console.border",
    "prepare": "hueandcry.console.prepare",
    "map": "hueandcry.console.map",
    "words": "hueandcry.console.words",
    "manage": "hueandcry.console.manage",
}
# Commands that bring their own database, or need none.
WITHOUT_DATABASE = {"up", "map", "words"}
# Commands that stay small: they start others and do not load the project themselves.
WITHOUT_PROJECT = {"up"}

WELCOME = """\
Hue and Cry: the two-way line between a police force and its communities.

New here? Type `make run` (or DEMONSTRATION=1 hueandcry up) for a made-up force on
http://localhost:8000, and `hueandcry story` to watch one night of it in the terminal.
"""
FAREWELL = "`hueandcry COMMAND --help` says more about each. Settings are environment variables: docs/settings.md."
BROKEN = 1
WRONG_WORDS = 2
STOPPED = 130

log = logging.getLogger(__name__)


class Command(Protocol):
    """What a module in the table offers."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Say which words the command takes."""

    def run(self, args: argparse.Namespace) -> int | None:
        """Do it; return the exit status if it is not 0."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status. A refusal is one sentence, a traceback comes only with --debug."""
    words = list(sys.argv[1:] if words is None else words)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hueandcry.config.settings")  # noqa: TID251 - before settings
    name = next((word for word in words if not word.startswith("-")), "")
    debug = "--debug" in (words[: words.index(name)] if name == "manage" else words)
    try:
        if name not in COMMANDS:
            return _help(words, name)
        return _run(name, words, debug=debug)
    except KeyboardInterrupt:
        _say("Stopped.")
        return STOPPED
    except BrokenPipeError:  # `hueandcry … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        _say(refusal(error) or f"A fault of ours, {type(error).__name__}: {error}\nWhere: {_again(words)}")
        return BROKEN


def described() -> list[tuple[str, str]]:
    """Return each command with its sentence, for the map."""
    return [(name, _sentence(name).replace("%%", "%")) for name in COMMANDS]


def refusal(error: BaseException) -> str:
    """Return the sentence of an error that is a refusal or a known trouble; nothing for a fault of ours."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError
    from django.db import OperationalError, ProgrammingError

    if type(error).__module__.startswith("hueandcry.") or isinstance(error, CommandError | ImproperlyConfigured):
        return str(error)
    if isinstance(error, OperationalError):
        return f"The database does not answer as it should: {_first_line(error)} Type `hueandcry doctor`."
    if isinstance(error, ProgrammingError) and "does not exist" in str(error):
        return "The database's tables are missing or old. Type `hueandcry prepare` (`hueandcry up` does it by itself)."
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return ""


@contextmanager
def database() -> Iterator[None]:
    """Keep the embedded server running for the time of a command, unless a server is given or runs already."""
    from django.conf import settings

    from hueandcry.kit.postgres import Server

    if settings.DATABASE_URL:
        yield
        return
    server = Server(settings.VAR)
    server.start()
    try:
        yield
    finally:
        server.stop()


def _run(name: str, words: list[str], *, debug: bool) -> int:
    if name not in WITHOUT_PROJECT:
        import django

        django.setup()
    command = _load(name)
    if name == "manage":  # its words are Django's
        args = argparse.Namespace(words=words[words.index(name) + 1 :])
    else:
        args = _parser(command=command, name=name).parse_args([word for word in words if word != "--debug"])
    args.debug = debug
    if name in WITHOUT_DATABASE:
        return command.run(args) or 0
    with database():
        return command.run(args) or 0


def _load(name: str) -> Command:
    return cast("Command", importlib.import_module(COMMANDS[name]))


def _parser(*, command: Command | None = None, name: str = "") -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("hueandcry", description=WELCOME, epilog=FAREWELL, formatter_class=plain)
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    choice = parser.add_subparsers(metavar="COMMAND", dest="command", title="commands")
    for each in COMMANDS:
        sentence = _sentence(each)
        if not sentence:
            continue
        chosen = choice.add_parser(each, help=sentence, description=sentence)
        if each == name and command is not None:
            command.add(chosen)
    return parser


def _sentence(name: str) -> str:
    """Return the first line of a command's docstring without loading it: help comes at once."""
    found = importlib.util.find_spec(COMMANDS[name])
    if found is None or found.origin is None:
        return ""
    docstring = ast.get_docstring(ast.parse(Path(found.origin).read_text(encoding="utf-8"))) or ""
    return docstring.split("\n", maxsplit=1)[0].replace("%", "%%")


def _help(words: list[str], name: str) -> int:
    parser = _parser()
    if name:
        _say(f"There is no command `{name}`. There are: {', '.join(COMMANDS)}.")
        return WRONG_WORDS
    parser.parse_args([word for word in words if word in {"-h", "--help", "--debug"}] or ["--help"])
    parser.print_help()
    return 0


def _say(sentence: str) -> None:
    sys.stderr.write(sentence.rstrip() + "\n")


def _again(words: list[str]) -> str:
    return f"type it again with --debug: hueandcry --debug {' '.join(words)}"


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0].rstrip(". ") + "."


if __name__ == "__main__":
    sys.exit(main())
