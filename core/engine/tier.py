"""Tiers of people by their value: they feed which caps hold for somebody, and which trigger wins."""

from __future__ import annotations

from collections.abc import Sequence

from core.engine.draft import Draft
from core.engine.policy import Tier
from core.engine.rule import Trigger
from core.engine.scope import Scope


def tier_of(tiers: Sequence[Tier], scope: Scope) -> str:
    """Name the first tier whose formula is true of a person; empty where none is."""
    return next((tier.name for tier in tiers if tier.formula.evaluate(scope) is True), "")


def priority_of(draft: Draft, trigger: Trigger, at: int) -> int:
    """Give a trigger's priority for this person, as of a moment."""
    if not trigger.priorities:
        return trigger.priority
    name = tier_of(draft.rules.policy.tiers, draft.as_of(at).scope())
    return trigger.priorities.get(name, trigger.priority)
