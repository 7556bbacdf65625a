"""Conditions: trees over formulas and facts of the person, judged with three values.

What is unknown stays unknown through ``not``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.engine.decision import Part
from core.engine.duration import format_duration
from core.engine.formula import Formula, Unknown
from core.engine.scope import Scope
from core.engine.tally import Tally
from core.engine.when import trigger_of

#: What a reason shows of a long text or list; the rest is in the event.
_LONGEST_TEXT, _LONGEST_LIST = 200, 20


@dataclass(frozen=True, slots=True)
class FormulaCondition:
    """Holds when its formula is true."""

    formula: Formula

    @property
    def expression(self) -> str:
        """Give the formula's text."""
        return self.formula.text


@dataclass(frozen=True, slots=True)
class InSegment:
    """Holds while the person is in a segment."""

    segment: str

    @property
    def expression(self) -> str:
        """Name the segment."""
        return f"in segment {self.segment}"


@dataclass(frozen=True, slots=True)
class Count:
    """Holds when a tally lies within its bounds; at least one of them is set."""

    tally: Tally
    at_least: int | None = None
    at_most: int | None = None

    @property
    def expression(self) -> str:
        """Write what is counted and over which window."""
        names = " or ".join(dict.fromkeys(trigger_of(p.name) or p.name for p in self.tally.patterns))
        window = "" if self.tally.within is None else f" within {format_duration(self.tally.within)}"
        before = f", {format_duration(self.tally.ago)} ago" if self.tally.ago else ""
        return f"count of {names}{window}{before}"

    @property
    def needed(self) -> str:
        """Write the bounds."""
        bounds = (("at least", self.at_least), ("at most", self.at_most))
        return ", ".join(f"{word} {bound}" for word, bound in bounds if bound is not None)


@dataclass(frozen=True, slots=True)
class ScoreIs:
    """Holds when a score lies above or below a bound; at least one of them is set."""

    name: str
    above: float | None = None
    below: float | None = None

    @property
    def expression(self) -> str:
        """Write the score and its bounds."""
        bounds = ((">", self.above), ("<", self.below))
        return f"score {self.name} " + " and ".join(f"{sign} {b:g}" for sign, b in bounds if b is not None)


@dataclass(frozen=True, slots=True)
class Consented:
    """Holds when the person may be written to for a purpose by a channel (empty: by any)."""

    purpose: str
    channel: str = ""

    @property
    def expression(self) -> str:
        """Write purpose and channel."""
        return f"consent to {self.purpose}" + (f" by {self.channel}" if self.channel else "")


