"""Where stands what our own people were told."""

from collections.abc import Iterable
from dataclasses import dataclass

from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.messaging.rules.figures import NEVER


@dataclass(frozen=True)
class Way:
    """By which way an officer was told, and where that stands."""

    message: str
    channel: str
    address: str
    state: DeliveryState

    @property
    def is_lost(self) -> bool:
        """Say whether it ended without having come there."""
        return self.state in NEVER


def ways_of(*, message_refs: Iterable[str]) -> list[Way]:
    """Return every way that these messages went, in the order of their writing."""
    rows = Delivery.objects.filter(message__ref__in=list(message_refs)).order_by("message_id", "id")
    found = rows.values_list("message__ref", "channel", "address", "state")
    return [Way(message, channel, address, DeliveryState(state)) for message, channel, address, state in found]
