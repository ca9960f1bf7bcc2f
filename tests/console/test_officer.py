"""Enrolling the first administrator from the terminal."""

import argparse
import io

import pytest

from hueandcry.console import officer
from hueandcry.domain.organisations import queries
from hueandcry.domain.organisations.rules import OrganisationError
from hueandcry.domain.records import queries as records
from tests import builders

pytestmark = pytest.mark.django_db
WORDS = ["dale@example.org", "--name", "Dale", "--rank", "Inspector", "--role", "administrator", "--role", "engagement"]
GOOD = "four rusty gates swing"
FIRST = ["--force", "Doggerland Constabulary", "--signs-as", "Doggerland Police"]


def enrol(monkeypatch: pytest.MonkeyPatch, words: list[str], typed: str = GOOD) -> None:
    parser = argparse.ArgumentParser()
    officer.add(parser)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
    officer.run(parser.parse_args(words))


def test_first_officer_founds_the_force_and_may_sign_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol(monkeypatch, WORDS + FIRST)

    force = queries.force()
    (made,) = force.officers.all()
    assert (force.name, force.signs_as) == ("Doggerland Constabulary", "Doggerland Police")
    assert (made.name, made.rank, made.roles) == ("Dale", "Inspector", ["administrator", "engagement"])
    assert made.check_password(GOOD)
    assert "may sign in as dale@example.org" in capsys.readouterr().out
    assert [line.actor for line in records.latest(event="officer.enrolled")] == ["system:console"]


def test_later_officer_joins_the_force_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    there = builders.force()
    builders.officer(name="Noise")

    enrol(monkeypatch, WORDS)

    assert sorted(each.name for each in there.officers.all()) == ["Dale", "Noise"]


def test_without_a_force_it_says_how_to_found_one_and_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OrganisationError, match="There is no force here yet"):
        enrol(monkeypatch, WORDS)


def test_easy_password_is_refused_and_nothing_is_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OrganisationError, match="too short"):
        enrol(monkeypatch, WORDS + FIRST, typed="secret")

    assert records.latest(event="organisation.founded") == []


def test_refused_officer_leaves_no_force_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["not an address", *WORDS[1:], *FIRST]

    with pytest.raises(OrganisationError):
        enrol(monkeypatch, words)

    assert records.latest(event="organisation.founded") == []
