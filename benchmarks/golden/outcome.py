"""What came of a run: decisions and deliveries by their ids, and the people; told so that two runs compare."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from core.engine import Profile
from core.engine.decision import NOT_MET, Decision
from core.ports import DecisionRow, DeliveryRow

#: How a delivery stands that was let go: a rehearsal has it delivered.
_LET_GO = frozenset({"scheduled", "delivered"})

Told = dict[str, list[Any]]


@dataclass
class Outcome:
    """Everything that must not depend on how the run was made. The first of an id stands, as in the store."""

    decisions: Told = field(default_factory=dict)
    deliveries: Told = field(default_factory=dict)
    people: Told = field(default_factory=dict)
    not_met: Counter[str] = field(default_factory=Counter)

    def decide(self, one: Decision | DecisionRow) -> None:
        """Note a decision; of those not met only how many there are."""
        if one.outcome == NOT_MET:
            self.not_met[one.trigger] += 1
            return
        told = [one.outcome, one.at, one.trigger, one.key, one.event_id, one.profile_id, one.shadow]
        self.decisions.setdefault(one.id, told)

    def deliver(self, row: DeliveryRow) -> None:
        """Note a delivery."""
        status = "let go" if row.status in _LET_GO else str(row.status)
        self.deliveries.setdefault(row.id, [status, row.due_at, row.decision_id, row.step, row.message])

    def overlook_expiry(self) -> None:
        """Let what expired pass for let go: events that are handed over by the hour may come too late for a message."""
        for told in self.deliveries.values():
            told[0] = "let go" if told[0] == "expired" else told[0]

    def person(self, profile: Profile) -> None:
        """Note how a person ended, under the id that stands."""
        traits = {name: trait.value for name, trait in sorted(profile.traits.items())}
        self.people[profile.id] = [_known(profile), traits, profile.members, list(profile.merged_from)]

    def name_everyone(self) -> None:
        """Say of each decision whose it is, by all the identifiers that the person ended with."""
        owners = {old: id_ for id_, (*_, merged) in self.people.items() for old in (id_, *merged)}
        for told in self.decisions.values():
            told.append(self.people[owners[told[5]]][0])

    def digest(self) -> dict[str, Any]:
        """Give what is kept of a run: hashes of everything, and numbers to see where it changed."""
        parts = {"decisions": self.decisions, "deliveries": self.deliveries, "people": self.people}
        return {
            "hashes": {name: _hash(part) for name, part in parts.items()},
            "numbers": {name: len(part) for name, part in parts.items()},
            "triggers": {name: dict(sorted(found.items())) for name, found in self._counts()},
        }

    def _counts(self) -> Iterator[tuple[str, Counter[str]]]:
        found: dict[str, Counter[str]] = {name: Counter(not_met=n) for name, n in self.not_met.items()}
        for outcome, _, trigger, *_ in self.decisions.values():
            found.setdefault(trigger, Counter())[outcome] += 1
        yield from sorted(found.items())


def differences(one: Outcome, other: Outcome) -> list[str]:
    """Name what differs between two runs, a line each, the earliest first."""
    lines = []
    for name in ("decisions", "deliveries", "people"):
        a, b = getattr(one, name), getattr(other, name)
        found = [key for key in a.keys() | b.keys() if a.get(key) != b.get(key)]
        found.sort(key=lambda key: (str((a.get(key) or b[key])[1]), key))
        lines += [f"{name} {key}: {a.get(key)} <> {b.get(key)}" for key in found]
    triggers = sorted(one.not_met.keys() | other.not_met.keys())
    pairs = [(name, one.not_met[name], other.not_met[name]) for name in triggers]
    return lines + [f"not met {name}: {a} <> {b}" for name, a, b in pairs if a != b]


def _known(profile: Profile) -> dict[str, Iterable[str]]:
    return {namespace: sorted(held) for namespace, held in sorted(profile.identifiers.items())}


def _hash(part: Told) -> str:
    lines = (json.dumps([key, part[key]], sort_keys=True) for key in sorted(part))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
