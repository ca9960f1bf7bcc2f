"""A line that can be cut: `python -m hueandcry.console.sending.cutter` hands bytes on until SIGUSR1, then not a byte.

On SIGUSR2 all that is open is closed, and who comes then is let through again. While it is cut nobody is told anything:
what is said into it is taken and goes nowhere, as when a cable is pulled far away.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

from hueandcry.console.sending.processes import Watched, clean_environment, free_port, listens, until

HOST = "127.0.0.1"
BLOCK = 1 << 16


class Cutter:
    """The line as a process: to a port of this machine, or to a socket in a folder."""

    def __init__(self, to: int | Path, folder: Path, *, host: str = HOST) -> None:
        self.port = free_port()
        self._is_cut = folder / f"cut-{self.port}"
        command = [sys.executable, "-m", "hueandcry.console.sending.cutter", str(self.port), str(to), "--host", host]
        command += ["--says", str(self._is_cut)]
        self.process, self._host = Watched("line", command, clean_environment(), folder / f"line-{self.port}.log"), host

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.process.start()
        until(lambda: listens(self.port, self._host), "the line listens", every=0.05)

    def cut(self) -> None:
        """Hand nothing on from now on, and tell nobody."""
        os.kill(self.process.pid, signal.SIGUSR1)
        until(self._is_cut.exists, "the line is cut", every=0.005)

    def mend(self) -> None:
        """Close what is open, and hand on again."""
        os.kill(self.process.pid, signal.SIGUSR2)
        until(lambda: not self._is_cut.exists(), "the line is mended", every=0.005)

    def stop(self) -> None:
        """End it."""
        self.process.kill()


def main() -> int:
    """Hand bytes on until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("to")
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--says", type=Path, required=True, help="the file that is there while the line is cut")
    args = parser.parse_args()
    asyncio.run(_Line(args.to, args.says).serve(args.host, args.port))
    return 0


class _Line:
    def __init__(self, to: str, says: Path) -> None:
        self._to, self._says = to, says
        self._whole = asyncio.Event()
        self._whole.set()
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, host: str, port: int) -> None:
        """Hand on until the process ends."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._cut)
        loop.add_signal_handler(signal.SIGUSR2, self._mend)
        server = await asyncio.start_server(self._talk, host, port, backlog=1000)
        async with server:
            await server.serve_forever()

    def _cut(self) -> None:
        self._whole.clear()
        self._says.touch()

    def _mend(self) -> None:
        for each in self._open:
            each.transport.abort()
        self._open.clear()
        self._whole.set()
        self._says.unlink(missing_ok=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        await self._whole.wait()
        try:
            if self._to.isdigit():
                there = await asyncio.open_connection(HOST, int(self._to))
            else:
                there = await asyncio.open_unix_connection(self._to)
        except OSError:
            writer.transport.abort()
            self._open.discard(writer)
            return
        self._open.add(there[1])
        await asyncio.gather(self._hand_on(reader, there[1]), self._hand_on(there[0], writer))
        self._open -= {writer, there[1]}

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while said := await reader.read(BLOCK):
                if self._whole.is_set():
                    writer.write(said)
        with contextlib.suppress(OSError, RuntimeError):
            writer.close()


if __name__ == "__main__":
    sys.exit(main())
