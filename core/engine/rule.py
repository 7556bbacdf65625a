"""Compiled mappings: what the loader builds once and the engine reads at each event.

Durations are milliseconds. ``Value`` is a formula, a template or a literal; ``Condition`` a tree over formulas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar

from core.engine.condition import Count, Inactive, leaves
from core.engine.digest import derive
from core.engine.formula import Formula
from core.engine.measure import Computed, ComputedKind, Segment
from core.engine.policy import Group, Guard, Message, MessageCap, Policy, QuietHours
from core.engine.source import SourceMapping
from core.engine.tally import Tally
from core.engine.telling import Hears, Telling
from core.engine.trigger import (
    Act,
    Cap,
    Debounce,
    Goal,
    Limits,
    OnlyIf,
    Route,
    Send,
    Step,
    Trigger,
    Wait,
    event_names,
    looks_at_activity,
    remembered_names,
)
from core.engine.when import (
    AbsenceAnchor,
    Anchor,
    ApiAnchor,
    ChangedAnchor,
    CountAnchor,
    DateAnchor,
    DwellAnchor,
    EventAnchor,
    InactiveAnchor,
    MarkAnchor,
    Pattern,
    ScoreAnchor,
    SegmentAnchor,
    SequenceAnchor,
    SessionAnchor,
    StateAnchor,
)

if TYPE_CHECKING:
    from core.engine.callback import CallbackMapping

__all__ = [
    "DEFAULT_PURPOSES",
    "AbsenceAnchor",
    "Act",
    "Anchor",
    "ApiAnchor",
    "Cap",
    "ChangedAnchor",
    "CodeRule",
    "Computed",
    "CountAnchor",
    "DateAnchor",
    "Debounce",
    "DwellAnchor",
    "EventAnchor",
    "Goal",
    "Group",
    "Guard",
    "Hears",
    "IdentifierRule",
    "IdentityRules",
    "InactiveAnchor",
    "Limits",
    "MarkAnchor",
    "Message",
    "MessageCap",
    "OnlyIf",
    "Pattern",
    "Policy",
    "Purpose",
    "QuietHours",
    "Route",
    "RuleSet",
    "ScoreAnchor",
    "Segment",
    "SegmentAnchor",
    "Send",
    "SequenceAnchor",
    "SessionAnchor",
    "SourceMapping",
    "StateAnchor",
    "Step",
    "Tally",
    "Telling",
    "Trigger",
    "Wait",
    "event_names",
    "looks_at_activity",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class IdentifierRule:
    """One namespace of ``identity.yaml``; the order of the file is the order of strength."""

    namespace: str
    limit: int
    normalise: Literal["", "email", "e164"] = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """Which identifiers join people, strongest first, and which values are never believed."""

    identifiers: tuple[IdentifierRule, ...]
    blocked: frozenset[str] = frozenset()
    blocked_formulas: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why people are written to: whether they must have agreed, and whether caps and quiet hours hold for it."""

    name: str
    consent_required: bool = True
    caps: bool = True
    quiet_hours: bool = True


@dataclass(frozen=True, slots=True)
class CodeRule:
    """Out of which pool a message gets its code, and for how long the code must still be good when it leaves."""

    pool: str
    valid_for: int = 0


#: In force where ``policy.yaml`` names no purposes.
DEFAULT_PURPOSES = {
    "marketing": Purpose("marketing"),
    "transactional": Purpose("transactional", consent_required=False, caps=False, quiet_hours=False),
}


@dataclass(frozen=True, slots=True)
class Watched:
    """What makes segments and scores change: by ``tallies`` in windows and ``pauses`` of activity also with time."""

    tallies: tuple[Tally, ...] = ()
    pauses: tuple[int, ...] = ()


