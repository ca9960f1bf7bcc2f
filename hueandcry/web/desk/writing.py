"""Writing an alert in one's own words, with the text, the send check and every channel beside it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.queries import previewing, templates, wordings
from hueandcry.domain.alerts.rules import check
from hueandcry.domain.members.queries import saved
from hueandcry.domain.members.rules import AudienceError
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.rules import Found, FoundBy
from hueandcry.kit.finding import NotHereError
from hueandcry.web.desk.alert_forms import AlertForm
from hueandcry.web.desk.forms import point_words
from hueandcry.web.desk.previews import shown
from hueandcry.web.parts.doors import DeskRequest, needs

KEPT_AS = (
    *("headline", "what", "where", "ask", "level", "urgency", "occurred_at", "expires_at", "invites_answers"),
    *("starts_at", "is_plain", "marking"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_WRITE)
def new(request: DeskRequest) -> HttpResponse:
    """Choose what happened, or write an alert in one's own words."""
    form = AlertForm(request.POST or None, saved=saved.choices(officer=request.user))
    if request.method == "POST" and "check" not in request.POST and form.is_valid():
        try:
            alert = actions.draft(officer=request.user, **form.for_action())
        except actions.AlertError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _on_to(request, form, alert.ref)
    context = {
        "form": form,
        "heading": "Write an alert",
        "templates": templates.offered(organisation_id=request.user.organisation_id),
        **_checked(request, form, has_audience=True),
    }
    return render(request, "desk/alerts/write.html", context)


def _on_to(request: DeskRequest, form: AlertForm, ref: str) -> HttpResponse:
    """Go on to whom it is for: at once to the alert's page when that is a kept audience."""
    kept = form.cleaned_data.get("saved")
    if not kept:
        messages.success(request, "The words are kept. Now choose who it is for.")
        return redirect("desk:alerts:audience", ref=ref)
    try:
        question = saved.question_of(kept=saved.get_saved(officer=request.user, ref=kept))
        actions.choose_audience(alert_ref=ref, officer=request.user, question=question)
    except (actions.AlertError, AudienceError, NotHereError) as refusal:
        messages.error(request, f"The words are kept. {refusal}" if str(refusal) else "The words are kept.")
        return redirect("desk:alerts:audience", ref=ref)
    messages.success(request, "The words and who they are for are kept.")
    return redirect("desk:alerts:page", ref=ref)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_WRITE)
def edit(request: DeskRequest, ref: str) -> HttpResponse:
    """Change the words of an alert that is not out yet."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    form = _form_of(request, alert)
    if request.method == "POST" and "check" not in request.POST and form.is_valid():
        try:
            actions.revise(alert_ref=ref, officer=request.user, **form.for_action())
        except actions.AlertError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The words are kept.")
            return redirect("desk:alerts:page", ref=ref)
    context = {
        "form": form,
        "heading": "Change the words",
        "alert": alert,
        **_checked(request, form, has_audience=hasattr(alert, "audience"), ref=alert.ref),
    }
    return render(request, "desk/alerts/write.html", context)


@require_POST
@needs(Permission.ALERT_WRITE)
def check_words(request: DeskRequest) -> HttpResponse:
    """Show each channel as it will be and what the send check finds, while it is being written."""
    ref = request.GET.get("ref", "")
    if not ref:
        form = AlertForm(request.POST, saved=saved.choices(officer=request.user))
        return render(request, "desk/alerts/_check.html", _checked(request, form, has_audience=True))
    alert = queries.get_alert(officer=request.user, ref=ref)
    context = _checked(request, _form_of(request, alert), has_audience=hasattr(alert, "audience"), ref=alert.ref)
    return render(request, "desk/alerts/_check.html", context)


def _form_of(request: DeskRequest, alert: Any) -> AlertForm:  # noqa: ANN401 - an Alert, whose table screens do not know
    return AlertForm(
        request.POST or None,
        initial=_initial(alert),
        kept=_place(alert),
        lines=wordings.lines_of(alert=alert),
        template=templates.begun_with(alert=alert),
    )


def _checked(request: DeskRequest, form: AlertForm, *, has_audience: bool, ref: str = "") -> dict[str, Any]:
    """Return what stands beside the form; nothing before somebody wrote something."""
    if not form.is_bound:
        return {}
    form.full_clean()
    context: dict[str, Any] = {"found": form.cleaned_data.get("place"), "checked_only": "check" in request.POST}
    if "place" in form.errors:
        context["place_error"] = form.errors["place"][0]
    if any((form.words().headline, form.words().what, form.words().ask)):
        facts = form.facts(officer=request.user, has_audience=has_audience, ref=ref)
        looks = previewing.looks(facts=facts, topic=form.topic_name)
        context |= {"findings": check(facts), **shown(looks, level=facts.level, template=facts.template)}
    return context


def _place(alert: Any) -> Found | None:  # noqa: ANN401 - as above
    if alert.point is None:
        return None
    return Found(alert.point, alert.uncertainty_m or 0.0, point_words(alert.point), FoundBy.LATLON)


def _initial(alert: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    return {
        **{name: getattr(alert, name) for name in KEPT_AS},
        "topic": alert.topic.slug,
        "place": point_words(alert.point),
    }
