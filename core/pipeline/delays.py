"""By how much decisions were late, over the last minutes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from core.engine.decision import FIRED, Decision

#: What is older says nothing of now, in milliseconds.
WINDOW = 10 * 60_000

#: Of more firings within the window the last tell enough.
MOST = 20_000


class Delays:
    """Noted in the writer's thread, asked from any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: deque[tuple[int, int]] = deque(maxlen=MOST)

    def note(self, decisions: Iterable[Decision], now: int, since: int | None = None) -> None:
        """Remember by how much firings of now were late: since their request came, else since they were due."""
        fired = [one for one in decisions if one.outcome == FIRED]
        if fired:
            found = [(now, max(0, now - (one.at if since is None else since))) for one in fired]
            with self._lock:
                self._noted.extend(found)

    def high(self, now: int) -> int:
        """Give what 99 of 100 were not later than; 0 where nothing fired."""
        with self._lock:
            while self._noted and self._noted[0][0] < now - WINDOW:
                self._noted.popleft()
            found = sorted(delay for _, delay in self._noted)
        return found[-(len(found) // 100) - 1] if found else 0
