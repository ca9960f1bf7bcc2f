"""What a record is made of. Pure."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import NamedTuple

EVENT = re.compile(r"[a-z_]+\.[a-z_]+\Z")
SUBJECT = re.compile(r"[a-z_]+:[A-Za-z0-9_.-]+\Z")
SYSTEM = "system:program"


class RecordError(ValueError):
    """A record was written wrongly: a fault in our code, never the user's."""


class Lifetime(NamedTuple):
    """How long a table's rows are kept: since which column, why, and how they end."""

    days: int | None
    since: str
    why: str
    ends: str = "erased"


@dataclass(frozen=True)
class Line:
    """One line of the audit trail as screens show it."""

    id: int
    at: dt.datetime
    event: str
    actor: str
    subject: str
    facts: dict[str, object]


def check_words(*, event: str, subject: str, actor: str) -> None:
    """Refuse an event that is not `thing.done` and references that are not `kind:ref`.

    Raises:
        RecordError: with the word that is wrong.
    """
    if not EVENT.match(event):
        raise RecordError(f"An event is written thing.past_participle, not {event!r}.")
    for reference in (subject, actor):
        if not SUBJECT.match(reference):
            raise RecordError(f"A reference is written kind:ref, not {reference!r}.")
