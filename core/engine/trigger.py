"""Triggers as compiled: limits, steps and goals around an anchor, and which events each looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.engine.condition import Condition
from core.engine.formula import Formula
from core.engine.value import Value
from core.engine.when import (
    AbsenceAnchor,
    Anchor,
    ChangedAnchor,
    CountAnchor,
    DwellAnchor,
    EventAnchor,
    InactiveAnchor,
    Pattern,
    SequenceAnchor,
    SessionAnchor,
)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``times`` firings in any rolling window of this length, both ends included.

    ``per`` may also be a calendar unit of the person's zone: ``day`` or ``week`` (which begins on Monday).
    """

    times: int
    per: int | Literal["day", "week"]


@dataclass(frozen=True, slots=True)
class Debounce:
    """Matches that follow each other by less than ``duration`` are one burst: its first or its last is judged."""

    duration: int
    edge: Literal["leading", "trailing"] = "leading"


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a trigger may fire for one person, or for one key of that person."""

    cooldown: int = 0
    caps: tuple[Cap, ...] = ()
    once: bool = False
    per_key: bool = False
    debounce: Debounce | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Call one action of one destination. A channel means that it reaches a person and needs a purpose.

    ``fields`` are the destination file's with the step's own laid over them; ``require`` names fields without
    which nothing is sent. Of ``routes`` the first that holds says to which other instance it goes, and how.
    """

    destination: str
    action: str
    fields: Mapping[str, Value]
    require: tuple[str, ...] = ()
    channel: str = ""
    purpose: str = ""
    message: str = ""
    valid_for: int | None = None
    tags: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """For whom a formula holds, the action is called at another instance."""

    condition: Formula
    act: Act


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message by the first of its channels that is usable.

    With ``digest`` all firings within that long of the first leave together, in one message. A channel whose
    destination fails for as long as ``patience`` gives way to the next one.
    """

    message: str
    channels: tuple[Act, ...]
    digest: int | None = None
    patience: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Let the next step wait this long after the one before was let go, or until a time.

    ``until`` is a formula that gives a time, ``clock`` a time of the person's day in minutes. What cannot be told, or
    has passed, waits ``duration``. With ``is_best`` the clock is for those whose best hour is not known.
    """

    duration: int = 0
    until: Formula | None = None
    clock: int | None = None
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """A checkpoint: not met ends the journey here."""

    condition: Condition


Step = Act | Send | Wait | OnlyIf


@dataclass(frozen=True, slots=True)
class Goal:
    """What a trigger should lead to, and within which time; it only measures. ``value`` is what it is worth.

    ``touch`` is the firing that is credited where several came before.
    """

    patterns: tuple[Pattern, ...]
    within: int
    value: Formula | None = None
    touch: Literal["first", "last"] = "last"


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger file. ``version`` hashes the whole file, ``anchor_hash`` only its ``when``.

    ``since`` is the arrival number of the first event its present ``when`` applies to, ``owner`` the address of who is
    told when something is wrong with it. ``priorities`` are those for people of some tiers.
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
    priorities: Mapping[str, int] = field(default_factory=dict)
    version: str = ""
    anchor_hash: str = ""
    journey_hash: str = ""
    since: int = 0
    goal: Goal | None = None
    owner: str = ""


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


def remembered_names(trigger: Trigger) -> set[str]:
    """Name the events that must be looked at again when a late one comes; stays on pages are kept as marks alone."""
    return (
        {p.name for p in trigger.exit_on} if isinstance(trigger.when, DwellAnchor) else event_names(trigger)
    )


def looks_at_activity(when: Anchor) -> bool:
    """Tell whether an anchor looks at every activity, whatever its name."""
    return isinstance(when, InactiveAnchor | SessionAnchor) or (
        isinstance(when, SequenceAnchor) and when.strict
    )
