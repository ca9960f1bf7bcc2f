"""A member whose number asked us to stop: an officer may send the question whether they want us again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hueandcry.domain.members import queries
from hueandcry.domain.messaging.actions import greeting
from hueandcry.domain.messaging.rules import MessagingError
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.parts.doors import DeskRequest, needs


@require_POST
@needs(Permission.MEMBER_WRITE)
def ask_again(request: DeskRequest, ref: str, contact: int) -> HttpResponse:
    """Ask one stopped number, once a day, whether its owner wants our alerts again."""
    member = queries.get_member(officer=request.user, ref=ref)
    try:
        greeting.ask_again(member_id=member.pk, contact_id=contact, officer=request.user)
        messages.success(request, "Asked: alerts go out again as soon as they reply YES.")
    except MessagingError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:members:page", ref=ref)
