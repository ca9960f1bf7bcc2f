"""A list of every sentence in a language for a native reader, and taking back what they would say better.

It opens in any spreadsheet: what comes first matters most, each line says where people meet it, and the last column is
the reader's. `hueandcry words --read cy` writes it, `hueandcry words --take FILE` reads it back.
"""

import ast
import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hueandcry.console import words as catalogues
from hueandcry.domain.alerts.rules import compose
from hueandcry.domain.alerts.rules.canaries import OurLines
from hueandcry.domain.alerts.rules.telling_elsewhere import SOUGHT, TOLD_ELSEWHERE, lists_of, phrases
from hueandcry.domain.alerts.rules.templates import TEMPLATES, sentences
from hueandcry.domain.alerts.rules.written import Where, write
from hueandcry.domain.members.rules import tongue_words
from hueandcry.domain.messaging.rules import commands_elsewhere
from hueandcry.kit.words import ENGLISH, LANGUAGES, speaking

HEADS = ("Number", "Part", "Where people meet it", "English", "Here", "Better (leave empty where it is good)")
# Names in braces and marks must be the same in every language; these numbers too.
_HELD = re.compile(
    r"%\(\w+\)s|%?%\{\w+\}|\{\w*(?::[^}]*)?\}|</?\w+[^>]*>|\b(?:999|101|9 9 9|1 0 1|55)\b|\bST(?:OP|ART)\b"
)
_DANGER = re.compile(r"\b(?:999|101|9 9 9|1 0 1|approach|danger|follow|safe)\b", re.IGNORECASE)
_HOW_TO = catalogues.PACKAGE.parent / "docs" / "how" / "add-a-language.md"
# So many words a minute are read with care and aloud; writing what is better is not counted.
WORDS_A_MINUTE = 150
SAMPLE_AT = dt.datetime(2026, 11, 24, 18, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Line:
    """One line of the list; `key` is the sentence in the catalogue and which of its forms, None of what is in none."""

    part: str
    where: str
    english: str
    here: str
    key: tuple[catalogues.Message, int] | None


class ReadingError(ValueError):
    """A list that cannot be taken back, in words for whoever typed the command."""


# ---------------------------------------------------------------- writing the list


def write_list(language: str) -> tuple[str, int, int]:
    """Return the list of a language as a spreadsheet reads it, how many lines it has, and how many minutes it takes."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([*HEADS[:4], LANGUAGES[language], HEADS[5]])
    lines = lines_of(language)
    for number, line in enumerate(lines, start=1):
        rows.writerow([number, line.part, line.where, line.english, line.here, ""])
    many = sum(len(line.here.split()) for line in lines)
    return out.getvalue(), len(lines), -(-many // WORDS_A_MINUTE)


@cache
def lines_of(language: str) -> tuple[Line, ...]:
    """Return every line in the order in which it should be read: each sentence once, whole alerts before the pieces."""
    return tuple(_lines_of(language))


def _lines_of(language: str) -> Iterator[Line]:
    where, doubts = _places(), _doubts()
    said = {one.id: one.string for one in catalogues.fresh(language) if one.id}
    yield from _whole_alerts(language)
    ranked = sorted(said, key=lambda message: (_part(message, doubts), where.get(message, ""), str(message)))
    for message in ranked:
        part, met = _part(message, doubts), where.get(message, "a page for the public")
        why = next((f" ({reason})" for english, reason in doubts if _is_doubt(message, english)), "")
        if isinstance(message, str):
            yield Line(part, f"{met}{why}", message, said[message], (message, 0))
            continue
        for form, text in enumerate(said[message]):
            english = f"{message[0]} / {message[1]}"
            yield Line(part, f"{met}; form {form + 1} of {len(said[message])}", english, text, (message, form))
    yield from _words_that_are_read(language)


_FIRST, _DOUBTED, _ALERTS, _REST = (
    "2 Danger and 999",
    "3 We were least sure",
    "4 Alerts from templates",
    "5 Everything else",
)
_READ = "6 Words that the service reads"
_BY_TEXT = "a text to us, by itself; without accents, as telephones write it"
_BY_CHECK = (
    "words in an alert that the send check finds; * any ending, (a/b) either, ? perhaps, _ up to two words"
    " (Welsh: first letters change by themselves)"
)
_WHOLE = "1 Whole alerts, as a text"


def _part(message: catalogues.Message, doubts: list[tuple[str, str]]) -> str:
    text = message if isinstance(message, str) else message[1]
    if any(_is_doubt(message, english) for english, _ in doubts):
        return _DOUBTED
    if _DANGER.search(text):
        return _FIRST
    return _ALERTS if text in _of_templates() else _REST


def _words_that_are_read(language: str) -> Iterator[Line]:
    """Give what members text to us, and what the send check looks for, which no catalogue holds."""
    texted = {
        "join": tongue_words.JOIN,
        "yes": tongue_words.YES,
        "add this place": tongue_words.ADD,
        "tell the other force": tongue_words.PASS,
        **commands_elsewhere.ASKS,
    }
    for asks, words in texted.items():
        yield Line(_READ, _BY_TEXT, asks, ", ".join(words[language]), None)
    for use, said in tongue_words.KINDS[language].items():
        yield Line(_READ, _BY_TEXT, f"what it is: {use.label}", said.replace(" ", ", "), None)
    for name, words_for_it in lists_of(language).items():
        yield Line(_READ, _BY_CHECK, f"what {name} stands for below", words_for_it, None)
    for code in TOLD_ELSEWHERE[language]:
        for phrase in phrases(language, code):
            yield Line(_READ, _BY_CHECK, SOUGHT[code], phrase, None)


@cache
def _of_templates() -> frozenset[str]:
    return frozenset(sentences())


def _is_doubt(message: catalogues.Message, english: str) -> bool:
    text = message if isinstance(message, str) else message[1]
    return text.startswith(english[:-2]) if english.endswith(" …") else text.rstrip(".") == english.rstrip(".")


def _doubts() -> list[tuple[str, str]]:
    """Return what the page for translators names as least sure, with why."""
    if not _HOW_TO.exists():
        return []
    rows = [line.strip("|").split("|") for line in _HOW_TO.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    return [(row[0].strip(), row[3].strip()) for row in rows[1:]]


def _places() -> dict[catalogues.Message, str]:
    """Return where each sentence stands first: what its page is called, or what its file says of itself."""
    found: dict[catalogues.Message, str] = {}
    for path, message in catalogues.placed():
        if message not in found:
            found[message] = _called(path)
    return found


def _called(path: Path) -> str:
    if path.suffix == ".html":
        return "page " + str(path.relative_to(catalogues.TEMPLATES).with_suffix("")).removeprefix("public/")
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
    return told.partition("\n")[0].removesuffix(" Pure.").rstrip(".")


def _whole_alerts(language: str) -> Iterator[Line]:
    """Give one alert of each template as its text goes out, so that the pieces are read together."""
    for template in TEMPLATES:
        pressed = {one.name: one.choices[0].value for one in template.questions if one.choices}
        starts = SAMPLE_AT + dt.timedelta(days=3) if template.starts else None
        one = write(template, pressed, Where("2 miles north-east of Holt"), now=SAMPLE_AT, starts_at=starts)
        with speaking(ENGLISH):
            said = compose(
                one.words,
                ref="K7M2PQ",
                signs_as="Police",
                level=one.level,
                invites_answers=template.invites_answers,
                expires_at=one.expires_at,
                occurred_at=one.occurred_at,
                lines=OurLines(shorter=one.shorter, tongues=one.tongues),
            )
        yield Line(
            _WHOLE, "a text on an old phone; correct its pieces in part 4", said.text, said.also[language].text, None
        )


# ---------------------------------------------------------------- taking it back


def take(text: str) -> tuple[str, dict[tuple[catalogues.Message, int], str], list[str]]:
    """Return the language of a list that came back, what the reader would say better, and what cannot be taken.

    Raises:
        ReadingError: it is no such list.
    """
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=_between(text)))
    except csv.Error as fault:
        raise ReadingError(f"This file is broken ({fault}). Save it again from the spreadsheet as CSV.") from fault
    named = {name: language for language, name in LANGUAGES.items() if language != ENGLISH}
    if not rows or len(rows[0]) < len(HEADS) or rows[0][4] not in named:
        raise ReadingError("This is no list that `hueandcry words --read` wrote: its first line was changed.")
    language = named[rows[0][4]]
    known = {(line.english, line.where): line for line in lines_of(language)}
    taken: dict[tuple[catalogues.Message, int], str] = {}
    refused = []
    for row in rows[1:]:
        if any(row[len(HEADS) :]):
            refused.append(f"Line {row[0][:20]}: it has more cells than the list. Is a quotation mark missing near it?")
            continue
        better = row[5].strip() if len(row) >= len(HEADS) else ""
        if not better:
            continue
        line = known.get((row[3], row[2]))
        if line is None or line.key is None:
            refused.append(f"Line {row[0]}: this sentence is not in the catalogue; look at it by hand: {better}")
        elif _held(better) != _held(line.here):
            refused.append(
                f"Line {row[0]}: keep {', '.join(_held(line.here)) or 'it without braces and numbers'}: {better}"
            )
        else:
            taken[line.key] = better
    return language, taken, refused


def _between(text: str) -> str:
    """Return what stands between cells: spreadsheets set to Polish write semicolons."""
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _held(text: str) -> list[str]:
    return sorted(_HELD.findall(text))


def put(catalogue: Any, better: Iterable[tuple[tuple[catalogues.Message, int], str]]) -> None:  # noqa: ANN401 - Babel's
    """Write what was taken into a catalogue."""
    for (message, form), text in better:
        entry = catalogue.get(message if isinstance(message, str) else message[0])
        if isinstance(message, str):
            entry.string = text
        else:
            entry.string = tuple(text if place == form else old for place, old in enumerate(entry.string))
