"""Fewer marks that say the same: of a long session or stay only what later events are judged by.

What is left out is an event so close between two others that without it there is no longer pause.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from core.engine.hits import dwell, session
from core.engine.hits.shape import Hit
from core.engine.profile import Mark
from core.engine.when import SESSION_GAP, DwellAnchor, SessionAnchor

#: Tells whether the second of three marks in a row, of one source, may be left out.
_Middle = Callable[[Mark, Mark, Mark], bool]


def thinned(anchor: SessionAnchor | DwellAnchor, marks: Sequence[Mark]) -> list[Mark]:
    """Leave out what no later event is judged by; matches stay, and what stands right before them."""
    found: list[Hit]
    may_go: _Middle
    if isinstance(anchor, SessionAnchor):
        found, may_go = session.hits(anchor, marks, 0), _is_between
    elif anchor.seconds is None:
        found, may_go = dwell.hits(anchor, marks, 0), dwell.is_between_beats
    else:
        return list(marks)
    kept = {hit.mark.seq for hit in found}
    gone: set[int] = set()
    for source in {session.source_of(mark) for mark in marks}:
        gone |= _idle([mark for mark in marks if session.source_of(mark) == source], kept, may_go)
    return [mark for mark in marks if mark.seq not in gone]


def _idle(marks: list[Mark], matches: set[int], may_go: _Middle) -> set[int]:
    """Name the marks of one source, by arrival number, that may be left out together."""
    gone: set[int] = set()
    before = marks[0]
    for mark, after in pairwise(marks[1:]):
        is_close = after.timestamp - before.timestamp <= SESSION_GAP
        is_free = mark.seq not in matches and after.seq not in matches
        if is_close and is_free and may_go(before, mark, after):
            gone.add(mark.seq)
        else:
            before = mark
    return gone


def _is_between(_before: Mark, _mark: Mark, _after: Mark) -> bool:
    """Say that any activity between two of its session may be left out."""
    return True
