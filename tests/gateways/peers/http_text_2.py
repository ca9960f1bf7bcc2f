"""The far side of the second provider that settings describe: another one of the same kind, by its own settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.gateways.peers.http_text import far_texts


@contextmanager
def far_side(settings: Any) -> Iterator[None]:
    """Run the provider, and describe it in the settings of the second."""
    with far_texts(settings, "TEXT_HTTP2"):
        yield
