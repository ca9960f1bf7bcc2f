"""A browser that shows alerts: what it gives us, and what we take. Pure."""

import base64
import binascii
from dataclasses import dataclass, field

from hueandcry.domain.members.rules.kinds import MemberError
from hueandcry.kit.push import is_push_service
from hueandcry.kit.words import say

MOST_DEVICES = 10
# A point of the curve, not compressed, and the secret beside it.
_POINT, _SECRET = 65, 16
# An address of this kind is not one that anybody types: the browser's own stands beside it.
SCHEME = "push:"
# What stands beside the button.
PUSH_WORDING = "2026-11-push"


@dataclass(frozen=True)
class NewDevice:
    """What a browser gives when it is asked for an address."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


def check_device(device: NewDevice, *, hosts: str) -> None:
    """Refuse a browser that cannot be sent anything, or that names an address which is no push service.

    Raises:
        MemberError: saying what to do.
    """
    if not is_push_service(device.endpoint, hosts=hosts):
        raise MemberError(say("This browser cannot be sent notifications by us. Try another, such as Firefox."))
    point, secret = _bytes(device.p256dh), _bytes(device.auth)
    if len(point) != _POINT or point[0] != 4 or len(secret) != _SECRET:  # noqa: PLR2004 - not compressed
        raise MemberError(say("This browser did not say how to reach it. Open the page anew, and press once more."))


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, UnicodeError):
        return b""
