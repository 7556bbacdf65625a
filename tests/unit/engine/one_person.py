"""One person told to the engine: events and the clock in, what fired out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.engine import Applied, Profile, apply, decode, encode, merge, new_profile, next_due, wake
from core.engine.decision import Action, Decision
from core.engine.event import ConsentStatement, Event, Identifier
from core.engine.formula import Formula
from core.engine.measure import Computed, Segment
from core.engine.rule import Act, Anchor, IdentityRules, RuleSet, Trigger
from core.engine.value import Literal

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = 1_772_445_600_000  # 2026-03-02T10:00:00Z, a Monday
ACT = Act("braze", "track_event", {"name": Literal("x")})


def trigger(name: str, when: Anchor, **more: Any) -> Trigger:
    """Make a live trigger with one data action."""
    return Trigger(name, when, (ACT,), status="live", anchor_hash=f"{name}!", **more)


def rules(
    *triggers: Trigger,
    segments: Mapping[str, Segment] | None = None,
    computed: Mapping[str, Computed] | None = None,
    scores: Mapping[str, Formula] | None = None,
) -> RuleSet:
    """Put triggers and measures together."""
    named = {one.name: one for one in triggers}
    return RuleSet(
        "1",
        IdentityRules(()),
        {},
        named,
        segments=segments or {},
        computed=computed or {},
        scores=scores or {},
    )


class Person:
    """A profile that lives under a rule set; every change of it also survives being stored."""

    def __init__(self, under: RuleSet, name: str = "p") -> None:
        self.rules = under
        self.profile: Profile = new_profile(name, START)
        self.decisions: list[Decision] = []
        self.actions: list[Action] = []
        self.cancelled: list[str] = []
        self.seq = 0

    def event(
        self,
        name: str,
        at: int,
        properties: Mapping[str, Any] | None = None,
        *,
        kind: str = "track",
        traits: Mapping[str, Any] | None = None,
        consent: tuple[ConsentStatement, ...] = (),
        context: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> list[str]:
        """Let an event happen ``at`` milliseconds after the start, and tell what fired by it."""
        self.seq = more.pop("seq", self.seq + 1)
        data = {"type": kind, "event": name, "properties": dict(properties or {})}
        data |= {"context": dict(context)} if context else {}
        event = Event(
            id=more.pop("id", f"e{self.seq}"),
            seq=self.seq,
            source=more.pop("source", "segment"),
            type=kind,
            name=name,
            timestamp=START + at,
            received_at=START + at,
            data=data,
            identifiers=(Identifier("user_id", self.profile.id),),
            traits=dict(traits or {}),
            consent=consent,
            **more,
        )
        return self._keep(apply(self.profile, event, self.rules, START + at))

    def until(self, at: int) -> list[str]:
        """Let the clock run, waking the person whenever they are due, and tell what fired by it."""
        told: list[str] = []
        while (due := next_due(self.profile)) is not None and due <= START + at:
            told += self._keep(wake(self.profile, due, self.rules))
        return told

    def join(self, other: Person) -> None:
        """Turn out to be one with another person."""
        self.profile = merge(self.profile, other.profile)
        self.seq = max(self.seq, other.seq)

    @property
    def last(self) -> Decision:
        """Give the decision made last."""
        return self.decisions[-1]

    def _keep(self, done: Applied) -> list[str]:
        assert decode(encode(done.profile)) == done.profile
        self.profile = done.profile
        self.decisions += done.decisions
        self.actions += done.actions
        self.cancelled += done.cancelled
        return [one.trigger for one in done.decisions if one.outcome == "fired"]
