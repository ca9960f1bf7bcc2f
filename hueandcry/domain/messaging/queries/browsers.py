"""Whether members may have alerts shown in their browsers, and by which key a browser knows us."""

from hueandcry.domain.members.rules import Channel
from hueandcry.gateways.contract import GatewayError
from hueandcry.gateways.push.web import WebPush, public_key
from hueandcry.gateways.registry import routes_for


def browser_key() -> str:
    """Return the key that a browser is told; nothing where no notifications are sent, so that none are offered."""
    try:
        routes = routes_for(Channel.PUSH)
    except GatewayError:
        return ""
    return public_key() if any(isinstance(route.gateway, WebPush) for route in routes) else ""
