"""How many texts a text is: the GSM 7-bit alphabet, parts and what costs extra. Pure."""

import unicodedata
from typing import NamedTuple

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "^{}\\[~]|€\f"  # two units each: an escape and a sign
_ONE = frozenset(BASIC) - {"\x1b"}
_TWO = frozenset(EXTENSION)
_KNOWN = _ONE | _TWO

# (room in a single text, room in one part of several): the difference carries the numbering of the parts.
ROOM = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
_WIDEST_SINGLE_UNIT = 0xFFFF

# Said another way without loss: typographers' signs and invisible ones. Letters are never touched.
_SAME = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022", "-"),
    **dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "
    ),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f", ""),
    **dict.fromkeys("\u2028\u2029\u0085\v", "\n"),
    "\u2026": "...",
    "\u00d7": "x",
    "\ufb01": "fi",
    "\ufb02": "fl",
}
_REPLACED = str.maketrans(_SAME)


class Segments(NamedTuple):
    """What a text costs: its alphabet, how many texts, units used, and units left before it costs one more."""

    encoding: str
    parts: int
    units: int
    left: int


def count(text: str) -> Segments:
    """Say how many texts this is, exactly as it stands (see `to_gsm7` to make it cheaper first)."""
    signs = set(text)
    encoding = "GSM-7" if signs <= _KNOWN else "UCS-2"
    single, part = ROOM[encoding]
    # Nearly every text has signs of one unit alone: those need no walk through it.
    if all(_width(sign, encoding) == 1 for sign in signs):
        parts = 1 if 0 < len(text) <= single else -(-len(text) // part)
        room = single if parts <= 1 else parts * part
        return Segments(encoding, parts, len(text), room - len(text))
    widths = [_width(sign, encoding) for sign in text]
    units = sum(widths)
    if units <= single:
        return Segments(encoding, 1, units, single - units)
    parts, used = 1, 0
    for width in widths:
        if used + width > part:  # a sign of two units never lies across two parts
            parts, used = parts + 1, 0
        used += width
    return Segments(encoding, parts, units, part - used)


def split(text: str) -> list[str]:
    """Return the texts that this becomes, as an old phone shows them when it does not join them again."""
    encoding = "UCS-2" if foreign(text) else "GSM-7"
    single, room = ROOM[encoding]
    if sum(_width(sign, encoding) for sign in text) <= single:
        return [text] if text else []
    parts, used = [""], 0
    for sign in text:
        width = _width(sign, encoding)
        if used + width > room:
            parts, used = [*parts, ""], 0
        parts[-1] += sign
        used += width
    return parts


# Letters whose mark is part of them, so that Unicode does not take it off.
_WHOLE = str.maketrans("łŁđĐ", "lLdD")


def plainly(text: str) -> str:
    """Return the text with letters that would force the dearer alphabet without their marks: ŵ as w, ł as l.

    Those that the cheap alphabet has (è, ö) stay, and so does what is no letter with a mark.
    """
    return "".join(sign if sign in _ONE else _without_mark(sign) for sign in text)


def _without_mark(sign: str) -> str:
    bare = unicodedata.normalize("NFD", sign.translate(_WHOLE))[0]
    return bare if bare.isascii() and bare.isalpha() else sign


def to_gsm7(text: str) -> str:
    """Return the text with curly quotes, long dashes and the like said plainly; letters (Welsh too) stay."""
    return unicodedata.normalize("NFC", text).translate(_REPLACED)


def foreign(text: str) -> tuple[str, ...]:
    """Return the characters that force the dearer alphabet, each once, in order."""
    return tuple(sign for sign in dict.fromkeys(text) if sign not in _KNOWN)


def _width(sign: str, encoding: str) -> int:
    if encoding == "GSM-7":
        return 2 if sign in _TWO else 1
    return 2 if ord(sign) > _WIDEST_SINGLE_UNIT else 1
