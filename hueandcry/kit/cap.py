"""Warnings in the Common Alerting Protocol, written as 1.2 and read as 1.0, 1.1 or 1.2 (OASIS; domain.md A25). Pure."""

import datetime as dt
import re
from dataclasses import dataclass

from lxml import etree

from hueandcry.kit import xml

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
OLDER = ("urn:oasis:names:tc:emergency:cap:1.1", "http://www.incident.com/cap/1.0")
CONTENT_TYPE = "application/cap+xml"
HEADLINE_MOST = 160
FIRST_YEAR, LAST_YEAR = 1900, 9998

STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
KINDS = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
# What CAP 1.0 called it; 1.1 took it away.
_OLD_CERTAINTIES = {"Very Likely": "Likely"}

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d\d:\d\d|Z)\Z")
_WITHOUT = re.compile(r"[\s,<&]")
_LEAST_CORNERS = 4


class CapError(ValueError):
    """A warning that cannot be used, in words for whoever sent it."""


@dataclass(frozen=True)
class Reference:
    """Another message, as it was sent."""

    sender: str
    identifier: str
    sent: dt.datetime


@dataclass(frozen=True)
class Round:
    """Everything within so many kilometres of a point."""

    lat: float
    lon: float
    km: float


@dataclass(frozen=True)
class Area:
    """Where it holds: in words, and on the ground; a polygon is closed, each corner (lat, lon)."""

    words: str
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[Round, ...] = ()


@dataclass(frozen=True)
class Info:
    """What is said, in one language."""

    event: str
    urgency: str
    severity: str
    certainty: str
    categories: tuple[str, ...]
    language: str = "en-GB"
    responses: tuple[str, ...] = ()
    effective: dt.datetime | None = None
    onset: dt.datetime | None = None
    expires: dt.datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True)
class Message:
    """One document."""

    identifier: str
    sender: str
    sent: dt.datetime
    status: str
    kind: str
    scope: str
    note: str = ""
    references: tuple[Reference, ...] = ()
    infos: tuple[Info, ...] = ()


# ---------------------------------------------------------------- writing


def moment(at: dt.datetime) -> str:
    """Return a moment as CAP wants it: whole seconds with the offset, never Z; that of UTC is -00:00."""
    said = at.isoformat(timespec="seconds")
    return f"{said[:-6]}-00:00" if said.endswith("+00:00") else said


def write(message: Message) -> bytes:
    """Return a message as a document of CAP 1.2."""
    root = xml.begun(NAMESPACE, "alert")
    for name, text in (
        ("identifier", message.identifier),
        ("sender", message.sender),
        ("sent", moment(message.sent)),
        ("status", message.status),
        ("msgType", message.kind),
        ("scope", message.scope),
        ("note", message.note),
        ("references", " ".join(f"{one.sender},{one.identifier},{moment(one.sent)}" for one in message.references)),
    ):
        _say(root, name, text)
    for info in message.infos:
        _write_info(xml.add(root, "info"), info)
    return xml.written(root)


def _write_info(under: etree._Element, info: Info) -> None:
    said = [
        ("language", info.language),
        *(("category", category) for category in info.categories),
        ("event", info.event),
        *(("responseType", response) for response in info.responses),
        ("urgency", info.urgency),
        ("severity", info.severity),
        ("certainty", info.certainty),
        *((name, moment(at)) for name in ("effective", "onset", "expires") if (at := getattr(info, name))),
        ("senderName", info.sender_name),
        ("headline", info.headline[:HEADLINE_MOST]),
        ("description", info.description),
        ("instruction", info.instruction),
        ("web", info.web),
        ("contact", info.contact),
    ]
    for name, text in said:
        _say(under, name, text)
    for area in info.areas:
        drawn = xml.add(under, "area")
        xml.add(drawn, "areaDesc", area.words)
        for corners in area.polygons:
            xml.add(drawn, "polygon", " ".join(f"{lat:g},{lon:g}" for lat, lon in corners))
        for circle in area.circles:
            xml.add(drawn, "circle", f"{circle.lat:g},{circle.lon:g} {circle.km:g}")


def _say(under: etree._Element, name: str, text: str) -> None:
    if text:
        xml.add(under, name, text)


# ---------------------------------------------------------------- reading


