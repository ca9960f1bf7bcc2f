"""Counting texts."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.kit import gsm7
from hueandcry.kit.gsm7 import Segments
from tests.shared_data import shared_file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 0, 0, 160)),
        ("a" * 160, Segments("GSM-7", 1, 160, 0)),
        ("a" * 161, Segments("GSM-7", 2, 161, 145)),
        ("a" * 306, Segments("GSM-7", 2, 306, 0)),
        ("a" * 307, Segments("GSM-7", 3, 307, 152)),
        ("€" * 80, Segments("GSM-7", 1, 160, 0)),
        ("€" * 81, Segments("GSM-7", 2, 162, 143)),
        ("ŵ" * 70, Segments("UCS-2", 1, 70, 0)),
        ("ŵ" * 71, Segments("UCS-2", 2, 71, 63)),
        ("😬" * 36, Segments("UCS-2", 2, 72, 61)),
    ],
)
def test_texts_are_counted(text: str, expected: Segments) -> None:
    assert gsm7.count(text) == expected


def test_a_sign_of_two_units_never_lies_across_two_parts() -> None:
    assert gsm7.count("a" * 152 + "€" + "a" * 152).parts == 3


def test_an_escape_is_no_letter() -> None:
    assert gsm7.foreign("a\x1bb") == ("\x1b",)


def test_typographers_signs_are_said_plainly_and_letters_are_kept() -> None:
    text = "\u201cŴyl\u201d \u2013 don\u2019t\u00a0wait\u2026"

    assert gsm7.to_gsm7(text) == '"Ŵyl" - don\'t wait...'
    assert gsm7.foreign(gsm7.to_gsm7(text)) == ("Ŵ",)


def test_letters_in_two_pieces_are_put_together() -> None:
    assert gsm7.foreign(gsm7.to_gsm7("cafe\u0300")) == ()


@given(st.text(alphabet="aé€ŵ😬^ ", max_size=400))
def test_the_parts_are_the_text_and_as_many_as_are_counted(text: str) -> None:
    parts = gsm7.split(text)

    assert "".join(parts) == text
    assert len(parts) == gsm7.count(text).parts


def test_the_break_stands_where_an_old_phone_breaks() -> None:
    parts = gsm7.split("a" * 152 + "€" + "b" * 10)

    assert parts == ["a" * 152, "€" + "b" * 10]


def test_letters_are_written_plainly_only_where_the_cheap_alphabet_lacks_them() -> None:
    assert gsm7.plainly("Tŷ Ŵyl, sâl, è ö, złoty, 😬") == "Ty Wyl, sal, è ö, zloty, 😬"
    assert gsm7.foreign(gsm7.plainly("Ŷ â ê î ô û ŵ ŷ ł")) == ()


@pytest.mark.county
def test_our_alphabet_is_the_published_one() -> None:
    published = json.loads(shared_file("sms-encoding/gsm7_vectors.json").read_text(encoding="utf-8"))

    assert published["gsm7_basic_table_in_code_order"] == gsm7.BASIC
    assert sorted(published["gsm7_extension"]) == sorted(gsm7.EXTENSION)


@pytest.mark.county
def test_what_can_be_replaced_without_loss_is_replaced_as_published() -> None:
    published = json.loads(shared_file("sms-encoding/gsm7_vectors.json").read_text(encoding="utf-8"))
    cases = [
        case
        for case in published["govuk_notify_sanitise_cases"]
        if "transform" in case["case"] or "tab" in case["case"]
    ]

    differing = [case for case in cases if gsm7.to_gsm7(case["values"][0]) != case["values"][1]]

    assert len(cases) == 10
    assert differing == []


@given(st.text())
def test_the_count_is_never_lower_than_the_truth(text: str) -> None:
    counted = gsm7.count(text)
    room = gsm7.ROOM[counted.encoding]

    if counted.encoding == "UCS-2":
        truth = len(text.encode("utf-16-be", "surrogatepass")) // 2
    else:
        truth = len(text) + sum(sign in gsm7.EXTENSION for sign in text)
    assert counted.units == truth
    assert counted.parts * room[counted.parts > 1] >= truth
    assert 0 <= counted.left <= room[0]


@given(st.text())
def test_saying_it_plainly_never_makes_it_dearer(text: str) -> None:
    once = gsm7.to_gsm7(text)

    assert gsm7.to_gsm7(once) == once
    assert set(gsm7.foreign(once)) <= set(gsm7.foreign(unicodedata.normalize("NFC", text)))


@given(st.text(alphabet="aé€ŵ😬^\n", max_size=500))
def test_counting_at_a_glance_is_counting_sign_by_sign(text: str) -> None:
    dear = bool(gsm7.foreign(text))
    single, part = gsm7.ROOM["UCS-2" if dear else "GSM-7"]
    widths = [(1 + (ord(sign) > 0xFFFF)) if dear else (1 + (sign in gsm7.EXTENSION)) for sign in text]

    parts, used = (1 if text else 0), sum(widths)
    if used > single:
        parts, used = 1, 0
        for width in widths:
            parts, used = (parts + 1, width) if used + width > part else (parts, used + width)

    counted = gsm7.count(text)
    assert (counted.parts, counted.units) == (parts, sum(widths))
    assert counted.left == (single - sum(widths) if parts <= 1 else part - used)
