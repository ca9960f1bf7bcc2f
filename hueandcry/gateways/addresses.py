"""Where a far side is: the addresses that name servers know for its name, and which of them lets us in."""

import contextlib
import socket
import threading
import time
from collections.abc import Sequence
from typing import Final

# How long the answers of the name servers are believed.
NAMES_FOR: Final = 60.0

Where = tuple[socket.AddressFamily, tuple[object, ...]]


class Addresses:
    """The addresses of one far side, in turn: several machines under one name share its work.

    One that lets nobody in is passed over as long as there is another. Many names have an address where nobody
    listens: `localhost` is `::1` too, and a relay of the machine's own often listens at `127.0.0.1` alone.
    """

    def __init__(self) -> None:
        self._known: Sequence[Where] = ()
        self._until = 0.0
        self._turn = 0

    @property
    def are_known(self) -> bool:
        """Say whether the name servers need not be asked."""
        return bool(self._known) and time.monotonic() < self._until

    def learn(self, found: Sequence[Where]) -> None:
        """Take what the name servers said."""
        self._known, self._until = tuple(found), time.monotonic() + NAMES_FOR

    def next(self) -> Where:
        """Return one of those that are known, another each time."""
        known = self._known
        self._turn += 1
        return known[self._turn % len(known)]

    def pass_over(self, where: Where) -> bool:
        """Pass over one that did not let us in; say whether there is another. After the last all are asked for anew."""
        others = tuple(one for one in self._known if one != where)
        if others:
            self._known = others
        else:
            self._until = 0.0
        return bool(others)


def look_up(host: str, port: int, patience: float) -> list[Where]:
    """Ask the name servers, who have no time limit of their own, in a thread that may be left behind.

    Nothing where they know no such name, or are silent for so many seconds.
    """
    found: list[Where] = []

    def ask(flags: int = 0) -> None:
        with contextlib.suppress(OSError, UnicodeError):
            asked = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
            found.extend((family, where) for family, _, _, _, where in asked)

    ask(socket.AI_NUMERICHOST)
    if not found:
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(patience)
    return list(found)
