"""One row of the send check, and the ways in which words are looked through. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hueandcry.domain.alerts.rules.kinds import Facts, Severity, Words
from hueandcry.domain.alerts.rules.wording import compose
from hueandcry.domain.messaging.rules import Words as MessageWords

Finds = Callable[[Facts, str], str]
REFUSE, WARN, NOTE = Severity.REFUSE, Severity.WARN, Severity.NOTE


@dataclass(frozen=True)
class Check:
    """One row: what it is called, how much it weighs, what is said, where it comes from, and how it is found.

    Attributes:
        sentence: `{found}` becomes the words that were found.
        finds: given the facts and the words as read; returns what it found, empty when all is well.
        of_words: it judges words alone, so it holds for stand-downs and endings too.
    """

    code: str
    severity: Severity
    sentence: str
    source: str
    finds: Finds
    of_words: bool = False


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
    rf"\b(?:do not|don't|dont|never|must not|mustn't|should not|shouldn't|not to|rather than|instead of)\s+"
    rf"(?:(?:{_BETWEEN})[\s,]+)*\Z",
    re.IGNORECASE,
)
_LOOK_BACK = 120


def urges(pattern: str) -> Finds:
    """Find the pattern where it is asked for, not where it is forbidden ("do not follow")."""
    compiled = re.compile(pattern, re.IGNORECASE)

    def finds(_: Facts, said: str) -> str:
        for found in compiled.finditer(said):
            if not _NEGATED.search(said[max(0, found.start() - _LOOK_BACK) : found.start()]):
                return found[0]
        return ""

    return finds


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
