"""Whether a destination may be asked now: its concurrency, rate and breaker under one lock."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from core.dispatch.breaker import Breaker
from core.dispatch.limiter import Limiter
from core.ports import Outcome, RetryLater, Unknown


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a destination is asked: attempts at a time, per second, and in one burst."""

    concurrency: int = 4
    per_second: float = 100.0
    burst: int = 100


class Gate:
    """Let attempts through, and learn from their outcomes. Times in milliseconds."""

    def __init__(self, pace: Pace) -> None:
        self.breaker = Breaker()
        self.limiter = Limiter(per_second=pace.per_second, burst=pace.burst)
        self.concurrency = pace.concurrency
        self.in_flight = 0
        self._changed = threading.Condition()

    def room(self, now: int) -> int:
        """Say how many attempts may start now."""
        with self._changed:
            room = min(self.concurrency - self.in_flight, self.limiter.room(now))
            allowed = self.breaker.room(now)
            return max(0, room if allowed is None else min(room, allowed))

    def retry_at(self, now: int) -> int:
        """Give the time before which nothing may start, whatever ends meanwhile."""
        with self._changed:
            return max(self.breaker.retry_at(), self.limiter.retry_at(now))

    def enter(self) -> bool:
        """Count an attempt in, and say whether it is the breaker's probe."""
        with self._changed:
            self.in_flight += 1
            self.limiter.take(1)
            return self.breaker.launch()

    def leave(self) -> None:
        """Count an attempt out, once its outcome is stored."""
        with self._changed:
            self.in_flight -= 1
            self._changed.notify_all()

    def learn(self, outcome: Outcome, now: int, *, probe: bool) -> tuple[str, str]:
        """Let an outcome open, hold or close; give the breaker's state before and after."""
        with self._changed:
            before = self.breaker.state
            if isinstance(outcome, RetryLater) and outcome.throttled:
                self.limiter.throttled(now, outcome.until)
                self.breaker.throttled(probe=probe)
            elif isinstance(outcome, RetryLater) and outcome.pause:
                self.breaker.pause(now, outcome.reason, probe=probe)
            elif isinstance(outcome, RetryLater | Unknown):
                # A lost answer says as much about the destination as a refused connection does.
                self.breaker.failed(now, outcome.reason, probe=probe)
            else:
                self.limiter.eased()
                self.breaker.succeeded()
            return before, self.breaker.state

    def drain(self, timeout: float) -> bool:
        """Wait until nothing is under way, but no longer than this many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.in_flight == 0, timeout)

    def metrics(self) -> dict[str, Any]:
        """Say how the destination is doing."""
        with self._changed:
            return {
                "breaker": self.breaker.state,
                "paused": self.breaker.reason,
                "in_flight": self.in_flight,
            }
