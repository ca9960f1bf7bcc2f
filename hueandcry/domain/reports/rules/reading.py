"""Reading an answer: danger first, then anything seen, then the short answers. Pure."""

import re

from hueandcry.domain.reports.rules.kinds import Extract, Plate, Reading
from hueandcry.domain.reports.rules.naming import read_aims, read_names
from hueandcry.domain.reports.rules.words import read_direction, read_people, read_vehicle
from hueandcry.kit import grid, plates, postcodes
from hueandcry.kit.text import fold

MOST_READ = 4_000  # characters: an e-mail may be long, its first page is enough for a proposal

SHORT_ANSWERS: dict[Reading, frozenset[str]] = {
    Reading.SIGHTING: frozenset(
        (
            "1",
            "Y",
            "YE",
            "YES",
            "YEP",
            "YEAH",
            "YEH",
            "YUP",
            "AYE",
            "SEEN",
            "SPOTTED",
            "SAW IT",
            "SEEN IT",
            "JUST SEEN",
            "SEEN THEM",
            "SAW THEM",
            "YES SEEN",
            "YES SEEN IT",
            "YES 1",
            "1 YES",
            "IE",
            "YDW",
            "OES",
            "DO",
            "YES I HAVE",
        )
    ),
    Reading.NOTHING: frozenset(
        (
            "2",
            "N",
            "NO",
            "NOPE",
            "NAH",
            "NONE",
            "NIL",
            "NOWT",
            "NOTHING",
            "NEGATIVE",
            "CLEAR",
            "QUIET",
            "ALL QUIET",
            "NA",
            "NADDO",
            "NAC OES",
            "NAGE",
            "NO 2",
            "2 NO",
            "NO SORRY",
            "NOT SEEN",
            "NOTHING SEEN",
            "NO SIGN",
            "NOT HERE",
            "NO THANKS",
            "ALL CLEAR",
            "DIM BYD",
        )
    ),
    Reading.CALL_ME: frozenset(
        (
            "3",
            "CALL",
            "RING",
            "PHONE",
            "CALL ME",
            "RING ME",
            "PHONE ME",
            "CALL BACK",
            "RING BACK",
            "CALLBACK",
            "3 CALL",
            "CALL PLEASE",
            "CALL ME PLEASE",
            "PLEASE CALL",
            "3 CALL ME",
            "RING ME BACK",
            "CALL ME BACK",
        )
    ),
}
_FIRST_CODE = re.compile(r"\s*([123])(?:\s*[).:,;-]\s*|\s*\Z|\s+(?=\D))")
_MEANING = {"1": Reading.SIGHTING, "2": Reading.NOTHING, "3": Reading.CALL_ME}
# `2 men in a van` counts men; it is not the answer 2.
_COUNTED = re.compile(
    r"\s*[123]\s+(?:\w+\s+){0,2}?(?:m[ae]n|lads?|blokes?|people|persons?|males?|guys?|wom[ae]n|kids?|dogs?|cars?|vans?|trucks?"
    r"|pick-?ups?|vehicles?|quads?|bikes?|lurchers?|miles?|fields?|of\b|lots?|or\b|x\b)",
    re.IGNORECASE,
)

_WEAPON = (
    r"(?:gun|guns|shotgun|rifle|pistol|firearm|knife|knives|machete|axe|crossbow|bat|weapon|weapons|hammer|crowbar)"
)
_US = r"(?:me|us|my|our|him|her|them|wife|husband|dad|mum|son|daughter|lad|keeper|farmer|someone|somebody|people)"
DANGER = re.compile(
    rf"""\b(?:shotguns?|gun\s?point|guns?\s+(?:pointed|drawn|out)|shots?\s+fired|gun\s?shots?|heard\s+shots|shooting\s+at|shot\s+at|been\s+shot)\b
    |\b(?:has|have|had|got|hes\s+got|with|carrying|holding|waving|pointing|pulled|brandishing)\s+(?:an?\s+|the\s+|his\s+|some\s+)?
        (?:\w+\s+)?{_WEAPON}\b
    |\bthreat(?:en(?:ed|ing|s)?)\b|\bmaking\s+threats\b
    |\b(?:attack(?:ed|ing|s)?|assault(?:ed|ing)?|stabb(?:ed|ing)|beat(?:en|ing)\s+up|punched|ramm(?:ed|ing)|chas(?:ed|ing)\s+{_US}
        |follow(?:ed|ing)\s+(?:me|us)|(?:ran|run|runs|drove|driving|driven|came|coming|swung|going)\s+(?:straight\s+)?(?:at|for)\s+(?:me|us)\b)
    |\b(?:on\s+fire|set\s+(?:\w+\s+){{0,2}}(?:fire|alight)|(?:barn|house|stack|shed|field|hay|straw)\s?fire|fire\s+in\b|there'?s\s+a\s+fire|in\s+flames|burning\s+down)\b
    |\b(?:hurt|injured|injury|bleeding|unconscious|not\s+breathing|collapsed|dying|trapped)\b
    |\bhelp\s+(?:me|us|now|quick|quickly|please|asap|needed|urgent(?:ly)?)\b|\b(?:need|send|get|want)\s+(?:some\s+)?help\b
    |\bplease\s+help\b|\A\W*help\W*\Z|\bhelp!|!\s*help\b
    |\b(?:in|into|inside)\s+(?:the|my|our)\s+house\b|\bbreaking\s+in(?:to)?\b
    |\b(?:scared|terrified|frightened|fear\s+for)\b|\b(?:kill|killed|killing)\s+{_US}\b
    |\b(?:in|real|immediate)\s+danger\b|\bemergency\b|\bambulance\b|\b(?:need|send|get)\s+(?:the\s+)?police\b|\bpolice\s+now\b|\bsos\b
    |\bcymorth\s+nawr\b""",  # Welsh: help now
    re.IGNORECASE | re.VERBOSE,
)
_NO_DANGER = re.compile(
    r"\b(?:no|not|nobody|no one|noone|isnt|wasnt|without|any)\s+(?:\w+\s+)?(?:in\s+)?"
    r"(?:danger|hurt|injured|injur\w*|threat\w*|emergency|ambulance|scared|frightened)\b"
    r"|\bnot an emergency\b|\bno help\b|\bfrightened off\b|\bscared (?:them|him|it|off)\b",
    re.IGNORECASE,
)

