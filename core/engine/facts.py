"""What conditions may ask of a person, as of the moment they are judged at."""

from __future__ import annotations

from typing import Any, Protocol

from core.engine.tally import Tally
from core.engine.unknown import Unknown


class Facts(Protocol):
    """A person as of one moment."""

    def count(self, tally: Tally) -> int:
        """Count the events of a tally."""

    def in_segment(self, name: str) -> bool:
        """Tell whether the person is in a segment."""

    def trait(self, name: str) -> Any:
        """Give one trait as the whole view has it; None where it is absent."""

    def score(self, name: str) -> float | Unknown:
        """Give a score."""

    def refusal(self, purpose: str, channel: str) -> str:
        """Say why the person may not be written to; empty when they may."""

    def idle(self) -> int | None:
        """Tell how long the last activity lies back, in milliseconds; None without any."""


class _NoFacts:
    """Nobody: for formulas that are judged without a person."""

    def count(self, tally: Tally) -> int:
        """Count nothing."""
        return 0

    def in_segment(self, name: str) -> bool:
        """Be in no segment."""
        return False

    def trait(self, name: str) -> Any:
        """Have no traits."""
        return None

    def score(self, name: str) -> float | Unknown:
        """Have no score."""
        return Unknown(f"there is no score {name}")

    def refusal(self, purpose: str, channel: str) -> str:
        """Agree to nothing."""
        return "no statement"

    def idle(self) -> int | None:
        """Have no activity."""
        return None


NO_FACTS = _NoFacts()
