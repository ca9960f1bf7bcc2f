"""What an alert said when, and what is to correct it: for its page."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from hueandcry.domain.alerts.models import Alert, Correction, Revision
from hueandcry.domain.alerts.rules import Urgency
from hueandcry.domain.alerts.rules.kinds import CorrectionState
from hueandcry.domain.members.rules import Language, Tier
from hueandcry.kit.kinds import Kind

# What a version tells apart, and how the page calls it.
FIELDS: dict[str, str] = {
    "headline": "Headline",
    "what": "What happened",
    "where": "Where",
    "ask": "What we ask",
    "topic": "Subject",
    "level": "Who may read it",
    "urgency": "How urgent",
    "occurred_at": "When it happened",
    "expires_at": "When it ends",
    "starts_at": "When it begins",
    "invites_answers": "Asks for answers",
    "also": "In other languages",
}


@dataclass(frozen=True)
class Change:
    """One thing that a version says otherwise than the one before it."""

    name: str
    before: object
    after: object


@dataclass(frozen=True)
class Version:
    """One version of an alert's words: when, by whom, what it changed; nothing for the first."""

    number: int
    at: dt.datetime
    by: str
    changes: tuple[Change, ...]


def versions(*, alert: Alert, most: int = 20) -> list[Version]:
    """Return the versions of an alert's words, newest first, each with what it changed."""
    rows = list(Revision.objects.filter(alert=alert).order_by("id"))
    found = [
        Version(number, row.at, row.by, _changes(rows[number - 2].words, row.words) if number > 1 else ())
        for number, row in enumerate(rows, start=1)
    ]
    return found[::-1][:most]


def waiting_correction(*, alert: Alert) -> Correction | None:
    """Return the correction that waits for somebody to agree, with who wrote it."""
    rows = Correction.objects.filter(alert=alert, state=CorrectionState.WAITING).select_related("author")
    return rows.first()


def changed_by(*, correction: Correction) -> tuple[Change, ...]:
    """Return what a correction that waits would change."""
    alert = correction.alert
    before = {name: getattr(alert, name) for name in ("headline", "what", "where", "ask", "occurred_at", "expires_at")}
    after = {**correction.words, "occurred_at": correction.occurred_at, "expires_at": correction.expires_at}
    return tuple(Change(FIELDS[name], before[name], after[name]) for name in before if before[name] != after[name])


def _changes(before: dict[str, object], after: dict[str, object]) -> tuple[Change, ...]:
    return tuple(
        Change(words, _said(name, before.get(name)), _said(name, after.get(name)))
        for name, words in FIELDS.items()
        if (before.get(name) or None) != (after.get(name) or None)
    )


_LABELLED: dict[str, Callable[[str], Kind]] = {"level": Tier, "urgency": Urgency}


def _said(name: str, value: object) -> object:
    """Return a kept value as people read it."""
    if value is None or value in ("", {}):
        return "nothing"
    if name == "also" and isinstance(value, dict):
        told = {Language(one).label: "; ".join(kept["says"] for kept in words.values()) for one, words in value.items()}
        return " ".join(f"{language}: {words}." for language, words in told.items())
    if name in _LABELLED:
        return _LABELLED[name](str(value)).label
    if name.endswith("_at"):
        return dt.datetime.fromisoformat(str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
