"""Triggers that compete in a group, and what is told of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from one_person import ACT, HOUR, MINUTE, START, rules

from core.engine.decision import Decision
from core.engine.formula import compile_formula
from core.engine.policy import Group, Policy
from core.engine.rule import AbsenceAnchor, Act, EventAnchor, Pattern, RuleSet, Trigger
from core.engine.value import Literal

BEST = EventAnchor((Pattern("Best"),))
ADDED = EventAnchor((Pattern("Added"),), key=compile_formula("properties.cart"))
CART = AbsenceAnchor((Pattern("Added"),), (Pattern("Ordered"),), 15 * MINUTE)
DROP, HOLD = Group(1, HOUR), Group(1, HOUR, "hold")


def mail(valid_for: int | None = None) -> Act:
    """Make a message that anybody can get."""
    to = {"to": Literal("x@example.com")}
    return Act("sendgrid", "send_email", to, channel="email", purpose="transactional", valid_for=valid_for)


def trigger(name: str, priority: int = 50, **more: Any) -> Trigger:
    """Make a live trigger of the group."""
    known: dict[str, Any] = {"when": ADDED, "steps": (ACT,), "status": "live", "group": "g"}
    return Trigger(
        name, priority=priority, anchor_hash=more.pop("anchor_hash", f"{name}!"), **{**known, **more}
    )


def grouped(group: Group, *triggers: Trigger) -> RuleSet:
    """Put triggers under a policy with one group."""
    return replace(rules(*triggers), policy=Policy(groups={"g": group}))


def outcomes(decisions: list[Decision]) -> list[tuple[str, str, int]]:
    """Give trigger, outcome and time of decisions."""
    return [(one.trigger, one.outcome, one.at - START) for one in decisions]


def group_reason(decision: Decision) -> tuple[bool, str, Any]:
    """Give what the group saw."""
    (found,) = [reason for reason in decision.reasons if reason.gate == "group"]
    return found.passed, found.expression, found.saw
