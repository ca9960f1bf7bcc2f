"""What came over a line: kept, joined, told once, and what the receipts of parts say of a whole."""

import datetime as dt
import logging
from typing import Any

import pytest
import time_machine
from django.db import connection

from hueandcry.gateways.contract import Fate, Receipt
from hueandcry.gateways.models import Arrival, SentPart
from hueandcry.gateways.sms.smpp_kept import COLLECT, HOLD, JOIN_WITHIN, Names, Row, Store, row_of, whole_ref
from hueandcry.gateways.sms.smpp_kept import SentPart as Sent
from hueandcry.gateways.sms.smpp_text import Coding, encode, header, sar
from hueandcry.gateways.sms.smpp_wire import Command, Delivered, Heard, read_delivered
from hueandcry.kit import clock

pytestmark = pytest.mark.django_db

STORE = Store("smpp", "sms")
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def came(octets: bytes, **words: Any) -> Row:
    """Return what is kept of a deliver_sm."""
    said = Delivered(**{
        "source_ton": 1,
        "source": "447700900101",
        "destination": "60777",
        "esm_class": 0,
        "data_coding": 0,
        "octets": octets,
        "parameters": {},
        **words,
    })  # fmt: skip
    row = row_of(said, alphabet="gsm", ids="same", now=clock.now())
    assert row is not None
    return row


def part(number: int, octets: bytes, *, total: int = 3, reference: int = 7, **words: Any) -> Row:
    """Return what is kept of one part of a text."""
    return came(header(reference, total, number) + octets, esm_class=0x40, **words)


def receipt(message_id: str, word: str = "DELIVRD") -> Row:
    """Return what is kept of a receipt."""
    return came(f"id:{message_id} stat:{word}".encode(), esm_class=4)


def bodies(*, after: dt.timedelta = dt.timedelta(0)) -> list[str]:
    """Return the texts that are told now, or after some time."""
    with time_machine.travel(dt.datetime.now(dt.UTC) + after):  # noqa: TID251 - the clock that is moved
        return [text.body for text in STORE.tell()[1]]


def receipts() -> list[Receipt]:
    """Return the receipts that are told a moment later."""
    with time_machine.travel(dt.datetime.now(dt.UTC) + 2 * HOLD):  # noqa: TID251 - the clock that is moved
        return STORE.tell()[0]


# ---------------------------------------------------------------- texts


def test_texts_are_told_once_in_their_order_and_the_table_is_empty_then() -> None:
    STORE.keep([came(b"first"), came(b"second", source="60777", source_ton=3)])
    Store("another", "sms").keep([came(b"of another gateway")])

    _, texts = STORE.tell()

    assert [(text.body, text.sender) for text in texts] == [("first", "+447700900101"), ("second", "60777")]
    assert bodies() == []
    assert Arrival.objects.count() == 1


def test_parts_are_one_text_however_they_come() -> None:
    words = "Gwelais fan wen ger Llŷn 😬"
    octets = words.encode("utf-16-be")
    # Cut in the middle of a sign of two units: a phone does so.
    pieces = [octets[:20], octets[20:-2], octets[-2:]]
    rows = [part(number, piece, data_coding=Coding.UCS2) for number, piece in enumerate(pieces, 1)]

    STORE.keep([rows[2], came(b"in between")])
    before = bodies()
    STORE.keep([rows[0]])
    STORE.keep([rows[1]])

    assert before == ["in between"]
    assert bodies() == [words]
    assert Arrival.objects.count() == 0


def test_an_escape_that_lies_across_two_parts_is_whole_again() -> None:
    STORE.keep([part(1, b"one \x1b", total=2), part(2, b"\x65uro", total=2)])

    assert bodies() == ["one €uro"]


def test_parts_of_different_people_numbers_and_texts_are_kept_apart() -> None:
    STORE.keep([
        part(1, b"A1", total=2),
        part(2, b"B2", total=2, source="447700900102"),
        part(2, b"C2", total=2, reference=8),
        part(2, b"D2", total=2, destination="60778"),
        part(2, b"E2", total=3),
    ])  # fmt: skip

    assert bodies() == []
    STORE.keep([part(2, b"A2", total=2)])
    assert bodies() == ["A1A2"]
    assert Arrival.objects.count() == 4


def test_a_part_that_comes_twice_counts_once() -> None:
    STORE.keep([part(1, b"A1", total=2), part(1, b"A1", total=2)])
    before = bodies()
    STORE.keep([part(2, b"A2", total=2)])

    assert before == []
    assert bodies() == ["A1A2"]
    assert Arrival.objects.count() == 0


