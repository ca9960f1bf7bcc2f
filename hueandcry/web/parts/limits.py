"""How often one part of the network may do something that costs us or a third person something."""

import hashlib
import ipaddress

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WITHIN_S = 300
_HOME_PREFIX = 64


def too_often(request: HttpRequest, what: str, *, most: int) -> bool:
    """Count one more of this from where the request comes, and say whether it is more than `most` in five minutes.

    Generous on purpose: a whole village may come by one address of a mobile network. Kept is a hash, five minutes.
    """
    seal = f"{settings.SECRET_KEY}\n{what}\n{_network(request.META.get('REMOTE_ADDR', ''))}"
    key = f"limit:{hashlib.sha256(seal.encode()).hexdigest()}"
    if cache.add(key, 1, WITHIN_S):
        return False
    try:
        return cache.incr(key) > most
    except ValueError:  # it ran out between the two
        return False


def _network(address: str) -> str:
    """Return the address; of a version 6 address the part that one household has."""
    try:
        there = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if there.version == 4:  # noqa: PLR2004
        return str(there)
    return str(ipaddress.ip_network((there, _HOME_PREFIX), strict=False))
