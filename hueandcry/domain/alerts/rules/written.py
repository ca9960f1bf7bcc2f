"""What a template, its answers and a place make together: all that an alert says before anybody is chosen. Pure."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from hueandcry.domain.alerts.rules.canaries import Tongue
from hueandcry.domain.alerts.rules.kinds import AlertError, Marking, Urgency, Words
from hueandcry.domain.alerts.rules.proposing import Scene
from hueandcry.domain.alerts.rules.templates import Answers, Template, fill, shorter, topics_of
from hueandcry.domain.alerts.rules.tongues import Made, still_made, tongues
from hueandcry.domain.alerts.rules.wording import day_and_time
from hueandcry.domain.members.rules import Tier
from hueandcry.kit.geometry import Point

# How long ago, as it is pressed; another moment is typed.
AGO: tuple[tuple[str, str], ...] = (
    ("0", "Now"),
    ("10", "10 minutes ago"),
    ("30", "Half an hour ago"),
    ("60", "An hour ago"),
)
# A meeting counts until it is well under way.
UNDER_WAY = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Where:
    """A place: in words, on the ground, and how far off it may be."""

    words: str
    point: Point | None = None
    uncertainty_m: float = 0.0


@dataclass(frozen=True)
class Written:
    """Everything that an alert says.

    Attributes:
        answers: what the template asked, as it was answered.
        starts_at: when what it is about begins; None where nothing does.
        is_plain: in texts letters go without marks that make them dearer.
        shorter: what happened in ever fewer words, for a text that must fit.
        tongues: what it says in other languages.
    """

    template: Template
    answers: Answers
    words: Words
    where: Where
    level: Tier
    urgency: Urgency
    marking: Marking
    occurred_at: dt.datetime | None
    expires_at: dt.datetime
    starts_at: dt.datetime | None
    is_plain: bool
    shorter: tuple[str, ...]
    tongues: tuple[Tongue, ...] = ()

    @property
    def scene(self) -> Scene:
        """Return what a proposal asks of it."""
        return Scene(self.where.point, self.where.uncertainty_m, self.occurred_at, self.level, self.urgency)

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the slugs of the subjects that it may be about, the likeliest first."""
        return topics_of(self.template, self.answers)

    def for_draft(self) -> dict[str, Any]:
        """Return what `alerts.actions.draft` takes of it."""
        return {
            "words": self.words,
            "level": self.level,
            "urgency": self.urgency,
            "occurred_at": self.occurred_at,
            "expires_at": self.expires_at,
            "starts_at": self.starts_at,
            "point": self.where.point,
            "uncertainty_m": self.where.uncertainty_m if self.where.point else None,
            "invites_answers": self.template.invites_answers,
            "template": self.template.key,
            "marking": self.marking,
            "is_plain": self.is_plain,
        }


def write(
    template: Template,
    answers: Answers,
    where: Where,
    *,
    now: dt.datetime,
    occurred_at: dt.datetime | None = None,
    starts_at: dt.datetime | None = None,
    level: Tier | None = None,
    is_plain: bool = False,
) -> Written:
    """Return everything that an alert says; moments in the force's own time zone.

    Raises:
        AlertError: no place is said, or what it is about has no beginning, or one that is past.
    """
    if not where.words.strip():
        raise AlertError("Say where: where you are, a pin on the map, a grid reference, a postcode or a name.")
    if template.starts and starts_at is None:
        raise AlertError("Say when it begins: a day and a time.")
    if starts_at is not None and starts_at <= now:
        raise AlertError("It would have begun already: give a later day or time.")
    starts = day_and_time(starts_at) if starts_at else ""
    happened = occurred_at or (now if template.asks_when else None)
    wanted = level or template.level
    # Some questions are for checked members only, so what is asked depends on who may read it.
    template = replace(template, level=wanted)
    said = {"where": " ".join(where.words.split()), "when": f"{happened:%H:%M}" if happened else "", "starts": starts}
    words = fill(template, answers, **said)
    made = Made(template, answers, starts_at)
    return Written(
        template=template,
        answers=answers,
        words=words,
        where=where,
        level=wanted,
        urgency=template.urgency,
        marking=Marking.PUBLIC if wanted == Tier.PUBLIC else Marking.OFFICIAL,
        occurred_at=happened,
        expires_at=starts_at + UNDER_WAY if starts_at else now + template.life,
        starts_at=starts_at,
        is_plain=is_plain,
        shorter=shorter(template, answers, **said),
        tongues=tongues(words, made if still_made(words, made) else None, {}),
    )
