"""Registration marks: their shapes, how alike two are, and finding them in free text. Pure.

A machine proposes, a person decides: nothing here says that two marks are the same vehicle.
"""

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from hueandcry.kit import grid, postcodes
from hueandcry.kit.kinds import Kind
from hueandcry.kit.text import plain


class Format(Kind):
    """The series that a mark may belong to."""

    CURRENT = "current", "Current (2001 on)"
    PREFIX = "prefix", "Prefix (1983 to 2001)"
    Q_PREFIX = "q_prefix", "Q: age not known"
    SUFFIX = "suffix", "Suffix (1963 to 1983)"
    NORTHERN_IRELAND = "ni", "Northern Ireland"
    IRELAND = "roi", "Ireland"
    ISLANDS = "islands", "Jersey, Guernsey or Alderney"
    DATELESS = "dateless", "Dateless (before 1963)"
    DATELESS_REVERSED = "dateless_reversed", "Dateless, figures first"
    DIPLOMATIC = "diplomatic", "Diplomatic"
    MILITARY = "military", "Military"
    TRAILER = "trailer", "Trailer (2019 on)"


class Mark(NamedTuple):
    """A mark in free text: as typed, in capitals without spaces (`?` one sign, `*` any, when partial), and where."""

    text: str
    normal: str
    whole: bool
    span: tuple[int, int]


