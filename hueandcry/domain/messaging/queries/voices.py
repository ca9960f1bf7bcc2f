"""What a provider adds to our words by itself, for whoever shows beforehand what people will hear."""

from hueandcry.domain.members.rules import Channel
from hueandcry.gateways.contract import GatewayError
from hueandcry.gateways.registry import routes_for
from hueandcry.gateways.voice.twilio import KEYS, TwilioVoice
from hueandcry.kit.words import say


def after_the_words(*, channel: Channel, language: str) -> str:
    """Return what people hear after our words: which keys they may press; empty where no provider hears keys."""
    if channel != Channel.VOICE:
        return ""
    try:
        routes = routes_for(channel)
    except GatewayError:
        return ""
    return say(KEYS, language) if any(isinstance(route.gateway, TwilioVoice) for route in routes) else ""
