"""Tell whether an event is one that a pattern means, and for which key."""

from __future__ import annotations

from core.engine.clean import event_key
from core.engine.formula import Formula, Unknown
from core.engine.rule import Pattern
from core.engine.scope import Scope


def matching(patterns: tuple[Pattern, ...], name: str, scope: Scope) -> bool:
    """Tell whether some pattern has this name and a ``where`` that holds; unknown does not hold."""
    return any(
        pattern.name == name and (pattern.where is None or pattern.where.evaluate(scope) is True)
        for pattern in patterns
    )


def named(patterns: tuple[Pattern, ...], name: str) -> tuple[Pattern, ...]:
    """Give the patterns of this name."""
    return tuple(pattern for pattern in patterns if pattern.name == name)


def key_of(formula: Formula | None, scope: Scope) -> str:
    """Give the key as text; empty when there is none."""
    if formula is None:
        return ""
    value = formula.evaluate(scope)
    return "" if isinstance(value, Unknown) else event_key(value) or ""
