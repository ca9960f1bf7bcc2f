"""Providers for processes of a test: each line of a file is a message that one of them took, in the order it came."""

import itertools
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from hueandcry.gateways.contract import Again, Fate, Handover, Incoming, Outgoing, Receipt
from tests.gateways.slow import stand_still

# Messages that this process has handed over.
_TAKEN = itertools.count(1)


class OnFile:
    """Takes everything, a message at a time, and writes it down before it says so."""

    name: ClassVar[str]
    channel: ClassVar[str]
    again: ClassVar[Again]

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Write down whose messages they are; stand still with the whole process where the test wants it killed."""
        path = Path(os.environ["OUTSIDE_FILE"])  # noqa: TID251 - of the test, not a setting
        last = int(os.environ.get("OUTSIDE_STANDS_STILL_AT", "0"))  # noqa: TID251 - the same
        for message in messages:
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{message.reference} {'again' if message.before else 'first'}\n")
            if next(_TAKEN) == last:
                stand_still()
            time.sleep(0.0005)
            yield Handover(message.reference, Fate.ACCEPTED, f"p-{len(message.reference)}-{message.reference[::-1]}")

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return nothing."""
        return (), ()

    def check(self) -> str:
        """Return an empty text."""
        return ""


class SameMail(OnFile):
    """A letter that comes twice is known as the same one."""

    name = "same-mail"
    channel = "email"
    again = Again.SAME


class NeverMail(OnFile):
    """What comes twice comes twice."""

    name = "never-mail"
    channel = "email"
    again = Again.NEVER


class Stepped(SameMail):
    """Takes what is called "Held" a window at a time, when its test lets it: what is in a hand waits there."""

    name = "stepped"

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Say that a window is in a hand, wait until it may go, take it."""
        if messages and messages[0].subject.startswith("Held"):
            path = os.environ["OUTSIDE_FILE"]  # noqa: TID251 - of the test, not a setting
            number = _next(path)
            end = time.monotonic() + 180
            while int(Path(f"{path}.gate").read_text(encoding="utf-8")) < number and time.monotonic() < end:
                time.sleep(0.005)
        yield from super().send(messages)


def _next(path: str) -> int:
    """Return which window it is, counted over all hands of all processes."""
    for number in range(1, 10_000):
        try:
            os.close(os.open(f"{path}.{number}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        return number
    raise AssertionError("So many windows no test has.")
