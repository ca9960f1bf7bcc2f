"""Members against households, as the desk shows them."""

import datetime as dt
from dataclasses import asdict
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema

from hueandcry.api.doors import Key
from hueandcry.domain.insight import queries
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.rules import AreaKind

router = Router(tags=["coverage"], auth=Key(Permission.COVERAGE_READ))


class CoverageArea(Schema):
    """One area. What is null is hidden for being small, or not known."""

    code: str
    name: str
    parent: str
    households: int | None
    estimated: bool
    members: int | None
    rate: float | None
    rank: int | None
    change: int | None


class CoverageAnswer(Schema):
    """Members against households at one level, the highest rate first; a rate is members for each 100 households."""

    kind: AreaKind
    vintage: str
    members: int
    households: int | None
    outside: int
    frozen_on: dt.date | None
    source: str
    areas: list[CoverageArea]


@router.get("/{kind}/", response=CoverageAnswer, url_name="coverage")
def coverage(
    request: HttpRequest,
    kind: AreaKind,
    within: Annotated[int | None, Query(ge=1, description="only areas below this one")] = None,
) -> dict[str, object]:
    """Give members against households for every area of one kind, small numbers hidden."""
    found = queries.coverage(organisation_id=request.auth.organisation_id, kind=kind, within=within)  # type: ignore[attr-defined]
    return {**asdict(found), "areas": [asdict(line) for line in found.lines]}
