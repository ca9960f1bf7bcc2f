"""An SMPP server of our own that does what no decent server does: every connection follows a script, PDU by PDU."""

import struct
from collections.abc import Callable
from typing import NamedTuple

from tests.gateways.peers.scripted import Talk

HEADER = struct.Struct(">IIII")
ANSWER = 0x80000000
SUBMIT, DELIVER, UNBIND, ENQUIRE, BIND, NACK = 4, 5, 6, 0x15, 9, ANSWER


class Pdu(NamedTuple):
    """One PDU as it came."""

    command: int
    status: int
    sequence: int
    body: bytes


def written(command: int, sequence: int, status: int = 0, body: bytes = b"") -> bytes:
    """Return a PDU as it is written."""
    return HEADER.pack(16 + len(body), command, status, sequence) + body


def hear(talk: Talk) -> Pdu | None:
    """Return what the client says next; nothing when it has gone."""
    head = talk.file.read(16)
    if len(head) < 16:
        return None
    length, command, status, sequence = HEADER.unpack(head)
    return Pdu(command, status, sequence, talk.file.read(length - 16))


def say(talk: Talk, command: int, sequence: int, status: int = 0, body: bytes = b"") -> None:
    """Say a PDU."""
    talk.raw(written(command, sequence, status, body))


def bind(talk: Talk, status: int = 0) -> None:
    """Take the client in, or do not."""
    pdu = hear(talk)
    if pdu is not None:
        say(talk, ANSWER | pdu.command, pdu.sequence, status, b"" if status else b"peer\0")


def submit(talk: Talk) -> Pdu | None:
    """Return the next submit_sm; what else comes is answered."""
    while (pdu := hear(talk)) is not None and pdu.command != SUBMIT:
        answer(talk, pdu)
    return pdu


def answer(talk: Talk, pdu: Pdu) -> None:
    """Answer as a decent server does."""
    if not pdu.command & ANSWER:
        body = b"id%d\0" % pdu.sequence if pdu.command == SUBMIT else b""
        say(talk, ANSWER | pdu.command, pdu.sequence, 0, body)


def decent(talk: Talk, heard: Callable[[Pdu], object] | None = None) -> None:
    """Be a decent server until the client goes."""
    while (pdu := hear(talk)) is not None:
        if heard is not None:
            heard(pdu)
        answer(talk, pdu)
        if pdu.command == UNBIND:
            return


def text_from(number: str, words: bytes, *, esm_class: int = 0) -> bytes:
    """Return the body of a deliver_sm."""
    return b"".join([
        b"\0\x01\x01", number.encode(), b"\0\x03\x0060777\0", bytes([esm_class, 0, 0]), b"\0\0", bytes(4),
        bytes([len(words)]), words,
    ])  # fmt: skip


def receipt_of(message_id: str, word: str = "DELIVRD") -> bytes:
    """Return the body of a delivery receipt."""
    return text_from("447700900101", f"id:{message_id} sub:001 dlvrd:001 stat:{word} err:000".encode(), esm_class=4)
