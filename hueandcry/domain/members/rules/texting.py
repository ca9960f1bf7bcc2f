"""Joining by text: how a wish is read out of a sloppy text, what is asked next, and when. Pure."""

import datetime as dt
import itertools
import re
from dataclasses import dataclass, field, replace

from hueandcry.domain.members.rules import tongue_words
from hueandcry.domain.members.rules.kinds import PlaceUse, SchemeKind
from hueandcry.kit import grid, postcodes
from hueandcry.kit.kinds import Kind
from hueandcry.kit.text import fold

# Who does not go on within a day begins again.
KEPT_FOR = dt.timedelta(hours=24)
# A place as near as this is the same place.
SAME_PLACE_M = 250.0
LONGEST = 160
# What we ask for: the version of the words stands in CONSENT_WORDINGS.
TEXT_WORDING = "2026-11-text"


class TextReply(Kind):
    """What is answered to somebody who joins by text."""

    ASK_WHERE = "ask_where", "Where is it?"
    ASK_WHERE_AGAIN = "ask_where_again", "That place is not known: where is it?"
    ASK_KIND = "ask_kind", "What is it?"
    JOINED = "joined", "Signed up"
    KNOWN = "known", "Signed up already"
    KNOWN_ADD = "known_add", "Signed up already: add the place?"
    ADDED = "added", "Place added"
    ELSEWHERE = "elsewhere", "Another force's: pass it on?"
    PASSED_ON = "passed_on", "Passed on"
    TO_PERSON = "to_person", "A person looks at it"


@dataclass(frozen=True)
class TextedWish:
    """What a text says about joining, so far.

    Attributes:
        codes: the postcodes that may be meant, likeliest first.
        square: a grid reference, when there is no postcode.
        name: what may be the name of a place on the map, when there is neither.
        house: the member's own name for the place, as written.
    """

    codes: tuple[str, ...] = ()
    square: str = ""
    name: str = field(default="", repr=False)
    use: PlaceUse | None = None
    house: str = field(default="", repr=False)
    language: str = "en"

    @property
    def says_where(self) -> bool:
        """Tell whether it names a place in any way."""
        return bool(self.codes or self.square or self.name)


