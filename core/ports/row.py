"""Events, decisions and the identity log as stored, and how lists are narrowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from core.engine.decision import Decision, gate_of


class EventRow(Struct):
    """An event as stored; ``identifiers`` is ``{namespace: [values]}``, ``raw`` the bytes as they came.

    ``call`` is the event in Segment's spelling where ``raw`` alone does not tell it; lists leave it out.
    ``arrived_at`` is when an imported event arrived at first, ``is_public`` that anyone could have sent it.
    """

    seq: int
    id: str
    source: str
    type: str
    event: str
    timestamp: int
    received_at: int
    status: str
    raw: bytes = b""
    profile_id: str = ""
    identifiers: dict[str, list[str]] = {}
    reason: str = ""
    arrived_at: int | None = None
    is_public: bool = False
    call: bytes = b""

    @property
    def quiet(self) -> bool:
        """Tell imported history."""
        return self.arrived_at is not None


class LinkRow(Struct):
    """One entry of the identity log.

    ``linked``, ``merged``, ``shared_device``, ``over_limit``; by hand: ``split``, and ``kept_apart`` because of it.
    """

    kind: str
    profile_id: str
    namespace: str
    value: str
    event_id: str
    at: int
    other_id: str = ""


class DecisionRow(Struct):
    """A decision as stored; ``reasons`` as plain values, ``gate`` the one that is counted."""

    id: str
    trigger: str
    outcome: str
    reasons: list[Any]
    at: int
    event_id: str
    profile_id: str
    key: str | None
    version: str
    shadow: bool = False
    gate: str = ""

    @classmethod
    def of(cls, decision: Decision) -> DecisionRow:
        """Make the row of a decision."""
        return cls(
            id=decision.id,
            trigger=decision.trigger,
            outcome=decision.outcome,
            reasons=list(decision.reasons),
            at=decision.at,
            event_id=decision.event_id,
            profile_id=decision.profile_id,
            key=decision.key,
            version=decision.version,
            shadow=decision.shadow,
            gate=gate_of(decision.outcome, decision.reasons),
        )


class MemberRow(Struct):
    """A person in a segment, and since when."""

    profile_id: str
    since: int


class StateRow(Struct):
    """A profile's id and bytes; ``place`` is where a walk over the profiles goes on."""

    id: str
    state: bytes
    place: tuple[str, int] = ("", 0)


class DayRow(Struct):
    """How many decisions of a trigger ended in one way on one day (in days since 1970, UTC), and when the last."""

    trigger: str
    day: int
    outcome: str
    gate: str
    number: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; ``cursor`` is the ``next`` of the page before, newest first.

    Only deliveries have a ``destination``.
    """

    profile: str = ""
    trigger: str = ""
    status: str = ""
    since: int | None = None
    limit: int = 50
    cursor: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class Aside:
    """Which events without effect are wanted, the first to arrive first; ``cursor`` is the page before's ``next``."""

    source: str = ""
    status: str = "set_aside"
    since: int | None = None
    ids: tuple[str, ...] = ()
    limit: int = 200
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Oldest:
    """Which finished deliveries are wanted: made behind ``place``, when and at which position, so many."""

    destination: str = ""
    trigger: str = ""
    since: int | None = None
    place: tuple[int, int] = (-1, -1)
    limit: int = 200


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list and where the next one starts."""

    rows: Sequence[Any]
    next: str | None
