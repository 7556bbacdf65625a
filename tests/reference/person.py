"""What the reference model keeps of a person and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reference.history import Happening, Match
from reference.rules import Step

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


@dataclass
class Answer:
    """What one call did: decisions, actions, and firings found to have been wrong."""

    decisions: list[Decided] = field(default_factory=list)
    actions: list[Asked] = field(default_factory=list)
    false_positives: list[Decided] = field(default_factory=list)


@dataclass
class Person:
    """Everything ever known of one person."""

    history: list[Happening] = field(default_factory=list)
    clock: int = 0
    drained: int = 0
    traits: dict[str, tuple[tuple[int, int], Any]] = field(default_factory=dict)
    consent: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    fired: set[Match] = field(default_factory=set)
    journeys: list[Journey] = field(default_factory=list)
    owed: set[Match] = field(default_factory=set)

    @property
    def horizon(self) -> int:
        """Give the time below which every timer has been drained."""
        return max(self.clock, self.drained + 1)


def told(match: Match, outcome: str) -> Decided:
    """Tell a decision without its id."""
    return (match.trigger, outcome, match.at, match.anchor_id, match.key)


def scope(person: Person, match: Match) -> dict[str, Any]:
    """Give what a condition sees: the anchor's properties and case, and the traits as known now."""
    traits = {name: value for name, (_, value) in person.traits.items()}
    return {"properties": match.anchor.properties, "traits": traits, "case": match.case, "key": match.key}


def refused(person: Person, step: Step) -> bool:
    """Say whether a step reaches a person who has not agreed to its purpose."""
    if step.kind != "message" or step.purpose == "transactional":
        return False
    return not any(
        granted and purpose == step.purpose and channel in ("", "sms")
        for (purpose, channel), (_, granted) in person.consent.items()
    )