_LETTER = "[A-HJ-PR-Y]"
_COUNTIES = "[CDGLWT]|CE|CN|CW|DL|KE|KK|KY|LD|LH|LK|LM|LS|MH|MN|MO|OY|RN|SO|TN|TS|TA|WD|WH|WW|WX|WI"
_SHAPES: dict[Format, re.Pattern[str]] = {
    Format.CURRENT: re.compile(r"[A-HJ-PR-Y]{2}(?!00|01|50)\d{2}[A-HJ-PR-Z]{3}\Z"),
    Format.PREFIX: re.compile(rf"[A-HJ-NPR-TV-Y](?!0)\d{{1,3}}{_LETTER}{{3}}\Z"),
    Format.Q_PREFIX: re.compile(rf"Q(?!0)\d{{1,3}}{_LETTER}{{3}}\Z"),
    Format.SUFFIX: re.compile(rf"{_LETTER}{{3}}(?!0)\d{{1,3}}[A-HJ-NPR-TV-Y]\Z"),
    # One pair of every area code holds an I or a Z; the first letter of three never does.
    Format.NORTHERN_IRELAND: re.compile(
        rf"(?:{_LETTER}?(?:{_LETTER}Z|{_LETTER}I|I[ABGJLW])(?!0)\d{{1,4}}"
        rf"|(?!0)\d{{1,4}}{_LETTER}?(?:{_LETTER}Z|{_LETTER}I|I[ABGJLW]))\Z"
    ),
    Format.IRELAND: re.compile(rf"(?:8[7-9]|9\d|0\d|1[0-2]|1[3-9][12]|[2-9]\d[12])(?:{_COUNTIES})\d{{1,6}}\Z"),
    Format.ISLANDS: re.compile(r"(?:J\d{1,6}|\d{1,5}|AY\d{1,4})\Z"),
    Format.DATELESS: re.compile(rf"(?:{_LETTER}{{1,2}}(?!0)\d{{1,4}}|{_LETTER}{{3}}(?!0)\d{{1,3}})\Z"),
    Format.DATELESS_REVERSED: re.compile(rf"(?!0)(?:\d{{1,4}}{_LETTER}{{1,2}}|\d{{1,3}}{_LETTER}{{3}})\Z"),
    Format.DIPLOMATIC: re.compile(r"\d{3}[DX]\d{3}\Z"),
    Format.MILITARY: re.compile(r"(?:\d{2}[A-Z]{2}\d{2}|[A-Z]{2}\d{2}[A-Z]{2})\Z"),
    Format.TRAILER: re.compile(r"[A-Z]\d{7}\Z"),
}
# How each common series is written, letter (L) or figure (D), to undo a slip of the finger; the commonest first.
_PATTERNS = ("LLDDLLL", "LDDDLLL", "LDDLLL", "LDLLL", "LLLDDDL", "LLLDDL", "LLLDL")
_WHOLE_SERIES = (Format.CURRENT, Format.PREFIX, Format.Q_PREFIX, Format.SUFFIX)
# The first sign is what fingers and eyes take for the second.
_TO_FIGURE = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
_TO_LETTER = {"0": "O", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B"}
_MOST_SLIPS = 2

# On a legal plate O and 0, and I and 1, are the same sign.
_SAME_SIGN = str.maketrans({"O": "0", "I": "1"})
_ALIKE = 0.35
_SWAPPED = 0.5
_CONFUSABLE = frozenset(
    pair
    for group in (
        *("0DQC", "8B3", "5S", "2Z", "6GC", "1L7T", "4A", "MN", "HM", "HN", "VY", "VW", "UV", "YU", "WU", "EF"),
        *("PR", "DP", "RD", "KX", "JU"),
    )
    for pair in itertools.permutations(group, 2)
)
CANDIDATE = 1.0  # marks at most this far apart are worth showing to a person
_YEAR_OF_LETTER = {letter: 1983 + number for number, letter in enumerate("ABCDEFGHJKLMNPR")}
_ALPHABET = (
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo "
    "Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
)
_SPOKEN = {word[0]: word for word in _ALPHABET.split()}


def normalise(text: str) -> str:
    """Return capitals and figures only: `ao51 bcd` → `AO51BCD`."""
    return re.sub(r"[^A-Z0-9]", "", plain(text).upper())


def fold(text: str) -> str:
    """Return the mark with the signs that are one on a plate made one (O as 0, I as 1): what to look up and compare."""
    return normalise(text).translate(_SAME_SIGN)


def formats(text: str) -> tuple[Format, ...]:
    """Return every series that this may be a whole mark of, as typed; none when it is not a mark."""
    if re.search(r"[^A-Za-z0-9 .\-]", text.strip()):
        return ()
    mark = normalise(text)
    return tuple(name for name, shape in _SHAPES.items() if shape.match(mark))


def readings(text: str) -> tuple[str, ...]:
    """Return the whole current, prefix or suffix marks that this may be with up to two slips undone, fewest first."""
    mark = normalise(text)
    found: dict[str, int] = {}
    for pattern in _PATTERNS:
        read = _undo_slips(mark, pattern)
        if read is not None and read[1] <= _MOST_SLIPS and any(_SHAPES[name].match(read[0]) for name in _WHOLE_SERIES):
            found[read[0]] = min(read[1], found.get(read[0], _MOST_SLIPS))
    return tuple(sorted(found, key=lambda reading: found[reading]))


def first_registered(text: str) -> dt.date | None:
    """Return the first day on which a current mark was issued (`51` → September 2001), or None for other series."""
    mark = normalise(text)
    if not _SHAPES[Format.CURRENT].match(mark):
        return None
    number = int(mark[2:4])
    half = 50
    return dt.date(2000 + number, 3, 1) if number < half else dt.date(2000 + number - half, 9, 1)


def spaced(normal: str) -> str:
    """Return a mark as it is written on a plate: `AO51 BCD`, `A123 BCD`, `ABC 123D`; partial ones as they are."""
    if _SHAPES[Format.CURRENT].match(normal):
        return f"{normal[:4]} {normal[4:]}"
    if _SHAPES[Format.PREFIX].match(normal) or _SHAPES[Format.Q_PREFIX].match(normal):
        return f"{normal[:-3]} {normal[-3:]}"
    if _SHAPES[Format.SUFFIX].match(normal) or _SHAPES[Format.DATELESS].match(normal):
        return re.sub(r"\A([A-Z]+)", r"\1 ", normal)
    return normal


def spoken(normal: str) -> str:
    """Return the mark as it is read back over the phone: `Alfa Oscar 5 1 Bravo Charlie Delta`."""
    return " ".join(_SPOKEN.get(sign, sign) for sign in normal)


def distance(one: str, other: str) -> float:
    """Say how far apart two marks are: 0 the same plate, 0.35 a sign that looks alike, 0.5 two swapped, 1 another.

    At most `CANDIDATE` is worth showing to a person, with `differences`; it is never the same vehicle by itself.
    """
    a, b = fold(one), fold(other)
    costs = [[float(i + j) if not (i and j) else 0.0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i, j in itertools.product(range(1, len(a) + 1), range(1, len(b) + 1)):
        steps = [costs[i - 1][j] + 1, costs[i][j - 1] + 1, costs[i - 1][j - 1] + _cost(a[i - 1], b[j - 1])]
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            steps.append(costs[i - 2][j - 2] + _SWAPPED)
        costs[i][j] = min(steps)
    return costs[-1][-1]


def differences(one: str, other: str) -> tuple[tuple[str, str], ...]:
    """Return the signs in which two marks of one length differ, in order; empty for marks of unlike length."""
    a, b = normalise(one), normalise(other)
    if len(a) != len(b):
        return ()
    return tuple((x, y) for x, y in zip(a, b, strict=True) if x.translate(_SAME_SIGN) != y.translate(_SAME_SIGN))


def pattern(text: str) -> re.Pattern[str]:
    """Return what a partial mark fits, to be matched against folded marks: `?` one sign, `*` any number."""
    wild = re.sub(r"[^A-Z0-9?*]", "", text.upper()).translate(_SAME_SIGN)
    return re.compile("".join({"?": "[A-Z0-9]", "*": "[A-Z0-9]*"}.get(sign, sign) for sign in wild) + r"\Z")


def fits(partial: str, mark: str) -> bool:
    """Say whether a whole mark could be what somebody half saw."""
    return bool(pattern(partial).match(fold(mark)))


def _cost(a: str, b: str) -> float:
    if a == b:
        return 0.0
    return _ALIKE if (a, b) in _CONFUSABLE else 1.0


def _undo_slips(mark: str, pattern: str) -> tuple[str, int] | None:
    """Return the mark with each sign made a letter or figure as the pattern asks, and how many were changed."""
    if len(mark) != len(pattern):
        return None
    signs = []
    for sign, kind in zip(mark, pattern, strict=True):
        right = sign.isdigit() if kind == "D" else sign.isalpha()
        signs.append(sign if right else (_TO_FIGURE if kind == "D" else _TO_LETTER).get(sign, ""))
    if "" in signs:
        return None
    # A letter I or Q cannot be on the plate here: fingers meant the figure's twin.
    slips = sum(a != b for a, b in zip(mark, signs, strict=True))
    return "".join(signs), slips


# ---------------------------------------------------------------- free text

# Short words that are never half a plate, folded.
_WORDS = """
A I AM AN AS AT BE BY DO GO HE IF IN IS IT ME MY NO OF OH OK ON OR SO TO UP US WE PM HI IM
AGO ALL AND ANY ARE BIG BUS BUT CAN CAR CAT CCTV COW DAY DID DOG DUE END EWE FAR FEW FOR FOX GAP GET GOT GPS GUN HAD
HAS HER HIM HIS HIT HOT HOW HRS HSE ILL ITS JCB KEY KPH LAD LAY LED LET LOT MAN MAP MEN MIN MPH NEW NOR NOT
NOW OFF OLD ONE OUR OUT OWN OWT PUB PUT QTY RAM RAN RED RUN SAW SAY SEE SET SHE SHOT SIX SON SUV TEN THE THEY
TOO TOP TRY TWO USE VAN WAS WAY WET WHO WHY WITH WON YES YET YOU TXT PLS PLZ MSG THX SMS RLY WKS SCH APP WEB TEL
MON TUE WED THU FRI SAT SUN JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC NTH STH EST WST
ALSO BACK BEEN BLUE CALL CAME COME DARK DOGS DOWN DROP EAST FARM FAST FIVE FOUR FROM GATE GONE GREY HALF HARD
HAVE HEAD HERE HILL JUST KIND LAMP LANE LAST LATE LEFT LIKE LOOK LOST MAKE MANY MORE MUCH NEAR NEXT NINE NONE
NOWT ONLY OVER PAST PLUS PORT REAR RING ROAD SAID SAME SEEN SIDE SIGN SOME SOON SURE TAKE TEXT THAN THAT THEM
THEN THIS THREE TIME TOLD TOOK TURN VANS VERY WENT WERE WEST WHAT WHEN WILL WOOD YARD YOUR ZERO
"""
_COMMON = frozenset(_WORDS.split())

# Stretches that are something else: they are blanked before plates are looked for.
_OTHER_THINGS = re.compile(
    r"""https?://\S+|www\.\S+|\S+@\S+
    |[£$€]\s?\d[\d.,]*\s?[km]?\b|\b\d[\d.,]*\s?(?:quid|pounds?|p|k|euros?)\b
    |(?<![\w])\+?\d[\d()\-]*(?:[ ]\d[\d()\-]*)*(?<=\d{4})(?![\w])
    |\b\d{1,2}[:.]\d{2}(?:\s?[ap]\.?m\b)?|\b\d{1,4}\s?(?:hrs?|hours?|[ap]\.?m)\b|\b\d{1,2}h\d{2}\b
    |\b\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b
    |\b[2468]\s?[x×]\s?[2468]s?\b|\b\d+\s?(?:mph|kph|km|kg|mm|cm|ft|yds?|yards?|miles?|metres?|acres?|mins?|minutes?|secs?)\b
    |\b\d*(?:1st|2nd|3rd|[04-9]th|1[1-3]th)\b
    |\b(?:(?:junction|jct|jn)\s|j)\s?\d{1,2}\b(?!\s?(?-i:[A-Z]{3})\b)|\bM\d{1,2}\b(?!\s?[A-Z]{3}\b)|\b[AB][1-9]\d{2,3}(?:\([A-Z]\))?(?![\dA-Z])(?!\s?(?-i:[A-Z]{3})\b)""",  # noqa: RUF001
    re.IGNORECASE | re.VERBOSE,
)
_TOKEN = re.compile(r"[A-Za-z0-9]+")
_CUE = re.compile(
    r"\b(?:(?:part(?:ial)?|first\s+(?:part|half|bit)\s+(?:of\s+)?(?:the\s+)?|last\s+(?:part|half|bit)\s+(?:of\s+)?(?:the\s+)?)?\W{0,2}"
    r"(?:reg(?:istration|o)?|(?:number\s*|licen[cs]e\s*)?plates?|index|vrm|vrn)(?:\s*(?:no|nos|number|plate|mark))?"
    r"|part(?:ial)?)\b"
    r"\W{0,3}(?:(?:is|was|of|like|something|maybe|possibly|think|thinks?|i|looks?|looked|approx|about|only|got|read|reads|seen|saw"
    r"|with|the|a|had|has|no)\b\W{0,3}){0,4}",
    re.IGNORECASE,
)
_END_CUE = re.compile(
    r"\b(?P<which>end(?:s|ing|ed)?|finish(?:es|ing|ed)?|last\s+(?:three|3|two|2|four|4|bit|part|half|letters|digits)"
    r"(?:\s+(?:letters|digits|of\s+(?:the\s+)?(?:reg|plate)))?"
    r"|start(?:s|ing|ed)?|begin(?:s|ning)?|began|first\s+(?:three|3|two|2|four|4|bit|part|half|letters|digits)"
    r"(?:\s+(?:letters|digits|of\s+(?:the\s+)?(?:reg|plate)))?)\b"
    r"\W{0,3}(?:(?:with|in|is|are|was|were|reg|the|letters|of|plate|off|as|something|like)\b\W{0,3}){0,3}",
    re.IGNORECASE,
)
_PLATE_WORD = re.compile(r"\b(?:reg|registration|plates?|index|vrm|vrn|number\s*plate)\b", re.IGNORECASE)
_PARTIAL = re.compile(r"[.…*?_\-]{0,6}[ ]?[A-Za-z0-9](?:[ ]?[.…*?_\-]{0,4}[ ]?[A-Za-z0-9]){0,6}[.…*?_]{0,6}")
_HALF = re.compile(
    r"(?<![A-Za-z0-9])([A-HJ-PR-Ya-hj-pr-y]{2})(\d{2})(?![A-Za-z0-9]|[ ]?\d)(?:[ ]([A-Z]{1,2})(?![A-Za-z0-9]))?"
)
_WILD = re.compile(r"(?<![\w?*.])(?=\S*\d)(?=\S*[?*]\S)[A-Za-z0-9?*]{4,8}(?:[ ][A-Z?*]{3})?(?!\w)")
_DOTTED = re.compile(r"(?:(?<!\w)[A-Z]{1,2})?(?:\.{2,}|…)[ ]?\d{1,2}[ ]?[A-Z]{1,3}(?!\w)")
_FAR = re.compile(r"(?<![\w-])(?:\d{2,3}-[A-Za-z]{1,2}-\d{1,6}|[A-Z]{3}[ ]?\d{3,4})(?![\w-])")
# Years that have been on plates or soon will be: keeps `GD85` and the like, which are trailers and lorries, out.
_ISSUED = frozenset((*range(2, 36), *range(51, 85)))
_LAST_DISTRICT = 50  # postcode areas of two letters stop well below; halves of marks from September go above
_LEAST, _MOST = 5, 7
_HALF_LENGTH = 4


def find(text: str) -> list[Mark]:
    """Return the marks in free text, whole and partial, in order, none twice; what they may be, never what they are.

    Slips of the finger (O for 0, I for 1, S for 5) are undone in `normal`; grid references, postcodes, roads, times,
    phone numbers and money are not marks. Never raises.
    """
    blanked = _blank(text)
    marks: list[Mark] = []
    for finder in (_announced, _whole, _far, _announced_parts, _ends, _wild, _halves):
        taken = [mark.span for mark in marks]
        marks += [mark for mark in finder(text, blanked) if not any(_overlap(mark.span, span) for span in taken)]
    return _once(sorted(marks, key=lambda mark: mark.span))


def _blank(text: str) -> str:
    """Return the text, as long as before, without what is certainly something else."""
    spans = [span for _, span in postcodes.spans(text)] + [reference.span for reference in grid.find(text)]
    for start, end in [*spans, *(found.span() for found in _OTHER_THINGS.finditer(text))]:
        text = f"{text[:start]}{'|' * (end - start)}{text[end:]}"
    return text


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _once(marks: list[Mark]) -> list[Mark]:
    """Drop repeats, and a part of a mark that is there in whole."""
    kept: dict[str, Mark] = {}
    for mark in marks:
        if mark.normal not in kept:
            kept[mark.normal] = mark
    whole = [mark.normal for mark in kept.values() if mark.whole]
    return [
        mark for mark in kept.values() if mark.whole or not any(pattern(mark.normal).match(fold(one)) for one in whole)
    ]


def _tokens(text: str, start: int = 0, most: int = 200) -> list[re.Match[str]]:
    return list(itertools.islice(_TOKEN.finditer(text, start), most))


def _shouted(word: str, text: str) -> bool:
    """Say whether a word stands in capitals in a text that does not: it was meant as signs, not as a word."""
    return word.isupper() and not text.isupper()


def _whole(text: str, blanked: str) -> Iterator[Mark]:
    """Yield whole marks that need no announcing: in one piece, or in the pieces in which a plate is written."""
    tokens = _tokens(blanked)
    past = -1
    for place, first in enumerate(tokens):
        if first.start() < past:
            continue
        for pieces in (tokens[place : place + 3], tokens[place : place + 2], [first]):
            mark = _whole_from(pieces, text)
            if mark is not None:
                past = mark.span[1]
                yield mark
                break


def _whole_from(pieces: list[re.Match[str]], text: str) -> Mark | None:
    words = [piece[0] for piece in pieces]
    joined = "".join(words).upper()
    if not _LEAST < len(joined) <= _MOST or not _stand_together(pieces, text):
        return None
    if not _is_in_order(words, text):
        return None
    for normal in readings(joined):
        if _believable(joined, normal, words):
            return Mark(
                text[pieces[0].start() : pieces[-1].end()],
                normal,
                whole=True,
                span=(pieces[0].start(), pieces[-1].end()),
            )
    return None


def _stand_together(pieces: list[re.Match[str]], text: str) -> bool:
    between = (text[one.end() : other.start()] for one, other in itertools.pairwise(pieces))
    return all(gap in {" ", "  ", "-", " - ", ".", ",", ""} for gap in between)


def _is_in_order(words: list[str], text: str) -> bool:
    """Refuse pieces that are words or a road with words behind it."""
    if any(word.upper() in _COMMON and not _shouted(word, text) for word in words):
        return False
    if len(words) == 1:
        return True
    lengths = tuple(len(word) for word in words)
    if sum(lengths) == _MOST and lengths in {(4, 3), (2, 5), (2, 2, 3)}:
        return lengths != (2, 2, 3) or text.isupper() or all(word == word.upper() for word in words)
    if len(words) > 2:  # noqa: PLR2004
        return False
    if re.match(r"[ABM]\d{1,4}\Z", words[0], re.IGNORECASE):  # a road, unless the rest is in capitals like a plate
        return _shouted(words[1], text) and lengths[1] == 3  # noqa: PLR2004
    return bool(re.match(r"[A-Z]\d{1,3}\Z|[A-Z]{3}\Z", words[0], re.IGNORECASE)) and (
        text.isupper() or all(word.upper() == word for word in words) or len(words[0]) > 3  # noqa: PLR2004
    )


def _believable(typed: str, normal: str, words: list[str]) -> bool:
    """Keep slips within reason: real figures must remain where figures belong, and no word be turned into figures."""
    if typed == normal:
        # `150p` and `10k` are money and numbers, not the end of a suffix mark.
        return not (_SHAPES[Format.SUFFIX].match(normal) and words[-1][-1:] in {"p", "k", "m"})
    pairs = list(zip(typed, normal, strict=True))
    return (
        bool(_SHAPES[Format.CURRENT].match(normal))
        and len(words[0]) != 2  # noqa: PLR2004  AO 51BCD with a slip is more often a tractor
        and any(a == b for a, b in pairs if b.isdigit())
        and sum(a == b for a, b in pairs if b.isalpha()) >= 3  # noqa: PLR2004
    )


def _far(text: str, blanked: str) -> Iterator[Mark]:
    """Yield marks of both Irelands, which have their own look: `131-D-12345`, `KXZ 1234`."""
    del blanked  # a long number in it would have been taken for a phone's
    for found in _FAR.finditer(text):
        normal = normalise(found[0])
        if _SHAPES[Format.IRELAND if "-" in found[0] else Format.NORTHERN_IRELAND].match(normal):
            yield Mark(found[0], normal, whole=True, span=found.span())


def _announced(text: str, blanked: str) -> Iterator[Mark]:
    """Yield whole marks of any series behind a word such as `reg` or `plate`."""
    del blanked  # behind `reg` even what looks like a grid reference is a mark
    for cue in _CUE.finditer(text):
        tokens = _tokens(text, cue.end(), 3)
        for pieces in (tokens, tokens[:2], tokens[:1]):
            mark = _announced_from(pieces, text, cue.end())
            if mark is not None:
                yield mark
                break


def _announced_from(pieces: list[re.Match[str]], text: str, at: int) -> Mark | None:
    if not pieces or pieces[0].start() - at > 3 or not _stand_together(pieces, text):  # noqa: PLR2004
        return None
    words = [piece[0] for piece in pieces]
    joined = "".join(words).upper()
    if any(word.upper() in _COMMON and not _shouted(word, text) for word in words) or not any(
        sign.isdigit() for sign in joined
    ):
        return None
    span = (pieces[0].start(), pieces[-1].end())
    for normal in (*(readings(joined) if len(joined) == _MOST else ()), joined):
        named = formats(normal)
        if named and set(named) - {Format.ISLANDS, Format.MILITARY} and _is_long_enough(normal, named):
            return Mark(text[span[0] : span[1]], normal, whole=True, span=span)
    return None


def _is_long_enough(normal: str, named: tuple[Format, ...]) -> bool:
    """Take `AO51` behind `reg` for half a current mark rather than a dateless one."""
    short = not set(named) - {Format.DATELESS, Format.DATELESS_REVERSED, Format.NORTHERN_IRELAND, Format.MILITARY}
    return not short or len(normal) > _LEAST or (len(normal) == _LEAST and Format.DATELESS_REVERSED not in named)


def _announced_parts(text: str, blanked: str) -> Iterator[Mark]:
    """Yield partial marks behind a word such as `part plate`: `..51 B`."""
    del blanked
    for cue in _CUE.finditer(text):
        found = _PARTIAL.match(text, cue.end())
        where = {"f": "start", "l": "end"}.get(cue[0][0].lower(), "anywhere")  # first bit of reg, last part of plate
        mark = _partial_from(found, text, where) if found else None
        if mark is not None:
            yield mark


def _ends(text: str, blanked: str) -> Iterator[Mark]:
    """Yield partial marks behind `ends`, `starting with`, `last three`."""
    for cue in _END_CUE.finditer(blanked):
        found = _PARTIAL.match(blanked, cue.end())
        if found is None:
            continue
        which = "start" if cue["which"].lower().startswith(("start", "begin", "began", "first")) else "end"
        mark = _partial_from(found, text, which, announced=bool(_PLATE_WORD.search(text)))
        if mark is not None:
            yield mark


def _partial_from(found: re.Match[str], text: str, where: str, *, announced: bool = True) -> Mark | None:
    """Return what was half seen, without the words that follow it."""
    kept, end = [], found.start()
    for piece in re.finditer(r"[A-Za-z0-9.…*?_\-]+", found[0]):
        word = re.sub(r"[^A-Za-z0-9]", "", piece[0])
        if len(word) > _MOST or word.upper() in _COMMON or not (_looks_like_signs(word, text) or not word):
            break
        kept.append(piece[0])
        end = found.start() + piece.end()
    follows = text[end : end + 1]
    if not kept or (follows.isalnum()):
        return None
    signs = normalise("".join(kept))
    if not 2 <= len(signs) <= _MOST or (not announced and not _tells(signs, kept, text)):  # noqa: PLR2004
        return None
    return Mark(
        text[found.start() : end].strip(),
        _with_wildcards(" ".join(kept), where),
        whole=False,
        span=(found.start(), end),
    )


def _looks_like_signs(word: str, text: str) -> bool:
    """Say whether a word is signs of a plate: figures in it, capitals, one letter, or no vowel."""
    return (
        any(sign.isdigit() for sign in word)
        or _shouted(word, text)
        or len(word) == 1
        or not re.search(r"[aeiou]", word, re.IGNORECASE)
    )


def _tells(signs: str, kept: list[str], text: str) -> bool:
    """Say whether this is a part of a plate although no plate is spoken of."""
    mixed = any(sign.isdigit() for sign in signs) and any(sign.isalpha() for sign in signs)
    return len(signs) <= _HALF_LENGTH and (
        mixed or (signs.isalpha() and len(signs) == 3 and all(_looks_like_signs(word, text) for word in kept))  # noqa: PLR2004
    )


def _with_wildcards(typed: str, where: str) -> str:
    """Return what was half seen with `?` for one sign and `*` for any: `..51 B` → `*51B*`."""
    body = re.sub(r"[.…_\-]+", "*", typed.upper().strip())
    body = re.sub(r"[^A-Z0-9?*]", "", body)
    if len(body) == _MOST and "*" not in body:
        return body
    if where != "start" and not body.startswith("?"):
        body = f"*{body}"
    if where != "end" and not body.endswith("?"):
        body = f"{body}*"
    return re.sub(r"\*+", "*", body)


def _wild(text: str, blanked: str) -> Iterator[Mark]:
    """Yield marks with gaps in them: `AO5? BC?`, `..51 BKX`."""
    for found in _WILD.finditer(blanked):
        typed = found[0]
        if not typed.isupper() or not any(_could_be(_signs(typed), series) for series in _PATTERNS):
            continue
        normal = _with_wildcards(typed, "anywhere") if "*" in typed else _signs(typed)
        yield Mark(typed, normal, whole=False, span=found.span())
    for found in _DOTTED.finditer(text):
        yield Mark(found[0], _with_wildcards(found[0], "anywhere"), whole=False, span=found.span())


def _signs(text: str) -> str:
    return re.sub(r"[^A-Z0-9?*]", "", text.upper())


def _could_be(signs: str, series: str) -> bool:
    """Say whether letters, figures and gaps stand where this series has them; a star makes any length do."""
    if "*" in signs:
        return True
    return len(signs) == len(series) and all(
        sign == "?" or sign.isdigit() == (kind == "D") for sign, kind in zip(signs, series, strict=True)
    )


def _halves(text: str, blanked: str) -> Iterator[Mark]:
    """Yield the first half of a current mark alone: `grey hilux ao51`, with one or two signs of the rest: `AO51 B`."""
    for found in _HALF.finditer(blanked):
        letters, half = found[1].upper(), found[1].upper() + found[2]
        if letters in _COMMON or int(found[2]) not in _ISSUED or (found[3] in _COMMON and not text.isupper()):
            continue
        if letters in postcodes.AREAS and int(found[2]) <= _LAST_DISTRICT:
            continue
        end = found.end() if found[3] else found.end(2)
        yield Mark(text[found.start() : end], f"{half}{found[3] or ''}*", whole=False, span=(found.start(), end))
