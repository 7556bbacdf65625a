"""A person as of one moment: what conditions ask, and what formulas and templates see."""

from __future__ import annotations

from typing import Any

from core.engine.consent import refusal
from core.engine.formula import Unknown
from core.engine.gathered import in_window, total_value, window_value
from core.engine.measure import Computed
from core.engine.profile import Mark, Profile
from core.engine.rule import RuleSet
from core.engine.scope import Scope
from core.engine.tally import Tally
from core.engine.view import profile_view


class AsOf:
    """A profile under a rule set as of ``at``; with ``seq`` before what comes behind that event in order."""

    def __init__(self, profile: Profile, rules: RuleSet, at: int, seq: int | None = None) -> None:
        self.profile = profile
        self.rules = rules
        self.at = at
        self.seq = seq
        self._view: dict[str, Any] | None = None
        self._unscored: dict[str, Any] | None = None
        self._scope: Scope | None = None

    def view(self) -> dict[str, Any]:
        """Give the profile as formulas see it, made at its first use."""
        if self._view is None:
            scores = {name: self.score(name) for name in self.rules.scores}
            known = {name: found for name, found in scores.items() if not isinstance(found, Unknown)}
            self._view = {**self._without_scores(), "scores": known}
        return self._view

    def _without_scores(self) -> dict[str, Any]:
        """Give the view that a score sees."""
        if self._unscored is None:
            view = self._unscored = profile_view(self.profile)
            for name in self.rules.computed:
                # One that is absent hides what was sent under its name.
                view["traits"].pop(name, None)
                value = self.trait(name)
                if value is not None:
                    view["traits"][name] = value
        return self._unscored

    def scope(self) -> Scope:
        """Give a scope in which there is this person and no event, made at its first use."""
        if self._scope is None:
            self._scope = Scope(event={}, profile=self.view, now=self.at, facts=self)
        return self._scope

    def count(self, tally: Tally) -> int:
        """Count the events of a tally."""
        if tally.within is None:
            return sum(total.count for total in self.profile.totals.get(f"{tally.id}/count", {}).values())
        return len(self._window(tally))

    def in_segment(self, name: str) -> bool:
        """Tell whether the person is in a segment."""
        return name in self.profile.members

    def trait(self, name: str) -> Any:
        """Give one trait as the whole view has it; None where it is absent."""
        computed = self.rules.computed.get(name)
        if computed is not None:
            return self._compute(computed)
        held = self.profile.traits.get(name)
        return None if held is None else held.value

    def score(self, name: str) -> float | Unknown:
        """Give a score."""
        formula = self.rules.scores.get(name)
        if formula is None:
            return Unknown(f"there is no score {name}")
        found = formula.evaluate(Scope(event={}, profile=self._without_scores, now=self.at, facts=self))
        if isinstance(found, Unknown):
            return found
        if isinstance(found, bool) or not isinstance(found, int | float):
            return Unknown(f"the score {name} is no number")
        return float(found)

    def refusal(self, purpose: str, channel: str) -> str:
        """Say why the person may not be written to; empty when they may."""
        return refusal(self.profile, purpose, channel, self.rules.purposes)

    def idle(self) -> int | None:
        """Tell how long the last activity lies back; what lies ahead of this moment is not looked at."""
        last = self.profile.last_active
        return None if last is None else max(0, self.at - last)

    def _window(self, tally: Tally) -> list[Mark]:
        marks = self.profile.marks.get(tally.id, [])
        first, end = in_window(marks, self.at, self.seq, within=tally.within, ago=tally.ago)
        return marks[first:end]

    def _compute(self, computed: Computed) -> Any:
        """Give a computed trait; None where it is absent."""
        tally = computed.tally
        if tally.within is not None:
            return window_value(computed.kind, self._window(tally), limit=computed.limit)
        held = self.profile.totals.get(f"{tally.id}/{computed.kind}", {})
        return total_value(computed.kind, [held[origin] for origin in sorted(held)], limit=computed.limit)
