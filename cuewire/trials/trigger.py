"""Run a trigger's test: its person lives through the timeline, and what comes of it meets what is expected."""

from __future__ import annotations

from core.config.trial import TriggerTrial
from core.engine.rule import RuleSet
from core.errors import CuewireError
from core.runners.rehearsal import Rehearsal
from cuewire.trials.calls import api_call, event_of, introduction
from cuewire.trials.company import with_company
from cuewire.trials.destination import rules_without_triggers
from cuewire.trials.outcome import compare
from cuewire.trials.verdict import Failure


def run_trigger(trial: TriggerTrial, rules: RuleSet) -> list[Failure]:
    """Live through a test and compare what came of it with what it expects."""
    try:
        return compare(trial, rehearse(trial, rules))
    except CuewireError as problem:
        return [Failure(trial.person.place, "a test that can be run", problem.message, problem.hint)]


def rehearse(trial: TriggerTrial, rules: RuleSet) -> Rehearsal:
    """Live through a test with its trigger, as if it were live, and with none but those that are counted."""
    few = with_company(trial.subject, rules)
    rehearsal = Rehearsal(rules_without_triggers(few), trial.start - 1)
    _introduce(trial, few, rehearsal)
    _live_through(trial, few, rehearsal)
    return rehearsal


def _introduce(trial: TriggerTrial, rules: RuleSet, rehearsal: Rehearsal) -> None:
    """Make the person known, then publish: the trigger waits for a date that they have from the start."""
    known = introduction(trial.person, rules, trial.start - 1)
    rehearsal.accept(known)
    rehearsal.people.rules = rules
    rehearsal.accept(known)


def _live_through(trial: TriggerTrial, rules: RuleSet, rehearsal: Rehearsal) -> None:
    """Let everything happen in the order of the file: what stands behind a later time arrives late."""
    arrival = trial.start
    for number, one in enumerate(trial.timeline, start=1):
        at = trial.start + one.at
        arrival = max(arrival, at)
        if one.call["type"] == "trigger":
            rehearsal.accept(api_call(one.call, trial.subject, trial.person, rules, at=arrival))
        else:
            rehearsal.accept(
                event_of(one.call, trial.person, rules, number=number, at=at, received_at=arrival)
            )
    rehearsal.finish()
