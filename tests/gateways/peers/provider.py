"""A provider's API on a port of this machine: one function answers every request; what came is kept for tests."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body as it reads in JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer: `said` goes out as JSON, bytes as they are. `cut` ends the connection before anything is said.

    `hangs_s` is for how long nothing is said, unless the test is over before.
    """

    status: int
    said: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    hangs_s: float = 0.0


@dataclass
class Provider:
    """Where it is, and everything that it was asked."""

    address: str
    asked: list[Asked] = field(default_factory=list)


def always(reply: Reply) -> Callable[[Asked], Reply]:
    """Return a provider that says one thing to everything."""

    def answer(_asked: Asked) -> Reply:
        return reply

    return answer


@contextmanager
def provider(answer: Callable[[Asked], Reply], secret: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """Run an API; `answer` is called in a thread of each connection."""
    kept, over = Provider(""), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(
                self.command,
                parts.path,
                parse_qs(parts.query),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            kept.asked.append(asked)
            reply = answer(asked)
            over.wait(reply.hangs_s)
            if reply.cut:
                self.close_connection = True
                return
            body = reply.said if isinstance(reply.said, bytes) else json.dumps(reply.said).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # whoever asked went away
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if secret is not None:
        server.socket = secret.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    kept.address = f"{'https://localhost' if secret else 'http://127.0.0.1'}:{server.server_address[1]}"
    try:
        yield kept
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
