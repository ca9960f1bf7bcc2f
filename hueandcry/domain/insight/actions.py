"""Loading the census and freezing figures."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from hueandcry.domain.insight import queries
from hueandcry.domain.insight.models import Headcount, Population
from hueandcry.domain.insight.rules import InsightError
from hueandcry.domain.organisations.queries import organisations
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock

__all__ = ["InsightError", "freeze", "load_households"]


@transaction.atomic
def load_households(
    *, rows: Iterable[tuple[str, int]], kind: AreaKind, vintage: str = "", source: str, actor: str = SYSTEM
) -> tuple[int, int]:
    """Keep how many households live in each area; return how many areas now have a number, and how many codes had none.

    A second load of the same file changes nothing. Logged as `households.loaded`.

    Raises:
        InsightError: no such boundaries are loaded, or no code is known among them.
    """
    areas = {area.code: area for area in places.areas(kind=kind, vintage=vintage)}
    if not areas:
        raise InsightError(f"Load the boundaries first: hueandcry load areas --kind {kind.value}.")
    known: dict[int, int] = {}
    unknown = 0
    for code, number in rows:
        area = areas.get(code)
        if area is None:
            unknown += 1
        else:
            known[area.id] = number
    if not known:
        raise InsightError("Not one of its codes is among the boundaries that are loaded: is it another kind or year?")
    Population.objects.bulk_create(
        [Population(area_id=area, households=number, source=source) for area, number in known.items()],
        update_conflicts=True,
        unique_fields=["area"],
        update_fields=["households", "source"],
    )
    edition = next(iter(areas.values())).vintage
    log(
        "households.loaded",
        subject=f"areas:{kind.value}-{edition}",
        actor=actor,
        source=source,
        areas=len(known),
        unknown=unknown,
    )
    return len(known), unknown


@transaction.atomic
def freeze(*, on: dt.date | None = None, actor: str = SYSTEM) -> int:
    """Freeze how many members each organisation has in each area today; return how many figures that are.

    A second freezing on one day changes nothing: what is compared with later must not move. Logged as
    `headcount.frozen`.
    """
    day = on or clock.today()
    rows = [
        Headcount(area_id=area, organisation_id=organisation.pk, on=day, members=members)
        for organisation in organisations()
        for kind in queries.levels()
        for area, members in queries.headcounts(organisation_id=organisation.pk, kind=kind).items()
        if members
    ]
    Headcount.objects.bulk_create(rows, ignore_conflicts=True)
    log("headcount.frozen", subject=f"day:{day:%Y-%m-%d}", actor=actor, figures=len(rows))
    return len(rows)
