"""What the reference model keeps of a person and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reference.history import Happening, Match
from reference.policy import Sent
from reference.rules import Step

Decided = tuple[str, str, int, str, str | None]
Asked = tuple[str, str, str | None, int, int, str]
Named = tuple[str, str, str | None, int, str]
Left = tuple[Named, int, str, int]

#: A step that did not leave, and its gate: trigger, event, key, step, when, which.
Stopped = tuple[str, str, str | None, int, int, str]


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
    """A message that was let go at ``since`` and is asked again at ``due``; the ``number`` is that of its creation.

    ``free`` is the moment for which it, or the channel before it, has waited last. One that ``is_shared`` tells of more
    firings than one; one that ``is_next`` follows another channel.
    """

    number: int
    match: Match
    index: int
    step: Step
    since: int
    due: int
    expires: int | None
    free: int
    is_shared: bool = False
    is_next: bool = False
    tries: int = 0

    @property
    def name(self) -> Named:
        """Name it by its decision, step and channel."""
        return (self.match.trigger, self.match.anchor_id, self.match.key, self.index, self.step.channel)

    @property
    def is_held(self) -> bool:
        """Say whether an exit event may take it back: it waits for something, of one firing, and has never left."""
        return self.free > self.since and not self.tries and not self.is_shared


@dataclass
class Joined:
    """A firing that was let go at ``since`` and waits to leave in one message with others of the same letter.

    ``due`` is its digest's where it opened it; ``held`` is the free moment for which that waits. One that ``is_out``
    opened a digest and was taken out of it.
    """

    match: Match
    index: int
    letter: str
    since: int
    due: int
    held: int | None = None
    is_out: bool = False

    @property
    def place(self) -> tuple[int, int, str, str, int]:
        """Give the place in the order in which firings were let go."""
        return (self.since, self.match.anchor.seq, self.match.trigger, self.match.key or "", self.index)


class Digest(NamedTuple):
    """Firings that leave together, in order: the first has opened it."""

    joined: list[Joined]

    @property
    def opener(self) -> Joined:
        """Give the firing that opened it."""
        return self.joined[0]

    @property
    def staying(self) -> list[Joined]:
        """Give those who were not taken out."""
        return [one for one in self.joined if not one.is_out]

    @property
    def match(self) -> Match:
        """Give the match whose timer it has."""
        return self.opener.match

    @property
    def due(self) -> int:
        """Give the moment as of which it is judged next."""
        return self.opener.due if self.opener.held is None else self.opener.held

    @property
    def wake_at(self) -> int:
        """Give the time after which it is judged: nothing comes late to the moment for which it waits."""
        return self.due + (self.match.anchor.lateness if self.opener.held is None else 0)


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
    stops: list[Stopped] = field(default_factory=list)

    def stop(self, match: Match, index: int, at: int, gate: str) -> None:
        """Note what stopped a step."""
        self.stops.append((match.trigger, match.anchor_id, match.key, index, at, gate))


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
    joined: list[Joined] = field(default_factory=list)

    @property
    def horizon(self) -> int:
        """Give the time below which every timer has been drained."""
        return max(self.clock, self.drained + 1)

    @property
    def said(self) -> dict[str, Any]:
        """Give the traits as they were sent."""
        return {name: value for name, (_, value) in self.traits.items()}

    @property
    def latest(self) -> int:
        """Give the latest moment of which anything is known: segments are never judged before it."""
        return max(self.clock, self.judged)


def told(match: Match, outcome: str, at: int) -> Decided:
    """Tell a decision without its id."""
    return (match.trigger, outcome, at, match.anchor_id, match.key)


def learn(person: Person, event: Happening) -> None:
    """Keep an event's traits and consent: the newest statement wins."""
    for name, value in event.traits.items():
        is_known = name in person.traits
        if person.traits[name][0] < event.place if is_known else value is not None:
            person.traits[name] = (event.place, value)
    person.phones += [event.phone] if event.phone and event.phone not in person.phones else []
    for purpose, granted in event.consent.items():
        if purpose not in person.consent or person.consent[purpose][0] <= event.timestamp:
            person.consent[purpose] = (event.timestamp, granted)
