"""Providers that can be killed and come back: each writes down whom a message is for before it says that it has it.

`python -m hueandcry.console.sending.takers smtp --port N --kept FILE`. One line in the file is one message that
somebody gets; the one for HTTP knows our reference and delivers none twice, unless it is told to know nothing.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import struct
import sys
from pathlib import Path

from hueandcry.console.sending.processes import Watched, clean_environment, free_port, listens, until

HOST = "127.0.0.1"
LONGEST = 1 << 20
KNOWS, FORGETS = "http", "http-forgets"
KINDS = ("smtp", KNOWS, FORGETS, "smpp")
_PDU = struct.Struct(">IIII")
_ANSWER, _SUBMIT, _UNBIND = 0x80000000, 0x04, 0x06


class Taker:
    """One provider as a process; it may be killed and started again, and knows what it took."""

    def __init__(self, kind: str, folder: Path, *, everywhere: bool = False) -> None:
        self.kind, self.port, self.kept = kind, free_port(), folder / f"kept-{kind}"
        command = [sys.executable, "-m", "hueandcry.console.sending.takers", kind, "--port", str(self.port)]
        command += ["--kept", str(self.kept), *(["--host", ""] if everywhere else [])]
        self.process = Watched("provider", command, clean_environment(), folder / "provider.log")
        self.kept.touch()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.process.start()
        until(lambda: listens(self.port), "the provider listens", every=0.05)

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()

    def taken(self) -> list[bytes]:
        """Return whom each message was for that somebody got, in the order they came."""
        return self.kept.read_bytes().split()

    def environment(self, host: str = HOST, port: int = 0) -> dict[str, str]:
        """Return the settings by which our workers reach it, straight or by another way."""
        port = port or self.port
        if self.kind == "smtp":
            return {
                "GATEWAY_EMAIL": "hueandcry.gateways.email.smtp.SmtpMail", "MAIL_HOST": host, "MAIL_PORT": str(port),
                "MAIL_TLS": "none", "MAIL_HELO": "bench.example.org", "MAIL_FROM": "alerts@example.org",
            }  # fmt: skip
        if self.kind == "smpp":
            return {
                "GATEWAY_SMS": "hueandcry.gateways.sms.smpp.SmppText", "SMPP_HOST": host, "SMPP_PORT": str(port),
                "SMPP_TLS": "none", "SMPP_USER": "bench", "SMPP_PASSWORD": "bench", "SMPP_SENDER": "Bench",
            }  # fmt: skip
        return {
            "GATEWAY_SMS": "hueandcry.gateways.sms.generic.HttpText", "TEXT_HTTP_URL": f"http://{host}:{port}/texts",
            "TEXT_HTTP_ID": "id", "TEXT_HTTP_KNOWS_REFERENCE": "1" if self.kind == KNOWS else "0",
        }  # fmt: skip


def main() -> int:
    """Take messages until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--kept", type=Path, required=True)
    parser.add_argument("--host", default=HOST)
    args = parser.parse_args()
    says: dict[str, type[_Kept]] = {"smtp": _Mail, "smpp": _Smpp}
    asyncio.run(_serve(says.get(args.kind, _Http)(args.kept, forgets=args.kind == FORGETS), args.host, args.port))
    return 0


async def _serve(one: "_Kept", host: str, port: int) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await one.talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(talk, host or None, port, limit=LONGEST, backlog=1000)
    async with server:
        await server.serve_forever()


class _Kept:
    """What every kind does: keep first, say so then."""

    def __init__(self, kept: Path, *, forgets: bool) -> None:
        self.forgets = forgets
        self.known = set() if forgets else {line.split(b"|")[0] for line in kept.read_bytes().split()}
        self._file = os.open(kept, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def keep(self, reference: str, address: str) -> None:
        """Write down one message, unless it is known by its reference."""
        if reference:
            if not self.forgets and reference.encode() in self.known:
                return
            self.known.add(reference.encode())
        os.write(self._file, f"{reference}|{address}\n".encode())

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk on one connection until it ends."""
        raise NotImplementedError


class _Mail(_Kept):
    """A relay with PIPELINING: lines, and a body until the dot."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 bench\r\n")
        address = ""
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"EHLO":
                writer.write(b"250-bench\r\n250 PIPELINING\r\n")
            elif word == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                self.keep("", address)
                writer.write(b"250 2.0.0 taken\r\n")
            elif word == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                found = re.search(rb"RCPT TO:<([^>]*)>", line, re.IGNORECASE)
                address = found[1].decode() if found else address
                writer.write(b"250 2.1.0 ok\r\n")


class _Http(_Kept):
    """An API: JSON in, 200 and a reference of its own out."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            found = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            said = json.loads(await reader.readexactly(int(found[1]) if found else 0))
            self.keep(said["ref"], said["to"])
            body = json.dumps({"id": f"far-{said['ref']}"}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
            writer.write(body)


class _Smpp(_Kept):
    """An SMSC that takes every submit_sm."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length, command, _, sequence = _PDU.unpack(await reader.readexactly(_PDU.size))
            body = await reader.readexactly(length - _PDU.size)
            if command & _ANSWER:
                continue
            answer = b"bench\0"
            if command == _SUBMIT:
                self.keep("", _destination(body))
                answer = os.urandom(8).hex().encode() + b"\0"
            elif command not in {1, 2, 9}:
                answer = b""
            writer.write(_PDU.pack(_PDU.size + len(answer), _ANSWER | command, 0, sequence) + answer)
            if command == _UNBIND:
                await writer.drain()
                return


def _destination(body: bytes) -> str:
    """Return the number that a submit_sm is for: service type, then twice two signs and a text."""
    rest = body[body.index(b"\0") + 3 :]
    rest = rest[rest.index(b"\0") + 3 :]
    return rest[: rest.index(b"\0")].decode()


if __name__ == "__main__":
    sys.exit(main())
