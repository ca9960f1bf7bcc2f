"""Public alerts for machines of others: Atom, JSON, CAP 1.2, and meetings for calendars."""

import datetime as dt
import hashlib
from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseGone, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.html import format_html_join
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from hueandcry.domain.alerts.queries import publishing
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.alerts.rules.publishing import (
    CORRECTED,
    MEETING_LASTS,
    Published,
    as_cap,
    identifier,
    told_plainly,
)
from hueandcry.domain.organisations import queries as organisations
from hueandcry.kit import atom, cap
from hueandcry.kit.words import ENGLISH, LANGUAGES, language_now, mark, say, speaking
from hueandcry.web.parts.doors import open_to_all
from hueandcry.web.parts.languages import tag_of

TITLE = mark("Public alerts")
LEAD = mark("What anybody may read, newest first. Members of a watch hear more, and sooner.")
OVER = mark("Over")
# Readers ask every few minutes: what is a minute old is new enough, and the site is spared.
SECONDS = 60
ATOM, HTML, ICAL = "application/atom+xml", "text/html", "text/calendar"


@require_safe
@open_to_all
def as_atom(request: HttpRequest) -> HttpResponse:
    """Give the public alerts as Atom, what changed last first."""
    feed = _feed(request, publishing.published())
    return _answered(request, HttpResponse(atom.write_atom(feed), content_type=ATOM), feed.updated)


@require_safe
@open_to_all
def as_json(request: HttpRequest) -> HttpResponse:
    """Give the public alerts as JSON Feed."""
    feed = _feed(request, publishing.published())
    return _answered(request, JsonResponse(atom.as_json(feed), content_type="application/feed+json"), feed.updated)


@require_safe
@open_to_all
def as_calendar(request: HttpRequest) -> HttpResponse:
    """Give public meetings as a calendar to subscribe to."""
    found = publishing.meetings()
    body = atom.write_calendar(
        [_meeting(one) for one in found],
        name=f"{organisations.force().name}: {settings.SERVICE_NAME}",
        maker=settings.SERVICE_NAME,
    )
    newest = max((one.changed_at for one in found), default=_never())
    return _answered(request, HttpResponse(body, content_type=f"{ICAL}; charset=utf-8"), newest)


@require_safe
@open_to_all
def cap_index(request: HttpRequest) -> HttpResponse:
    """List the CAP document of each public alert as it stands, what changed last first."""
    entries = tuple(
        atom.Entry(
            key=f"{one.page}cap/{one.newest.number}.xml",
            title=f"{one.newest.said.value}: {one.alert.headline}",
            author=one.by,
            published=one.newest.at,
            updated=one.newest.at,
            links=(atom.Link(_cap_address(one), cap.CONTENT_TYPE),),
            tags=(identifier(one.alert.ref, one.newest.number),),
            language=tag_of(ENGLISH),
            text=one.newest.because or one.alert.where or one.alert.topic,
        )
        for one in _in_english()
    )
    feed = _frame(request, "public:alerts:cap_index", entries)
    return _answered(request, HttpResponse(atom.write_atom(feed), content_type=ATOM), feed.updated)


