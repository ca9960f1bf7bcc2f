"""Whom a template proposes: from the place, what it is about, which way it went, how long ago, and the hour. Pure."""

import datetime as dt
import math
from dataclasses import dataclass, replace

from hueandcry.domain.alerts.rules.kinds import PRIORITIES, Ground, Urgency
from hueandcry.domain.alerts.rules.templates import Answers, Template, schemes_of
from hueandcry.domain.members.rules import AudienceQuestion, Corridor, Tier
from hueandcry.domain.members.rules.preferences import default_hours
from hueandcry.domain.places.rules import WIDEST_CORRIDOR_M, Circle
from hueandcry.kit.geometry import Point

METRES_IN_A_MILE = 1609.344
# Each press of "wider" or "narrower" doubles or halves it, so far and no further.
NARROWEST, WIDEST = -3, 4
SMALLEST_M, LARGEST_M = 800.0, 100_000.0
# What drives away is twice as far after an hour; nobody guesses further than that.
GROWS_IN = dt.timedelta(hours=1)
_DEGREE_M = 111_320.0
_WINDS = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}


@dataclass(frozen=True)
class Scene:
    """Where and when it happened, for whom it is and how fast it must be heard.

    Attributes:
        happened: when; None where it is not about a moment.
    """

    point: Point | None
    uncertainty_m: float
    happened: dt.datetime | None
    level: Tier
    urgency: Urgency


@dataclass(frozen=True)
class Pressed:
    """What somebody pressed to change a proposal.

    Attributes:
        step: how often wider; below nothing, narrower.
        everybody: not only the schemes whom it concerns first.
        areas: ids of areas instead of a distance, when it is for the whole force.
    """

    step: int = 0
    everybody: bool = False
    areas: tuple[int, ...] = ()


def propose(
    template: Template,
    answers: Answers,
    scene: Scene,
    *,
    organisation_id: int,
    now: dt.datetime,
    pressed: Pressed = Pressed(),
) -> AudienceQuestion:
    """Return whom an alert would go to; `now` in the force's own time zone, for at night it goes less far."""
    asked = AudienceQuestion(
        organisation_id=organisation_id,
        areas=pressed.areas,
        scheme_kinds=() if pressed.everybody else schemes_of(template, answers),
        lowest_tier=scene.level if scene.level != Tier.PUBLIC else Tier.MEMBER,
        priority=PRIORITIES[scene.urgency],
    )
    point = scene.point
    if pressed.areas or point is None:
        return asked
    near_m = _distance(template, scene, now, pressed.step)
    wind = _WINDS.get(answers.get("direction", ""))
    if wind is None or not template.spread.ahead_m:
        return replace(asked, circles=(Circle(*point, near_m + scene.uncertainty_m),))
    ahead_m = min(near_m * template.spread.ahead_m / template.spread.radius_m, LARGEST_M)
    # To each side half of what it would go round: what is behind is left out, that is what makes it a way ahead.
    side_m = min(max(near_m / 2, SMALLEST_M) + scene.uncertainty_m, WIDEST_CORRIDOR_M)
    return replace(asked, corridors=(Corridor(((*point,), (*_ahead(point, wind, ahead_m),)), side_m),))


def is_night(now: dt.datetime) -> bool:
    """Say whether most people sleep: outside the hours in which messages come to everybody who chose none."""
    return not default_hours(now.date()).holds(now.hour * 60 + now.minute)


def steps_left(step: int) -> tuple[bool, bool]:
    """Return whether narrower and wider can still be pressed."""
    return step > NARROWEST, step < WIDEST


def step_of(text: str) -> int:
    """Return how often wider was pressed, from what a form carries along; anything else is none."""
    try:
        return max(NARROWEST, min(WIDEST, int(text)))
    except ValueError:
        return 0


def _distance(template: Template, scene: Scene, now: dt.datetime, step: int) -> float:
    spread = template.spread
    base = spread.night_m if spread.night_m and scene.urgency == Urgency.NOW and is_night(now) else spread.radius_m
    happened = scene.happened
    gone = min(max((now - happened) / GROWS_IN, 0.0), 1.0) if happened and template.seeks else 0.0
    return _rounded(min(max(base * (1 + gone) * 2.0**step, SMALLEST_M), LARGEST_M))


def _rounded(metres: float) -> float:
    """Return a distance in whole miles, below two of them in halves: as people say it."""
    miles = metres / METRES_IN_A_MILE
    step = 1.0 if miles >= 2 else 0.5  # noqa: PLR2004
    return max(step, round(miles / step) * step) * METRES_IN_A_MILE


def _ahead(point: Point, wind: float, metres: float) -> Point:
    turn = math.radians(wind)
    up = metres * math.cos(turn) / _DEGREE_M
    across = metres * math.sin(turn) / (_DEGREE_M * math.cos(math.radians(point.lat)))
    return Point(round(point.lon + across, 6), round(point.lat + up, 6))


# ---------------------------------------------------------------- how far it is against what is said

# Within so far of its place an alert is one of there; further than that the words should say so.
LOCAL_M = 25_000.0
LOCAL_KM2 = 2_000.0


def is_wider_than_said(ground: Ground, said: str, *, signs_as: str) -> str:
    """Return how far an audience goes when the words speak of one place only; empty when that is right.

    Words that speak of the whole force, a county or all over, or name an area that was chosen, say themselves how far.
    """
    spoken = said.casefold()
    wide = ("all over", "everywhere", "across", "whole ", "county", "force area", "online", "throughout", "nationwide")
    force = signs_as.casefold().replace("police", "").replace("constabulary", "").strip()
    if any(word in spoken for word in wide) or (force and force in spoken):
        return ""
    if any(name.casefold() in spoken for name in ground.named):
        return ""
    if ground.area_km2 is None:
        return "everybody of the chosen schemes or subjects, wherever they are"
    far = ground.farthest_m is not None and ground.farthest_m > LOCAL_M
    if far and ground.farthest_m is not None:
        return f"people up to {ground.farthest_m / METRES_IN_A_MILE:,.0f} miles away, over {ground.area_km2:,.0f} km²"
    if ground.farthest_m is None and ground.area_km2 > LOCAL_KM2:
        return f"{ground.area_km2:,.0f} km²"
    return ""
