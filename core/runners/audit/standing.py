"""What the rules were when the stored events came, as far as the store tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from core.engine.rule import RuleSet, Trigger
from core.pipeline.form import PREFIX, form_of, read_form
from core.store.journal import Journal

#: Of a trigger that was never published as it is now.
NEVER = 2**62


@dataclass(frozen=True)
class Standing:
    """The rules as published, and for each trigger from which event and time on it stood as it does now.

    ``since`` are the arrival numbers of the last events that its ``when`` does not apply to, ``at`` the times at
    which it took its present form; ``NEVER`` where it was not published so.
    """

    rules: RuleSet
    since: Mapping[str, int]
    at: Mapping[str, int]

    @cached_property
    def latest(self) -> int:
        """Give the last event that some rule does not apply to."""
        return max(self.since.values(), default=0)

    def ahead_of(self, seq: int) -> frozenset[str]:
        """Name the triggers that do not apply to an event."""
        if seq > self.latest:
            return frozenset()
        return frozenset(name for name, since in self.since.items() if seq <= since)


def standing_of(rules: RuleSet, journal: Journal) -> Standing:
    """Hold the rules against what was noted when they were published."""
    stamps, forms = journal.named("since:"), journal.named(PREFIX)
    triggers, since, at = {}, {}, {}
    for name, trigger in rules.triggers.items():
        found = _published(trigger, rules, forms.get(name, ("", 0))[0])
        stamp = stamps.get(name, ("", 0))[0].split(" ")
        is_same = found is not None and stamp[0] == trigger.anchor_hash
        since[name] = int(stamp[-1]) if is_same else NEVER
        at[name] = forms[name][1] if is_same else NEVER
        triggers[name] = replace(found or trigger, since=since[name])
    return Standing(replace(rules, triggers=triggers), since, at)


def _published(trigger: Trigger, rules: RuleSet, text: str) -> Trigger | None:
    """Give the trigger with the status it was published with; None when it stands otherwise now."""
    if not text:
        return None
    form = read_form(text)
    mine = form_of(trigger, rules)
    if (form.version, form.measures) != (mine.version, mine.measures) or form.status == "draft":
        return None
    return replace(trigger, status="shadow" if form.status == "shadow" else "live")