@require_safe
@open_to_all
def as_cap_document(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """Give what was said of a public alert last as a CAP 1.2 document; what was said before is gone."""
    # For machines, whatever a browser asks for: English first, then each language that the alert was said in.
    with speaking(ENGLISH):
        found = publishing.get_published(ref=ref)
    if 0 < number < found.newest.number:
        return HttpResponseGone(
            f"There is a newer one: {_cap_address(found)}", content_type="text/plain; charset=utf-8"
        )
    if number != found.newest.number:
        raise Http404
    message = as_cap(
        found,
        sender=urlsplit(settings.SITE_ADDRESS).hostname or "localhost",
        is_test=settings.DEMONSTRATION,
        area=publishing.roughly_where(ref=ref),
        also=publishing.in_other_languages(ref=ref),
    )
    return _answered(request, HttpResponse(cap.write(message), content_type=cap.CONTENT_TYPE), found.newest.at)


# ---------------------------------------------------------------- what is in them


def _in_english() -> list[Published]:
    with speaking(ENGLISH):
        return publishing.published()


def _feed(request: HttpRequest, found: list[Published]) -> atom.Feed:
    assert request.resolver_match is not None  # noqa: S101 - an address led here
    feed = _frame(request, request.resolver_match.view_name, tuple(_entry(one) for one in found))
    others = (language for language in LANGUAGES if language != language_now())
    return replace(feed, others=tuple((tag_of(one), f"{_site()}/{one}{request.path_info}") for one in others))


def _frame(request: HttpRequest, name: str, entries: tuple[atom.Entry, ...]) -> atom.Feed:
    return atom.Feed(
        key=f"{_site()}{request.path_info}",
        title=f"{organisations.force().name}: {say(TITLE)}",
        words=say(LEAD),
        author=organisations.force().name,
        language=tag_of(language_now()),
        itself=f"{_site()}{reverse(name)}",
        page=f"{_site()}{reverse('public:alerts:newest')}",
        updated=max((entry.updated for entry in entries), default=_never()),
        entries=entries,
    )


def _entry(one: Published) -> atom.Entry:
    alert = one.alert
    paragraphs = told_plainly(one)
    mark_of = OVER if alert.is_over else CORRECTED if alert.corrected_at else ""
    return atom.Entry(
        key=one.page,
        title=f"{say(mark_of)}: {alert.headline}" if mark_of else alert.headline,
        author=alert.signs_as,
        published=one.sayings[0].at,
        updated=one.changed_at,
        links=(
            atom.Link(f"{_site()}{reverse('public:alerts:show', kwargs={'ref': alert.ref})}", HTML),
            atom.Link(_cap_address(one), cap.CONTENT_TYPE),
        ),
        subject=alert.topic,
        tags=(State(alert.state).value,),
        text="\n\n".join(paragraphs),
        html=format_html_join("\n", "<p>{}</p>", ((part,) for part in paragraphs)),
        # What nobody said in the language of the feed stays in the officer's English.
        language=tag_of(alert.language) if alert.is_foreign else "",
    )


def _meeting(one: Published) -> atom.Meeting:
    alert = one.alert
    assert one.starts_at is not None  # noqa: S101 - only what begins at a moment is asked for
    return atom.Meeting(
        key=f"{alert.ref}@{urlsplit(settings.SITE_ADDRESS).hostname}",
        title=alert.headline,
        words="\n\n".join(told_plainly(one)),
        where=alert.where,
        begins=one.starts_at,
        ends=one.starts_at + MEETING_LASTS,
        page=one.page,
        changed=one.changed_at,
        number=one.newest.number - 1,
        is_off=one.is_off,
    )


def _cap_address(one: Published) -> str:
    return f"{_site()}{reverse('public:alerts:cap', kwargs={'ref': one.alert.ref, 'number': one.newest.number})}"


def _site() -> str:
    return settings.SITE_ADDRESS.rstrip("/")


def _never() -> dt.datetime:
    """Return when an empty feed changed last: always the same, so that nobody fetches it twice."""
    return timezone.make_aware(dt.datetime(2026, 1, 1))  # noqa: DTZ001 - made aware here


def _answered(request: HttpRequest, response: HttpResponse, changed: dt.datetime) -> HttpResponse:
    """Return what was asked for, or that it is the same as when it was asked for last."""
    etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:20])
    modified = int(changed.timestamp())
    response["ETag"], response["Last-Modified"] = etag, http_date(modified)
    response["Cache-Control"] = f"public, max-age={SECONDS}"
    # Others may show it on their pages: it is for everybody, and no cookie opens more of it.
    response["Access-Control-Allow-Origin"] = "*"
    return get_conditional_response(request, etag=etag, last_modified=modified, response=response) or response
