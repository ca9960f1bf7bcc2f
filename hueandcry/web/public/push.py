"""Alerts on a member's phone or computer: the browser is added with a press; its service worker shows them."""

import json

from django.contrib import messages
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.members.actions import push as actions
from hueandcry.domain.members.rules import MemberDetail
from hueandcry.domain.members.rules.joining import version_in
from hueandcry.domain.members.rules.push import PUSH_WORDING, NewDevice
from hueandcry.domain.messaging.queries.browsers import browser_key
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import language_now, say
from hueandcry.web.parts.doors import open_to_all
from hueandcry.web.parts.limits import too_often
from hueandcry.web.public.my import by_secret_link

# The worker serves members' own pages, and no others of ours.
SCOPE = "/my/"
MOST_BYTES = 8_000
MOST_PRESSES = 30


@require_POST
@by_secret_link
def add(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Show a member's alerts in this browser from now on."""
    if not browser_key():
        raise NotHereError("push")
    if too_often(request, "push", most=MOST_PRESSES):
        return HttpResponse(say("Too often: try again in an hour."), status=429, content_type="text/plain")
    given = request.POST
    device = NewDevice(given.get("endpoint", ""), given.get("p256dh", ""), given.get("auth", ""))
    try:
        actions.add_device(
            member_id=held.id,
            device=device,
            actor=f"member:{held.ref}",
            wording=version_in(language_now(), PUSH_WORDING),
        )
    except actions.MemberError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, say("Alerts are shown on this device from now on. Remove it here whenever you want."))
    return redirect("public:my:reach", token=token)


@require_safe
@open_to_all
@never_cache
def worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Give the service worker, which may serve members' pages only."""
    found = finders.find("public/worker.js")
    with open(str(found), encoding="utf-8") as file:  # noqa: PTH123 - the finder's own path
        answer = HttpResponse(file.read(), content_type="text/javascript; charset=utf-8")
    answer["Service-Worker-Allowed"] = SCOPE
    return answer


@csrf_exempt
@require_POST
@open_to_all
def moved(request: HttpRequest) -> HttpResponse:
    """Reach a browser at the new address that its maker gave it: it names the old one, which nobody else knows."""
    if not browser_key():
        raise NotHereError("push")
    if too_often(request, "push", most=MOST_PRESSES):
        return HttpResponse(status=429)
    try:
        said = json.loads(request.read(MOST_BYTES))
        was, new = str(said["was"]), said["now"]
        device = NewDevice(str(new["endpoint"]), str(new["keys"]["p256dh"]), str(new["keys"]["auth"]))
        actions.move_device(was=was, device=device)
    except (ValueError, KeyError, TypeError, RecursionError):
        return HttpResponse("This cannot be read.", status=400, content_type="text/plain")
    # Whether anybody had it is told to nobody.
    return HttpResponse(status=204)
