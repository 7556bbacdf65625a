"""Compiled mappings: what the loader builds once and the engine reads at each event.

Durations are milliseconds. ``Value`` is a formula, a template or a literal; ``Condition`` a tree over formulas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeVar

from core.engine.condition import Condition, Count, leaves
from core.engine.digest import derive
from core.engine.formula import Formula
from core.engine.measure import Computed, Segment
from core.engine.tally import Tally
from core.engine.value import Value
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

__all__ = [
    "DEFAULT_PURPOSES",
    "AbsenceAnchor",
    "Act",
    "Anchor",
    "ApiAnchor",
    "Cap",
    "ChangedAnchor",
    "Computed",
    "CountAnchor",
    "DateAnchor",
    "DwellAnchor",
    "EventAnchor",
    "IdentifierRule",
    "IdentityRules",
    "InactiveAnchor",
    "Limits",
    "MarkAnchor",
    "OnlyIf",
    "Pattern",
    "Purpose",
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
    "Trigger",
    "Wait",
    "event_names",
    "looks_at_activity",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``times`` firings in any rolling window of this length, both ends included.

    ``per`` may also be a calendar unit of the person's zone: ``day`` or ``week`` (which begins on Monday).
    """

    times: int
    per: int | Literal["day", "week"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a trigger may fire for one person, or for one key of that person."""

    cooldown: int = 0
    caps: tuple[Cap, ...] = ()
    once: bool = False
    per_key: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """Call one action of one destination. A channel means that it reaches a person and needs a purpose.

    ``fields`` are the destination file's with the step's own laid over them; ``require`` names fields without
    which nothing is sent.
    """

    destination: str
    action: str
    fields: Mapping[str, Value]
    require: tuple[str, ...] = ()
    channel: str = ""
    purpose: str = ""
    message: str = ""
    valid_for: int | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message by the first of its channels that is usable."""

    message: str
    channels: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Let the next step wait this long after the one before was let go."""

    duration: int


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """A checkpoint: not met ends the journey here."""

    condition: Condition


Step = Act | Send | Wait | OnlyIf


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger file. ``version`` hashes the whole file, ``anchor_hash`` only its ``when``.

    ``since`` is the arrival number of the first event its present ``when`` applies to.
    """

    name: str
    when: Anchor
    steps: tuple[Step, ...]
    status: Literal["draft", "shadow", "live"] = "draft"
    title: str = ""
    only_if: Condition | None = None
    exit_on: tuple[Pattern, ...] = ()
    limits: Limits = Limits()
    group: str = ""
    priority: int = 50
    version: str = ""
    anchor_hash: str = ""
    journey_hash: str = ""
    since: int = 0


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
class SourceMapping:
    """Where identifiers, traits and consent sit in one source's events.

    ``identifiers`` and ``consent`` hold candidates, the first present wins; ``consent`` is keyed by purpose and
    channel (empty: all channels); ``types`` names the fields read as numbers even when sent as text.
    """

    name: str
    uses: str
    identifiers: Mapping[str, tuple[Formula, ...]]
    traits_from: tuple[str, ...] = ()
    traits_rename: Mapping[str, str] = field(default_factory=dict)
    traits_drop: frozenset[str] = frozenset()
    consent: Mapping[tuple[str, str], Formula] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    types: frozenset[str] = frozenset()
    lateness: int = 0


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why people are written to, and whether they must have agreed."""

    name: str
    consent_required: bool = True


#: In force where ``policy.yaml`` names no purposes.
DEFAULT_PURPOSES = {
    "marketing": Purpose("marketing"),
    "transactional": Purpose("transactional", consent_required=False),
}


@dataclass(frozen=True)
class RuleSet:
    """One whole, valid set of mappings; replaced as a whole, never changed.

    ``segments`` stand behind those that they name. Triggers in the indexes are in name order, drafts in none of them:
    ``by_event`` gives those that name an event (or, by ``matched``, another trigger) anywhere, ``by_activity`` those
    that look at every activity, ``tallies`` what counts an event. ``measures`` changes when what is kept of people
    besides triggers' own marks does.
    """

    version: str
    identity: IdentityRules
    sources: Mapping[str, SourceMapping]
    triggers: Mapping[str, Trigger]
    purposes: Mapping[str, Purpose] = field(default_factory=lambda: dict(DEFAULT_PURPOSES))
    computed: Mapping[str, Computed] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    scores: Mapping[str, Formula] = field(default_factory=dict)
    by_event: Mapping[str, tuple[Trigger, ...]] = field(init=False)
    by_activity: tuple[Trigger, ...] = field(init=False)
    by_state: tuple[Trigger, ...] = field(init=False)
    by_date: tuple[Trigger, ...] = field(init=False)
    tallies: Mapping[str, tuple[Tally, ...]] = field(init=False)
    measures: str = field(init=False)

    def __post_init__(self) -> None:
        published = [self.triggers[name] for name in sorted(self.triggers)]
        published = [trigger for trigger in published if trigger.status != "draft"]
        gathered = _all_tallies(published, self.computed, self.segments)
        put = partial(object.__setattr__, self)
        put("by_event", _indexed((name, one) for one in published for name in event_names(one)))
        put("by_activity", tuple(one for one in published if looks_at_activity(one.when)))
        put("by_state", tuple(one for one in published if isinstance(one.when, StateAnchor)))
        put("by_date", tuple(one for one in published if isinstance(one.when, DateAnchor)))
        put("tallies", _indexed((p.name, one) for one in gathered.values() for p in one.patterns))
        put("measures", _measures(gathered, self.segments, (*self.by_state, *self.by_date)))


def event_names(trigger: Trigger) -> set[str]:
    """Name every event that can change what this trigger does."""
    when = trigger.when
    names = {pattern.name for pattern in trigger.exit_on}
    if isinstance(when, EventAnchor | ChangedAnchor | CountAnchor | SequenceAnchor | AbsenceAnchor):
        names |= {pattern.name for pattern in when.patterns}
    if isinstance(when, AbsenceAnchor):
        names |= {pattern.name for pattern in (*when.not_followed_by, *when.less)}
    if isinstance(when, SequenceAnchor):
        names |= {pattern.name for pattern in when.unless}
    if isinstance(when, DwellAnchor):
        names |= {*when.enter, *when.leave, *when.beat}
    return names


def looks_at_activity(when: Anchor) -> bool:
    """Tell whether an anchor looks at every activity, whatever its name."""
    return isinstance(when, InactiveAnchor | SessionAnchor) or (
        isinstance(when, SequenceAnchor) and when.strict
    )


def _all_tallies(
    triggers: Sequence[Trigger], computed: Mapping[str, Computed], segments: Mapping[str, Segment]
) -> dict[str, Tally]:
    conditions = [one.condition for one in segments.values()]
    for trigger in triggers:
        conditions += [trigger.only_if] if trigger.only_if else []
        conditions += [step.condition for step in trigger.steps if isinstance(step, OnlyIf)]
    found = [leaf.tally for tree in conditions for leaf in leaves(tree) if isinstance(leaf, Count)]
    return {tally.id: tally for tally in (*(one.tally for one in computed.values()), *found)}


def _indexed(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    """Group by name, each value once and in the order given."""
    index: dict[str, dict[int, T]] = {}
    for name, value in pairs:
        index.setdefault(name, {})[id(value)] = value
    return {name: tuple(found.values()) for name, found in index.items()}


def _measures(tallies: Iterable[str], segments: Mapping[str, Segment], triggers: Sequence[Trigger]) -> str:
    parts = [f"tally {one}" for one in tallies]
    parts += [f"segment {name} {one.hash}" for name, one in segments.items()]
    parts += [f"trigger {one.name} {one.anchor_hash}" for one in triggers]
    return derive("m", *sorted(parts)) if parts else ""
