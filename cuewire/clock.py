"""The machine's clock."""

from __future__ import annotations

import time


class SystemClock:
    """Tell the time of this machine in milliseconds since 1970, UTC."""

    def now(self) -> int:
        """Give the time."""
        return time.time_ns() // 1_000_000
