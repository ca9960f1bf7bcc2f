"""What lies in tests/gateways/samples: what providers say as their documents have it, and what each must be for us.

A row says where it is from (`source`), what comes (`status`, `headers`, `said` of an answer; `told` of a request), and
what it means: `fate`, `again` for what is tried again, `wait` in seconds, `perhaps`, a piece of the `detail`; `stops`
where nothing more goes before somebody has looked.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hueandcry.gateways.contract import Handover
from tests.gateways.peers.provider import Reply

SAMPLES = Path(__file__).parent / "samples"
Row = dict[str, Any]


def rows(family: str, name: str, part: str = "") -> list[Row]:
    """Return the rows of a file, or of one part of it."""
    said = json.loads((SAMPLES / family / f"{name}.json").read_text(encoding="utf-8"))
    found: list[Row] = said[part] if part else said
    return found


def described(family: str, name: str) -> Row:
    """Return the settings that describe a provider."""
    found: Row = json.loads((SAMPLES / family / f"{name}.json").read_text(encoding="utf-8"))["described"]
    return found


def reply(row: Row) -> Reply:
    """Return the answer in a row as a provider gives it."""
    return Reply(row["status"], row["said"], row.get("headers", {}))


def answer(family: str, name: str, called: str, part: str = "") -> Reply:
    """Return one answer of a file by its name."""
    (row,) = (row for row in rows(family, name, part) if row["name"] == called)
    return reply(row)


def means(said: Handover, row: Row) -> bool:
    """Say whether a hand-over is what a row says; a wrong one is shown by the assertion that asks."""
    assert (said.fate, said.try_again, said.wait_s, said.perhaps) == (
        *(row["fate"], row["again"], row.get("wait"), row.get("perhaps", False)),
    )
    assert row["detail"] in said.detail
    return True


def folder_of(gateway: str) -> Path | None:
    """Return the folder of a gateway, by its name or by what its name begins with: twilio-text lies in twilio."""
    words = gateway.split("-")
    names = ("_".join(words[:end]) for end in range(len(words), 0, -1))
    return next((SAMPLES / name for name in names if (SAMPLES / name).is_dir()), None)


def rows_in(folder: Path) -> Iterator[Row]:
    """Yield every row of a folder."""
    for file in sorted(folder.glob("*.json")):
        said = json.loads(file.read_text(encoding="utf-8"))
        for part in said.values() if isinstance(said, dict) else (said,):
            yield from part if isinstance(part, list) else ()
