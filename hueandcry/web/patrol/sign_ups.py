"""Households that come in from phones."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from hueandcry.domain.members.actions import doorstep
from hueandcry.domain.members.rules.doorstep import TakenState
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.parts.doors import DeskRequest, needs
from hueandcry.web.patrol.reading import SentForm, UnreadableError, body_of, checked, draft_of

STATUS = {TakenState.TAKEN: 200, TakenState.KNOWN: 409, TakenState.REFUSED: 422}


@require_POST
@needs(Permission.MEMBER_WRITE)
def take(request: DeskRequest) -> HttpResponse:
    """Take one household in, once for each key, and say what became of it."""
    try:
        body = body_of(request)
        if body.get("officer") != request.user.ref:
            why = "Another officer wrote this down. They must sign in on this phone to send it."
            return JsonResponse({"state": "other", "say": why}, status=403)
        sent = checked(SentForm(body)).sent()
        draft = draft_of(body)
    except UnreadableError as refusal:
        return JsonResponse({"state": TakenState.REFUSED, "say": str(refusal)}, status=400)
    taken = doorstep.sign_up(officer=request.user, draft=draft, sent=sent)
    return JsonResponse({"state": taken.state, "ref": taken.ref, "say": taken.say}, status=STATUS[taken.state])
