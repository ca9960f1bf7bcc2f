"""Coming in from outside: what somebody wishes, and the code that proves their address. Pure."""

import datetime as dt
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from hueandcry.domain.members.rules.joining import CONSENT_VERSION, NewContact, NewPlace
from hueandcry.domain.members.rules.kinds import (
    Channel,
    Language,
    MemberError,
    PlaceUse,
    Priority,
    Purpose,
    SchemeKind,
)
from hueandcry.domain.members.rules.preferences import DEFAULTS, check_hours
from hueandcry.kit.geometry import Point
from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import mark, say

CODE_LIFE = dt.timedelta(minutes=30)
MOST_TRIES = 5
# To one address, known to us or not: nobody is pestered by somebody who types their number again and again.
MOST_CODES_A_DAY = 3
A_DAY = dt.timedelta(days=1)
# Who lives elsewhere is kept so long, and who asked for a letter has so long to be confirmed.
KEPT = dt.timedelta(days=30)
FIGURES = 6
MOST_PLACES = 8
MOST_PLACES_OWN = 25
LONGEST_NAME = 120
LONGEST_PLACE_NAME = 80
# Hours that somebody chooses when they join hold for what can wait; danger and what happens now come at once.
CAN_WAIT = (Priority.IMPORTANT, Priority.ROUTINE, Priority.NEWSLETTER)


class LimitError(MemberError):
    """Too many codes or tries; true of every address alike, so it tells nobody who is a member."""


@dataclass(frozen=True)
class Choice:
    """What somebody wants otherwise than everybody, for one priority and way."""

    priority: Priority
    channel: Channel
    wanted: bool = True
    from_minute: int | None = None
    until_minute: int | None = None


@dataclass(frozen=True)
class Wish:
    """Everything that somebody fills in who joins by themselves.

    Attributes:
        topics, schemes, partners: ids; the force itself is always among those whom they hear.
        purposes: what they agree to hear from the force.
    """

    name: str = field(repr=False)
    places: tuple[NewPlace, ...] = field(repr=False)
    contact: NewContact
    topics: tuple[int, ...] = ()
    schemes: tuple[int, ...] = ()
    purposes: tuple[Purpose, ...] = (Purpose.ALERT,)
    partners: tuple[int, ...] = ()
    choices: tuple[Choice, ...] = ()
    language: Language = Language.ENGLISH
    wording: str = CONSENT_VERSION


class CodeNote(Kind):
    """What is said to an address that somebody joins with; only its owner ever learns which."""

    CODE = "code", "A code"
    SHARED = "shared", "A code, and that somebody else has this number or address already"
    ADD = "add", "A code for a member's new number or address"
    BACK = "back", "A code for a member who asked us to stop, or agrees to more"
    KNOWN = "known", "They are a member already, and here is their page"
    WELCOME = "welcome", "They have joined, and here is their page"


# Each is one GSM-7 text with a signature of 30 signs; {code} and {page} are filled in when it is handed over, so that
# no table ever holds them. Whoever did not ask is told that nothing happens.
NOTES: dict[CodeNote, str] = {
    CodeNote.CODE: mark(
        "{signs}: {code} is your code to join. It holds for 30 minutes. Tell it to nobody. Not you? Then do nothing."
    ),
    CodeNote.SHARED: mark(
        "{signs}: {code} is a code for somebody else to join with your number or address. It holds for 30 minutes. "
        "Not wanted? Do nothing."
    ),
    CodeNote.ADD: mark(
        "{signs}: {code} is your code to add this number or address to your page. It holds for 30 minutes. "
        "Not you? Then do nothing."
    ),
    CodeNote.BACK: mark(
        "{signs}: {code} is your code to hear from us as you asked now. It holds for 30 minutes. Tell it to nobody. "
        "Not you? Then do nothing."
    ),
    CodeNote.KNOWN: mark("{signs}: you are a member already. Your page: {page} Not you? Do nothing."),
    CodeNote.WELCOME: mark("{signs}: welcome. To change or stop anything: {page} Danger? 999."),
}
SPOKEN_NOTES: dict[CodeNote, str] = {
    CodeNote.CODE: mark(
        "This is {signs}. Your code to join is: {code}. Again, your code is: {code}. It holds for 30 minutes. "
        "If you did not ask for it, do nothing: nothing happens."
    ),
    CodeNote.SHARED: mark(
        "This is {signs}. This is a code for somebody else to join with your number: {code}. Again: {code}. "
        "It holds for 30 minutes. If you do not want that, do nothing: nothing happens."
    ),
    CodeNote.ADD: mark(
        "This is {signs}. Your code to add this number to your page is: {code}. Again: {code}. "
        "It holds for 30 minutes. If you did not ask for it, do nothing: nothing happens."
    ),
    CodeNote.BACK: mark(
        "This is {signs}. Your code to hear from us as you asked now is: {code}. Again, your code is: {code}. It holds "
        "for 30 minutes. If you did not ask for it, do nothing: nothing changes."
    ),
    CodeNote.KNOWN: mark(
        "This is {signs}. Somebody asked to join with this number. You are a member already, so there is nothing to "
        "do. To change how you hear from us, ring 101 or ask any officer."
    ),
    CodeNote.WELCOME: mark(
        "This is {signs}. Welcome: you have joined, and alerts will be read out to you on this number. To change or "
        "stop anything, ring 101 or ask any officer. In danger, or crime happening now? Call 999."
    ),
}
SUBJECTS: dict[CodeNote, str] = {
    CodeNote.CODE: mark("{signs}: your code to join"),
    CodeNote.SHARED: mark("{signs}: a code to join"),
    CodeNote.ADD: mark("{signs}: your code"),
    CodeNote.BACK: mark("{signs}: your code"),
    CodeNote.KNOWN: mark("{signs}: you are a member already"),
    CodeNote.WELCOME: mark("{signs}: welcome"),
}


