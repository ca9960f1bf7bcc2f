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
        "Đ": "D",
        "Ð": "D",
        "Þ": "TH",
        "Ł": "L",
        "ı": "I",
        "&": " AND ",
    }
)
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")  # noqa: RUF001
_SIGNS = re.compile(r"[^A-Z0-9]+")


def plain(text: str) -> str:
    """Return the text without accents: `Llanfair-ym-Muallt`, `café` → `cafe`; capitals and signs stay."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def fold(name: str) -> str:
    """Return capitals and figures only, single spaces, no accents or signs: `St. Mary's-le-Wigford` → `ST MARYS LE WIGFORD`."""
    capitals = plain(_APOSTROPHES.sub("", name).upper().translate(_PLAIN)).upper()
    return _SIGNS.sub(" ", capitals).strip()
