"""SMPP 3.4 as bytes: what is written, what is read, and what is done about nonsense."""

import json
import struct
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.gateways.sms.smpp_wire import (
    ANSWER,
    HEADER,
    LAST_SEQUENCE,
    LONGEST_PDU,
    MOST_STRAYS,
    REFUSED_BINDS,
    Command,
    Conversation,
    Heard,
    MalformedError,
    Status,
    Tag,
    Terms,
    Trouble,
    read_delivered,
    refusal_of,
)
from tests.shared_data import shared_file

SUBMITTED = ANSWER | Command.SUBMIT_SM


@dataclass(eq=False)
class Asked:
    """Something to submit."""

    body: bytes = b"body"
    end: int = 0
    at: float = 0.0


def pdu(command: int, sequence: int, status: int = 0, body: bytes = b"") -> bytes:
    """Return a PDU."""
    return HEADER.pack(16 + len(body), command, status, sequence) + body


def read(data: bytes) -> list[tuple[int, int, int, bytes]]:
    """Return each PDU in these bytes: command, status, sequence, body."""
    found = []
    while data:
        length, command, status, sequence = HEADER.unpack_from(data)
        found.append((command, status, sequence, data[16:length]))
        data = data[length:]
    return found


def bound(*, given: int = 0) -> tuple[Conversation, list[Asked]]:
    """Return a conversation that is bound, with so many submitted; what it said so far was written."""
    talk = Conversation(Terms("hueandcry", "secret"), "transceiver")
    talk.take(pdu(ANSWER | Command.BIND_TRANSCEIVER, 1, body=b"peer\0"))
    submits = [Asked() for _ in range(given)]
    talk.give(submits)
    talk.sent(len(talk.out))
    return talk, submits


# ---------------------------------------------------------------- what we say


@pytest.mark.parametrize(("role", "command"), [("transceiver", 9), ("transmitter", 2), ("receiver", 1)])
def test_it_begins_with_its_bind(role: str, command: int) -> None:
    talk = Conversation(Terms("hueandcry", "secret", "VMA"), role)

    assert read(bytes(talk.out)) == [(command, 0, 1, b"hueandcry\0secret\0VMA\0\x34\0\0\0")]
    assert "secret" not in repr(Terms("hueandcry", "secret"))


def test_many_go_at_once_each_under_its_own_number() -> None:
    talk, _ = bound()

    talk.give([Asked(b"one"), Asked(b"two")])

    assert read(bytes(talk.out)) == [(4, 0, 2, b"one"), (4, 0, 3, b"two")]
    assert talk.flying == 2


def test_numbers_begin_again_after_the_last() -> None:
    talk, _ = bound()
    talk._sequence = LAST_SEQUENCE - 1

    talk.give([Asked(), Asked()])

    assert [sequence for _, _, sequence, _ in read(bytes(talk.out))] == [LAST_SEQUENCE, 1]


def test_it_asks_whether_the_provider_lives_and_says_goodbye() -> None:
    talk, _ = bound()

    talk.enquire()
    waits = talk.waits
    talk.take(pdu(ANSWER | Command.ENQUIRE_LINK, 2))
    talk.unbind()
    talk.take(pdu(ANSWER | Command.UNBIND, 3))

    assert [command for command, *_ in read(bytes(talk.out))] == [Command.ENQUIRE_LINK, Command.UNBIND]
    assert (waits, talk.waits, talk.over) == (True, False, True)


# ---------------------------------------------------------------- what we hear


@given(st.data())
def test_it_hears_the_same_however_the_bytes_are_cut(data: st.DataObject) -> None:
    talk, submits = bound(given=3)
    stream = (
        pdu(SUBMITTED, 3, body=b"id-b\0")
        + pdu(Command.DELIVER_SM, 900, body=b"words")
        + pdu(SUBMITTED, 2, Status.THROTTLED)
        + pdu(Command.ENQUIRE_LINK, 901)
        + pdu(SUBMITTED, 4, body=b"id-c\0")
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))

    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        talk.take(stream[start:end])

    assert [(submits.index(v.submit), v.status, v.message_id) for v in talk.verdicts] == [  # type: ignore[arg-type]
        (1, 0, "id-b"), (0, 0x58, ""), (2, 0, "id-c"),
    ]  # fmt: skip
    assert talk.heard == [Heard(900, Command.DELIVER_SM, b"words")]
    assert read(bytes(talk.out)) == [(ANSWER | Command.ENQUIRE_LINK, 0, 901, b"")]
    assert talk.flying == 0


@pytest.mark.parametrize(
    ("body", "message_id"),
    [(b"abc\0", "abc"), (b"abc", "abc"), (b"", ""), (b"\0", ""), (b"abc\0rest", "abc"), (b"\xff\0", "\ufffd")],
)
def test_a_message_id_is_read_with_or_without_its_end(body: bytes, message_id: str) -> None:
    talk, _ = bound(given=1)

    talk.take(pdu(SUBMITTED, 2, body=body))

    assert talk.verdicts[0].message_id == message_id


