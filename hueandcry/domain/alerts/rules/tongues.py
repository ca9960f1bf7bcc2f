"""What an alert says in the other languages of its members. Pure.

What was pressed is said in each language, from the catalogues. What an officer typed stays in the officer's words, and
is said to be, until somebody gives it in that language; such words count only while those that they are of stand.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hueandcry.domain.alerts.rules.canaries import Tongue
from hueandcry.domain.alerts.rules.kinds import AlertError, Words
from hueandcry.domain.alerts.rules.templates import Answers, Template, fill, shorter, typed_in
from hueandcry.domain.alerts.rules.wording import (
    ASK_MOST,
    HEADLINE_MOST,
    OWN_WORDS,
    RELAY_ASK,
    RELAYED,
    WHAT_MOST,
    WHERE_MOST,
    day_and_time,
)
from hueandcry.kit.words import ENGLISH, LANGUAGES, language_now, mark, say, say_many, speaking

OTHERS = tuple(language for language in LANGUAGES if language != ENGLISH)
# Where an alert as a whole was typed, these may be given in another language, else the answers that were typed.
FIELDS: dict[str, tuple[str, int]] = {
    "headline": ("Headline", HEADLINE_MOST),
    "what": ("What happened", WHAT_MOST),
    "where": ("Where", WHERE_MOST),
    "ask": ("What we ask", ASK_MOST),
}

_MILES = re.compile(r"(?P<miles>\d{1,3}) miles? (?P<wind>(?:north|south)(?:-(?:east|west))?|east|west) of (?P<name>.+)")
# As the nearest name is said (places.queries.nearest_name); `{far}` is how many miles.
_AWAY: dict[str, str] = {
    "north": mark("{far} north of {name}"),
    "north-east": mark("{far} north-east of {name}"),
    "east": mark("{far} east of {name}"),
    "south-east": mark("{far} south-east of {name}"),
    "south": mark("{far} south of {name}"),
    "south-west": mark("{far} south-west of {name}"),
    "west": mark("{far} west of {name}"),
    "north-west": mark("{far} north-west of {name}"),
}

Given = Mapping[str, str]


@dataclass(frozen=True)
class Made:
    """What an alert was made of, while it still says so: its template and the answers, and when something begins."""

    template: Template
    answers: Answers
    starts_at: dt.datetime | None


@dataclass(frozen=True)
class Piece:
    """One thing that an officer typed: its name, what it is called on the screen, its words, and how long it may be."""

    name: str
    label: str
    words: str
    most: int


def pieces_of(words: Words, made: Made | None) -> list[Piece]:
    """Return what of an alert was typed, and so may be given in other languages."""
    if made is None:
        return [
            Piece(name, label, text, most)
            for name, (label, most) in FIELDS.items()
            if (text := getattr(words, name)) and not (name == "where" and _MILES.fullmatch(text))
        ]
    typed = typed_in(made.template, made.answers)
    found = [
        Piece(question.name, question.label.rstrip("?"), typed[question.name], question.most * 2)
        for question in made.template.questions
        if question.name in typed
    ]
    if words.where and not _MILES.fullmatch(words.where):
        found.append(Piece("where", "Where", words.where, WHERE_MOST))
    return found


def given_in(language: str, pieces: list[Piece], also: Mapping[str, Any]) -> dict[str, str]:
    """Return what somebody gave in a language, as far as it is of the words that stand now."""
    kept = also.get(language)
    found: dict[str, str] = {}
    if not isinstance(kept, dict):
        return found
    for piece in pieces:
        one = kept.get(piece.name)
        if isinstance(one, dict) and one.get("of") == piece.words and one.get("says"):
            found[piece.name] = str(one["says"])
    return found


def check_given(given: Mapping[str, str], pieces: list[Piece]) -> dict[str, dict[str, str]]:
    """Return words in another language as they are kept: each beside those that it is of; what is empty is left out.

    Raises:
        AlertError: one is too long.
    """
    kept = {}
    for piece in pieces:
        says = " ".join(given.get(piece.name, "").replace("\x00", "").split())
        if len(says) > piece.most:
            raise AlertError(f"Shorten “{piece.label}” to {piece.most:,} characters: it has {len(says):,}.")
        if says:
            kept[piece.name] = {"of": piece.words, "says": says}
    return kept


def tongues(words: Words, made: Made | None, also: Mapping[str, Any]) -> tuple[Tongue, ...]:
    """Return what an alert says in each other language; moments come in the force's own time zone."""
    pieces = pieces_of(words, made)
    return tuple(tongue(language, words, made, given_in(language, pieces, also)) for language in OTHERS)


