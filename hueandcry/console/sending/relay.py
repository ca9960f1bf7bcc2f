"""A line to somewhere far away: `python -m hueandcry.console.sending.relay` hands bytes on so many milliseconds later.

For machines whose kernel has no netem. Bytes of one direction stay in order; nothing is slowed down but by distance.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from hueandcry.console.sending.processes import Watched, clean_environment, until

HOST = "127.0.0.1"


def process(port: int, *, far_ms: float, folder: Path) -> Watched:
    """Return the process that stands before a port, so far away there and back."""
    command = [sys.executable, "-m", "hueandcry.console.sending.relay", "--to", str(port), "--ms", str(far_ms / 2)]
    return Watched("the line", command, clean_environment(), folder / "line.log", stdout=folder / f"line-{port}")


def start(line: Watched) -> int:
    """Start it; return the port at which it listens."""
    said = line.stdout
    if said is None:
        raise AssertionError("A line says its port.")
    line.start()
    until(lambda: said.exists() and said.read_text().endswith("\n"), "the line listens", every=0.02)
    return int(json.loads(said.read_text()))


def main() -> int:
    """Hand bytes on until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--ms", type=float, required=True, help="one way")
    args = parser.parse_args()
    asyncio.run(_serve(args.to, args.ms / 1000))
    return 0


async def _serve(to: int, later: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _End(to, later), HOST, 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class _End(asyncio.Protocol):
    """One end of a line; what it hears is said at the other end later."""

    def __init__(self, to: int, later: float, other: "_End | None" = None) -> None:
        self.to, self.later, self.other = to, later, other
        self.waiting: list[bytes] = []
        self.transport: asyncio.Transport | None = None
        self.reaching: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Reach the other end when somebody rang here."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport
        if self.other is None:
            self.reaching = asyncio.get_running_loop().create_task(self._reach())
        for each in self.waiting:
            self._say(each)
        self.waiting.clear()

    async def _reach(self) -> None:
        await asyncio.sleep(self.later)
        other = _End(self.to, self.later, self)
        self.other = other
        await asyncio.get_running_loop().create_connection(lambda: other, HOST, self.to)
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            self.data_received(each)

    def data_received(self, data: bytes) -> None:
        """Hand it on, later."""
        if self.other is None:
            self.waiting.append(data)
        else:
            asyncio.get_running_loop().call_later(self.later, self.other._say, data)  # noqa: SLF001 - the other of two

    def connection_lost(self, exc: Exception | None) -> None:
        """End the other end too, later."""
        del exc
        if self.other is not None:
            asyncio.get_running_loop().call_later(self.later, self.other._end)  # noqa: SLF001

    def _say(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def _end(self) -> None:
        if self.transport is not None:
            self.transport.close()


if __name__ == "__main__":
    sys.exit(main())
