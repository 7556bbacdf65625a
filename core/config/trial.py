"""The ``tests:`` of mapping files as values: what is made to happen, what must come of it, and where that stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.engine.value import Value

#: When a timeline begins that does not say so: 2026-03-02T10:00:00Z, a Monday.
START = 1_772_445_600_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the admin's files."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone made up; ``consent`` is by purpose and channel, an empty channel means all."""

    place: Place
    identifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[tuple[str, str], bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """One call in Segment's spelling, so many milliseconds after the start."""

    at: int
    call: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something that must have come of it: a message sent, an action called, or an outcome decided.

    ``fields`` are those that matter; None stands for one that must be absent.
    """

    place: Place
    at: int
    what: Literal["send", "action", "outcome"]
    name: str
    gate: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TriggerTrial:
    """A person, a timeline, and all that may come of it."""

    subject: str
    name: str
    place: Place
    start: int
    person: Person
    timeline: tuple[Happening, ...]
    expected: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class SourceTrial:
    """A body as the source sends it, and parts of the events that come of it, in order."""

    subject: str
    uses: str
    name: str
    place: Place
    body: Any
    expected: tuple[tuple[Place, Mapping[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class CallbackTrial(SourceTrial):
    """A notification as the vendor sends it, and parts of the events that come of it, in order."""


@dataclass(frozen=True, slots=True)
class DestinationTrial:
    """A person, an event, and what the fields of an action are to hold; ``fields`` are the file's own."""

    subject: str
    action: str
    name: str
    place: Place
    fields: Mapping[str, Value]
    person: Person
    call: Mapping[str, Any]
    expected: Mapping[str, tuple[Place, Any]]


Trial = TriggerTrial | SourceTrial | DestinationTrial
