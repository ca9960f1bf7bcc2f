"""Alerts on paper, down the phone tree and in groups elsewhere. Pure."""

import datetime as dt
from dataclasses import dataclass, field, replace

from hueandcry.domain.alerts.rules.canaries import Tongue
from hueandcry.domain.alerts.rules.kinds import PublicAlert
from hueandcry.domain.alerts.rules.wording import SAFETY_TEXT
from hueandcry.domain.members.rules import PartLine, Tier
from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import ENGLISH, language_now, mark, say

MOST_SHEETS = 60
OVER = mark("This is over. You need not look out any more. Thank you to everybody who did.")


class Heard(Kind):
    """What became of telling somebody of the phone tree."""

    NOT_YET = "not_yet", "To be told"
    TOLD = "told", "Told"
    NOT_THERE = "not_there", "Not there: try again"
    DECLINED = "declined", "Did not want to hear it"
    BY_ITSELF = "by_itself", "Our message reached them"


@dataclass(frozen=True)
class Sheet:
    """One alert or note as a scheme's own pages show and print it.

    Attributes:
        message_ref: the message that ticks are counted with.
        message_refs: all by which it was said last, in their wordings.
        called_off: it is over and those who were told by hand are to hear so.
        language: what the words are in.
        tongues: what it says in other languages.
    """

    ref: str
    about: str
    signs_as: str
    headline: str
    what: str
    where: str
    ask: str
    at: dt.datetime
    until: dt.datetime | None
    is_over: bool
    level: Tier
    message_ref: str
    message_refs: tuple[str, ...]
    called_off: bool
    language: str = ENGLISH
    tongues: tuple[Tongue, ...] = ()

    def in_language(self, language: str) -> "Sheet":
        """Return it as it is said in a language; as it stands where nobody said it so."""
        said = next((one for one in self.tongues if one.language == language and not one.is_foreign), None)
        if said is None:
            return self
        ask = said.ask if self.ask else ""
        return replace(self, headline=said.headline, what=said.what, where=said.where, ask=ask, language=said.language)

    @property
    def is_foreign(self) -> bool:
        """Say whether the reader's language is another than that of the words."""
        return self.language != language_now()

    @property
    def is_for_few(self) -> bool:
        """Say whether it is for members who were checked, and so never for a noticeboard."""
        return self.level not in {Tier.PUBLIC, Tier.MEMBER}


@dataclass(frozen=True)
class TreeLine:
    """Somebody of the phone tree, and what became of telling them."""

    part: PartLine = field(repr=False)
    heard: Heard
    at: dt.datetime | None


def compose_card(alert: PublicAlert, *, how: str) -> str:
    """Return the words that a member copies into a group: what it is, the safety line, and how to answer."""
    start = f"{alert.signs_as} {alert.ref}:"
    if alert.is_over:
        return f"{start} {_sentence(alert.headline)} {say(OVER)}"
    placed = alert.what.rstrip(".,;: ")
    if alert.where.casefold() not in placed.casefold():
        placed = f"{placed}, {alert.where.rstrip('. ')}"
    return " ".join((start, _sentence(placed), _sentence(alert.ask), say(SAFETY_TEXT), how))


def _sentence(text: str) -> str:
    said = " ".join(text.split())
    return said if not said or said[-1] in ".!?" else f"{said}."
