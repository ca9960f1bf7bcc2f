"""The far side of this channel of Twilio."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.gateways.peers.twilio import far_twilio


@contextmanager
def far_side(settings: Any) -> Iterator[None]:
    """Run Twilio, and name it in the settings."""
    with far_twilio(settings):
        yield
