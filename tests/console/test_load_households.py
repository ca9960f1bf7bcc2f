"""`hueandcry load households`: a census table, whole or not at all."""

from pathlib import Path

import pytest

from hueandcry.console.main import main
from hueandcry.domain.insight.models import Population
from hueandcry.domain.places.rules import AreaKind
from tests import builders

pytestmark = pytest.mark.django_db


def load(tmp_path: Path, text: str) -> int:
    file = tmp_path / "census.csv"
    file.write_text(text, encoding="utf-8")
    return main(["load", "households", "--kind", "ward", "--code-column", "code", str(file)])


def test_households_are_known_after_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    builders.area("West", kind=AreaKind.WARD)

    assert load(tmp_path, 'code,total_households\nWest,"1,400"\nNowhere,7\n') == 0

    assert list(Population.objects.values_list("area__code", "households")) == [("West", 1400)]
    assert "1 codes of the file are not among the boundaries" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("area,total_households\nWest,4\n", "no column code"),
        ("code,total_households\nWest,many\n", "Line 2 has no number"),
        ("code,total_households\nWest\n", "Line 2 has no number"),
        ("code,total_households\nWest,-4\n", "Line 2 has no number"),
        ("code,total_households\nWest,99999999999\n", "Line 2 has no number"),
        ("code,total_households\nE1,4\n", "another kind or year"),
        ("", "empty"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    builders.area("West", kind=AreaKind.WARD)

    assert load(tmp_path, text) == 1

    assert said in capsys.readouterr().err
    assert not Population.objects.exists()


def test_without_boundaries_it_says_what_to_load_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert load(tmp_path, "code,total_households\nWest,4\n") == 1

    assert "hueandcry load areas --kind ward" in capsys.readouterr().err
