"""The dispatcher: a lane for each destination, started after what a crash interrupted is settled."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import structlog

from core.dispatch.attempt import Desk, Identified, Refused, unheard, unlinked
from core.dispatch.intent import MaySend
from core.dispatch.lane import Lane
from core.dispatch.outcome import recover
from core.ports import Clock, Destination, DestinationSpec, Pace, Store
from core.retry import RetryPolicy

#: Each destination at the usual pace.
NO_PACES: Mapping[str, Pace] = {}

log = structlog.get_logger()


class Dispatcher:
    """Send what the store holds, each destination in its own lane."""

    def __init__(
        self,
        store: Store,
        destinations: Mapping[str, Destination],
        clock: Clock,
        may_send: MaySend,
        *,
        paces: Mapping[str, Pace] | None = None,
        policy: RetryPolicy | None = None,
        refused: Refused = unheard,
        identified: Identified = unlinked,
    ) -> None:
        self._desk = Desk(
            store, clock, may_send, policy or RetryPolicy(), refused=refused, identified=identified
        )
        self._lanes: dict[str, Lane] = {}
        self._running = False
        self.add(destinations, paces or {})

    def add(self, destinations: Mapping[str, Destination], paces: Mapping[str, Pace] = NO_PACES) -> None:
        """Open lanes for destinations that are new; those there are go on, at the pace that is given now."""
        for name, destination in destinations.items():
            pace = paces.get(name, Pace())
            if name in self._lanes:
                self._lanes[name].adjust(pace)
                continue
            lane = Lane(destination, self._desk, pace)
            self._lanes = {**self._lanes, name: lane}  # replaced as a whole: other threads walk through it
            if self._running:
                lane.start()

    def specs(self) -> Mapping[str, DestinationSpec]:
        """Tell what the destinations are that there are now."""
        return {name: lane.destination.spec for name, lane in self._lanes.items()}

    def start(self) -> None:
        """Settle what the last stop interrupted, then begin to send."""
        desk = self._desk
        known = {name: lane.destination for name, lane in self._lanes.items()}
        for row in desk.store.write(lambda tx: recover(tx, known, now=desk.clock.now())):
            desk.ended(row, interrupted=True)
        self._running = True
        for lane in self._lanes.values():
            lane.start()

    def stop(self, grace: float = 10.0) -> bool:
        """Claim nothing more and wait this many seconds for answers; say whether all of them came."""
        self._running = False
        deadline = time.monotonic() + grace
        for lane in self._lanes.values():
            lane.stop()
        ended = [lane.join(deadline) for lane in self._lanes.values()]
        if not all(ended):
            log.warning("dispatcher_stopped_early", grace=grace)
        return all(ended)

    def notify(self) -> None:
        """Look for work now; call it after a commit that added or settled deliveries."""
        for lane in self._lanes.values():
            lane.wake()

    def failing(self) -> dict[str, bool]:
        """Say of each destination whether it is left alone for now, because it fails or lacks settings."""
        return {name: lane.is_failing for name, lane in self._lanes.items()}

    def metrics(self) -> dict[str, Any]:
        """Give the counters: ``attempts_total`` by (destination, outcome), and each destination's state."""
        return {
            "attempts_total": self._desk.counters.attempts(),
            "destinations": {name: lane.metrics() for name, lane in self._lanes.items()},
        }
