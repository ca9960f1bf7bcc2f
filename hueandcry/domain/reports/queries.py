"""Questions about reports: what waits, what was answered to one alert, what may be passed on."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Case, CharField, Count, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from hueandcry.domain.members.models import Bridge
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.models import Inbound
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import SETTLEMENTS, Found, FoundBy, PlaceError
from hueandcry.domain.reports.models import Report
from hueandcry.domain.reports.rules import OPEN, Extract, Reading, Seen, State, sighting_from
from hueandcry.kit.finding import NotHereError

__all__ = ["count_new", "count_open", "for_alert", "get_report", "inbox", "place_of", "proposal", "tally"]

# By which group elsewhere a report came, in words; nothing of a group that has ended but that it has.
_CAME_BY = Inbound.objects.filter(ref=OuterRef(OuterRef("inbound_ref"))).exclude(bridge="").values("bridge")
_NAMED = Case(When(ended_at=None, then=F("name")), default=Value("an ended group"), output_field=CharField())
VIA = Coalesce(Subquery(Bridge.objects.filter(ref__in=_CAME_BY).values_list(_NAMED)[:1]), Value(""))
_NEAR_M = 5_000
# A vehicle that is on its way to a village is somewhere round it.
_ON_THE_WAY_M = 3_000.0


def inbox(
    *, officer: Officer, state: State | None = None, about: str = "", most: int = 100, before: dt.datetime | None = None
) -> Sequence[Report]:
    """Return the reports that an officer may read: danger first, then by time of receipt, never by channel.

    What nobody has read comes longest waiting first, then the rest newest first; `before` pages back by receipt.
    """
    rows = Report.objects.visible_to(officer).select_related("member", "read_by", "written_by").in_order()
    if state is not None:
        rows = rows.filter(state=state)
    if about:
        rows = rows.filter(about=about)
    if before is not None:
        rows = rows.filter(received_at__lt=before)
    return list(rows.annotate(via=VIA)[:most])


def get_report(*, officer: Officer, ref: str) -> Report:
    """Return one report.

    Raises:
        NotHereError: there is none, or it is not for this officer.
    """
    rows = Report.objects.visible_to(officer).select_related("member", "read_by", "written_by", "organisation")
    try:
        return rows.annotate(via=VIA).get(ref=ref)
    except Report.DoesNotExist:
        raise NotHereError(f"report:{ref}") from None


def count_new(*, officer: Officer) -> int:
    """Return how many reports nobody has read."""
    return Report.objects.visible_to(officer).filter(state=State.NEW).count()


def count_open(*, officer: Officer, about: str = "") -> int:
    """Return how many reports are not closed, of all or about one thing."""
    rows = Report.objects.visible_to(officer).filter(state__in=OPEN)
    return (rows.filter(about=about) if about else rows).count()


def for_alert(*, officer: Officer, about: str) -> Sequence[Report]:
    """Return every report that answers one alert (`alert:K7M2PQ`), in order of receipt."""
    rows = Report.objects.visible_to(officer).filter(about=about).select_related("member", "read_by", "written_by")
    return list(rows.annotate(via=VIA).order_by("received_at", "pk"))


def tally(*, about: str) -> dict[Reading, int]:
    """Return how many answers of each reading one alert has; all readings are there."""
    counted = Report.objects.filter(about=about).values_list("reading").annotate(Count("pk"))
    found = {Reading(reading): number for reading, number in counted}
    return {reading: found.get(reading, 0) for reading in Reading}


def place_of(*, officer: Officer, report: Report) -> Found | None:
    """Return where a report says it was: its grid reference, degrees or postcode, else a name that the map knows."""
    return _place(get_report(officer=officer, ref=report.ref).read_out)


def proposal(*, officer: Officer, report: Report, tier: Tier = Tier.MEMBER) -> Seen:
    """Return what may be passed on of a report, for a person to check: never who said it, nor in which words.

    The place is told by the village it is near, a name behind `towards` only when the map knows it, and a plate only to
    vetted tiers.
    """
    read = get_report(officer=officer, ref=report.ref).read_out
    place, aim = _told_by_village(_place(read)), _told_by_village(_aim(read))
    if place is None and aim is not None:
        return sighting_from(read, aim, tier=tier, on_the_way=True)
    return sighting_from(read, place, tier=tier, towards=aim.label if aim and aim.by == FoundBy.NAME else "")


def _place(read: Extract) -> Found | None:
    written = (*read.grid_refs, *read.latlons, *read.postcodes)
    found = next((found for text in written if (found := _found(text))), None)
    return found or next(iter(places.named(names=read.names).values()), None)


def _aim(read: Extract) -> Found | None:
    """Return the place behind `towards`, as wide as the way to it may be."""
    aim = next(iter(places.named(names=read.aims).values()), None)
    return aim and replace(aim, uncertainty_m=max(aim.uncertainty_m, _ON_THE_WAY_M))


def _found(written: str) -> Found | None:
    try:
        return places.find(text=written, most=1)[0]
    except PlaceError:
        return None


def _told_by_village(found: Found | None) -> Found | None:
    """Name the nearest village or town instead of the spot, which may be somebody's gate; a name says itself."""
    if found is None or found.by == FoundBy.NAME:
        return found
    near = places.nearby_places(point=found.point, radius_m=_NEAR_M, kinds=SETTLEMENTS, most=1)
    if not near:
        return found
    return Found(found.point, found.uncertainty_m, near[0].label, FoundBy.NAME)
