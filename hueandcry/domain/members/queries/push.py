"""Browsers that show alerts, as the gateway asks for them."""

from collections.abc import Mapping, Sequence

from hueandcry.domain.members.models import PushDevice
from hueandcry.domain.members.rules.kinds import Channel


def devices(addresses: Sequence[str]) -> Mapping[str, tuple[str, str, str]]:
    """Return endpoint, key and secret of these addresses; those that are gone are not in it."""
    rows = PushDevice.objects.filter(contact__channel=Channel.PUSH, contact__address__in=set(addresses))
    return {
        address: (endpoint, key, secret)
        for address, endpoint, key, secret in rows.values_list("contact__address", "endpoint", "p256dh", "auth")
    }
