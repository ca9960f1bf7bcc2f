"""Members against households: a table, a map and a file."""

import csv
from typing import Any

from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hueandcry.domain.insight import queries
from hueandcry.domain.insight.rules import SMALLEST_SHOWN, Coverage, CoverageLine, InsightError
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import MOST_AREAS, AreaKind
from hueandcry.kit.text import for_spreadsheet
from hueandcry.web.parts import pager
from hueandcry.web.parts.doors import DeskRequest, needs

PAGE = 100
# Of thousands of areas the outlines are drawn coarser.
FINE_M, COARSE_M, MANY = 20, 120, 400
HEADS = (
    *("code", "name", "part of", "households", "households estimated", "members", "members per 100 households"),
    *("rank", "change"),
)


class LevelForm(forms.Form):
    """Ask which level, and inside which area."""

    says_optional = False

    kind = forms.ChoiceField(label="Level", required=False)
    inside = forms.ChoiceField(label="Inside", required=False)

    def __init__(self, data: Any) -> None:  # noqa: ANN401
        loaded = queries.levels()
        self.first = AreaKind.WARD if AreaKind.WARD in loaded else (loaded or [AreaKind.FORCE])[0]
        super().__init__({"kind": data.get("kind") or self.first.value, "inside": data.get("inside", "")})
        around = [
            area for kind in (AreaKind.DISTRICT, AreaKind.BEAT) if kind in loaded for area in places.areas(kind=kind)
        ]
        self._choose("kind", [(kind.value, kind.label) for kind in loaded or [self.first]])
        self._choose("inside", [("", "The whole force"), *((str(area.id), area.name) for area in around)])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - so that the type checker knows
        field.choices = choices

    def level(self) -> AreaKind:
        """Return the level asked for; wards when none is."""
        return AreaKind(self.cleaned_data["kind"])

    def within(self) -> int | None:
        """Return the area asked for."""
        return int(self.cleaned_data.get("inside") or 0) or None


def _asked(request: DeskRequest) -> tuple[LevelForm, Coverage | None]:
    """Return the form and what it asks for; nothing when it cannot be given, with the reason in the form."""
    form = LevelForm(request.GET)
    if not form.is_valid():
        return form, None
    try:
        found = queries.coverage(organisation_id=request.user.organisation_id, kind=form.level(), within=form.within())
    except InsightError as refusal:
        form.add_error("kind", str(refusal))
        return form, None
    return form, found


@require_safe
@needs(Permission.COVERAGE_READ)
def table(request: DeskRequest) -> HttpResponse:
    """Show members against households, area by area, with a map."""
    form, found = _asked(request)
    context = {
        "form": form,
        "found": found,
        "page": pager.page(request, found.lines if found else (), size=PAGE),
        "asked": request.GET.urlencode(),
        "smallest": SMALLEST_SHOWN,
        "hidden": sum(line.members is None for line in found.lines) if found else 0,
    }
    return render(request, "desk/coverage/table.html", context)


@require_safe
@needs(Permission.COVERAGE_READ)
def sheet(request: DeskRequest) -> HttpResponse:
    """Give the same figures as a file for a spreadsheet."""
    _, found = _asked(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    level = found.kind.value if found else "none"
    response["Content-Disposition"] = f'attachment; filename="coverage-{level}.csv"'
    response.write("\ufeff")  # or else a spreadsheet takes it for something older
    writer = csv.writer(response)
    writer.writerow(HEADS)
    for line in found.lines if found else ():
        writer.writerow(_cells(line))
    return response


@require_safe
@needs(Permission.COVERAGE_READ)
def outlines(request: DeskRequest) -> HttpResponse:
    """Give the outlines of the areas with their shade, as GeoJSON."""
    _, found = _asked(request)
    lines = {line.area_id: line for line in found.lines} if found else {}
    simplify = FINE_M if len(lines) < MANY else COARSE_M
    ids = sorted(lines)
    features = [
        feature
        for start in range(0, len(ids), MOST_AREAS)
        for feature in places.boundary_geojson(area_ids=ids[start : start + MOST_AREAS], simplify_m=simplify)[
            "features"
        ]
    ]
    for feature in features:
        feature["properties"]["shade"] = lines[feature["properties"]["id"]].shade
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _cells(line: CoverageLine) -> list[object]:
    few = f"fewer than {SMALLEST_SHOWN}, or hides one that is"
    return [
        for_spreadsheet(line.code),
        for_spreadsheet(line.name),
        for_spreadsheet(line.parent),
        "" if line.households is None else line.households,
        "yes" if line.estimated else "no",
        few if line.members is None else line.members,
        "" if line.rate is None else line.rate,
        "" if line.rank is None else line.rank,
        "" if line.change is None else line.change,
    ]
