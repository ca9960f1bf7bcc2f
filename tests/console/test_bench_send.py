"""Measuring sending, small: that it is refused on a database of somebody's, fills its own, and that figures add up."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from hueandcry.console import bench_send
from hueandcry.console.sending import filling
from hueandcry.console.sending.processes import SendingError
from hueandcry.console.sending.sinks import SBIN


def needs(program: str, package: str) -> pytest.MarkDecorator:
    """Skip where a program of others is missing: CI has none of them."""
    there = shutil.which(program) or shutil.which(program, path=SBIN)
    return pytest.mark.skipif(not there, reason=f"{program} is not here (Debian: {package}); nothing else tests this")


def measured(by: str) -> bench_send.Speed:
    """Measure 600 members once."""
    line = bench_send.speed(filling.fill(600), by=by, workers=1, again=1)
    bench_send.show(line, Console(quiet=True))
    return line


@pytest.mark.django_db
def test_a_database_of_somebody_is_refused(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    monkeypatch.setitem(connection.settings_dict, "NAME", "hueandcry")

    with pytest.raises(SendingError, match="hueandcry is not a database of the bench's own"):
        filling.fill(600)


@pytest.mark.django_db(transaction=True)
def test_without_programs_of_others_the_sandbox_is_measured(tmp_path: Path) -> None:
    line = measured("sandbox")

    assert line.members == line.sent[0].many == line.sent[0].taken == line.sent[0].references == 600
    assert sum(line.sent[0].states.values()) == 600
    assert 0 < line.sent[0].pressed < line.seconds[1]
    assert line.floor > 0
    assert line.sent[0].rows["inserted"] >= 1_200
    assert line.checked.startswith("600 taken, 600 references, 600 addresses")


@needs("smtp-sink", "postfix")
@pytest.mark.django_db(transaction=True)
def test_letters_come_once_each_to_a_sink_of_others_beside_a_floor() -> None:
    line = measured("smtp")

    assert line.sent[0].taken == 600
    assert line.floors[0].send.seconds > 0
    assert line.floors[0].seconds >= line.floors[0].insert.seconds + line.floors[0].send.seconds
    assert line.ratio[1] == pytest.approx(line.seconds[1] / line.floors[0].seconds, rel=0.05)