def tongue(language: str, words: Words, made: Made | None, given: Given) -> Tongue:
    """Return what an alert says in one language, with what was given in it."""
    with speaking(language):
        where = given.get("where") or _where(words.where)
        return _typed(words, where, given) if made is None else _made(made, where, given)


def still_made(words: Words, made: Made) -> bool:
    """Say whether an alert still says what its template made of the answers."""
    with speaking(ENGLISH):
        said = fill(made.template, made.answers, where=words.where, starts=_starts(made.starts_at))
    return not made.template.is_own and said == words


def _made(made: Made, where: str, given: Given) -> Tongue:
    """Return what a template says in the language of the moment."""
    typed = typed_in(made.template, made.answers)
    own = {name: text for name, text in typed.items() if name not in given}
    marked = {**given, **{name: say(OWN_WORDS).format(words=_quotable(text)) for name, text in own.items()}}
    quoted = {**given, **{name: f'"{_quotable(text)}"' for name, text in own.items()}}
    starts = _starts(made.starts_at)

    def said(instead: Given) -> tuple[Words, tuple[str, ...]]:
        answers = {**made.answers, **{name: instead[name] for name in typed}}
        filled = fill(made.template, answers, where=where, starts=starts)
        return filled, shorter(made.template, answers, where=where, starts=starts)

    (full, _), (short, fewer) = said(marked), said(quoted)
    texts = tuple(dict.fromkeys((short.what, *fewer)))
    return Tongue(language_now(), short.headline, full.what, full.where, full.ask, texts)


def _typed(words: Words, where: str, given: Given) -> Tongue:
    """Return an alert that was typed as a whole, as far as it was given in the language of the moment."""
    is_relay = words.ask == RELAY_ASK
    if not given and not is_relay:
        return Tongue(language_now(), words.headline, words.what, words.where, words.ask, is_foreign=True)

    def own(text: str) -> str:
        return say(OWN_WORDS).format(words=_quotable(" ".join(text.split()))) if text else ""

    return Tongue(
        language_now(),
        headline=given.get("headline") or _relayed(words.headline),
        what=given.get("what") or own(words.what),
        where=where,
        ask=given.get("ask") or (say(RELAY_ASK) if is_relay else own(words.ask)),
        shorter=() if "what" in given else (f'"{_quotable(words.what)}"',),
    )


def _relayed(headline: str) -> str:
    """Return the headline of a sighting that is passed on, in the language of the moment; others as they are."""
    start = RELAYED.partition("{")[0]
    return (
        say(RELAYED).format(kind=f'"{_quotable(headline.removeprefix(start))}"')
        if headline.startswith(start)
        else headline
    )


def _where(where: str) -> str:
    """Return a place in the language of the moment: names stay, how far off it is and which way is said."""
    found = _MILES.fullmatch(where)
    if found is None:
        return where
    far = say_many("{miles} mile", "{miles} miles", int(found["miles"])).format(miles=found["miles"])
    away = _AWAY[found["wind"]]
    return say(away).format(far=far, name=found["name"])


def _starts(starts_at: dt.datetime | None) -> str:
    return day_and_time(starts_at) if starts_at else ""


def _quotable(text: str) -> str:
    return text.replace('"', "'")
