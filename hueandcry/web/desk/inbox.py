"""What people answered: read, relay in one press, reply, close."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hueandcry.domain.alerts import actions as alert_actions
from hueandcry.domain.alerts import queries as alerts
from hueandcry.domain.alerts.queries import moving
from hueandcry.domain.alerts.rules import RELAY_RADIUS_M, RUNNING, Sighting
from hueandcry.domain.alerts.rules import State as AlertState
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.queries import asking
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import Found
from hueandcry.domain.reports import actions, queries
from hueandcry.domain.reports.rules import OUTCOME_MOST, PLACE_MOST, TOLD_MOST, Extract, State
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.web.desk.forms import PlaceField, point_words, without_ref
from hueandcry.web.parts import pager
from hueandcry.web.parts.doors import DeskRequest, needs
from hueandcry.web.parts.forms import DayAndTimeField
from hueandcry.web.parts.labels import distance

MOST_LISTED = 500
PAGE = 25
LONGEST_REPLY = 459
FINE_M = 20
# Rings that are offered, in metres: the first that still has somebody to tell is proposed.
RADII = tuple((metres, distance(metres)) for metres in (RELAY_RADIUS_M, 10_000.0, 20_000.0, 40_000.0))
NOTHING_RUNS = "There is no running alert to relay this with: write a new alert if people need to look."


class FilterForm(forms.Form):
    """Narrow the inbox by state and alert."""

    says_optional = False

    state = forms.ChoiceField(label="State", required=False, choices=[("", "All"), *State.choices()])
    alert = forms.CharField(label="Alert", required=False, max_length=12, help_text="Its reference, like K7M2PQ")


class SightingForm(forms.Form):
    """What is passed on: the machine's proposal, for a person to check. Never the reporter's own words."""

    what = forms.CharField(
        label="What was seen", max_length=160, error_messages={"required": "Say what was seen: grey pick-up, 3 men."}
    )
    where = forms.CharField(
        label="Where, in words that people know",
        max_length=160,
        error_messages={"required": "Say where: a road, a village. Not a farm or a house."},
    )
    direction = forms.CharField(label="Which way", required=False, max_length=80)
    plate = forms.CharField(
        label="Plate",
        required=False,
        max_length=20,
        help_text="At most its two figures go out, to vetted members only.",
    )
    seen_at = DayAndTimeField(label="When it was seen")
    place = PlaceField(
        label="Where on the map", required=False, help_text="Who hears of it is chosen from here. It is not sent."
    )
    told = forms.BooleanField(label="Also those who were told of it already", required=False)
    proposed = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    def sighting(self) -> Sighting:
        """Return it as the action takes it."""
        given = self.cleaned_data
        found = given["place"]
        return Sighting(
            what=given["what"],
            where=given["where"],
            direction=given["direction"],
            seen_at=given["seen_at"],
            plate=given["plate"],
            point=found.point if found else None,
            uncertainty_m=self._uncertainty(found) if found else 0.0,
        )

    def _uncertainty(self, found: Found) -> float:
        """Return how exact the proposed place was known, unless another was written over it."""
        place, _, metres = self.cleaned_data["proposed"].partition("|")
        return float(metres) if place == self["place"].value() and metres.isdecimal() else found.uncertainty_m


class RelayForm(SightingForm):
    """What is passed on, to those in a circle round it."""

    field_order = ("what", "where", "direction", "plate", "seen_at", "place", "radius")

    radius = forms.TypedChoiceField(label="How far round it", choices=RADII, coerce=float, initial=RADII[0][0])


class ReplyForm(forms.Form):
    """An answer to one person."""

    text = forms.CharField(
        label="Reply to this person",
        max_length=LONGEST_REPLY,
        help_text=(
            "It goes back by the way they wrote. No names, no plates. Ask what they saw or know themselves: never ask "
            "somebody to find out, to watch anybody, or to use what they are to somebody."
        ),
        error_messages={"required": "Write what you want to say."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    heeded = forms.BooleanField(label="I have read this, and still need to ask", required=False)


class ToldForm(forms.Form):
    """What somebody told an officer."""

    text = forms.CharField(
        label="What did they tell you?",
        max_length=TOLD_MOST,
        help_text="In their words, as far as you can. What you think of it does not belong here.",
        error_messages={"required": "Write down what they told you, in their words as far as you can."},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    place = forms.CharField(
        label="Where was it?", required=False, max_length=PLACE_MOST, help_text="A village, a road, a grid reference."
    )
    member = forms.CharField(
        label="Who told you?",
        required=False,
        max_length=12,
        help_text="The reference from their page. Leave it empty when they want no name kept.",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off"}),
    )


class CloseForm(forms.Form):
    """What came of one report."""

    outcome = forms.CharField(label="What came of it", max_length=OUTCOME_MOST)


@require_safe
@needs(Permission.REPORT_READ)
def listing(request: DeskRequest) -> HttpResponse:
    """List what people answered: danger first, then by time of receipt."""
    form = FilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    ref = wanted.get("alert", "").strip().upper().removeprefix("ALERT:")
    rows = queries.inbox(
        officer=request.user,
        state=State(wanted["state"]) if wanted.get("state") else None,
        about=f"alert:{ref}" if ref else "",
        most=MOST_LISTED,
    )
    page = pager.page(request, rows, size=PAGE)
    context = {
        "form": form,
        "page": page,
        "drills": alerts.drills(abouts=[report.about for report in page]),
        "unread": queries.count_new(officer=request.user),
        "may_work": request.user.may(Permission.REPORT_WORK),
        "now": clock.now(),
    }
    return render(request, "desk/inbox/_page.html" if request.htmx else "desk/inbox/list.html", context)


@require_safe
@needs(Permission.REPORT_READ)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Open one report; that somebody looked is kept."""
    report = queries.get_report(officer=request.user, ref=ref)
    actions.consult(report=report, officer=request.user)
    return _page(request, report, ReplyForm())


