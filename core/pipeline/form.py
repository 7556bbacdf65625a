"""Since when each trigger stands as it does: what the audit needs to tell a loss from a rule that has changed."""

from __future__ import annotations

from typing import NamedTuple

from core.engine.rule import RuleSet, Trigger
from core.ports import Transaction

#: The named values begin so, followed by the trigger's name.
PREFIX = "form:"


class Form(NamedTuple):
    """What decides whether a trigger fires: its file, its status and, where a state is its anchor, all measures."""

    version: str
    status: str
    measures: str = ""

    def __str__(self) -> str:
        """Write it in one line."""
        return " ".join(self)


def form_of(trigger: Trigger, rules: RuleSet) -> Form:
    """Give the present form of a trigger."""
    is_state = any(one.name == trigger.name for one in rules.by_state)
    return Form(trigger.version, trigger.status, rules.measures if is_state else "")


def read_form(text: str) -> Form:
    """Read a form back."""
    version, status, measures = text.split(" ")
    return Form(version, status, measures)


def stamp_forms(tx: Transaction, rules: RuleSet, now: int) -> None:
    """Note the forms that are new, as of now."""
    for name, trigger in rules.triggers.items():
        form = str(form_of(trigger, rules))
        if tx.keys.get(PREFIX + name) != form:
            tx.keys.put(PREFIX + name, form, now)
