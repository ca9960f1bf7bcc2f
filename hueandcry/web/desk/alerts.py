"""Alerts on the desk: write, check, approve, release, watch, stand down, end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.queries import costing
from hueandcry.domain.alerts.rules import State, check
from hueandcry.domain.members.rules import Channel, Tier
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.messaging.rules import REACHED, DeliveryState, Progress
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.rules import Found, FoundBy
from hueandcry.domain.records import queries as records
from hueandcry.domain.reports import queries as reports
from hueandcry.web.desk.alert_forms import AlertForm, EndingForm, ReasonForm
from hueandcry.web.desk.forms import point_words, without_ref
from hueandcry.web.desk.records import told
from hueandcry.web.parts import pager
from hueandcry.web.parts.doors import DeskRequest, needs

MOST_LISTED = 500
MOST_ANSWERS = 20
OPEN = (State.DRAFT, State.RETURNED)
BEING_WRITTEN = (*OPEN, State.WAITING)
# Where some of them wait, or ended, because people sleep or had enough for one week.
KEPT_BACK = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.BUNDLED, DeliveryState.EXPIRED)
LOST = (DeliveryState.BOUNCED, DeliveryState.FAILED, DeliveryState.EXPIRED)
# Columns of the table of channels, each with the states that it counts.
COLUMNS: tuple[tuple[str, tuple[DeliveryState, ...]], ...] = (
    ("Waiting", (DeliveryState.QUEUED, DeliveryState.LEASED)),
    ("Handed over", (DeliveryState.ACCEPTED,)),
    ("Delivered", (DeliveryState.DELIVERED,)),
    ("Answered or seen", (DeliveryState.SEEN,)),
    ("In a digest", (DeliveryState.BUNDLED,)),
    ("Kept for a digest", (DeliveryState.HELD,)),
    ("Not delivered", LOST),
    ("Cancelled or stopped", (DeliveryState.CANCELLED, DeliveryState.STOPPED)),
    ("A person decides", (DeliveryState.UNCERTAIN,)),
)


class StateForm(forms.Form):
    """Narrow the list of alerts by state."""

    says_optional = False

    state = forms.ChoiceField(label="State", required=False, choices=[("", "All"), *State.choices()])


@dataclass(frozen=True)
class Figures:
    """How an alert is going out, as the page shows it."""

    total: int
    waiting: int
    handed: int
    delivered: int
    failed: int
    first_after: float | None
    last_after: float | None
    heads: tuple[str, ...]
    channels: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]


def figures_of(progress: Progress) -> Figures:
    """Sum where the deliveries stand, by channel; columns that hold nothing are left out."""

    def count(states: dict[DeliveryState, int], wanted: tuple[DeliveryState, ...]) -> int:
        return sum(states.get(state, 0) for state in wanted)

    columns = [column for column in COLUMNS if count(progress.by_state, column[1])]
    return Figures(
        total=progress.total,
        waiting=progress.waiting,
        handed=count(progress.by_state, (*REACHED, DeliveryState.BUNDLED)),
        delivered=count(progress.by_state, (DeliveryState.DELIVERED, DeliveryState.SEEN)),
        failed=count(progress.by_state, LOST),
        first_after=progress.first_after,
        last_after=progress.last_after,
        heads=tuple(head for head, _ in columns),
        channels=tuple(
            (channel.label, tuple((head, count(progress.by_channel[channel], states)) for head, states in columns))
            for channel in Channel
            if channel in progress.by_channel
        ),
    )


# ---------------------------------------------------------------- lists and writing


@require_safe
@needs(Permission.ALERT_READ)
def listing(request: DeskRequest) -> HttpResponse:
    """List the alerts, newest first."""
    form = StateForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    lines = queries.listing(officer=request.user, states=[State(state)] if state else (), most=MOST_LISTED)
    context = {
        "form": form,
        "page": pager.page(request, lines),
        "may_write": request.user.may(Permission.ALERT_WRITE),
    }
    return render(request, "desk/alerts/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_WRITE)
def new(request: DeskRequest) -> HttpResponse:
    """Write an alert, with the text as it will be beside it."""
    form = AlertForm(request.POST or None)
    if request.method == "POST" and "check" not in request.POST and form.is_valid():
        try:
            alert = actions.draft(officer=request.user, **form.for_action())
        except actions.AlertError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The words are kept. Now choose who it is for.")
            return redirect("desk:alerts:audience", ref=alert.ref)
    context = {"form": form, "heading": "Write an alert", **_checked(request, form, has_audience=True)}
    return render(request, "desk/alerts/write.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_WRITE)
def edit(request: DeskRequest, ref: str) -> HttpResponse:
    """Change the words of an alert that is not out yet."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    form = AlertForm(request.POST or None, initial=_initial(alert), kept=_place(alert))
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
        **_checked(request, form, has_audience=hasattr(alert, "audience")),
    }
    return render(request, "desk/alerts/write.html", context)


