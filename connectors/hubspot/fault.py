"""What HubSpot's failures mean: its limits told apart, and the other errors of its SDK."""

from __future__ import annotations

from typing import Any

from core.ports import Clock, Outcome, RetryLater

HOUR = 3_600_000
DAY = 24 * HOUR

#: How long, in milliseconds, HubSpot's short limits last; their answers carry no ``Retry-After``.
LIMITS = {"TEN_SECONDLY_ROLLING": 10_000, "SECONDLY": 1_000}

#: After 423 (too much written at once) HubSpot asks for a pause of at least two seconds.
LOCKED = 2_000

#: Statuses that are limits: too much at once, too many requests, and an account that is being moved.
LIMITED = (423, 429, 477)


class Limits:
    """How long to wait for HubSpot; it remembers that a day's limit was met."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._daily_limit_until = 0

    def read(self, response: Any, reason: str) -> RetryLater:
        """Say how long a limit lasts: by ``Retry-After`` where HubSpot sends it, else by what is documented."""
        from connectors.transport import json_object, retry_after  # requests is slow to import

        now = self.clock.now()
        until = retry_after(response, now)
        policy = json_object(response).get("policyName")
        if until is None and response.status_code == 423:
            until = now + LOCKED
        elif until is None and policy == "DAILY":
            until = self._wait_for_midnight(now)
            reason += " (it waits for midnight in UTC, as HubSpot does not say the account's time zone)"
        elif until is None and policy in LIMITS:
            until = now + LIMITS[policy]
        return RetryLater(reason, until=until, throttled=True)

    def _wait_for_midnight(self, now: int) -> int:
        """Give the next midnight in UTC, but each hour once one has passed: the account's may be any of them."""
        if 0 < self._daily_limit_until <= now < self._daily_limit_until + DAY:
            return now + HOUR
        self._daily_limit_until = (now // DAY + 1) * DAY
        return self._daily_limit_until


def response_of(error: Exception) -> Any:
    """Write an SDK's error as ``requests`` would have given the answer; None where there was none."""
    from connectors.transport import as_response  # requests is slow to import

    # Each package of the SDK has an exception class of its own: what they share is the status.
    status = getattr(error, "status", None)
    if not isinstance(status, int) or not status:
        return None
    return as_response(status, getattr(error, "headers", None) or {}, getattr(error, "body", "") or "")


def is_missing(error: Exception) -> bool:
    """Say whether HubSpot has no such thing; a page of HTML would be somebody else's 404."""
    from connectors.transport import json_object

    response = response_of(error)
    return response is not None and response.status_code == 404 and bool(json_object(response))


def not_secure(error: Exception) -> Outcome | None:
    """Read the SDK's status 0, which is a failed handshake: nothing was sent."""
    # Most packages of the SDK stumble over the body that such an error lacks.
    found = next((one for one in (error, error.__context__) if getattr(one, "status", None) == 0), None)
    if found is None:
        return None
    return RetryLater(f"no secure connection to HubSpot: {getattr(found, 'reason', '')}")
