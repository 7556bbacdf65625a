"""The count anchor over marks: a rolling window, both ends included.

A mark is ``[key, same, distinct]``; what the anchor does not ask for is left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from core.engine.duration import format_duration
from core.engine.hits.shape import KEY, Hit, Reading, names_of, value_text
from core.engine.matching import key_of, matching
from core.engine.profile import Mark
from core.engine.scope import Scope
from core.engine.when import CountAnchor

_SAME, _DISTINCT = 1, -1


def read(anchor: CountAnchor, event: Reading, scope: Scope) -> list[Any] | None:
    """Read an event that is counted; one without a value that is asked for is not."""
    if not matching(anchor.patterns, event.name, scope):
        return None
    asked = [formula for formula in (anchor.same, anchor.distinct) if formula is not None]
    values = [value_text(formula.evaluate(scope)) for formula in asked]
    return [key_of(anchor.key or anchor.same, scope), *values] if all(values) else None


def hits(anchor: CountAnchor, marks: Sequence[Mark], start: int) -> list[Hit]:
    """Give the marks from ``start`` on that take the count from below ``at_least`` to it."""
    plain = anchor.same is None and anchor.distinct is None
    crosses = _crosses_plainly if plain else _crosses
    places = [place for place in range(start, len(marks)) if crosses(anchor, marks, place)]
    return [_hit(anchor, marks, place) for place in places]


def short_of(anchor: CountAnchor, marks: Sequence[Mark], index: int) -> Any:
    """Tell the count so far, or that it was reached before."""
    number = len(_counted(anchor, marks, index))
    return number if number < anchor.at_least else f"{number}, already reached"


def expression(anchor: CountAnchor) -> str:
    """Write what is counted."""
    text = f"count of {names_of(anchor.patterns)} within {format_duration(anchor.within)}"
    text += f", distinct {anchor.distinct.text}" if anchor.distinct else ""
    return text + (f", same {anchor.same.text}" if anchor.same else "")


def _crosses_plainly(anchor: CountAnchor, marks: Sequence[Mark], index: int) -> bool:
    """Judge a count of all marks by the window's far edge alone."""
    edge = marks[index].timestamp - anchor.within
    return index + 1 - bisect_left(marks, (edge,), hi=index) == anchor.at_least


def _crosses(anchor: CountAnchor, marks: Sequence[Mark], index: int) -> bool:
    """Look back only as far as it takes to know."""
    seen: set[Any] = set()
    for place in _earlier(anchor, marks, index):
        value = _counts_as(anchor, marks, place)
        if value == _counts_as(anchor, marks, index):
            return False
        seen.add(value)
        if len(seen) >= anchor.at_least:
            return False
    return len(seen) == anchor.at_least - 1


def _earlier(anchor: CountAnchor, marks: Sequence[Mark], index: int) -> Iterator[int]:
    """Give the places of the window's marks before this one, the latest first."""
    edge = marks[index].timestamp - anchor.within
    for place in range(index - 1, -1, -1):
        if marks[place].timestamp < edge:
            return
        if anchor.same is None or marks[place].value[_SAME] == marks[index].value[_SAME]:
            yield place


def _counts_as(anchor: CountAnchor, marks: Sequence[Mark], place: int) -> Any:
    """Give what a mark is counted by: its value, or itself."""
    return place if anchor.distinct is None else marks[place].value[_DISTINCT]


def _counted(anchor: CountAnchor, marks: Sequence[Mark], index: int) -> list[int]:
    """Give the places of what counts at a mark, in order; of a distinct value the last one."""
    latest: dict[Any, int] = {_counts_as(anchor, marks, index): index}
    for place in _earlier(anchor, marks, index):
        latest.setdefault(_counts_as(anchor, marks, place), place)
    return sorted(latest.values())


def _hit(anchor: CountAnchor, marks: Sequence[Mark], index: int) -> Hit:
    places = _counted(anchor, marks, index)
    seqs = tuple(marks[place].seq for place in places)
    return Hit(marks[index], marks[index].value[KEY], seqs, len(places))
