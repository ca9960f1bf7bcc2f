"""Words as SMPP carries them: alphabets, parts, numbering of parts, times, and what a delivery receipt says. Pure."""

import codecs
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from hueandcry.gateways.contract import Fate
from hueandcry.gateways.sms.smpp_wire import Delivered, Tag, parameter
from hueandcry.kit import gsm7

ESCAPE: Final = 0x1B
# GSM 03.38, 6.2.1.1, in the order of gsm7.EXTENSION.
_EXTENSION_CODES: Final = (0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65, 0x0A)
_EXTENSION: Final = {
    sign: code
    for sign, code in zip("^{}\\[~]|€\f", _EXTENSION_CODES, strict=True)
    if sign in gsm7.EXTENSION
}  # fmt: skip
_TO_GSM: Final[dict[int, bytes]] = {
    **{ord(sign): bytes([code]) for code, sign in enumerate(gsm7.BASIC) if code != ESCAPE},
    **{ord(sign): bytes([ESCAPE, code]) for sign, code in _EXTENSION.items()},
}
# Nearly every text is of signs that Latin-1 has too and that take one octet: those are looked up all at once.
_PLAIN: Final = bytes(code for code in range(0x100) if len(_TO_GSM.get(code, b"")) == 1)
_TO_GSM_AT_ONCE: Final = bytes(_TO_GSM[code][0] if code in _PLAIN else 0 for code in range(0x100))
_FROM_EXTENSION: Final = {code: sign for sign, code in _EXTENSION.items()}
_SEVEN_BITS: Final = 0x80
# The first unit of a sign that takes two in UTF-16.
_FIRST_HALVES: Final = range(0xD8, 0xDC)

# One submit_sm carries a numbering of parts in one octet each.
MOST_PARTS: Final = 255
SINGLE, _ = gsm7.ROOM["GSM-7"]


class Coding(IntEnum):
    """The data_coding that we write."""

    DEFAULT = 0x00
    LATIN_1 = 0x03
    UCS2 = 0x08


# How what comes is read (SMPP 3.4, 5.2.19); anything else is no text.
_CODECS: Final[dict[int, str]] = {
    0x01: "latin-1",
    0x03: "latin-1",
    0x05: "shift_jis",
    0x06: "iso8859_5",
    0x07: "iso8859_8",
    0x08: "utf-16-be",
    0x0A: "iso2022_jp",
    0x0D: "shift_jis",
    0x0E: "euc_kr",
    0x18: "utf-16-be",
}
_ASCII: Final = 0x01
_NEVER_IN_ASCII: Final = frozenset(range(0x20)) - frozenset(b"\t\n\r")
_OCTETS: Final = frozenset({0x02, 0x04, 0x09})
# Message classes (GSM 03.38, 4): the third bit says octets.
_CLASSES: Final = range(0xF0, 0x100)
_CLASS_OF_OCTETS: Final = 0x04


class Alphabet(StrEnum):
    """Which alphabet the provider takes for its default one, and what is written under it."""

    GSM = "gsm"
    LATIN_1 = "latin-1"


class Encoded(NamedTuple):
    """A text as it goes out: its alphabet, and the octets of each part."""

    data_coding: int
    parts: tuple[bytes, ...]


def encode(text: str, alphabet: str = Alphabet.GSM) -> Encoded:
    """Return a text in the cheapest alphabet, in as many parts as `gsm7.count` says."""
    if len(text) <= SINGLE:
        try:
            octets = text.encode("latin-1")
        except UnicodeEncodeError:
            return _encode(text, alphabet)
        if not octets.translate(None, _PLAIN):
            if alphabet == Alphabet.LATIN_1:
                return Encoded(Coding.LATIN_1, (octets,))
            return Encoded(Coding.DEFAULT, (octets.translate(_TO_GSM_AT_ONCE),))
    return _encode(text, alphabet)


def _encode(text: str, alphabet: str) -> Encoded:
    """Do the same for any text."""
    try:
        octets, _ = codecs.charmap_encode(text, "strict", _TO_GSM)
    except UnicodeEncodeError:
        return _in_ucs2(text)
    parts = _cut_gsm(octets)
    if alphabet == Alphabet.LATIN_1:
        try:
            return Encoded(Coding.LATIN_1, tuple(_from_gsm(part).encode("latin-1") for part in parts))
        except UnicodeEncodeError:
            return _in_ucs2(text)  # Latin-1 has no euro and no Greek
    return Encoded(Coding.DEFAULT, parts)


