"""Bring everyone up to date with new measures in the background, so that segments are whole without traffic."""

from __future__ import annotations

import threading
from time import monotonic

import structlog

from core.errors import CuewireError
from core.pipeline import Pipeline
from core.ports import Store

#: People filled between two looks at whether it is time to end; their rows share one short job of the writer.
BATCH = 25

#: After each batch this part of the time that it took is left to others.
REST = 0.5

#: Progress goes to the log this often, in seconds.
TOLD_EVERY = 10.0

#: After a failed transaction the thread waits this long, in seconds.
PAUSE_AFTER_FAILURE = 1.0

log = structlog.get_logger()


class Filler:
    """One thread that sleeps until rules are published, then goes through all whose measures are behind.

    It keeps no place of its own: whoever is filled is no longer behind, so that it simply goes on after a crash.
    """

    def __init__(self, store: Store, pipeline: Pipeline) -> None:
        self._store = store
        self._pipeline = pipeline
        self._changed = threading.Condition()
        self._asked = True
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="filler", daemon=True)

    def start(self) -> None:
        """Begin; what an earlier run left undone is done first."""
        self._thread.start()

    def stop(self) -> None:
        """End after the batch under way."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Hear that rules were published."""
        with self._changed:
            self._asked = True
            self._changed.notify()

    def left(self) -> int:
        """Count the people whose measures are behind."""
        return self._store.read.count_unfilled(self._pipeline.rules.measures)

    def sweep(self) -> int:
        """Fill everyone who is behind, and tell how many that were; published rules begin it anew."""
        total, told, place = 0, monotonic(), ("", 0)
        while not self._stopped:
            began = monotonic()
            rows = self._store.read.unfilled(self._pipeline.rules.measures, place, BATCH)
            if not rows:
                return total
            total += self._pipeline.fill(rows)
            # One for whom it fails is passed over, and stays behind.
            place = rows[-1].place
            if monotonic() - told >= TOLD_EVERY:
                told = monotonic()
                log.info("filling", profiles=total, left=self.left())
            self._rest((monotonic() - began) * REST)
            if self._asked:
                self._asked, place = False, ("", 0)
        return total

    def _rest(self, seconds: float) -> None:
        with self._changed:
            if not self._stopped and not self._asked:
                self._changed.wait(seconds)

    def _run(self) -> None:
        while self._wait():
            try:
                self._fill()
            except CuewireError as problem:
                log.error("filling_failed", reason=problem.message)
                with self._changed:
                    self._asked = True
                    self._changed.wait(PAUSE_AFTER_FAILURE)

    def _fill(self) -> None:
        left = self.left()
        if not left:
            return
        log.info("filling_began", profiles=left)
        total, left = self.sweep(), self.left()
        log.info("filling_ended", profiles=total, left=left)

    def _wait(self) -> bool:
        """Sleep until there may be something to do; False when it is time to end."""
        with self._changed:
            while not self._asked and not self._stopped:
                self._changed.wait()
            self._asked = False
            return not self._stopped
