"""Texts by SMPP, against a provider that behaves as badly as it can: nothing lost, nothing hangs, all of it said."""

import datetime as dt
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import DataError, OperationalError, connection

from hueandcry.gateways.contract import Fate, GatewayError, Handover, Incoming, Outgoing, Receipt
from hueandcry.gateways.sms import smpp_board, smpp_clerk, smpp_kept, smpp_lines
from hueandcry.gateways.sms.smpp import PERHAPS, SmppText
from hueandcry.gateways.sms.smpp_form import Style
from hueandcry.gateways.sms.smpp_kept import Row, Store
from hueandcry.gateways.sms.smpp_lines import Account, Line
from hueandcry.gateways.sms.smpp_wire import Terms, Trouble
from tests.gateways.peers.scripted import Talk, scripted
from tests.gateways.peers.smpp_scripted import (
    ANSWER,
    DELIVER,
    ENQUIRE,
    NACK,
    SUBMIT,
    UNBIND,
    Pdu,
    answer,
    bind,
    decent,
    hear,
    receipt_of,
    say,
    submit,
    text_from,
    written,
)
from tests.gateways.test_smpp import kept, until, wiped

pytestmark = pytest.mark.django_db

__all__ = ["kept"]
# What takes longer hangs: these wait for time limits of a second or two, on a machine that has more to do.
LONGEST = 100.0
# A time limit for whoever is silent, which is waited for; all others answer at once, however late they get their turn.
SHORT, LONG = 1.5, 20.0


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_left(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield
    with django_db_blocker.unblock():
        wiped()


@pytest.fixture(autouse=True)
def _time_goes_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("LOOK_AFTER", 0.03), ("IDLE_LOOK", 0.05), ("FIRST_RETRY", 0.3)):
        monkeypatch.setattr(smpp_board, name, seconds)
    monkeypatch.setattr(smpp_lines, "PARTING", 0.2)
    monkeypatch.setattr(smpp_kept, "HOLD", dt.timedelta(seconds=0.2))


@pytest.fixture(autouse=True)
def _nothing_hangs_and_nothing_is_given_away(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    began = time.monotonic()
    with caplog.at_level("DEBUG", logger="hueandcry"):
        yield
    assert time.monotonic() - began < LONGEST
    assert "7700" not in caplog.text
    assert "van" not in caplog.text
    assert "secret" not in caplog.text


def outgoing(number: int = 101, **words: Any) -> Outgoing:
    """Return a message to one member."""
    return Outgoing(**{
        "reference": f"K7M2PQ-{number}",
        "address": f"+447700900{number}",
        "body": "A white van was seen.",
        **words,
    })  # fmt: skip


@contextmanager
def gateway_to(script: Callable[[Talk], object], **words: Any) -> Iterator[SmppText]:
    """Return a gateway to a server that follows a script."""
    long = words.pop("long", "udh")
    with scripted(script) as port:
        account = Account(**{
            "host": "127.0.0.1",
            "port": port,
            "terms": Terms("hueandcry", "secret"),
            "tls": "none",
            "binds": 1,
            "window": 10,
            "answer": LONG,
            "batch": 2 * LONG,
            **words,
        })  # fmt: skip
        made = SmppText(account, Style(sender="60777", long=long))
        try:
            yield made
        finally:
            made.close()


def said_of(script: Callable[[Talk], object], messages: Sequence[Outgoing], **words: Any) -> dict[str, Handover]:
    """Send messages; return what the gateway said of each."""
    with gateway_to(script, **words) as gateway:
        said = list(gateway.send(messages))
    assert len({handover.reference for handover in said}) == len(said)
    return {handover.reference[-3:]: handover for handover in said}


def trouble_of(script: Callable[[Talk], object], messages: Sequence[Outgoing], **words: Any) -> tuple[str, list[str]]:
    """Send messages to a provider that cannot be spoken to; return what the gateway said, and what was perhaps sent."""
    said: list[Handover] = []
    with gateway_to(script, **words) as gateway, pytest.raises(GatewayError) as refusal:
        said.extend(gateway.send(messages))
    # What came before the refusal stands.
    assert all(handover.perhaps or handover.fate == Fate.ACCEPTED for handover in said)
    return str(refusal.value), [handover.reference for handover in said if handover.perhaps]


# ---------------------------------------------------------------- before the first text


def silence(talk: Talk) -> None:
    """Hear all, say nothing."""
    while hear(talk) is not None:
        pass


def garbage(talk: Talk) -> None:
    """Say what is not SMPP."""
    talk.raw(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>")
    silence(talk)


def close(talk: Talk) -> None:
    """Hear the bind, and go."""
    hear(talk)


def half(talk: Talk) -> None:
    """Say half a PDU, and go."""
    hear(talk)
    talk.raw(written(ANSWER | 9, 1, 0, b"peer\0")[:10])


def nack(talk: Talk) -> None:
    """Not know the word."""
    pdu = hear(talk)
    say(talk, NACK, pdu.sequence if pdu else 0, 3)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (silence, f"says nothing for {SHORT} seconds"),
        (garbage, "sends what is not SMPP"),
        (close, "closed the connection"),
        (half, "closed the connection"),
        (nack, "set SMPP_MODE to pair"),
    ],
)
def test_a_provider_that_takes_nobody_in_is_said_and_nothing_goes(
    script: Callable[[Talk], object], sentence: str
) -> None:
    said, named = trouble_of(
        script, [outgoing(number) for number in range(100, 110)], answer=SHORT if script is silence else LONG
    )

    assert sentence in said
    assert named == []


