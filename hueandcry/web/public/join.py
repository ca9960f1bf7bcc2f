"""Joining by oneself: where and how we reach you, what is offered there, a code. No password, no cookie.

The forms take no CSRF token, which would need a cookie: they act on nothing but a fresh application, and nothing comes
of one without the code. A browser that says it was sent here by another site is turned away all the same.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from hueandcry.domain.members.actions import applying as actions
from hueandcry.domain.members.queries import applying as queries
from hueandcry.domain.members.rules import ApplicationState, Channel
from hueandcry.kit.words import mark, say
from hueandcry.web.parts.doors import Screen, open_to_all
from hueandcry.web.parts.limits import too_often
from hueandcry.web.public.join_forms import AboutYouForm, ChoicesForm, CodeForm

# In five minutes from one address of the network, which may be a whole village's.
MOST_APPLICATIONS = 30
MOST_CODES = 60

SENT_BY: dict[Channel, str] = {
    Channel.SMS: mark("We have sent a text to the number that you gave."),
    Channel.VOICE: mark("We are ringing the number that you gave. A voice reads the code out, twice."),
    Channel.WHATSAPP: mark("We have sent a code by WhatsApp to the number that you gave."),
    Channel.EMAIL: mark("We have sent an e-mail to the address that you gave. Look in the folder for junk too."),
}


def without_cookies(screen: Callable[..., HttpResponse]) -> Screen:
    """Open a screen to everybody without a CSRF token, but not to what another site sends."""

    @wraps(screen)
    def opened(request: HttpRequest, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") == "cross-site":
            raise PermissionDenied
        response = screen(request, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        return response

    return open_to_all(never_cache(csrf_exempt(opened)))


@require_http_methods(["GET", "HEAD", "POST"])
@without_cookies
def form(request: HttpRequest) -> HttpResponse:
    """Join: first who, where and by which way, then what is offered there and what you agree to."""
    if request.method != "POST":
        return _ask_about_you(request, AboutYouForm())
    about, step = AboutYouForm(request.POST), request.POST.get("step")
    if not about.is_valid():
        return _lives_elsewhere(request, about) if about.is_only_elsewhere else _ask_about_you(request, about)
    if step == "back":
        return _ask_about_you(request, AboutYouForm(initial=about.as_initial()))
    if step != "choices":
        return _ask_choices(request, about, ChoicesForm(about=about))
    choices = ChoicesForm(request.POST, about=about)
    return _apply(request, about, choices) if choices.is_valid() else _ask_choices(request, about, choices)


def _apply(request: HttpRequest, about: AboutYouForm, choices: ChoicesForm) -> HttpResponse:
    if too_often(request, "join", most=MOST_APPLICATIONS):
        return render(request, "429.html", status=429)
    try:
        application = actions.apply(wish=choices.wish())
    except actions.MemberError as refusal:
        choices.add_error(None, str(refusal))
        return _ask_choices(request, about, choices)
    return redirect("public:join:code", sealed=queries.pass_of(ref=application.ref))


def _lives_elsewhere(request: HttpRequest, about: AboutYouForm) -> HttpResponse:
    if request.POST.get("step") == "elsewhere":
        return _pass_on(request, about)
    return render(request, "public/join/elsewhere.html", {"form": about, "force": about.force})


@require_http_methods(["GET", "HEAD", "POST"])
@without_cookies
def code(request: HttpRequest, sealed: str) -> HttpResponse:
    """Type the code that came; the right one makes a member and shows the link to their own page."""
    application = queries.get_application(sealed=sealed)
    if request.method != "POST":
        return _ask_code(request, sealed, CodeForm())
    typed = CodeForm(request.POST)
    if too_often(request, "code", most=MOST_CODES):
        return render(request, "429.html", status=429)
    if typed.is_valid():
        try:
            member = actions.confirm(sealed=sealed, code=typed.cleaned_data["code"])
        except actions.MemberError as refusal:
            typed.add_error("code", str(refusal))
        else:
            if application.member_id is not None and application.answers.get("adds"):
                return redirect("public:my:reach", token=member.page_token)
            return render(
                request,
                "public/join/welcome.html",
                {"member": member, "by_voice": application.channel == Channel.VOICE},
            )
    return _ask_code(request, sealed, typed)


@require_POST
@without_cookies
def again(request: HttpRequest, sealed: str) -> HttpResponse:
    """Ask for a new code."""
    if too_often(request, "join", most=MOST_APPLICATIONS):
        return render(request, "429.html", status=429)
    try:
        actions.send_again(sealed=sealed)
    except actions.MemberError as refusal:
        asked = CodeForm({})
        asked.errors["code"] = asked.error_class([str(refusal)], renderer=asked.renderer)
        return _ask_code(request, sealed, asked)
    return redirect("public:join:code", sealed=sealed)


def _ask_about_you(request: HttpRequest, about: AboutYouForm) -> HttpResponse:
    return render(request, "public/join/about.html", {"form": about})


def _ask_choices(request: HttpRequest, about: AboutYouForm, choices: ChoicesForm) -> HttpResponse:
    context = {"about": about, "form": choices, "channel": about.cleaned_data["contact"].channel}
    return render(request, "public/join/choices.html", context)


def _ask_code(request: HttpRequest, sealed: str, typed: CodeForm) -> HttpResponse:
    application = queries.get_application(sealed=sealed)
    channel = Channel(application.channel)
    context = {
        "form": typed,
        "sealed": sealed,
        "by_letter": channel == Channel.POST,
        "sent": say(SENT_BY.get(channel, "")),
        "codes": application.codes_sent,
        "joined": application.state == ApplicationState.JOINED,
    }
    return render(request, "public/join/code.html", context)


def _pass_on(request: HttpRequest, about: AboutYouForm) -> HttpResponse:
    if too_often(request, "join", most=MOST_APPLICATIONS):
        return render(request, "429.html", status=429)
    try:
        actions.apply_elsewhere(wish=about.wish_elsewhere())
    except actions.MemberError as refusal:
        about.add_error(None, str(refusal))
        return _ask_about_you(request, about)
    return render(request, "public/join/elsewhere.html", {"form": about, "force": about.force, "kept": True})
