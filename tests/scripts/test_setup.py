"""Set-up: locks that name public servers only, our own font, failures that say what to type."""

import ast
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def setup() -> Any:
    spec = importlib.util.spec_from_file_location("setup_script", ROOT / "scripts" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_script_can_be_read_by_a_python_that_is_too_old_to_run_the_service() -> None:
    ast.parse((ROOT / "scripts" / "setup.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_script_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse((ROOT / "scripts" / "setup.py").read_text(encoding="utf-8"))

    imported = {
        name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }

    assert imported
    assert imported <= sys.stdlib_module_names


def test_locks_name_public_servers_only() -> None:
    uv = (ROOT / "uv.lock").read_text(encoding="utf-8")
    npm = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))

    python_hosts = set(re.findall(r"https?://([^/\"]+)", uv))
    npm_hosts = {
        package.get("resolved", "https://registry.npmjs.org/").split("/")[2] for package in npm["packages"].values()
    }

    assert python_hosts == {"pypi.org", "files.pythonhosted.org"}
    assert npm_hosts == {"registry.npmjs.org"}


def test_every_locked_package_has_a_hash() -> None:
    npm = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    pip = re.findall(r"^\S.*(?:\n[ \t]+.*)*", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    packages = [block for block in pip if not block.startswith("#")]

    assert len(packages) > 50
    assert [block.split("=")[0] for block in packages if "--hash=sha256:" not in block] == []
    assert [name for name, package in npm["packages"].items() if name and "integrity" not in package] == []


def test_pips_lock_is_the_same_as_uvs() -> None:
    uv = dict(
        re.findall(
            r'^\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"',
            (ROOT / "uv.lock").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    pip = dict(
        re.findall(
            r"^([a-z0-9.-]+)(?:\[[^]]*\])?==(\S+)",
            (ROOT / "requirements.lock").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    del uv["hueandcry"]

    assert pip == uv, "Type: uv export --frozen --all-groups --no-emit-project -o requirements.lock"


def test_one_package_is_taken_from_the_lock_with_all_its_hashes(setup: Any) -> None:
    uv = setup.locked(only={"uv"})
    rest = setup.locked(without=frozenset({"uv"}))

    assert re.match(r"uv==\d", uv)
    assert uv.count("==") == 1
    assert uv.count("--hash=sha256:") > 5
    assert "\nuv==" not in rest
    assert "\nuvicorn==" in rest


def test_our_font_takes_the_place_of_gov_uks_and_the_crest_goes(setup: Any) -> None:
    css = (
        '@font-face{font-family:GDS Transport;src:url(/assets/fonts/light.woff2) format("woff2")}'
        ".a{color:red;font-family:GDS Transport,arial,sans-serif}"
        ".b{background:url(/assets/images/govuk-crest.svg)}"
    )

    ours = setup.with_our_fonts(css)

    assert "GDS Transport" not in ours
    assert "@font-face" not in ours
    assert "url(" not in ours
    assert ".a{color:red;font-family:system-ui," in ours


def test_stylesheet_that_has_changed_shape_is_refused_rather_than_served(setup: Any) -> None:
    with pytest.raises(setup.SetupError, match="neither GOV"):
        setup.with_our_fonts(".a{font:1rem GDS Transport}")


def test_what_we_serve_has_no_font_or_crest_of_gov_uk(setup: Any) -> None:
    served = [path for path in (setup.VAR / "npm").rglob("*") if path.is_file()]
    assert served, "Type: make setup"

    words = (setup.VAR / "npm" / "govuk" / "govuk-frontend.min.css").read_text(encoding="utf-8")

    assert "GDS Transport" not in words
    assert "url(/" not in words
    assert [path.name for path in served if path.suffix in {".woff", ".woff2", ".svg", ".png", ".ico"}] == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("error: No space left on device (os error 28)", "The disk is full"),
        ("dns error: failed to lookup address information", "cannot be reached"),
        ("npm error code ENOTFOUND", "cannot be reached"),
        ("SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed", "ca-certificates"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that the lock names"),
        ("npm error code EACCES", "sudo chown"),
    ],
)
def test_failure_that_we_know_says_what_to_do(setup: Any, said: str, sentence: str) -> None:
    assert sentence in setup.remedy(said)


def test_failure_that_we_do_not_know_is_shown_as_it_is(setup: Any, tmp_path: Path) -> None:
    setup.LOG = tmp_path / "log"

    with pytest.raises(setup.SetupError, match=r"This step failed: .*\n.*ouch"):
        setup.run([sys.executable, "-c", "raise SystemExit('ouch')"])


def test_make_alone_lists_every_command() -> None:
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert {"run", "test", "setup", "check"} <= set(targets)
    assert [target for target in targets if f"make {target} " not in said] == []
