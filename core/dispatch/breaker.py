"""Stop asking a destination that fails, and find out by single probes when it is back."""

from __future__ import annotations

from typing import Literal

State = Literal["closed", "open", "half_open"]


class Breaker:
    """Open after several failures in a row, or at once when only an operator can help. Times in milliseconds.

    Callers hold their own lock. Only the probe's result counts while it is not closed: what was already under
    way says nothing new. ``since`` tells when it opened, ``needs_operator`` that waiting alone will not do.
    """

    def __init__(
        self,
        *,
        threshold: int = 5,
        first_wait: int = 1_000,
        pause_wait: int = 30_000,
        longest_wait: int = 300_000,
    ) -> None:
        self.threshold = threshold
        self.first_wait = first_wait
        self.pause_wait = pause_wait
        self.longest_wait = longest_wait
        self.reason = ""
        self.since: int | None = None
        self.needs_operator = False
        self._failures = 0
        self._wait = 0
        self._retry_at: int | None = None
        self._probing = False

    @property
    def state(self) -> State:
        """Name the state; half open while one probe is under way."""
        if self._retry_at is None:
            return "closed"
        return "half_open" if self._probing else "open"

    def retry_at(self) -> int:
        """Give the time from which something may be tried; 0 when closed."""
        return self._retry_at or 0

    def room(self, now: int) -> int | None:
        """Say how many may be tried now; None for any number."""
        if self._retry_at is None:
            return None
        return 1 if now >= self._retry_at and not self._probing else 0

    def launch(self, now: int) -> bool:
        """Note that an attempt starts, and say whether it is the probe; one claimed before it opened is none."""
        is_probe = self._retry_at is not None and now >= self._retry_at and not self._probing
        self._probing = self._probing or is_probe
        return is_probe

    def succeeded(self) -> None:
        """Close: the destination answers."""
        self._failures = 0
        self._wait = 0
        self._retry_at = None
        self._probing = False
        self.reason = ""
        self.since = None
        self.needs_operator = False

    def alive(self, *, probe: bool) -> None:
        """Take what is not about the destination as a sign of life, but not as a success between failures."""
        if probe:
            self.succeeded()

    def failed(self, now: int, reason: str, *, probe: bool) -> None:
        """Count a failure; open at the threshold, and wait longer after each failed probe."""
        self._failures += 1
        if probe or (self._retry_at is None and self._failures >= self.threshold):
            self._open(now, reason, self.first_wait)
            self.needs_operator = False

    def pause(self, now: int, reason: str, *, probe: bool) -> None:
        """Open at once: nothing will succeed until an operator acts."""
        if probe or self._retry_at is None:
            self._open(now, reason, self.pause_wait)
            self.needs_operator = True

    def _open(self, now: int, reason: str, first_wait: int) -> None:
        self._wait = min(max(self._wait * 2, first_wait), self.longest_wait)
        self._retry_at = now + self._wait
        self._probing = False
        self.reason = reason
        self.since = now if self.since is None else self.since
