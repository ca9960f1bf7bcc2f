"""An alert exactly as each channel shows it, in every language: made by what makes it when it goes out."""

from dataclasses import dataclass

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries.schemes import sheet_of
from hueandcry.domain.alerts.rules import Facts, Preview, PublicAlert, Sheet, State
from hueandcry.domain.alerts.rules.wording import NO_REF
from hueandcry.domain.members.rules import Channel, Language
from hueandcry.domain.messaging.queries.costs import estimate
from hueandcry.domain.messaging.queries.voices import after_the_words
from hueandcry.domain.messaging.rules import Words
from hueandcry.domain.messaging.rules.costs import money
from hueandcry.kit import gsm7
from hueandcry.kit.words import ENGLISH, language_now, say

# Stands for a member's own link, which nobody but them may see.
PAGE = "https://…/my/…/"


@dataclass(frozen=True)
class Frame:
    """What a member who chose one language gets, by each channel.

    Attributes:
        texts: the text, in the parts in which an old phone shows it; `signs` of them in all, `left` in the last.
        pence: what it costs for one person.
        keys: what the machine adds where it can hear keys; empty where it cannot.
    """

    language: Language
    texts: tuple[str, ...]
    signs: int
    left: int
    is_dear: bool
    subject: str
    email: str
    spoken: str
    keys: str
    pence: float = 0.0

    @property
    def cost(self) -> str:
        """Return what the text costs for one person, in words; empty where it costs nothing."""
        return money(self.pence) if self.pence else ""

    @property
    def text(self) -> str:
        """Return the text as it is handed over."""
        return "".join(self.texts)


@dataclass(frozen=True)
class Looks:
    """An alert as people see it: a frame for each language, its page and its sheet."""

    frames: tuple[Frame, ...]
    page: PublicAlert
    sheet: Sheet


def looks_of(*, alert: Alert) -> Looks:
    """Return how an alert looks as it stands."""
    facts = queries.facts_of(alert=alert)
    is_out = alert.released_at is not None
    return Looks(
        frames(preview=queries.preview_of(facts=facts)),
        queries.outside(alert=alert) if is_out else _page(facts, alert.topic.name),
        sheet_of(alert=alert) if is_out else _sheet(facts),
    )


def looks(*, facts: Facts, topic: str) -> Looks:
    """Return how what is being written would look."""
    return Looks(frames(preview=queries.preview_of(facts=facts)), _page(facts, topic), _sheet(facts))


def frames(*, preview: Preview) -> tuple[Frame, ...]:
    """Return a frame for each language in which the service speaks."""
    said = preview.words
    return tuple(_frame(language, said.also.get(language.value, said)) for language in Language)


def _frame(language: Language, said: Words) -> Frame:
    counted = gsm7.count(said.text)
    return Frame(
        language=language,
        texts=tuple(gsm7.split(said.text)),
        signs=counted.units,
        left=counted.left,
        is_dear=counted.encoding != "GSM-7",
        subject=said.subject,
        email=said.email.replace("{page}", PAGE),
        spoken=said.spoken,
        keys=after_the_words(channel=Channel.VOICE, language=language.value),
        pence=estimate(by_channel={Channel.SMS: 1}, parts=counted.parts),
    )


def _ref(facts: Facts) -> str:
    """Return the reference as it is shown; before there is one, dots."""
    return NO_REF if facts.ref == Facts.ref else facts.ref


def _page(facts: Facts, topic: str) -> PublicAlert:
    said = queries.spoken_now(said=facts.lines.tongues)
    words, subject = said or facts.words, say(topic)
    return PublicAlert(
        ref=_ref(facts),
        state=State.RELEASED,
        headline=words.headline,
        what=words.what,
        where=words.where,
        ask=words.ask,
        language=said.language if said else ENGLISH,
        topic=subject,
        topic_language=language_now() if subject != topic else ENGLISH,
        signs_as=facts.signs_as,
        occurred_at=facts.occurred_at,
        released_at=facts.now,
        expires_at=facts.expires_at,
        is_over=False,
    )


def _sheet(facts: Facts) -> Sheet:
    sheet = Sheet(
        ref=_ref(facts),
        about="",
        signs_as=facts.signs_as,
        headline=facts.words.headline,
        what=facts.words.what,
        where=facts.words.where,
        ask=facts.words.ask,
        at=facts.now,
        until=facts.expires_at,
        is_over=False,
        level=facts.level,
        message_ref="",
        message_refs=(),
        called_off=False,
        tongues=facts.lines.tongues,
    )
    return sheet.in_language(language_now())
