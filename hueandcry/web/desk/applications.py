"""People who want to join and wait for an officer: by letter, or to be passed on to another force."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.members.actions import applying as actions
from hueandcry.domain.members.rules import ApplicationState, Channel
from hueandcry.domain.members.rules.applying import as_wish
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.parts.doors import DeskRequest, needs


@require_safe
@needs(Permission.MEMBER_WRITE)
def listing(request: DeskRequest) -> HttpResponse:
    """List who wants to join and waits for an officer: by letter, or to be passed on to another force."""
    lines: list[dict[str, Any]] = []
    for one in actions.see_waiting(officer=request.user):
        wish = as_wish(one.answers, channel=Channel(one.channel), address=one.address, language=one.language)
        lines.append(
            {
                "ref": one.ref,
                "wish": wish,
                "opened_at": one.opened_at,
                "elsewhere": one.state == ApplicationState.ELSEWHERE,
            }
        )
    return render(request, "desk/applications/list.html", {"lines": lines})


@require_POST
@needs(Permission.MEMBER_WRITE)
def confirm(request: DeskRequest, ref: str) -> HttpResponse:
    """Take in somebody who asked by letter, after making sure of them."""
    try:
        member = actions.confirm_by_officer(ref=ref, officer=request.user)
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:applications:list")
    messages.success(request, f"{member.name} has joined.")
    return redirect("desk:members:page", ref=member.ref)


@require_POST
@needs(Permission.MEMBER_WRITE)
def end(request: DeskRequest, ref: str) -> HttpResponse:
    """End an application that was passed on, or that nobody asked for; what was written is forgotten."""
    actions.drop(ref=ref, officer=request.user, passed_on=request.POST.get("passed_on") == "yes")
    messages.success(request, "Done: what was written is forgotten.")
    return redirect("desk:applications:list")
