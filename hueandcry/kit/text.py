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
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")  # noqa: RUF001
_SIGNS = re.compile(r"[^A-Z0-9]+")


def plain(text: str) -> str:
    """Return the text without accents, `Tŷ Mawr` → `Ty Mawr`; capitals and signs stay."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def fold(name: str) -> str:
    """Return capitals and figures, single spaces, no accents or signs: `St. Mary's-le-Hill` → `ST MARYS LE HILL`."""
    capitals = plain(_APOSTROPHES.sub("", name).upper().translate(_PLAIN)).upper()
    return _SIGNS.sub(" ", capitals).strip()