_NEGATIVE = re.compile(
    r"\b(?:no sign|not? seen|haven'?t seen|hasn'?t seen|have not seen|didn'?t see|did not see|not been"
    r"|seen (?:no|nothing|nowt|none)"
    r"|nothing|nowt|none|nobody|no one|noone|nil|no (?:\w+ ){0,2}(?:here|seen|round here|about|today|tonight)|not here"
    r"|dim byd|all quiet|all clear|no joy)\b|\A\s*(?:no|nope|nah|na)\b",
    re.IGNORECASE,
)
_POSITIVE = re.compile(
    r"\b(?:seen|saw|spotted|just (?:gone|passed|went|been)|gone past|went past|passed (?:me|us|here|by|through)"
    r"|parked|heading|here now|there now|they'?re (?:here|back|in)|they are (?:here|back|in)"
    r"|coursing|lamping|lurchers?|poach\w*|wedi gweld"
    r"|turned (?:left|right|up|round|into)|drove (?:off|past|through|away|into)|suspicious\w*)\b"
    r"|\A\s*(?:yes|yep|yeah|aye)\b",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"\b(?:(?:call|ring|phone|bell)\s+(?:me|us)(?:\s+back)?|(?:give|gimme)\s+(?:me|us)?\s*a\s+(?:call|ring|bell|shout)"
    r"|(?:can|could|will)\s+(?:you|some\s?(?:one|body))\s+(?:please\s+)?(?:call|ring|phone)|(?:please|pls)\s+(?:call|ring|phone)"
    r"|want(?:s)?\s+a\s+call|ffoniwch)\b",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[.,;!?\n]+|\bbut\b|\balthough\b|\bthough\b|\bhowever\b|\bonly\b|\bthen\b", re.IGNORECASE)


# `53.883, -2.662`, as telephones write where they are: three decimals at least, or it may be money or a time.
_DEGREES = re.compile(
    r"(?<![\d.,-])([+-]?\d{1,2}\.\d{3,9})°?\s*N?\s*[,; ]\s*([+-]?\d{1,3}\.\d{3,9})(?![\d.]|°?\s*[WwSs]\b)"
)


def read_answer(text: str) -> Extract:
    """Read an answer: what it seems to be, and the plates, places, vehicle, direction and people in it.

    Danger comes before all else; then anything seen, even behind a `no`; then the bare codes 1, 2, 3 and their words.
    """
    text = text[:MOST_READ]
    marks = tuple(Plate(mark.text, mark.normal, mark.whole) for mark in plates.find(text))
    squares = tuple(dict.fromkeys(reference.label for reference in grid.find(text)))
    written = tuple(postcodes.find(text))
    degrees = tuple(dict.fromkeys(f"{found[1]}, {found[2]}" for found in _DEGREES.finditer(text)))
    direction, people = read_direction(text), read_people(text)
    vehicle = read_vehicle(text)
    seen = bool(marks or squares or degrees or direction) or _is_seen(text)
    reading = _reading(text, seen=seen)
    return Extract(
        *(reading, marks, squares, written, direction, vehicle, people, degrees),
        names=read_names(text),
        aims=read_aims(text),
    )


def _reading(text: str, *, seen: bool) -> Reading:
    if DANGER.search(_NO_DANGER.sub(" ", text)):
        return Reading.DANGER
    if seen:
        return Reading.SIGHTING
    return _by_code(text) or _by_turn_of_phrase(text)


def _by_code(text: str) -> Reading | None:
    """Read the bare codes and their words: `1`, `2 nothing here`, `nowt`."""
    said = fold(text)
    for reading, words in SHORT_ANSWERS.items():
        if said in words:
            return reading
    code = _FIRST_CODE.match(text)
    return _MEANING[code[1]] if code and not _COUNTED.match(text) else None


def _by_turn_of_phrase(text: str) -> Reading:
    for reading, phrase in (
        (Reading.CALL_ME, _CALL),
        (Reading.NOTHING, _NEGATIVE),
        (Reading.SIGHTING, _POSITIVE),
    ):
        if phrase.search(text):
            return reading
    return Reading.UNCLEAR


def _is_seen(text: str) -> bool:
    """Say whether a vehicle or people stand in a part of the answer that does not deny them."""
    return any(
        (read_vehicle(clause) or read_people(clause)) and not _NEGATIVE.search(clause) and not _DENIED.search(clause)
        for clause in _CLAUSES.split(_NO_PLATE.sub(" ", text))
    )


# `two quads, no plates` denies the plates and not the quads.
_NO_PLATE = re.compile(
    r"\b(?:no|without|not got|didn'?t (?:get|see|catch)|couldn'?t (?:get|see|read))(?: an?y?| the)?"
    r" (?:number ?plates?|plates?|reg(?:istration)?s?|numbers?)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:no|not|any|isn'?t|wasn'?t|aren'?t)\b", re.IGNORECASE)
