"""A name with several addresses, as name servers tell of it."""

import socket
from collections.abc import Sequence

import pytest


def lives_at(monkeypatch: pytest.MonkeyPatch, addresses: Sequence[tuple[str, int]]) -> None:
    """Let every name have these addresses, in this order."""

    def names(_host: str, _port: int, flags: int = 0, **_rest: object) -> list[tuple[object, ...]]:
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", where) for where in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", names)
