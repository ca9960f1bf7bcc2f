"""Keeping what is in our hands: a worker that lives says so every few seconds, whatever its gateway is waiting for."""

import logging
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, connections

from hueandcry.domain.messaging.actions.claiming import Row
from hueandcry.domain.messaging.rules import LEASE, RENEW_AFTER, RENEW_FOR
from hueandcry.kit import prepared

logger = logging.getLogger(__name__)

_LOOK_S = 1.0
# In the order of a claim: the stretch, then its rows.
_RENEW = f"""
    WITH mine AS (
        UPDATE messaging_stretch SET at = clock_timestamp() + interval '{LEASE.total_seconds()} s'
        WHERE id = ANY(%s::bigint[]) AND is_leased RETURNING id, at
    ), rows AS (
        UPDATE messaging_delivery AS delivery SET next_at = mine.at
        FROM unnest(%s::bigint[], %s::bigint[]) AS held(lease, id) JOIN mine ON mine.id = held.lease
        WHERE delivery.id = held.id AND delivery.state = 'leased' AND delivery.id = ANY(%s::bigint[])
    )
    SELECT id FROM mine
"""  # noqa: S608 - our own words only


class _Held(NamedTuple):
    """One window: its rows, when it was taken in hand, and when it was last known to be ours."""

    rows: Sequence[Row]
    since: float
    ours_at: float


class Leases:
    """The windows in the hands of this process."""

    def __init__(self) -> None:
        self._held: dict[int, _Held] = {}
        self._changed = threading.Condition()
        self._keeper: threading.Thread | None = None

    def hold(self, lease: int, rows: Sequence[Row], *, since: float | None = None) -> None:
        """Keep a window until `drop`, which was ours at the moment `since`."""
        began = time.monotonic() if since is None else since
        with self._changed:
            self._held[lease] = _Held(rows, began, began)
            if self._keeper is None or not self._keeper.is_alive():
                self._keeper = threading.Thread(target=self._keep, name="leases", daemon=True)
                self._keeper.start()
            elif len(self._held) == 1:
                self._changed.notify()

    def drop(self, lease: int) -> None:
        """Keep a window no longer: its end is written, or is to come by itself."""
        with self._changed:
            self._held.pop(lease, None)

    def is_safe(self, lease: int | None) -> bool:
        """Say whether a window is surely still ours: nobody else may have begun to hand it over."""
        if lease is None:
            return True
        held = self._held.get(lease)
        return held is not None and time.monotonic() - held.ours_at < (LEASE - RENEW_AFTER).total_seconds()

    def renew_now(self, *, older_than: float = 0.0) -> None:
        """Say that we live, for what we have had for so many seconds."""
        now = time.monotonic()
        with self._changed:
            old = {
                lease: held.rows
                for lease, held in self._held.items()
                if now - held.ours_at >= older_than and now - held.since < RENEW_FOR.total_seconds()
            }
        if old:
            self._renew(old, now)

    def _keep(self) -> None:
        while True:
            with self._changed:
                while not self._held:
                    self._changed.wait()
            time.sleep(_LOOK_S)
            try:
                self.renew_now(older_than=RENEW_AFTER.total_seconds())
            finally:
                # Most providers are quick: a connection for this alone would be idle for weeks.
                connections.close_all()

    def _renew(self, old: dict[int, Sequence[Row]], now: float) -> None:
        pairs = [(lease, row.id) for lease, rows in old.items() for row in rows]
        ids = [pk for _, pk in pairs]
        try:
            renewed = prepared.rows(_RENEW, [list(old), [lease for lease, _ in pairs], ids, ids])
        except (DatabaseError, InterfaceError) as trouble:
            # What cannot be kept lapses, and is handed over again as its provider bears it.
            logger.warning("Leases cannot be renewed for now.", extra={"why": type(trouble).__name__, "many": len(old)})
            connections.close_all()
            return
        ours = {lease for (lease,) in renewed}
        with self._changed:
            for lease in old:
                if lease in self._held:
                    # What is gone is somebody else's by now: we stood still for too long.
                    ours_at = now if lease in ours else float("-inf")
                    self._held[lease] = self._held[lease]._replace(ours_at=ours_at)


LEASES = Leases()
