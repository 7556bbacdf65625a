"""What the short way computes with: closures that answer only for plain, expected types.

Anything else is ``UNSURE``, and CEL decides: what is missing, what has the wrong type, and how to say so.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import isfinite
from typing import Any

from core.engine.formula.path import Getter

UNSURE = object()


def settled(compute: Getter) -> Getter:
    """Let through only what needs no second look."""

    def settle(scope: Any) -> Any:
        found = compute(scope)
        kind = type(found)
        if kind is bool or (kind is str and found) or (kind in (float, int) and isfinite(found)):
            return found
        return UNSURE

    return settle


def constant(value: Any) -> Getter:
    """Give a literal."""
    return lambda scope: value


def negated(part: Getter) -> Getter:
    """Turn a truth value round."""

    def negate(scope: Any) -> Any:
        found = part(scope)
        return not found if isinstance(found, bool) else UNSURE

    return negate


def among(part: Getter, members: list[Any]) -> Getter:
    """Look for a text or number in a list of literals."""

    def look(scope: Any) -> Any:
        found = part(scope)
        return found in members if type(found) in (str, float) else UNSURE

    return look


def tested(part: Getter, test: Callable[[str, str], bool], argument: str) -> Getter:
    """Ask a text for its start, end or content."""

    def ask(scope: Any) -> Any:
        found = part(scope)
        return test(found, argument) if isinstance(found, str) else UNSURE

    return ask


def sized(part: Getter) -> Getter:
    """Count a list, a map or a text's characters."""

    def count(scope: Any) -> Any:
        found = part(scope)
        return len(found) if isinstance(found, str | list | dict) else UNSURE

    return count


def held(container: Getter, name: str | int) -> Getter:
    """Tell whether a map holds a name."""

    def look(scope: Any) -> Any:
        found = container(scope)
        return name in found if isinstance(found, dict) else UNSURE

    return look


def _joined(left: Getter, right: Getter, *, decisive: bool) -> Getter:
    """Join two truth values; the decisive one on the left needs no other."""

    def join(scope: Any) -> Any:
        first = left(scope)
        if first is decisive:
            return decisive
        second = right(scope) if first is (not decisive) else UNSURE
        return second if isinstance(second, bool) else UNSURE

    return join


def _compared(left: Getter, right: Getter, *, test: Callable[[Any, Any], bool]) -> Getter:
    """Compare two numbers or two texts; equality takes two truth values too."""
    takes_truth = test in (operator.eq, operator.ne)

    def compare(scope: Any) -> Any:
        first, second = left(scope), right(scope)
        one, other = type(first), type(second)
        if one is str or (one is bool and takes_truth):
            return test(first, second) if other is one else UNSURE
        return test(first, second) if _are_numbers(one, other) else UNSURE

    return compare


def _computed(left: Getter, right: Getter, *, compute: Callable[[Any, Any], Any]) -> Getter:
    """Compute with a float and a number; CEL computes differently with two whole ones."""

    def apply(scope: Any) -> Any:
        first, second = left(scope), right(scope)
        one, other = type(first), type(second)
        if not _are_numbers(one, other) or float not in (one, other):
            return UNSURE
        return UNSURE if compute is operator.truediv and not second else compute(first, second)

    return apply


def _are_numbers(one: type, other: type) -> bool:
    """Tell whether both are numbers; a truth value is none."""
    return (one is float or one is int) and (other is float or other is int)


Join = Callable[[Getter, Getter], Getter]


def _comparison(test: Callable[[Any, Any], bool]) -> Join:
    """Make a comparison's joiner."""
    return lambda left, right: _compared(left, right, test=test)


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Join:
    """Make an arithmetic operator's joiner."""
    return lambda left, right: _computed(left, right, compute=compute)


#: Operators that join two closures.
JOINS: dict[str, Join] = {
    "||": lambda left, right: _joined(left, right, decisive=True),
    "&&": lambda left, right: _joined(left, right, decisive=False),
    "==": _comparison(operator.eq),
    "!=": _comparison(operator.ne),
    "<": _comparison(operator.lt),
    "<=": _comparison(operator.le),
    ">": _comparison(operator.gt),
    ">=": _comparison(operator.ge),
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(operator.truediv),
}

#: Tests of a text that are written as its methods.
METHODS: dict[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": operator.contains,
}