def _in_ucs2(text: str) -> Encoded:
    octets = text.encode("utf-16-be", "surrogatepass")
    single, room = (2 * units for units in gsm7.ROOM["UCS-2"])
    return Encoded(Coding.UCS2, (octets,) if len(octets) <= single else tuple(_cut(octets, room, _ends_in_half)))


def _cut_gsm(octets: bytes) -> tuple[bytes, ...]:
    single, room = gsm7.ROOM["GSM-7"]
    return (octets,) if len(octets) <= single else tuple(_cut(octets, room, _ends_in_escape))


def _cut(octets: bytes, room: int, ends_badly: Callable[[bytes], int]) -> Iterator[bytes]:
    """Cut into parts that are as long as may be; a sign of two units never lies across two of them."""
    at = 0
    while at < len(octets):
        part = octets[at : at + room]
        if len(part) == room:
            part = part[: room - ends_badly(part)]
        yield part
        at += len(part)


def _ends_in_escape(part: bytes) -> int:
    """Return how many octets at the end belong to the next part. An escape is never itself the second of a pair."""
    return int(part[-1] == ESCAPE)


def _ends_in_half(part: bytes) -> int:
    return 2 if part[-2] in _FIRST_HALVES else 0


def decode(octets: bytes, data_coding: int, alphabet: str = Alphabet.GSM) -> str:
    """Return what was written; what cannot be read has a mark for each sign."""
    if data_coding in _OCTETS or (data_coding in _CLASSES and data_coding & _CLASS_OF_OCTETS):
        return f"(A message of {len(octets)} octets that is no text.)"
    if data_coding == _ASCII and not _NEVER_IN_ASCII.isdisjoint(octets) and max(octets) < _SEVEN_BITS:
        # Some providers (and the library that many are made with) write GSM's alphabet and call it ASCII.
        return _from_gsm(octets)
    codec = _CODECS.get(data_coding)
    if codec is not None:
        return octets.decode(codec, "replace")
    # Signs beyond seven bits are not GSM's: the provider writes Latin-1 without saying so.
    if alphabet == Alphabet.LATIN_1 or any(octet >= _SEVEN_BITS for octet in octets):
        return octets.decode("latin-1")
    return _from_gsm(octets)


def _from_gsm(octets: bytes) -> str:
    signs: list[str] = []
    escaped = False
    for octet in octets:
        if escaped:
            # An extension that we do not know shows as the sign without it (GSM 03.38, 6.2.1.1).
            signs.append(_FROM_EXTENSION.get(octet, gsm7.BASIC[octet]))
            escaped = False
        elif octet == ESCAPE:
            escaped = True
        else:
            signs.append(gsm7.BASIC[octet])
    return "".join(signs)


# ------------------------------------------------------------ numbering of parts

UDH_INDICATOR: Final = 0x40
_CONCATENATED_8, _CONCATENATED_16 = 0x00, 0x08
_LENGTHS: Final = {_CONCATENATED_8: 3, _CONCATENATED_16: 4}


def header(reference: int, total: int, number: int) -> bytes:
    """Return the user data header of one part of several."""
    return bytes([5, _CONCATENATED_8, 3, reference & 0xFF, total, number])


class Place(NamedTuple):
    """Which part of which text this is."""

    reference: str
    total: int
    number: int


def take_apart(said: Delivered) -> tuple[Place | None, bytes]:
    """Return which part it is, nothing when it is whole, and its octets without a header."""
    octets = said.octets
    if not said.esm_class & UDH_INDICATOR or not octets or octets[0] >= len(octets):
        return _by_parameters(said.parameters), octets
    elements, rest = octets[1 : octets[0] + 1], octets[octets[0] + 1 :]
    while len(elements) >= 2:  # noqa: PLR2004 - its kind and its length
        kind, length = elements[0], elements[1]
        value, elements = elements[2 : 2 + length], elements[2 + length :]
        if _LENGTHS.get(kind) == length == len(value):
            return _place(f"{length}.{value[:-2].hex()}", value[-2], value[-1]), rest
    return None, rest


def _by_parameters(parameters: dict[int, bytes]) -> Place | None:
    numbers = [int.from_bytes(parameters.get(tag, b"")) for tag in (Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_NUMBER)]
    return _place(f"s.{numbers[0]:x}", numbers[1], numbers[2])


def _place(reference: str, total: int, number: int) -> Place | None:
    """Return the place; numbers that cannot be are no numbering."""
    return Place(reference, total, number) if 1 < total <= MOST_PARTS and 1 <= number <= total else None


