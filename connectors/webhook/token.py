"""A token that a vendor gives for a while: asked for once by all threads, and once anew when it is over."""

from __future__ import annotations

import threading
from collections.abc import Callable

from connectors.transport import as_response, read_status
from connectors.webhook.exchange import Answered, Exchange
from connectors.webhook.wire import StoppedError
from core.ports import Clock, Outcome, RetryLater
from core.ports.request import Token

#: Milliseconds before its end at which a token is no longer used.
MARGIN = 60_000
LASTS = 3_600_000


class Tokens:
    """Keeps one token; ``ask`` fetches the answer that holds a new one."""

    def __init__(
        self,
        token: Token,
        ask: Callable[[], tuple[Answered, Exchange]],
        *,
        clock: Clock,
        title: str,
        keys: str,
    ) -> None:
        self._token = token
        self._ask = ask
        self._clock = clock
        self._title = title
        self._keys = keys
        self._lock = threading.Lock()
        self._value = ""
        self._until = 0

    def get(self, *, instead_of: str = "") -> str:
        """Give a token that is good; ``instead_of`` is one that the vendor has refused."""
        with self._lock:
            is_good = self._value and self._clock.now() < self._until and self._value != instead_of
            if not is_good:
                self._renew()
            return self._value

    def known(self) -> str:
        """Give the token that is kept, to be taken out of texts."""
        return self._value

    def forget(self) -> None:
        """Ask for another one next time."""
        with self._lock:
            self._until = 0

    def _renew(self) -> None:
        got, exchange = self._ask()
        seen = got.seen_from(exchange)
        value = seen.written(self._token.value) if 200 <= got.status < 300 else ""
        if not value:
            raise StoppedError(self._refusal(got))
        lasts = seen.value(self._token.lasts)
        length = (
            int(lasts * 1000) if isinstance(lasts, int | float) and not isinstance(lasts, bool) else LASTS
        )
        self._value, self._until = value, self._clock.now() + max(0, length - MARGIN)

    def _refusal(self, got: Answered) -> Outcome:
        """Read a refusal: whatever is wrong with the credentials, an operator must mend it."""
        response = as_response(got.status, got.headers, "")
        if 200 <= got.status < 500 and got.status not in (408, 425, 429):
            return RetryLater(f"{self._title} gives no token: {got.status} (check {self._keys})", pause=True)
        outcome = read_status(response, title=self._title, now=self._clock.now(), keys=self._keys)
        return outcome if isinstance(outcome, RetryLater) else RetryLater(outcome.reason)
