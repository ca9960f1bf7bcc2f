"""Raw clients: the same bytes with nothing round them, as `python -m hueandcry.console.sending.raw`; no Django here.

Each prints seconds from the first byte to the last answer, and its own CPU seconds, as JSON.
"""

import argparse
import json
import re
import resource
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HOST = "127.0.0.1"
CHUNK = 65_536
# What smtp-sink answers to MAIL, RCPT and DATA, and to the body.
ENVELOPE, BODY = 3, 1
# SMPP: length, command, status, number.
HEADER = struct.Struct(">IIII")
SUBMIT, BIND = 0x04, 0x02


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


def http(args: argparse.Namespace) -> None:
    """Send requests, one at a time on each connection that is kept open, the next as soon as the answer is whole."""
    frame, token = args.frame.read_bytes(), args.token.encode()
    pieces = frame.split(token) if token else [frame]
    own = ((b"%0*d" % (len(token), number))[: len(token)] for number in range(args.many))
    _http((each.join(pieces) for each in own), min(args.lines, args.many), args.port)


def http_from_file(args: argparse.Namespace) -> None:
    """Send the requests that stand in a file, with a NUL between two of them."""
    requests = args.frame.read_bytes().split(b"\0")
    _http(iter(requests), min(args.lines, len(requests)), args.port)


def _http(requests: Iterator[bytes], many_lines: int, port: int) -> None:
    poll = select.epoll()
    lines: dict[int, socket.socket] = {}
    waiting: dict[int, bytes] = {}
    for _ in range(many_lines):
        line = socket.create_connection((HOST, port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(next(requests))
        poll.register(line.fileno(), select.EPOLLIN)
        lines[line.fileno()] = line
    while lines:
        for descriptor, _ in poll.poll():
            heard = waiting.pop(descriptor, b"") + lines[descriptor].recv(CHUNK)
            if not _whole(heard):
                waiting[descriptor] = heard
                continue
            if b" 200 " not in heard[:20] and b" 202 " not in heard[:20]:
                raise SystemExit(f"The answer was {heard[:200]!r}.")
            request = next(requests, None)
            if request is None:
                poll.unregister(descriptor)
                lines.pop(descriptor).close()
            else:
                lines[descriptor].sendall(request)


def smpp(args: argparse.Namespace) -> None:
    """Send texts on one bind, so many under way at a time."""
    frame, token = args.frame.read_bytes(), args.token.encode()
    pieces = [HEADER.pack(len(frame), SUBMIT, 0, 0), *frame[HEADER.size :].split(token, 1)]
    line = _smpp_line(args.port)
    sent = answered = 0
    heard = b""
    while answered < args.many:
        out = []
        while sent < args.many and sent - answered < args.lines:
            sent += 1
            head = HEADER.pack(len(frame), SUBMIT, 0, sent)
            out.append(head + pieces[1] + b"%0*d" % (len(token), sent) + pieces[2])
        if out:
            line.sendall(b"".join(out))
        heard += line.recv(CHUNK)
        while len(heard) >= HEADER.size and len(heard) >= (length := HEADER.unpack_from(heard)[0]):
            heard = heard[length:]
            answered += 1


def smpp_one_by_one(args: argparse.Namespace) -> None:
    """Send texts on one bind, each when the one before is answered."""
    args.lines = 1
    smpp(args)


def _smpp_line(port: int) -> socket.socket:
    line = socket.create_connection((HOST, port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    body = b"bench\0bench\0\0\x34\0\0\0"
    line.sendall(HEADER.pack(HEADER.size + len(body), BIND, 0, 1) + body)
    line.recv(CHUNK)
    return line


def _whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if b"chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    length = _LENGTH.search(head)
    return bool(found) and length is not None and len(body) >= int(length.group(1))


_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
CLIENTS = {
    "http": http,
    "http-from-file": http_from_file,
    "http-one-by-one": http,
    "smpp": smpp,
    "smpp-one-by-one": smpp_one_by_one,
    "smtp": smtp,
    "smtp-one-by-one": smtp_one_by_one,
}


if __name__ == "__main__":
    sys.exit(main())
