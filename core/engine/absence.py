"""The absence anchor as a small machine over cases: one step per event, one per timer.

The live path and the replay of late events run the same steps, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import structs

from core.engine.formula import Unknown
from core.engine.matching import key_of, matching
from core.engine.profile import CASE_EVENTS_LIMIT, Case, Moment
from core.engine.rule import AbsenceAnchor, Trigger
from core.engine.scope import Scope

#: Fields that tell a product, the first that an event has.
PRODUCT_FIELDS = ("product_id", "sku", "name")


class Closed(NamedTuple):
    """A case that an event closed, and the event."""

    case: Case
    by: Moment


def step(cases: list[Case], moment: Moment, trigger: Trigger, scope: Scope) -> list[Closed]:
    """Let one event act on a trigger's open cases, in place; gives those it closed."""
    anchor = trigger.when
    assert isinstance(anchor, AbsenceAnchor)
    key = key_of(anchor.key, scope)
    closed = []
    if matching((*anchor.not_followed_by, *trigger.exit_on), moment.name, scope):
        closed += [Closed(case, moment) for case in _reached(cases, moment, key)]
    elif matching(anchor.less, moment.name, scope):
        closed += _take_off(cases, moment, key, amount(anchor, scope))
    for one in closed:
        cases.remove(one.case)
    is_new = moment.seq > trigger.since and not moment.quiet
    if is_new and matching(anchor.patterns, moment.name, scope):
        _enter(cases, moment, key, trigger, amount(anchor, scope))
    cases.sort(key=slot)
    return closed


def slot(case: Case) -> tuple[str, int]:
    """Name a case: its key and the event that set its clock."""
    return case.key, case.anchor.seq


def _reached(cases: list[Case], moment: Moment, key: str) -> list[Case]:
    """Give the cases that a cancelling event of this key reaches: all of them when it has none.

    A case whose due is over only waits for late events; what came after its due is not its concern.
    """
    return [case for case in cases if key in ("", case.key) and moment.timestamp <= case.due]


def _take_off(cases: list[Case], moment: Moment, key: str, off: float) -> list[Closed]:
    closed = []
    for case in _reached(cases, moment, key):
        left = _without(case, moment, off)
        if left.events:
            cases[cases.index(case)] = left
        else:
            closed.append(Closed(case, moment))
    return closed


def _without(case: Case, moment: Moment, off: float) -> Case:
    gone = product_of(moment.data)
    kept = tuple(m for m in case.events if gone is None or product_of(m.data) != gone)
    removed = len(case.events) - len(kept)
    first = kept[0] if kept and case.first not in kept and case.first in case.events else case.first
    return structs.replace(case, events=kept, first=first, count=case.count - removed, sum=case.sum - off)


def product_of(data: dict[str, Any]) -> tuple[str, Any] | None:
    """Tell which product an event speaks of, by its first telling field."""
    properties = data.get("properties", {})
    return next(((name, properties[name]) for name in PRODUCT_FIELDS if name in properties), None)


def amount(anchor: AbsenceAnchor, scope: Scope) -> float:
    """Give what an event adds to the case's sum; what cannot be computed adds nothing."""
    value = anchor.sum.evaluate(scope) if anchor.sum else 0.0
    if isinstance(value, Unknown | bool) or not isinstance(value, int | float):
        return 0.0
    return float(value)


def _enter(cases: list[Case], moment: Moment, key: str, trigger: Trigger, added: float) -> None:
    """Let an anchor event join the open case of its key, or open one."""
    anchor = trigger.when
    assert isinstance(anchor, AbsenceAnchor)
    due = moment.timestamp + anchor.within
    wake_at = due + moment.lateness
    held = next((case for case in cases if case.key == key and moment.timestamp <= case.due), None)
    if held is None:
        cases.append(Case(key, moment, due, wake_at, moment, (moment,), 1, added, trigger.anchor_hash))
        return
    events = (*held.events, moment)[-CASE_EVENTS_LIMIT:]
    joined = structs.replace(held, events=events, count=held.count + 1, sum=held.sum + added)
    if anchor.restart:
        joined = structs.replace(joined, anchor=moment, due=due, wake_at=wake_at)
    cases[cases.index(held)] = joined


class Replayed(NamedTuple):
    """What a history gives: the cases that were due below the horizon, those still open, and those closed."""

    due: list[Case]
    open: list[Case]
    closed: list[Closed]


def replay(
    trigger: Trigger, timeline: list[Moment], horizon: int, scope_of: Callable[[Moment], Scope]
) -> Replayed:
    """Run a whole history through the machine."""
    cases: list[Case] = []
    closed: list[Closed] = []
    for moment in timeline:
        closed += step(cases, moment, trigger, scope_of(moment))
    due = [case for case in cases if case.wake_at < horizon]
    return Replayed(due, [case for case in cases if case.wake_at >= horizon], closed)
