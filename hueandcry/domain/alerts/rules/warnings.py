"""Warnings that partners hand in (CAP): which are kept, and what a draft takes of one. Pure."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from hueandcry.domain.alerts.rules.kinds import AlertError, Urgency, Words
from hueandcry.domain.alerts.rules.wording import ASK_MOST, HEADLINE_MOST, WHAT_MOST, WHERE_MOST
from hueandcry.kit import cap
from hueandcry.kit.kinds import Kind

# Its subject when an officer begins a draft with one: slug and name.
TOPIC = ("partner-warnings", "Partners' warnings")
URGENCIES = {"Immediate": Urgency.NOW, "Expected": Urgency.TODAY}
SAYS_SOMETHING = ("Alert", "Update")
KEPT_KINDS = (*SAYS_SOMETHING, "Cancel")
MOST_REFERENCES = 100
MORE = "…"


class WarningState(Kind):
    """What became of a partner's warning."""

    NEW = "new", "New"
    DRAFTED = "drafted", "A draft was begun"
    ASIDE = "aside", "Put aside"
    REPLACED = "replaced", "A newer one came"
    CANCELLED = "cancelled", "Called off by its sender"


@dataclass(frozen=True)
class WarningLine:
    """One partner's warning as the desk lists it.

    Attributes:
        alert_ref: of the draft that was begun with it.
        is_called_off: its sender called it off after a draft was begun; `is_changed`: they changed it.
    """

    ref: str
    state: WarningState
    sender_name: str
    headline: str
    what: str
    where: str
    ask: str
    note: str
    sent_at: dt.datetime
    expires_at: dt.datetime | None
    alert_ref: str
    is_called_off: bool
    is_changed: bool


def check_kept(message: cap.Message) -> None:
    """Refuse a message that an officer need not read.

    Raises:
        AlertError: it is practice, an acknowledgement, or says nothing.
    """
    if message.status != "Actual":
        raise AlertError(f"It was read without a fault, and not kept: it is marked {message.status}, not Actual.")
    if message.kind not in KEPT_KINDS:
        raise AlertError(f"It was read without a fault, and not kept: {message.kind} is an answer, not a warning.")
    if message.kind in SAYS_SOMETHING and not message.infos:
        raise AlertError("It has no <info>, so it warns of nothing.")
    if len(message.references) > MOST_REFERENCES:
        raise AlertError(f"It refers to more than {MOST_REFERENCES} warnings: name those that it changes.")
    if message.kind != "Alert" and not message.references:
        raise AlertError(f"It is marked {message.kind}, and does not say which warning it changes: add references.")


def info_for_us(message: cap.Message) -> cap.Info | None:
    """Return what is said in English, else in the language that comes first."""
    english = (info for info in message.infos if info.language.casefold().startswith("en"))
    return next(english, message.infos[0] if message.infos else None)


def words_of(info: cap.Info) -> Words:
    """Return the words that a draft begins with, cut to what an alert may hold: an officer writes on."""
    where = "; ".join(area.words for area in info.areas)
    return Words(
        headline=_cut(_line(info.headline or info.event), HEADLINE_MOST),
        what=_cut(info.description.strip() or _line(info.event), WHAT_MOST),
        where=_cut(_line(where), WHERE_MOST),
        ask=_cut(_line(info.instruction), ASK_MOST),
    )


def ground_of(info: cap.Info) -> dict[str, list[object]]:
    """Return where it holds, as an audience asks for it: polygons as GeoJSON, circles as lon, lat and metres."""
    polygons: list[object] = [
        json.dumps({"type": "Polygon", "coordinates": [[[lon, lat] for lat, lon in corners]]})
        for area in info.areas
        for corners in area.polygons
    ]
    circles: list[object] = [
        [circle.lon, circle.lat, circle.km * 1000] for area in info.areas for circle in area.circles if circle.km > 0
    ]
    return {"polygons": polygons, "circles": circles}


def names_of(references: Sequence[cap.Reference]) -> list[list[str]]:
    """Return references as they are kept: sender, identifier and moment in UTC."""
    return [[one.sender, one.identifier, moment(one.sent)] for one in references]


def moment(at: dt.datetime) -> str:
    """Return a moment as references keep it, the same whatever its offset was."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds")


def _line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    kept = text[: most - len(MORE)]
    return (kept.rpartition(" ")[0] or kept).rstrip() + MORE
