"""What is measured of a person besides triggers, as compiled: computed traits and segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.engine.condition import Condition
from core.engine.tally import Tally

#: What a computed trait makes of the values of its events.
ComputedKind = Literal["count", "sum", "avg", "min", "max", "first", "last", "distinct", "list"]


@dataclass(frozen=True, slots=True)
class Computed:
    """A trait that is computed from events. ``limit`` bounds a ``list``."""

    name: str
    kind: ComputedKind
    tally: Tally
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Segment:
    """People for whom a condition holds; ``hash`` changes when its meaning does."""

    name: str
    condition: Condition
    hash: str = ""