def _page(
    request: DeskRequest,
    report: Any,  # noqa: ANN401 - a table that screens do not know
    reply_form: ReplyForm,
    *,
    warned: bool = False,
) -> HttpResponse:
    may_work = request.user.may(Permission.REPORT_WORK)
    alert = alert_of(request, report)
    found = queries.place_of(officer=request.user, report=report)
    thread = None
    if not report.was_spoken:
        thread = messaging.conversation(ref=messaging.get_inbound(ref=report.inbound_ref).conversation_ref)
    context = {
        "report": report,
        "alert": alert,
        "found": found,
        "read_rows": _read_rows(report.read_out, found),
        "thread": thread,
        "may_work": may_work,
        "may_members": request.user.may(Permission.MEMBER_READ),
        "reply_form": reply_form,
        "warned": warned,
        "others_read": asking.others_read(member_id=thread.member_id, channel=thread.channel, address=thread.address)
        if may_work and thread
        else "",
        "close_form": CloseForm(),
        **(_proposed(request, report, alert) if may_work else {}),
    }
    return render(request, "desk/inbox/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.REPORT_WORK)
def write(request: DeskRequest) -> HttpResponse:
    """Write down what somebody told an officer; it then waits in the inbox like every answer."""
    form = ToldForm(request.POST if request.method == "POST" else None, initial={"member": _told_by(request)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        ref = given["member"].strip().upper()
        try:
            member = members.get_member(officer=request.user, ref=ref) if ref else None
            report = actions.write_down(officer=request.user, text=given["text"], member=member, place=given["place"])
        except NotHereError:
            form.add_error("member", "No member has this reference: copy it from their page, or leave it empty.")
        except actions.ReportError as refusal:
            form.add_error("text", str(refusal))
        else:
            messages.success(request, "Written down. It waits in the inbox to be read.")
            return redirect("desk:inbox:page", ref=report.ref)
    return render(request, "desk/inbox/write.html", {"form": form})


def _told_by(request: DeskRequest) -> str:
    return request.GET.get("member", "").replace("\x00", "")[:12]


@require_POST
@needs(Permission.REPORT_WORK)
def read(request: DeskRequest, ref: str) -> HttpResponse:
    """Take one report as read, without doing more about it."""
    actions.mark_read(report=queries.get_report(officer=request.user, ref=ref), officer=request.user)
    return redirect("desk:inbox:page", ref=ref)


@require_POST
@needs(Permission.REPORT_WORK)
def relay_check(request: DeskRequest, ref: str) -> HttpResponse:
    """Show the words of a relay as they would go out, and to how many."""
    report = queries.get_report(officer=request.user, ref=ref)
    alert = alert_of(request, report)
    form = RelayForm(request.POST)
    context = {"report": report, "alert": alert, "relay_form": form, **_preview(alert, form)}
    if not request.htmx:
        return render(request, "desk/inbox/relay.html", context)
    if "passing" in context:
        context |= _ahead(alert, form.sighting())
    return render(request, "desk/inbox/_checked.html", context)


@require_POST
@needs(Permission.REPORT_WORK)
def relay(request: DeskRequest, ref: str) -> HttpResponse:
    """Pass a sighting on to the next members, without the one who told us."""
    report = queries.get_report(officer=request.user, ref=ref)
    alert = alert_of(request, report)
    form = RelayForm(request.POST)
    if alert is None or not form.is_valid():
        context = {"report": report, "alert": alert, "relay_form": form, **_preview(alert, form)}
        return render(request, "desk/inbox/relay.html", context)
    try:
        made = alert_actions.relay(
            officer=request.user,
            alert_ref=alert.ref,
            sighting=form.sighting(),
            report_ref=report.ref,
            radius_m=form.cleaned_data["radius"],
            told=form.cleaned_data["told"],
        )
    except alert_actions.AlertError as refusal:
        form.add_error(None, str(refusal))
        context = {"report": report, "alert": alert, "relay_form": form, **_preview(alert, form)}
        return render(request, "desk/inbox/relay.html", context)
    actions.mark_read(report=report, officer=request.user)
    out = made.state == AlertState.RELEASED
    messages.success(request, "Relayed. It is on its way." if out else "The relay waits for a second officer.")
    return redirect("desk:alerts:page", ref=made.ref)


@require_POST
@needs(Permission.REPORT_WORK)
def reply(request: DeskRequest, ref: str) -> HttpResponse:
    """Answer one person in their conversation; what is refused stays in the box."""
    report = queries.get_report(officer=request.user, ref=ref)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _page(request, report, form, warned="heeded" in request.POST)
    given = form.cleaned_data
    try:
        actions.reply(report=report, officer=request.user, text=given["text"], heeded=given["heeded"])
    except actions.ReportError as refusal:
        form.add_error("text", str(refusal))
        return _page(request, report, form, warned=isinstance(refusal, actions.ThinkAgainError))
    messages.success(request, "Your reply is on its way.")
    return redirect("desk:inbox:page", ref=ref)


@require_POST
@needs(Permission.REPORT_WORK)
def close(request: DeskRequest, ref: str) -> HttpResponse:
    """Close one report with what came of it."""
    report = queries.get_report(officer=request.user, ref=ref)
    try:
        actions.close(report=report, officer=request.user, outcome=request.POST.get("outcome", ""))
        messages.success(request, "Closed.")
    except actions.ReportError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:inbox:page", ref=ref)


def alert_of(request: DeskRequest, report: Any) -> Any:  # noqa: ANN401 - tables that screens do not know
    """Return the alert that a report answers, or None when it answers none that this officer may see."""
    kind, _, ref = report.about.partition(":")
    if kind != "alert":
        return None
    try:
        return alerts.get_alert(officer=request.user, ref=ref)
    except NotHereError:
        return None


def _proposed(request: DeskRequest, report: Any, alert: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the relay form filled from the extract alone, and what it would say; nothing where none can be."""
    if report.state == State.CLOSED or report.relayed_as:
        return {}
    if alert is None or alert.state not in RUNNING:
        return {"relay_refusal": NOTHING_RUNS}
    seen = queries.proposal(officer=request.user, report=report, tier=Tier(alert.level))
    sighting = Sighting(**vars(seen), seen_at=report.received_at)
    said: dict[str, Any] = {}
    for radius_m, _ in RADII:
        said = _said(alert, sighting, radius_m=radius_m)
        if seen.point is None or "passing" not in said or said["passing"].count.members:
            break
    form = RelayForm(initial={**as_read(seen, report), "radius": radius_m})
    return {"relay_form": form, "no_place": not seen.where, **said, **_ahead(alert, sighting)}


def as_read(seen: Any, report: Any) -> dict[str, Any]:  # noqa: ANN401 - screens know no tables
    """Return what was read out of an answer as the fields of a sighting have it."""
    return {
        "what": seen.what,
        "where": seen.where,
        "direction": seen.direction,
        "plate": seen.plate,
        "seen_at": report.received_at,
        "place": point_words(seen.point),
        "proposed": f"{point_words(seen.point)}|{seen.uncertainty_m:.0f}",
    }


def _ahead(alert: Any, sighting: Sighting) -> dict[str, Any]:  # noqa: ANN401
    """Return the ring that is proposed ahead of a sighting; nothing where none can be."""
    if sighting.point is None or not sighting.where:
        return {}
    try:
        ring = moving.next_ring(alert=alert, sighting=sighting)
    except alerts.AlertError:
        return {}
    return {"ring": ring, "ring_outline": outline_of(ring)}


def outline_of(ring: moving.NextRing) -> str:
    """Return a ring as a map draws it."""
    return json.dumps(places.shape_geojson(shape=ring.shape, simplify_m=FINE_M))


def _preview(alert: Any, form: RelayForm) -> dict[str, Any]:  # noqa: ANN401
    if alert is None:
        return {"relay_refusal": "This report answers no alert, so there is nothing to relay it with."}
    if not form.is_valid():
        return {"relay_refusal": next(iter(form.errors.values()))[0]}
    return _said(alert, form.sighting(), radius_m=form.cleaned_data["radius"], told=form.cleaned_data["told"])


def _said(alert: Any, sighting: Sighting, *, radius_m: float, told: bool = False) -> dict[str, Any]:  # noqa: ANN401
    """Return what a relay would say and to whom, or the sentence that says why it cannot be."""
    try:
        passing = alerts.passing_on(alert=alert, sighting=sighting, radius_m=radius_m, told_again=told)
    except alerts.AlertError as refusal:
        return {"relay_refusal": str(refusal)}
    return {
        "passing": passing,
        "relay_text": without_ref(passing.preview.words.text),
        "radius_m": radius_m + sighting.uncertainty_m if sighting.point else 0,
        "told": told,
    }


def _read_rows(read: Extract, found: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """Say what was read out of an answer, each with how sure that is."""
    rows = [
        ("Plate" if plate.whole else "Part of a plate", _plate_words(plate.text, plate.normal)) for plate in read.plates
    ]
    rows += [
        (what, words)
        for what, words in (("Vehicle", read.vehicle), ("People", read.people), ("Which way", read.direction))
        if words
    ]
    written = ", ".join((*read.grid_refs, *read.latlons, *read.postcodes))
    if written:
        rows.append(("Place", written))
    if found:
        rows.append(("On the map", f"{found.label}, exact to about {distance(found.uncertainty_m)}"))
    return rows


def _plate_words(text: str, normal: str) -> str:
    plain, normal = "".join(text.split()).upper(), normal.replace("*", "…")
    return normal if plain == "".join(normal.split()) else f"{normal}, written “{text}”: check it"
