"""Reading the audit trail."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Max

from hueandcry.domain.records.models import Record
from hueandcry.domain.records.rules import Line
from hueandcry.kit.finding import NotHereError


def facts_of(*, record: int) -> dict[str, object]:
    """Return the facts of one record, for a job that it woke.

    Raises:
        NotHereError: there is no such record.
    """
    try:
        return Record.objects.values_list("facts", flat=True).get(pk=record)
    except Record.DoesNotExist:
        raise NotHereError(f"record:{record}") from None


def get_line(*, record: int) -> Line:
    """Return one record, for a job that it woke.

    Raises:
        NotHereError: there is no such record.
    """
    for line in _lines(id=str(record)):
        return line
    raise NotHereError(f"record:{record}")


def last_of(*, subjects: Iterable[str], events: Iterable[str]) -> dict[str, dt.datetime]:
    """Return when the last of these events was, for each of these things; nothing for those without one."""
    rows = Record.objects.filter(subject__in=list(subjects), event__in=list(events))
    return dict(rows.values_list("subject").annotate(Max("at")).order_by())


def history(*, subject: str, most: int = 200) -> Sequence[Line]:
    """Return what was done to one thing, newest first."""
    return _lines(subject=subject)[:most]


def latest(*, actor: str = "", subject: str = "", event: str = "", most: int = 100, before: int = 0) -> Sequence[Line]:
    """Return the newest records, narrowed by who, what or which event."""
    wanted = {name: value for name, value in (("actor", actor), ("subject", subject), ("event", event)) if value}
    if before:
        wanted["id__lt"] = str(before)
    return _lines(**wanted)[:most]


def _lines(**wanted: str) -> list[Line]:
    rows = Record.objects.filter(**wanted).order_by("-id").values_list("id", "at", "event", "actor", "subject", "facts")
    return [Line(*row) for row in rows[:1000]]