def test_a_reference_that_a_phone_uses_again_is_another_text() -> None:
    STORE.keep([part(1, b"A1", total=2), part(1, b"B1", total=2), part(2, b"A2", total=2)])
    first = bodies()
    STORE.keep([part(2, b"B2", total=2)])

    assert first == ["A1A2"]
    assert bodies() == ["B1B2"]


def test_a_text_of_which_the_rest_does_not_come_is_told_as_it_is() -> None:
    STORE.keep([part(1, b"White van "), part(3, b" at the ford")])

    assert bodies(after=JOIN_WITHIN / 2) == []
    assert bodies(after=JOIN_WITHIN + dt.timedelta(seconds=1)) == ["White van […] at the ford"]
    assert Arrival.objects.count() == 0


def test_parts_in_two_alphabets_are_read_each_in_its_own() -> None:
    STORE.keep([
        part(1, encode("plain ").parts[0], total=2),
        part(2, "ŵ".encode("utf-16-be"), total=2, data_coding=Coding.UCS2),
    ])  # fmt: skip

    assert bodies() == ["plain ŵ"]


def test_parts_may_be_numbered_by_parameters() -> None:
    body = bytes.fromhex("0001013434370001013630373737000000000000000000000141") + sar(5, 2, 1)
    said = read_delivered(Heard(1, Command.DELIVER_SM, body))

    row = row_of(said, alphabet="gsm", ids="same", now=clock.now())

    assert row is not None
    assert (row.kind, row.number, row.total) == ("part", 1, 2)


def test_the_default_alphabet_of_what_comes_may_be_latin_1() -> None:
    said = Delivered(1, "447700900101", "60777", 0, 0, b"a_b$", {})

    row = row_of(said, alphabet="latin-1", ids="same", now=clock.now())

    assert row is not None
    assert row.body == "a_b$"


def test_a_zero_byte_spoils_nothing() -> None:
    STORE.keep([came("a\0b".encode("utf-16-be"), data_coding=8, source="4477\0")])

    assert bodies() == ["ab"]


# ---------------------------------------------------------------- receipts


