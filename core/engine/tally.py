"""A tally as compiled: which events of a person are counted, and how far back."""

from __future__ import annotations

from dataclasses import dataclass

from core.engine.formula import Formula
from core.engine.when import Pattern


@dataclass(frozen=True, slots=True)
class Tally:
    """Events that are counted, or whose ``value`` is kept, for a condition or a computed trait.

    With ``within`` the events of the window ``[at - ago - within, at - ago]`` count, without it all there ever were.
    ``id`` hashes what it means: what was gathered under it stays good as long as that is the same.
    """

    id: str
    patterns: tuple[Pattern, ...]
    within: int | None = None
    ago: int = 0
    value: Formula | None = None

    @property
    def reach(self) -> int:
        """Tell how long an event matters, in milliseconds; 0 for ever."""
        return 0 if self.within is None else self.within + self.ago
