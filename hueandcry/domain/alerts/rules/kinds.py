"""What an alert is and which moves are allowed. Pure."""

import datetime as dt
from dataclasses import dataclass

from hueandcry.domain.alerts.rules.canaries import PLAIN, OurLines
from hueandcry.domain.members.rules import AudienceCount, Priority, Tier
from hueandcry.domain.messaging import rules as messaging
from hueandcry.domain.messaging.rules.budget import Budget
from hueandcry.domain.organisations.rules import Cover
from hueandcry.kit.geometry import Point
from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import ENGLISH, language_now


class AlertError(ValueError):
    """A refusal about an alert, in words for a screen."""


class State(Kind):
    """Where an alert stands; how it comes from one to the next is a table: `rules.moves`."""

    DRAFT = "draft", "Draft"
    WAITING = "waiting", "Waiting for approval"
    RETURNED = "returned", "Returned to its author"
    APPROVED = "approved", "Approved, not sent yet"
    SCHEDULED = "scheduled", "Approved, goes at its time"
    RELEASED = "released", "Released"
    PAUSED = "paused", "Paused"
    CORRECTED = "corrected", "Released, corrected"
    STOOD_DOWN = "stood_down", "Stood down"
    ENDED = "ended", "Ended"
    EXPIRED = "expired", "Expired"


# It counts now: people look, and answers are asked for.
RUNNING = (State.RELEASED, State.PAUSED, State.CORRECTED)
# It went out at some time.
OUT = (*RUNNING, State.STOOD_DOWN, State.EXPIRED, State.ENDED)
# Its author may change it.
OPEN = (State.DRAFT, State.RETURNED)
# Somebody agreed to it, and it is not out.
AGREED = (State.APPROVED, State.SCHEDULED)


class Marking(Kind):
    """How an alert is classified (domain.md A7); what is higher than these this system may not hold."""

    PUBLIC = "public", "OFFICIAL, for public release"
    OFFICIAL = "official", "OFFICIAL"
    SENSITIVE = "sensitive", "OFFICIAL-SENSITIVE"


class Suspect(Kind):
    """What the officer answered: could a suspect read this?"""

    UNASKED = "", "Not answered yet"
    NO = "no", "No: it tells a suspect nothing, or none is involved"
    HARMLESS = "harmless", "Yes, and it does no harm: it may even put them off"
    HARMFUL = "harmful", "Yes, and that would harm: it goes to checked members only"


class Goes(Kind):
    """When an approved alert goes out."""

    NOW = "now", "Now"
    AT = "at", "At a set time"
    BY_AUTHOR = "by_author", "When its author releases it"


class CorrectionState(Kind):
    """Where a correction of an alert stands."""

    WAITING = "waiting", "Waiting for approval"
    MADE = "made", "Made"
    DROPPED = "dropped", "Not made"


class Severity(Kind):
    """How much a finding of the send check weighs."""

    REFUSE = "refuse", "Must be changed"
    WARN = "warn", "Think again"
    NOTE = "note", "Good to know"


class Urgency(Kind):
    """How fast it must be heard."""

    NOW = "now", "Now: wake people"
    TODAY = "today", "Today"
    WHENEVER = "whenever", "Whenever it suits"


# How much an alert may ask of a member. Danger to life is not an alert's to claim: an alert asks people to look.
PRIORITIES: dict[Urgency, Priority] = {
    Urgency.NOW: Priority.URGENT,
    Urgency.TODAY: Priority.IMPORTANT,
    Urgency.WHENEVER: Priority.ROUTINE,
}


@dataclass(frozen=True)
class Finding:
    """One thing that the send check found, with the rule that says so and where the rule comes from."""

    code: str
    severity: Severity
    sentence: str
    source: str


@dataclass(frozen=True)
class Words:
    """What an officer writes; the safety line, the signature and the way to answer are added and cannot be removed.

    Attributes:
        headline: one line for subject and page.
        what: what happened, in plain words.
        where: the place in words.
        ask: what people are asked to look for or do.
    """

    headline: str
    what: str
    where: str
    ask: str