def code_for(*, key: str, salt: str, address: str, attempt: int) -> str:
    """Return the code of six figures: computed, so that no table, log or backup holds one."""
    said = f"hueandcry join code\n{salt}\n{address}\n{attempt}".encode()
    figures = int.from_bytes(hmac.new(key.encode(), said, hashlib.sha256).digest()[:8], "big")
    return f"{figures % 10**FIGURES:0{FIGURES}d}"


def is_code(typed: str, code: str) -> bool:
    """Tell whether what was typed is the code, however it was spaced, in a time that tells nothing."""
    figures = "".join(sign for sign in typed if sign.isascii() and sign.isdigit())
    return hmac.compare_digest(figures.encode(), code.encode())


def spoken_code(code: str) -> str:
    """Return the code for a voice, figure by figure: `4. 8. 1. 2. 9. 0`."""
    return ". ".join(code)


def check_tries(*, tries: int, expires_at: dt.datetime, now: dt.datetime) -> None:
    """Refuse a try with a code that is over.

    Raises:
        LimitError: saying what to do instead.
    """
    if now >= expires_at:
        raise LimitError(say("This code is more than 30 minutes old. Ask for a new one below."))
    if tries >= MOST_TRIES:
        raise LimitError(say("Too many wrong codes were typed. Ask for a new one below."))


def check_codes(*, sent_today: int) -> None:
    """Refuse one more code to an address that has had enough for a day.

    Raises:
        LimitError: saying what to do instead.
    """
    if sent_today >= MOST_CODES_A_DAY:
        raise LimitError(
            say(
                "We have written to this number or address {most_codes_a_day} times today, which is the "
                "most in one day. Use the newest code that came, try again tomorrow, or ask any officer "
                "to sign you up."
            ).format(most_codes_a_day=MOST_CODES_A_DAY)
        )


_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def tidy(text: str) -> str:
    """Return a name as people wrote it, without control signs and signs that turn the line round."""
    seen = "".join(
        " " if sign in "\t\r\n" else sign
        for sign in _UNSEEN.sub("", text)
        if sign in "\t\r\n" or unicodedata.category(sign) not in {"Cc", "Cs", "Co", "Cn"}
    )
    return " ".join(seen.split())


def check_wish(wish: Wish) -> None:
    """Refuse what cannot be taken from somebody who joins by themselves.

    Raises:
        MemberError: saying what to put right.
    """
    if not wish.name or len(wish.name) > LONGEST_NAME:
        raise MemberError(
            say("Write your name, in at most {longest_name} characters: it is how we greet you.").format(
                longest_name=LONGEST_NAME
            )
        )
    if not wish.places:
        raise MemberError(say("Say where you are: alerts are sent by place."))
    if len(wish.places) > MOST_PLACES:
        raise MemberError(
            say("Add at most {most_places} places here; more can be added on your own page afterwards.").format(
                most_places=MOST_PLACES
            )
        )
    if Purpose.ALERT not in wish.purposes:
        raise MemberError(say("Tick the box for alerts: without a yes we may send you nothing."))
    for choice in wish.choices:
        if choice.from_minute is not None and choice.until_minute is not None:
            check_hours(from_minute=choice.from_minute, until_minute=choice.until_minute)