@pytest.mark.parametrize("status", [0x05, 0x08, 0x0D, 0x0E, 0x0F, 0x14, 0x53, 0x58, 0x4FF])
def test_each_refusal_of_a_bind_is_said(status: int) -> None:
    said, named = trouble_of(lambda talk: bind(talk, status), [outgoing()])

    assert said.startswith("The provider ")
    assert f"(0x{status:02X})" in said
    assert named == []


def test_a_provider_without_tls_is_said_to_whoever_wants_it() -> None:
    said, _ = trouble_of(garbage, [outgoing()], tls="tls")

    assert "cannot agree on encryption: look at SMPP_TLS" in said


def test_whoever_asks_again_soon_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_board, "FIRST_RETRY", LONGEST)
    connections = itertools.count()
    lock = threading.Lock()
    seen: list[int] = []

    def script(talk: Talk) -> None:
        with lock:
            seen.append(next(connections))
        close(talk)

    with gateway_to(script) as gateway:
        for _ in range(20):
            with pytest.raises(GatewayError):
                list(gateway.send([outgoing()]))

    assert len(seen) <= 4


# ---------------------------------------------------------------- answers to texts


@pytest.mark.parametrize("length", [0, 4, 0xFFFFFFFF])
def test_an_answer_of_a_wrong_length_ends_the_connection_and_the_text_was_perhaps_sent(length: int) -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        submit(talk)
        talk.raw(length.to_bytes(4) + bytes(12))
        silence(talk)

    said, named = trouble_of(script, [outgoing(number) for number in range(100, 110)])

    # One for each connection: the next goes only when one was answered.
    assert said == "The provider sends what is not SMPP."
    assert len(named) == 2


def test_garbage_instead_of_answers_costs_one_text_for_each_connection() -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        submit(talk)
        talk.raw(bytes(range(256)) * 20)
        silence(talk)

    # Read as the length of an answer it is a long one, of which the rest never comes.
    _, named = trouble_of(script, [outgoing(number) for number in range(100, 150)], answer=SHORT)

    assert len(named) <= smpp_board.MOST_BREAKS


def test_half_an_answer_is_none() -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        if talk.number == 0:
            pdu = submit(talk)
            assert pdu is not None
            talk.raw(written(ANSWER | SUBMIT, pdu.sequence, 0, b"id\0")[:-1])
            return
        decent(talk)

    said = said_of(script, [outgoing(number) for number in range(101, 105)])

    assert said["101"] == Handover("K7M2PQ-101", Fate.UNKNOWN, detail=PERHAPS, try_again=True, perhaps=True)
    assert [said[key].fate for key in ("102", "103", "104")] == [Fate.ACCEPTED] * 3


