"""Deliveries that no trigger asks for: a destination that wants to hear of people and decisions hears of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.engine import Profile
from core.engine.asof import AsOf
from core.engine.decision import NOT_MET, Action, Decision, gate_of
from core.engine.digest import derive
from core.engine.rule import Act, RuleSet, Telling
from core.engine.scope import Scope, whole_numbers
from core.engine.value import evaluate_fields

#: The event by which a decision is told.
DECISION_MADE = "Decision Made"


@dataclass(frozen=True)
class Teller:
    """Makes the deliveries of one transaction, due at once."""

    rules: RuleSet
    now: int

    def of_people(
        self, pairs: Iterable[tuple[Profile | None, Profile]], heads: Mapping[str, int]
    ) -> Iterator[Action]:
        """Tell what changed between two states of each person; ``heads`` are the last events that they took."""
        for before, after in pairs:
            for telling in self.rules.tellings:
                changed = changes(telling, self.rules, before, after)
                if changed:
                    told = json.dumps(changed, sort_keys=True, default=str)
                    place = (after.id, str(heads.get(after.id, 0)), str(after.clock))
                    name = derive("a", "told", telling.person.destination, *place, told)
                    person = AsOf(after, self.rules, after.clock)
                    yield from self._action(
                        telling, telling.person, person, name, {telling.how.traits: changed}
                    )

    def of_decisions(self, decisions: Iterable[tuple[Decision, Profile]]) -> Iterator[Action]:
        """Tell what was decided of people; what was not met, or only tried in shadow, is not told."""
        for decision, profile in decisions:
            for telling in self.rules.tellings if is_told(decision) else ():
                if telling.decisions is None or decision.trigger in telling.decisions:
                    name = derive("a", "told", telling.event.destination, decision.id, decision.outcome)
                    person = AsOf(profile, self.rules, decision.at)
                    yield from self._action(telling, telling.event, person, name, written(telling, decision))

    def _action(
        self, telling: Telling, act: Act, person: AsOf, name: str, more: Mapping[str, Any]
    ) -> Iterator[Action]:
        """Make the delivery; of somebody whom the destination cannot know, there is nothing to tell."""
        scope = Scope(event={}, profile=person.view, now=person.at, facts=person)
        fields, unknown, _ = evaluate_fields(act.fields, scope)
        if not any(fields.get(one) for one in telling.how.people):
            return
        fields |= more
        wrong = [f"{field}: {value.reason}" for field, value in sorted(unknown.items())]
        wrong += [f"the required field {field} has no value" for field in act.require if field not in fields]
        yield Action(
            id=name,
            decision_id="",
            trigger="",
            step=0,
            destination=act.destination,
            action=act.action,
            fields=fields,
            profile_id=person.profile.id,
            due_at=self.now,
            status="suppressed" if wrong else "scheduled",
            reason="; ".join(wrong),
        )


def is_told(decision: Decision) -> bool:
    """Tell whether others hear of a decision."""
    return decision.outcome != NOT_MET and not decision.shadow


def changes(telling: Telling, rules: RuleSet, before: Profile | None, after: Profile) -> dict[str, Any]:
    """Give the segments that a person came into or left, and the computed traits that have another value.

    Both states are judged at the time of their last event, so that what was told last is what is compared with.
    """
    old, new = (before.members if before else {}), after.members
    segments = _chosen(telling.segments, rules.segments)
    found: dict[str, Any] = {name: name in new for name in segments if (name in old) != (name in new)}
    computed = _chosen(telling.computed, rules.computed)
    if computed:
        then = AsOf(before, rules, before.clock) if before else None
        now = AsOf(after, rules, after.clock)
        values = {name: (then.trait(name) if then else None, now.trait(name)) for name in computed}
        found |= {name: whole_numbers(value) for name, (held, value) in values.items() if held != value}
    return found


def written(telling: Telling, decision: Decision) -> dict[str, Any]:
    """Write a decision as an event."""
    said = {
        "decision_id": decision.id,
        "trigger": decision.trigger,
        "outcome": decision.outcome,
        "gate": gate_of(decision.outcome, decision.reasons),
        "key": decision.key,
        "version": decision.version,
    }
    kept = {name: value for name, value in said.items() if value}
    return {telling.how.name: DECISION_MADE, telling.how.properties: kept}


def _chosen(wanted: frozenset[str] | None, known: Mapping[str, object]) -> list[str]:
    return [name for name in known if wanted is None or name in wanted]
