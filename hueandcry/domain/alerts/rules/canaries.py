"""One alert in several wordings, so that a leaked one says whom it came from (domain.md pitfall 3). Pure.

Only our own lines differ, never what the officer wrote, and never the safety line. Each wording is a number; the number
says which of the equal phrases stand in it, the same for ever: a text that turns up years later is still understood.
"""

import itertools
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from hueandcry.kit.words import mark

OPENINGS = ("{signs} {ref}:", "{signs}, {ref}:", "{signs} ({ref}):", "{signs} - {ref}:")
REPLIES = (
    mark("Reply to this text."),
    mark("Answer this text."),
    mark("Just text us back."),
    mark("You can text back."),
)
BECAUSES = (
    mark("{signs}, reference {ref}. You get this because you agreed to our alerts."),
    mark("{signs}, reference {ref}. You agreed to our alerts, so you get this."),
    mark("{signs}, reference {ref}. This comes to you because you agreed to our alerts."),
    mark("{signs}, reference {ref}. Since you agreed to our alerts, you get this one."),
)
# Adding one to the end of a list keeps every wording of before; taking one out or changing the order does not.
_OPENINGS, _REPLIES, _ORDERS = len(OPENINGS), len(REPLIES), 2
MOST_VARIANTS = _OPENINGS * _REPLIES * _ORDERS
# So much of a text is enough to look for.
FEWEST_SIGNS = 8


@dataclass(frozen=True)
class Tongue:
    """What an alert says in another language than that in which it was written.

    Attributes:
        shorter: what happened in ever fewer words, for a text that must fit.
        is_foreign: nothing of it was said in that language: these are the officer's own words, in English.
    """

    language: str
    headline: str
    what: str
    where: str
    ask: str
    shorter: tuple[str, ...] = ()
    is_foreign: bool = False


@dataclass(frozen=True)
class OurLines:
    """The lines of ours round what an officer wrote, as one wording has them.

    Attributes:
        reply_first: how to answer stands before the safety line.
        is_drill: it begins with EXERCISE, on every channel.
        corrects: what was wrong before; empty where nothing is corrected.
        is_canary: it is one of several, which all carry the same words of the officer, however long our lines are.
        plain: in texts letters go without marks that would make them dearer: somebody chose so (domain.md A23).
        shorter: what happened in ever fewer words, for a text that must fit; only what a template made has it.
        tongues: what the alert itself says in other languages.
    """

    opening: str = OPENINGS[0]
    reply: str = REPLIES[0]
    because: str = BECAUSES[0]
    reply_first: bool = False
    is_drill: bool = False
    corrects: str = ""
    is_canary: bool = False
    plain: bool = False
    shorter: tuple[str, ...] = ()
    tongues: tuple[Tongue, ...] = ()

    def tongue(self, language: str) -> Tongue | None:
        """Return what the alert itself says in a language; None where it stays in the officer's words."""
        return next((one for one in self.tongues if one.language == language), None)


PLAIN = OurLines()


@dataclass(frozen=True)
class Wording:
    """One wording of an alert that went out: who got it and what it said on each channel, in every language."""

    described: str
    members: int
    said: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """One wording that a leaked text may be of, and how well it fits: 1 is word for word."""

    described: str
    members: int
    fits: float


def lines_of(variant: int, *, has_canaries: bool = False, is_drill: bool = False, corrects: str = "") -> OurLines:
    """Return our lines in the wording with this number; 0 is the usual one."""
    rest, opening = divmod(variant % MOST_VARIANTS, _OPENINGS)
    order, reply = divmod(rest, _REPLIES)
    return OurLines(
        opening=OPENINGS[opening],
        reply=REPLIES[reply],
        because=BECAUSES[(opening + reply) % len(BECAUSES)],
        reply_first=bool(order),
        is_drill=is_drill,
        corrects=corrects,
        is_canary=has_canaries,
    )


def variants(many: int) -> list[int]:
    """Return the numbers of so many wordings that are told apart by more than one sign where there is room."""
    # Neighbours differ in opening and in reply at once: 0, 5, 10, 15, then those in between.
    walk = sorted(range(MOST_VARIANTS), key=lambda one: ((one // _OPENINGS - one) % _OPENINGS, one))
    return walk[: min(many, MOST_VARIANTS)]


def find(leaked: str, wordings: list[Wording]) -> list[Found]:
    """Return which wordings a text is of, the best first; those that it cannot be are left out.

    What was pasted may be a piece, with other quotation marks, spaces and capitals. All wordings that hold it word for
    word are returned; where none does, those that share most of its words, when some share more than others.
    """
    wanted = _plainly(leaked)
    if len(wanted) < FEWEST_SIGNS:
        return []
    fits = {number: max(_fit(wanted, _plainly(said)) for said in one.said) for number, one in enumerate(wordings)}
    best = max(fits.values(), default=0.0)
    if best < _LEAST or (best < 1.0 and len(set(fits.values())) == 1 and len(fits) > 1):
        return []
    return [
        Found(wordings[number].described, wordings[number].members, fit) for number, fit in fits.items() if fit == best
    ]


_LEAST = 0.6


def _plainly(text: str) -> str:
    """Return a text without what changes on the way: capitals, spaces, line ends, the shape of quotation marks."""
    flat = unicodedata.normalize("NFKC", text).casefold().translate(_QUOTES)
    return re.sub(r"\s+", " ", flat).strip()


_QUOTES: Mapping[int, str] = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-"})


def _fit(wanted: str, said: str) -> float:
    if wanted in said:
        return 1.0
    words, have = _pairs(wanted), _pairs(said)
    return 0.99 * len(words & have) / len(words) if words else 0.0


def _pairs(text: str) -> set[tuple[str, str]]:
    words = re.findall(r"\S+", text)
    return set(itertools.pairwise(words))
