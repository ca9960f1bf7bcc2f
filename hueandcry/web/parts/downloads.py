"""Downloads of any length in flat memory: Django reads a plain iterator to its end before an ASGI server sends it."""

from collections.abc import AsyncIterator, Iterator
from typing import cast

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

PIECE = 1 << 17


def download(request: HttpRequest, parts: Iterator[bytes], *, content_type: str, name: str) -> HttpResponse:
    """Send what is made part by part as a file of this name, while it is made."""
    pieces = _pieces(parts)
    sent = _one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(sent, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return cast("HttpResponse", response)


def as_bytes(lines: Iterator[str]) -> Iterator[bytes]:
    """Return lines as a server sends them."""
    return (line.encode() for line in lines)


def _pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Gather small parts, so that a thread is changed once for many lines."""
    held, size = [], 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


async def _one_by_one(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    # In the one thread that has the request's connection to the database.
    following = sync_to_async(lambda: next(pieces, b""), thread_sensitive=True)
    while piece := await following():
        yield piece
