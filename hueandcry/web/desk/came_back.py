"""Whose messages come back, on the desk: what is wrong with which address, and the press that asks again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.messaging.actions import mending
from hueandcry.domain.messaging.queries import coming_back as queries
from hueandcry.domain.messaging.rules import MessagingError
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.parts import pager
from hueandcry.web.parts.doors import DeskRequest, needs


@require_safe
@needs(Permission.MEMBER_WRITE)
def listing(request: DeskRequest) -> HttpResponse:
    """List the addresses from which messages came back, why, and whether their member was asked."""
    found = queries.came_back(officer=request.user)
    context = {"page": pager.page(request, found), "many": len(found)}
    return render(request, "desk/members/came_back.html", context)


@require_POST
@needs(Permission.MEMBER_WRITE)
def ask(request: DeskRequest, contact: int) -> HttpResponse:
    """Ask one member by another way, once a day, whether an address is right."""
    try:
        way = mending.ask_anew(officer=request.user, contact_id=contact)
        messages.success(request, f"Asked by {way.label.lower()}: what they answer is applied.")
    except MessagingError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:members:came_back")