@pytest.mark.parametrize("shift", [1000, -1, 0x7FFFFFFF], ids=["of nobody", "of one before", "beyond what is allowed"])
def test_answers_under_wrong_numbers_answer_nothing(shift: int) -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        while (pdu := submit(talk)) is not None:
            say(talk, ANSWER | SUBMIT, (pdu.sequence + shift) & 0xFFFFFFFF, 0, b"id\0")

    said = said_of(script, [outgoing()], answer=SHORT)

    assert (said["101"].fate, said["101"].perhaps) == (Fate.UNKNOWN, True)


def test_doubled_answers_and_answers_to_nothing_change_nothing() -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        while (pdu := hear(talk)) is not None:
            answer(talk, pdu)
            answer(talk, pdu)
            say(talk, ANSWER | SUBMIT, 0x1234567, 0x0B)

    said = said_of(script, [outgoing(number) for number in range(100, 140)])

    assert {handover.fate for handover in said.values()} == {Fate.ACCEPTED}
    assert len({handover.provider_ref for handover in said.values()}) == 40


def test_answers_may_come_in_any_order() -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        answer(talk, submit(talk) or Pdu(0, 0, 0, b""))
        while (first := submit(talk)) is not None:
            second = submit(talk)
            if second is not None:
                answer(talk, second)
            answer(talk, first)

    said = said_of(script, [outgoing(number) for number in range(101, 104)])

    assert {handover.fate for handover in said.values()} == {Fate.ACCEPTED}


def test_what_is_never_answered_was_perhaps_sent_and_the_rest_goes_on() -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        while (pdu := submit(talk)) is not None:
            if b"447700900105" not in pdu.body:
                answer(talk, pdu)
            say(talk, ENQUIRE, 5)

    messages = [outgoing(number) for number in range(101, 131)]
    with gateway_to(script, answer=2 * SHORT) as gateway:
        first = {handover.reference[-3:]: handover for handover in gateway.send(messages)}
        second = list(gateway.send([outgoing(200)]))

    assert [key for key, handover in first.items() if handover.perhaps] == ["105"]
    assert len([handover for handover in first.values() if handover.fate == Fate.ACCEPTED]) == 29
    assert second[0].fate == Fate.ACCEPTED


def test_a_provider_that_answers_nothing_gets_one_text_for_each_time_limit() -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        while (pdu := hear(talk)) is not None:
            if pdu.command != SUBMIT:
                answer(talk, pdu)

    said, named = trouble_of(script, [outgoing(number) for number in range(100, 150)], answer=SHORT)

    assert f"says nothing for {SHORT} seconds" in said
    assert len(named) == smpp_board.MOST_BREAKS


def test_a_window_cut_in_the_middle_loses_nothing_and_sends_nothing_twice() -> None:
    taken: list[bytes] = []

    def script(talk: Talk) -> None:
        bind(talk)
        if talk.number:
            decent(talk, lambda pdu: taken.append(pdu.body) if pdu.command == SUBMIT else None)
            return
        for _ in range(14):
            pdu = submit(talk)
            assert pdu is not None
            taken.append(pdu.body)
            answer(talk, pdu)
        taken.extend((submit(talk) or Pdu(0, 0, 0, b"")).body for _ in range(3))

    messages = [outgoing(number) for number in range(100, 140)]
    said = said_of(script, messages)

    perhaps = {key for key, handover in said.items() if handover.perhaps}
    assert len(said) == 40
    assert 3 <= len(perhaps) <= 10
    assert all(handover.perhaps or handover.fate == Fate.ACCEPTED for handover in said.values())
    assert len(taken) == len(set(taken)) <= 40


