"""Run a destination's test: what the file's fields hold for a person and an event."""

from __future__ import annotations

from dataclasses import replace

from core.config.trial import DestinationTrial
from core.engine.asof import AsOf
from core.engine.rule import RuleSet
from core.engine.scope import Scope
from core.engine.value import evaluate_fields
from core.errors import CuewireError
from core.runners.rehearsal import Rehearsal
from cuewire.trials.calls import event_of, introduction
from cuewire.trials.verdict import ABSENT, Failure, agrees
from cuewire.trials.words import differences_text, shown


def run_destination(trial: DestinationTrial, rules: RuleSet, *, start: int) -> list[Failure]:
    """Evaluate an action's fields as a step with none of its own would."""
    try:
        scope = scope_of(trial, rules, start)
    except CuewireError as problem:
        return [Failure(trial.person.place, "a test that can be run", problem.message, problem.hint)]
    fields, stopping, left_out = evaluate_fields(trial.fields, scope)
    unknown = {name: value.reason for name, value in {**stopping, **left_out}.items()}
    failures = []
    for name, (place, wanted) in trial.expected.items():
        found = fields.get(name, ABSENT)
        if not agrees(wanted, found):
            instead = "it is left out" if found is ABSENT else f"it holds {shown(found)}"
            why = unknown.get(name, "" if name in trial.fields else "the file does not fill this field")
            if isinstance(wanted, dict) and isinstance(found, dict):
                why = differences_text(wanted, found)
            failures.append(Failure(place, f"{name} {shown(wanted)}", instead, why))
    return failures


def scope_of(trial: DestinationTrial, rules: RuleSet, start: int) -> Scope:
    """Give what the fields' formulas see: the person after the event, and the event."""
    rehearsal = Rehearsal(rules_without_triggers(rules), start - 1)
    rehearsal.accept(introduction(trial.person, rules, start - 1))
    event = event_of(trial.call, trial.person, rules, number=1, at=start, received_at=start)
    rehearsal.accept(event)
    profile = rehearsal.people.profiles[rehearsal.people.owners[event.identifiers[0]]]
    person = AsOf(profile, rules, start)
    return Scope(event=event.data, profile=person.view, now=start, facts=person)


def rules_without_triggers(rules: RuleSet) -> RuleSet:
    """Leave only what says who somebody is."""
    return replace(rules, triggers={})
