"""What the engine answers: decisions with their reasons, and the actions they ask for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

#: Gates in the order in which they are asked; the first that fails is the one counted.
GATES = ("anchor", "only_if", "limits", "group", "consent", "caps", "quiet_hours")

FIRED, HELD, SUPPRESSED, NOT_MET = "fired", "held", "suppressed", "not_met"

#: The outcome that a failing gate gives.
OUTCOME_OF_GATE = {
    "anchor": NOT_MET,
    "only_if": NOT_MET,
    "limits": SUPPRESSED,
    "group": SUPPRESSED,
    "consent": SUPPRESSED,
    "caps": SUPPRESSED,
    "quiet_hours": SUPPRESSED,
}


class Part(Struct, frozen=True, omit_defaults=True):
    """One node of a condition tree: a leaf has ``expression`` and ``saw``, ``all any not`` have ``parts``.

    ``truth`` is None when the condition could not be computed; ``saw`` then names the missing field.
    """

    kind: str  # formula | in_segment | count | score | consent | inactive_for | all | any | not
    truth: bool | None
    expression: str
    saw: Any = None
    parts: tuple[Part, ...] = ()


class Reason(Struct, frozen=True, omit_defaults=True):
    """One gate's verdict: what was asked, what was seen, what was needed.

    ``step`` is the index of the step it judged (None: the whole decision); ``parts`` is the condition tree of
    an ``only_if``.
    """

    gate: str
    passed: bool
    expression: str
    saw: Any = None
    needed: Any = None
    step: int | None = None
    parts: tuple[Part, ...] = ()


class Decision(Struct, frozen=True):
    """One judgement of one trigger for one person; ``at`` in milliseconds."""

    id: str
    trigger: str
    outcome: str
    reasons: tuple[Reason, ...]
    at: int
    event_id: str
    profile_id: str
    key: str | None
    version: str
    shadow: bool = False


class Spare(Struct, frozen=True):
    """Another channel of a message, rendered: taken when the one before it is refused, or fails for ``patience``."""

    destination: str
    action: str
    channel: str
    fields: dict[str, Any]
    patience: int | None = None


class Action(Struct, frozen=True):
    """One thing to do outside: what the dispatcher stores and sends. Times in milliseconds.

    ``status`` is ``scheduled``, ``suppressed``, ``expired``, or ``cancelled`` where another says it too; a channel
    means that it reaches a person, ``spare`` are those that follow when it is refused. ``hops`` counts our sends up to
    and with this one. ``event_id`` and ``key`` are those of its decision.
    """

    id: str
    decision_id: str
    trigger: str
    step: int
    destination: str
    action: str
    fields: dict[str, Any]
    profile_id: str
    due_at: int
    status: str = "scheduled"
    reason: str = ""
    channel: str = ""
    purpose: str = ""
    message: str = ""
    expires_at: int | None = None
    spare: tuple[Spare, ...] = ()
    hops: int = 1
    event_id: str = ""
    key: str | None = None


class Conversion(Struct, frozen=True):
    """A goal event that is credited to a decision; ``after`` is how long it took, ``value`` what it is worth."""

    id: str
    decision_id: str
    trigger: str
    event_id: str
    profile_id: str
    at: int
    after: int
    value: float | None = None


def gate_of(outcome: str, reasons: Iterable[Reason]) -> str:
    """Name the gate that is counted: the first, in their order, that failed; none where it fired."""
    failed = {reason.gate for reason in reasons if not reason.passed}
    return "" if outcome == FIRED else next((gate for gate in GATES if gate in failed), "")
