"""Barriers: lines that people do not cross, at which circles, lines and travel rings end."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.organisations.queries import names
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.domain.places import actions, queries
from hueandcry.domain.places.rules import BARRIER_NAME_MOST, PlaceError
from hueandcry.kit.finding import NotHereError
from hueandcry.web.desk.audience_forms import line_as_drawn
from hueandcry.web.parts.doors import DeskRequest, needs


class BarrierForm(forms.Form):
    """A line and what it is."""

    name = forms.CharField(
        label="What is it?",
        max_length=BARRIER_NAME_MOST,
        help_text="For example “Holt estuary” or “the railway”.",
        error_messages={"required": "Say what it is, such as “Holt estuary”."},
    )
    line = forms.CharField(
        label="Its line",
        help_text="Draw on the map, or write places along it, one on each line. GeoJSON is read too.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        error_messages={"required": "Draw the line on the map, or write places along it."},
    )

    def clean_line(self) -> str:
        """Read what was drawn or typed, as GeoJSON."""
        return line_as_drawn(self.cleaned_data["line"])


@require_safe
@needs(Permission.PLACE_READ)
def listing(request: DeskRequest) -> HttpResponse:
    """List the barriers, with a map."""
    return _page(request, BarrierForm())


@require_safe
@needs(Permission.PLACE_READ)
def outlines(request: DeskRequest) -> HttpResponse:  # noqa: ARG001
    """Give the barriers for every map, as GeoJSON."""
    return JsonResponse(queries.barriers_geojson())


@require_POST
@needs(Permission.BARRIER_WRITE)
def draw(request: DeskRequest) -> HttpResponse:
    """Keep one barrier."""
    _check_force(request)
    form = BarrierForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.draw_barrier(name=given["name"], line=given["line"], actor=request.user.as_actor())
        except PlaceError as refusal:
            form.add_error("line", str(refusal))
        else:
            messages.success(request, "Drawn. What is near ends at it from now on.")
            return redirect("desk:barriers:list")
    return _page(request, form)


@require_POST
@needs(Permission.BARRIER_WRITE)
def remove(request: DeskRequest, ref: str) -> HttpResponse:
    """Take one barrier away."""
    _check_force(request)
    actions.remove_barrier(ref=ref, actor=request.user.as_actor())
    messages.success(request, "Taken away. People cross there again.")
    return redirect("desk:barriers:list")


def _check_force(request: DeskRequest) -> None:
    """Refuse partners: barriers decide whom everybody's circles reach, so only the force draws them."""
    if request.user.organisation.kind != OrganisationKind.FORCE:
        raise NotHereError("barrier")


def _page(request: DeskRequest, form: BarrierForm) -> HttpResponse:
    lines = queries.barriers()
    known = names(actors={line.made_by for line in lines})
    writes = request.user.may(Permission.BARRIER_WRITE) and request.user.organisation.kind == OrganisationKind.FORCE
    context = {"rows": [(line, known.get(line.made_by, "")) for line in lines], "form": form, "writes": writes}
    return render(request, "desk/barriers/list.html", context)
