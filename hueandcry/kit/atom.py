"""Feeds: Atom (RFC 4287), JSON Feed 1.1 and calendars (RFC 5545), written of the same entries. Pure."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from icalendar import Calendar, Event
from lxml import etree

from hueandcry.kit import xml

NAMESPACE = "http://www.w3.org/2005/Atom"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
JSON_FEED = "https://jsonfeed.org/version/1.1"


@dataclass(frozen=True)
class Link:
    """Where an entry stands in another shape."""

    address: str
    kind: str
    relation: str = "alternate"


@dataclass(frozen=True)
class Entry:
    """One thing that a feed tells.

    Attributes:
        key: an address that names it for ever.
        html: the whole of it; `text` the same without marks.
    """

    key: str
    title: str
    author: str
    published: dt.datetime
    updated: dt.datetime
    links: tuple[Link, ...]
    subject: str = ""
    tags: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    language: str = ""


@dataclass(frozen=True)
class Feed:
    """A list of entries: where it stands itself, and which page shows the same.

    Attributes:
        others: the same feed in other languages, as (tag, address).
    """

    key: str
    title: str
    words: str
    author: str
    language: str
    itself: str
    page: str
    updated: dt.datetime
    entries: tuple[Entry, ...]
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Meeting:
    """Something to come to; `number` grows with each change, so that a calendar takes the newer."""

    key: str
    title: str
    words: str
    where: str
    begins: dt.datetime
    ends: dt.datetime
    page: str
    changed: dt.datetime
    number: int
    is_off: bool


def write_atom(feed: Feed) -> bytes:
    """Return a feed as Atom."""
    root = xml.begun(NAMESPACE, "feed")
    root.set(XML_LANG, feed.language)
    xml.add(root, "id", feed.key)
    xml.add(root, "title", feed.title)
    xml.add(root, "subtitle", feed.words)
    xml.add(root, "updated", _moment(feed.updated))
    xml.add(xml.add(root, "author"), "name", feed.author)
    xml.add(root, "link", rel="self", type="application/atom+xml", href=feed.itself)
    xml.add(root, "link", rel="alternate", type="text/html", href=feed.page)
    for tag, address in feed.others:
        xml.add(root, "link", rel="alternate", type="application/atom+xml", hreflang=tag, href=address)
    for entry in feed.entries:
        _write_entry(xml.add(root, "entry"), entry)
    return xml.written(root)


def _write_entry(under: etree._Element, entry: Entry) -> None:
    if entry.language:
        under.set(XML_LANG, entry.language)
    xml.add(under, "id", entry.key)
    xml.add(under, "title", entry.title)
    xml.add(under, "published", _moment(entry.published))
    xml.add(under, "updated", _moment(entry.updated))
    xml.add(xml.add(under, "author"), "name", entry.author)
    for link in entry.links:
        xml.add(under, "link", rel=link.relation, type=link.kind, href=link.address)
    for tag in filter(None, (entry.subject, *entry.tags)):
        xml.add(under, "category", term=tag)
    if entry.html:
        xml.add(under, "content", entry.html, type="html")
    elif entry.text:
        xml.add(under, "summary", entry.text)


def as_json(feed: Feed) -> dict[str, Any]:
    """Return a feed as JSON Feed 1.1."""
    return {
        "version": JSON_FEED,
        "title": feed.title,
        "description": feed.words,
        "home_page_url": feed.page,
        "feed_url": feed.itself,
        "language": feed.language,
        "authors": [{"name": feed.author}],
        "items": [
            {
                "id": entry.key,
                "url": entry.links[0].address,
                "title": entry.title,
                "content_text": entry.text,
                "date_published": _moment(entry.published),
                "date_modified": _moment(entry.updated),
                "authors": [{"name": entry.author}],
                "tags": [tag for tag in (entry.subject, *entry.tags) if tag],
                **({"language": entry.language} if entry.language else {}),
            }
            for entry in feed.entries
        ],
    }


def write_calendar(meetings: list[Meeting], *, name: str, maker: str) -> bytes:
    """Return meetings as a calendar that others can be told to look at again every few hours."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{maker}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", dt.timedelta(hours=3), parameters={"VALUE": "DURATION"})
    for meeting in meetings:
        event = Event()
        event.add("uid", meeting.key)
        event.add("summary", _line(meeting.title))
        event.add("description", xml.holdable(meeting.words))
        event.add("location", _line(meeting.where))
        event.add("dtstart", meeting.begins.astimezone(dt.UTC))
        event.add("dtend", meeting.ends.astimezone(dt.UTC))
        event.add("dtstamp", meeting.changed.astimezone(dt.UTC))
        event.add("last-modified", meeting.changed.astimezone(dt.UTC))
        event.add("sequence", meeting.number)
        event.add("status", "CANCELLED" if meeting.is_off else "CONFIRMED")
        event.add("url", meeting.page)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _line(text: str) -> str:
    return " ".join(xml.holdable(text).split())


def _moment(at: dt.datetime) -> str:
    return at.isoformat(timespec="seconds")