def choices_for(
    channel: Channel, *, wanted: frozenset[Priority], hours: tuple[int, int] | None = None
) -> tuple[Choice, ...]:
    """Return what of this differs from what everybody gets, for somebody who joins with one way."""
    found = []
    for priority in Priority:
        if channel not in DEFAULTS[priority].ladder:
            continue
        yes = priority in wanted
        own = hours if yes and priority in CAN_WAIT else None
        if own or yes != (channel in DEFAULTS[priority].wanted):
            found.append(Choice(priority, channel, yes, *(own or (None, None))))
    return tuple(found)


def agreements_in(wish: Wish, *, ours: int) -> frozenset[tuple[int, Purpose]]:
    """Return whom somebody agrees to hear, and of what: from the force what they ticked, from partners alerts."""
    return frozenset(
        {(ours, purpose) for purpose in wish.purposes} | {(partner, Purpose.ALERT) for partner in wish.partners}
    )


# ---------------------------------------------------------------- kept until the code comes


def as_answers(wish: Wish) -> dict[str, Any]:
    """Return a wish as an application keeps it."""
    return {
        "name": wish.name,
        "places": [
            {
                "use": place.use.value,
                "name": place.name,
                "postcode": place.postcode,
                "point": list(place.point) if place.point else None,
            }
            for place in wish.places
        ],
        "topics": list(wish.topics),
        "schemes": list(wish.schemes),
        "purposes": [purpose.value for purpose in wish.purposes],
        "partners": list(wish.partners),
        "choices": [
            [choice.priority.value, choice.wanted, choice.from_minute, choice.until_minute] for choice in wish.choices
        ],
        "wording": wish.wording,
    }


def as_wish(answers: dict[str, Any], *, channel: Channel, address: str, language: str) -> Wish:
    """Return the wish that an application keeps."""
    return Wish(
        name=answers["name"],
        places=tuple(
            NewPlace(
                postcode=place["postcode"],
                point=Point(*place["point"]) if place["point"] else None,
                use=PlaceUse(place["use"]),
                name=place["name"],
            )
            for place in answers["places"]
        ),
        contact=NewContact(channel, address),
        topics=tuple(answers["topics"]),
        schemes=tuple(answers["schemes"]),
        purposes=tuple(Purpose(purpose) for purpose in answers["purposes"]),
        partners=tuple(answers["partners"]),
        choices=tuple(
            Choice(Priority(priority), channel, wanted, begins, ends)
            for priority, wanted, begins, ends in answers["choices"]
        ),
        language=Language(language),
        wording=answers["wording"],
    )


# ---------------------------------------------------------------- which schemes fit


FITS_USE: dict[PlaceUse, frozenset[SchemeKind]] = {
    PlaceUse.HOME: frozenset({SchemeKind.NEIGHBOURHOOD}),
    PlaceUse.FARM: frozenset({SchemeKind.FARM, SchemeKind.NEIGHBOURHOOD}),
    PlaceUse.FIELD: frozenset({SchemeKind.FARM}),
    PlaceUse.STABLE: frozenset({SchemeKind.HORSE}),
    PlaceUse.BOAT: frozenset({SchemeKind.CANAL}),
    PlaceUse.BUSINESS: frozenset({SchemeKind.BUSINESS}),
    PlaceUse.OTHER: frozenset({SchemeKind.NEIGHBOURHOOD}),
}
# What a subject's name has in it, and the schemes that care about it.
FITS_WORD: dict[str, SchemeKind] = {
    "hors": SchemeKind.HORSE,
    "tack": SchemeKind.HORSE,
    "stable": SchemeKind.HORSE,
    "boat": SchemeKind.CANAL,
    "canal": SchemeKind.CANAL,
    "angl": SchemeKind.CANAL,
    "fish": SchemeKind.CANAL,
    "farm": SchemeKind.FARM,
    "hare": SchemeKind.FARM,
    "poach": SchemeKind.FARM,
    "livestock": SchemeKind.FARM,
    "sheep": SchemeKind.FARM,
    "plant": SchemeKind.FARM,
    "machin": SchemeKind.FARM,
    "tractor": SchemeKind.FARM,
    "quad": SchemeKind.FARM,
    "shop": SchemeKind.BUSINESS,
    "business": SchemeKind.BUSINESS,
    "burgl": SchemeKind.NEIGHBOURHOOD,
    "door": SchemeKind.NEIGHBOURHOOD,
}


def kinds_that_fit(*, uses: tuple[PlaceUse, ...], subjects: tuple[str, ...]) -> frozenset[SchemeKind]:
    """Return the kinds of schemes that fit somebody's places and the subjects that they care about."""
    fit = {SchemeKind.OTHER}.union(*(FITS_USE[use] for use in uses))
    said = " ".join(subjects).lower()
    return frozenset(fit | {kind for word, kind in FITS_WORD.items() if word in said})
