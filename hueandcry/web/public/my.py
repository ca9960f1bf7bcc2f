"""A member's own page, opened by the secret link in their messages: what we hold, what they agreed to, how to stop.

Who has the link may act, and nobody else can write such a request: so these screens take no CSRF token, set no
cookie, and tell the browser to pass the address on to nobody.
"""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from hueandcry.domain.members import actions, queries
from hueandcry.domain.members.actions.hearing import hear_no_more
from hueandcry.domain.members.queries.own_page import heard_scheme
from hueandcry.domain.members.rules import Channel, ConsentLine, MemberDetail, MemberState
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.organisations.queries import partners
from hueandcry.kit import clock
from hueandcry.kit.words import say
from hueandcry.web.parts import labels
from hueandcry.web.parts.doors import Screen, open_to_all
from hueandcry.web.parts.languages import member_speaks, tag_of, talking

PAUSES = {"week": dt.timedelta(days=7), "month": dt.timedelta(days=30)}
RECENT = 10


def by_secret_link(screen: Callable[..., HttpResponse]) -> Screen:
    """Open a screen to whoever has the member's link; the screen gets the member's reference and details."""

    @wraps(screen)
    def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        member = queries.by_token(token=token)
        with talking(member_speaks(request, member.language)):
            response = screen(request, token=token, held=queries.detail(member_id=member.pk), **kwargs)
            response["Content-Language"] = tag_of(member_speaks(request, member.language))
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store, private"
        return response

    return open_to_all(csrf_exempt(opened))


def standing(held: MemberDetail) -> list[ConsentLine]:
    """Return the agreements that stand."""
    return [line for line in held.consents if line.withdrawn_at is None]


def channels(held: MemberDetail) -> list[Channel]:
    """Return the channels by which the member agreed to hear from anybody."""
    agreed = {line.channel for line in standing(held)}
    return [channel for channel in Channel if channel in agreed]


@by_secret_link
def page(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Show a member what we hold, what they agreed to and what they were sent lately."""
    now = clock.now()
    paused = held.state == MemberState.PAUSED and (held.paused_until is None or held.paused_until > now)
    return render(
        request,
        "public/my/page.html",
        {
            "token": token,
            "held": held,
            "paused": paused,
            "agreements": standing(held),
            "channels": [(channel.value, say(labels.BY_CHANNEL[channel])) for channel in channels(held)],
            "received": messaging.received_by(member_id=held.id, most=RECENT),
            "reply_number": settings.REPLY_NUMBER,
        },
    )


@require_POST
@by_secret_link
def pause(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Send a member nothing for a week or a month."""
    length = PAUSES.get(request.POST.get("length", ""))
    if length is None:
        messages.error(request, say("Choose a week or a month."))
    else:
        actions.pause(member_id=held.id, until=clock.now() + length, actor=f"member:{held.ref}")
    return redirect("public:my:page", token=token)


@require_POST
@by_secret_link
def resume(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:  # noqa: ARG001
    """End a member's pause."""
    actions.resume(member_id=held.id, actor=f"member:{held.ref}")
    return redirect("public:my:page", token=token)


@require_POST
@by_secret_link
def stop_channel(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """End what a member agreed to by one channel."""
    channel = {channel.value: channel for channel in Channel}.get(request.POST.get("channel", ""))
    if channel is None:
        messages.error(request, say("Choose what to stop: texts, calls, e-mails or sheets."))
    else:
        actions.withdraw(member_id=held.id, channel=channel, actor=f"member:{held.ref}")
        messages.success(request, say("Stopped: no more {channel}.").format(channel=say(labels.BY_CHANNEL[channel])))
    return redirect("public:my:page", token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def stop(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Stop e-mails: by a button, or at once when a mail program asks (RFC 8058: one POST, no cookie, no redirect).

    From a partner's e-mail that partner's, from a scheme's own that scheme's by every way, as STOP to a text of theirs
    does; else everybody's.
    """
    me = f"member:{held.ref}"
    scheme = heard_scheme(member_id=held.id, scheme_ref=request.GET.get("scheme", ""))
    of = next((one for one in partners() if str(one.pk) == request.GET.get("from")), None)
    if request.method == "POST" and scheme is not None:
        hear_no_more(scheme_id=scheme.id, member_ids=[held.id], actor=me)
    elif request.method == "POST":
        actions.withdraw(member_id=held.id, channel=Channel.EMAIL, organisation_id=of.pk if of else None, actor=me)
    context = {"token": token, "stopped": request.method == "POST", "of": of, "scheme": scheme}
    return render(request, "public/my/stop.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def leave(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Let a member leave altogether, after asking once."""
    if request.method == "POST":
        actions.leave(member_id=held.id, actor=f"member:{held.ref}")
    return render(request, "public/my/leave.html", {"token": token, "left": request.method == "POST"})