def test_what_never_left_us_goes_by_another_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    first: list[Line] = []
    write = Line.write

    def write_until_the_network_is_full(self: Line) -> None:
        if not first:
            first.append(self)
        if self is not first[0] or len(taken) < 5:
            write(self)

    def script(talk: Talk) -> None:
        bind(talk)
        if talk.number:
            decent(talk, lambda pdu: taken.append(pdu.body) if pdu.command == SUBMIT else None)
            return
        for _ in range(5):
            pdu = submit(talk)
            assert pdu is not None
            taken.append(pdu.body)
            answer(talk, pdu)
        time.sleep(0.1)

    taken: list[bytes] = []
    monkeypatch.setattr(Line, "write", write_until_the_network_is_full)
    said = said_of(script, [outgoing(number) for number in range(100, 130)])

    perhaps = [handover for handover in said.values() if handover.perhaps]
    assert len(said) == 30
    assert len(perhaps) <= 5
    assert all(handover.perhaps or handover.fate == Fate.ACCEPTED for handover in said.values())
    assert len(taken) == len(set(taken)) == 30 - len(perhaps)


def test_a_provider_that_reads_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_lines, "MOST_UNREAD", 100_000)

    with scripted(lambda _: time.sleep(0.1)) as port:
        account = Account("127.0.0.1", port, Terms("hueandcry"), tls="none")
        line = Line(account, 0, "transceiver", (socket.AF_INET, ("127.0.0.1", port)))
        line.wait(line.due)
        # Far more than a connection holds between two machines.
        line.talk.out += bytes(20_000_000)
        with pytest.raises(Trouble, match="does not read what we say"):
            line.write()
        line.close()


def test_a_provider_that_breaks_off_again_and_again_is_left_alone() -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        for _ in range(2):
            answer(talk, submit(talk) or Pdu(0, 0, 0, b""))
        submit(talk)

    said, named = trouble_of(script, [outgoing(number) for number in range(100, 200)])

    assert "connection" in said
    assert len(named) <= 4 * 4


def test_a_provider_that_says_goodbye_may_answer_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_lines, "PARTING", SHORT)

    def script(talk: Talk) -> None:
        bind(talk)
        if talk.number:
            decent(talk)
            return
        answer(talk, submit(talk) or Pdu(0, 0, 0, b""))
        last = submit(talk)
        say(talk, UNBIND, 77)
        assert last is not None
        answer(talk, last)
        silence(talk)

    said = said_of(script, [outgoing(number) for number in range(101, 104)])

    assert said["101"].fate == said["102"].fate == Fate.ACCEPTED
    assert all(handover.fate == Fate.ACCEPTED or handover.perhaps for handover in said.values())


def test_one_byte_now_and_then_is_no_answer() -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        pdu = submit(talk)
        for byte in written(ANSWER | SUBMIT, pdu.sequence if pdu else 0, 0, b"id\0"):
            talk.raw(bytes([byte]))
            time.sleep(SHORT / 4)

    _, named = trouble_of(script, [outgoing(number) for number in range(100, 110)], answer=SHORT)

    assert len(named) == smpp_board.MOST_BREAKS


def test_who_asks_us_for_life_all_the_time_and_answers_nothing_is_not_waited_for_longer() -> None:
    heard_out: list[int] = []

    def script(talk: Talk) -> None:
        bind(talk)
        for number in range(400):
            say(talk, ENQUIRE, number + 1)
            time.sleep(0.05)
        heard_out.append(talk.number)

    # By far the longest would be to hear it out.
    said = said_of(script, [outgoing(number) for number in range(101, 104)], answer=SHORT, batch=1.5 * SHORT)

    assert not heard_out
    assert said["101"].perhaps
    assert {(handover.try_again, handover.fate) for handover in said.values()} == {(True, Fate.UNKNOWN)}


def test_a_nack_is_an_answer() -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        while (pdu := submit(talk)) is not None:
            say(talk, NACK, pdu.sequence, 0x03)

    said = said_of(script, [outgoing(101), outgoing(102)])

    assert {(handover.fate, handover.try_again, handover.perhaps) for handover in said.values()} == {
        (Fate.UNKNOWN, True, False)
    }


