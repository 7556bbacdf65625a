"""Conditions: trees over formulas, judged with three values. What is unknown stays unknown through ``not``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.engine.decision import Part
from core.engine.formula import Formula, Unknown
from core.engine.scope import Scope

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


Condition = FormulaCondition | AllOf | AnyOf | Not


def judge(condition: Condition, scope: Scope) -> Part:
    """Judge every part of a condition, also those that no longer matter, so that the reasons are whole."""
    if isinstance(condition, FormulaCondition):
        return _judge_formula(condition.formula, scope)
    if isinstance(condition, Not):
        inner = judge(condition.part, scope)
        truth = None if inner.truth is None else not inner.truth
        return Part(kind="not", truth=truth, expression=condition.expression, parts=(inner,))
    parts = tuple(judge(part, scope) for part in condition.parts)
    kind, decisive = ("all", False) if isinstance(condition, AllOf) else ("any", True)
    truth = _combine([part.truth for part in parts], decisive=decisive)
    return Part(kind=kind, truth=truth, expression=condition.expression, parts=parts)


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
