"""How providers' requests to us fare."""

from collections.abc import Collection

from django.core.cache import cache

# A count begins with the first, and is forgotten after a day.
FORGED_FOR_S = 24 * 60 * 60


def forged_key(*, gateway: str) -> str:
    """Return under which word the forgeries in a gateway's name are counted."""
    return f"hooks:forged:{gateway}"


def forgeries(*, gateways: Collection[str]) -> dict[str, int]:
    """Return in whose name requests with a wrong signature came lately, and how many; who has none is left out."""
    found = cache.get_many([forged_key(gateway=gateway) for gateway in gateways])
    counts = {gateway: int(found.get(forged_key(gateway=gateway), 0)) for gateway in gateways}
    return {gateway: many for gateway, many in counts.items() if many}


def forged_lately(*, gateway: str) -> int:
    """Return how many requests with a wrong signature came in the name of a gateway since the first, a day at most."""
    return forgeries(gateways=[gateway]).get(gateway, 0)
