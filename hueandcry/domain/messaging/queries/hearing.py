"""How providers' requests to us fare."""

from django.core.cache import cache

# A count begins with the first, and is forgotten after a day.
FORGED_FOR_S = 24 * 60 * 60


def forged_key(*, gateway: str) -> str:
    """Return under which word the forgeries in a gateway's name are counted."""
    return f"hooks:forged:{gateway}"


def forged_lately(*, gateway: str) -> int:
    """Return how many requests with a wrong signature came in the name of a gateway since the first, a day at most."""
    return int(cache.get(forged_key(gateway=gateway), 0))
