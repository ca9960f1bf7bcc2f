"""Words in other languages: one catalogue for screens (Django reads it too) and for what the service says by itself.

Pure: gettext of the standard library. `say` speaks the language of the moment, which is English unless somebody said
otherwise with `speaking`; `mark` only shows a sentence to `make words`, for a table that is said later. ADR 17.
"""

import contextlib
import datetime as dt
import gettext
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "locale"
DOMAIN = "django"
ENGLISH = "en"
# English, as the words stand in the code, and those that a catalogue is kept for.
LANGUAGES = {ENGLISH: "English", "cy": "Cymraeg", "pl": "Polski"}

_now: ContextVar[str] = ContextVar("language", default=ENGLISH)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language not in LANGUAGES or language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)


def language_now() -> str:
    """Return the language of the moment."""
    return _now.get()


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language until the end of the block; one that we do not know is English."""
    token = _now.set(language if language in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _now.reset(token)


def say(text: str, language: str = "") -> str:
    """Return a sentence in a language, else in that of the moment; in English where there is no translation."""
    return _catalogue(language or _now.get()).gettext(text) if text else text


def say_many(one: str, many: str, count: int, language: str = "") -> str:
    """Return the form of a sentence that fits a number, as each language counts."""
    return _catalogue(language or _now.get()).ngettext(one, many, count)


def mark(text: str) -> str:
    """Return a sentence as it is: it is said later, and its translation belongs into the catalogues."""
    return text


# Letters that would make a text cost twice as much (kit/gsm7), and what people write for them on a telephone.
_PLAINLY = {
    "pl": str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ"),
    "cy": str.maketrans("âêîôûŵŷáëïÂÊÎÔÛŴŶÁËÏ", "aeiouwyaeiAEIOUWYAEI"),
}
# Poles text without accents anyway; in Welsh it needs somebody's approval (domain.md A23).
_approved = {"pl"}


def approve_plain_texts(language: str) -> None:
    """Let texts in a language go without accents, from now on: a force's decision, taken from its settings."""
    _approved.add(language)


def texted(text: str) -> str:
    """Return what the service says as a text carries it in the language of the moment: without accents, if approved."""
    language = _now.get()
    return text.translate(_PLAINLY[language]) if language in _approved else text


_DAYS = (
    *(mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday"), mark("Friday")),
    *(mark("Saturday"), mark("Sunday")),
)
_MONTHS = (
    *(mark("January"), mark("February"), mark("March"), mark("April"), mark("May"), mark("June"), mark("July")),
    *(mark("August"), mark("September"), mark("October"), mark("November"), mark("December")),
)


def weekday(on: dt.date) -> str:
    """Return the day of the week in the language of the moment."""
    return say(_DAYS[on.weekday()])


def day_said(on: dt.date, *, year: bool = False) -> str:
    """Return a day as messages say it in the language of the moment: Monday 23 November, with the year if wanted."""
    said = f"{weekday(on)} {on.day} {say(_MONTHS[on.month - 1])}"
    return f"{said} {on.year}" if year else said
