"""Words that may be the name of a place: behind at, by, near and the like. The map decides. Pure."""

import re
from collections.abc import Iterator

from hueandcry.domain.reports.rules.words import read_vehicle
from hueandcry.kit.text import fold

MOST_NAMES = 24
_MOST_WORDS = 3
_CUE = re.compile(
    r"\b(?:at|by|near(?:\s+to)?|nr|close\s+to|in|on|past|passing|passed|through|thru|outside|behind|opposite|ger|wrth)\s+",
    re.IGNORECASE,
)
_AIM = re.compile(
    r"\b(?:towards?|(?:head(?:ing|ed|s)|going|gone|goes|went|making|made|driving|drove|off|bound|turned|left)\s+"
    r"(?:(?:off|back|out|over|down|up)\s+)?(?:for|to|in the direction of|direction)|direction of|i gyfeiriad)\s+",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?:the|y|yr)\s+", re.IGNORECASE)
# Behind these stands something, and not the name of a place: `in a ford`, `by my gate`, `at SD 640 430`.
_NO_NAME = re.compile(r"(?:an?|my|our|his|her|their|some|this|that|\d+)\b|[A-HJ-Z]{2} ?\d", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-])*(?!\w)")  # noqa: RUF001
# What stands in every landscape and text: some village somewhere is called each of these.
_COMMON = re.compile(
    r"(?:BACK|BANK|BARN|BEACH|BECK|BEND|BOTTOM|BRIDGE|BROOK|BURN|CHURCH|CORNER|COTTAGE|CROSS|CROSSING|DYKE|"
    r"EAST|END|FARM|FEN|FIELDS?|FOOT|FOOTPATH|FORD|FRONT|GARAGE|GATES?|GATEWAY|GRASS|GREEN|HALL|HEATH|"
    r"HEDGE|HERE|HILL|HOME|HOUSE|JUNCTION|LAKE|LANE|LAY.?BY|LIGHTS|MARKET|MARSH|ME|MILE|MILL|MOOR|MORNING|"
    r"NIGHT|NORTH|PARK|PATH|PLACE|POND|POOL|PUB|QUARRY|RIVER|ROAD|ROUNDABOUT|SCHOOL|SHED|SHOP|SIDE|SOUTH|"
    r"SPEED|STABLES|STATION|STREET|STUBBLE|THERE|TOP|TOWN|TRACK|US|VERGE|VILLAGE|WATER|WELL|WEST|WHEAT|"
    r"WOODS?|YARD)\Z"
)


def read_names(text: str) -> tuple[str, ...]:
    """Return runs of one to three words that may name a place, the longest first behind each cue."""
    return _behind(_CUE, text)


def read_aims(text: str) -> tuple[str, ...]:
    """Return runs of one to three words that may name where something went, the longest first."""
    return _behind(_AIM, text)


def _behind(cues: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = dict.fromkeys(run for cue in cues.finditer(text) for run in _runs_at(text, cue.end()))
    return tuple(found)[:MOST_NAMES]


def _runs_at(text: str, start: int) -> Iterator[str]:
    """Yield the runs of words that begin here, the longest first; none where something common stands."""
    article = _ARTICLE.match(text, start)
    start = article.end() if article else start
    if _NO_NAME.match(text, start):
        return
    ends: list[int] = []
    at = start
    while len(ends) < _MOST_WORDS and (word := _WORD.match(text, at)):
        ends.append(word.end())
        at = word.end() + 1
        if text[word.end() : at] != " ":
            break
    for end in reversed(ends):
        run = text[start:end]
        if not _COMMON.match(fold(run)) and not read_vehicle(run):
            yield run
