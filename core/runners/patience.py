"""Let another channel take over where a destination fails for longer than a message's ``patience``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from functools import partial

import structlog

from core.dispatch.attempt import Refused
from core.dispatch.stop import standing
from core.engine.duration import format_duration
from core.errors import CuewireError
from core.ports import Clock, DeliveryRow, Status, Store, Transaction

#: It looks this often, in seconds.
LOOK_EVERY = 2.0

#: Deliveries that one transaction gives up.
SLICE = 200

log = structlog.get_logger()

#: Names the destinations, each with whether it fails now: what waits for one that does not is only in a queue.
Failing = Callable[[], dict[str, bool]]


class Patience:
    """One thread that gives up what has failed for too long, and lets the next channel follow."""

    def __init__(self, store: Store, clock: Clock, failing: Failing, refused: Refused) -> None:
        self._store = store
        self._clock = clock
        self._failing = failing
        self._refused = refused
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="patience", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look under way."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> list[DeliveryRow]:
        """Give up once what is due for it, and give what that was."""
        now, failing = self._clock.now(), self._failing()
        due = set(self._store.read.to_give_up(now)) & failing.keys()
        given_up: list[DeliveryRow] = []
        for name in sorted(due):
            given_up += self._store.write(partial(self._give_up, destination=name, failing=failing, now=now))
        return given_up

    def _give_up(
        self, tx: Transaction, *, destination: str, failing: dict[str, bool], now: int
    ) -> list[DeliveryRow]:
        """End what waits for one destination; while all sends are stopped nobody's patience is tried."""
        if standing(tx):
            return []
        waiting: Collection[Status] = (Status.RETRYING,)
        if failing[destination]:
            waiting = (Status.RETRYING, Status.SCHEDULED)
        rows = [row for row in tx.deliveries.to_give_up(destination, now, SLICE) if row.status in waiting]
        for row in rows:
            row.reason = f"given up after {format_duration(row.spare[0].patience or 0)}: {_why(row)}"
            row.status = Status.DEAD
            tx.deliveries.save(row)
            self._refused(tx, row, now)
            log.warning("delivery_given_up", delivery=row.id, trigger=row.trigger, destination=destination)
        return rows

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_EVERY):
            try:
                self.look()
            except CuewireError as problem:
                log.error("patience_failed", reason=problem.message)


def _why(row: DeliveryRow) -> str:
    return row.reason if row.attempts else f"{row.destination} fails, and it was never tried"