def test_what_is_delivered_is_answered_when_somebody_says_so() -> None:
    talk, _ = bound()
    talk.take(pdu(Command.DELIVER_SM, 7, body=b"x") + pdu(Command.DATA_SM, 8, body=b"y"))
    silent = bytes(talk.out)

    talk.answer(talk.heard[:1])
    talk.answer(talk.heard[1:], Status.NOT_NOW)

    assert silent == b""
    assert read(bytes(talk.out)) == [
        (ANSWER | Command.DELIVER_SM, 0, 7, b"\0"),
        (ANSWER | Command.DATA_SM, Status.NOT_NOW, 8, b"\0"),
    ]


def test_what_comes_before_the_bind_is_refused() -> None:
    talk = Conversation(Terms("hueandcry"), "transceiver")
    talk.sent(len(talk.out))

    talk.take(pdu(Command.DELIVER_SM, 7, body=b"x"))

    assert talk.heard == []
    assert read(bytes(talk.out))[0][:3] == (ANSWER | Command.DELIVER_SM, Status.WRONG_STATE, 7)


def test_the_providers_goodbye_is_answered() -> None:
    talk, _ = bound()

    talk.take(pdu(Command.UNBIND, 5))

    assert talk.over
    assert read(bytes(talk.out)) == [(ANSWER | Command.UNBIND, 0, 5, b"")]


def test_what_nobody_knows_is_refused_and_what_needs_no_answer_gets_none() -> None:
    talk, _ = bound()

    talk.take(pdu(0x777, 5) + pdu(Command.ALERT_NOTIFICATION, 6) + pdu(Command.OUTBIND, 7))

    assert read(bytes(talk.out)) == [(Command.GENERIC_NACK, Status.UNKNOWN_COMMAND, 5, b"")]


# ---------------------------------------------------------------- binds


@pytest.mark.parametrize("status", sorted(REFUSED_BINDS))
def test_a_refused_bind_says_what_to_look_at(status: int) -> None:
    talk = Conversation(Terms("hueandcry"), "transceiver")

    with pytest.raises(Trouble) as trouble:
        talk.take(pdu(ANSWER | Command.BIND_TRANSCEIVER, 1, status))

    assert str(trouble.value) == f"The provider {REFUSED_BINDS[status][0]} (0x{status:02X})."
    assert trouble.value.lasting == REFUSED_BINDS[status][1]
    assert trouble.value.full == (status == 5)
    assert not talk.bound


def test_a_bind_may_be_refused_by_a_status_or_a_word_that_nobody_knows() -> None:
    talk = Conversation(Terms("hueandcry"), "transceiver")

    with pytest.raises(Trouble, match="set SMPP_MODE to pair"):
        talk.take(pdu(Command.GENERIC_NACK, 1, Status.UNKNOWN_COMMAND))

    assert str(refusal_of(0x4FF)) == "The provider does not take us in, with a status that we do not know (0x4FF)."


# ---------------------------------------------------------------- nonsense


