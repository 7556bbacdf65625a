"""Whether a destination may be asked now: its concurrency, rate and breaker under one lock."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from core.dispatch.breaker import Breaker
from core.dispatch.held import Held
from core.dispatch.limiter import Limiter
from core.dispatch.retries import RetryBudget
from core.ports import Outcome, Pace, RetryLater, Unknown


class Gate:
    """Let calls through, and learn from their outcomes. Times in milliseconds."""

    def __init__(self, pace: Pace) -> None:
        self.breaker = Breaker()
        self.limiter = Limiter(per_second=pace.per_second, burst=pace.burst)
        self.retries = RetryBudget()
        self.held = Held()
        self.concurrency = pace.concurrency
        self.in_flight = 0
        self._changed = threading.Condition()

    def room(self, now: int) -> int:
        """Say how many calls may start now."""
        with self._changed:
            room = min(self.concurrency - self.in_flight, self.limiter.room(now))
            allowed = self.breaker.room(now)
            return max(0, room if allowed is None else min(room, allowed))

    def retries_left(self, now: int) -> int:
        """Say how many calls may now try again what failed before."""
        with self._changed:
            return self.retries.room(now)

    def adjust(self, pace: Pace) -> None:
        """Go on at another pace, with what has been learnt."""
        with self._changed:
            self.concurrency = pace.concurrency
            self.limiter.adjust(per_second=pace.per_second, burst=pace.burst)

    @property
    def is_probing(self) -> bool:
        """Tell whether whatever starts now only finds out if the destination is back."""
        with self._changed:
            return self.breaker.state != "closed"

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is under way."""
        with self._changed:
            return self.in_flight == 0

    def retry_at(self, now: int) -> int:
        """Give the time before which nothing may start, whatever ends meanwhile."""
        with self._changed:
            return max(self.breaker.retry_at(), self.limiter.retry_at(now))

    def enter(self, now: int, *, first: int = 0, again: int = 0) -> bool:
        """Count a call in, as one that tries for the first time or again, and say whether it is the breaker's probe."""
        with self._changed:
            self.retries.count(now, first=first, again=again)
            self.in_flight += 1
            self.limiter.take(1)
            return self.breaker.launch(now)

    def leave(self) -> None:
        """Count a call out, once its outcome is stored."""
        with self._changed:
            self.in_flight -= 1
            self._changed.notify_all()

    def held_actions(self, now: int) -> Mapping[str, tuple[int, str]]:
        """Give the actions that may not be tried now: until when, and why."""
        with self._changed:
            return self.held.waits(now)

    def learn(self, outcome: Outcome, now: int, *, probe: bool, action: str = "") -> tuple[str, str]:
        """Let an outcome open, hold or close; give the breaker's state before and after."""
        with self._changed:
            if action:
                self.held.learn(action, outcome, now)
            before = self.breaker.state
            if isinstance(outcome, RetryLater) and outcome.throttled:
                self.limiter.throttled(now, outcome.until)
                self.breaker.alive(probe=probe)
            elif isinstance(outcome, RetryLater) and outcome.alone:
                self.breaker.alive(probe=probe)
            elif isinstance(outcome, RetryLater) and outcome.pause:
                self.breaker.pause(now, outcome.reason, probe=probe)
            elif isinstance(outcome, RetryLater | Unknown):
                # A lost answer says as much about the destination as a refused connection does.
                self.breaker.failed(now, outcome.reason, probe=probe)
            else:
                self.limiter.eased()
                self.breaker.succeeded()
            if before != "closed" and self.breaker.state == "closed":
                # What waited through an outage must not come down on a destination that has just got up.
                self.limiter.resumed()
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
                "paused": self.breaker.reason or self.held.reason,
                "since": self.held.since if self.breaker.since is None else self.breaker.since,
                "needs_operator": self.breaker.needs_operator or bool(self.held.reason),
                "in_flight": self.in_flight,
            }
