"""The sentinel: stops an officer before somebody who tells us things becomes a covert source. Pure.

Volunteering is free; being set a task about a person, through a relationship that they have, is not (RIPA 2000, section
26(8); Covert Human Intelligence Sources, Revised Code of Practice, December 2022; domain.md pitfall 4). A machine reads
words here and proposes; it stands between one officer and one person, never before a broadcast.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from hueandcry.domain.members.rules.doubting import may_be_a_task
from hueandcry.domain.members.rules.tasking import RIPA, Tasking, tasks_in
from hueandcry.kit import grid, plates, postcodes
from hueandcry.kit.kinds import Kind
from hueandcry.kit.text import fold

# What is written to so few is asked of each of them.
FEW = 3
# The first asking is free, the second warns, the third within so many days stops.
ASKED_WITHIN_DAYS = 90
WARNS_AT, STOPS_AT = 1, 2
MOST_READ = 4_000
MOST_SUBJECTS = 12

CODE_YOUNG = "CHIS Code of Practice 2022, juveniles; domain.md pitfall 4"
DRIFT = "domain.md pitfall 4 and idea 15 (status drift)"
TEST = (
    "The test for a covert source: are they to use or build up what somebody is to them, to learn something or pass it "
    "on, without that person knowing why? If that may be so, do not send this: speak to {unit} first."
)
YOUNG = (
    "This person may be under 18, or speaks for those who are: never ask them about a person. "
    "Ask about the place in general, or speak to {unit}."
)
MAY_BE_A_TASK = "“{words}” may ask this person to do something about somebody else for us. {test}"
ASKED_BEFORE = (
    "This person was asked about the same thing before, within the last three months. Ask again only if you must: "
    "who is asked again and again about one person or house may become a covert source without anybody deciding it."
)
ASKED_AGAIN = (
    "This person was asked about the same thing {times} times within the last three months, so this is not sent. "
    "They may tell us more whenever they like; we do not ask again."
)
IN_A_NOTE = (
    "Leave {found} out: a note is practical only (mornings are best, ring twice). What they told you about a"
    " vehicle or "
    "a person is a report: let them text or ring it in, so that it is read, graded and answered."
)


class Verdict(Kind):
    """What a finding of the sentinel means for the officer."""

    STOP = "stop", "Not sent"
    WARN = "warn", "Think again"


@dataclass(frozen=True)
class Caution:
    """One thing that the sentinel found in what an officer is about to write to one person."""

    code: str
    verdict: Verdict
    sentence: str
    source: str


_ASKS = re.compile(
    r"\?|\b(?:please|can you|could you|would you|do you know|any (?:idea|news|sign)|let (?:us|me) know|tell (?:us|me)"
    r"|send (?:us|me))\b",
    re.IGNORECASE,
)
# An open door is no question: `tell us if you see it again`.
_OPEN_DOOR = re.compile(
    r"\b(?:if|should|when(?:ever)?) you (?:do |ever |happen to |can |could )*"
    r"(?:see|hear|spot|notice|remember|think|recall|find|have|get|know|want|need|wish)\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:again|since|lately|recently|still|any(?:thing)? more|any news|tonight|this week|these days|been back"
    r"|come back"
    r"|came back|next time)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:him|her|them|whoever|he|she|they|his|their|it|that (?:van|car|vehicle|man|one)|the same)\b", re.IGNORECASE
)
_PERSON = re.compile(
    r"\b(?:he|she|him|her|his|who|whose|whom|they|them|their|names?|somebody|someone|m[ae]n|wom[ae]n|lads?|boys?"
    r"|girls?|mates?"
    r"|friends?|famil(?:y|ies)|brothers?|sisters?|dad|mum|father|mother|parents?|uncle|dealers?|kids?|people|person)\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")


def cautions(*, text: str, times: int = 0, young: bool = False, unit: str) -> list[Caution]:
    """Return what speaks against writing this to one person, what stops first.

    `times` is how often they were asked about the same subject within the last 90 days; `young`: they may be under 18.
    """
    said = _plain(text)
    found = list(_taskings(said, unit))
    if young and asks(text=said) and (_PERSON.search(said) or any(_names(said))):
        found.append(Caution("young", Verdict.STOP, YOUNG.format(unit=unit), CODE_YOUNG))
    if times >= STOPS_AT:
        again = f"{ASKED_AGAIN.format(times=times)} {TEST.format(unit=unit)}"
        found.append(Caution("asked_again", Verdict.STOP, again, DRIFT))
    elif times >= WARNS_AT:
        found.append(Caution("asked_before", Verdict.WARN, ASKED_BEFORE, DRIFT))
    if all(one.verdict == Verdict.WARN for one in found) and (words := may_be_a_task(said, names=_names(said))):
        doubtful = MAY_BE_A_TASK.format(words=words, test=TEST.format(unit=unit))
        found.append(Caution("may_be_a_task", Verdict.WARN, doubtful, RIPA))
    return found


def tasking(*, text: str) -> tuple[str, Tasking] | None:
    """Return the first words that set somebody a task, with their row; None when there are none."""
    return next(tasks_in(_plain(text)), None)


def cautions_in_note(*, text: str, unit: str, theirs: bool = False) -> list[Caution]:
    """Return what speaks against a practical note about somebody; `theirs` when it holds their own words."""
    said = _plain(text)
    marks = [mark.text for mark in plates.find(said)]
    found = []
    if marks:
        found.append(Caution("told", Verdict.STOP, IN_A_NOTE.format(found=f"“{marks[0]}”"), DRIFT))
    if not theirs:
        found += _taskings(_without_subject(said), unit)
    return found


def asks(*, text: str) -> bool:
    """Say whether the words ask for something; an open door (`tell us if you see it again`) does not."""
    return any(_ASKS.search(part) and not _OPEN_DOOR.search(part) for part in _SENTENCES.split(_plain(text)))


def subjects(*, text: str, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return what somebody is asked about: plates, grid references, postcodes, names; folded, each once.

    `known` is what the conversation is about: it counts where the words point at it and ask for more (`seen again?`).
    """
    said = _plain(text)
    if not asks(text=said):
        return ()
    found = [*_marks(said), *(ref.label for ref in grid.find(said)), *postcodes.find(said), *_names(said)]
    if _POINTS.search(said) and _AGAIN.search(said):
        found += known
    return tuple(dict.fromkeys(key for one in found if (key := fold(one).replace(" ", ""))))[:MOST_SUBJECTS]


