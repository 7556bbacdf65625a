"""Actions that a destination does not let us use: they wait for an operator, while its others go on."""

from __future__ import annotations

from collections.abc import Mapping

from core.dispatch.breaker import Breaker
from core.ports import Outcome, RetryLater, Unknown

#: What waits for an action tries it again within a quarter of an hour after the hold: later nothing waits any more.
FORGOTTEN_AFTER = 1_200_000


class Held:
    """Each such action behind a breaker of its own. Times in milliseconds; callers hold their own lock."""

    def __init__(self) -> None:
        self._breakers: dict[str, Breaker] = {}

    def learn(self, action: str, outcome: Outcome, now: int) -> None:
        """Hold an action that was not allowed, longer each time, and let it go once it is answered."""
        if isinstance(outcome, RetryLater) and outcome.pause and outcome.alone:
            breaker = self._breakers.setdefault(action, Breaker())
            breaker.pause(now, f"{action}: {outcome.reason}", probe=now >= breaker.retry_at())
        elif not isinstance(outcome, RetryLater | Unknown):
            self._breakers.pop(action, None)

    def waits(self, now: int) -> Mapping[str, tuple[int, str]]:
        """Give until when each action is not tried, and why; a hold that kept nobody waiting any more is forgotten."""
        over = [name for name, one in self._breakers.items() if now > one.retry_at() + FORGOTTEN_AFTER]
        for name in over:
            del self._breakers[name]
        return {
            name: (one.retry_at(), one.reason) for name, one in self._breakers.items() if now < one.retry_at()
        }

    @property
    def reason(self) -> str:
        """Say which actions are held, and why."""
        return "; ".join(one.reason for one in self._breakers.values())

    @property
    def since(self) -> int | None:
        """Tell since when one is."""
        return min((one.since for one in self._breakers.values() if one.since is not None), default=None)
