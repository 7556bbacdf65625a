"""A profile being changed: copied once, so that the caller's value never moves, and what came of it so far."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import structs

from core.engine.decision import Action, Decision, Reason
from core.engine.profile import Moment, Profile
from core.engine.rule import RuleSet, Trigger
from core.engine.scope import Scope
from core.engine.view import profile_view


class Applied(NamedTuple):
    """The profile afterwards, and the decisions and actions in the order in which they were made."""

    profile: Profile
    decisions: tuple[Decision, ...]
    actions: tuple[Action, ...]


class Match(NamedTuple):
    """An anchor that matched: who, when, for which key, and what ``case`` shows of it."""

    at: int
    trigger: Trigger
    key: str
    anchor: Moment
    reason: Reason
    case: dict[str, Any]


class Draft:
    """The working copy of one ``apply`` or ``wake``; its values are replaced, never changed in place."""

    def __init__(self, profile: Profile, rules: RuleSet, now: int) -> None:
        self.profile = structs.replace(
            profile,
            identifiers=dict(profile.identifiers),
            traits=dict(profile.traits),
            consent=dict(profile.consent),
            marks=dict(profile.marks),
            timeline=list(profile.timeline),
            cases={name: list(cases) for name, cases in profile.cases.items()},
            journeys={name: dict(journeys) for name, journeys in profile.journeys.items()},
            firings=dict(profile.firings),
        )
        self.rules = rules
        self.now = now
        self.decisions: list[Decision] = []
        self.actions: list[Action] = []
        self._view: dict[str, Any] | None = None

    def view(self) -> dict[str, Any]:
        """Give the profile as formulas see it, made once until ``changed``."""
        if self._view is None:
            self._view = profile_view(self.profile)
        return self._view

    def changed(self) -> None:
        """Let the next formula see identifiers and traits anew."""
        self._view = None

    def scope(self, moment: Moment) -> Scope:
        """Give the scope of an event judged at its own time."""
        return Scope(event=moment.data, profile=self.view, now=moment.timestamp)

    def applied(self) -> Applied:
        """Give the result."""
        return Applied(self.profile, tuple(self.decisions), tuple(self.actions))
