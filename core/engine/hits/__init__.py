"""Anchors that match at an event by what stands before it, judged over marks alone.

A mark is what an anchor must know of an event later; marks are in order, and nothing else is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.engine.hits import changed, count, dwell, sequence, session
from core.engine.hits.shape import Hit, Reading, value_text
from core.engine.hits.thin import thinned
from core.engine.profile import MARKS_LIMIT, Mark
from core.engine.scope import Scope
from core.engine.when import (
    SESSION_GAP,
    ChangedAnchor,
    CountAnchor,
    DwellAnchor,
    MarkAnchor,
    SequenceAnchor,
    SessionAnchor,
)

__all__ = [
    "Hit",
    "Reading",
    "event_id_of",
    "expression",
    "hits",
    "horizon",
    "is_asked",
    "kept",
    "lateness_of",
    "limit",
    "needed",
    "read",
    "short_of",
    "value_text",
]

#: How long the marks of a session or a stay are kept beyond the time that is asked for.
_DAY = 24 * 3_600_000

#: Sessions and stays see every event of a page: only the last of them are kept.
_VISITS_LIMIT = 300

_EVENT_ID = 1


def read(anchor: MarkAnchor, event: Reading, scope: Scope) -> list[Any] | None:
    """Read what the anchor must know of an event later, its key first; None when it is not concerned."""
    match anchor:
        case CountAnchor():
            return count.read(anchor, event, scope)
        case ChangedAnchor():
            return changed.read(anchor, event, scope)
        case SequenceAnchor():
            return sequence.read(anchor, event, scope)
        case SessionAnchor():
            return session.read(anchor, event, scope)
        case _:
            return dwell.read(anchor, event, scope)


def hits(anchor: MarkAnchor, marks: Sequence[Mark], start: int) -> list[Hit]:
    """Give every match at a mark from ``start`` on, in order."""
    match anchor:
        case CountAnchor():
            return count.hits(anchor, marks, start)
        case ChangedAnchor():
            return changed.hits(anchor, marks, start)
        case SequenceAnchor():
            return sequence.hits(anchor, marks, start)
        case SessionAnchor():
            return session.hits(anchor, marks, start)
        case _:
            return dwell.hits(anchor, marks, start)


def expression(anchor: MarkAnchor) -> str:
    """Write what the anchor asks, as a reason shows it."""
    match anchor:
        case CountAnchor():
            return count.expression(anchor)
        case ChangedAnchor():
            return changed.expression(anchor)
        case SequenceAnchor():
            return sequence.expression(anchor)
        case SessionAnchor():
            return session.expression(anchor)
        case _:
            return dwell.expression(anchor)


def needed(anchor: MarkAnchor) -> Any:
    """Write what the anchor needs to see, as a reason shows it."""
    match anchor:
        case CountAnchor():
            return anchor.at_least
        case ChangedAnchor():
            return changed.needed(anchor)
        case SequenceAnchor():
            return f"all {len(anchor.steps)} steps"
        case SessionAnchor():
            return session.needed(anchor)
        case _:
            return dwell.needed(anchor)


def short_of(anchor: MarkAnchor, marks: Sequence[Mark], index: int) -> Any:
    """Tell what a mark that is no match shows instead; None where nobody asks."""
    match anchor:
        case CountAnchor():
            return count.short_of(anchor, marks, index)
        case ChangedAnchor():
            return changed.short_of(marks, index)
        case SequenceAnchor():
            return sequence.short_of(anchor, marks, index)
        case _:
            return None


def is_asked(anchor: MarkAnchor, name: str) -> bool:
    """Tell whether an event of this name that does not match deserves to be told why."""
    match anchor:
        case CountAnchor() | ChangedAnchor():
            return any(pattern.name == name for pattern in anchor.patterns)
        case SequenceAnchor():
            return sequence.is_asked(anchor, name)
        case _:
            return False


def event_id_of(anchor: MarkAnchor, mark: Mark) -> str:
    """Give the id of a mark's event where the mark carries it; empty for imported history and other anchors."""
    return str(mark.value[_EVENT_ID]) if isinstance(anchor, SessionAnchor | DwellAnchor) else ""


def lateness_of(mark: Mark) -> int:
    """Give the lateness of an event whose mark carries its id."""
    return int(mark.value[-1])


def horizon(anchor: MarkAnchor) -> int:
    """Tell how long marks matter behind the newest, in milliseconds; 0 for ever."""
    match anchor:
        case CountAnchor() | SequenceAnchor():
            return anchor.within
        case ChangedAnchor():
            return 0
        case SessionAnchor() if anchor.visits:
            return anchor.within + SESSION_GAP
        case _:
            return anchor.longer_than + _DAY


def limit(anchor: MarkAnchor) -> int:
    """Tell how many marks are kept at most."""
    return _VISITS_LIMIT if isinstance(anchor, SessionAnchor | DwellAnchor) else MARKS_LIMIT


def kept(anchor: MarkAnchor, marks: list[Mark]) -> list[Mark]:
    """Give what is kept of too many marks: of sessions and stays what later events are judged by, else the last."""
    most = limit(anchor)
    if len(marks) <= most:
        return marks
    if not isinstance(anchor, SessionAnchor | DwellAnchor):
        return marks[-most:]
    fewer = thinned(anchor, marks)
    # Some room is made at once, so that not every further event is gone through all of them again.
    return fewer if len(fewer) <= most else fewer[-most * 9 // 10 :]
