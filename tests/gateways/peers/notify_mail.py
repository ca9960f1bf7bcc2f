"""The far side of this channel of GOV.UK Notify."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.gateways.peers.notify import far_notify


@contextmanager
def far_side(settings: Any) -> Iterator[None]:
    """Run Notify, and name it in the settings."""
    with far_notify(settings):
        yield
