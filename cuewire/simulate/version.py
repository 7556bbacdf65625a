"""One version of the mappings: what it makes of a line, and in the end what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.engine.digest import derive
from core.engine.event import Event
from core.engine.mapping import map_event
from core.engine.nearest import nearest
from core.engine.rule import RuleSet, Trigger
from core.errors import BadRequest, OperatorError
from core.pipeline.item import echo, unusable
from cuewire.history import read_call, refuse_timeless
from cuewire.simulate.findings import Findings
from cuewire.simulate.goals import Conversions
from cuewire.simulate.labels import Score
from cuewire.simulate.lines import Line


@dataclass
class Outcome:
    """What came of one version, or of some of its people. Triggers are by name."""

    people: int = 0
    findings: dict[str, Findings] = field(default_factory=dict)
    goals: dict[str, Conversions] = field(default_factory=dict)
    scores: dict[str, Score] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Add what came of other people."""
        self.people += other.people
        self.faults += other.faults
        for name, found in other.findings.items():
            self.findings.setdefault(name, Findings()).add(found)
        for name, goal in other.goals.items():
            self.goals.setdefault(name, Conversions()).add(goal)
        for name, score in other.scores.items():
            self.scores.setdefault(name, Score()).add(score)


class Version:
    """The rules of one folder, and what came of them."""

    def __init__(self, folder: Path, rules: RuleSet) -> None:
        self.folder = folder
        self.rules = rules
        self.outcome = Outcome()

    @property
    def triggers(self) -> Mapping[str, Trigger]:
        """Give the triggers that run, in the order of their names."""
        found = self.rules.triggers
        return {name: found[name] for name in sorted(found) if found[name].status != "draft"}

    def event(self, line: Line) -> Event:
        """Read a line; one that cannot be used is refused with the reason."""
        source, call = read_call(line.raw, self.rules.sources)
        refuse_timeless(call)
        raw_id = derive("e", line.raw.decode("utf-8", "replace"))
        mapping, identity = self.rules.sources[source], self.rules.identity
        event = map_event(call, mapping, identity, seq=0, received_at=line.arrived, raw_id=raw_id)
        reason = echo(event, self.rules.policy.hops) or unusable(event, is_public=False)
        if reason:
            raise BadRequest(reason)
        return event


def with_shadow(rules: RuleSet, name: str) -> RuleSet:
    """Let one trigger run that is a draft, as a shadow one."""
    trigger = rules.triggers.get(name)
    if trigger is None or trigger.status != "draft":
        return rules
    return replace(rules, triggers={**rules.triggers, name: replace(trigger, status="shadow")})


def check_name(name: str, versions: Sequence[RuleSet]) -> None:
    """Refuse the name of a trigger that is in none of the folders."""
    names = sorted({one for rules in versions for one in rules.triggers})
    if name and name not in names:
        near = nearest(name, names)
        hint = f"Did you mean {near}?" if near else f"There are {', '.join(names) or 'none'}."
        raise OperatorError(f"There is no trigger {name!r}.", hint=hint)
