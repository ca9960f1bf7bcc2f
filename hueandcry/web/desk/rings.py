"""The moving ring: who is ahead of what was seen, on a map and in words, turned and widened, told in one press."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from hueandcry.domain.alerts import actions as alert_actions
from hueandcry.domain.alerts import queries as alerts
from hueandcry.domain.alerts.actions import crossing
from hueandcry.domain.alerts.queries import bordering, moving
from hueandcry.domain.alerts.queries.moving import NextRing
from hueandcry.domain.alerts.rules import RUNNING
from hueandcry.domain.alerts.rules import State as AlertState
from hueandcry.domain.alerts.rules.rings import WINDS, Choice, Pace, wind_words
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.reports import actions, queries
from hueandcry.kit import cap
from hueandcry.web.desk.forms import without_ref
from hueandcry.web.desk.inbox import NOTHING_RUNS, SightingForm, alert_of, as_read, outline_of
from hueandcry.web.parts.doors import DeskRequest, needs

WHEN = {
    "0-10": "In the next 10 minutes",
    "10-20": "10 to 20 minutes from now",
    "20-30": "20 to 30 minutes from now",
    "0-30": "In the next 30 minutes",
    "30-45": "30 to 45 minutes from now",
    "45-60": "45 to 60 minutes from now",
    "0-60": "In the next hour",
}
USUAL_TIME = "10-20"
# Degrees to each side, narrow to wide; the last is all round.
WIDTHS = {"30": "Narrow", "45": "Usual", "60": "Wide", "90": "Half round", "180": "All round"}
TURNS = {"left": -1, "right": 1}
NOT_THERE = "The ring does not come into that force any more: look at it again, or ring them yourself."
STEPS = {"narrower": -1, "wider": 1}


class RingForm(SightingForm):
    """What is passed on, and where it should be heard; what is left open is proposed."""

    when = forms.ChoiceField(label="How far ahead", required=False, choices=list(WHEN.items()), initial=USUAL_TIME)
    heading = forms.ChoiceField(
        label="Turn it",
        required=False,
        choices=[("", "As it was told, or as two sightings say"), *((wind, f"To the {wind}") for wind in WINDS)],
    )
    width = forms.ChoiceField(
        label="How wide", required=False, choices=[("", "As sure as the direction is"), *WIDTHS.items()]
    )
    pace = forms.ChoiceField(
        label="How it moves", required=False, choices=[("", "As it was told, or as two sightings say"), *Pace.choices()]
    )
    only_distance = forms.BooleanField(label="Leave the roads aside: by distance alone", required=False)

    def choice(self) -> Choice:
        """Return it as the query takes it."""
        given = self.cleaned_data
        first, last = (given["when"] or USUAL_TIME).split("-")
        return Choice(
            from_minutes=int(first),
            until_minutes=int(last),
            pace=Pace(given["pace"]) if given["pace"] else None,
            bearing=WINDS.index(given["heading"]) * 45.0 if given["heading"] else None,
            spread=float(given["width"]) if given["width"] else None,
            along_roads=not given["only_distance"],
        )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.REPORT_WORK)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Show the next ring as it is proposed, or as it was turned and widened; nothing is sent."""
    report = queries.get_report(officer=request.user, ref=ref)
    alert = alert_of(request, report)
    if request.method != "POST":
        form = RingForm(_proposed(request, report, alert)) if alert is not None else RingForm({})
    else:
        form = RingForm(request.POST)
        pressed = request.POST.get("press", "")
        if pressed and alert is not None and form.is_valid():
            form = RingForm(_pressed(request.POST, pressed, _ring(alert, form).get("ring")))
    return _shown(request, report, alert, form)


