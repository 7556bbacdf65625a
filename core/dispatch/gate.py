"""Whether this process may ask a destination now: concurrency and breaker under one lock; the rate is the store's."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.dispatch.breaker import Breaker
from core.dispatch.held import Held
from core.dispatch.retries import RetryBudget
from core.ports import Outcome, Pace, RetryLater, Unknown


@dataclass(slots=True)
class Passage:
    """One call on its way: whether it is the breaker's probe, and whether its answer slows the others down."""

    is_probe: bool
    slows: bool = False


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one call's answer said of the destination, and the breaker's state before and after it."""

    said: Outcome
    before: str
    after: str

    @property
    def is_resumed(self) -> bool:
        """Tell whether it ends an outage."""
        return self.before != "closed" and self.after == "closed"

    @property
    def slows(self) -> bool:
        """Tell whether fewer calls may start from now on."""
        return self.is_resumed or (isinstance(self.said, RetryLater) and self.said.throttled)


class Gate:
    """Let calls through, and learn from their outcomes. Times in milliseconds."""

    def __init__(self, pace: Pace) -> None:
        self.breaker = Breaker()
        self.retries = RetryBudget()
        self.held = Held()
        self.pace = pace
        self.in_flight = 0
        self._slowing = 0
        self._rest = (0, 0)
        self._changed = threading.Condition()

    def room(self, now: int) -> int:
        """Say how many calls may start now."""
        with self._changed:
            if self._slowing or self._rests_until(now):
                return 0
            room, allowed = self.pace.concurrency - self.in_flight, self.breaker.room(now)
            return max(0, room if allowed is None else min(room, allowed))

    def rest(self, now: int, until: int, *, pace: Pace) -> None:
        """Remember when the store's bucket has something again at this pace, so that nobody looks before."""
        with self._changed:
            if pace is self.pace:
                self._rest = (now, until)

    def _rests_until(self, now: int) -> int:
        since, until = self._rest
        # A clock that was set back makes it worthless.
        return until if since <= now < until else 0

    def retries_left(self, now: int) -> int:
        """Say how many calls may now try again what failed before."""
        with self._changed:
            return self.retries.room(now)

    def adjust(self, pace: Pace) -> None:
        """Go on at another pace, with what has been learnt."""
        with self._changed:
            self.pace = pace
            self._rest = (0, 0)

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
            return max(self.breaker.retry_at(), self._rests_until(now))

    def enter(self, now: int, *, first: int = 0, again: int = 0) -> Passage:
        """Count a call in, as one that tries for the first time or again."""
        with self._changed:
            self.retries.count(now, first=first, again=again)
            self.in_flight += 1
            return Passage(self.breaker.launch(now))

    def leave(self, passage: Passage) -> None:
        """Count a call out, once its outcome is stored."""
        with self._changed:
            self.in_flight -= 1
            self._slowing -= passage.slows
            self._changed.notify_all()

    def held_actions(self, now: int) -> Mapping[str, tuple[int, str]]:
        """Give the actions that may not be tried now: until when, and why."""
        with self._changed:
            return self.held.waits(now)

    def learn(self, outcome: Outcome, now: int, *, passage: Passage, action: str = "") -> Lesson:
        """Let an outcome open, hold or close; what slows down shuts the gate until the store has heard of it."""
        with self._changed:
            if action:
                self.held.learn(action, outcome, now)
            before = self.breaker.state
            self._judge(outcome, now, probe=passage.is_probe)
            lesson = Lesson(outcome, before, self.breaker.state)
            if lesson.slows and not passage.slows:
                passage.slows = True
                self._slowing += 1
            return lesson

    def _judge(self, outcome: Outcome, now: int, *, probe: bool) -> None:
        if isinstance(outcome, RetryLater) and (outcome.throttled or outcome.alone):
            self.breaker.alive(probe=probe)
        elif isinstance(outcome, RetryLater) and outcome.pause:
            self.breaker.pause(now, outcome.reason, probe=probe)
        elif isinstance(outcome, RetryLater | Unknown):
            # A lost answer says as much about the destination as a refused connection does.
            self.breaker.failed(now, outcome.reason, probe=probe)
        else:
            self.breaker.succeeded()

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
