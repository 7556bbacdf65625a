"""What a destination hears of by itself: who came into which segment, what was computed, what was decided."""

from __future__ import annotations

from dataclasses import dataclass

from core.engine.trigger import Act


@dataclass(frozen=True, slots=True)
class Hears:
    """How a kind of destination is told: the action and field for what is known of people, and those for events.

    One of the fields ``people`` must name the person.
    """

    person: str
    traits: str
    event: str
    name: str
    properties: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """What one destination is told of; None stands for all there are.

    ``person`` and ``event`` are the two actions, with what the destination's file says of their fields.
    """

    person: Act
    event: Act
    how: Hears
    segments: frozenset[str] | None = frozenset()
    computed: frozenset[str] | None = frozenset()
    decisions: frozenset[str] | None = frozenset()
