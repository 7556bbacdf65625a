"""One destination's own threads: nothing that happens in a lane slows another."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from core.dispatch.attempt import Desk, attempt
from core.dispatch.gate import Gate, Pace
from core.dispatch.intent import Claim, NothingDue, claim, release
from core.errors import StoreError
from core.ports import DeliveryRow, Destination
from core.trace import place_of

#: Seconds after which a lane looks again unasked: a clock set forward must not leave anything behind.
LONGEST_SLEEP = 30.0
AFTER_ERROR = 1.0

log = structlog.get_logger()


class Lane:
    """Claim one destination's deliveries and hand them to its senders."""

    def __init__(self, destination: Destination, desk: Desk, pace: Pace) -> None:
        self.destination = destination
        self.desk = desk
        self.gate = Gate(pace)
        self._wanted = threading.Condition()
        self._woken = False
        self._stopping = threading.Event()
        self._said_missing = False
        self._doubtful = False
        self._under_way: set[str] = set()
        self._senders = ThreadPoolExecutor(pace.concurrency, thread_name_prefix=f"send-{destination.name}")
        self._thread = threading.Thread(target=self._run, name=f"lane-{destination.name}", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping.set()
        self.wake()

    def join(self, deadline: float) -> bool:
        """Wait for what is under way until a time of ``time.monotonic``; say whether all of it ended."""
        if self._thread.is_alive():
            self._thread.join(max(0.0, deadline - time.monotonic()))
        ended = self.gate.drain(max(0.0, deadline - time.monotonic()))
        self._senders.shutdown(wait=False)
        return ended and not self._thread.is_alive()

    def wake(self) -> None:
        """Look again now."""
        with self._wanted:
            self._woken = True
            self._wanted.notify_all()

    def metrics(self) -> dict[str, Any]:
        """Say how the destination is doing."""
        return {**self.gate.metrics(), "missing_settings": self.destination.missing_settings()}

    def _run(self) -> None:
        """Step until stopped; the place where any error is survived."""
        while not self._stopping.is_set():
            try:
                pause = self.step()
            # A runner's loop: a destination must not fall silent for ever.
            except Exception as error:
                log.error("lane_failed", destination=self.destination.name, error=place_of(error))
                pause = AFTER_ERROR
            self._sleep(pause)

    def _sleep(self, seconds: float) -> None:
        """Wait until woken, for at most this long."""
        with self._wanted:
            if not self._woken:
                self._wanted.wait(min(seconds, LONGEST_SLEEP))
            self._woken = False

    def step(self) -> float:
        """Send what may be sent now; give the seconds until there may be more."""
        if self._lacks_settings():
            return LONGEST_SLEEP
        now = self.desk.clock.now()
        room = self.gate.room(now)
        if not room:
            opens_in = self.gate.retry_at(now) - now
            return opens_in / 1000 if opens_in > 0 else LONGEST_SLEEP
        try:
            found = self._claim(now, room)
        except NothingDue as nothing:
            return seconds_until(nothing.next_due, now)
        for row in found.sending:
            self._launch(row)
        for row in found.ended:
            self.desk.ended(row)
        return 0.0

    def _claim(self, now: int, room: int) -> Claim:
        """Commit intents; after a failed commit, first take back those that were committed all the same."""
        name, store = self.destination.name, self.desk.store
        if self._doubtful:
            store.write(lambda tx: release(tx, name, self._under_way))
            self._doubtful = False
        try:
            return store.write(lambda tx: claim(tx, name, now=now, limit=room, may_send=self.desk.may_send))
        except StoreError:
            self._doubtful = True
            raise

    def _launch(self, row: DeliveryRow) -> None:
        """Give a committed intent to a sender."""
        probe = self.gate.enter()
        self._under_way.add(row.id)
        self._senders.submit(self._send, row, probe)

    def _send(self, row: DeliveryRow, probe: bool) -> None:
        """Carry out one attempt in a sender's thread."""
        try:
            attempt(
                self.destination, row, desk=self.desk, gate=self.gate, probe=probe, stopping=self._stopping
            )
            self._under_way.discard(row.id)
        # A runner's loop: the place must be given back. The row stays under way: it may have been sent.
        except Exception as error:
            name, place = self.destination.name, place_of(error)
            log.error("attempt_failed", destination=name, delivery=row.id, error=place)
        finally:
            self.gate.leave()
            self.wake()

    def _lacks_settings(self) -> bool:
        """Say, and log once, that the deliveries have to wait for settings."""
        missing = self.destination.missing_settings()
        if missing and not self._said_missing:
            log.warning("destination_waits_for_settings", destination=self.destination.name, missing=missing)
        self._said_missing = bool(missing)
        return bool(missing)


def seconds_until(due: int | None, now: int) -> float:
    """Say when to look again after nothing was ready."""
    if due is None:
        return LONGEST_SLEEP
    # What is due but was not ready waits behind an attempt under way, whose end wakes the lane.
    return max((due - now) / 1000, 0.0) or AFTER_ERROR
