"""Who may enter, and what a visitor is told at a closed door."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path

from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.finding import NotHereError
from hueandcry.web.parts.doors import needs, open_to_all
from tests import cast


@needs(Permission.ALERT_APPROVE)
def closed(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


@open_to_all
def missing(request: HttpRequest) -> HttpResponse:
    raise NotHereError("alert:K7M2PQ belongs to somebody else")


@open_to_all
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret word")


@open_to_all
def welcome(request: HttpRequest) -> HttpResponse:
    return HttpResponse("welcome")


def unlocked(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


urlpatterns = [
    path("closed/", closed, name="closed"),
    path("missing/", missing, name="missing"),
    path("broken/", broken, name="broken"),
    path("welcome/", welcome, name="welcome"),
    path("unlocked/", unlocked, name="unlocked"),
    path("accounts/login/", welcome, name="account_login"),
    path("", include("hueandcry.web.public.urls")),  # the pages of refusals link to them
]


def ask(user: Any) -> HttpRequest:
    request = RequestFactory().get("/closed/")
    request.user = user
    return request


@pytest.mark.django_db
def test_a_door_opens_to_its_permission_only() -> None:
    assert closed(ask(cast.birch())).content == b"inside"
    for visitor in (cast.amos(), cast.grey(), AnonymousUser()):
        with pytest.raises(PermissionDenied):
            closed(ask(visitor))


@pytest.mark.django_db
def test_a_suspended_officer_stays_outside() -> None:
    birch = cast.birch()
    birch.is_active = False

    with pytest.raises(PermissionDenied):
        closed(ask(birch))


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_door_without_a_lock_is_closed_to_strangers() -> None:
    visitor = Client()

    assert visitor.get("/unlocked/").status_code == 302
    assert visitor.get("/closed/")["Location"].startswith("/accounts/login/")
    assert visitor.get("/welcome/").content == b"welcome"


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_not_there_and_not_for_you_look_alike() -> None:
    visitor = Client()

    hidden, absent = visitor.get("/missing/"), visitor.get("/nothing-of-the-kind/")

    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    assert b"K7M2PQ" not in hidden.content
    assert b"This page is not here" in hidden.content


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_fault_of_ours_says_so_and_shows_nothing_of_it(caplog: pytest.LogCaptureFixture) -> None:
    visitor = Client(raise_request_exception=False)

    answer = visitor.get("/broken/")

    assert answer.status_code == 500
    assert b"It is our fault, not yours" in answer.content
    assert b"999" in answer.content
    assert b"secret word" not in answer.content


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_the_screen_is_named_for_developers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Client()

    assert "X-Screen" not in visitor.get("/welcome/")
    monkeypatch.setattr(settings, "DEBUG", True)
    assert visitor.get("/welcome/")["X-Screen"] == "welcome"
