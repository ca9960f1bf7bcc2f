"""Who could carry a message to those whom it does not reach: schemes with coordinators, and groups elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import Count, Q
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.members.models import Bridge, Scheme
from hueandcry.domain.members.models.schemes import SchemeQuerySet
from hueandcry.domain.members.queries.audience import Ids
from hueandcry.domain.members.rules import MembershipState, SchemeKind, SchemeState
from hueandcry.domain.members.rules.schemes import LEADS
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places.models import Boundary
from hueandcry.domain.places.queries import shape_of
from hueandcry.domain.places.rules import PlaceError

__all__ = ["Groups", "Helper", "groups_of", "scheme_names", "schemes_touching"]


@dataclass(frozen=True)
class Helper:
    """One scheme whose area touches: how many coordinate it."""

    ref: str
    name: str
    coordinators: int


@dataclass(frozen=True)
class Groups:
    """Groups elsewhere that members carry messages to, and about how many read them."""

    number: int
    people: int


def schemes_touching(*, officer: Officer, shape: BaseGeometry) -> list[Helper]:
    """Return the running schemes that this officer may see whose own area touches a shape and that somebody runs."""
    rows = SchemeQuerySet(Scheme).visible_to(officer).filter(state=SchemeState.ACTIVE)
    rows = rows.filter(Q(area__isnull=False) | ~Q(outline=""))
    leads = Count(
        "memberships",
        filter=Q(memberships__left_at=None, memberships__state=MembershipState.IN, memberships__role__in=LEADS),
    )
    found: list[Any] = list(rows.annotate(leads=leads).filter(leads__gt=0).order_by("name"))
    boundaries = _touching([row.area_id for row in found if row.area_id and not row.outline], shape)
    return [
        Helper(row.ref, row.name, row.leads)
        for row in found
        if (_drawn_touches(row.outline, shape) if row.outline else row.area_id in boundaries)
    ]


def _touching(areas: Sequence[int], shape: BaseGeometry) -> set[int]:
    west, south, east, north = shape.bounds
    rows = Boundary.objects.filter(area_id__in=set(areas)).extra(
        where=["box && box(point(%s, %s), point(%s, %s))"], params=[west, south, east, north]
    )
    shapely.prepare(shape)
    return {
        int(area)
        for area, stored in rows.values_list("area_id", "shape")
        if _touches(shapely.from_wkb(bytes(stored)), shape)
    }


def _touches(area: BaseGeometry, shape: BaseGeometry) -> bool:
    """Say whether two shapes share ground: neighbours that only share an edge do not."""
    return bool(shape.intersects(area)) and not shape.touches(area)


def _drawn_touches(outline: str, shape: BaseGeometry) -> bool:
    try:
        drawn = shape_of(polygons=(outline,))
    except PlaceError:
        return False
    return drawn is not None and _touches(drawn, shape)


def scheme_names(*, officer: Officer) -> list[tuple[int, SchemeKind, str]]:
    """Return number, kind and name of the running schemes that this officer may see, without counting anybody."""
    rows = SchemeQuerySet(Scheme).visible_to(officer).filter(state=SchemeState.ACTIVE).order_by("kind", "name")
    return [(pk, SchemeKind(kind), name) for pk, kind, name in rows.values_list("pk", "kind", "name")]


def groups_of(*, member_ids: Ids) -> Groups:
    """Count the groups elsewhere that these members carry messages to."""
    # There are few groups and many members: the groups are fetched and the members looked up, not the other way round.
    rows = list(Bridge.objects.filter(ended_at=None).values_list("member_id", "people"))
    held = np.isin(np.array([member for member, _ in rows], dtype=np.int64), member_ids)
    theirs = [people or 0 for (_, people), is_held in zip(rows, held.tolist(), strict=True) if is_held]
    return Groups(len(theirs), sum(theirs))
