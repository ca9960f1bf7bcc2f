"""Which gateways carry which channel: one line each in settings, several for one channel side by side.

A line is the gateway's address in the code and how it is to be used:
``hueandcry.gateways.sms.smpp.SmppText?weight=70&per_second=50&per_day=250000&price=3.1``. Two gateways of one channel
stand on one line with a space between them: each gets its share by weight, and all of it while the other is down.
"""

from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import parse_qsl

from django.conf import settings
from django.utils.module_loading import import_string

from hueandcry.gateways.contract import Gateway, GatewayError

# The sandbox of each channel: where exercises go, whatever is set.
SANDBOX: dict[str, str] = {
    "sms": "hueandcry.gateways.sms.sandbox.SandboxText",
    "email": "hueandcry.gateways.email.sandbox.SandboxMail",
    "voice": "hueandcry.gateways.voice.sandbox.SandboxVoice",
    "push": "hueandcry.gateways.push.sandbox.SandboxPush",
    "whatsapp": "hueandcry.gateways.whatsapp_sandbox.SandboxWhatsApp",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One gateway and how it is to be used.

    Attributes:
        weight: its share beside other gateways of the channel; 0 only stands by.
        per_second: messages a second that the provider takes from us; None is as fast as it goes.
        per_day: messages a day; None is without end.
        price: pence for one part (a text of 160 signs, a call, an e-mail); of a text what is usual (TEXT_PART_PENCE),
            where the line does not say.
    """

    gateway: Gateway
    weight: float = 1.0
    per_second: float | None = None
    per_day: int | None = None
    price: float = 0.0


@cache
def routes_for(channel: str) -> tuple[Route, ...]:
    """Return the gateways of a channel in the order in which they are set.

    Raises:
        GatewayError: no gateway is set for it, or what is set is not there or not understood.
    """
    if type(channel) is not str:  # a kind is another key of the cache, and a second gateway hears no receipts
        return routes_for(str(channel))
    line = settings.GATEWAYS.get(channel)
    if not line:
        raise GatewayError(f"No gateway is set for {channel}: add GATEWAY_{channel.upper()}.", lasting=True)
    return tuple(_route(channel, one) for one in line.split())


def gateway_for(channel: str) -> Gateway:
    """Return the first gateway of a channel.

    Raises:
        GatewayError: as `routes_for`.
    """
    return routes_for(channel)[0].gateway


@cache
def sandbox_for(channel: str) -> Route:
    """Return the sandbox of a channel: what is an exercise goes there, whatever is set."""
    if type(channel) is not str:
        return sandbox_for(str(channel))
    return replace(_route(channel, SANDBOX[channel]), price=0.0)


def gateways() -> list[Gateway]:
    """Return every gateway that is set."""
    return [route.gateway for channel in settings.GATEWAYS for route in routes_for(channel)]


def _route(channel: str, line: str) -> Route:
    path, _, asked = line.partition("?")
    wrong = f"GATEWAY_{channel.upper()} names a gateway that is not there: {path}."
    try:
        gateway: Gateway = import_string(path)()
    except ImportError as missing:
        raise GatewayError(wrong, lasting=True) from missing
    use = _use(channel, asked)
    per_day = use.get("per_day")
    return Route(
        gateway,
        weight=use.get("weight", 1.0),
        per_second=use.get("per_second"),
        per_day=None if per_day is None else int(per_day),
        price=use.get("price", float(settings.TEXT_PART_PENCE) if channel == "sms" else 0.0),
    )


# What may stand after the question mark.
_USES = ("weight", "per_second", "per_day", "price")


def _use(channel: str, asked: str) -> dict[str, float]:
    use: dict[str, float] = {}
    for name, value in parse_qsl(asked, keep_blank_values=True):
        if name not in _USES:
            known = ", ".join(_USES)
            raise GatewayError(f"GATEWAY_{channel.upper()}: {name} is not known here, only {known}.", lasting=True)
        try:
            use[name] = float(value)
        except ValueError:
            use[name] = -1.0
        if not 0 <= use[name] < float("inf"):
            raise GatewayError(f"GATEWAY_{channel.upper()}: {name} is a number, not {value}.", lasting=True)
    return use
