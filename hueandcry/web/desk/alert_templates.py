"""The force's own templates of alerts: which are offered, and what each says."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hueandcry.domain.alerts.actions.templates import offer_template, save_template
from hueandcry.domain.alerts.queries import templates
from hueandcry.domain.alerts.rules import AlertError, Urgency
from hueandcry.domain.alerts.rules.templates import ALWAYS, KEY_MOST, QUESTIONS, Template
from hueandcry.domain.knowledge import queries as knowledge
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.text import fold
from hueandcry.web.parts.doors import DeskRequest, needs

METRES_IN_A_MILE = 1609.344
NAMES = ", ".join(f"{{{name}}}" for name in (*QUESTIONS, *ALWAYS[:2]))


class TemplateForm(forms.Form):
    """One template of a force's own."""

    says_optional = False

    name = forms.CharField(label="Name", max_length=60, help_text="As it stands on its button: Boat theft.")
    hint = forms.CharField(label="Under the name", max_length=120, required=False)
    topic = forms.ChoiceField(label="Subject", error_messages={"required": "Choose a subject."})
    questions = forms.MultipleChoiceField(
        label="What does it ask?",
        required=False,
        choices=[(name, f"{one.label} {{{name}}}") for name, one in QUESTIONS.items()],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    headline = forms.CharField(
        label="Headline",
        max_length=160,
        help_text="Answers stand in curly brackets by their names: Boat stolen: {where}",
    )
    what = forms.CharField(
        label="What happened",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A piece between commas is left out when nothing in it was answered: boat taken, {direction}, {more}",
    )
    ask = forms.CharField(label="What do we ask of people?", max_length=300, help_text="Seen it?")
    level = forms.ChoiceField(label="Who may read it?", choices=Tier.choices, initial=Tier.VETTED.value)
    urgency = forms.ChoiceField(label="How urgent is it?", choices=Urgency.choices, initial=Urgency.NOW.value)
    hours = forms.FloatField(label="Hours until it ends by itself", initial=6)
    miles = forms.FloatField(label="Miles round the place", initial=5)
    seeks = forms.BooleanField(label="People are to look for something", required=False, initial=True)
    invites_answers = forms.BooleanField(label="Ask for answers", required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        subjects = [(topic.slug, topic.name) for topic in knowledge.topics()]
        self.fields["topic"].choices = [("", "Choose a subject"), *subjects]  # type: ignore[attr-defined]

    def for_action(self) -> dict[str, Any]:
        """Return what `save_template` takes, but the key."""
        given = self.cleaned_data
        same = ("name", "hint", "topic", "questions", "headline", "what", "ask", "level", "urgency")
        return {
            **{name: given[name] for name in (*same, "seeks", "invites_answers")},
            "minutes": given["hours"] * 60,
            "radius_m": given["miles"] * METRES_IN_A_MILE,
        }


@require_safe
@needs(Permission.ALERT_TEMPLATES)
def listing(request: DeskRequest) -> HttpResponse:
    """List the templates, shipped and own, and which are offered."""
    return render(
        request, "desk/alerts/templates.html", {"lines": templates.lines(organisation_id=request.user.organisation_id)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_TEMPLATES)
def new(request: DeskRequest) -> HttpResponse:
    """Add a template of the force's own."""
    form = TemplateForm(request.POST if request.method == "POST" else None)
    return _written(request, form, key="", heading="A template of your own")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_TEMPLATES)
def edit(request: DeskRequest, key: str) -> HttpResponse:
    """Change a template of the force's own."""
    template = templates.get_template(key=key, organisation_id=request.user.organisation_id)
    if not template.is_own:
        raise NotHereError(f"template:{key}")
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=_initial(template))
    return _written(request, form, key=key, heading=template.name)


@require_POST
@needs(Permission.ALERT_TEMPLATES)
def offer(request: DeskRequest, key: str) -> HttpResponse:
    """Offer a template, or put it away."""
    try:
        offer_template(officer=request.user, key=key, is_offered=bool(request.POST.get("offered")))
    except AlertError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:alerts:templates")


def _written(request: DeskRequest, form: TemplateForm, *, key: str, heading: str) -> HttpResponse:
    if form.is_bound and form.is_valid():
        try:
            kept = save_template(
                officer=request.user, key=key or _key(form.cleaned_data["name"]), is_new=not key, **form.for_action()
            )
        except AlertError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept. Try it here: nothing goes out before it is sent.")
            return redirect("desk:alerts:quick_one", template=kept.key)
    return render(request, "desk/alerts/template.html", {"form": form, "heading": heading, "names": NAMES})


def _key(name: str) -> str:
    """Return a short name for addresses, made of the name."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name).lower()).strip("-")[:KEY_MOST].strip("-")


def _initial(template: Template) -> dict[str, Any]:
    return {
        "name": template.name,
        "hint": template.hint,
        "topic": template.topic[0],
        "questions": [one.name for one in template.questions],
        "headline": template.headline,
        "what": template.what,
        "ask": template.ask,
        "level": template.level.value,
        "urgency": template.urgency.value,
        "hours": f"{template.life.total_seconds() / 3600:g}",
        "miles": f"{template.spread.radius_m / METRES_IN_A_MILE:.3g}",
        "seeks": template.seeks,
        "invites_answers": template.invites_answers,
    }
