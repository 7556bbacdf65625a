"""The one retry policy: when a delivery is tried again, as a durable time.

The strategies are tenacity's; no sleeping is done here, the store keeps the time.
"""

from __future__ import annotations

from dataclasses import dataclass

from tenacity import RetryCallState, Retrying, stop_after_delay, wait_random_exponential

from core.ports import RetryLater

LONGEST_HOLD = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Full jitter between nothing and a doubling bound; what a destination names goes before it. Seconds."""

    first: float = 1.0
    longest: float = 900.0

    def next_attempt(
        self, answer: RetryLater, *, number: int, first_at: int, now: int, horizon: int
    ) -> int | None:
        """Give the time of the next attempt after attempt ``number``; None when the horizon is over.

        A paused destination waits for its operator, which no horizon ends.
        """
        state = call_state(number, first_at, now)
        if not answer.pause and stop_after_delay(horizon / 1000)(state):
            return None
        if answer.until is not None:
            due = hold_until(answer.until, now)
            return due if answer.pause else min(due, first_at + horizon)
        wait = wait_random_exponential(multiplier=self.first, max=self.longest)(state)
        due = now + round(wait * 1000)
        # The last attempt is made when the horizon ends, not thrown away because it would fall behind it.
        return due if answer.pause else min(due, first_at + horizon)


def hold_until(until: int, now: int) -> int:
    """Keep a time that a destination named between now and 24 hours from now."""
    return min(max(until, now), now + LONGEST_HOLD)


def call_state(number: int, first_at: int, now: int) -> RetryCallState:
    """Describe to tenacity where a delivery stands, as if it had been tried in one long call."""
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = number
    state.start_time = first_at / 1000
    state.outcome_timestamp = now / 1000
    return state