def test_a_provider_that_throttles_for_ever_is_asked_less_and_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_board, "FIRST_PAUSE", 0.1)
    tried: list[float] = []

    def script(talk: Talk) -> None:
        bind(talk)
        while (pdu := submit(talk)) is not None:
            tried.append(time.monotonic())
            say(talk, ANSWER | SUBMIT, pdu.sequence, 0x58)

    with gateway_to(script) as gateway:
        waits: list[float] = []
        while len(waits) < 3:
            (said,) = gateway.send([outgoing()])
            assert (said.fate, said.try_again, said.perhaps) == (Fate.UNKNOWN, True, False)
            assert said.wait_s is not None
            waits.append(said.wait_s)
            time.sleep(said.wait_s)

    assert waits == [0.1, 0.2, 0.4]
    assert len(tried) == 3


def test_half_a_text_that_is_throttled_for_ever_was_perhaps_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_board, "FIRST_PAUSE", 0.1)

    def script(talk: Talk) -> None:
        bind(talk)
        answer(talk, submit(talk) or Pdu(0, 0, 0, b""))
        while (pdu := submit(talk)) is not None:
            say(talk, ANSWER | SUBMIT, pdu.sequence, 0x58)

    said = said_of(script, [outgoing(body="A white van. " * 20)], answer=SHORT, batch=2 * SHORT)

    assert (said["101"].fate, said["101"].perhaps) == (Fate.UNKNOWN, True)


def test_a_connection_that_says_nothing_is_noticed_and_made_again() -> None:
    connections: list[int] = []

    def script(talk: Talk) -> None:
        connections.append(talk.number)
        bind(talk)
        if talk.number:
            decent(talk)
        else:
            silence(talk)

    with gateway_to(script, enquire=0.2, answer=SHORT) as gateway:
        gateway.collect()
        until(lambda: len(connections) >= 2)
        (said,) = gateway.send([outgoing()])

    assert said.fate == Fate.ACCEPTED
    assert len(connections) == 2


def test_a_provider_that_takes_us_in_and_closes_is_not_asked_all_the_time() -> None:
    connections: list[int] = []

    def script(talk: Talk) -> None:
        connections.append(talk.number)
        bind(talk)

    began = time.monotonic()
    with gateway_to(script) as gateway:
        gateway.collect()
        assert until(lambda: len(connections) >= 2)
        time.sleep(0.8)
    # Each waits twice as long as the one before it; without that it would be one for each look, thirty a second.
    slower = max(0.0, time.monotonic() - began - 1.5)

    assert len(connections) <= 4 + slower


def test_a_name_that_does_not_exist_is_said() -> None:
    with gateway_to(silence, host="provider.invalid") as gateway:
        trouble = gateway.check()
        with pytest.raises(GatewayError, match=r"no such provider as provider\.invalid"):
            list(gateway.send([outgoing()]))

    assert "provider.invalid" in trouble


def test_an_address_to_which_there_is_no_way_is_said() -> None:
    with gateway_to(silence, host="255.255.255.255") as gateway:
        assert gateway.check().startswith("Nobody answers at 255.255.255.255")
        with pytest.raises(GatewayError, match="Nobody answers"):
            list(gateway.send([outgoing()]))


def test_more_to_send_takes_more_connections_and_lets_them_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_board, "SPARE_FOR", 0.2)
    talks: list[int] = []
    parted: list[int] = []
    all_there = threading.Event()

    def script(talk: Talk) -> None:
        talks.append(talk.number)
        bind(talk)
        if len(talks) == 3:
            all_there.set()
        while (pdu := hear(talk)) is not None:
            # However long it takes to get them, there is still something to send.
            all_there.wait(LONG / 2)
            answer(talk, pdu)
            if pdu.command == UNBIND:
                parted.append(talk.number)

    with gateway_to(script, binds=3) as gateway:
        said = list(gateway.send([outgoing(number) for number in range(100, 300)]))
        used = len(talks)
        until(lambda: len(parted) == used - 1)
        left = used - len(parted)

    assert {handover.fate for handover in said} == {Fate.ACCEPTED}
    assert (used, left) == (3, 1)