@dataclass(frozen=True, slots=True)
class Inactive:
    """Holds when the last activity lies at least this long back; without any it is unknown."""

    duration: int

    @property
    def expression(self) -> str:
        """Write the duration."""
        return f"inactive for {format_duration(self.duration)}"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every part does."""

    parts: tuple[Condition, ...]

    @property
    def expression(self) -> str:
        """Write the parts as a list."""
        return _listed("all", self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when some part does."""

    parts: tuple[Condition, ...]

    @property
    def expression(self) -> str:
        """Write the parts as a list."""
        return _listed("any", self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part does not; unknown stays unknown."""

    part: Condition

    @property
    def expression(self) -> str:
        """Write the part in brackets."""
        return _listed("not", (self.part,))


Leaf = FormulaCondition | InSegment | Count | ScoreIs | Consented | Inactive
Condition = Leaf | AllOf | AnyOf | Not


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Give every leaf of a tree."""
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    else:
        yield condition


def judge(condition: Condition, scope: Scope) -> Part:
    """Judge every part of a condition, also those that no longer matter, so that the reasons are whole."""
    if isinstance(condition, FormulaCondition):
        return _judge_formula(condition.formula, scope)
    if not isinstance(condition, AllOf | AnyOf | Not):
        return _judge_fact(condition, scope)
    if isinstance(condition, Not):
        inner = judge(condition.part, scope)
        truth = None if inner.truth is None else not inner.truth
        return Part(kind="not", truth=truth, expression=condition.expression, parts=(inner,))
    parts = tuple(judge(part, scope) for part in condition.parts)
    kind, decisive = ("all", False) if isinstance(condition, AllOf) else ("any", True)
    truth = _combine([part.truth for part in parts], decisive=decisive)
    return Part(kind=kind, truth=truth, expression=condition.expression, parts=parts)


def truth(condition: Condition, scope: Scope) -> bool | None:
    """Judge a condition without showing why; unknown is None."""
    if isinstance(condition, FormulaCondition):
        found = condition.formula.evaluate(scope)
        return found if isinstance(found, bool) else None
    if isinstance(condition, InSegment):
        return scope.facts.in_segment(condition.segment)
    if isinstance(condition, Not):
        inner = truth(condition.part, scope)
        return None if inner is None else not inner
    if isinstance(condition, AllOf | AnyOf):
        decisive = isinstance(condition, AnyOf)
        return _combine([truth(part, scope) for part in condition.parts], decisive=decisive)
    if isinstance(condition, Count):
        return _fits(condition, scope.facts.count(condition.tally))
    return _judge_fact(condition, scope).truth


def _fits(leaf: Count, number: int) -> bool:
    enough = leaf.at_least is None or number >= leaf.at_least
    return enough and (leaf.at_most is None or number <= leaf.at_most)


def _judge_formula(formula: Formula, scope: Scope) -> Part:
    """Judge a leaf and show the values it read."""
    found = formula.evaluate(scope)
    if not isinstance(found, bool | Unknown):
        found = Unknown(f"{formula.text} is {_kind(found)}, not true or false")
    saw: dict[str, Any] = {path: _shown(value) for path, value in formula.inputs(scope).items()}
    if isinstance(found, Unknown):
        saw = {"unknown": found.reason, **saw}
        return Part(kind="formula", truth=None, expression=formula.text, saw=saw)
    return Part(kind="formula", truth=found, expression=formula.text, saw=saw)


def _judge_fact(leaf: InSegment | Count | ScoreIs | Consented | Inactive, scope: Scope) -> Part:
    """Judge what is known of the person, and show what was seen and needed."""
    facts = scope.facts
    if isinstance(leaf, InSegment):
        found = facts.in_segment(leaf.segment)
        return Part("in_segment", found, leaf.expression, saw="in it" if found else "not in it")
    if isinstance(leaf, Count):
        number = facts.count(leaf.tally)
        seen = {"count": number, "needed": leaf.needed}
        return Part("count", _fits(leaf, number), leaf.expression, saw=seen)
    if isinstance(leaf, Consented):
        why = facts.refusal(leaf.purpose, leaf.channel)
        return Part("consent", not why, leaf.expression, saw=why or "granted")
    if isinstance(leaf, Inactive):
        return _judge_inactive(leaf, facts.idle())
    score = facts.score(leaf.name)
    if isinstance(score, Unknown):
        return Part("score", None, leaf.expression, saw={"unknown": score.reason})
    within = (leaf.above is None or score > leaf.above) and (leaf.below is None or score < leaf.below)
    return Part("score", within, leaf.expression, saw={leaf.name: score})


def _judge_inactive(leaf: Inactive, idle: int | None) -> Part:
    if idle is None:
        return Part("inactive_for", None, leaf.expression, saw={"unknown": "no activity yet"})
    return Part("inactive_for", idle >= leaf.duration, leaf.expression, saw=f"for {format_duration(idle)}")


def _combine(truths: Sequence[bool | None], *, decisive: bool) -> bool | None:
    """Join truths as Kleene does: the decisive one wins, else unknown, else the other."""
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _listed(word: str, parts: Sequence[Condition]) -> str:
    """Write ``all(a; b)``."""
    return f"{word}({'; '.join(part.expression for part in parts)})"


def _kind(value: object) -> str:
    """Name a value's type in the admin's words."""
    names: dict[type, str] = {str: "text", list: "a list", dict: "a map"}
    return names.get(type(value), "a number")


def _shown(value: Any) -> Any:
    """Give what a reason shows of a value: None for what is absent, and of a large one only its size."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}…"
    if isinstance(value, list | tuple):
        is_small = len(value) <= _LONGEST_LIST and not any(isinstance(item, list | dict) for item in value)
        return [_shown(item) for item in value] if is_small else f"list of {len(value)}"
    return f"map of {len(value)}" if isinstance(value, dict) else value
