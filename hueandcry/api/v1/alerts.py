"""How an alert went out, as the desk shows it: counts only, small ones hidden, never who."""

import datetime as dt
from enum import Enum
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema

from hueandcry.api.doors import Key
from hueandcry.domain.alerts.queries.going import figures_for_program
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.messaging.rules.figures import Figures, NotYet
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.rules import AreaKind

router = Router(tags=["alerts"], auth=Key(Permission.ALERT_FIGURES))


class By(Enum):
    """Kinds of areas that people know by name."""

    WARD = "ward"
    PARISH = "parish"
    DISTRICT = "district"


class ChannelCount(Schema):
    """How many people stand where, of those whose best way is this channel; states with none are left out.

    Whoever answered counts with the channel that they answered by.
    """

    channel: str
    people: int
    states: dict[str, int]
    answered: int


class AlertFigures(Schema):
    """Where the people of one alert stand: each once, however many ways were tried."""

    ref: str
    released_at: dt.datetime | None
    people: int
    reached: int
    delivered: int
    waiting: int
    answered: int
    paused: bool
    last_in_s: float | None
    states: dict[str, int]
    not_yet: dict[str, int]
    channels: list[ChannelCount]


class AreaFigures(Schema):
    """One area: who waits, was reached (of those delivered, of those seen) or will not be. Null is too small."""

    code: str
    name: str
    people: int | None
    waiting: int | None
    reached: int | None
    delivered: int | None
    seen: int | None
    answered: int | None
    not_reached: int | None


class CurvePoint(Schema):
    """How many had it so many seconds after its release."""

    seconds: float
    handed_over: int
    delivered: int
    answered: int


class AlertDeliveries(Schema):
    """By channel, by area (whom it reached least first; no code is elsewhere) and over time."""

    ref: str
    released_at: dt.datetime | None
    by: By | None
    channels: list[ChannelCount]
    areas: list[AreaFigures]
    curve: list[CurvePoint]


@router.get("/{ref}/figures/", response=AlertFigures, url_name="alert_figures")
def figures(request: HttpRequest, ref: str) -> dict[str, object]:
    """Say where the people of one alert stand."""
    found = figures_for_program(organisation_id=request.auth.organisation_id, ref=ref)  # type: ignore[attr-defined]
    return {
        "ref": ref,
        "released_at": found.released_at,
        "people": found.people,
        "reached": found.got,
        "delivered": found.arrived,
        "waiting": found.waiting,
        "answered": found.answered,
        "paused": found.is_paused,
        "last_in_s": found.last_in_s,
        "states": {state.value: found.by_state.get(state, 0) for state in DeliveryState},
        "not_yet": _not_yet(found.not_yet),
        "channels": _channels(found),
    }


@router.get("/{ref}/deliveries/", response=AlertDeliveries, url_name="alert_deliveries")
def deliveries(
    request: HttpRequest, ref: str, by: Annotated[By | None, Query(description="which areas; none without it")] = None
) -> dict[str, object]:
    """Give the deliveries of one alert by channel, by area and over time: counts, small ones hidden."""
    kind = None if by is None else AreaKind(by.value)
    found = figures_for_program(organisation_id=request.auth.organisation_id, ref=ref, by=kind)  # type: ignore[attr-defined]
    return {
        "ref": ref,
        "released_at": found.released_at,
        "by": by,
        "channels": _channels(found),
        "areas": [
            {
                "code": area.code,
                "name": area.name,
                "people": area.people,
                "waiting": area.waiting,
                "reached": area.got,
                "delivered": area.delivered,
                "seen": area.seen,
                "answered": area.answered,
                "not_reached": area.never,
            }
            for area in found.areas
        ],
        "curve": [
            {
                "seconds": round(one.seconds, 1),
                "handed_over": one.handed,
                "delivered": one.delivered,
                "answered": one.answered,
            }
            for one in found.curve
        ],
    }


def _channels(found: Figures) -> list[dict[str, object]]:
    return [
        {
            "channel": channel.value,
            "people": sum(states.values()),
            "states": {state.value: many for state, many in states.items()},
            "answered": answered,
        }
        for channel, states, answered in found.channels
    ]


def _not_yet(lacks: NotYet) -> dict[str, int]:
    return {name: many for name, many in vars(lacks).items() if isinstance(many, int)}
