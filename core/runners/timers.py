"""Wake profiles when their timers are due, by the clock, without any traffic."""

from __future__ import annotations

import threading

import structlog

from core.errors import CuewireError
from core.pipeline import Pipeline
from core.ports import Clock, Store

#: What is kept for a time only is forgotten this often, in milliseconds.
PURGE_EVERY = 3_600_000

#: Without a known due the thread still looks this often, in seconds; a missed wake-up costs no more than this.
LONGEST_SLEEP = 30.0

#: After a failed transaction the thread waits this long, in seconds.
PAUSE_AFTER_FAILURE = 1.0

log = structlog.get_logger()


class Timers:
    """One thread that sleeps until the first due of all profiles."""

    def __init__(self, store: Store, pipeline: Pipeline, clock: Clock) -> None:
        self._store = store
        self._pipeline = pipeline
        self._clock = clock
        self._due: int | None = 0
        self._changed = threading.Condition()
        self._stopped = False
        self._purged_at = 0
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
        pipeline.on_due = self.arm

    def start(self) -> None:
        """Begin; what was due while nothing ran is drained at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the transaction under way."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def arm(self, due: int) -> None:
        """Hear of a timer; the thread sleeps no longer than until it."""
        with self._changed:
            if self._due is None or due < self._due:
                self._due = due
                self._changed.notify()

    def overdue(self) -> int:
        """Give by how many milliseconds the first timer is late."""
        due = self._due
        return max(0, self._clock.now() - due) if due else 0

    def _run(self) -> None:
        while self._wait():
            try:
                self._drain()
            except CuewireError as problem:
                log.error("timers_failed", reason=problem.message)
                with self._changed:
                    self._changed.wait(PAUSE_AFTER_FAILURE)

    def _wait(self) -> bool:
        """Sleep until something is due; False when it is time to end."""
        with self._changed:
            while not self._stopped:
                left = LONGEST_SLEEP if self._due is None else (self._due - self._clock.now()) / 1000
                if left <= 0:
                    return True
                self._changed.wait(min(left, LONGEST_SLEEP))
        return False

    def _drain(self) -> None:
        with self._changed:
            self._due = None
        first = self._store.write(self._pipeline.wake)
        if first is not None:
            self.arm(first)
        now = self._clock.now()
        if now - self._purged_at >= PURGE_EVERY:
            self._purged_at = now
            self._store.purge(now)