@require_POST
@needs(Permission.ALERT_WRITE)
def check_words(request: DeskRequest) -> HttpResponse:
    """Show the text as it will be and what the send check finds, while it is being written."""
    form, has_audience = AlertForm(request.POST), True
    if ref := request.GET.get("ref", ""):
        alert = queries.get_alert(officer=request.user, ref=ref)
        form = AlertForm(request.POST, initial=_initial(alert), kept=_place(alert))
        has_audience = hasattr(alert, "audience")
    return render(request, "desk/alerts/_check.html", _checked(request, form, has_audience=has_audience))


def _checked(request: DeskRequest, form: AlertForm, *, has_audience: bool) -> dict[str, Any]:
    """Return what stands beside the form; nothing before somebody wrote something."""
    if not form.is_bound:
        return {}
    form.full_clean()
    context: dict[str, Any] = {"found": form.cleaned_data.get("place"), "checked_only": "check" in request.POST}
    if "place" in form.errors:
        context["place_error"] = form.errors["place"][0]
    if any((form.words().headline, form.words().what, form.words().ask)):
        facts = form.facts(officer=request.user, has_audience=has_audience)
        preview = queries.preview_of(facts=facts)
        context |= {"preview": preview, "text": without_ref(preview.words.text), "findings": check(facts)}
    return context


def _place(alert: Any) -> Found | None:  # noqa: ANN401
    if alert.point is None:
        return None
    return Found(alert.point, alert.uncertainty_m or 0.0, point_words(alert.point), FoundBy.LATLON)


def _initial(alert: Any) -> dict[str, Any]:  # noqa: ANN401 - an Alert, whose table screens do not know
    names = ("headline", "what", "where", "ask", "level", "urgency", "occurred_at", "expires_at", "invites_answers")
    return {
        **{name: getattr(alert, name) for name in names},
        "topic": alert.topic.slug,
        "place": point_words(alert.point),
    }


# ---------------------------------------------------------------- one alert


@require_safe
@needs(Permission.ALERT_READ)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Show one alert: what people get, who they are, what was done, and what can be done now."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    state = State(alert.state)
    context = {
        "alert": alert,
        "preview": queries.preview(alert=alert),
        "level_words": Tier(alert.level).label.lower(),
        "is_open": state in BEING_WRITTEN,
        "is_running": state == State.RELEASED,
        "findings": queries.findings(alert=alert) if state in BEING_WRITTEN else [],
        "may_write": state in OPEN and alert.author_id == request.user.pk,
        "described": alert.audience.described if hasattr(alert, "audience") else "",
        "relays": queries.family(alert=alert),
        "records": told(records.history(subject=f"alert:{ref}")),
        **_next(request, alert, state),
        **_going_out(request, alert),
        **_answers(request, alert),
    }
    return render(request, "desk/alerts/page.html", context)


def _next(request: DeskRequest, alert: Any, state: State) -> dict[str, Any]:  # noqa: ANN401
    """Return which buttons the page has, and the sentence where there is none."""
    may, is_author = request.user.may, alert.author_id == request.user.pk
    found: dict[str, Any] = {"wait": "", "count": None}
    way = None
    if state in BEING_WRITTEN and hasattr(alert, "audience"):
        try:
            way = queries.way_out(alert=alert, officer=request.user)
            found |= {"count": way.count, "typed": way.typed}
            if way.count.members:
                found["forecast"] = costing.forecast(alert=alert, count=way.count)
        except actions.AlertError as refusal:
            found["wait"] = str(refusal)
    waits = state == State.WAITING and way is not None
    act = {
        "submit": state in OPEN and is_author and way is not None,
        "release_fast": bool(
            way and is_author and not way.approvals and way.count.members and may(Permission.ALERT_FAST)
        ),
        "approve": waits and not is_author and may(Permission.ALERT_APPROVE),
        "send_back": state == State.WAITING and not is_author and may(Permission.ALERT_APPROVE),
        "stand_down": state == State.RELEASED and may(Permission.ALERT_END),
        "end": state in (State.RELEASED, State.STOOD_DOWN, State.EXPIRED) and may(Permission.ALERT_END),
    }
    if act["approve"]:
        found["seen"] = queries.version(alert=alert)
    if state == State.WAITING and not act["approve"] and not found["wait"]:
        found["wait"] = "It waits for a second officer: somebody other than its author, who may approve."
    if state in OPEN and is_author and not hasattr(alert, "audience"):
        found["wait"] = "Choose who it is for, then send it for approval."
    found |= {"act": act, "has_actions": any(act.values()) or bool(found["wait"])}
    return found | {
        "back_form": ReasonForm(prefix="back"),
        "down_form": ReasonForm(prefix="down"),
        "end_form": EndingForm(),
    }


