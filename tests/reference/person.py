"""What the reference model keeps of a person and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reference.history import Happening, Match

Decided = tuple[str, str, int, str, str | None]
Asked = tuple[str, str, str | None, int, int, str]


@dataclass
class Journey:
    """A fired decision whose step ``following`` waits until ``due``."""

    match: Match
    following: int
    due: int

    @property
    def wake_at(self) -> int:
        """Give the time after which its timer is drained."""
        return self.due + self.match.anchor.lateness


@dataclass(frozen=True)
class Dated:
    """What a date of the profile is waited for, or was, since the event that brought it."""

    due: int
    anchor: Happening
    is_armed: bool


@dataclass
class Answer:
    """What one call did: decisions, actions, and firings found to have been wrong."""

    decisions: list[Decided] = field(default_factory=list)
    actions: list[Asked] = field(default_factory=list)
    false_positives: list[Decided] = field(default_factory=list)


@dataclass
class Person:
    """Everything ever known of one person.

    ``matched`` is what is counted where a trigger's matches are; ``done`` are the matches whose timers had their turn,
    or never will; ``kept`` are the events, by arrival number, that some trigger named when they came.
    """

    history: list[Happening] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    clock: int = 0
    drained: int = 0
    judged: int = 0
    traits: dict[str, tuple[tuple[float, float], Any]] = field(default_factory=dict)
    consent: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    matched: set[Match] = field(default_factory=set)
    done: set[Match] = field(default_factory=set)
    fired: set[Match] = field(default_factory=set)
    journeys: list[Journey] = field(default_factory=list)
    members: set[str] = field(default_factory=set)
    up: set[str] = field(default_factory=set)
    dates: dict[str, Dated] = field(default_factory=dict)

    @property
    def horizon(self) -> int:
        """Give the time below which every timer has been drained."""
        return max(self.clock, self.drained + 1)

    @property
    def latest(self) -> int:
        """Give the latest moment of which anything is known: segments are never judged before it."""
        return max(self.clock, self.judged)


def told(match: Match, outcome: str) -> Decided:
    """Tell a decision without its id."""
    return (match.trigger, outcome, match.at, match.anchor_id, match.key)
