"""Which instance of a destination an action goes to: each person's own, by the formulas of the destination's file."""

from __future__ import annotations

from dataclasses import replace

from core.engine.rule import Act
from core.engine.scope import Scope


def routed(act: Act, scope: Scope) -> Act:
    """Give the action at the first instance whose formula holds, else as it is; what is unknown does not hold."""
    for route in act.routes:
        if route.condition.evaluate(scope) is True:
            return replace(route.act, tags=act.tags)
    return act
