"""Who an alert is for: places of every kind, schemes and subjects; and who would not be reached, while it is chosen."""

import json
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.rules import Urgency
from hueandcry.domain.alerts.rules.checks import ways_of
from hueandcry.domain.alerts.rules.kinds import PRIORITIES
from hueandcry.domain.insight import queries as insight
from hueandcry.domain.members.actions import saving
from hueandcry.domain.members.queries import helping, saved
from hueandcry.domain.members.queries.audience import foresee, ground_of
from hueandcry.domain.members.rules import AudienceError, AudienceQuestion, Channel, Foreseen, Tier, WhyNot
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.messaging.queries.choosing import by_what_worked
from hueandcry.domain.messaging.rules.budget import Budget
from hueandcry.domain.organisations.queries import councils_in
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import PlaceError
from hueandcry.web.desk.audience_forms import AudienceForm, audience_initial
from hueandcry.web.parts.doors import DeskRequest, needs

# Buttons of the form that only look: everything else keeps.
LOOKS = ("look", "inside", "count", "add", "save")
FINE_M = 10
MOST_SHOWN = 5

# What an officer can do about each reason, in few words.
REMEDIES: dict[WhyNot, str] = {
    WhyNot.PAUSED: "They come back by themselves. Only danger to life is worth a knock.",
    WhyNot.NOT_AGREED: "A visit or a show, where they agree to it.",
    WhyNot.NO_WAY: "A printed sheet, or a neighbour who rings them.",
    WhyNot.POST_ONLY: "A printed sheet through the door.",
    WhyNot.NOT_WANTED: "They chose so: a coordinator may tell them.",
    WhyNot.STOPPED: "They chose so: never message them. The public page is there.",
    WhyNot.SUSPENDED: "Ask for a new number or address at the next visit.",
    WhyNot.UNCONFIRMED: "Send them the code again from their page.",
}


@dataclass(frozen=True)
class Line:
    """One row of the table of who is not reached (or later): how many, and what would reach them."""

    what: str
    number: int
    remedy: str


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
    elif request.POST.get("add"):
        form, context = _added(request, alert, form), {}
    elif request.POST.get("save"):
        _save(request, form)
    elif request.POST.get("count"):
        context = _counted(request, form, alert)
    elif request.method != "POST" and form.asked is not None:
        context = _foreseen(request, form.asked, alert)
    return render(request, "desk/alerts/audience.html", {**_page(request, form, alert), **context})


@require_POST
@needs(Permission.ALERT_WRITE)
def areas(request: DeskRequest, ref: str) -> HttpResponse:
    """Show the areas that were looked for, with those that are ticked."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    form = _form(request, alert)
    return render(request, "desk/alerts/_areas.html", {"form": form, "alert": alert, "listed": form.listed()})


@require_POST
@needs(Permission.ALERT_WRITE)
def reaches(request: DeskRequest, ref: str) -> HttpResponse:
    """Carry the circle, line and ring that were filled in along, and empty their boxes for the next."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    form = _added(request, alert, _form(request, alert))
    answer = render(request, "desk/alerts/_reaches.html", {"form": form, "alert": alert})
    answer["HX-Trigger-After-Settle"] = "reaches"
    return answer


@require_POST
@needs(Permission.ALERT_WRITE)
def count(request: DeskRequest, ref: str) -> HttpResponse:
    """Count who is meant and say who is not reached, while it is being chosen."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    return render(request, "desk/alerts/_count.html", _counted(request, _form(request, alert), alert))


def _form(request: DeskRequest, alert: Any, data: Any = None) -> AudienceForm:  # noqa: ANN401 - an Alert, whose table screens do not know
    asked = queries.question_of(alert=alert)
    if request.GET.get("saved"):
        try:
            asked = saved.question_of(kept=saved.get_saved(officer=request.user, ref=request.GET["saved"]))
        except AudienceError as refusal:
            messages.error(request, str(refusal))
    given = data if data is not None else (request.POST if request.method == "POST" else None)
    return AudienceForm(
        given,
        officer=request.user,
        organisation_id=alert.organisation_id,
        kept=asked,
        counts=request.method != "POST",
        initial=audience_initial(asked, level=Tier(alert.level)),
    )


def _page(request: DeskRequest, form: AudienceForm, alert: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    return {
        "form": form,
        "alert": alert,
        "listed": form.listed(),
        "saved": saved.choices(officer=request.user),
    }


def _added(request: DeskRequest, alert: Any, form: AudienceForm) -> AudienceForm:  # noqa: ANN401 - as above
    form.is_valid()
    return _form(request, alert, form.added())


def _save(request: DeskRequest, form: AudienceForm) -> None:
    if not form.is_valid():
        return
    try:
        kept = saving.save_audience(officer=request.user, name=form.cleaned_data["save_as"], question=form.question())
    except AudienceError as refusal:
        form.add_error("save_as", str(refusal))
    else:
        messages.success(request, f"Kept as “{kept.name}”. The alert itself is not changed until you press Keep.")


# ---------------------------------------------------------------- what it would do


def _meant(question: AudienceQuestion, alert: Any) -> AudienceQuestion:  # noqa: ANN401 - as above
    """Return the question as the alert would ask it: its own organisation's members, at its level and urgency."""
    try:
        told = queries.meant(alert=alert).without
    except actions.AlertError:
        told = ()
    return replace(
        question,
        organisation_id=alert.organisation_id,
        priority=PRIORITIES[Urgency(alert.urgency)],
        without=told,
        channels=ways_of(question.channels, level=Tier(alert.level), template=alert.template),
    )


