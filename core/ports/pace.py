"""How fast and how often a destination may be asked, as its file says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """How many sends a calendar day may hold; without ``actions`` those that reach a person are counted."""

    times: int
    zone: str = "UTC"
    actions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a destination is asked: requests at a time, per second, and in one burst."""

    concurrency: int = 4
    per_second: float = 100.0
    burst: int = 100
    budget: Budget | None = None
