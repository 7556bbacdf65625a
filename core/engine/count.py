"""The count anchor over marks: a rolling window, both ends included, judged by bisect."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

from core.engine.matching import matching
from core.engine.profile import MARKS_LIMIT, Mark, Moment
from core.engine.rule import CountAnchor
from core.engine.scope import Scope

#: Marks are kept this much longer than their window, for events that arrive late.
SLACK = 24 * 3_600_000


def before(marks: list[Mark], mark: Mark, within: int) -> int:
    """Count the marks in the window that ends at ``mark``, without it and what comes after it in order."""
    return bisect_left(marks, mark) - bisect_left(marks, (mark.timestamp - within, -1))


def crosses(marks: list[Mark], mark: Mark, anchor: CountAnchor) -> bool:
    """Tell whether this mark takes the count from below ``at_least`` to it."""
    return before(marks, mark, anchor.within) == anchor.at_least - 1


def insert(marks: list[Mark], mark: Mark, clock: int, within: int) -> list[Mark]:
    """Give the marks with one more, the oldest dropped beyond the bounds."""
    grown = list(marks)
    if not grown or grown[-1] < mark:
        grown.append(mark)
    elif mark not in grown:
        insort(grown, mark)
    oldest = bisect_left(grown, (clock - within - SLACK, -1))
    return grown[oldest:][-MARKS_LIMIT:]


def affected(marks: list[Mark], mark: Mark, within: int) -> list[Mark]:
    """Give the marks whose window holds ``mark``: itself and those up to ``within`` later."""
    start = bisect_left(marks, mark)
    return marks[start : bisect_right(marks, (mark.timestamp + within, 2**63))]


def changed(marks: list[Mark], mark: Mark, anchor: CountAnchor) -> tuple[list[Mark], list[Mark]]:
    """Tell which marks cross only with a late ``mark`` among them, and which only without it.

    A mark so late that it is no longer kept changes nothing.
    """
    if not marks or mark < marks[0]:
        return [], []
    if mark == marks[-1]:
        return ([mark] if crosses(marks, mark, anchor) else []), []
    without = [m for m in marks if m != mark]
    after = {m for m in affected(marks, mark, anchor.within) if crosses(marks, m, anchor)}
    earlier = {m for m in affected(without, mark, anchor.within) if crosses(without, m, anchor)}
    return sorted(after - earlier), sorted(earlier - after)


def window(marks: list[Mark], mark: Mark, within: int) -> set[int]:
    """Name, by arrival number, the marks counted at ``mark``, itself included."""
    start = bisect_left(marks, (mark.timestamp - within, -1))
    return {m.seq for m in marks[start : bisect_right(marks, mark)]}


def warm(anchor: CountAnchor, timeline: list[Moment], scopes: list[Scope]) -> list[Mark]:
    """Mark what matches in a timeline; ``scopes`` are those of its moments."""
    return [
        Mark(moment.timestamp, moment.seq)
        for moment, scope in zip(timeline, scopes, strict=True)
        if matching(anchor.patterns, moment.name, scope)
    ]
