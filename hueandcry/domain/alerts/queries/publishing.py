"""The alerts that leave for everybody's feeds, with all that was said of each, and where they hold."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models.functions import Greatest
from django.utils import timezone

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert, AlertQuerySet, Correction, Revision
from hueandcry.domain.alerts.queries.posting import link_to
from hueandcry.domain.alerts.rules import OUT, State, Urgency, Words
from hueandcry.domain.alerts.rules.kinds import CorrectionState, Marking
from hueandcry.domain.alerts.rules.publishing import MISTAKE, OVER, Published, Said, Saying
from hueandcry.domain.members.queries.audience import ground_of
from hueandcry.domain.members.rules import AudienceError, Tier
from hueandcry.kit import clock, shapes
from hueandcry.kit.cap import Round
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point

Corners = tuple[tuple[float, float], ...]
# How long a feed looks back: whoever was away for a month reads the page.
LATELY = dt.timedelta(days=30)
# An area for machines of others is drawn so much broader than it was asked: nobody finds the very spot by it.
BROADER_M = 500.0
MOST_CORNERS = 100


def published(*, most: int = 30) -> list[Published]:
    """Return what left for everybody in the last month, what changed last first, in three queries.

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
    made, kept = defaultdict(list), defaultdict(list)
    corrected = [alert.pk for alert in alerts if alert.corrected_at]
    for correction in Correction.objects.filter(alert__in=corrected, state=CorrectionState.MADE).order_by("id"):
        made[correction.alert_id].append(correction)
    for revision in Revision.objects.filter(alert__in=corrected).order_by("id"):
        kept[revision.alert_id].append(revision.words)
    return [_published(alert, made[alert.pk], kept[alert.pk]) for alert in alerts]


def _published(alert: Alert, corrections: Sequence[Correction], kept: Sequence[dict[str, Any]]) -> Published:
    released_at = timezone.localtime(alert.released_at)
    return Published(
        alert=queries.outside(alert=alert),
        by=alert.organisation.name,
        urgency=Urgency(alert.urgency),
        starts_at=_here(alert.starts_at),
        invites_answers=alert.invites_answers,
        page=link_to(alert=alert),
        first_at=released_at,
        sayings=tuple(_sayings(alert, released_at, corrections, kept)),
    )


def _sayings(
    alert: Alert, released_at: dt.datetime, corrections: Sequence[Correction], kept: Sequence[dict[str, Any]]
) -> list[Saying]:
    """Return what was said of an alert. Each correction keeps its words last, so those before the first are ours."""
    if alert.recalled_at:
        back = queries.taken_back()
        return [Saying(2, Said.OVER, timezone.localtime(alert.recalled_at), back, _here(alert.expires_at), MISTAKE)]
    words, expires_at = queries.words_of(alert=alert), alert.expires_at
    if corrections and len(kept) > len(corrections):
        first = kept[-len(corrections) - 1]
        words = Words(*(str(first[name]) for name in ("headline", "what", "where", "ask")))
        expires_at = dt.datetime.fromisoformat(first["expires_at"]) if first["expires_at"] else None
    found = [Saying(1, Said.FIRST, released_at, words, _here(expires_at))]
    for correction in corrections:
        found.append(
            Saying(
                len(found) + 1,
                Said.CORRECTED,
                timezone.localtime(correction.decided_at),
                Words(**correction.words),
                _here(correction.expires_at),
                correction.reason,
            )
        )
    over_at = alert.stood_down_at or alert.ended_at
    if over_at and alert.state in (State.STOOD_DOWN, State.ENDED):
        because = alert.stood_down_because or OVER
        last = found[-1]
        found.append(
            Saying(len(found) + 1, Said.OVER, timezone.localtime(over_at), last.words, last.expires_at, because)
        )
    return found


def _here(moment: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(moment) if moment else None


__all__ = ["get_published", "meetings", "published", "roughly_where"]
