"""Compiled mappings: what the loader builds once and the engine reads at each event.

Durations are milliseconds. ``Value`` is a formula, a template or a literal; ``Condition`` a tree over formulas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.engine.condition import Condition
from core.engine.formula import Formula
from core.engine.value import Value


@dataclass(frozen=True, slots=True)
class Pattern:
    """Events of this name for which ``where`` holds."""

    name: str
    where: Formula | None = None


@dataclass(frozen=True, slots=True)
class EventAnchor:
    """Fires at each event that matches."""

    patterns: tuple[Pattern, ...]
    key: Formula | None = None


@dataclass(frozen=True, slots=True)
class CountAnchor:
    """Fires at the event that takes the count in the rolling window from below ``at_least`` to it."""

    patterns: tuple[Pattern, ...]
    at_least: int
    within: int
    key: Formula | None = None


@dataclass(frozen=True, slots=True)
class AbsenceAnchor:
    """Fires ``within`` after an event when none of ``not_followed_by`` came; one case per key.

    ``restart`` starts the clock again at each further event; ``sum`` is added up over the case, ``less`` names the
    events that take a product out of it.
    """

    patterns: tuple[Pattern, ...]
    not_followed_by: tuple[Pattern, ...]
    within: int
    key: Formula | None = None
    restart: bool = False
    sum: Formula | None = None
    less: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiAnchor:
    """Fires only through ``/api/trigger``."""


Anchor = EventAnchor | CountAnchor | AbsenceAnchor | ApiAnchor


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``times`` firings in any rolling window of this length, both ends included."""

    times: int
    per: int


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

    ``by_event`` gives the triggers that name an event anywhere, in name order; drafts are in none of the indexes.
    """

    version: str
    identity: IdentityRules
    sources: Mapping[str, SourceMapping]
    triggers: Mapping[str, Trigger]
    purposes: Mapping[str, Purpose] = field(default_factory=lambda: dict(DEFAULT_PURPOSES))
    by_event: Mapping[str, tuple[Trigger, ...]] = field(init=False)

    def __post_init__(self) -> None:
        index: dict[str, list[Trigger]] = {}
        for name in sorted(self.triggers):
            trigger = self.triggers[name]
            if trigger.status != "draft":
                for event in sorted(event_names(trigger)):
                    index.setdefault(event, []).append(trigger)
        object.__setattr__(self, "by_event", {event: tuple(found) for event, found in index.items()})


def event_names(trigger: Trigger) -> set[str]:
    """Name every event that can change what this trigger does."""
    patterns = list(trigger.exit_on)
    when = trigger.when
    if not isinstance(when, ApiAnchor):
        patterns += when.patterns
    if isinstance(when, AbsenceAnchor):
        patterns += when.not_followed_by + when.less
    return {pattern.name for pattern in patterns}
