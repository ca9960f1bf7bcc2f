"""Words that are written so that a list of words misses them: digits for letters, letters that stand apart. Pure.

`F0llow`, `ch4se`, `f o l l o w` and `F.0.l.l.0.w` are read as people read them. What has no letter in it (a time, a
house number), and what is no word after all (`4x4`, `M6`, part of a plate) is left as it is or becomes no word that
anybody looks for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# What stands for a letter; 1 for either of two.
_SIGNS = "0134578@$!|"
_READ_AS = (str.maketrans(_SIGNS, "oleastbasil"), str.maketrans(_SIGNS, "oieastbasil"))
_WORD = re.compile(r"[A-Za-z0-9@$|](?:[A-Za-z0-9@$|!]*[A-Za-z0-9@$|])?")
# Letters, each by itself, with the same between each two of them; a stop after the last is one of those.
_APART = re.compile(r"(?<![^\W_])[^\W_]((?:[^\w\n@$!|]|_){1,3})[^\W_](?:\1[^\W_])*(?![^\W_])(?:(?!\s)\1(?=\s|\Z))?")
# Of so many letters apart the spaces between words are perhaps gone too.
_SENTENCE = 6


@dataclass(frozen=True)
class Reading:
    """Words as they are meant.

    Attributes:
        text: those words.
        at: where each of their signs stands in what was written.
        mended: which of their signs were written otherwise.
    """

    text: str
    at: tuple[int, ...]
    mended: frozenset[int]

    def written(self, start: int, end: int) -> slice:
        """Return where a piece of it stands in what was written."""
        return slice(self.at[start], self.at[end - 1] + 1)

    def is_mended(self, start: int, end: int) -> bool:
        """Say whether something in a piece of it was written otherwise."""
        return not self.mended.isdisjoint(range(start, end))

    def is_all_mended(self, start: int, end: int) -> bool:
        """Say whether all of a piece of it was written otherwise."""
        return self.mended.issuperset(range(start, end))


@lru_cache(maxsize=8)
def undisguised(said: str) -> tuple[Reading, ...]:
    """Return how words are meant in which something stands for a letter, or letters stand apart; nothing for others."""
    return _readings(_together(said))


@lru_cache(maxsize=8)
def spelt_out(said: str) -> tuple[Reading, ...]:
    """Return the same where so much stands letter by letter that it may be several words: for patterns made loose."""
    together = _together(said, at_least=_SENTENCE)
    return _readings(together) if together.mended else ()


def loosely(pattern: str) -> str:
    """Return a pattern that asks for no spaces between words."""
    return pattern.replace(r"\b", "").replace(r"[\s,]+", r"[\s,]*").replace(r"\s+", r"\s*").replace(" ", r"\s*")


def _readings(together: Reading) -> tuple[Reading, ...]:
    found = (_in_letters(together, table) for table in _READ_AS)
    return tuple({reading.text: reading for reading in found if reading.mended}.values())


def _together(said: str, *, at_least: int = 2) -> Reading:
    """Put letters together that stand apart; so many of them are something written otherwise."""
    at: list[int] = []
    mended: set[int] = set()
    end = 0
    for run in _APART.finditer(said):
        at += range(end, run.start())
        letters = list(_letters(run))
        if len(letters) >= at_least:
            mended |= {*range(len(at), len(at) + len(letters))}
        at += letters
        end = run.end()
    at += range(end, len(said))
    return Reading("".join(said[index] for index in at), tuple(at), frozenset(mended))


def _letters(run: re.Match[str]) -> Iterator[int]:
    step = 1 + len(run[1])
    yield from (index for index in range(run.start(), run.end(), step))


def _in_letters(reading: Reading, table: dict[int, int]) -> Reading:
    """Put letters for what stands for them, in words that become words by it."""
    text, mended = reading.text, set(reading.mended)
    for word in _WORD.finditer(text):
        meant = word[0].translate(table)
        if meant != word[0] and meant.isalpha() and any(map(str.isalpha, word[0])):
            text = text[: word.start()] + meant + text[word.end() :]
            mended |= {word.start() + index for index, sign in enumerate(word[0]) if sign in _SIGNS}
    return Reading(text, reading.at, frozenset(mended))
