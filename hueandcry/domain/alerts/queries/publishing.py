"""The alerts that leave for everybody's feeds, with all that was said of each, and where they hold."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from django.db.models.functions import Greatest
from django.utils import timezone

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert, AlertQuerySet, Correction
from hueandcry.domain.alerts.queries.posting import link_to
from hueandcry.domain.alerts.rules import OUT, State, Urgency
from hueandcry.domain.alerts.rules.kinds import CorrectionState, Marking
from hueandcry.domain.alerts.rules.publishing import MISTAKE, OVER, Published, Said, Saying
from hueandcry.domain.alerts.rules.tongues import OTHERS
from hueandcry.domain.members.queries.audience import ground_of
from hueandcry.domain.members.rules import AudienceError, Tier
from hueandcry.kit import clock, shapes
from hueandcry.kit.cap import Round
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from hueandcry.kit.words import speaking

Corners = tuple[tuple[float, float], ...]
# How long a feed looks back: whoever was away for a month reads the page.
LATELY = dt.timedelta(days=30)
# An area for machines of others is drawn so much broader than it was asked: nobody finds the very spot by it.
BROADER_M = 500.0
MOST_CORNERS = 100


def published(*, most: int = 30) -> list[Published]:
    """Return what left for everybody in the last month, what changed last first, in two queries.

    The same alerts as are posted: for everybody, marked so, no exercise, and no sighting that was passed on.
    """
    changed = Greatest("released_at", "corrected_at", "stood_down_at", "ended_at")
    rows = _leaving().filter(released_at__gte=clock.now() - LATELY).annotate(changed=changed)
    return _with_sayings(list(rows.order_by("-changed", "-id")[:most]))


def meetings(*, most: int = 200) -> list[Published]:
    """Return what left for everybody and begins at a moment, from a month ago on, soonest first."""
    rows = _leaving().filter(starts_at__gte=clock.now() - LATELY)
    return _with_sayings(list(rows.order_by("starts_at", "id")[:most]))


def get_published(*, ref: str) -> Published:
    """Return one alert that left for everybody.

    Raises:
        NotHereError: there is none, it never went out, or it is not for everybody.
    """
    rows = list(_leaving().filter(ref=ref))
    if not rows:
        raise NotHereError(f"alert:{ref}")
    return _with_sayings(rows)[0]


def in_other_languages(*, ref: str) -> list[Published]:
    """Return the same alert in each other language that it is said in, with the page in it.

    Raises:
        NotHereError: as `get_published`.
    """
    found = []
    for language in OTHERS:
        with speaking(language):
            one = get_published(ref=ref)
        if one.alert.language == language:
            found.append(replace(one, page=link_to(ref=ref, language=language)))
    return found


def roughly_where(*, ref: str) -> tuple[tuple[Corners, ...], tuple[Round, ...]]:
    """Return the ground that an alert is for as polygons of (lat, lon) and circles, broader than it was asked."""
    question = queries.question_of(alert=_leaving().get(ref=ref))
    if question is None:
        return (), ()
    circles = [(circle.lon, circle.lat, circle.radius_m) for circle in question.circles]
    circles += [(ring.lon, ring.lat, ring.outer_m) for ring in question.rings]
    try:
        shape = ground_of(question=replace(question, circles=(), rings=()))
    except AudienceError:
        shape = None
    outlines = shapes.broadly(shape, by_m=BROADER_M, most=MOST_CORNERS) if shape is not None else []
    return (
        tuple(tuple((lat, lon) for lon, lat in outline) for outline in outlines),
        tuple(_broader(*circle) for circle in circles),
    )


def _broader(lon: float, lat: float, radius_m: float) -> Round:
    """Return a circle round a point of a coarse net that holds the whole of another."""
    net = Point(round(lon, 2), round(lat, 2))
    off = shapes.distance_m(net, Point(lon, lat))
    return Round(net.lat, net.lon, round((radius_m + off) / 1000 + 0.5))


def _leaving() -> AlertQuerySet:
    rows = Alert.objects.filter(level=Tier.PUBLIC, marking=Marking.PUBLIC, state__in=OUT, is_drill=False, relay_of=None)
    return rows.select_related("topic", "organisation")


def _with_sayings(alerts: Sequence[Alert]) -> list[Published]:
    made = defaultdict(list)
    corrected = [alert.pk for alert in alerts if alert.corrected_at]
    for correction in Correction.objects.filter(alert__in=corrected, state=CorrectionState.MADE).order_by("id"):
        made[correction.alert_id].append(correction)
    return [_published(alert, made[alert.pk]) for alert in alerts]


def _published(alert: Alert, corrections: Sequence[Correction]) -> Published:
    said = queries.outside(alert=alert)
    return Published(
        alert=replace(said, occurred_at=_here(said.occurred_at), expires_at=_here(said.expires_at)),
        by=alert.organisation.name,
        urgency=Urgency(alert.urgency),
        starts_at=_here(alert.starts_at),
        invites_answers=alert.invites_answers,
        page=link_to(ref=alert.ref),
        sayings=tuple(_sayings(alert, corrections)),
    )


def _sayings(alert: Alert, corrections: Sequence[Correction]) -> list[Saying]:
    found = [Saying(1, Said.FIRST, timezone.localtime(alert.released_at))]
    for place, correction in enumerate(corrections, start=2):
        found.append(Saying(place, Said.CORRECTED, timezone.localtime(correction.decided_at), correction.reason))
    over_at = alert.stood_down_at or alert.ended_at
    if over_at and alert.state in (State.STOOD_DOWN, State.ENDED):
        because = MISTAKE if alert.recalled_at else alert.stood_down_because or OVER
        found.append(Saying(len(found) + 1, Said.OVER, timezone.localtime(over_at), because))
    return found


def _here(moment: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(moment) if moment else None


__all__ = ["get_published", "in_other_languages", "meetings", "published", "roughly_where"]
