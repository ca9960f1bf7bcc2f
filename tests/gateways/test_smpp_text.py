"""Words as SMPP carries them: alphabets, parts, senders, times, what receipts say."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hueandcry.gateways.contract import Fate
from hueandcry.gateways.sms.smpp_text import (
    NOBODY_THERE,
    Address,
    Coding,
    Ids,
    Place,
    decode,
    encode,
    for_so_long,
    header,
    is_for_nobody,
    is_receipt,
    kept_id,
    number_of,
    read_receipt,
    sar,
    sender_of,
    take_apart,
)
from hueandcry.gateways.sms.smpp_wire import Command, Delivered, Heard, Tag, read_delivered
from hueandcry.kit import gsm7
from tests.shared_data import shared_file

SAMPLES = json.loads((Path(__file__).parent / "samples/smpp/receipts.json").read_text(encoding="utf-8"))
TEXTS = st.text(
    st.one_of(st.sampled_from(gsm7.BASIC + gsm7.EXTENSION + "ŵŷâ😬"), st.characters(exclude_categories=["Cs"])),
    max_size=700,
)


def delivered(octets: bytes = b"", **words: Any) -> Delivered:
    """Return what a deliver_sm says."""
    return Delivered(**{
        "source_ton": 1,
        "source": "447700900101",
        "destination": "60777",
        "esm_class": 0,
        "data_coding": 0,
        "octets": octets,
        "parameters": {},
        **words,
    })  # fmt: skip


def receipt(text: str, **parameters: bytes) -> Delivered:
    """Return a delivery receipt with this text and these parameters."""
    return delivered(text.encode(), esm_class=4, parameters={Tag[name]: value for name, value in parameters.items()})


# ---------------------------------------------------------------- alphabets


@pytest.mark.county
def test_every_sign_of_the_published_alphabet_has_its_published_code() -> None:
    published = json.loads(shared_file("sms-encoding/gsm7_vectors.json").read_text(encoding="utf-8"))
    table: str = published["gsm7_basic_table_in_code_order"]

    coded = {sign: encode(sign).parts[0] for sign in table if sign != "\x1b"}

    assert coded == {sign: bytes([code]) for code, sign in enumerate(table) if sign != "\x1b"}
    for sign in published["gsm7_extension"]:
        (octets,) = encode(sign).parts
        assert (octets[0], decode(octets, 0)) == (0x1B, sign)


@pytest.mark.county
def test_published_signs_arrive_as_they_were_written_in_the_cheapest_alphabet_that_has_them() -> None:
    published = json.loads(shared_file("sms-encoding/gsm7_vectors.json").read_text(encoding="utf-8"))
    cases = published["govuk_notify_sanitise_cases"]
    has = set(published["gsm7_basic_table_in_code_order"] + published["gsm7_extension"]) - {"\x1b"}

    wrong = []
    for case in cases:
        sign = case["values"][0]
        coding, parts = encode(sign)
        if decode(parts[0], coding) != sign or (coding == Coding.DEFAULT) != (set(sign) <= has):
            wrong.append(case["case"])

    assert len(cases) == 24
    assert wrong == []


@pytest.mark.parametrize(
    ("sign", "octets"),
    [("@", "00"), ("£", "01"), ("_", "11"), ("à", "7f"), ("^", "1b14"), ("€", "1b65"), ("[", "1b3c"), ("\f", "1b0a")],
)
def test_signs_have_the_codes_of_gsm(sign: str, octets: str) -> None:
    assert encode(sign) == (Coding.DEFAULT, (bytes.fromhex(octets),))


@given(TEXTS)
@example("a" * 152 + "€" + "b" * 153)
@example("ŵ" * 66 + "😬" + "ŵ" * 67)
@example("a" * 160)
@example("a" * 161)
@example("\x1b")
def test_a_text_of_any_length_is_what_its_parts_say_and_no_sign_is_cut(text: str) -> None:
    coding, parts = encode(text)

    counted = gsm7.count(text)
    assert "".join(decode(part, coding) for part in parts) == text
    assert len(parts) == max(counted.parts, 1)
    assert (coding == Coding.UCS2) == (counted.encoding == "UCS-2")
    assert all(len(part) <= (140 if len(parts) == 1 else 134) for part in parts) or coding == Coding.DEFAULT
    assert all(len(part) <= (160 if len(parts) == 1 else 153) for part in parts)


@given(st.text(st.sampled_from(gsm7.BASIC.replace("\x1b", "") + gsm7.EXTENSION), max_size=400))
def test_a_provider_whose_alphabet_is_latin_1_gets_the_same_words(text: str) -> None:
    coding, parts = encode(text, "latin-1")

    assert coding in {Coding.LATIN_1, Coding.UCS2}
    assert "".join(decode(part, coding) for part in parts) == text


def test_half_a_pair_and_zero_bytes_spoil_nothing() -> None:
    for text in ("\ud83d", "a\x00b", "😬"[:1] + "\udc00"):
        assert encode(text).data_coding == Coding.UCS2


@pytest.mark.parametrize(
    ("coding", "octets", "words"),
    [
        (0x00, b"\x1b\x65uro \x00 \x10", "€uro @ Δ"),
        (0x00, b"\x1b\x41", "A"),  # an extension that we do not know
        (0x00, b"caf\xe9", "café"),  # the provider writes Latin-1 without saying so
        (0x01, b"plain_", "plain_"),
        (0x01, b"p\x11l\x00 \x1b(", "p_l@ {"),  # GSM's alphabet by another name
        (0x01, b"caf\xe9\x00", "café\x00"),
        (0x03, b"caf\xe9", "café"),
        (0x08, "Llŷn 😬".encode("utf-16-be"), "Llŷn 😬"),
        (0x08, b"\x00a\x00", "a�"),
        (0x18, "ŵ".encode("utf-16-be"), "ŵ"),
        (0xF1, b"\x02", "$"),
        (0x06, "да".encode("iso8859_5"), "да"),
        (0x04, b"\x01\x02", "(A message of 2 octets that is no text.)"),
        (0xF5, b"\x01", "(A message of 1 octets that is no text.)"),
    ],
)
def test_what_comes_is_read_by_its_alphabet(coding: int, octets: bytes, words: str) -> None:
    assert decode(octets, coding) == words


# ---------------------------------------------------------------- parts


@pytest.mark.parametrize(
    ("said", "place", "rest"),
    [
        (delivered(b"words"), None, b"words"),
        (delivered(header(0x1A2, 3, 2) + b"words", esm_class=0x40), Place("3.a2", 3, 2), b"words"),
        (delivered(bytes.fromhex("06080412340201") + b"x", esm_class=0x40), Place("4.1234", 2, 1), b"x"),
        # A header for something else: it is no words.
        (delivered(bytes.fromhex("0605040b8423f0") + b"x", esm_class=0x40), None, b"x"),
        (delivered(bytes.fromhex("0b0504158a00000003010201") + b"x", esm_class=0x40), Place("3.01", 2, 1), b"x"),
        # Numbers that cannot be, a header longer than all there is, no header where one is announced.
        (delivered(header(1, 2, 3) + b"x", esm_class=0x40), None, b"x"),
        (delivered(header(1, 0, 0) + b"x", esm_class=0x40), None, b"x"),
        (delivered(b"\xffshort", esm_class=0x40), None, b"\xffshort"),
        (delivered(b"\x05\x00", esm_class=0x40), None, b"\x05\x00"),
        (delivered(b"", esm_class=0x40), None, b""),
    ],
)
def test_the_numbering_of_parts_is_read(said: Delivered, place: Place | None, rest: bytes) -> None:
    assert take_apart(said) == (place, rest)


def test_the_numbering_may_stand_in_parameters() -> None:
    body = bytes.fromhex("00010134343700010136303737370000000000000000000001") + b"x" + sar(300, 4, 4)

    said = read_delivered(Heard(1, Command.DELIVER_SM, body))

    assert take_apart(said) == (Place("s.12c", 4, 4), b"x")


# ---------------------------------------------------------------- addresses and times


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("+447700900999", Address(1, 1, "447700900999")),
        ("60777", Address(3, 0, "60777")),
        ("Doggerland", Address(5, 0, "Doggerland")),
        ("1:1:60777", Address(1, 1, "60777")),
        ("", Address(0, 0, "")),
        ("Doggerland Police", None),
        ("Gwent!", None),
    ],
)
def test_a_sender_is_a_number_a_short_code_or_a_name(text: str, address: Address | None) -> None:
    assert sender_of(text) == address


@pytest.mark.parametrize(("text", "good"), [("+447700900101", True), ("447700900101", True), ("+0123", False)])
def test_a_members_number_is_one(text: str, good: bool) -> None:  # noqa: FBT001
    assert (number_of(text) is not None) == good


@pytest.mark.parametrize(
    ("left", "written"),
    [
        (dt.timedelta(seconds=20), b"000000000100000R"),
        (dt.timedelta(hours=12), b"000000120000000R"),
        (dt.timedelta(days=2, hours=3, minutes=4), b"000002030400000R"),
        (dt.timedelta(days=400), b"000030000000000R"),
    ],
)
def test_a_relative_time_has_sixteen_signs(left: dt.timedelta, written: bytes) -> None:
    assert for_so_long(left) == written
    assert len(written) == 16


# ---------------------------------------------------------------- receipts

USUAL = "id:0123456789 sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:{} err:000 text:Hello"


@pytest.mark.parametrize(
    ("word", "fate"),
    [
        ("DELIVRD", Fate.DELIVERED),
        ("DELIVERED", Fate.DELIVERED),
        ("delivrd", Fate.DELIVERED),
        ("EXPIRED", Fate.EXPIRED),
        ("DELETED", Fate.FAILED),
        ("UNDELIV", Fate.FAILED),
        ("UNDELIVERABLE", Fate.FAILED),
        ("REJECTD", Fate.FAILED),
        ("FAILED", Fate.FAILED),
        ("ACCEPTD", Fate.ACCEPTED),
        ("ENROUTE", Fate.ACCEPTED),
        ("BUFFRED", Fate.ACCEPTED),
        ("UNKNOWN", Fate.UNKNOWN),
        ("2", Fate.DELIVERED),
        ("05", Fate.UNKNOWN),
        ("WONDERFUL", Fate.UNKNOWN),
    ],
)
def test_each_word_for_a_state_has_its_meaning(word: str, fate: Fate) -> None:
    assert read_receipt(receipt(USUAL.format(word))).fate == fate


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["from"])
def test_the_text_of_a_receipt_is_read_in_all_its_forms(sample: dict[str, str]) -> None:
    said = read_receipt(receipt(sample["text"]))

    assert (said.message_id, said.fate, said.by_parameter) == (sample["id"], Fate(sample["fate"]), False)
    assert "Hello" not in said.raw


def test_parameters_count_for_more_than_the_text() -> None:
    said = read_receipt(receipt(USUAL.format("ACCEPTD"), RECEIPTED_MESSAGE_ID=b"6aad5\0", MESSAGE_STATE=b"\x02"))

    assert (said.message_id, said.fate, said.by_parameter) == ("6aad5", Fate.DELIVERED, True)


def test_a_number_that_nobody_has_is_told_apart_from_one_that_is_off() -> None:
    nobody = receipt(USUAL.format("UNDELIV"), NETWORK_ERROR_CODE=NOBODY_THERE)
    switched_off = receipt(USUAL.format("UNDELIV"), NETWORK_ERROR_CODE=bytes([3, 0, 27]))

    assert read_receipt(nobody).fate == Fate.BOUNCED
    assert read_receipt(switched_off).fate == Fate.FAILED


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        (receipt("id:1 stat:DELIVRD"), True),
        (delivered(b"id:1 stat:DELIVRD", esm_class=0x20), True),
        (delivered(b"id:1 stat:DELIVRD", parameters={Tag.MESSAGE_STATE: b"\x02"}), True),
        # Anybody can text this.
        (delivered(b"id:1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:"), False),
        (delivered(b"words", esm_class=0x80), False),
        (delivered(b"words", esm_class=0x10), False),
    ],
)
def test_only_a_receipt_is_taken_for_one(said: Delivered, is_one: bool) -> None:  # noqa: FBT001
    assert is_receipt(said) == is_one


def test_what_a_phone_acknowledges_by_itself_is_for_nobody() -> None:
    assert [is_for_nobody(delivered(esm_class=kind)) for kind in (0x00, 0x04, 0x08, 0x10, 0x18, 0x20)] == [
        False, False, True, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ids", "handed_over", "in_receipt"),
    [
        (Ids.SAME, "6aad5", "6aad5"),
        (Ids.DECIMAL, "6AAD5", "0000436949"),
        (Ids.DECIMAL, "0006aad5", "436949"),
        (Ids.HEX, "436949", "0006AAD5"),
        (Ids.DECIMAL, "bc59-8aa", "bc59-8aa"),
        (Ids.HEX, "x", "x"),
        (Ids.SAME, "9" * 300, "9" * 300),
    ],
)
def test_a_message_named_in_two_ways_has_one_name_here(ids: str, handed_over: str, in_receipt: str) -> None:
    kept = kept_id(handed_over, ids)

    assert kept == kept_id(in_receipt, ids, of_receipt=True)
    assert len(kept) <= 64
