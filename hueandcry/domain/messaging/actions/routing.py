"""Which provider takes what: by weight, by how it is doing, by what it takes a second and a day; and what it cost."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.rules import Lane
from hueandcry.gateways.registry import Route, routes_for, sandbox_for


class Share(NamedTuple):
    """So many messages for one provider."""

    route: Route
    many: int


class Cost(NamedTuple):
    """What one provider took of one message in one window."""

    gateway: str
    handed: int
    parts: int
    millipence: int


def shares(
    *, channel: Channel, many: int, lane: Lane, is_drill: bool = False, without: frozenset[str] = frozenset()
) -> tuple[list[Share], dt.datetime | None]:
    """Divide so many messages among the providers that take some now; say when to ask again for the rest.

    Args:
        without: providers that just refused these, so that the first other try is at once.

    Raises:
        GatewayError: no provider is set for the channel.
    """
    del lane
    if is_drill:
        return [Share(sandbox_for(channel), many)], None
    fit = [route for route in routes_for(channel) if route.gateway.name not in without]
    return ([Share(fit[0], many)] if fit else []), None


def note(*, route: Route, taken: int, failed: str = "", slower_s: float | None = None) -> None:
    """Keep how a provider did with a batch: so many taken, what went wrong, for how long it wants less."""
    del route, taken, failed, slower_s


def charge(*, message_id: int, costs: Iterable[Cost]) -> None:
    """Add to what a message cost, in the caller's transaction."""
    del message_id, costs


def halted() -> bool:
    """Say whether everything is stopped: the kill switch."""
    return False
