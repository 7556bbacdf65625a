"""The value of what cannot be computed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """Stands for a result that does not exist; ``field`` is the path that is missing or unusable."""

    reason: str
    field: str = ""
