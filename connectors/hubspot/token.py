"""HubSpot's two kinds of access: a private app's token, and OAuth, whose tokens are renewed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from core.ports import Clock, Outcome, RetryLater

#: A token is renewed before it ends, so that no request arrives with one that has.
MARGIN = 60_000

#: What HubSpot's tokens last, where an answer does not say.
LIFETIME_S = 1_800

#: Words of HubSpot after which no renewal will ever succeed: the grant is gone, or the account is.
ENDED = ("BAD_REFRESH_TOKEN", "BAD_HUB")

Ask = Callable[[], Mapping[str, Any]]


class NoToken(Exception):
    """Say that a renewal failed, so that nothing was sent, and what that means."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Fixed:
    """A private app's token, which never changes."""

    def __init__(self, token: str) -> None:
        self.held = token

    def token(self, *, instead_of: str = "") -> str:
        """Give the token, whatever was said of it."""
        return self.held


class Grant:
    """OAuth's access: one thread renews the token for all, before it ends and when HubSpot refuses it."""

    def __init__(self, ask: Ask, clock: Clock) -> None:
        self.held = ""
        self._ask = ask
        self._clock = clock
        self._renewing = threading.Lock()
        self._until = 0

    def token(self, *, instead_of: str = "") -> str:
        """Give a token that is good, and is not the one that was refused."""
        with self._renewing:
            now = self._clock.now()
            if not self.held or self.held == instead_of or now >= self._until:
                self._renew(now)
            return self.held

    def _renew(self, now: int) -> None:
        """Get a new token; the old one is not taken up again where that fails."""
        self.held = ""
        answer = self._ask()
        token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token:
            raise NoToken(
                RetryLater("HubSpot gave an answer to the renewal of its token that cannot be read")
            )
        seconds = lifetime if isinstance(lifetime, int) and lifetime > 0 else LIFETIME_S
        self.held, self._until = token, now + max(seconds * 1_000 - MARGIN, MARGIN)


def read_renewal(outcome: Outcome, *, status: int, said: str, names: str) -> RetryLater:
    """Say what a failed renewal means: nothing was sent, so it is tried again, or waits for an operator."""
    if isinstance(outcome, RetryLater) and not outcome.pause:
        return outcome
    if 400 <= status < 500 and status not in (408, 425, 429):
        why = " (the grant has ended: install the app again)" if any(word in said for word in ENDED) else ""
        return RetryLater(
            f"HubSpot refused to renew its token with {status}: {said}{why} (check {names})", pause=True
        )
    return RetryLater(f"{outcome.reason}, at the renewal of its token")
