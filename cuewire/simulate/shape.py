"""The whole result for machines: what ``--json`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.engine.decision import FIRED, GATES, HELD, NOT_MET, SUPPRESSED
from core.engine.instant import iso
from core.engine.rule import Trigger
from cuewire.simulate.changes import Change
from cuewire.simulate.findings import DAY, Findings
from cuewire.simulate.goals import Conversions
from cuewire.simulate.labels import Score
from cuewire.simulate.prepared import Reading
from cuewire.simulate.version import Version

OUTCOMES = (FIRED, HELD, SUPPRESSED, NOT_MET)


@dataclass(frozen=True)
class Part:
    """What came of one trigger."""

    trigger: Trigger
    found: Findings
    goal: Conversions | None
    score: Score | None

    @property
    def people(self) -> int:
        """Count the people for whom it fired."""
        return len(self.found.people)


@dataclass(frozen=True)
class Result:
    """Everything that came of a run; ``name`` is the one trigger to tell of, or empty for all."""

    reading: Reading
    version: Version
    name: str = ""
    against: Version | None = None
    changes: Sequence[Change] = ()

    def parts(self, version: Version | None = None) -> list[Part]:
        """Give what is to be told of a version's triggers."""
        version = version or self.version
        of, found = version.outcome, version.triggers
        return [
            Part(found[name], of.findings.get(name, Findings()), of.goals.get(name), of.scores.get(name))
            for name in found
            if self.name in ("", name)
        ]


def shape(result: Result) -> dict[str, Any]:
    """Give the result as plain data."""
    reading, version = result.reading, result.version
    found: dict[str, Any] = {
        "events": reading.statuses["applied"],
        "profiles": version.outcome.people,
        "seconds": round(reading.seconds, 3),
        "triggers": triggers(result, version),
        "lines": reading.total,
        "duplicates": reading.statuses["duplicate"],
        "bad": reading.bad,
        "reasons": [
            {"reason": reason, "lines": number, "first": place}
            for reason, (number, place) in reading.reasons.items()
        ],
        "reasons_left_out": dict(zip(("kinds", "lines"), reading.left_out, strict=True)),
        "first": None if reading.first is None else iso(reading.first),
        "last": None if reading.last is None else iso(reading.last),
        "mappings": str(version.folder),
    }
    if result.against is not None:
        found["against"] = {
            "mappings": str(result.against.folder),
            "profiles": result.against.outcome.people,
            "triggers": triggers(result, result.against),
        }
        found["changes"] = {change.name: change.shape() for change in result.changes}
    return found


def triggers(result: Result, version: Version) -> dict[str, Any]:
    """Give a version's triggers by name."""
    return {part.trigger.name: of_trigger(part) for part in result.parts(version)}


def of_trigger(part: Part) -> dict[str, Any]:
    """Give one trigger's numbers: first those that are promised, then the rest."""
    found, goal, score = part.found, part.goal, part.score
    told: dict[str, Any] = {outcome: found.outcomes[outcome] for outcome in OUTCOMES}
    told |= {
        "gates": {gate: found.gates[gate] for gate in GATES if found.gates[gate]},
        "status": part.trigger.status,
        "people": part.people,
        "after_history": found.after_history,
        "sends": dict(sorted(found.sends.items())),
        "days": {iso(day * DAY)[:10]: of_day(found, day) for day in sorted(found.days)},
        "samples": [sample.shape() for sample in found.shown()],
    }
    return told | ({"goal": goal.shape()} if goal else {}) | ({"labels": score.shape()} if score else {})


def of_day(found: Findings, day: int) -> dict[str, Any]:
    """Give one day's numbers."""
    numbers: dict[str, Any] = {outcome: found.days[day][outcome] for outcome in OUTCOMES}
    return numbers | {"gates": dict(found.day_gates.get(day, ()))}
