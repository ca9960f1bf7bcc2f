"""Draw docs/map.md and docs/settings.md from the code itself; a test keeps them fresh."""

import argparse
import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.module_loading import import_string

from hueandcry.domain.organisations.rules import MAY, Permission
from hueandcry.kit import jobs

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("records", "places", "organisations", "knowledge", "members", "messaging", "alerts", "reports", "insight")
LOGGED = re.compile(r"""\blog\(\s*f?["']([a-z_]+\.[a-z_]+)["']""")


def add(parser: argparse.ArgumentParser) -> None:
    """Say what may be typed after `hueandcry map`."""
    parser.add_argument("--check", action="store_true", help="change nothing; fail when the pages are stale")


def run(args: argparse.Namespace) -> int:
    """Write both pages, or say which is stale."""
    stale = [name for name, text in pages().items() if _read(name) != text]
    if not args.check:
        for name in stale:
            (ROOT / "docs" / name).write_text(pages()[name], encoding="utf-8")
    for name in stale:
        print(f"docs/{name} {'is stale: type `make map`' if args.check else 'redrawn'}")
    return 1 if stale and args.check else 0


def pages() -> dict[str, str]:
    """Return the text of each generated page by its file name."""
    return {"map.md": draw_map(), "settings.md": draw_settings()}


def draw_map() -> str:
    """Return the map: every screen, table, job, event, channel, permission and command."""
    parts = [
        "# The map\n\nGenerated from the code by `make map`; a test fails when it is stale.\n",
        _section("Screens", ("address", "name", "who may", "where", "what"), screens()),
        _section("Doors for machines", ("address", "name", "which key", "what"), machines()),
        _section("Tables", ("table", "what it holds", "kept", "why"), tables()),
        _section("Jobs", ("job", "where", "what"), job_lines()),
        _section("Events and the jobs they wake", ("event", "logged in", "wakes"), events()),
        _section("Channels", ("channel", "gateway"), sorted(settings.GATEWAYS.items())),
        _section("Permissions", ("permission", "means", "roles"), permissions()),
        _section("Commands", ("command", "what"), commands()),
    ]
    return "\n".join(parts)


