"""What a reviewer would forget: the rules of CONTRIBUTING.md, checked by machine."""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import get_resolver
from django.utils.module_loading import import_string

from hueandcry.console import map as house_map
from hueandcry.kit import jobs
from tests import builders

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "hueandcry"
ROOM_FILES = ("rules", "models", "queries", "retention", "actions", "jobs")
WRITES = {
    "save", "create", "delete", "update", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "raw",
}  # fmt: skip


def sources(folder: Path = PACKAGE) -> Iterator[Path]:
    """Yield every source file but migrations."""
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def rooms_with(file: str) -> list[str]:
    """Return the dotted names of this file in all rooms that have it (or its package)."""
    return [
        f"hueandcry.domain.{room}.{file}"
        for room in house_map.ROOMS
        if (PACKAGE / "domain" / room / f"{file}.py").exists() or (PACKAGE / "domain" / room / file).is_dir()
    ]


def public_functions(module_name: str) -> Iterator[tuple[str, object]]:
    """Yield the functions that a module defines itself and does not hide."""
    module = import_module(module_name)
    for name, thing in vars(module).items():
        if inspect.isfunction(thing) and not name.startswith("_") and thing.__module__.startswith(module_name):
            yield f"{module_name}.{name}", thing


def test_every_room_is_known_to_the_map() -> None:
    folders = {path.name for path in (PACKAGE / "domain").iterdir() if path.is_dir() and path.name != "__pycache__"}

    assert folders == set(house_map.ROOMS)


@pytest.mark.parametrize("path", list(sources()), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_says_what_lives_in_it(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_initial_files_of_rooms_hold_one_docstring_and_nothing_else() -> None:
    full = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("__init__.py")
        if "migrations" not in path.parts and len(ast.parse(path.read_text(encoding="utf-8")).body) != 1
    ]

    # A room's word may be a package: its __init__ then says which functions it offers.
    assert [name for name in full if not any(f"/{word}/__init__.py" in name for word in ROOM_FILES)] == []


def test_public_actions_and_queries_take_keywords_only_and_say_what_they_do() -> None:
    faults = []
    for module in rooms_with("actions") + rooms_with("queries"):
        for name, function in public_functions(module):
            if name.endswith("records.actions.log"):  # the event comes first: it is the verb of the sentence
                continue
            kinds = [given.kind for given in inspect.signature(function).parameters.values()]  # type: ignore[arg-type]
            if any(kind == inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds):
                faults.append(f"{name} takes positional arguments")
            if not inspect.getdoc(function):
                faults.append(f"{name} has no docstring")

    assert faults == []


def test_only_actions_and_retention_write() -> None:
    faults = []
    for path in sources():
        place = path.relative_to(PACKAGE)
        if place.parts[0] in {"kit", "gateways"} or "actions" in place.parts or place.stem in {"actions", "retention"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            through_a_table = "objects" in ast.dump(node.func.value)
            if node.func.attr in WRITES and (through_a_table or node.func.attr == "save"):
                faults.append(f"{place}:{node.lineno} {node.func.attr}")

    assert faults == []


def test_every_address_has_a_name_and_a_lock() -> None:
    faults = []
    for address, name, view in house_map.walk(get_resolver().url_patterns):
        if not getattr(view, "__module__", "").startswith("hueandcry."):
            continue
        if name.endswith(":") or not name:
            faults.append(f"{address} has no name")
        if not hasattr(view, "permission"):
            faults.append(f"{address} has no lock: @needs(Permission.X) or @open_to_all")

    assert faults == []
    assert house_map.screens(), "no screens were found at all"


def test_every_screen_of_the_desk_is_locked() -> None:
    unlocked = [
        address for address, _, lock, *_ in house_map.screens() if address.startswith("/desk") and ":" not in lock
    ]

    assert unlocked == []


def test_every_table_says_what_it_holds_and_how_long() -> None:
    faults = [line[0] for line in house_map.tables() if not line[1] or "(" in line[1].split(" ")[0] or line[2] == "?"]

    assert faults == []


def test_no_lifetime_is_left_for_a_table_that_is_gone() -> None:
    there = {model._meta.db_table for config in apps.get_app_configs() for model in config.get_models()}

    assert set(house_map.lifetimes()) <= there


def test_wiring_names_only_events_that_are_logged_and_jobs_that_exist() -> None:
    wired = import_string(settings.WIRING)

    assert set(wired) <= set(house_map.logged())
    assert {name for names in wired.values() for name in names} <= set(jobs.registered())


def test_every_job_says_what_it_does() -> None:
    assert jobs.registered()
    assert [name for name, task in jobs.registered().items() if not task.func.__doc__] == []


def test_what_is_said_of_a_setting_is_told_whole() -> None:
    source = """
# ---------------- sending
# How many at once: the most that
# a crash can double.
WINDOW = env_int("WINDOW", 200)
OTHER = env_text("OTHER")

# ---------------- logs: sentences
LEVEL = env_text("LEVEL")
"""

    reads = house_map.environment_reads(source)

    whole = "How many at once: the most that a crash can double."
    assert reads == [("WINDOW", "200", whole), ("OTHER", "", whole), ("LEVEL", "", "logs: sentences")]


def test_every_setting_from_the_environment_is_explained() -> None:
    source = (PACKAGE / "config" / "settings.py").read_text(encoding="utf-8")
    reads = house_map.environment_reads(source)

    assert len(reads) > 10
    assert [name for name, _, comment in reads if not comment] == []


@pytest.mark.parametrize("page", ["map.md", "settings.md"])
def test_generated_page_is_fresh(page: str) -> None:
    assert house_map.pages()[page] == (ROOT / "docs" / page).read_text(encoding="utf-8"), "type `make map`"


def test_nothing_but_the_clock_reads_the_time() -> None:
    # ruff bans these by name too; this holds where a file is left out of ruff.
    banned = ("datetime.now(", "timezone.now(", "date.today(", "time.time()")
    faults = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in sources()
        for word in banned
        if path.name != "clock.py" and word in path.read_text(encoding="utf-8")
    ]

    assert faults == []


def test_no_test_gives_by_hand_what_builders_give_by_themselves() -> None:
    # Two people with one telephone are told once: whether they met depended on what had run before.
    by_hand = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for found in re.finditer(r"(?:\+44|0) ?7700 ?900 ?(\d{3})(?!\d)", path.read_text(encoding="utf-8"))
        if int(found[1]) in builders.BY_HAND_NEVER
    }

    assert by_hand == set()


def test_read_me_names_every_decision() -> None:
    decisions = sorted(path.name for path in (ROOT / "docs" / "adr").glob("0*.md"))
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")

    assert decisions
    assert [name for name in decisions if name not in index] == []