def _counted(request: DeskRequest, form: AudienceForm, alert: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return what it would do, or the sentence that says why it cannot be counted."""
    if not form.is_valid():
        return {"refusal": next(iter(form.errors.values()))[0]}
    chosen, question = form.question(), form.question(at_least=Tier(alert.level))
    # Nobody below the level of the alert itself is told, whatever is ticked: unsaid, the number would be a riddle.
    above = Tier(alert.level).label if question.lowest_tier != chosen.lowest_tier else ""
    return {**_foreseen(request, question, alert), "above": above}


def _foreseen(request: DeskRequest, question: AudienceQuestion, alert: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    try:
        question = _meant(question, alert)
        shape = ground_of(question=question)
        found = foresee(question=question, ground=shape, chosen=lambda meant: by_what_worked(meant=meant))
        drawn = shape if not question.areas else _drawn(question)
    except (actions.AlertError, AudienceError, PlaceError) as refusal:
        return {"refusal": str(refusal)}
    budget = messaging.budget_for(member_ids=found.reached, priority=question.priority, expires_at=alert.expires_at)
    texts = found.count.by_channel.get(Channel.SMS, 0)
    parts = queries.preview(alert=alert).parts
    context: dict[str, Any] = {
        "count": found.count,
        "budget": budget,
        "found": found,
        "lines": _lines(found, budget),
        "text_parts": texts * parts,
        "parts": parts,
        "price": texts * parts * settings.TEXT_PART_PENCE / 100,
        "outline": json.dumps(places.shape_geojson(shape=drawn, simplify_m=FINE_M)["geometry"]) if drawn else "",
        "groups": helping.groups_of(member_ids=found.reached),
    }
    if shape is not None:
        helpers = helping.schemes_touching(officer=request.user, shape=shape)
        context |= {
            "there": insight.inside(shape=shape, organisation_id=question.organisation_id),
            "helpers": helpers[:MOST_SHOWN],
            "more_helpers": max(0, len(helpers) - MOST_SHOWN),
            "councils": councils_in(shape=shape)[: MOST_SHOWN * 4],
        }
    return context


def _lines(found: Foreseen, budget: Budget) -> list[Line]:
    lines = [Line(why.label, many, REMEDIES[why]) for why, many in found.why_not.items()]
    if found.asleep:
        lines.append(Line("Asleep", found.asleep, ""))
    if budget.over:
        later = (
            "It ends before their next digest: they do not get it." if budget.lost else "They get it in their digest."
        )
        lines.append(Line("Had enough messages this week", budget.over, later))
    return lines


# ---------------------------------------------------------------- maps


@require_safe
@needs(Permission.ALERT_READ)
def outline(request: DeskRequest, ref: str) -> HttpResponse:
    """Give the outline of an alert's audience for its map, as barriers cut it."""
    question = queries.question_of(alert=queries.get_alert(officer=request.user, ref=ref))
    if question is None:
        return JsonResponse({"type": "FeatureCollection", "features": []})
    found = places.boundary_geojson(area_ids=question.areas, simplify_m=FINE_M)
    try:
        drawn = _drawn(question)
    except PlaceError:
        drawn = None  # the page of the audience says what is wrong with it
    if drawn is not None:
        found["features"].append(places.shape_geojson(shape=drawn, simplify_m=FINE_M))
    return JsonResponse(found)


def _drawn(question: AudienceQuestion) -> Any:  # noqa: ANN401 - a shape of shapely, which screens do not know
    """Return all that is not an area by its name, as one shape."""
    return places.shape_of(
        polygons=question.polygons, circles=question.circles, corridors=question.corridors, rings=question.rings
    )