JOIN_WORDS: dict[str, str] = {
    **dict.fromkeys(("JOIN", "JION", "JOIM", "JOUN", "JOINN", "JOIIN", "JOYN", "JOIN UP", "REGISTER"), "en"),
    **dict.fromkeys(("SIGN UP", "SIGNUP", "SIGN ME UP"), "en"),
    **{word: language for language, words in tongue_words.JOIN.items() for word in words},
}
_KINDS: dict[PlaceUse, str] = {
    PlaceUse.FARM: "FARM FARMS FARMER FRAM",
    PlaceUse.STABLE: "HORSE HORSES STABLE STABLES LIVERY",
    PlaceUse.BOAT: "BOAT BOATS CANAL MOORING NARROWBOAT",
    PlaceUse.HOME: "VILLAGE VILAGE HOME HOUSE NEIGHBOURHOOD TOWN",
    PlaceUse.BUSINESS: "BUSINESS BUSINES BUISNESS SHOP PUB",
}
KIND_WORDS: dict[str, PlaceUse] = {
    word: use
    for kinds in (_KINDS, *tongue_words.KINDS.values())
    for use, words in kinds.items()
    for word in words.split()
}
# fmt: off
# Manor Farm, Mill House: what ends a name stays in it.
_ENDS_A_NAME = frozenset(("FARM", "FARMS", "HOUSE", "STABLES", "LIVERY", "SHOP", "MOORING"))
SCHEME_OF: dict[PlaceUse, SchemeKind] = {
    PlaceUse.FARM: SchemeKind.FARM, PlaceUse.STABLE: SchemeKind.HORSE, PlaceUse.BOAT: SchemeKind.CANAL,
    PlaceUse.HOME: SchemeKind.NEIGHBOURHOOD, PlaceUse.BUSINESS: SchemeKind.BUSINESS,
}
ADD_WORDS = frozenset({"ADD", "ADD IT", "ADD PLEASE", *tongue_words.every(tongue_words.ADD)})
PASS_WORDS = frozenset({"PASS", "PASS IT ON", "PASS ON", "PASS PLEASE", *tongue_words.every(tongue_words.PASS)})
YES_WORDS = frozenset({"YES", "Y", "YES PLEASE", "YES THANKS", "YEP", *tongue_words.every(tongue_words.YES)})
_NOISE = frozenset((
    "A", "ALERT", "ALERTS", "AND", "AT", "FOR", "FROM", "HERE", "I", "IM", "IN", "IS", "IT", "ITS", "ME", "MY", "NEAR",
    "OF", "OUR", "PLEASE", "PLS", "POSTCODE", "SCHEME", "TEXTS", "THANKS", "THE", "TO", "UP", "WATCH", "WE",
    *tongue_words.ROUND_A_PLACE.split(),
))
_ROUND_A_KIND = _NOISE | frozenset(tongue_words.ROUND_A_KIND.split())
# fmt: on
# Join them, join the hunt: not us.
_SOMEBODY = frozenset(("THEM", "US", "HIM", "HER", "THEY", "THEIR", "HUNT", "QUEUE", "DOTS", "FORCES", "POLICE"))
_SOMEBODY |= frozenset(tongue_words.SOMEBODY.split())
_OPENS = re.compile(
    r"(?:(?:HI|HELLO|PLEASE|PLS|CAN|COULD|MAY|I|ID|WE|WED|D|WOULD|LIKE|WANT|WISH|HOW|DO|TO|RE"
    rf"|{'|'.join(tongue_words.BEFORE_JOIN.split())}) ){{0,6}}"
    rf"({'|'.join(sorted(JOIN_WORDS, key=len, reverse=True))})(?: (?P<rest>.*))?\Z"
)
_MOST_NAMED = 4
_MOST_ANSWERED = 8
_WORD = re.compile(r"[^\s,;]+")
_LIKE_FIGURES = {"O": "0", "I": "1", "L": "1"}
_LIKE_LETTERS = {"0": "O", "1": "I"}
_SHORTEST_CODE, _LONGEST_CODE, _MOST_PIECES = 5, 8, 4
_INWARD = 3


def read_wish(text: str) -> TextedWish | None:
    """Return what a text wishes that begins with JOIN or the like; None when it says something else.

    `Join the queue at the gate, they are back` is no wish: nothing stands in it that somebody who joins would write.
    """
    if len(text) > LONGEST:
        return None
    found = _OPENS.match(fold(text))
    if found is None:
        return None
    words = _WORD.findall(text)
    rest = words[len(words) - len((found["rest"] or "").split()) :] if found["rest"] else []
    # Folding may take a word apart (`don't-go`): then all but the first words are read, noise and all.
    wish = _read(rest)
    language = JOIN_WORDS[found[1]]
    if not rest or wish.codes or wish.square:
        return replace(wish, language=language)
    named = fold(" ".join(rest)).split()
    more = len(named) > _MOST_NAMED or re.search(r"[!?]", text) or not _SOMEBODY.isdisjoint(named)
    return None if more else replace(wish, language=language)


def read_place(text: str) -> TextedWish | None:
    """Return the place in an answer to where it is: a postcode or grid reference, or what may be a name; else None."""
    words = _WORD.findall(text)
    if not words or len(words) > _MOST_ANSWERED or len(text) > LONGEST:
        return None
    wish = _read(words)
    if wish.codes or wish.square:
        return wish
    return wish if wish.name and len(words) <= _MOST_NAMED and not _says_more(text) else None


def read_kind(text: str) -> PlaceUse | None:
    """Return the kind in an answer to what it is; None when it says more than that."""
    words = fold(text).split()
    kinds = {KIND_WORDS[word] for word in words if word in KIND_WORDS}
    if len(kinds) != 1 or any(word not in KIND_WORDS and word not in _ROUND_A_KIND for word in words):
        return None
    return kinds.pop()