@dataclass(frozen=True)
class Facts:
    """What the check needs to know beside the words.

    Attributes:
        signs_as: how the organisation's messages begin; with `ref` it takes room in the text.
        budget: for how many it is more than they want in a week.
        suspect: the answer to "could a suspect read this?"; None where it is not asked yet, as while it is written.
        template: what it was begun with; some ask less.
        cover: who reads the answers; None where nobody looked.
        lines: ours round the words.
        marking: how it is classified; None where it is as usual for its level.
        ground: how far the audience reaches; None where nobody was chosen yet.
        seeks: people are to look for somebody or something; advice and thanks only speak of them.
        asks_when: it is about a moment; advice and meetings are about none that is past.
    """

    words: Words
    occurred_at: dt.datetime | None
    expires_at: dt.datetime | None
    has_audience: bool
    level: Tier
    invites_answers: bool
    now: dt.datetime
    signs_as: str = "Police"
    ref: str = "WWWWWW"
    members: int | None = None
    budget: Budget = Budget(members=0)  # noqa: RUF009 - frozen
    suspect: Suspect | None = None
    template: str = ""
    urgency: Urgency = Urgency.NOW
    is_drill: bool = False
    cover: Cover | None = None
    lines: OurLines = PLAIN
    marking: Marking | None = None
    ground: "Ground | None" = None
    seeks: bool = True
    asks_when: bool = True


@dataclass(frozen=True)
class Ground:
    """How far an audience reaches on the ground, for comparing it with what the words say.

    Attributes:
        area_km2: what it covers; None where it names no place at all and means everybody of a scheme or subject.
        farthest_m: how far its farthest corner lies from the place of the alert; None where the alert has no point.
        named: the names of the areas that were chosen, which the words may well say.
    """

    area_km2: float | None
    farthest_m: float | None
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sighting:
    """What a relay may carry on: never who said it, nor where they live, nor their own words.

    Attributes:
        what: the vehicle or the people in a few plain words, e.g. "grey pick-up, three men".
        where: the place in words, no finer than a road or a village.
        direction: which way, e.g. "towards Holt"; empty when not known.
        plate: as read; at most its two figures are passed on, and only to vetted members (ADR 14).
        point: where on the ground, for the circle of those who hear next.
        uncertainty_m: how far off `point` may be.
    """

    what: str
    where: str
    direction: str
    seen_at: dt.datetime | None
    plate: str
    point: Point | None = None
    uncertainty_m: float = 0.0


@dataclass(frozen=True)
class Preview:
    """An alert exactly as each channel will carry it, and what its text costs a person."""

    words: messaging.Words
    parts: int
    units: int
    left: int
    encoding: str


@dataclass(frozen=True)
class AlertLine:
    """One alert as lists show it.

    Attributes:
        members: how many were meant at release; before it, at the last count.
        relays: how many were made from it.
        goes_at: when it goes by itself, while it is approved for a time.
        waits_since: since when it, or its correction, waits for a second officer.
    """

    ref: str
    state: State
    urgency: Urgency
    level: Tier
    headline: str
    where: str
    topic: str
    author: str
    members: int | None
    relays: int
    is_relay: bool
    written_at: dt.datetime
    released_at: dt.datetime | None
    expires_at: dt.datetime | None
    goes_at: dt.datetime | None = None
    is_drill: bool = False
    waits_since: dt.datetime | None = None


@dataclass(frozen=True)
class PublicAlert:
    """What people outside may read of an alert: never who wrote it, who was told, nor the very spot.

    Attributes:
        ending: what came of it; only for members, and only when it is over.
        corrected_at: when its words were corrected last, with the reason.
        is_taken_back: it went out by mistake: what stands in the place of its words is ours.
        language: what the words are in: English where nobody said them in the reader's language.
    """

    ref: str
    state: State
    headline: str
    what: str
    where: str
    ask: str
    topic: str
    signs_as: str
    occurred_at: dt.datetime | None
    released_at: dt.datetime | None
    expires_at: dt.datetime | None
    is_over: bool
    ending: str = ""
    corrected_at: dt.datetime | None = None
    corrected_because: str = ""
    is_taken_back: bool = False
    language: str = ENGLISH
    topic_language: str = ENGLISH

    @property
    def is_foreign(self) -> bool:
        """Say whether the reader's language is another than that of the words."""
        return self.language != language_now()


@dataclass(frozen=True)
class Way:
    """The way out that an alert has for one officer.

    Attributes:
        count: whom it would reach today, by which channel, and how many not at all.
        approvals: how many other officers must agree; 0 is the fast lane.
        typed: what whoever releases it must type; empty when nothing.
        given: how many have agreed to it as it stands.
        hold_s: for how many seconds its first messages wait, so that it can be taken back.
        because: why more eyes are needed than its reach alone asks for; empty when they are not.
    """

    count: AudienceCount
    approvals: int
    typed: str
    given: int = 0
    hold_s: int = 0
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passing:
    """A relay before it is pressed: its words, what the send check finds, and whom they would reach."""

    preview: Preview
    findings: tuple[Finding, ...]
    count: AudienceCount
