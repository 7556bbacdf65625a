"""The absence anchor as a small machine over cases: one step per event, one per timer.

The live path and the replay of late events run the same steps, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from msgspec import structs

from core.engine.formula import Unknown
from core.engine.matching import key_of, matching
from core.engine.profile import CASE_EVENTS_LIMIT, Case, Mark, Moment
from core.engine.rule import AbsenceAnchor, Pattern, Trigger
from core.engine.scope import Scope

#: Fields that tell a product, the first that an event has.
PRODUCT_FIELDS = ("product_id", "sku", "name")

Cases = dict[str, Case]


class Closed(NamedTuple):
    """A case that an event closed, and the event."""

    key: str
    case: Case
    by: Moment


def step(cases: Cases, moment: Moment, trigger: Trigger, scope: Scope) -> list[Closed]:
    """Let one event act on a trigger's open cases, in place; gives those it closed."""
    anchor = trigger.when
    assert isinstance(anchor, AbsenceAnchor)
    key = key_of(anchor.key, scope)
    closed = _cancel(cases, moment, key, (*anchor.not_followed_by, *trigger.exit_on), scope)
    closed += _take_off(cases, moment, key, anchor, scope)
    if moment.seq > trigger.since and matching(anchor.patterns, moment.name, scope):
        cases[key] = _join(cases.get(key), moment, trigger, scope)
    return closed


def drained(cases: Cases, before: int) -> Iterator[tuple[str, Case]]:
    """Take out the cases whose timer lies before ``before``, in the order of their due."""
    for key in sorted((k for k in cases if cases[k].wake_at < before), key=lambda k: (cases[k].due, k)):
        yield key, cases.pop(key)


def _touched(cases: Cases, moment: Moment, key: str) -> Iterator[str]:
    """Name the cases that a cancelling event of this key can reach: all of them when it has none."""
    for name in [key] if key else sorted(cases):
        case = cases.get(name)
        if case and _position(case.anchor) < _position(moment) and moment.timestamp <= case.due:
            yield name


def _position(moment: Moment) -> tuple[int, int]:
    return moment.timestamp, moment.seq


def _cancel(
    cases: Cases, moment: Moment, key: str, patterns: tuple[Pattern, ...], scope: Scope
) -> list[Closed]:
    if not cases or not matching(patterns, moment.name, scope):
        return []
    return [Closed(name, cases.pop(name), moment) for name in list(_touched(cases, moment, key))]


def _take_off(cases: Cases, moment: Moment, key: str, anchor: AbsenceAnchor, scope: Scope) -> list[Closed]:
    if not cases or not matching(anchor.less, moment.name, scope):
        return []
    closed = []
    for name in list(_touched(cases, moment, key)):
        left = _without(cases[name], moment, amount(anchor, scope))
        if left.count > 0 and left.events:
            cases[name] = left
        else:
            closed.append(Closed(name, cases.pop(name), moment))
    return closed


def _without(case: Case, moment: Moment, off: float) -> Case:
    gone = product_of(moment.data)
    kept = tuple(m for m in case.events if gone is None or product_of(m.data) != gone)
    removed = len(case.events) - len(kept)
    first = kept[0] if kept and removed and case.first not in kept else case.first
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


def _join(case: Case | None, moment: Moment, trigger: Trigger, scope: Scope) -> Case:
    anchor = trigger.when
    assert isinstance(anchor, AbsenceAnchor)
    added = amount(anchor, scope)
    due = moment.timestamp + anchor.within
    if case is None:
        mark = Mark(moment.timestamp, moment.seq)
        return Case(
            mark, moment, due, due + moment.lateness, moment, (moment,), 1, added, trigger.anchor_hash
        )
    joined = structs.replace(
        case,
        events=(*case.events, moment)[-CASE_EVENTS_LIMIT:],
        count=case.count + 1,
        sum=case.sum + added,
    )
    if not anchor.restart:
        return joined
    return structs.replace(joined, anchor=moment, due=due, wake_at=due + moment.lateness)


class Replayed(NamedTuple):
    """What a history gives: the cases that were due, and those still open."""

    due: list[tuple[str, Case]]
    open: Cases


def replay(
    trigger: Trigger, timeline: list[Moment], horizon: int, scope_of: Callable[[Moment], Scope]
) -> Replayed:
    """Run a whole history through the machine, timers below ``horizon`` included."""
    cases: Cases = {}
    due: list[tuple[str, Case]] = []
    for moment in timeline:
        due.extend(drained(cases, moment.timestamp))
        step(cases, moment, trigger, scope_of(moment))
    due.extend(drained(cases, horizon))
    return Replayed(due, cases)
