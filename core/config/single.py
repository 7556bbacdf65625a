"""One condition by itself, compiled against rules that are in force: what a segment would be before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from textwrap import indent

from core.config.kinds.profile import ProfileFile, ScoreFile, SegmentFile, compile_profile
from core.config.links import Linked, Web
from core.config.problem import Problem, order
from core.config.reader import read
from core.config.schema import Reading
from core.engine.rule import RuleSet, Segment

#: What problems name as their file.
PLACE = "condition"

#: The lines before the condition, and how far it is moved to the right.
_HEAD = "segments:\n  {name}:\n"
_INDENT = "    "


def compile_segment(text: str, name: str, rules: RuleSet) -> tuple[RuleSet | None, Sequence[Problem]]:
    """Give the rules with one segment alone and no triggers, or what is wrong with its condition (YAML or JSON)."""
    document = read((_HEAD.format(name=name) + indent(text, _INDENT)).encode(), PLACE)
    namespaces = tuple(rule.namespace for rule in rules.identity.identifiers)
    reading = Reading(document, {"identifiers": namespaces})
    profile = compile_profile(document.root, reading) if document.root is not None else None
    segment = profile.segments.get(name) if profile else None
    problems = list(document.problems)
    if segment is not None:
        web = _web(segment, name, rules)
        problems += web.problems()
    found = order([_moved(one) for one in problems])
    if segment is None or any(one.severity == "error" for one in found):
        return None, found
    scores = {name: one.formula for name, one in web.scores.items()}
    alone = {name: Segment(name, segment.condition, segment.meaning)}
    return replace(rules, triggers={}, segments=alone, scores=scores), found


def _web(segment: SegmentFile, name: str, rules: RuleSet) -> Web:
    """Tie the condition to what the rules have."""
    profile = ProfileFile(
        computed=rules.computed,
        segments={name: segment},
        scores={each: ScoreFile(formula) for each, formula in rules.scores.items()},
        named=tuple(rules.segments),
    )
    return Web([Linked(PLACE, segment.uses)], profile=profile, place=PLACE, triggers=rules.triggers)


def _moved(problem: Problem) -> Problem:
    """Tell a problem's place within the condition as it was sent."""
    line, column = problem.line - _HEAD.count("\n"), problem.column - len(_INDENT)
    return replace(problem, line=max(1, line), column=max(1, column))
