"""Anchors as compiled: what happens, before anything is asked about it. Durations are milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

from core.engine.formula import Formula

#: A name that no sender can give an event: texts from outside hold no NUL.
_OURS = "\0"

#: Activity of the person that ends a lapse and carries a session on.
ACTIVITY_TYPES = frozenset({"track", "page", "screen"})

#: A pause longer than this ends a session, and is never counted as time spent on a page.
SESSION_GAP = 30 * 60_000


def matched(trigger: str) -> str:
    """Name the happening that a trigger's anchor matched, for patterns that stand for it."""
    return _OURS + trigger


def trigger_of(name: str) -> str:
    """Give the trigger that such a name speaks of; empty for the name of an event."""
    return name[1:] if name.startswith(_OURS) else ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Events of this name for which ``where`` holds; a name by ``matched`` means another trigger's anchor."""

    name: str
    where: Formula | None = None


@dataclass(frozen=True, slots=True)
class EventAnchor:
    """Fires at each event that matches."""

    patterns: tuple[Pattern, ...]
    key: Formula | None = None


@dataclass(frozen=True, slots=True)
class ChangedAnchor:
    """Fires at each event whose value differs from the one before it of the same key.

    With ``to`` (text, number or truth values) only a change to one of these counts. The first value is no change.
    """

    patterns: tuple[Pattern, ...]
    value: Formula
    to: tuple[str | float | bool, ...] = ()
    key: Formula | None = None


@dataclass(frozen=True, slots=True)
class CountAnchor:
    """Fires at the event that takes the count in the rolling window from below ``at_least`` to it.

    ``distinct`` counts different values, ``same`` counts only events with this event's value; an event without
    either field is not counted. ``same`` is also the key where none is given.
    """

    patterns: tuple[Pattern, ...]
    at_least: int
    within: int
    key: Formula | None = None
    distinct: Formula | None = None
    same: Formula | None = None


@dataclass(frozen=True, slots=True)
class SequenceAnchor:
    """Fires at each last step that ends a chain of earlier steps, the first at most ``within`` before it.

    ``strict`` allows no other track event between two steps, ``unless`` none of these between first and last;
    ``same`` is a value that all steps share, and the key where none is given.
    """

    steps: tuple[tuple[Pattern, ...], ...]
    within: int
    strict: bool = False
    same: Formula | None = None
    unless: tuple[Pattern, ...] = ()
    key: Formula | None = None

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Give the patterns of all steps."""
        return tuple(pattern for step in self.steps for pattern in step)


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
class InactiveAnchor:
    """Fires this long after the person's last activity, once per lapse."""

    within: int
    key: Formula | None = None


@dataclass(frozen=True, slots=True)
class DwellAnchor:
    """Fires once per stay on a page, at the event that proves it longer than ``longer_than``.

    ``enter``, ``leave`` and ``beat`` name the page's events; with ``seconds`` the page measures itself, and
    ``enter`` is not asked. ``where`` is asked of the event that enters (with ``seconds``: of the measuring one).
    """

    longer_than: int
    where: Formula | None = None
    seconds: Formula | None = None
    enter: tuple[str, ...] = ("Page Viewed", "Screen Viewed")
    leave: tuple[str, ...] = ("Page Left", "Screen Left")
    beat: tuple[str, ...] = ("Page Heartbeat", "Screen Heartbeat")
    key: Formula | None = None


@dataclass(frozen=True, slots=True)
class SessionAnchor:
    """Fires at the event that makes a session longer than ``longer_than``, or that begins the ``visits``-th visit.

    A session is the activity of one source without a pause of more than 30 minutes. Exactly one of ``longer_than``
    and ``visits`` (with ``within``, a rolling window) is set.
    """

    longer_than: int = 0
    visits: int = 0
    within: int = 0
    key: Formula | None = None


@dataclass(frozen=True, slots=True)
class SegmentAnchor:
    """Fires when the person enters a segment, or leaves it."""

    segment: str
    enters: bool
    key: Formula | None = None


@dataclass(frozen=True, slots=True)
class ScoreAnchor:
    """Fires when a score rises above ``above``; it must fall below ``reset_below`` before it can fire again."""

    name: str
    above: float
    reset_below: float
    key: Formula | None = None


@dataclass(frozen=True, slots=True)
class DateAnchor:
    """Fires at a date of the profile, ``offset`` later (negative: earlier). The timer follows the value."""

    date: Formula
    offset: int = 0
    key: Formula | None = None


@dataclass(frozen=True, slots=True)
class ApiAnchor:
    """Fires only through ``/api/trigger``."""

    key: None = None


#: Anchors that match at an event, by what stands before it: judged over marks.
MarkAnchor = CountAnchor | ChangedAnchor | SequenceAnchor | DwellAnchor | SessionAnchor

#: Anchors that hold for a time: they match when a state of the person changes.
StateAnchor = SegmentAnchor | ScoreAnchor

Anchor = EventAnchor | MarkAnchor | AbsenceAnchor | InactiveAnchor | StateAnchor | DateAnchor | ApiAnchor


def key_formula(when: Anchor) -> Formula | None:
    """Give what a key is read by: ``key``, or the value that the events must share."""
    if when.key is None and isinstance(when, CountAnchor | SequenceAnchor):
        return when.same
    return when.key
