"""A sandbox that stands still with its whole process while a window is handed over and nothing of it is written."""

import itertools
import os
import signal
import time
from collections.abc import Iterator, Sequence

from hueandcry.gateways.contract import Handover, Outgoing
from hueandcry.gateways.email.sandbox import SandboxMail

# Which window of this process it stands still with.
THIS_ONE = 5
_WINDOWS = itertools.count(1)


class StillMail(SandboxMail):
    """The mail sandbox; its process stops, by SIGSTOP, with the last of so many windows taken and not answered."""

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Take messages, answer; or stand still until somebody kills the process."""
        handovers = list(super().send(messages))
        if next(_WINDOWS) == THIS_ONE:
            stand_still()
        yield from handovers


def stand_still() -> None:
    """Stop this process, and go no step further in this thread: another may be the one that the signal comes to."""
    os.kill(os.getpid(), signal.SIGSTOP)
    while True:
        time.sleep(1)