def test_connections_that_nobody_uses_end_and_come_again_when_somebody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_board, "HELD_FOR", 1.0)
    talks: list[int] = []

    def script(talk: Talk) -> None:
        talks.append(talk.number)
        decent_from_the_start(talk)

    with gateway_to(script) as gateway:
        list(gateway.send([outgoing()]))
        assert until(lambda: not gateway._board.runs)
        (said,) = gateway.send([outgoing(102)])

    assert said.fate == Fate.ACCEPTED
    assert len(talks) == 2


def test_whoever_is_stopped_in_the_middle_says_how_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_lines, "PARTING", SHORT)
    begun = threading.Event()

    def script(talk: Talk) -> None:
        bind(talk)
        for _ in range(10):
            answer(talk, submit(talk) or Pdu(0, 0, 0, b""))
        begun.set()
        silence(talk)

    said: list[Handover] = []
    with gateway_to(script) as gateway:
        sender = threading.Thread(
            target=lambda: said.extend(gateway.send([outgoing(number) for number in range(100, 200)]))
        )
        sender.start()
        assert begun.wait(60)
        gateway.close()
        sender.join(60)

    fates = [(handover.fate, handover.try_again, handover.perhaps) for handover in said]
    assert len(said) == 100
    assert fates.count((Fate.ACCEPTED, False, False)) == 10
    assert 1 <= fates.count((Fate.UNKNOWN, True, True)) <= 10
    assert fates.count((Fate.UNKNOWN, True, False)) >= 80


def test_a_fault_of_our_own_is_said_and_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object) -> bool:
        raise RuntimeError("a fault")

    with gateway_to(decent_from_the_start) as gateway:
        list(gateway.send([outgoing()]))
        with monkeypatch.context() as broken:
            broken.setattr(smpp_lines.Line, "look", fault)
            with pytest.raises(GatewayError, match="see the log"):
                list(gateway.send([outgoing(102)]))
        (afterwards,) = gateway.send([outgoing(103)])

    assert afterwards.fate == Fate.ACCEPTED


# ---------------------------------------------------------------- what is brought


class Bringer:
    """A script that takes us in, brings these bodies of deliver_sm, and notes what we answer."""

    def __init__(self, *bodies: bytes, cut: bool = False) -> None:
        self.bodies, self.cut = bodies, cut
        self.answers: list[tuple[int, int]] = []
        self.talks: list[Talk] = []

    def __call__(self, talk: Talk) -> None:
        self.talks.append(talk)
        bind(talk)
        for number, body in enumerate(self.bodies, 1):
            say(talk, DELIVER, number, 0, body)
        if self.cut and talk.number == 0:
            return
        decent(talk, self._note)

    def _note(self, pdu: Pdu) -> None:
        if pdu.command == ANSWER | DELIVER:
            self.answers.append((pdu.sequence, pdu.status))


def told(gateway: SmppText, *, many: int) -> tuple[list[Receipt], list[Incoming]]:
    """Collect until so many have come, and a moment longer."""
    receipts: list[Receipt] = []
    texts: list[Incoming] = []

    def enough() -> bool:
        said, came = gateway.collect()
        receipts.extend(said)
        texts.extend(came)
        return len(receipts) + len(texts) >= many

    until(enough)
    enough()
    return receipts, texts


def test_what_cannot_be_read_is_refused_for_good_and_what_comes_with_it_is_kept(kept: None) -> None:
    script = Bringer(b"", b"\xff" * 300, text_from("447700900101", b"A text"), b"\0\x01\x01447")

    with gateway_to(script) as gateway:
        gateway.collect()
        until(lambda: len(script.answers) == 4)
        _, texts = told(gateway, many=1)

    assert sorted(script.answers) == [(1, 0x65), (2, 0x65), (3, 0), (4, 0x65)]
    assert [text.body for text in texts] == ["A text"]


