"""Handing a message over: once in each process, and as often as somebody asks for it meanwhile (ADR 13, 19)."""

import datetime as dt
import threading

from hueandcry.domain.messaging.actions.collecting import collect
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.actions.running import Run
from hueandcry.kit import clock, jobs

# How long after a dispatch the providers are asked again for receipts.
SOON = dt.timedelta(seconds=5)


class _Here:
    """Which messages this process has in hand: more threads of one would only take turns."""

    def __init__(self) -> None:
        self._again: dict[str, bool] = {}
        self._lock = threading.Lock()

    def begin(self, message_ref: str) -> bool:
        """Take a message in hand; nothing when it is, but whoever has it then looks once more."""
        with self._lock:
            is_here = message_ref in self._again
            self._again[message_ref] = is_here
            return not is_here

    def end(self, message_ref: str) -> bool:
        """Put a message down; say whether somebody asked for it meanwhile."""
        with self._lock:
            return self._again.pop(message_ref, False)


_HERE = _Here()


def dispatch(*, message_ref: str) -> int:
    """Hand over what is due of one message, window by window; return how many rows were dealt with.

    Many workers may do so side by side. Rows that must wait ask for the job again at their time; a run that takes long
    steps back behind other messages, and lets what is more urgent pass.

    Raises:
        NotHereError: there is no such message.
    """
    dealt_with, again = 0, True
    while again and _HERE.begin(message_ref):
        try:
            run = Run(Letter.open(message_ref))
            run.go()
            dealt_with += run.dealt_with
        finally:
            again = _HERE.end(message_ref)
    if dealt_with:
        collect()
        jobs.defer("messaging.collect_soon", at=clock.now() + SOON, once="collect soon")
    return dealt_with
