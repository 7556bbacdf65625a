"""What one trigger came to over a whole history, gathered while it runs: counts, firings, and a few people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from core.engine.decision import FIRED, Decision, Reason
from core.engine.instant import iso
from core.engine.profile import Profile
from cuewire.trials.words import gate_of

DAY = 24 * 3_600_000
HOUR = 3_600_000

#: 1970 began on a Thursday; weeks are shown from Monday.
FIRST_WEEKDAY = 3

#: So many firings are told in full.
SAMPLES = 8


class Firing(NamedTuple):
    """One firing, as little of it as the numbers need."""

    at: int
    anchor_at: int
    profile_id: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """A decision with whom it is about, as they were known at that moment."""

    decision: Decision
    identifiers: dict[str, list[str]]
    after_history: bool

    def shape(self) -> dict[str, Any]:
        """Give it as a line of ``--decisions``."""
        decision = self.decision
        return {
            "trigger": decision.trigger,
            "outcome": decision.outcome,
            "at": iso(decision.at),
            "event_id": decision.event_id,
            "key": decision.key,
            "profile_id": decision.profile_id,
            "identifiers": self.identifiers,
            "reasons": [reason_shape(reason) for reason in decision.reasons],
            "after_history": self.after_history,
        }


@dataclass
class Findings:
    """What became of one trigger. Days are numbered from 1970, hours of the week from Monday, both in UTC.

    ``people`` counts the firings of each person, by who they are in the end.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    gates: Counter[str] = field(default_factory=Counter)
    days: dict[int, Counter[str]] = field(default_factory=dict)
    day_gates: dict[int, Counter[str]] = field(default_factory=dict)
    hours: Counter[int] = field(default_factory=Counter)
    sends: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    samples: list[Told] = field(default_factory=list)
    after_history: int = 0

    def count(self, decision: Decision) -> None:
        """Count a decision; nothing of it is kept."""
        day = decision.at // DAY
        self.outcomes[decision.outcome] += 1
        self.days.setdefault(day, Counter())[decision.outcome] += 1
        if decision.outcome != FIRED:
            gate = gate_of(decision)
            self.gates[gate] += 1
            self.day_gates.setdefault(day, Counter())[gate] += 1

    def fire(self, told: Told) -> None:
        """Count a firing, and keep it if it is one of the few to be shown."""
        self.hours[(told.decision.at // HOUR + FIRST_WEEKDAY * 24) % 168] += 1
        self.after_history += told.after_history
        if len(self.samples) < SAMPLES or told.decision.id < self.samples[-1].decision.id:
            self._choose([told])

    def add(self, other: Findings) -> None:
        """Add what the same trigger did among other people."""
        for name in ("outcomes", "gates", "hours", "sends", "people"):
            getattr(self, name).update(getattr(other, name))
        for mine, theirs in ((self.days, other.days), (self.day_gates, other.day_gates)):
            for day, counts in theirs.items():
                mine.setdefault(day, Counter()).update(counts)
        self.after_history += other.after_history
        self._choose(other.samples)

    def shown(self) -> list[Told]:
        """Give the few firings that are told in full, in the order of time."""
        return sorted(self.samples, key=lambda told: (told.decision.at, told.decision.id))

    def _choose(self, more: list[Told]) -> None:
        """Keep those with the smallest ids: ids are hashes, so that it is a fair choice, and always the same."""
        self.samples = sorted([*self.samples, *more], key=lambda told: told.decision.id)[:SAMPLES]


def known_as(profile: Profile) -> dict[str, list[str]]:
    """Give a person's identifiers by namespace, oldest first."""
    return {ns: sorted(held, key=held.__getitem__) for ns, held in profile.identifiers.items()}


def happened(decision: Decision, profile: Profile) -> int:
    """Tell when the anchor event of a decision was; one no longer known counts as the person's first sign."""
    for moment in reversed(profile.timeline):
        if moment.id == decision.event_id:
            return moment.timestamp
    return min(decision.at, profile.first_seen) if decision.event_id else decision.at


def reason_shape(reason: Reason) -> dict[str, Any]:
    """Show one gate's verdict as the API does; its step and the parts of its condition where there are any."""
    told: dict[str, Any] = msgspec.to_builtins(reason)
    return {name: told.get(name) for name in ("gate", "passed", "expression", "saw", "needed")} | told
