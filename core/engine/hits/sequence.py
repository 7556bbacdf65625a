"""The sequence anchor over marks: chains of steps, each event before the next in order.

A mark is ``[key, same, steps, flags]``: the steps that the event may serve as, and whether it breaks chains.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from core.engine.duration import format_duration
from core.engine.hits.shape import KEY, Hit, Reading, names_of, value_text
from core.engine.matching import key_of, matching
from core.engine.profile import Mark
from core.engine.scope import Scope
from core.engine.when import SequenceAnchor

_SAME, _STEPS, _FLAGS = 1, 2, 3

#: Flags of an event: it is a track call, it is one of ``unless``.
_TRACK, _BREAKS = 1, 2


def read(anchor: SequenceAnchor, event: Reading, scope: Scope) -> list[Any] | None:
    """Read which steps an event may serve as; ``strict`` looks at every track event, whatever its name."""
    flags = _TRACK if anchor.strict and event.kind == "track" else 0
    if matching(anchor.unless, event.name, scope):
        flags |= _BREAKS
    steps = [at for at, step in enumerate(anchor.steps) if matching(step, event.name, scope)]
    same = value_text(anchor.same.evaluate(scope)) if anchor.same and (steps or flags) else ""
    if anchor.same and not same:
        steps = []
    if not steps and not flags:
        return None
    key = key_of(anchor.key or anchor.same, scope) if steps else ""
    return [key, same, steps, flags]


def hits(anchor: SequenceAnchor, marks: Sequence[Mark], start: int) -> list[Hit]:
    """Give the marks from ``start`` on that end a chain."""
    found = (_hit(anchor, marks, index) for index in range(start, len(marks)))
    return [hit for hit in found if hit is not None]


def short_of(anchor: SequenceAnchor, marks: Sequence[Mark], index: int) -> Any:
    """Tell what an event of the last step lacks: a step, or quiet between the steps."""
    if len(anchor.steps) - 1 not in marks[index].value[_STEPS]:
        if anchor.same and not marks[index].value[_SAME]:
            return f"no {anchor.same.text}"
        return f"no event that is step {len(anchor.steps)}: {names_of(anchor.steps[-1])}"
    ends = _latest(anchor, marks, index, strict=False, unless=False)[:-1]
    for at, step in enumerate(anchor.steps[:-1]):
        if ends[at] is None:
            return f"step {at + 1} of {len(anchor.steps)} is missing: {names_of(step)}"
    if anchor.unless and _chain(anchor, marks, index, unless=False):
        return f"broken by {names_of(anchor.unless)}"
    return "another event between two steps"


def expression(anchor: SequenceAnchor) -> str:
    """Write the steps and their bounds."""
    text = " then ".join(names_of(step) for step in anchor.steps)
    text += f" within {format_duration(anchor.within)}" + (", strict" if anchor.strict else "")
    text += f", same {anchor.same.text}" if anchor.same else ""
    return text + (f", unless {names_of(anchor.unless)}" if anchor.unless else "")


def is_asked(anchor: SequenceAnchor, name: str) -> bool:
    """Tell whether the last step has this name."""
    return any(pattern.name == name for pattern in anchor.steps[-1])


def _hit(anchor: SequenceAnchor, marks: Sequence[Mark], index: int) -> Hit | None:
    chain = _chain(anchor, marks, index)
    if not chain:
        return None
    mark, first = marks[index], marks[chain[0]]
    seqs = tuple(marks[place].seq for place in chain)
    return Hit(mark, mark.value[KEY], seqs, f"all in {format_duration(mark.timestamp - first.timestamp)}")


def _chain(
    anchor: SequenceAnchor, marks: Sequence[Mark], index: int, *, unless: bool = True
) -> tuple[int, ...]:
    """Give the places of the latest chain that this mark ends; empty without one."""
    last = len(anchor.steps) - 1
    if last not in marks[index].value[_STEPS]:
        return ()
    chain = _latest(anchor, marks, index, strict=anchor.strict, unless=unless)[last]
    return chain if chain and chain[-1] == index else ()


def _latest(
    anchor: SequenceAnchor, marks: Sequence[Mark], index: int, *, strict: bool, unless: bool
) -> list[tuple[int, ...] | None]:
    """Give for each step the latest chain up to it, in the window that ends at ``index``.

    A later end can only make it easier to go on from it, so that one chain per step is enough.
    """
    same = marks[index].value[_SAME]
    latest: list[tuple[int, ...] | None] = [None] * len(anchor.steps)
    nearest = bisect_left(marks, (marks[index].timestamp - anchor.within,), hi=index)
    for place in range(nearest, index + 1):
        _, own, steps, flags = marks[place].value
        concerns = own == same or not own
        if unless and flags & _BREAKS and concerns and place < index:
            latest = [None] * len(anchor.steps)
        if steps and own == same:
            _extend(latest, steps, place, nearest)
        if strict and flags & _TRACK:
            nearest = place
    return latest


def _extend(latest: list[tuple[int, ...] | None], steps: list[int], place: int, nearest: int) -> None:
    """Let an event end chains as each of its steps; the step before it must not lie before ``nearest``."""
    for step in reversed(steps):
        before = latest[step - 1] if step else ()
        if before == () or (before and before[-1] >= nearest):
            latest[step] = (*before, place)
