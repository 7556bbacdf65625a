"""Which value an event lacks that an anchor asks for and that would else be a mark."""

from __future__ import annotations

from typing import Any

from core.engine.formula import Formula
from core.engine.hits.shape import value_text
from core.engine.matching import matching
from core.engine.scope import Scope
from core.engine.unknown import Unknown
from core.engine.when import ChangedAnchor, CountAnchor, MarkAnchor, Pattern, SequenceAnchor


def lacking(anchor: MarkAnchor, name: str, scope: Scope) -> Any:
    """Tell which value is missing; None where the event is none that the anchor asks for, or has them all."""
    patterns, asked = _asked(anchor)
    formulas = [formula for formula in asked if formula is not None]
    if not formulas or not matching(patterns, name, scope):
        return None
    values = [formula.evaluate(scope) for formula in formulas]
    lost = [value for value in values if not value_text(value)]
    return next((one.reason if isinstance(one, Unknown) else "a value that is none" for one in lost), None)


def _asked(anchor: MarkAnchor) -> tuple[tuple[Pattern, ...], tuple[Formula | None, ...]]:
    """Give the events that end in a match, and what each of them must have; visits and stays ask for nothing."""
    match anchor:
        case CountAnchor():
            return anchor.patterns, (anchor.same, anchor.distinct)
        case ChangedAnchor():
            return anchor.patterns, (anchor.value,)
        case SequenceAnchor():
            return anchor.steps[-1], (anchor.same,)
        case _:
            return (), ()
