"""One row of the send check, and the ways in which words are looked through. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hueandcry.domain.alerts.rules.disguise import loosely, spelt_out, undisguised
from hueandcry.domain.alerts.rules.kinds import Facts, Severity, Words
from hueandcry.domain.alerts.rules.wording import compose
from hueandcry.domain.messaging.rules import Words as MessageWords
from hueandcry.kit.words import ENGLISH

Finds = Callable[[Facts, str], str]
REFUSE, WARN, NOTE = Severity.REFUSE, Severity.WARN, Severity.NOTE


@dataclass(frozen=True)
class Check:
    """One row: what it is called, how much it weighs, what is said, where it comes from, and how it is found.

    Attributes:
        sentence: `{found}` becomes the words that were found.
        finds: given the facts and the words as read; returns what it found, empty when all is well.
        of_words: it judges words alone, so it holds for stand-downs and endings too.
        about: what it looks for by words of a language, as the page names it; empty where it needs no language,
            because it judges figures, moments or signs that are the same in all.
        language: whose words those are.
    """

    code: str
    severity: Severity
    sentence: str
    source: str
    finds: Finds
    of_words: bool = False
    about: str = ""
    language: str = ENGLISH


def says(pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> Finds:
    """Find the pattern anywhere in the words."""
    compiled = re.compile(pattern, flags)

    def finds(_: Facts, said: str) -> str:
        found = compiled.search(said)
        return found[0] if found else ""

    return finds


# Words that may stand between "do not" and a verb that is thereby forbidden: "do not try to follow, stop or block".
_BETWEEN = (
    "or|and|nor|to|try|attempt|even|ever|go|up|them|him|her|it|anyone|anybody|the|driver|occupants|vehicle|people|follow|chase"
    "|pursue|stop|block|box|in|detain|hold|catch|apprehend|arrest|confront|challenge|approach|intercept|tackle|search|cut|off"
)
_NEGATED = re.compile(
    r"\b(?:do\s+not|don't|dont|never|must\s+not|mustn't|should\s+not|shouldn't|not\s+to|rather\s+than|instead\s+of)\s+"
    rf"(?:(?:{_BETWEEN})[\s,]+)*\Z",
    re.IGNORECASE,
)
_NEGATED_LOOSELY = re.compile(loosely(_NEGATED.pattern), re.IGNORECASE)
_LOOK_BACK = 120


def urges(pattern: str) -> Finds:
    """Find the pattern where it is asked for, not where it is forbidden ("do not follow")."""
    urged = _Urged(pattern, re.IGNORECASE, _NEGATED, _NEGATED_LOOSELY)
    return lambda _, said: said[urged.where(said)]


class _Urged:
    """Where something is asked for and not forbidden, however it is written."""

    def __init__(
        self, pattern: str, flags: re.RegexFlag, negated: re.Pattern[str], negated_loosely: re.Pattern[str]
    ) -> None:
        self._plain = re.compile(pattern, flags), negated
        self._loose = re.compile(loosely(pattern), flags), negated_loosely

    def where(self, text: str) -> slice:
        """Return where it stands; nowhere is the empty piece at the beginning."""
        for found in _unforbidden(*self._plain, text):
            return slice(*found)
        return next(self._disguised(text), slice(0))

    def _disguised(self, text: str) -> Iterator[slice]:
        for reading in undisguised(text):
            for start, end in _unforbidden(*self._plain, reading.text):
                if reading.is_mended(start, end):
                    yield reading.written(start, end)
        for reading in spelt_out(text):
            for start, end in _unforbidden(*self._loose, reading.text):
                if reading.is_all_mended(start, end):
                    yield reading.written(start, end)


def _unforbidden(asked: re.Pattern[str], negated: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    for found in asked.finditer(text):
        if not negated.search(text[max(0, found.start() - _LOOK_BACK) : found.start()]):
            yield found.span()


# The same in Welsh (`peidiwch â cheisio`) and Polish (`nie śledzić ani zatrzymywać`), without marks.
# A comma ends what is forbidden: `nie czekać, śledzić` asks to follow.
_NEGATED_IN = {
    "cy": re.compile(
        r"\b(?:peidiwch|peidio|paid|byth|yn hytrach na|yn lle)\s+(?:byth\s+)?"
        r"(?:(?:a|ag|cheisio|thrio|mynd|dod|na|nac|neu|ac|dilyn|stopio|atal|dal|blocio|rhwystro)\s+)*\Z"
    ),
    "pl": re.compile(
        r"\b(?:nie|nigdy|ani|zamiast|bez)\s+"
        r"(?:(?:probuj|probujcie|probowac|wolno|nalezy|mozna|trzeba|prosze|wychodzic|samemu|sami|sie|go|ich|ja|im)\s+)*"
        r"(?:\w+(?:\s+(?:za|do|z))?(?:\s+(?:nim|nimi|nia|nich|niego|go|ich|ja|sie))?\s+(?:ani|lub|albo|czy)\s+(?:nie\s+)?)*\Z"
    ),
}
_WHOLE = str.maketrans("łŁ", "lL")


@lru_cache(maxsize=8)
def bare(said: str) -> str:
    """Return words in small letters without marks, each in its place: ŵ as w, ł as l."""
    return "".join(unicodedata.normalize("NFD", sign)[0] for sign in said.translate(_WHOLE)).lower()


def says_in(pattern: str) -> Finds:
    """Find the pattern anywhere in words of another language, with marks on their letters or without."""
    compiled = re.compile(pattern)

    def finds(_: Facts, said: str) -> str:
        found = compiled.search(bare(said))
        return said[found.start() : found.end()] if found else ""

    return finds


def words_in(
    language: str, code: str, severity: Severity, sentence: str, source: str, finds: Finds, *, about: str
) -> Check:
    """Return the row that finds in another language what the row `code` finds in English."""
    return Check(f"{code}_{language}", severity, sentence, source, finds, of_words=True, about=about, language=language)


def urges_in(language: str, pattern: str) -> Finds:
    """Find the pattern where it is asked for in that language, with marks on its letters or without."""
    # What is forbidden letter by letter is found all the same: their words for it cannot be told without spaces.
    urged = _Urged(pattern, re.NOFLAG, _NEGATED_IN[language], _NEGATED_IN[language])
    return lambda _, said: said[urged.where(bare(said))]


def whether(condition: Callable[[Facts], object]) -> Finds:
    """Find nothing but whether something about the facts holds."""
    return lambda facts, _: "yes" if condition(facts) else ""


def composed(facts: Facts) -> MessageWords:
    """Return what goes out in every language, made once for all rows that measure it."""
    return _composed(
        facts.words,
        ref=facts.ref,
        signs_as=facts.signs_as,
        level=facts.level,
        invites_answers=facts.invites_answers,
        expires_at=facts.expires_at,
        occurred_at=facts.occurred_at,
        lines=facts.lines,
    )


@lru_cache(maxsize=8)
def _composed(words: Words, **facts: Any) -> MessageWords:  # noqa: ANN401 - as `compose` takes them
    return compose(words, **facts)