@dataclass(frozen=True)
class RuleSet:
    """One whole, valid set of mappings; replaced as a whole, never changed. ``paused`` says why a trigger is.

    ``segments`` stand behind those that they name. Triggers in the indexes are in name order, drafts in none of them:
    ``by_event`` gives those that name an event (or, by ``matched``, another trigger) anywhere, ``by_activity`` those
    that look at every activity, ``tallies`` what counts an event, ``totals`` what is kept for ever of a tally.
    ``remembered`` names the events whose data the timeline holds. ``measures`` changes when what is kept of people
    besides triggers' own marks does; ``parts`` gives a digest of each of these by its name.
    ``kept`` names the marks that some trigger or tally still looks at.
    """

    version: str
    identity: IdentityRules
    sources: Mapping[str, SourceMapping]
    triggers: Mapping[str, Trigger]
    purposes: Mapping[str, Purpose] = field(default_factory=lambda: dict(DEFAULT_PURPOSES))
    computed: Mapping[str, Computed] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    scores: Mapping[str, Formula] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    paused: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, CodeRule] = field(default_factory=dict)
    callbacks: Mapping[str, CallbackMapping] = field(default_factory=dict)
    tellings: tuple[Telling, ...] = ()
    by_event: Mapping[str, tuple[Trigger, ...]] = field(init=False)
    by_activity: tuple[Trigger, ...] = field(init=False)
    by_state: tuple[Trigger, ...] = field(init=False)
    by_date: tuple[Trigger, ...] = field(init=False)
    by_goal: Mapping[str, tuple[Trigger, ...]] = field(init=False)
    remembered: frozenset[str] = field(init=False)
    tallies: Mapping[str, tuple[Tally, ...]] = field(init=False)
    totals: Mapping[str, tuple[ComputedKind, ...]] = field(init=False)
    watched: Watched = field(init=False)
    measures: str = field(init=False)
    parts: Mapping[str, str] = field(init=False)
    kept: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        published = [self.triggers[name] for name in sorted(self.triggers)]
        published = [trigger for trigger in published if trigger.status != "draft"]
        counted = _counted(published, self.segments)
        computed = self.computed.values()
        gathered = {one.id: one for one in (*(trait.tally for trait in computed), *counted)}
        put = partial(object.__setattr__, self)
        put("by_event", _indexed((name, one) for one in published for name in event_names(one)))
        put("by_activity", tuple(one for one in published if looks_at_activity(one.when)))
        put("by_state", tuple(one for one in published if isinstance(one.when, StateAnchor)))
        put("by_date", tuple(one for one in published if isinstance(one.when, DateAnchor)))
        put("by_goal", _indexed((p.name, one) for one in published for p in _goals(one)))
        put("remembered", frozenset(name for one in published for name in remembered_names(one)))
        put("totals", _totals(computed, counted))
        put("watched", _watched(self))
        put("tallies", _indexed((p.name, one) for one in gathered.values() for p in one.patterns))
        put("parts", _parts(gathered, self.totals, self.segments, (*self.by_state, *self.by_date)))
        put("kept", frozenset({one.anchor_hash for one in self.triggers.values()} | gathered.keys()))
        put("measures", derive("m", *sorted(self.parts.values())) if self.parts else "")

    def meeting(self, name: str, *, is_activity: bool) -> tuple[Trigger, ...]:
        """Give the triggers that look at an event, in name order."""
        named = self.by_event.get(name, ())
        if not is_activity or not self.by_activity:
            return named
        found = {one.name: one for one in (*named, *self.by_activity)}
        return tuple(found[name] for name in sorted(found))


def _counted(triggers: Sequence[Trigger], segments: Mapping[str, Segment]) -> list[Tally]:
    """Give the tallies that conditions count."""
    conditions = [one.condition for one in segments.values()]
    for trigger in triggers:
        conditions += [trigger.only_if] if trigger.only_if else []
        conditions += [step.condition for step in trigger.steps if isinstance(step, OnlyIf)]
    return [leaf.tally for tree in conditions for leaf in leaves(tree) if isinstance(leaf, Count)]


def _totals(computed: Iterable[Computed], counted: Iterable[Tally]) -> dict[str, tuple[ComputedKind, ...]]:
    """Tell what is kept for ever of each tally: what computed traits need, and how many conditions count."""
    found: dict[str, set[ComputedKind]] = {}
    for trait in computed:
        if trait.tally.within is None:
            found.setdefault(trait.tally.id, set()).add(trait.kind)
    for tally in counted:
        if tally.within is None:
            found.setdefault(tally.id, set()).add("count")
    return {name: tuple(sorted(kinds)) for name, kinds in found.items()}


def _watched(rules: RuleSet) -> Watched:
    """Gather what can change a segment or a score with time."""
    if not rules.segments and not rules.by_state:
        return Watched()
    parts = [leaf for one in rules.segments.values() for leaf in leaves(one.condition)]
    tallies = [part.tally for part in parts if isinstance(part, Count)]
    tallies += [one.tally for one in rules.computed.values()]
    timed = {one.id: one for one in tallies if one.within is not None}
    return Watched(tuple(timed.values()), tuple({p.duration for p in parts if isinstance(p, Inactive)}))


def _goals(trigger: Trigger) -> tuple[Pattern, ...]:
    return trigger.goal.patterns if trigger.goal else ()


def _indexed(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    """Group by name, each value once and in the order given."""
    index: dict[str, dict[int, T]] = {}
    for name, value in pairs:
        index.setdefault(name, {})[id(value)] = value
    return {name: tuple(found.values()) for name, found in index.items()}


def _parts(
    tallies: Iterable[str],
    totals: Mapping[str, Sequence[ComputedKind]],
    segments: Mapping[str, Segment],
    triggers: Sequence[Trigger],
) -> dict[str, str]:
    """Name everything that is kept of people besides triggers' own marks, each with a digest of its meaning."""
    parts = {f"tally {one}/{kind}": "" for one in tallies for kind in totals.get(one, ("",))}
    parts |= {f"segment {name}": one.hash for name, one in segments.items()}
    parts |= {f"trigger {one.name}": one.anchor_hash for one in triggers}
    return {name: derive("m", name, meaning)[:10] for name, meaning in parts.items()}
