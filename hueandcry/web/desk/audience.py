"""Who an alert is for: areas, a circle, a drawing, schemes and subjects, counted while they are chosen."""

import json
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.rules import Urgency
from hueandcry.domain.alerts.rules.kinds import PRIORITIES
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.rules import AudienceError, AudienceQuestion, Tier
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places import queries as places
from hueandcry.web.desk.alert_forms import AudienceForm, audience_initial
from hueandcry.web.parts.doors import DeskRequest, needs

# Buttons of the form that only look: everything else keeps.
LOOKS = ("look", "inside", "count")
FINE_M = 10


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_WRITE)
def audience(request: DeskRequest, ref: str) -> HttpResponse:
    """Choose who one alert is for."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    form = _form(request, alert)
    context: dict[str, Any] = {}
    looks = any(request.POST.get(name) for name in LOOKS)
    if request.method == "POST" and not looks and form.is_valid():
        try:
            actions.choose_audience(alert_ref=ref, officer=request.user, question=form.question())
        except (actions.AlertError, AudienceError) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Who it is for is kept.")
            return redirect("desk:alerts:page", ref=ref)
    elif request.POST.get("count"):
        context = _counted(form, alert)
    elif request.method != "POST" and hasattr(alert, "audience"):
        context = _count(queries.meant(alert=alert), alert)
    return render(
        request, "desk/alerts/audience.html", {"form": form, "alert": alert, "listed": form.listed(), **context}
    )


@require_POST
@needs(Permission.ALERT_WRITE)
def areas(request: DeskRequest, ref: str) -> HttpResponse:
    """Show the areas that were looked for, with those that are ticked."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    form = _form(request, alert)
    return render(request, "desk/alerts/_areas.html", {"form": form, "alert": alert, "listed": form.listed()})


@require_POST
@needs(Permission.ALERT_WRITE)
def count(request: DeskRequest, ref: str) -> HttpResponse:
    """Count who is meant, while it is being chosen."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    return render(request, "desk/alerts/_count.html", _counted(_form(request, alert), alert))


def _form(request: DeskRequest, alert: Any) -> AudienceForm:  # noqa: ANN401 - an Alert, whose table screens do not know
    asked = queries.question_of(alert=alert)
    return AudienceForm(
        request.POST if request.method == "POST" else None,
        officer=request.user,
        organisation_id=alert.organisation_id,
        kept=asked,
        initial=audience_initial(asked, level=Tier(alert.level)),
    )


def _counted(form: AudienceForm, alert: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return how many are meant, or the sentence that says why they cannot be counted."""
    if not form.is_valid():
        return {"refusal": next(iter(form.errors.values()))[0]}
    priority = PRIORITIES[Urgency(alert.urgency)]
    return _count(replace(form.question(at_least=Tier(alert.level)), priority=priority), alert)


def _count(question: AudienceQuestion, alert: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    try:
        return {
            "count": members.count_audience(question=question),
            "circles": question.circles,
            "budget": queries.budget_of(alert=alert, question=question),
        }
    except AudienceError as refusal:
        return {"refusal": str(refusal)}


@require_safe
@needs(Permission.ALERT_READ)
def outline(request: DeskRequest, ref: str) -> HttpResponse:
    """Give the outline of an alert's audience for its map; a circle is its middle with its radius."""
    question = queries.question_of(alert=queries.get_alert(officer=request.user, ref=ref))
    if question is None:
        return JsonResponse({"type": "FeatureCollection", "features": []})
    found = places.boundary_geojson(area_ids=question.areas, simplify_m=FINE_M)
    shapes = [*(json.loads(text) for text in question.polygons)]
    points = [({"type": "Point", "coordinates": [one.lon, one.lat]}, one.radius_m) for one in question.circles]
    found["features"] += [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    found["features"] += [
        {"type": "Feature", "properties": {"radius_m": metres}, "geometry": middle} for middle, metres in points
    ]
    return JsonResponse(found)
