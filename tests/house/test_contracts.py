"""The import contracts hold, and each has been seen to break."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]


class Breach(NamedTuple):
    """A line that must not be written, where, and the contract that it breaks."""

    contract: str
    file: str
    line: str


BREACHES = [
    Breach("floors", "hueandcry/kit/refs.py", "from hueandcry.domain.places import rules"),
    Breach("floors", "hueandcry/helpers.py", '"""A stray file."""'),
    Breach("ladder", "hueandcry/domain/members/actions.py", "from hueandcry.domain.alerts import rules as up"),
    Breach("ladder", "hueandcry/domain/alerts/rules/__init__.py", "from hueandcry.domain.reports import rules as by"),
    Breach("ladder", "hueandcry/domain/utils/__init__.py", '"""A room that is none."""'),
    Breach("room", "hueandcry/domain/places/models.py", "from hueandcry.domain.places import actions as upward"),
    Breach("room", "hueandcry/domain/alerts/helpers.py", '"""A seventh word."""'),
    Breach("pure-rules", "hueandcry/domain/alerts/rules/__init__.py", "from django.db import models as impure"),
    Breach("pure-rules", "hueandcry/domain/reports/rules.py", "from hueandcry.kit import clock as impure"),
    Breach("screens-know-no-tables", "hueandcry/web/desk/urls.py", "from hueandcry.domain.alerts.models import Alert"),
    Breach("screen-sets", "hueandcry/web/desk/urls.py", "from hueandcry.web.public import urls as beside"),
    Breach("only-gateways-telephone", "hueandcry/domain/alerts/actions.py", "import smtplib"),
    Breach("who-reaches-gateways", "hueandcry/domain/alerts/actions.py", "from hueandcry.gateways import registry"),
    Breach(
        "settings-through-django", "hueandcry/domain/alerts/actions.py", "from hueandcry.config import settings as s"
    ),
]


def lint(folder: Path, *only: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter in a folder, on all contracts or only these."""
    arguments = [word for contract in only for word in ("--contract", contract)]
    environment = {**os.environ, "PYTHONPATH": str(folder)}  # noqa: TID251
    return subprocess.run(  # noqa: PLW1510
        LINTER + arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )


def test_every_contract_holds() -> None:
    outcome = lint(ROOT)

    assert outcome.returncode == 0, outcome.stdout


def test_every_contract_is_broken_once_below() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]

    assert {contract["id"] for contract in contracts} == {breach.contract for breach in BREACHES}


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.contract}: {breach.file}")
def test_contract_breaks_when_it_should(breach: Breach, tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "hueandcry", tmp_path / "hueandcry", ignore=shutil.ignore_patterns("__pycache__", "static"))
    file = tmp_path / breach.file
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as text:
        text.write(f"\n{breach.line}\n")

    outcome = lint(tmp_path, breach.contract)

    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert "BROKEN" in outcome.stdout
