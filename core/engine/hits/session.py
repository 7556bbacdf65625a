"""The session anchor over marks: activity of one source without a long pause, and visits.

A mark is ``[key, event id, source, lateness]``; the id of imported history is left empty.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from core.engine.duration import format_duration
from core.engine.hits.shape import KEY, Hit, Reading
from core.engine.matching import key_of
from core.engine.profile import Mark
from core.engine.scope import Scope
from core.engine.when import ACTIVITY_TYPES, SESSION_GAP, SessionAnchor

_SOURCE = 2


def read(anchor: SessionAnchor, event: Reading, scope: Scope) -> list[Any] | None:
    """Read any activity."""
    if event.kind not in ACTIVITY_TYPES:
        return None
    return [key_of(anchor.key, scope), "" if event.quiet else event.id, event.source, event.lateness]


def hits(anchor: SessionAnchor, marks: Sequence[Mark], start: int) -> list[Hit]:
    """Give the marks from ``start`` on that make a session long enough, or are the visit that was waited for."""
    look = _visit if anchor.visits else _longer
    found = (look(anchor, marks, index) for index in range(start, len(marks)))
    return [hit for hit in found if hit is not None]


def expression(anchor: SessionAnchor) -> str:
    """Write what is asked of sessions."""
    if anchor.visits:
        return f"visits within {format_duration(anchor.within)}"
    return f"session longer than {format_duration(anchor.longer_than)}"


def needed(anchor: SessionAnchor) -> Any:
    """Write how many visits, or how long a session."""
    return anchor.visits or f"more than {format_duration(anchor.longer_than)}"


def source_of(mark: Mark) -> str:
    """Name the source of a mark of this anchor or of a stay."""
    return str(mark.value[_SOURCE])


def _visit(anchor: SessionAnchor, marks: Sequence[Mark], index: int) -> Hit | None:
    """Match the visit that takes their number in the window from below ``visits`` to it."""
    if _before(marks, index) is not None:
        return None
    edge = bisect_left(marks, (marks[index].timestamp - anchor.within,), hi=index)
    visits = [place for place in range(edge, index + 1) if _before(marks, place) is None]
    return _hit(marks, visits, len(visits)) if len(visits) == anchor.visits else None


def _longer(anchor: SessionAnchor, marks: Sequence[Mark], index: int) -> Hit | None:
    """Match the first event of a session that lies more than ``longer_than`` behind its first."""
    places, last = [index], _before(marks, index)
    at = last
    while last is not None and at is not None:
        if marks[last].timestamp - marks[at].timestamp > anchor.longer_than:
            return None
        places.append(at)
        at = _before(marks, at)
    length = marks[index].timestamp - marks[places[-1]].timestamp
    if length <= anchor.longer_than:
        return None
    return _hit(marks, places[::-1], f"for {format_duration(length)}")


def _before(marks: Sequence[Mark], index: int) -> int | None:
    """Give the place of the event before this one in the same session; None for the first of a session."""
    source = marks[index].value[_SOURCE]
    edge = marks[index].timestamp - SESSION_GAP
    for place in range(index - 1, -1, -1):
        if marks[place].timestamp < edge:
            return None
        if marks[place].value[_SOURCE] == source:
            return place
    return None


def _hit(marks: Sequence[Mark], places: list[int], saw: Any) -> Hit:
    mark = marks[places[-1]]
    return Hit(mark, mark.value[KEY], tuple(marks[place].seq for place in places), saw)
