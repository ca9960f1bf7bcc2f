"""Navigation, tags and pages of long lists."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import path

from hueandcry.domain.organisations.rules import Permission, Role
from hueandcry.web.parts import pager
from hueandcry.web.parts.doors import needs, open_to_all
from tests import builders, cast


@open_to_all
def alerts(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@needs(Permission.RECORD_READ)
def records(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("alerts/", alerts, name="alerts"), path("records/", records, name="records")]


def ask(user: Any, address: str = "/") -> HttpRequest:
    request = RequestFactory().get(address)
    request.user = user
    return request


def draw(template: str, **context: Any) -> str:
    return Template("{% load parts %}" + template).render(Context(context))


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_only_screens_that_somebody_may_enter_are_offered() -> None:
    grey = cast.grey()
    links = '{% nav "Desk" "alerts=Alerts" "records=Who did what" %}'

    assert "Who did what" not in draw(links, request=ask(AnonymousUser()))
    assert "Who did what" not in draw(links, request=ask(grey))
    assert "Who did what" in draw(links, request=ask(builders.officer(Role.AUDITOR)))
    assert 'href="/alerts/"' in draw(links, request=ask(grey))


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('{% tag "waiting" "alert" %}', '<strong class="govuk-tag govuk-tag--yellow">Waiting for approval</strong>'),
        ('{% label "sms" "channel" %}', "Text"),
        ('{{ 3|times:"member" }}', "3 members"),
        ('{{ 2|times:"entry,entries" }}', "2 entries"),
        ('{{ "+447700900123"|half_hidden }}', "07… …123"),
    ],
)
def test_words_are_said_in_templates(template: str, words: str) -> None:
    assert draw(template).strip() == words


def test_a_word_that_nobody_knows_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(ValueError, match="flying"):
        draw('{% tag "flying" "alert" %}')


@pytest.mark.parametrize(("asked", "shown"), [("", 1), ("2", 2), ("99", 3), ("nonsense", 1)])
def test_a_page_that_is_not_there_becomes_the_nearest(asked: str, shown: int) -> None:
    request = RequestFactory().get("/", {"page": asked, "search": "holt"})

    page = pager.page(request, range(60), size=25)

    assert page.number == shown
    words = draw('{% include "parts/_pager.html" %}', page=page, request=request)
    assert f"Page {shown} of 3" in words
    assert words.count("search=holt") == words.count("?") == (2 if shown == 2 else 1)


def test_a_short_list_has_no_pages() -> None:
    page = pager.page(RequestFactory().get("/"), [SimpleNamespace()])

    assert draw('{% include "parts/_pager.html" %}', page=page).strip() == ""
