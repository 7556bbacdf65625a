"""Run a trigger's test: its person lives through the timeline, and what comes of it meets what is expected."""

from __future__ import annotations

from dataclasses import replace

from core.config.trial import TriggerTrial
from core.engine.rule import RuleSet
from core.errors import CuewireError
from core.runners.rehearsal import Rehearsal
from cuewire.trials.calls import api_call, event_of, introduction
from cuewire.trials.outcome import compare
from cuewire.trials.verdict import Failure


def run_trigger(trial: TriggerTrial, rules: RuleSet) -> list[Failure]:
    """Live through a test with this trigger alone, as if it were live."""
    trigger = replace(rules.triggers[trial.subject], status="live")
    alone = replace(rules, triggers={trial.subject: trigger})
    rehearsal = Rehearsal(alone, trial.start - 1)
    try:
        _live_through(trial, alone, rehearsal)
    except CuewireError as problem:
        return [Failure(trial.person.place, "a test that can be run", problem.message, problem.hint)]
    return compare(trial, rehearsal)


def _live_through(trial: TriggerTrial, rules: RuleSet, rehearsal: Rehearsal) -> None:
    """Let everything happen in the order of the file: what stands behind a later time arrives late."""
    rehearsal.accept(introduction(trial.person, rules, trial.start - 1))
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
