"""Who must be there for a trigger's test: the triggers whose matches it, a segment or another of them counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from core.engine.condition import Condition, Count, leaves
from core.engine.rule import CountAnchor, OnlyIf, Pattern, RuleSet, Trigger
from core.engine.when import trigger_of


def with_company(subject: str, rules: RuleSet) -> RuleSet:
    """Leave a trigger, as if it were live, and those that are counted, in the background."""
    found = {subject: replace(rules.triggers[subject], status="live")}
    wanted = [*_counted_by(found[subject]), *_counted_in(one.condition for one in rules.segments.values())]
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = _in_background(rules.triggers[name])
            wanted += _counted_by(found[name])
    return replace(rules, triggers=_in_order(found, rules.triggers))


def _in_background(trigger: Trigger) -> Trigger:
    """Let a trigger's anchor match and nothing come of it."""
    return replace(trigger, status="shadow", steps=())


def _in_order(found: Mapping[str, Trigger], all_of_them: Mapping[str, Trigger]) -> dict[str, Trigger]:
    return {name: found[name] for name in all_of_them if name in found}


def _counted_by(trigger: Trigger) -> Iterator[str]:
    """Name the triggers that one counts, in its anchor or in a condition."""
    if isinstance(trigger.when, CountAnchor):
        yield from _names(trigger.when.patterns)
    conditions = [step.condition for step in trigger.steps if isinstance(step, OnlyIf)]
    yield from _counted_in([*([trigger.only_if] if trigger.only_if else []), *conditions])


def _counted_in(conditions: Iterable[Condition]) -> Iterator[str]:
    for condition in conditions:
        for leaf in leaves(condition):
            if isinstance(leaf, Count):
                yield from _names(leaf.tally.patterns)


def _names(patterns: Iterable[Pattern]) -> Iterator[str]:
    return (name for one in patterns if (name := trigger_of(one.name)))
