"""When two names are perhaps one person's, and when two people only share a telephone. Pure."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from nicknames import NickNamer
from rapidfuzz import fuzz

from hueandcry.kit.text import fold

SAME_PHONE = "The same phone number and a similar name"
SAME_MAILBOX = "The same e-mail address and a similar name"
SHARED_PHONE = "The same phone number, but different names: perhaps a household that shares a phone"
SHARED_MAILBOX = "The same e-mail address, but different names: perhaps a household that shares a mailbox"
SAME_POSTCODE = "Similar names at the same postcode"
NEAR = "Similar names within 200 m"
# Who shares a telephone is two people: each is told by it in words fit for both, and nobody is made one.
SHARED = frozenset({SHARED_PHONE, SHARED_MAILBOX})
# ANN and ANNE are 86 alike, WHERRY and WHERREY 92; ANN and DAN, JEAN and JOAN are less.
ALIKE = 80
_HYPHENS = re.compile("[-\u2010-\u2013]")
TITLES = frozenset({"MR", "MRS", "MS", "MISS", "MX", "DR", "REV", "SIR", "LADY", "LORD", "PROF", "MASTER", "AND"})

Words = tuple[str, ...]


def words_of(name: str) -> tuple[Words, ...]:
    """Return the words of a name without title, sorted; of one with a hyphen also as if it were written together."""
    variants = dict.fromkeys((_HYPHENS.sub(" ", name), _HYPHENS.sub("", name)))
    return tuple(dict.fromkeys(_sorted(variant) for variant in variants))


def _sorted(name: str) -> Words:
    words = fold(name).split()
    return tuple(sorted(word for word in words if word not in TITLES) or words)


def are_alike(one: Sequence[Words], other: Sequence[Words]) -> bool:
    """Say whether two names, as `words_of` gives them, may be one person's: in any order, one perhaps with more words.

    Each word of the shorter needs one of its own in the longer; an initial stands for any name that begins with it.
    """
    return any(_match(mine, theirs) for mine in one for theirs in other)


def _match(one: Words, other: Words) -> bool:
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if not shorter or (len(shorter) == 1 and len(longer) > 1):
        return False
    left, in_full = list(longer), 0
    for word in sorted(shorter, key=len, reverse=True):
        best = max(left, key=lambda candidate: fuzz.ratio(word, candidate))
        if fuzz.ratio(word, best) >= ALIKE:
            in_full += len(word) > 1
        elif called := next((candidate for candidate in left if candidate in _called(word)), ""):
            best, in_full = called, in_full + 1
        else:
            best = next((candidate for candidate in left if _is_initial(word, candidate)), "")
            if not best:
                return False
        left.remove(best)
    return in_full > 0


@cache
def _nicknames() -> NickNamer:
    """Return the list of who is called what for short: read when the first pair is looked for."""
    return NickNamer()


@lru_cache(maxsize=5_000)
def _called(word: str) -> frozenset[str]:
    """Return what somebody of this name may be called, and whose short name it may be: BOB of ROBERT, and back."""
    known = _nicknames()
    return frozenset(name.upper() for name in (*known.nicknames_of(word), *known.canonicals_of(word)))


def _is_initial(one: str, other: str) -> bool:
    return one[0] == other[0] and (len(one) == 1 or len(other) == 1)


def why_by_address(channel: str, *, alike: bool) -> str:
    """Return why two members with one number or mailbox may be one person, or may share it."""
    if channel == "email":
        return SAME_MAILBOX if alike else SHARED_MAILBOX
    return SAME_PHONE if alike else SHARED_PHONE
