"""Count what leaves, for the metrics page."""

from __future__ import annotations

import threading
from collections import Counter


class Counters:
    """Count attempts by destination and outcome, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._attempts: Counter[tuple[str, str]] = Counter()

    def count(self, destination: str, outcome: str) -> None:
        """Add one attempt."""
        with self._lock:
            self._attempts[destination, outcome] += 1

    def attempts(self) -> dict[tuple[str, str], int]:
        """Give the totals so far by destination and outcome."""
        with self._lock:
            return dict(self._attempts)