def is_yes(text: str) -> bool:
    """Tell whether a text is a bare yes."""
    return fold(text) in YES_WORDS


def could_answer(text: str, *, known: bool) -> bool:
    """Tell whether a short text could answer one of our questions about joining, before any table is asked.

    Of somebody known we ask only whether to add a place.
    """
    if len(text) > LONGEST:
        return False
    said = fold(text)
    if known or said in ADD_WORDS or said in PASS_WORDS:
        return said in ADD_WORDS or said in PASS_WORDS
    return bool(said) and (read_kind(text) is not None or read_place(text) is not None)


def _says_more(text: str) -> bool:
    """Tell whether a text has what no name of a place has: figures, or signs of a cry or a question."""
    return bool(re.search(r"[0-9!?]", text))


def _read(words: list[str]) -> TextedWish:
    codes, left = _take_code(words)
    square, left = ("", left) if codes else _take_square(left)
    use, left = _take_kind(left, behind=bool(codes or square))
    rest = [word for word in left if fold(word) not in _NOISE and fold(word)]
    said = " ".join(rest).strip(" .!-")[:80]
    if codes or square:
        return TextedWish(codes=codes, square=square, use=use, house=said)
    return TextedWish(name=said, use=use)


def _take_kind(words: list[str], *, behind: bool) -> tuple[PlaceUse | None, list[str]]:
    """Take the word that says what it is out of the others.

    It stays when it ends the name of a house or place: `Manor Farm` is a farm, and is called that.
    """
    place = next((place for place, word in enumerate(words) if fold(word) in KIND_WORDS), None)
    if place is None:
        return None, words
    use = KIND_WORDS[fold(words[place])]
    named = [word for word in words[:place] if fold(word) not in _NOISE and fold(word) not in KIND_WORDS]
    if named and behind and fold(words[place]) in _ENDS_A_NAME:
        return use, words
    if named:
        return use, words[:place] + words[place + 1 :]
    if fold(words[place]) in tongue_words.BEGINS_A_NAME and words[place + 1 :]:
        return use, words
    left = words[:place] + words[place + 1 :]
    # FARM WATCH, HORSE WATCH: the rest of the scheme's name goes too.
    return use, [word for word in left if fold(word) not in KIND_WORDS] if not behind else left


def _take_square(words: list[str]) -> tuple[str, list[str]]:
    text = " ".join(words)
    for reference in grid.find(f"grid {text}"):
        begins, ends = (edge - len("grid ") for edge in reference.span)
        return reference.label, _WORD.findall(f"{text[:begins]} {text[ends:]}")
    return "", words


def _take_code(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Take a postcode out of the words, however it is spaced and whichever of O and 0, I and 1 it has mixed up."""
    for as_written in (True, False):
        for pieces in range(1, _MOST_PIECES + 1):
            for begins in range(len(words) - pieces + 1):
                joined = "".join(words[begins : begins + pieces]).upper().strip(".,:;!?()\"'")
                codes = _as_code(joined, as_written=as_written)
                if codes:
                    return codes, words[:begins] + words[begins + pieces :]
    return (), words


def _as_code(joined: str, *, as_written: bool) -> tuple[str, ...]:
    if not _SHORTEST_CODE <= len(joined) <= _LONGEST_CODE or not joined.isalnum() or not joined.isascii():
        return ()
    if as_written:
        return (postcodes.normalise(joined),) if postcodes.is_postcode(joined) else ()
    if not re.search(r"[0-9]", joined):
        return ()  # OILILO is a word, not a postcode
    out, inward = joined[:-_INWARD], joined[-_INWARD:]
    ends = _LIKE_FIGURES.get(inward[0], inward[0]) + "".join(_LIKE_LETTERS.get(sign, sign) for sign in inward[1:])
    choices = [(sign, *filter(None, (_LIKE_FIGURES.get(sign), _LIKE_LETTERS.get(sign)))) for sign in out]
    found = ["".join(way) + ends for way in itertools.product(*choices)]
    return tuple(postcodes.normalise(code) for code in found if postcodes.is_postcode(code))[:4]
