"""The far side of the second SMPP account: another server of the same library, by its own settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.gateways.peers.smpp import Peer, peer


@contextmanager
def far_side(settings: Any) -> Iterator[Peer]:
    """Run a server without TLS, and name it in the settings of the second account."""
    with peer(password="another") as made:
        settings.SMPP2_HOST, settings.SMPP2_PORT, settings.SMPP2_TLS = "127.0.0.1", made.port, "none"
        settings.SMPP2_USER, settings.SMPP2_PASSWORD = "hueandcry2", "another"
        settings.SMPP2_SENDER, settings.SMPP2_ANSWER_SECONDS = "07700 900998", 5
        yield made
