"""The kill switch: while it is set nothing leaves, whatever is due; kept in the store, so that a restart keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import structlog

from core.ports import Clock, Store, Transaction

#: The named value that holds since when and why; empty while deliveries leave.
KEY = "stop"

log = structlog.get_logger()


class Stop(NamedTuple):
    """Since when nothing leaves, and why."""

    since: int
    reason: str


def standing(tx: Transaction) -> Stop | None:
    """Give the stop in force, as the transaction sees it."""
    since, _, reason = (tx.keys.get(KEY) or "").partition(" ")
    return Stop(int(since), reason) if since else None


class StopSwitch:
    """Stops all deliveries, and lets them go on; ``resumed`` is called once they may."""

    def __init__(self, store: Store, clock: Clock, resumed: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._resumed = resumed
        self._standing = store.write(standing)

    @property
    def standing(self) -> Stop | None:
        """Give the stop in force."""
        return self._standing

    def stop(self, reason: str) -> Stop:
        """Let nothing leave from the next claim on; a second stop keeps the first one's time and reason."""

        def job(tx: Transaction) -> Stop:
            now = self._clock.now()
            found = standing(tx) or Stop(now, reason)
            tx.keys.put(KEY, f"{found.since} {found.reason}", now)
            self._standing = found
            return found

        found = self._store.write(job)
        log.warning("sends_stopped", reason=found.reason)
        return found

    def resume(self) -> bool:
        """Let deliveries leave again; tell whether they had been stopped."""

        def job(tx: Transaction) -> bool:
            was_stopped = standing(tx) is not None
            tx.keys.put(KEY, "", self._clock.now())
            self._standing = None
            return was_stopped

        was_stopped = self._store.write(job)
        if was_stopped:
            log.warning("sends_resumed")
        self._resumed()
        return was_stopped