@pytest.mark.parametrize("length", [0, 4, 15, LONGEST_PDU + 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wrong_length_ends_it_at_once(length: int) -> None:
    talk, submits = bound(given=1)

    with pytest.raises(Trouble, match="what is not SMPP"):
        talk.take(struct.pack(">IIII", length, SUBMITTED, 0, 2))

    assert read(bytes(talk.out)) == [(Command.GENERIC_NACK, Status.INVALID_LENGTH, 2, b"")]
    assert talk.lost() == (submits, [])


def test_an_answer_comes_once_and_to_what_was_asked() -> None:
    talk, _ = bound(given=1)

    talk.take(pdu(SUBMITTED, 2, body=b"id\0") * 2 + pdu(SUBMITTED, 99) + pdu(ANSWER | Command.ENQUIRE_LINK, 98))

    assert len(talk.verdicts) == 1
    assert talk.strays == 3


def test_another_kind_of_answer_is_none() -> None:
    talk, submits = bound(given=1)

    talk.take(pdu(ANSWER | Command.ENQUIRE_LINK, 2))

    assert (talk.verdicts, talk.flying) == ([], 1)
    assert talk.oldest is submits[0]


def test_nothing_but_strays_ends_it() -> None:
    talk, _ = bound()

    with pytest.raises(Trouble, match="answers what was not asked"):
        talk.take(pdu(SUBMITTED, 77) * MOST_STRAYS)


def test_a_nack_answers_what_was_submitted_or_ends_it() -> None:
    talk, submits = bound(given=1)

    talk.take(pdu(Command.GENERIC_NACK, 2, Status.INVALID_LENGTH))
    with pytest.raises(Trouble, match="cannot read what we say"):
        talk.take(pdu(Command.GENERIC_NACK, 0, Status.INVALID_LENGTH))

    assert talk.verdicts == [(submits[0], Status.INVALID_LENGTH, "")]


def test_only_what_left_us_whole_was_perhaps_taken() -> None:
    talk, _ = bound()
    first, second, third = Asked(), Asked(), Asked()
    talk.give([first, second, third])

    talk.sent(len(talk.out) // 3 + 1)

    assert talk.lost() == ([first], [second, third])


def test_what_is_given_up_is_a_stray_when_it_comes() -> None:
    talk, (submit,) = bound(given=1)

    talk.forget(submit)
    talk.take(pdu(SUBMITTED, 2, body=b"id\0"))

    assert (talk.verdicts, talk.strays, talk.flying) == ([], 1, 0)


@given(st.binary(max_size=400))
def test_garbage_raises_nothing_but_trouble(data: bytes) -> None:
    talk, _ = bound(given=2)

    try:
        talk.take(data)
        talk.take(data)
    except Trouble:
        pass

    assert talk.flying + len(talk.verdicts) == 2


@given(st.binary(max_size=120), st.sampled_from([Command.DELIVER_SM, Command.DATA_SM]))
def test_a_delivery_of_garbage_is_read_or_said_to_be_malformed(body: bytes, command: Command) -> None:
    try:
        said = read_delivered(Heard(1, command, body))
    except MalformedError:
        return

    assert len(said.octets) <= len(body)


def test_a_parameter_that_is_cut_off_is_left_out() -> None:
    body = bytes.fromhex("0001013434370001013630373737000000000000000000000161") + bytes.fromhex("001e0003616200 0427")

    said = read_delivered(Heard(1, Command.DELIVER_SM, body))

    assert (said.source, said.octets, said.parameters) == ("447", b"a", {Tag.RECEIPTED_MESSAGE_ID: b"ab\0"})


# ---------------------------------------------------------------- published PDUs

# What the published tests say of each, and what our tests read there themselves.
PUBLISHED = {
    "test_deliver_sm_unknown_param_network_error_code": {0x001E: b"6a3ed98a66444e8abac3acd9bba8656f\0", 0x0423: b"000"},
    "test_any_network_type": {0x000E: b"\x01", 0x0006: b"\x01", 0x0424: b"Hi fikry"},
    "test_any_network_error_code": {0x0423: b"\x03\0\0", 0x0427: b"\x02"},
    "test_deliver_sm_with_message_payload": {0x001E: b"6aad5\0"},
    "test_unknown_tag_value_0x1454": {0x1454: b"\0\0\0\x01"},
    "test_unknown_tag_value_0x60D": {0x001E: b"4D19C83C\0", 0x060D: b"127001\0"},
    "test_unknown_tag_value_0x2B": {0x0202: b"+989347690000"},
    "test_deliver_sm_resp_unknown_error": {0x001E: b"18d0e03a\0"},
    "test_deliver_sm_resp_opt_param_not_allow_more_messages_to_send": {0x001E: b"18d0e03a\0", 0x0426: b"\x01"},
}
BIND_ANSWERS = {"test_invalid_command_length": False, "test_invalid_option_vendor_specific_bypass": True}
SUBMIT_ANSWERS = {"test_invalid_command_length_2": 0x0A, "test_unknown_command_status_34": 0x22}
# A submit_sm is nothing that a provider says to us.
NOT_FOR_US = {"test_unknown_tag_value_38636", "test_smpp_drop_on_unknown_char"}
NO_SMPP = {"test_operations_0"}


@pytest.mark.county
def test_each_published_pdu_is_read_as_published() -> None:
    cases = json.loads(shared_file("sms-encoding/smpp34_pdus.json").read_text(encoding="utf-8"))

    for case in cases:
        name, data = case["case"], bytes.fromhex(case["hex"])
        if name in PUBLISHED:
            talk, _ = bound()
            talk.take(data)
            (heard,) = talk.heard
            assert read_delivered(heard).parameters.items() >= PUBLISHED[name].items(), name
        elif name in BIND_ANSWERS:
            talk = Conversation(Terms("hueandcry"), "transceiver")
            if BIND_ANSWERS[name]:
                talk.take(data)
                assert talk.bound
            else:
                with pytest.raises(Trouble, match="SMPP_SYSTEM_TYPE"):
                    talk.take(data)
        elif name in SUBMIT_ANSWERS:
            talk, _ = bound(given=1)
            talk.take(data)
            assert [verdict.status for verdict in talk.verdicts] == [SUBMIT_ANSWERS[name]], name
        elif name in NOT_FOR_US:
            talk, _ = bound()
            talk.take(data)
            assert read(bytes(talk.out))[0][:2] == (Command.GENERIC_NACK, Status.UNKNOWN_COMMAND), name
        else:
            assert name in NO_SMPP
            talk, _ = bound()
            with pytest.raises(Trouble, match="what is not SMPP"):
                talk.take(data)
    assert len(cases) == 16