def _going_out(request: DeskRequest, alert: Any) -> dict[str, Any]:  # noqa: ANN401
    if alert.released_at is None:
        return {}
    about = f"alert:{alert.ref}"
    counted = reports.tally(about=about) if request.user.may(Permission.REPORT_READ) else {}
    progress = messaging.progress(about=about)
    not_yet = any(progress.by_state.get(state) for state in KEPT_BACK)
    return {
        "figures": figures_of(progress),
        "kept": messaging.kept_back(about=about) if not_yet else None,
        "tally": [(reading.label.lower(), number) for reading, number in counted.items() if number],
    }


def _answers(request: DeskRequest, alert: Any) -> dict[str, Any]:  # noqa: ANN401
    if alert.released_at is None or not request.user.may(Permission.REPORT_READ):
        return {}
    rows = reports.inbox(officer=request.user, about=f"alert:{alert.ref}", most=MOST_ANSWERS + 1)
    return {"may_read_reports": True, "reports": rows[:MOST_ANSWERS], "more_reports": len(rows) > MOST_ANSWERS}


@require_safe
@needs(Permission.ALERT_READ)
def figures(request: DeskRequest, ref: str) -> HttpResponse:
    """Give the live figures of one alert."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    return render(request, "desk/alerts/_figures.html", _going_out(request, alert))


# ---------------------------------------------------------------- what can be done with it


def _act(request: DeskRequest, ref: str, act: Callable[[], object], done: str) -> HttpResponse:
    """Do one thing, and say on the alert's page that it is done or why not."""
    try:
        act()
    except actions.AlertError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("desk:alerts:page", ref=ref)


@require_POST
@needs(Permission.ALERT_WRITE)
def submit(request: DeskRequest, ref: str) -> HttpResponse:
    """Send one alert for approval."""
    return _act(
        request,
        ref,
        lambda: actions.submit(alert_ref=ref, officer=request.user),
        "Sent for approval. A second officer releases it.",
    )


@require_POST
@needs(Permission.ALERT_APPROVE)
def approve(request: DeskRequest, ref: str) -> HttpResponse:
    """Release what another officer wrote."""
    return _act(
        request,
        ref,
        lambda: actions.approve(
            alert_ref=ref,
            officer=request.user,
            typed=request.POST.get("typed", ""),
            seen=request.POST.get("seen", ""),
        ),
        "Released. It is on its way.",
    )


@require_POST
@needs(Permission.ALERT_APPROVE)
def send_back(request: DeskRequest, ref: str) -> HttpResponse:
    """Send one alert back to its author."""
    reason = request.POST.get("back-reason", "")
    return _act(
        request,
        ref,
        lambda: actions.send_back(alert_ref=ref, officer=request.user, reason=reason),
        "Sent back to its author.",
    )


@require_POST
@needs(Permission.ALERT_FAST)
def release_fast(request: DeskRequest, ref: str) -> HttpResponse:
    """Release one's own alert to few vetted members without a second officer."""
    return _act(
        request,
        ref,
        lambda: actions.release_fast(alert_ref=ref, officer=request.user),
        "Released. It is on its way.",
    )


@require_POST
@needs(Permission.ALERT_END)
def stand_down(request: DeskRequest, ref: str) -> HttpResponse:
    """Call one alert off, and tell everybody whom it reached."""
    reason = request.POST.get("down-reason", "")
    return _act(
        request,
        ref,
        lambda: actions.stand_down(alert_ref=ref, officer=request.user, reason=reason),
        "Stood down. Everybody whom it reached is being told.",
    )


@require_POST
@needs(Permission.ALERT_END)
def end(request: DeskRequest, ref: str) -> HttpResponse:
    """End one alert, and tell everybody who answered what came of it."""
    ending = request.POST.get("ending", "")
    return _act(
        request,
        ref,
        lambda: actions.end(alert_ref=ref, officer=request.user, ending=ending),
        "Ended. Everybody who answered is being told.",
    )
