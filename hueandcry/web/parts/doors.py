"""Who may enter a screen: one decorator each, and nothing else."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.finding import NotHereError

Screen = Callable[..., HttpResponse]


class DeskRequest(HttpRequest):
    """What a screen behind `@needs` is asked: an officer is there."""

    user: Officer
    htmx: HtmxDetails


def needs(permission: Permission) -> Callable[[Screen], Screen]:
    """Open a screen to signed-in officers who have this permission; others get 403."""

    def lock(screen: Screen) -> Screen:
        @wraps(screen)
        def locked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
            if not getattr(request.user, "may", lambda _: False)(permission):
                raise PermissionDenied
            return screen(request, *args, **kwargs)

        locked.permission = permission  # type: ignore[attr-defined]
        return locked

    return lock


def open_to_all(screen: Screen) -> Screen:
    """Open a screen to everybody, signed in or not."""
    screen = login_not_required(screen)
    screen.permission = None  # type: ignore[attr-defined]
    return screen


def in_the_demonstration(screen: Screen) -> Screen:
    """Open a screen in the demonstration only; elsewhere it is not here."""

    @wraps(screen)
    def only_there(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        if not settings.DEMONSTRATION:
            raise NotHereError("demonstration")
        return screen(request, *args, **kwargs)

    return only_there


class NotHereMiddleware:
    """Turns NotHereError into 404: not there and not for you look alike."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:  # noqa: ARG002
        """Answer 404 for what is not here."""
        if isinstance(exception, NotHereError):
            raise Http404 from exception


class ScreenNameMiddleware:
    """Says in DEBUG which screen answered, so that it can be found: `X-Screen: desk:alerts:approve`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on and name the screen."""
        response = self.get_response(request)
        if settings.DEBUG and request.resolver_match:
            response["X-Screen"] = request.resolver_match.view_name
        return response


class SignedOutMiddleware:
    """Has the browser forget all that it keeps of ours when an officer signs out: drafts on a phone too (ADR 16)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; say so when whoever was signed in before is not any more."""
        if request.method != "POST":  # GET changes nothing, so nobody signs out by it
            return self.get_response(request)
        before = request.session.get(SESSION_KEY)
        response = self.get_response(request)
        if before and request.session.get(SESSION_KEY) != before:
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response
