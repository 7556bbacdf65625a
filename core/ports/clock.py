"""The clock."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests and rehearsals bring their own."""

    def now(self) -> int:
        """Give milliseconds since 1970, UTC."""