def test_receipts_of_messages_that_nobody_knows_are_told_as_they_are(kept: None) -> None:
    script = Bringer(receipt_of("nobody"), receipt_of("x" * 200), receipt_of("\x01\x02"), receipt_of("nobody"))

    with gateway_to(script) as gateway:
        gateway.collect()
        receipts, texts = told(gateway, many=4)

    assert sorted({receipt.provider_ref for receipt in receipts if len(receipt.provider_ref) < 10}) == [
        "\x01\x02",
        "nobody",
    ]
    assert all(len(receipt.provider_ref) <= 64 for receipt in receipts)
    assert len(receipts) == 4
    assert texts == []


def test_a_receipt_that_comes_before_the_answer_is_told_after_it(kept: None) -> None:
    def script(talk: Talk) -> None:
        bind(talk)
        number = 100
        while (pdu := hear(talk)) is not None:
            if pdu.command == SUBMIT:
                number += 1
                say(talk, DELIVER, number, 0, receipt_of(f"id{pdu.sequence}"))
                time.sleep(0.05)
            answer(talk, pdu)

    with gateway_to(script) as gateway:
        (one,) = gateway.send([outgoing()])
        (long,) = gateway.send([outgoing(102, body="A white van. " * 20)])
        receipts, _ = told(gateway, many=2)

    assert {receipt.provider_ref for receipt in receipts} == {one.provider_ref, long.provider_ref}
    assert {receipt.fate for receipt in receipts} == {Fate.DELIVERED}


def test_a_text_that_is_brought_again_because_our_answer_was_lost_is_told_once(kept: None) -> None:
    script = Bringer(text_from("447700900101", b"White van"), cut=True)

    with gateway_to(script) as gateway:
        gateway.collect()
        until(lambda: script.answers)
        _, texts = told(gateway, many=1)

    assert [text.body for text in texts] == ["White van"]


def test_two_equal_texts_of_one_person_are_two(kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_clerk, "DOUBLE_AFTER", LONGEST)
    script = Bringer(text_from("447700900101", b"1"), text_from("447700900101", b"1"))

    with gateway_to(script) as gateway:
        gateway.collect()
        _, texts = told(gateway, many=2)

    assert [text.body for text in texts] == ["1", "1"]
    assert len({text.provider_ref for text in texts}) == 2


def test_nothing_is_answered_before_it_is_kept(kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_clerk, "LOOK_AFTER", 0.1)
    keep, away = Store.keep, threading.Event()
    away.set()

    def keep_when_there(self: Store, rows: Sequence[Row]) -> None:
        if away.is_set():
            raise OperationalError("the server closed the connection unexpectedly")
        keep(self, rows)

    monkeypatch.setattr(Store, "keep", keep_when_there)
    script = Bringer(text_from("447700900101", b"White van"), receipt_of("7"))

    with gateway_to(script) as gateway:
        gateway.collect()
        time.sleep(0.3)
        answered_too_soon = list(script.answers)
        away.clear()
        until(lambda: len(script.answers) == 2)
        receipts, texts = told(gateway, many=2)

    assert answered_too_soon == []
    assert sorted(script.answers) == [(1, 0), (2, 0)]
    assert (len(receipts), len(texts)) == (1, 1)


def test_a_database_that_goes_away_and_comes_back_loses_nothing(kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_clerk, "LOOK_AFTER", 0.1)
    script = Bringer()

    with gateway_to(script) as gateway:
        (said,) = gateway.send([outgoing()])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        script.talks[0].raw(written(DELIVER, 1, 0, text_from("447700900101", b"White van")))
        _, texts = told(gateway, many=1)
        (afterwards,) = gateway.send([outgoing(102)])
        held = until(held_turns)

    assert said.fate == afterwards.fate == Fate.ACCEPTED
    assert [text.body for text in texts] == ["White van"]
    assert script.answers == [(1, 0)]
    assert held == 1


