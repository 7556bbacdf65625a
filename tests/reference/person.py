"""What the reference model keeps of a person and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reference.history import Happening, Match
from reference.policy import Sent
from reference.rules import Step

Decided = tuple[str, str, int, str, str | None]
Asked = tuple[str, str, str | None, int, int, str]
Named = tuple[str, str, str | None, int]
Left = tuple[Named, int, str, int]


@dataclass
class Journey:
    """A decision that fired at ``at`` and whose step ``following`` waits until ``due``."""

    match: Match
    following: int
    due: int
    at: int

    @property
    def wake_at(self) -> int:
        """Give the time after which its timer is drained."""
        return self.due + self.match.anchor.lateness


@dataclass(frozen=True)
class Held:
    """A match that is judged at ``due``: the last of a burst, or one whose group is full (``until`` at the latest)."""

    match: Match
    due: int
    until: int | None = None

    @property
    def wake_at(self) -> int:
        """Give the time after which its timer is drained."""
        return self.due + self.match.anchor.lateness

    @property
    def is_burst(self) -> bool:
        """Say whether it waits for the end of its burst, and not for its group."""
        return self.until is None


class Place(NamedTuple):
    """A firing: when, and the group in which it took a place."""

    at: int
    group: str
    shadow: bool


@dataclass
class Message:
    """A message that was let go at ``since`` and is asked again at ``due``; the ``number`` is that of its creation."""

    number: int
    match: Match
    index: int
    step: Step
    since: int
    due: int
    expires: int | None
    tries: int = 0

    @property
    def name(self) -> Named:
        """Name it by its decision and step."""
        return (self.match.trigger, self.match.anchor_id, self.match.key, self.index)

    @property
    def is_held(self) -> bool:
        """Say whether an exit event may take it back: it waits for something and has never left."""
        return self.due > self.since and not self.tries


@dataclass(frozen=True)
class Dated:
    """What a date of the profile is waited for, or was, since the event that brought it."""

    due: int
    anchor: Happening
    is_armed: bool


@dataclass
class Answer:
    """What one call did: decisions, actions, and firings found to have been wrong.

    ``taken_back`` are messages that an exit event ended; ``left`` tells what became of those that were due.
    """

    decisions: list[Decided] = field(default_factory=list)
    actions: list[Asked] = field(default_factory=list)
    false_positives: list[Decided] = field(default_factory=list)
    taken_back: list[Named] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


@dataclass
class Person:
    """Everything ever known of one person.

    ``matched`` is what is counted where a trigger's matches are; ``done`` are the matches whose timers had their turn,
    or never will; ``kept`` are the events, by arrival number, that some trigger named when they came. ``bursts`` are
    the times at which each trigger and key matched; ``taken_back`` is still to be told.
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
    fired: dict[Match, Place] = field(default_factory=dict)
    journeys: list[Journey] = field(default_factory=list)
    members: set[str] = field(default_factory=set)
    up: set[str] = field(default_factory=set)
    dates: dict[str, Dated] = field(default_factory=dict)
    phones: list[str] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    bursts: dict[tuple[str, str | None], list[int]] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    taken_back: list[Named] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    @property
    def horizon(self) -> int:
        """Give the time below which every timer has been drained."""
        return max(self.clock, self.drained + 1)

    @property
    def latest(self) -> int:
        """Give the latest moment of which anything is known: segments are never judged before it."""
        return max(self.clock, self.judged)


def told(match: Match, outcome: str, at: int) -> Decided:
    """Tell a decision without its id."""
    return (match.trigger, outcome, at, match.anchor_id, match.key)
