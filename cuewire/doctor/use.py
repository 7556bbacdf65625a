"""What the mappings do with each destination: the actions of triggers that are no drafts, and what they write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.config.loader import Loaded
from core.engine.rule import Act, Send, Step
from core.engine.value import Literal


def written_by(loaded: Loaded) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Give the fields by destination and action; a value that is computed is None."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    triggers = loaded.rules.triggers.values() if loaded.rules else ()
    for trigger in triggers:
        for act in acts_of(trigger.steps) if trigger.status != "draft" else ():
            fields = {
                name: value.raw if isinstance(value, Literal) else None for name, value in act.fields.items()
            }
            found.setdefault(act.destination, {}).setdefault(act.action, []).append(fields)
    return found


def acts_of(steps: tuple[Step, ...]) -> Iterator[Act]:
    """Give the actions of steps: those of a message by each of its channels, and each at every instance."""
    for step in steps:
        found = step.channels if isinstance(step, Send) else (step,) if isinstance(step, Act) else ()
        for act in found:
            yield act
            yield from (route.act for route in act.routes)
