"""Handing one window over: each row to a provider that takes some now, at once to another when the first refuses."""

import itertools
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.actions.claiming import Row, again_of, routes_of
from hueandcry.domain.messaging.actions.leasing import LEASES
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.actions.recording import Outcome
from hueandcry.domain.messaging.rules import WAIT_FOR_IT
from hueandcry.gateways.contract import Again, Fate, GatewayError, Handover
from hueandcry.gateways.registry import Route, sandbox_for
from hueandcry.kit import clock, prepared

logger = logging.getLogger(__name__)

NOTHING_SAID = "The provider said nothing of it."
NO_ANSWER = "No answer came."
NOTHING_TAKEN = "It takes nothing."
NOBODY_NOW = "No provider takes any now."
LEASE_LOST = "It took too long to keep it: somebody else may have it."

_MEANT_FOR = """
    UPDATE messaging_delivery AS delivery SET gateway = %s::text
    WHERE id = ANY(%s::bigint[]) AND state = 'leased'
"""


class DrillError(AssertionError):
    """An exercise was about to leave the sandbox: a fault in our code, stopped before anything was handed over."""


@dataclass
class Handing:
    """One window on its way out; what was handed over is in `outcomes` at once, whatever happens afterwards.

    Attributes:
        wait_s: nobody takes any of what is left before so many seconds have gone by.
    """

    letter: Letter
    lease: int | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    wait_s: float | None = None
    _waited: float = 0.0

    def send(self, rows: Sequence[Row]) -> None:
        """Hand over a window, channel by channel."""
        by_channel = sorted(rows, key=lambda row: row.channel)
        for channel, group in itertools.groupby(by_channel, lambda row: row.channel):
            self._send_by(channel, list(group))

    def put_back(self, rows: Iterable[Row]) -> None:
        """Let rows wait that were not handed over, as if nobody had claimed them."""
        self._back(rows, "", wait_s=0.0)

    def is_refused(self) -> bool:
        """Say whether not one of them was taken."""
        return bool(self.outcomes) and all(outcome.handover.try_again for outcome in self.outcomes)

    def _send_by(self, channel: Channel, rows: list[Row]) -> None:
        try:
            fresh = [row for row in rows if not row.before or not row.gateway]
            if fresh:
                self._divide(channel, fresh, frozenset())
            for name, pinned in _by_gateway(row for row in rows if row.before and row.gateway):
                # Only where it perhaps is already is it known again.
                others = {route.gateway.name for route in self._routes(channel)} - {name}
                self._divide(channel, pinned, frozenset(others))
        except GatewayError as fault:
            logger.warning("No gateway for now.", extra={"channel": channel.value, "letter": self.letter.ref})
            settled = {outcome.row.id for outcome in self.outcomes}
            self._back([row for row in rows if row.id not in settled], str(fault))

    def _routes(self, channel: Channel) -> Sequence[Route]:
        return routes_of(channel, is_drill=self.letter.is_drill)

    def _divide(self, channel: Channel, rows: list[Row], without: frozenset[str], why: str = "") -> None:
        """Give rows to the providers that take some now; wait a moment for one that will, else put the rest back."""
        while rows:
            shares, moment = routing.shares(
                channel=channel, many=len(rows), lane=self.letter.lane, is_drill=self.letter.is_drill, without=without
            )
            for share in shares:
                taken, rows = rows[: share.many], rows[share.many :]
                self._hand(channel, share.route, taken, without)
            if not rows:
                return
            if moment is None:
                # All who could take them have refused them just now.
                self._back(rows, why or NOBODY_NOW)
                return
            wait = max((moment - clock.now()).total_seconds(), 0.0)
            if self._waited + wait > WAIT_FOR_IT.total_seconds():
                self.wait_s = wait if self.wait_s is None else min(self.wait_s, wait)
                self._back(rows, why or NOBODY_NOW, wait_s=wait)
                return
            self._waited += max(wait, 0.001)
            time.sleep(wait)

    def _hand(self, channel: Channel, route: Route, rows: list[Row], without: frozenset[str]) -> None:
        """Hand rows to one provider; those that it refuses for now go to another at once, where there is one."""
        gateway = route.gateway
        if self.letter.is_drill and route is not sandbox_for(channel):
            raise DrillError(f"message:{self.letter.ref} is an exercise and was to go to {gateway.name}.")
        if not LEASES.is_safe(self.lease):
            self._back(rows, LEASE_LOST, wait_s=0.0)
            return
        _meant_for(gateway.name, rows)
        refused = self._given(route, rows)
        if not refused:
            return
        tried = without | {gateway.name}
        if all(one.gateway.name in tried for one in self._routes(channel)):
            self.outcomes.extend(refused)
            return
        # What this one says of them stays said, unless another takes them.
        self._divide_again(channel, refused, tried)

    def _divide_again(self, channel: Channel, refused: list[Outcome], tried: frozenset[str]) -> None:
        first = {outcome.row.id: outcome for outcome in refused}
        since = len(self.outcomes)
        self._divide(channel, [outcome.row for outcome in refused], tried)
        for place in range(since, len(self.outcomes)):
            outcome = self.outcomes[place]
            if outcome.handover.try_again and outcome.handover.detail == NOBODY_NOW and outcome.wait_s is None:
                self.outcomes[place] = first[outcome.row.id]

    def _given(self, route: Route, rows: list[Row]) -> list[Outcome]:
        """Let a provider have rows; keep what it did with them, and return those that it refused for now."""
        gateway, letter = route.gateway, self.letter
        outgoing = [letter.to(row) for row in rows]
        waiting = {one.reference: (row, one) for one, row in zip(outgoing, rows, strict=True)}
        bears_it = again_of(gateway) != Again.NEVER
        refused: list[Outcome] = []
        settled: list[Outcome] = []
        trouble, slower, began = "", None, time.monotonic()
        outcomes = self.outcomes
        try:
            for handover in gateway.send(outgoing):
                known = waiting.pop(handover.reference, None)
                if known is None:
                    continue
                row, one = known
                if not handover.try_again:
                    outcomes.append(Outcome(row, gateway.name, handover, route.price, letter.parts(row, one)))
                    settled.append(outcomes[-1])
                    continue
                if handover.wait_s is not None:
                    slower = max(slower or 0.0, handover.wait_s)
                outcome = Outcome(
                    row, gateway.name, handover, route.price, letter.parts(row, one), handover.wait_s, bears_it
                )
                # What perhaps went must not go by another provider, nor what perhaps went before.
                (outcomes if handover.perhaps or row.before else refused).append(outcome)
        except GatewayError as fault:
            trouble = str(fault)
            logger.warning("No gateway for now.", extra={"provider": gateway.name, "letter": letter.ref})
        # After an error what is left did not go; without one the provider owes us a word, and perhaps has them.
        silent = not trouble
        later = Handover("", Fate.UNKNOWN, detail=trouble or NOTHING_SAID, try_again=True, perhaps=silent)
        for row, _ in waiting.values():
            (outcomes if silent or row.before else refused).append(
                Outcome(row, gateway.name, later, may_go_again=bears_it)
            )
        if not trouble and not settled and any(outcome.handover.perhaps for outcome in outcomes[-len(rows) :]):
            trouble = NO_ANSWER
        if not trouble and not settled and slower is None and len(refused) == len(rows) > 1:
            # Not one of several was taken: that is the provider, whatever it says of each.
            trouble = refused[0].handover.detail or NOTHING_TAKEN
        routing.note(
            route=route,
            taken=len(settled),
            failed=trouble,
            slower_s=slower,
            seconds=time.monotonic() - began,
        )
        return refused

    def _back(self, rows: Iterable[Row], why: str, *, wait_s: float | None = None) -> None:
        later = Handover("", Fate.UNKNOWN, detail=why, try_again=True)
        self.outcomes.extend(Outcome(row, row.gateway, later, wait_s=wait_s) for row in rows)


def _by_gateway(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    by_name = sorted(rows, key=lambda row: row.gateway)
    for name, group in itertools.groupby(by_name, lambda row: row.gateway):
        yield name, list(group)


def _meant_for(name: str, rows: Sequence[Row]) -> None:
    """Write into rows who is about to get them, where the claim could not know it: after a crash it decides."""
    other = [row.id for row in rows if row.gateway != name]
    if other:
        prepared.rows(_MEANT_FOR, [name, other])
