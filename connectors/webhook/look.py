"""What is asked before a send, bounded in time and size, and kept for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from connectors.webhook.exchange import Answered, Exchange
from connectors.webhook.make import Made
from connectors.webhook.wire import StoppedError
from core.ports import Clock, Rejected, RetryLater
from core.ports.request import LookUp

#: Answers that are kept at most; the one that was kept first goes first.
MOST_KEPT = 256

#: Stands for an answer that says that there is nothing.
_NOTHING = object()


class LookUps:
    """Asks, and remembers; ``ask`` sends one request and gives up after so many seconds."""

    def __init__(self, ask: Callable[[Made, float], Answered], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, tuple[int, Any]] = OrderedDict()

    def find(self, look_up: LookUp, made: Made, exchange: Exchange) -> Any:
        """Give what ``lookup`` is; raises where there is nothing, and nothing to stand for it."""
        try:
            found = self._find(look_up, made, exchange)
        except StoppedError:
            if look_up.otherwise is None:
                raise
            found = _NOTHING
        if found is not _NOTHING:
            return found
        if look_up.otherwise is None:
            raise StoppedError(Rejected("the look-up before the send found nothing"))
        return exchange.value(look_up.otherwise)

    def _find(self, look_up: LookUp, made: Made, exchange: Exchange) -> Any:
        key = (made.url, *made.headers.items())
        with self._lock:
            until, found = self._kept.get(key, (0, None))
        if self._clock.now() < until:
            return found
        found = _read(self._ask(made, look_up.timeout / 1000), look_up, exchange)
        if look_up.cache:
            self._keep(key, found, self._clock.now() + look_up.cache)
        return found

    def _keep(self, key: object, found: Any, until: int) -> None:
        with self._lock:
            self._kept[key] = (until, found)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


def _read(got: Answered, look_up: LookUp, exchange: Exchange) -> Any:
    """Read an answer: not found is an answer too, everything else but success is none."""
    if got.status in (404, 410):
        return _NOTHING
    if got.status in (401, 403):
        refused = f"the look-up before the send was answered {got.status} (check its credentials)"
        raise StoppedError(RetryLater(refused, pause=True))
    if not 200 <= got.status < 300:
        raise StoppedError(RetryLater(f"the look-up before the send was answered {got.status}"))
    found = got.body if look_up.gives is None else got.seen_from(exchange).value(look_up.gives)
    return _NOTHING if found is None else found