def subject_hash(subject: str) -> bytes:
    """Return what is kept of a subject: nobody can read from it who or what was asked about."""
    return hashlib.sha256(f"ask:{fold(subject).replace(' ', '')}".encode()).digest()


def _taskings(said: str, unit: str) -> Iterator[Caution]:
    for words, row in tasks_in(said):
        sentence = f"“{words}” sets one person a task. {row.instead} {TEST.format(unit=unit)}"
        yield Caution(row.code, Verdict.STOP, sentence, row.source)
        return


def _without_subject(said: str) -> str:
    """Take `we` out of a note, where `we asked him to` is how tasks are written down."""
    return re.sub(r"\b(?:we|i|he|she|they)(?:'ll|'d|'ve)?\b", ",", said, flags=re.IGNORECASE)


def _marks(said: str) -> Iterator[str]:
    for mark in plates.find(said):
        yield mark.normal


# Words that begin with a capital and name neither a person nor a place.
_NO_NAME = frozenset(
    {
        "MR", "I", "PC", "PCSO", "SGT", "SERGEANT", "INSPECTOR", "POLICE", "CONSTABLE", "OFFICER", "OFFICERS", "DC",
        "DS",
        "WPC", "CID", "RTA", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY", "JANUARY",
        "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER",
        "CCTV", "CRIMESTOPPERS", "FACEBOOK", "WHATSAPP", "GOOGLE", "WATCH", "CANAL", "COUNCIL", "ANPR", "DVLA",
        "RSPCA", "OK", "UK", "ENGLISH", "WELSH", "POLISH", "CHRISTMAS", "EASTER", "LAND", "ROVER", "FORD", "NISSAN",
        "TOYOTA", "TRANSIT", "HILUX", "NAVARA", "DEFENDER", "JOHN", "DEERE", "NFU", "YES", "NO", "THANKS", "THANK",
        "HELLO", "HI", "DEAR", "REGARDS", "SIR", "MADAM", "GPS", "EMAIL", "STOP", "REF", "REFERENCE", "QUAD",
    }
)  # fmt: skip
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Rev)\.? ((?:[A-Z][\w'-]+ ?){1,2})")
_OF_OURS = re.compile(r"\b(?:PC|PCSO|DC|DS|Sgt|Sergeant|Inspector|Constable|Operator|Officer) [A-Z][\w'-]+")
_CAPITAL = re.compile(r"[A-Z][a-z][\w'-]*(?: [A-Z][a-z][\w'-]*){0,2}")


def _names(said: str) -> Iterator[str]:
    """Yield names of people and places: behind a title, or with a capital inside a sentence; the last word too."""
    said = _OF_OURS.sub("", said)
    for found in _TITLED.finditer(said):
        yield found[1].split()[-1]
    for sentence in _SENTENCES.split(_TITLED.sub("", said)):
        for found in _CAPITAL.finditer(sentence):
            words = found[0].split()
            if found.start() == 0:
                words = words[1:]
            kept = [word for word in words if word.upper().removesuffix("'S") not in _NO_NAME]
            if kept and len(kept) == len(words):
                yield " ".join(kept).removesuffix("'s")
                if len(kept) > 1 and kept[-1] not in _GROUND:
                    yield kept[-1].removesuffix("'s")


_GROUND = frozenset(
    {
        "Lane", "Road", "Street", "Way", "Farm", "Barn", "House", "Cottage", "Wood", "Woods", "Bridge", "Hill",
        "Close", "Drove", "Yard", "Green", "Mill", "Hall", "Lodge", "Inn", "Arms", "Avenue", "Drive", "Court", "Park",
        "Field", "Track",
    }
)  # fmt: skip


def _plain(text: str) -> str:
    return " ".join(text[:MOST_READ].replace("\u2019", "'").replace("\u2018", "'").split(" "))
