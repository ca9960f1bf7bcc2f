"""Postcodes as people type them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.kit import postcodes
from hueandcry.kit.postcodes import PostcodeError
from tests.shared_data import shared_file


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("pr32qt", "PR3 2QT"),
        (" SW1A\t1aa ", "SW1A 1AA"),
        ("m6 4wd", "M6 4WD"),
        ("S E1 63 EF", "SE16 3EF"),
        ("qd1 1ab", "QD1 1AB"),
    ],
)
def test_postcodes_are_written_one_way(typed: str, written: str) -> None:
    assert postcodes.normalise(typed) == written


@pytest.mark.parametrize("typed", ["", "PR3", "PE3O 1AB", "NR1 1CI", "NF1 1AA", "GIR 0AA", "PR3 2QTT", "hello"])
def test_what_is_no_postcode_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(PostcodeError, match="not a postcode"):
        postcodes.normalise(typed)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("grey van near PR3 2QT and nr25 6ab, PR32QT", ["PR3 2QT", "NR25 6AB"]),
        ("took the M6 2nd exit, then the A6 3rd left", []),
        ("at 6 1am", []),
        ("reg AO51 BCD", []),
        ("SD565428", []),
        ("", []),
    ],
)
def test_postcodes_are_found_in_free_text(text: str, found: list[str]) -> None:
    assert postcodes.find(text) == found


def test_the_first_half_is_told_from_a_word() -> None:
    assert postcodes.is_outward("nr25")
    assert not postcodes.is_outward("holt")
    assert not postcodes.is_outward("XX")
    assert postcodes.outward("NR25 6AB") == "NR25"


@pytest.mark.county
def test_published_cases_are_told_as_published() -> None:
    published = json.loads(shared_file("postcode-vectors/govuk_postcode_vectors.json").read_text(encoding="utf-8"))
    cases = published["test_if_postcode_is_a_real_uk_postcode"][0]["cases"]

    assert len(cases) == 24
    assert [typed for typed, real in cases if postcodes.is_postcode(typed) != real] == []


@pytest.mark.county
def test_published_spellings_are_written_as_published() -> None:
    published = json.loads(shared_file("postcode-vectors/govuk_postcode_vectors.json").read_text(encoding="utf-8"))
    cases = published["test_format_postcode_for_printing"][0]["cases"]
    # GIR 0AA closed with Girobank; nobody lives there.
    wanted = [case for case in cases if case[1] != "GIR 0AA"]

    assert len(wanted) == len(cases) - 1
    assert [typed for typed, written in wanted if postcodes.normalise(typed) != written] == []


@given(st.text())
def test_finding_never_raises(text: str) -> None:
    assert all(postcodes.is_postcode(found) for found in postcodes.find(text))
