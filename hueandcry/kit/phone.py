"""Telephone numbers as people type them, to E.164. Pure; a number is never put into an error or a log."""

import functools
import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberType, ValidationResult

from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import say

REGION = "GB"


class PhoneError(ValueError):
    """A number that cannot be used, in words that say what to do; the number itself is left out."""


class PhoneKind(Kind):
    """What a number can do: only a mobile takes texts, mobiles and landlines can be called."""

    MOBILE = "mobile", "Mobile"
    LANDLINE = "landline", "Landline"
    OTHER = "other", "Other number"


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_SHAPE = re.compile(r"\+?[\d\s().\-/]+\Z")
# Ofcom keeps 07700 900000 and 01632 960000 for drama; tests and the demonstration use 07700 9nnnnn. All are
# possible, none is valid for the library.
_DRAMA = re.compile(r"44(?:77009\d{5}|1632960\d{3}|3069990\d{3})\Z")
_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.LANDLINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.OTHER,
}
# Most of a list is British mobiles and landlines typed plainly. The library takes half a millisecond for each, so those
# are looked up in its own patterns directly; `tests/kit/test_phone.py` proves that both say the same.
_PLAIN = re.compile(r"(?:(?:\+|00 ?)?44 ?|0|(?=7))([1-9](?:[ -]?[0-9]){8,9})")
_NO_FIGURE = re.compile(r"[ -]")
_BRITISH_E164 = re.compile(r"\+44([1-9][0-9]{8,9})")
_EARLIER_KINDS = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")
_LONGEST = 15
_BRITISH = len("+447700900123")


def normalise(text: str) -> str:
    """Return the number as E.164 (`+447700900123`), however it was typed; without `+` or `00` it is read as British.

    Raises:
        PhoneError: with a sentence that says what is wrong, without the number.
    """
    cleaned = _DASHES.sub("-", _INVISIBLE.sub("", text)).strip()
    plain = _PLAIN.fullmatch(cleaned)
    if plain:
        national = _NO_FIGURE.sub("", plain[1])
        if _british(national):
            return f"+44{national}"
    return _by_library(cleaned)


def _by_library(cleaned: str) -> str:
    if not cleaned:
        raise PhoneError(say("Enter a phone number, for example 07700 900123."))
    if not _SHAPE.match(cleaned) or cleaned.endswith("."):
        raise PhoneError(
            say("A phone number has only figures, spaces and a + in front: type it again without other signs.")
        )
    figures = re.sub(r"\D", "", cleaned)
    for reading in _readings(cleaned, figures):
        number = _parse(reading)
        if number is not None and _may_be_used(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise PhoneError(_what_is_wrong(cleaned, figures))


def kind(e164: str) -> PhoneKind:
    """Say what kind of number a normalised number is."""
    plain = _BRITISH_E164.fullmatch(e164)
    return (_british(plain[1]) if plain else None) or _kind_by_library(e164)


def _kind_by_library(e164: str) -> PhoneKind:
    number = _parse(e164)
    if number is None:
        return PhoneKind.OTHER
    if _DRAMA.match(e164.removeprefix("+")):
        return PhoneKind.MOBILE if e164.startswith("+447") else PhoneKind.LANDLINE
    found = phonenumbers.number_type(number)
    if found == PhoneNumberType.UAN and e164.startswith("+443"):
        return PhoneKind.LANDLINE
    return _KINDS.get(found, PhoneKind.OTHER)


def shown(e164: str) -> str:
    """Return the number as people here read it: `07700 900123`; numbers from abroad with their + code."""
    number = _parse(e164)
    if number is None:
        return e164
    if e164.startswith("+447") and len(e164) > _BRITISH:  # the demonstration's own, which belong to nobody
        return f"0{e164[3:7]} {e164[7:]}"
    home = number.country_code == phonenumbers.country_code_for_region(REGION)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return the library's British patterns: of what is neither landline nor mobile, of landlines, of mobiles."""
    britain = PhoneMetadata.metadata_for_region(REGION)

    def pattern(kind: str) -> str:
        described = getattr(britain, kind)
        return (described and described.national_number_pattern) or "(?!)"

    others = "|".join(f"(?:{pattern(kind)})" for kind in _EARLIER_KINDS)
    return re.compile(others), re.compile(pattern("fixed_line")), re.compile(pattern("mobile"))


def _british(national: str) -> PhoneKind | None:
    """Return the kind of a British landline or mobile; none for whatever the library must be asked about."""
    if _DRAMA.match(f"44{national}"):
        return PhoneKind.MOBILE if national.startswith("7") else PhoneKind.LANDLINE
    others, landlines, mobiles = _patterns()
    if others.fullmatch(national):
        return None
    if landlines.fullmatch(national):
        return PhoneKind.LANDLINE
    return PhoneKind.MOBILE if mobiles.fullmatch(national) else None


def _readings(cleaned: str, figures: str) -> list[str]:
    """Return the ways to read what was typed, likeliest first."""
    bare = figures.lstrip("0") if cleaned.startswith("+") or figures.startswith("00") else ""
    if bare:
        return [f"+{bare}"]
    if figures.startswith("44") and not figures.startswith("440"):
        return [f"+{figures}", cleaned]
    if figures.startswith("0"):
        return [cleaned]
    return [cleaned, f"+{figures}"]


def _parse(reading: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(reading, REGION)
    except NumberParseException:
        return None


def _may_be_used(number: PhoneNumber) -> bool:
    if phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE:
        return False
    return phonenumbers.is_valid_number(number) or bool(_DRAMA.match(f"{number.country_code}{number.national_number}"))


def _what_is_wrong(cleaned: str, figures: str) -> str:
    number = _parse(_readings(cleaned, figures)[0])
    if number is not None and phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE:
        return "Premium-rate numbers cannot be used: give a mobile or landline."
    reason = phonenumbers.is_possible_number_with_reason(number) if number is not None else None
    if reason == ValidationResult.TOO_LONG or len(figures) > _LONGEST:
        return "This phone number has too many figures: check it and type it again."
    if reason in (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        return "This phone number has too few figures: give it in full, with its dialling code."
    return "There is no such phone number: check it and type it again, with its country code if it is from abroad."