def waiting() -> list[tuple[str, bool]]:
    """Return who is asked to collect: under which word, and whether only later."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queueing_lock, scheduled_at IS NOT NULL FROM procrastinate_jobs WHERE task_name = %s ORDER BY id",
            [COLLECT],
        )
        return [(word, later) for word, later in cursor.fetchall()]


def test_a_receipt_is_told_at_once_with_its_time_and_once() -> None:
    before = clock.now()

    STORE.keep([receipt("7"), receipt("8", "UNDELIV"), came(b"a text beside them")])
    told, _ = STORE.tell()

    assert sorted((one.provider_ref, one.fate) for one in told) == [("7", Fate.DELIVERED), ("8", Fate.FAILED)]
    assert all(before <= one.at <= clock.now() for one in told)
    assert {one.raw for one in told} == {"id:7 stat:DELIVRD", "id:8 stat:UNDELIV"}
    assert receipts() == []


def test_a_receipt_waits_while_the_parts_of_a_text_are_not_named_yet() -> None:
    sending, another = Store("smpp", "sms"), Store("another", "sms")
    sending.parts_go()
    STORE.keep([receipt("a2")])
    another.keep([receipt("7")])

    early, of_another = STORE.tell()[0], another.tell()[0]
    asked = waiting()
    sending.keep_parts([Sent("K7M2PQ-1", number, 2, f"a{number}") for number in (1, 2)])
    sending.parts_went()
    STORE.keep([receipt("a1")])
    told, _ = STORE.tell()

    assert (early, [one.provider_ref for one in of_another]) == ([], ["7"])
    assert ("collect smpp held receipts", True) in asked
    assert [(one.provider_ref, one.fate) for one in told] == [(whole_ref("a1", 2), Fate.DELIVERED)]


def test_a_receipt_waits_no_longer_than_a_moment_for_parts_that_nobody_names() -> None:
    STORE.parts_go()
    STORE.keep([receipt("7")])

    told = receipts()
    STORE.parts_went()

    assert [one.provider_ref for one in told] == ["7"]


def test_somebody_is_asked_to_collect_at_once_and_then_now_and_then() -> None:
    store = Store("smpp", "sms")

    store.keep([receipt("1")])
    first, owed_after_first = waiting(), store.owes
    store.keep([receipt("2")])
    second, owed_after_second = waiting(), store.owes

    assert first == second == [("collect smpp receipts", False)]
    assert (owed_after_first, owed_after_second) == (False, True)
    assert store.owes_for() > 0
    store.ask()
    assert not store.owes


def test_signs_that_part_values_spoil_no_receipt_beside_them() -> None:
    odd = receipt("7")._replace(ref="a\x1fb", raw="x\x1fy")

    STORE.keep([odd, receipt("8")])

    told, _ = STORE.tell()

    assert {(one.provider_ref, one.raw) for one in told} == {("a b", "x y"), ("8", "id:8 stat:DELIVRD")}


def test_a_receipt_that_names_nothing_is_not_kept() -> None:
    said = Delivered(1, "447700900101", "60777", 4, 0, b"stat:DELIVRD", {})

    assert row_of(said, alphabet="gsm", ids="same", now=clock.now()) is None


@pytest.fixture
def sent() -> str:
    """Send a text in three parts beside others; return what the hand-over calls it."""
    STORE.keep_parts([
        *(Sent("K7M2PQ-1", number, 3, f"a{number}") for number in (1, 2, 3)),
        *(Sent("K7M2PQ-2", number, 2, f"b{number}") for number in (1, 2)),
    ])  # fmt: skip
    return whole_ref("a1", 3)


def told_of(*rows: Row) -> list[tuple[str, Fate]]:
    """Keep receipts, and return what is told then."""
    STORE.keep(rows)
    return [(one.provider_ref, one.fate) for one in receipts()]


def test_a_text_is_delivered_when_every_part_is(sent: str) -> None:
    assert told_of(receipt("a2"), receipt("other")) == [("other", Fate.DELIVERED)]
    assert told_of(receipt("a1"), receipt("b1")) == []
    assert told_of(receipt("a3")) == [(sent, Fate.DELIVERED)]
    assert set(SentPart.objects.values_list("reference", flat=True)) == {"K7M2PQ-2"}


def test_a_text_fails_as_soon_as_one_part_does(sent: str) -> None:
    assert told_of(receipt("a1"), receipt("a3", "EXPIRED")) == [(sent, Fate.EXPIRED)]


def test_a_part_that_failed_and_is_delivered_after_all_counts_as_delivered(sent: str) -> None:
    told_of(receipt("a1"), receipt("a2", "UNDELIV"))

    assert told_of(receipt("a3"), receipt("a2")) == [(sent, Fate.DELIVERED)]


def test_a_late_word_takes_back_nothing(sent: str) -> None:
    told_of(receipt("a1"), receipt("a2"))
    told_of(receipt("a1", "ENROUTE"), receipt("a2", "UNDELIV"))

    assert told_of(receipt("a3")) == [(sent, Fate.DELIVERED)]


def test_receipts_of_one_part_that_come_together_count_as_the_best(sent: str) -> None:
    assert told_of(
        receipt("a1", "ENROUTE"), receipt("a1"), receipt("a1", "ACCEPTD"), receipt("a2"), receipt("a3")
    ) == [(sent, Fate.DELIVERED)]  # fmt: skip


def test_a_text_that_went_out_again_is_followed_by_its_new_parts(sent: str) -> None:
    told_of(receipt("a1"), receipt("a2"))
    STORE.keep_parts([Sent("K7M2PQ-1", number, 3, f"c{number}") for number in (1, 2, 3)])

    assert told_of(receipt("a3")) == [("a3", Fate.DELIVERED)]
    assert told_of(*(receipt(f"c{number}") for number in (1, 2, 3))) == [(whole_ref("c1", 3), Fate.DELIVERED)]


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("handed", "named", "setting"),
    [(["1a", "1b", "1c"], ["26", "27", "28"], "decimal"), (["26", "27", "28"], ["1A", "001B", "1c"], "hex")],
)
def test_receipts_in_other_figures_are_noticed_and_said_once(
    handed: list[str], named: list[str], setting: str, caplog: pytest.LogCaptureFixture
) -> None:
    names = Names("same")
    names.recent.extend(handed)

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            names.look([receipt(name) for name in named])

    assert caplog.text.count(f"set SMPP_RECEIPT_IDS={setting}.") == 1


def test_receipts_that_fit_say_nothing(caplog: pytest.LogCaptureFixture) -> None:
    names = Names("same")
    names.recent.extend(["1a", "26", "27", "28"])

    names.look([receipt("1a")])
    names.look([receipt("26"), receipt("27"), receipt("28")])

    assert caplog.text == ""
