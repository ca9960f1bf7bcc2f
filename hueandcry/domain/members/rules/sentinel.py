"""The sentinel: stops an officer before somebody who tells us things becomes a covert source. Pure.

Volunteering is free; being set a task about a person, through a relationship that they have, is not (RIPA 2000, section
26(8); Covert Human Intelligence Sources, Revised Code of Practice, December 2022; domain.md pitfall 4). A machine reads
words here and proposes; it stands between one officer and one person, never before a broadcast.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

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

RIPA = "RIPA 2000 s26(8); CHIS Code of Practice 2022"
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
class Tasking:
    """One way of setting somebody a task, with what to write instead and where the rule comes from.

    Attributes:
        ours_is_fine: `we will find out who` is our own work.
        past_is_fine: `did you film them?` asks what was, and sets no task.
    """

    code: str
    pattern: re.Pattern[str]
    instead: str
    source: str = RIPA
    ours_is_fine: bool = True
    past_is_fine: bool = False


@dataclass(frozen=True)
class Caution:
    """One thing that the sentinel found in what an officer is about to write to one person."""

    code: str
    verdict: Verdict
    sentence: str
    source: str


_THEM = r"(?:him|her|them|whoever)"
_THEY = r"(?:he|she|they)"
_THEIR = r"(?:his|her|their)"
_FOLK = (
    r"(?:lads?|man|men|wom[ae]n|boys?|girls?|famil(?:y|ies)|neighbours?|tenants?|owner|landlord|driver|brothers?|sons?|"
    r"father|mother|wife|husband|couple|workers?|travellers?|house|farm|yard|caravan|flat|place next door|van"
    r"|car|people)"
)


def _row(code: str, pattern: str, instead: str, *, ours_is_fine: bool = True, past_is_fine: bool = False) -> Tasking:
    compiled = re.compile(pattern, re.IGNORECASE)
    return Tasking(code, compiled, instead, ours_is_fine=ours_is_fine, past_is_fine=past_is_fine)


TASKING: tuple[Tasking, ...] = (
    _row(
        "find_out",
        rf"\bfind(?:ing)? out (?:who|whose|which|{_THEIR}|(?:where|when|what|why|how|whether|if) (?:{_THEY}|it"
        rf"|the|that)\b"
        rf"|(?:more )?(?:about|on) (?:{_THEM}|the {_FOLK}))",
        "Ask what they know already: “Do you know whose it is?”",
    ),
    _row(
        "help_find",
        r"\b(?:can|could|will|would) you help us (?:to )?(?:find out|identify|catch|get)\b",
        "Ask what they saw, not for help with finding out.",
        ours_is_fine=False,
    ),
    _row(
        "watch",
        r"\bkeep(?:ing)? (?:an?|your) (?:close |good |quiet )?(?:eyes?|watch|ears?|tabs|lookout) (?:open )?(?:on"
        r"|over)\b"
        r"(?! (?:your|our|the (?:weather|news|alerts?|website|page)|things|yourself|each other))"
        rf"|\bkeep (?:tabs|watch) on\b|\b(?:watch|monitor|observe|spy on) (?:{_THEM}|{_THEIR}|the {_FOLK}|number \d)\b",
        "Say: “Tell us if you happen to see it again.”",
    ),
    _row(
        "get_close",
        rf"\b(?:get|become|grow) (?:close|closer|friendly|pally|matey|in) (?:to|with) (?!your\b)"
        rf"|\bbefriend\b|\bmake friends with\b|\b(?:gain|win|earn) (?:{_THEIR}|the \w+'?s?) (?:trust|confidence)"
        rf"|\bget (?:{_THEM}|the {_FOLK}) (?:talking|to talk|to tell|drunk)|\bget to know (?:{_THEM}|the {_FOLK})"
        rf"|\bchat (?:{_THEM} up|up {_THEM})|\bstrike up\b|\bgo (?:for a )?(?:drink|pint)s? with {_THEM}",
        "Nobody is asked to use a friendship for us.",
    ),
    _row(
        "use_relationship",
        rf"\b(?:use|using) your (?:friendship|relationship|position|contacts?|job|round|access)\b"
        rf"|\b(?:{_THEY}|the {_FOLK}) (?:trusts?|talks? to|will talk to|listens? to|confides? in) you\b"
        rf"|\bas {_THEIR} (?:friend|neighbour|mate|brother|sister|cousin|vet|postman|landlord|boss|employer)\b",
        "Nobody is asked to use what they are to somebody for us.",
        ours_is_fine=False,
    ),
    _row(
        "ask_them",
        rf"\bask {_THEM}\b(?! (?:to|if they (?:want|would like) to) (?:ring|call|phone|text|join|sign|register"
        rf"|contact|report"
        r"|speak|dial|stop|leave|go|move|tell us|get in touch|come))"
        rf"|\bask(?:ing)? (?:around|round)\b|\bask (?:the|{_THEIR}) (?:\w+ ){{1,2}}(?:about|who|what|where|if"
        rf"|whether|why|when)\b"
        rf"|\bask your \w+ (?:about|what) (?:{_THEM}|{_THEY}|{_THEIR})\b|\bquiz (?:{_THEM}|the)\b"
        rf"|\bsound {_THEM} out\b",
        "Say: “They can ring us on 101”, and ask them yourself.",
    ),
    _row(
        "note_down",
        r"\b(?:note|write|jot|take|log|list|keep|make)\b(?: down| a (?:note|list|record|log|diary) of"
        r"| notes? (?:of|on)| track of)? "
        rf"(?:who(?:ever)?\b|when (?:{_THEY}|anyone|anybody|somebody|people)\b|what times? {_THEY}\b"
        r"|(?:anyone|anybody|everyone|everybody) (?:who|that|coming|going|visiting)"
        rf"|{_THEIR} (?:visitors|movements|comings|routine|car|van)|(?:all|any|every) (?:the |of the )?"
        r"(?:cars?|vehicles?|vans?|visitors?|plates?|people|callers?|regs?|registrations?) (?:that|which|who"
        r"|coming|going|visiting|at|outside))",
        "Ask for what they remember of that one time.",
    ),
    _row(
        "see_who",
        rf"\b(?:see|check|look|watch|listen)(?: out)?(?: for)? (?:who (?:visits|comes|goes|calls|lives|turns up"
        rf"|stays|meets|else "
        rf"(?:visits|comes|goes|lives|is))|what {_THEY} (?:say|says|do|does|get|gets|is|are)\b)",
        "Ask what they saw already: “Did you see who was driving?”",
    ),
    _row(
        "follow",
        rf"\b(?:follow|tail|shadow) (?:{_THEM}|it(?! up)|that (?:van|car|one|vehicle|man)|the {_FOLK}|{_THEIR})\b"
        rf"|\btrack (?:{_THEM}|{_THEIR} (?:movements|car|van|phone))\b",
        "Nobody follows anybody for us: it is dangerous as well.",
        past_is_fine=True,
    ),
    _row(
        "film",
        rf"\b(?:film|record|photograph|video|snap) (?:{_THEM}|{_THEIR}|the {_FOLK})\b"
        rf"|\b(?:take|get|grab|snap)(?: (?:a|some|any|more|secret|quiet|another))* (?:photos?|pictures?|pics?"
        rf"|videos?|footage|recordings?)"
        rf" of (?:{_THEM}|{_THEIR}|who|the (?!damage|tracks?|gate|fence|lock|tank|scene|field|hole|waste"
        rf"|rubbish){_FOLK}?\b)",
        "Ask only for pictures that they have already.",
        past_is_fine=True,
    ),
    _row(
        "go_there",
        r"\b(?:go|drive|pop|walk|nip|get)(?: (?:round|over|past|by|up|down|along|back|in|out|there))* (?:and|to) "
        r"(?:see|check|look|find|watch|ask|listen|have a look)\b(?! (?:us|me|your|our|after your|the (?:doctor"
        r"|vet|gp)))"
        r"|\b(?:drive|walk|go) (?:past|by|round) (?:again|the (?:house|farm|yard|place)|(?:his|her|their))",
        "Send nobody: that is what patrols are for.",
    ),
    _row(
        "obtain",
        rf"\b(?:try (?:to|and)|see if you can|(?:can|could|will|would) you|please|need you to"
        rf"|want you to)(?: \w+){{0,2}}? "
        rf"(?:get|obtain|find|dig up|get hold of|bring|copy) (?:me |us )?(?:{_THEIR}|names?|the names?|a name"
        rf"|an? address|what {_THEY})\b",
        "Ask what they know already.",
        ours_is_fine=False,
    ),
    _row(
        "look_inside",
        rf"\b(?:look|check|search|sneak|peek|get|go|listen)(?: \w+)? (?:through|in|into|inside|around|round) {_THEIR} "
        rf"|\blisten in\b|\beavesdrop|\boverhear what\b|\bpretend (?:to|that|you)\b|\b(?:wear|carry) a (?:wire"
        rf"|recorder)\b",
        "Nobody looks or listens for us where they would not by themselves.",
        past_is_fine=True,
    ),
    _row(
        "covertly",
        rf"\bwithout (?:{_THEM}|anyone|anybody) (?:knowing|noticing|finding out)\b|\bbehind {_THEIR} backs?\b"
        rf"|\bon the quiet\b"
        rf"|\b(?:do not|don't|dont|never) (?:let|tell) {_THEM} (?:know|why|that|about|you)\b|\bundercover\b",
        "What somebody must not know is covert, and not for this way.",
        ours_is_fine=False,
    ),
    _row(
        "report_back",
        r"\breport back\b|\b(?:let (?:me|us) know|tell (?:me|us)|text (?:me|us)|ring (?:me|us)|update (?:me|us)"
        r"|keep (?:me|us) "
        rf"(?:posted|informed|updated))\b[^.?!]{{0,40}}\b(?:(?:every|each) (?:time|night|day|week|morning"
        rf"|evening)|whenever {_THEY}\b"
        rf"|what {_THEY} (?:say|says|do|does|is|are|gets?)\b|who {_THEY} (?:meets?|sees?|talks?|is|are)\b"
        rf"|when (?:he|she) \w+"
        r"|when they (?:go|leave|get back|meet)|about (?:his|her|their) (?:movements|plans))",
        "Say: “Tell us if you happen to see anything more.”",
        ours_is_fine=False,
    ),
    _row(
        "reward",
        r"\b(?:pay|reward) you\b|\bworth your while\b|\bsee you right\b|\bcash for\b|\bin return (?:we|i)\b",
        "Offer nothing for information: Crimestoppers has rewards of its own.",
        ours_is_fine=False,
    ),
)

# Words before a verb by which it is forbidden, or is our own work, or is asked of what has been.
_FORBIDDEN = re.compile(
    r"\b(?:do not|don't|dont|never|must not|mustn't|should not|shouldn't|no need to|need not|needn't|not to|rather than"
    r"|instead of|without|cannot|can't|not)\s+(?:(?:try|to|or|and|ever|go|get|follow|stop|approach|challenge"
    r"|film|ask|him|her"
    r"|them|it|anyone|anybody|even)[\s,]+)*\Z",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\b(?:we|i|us|officers?|police|colleagues?|patrols?|crews?|detectives?|the team|somebody here|he|she|they)"
    r"(?:'ll|'d|'re|'ve|'m)?\s+(?:(?:will|would|shall|can|could|may|must|should|are|am|is|have|has|had|to|try"
    r"|trying|tried|going"
    r"|need|needs|want|wants|hope|hoping|like|then|also|now|just|still|soon|working|be|been|and|never)\s+)*\Z",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:did|have|had|were|was) you (?:(?:able|manage|happen|managed|ever|also|to)\s+)*\Z", re.IGNORECASE
)
_LOOK_BACK = 90

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
_POINTS = re.compile(rf"\b(?:{_THEM}|{_THEY}|{_THEIR}|it|that (?:van|car|vehicle|man|one)|the same)\b", re.IGNORECASE)
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
    return found


def tasking(*, text: str) -> tuple[str, Tasking] | None:
    """Return the first words that set somebody a task, with their row; None when there are none."""
    return next(_tasked(_plain(text)), None)


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
    for words, row in _tasked(said):
        sentence = f"“{words}” sets one person a task. {row.instead} {TEST.format(unit=unit)}"
        yield Caution(row.code, Verdict.STOP, sentence, row.source)
        return


def _tasked(said: str) -> Iterator[tuple[str, Tasking]]:
    for row in TASKING:
        for found in row.pattern.finditer(said):
            before = said[max(0, found.start() - _LOOK_BACK) : found.start()]
            if row.code != "covertly" and _FORBIDDEN.search(before):
                continue
            if (row.ours_is_fine and _OURS.search(before)) or (row.past_is_fine and _PAST.search(before)):
                continue
            yield found[0].strip(), row
            break


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
