"""A message as submit_sm: sender, number, alphabet, parts, times; what is the same for many is written once."""

import datetime as dt
import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hueandcry.gateways.contract import Fate, Handover, Outgoing
from hueandcry.gateways.sms.smpp_text import (
    MOST_PARTS,
    NOBODY,
    UDH_INDICATOR,
    Alphabet,
    Encoded,
    Ids,
    encode,
    for_so_long,
    header,
    number_of,
    sar,
    sender_of,
)
from hueandcry.gateways.sms.smpp_wire import Tag, parameter
from hueandcry.kit import clock, phone

# The most that fits in two octets.
MOST_REFERENCE: Final = 0xFFFF


class Frill(StrEnum):
    """What a text can do without, where a provider does not take it."""

    PRIORITY = "priority"
    VALIDITY = "validity"
    PARAMETERS = "parameters"


class Long(StrEnum):
    """How a text of several parts goes: with a header in each, with parameters, or whole in one parameter."""

    UDH = "udh"
    SAR = "sar"
    PAYLOAD = "payload"


@dataclass(frozen=True)
class Style:
    """How we write texts to this provider.

    Attributes:
        sender: the number, short code or name that texts come from; empty: the organisation's own name.
    """

    sender: str = ""
    alphabet: str = Alphabet.GSM
    long: str = Long.UDH
    ids: str = Ids.SAME


_FIGURES: Final = re.compile(r"\+?[0-9]+")


def plain_number(text: str) -> str:
    """Return a number as the network writes it, however it stands in the settings; a name or short code as it is."""
    squeezed = text.replace(" ", "")
    if not _FIGURES.fullmatch(squeezed):
        return text
    try:
        return phone.normalise(squeezed)
    except phone.PhoneError:
        return squeezed


class Writer:
    """Writes texts as submit_sm; what is the same for many is written once."""

    def __init__(self, style: Style, without: frozenset[str]) -> None:
        self._style, self._without = style, without
        self._now = clock.now()
        self._heads: dict[str, bytes] = {}
        self._middles: dict[tuple[int, bool, dt.datetime | None, int], bytes] = {}
        self._plain = Frill.PARAMETERS in without
        self._wholes: dict[str, int] = {}

    def parts_of(self, reference: str) -> int:
        """Return how many parts a text is billed as, which the provider cuts itself when it goes whole."""
        return self._wholes.get(reference, 1)

    def write(self, message: Outgoing) -> list[bytes] | Handover:
        """Return the bodies of a text's submit_sm, or why it cannot go."""
        number = number_of(message.address)
        if number is None:
            return Handover(message.reference, Fate.BOUNCED, detail="This is no telephone number.")
        if message.until is not None and message.until <= self._now:
            return Handover(message.reference, Fate.EXPIRED, detail="It is too late for it.")
        if not message.body or message.body.isspace():
            return Handover(message.reference, Fate.FAILED, detail="There is nothing to say.")
        encoded = encode(message.body, self._style.alphabet)
        many = len(encoded.parts)
        if many > MOST_PARTS:
            return Handover(message.reference, Fate.FAILED, detail=f"A text has {MOST_PARTS} parts at most.")
        head = self._head(message.sender) + number.octets
        if many == 1:
            return [self._body(head, message, encoded.data_coding, encoded.parts[0])]
        return self._several(head, message, encoded)

    def _several(self, head: bytes, message: Outgoing, encoded: Encoded) -> list[bytes]:
        coding, parts = encoded
        # The same each time it is sent: a phone that has some of it already puts the rest to it.
        reference = zlib.crc32(message.reference.encode())
        total = len(parts)
        if self._style.long == Long.PAYLOAD:
            self._wholes[message.reference] = total
            payload = parameter(Tag.MESSAGE_PAYLOAD, b"".join(parts))
            return [self._body(head, message, coding, b"", more=payload)]
        if self._style.long == Long.SAR:
            return [
                self._body(head, message, coding, part, more=sar(reference & MOST_REFERENCE, total, number))
                for number, part in enumerate(parts, 1)
            ]
        return [
            self._body(head, message, coding, header(reference, total, number) + part, esm_class=UDH_INDICATOR)
            for number, part in enumerate(parts, 1)
        ]

    def _body(
        self, head: bytes, message: Outgoing, coding: int, octets: bytes, *, esm_class: int = 0, more: bytes = b""
    ) -> bytes:
        middle = self._middles.get((esm_class, message.urgent, message.until, coding))
        if middle is None:
            middle = self._middle(message, esm_class, coding)
        tail = b"" if self._plain else _reference(message.reference)
        return b"".join((head, middle, bytes((len(octets),)), octets, more, tail))

    def _middle(self, message: Outgoing, esm_class: int, coding: int) -> bytes:
        """Write what is the same for all texts of a kind."""
        urgent = message.urgent and Frill.PRIORITY not in self._without
        # No schedule; a receipt is asked for (1); nothing is replaced; no message of the provider's own.
        middle = bytes([esm_class, 0, urgent, 0]) + self._time(message.until) + bytes([1, 0, coding, 0])
        self._middles[esm_class, message.urgent, message.until, coding] = middle
        return middle

    def _head(self, name: str) -> bytes:
        head = self._heads.get(name)
        if head is None:
            sender = sender_of(plain_number(self._style.sender)) if self._style.sender else sender_of(name)
            self._heads[name] = head = b"\0" + (sender or NOBODY).octets
        return head

    def _time(self, until: dt.datetime | None) -> bytes:
        return b"\0" if until is None or Frill.VALIDITY in self._without else for_so_long(until - self._now) + b"\0"


def _reference(reference: str) -> bytes:
    """Return our reference as far as two octets hold it: the number of the delivery, or a sum of its letters."""
    number = reference.rpartition("-")[2]
    short = int(number) if number.isascii() and number.isdigit() else zlib.crc32(reference.encode())
    return _SHORT_REFERENCE + (short & MOST_REFERENCE).to_bytes(2)


_SHORT_REFERENCE: Final = parameter(Tag.USER_MESSAGE_REFERENCE, b"\0\0")[:-2]