def _section(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"## {title}\n", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def screens() -> list[tuple[str, ...]]:
    """Return (address, name, lock, module, sentence) of each screen of ours, by address."""
    return sorted(
        (f"/{address}", name, _lock(view), view.__module__.removeprefix("hueandcry."), _sentence(view))
        for address, name, view in walk(get_resolver().url_patterns)
        if getattr(view, "__module__", "").startswith("hueandcry.")
    )


def machines() -> list[tuple[str, ...]]:
    """Return (address, name, permission of the key, sentence) of each address of the API."""
    return sorted(
        (f"/{address}", name, _lock(view), _sentence(view))
        for address, name, view in walk(get_resolver().url_patterns)
        if name.startswith("api:")
    )


def walk(patterns: Iterable[object], before: str = "", names: str = "") -> Iterator[tuple[str, str, object]]:
    """Yield (address, full name, view) of every address below these."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{names}{pattern.namespace}:" if pattern.namespace else names
            yield from walk(pattern.url_patterns, before + str(pattern.pattern), inner)
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern), f"{names}{pattern.name or ''}", pattern.callback


def _lock(view: object) -> str:
    permission = getattr(view, "permission", "no lock")
    return "everybody" if permission is None else str(permission)


def _sentence(thing: object) -> str:
    return (getattr(thing, "__doc__", "") or "").strip().split("\n")[0]


def tables() -> list[tuple[str, ...]]:
    """Return (table, sentence, lifetime, why) of each table of ours."""
    kept = lifetimes()
    return [
        (model._meta.db_table, _sentence(model), *_lifetime(kept.get(model._meta.db_table)))
        for config in apps.get_app_configs()
        if config.name.startswith("hueandcry.")
        for model in sorted(config.get_models(), key=lambda model: model._meta.db_table)
    ]


def lifetimes() -> dict[str, tuple[int | None, str, str, str]]:
    """Return the lifetime of each table, from every room's retention.py."""
    merged: dict[str, tuple[int | None, str, str, str]] = {}
    for room in (*(f"domain.{room}" for room in ROOMS), "gateways"):
        merged |= import_string(f"hueandcry.{room}.retention.LIFETIMES")
    return merged


def _lifetime(kept: tuple[int | None, str, str, str] | None) -> tuple[str, str]:
    if kept is None:
        return "?", "?"
    days, since, why, ends = kept
    return ("while in use" if days is None else f"{days} days since {since}, then {ends}"), why


def job_lines() -> list[tuple[str, ...]]:
    """Return (name, module, sentence) of each job of ours."""
    return [
        (name, task.func.__module__.removeprefix("hueandcry."), _sentence(task.func))
        for name, task in sorted(jobs.registered().items())
    ]


def events() -> list[tuple[str, ...]]:
    """Return (event, rooms that log it, jobs that it wakes)."""
    wired = import_string(settings.WIRING)
    return [
        (event, ", ".join(sorted(where)), ", ".join(wired.get(event, ())) or "nothing")
        for event, where in sorted(logged().items())
    ]


def logged() -> dict[str, set[str]]:
    """Return every event that some code logs, with the modules that do."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "hueandcry").rglob("*.py"):
        module = ".".join(path.relative_to(ROOT / "hueandcry").with_suffix("").parts)
        for event in LOGGED.findall(path.read_text(encoding="utf-8")):
            found.setdefault(event, set()).add(module)
    return found


def permissions() -> list[tuple[str, ...]]:
    """Return (permission, meaning, roles that have it)."""
    return [
        (permission.value, permission.label, ", ".join(role.label for role, may in MAY.items() if permission in may))
        for permission in Permission
    ]


def commands() -> list[tuple[str, ...]]:
    """Return (command, sentence) of the `hueandcry` command."""
    return [(f"hueandcry {name}", what) for name, what in import_string("hueandcry.console.main.described")()]


def draw_settings() -> str:
    """Return the page of settings, from the comments in settings.py."""
    source = (ROOT / "hueandcry" / "config" / "settings.py").read_text(encoding="utf-8")
    rows = [
        (f"`{name}`", f"`{default}`" if default else "", comment)
        for name, default, comment in environment_reads(source)
    ]
    head = "# Settings\n\nGenerated from `hueandcry/config/settings.py` by `make map`. All come from the environment.\n"
    return head + "\n" + _section("Environment", ("variable", "default", "what it does"), rows)


def environment_reads(source: str) -> list[tuple[str, str, str]]:
    """Return (variable, default, comment above it) of every read of the environment in a settings file."""
    lines = source.splitlines()
    reads = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("env_"):
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                default = [ast.unparse(given) for given in (*node.args[1:], *(word.value for word in node.keywords))]
                reads.append((node.lineno, name.value, default[0] if default else ""))
    first = {name: (line, default) for line, name, default in sorted(reads, reverse=True)}
    ordered = sorted(first.items(), key=lambda read: read[1])
    return [(name, default, _comment_above(lines, line - 1)) for name, (line, default) in ordered]


# Above a part of the settings, not about the first of them.
_HEADING = "# --"


def _comment_above(lines: list[str], index: int) -> str:
    """Return the comment above a line, all of it, however many lines it has."""
    while index >= 0 and not lines[index].lstrip().startswith("#"):
        index -= 1
    said: list[str] = []
    while index >= 0 and lines[index].lstrip().startswith("#") and not (said and lines[index].startswith(_HEADING)):
        said.insert(0, lines[index].strip().lstrip("#- "))
        index -= 1
    return " ".join(said)


def _read(name: str) -> str:
    path = ROOT / "docs" / name
    return path.read_text(encoding="utf-8") if path.exists() else ""
