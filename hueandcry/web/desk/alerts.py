"""Alerts on the desk: write, check, watch; what is pressed about them is in `alert_acts`."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.actions.asking import note_opening
from hueandcry.domain.alerts.queries import asking, bordering, previewing
from hueandcry.domain.alerts.rules import AGREED, OPEN, RUNNING, State
from hueandcry.domain.members.rules import Channel, Language, Tier
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.messaging.queries import posting
from hueandcry.domain.messaging.rules import REACHED, DeliveryState, Progress
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records import queries as records
from hueandcry.domain.reports import queries as reports
from hueandcry.web.desk.alert_acts import next_steps, versions_of
from hueandcry.web.desk.previews import shown
from hueandcry.web.desk.records import told
from hueandcry.web.parts import pager
from hueandcry.web.parts.doors import DeskRequest, needs

MOST_LISTED = 500
MOST_ANSWERS = 20
BEING_WRITTEN = (*OPEN, State.WAITING, *AGREED)
# Where some of them wait, or ended, because people sleep or had enough for one week.
KEPT_BACK = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.BUNDLED, DeliveryState.EXPIRED)
LOST = (DeliveryState.BOUNCED, DeliveryState.FAILED, DeliveryState.EXPIRED)
# Columns of the table of channels, each with the states that it counts.
COLUMNS: tuple[tuple[str, tuple[DeliveryState, ...]], ...] = (
    ("Waiting", (DeliveryState.QUEUED, DeliveryState.LEASED)),
    ("To be printed", (DeliveryState.TO_PRINT,)),
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


# ---------------------------------------------------------------- lists


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


# ---------------------------------------------------------------- one alert


@require_safe
@needs(Permission.ALERT_READ)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Show one alert: what people get, who they are, what was done, and what can be done now."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    # Looking is logged: whoever is still to be asked need not be, while somebody reads it.
    note_opening(alert=alert, officer=request.user)
    state = State(alert.state)
    context = {
        "alert": alert,
        "preview": queries.preview(alert=alert),
        **_others(alert),
        "level_words": Tier(alert.level).label.lower(),
        "is_open": state in BEING_WRITTEN,
        "is_running": state in RUNNING,
        "findings": queries.findings(alert=alert) if state in BEING_WRITTEN else [],
        "may_write": state in OPEN and alert.author_id == request.user.pk,
        "may_translate": request.user.may(Permission.ALERT_WRITE) and state in (*OPEN, State.WAITING),
        "described": alert.audience.described if hasattr(alert, "audience") else "",
        "relays": queries.family(alert=alert),
        "cover": queries.cover_of(alert=alert) if alert.invites_answers and state in RUNNING else None,
        "handed": bordering.handed(alert=alert) if alert.released_at else [],
        "versions": versions_of(alert),
        "asking": asking.asking_of(alert=alert),
        "records": told(records.history(subject=f"alert:{ref}")),
        **next_steps(request, alert),
        **_going_out(request, alert),
        **_answers(request, alert),
    }
    return render(request, "desk/alerts/page.html", context)


def _others(alert: Any) -> dict[str, Any]:  # noqa: ANN401 - an Alert, whose table screens do not know
    """Return what people get in the other languages: whoever approves it reads those too."""
    looks = previewing.looks_of(alert=alert)
    return {
        **shown(looks, level=Tier(alert.level), template=alert.template),
        "others": [frame for frame in looks.frames if frame.language != Language.ENGLISH],
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
        "posts": posting.posts_about(about=about),
    }


def _answers(request: DeskRequest, alert: Any) -> dict[str, Any]:  # noqa: ANN401
    if alert.released_at is None or not request.user.may(Permission.REPORT_READ):
        return {}
    rows = reports.inbox(officer=request.user, about=f"alert:{alert.ref}", most=MOST_ANSWERS + 1)
    return {
        "may_read_reports": True,
        "reports": rows[:MOST_ANSWERS],
        "more_reports": len(rows) > MOST_ANSWERS,
        "drills": {f"alert:{alert.ref}"} if alert.is_drill else set(),
    }


@require_safe
@needs(Permission.ALERT_READ)
def figures(request: DeskRequest, ref: str) -> HttpResponse:
    """Give the live figures of one alert."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    return render(request, "desk/alerts/_figures.html", _going_out(request, alert))


@require_safe
@needs(Permission.ALERT_READ)
def asked(request: DeskRequest, ref: str) -> HttpResponse:
    """Give who was asked to approve what waits of one alert, as it stands now."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    if not request.htmx:
        return redirect("desk:alerts:page", ref)  # a part of that page, opened by itself
    context = {"alert": alert, "asking": asking.asking_of(alert=alert), "reader": request.user.get_full_name()}
    return render(request, "desk/alerts/_asked.html", context)
