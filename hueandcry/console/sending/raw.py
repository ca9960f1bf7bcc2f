"""Raw clients: the same bytes with nothing round them, as `python -m hueandcry.console.sending.raw`; no Django here.

Each prints seconds from the first byte to the last answer, and its own CPU seconds, as JSON.
"""

import argparse
import json
import resource
import select
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HOST = "127.0.0.1"
CHUNK = 65_536
# What smtp-sink answers to MAIL, RCPT and DATA, and to the body.
ENVELOPE, BODY = 3, 1


def main() -> int:
    """Send so many, and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=sorted(CLIENTS))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--many", type=int, required=True)
    parser.add_argument("--lines", type=int, default=10)
    parser.add_argument("--frame", type=Path, required=True, help="one message as it goes over the wire")
    parser.add_argument("--token", default="", help="what stands in it where each has their own")
    args = parser.parse_args()
    before, begun = _cpu(), time.perf_counter()
    CLIENTS[args.what](args)
    print(json.dumps({"seconds": time.perf_counter() - begun, "cpu": _cpu() - before}))
    return 0


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _letters(args: argparse.Namespace) -> Iterator[tuple[bytes, bytes]]:
    """Make each one's envelope and body: the pieces between which their own stands, joined."""
    frame, token = args.frame.read_bytes(), args.token.encode()
    pieces = frame.split(token) if token else [frame]
    for number in range(args.many):
        own = (b"%0*d" % (len(token), number))[: len(token)] if token else b""
        envelope = b"MAIL FROM:<alerts@example.org>\r\nRCPT TO:<raw-%09d@example.org>\r\nDATA\r\n" % number
        yield envelope, own.join(pieces)


def smtp(args: argparse.Namespace) -> None:
    """Send letters with PIPELINING: the body and the next envelope in one write, one round trip a letter."""
    letters = _letters(args)
    poll = select.epoll()
    lines: dict[int, list] = {}  # type: ignore[type-arg]
    for _ in range(args.lines):
        line = _smtp_line(args.port)
        letter = next(letters, None)
        if letter is None:
            break
        line.sendall(letter[0])
        poll.register(line.fileno(), select.EPOLLIN)
        lines[line.fileno()] = [line, letter[1], ENVELOPE]
    while lines:
        for number, _ in poll.poll():
            entry = lines[number]
            line, body, waits = entry
            waits -= line.recv(CHUNK).count(b"\n")
            if waits > 0:
                entry[2] = waits
            elif body is None:
                del lines[number]
                poll.unregister(number)
            else:
                letter = next(letters, None)
                line.sendall(body if letter is None else body + letter[0])
                entry[1:] = (None, BODY) if letter is None else (letter[1], BODY + ENVELOPE)


def smtp_one_by_one(args: argparse.Namespace) -> None:
    """Send letters with one command at a time on each line: four round trips a letter, as most clients do."""
    letters = _letters(args)
    poll = select.epoll()
    lines: dict[int, tuple[socket.socket, Iterator[bytes]]] = {}

    def words() -> Iterator[bytes]:
        for envelope, body in letters:
            mail, to, data, _ = envelope.split(b"\r\n")
            yield from (mail + b"\r\n", to + b"\r\n", data + b"\r\n", body)

    for _ in range(min(args.lines, args.many)):
        line, says = _smtp_line(args.port), words()
        line.sendall(next(says))
        poll.register(line.fileno(), select.EPOLLIN)
        lines[line.fileno()] = (line, says)
    while lines:
        for number, _ in poll.poll():
            line, says = lines[number]
            line.recv(CHUNK)
            word = next(says, None)
            if word is None:
                del lines[number]
                poll.unregister(number)
            else:
                line.sendall(word)


def _smtp_line(port: int) -> socket.socket:
    line = socket.create_connection((HOST, port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.recv(CHUNK)
    line.sendall(b"EHLO raw.example.org\r\n")
    line.recv(CHUNK)
    return line


CLIENTS = {"smtp": smtp, "smtp-one-by-one": smtp_one_by_one}


if __name__ == "__main__":
    sys.exit(main())