def read(body: bytes) -> Message:
    """Return the warning that somebody sent.

    Raises:
        CapError: it is none, or lacks what a warning must say; the sentence says which.
    """
    try:
        root = xml.read(body)
    except xml.XmlError as refusal:
        raise CapError(str(refusal)) from None
    name = etree.QName(root)
    if name.localname == "feed" or name.localname in {"rss", "EDXLDistribution"}:
        raise CapError("This is a list of warnings or an envelope: send each warning that it names by itself.")
    if name.localname != "alert" or name.namespace not in (NAMESPACE, *OLDER):
        raise CapError("This is no CAP warning: its first element is not <alert> of CAP 1.0, 1.1 or 1.2.")
    return Message(
        identifier=_reference_part(root, "identifier"),
        sender=_reference_part(root, "sender"),
        sent=_moment(_needed(root, "sent"), "sent"),
        status=_one_of(root, "status", STATUSES),
        kind=_one_of(root, "msgType", KINDS),
        scope=_one_of(root, "scope", SCOPES),
        note=_said(root, "note"),
        references=tuple(_references(_said(root, "references"))),
        infos=tuple(_info(found) for found in _all(root, "info")),
    )


def _info(found: etree._Element) -> Info:
    return Info(
        event=_needed(found, "event"),
        urgency=_one_of(found, "urgency", URGENCIES),
        severity=_one_of(found, "severity", SEVERITIES),
        certainty=_one_of(found, "certainty", CERTAINTIES, _OLD_CERTAINTIES),
        categories=tuple(_text(one) for one in _all(found, "category")),
        language=_said(found, "language") or "en-US",
        responses=tuple(_text(one) for one in _all(found, "responseType")),
        effective=_perhaps(found, "effective"),
        onset=_perhaps(found, "onset"),
        expires=_perhaps(found, "expires"),
        sender_name=_said(found, "senderName"),
        headline=_said(found, "headline"),
        description=_said(found, "description"),
        instruction=_said(found, "instruction"),
        web=_said(found, "web"),
        contact=_said(found, "contact"),
        areas=tuple(_area(one) for one in _all(found, "area")),
    )


def _area(found: etree._Element) -> Area:
    return Area(
        words=_needed(found, "areaDesc"),
        polygons=tuple(_polygon(_text(one)) for one in _all(found, "polygon")),
        circles=tuple(_circle(_text(one)) for one in _all(found, "circle")),
    )


def _polygon(text: str) -> tuple[tuple[float, float], ...]:
    corners = tuple(_corner(pair) for pair in text.split())
    if len(corners) < _LEAST_CORNERS or corners[0] != corners[-1]:
        raise CapError("An area's polygon has fewer than four corners or does not end where it begins.")
    return corners


def _circle(text: str) -> Round:
    middle, _, km = text.partition(" ")
    lat, lon = _corner(middle)
    return Round(lat, lon, _number(km))


def _corner(pair: str) -> tuple[float, float]:
    lat, _, lon = pair.partition(",")
    corner = _number(lat), _number(lon)
    if not (-90 <= corner[0] <= 90 and -180 <= corner[1] <= 180):  # noqa: PLR2004 - the globe
        raise CapError("An area has a corner that is nowhere on earth: latitude comes first, then longitude.")
    return corner


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e6:  # noqa: PLR2004 - a number at all, and no kilometres beyond any
        raise CapError("An area has a corner or a distance that is no number.")
    return number


def _references(text: str) -> list[Reference]:
    found = []
    for one in text.split():
        parts = one.split(",")
        if len(parts) != 3:  # noqa: PLR2004 - sender, identifier, sent
            raise CapError("Its references are not sender,identifier,sent with spaces between them.")
        found.append(Reference(parts[0], parts[1], _moment(parts[2], "references")))
    return found


def _all(found: etree._Element, name: str) -> list[etree._Element]:
    return found.findall(f"{{{etree.QName(found).namespace}}}{name}")


def _text(found: etree._Element) -> str:
    return "".join(str(piece) for piece in found.itertext()).strip()


def _said(found: etree._Element, name: str) -> str:
    every = _all(found, name)
    return _text(every[0]) if every else ""


def _needed(found: etree._Element, name: str) -> str:
    text = _said(found, name)
    if not text:
        raise CapError(f"It has no {name}, which every CAP warning has.")
    return text


def _reference_part(found: etree._Element, name: str) -> str:
    text = _needed(found, name)
    if _WITHOUT.search(text) or len(text) > 200:  # noqa: PLR2004 - longer than any name of a message
        raise CapError(f"Its {name} has a space, a comma, < or &, or more than 200 characters: none can refer to it.")
    return text


def _one_of(found: etree._Element, name: str, allowed: tuple[str, ...], older: dict[str, str] | None = None) -> str:
    text = _needed(found, name)
    text = (older or {}).get(text, text)
    if text not in allowed:
        raise CapError(f"Its {name} is none of {', '.join(allowed)}.")
    return text


def _perhaps(found: etree._Element, name: str) -> dt.datetime | None:
    text = _said(found, name)
    return _moment(text, name) if text else None


def _moment(text: str, name: str) -> dt.datetime:
    refusal = CapError(f"Its {name} is no moment such as 2026-11-22T14:00:00-00:00.")
    if not _MOMENT.match(text):
        raise refusal
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise refusal from None
    # The very first and last years cannot be said in every time zone.
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise refusal
    return found
