"""Whether members may choose WhatsApp, and who wrote to us by it."""

import datetime as dt
from collections.abc import Sequence

from hueandcry.domain.members.queries import members_with
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.models import Delivery, Inbound
from hueandcry.gateways.contract import GatewayError
from hueandcry.gateways.registry import routes_for


def offers_whatsapp() -> bool:
    """Say whether members are offered WhatsApp: only where a gateway is set for it."""
    try:
        return bool(routes_for(Channel.WHATSAPP))
    except GatewayError:
        return False


def heard(addresses: Sequence[str], since: dt.datetime) -> frozenset[str]:
    """Return those of these addresses that wrote to us by WhatsApp since then: to them free words may go."""
    rows = Inbound.objects.filter(
        conversation__channel=Channel.WHATSAPP, conversation__address__in=set(addresses), received_at__gt=since
    )
    return frozenset(rows.values_list("conversation__address", flat=True))


def writes_by_whatsapp(*, address: str) -> bool:
    """Say whether a number is somebody's way by WhatsApp, or was written to there; to others it is their telephone."""
    if members_with(channel=Channel.WHATSAPP, address=address):
        return True
    return Delivery.objects.filter(address=address, channel=Channel.WHATSAPP).exists()
