"""The first screen of the desk: what waits for me, in one glance at three in the morning."""

from typing import Any

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hueandcry.domain.alerts import queries as alerts
from hueandcry.domain.alerts.queries import schemes as alert_schemes
from hueandcry.domain.alerts.queries import warnings
from hueandcry.domain.alerts.rules import OPEN, RUNNING, State
from hueandcry.domain.members.queries import networks, schemes, vetting
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.reports import queries as reports
from hueandcry.domain.reports.rules import State as ReportState
from hueandcry.kit import clock, jobs
from hueandcry.web.desk.alerts import figures_of
from hueandcry.web.parts.doors import DeskRequest, needs

MOST_ANSWERS = 10
MOST_RUNNING = 20
# It is counted over five weeks of messages, and this page is asked for every five seconds.
LOOK_AGAIN = 15 * 60


@require_safe
@needs(Permission.DESK_OPEN)
def front(request: DeskRequest) -> HttpResponse:
    """Show what waits for this officer: approvals, unread answers, running alerts, workers gone quiet."""
    return render(request, "desk/home/_front.html" if request.htmx else "desk/home/front.html", _waiting(request))


def _waiting(request: DeskRequest) -> dict[str, Any]:
    may = request.user.may
    context: dict[str, Any] = {"now": clock.now(), "quiet": jobs.workers_alive() == 0}
    if may(Permission.ALERT_APPROVE):
        context["to_approve"] = alerts.waiting_for(officer=request.user)
        context["to_correct"] = alerts.corrections_for(officer=request.user)
    if may(Permission.REPORT_READ):
        context["unread"] = reports.count_new(officer=request.user)
        context["answers"] = reports.inbox(officer=request.user, state=ReportState.NEW, most=MOST_ANSWERS)
        context["drills"] = alerts.drills(abouts=[report.about for report in context["answers"]])
        context["cover"] = organisations.cover(organisation_id=request.user.organisation_id)
    if may(Permission.ALERT_READ):
        running = alerts.listing(officer=request.user, states=RUNNING, most=MOST_RUNNING)
        progress = messaging.progress_each(abouts=[f"alert:{line.ref}" for line in running])
        context["running"] = [(line, figures_of(progress[f"alert:{line.ref}"])) for line in running]
        context["given_up"] = alerts.given_up(officer=request.user)
        context["scheduled"] = alerts.listing(officer=request.user, states=(State.SCHEDULED,), most=MOST_RUNNING)
        context["returned"] = [
            line
            for line in alerts.listing(officer=request.user, states=(*OPEN, State.APPROVED), most=MOST_RUNNING)
            if line.author == request.user.get_full_name()
        ]
    if may(Permission.MEMBER_READ):
        context["opt_outs"] = cache.get_or_set("desk:opt-outs", messaging.opt_out_spike, LOOK_AGAIN)
    if may(Permission.NETWORK_WRITE):
        context["to_talk"] = networks.due(officer=request.user)
        context["vetting_ends"] = vetting.count_ending(officer=request.user) if may(Permission.MEMBER_VET) else 0
    if may(Permission.RECORD_READ) and may(Permission.NETWORK_READ):
        context["late_talks"] = networks.due(officer=request.user, everybody=True)
    if may(Permission.SCHEME_WRITE):
        context["scheme_notes"] = len(alert_schemes.notes_waiting(officer=request.user))
        context["scheme_proposals"] = len(schemes.proposed(officer=request.user))
    if may(Permission.ALERT_WRITE):
        context["partner_warnings"] = warnings.count_new(officer=request.user)
    context["may_write"] = may(Permission.ALERT_WRITE)
    context["not_by_text"] = not request.user.mobile and (may(Permission.ALERT_WRITE) or may(Permission.ALERT_APPROVE))
    return context