@require_POST
@needs(Permission.REPORT_WORK)
def relay(request: DeskRequest, ref: str) -> HttpResponse:
    """Pass a sighting on to those in the ring who were not told yet, by the gates of every relay."""
    report = queries.get_report(officer=request.user, ref=ref)
    alert = alert_of(request, report)
    form = RingForm(request.POST)
    if alert is None or not form.is_valid():
        return _shown(request, report, alert, form)
    told = form.cleaned_data["told"]
    try:
        ring = moving.next_ring(alert=alert, sighting=form.sighting(), choice=form.choice(), told=told)
        made = alert_actions.relay(
            officer=request.user,
            alert_ref=alert.ref,
            sighting=form.sighting(),
            report_ref=report.ref,
            question=ring.question,
            told=told,
        )
    except alert_actions.AlertError as refusal:
        form.add_error(None, str(refusal))
        return _shown(request, report, alert, form)
    actions.mark_read(report=report, officer=request.user)
    out = made.state == AlertState.RELEASED
    messages.success(request, "Relayed. It is on its way." if out else "The relay waits for a second officer.")
    return redirect("desk:alerts:page", ref=made.ref)


def _shown(request: DeskRequest, report: Any, alert: Any, form: RingForm) -> HttpResponse:  # noqa: ANN401
    context = {"report": report, "alert": alert, "relay_form": form, "presses": PRESSES}
    if alert is None or alert.state not in RUNNING:
        context["ring_refusal"] = NOTHING_RUNS
    elif form.is_valid():
        context |= _ring(alert, form)
        if "ring" in context:
            context |= _border(request, alert, form, context["ring"])
    return render(request, "desk/inbox/ring.html", context)


def _border(request: DeskRequest, alert: Any, form: SightingForm, ring: NextRing) -> dict[str, Any]:  # noqa: ANN401
    """Return the other forces into whose area a ring comes, and what they would be told; nothing where it does not."""
    forces = bordering.forces_ahead(ring=ring, alert=alert)
    if not forces:
        return {}
    subject, words = bordering.words_for(alert=alert, sighting=form.sighting(), ring=ring, officer=request.user)
    return {
        "forces": [(one, _letter(one.email, subject, words) if one.email else "") for one in forces],
        "hand_over": words,
        "has_plate": bool(form.cleaned_data["plate"]),
        "handed": bordering.handed(alert=alert, forces=forces),
    }


def _letter(address: str, subject: str, words: str) -> str:
    """Return the link that opens a hand-over in the officer's own post."""
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject)}&body={quote(words)}"


@require_POST
@needs(Permission.REPORT_WORK)
def hand_over(request: DeskRequest, ref: str) -> HttpResponse:
    """Write down that another force was told of what moves into its area."""

    def told(report_ref: str, alert_ref: str, force: bordering.Force, _ring: NextRing, _form: RingForm) -> str:
        is_new = crossing.hand_over(officer=request.user, alert_ref=alert_ref, report_ref=report_ref, force=force)
        return f"Written down: handed over to {force.name}." if is_new else ""

    return _handed_over(request, ref, told)


@require_POST
@needs(Permission.REPORT_WORK)
def send_hand_over(request: DeskRequest, ref: str) -> HttpResponse:
    """Send a hand-over by e-mail to a force with which an address is agreed."""

    def sent(report_ref: str, alert_ref: str, force: bordering.Force, ring: NextRing, form: RingForm) -> str:
        crossing.send(
            officer=request.user,
            alert_ref=alert_ref,
            report_ref=report_ref,
            force=force,
            sighting=form.sighting(),
            ring=ring,
        )
        return f"On its way to {force.name} by e-mail. Whether it came is said below."

    return _handed_over(request, ref, sent)


def _handed_over(
    request: DeskRequest, ref: str, hand: Callable[[str, str, bordering.Force, NextRing, RingForm], str]
) -> HttpResponse:
    """Hand over what moves into the area of the force that was pressed; `hand` returns what to say of it."""
    report = queries.get_report(officer=request.user, ref=ref)
    alert = alert_of(request, report)
    form = RingForm(request.POST)
    if alert is None or not form.is_valid():
        return _shown(request, report, alert, form)
    ring, force = _chosen(request, alert, form)
    try:
        if ring is None or force is None:
            form.add_error(None, NOT_THERE)
        elif words := hand(report.ref, alert.ref, force, ring, form):
            messages.success(request, words)
    except alert_actions.AlertError as refusal:
        form.add_error(None, str(refusal))
    return _shown(request, report, alert, form)


