"""Retries must not become the load: they are held to a share of what is tried for the first time."""

from __future__ import annotations

#: Each first try allows a fifth of a retry; whatever happens, one a second is allowed.
SHARE = 0.2
PER_SECOND = 1.0
MOST = 50.0


class RetryBudget:
    """A bucket of retries, full at first. Times in milliseconds; callers hold their own lock."""

    def __init__(self) -> None:
        self._tokens = MOST
        self._filled_at: int | None = None

    def room(self, now: int) -> int:
        """Say how many retries may start now."""
        self._refill(now)
        return max(0, int(self._tokens))

    def count(self, now: int, *, first: int, again: int) -> None:
        """Count tries that start."""
        self._refill(now)
        self._tokens = min(MOST, self._tokens + first * SHARE) - again

    def _refill(self, now: int) -> None:
        since = now if self._filled_at is None else self._filled_at
        self._tokens = min(MOST, self._tokens + max(0, now - since) * PER_SECOND / 1000)
        self._filled_at = max(since, now)
