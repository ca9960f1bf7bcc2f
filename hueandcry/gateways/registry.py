"""Which gateway carries which channel: one line each in settings."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from hueandcry.gateways.contract import Gateway, GatewayError


@cache
def gateway_for(channel: str) -> Gateway:
    """Return the gateway of a channel.

    Raises:
        GatewayError: no gateway is set for it, or what is set is not there.
    """
    path = settings.GATEWAYS.get(channel)
    if not path:
        raise GatewayError(f"No gateway is set for {channel}: add GATEWAY_{channel.upper()}.", lasting=True)
    try:
        gateway: Gateway = import_string(path)()
    except ImportError as missing:
        sentence = f"GATEWAY_{channel.upper()} names a gateway that is not there: {path}."
        raise GatewayError(sentence, lasting=True) from missing
    return gateway


def gateways() -> list[Gateway]:
    """Return every gateway that is set."""
    return [gateway_for(channel) for channel in settings.GATEWAYS]
