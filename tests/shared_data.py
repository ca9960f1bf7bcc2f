"""Published data beside the repository, for tests that read input which nobody here wrote."""

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_file(name: str) -> Path:
    """Return a file of the shared data; skip the test, saying so, where it is missing (fail in CI)."""
    file = FOLDER / name
    if not file.exists():
        sentence = f"../shared/data/{name} is not here: this test reads it."
        if os.environ.get("CI") == "true":  # noqa: TID251 - tests have no settings of their own
            pytest.fail(sentence)
        pytest.skip(sentence)
    return file
