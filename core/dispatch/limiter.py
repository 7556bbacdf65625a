"""Keep to a destination's rate: a bucket of tokens, and a hold while it says that we are too fast."""

from __future__ import annotations

from core.retry import hold_until

FIRST_HOLD = 1_000
LONGEST_OWN_HOLD = 60_000


class Limiter:
    """Let so many attempts through per second, with a burst.

    Times in milliseconds; callers hold their own lock.
    """

    def __init__(self, *, per_second: float, burst: int) -> None:
        self.per_second = per_second
        self.burst = burst
        self._tokens = float(burst)
        self._filled_at: int | None = None
        self._held_until = 0
        self._streak = 0

    def room(self, now: int) -> int:
        """Say how many attempts may start now."""
        self._refill(now)
        return 0 if now < self._held_until else int(self._tokens)

    def retry_at(self, now: int) -> int:
        """Give the time at which at least one attempt may start."""
        self._refill(now)
        wait = 0 if self._tokens >= 1 else -int(-(1 - self._tokens) * 1000 // self.per_second)
        return max(self._held_until, now + wait)

    def take(self, count: int) -> None:
        """Use up what has been started."""
        self._tokens -= count

    def throttled(self, now: int, until: int | None) -> None:
        """Hold everything until the destination's own time, else for a doubling while."""
        own = min(FIRST_HOLD * 2 ** min(self._streak, 10), LONGEST_OWN_HOLD)
        self._held_until = max(self._held_until, now + own if until is None else hold_until(until, now))
        self._streak += 1
        self._tokens = min(self._tokens, 1.0)

    def resumed(self) -> None:
        """Begin small after an outage: a tenth of the burst."""
        self._tokens = min(self._tokens, max(1.0, self.burst / 10))

    def adjust(self, *, per_second: float, burst: int) -> None:
        """Keep to another rate from now on."""
        self.per_second, self.burst = per_second, burst
        self._tokens = min(self._tokens, float(burst))

    def eased(self) -> None:
        """Forget past throttling after an answer that was none."""
        self._streak = 0

    def _refill(self, now: int) -> None:
        since = self._filled_at if self._filled_at is not None else now
        # While held nothing is added: a full burst at the end of the hold would be throttled again.
        if now >= self._held_until:
            start = max(since, self._held_until)
            self._tokens = min(self.burst, self._tokens + max(0, now - start) * self.per_second / 1000)
            self._filled_at = max(since, now)
