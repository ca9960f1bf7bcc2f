"""Places on the desk: look one up, and what maps are drawn from."""

from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.rules import AudienceCount, AudienceQuestion, SchemeKind
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places import queries
from hueandcry.domain.places.rules import MOST_AREAS, Circle, Found, PlaceError
from hueandcry.kit.geometry import Point
from hueandcry.web.desk.forms import top_areas
from hueandcry.web.parts import ground as drawn_from
from hueandcry.web.parts.doors import DeskRequest, needs

# Who watches a place: members within this distance of it.
NEAR_M = 2_000
FINE_M = 10


class FindForm(forms.Form):
    """Ask where something is."""

    says_optional = False

    text = forms.CharField(
        label="Postcode, grid reference, latitude and longitude, or a name",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


@require_safe
@needs(Permission.PLACE_READ)
def find(request: DeskRequest) -> HttpResponse:
    """Look a place up: where it is, what holds it and who watches it."""
    form = FindForm(request.GET)
    found: list[Found] = []
    text = form.cleaned_data["text"].strip() if form.is_valid() else ""
    if text:
        try:
            found = queries.find(text=text)
        except PlaceError as refusal:
            form.add_error("text", str(refusal))
    one = found[0] if len(found) == 1 else None
    inside = _number(request.GET.get("inside"))
    context = {
        "form": form,
        "found": found,
        "place": one,
        "near": queries.nearest_name(point=one.point) if one else "",
        "holding": queries.areas_containing(point=one.point) if one else [],
        "watchers": _watchers(request, one.point) if one and request.user.may(Permission.MEMBER_READ) else [],
        "near_m": NEAR_M,
        "parent": queries.get_area(area_id=inside) if inside else None,
        "areas": [] if text else queries.children(parent_id=inside) if inside else top_areas(),
    }
    return render(request, "desk/places/find.html", context)


@require_safe
@needs(Permission.PLACE_READ)
@cache_control(private=True, max_age=600)
def ground(request: DeskRequest) -> HttpResponse:  # noqa: ARG001
    """Give the ground of every map: districts, roads, rivers and names of the force."""
    return JsonResponse(drawn_from.ground())


@require_safe
@needs(Permission.PLACE_READ)
def boundaries(request: DeskRequest) -> HttpResponse:
    """Give the outlines of the areas asked for, as GeoJSON."""
    ids = [_number(part) for part in request.GET.get("ids", "").split(",")[:MOST_AREAS]]
    return JsonResponse(queries.boundary_geojson(area_ids=[number for number in ids if number], simplify_m=FINE_M))


def _number(text: str | None) -> int:
    """Return a number from an address, 0 for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004


def _watchers(request: DeskRequest, point: Point) -> list[tuple[str, AudienceCount]]:
    """Count who agreed to hear from us near a point: all of them, then by kind of scheme."""
    circle = (Circle(point.lon, point.lat, NEAR_M),)
    mine = request.user.organisation_id
    counted = [("All members", members.count_audience(question=AudienceQuestion(mine, circles=circle)))]
    for kind in SchemeKind:
        question = AudienceQuestion(mine, circles=circle, scheme_kinds=(kind,))
        counted.append((kind.label, members.count_audience(question=question)))
    return [(words, count) for words, count in counted if count.members or words == "All members"]
