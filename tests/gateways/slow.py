"""A sandbox that takes messages and answers late: whoever dies meanwhile has handed over and written nothing."""

import time
from collections.abc import Iterator, Sequence

from hueandcry.gateways.contract import Handover, Outgoing
from hueandcry.gateways.email.sandbox import SandboxMail


class SlowMail(SandboxMail):
    """The mail sandbox, a tenth of a second late with its answers."""

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Take messages, wait, answer."""
        handovers = list(super().send(messages))
        time.sleep(0.1)
        yield from handovers