def sar(reference: int, total: int, number: int) -> bytes:
    """Return the same numbering in optional parameters."""
    return b"".join([
        parameter(Tag.SAR_REFERENCE, reference.to_bytes(2)),
        parameter(Tag.SAR_TOTAL, bytes([total])),
        parameter(Tag.SAR_NUMBER, bytes([number])),
    ])  # fmt: skip


# ------------------------------------------------------------ addresses and times

LONGEST_NAME: Final = 11
LONGEST_SHORT_CODE: Final = 6
_NUMBER: Final = re.compile(r"\+?[1-9][0-9]{6,14}")
_NAME: Final = re.compile(r"[A-Za-z0-9 &_.\-]+")
_SAID_OUTRIGHT: Final = re.compile(r"([0-6]):([0-9]{1,2}):([!-~]{1,20})")


class Address(NamedTuple):
    """A number or name with its type of number and numbering plan (SMPP 3.4, 5.2.5, 5.2.6)."""

    ton: int
    npi: int
    digits: str

    @property
    def octets(self) -> bytes:
        """Return it as it stands in a PDU."""
        return bytes([self.ton, self.npi]) + self.digits.encode("ascii") + b"\0"


NOBODY: Final = Address(0, 0, "")


def number_of(e164: str) -> Address | None:
    """Return a member's number; nothing when it is none."""
    return Address(1, 1, e164.removeprefix("+")) if _NUMBER.fullmatch(e164) else None


def sender_of(text: str) -> Address | None:
    """Return who a text comes from: a long number, a short code or a name; nothing when it is none of these.

    `ton:npi:address` says it outright, for a provider that wants it another way.
    """
    outright = _SAID_OUTRIGHT.fullmatch(text)
    if outright:
        return Address(int(outright[1]), int(outright[2]), outright[3])
    if not text:
        return NOBODY
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_SHORT_CODE:
        return Address(3, 0, text)
    if _NUMBER.fullmatch(text):
        return number_of(text)
    return Address(5, 0, text) if _NAME.fullmatch(text) and len(text) <= LONGEST_NAME else None


