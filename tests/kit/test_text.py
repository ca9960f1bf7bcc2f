"""Folding names for look-ups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.kit.text import fold, plain


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("St. Mary's-le-Hill", "ST MARYS LE HILL"),
        ("  Tŷ   Mawr ", "TY MAWR"),
        ("Señor Łódź & Søn", "SENOR LODZ AND SON"),
        ("Straße", "STRASSE"),
        ("O\u2019Neill\u02bcs", "ONEILLS"),
        ("Stop! 🙏", "STOP"),
        ("", ""),
    ],
)
def test_names_are_folded_to_capitals_without_signs(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_plain_keeps_capitals_and_signs() -> None:
    assert plain("Tŷ Mawr, Café") == "Ty Mawr, Cafe"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