@require_POST
@needs(Permission.REPORT_WORK)
def hand_over_cap(request: DeskRequest, ref: str) -> HttpResponse:
    """Give a hand-over as a document of CAP 1.2, for a force whose own system reads it."""
    report = queries.get_report(officer=request.user, ref=ref)
    alert = alert_of(request, report)
    form = RingForm(request.POST)
    if alert is None or alert.state not in RUNNING or not form.is_valid():
        return _shown(request, report, alert, form)
    ring, force = _chosen(request, alert, form)
    if ring is None or force is None:
        form.add_error(None, NOT_THERE)
        return _shown(request, report, alert, form)
    document = bordering.cap_for(
        alert=alert,
        sighting=form.sighting(),
        ring=ring,
        officer=request.user,
        force=force,
        sender=urlsplit(settings.SITE_ADDRESS).hostname or "localhost",
        is_test=settings.DEMONSTRATION,
    )
    answer = HttpResponse(document, content_type=cap.CONTENT_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="hand-over-{alert.ref}.xml"'
    return answer


def _chosen(
    request: DeskRequest,
    alert: Any,  # noqa: ANN401
    form: RingForm,
) -> tuple[NextRing | None, bordering.Force | None]:
    """Return the ring that a form asks for, and the force into which it comes and that was pressed."""
    ring = _ring(alert, form).get("ring")
    known = bordering.forces_ahead(ring=ring, alert=alert) if ring else []
    return ring, next((one for one in known if one.to == request.POST.get("to")), None)


PRESSES = (("left", "Turn it left"), ("right", "Turn it right"), ("wider", "Wider"), ("narrower", "Narrower"))


def _ring(alert: Any, form: RingForm) -> dict[str, Any]:  # noqa: ANN401
    """Return the ring that a form asks for and what would be said there, or the sentence why there is none."""
    sighting, told = form.sighting(), form.cleaned_data["told"]
    try:
        ring = moving.next_ring(alert=alert, sighting=sighting, choice=form.choice(), told=told)
        passing = alerts.passing_on(alert=alert, sighting=sighting, count=ring.count)
    except alerts.AlertError as refusal:
        return {"ring_refusal": str(refusal)}
    return {
        "ring": ring,
        "ring_outline": outline_of(ring),
        "point": sighting.point,
        "uncertainty": sighting.uncertainty_m,
        "passing": passing,
        "relay_text": without_ref(passing.preview.words.text),
        "told": told,
    }


def _pressed(data: QueryDict, pressed: str, ring: NextRing | None) -> QueryDict:
    """Return what was asked with one press more: turned by an eighth, or one step wider or narrower."""
    changed = data.copy()
    changed.pop("press", None)
    if ring is None:
        return changed
    if pressed in TURNS:
        bearing = ring.heading.bearing if ring.heading else 0.0
        changed["heading"] = wind_words(bearing + 45.0 * TURNS[pressed])
        if ring.heading is None:
            changed["width"] = "45"
    if pressed in STEPS:
        widths = list(WIDTHS)
        now = ring.heading.spread if ring.heading else 180.0
        at = min(range(len(widths)), key=lambda number: abs(float(widths[number]) - now))
        changed["width"] = widths[max(0, min(len(widths) - 1, at + STEPS[pressed]))]
    return changed


def _proposed(request: DeskRequest, report: Any, alert: Any) -> dict[str, str]:  # noqa: ANN401
    """Return the form as it is proposed from what was read out of an answer."""
    seen = queries.proposal(officer=request.user, report=report, tier=Tier(alert.level))
    return _as_posted(RingForm(initial=as_read(seen, report)))


def _as_posted(form: forms.Form) -> dict[str, str]:
    """Return what a browser would send of a form as it is first shown."""
    posted: dict[str, str] = {}
    for bound in form:
        value = bound.value()
        widget = bound.field.widget
        if isinstance(widget, forms.MultiWidget):
            parts = widget.decompress(value) or []
            for number, (one, part) in enumerate(zip(widget.widgets, parts, strict=True)):
                posted[f"{bound.html_name}_{number}"] = one.format_value(part) or ""
        elif not isinstance(widget, forms.CheckboxInput):
            posted[bound.html_name] = "" if value is None else str(value)
    return posted