def for_so_long(left: dt.timedelta) -> bytes:
    """Return a relative time (SMPP 3.4, 7.1.1): no clocks are compared. Thirty days at most, a minute at least."""
    minutes = min(max(int(left.total_seconds()) // 60, 1), 30 * 24 * 60)
    days, rest = divmod(minutes, 24 * 60)
    return b"0000%02d%02d%02d00000R" % (days, rest // 60, rest % 60)


# ------------------------------------------------------------ delivery receipts

RECEIPT: Final = 0x04
_KINDS: Final = 0x3C
# An acknowledgement by the phone or by its owner, an end of a conversation: nobody asks for these.
_OTHER_KINDS: Final = frozenset({0x08, 0x10, 0x18})
INTERMEDIATE: Final = 0x20

# What a state means, by number (message_state) and by word (the text of a receipt; Appendix B and what vendors make of
# it: a word that begins with one of these is that word).
STATES: dict[int, Fate] = {
    0: Fate.ACCEPTED,  # scheduled
    1: Fate.ACCEPTED,  # on its way
    2: Fate.DELIVERED,
    3: Fate.EXPIRED,
    4: Fate.FAILED,  # deleted
    5: Fate.FAILED,  # undeliverable
    6: Fate.ACCEPTED,
    7: Fate.UNKNOWN,
    8: Fate.FAILED,  # rejected
    9: Fate.FAILED,  # skipped
}
WORDS: dict[str, Fate] = {
    "DELIV": Fate.DELIVERED,
    "EXPIR": Fate.EXPIRED,
    "DELET": Fate.FAILED,
    "UNDEL": Fate.FAILED,
    "NOT_D": Fate.FAILED,
    "ACCEP": Fate.ACCEPTED,
    "ENROU": Fate.ACCEPTED,
    "EN_RO": Fate.ACCEPTED,
    "BUFFE": Fate.ACCEPTED,
    "BUFFR": Fate.ACCEPTED,
    "SCHED": Fate.ACCEPTED,
    "REJEC": Fate.FAILED,
    "FAIL": Fate.FAILED,
    "SKIPP": Fate.FAILED,
    "UNKNO": Fate.UNKNOWN,
}
# GSM's own word (09.02, unknownSubscriber) for a number that nobody has: network type 3, error 1.
NOBODY_THERE: Final = bytes([3, 0, 1])

_ID: Final = re.compile(r"\bid\s*:\s*([^\s\"']+)", re.IGNORECASE)
_STATE: Final = re.compile(r"\bstat(?:us)?\s*:\s*([A-Za-z_]+|\d+)", re.IGNORECASE)
# The form of Appendix B, which nearly all of them have: read all at once, to the same effect as by the three others.
_USUAL: Final = re.compile(
    r"(id:([0-9A-Za-z_.\-]+) sub:[0-9]+ dlvrd:[0-9]+ submit date:[0-9]+ done date:[0-9]+ "
    r"stat:([A-Z]+) err:[0-9A-Za-z]+)(?: [Tt]ext:.*)?",
    re.DOTALL,
)
# The first words of the message itself come last: never read, never kept.
_WORDS_OF_MESSAGE: Final = re.compile(r"\b(?:text|msg)\s*:.*", re.IGNORECASE | re.DOTALL)


class Said(NamedTuple):
    """What a receipt says: of which message, and what became of it.

    `by_parameter` when the message is named by receipted_message_id, as the answer to submit_sm names it.
    """

    message_id: str
    fate: Fate
    by_parameter: bool
    raw: str


def is_receipt(said: Delivered) -> bool:
    """Say whether it is about a message of ours, not from somebody.

    Some providers leave esm_class at 0 and name the message in a parameter. By its words alone nothing is a receipt:
    anybody can text those.
    """
    kind = said.esm_class & _KINDS
    return kind in {RECEIPT, INTERMEDIATE} or (not kind and Tag.MESSAGE_STATE in said.parameters)


def is_for_nobody(said: Delivered) -> bool:
    """Say whether it is a kind that is never asked for."""
    return said.esm_class & _KINDS in _OTHER_KINDS


def read_receipt(said: Delivered) -> Said:
    """Read a receipt, from its parameters first, then from its text."""
    if not said.parameters:
        usual = _USUAL.fullmatch(said.octets.decode("latin-1"))
        if usual is not None:
            return Said(usual[2], _fate_of_word(usual[3]), by_parameter=False, raw=usual[1])
    text = _WORDS_OF_MESSAGE.sub("", said.octets.decode("latin-1")).strip()
    named = said.parameters.get(Tag.RECEIPTED_MESSAGE_ID, b"").partition(b"\0")[0].decode("latin-1").strip()
    found = _ID.search(text)
    in_text = found[1] if found else ""
    states = said.parameters.get(Tag.MESSAGE_STATE, b"")
    fate = STATES.get(states[-1], Fate.UNKNOWN) if states else _fate_of(text)
    if fate == Fate.FAILED and said.parameters.get(Tag.NETWORK_ERROR_CODE) == NOBODY_THERE:
        fate = Fate.BOUNCED
    code = said.parameters.get(Tag.NETWORK_ERROR_CODE, b"").hex()
    raw = " ".join(filter(None, [text, f"state:{states.hex()}" if states else "", f"network:{code}" if code else ""]))
    return Said(named or in_text, fate, bool(named) and named != in_text, raw)


def _fate_of(text: str) -> Fate:
    found = _STATE.search(text)
    if not found:
        return Fate.UNKNOWN
    word = found[1].upper()
    if word.isdigit():
        return STATES.get(int(word), Fate.UNKNOWN) if len(word) == 1 else Fate.UNKNOWN
    return _fate_of_word(word)


@lru_cache(maxsize=100)
def _fate_of_word(word: str) -> Fate:
    return next((fate for beginning, fate in WORDS.items() if word.startswith(beginning)), Fate.UNKNOWN)


class Ids(StrEnum):
    """How receipts name messages, where they do not name them as the hand-over does: a classic.

    `decimal`: hand-overs name them in hexadecimal, receipts in decimal figures; `hex`: the other way round.
    """

    SAME = "same"
    DECIMAL = "decimal"
    HEX = "hex"


# SMPP 3.4 says 64; one that is longer is kept as its hash.
LONGEST_ID: Final = 64
_BASES: Final[dict[str, tuple[int, int]]] = {Ids.DECIMAL: (16, 10), Ids.HEX: (10, 16)}


def kept_id(message_id: str, ids: str, *, of_receipt: bool = False) -> str:
    """Return a message's name as we keep it: with one that is written in two ways, its decimal figures."""
    name = message_id.strip()
    if len(name) > LONGEST_ID:
        return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    bases = _BASES.get(ids)
    if bases is None or not (name.isascii() and name.isalnum()):
        return name
    try:
        return str(int(name, bases[of_receipt]))
    except ValueError:
        return name
