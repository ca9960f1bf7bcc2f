"""Postcodes as people type them. Pure.

A postcode is a stretch of doors, a rural one miles wide: never take its middle for the place of an incident.
"""

import re

# fmt: off
AREAS = frozenset((
    "AB", "AL", "B", "BA", "BB", "BD", "BF", "BH", "BL", "BN", "BR", "BS", "BT", "CA", "CB", "CF", "CH", "CM",
    "CO", "CR", "CT", "CV", "CW", "DA", "DD", "DE", "DG", "DH", "DL", "DN", "DT", "DY", "E", "EC", "EH", "EN",
    "EX", "FK", "FY", "G", "GL", "GU", "GY", "HA", "HD", "HG", "HP", "HR", "HS", "HU", "HX", "IG", "IM", "IP",
    "IV", "JE", "KA", "KT", "KW", "KY", "L", "LA", "LD", "LE", "LL", "LN", "LS", "LU", "M", "ME", "MK", "ML", "N",
    "NE", "NG", "NN", "NP", "NR", "NW", "OL", "OX", "PA", "PE", "PH", "PL", "PO", "PR", "RG", "RH", "RM", "S",
    "SA", "SE", "SG", "SK", "SL", "SM", "SN", "SO", "SP", "SR", "SS", "ST", "SW", "SY", "TA", "TD", "TF", "TN",
    "TQ", "TR", "TS", "TW", "UB", "W", "WA", "WC", "WD", "WF", "WN", "WR", "WS", "WV", "YO", "ZE",
))
# fmt: on
# No real postcode, and no plate but a rebuilt car's, begins with Q: places that do not exist may (the demonstration).
MADE_UP = frozenset("Q")

_OUT = r"[A-Z](?:\d{1,2}|[A-HJ-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HJ-Y]\d[ABEHMNPRVWXY])"
_IN = r"\d[ABD-HJLNP-UW-Z]{2}"
_WHOLE = re.compile(rf"({_OUT})({_IN})\Z")
_OUTWARD = re.compile(rf"{_OUT}\Z")
_IN_TEXT = re.compile(rf"(?<![A-Z0-9])({_OUT})[ ]?({_IN})(?![A-Z0-9])", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:1st|2nd|3rd|\dth)\Z", re.IGNORECASE)
_ROAD = re.compile(r"[ABM]\d{1,2}\Z", re.IGNORECASE)


class PostcodeError(ValueError):
    """Something that is not a postcode, in words that say what to do."""


def normalise(text: str) -> str:
    """Return `PR3 2QT` from however it was typed: small letters, spaces anywhere or nowhere.

    Raises:
        PostcodeError: it does not have the shape of a postcode, or no postcode begins like this.
    """
    found = _WHOLE.match(re.sub(r"\s", "", text).upper())
    if found is None or not _area_is_known(found[1]):
        raise PostcodeError(
            "This is not a postcode: type it in full, for example PR3 2QT, or choose the place on the map."
        )
    return f"{found[1]} {found[2]}"


def is_postcode(text: str) -> bool:
    """Say whether this has the shape of a postcode of an area that exists; whether it exists itself, `places` knows."""
    try:
        normalise(text)
    except PostcodeError:
        return False
    return True


def outward(postcode: str) -> str:
    """Return the half before the space: `PR3`, wide enough to tell others."""
    return normalise(postcode).split()[0]


def is_outward(text: str) -> bool:
    """Say whether this could be the first half of a postcode alone (`NR25`)."""
    word = text.strip().upper()
    return bool(_OUTWARD.match(word)) and _area_is_known(word)


def find(text: str) -> list[str]:
    """Return the postcodes in free text, normalised, each once, in order."""
    return list(dict.fromkeys(postcode for postcode, _ in spans(text)))


def spans(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Return the postcodes in free text with where they stand."""
    return [
        (f"{found[1]} {found[2]}".upper(), found.span())
        for found in _IN_TEXT.finditer(text)
        if _area_is_known(found[1].upper()) and not _is_a_road_and_a_count(found[1], found[2])
    ]


def _area_is_known(out: str) -> bool:
    area = re.match(r"[A-Z]+", out)
    return area is not None and (area[0] in AREAS or area[0][0] in MADE_UP)


def _is_a_road_and_a_count(out: str, rest: str) -> bool:
    """`M6 2nd exit` is a road, not a street in Manchester."""
    return bool(_ROAD.match(out)) and bool(_ORDINAL.match(rest))