def test_what_no_table_takes_is_refused_and_holds_up_nothing(kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = Store.keep

    def keep_but_one(self: Store, rows: Sequence[Row]) -> None:
        if any(row.body == "poison" for row in rows):
            raise DataError("no table takes this")
        keep(self, rows)

    monkeypatch.setattr(Store, "keep", keep_but_one)
    script = Bringer(*(text_from("447700900101", words) for words in (b"one", b"poison", b"two")))

    with gateway_to(script) as gateway:
        gateway.collect()
        until(lambda: len(script.answers) == 3)
        _, texts = told(gateway, many=2)

    assert sorted(script.answers) == [(1, 0), (2, 0x65), (3, 0)]
    assert sorted(text.body for text in texts) == ["one", "two"]


def test_parts_that_cannot_be_written_down_went_out_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: Store, parts: object) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(Store, "keep_parts", away)

    said = said_of(decent_from_the_start, [outgoing(body="A white van. " * 20)])

    assert (said["101"].fate, said["101"].parts) == (Fate.ACCEPTED, 2)


def test_more_than_can_wait_is_asked_to_come_again_later(kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_clerk, "LOOK_AFTER", 0.1)
    monkeypatch.setattr(smpp_clerk, "MOST_WAITING", 3)

    def away(self: Store, rows: Sequence[Row]) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    def script(talk: Talk) -> None:
        bind(talk)
        for number in range(1, 6):
            # What comes in one piece is let in together: each comes when the one before it waits.
            wait_for(min(number - 1, 3))
            say(talk, DELIVER, number, 0, receipt_of("7"))
        decent(talk, note)

    def wait_for(many: int) -> None:
        clerk = made[0]._board._clerk
        assert isinstance(clerk, smpp_clerk.DatabaseClerk)
        until(lambda: len(clerk._came) == many)

    def note(pdu: Pdu) -> None:
        if pdu.command == ANSWER | DELIVER:
            answers.append((pdu.sequence, pdu.status))

    answers: list[tuple[int, int]] = []
    made: list[SmppText] = []
    monkeypatch.setattr(Store, "keep", away)
    with gateway_to(script) as gateway:
        made.append(gateway)
        gateway.collect()
        until(lambda: len(answers) == 2)

    assert answers == [(4, 0x64), (5, 0x64)]


# ---------------------------------------------------------------- several workers


def test_two_workers_take_turns_with_the_one_connection_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_clerk, "LOOK_AFTER", 0.1)
    monkeypatch.setattr(smpp_clerk, "TURN", 0.3)
    open_now = 0
    most = 0
    lock = threading.Lock()

    def script(talk: Talk) -> None:
        nonlocal open_now, most
        bind(talk)
        with lock:
            open_now += 1
            most = max(most, open_now)
        try:
            decent(talk)
        finally:
            with lock:
                open_now -= 1

    with ExitStack() as stack:
        first = stack.enter_context(gateway_to(script))
        second = SmppText(first._account, Style(sender="60777"))
        stack.callback(second.close)
        said = [next(iter(gateway.send([outgoing()]))) for gateway in (first, second, first, second)]

    assert [handover.fate for handover in said] == [Fate.ACCEPTED] * 4
    assert most == 1


def test_a_worker_that_stops_leaves_nothing_behind() -> None:
    before = threading.active_count()

    with gateway_to(decent_from_the_start) as gateway:
        list(gateway.send([outgoing()]))
        gateway.close()
        until(lambda: threading.active_count() <= before + 2)
        (again,) = gateway.send([outgoing(102)])

    assert again.fate == Fate.ACCEPTED
    # The server may take a moment to notice that a connection is gone.
    assert until(lambda: held_turns() == 0)


def held_turns() -> int:
    """Return how many connections to providers are somebody's, in this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(cursor.fetchone()[0])


def decent_from_the_start(talk: Talk) -> None:
    """Take us in, and be decent."""
    bind(talk)
    decent(talk)


def test_a_batch_that_its_sender_leaves_is_forgotten() -> None:
    with gateway_to(decent_from_the_start) as gateway:
        sending = gateway.send([outgoing(number) for number in range(100, 200)])
        first = next(iter(sending))
        sending.close()  # type: ignore[attr-defined]
        (after,) = gateway.send([outgoing(201)])

    assert first.fate == after.fate == Fate.ACCEPTED
