"""Reading the audit trail."""

from collections.abc import Sequence

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
