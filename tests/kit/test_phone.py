"""Telephone numbers as people type them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.kit import phone
from hueandcry.kit.phone import PhoneError, PhoneKind
from tests.shared_data import shared_file


@pytest.mark.parametrize(
    "typed",
    [
        "07700 900123",
        "+44 7700 900 123",
        "0044 7700 900123",
        "+44 (0)7700 900-123",
        "7700900123",
        "447700900123",
        "\u200b\t+44 (0)7700 900123\ufeff \r\n",
        "07700\u2013900\u2013123",
    ],
)
def test_sloppy_typing_gives_one_number(typed: str) -> None:
    assert phone.normalise(typed) == "+447700900123"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+447700900123", PhoneKind.MOBILE),
        ("+447700987654", PhoneKind.MOBILE),
        ("+442079460123", PhoneKind.LANDLINE),
        ("+441632960123", PhoneKind.LANDLINE),
        ("+443001231234", PhoneKind.LANDLINE),
        ("+448081570000", PhoneKind.OTHER),
        ("nonsense", PhoneKind.OTHER),
    ],
)
def test_kinds_are_told_apart(number: str, kind: PhoneKind) -> None:
    assert phone.kind(number) == kind


def test_numbers_are_shown_as_people_here_read_them() -> None:
    assert phone.shown("+447700900123") == "07700 900123"
    assert phone.shown("+441134960000") == "0113 496 0000"
    assert phone.shown("+442079460123") == "020 7946 0123"
    assert phone.shown("+44770090012345") == "07700 90012345"  # the demonstration's own
    assert phone.shown("+33122334455") == "+33 1 22 33 44 55"
    assert phone.shown("nonsense") == "nonsense"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter a phone number"),
        ("07700 90012", "too few|no such"),
        ("07700 9001234", "too many"),
        ("07700 9oo123", "only figures"),
        ("0909 879 0000", "Premium-rate"),
        ("999", "too few|no such"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_never_the_number(typed: str, said: str) -> None:
    with pytest.raises(PhoneError, match=said) as refusal:
        phone.normalise(typed)

    assert not typed or typed not in str(refusal.value)


def published(*names: str) -> list[Any]:
    vectors = json.loads(shared_file("phone-numbers/phone_vectors.json").read_text(encoding="utf-8"))
    return [number for name in names for number in vectors[name]]


@pytest.mark.county
def test_published_valid_numbers_are_taken() -> None:
    numbers = published(
        "valid_uk_mobile_phone_numbers",
        "valid_international_phone_numbers",
        "valid_channel_island_numbers",
        "valid_uk_landlines",
    )

    refused = [number for number in numbers if not taken(number)]

    assert len(numbers) == 33
    assert refused == []


@pytest.mark.county
def test_published_invalid_numbers_are_refused() -> None:
    numbers = [
        number if isinstance(number, str) else number[0]
        for number in published(
            "invalid_uk_landlines", "invalid_uk_mobile_phone_numbers", "invalid_international_numbers"
        )
    ]

    assert len(numbers) == 27
    assert [number for number in numbers if taken(number)] == []


@pytest.mark.county
def test_ofcoms_drama_numbers_are_taken() -> None:
    ranges = json.loads(shared_file("phone-numbers/ofcom_drama_ranges.json").read_text(encoding="utf-8"))

    assert all(taken(number) for number in ranges["mobile_drama"] + ranges["london_drama"])


def taken(number: str) -> bool:
    try:
        phone.normalise(number)
    except PhoneError:
        return False
    return True


@given(st.text())
def test_anything_typed_is_a_number_or_a_refusal(typed: str) -> None:
    try:
        number = phone.normalise(typed)
    except PhoneError:
        return

    assert phone.normalise(number) == number


# ---------------------------------------------------------------- the short way says what the library says


def by_the_library(typed: str) -> tuple[str, PhoneKind] | None:
    cleaned = phone._DASHES.sub("-", phone._INVISIBLE.sub("", typed)).strip()
    try:
        number = phone._by_library(cleaned)
    except PhoneError:
        return None
    return number, phone._kind_by_library(number)


def as_we_say(typed: str) -> tuple[str, PhoneKind] | None:
    try:
        number = phone.normalise(typed)
    except PhoneError:
        return None
    return number, phone.kind(number)


def test_plain_british_numbers_are_read_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: str) -> str:
        raise AssertionError("the library was asked")

    monkeypatch.setattr(phone, "_by_library", never)
    monkeypatch.setattr(phone, "_kind_by_library", never)

    # Beside the drama numbers, those that the library itself gives as examples.
    for typed in ("07700 900123", "+447400123456", "0044 7400 123456", "0121 234 5678", "020 7946 0123", "7400123456"):
        assert phone.kind(phone.normalise(typed)) in (PhoneKind.MOBILE, PhoneKind.LANDLINE)


@pytest.mark.county
def test_the_short_way_agrees_on_every_number_of_the_shared_list() -> None:
    lists: dict[str, Any] = json.loads(shared_file("phone-numbers/phone_vectors.json").read_text("utf-8"))
    examples: dict[str, dict[str, str]] = lists.pop("libphonenumber_examples")
    numbers = [number for kinds in examples.values() for number in kinds.values()]
    numbers += [one if isinstance(one, str) else one[0] for each in lists.values() for one in each]

    differing = [number for number in numbers if as_we_say(number) != by_the_library(number)]

    assert len(numbers) > 50
    assert differing == []


_BEGINNINGS = st.sampled_from(("", "0", "44", "+44", "0044", "00 44 ", "+44 ", "+", "00", "+44 (0)"))
_NATIONAL = st.from_regex(r"\A[1-9][0-9]{6,10}\Z")
_BRITISH = st.from_regex(r"\A(?:7[0-9]{9}|(?:1|2|3|8)[0-9]{8,9}|77009[0-9]{5}|1632960[0-9]{3})\Z")


@given(
    begins=_BEGINNINGS,
    national=st.one_of(_NATIONAL, _BRITISH),
    gap=st.sampled_from(("", " ", "-")),
    at=st.integers(1, 9),
)
def test_the_short_way_agrees_on_whatever_is_typed(begins: str, national: str, gap: str, at: int) -> None:
    typed = f"{begins}{national[:at]}{gap}{national[at:]}"

    assert as_we_say(typed) == by_the_library(typed)
