"""Names and words folded for looking up. Pure."""

import re
import unicodedata

# Letters that Unicode does not take apart into a plain letter and a sign.
_PLAIN = str.maketrans(
    {
        "ß": "SS",
        "ẞ": "SS",
        "Æ": "AE",
        "Œ": "OE",
        "Ø": "O",
        "Þ": "TH",
        "Đ": "D",
        "Ð": "D",
        "Ł": "L",
        "\u0131": "I",
        "&": " AND ",
    }
)
# A zero byte, and half of a pair of UTF-16 that a provider cut through: PostgreSQL keeps neither.
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")  # noqa: RUF001
_SIGNS = re.compile(r"[^A-Z0-9]+")


def storable(text: str) -> str:
    """Return the text as a table can keep it: without zero bytes, and with a mark for each half of a cut sign."""
    return _NOT_KEPT.sub(lambda sign: "" if sign[0] == "\x00" else "\ufffd", text)


def plain(text: str) -> str:
    """Return the text without accents, `Tŷ Mawr` → `Ty Mawr`; capitals and signs stay."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def fold(name: str) -> str:
    """Return capitals and figures, single spaces, no accents or signs: `St. Mary's-le-Hill` → `ST MARYS LE HILL`."""
    capitals = plain(_APOSTROPHES.sub("", name).upper().translate(_PLAIN)).upper()
    return _SIGNS.sub(" ", capitals).strip()


def for_spreadsheet(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
