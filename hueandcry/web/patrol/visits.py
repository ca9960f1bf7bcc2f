"""Calls at doors: the street before ringing, and what came of each call."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.members.actions import visits
from hueandcry.domain.members.queries import visits as queries
from hueandcry.domain.members.rules import VisitState
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit import clock
from hueandcry.web.parts.doors import DeskRequest, needs
from hueandcry.web.patrol.reading import HereForm, SentForm, UnreadableError, VisitForm, body_of, checked, spot_of


@require_POST
@needs(Permission.MEMBER_WRITE)
def take(request: DeskRequest) -> HttpResponse:
    """Take one call in, once for each key."""
    try:
        body = body_of(request)
        sent = checked(SentForm(body)).sent()
        given = checked(VisitForm(body)).cleaned_data
        is_new = visits.call(
            officer=request.user,
            sent=sent,
            state=VisitState(given["state"]),
            postcode=given["postcode"],
            door=given["door"],
            here=spot_of(body),
        )
    except UnreadableError as refusal:
        return JsonResponse({"state": "refused", "say": str(refusal)}, status=400)
    except visits.MemberError as refusal:
        return JsonResponse({"state": "refused", "say": str(refusal)}, status=422)
    return JsonResponse({"state": "taken", "new": is_new})


@require_safe
@needs(Permission.MEMBER_WRITE)
@never_cache
def street(request: DeskRequest) -> HttpResponse:
    """List the doors of a postcode, or round the phone, that were called at, and the houses to pick from."""
    here = HereForm({**request.GET.dict(), "accuracy": 0})
    spot = here.spot() if here.is_valid() else None
    lines = queries.street(
        officer=request.user, postcode=request.GET.get("postcode", "")[:10], here=spot.point if spot else None
    )
    doors = [
        {
            "door": line.door,
            "postcode": line.postcode,
            "state": line.state,
            "at": round(line.at.timestamp() * 1000),
            "by": line.by,
            "until": round(line.until.timestamp() * 1000) if line.until else None,
        }
        for line in lines
    ]
    nearest = queries.postcode_here(officer=request.user, here=spot.point) if spot else ""
    houses = [
        {"postcode": one.postcode, "door": one.door, "line": one.line}
        for one in queries.houses(officer=request.user, postcode=nearest or request.GET.get("postcode", "")[:10])
    ]
    now = round(clock.now().timestamp() * 1000)
    return JsonResponse({"postcode": nearest, "now": now, "doors": doors, "houses": houses})
