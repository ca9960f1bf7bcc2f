"""Alerts from a thumb: choose what happened, press what matters, see whom it reaches and what it costs, send it on."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions.quick import Send, send_quick
from hueandcry.domain.alerts.queries import previewing, templates, writing
from hueandcry.domain.alerts.rules.proposing import steps_left
from hueandcry.domain.alerts.rules.templates import Template, schemes_of
from hueandcry.domain.alerts.rules.written import Written
from hueandcry.domain.members.queries import saved
from hueandcry.domain.members.rules import AudienceError, AudienceQuestion
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.finding import NotHereError
from hueandcry.web.desk.forms import point_words
from hueandcry.web.desk.previews import shown
from hueandcry.web.desk.quick_forms import QuickForm
from hueandcry.web.parts.doors import DeskRequest, needs

BUILDER = "builder"
SENDS = (*(send.value for send in Send), BUILDER)
DONE = {
    Send.KEEP: "Kept as a draft.",
    Send.APPROVAL: "Sent for approval. A second officer releases it.",
    Send.NOW: "Released. It is on its way.",
}


@require_safe
@needs(Permission.ALERT_WRITE)
def kinds(request: DeskRequest) -> HttpResponse:
    """Show what an alert may be about, one press each."""
    return render(
        request,
        "desk/alerts/quick.html",
        {"templates": templates.offered(organisation_id=request.user.organisation_id)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_WRITE)
def one(request: DeskRequest, template: str) -> HttpResponse:
    """Write one alert by pressing answers; see it, then send it on."""
    chosen = _offered(request, template)
    form = QuickForm(request.POST if request.method == "POST" else None, template=chosen)
    send = request.POST.get("send", "")
    send = send if send in SENDS else ""
    if send and form.is_valid():
        try:
            alert = _sent(request, form, Send.KEEP if send == BUILDER else Send(send))
        except (actions.AlertError, AudienceError) as refusal:
            form.add_error(None, str(refusal))
        else:
            if send == BUILDER:
                return redirect("desk:alerts:audience", ref=alert.ref)
            messages.success(request, DONE[Send(send)])
            return redirect("desk:alerts:page", ref=alert.ref)
    return render(request, "desk/alerts/quick_one.html", {**_panel(request, form), "is_sent": bool(send)})


@require_POST
@needs(Permission.ALERT_WRITE)
def look(request: DeskRequest, template: str) -> HttpResponse:
    """Show the text, whom it would reach and what it would cost, while answers are pressed."""
    form = QuickForm(request.POST, template=_offered(request, template))
    return render(request, "desk/alerts/_quick_panel.html", _panel(request, form))


def _offered(request: DeskRequest, key: str) -> Template:
    for one_of in templates.offered(organisation_id=request.user.organisation_id):
        if one_of.key == key:
            return one_of
    raise NotHereError(f"template:{key}")


def _sent(request: DeskRequest, form: QuickForm, send: Send) -> Any:  # noqa: ANN401 - an Alert, whose table screens do not know
    written = form.written()
    return send_quick(
        officer=request.user,
        written=written,
        question=_asked(request, form, written),
        send=send,
        suspect=form.suspected,
        topic=form.cleaned_data.get("topic") or "",
        once=form.cleaned_data.get("once") or "",
    )


def _asked(request: DeskRequest, form: QuickForm, written: Written, press: str = "") -> AudienceQuestion:
    """Return whom it is for: a kept audience when one is chosen, else what is proposed."""
    ref = form.cleaned_data.get("saved") or ""
    if ref and press not in {"wider", "narrower", "everybody", "schemes"}:
        return saved.question_of(kept=saved.get_saved(officer=request.user, ref=ref))
    return writing.proposed(written=written, officer=request.user, pressed=form.pressed(press))


def _panel(request: DeskRequest, form: QuickForm) -> dict[str, Any]:
    """Return what stands below the answers: what is lacking, else what would happen."""
    context: dict[str, Any] = {"form": form, "template": form.template, "saved": saved.choices(officer=request.user)}
    if not form.is_bound:
        return context
    press = request.POST.get("press", "")
    if not form.is_valid():
        return context | {"lacking": [form[name].label.rstrip("?:") for name in form.errors if name in form.fields]}
    try:
        written = form.written()
        question = _asked(request, form, written, press)
    except (actions.AlertError, AudienceError) as refusal:
        return context | {"refusal": str(refusal)}
    pressed = form.pressed(press)
    narrower, wider = steps_left(pressed.step)
    seen = writing.foresight(written=written, officer=request.user, question=question, suspect=_suspect(form))
    facts = writing.facts_of(written=written, officer=request.user, suspect=None, question=question)
    return context | {
        "written": written,
        "seen": seen,
        "pressed": pressed,
        "is_saved": bool(form.cleaned_data.get("saved")) and not press,
        "narrower": narrower,
        "wider": wider,
        "schemes": [kind.label for kind in schemes_of(form.template, written.answers)],
        "where_shown": point_words(written.where.point),
        **shown(
            previewing.looks(facts=facts, topic=form.topic_name), level=written.level, template=written.template.key
        ),
    }


def _suspect(form: QuickForm) -> Any:  # noqa: ANN401 - a Suspect, or nothing where it is not asked
    return form.suspected if "suspect" in form.fields else None
