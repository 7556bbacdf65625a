"""What a trigger matches in a whole history: computed from the first event on, every time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reference.rules import Named, Rule


class Happening(NamedTuple):
    """An event of one person; tuples of them sort by ``(timestamp, arrival number)``."""

    timestamp: int
    seq: int
    id: str
    name: str
    properties: dict[str, Any]
    traits: dict[str, Any]
    consent: dict[tuple[str, str], bool]
    lateness: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """Give the place in the person's order."""
        return (self.timestamp, self.seq)


@dataclass
class Case:
    """One open instance of an absence anchor while the history is walked."""

    key: str | None
    anchor: Happening
    due: int
    events: list[Happening] = field(default_factory=list)
    sum: float = 0.0

    @property
    def wake_at(self) -> int:
        """Give the time after which its timer is drained."""
        return self.due + self.anchor.lateness


@dataclass(frozen=True)
class Match:
    """An anchor that matched; two of them are the same when trigger, key, time and anchor event are."""

    at: int
    trigger: str
    key: str | None
    anchor: Happening = field(compare=False)
    anchor_id: str
    case: dict[str, Any] = field(compare=False, default_factory=dict)

    @property
    def order(self) -> tuple[int, str, str]:
        """Give the order in which matches are judged."""
        return (self.at, self.trigger, self.key or "")


def key_of(rule: Rule, event: Happening) -> str | None:
    """Read the key from an event: text, whole numbers without their fraction."""
    value = event.properties.get("k") if rule.keyed else None
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) else str(value)


def is_one_of(patterns: tuple[Named, ...], event: Happening) -> bool:
    """Say whether an event has one of the names and its ``where`` holds."""
    scope = {"properties": event.properties}
    return any(p.name == event.name and (p.where is None or p.where.ask(scope) is True) for p in patterns)


def amount(event: Happening) -> float:
    """Compute ``=properties.price * properties.quantity``; what is unknown adds nothing."""
    price, quantity = event.properties.get("price"), event.properties.get("quantity")
    return 0.0 if price is None or quantity is None else price * quantity


def product(event: Happening) -> Any:
    """Name an event's product."""
    found = (event.properties.get(name) for name in ("product_id", "sku", "name"))
    return next((value for value in found if value is not None), None)


def touches(rule: Rule, event: Happening, key: str | None) -> bool:
    """Say whether a cancelling, exit or ``less`` event reaches what carries this key."""
    own = key_of(rule, event)
    return own is None or own == key


def event_matches(rule: Rule, history: list[Happening]) -> list[Match]:
    """Match at each event of one of the names."""
    found = [event for event in history if is_one_of(rule.names, event)]
    return [Match(e.timestamp, rule.name, key_of(rule, e), e, e.id) for e in found]


def count_matches(rule: Rule, history: list[Happening]) -> list[Match]:
    """Match at each event that takes the count in its window from below ``at_least`` to it."""
    marks = [event for event in history if is_one_of(rule.names, event)]
    found = []
    for index, event in enumerate(marks):
        before = [m for m in marks[:index] if event.timestamp - rule.within <= m.timestamp]
        if len(before) < rule.at_least <= len(before) + 1:
            found.append(Match(event.timestamp, rule.name, key_of(rule, event), event, event.id))
    return found


def cases(rule: Rule, history: list[Happening]) -> list[Case]:
    """Walk a history and give every case that nothing closed, whether its due has passed or not."""
    ended: list[Case] = []
    running: list[Case] = []
    for event in history:
        ended += [case for case in running if case.due < event.timestamp]
        running = [case for case in running if case.due >= event.timestamp]
        running = after_cancel(rule, event, running)
        running = after_less(rule, event, running)
        after_anchor(rule, event, running)
    return ended + running


def after_cancel(rule: Rule, event: Happening, running: list[Case]) -> list[Case]:
    """Close what a cancelling event, or one that ends journeys, reaches."""
    if not is_one_of(rule.cancels + rule.exits, event):
        return running
    return [case for case in running if not touches(rule, event, case.key)]


def after_less(rule: Rule, event: Happening, running: list[Case]) -> list[Case]:
    """Take an event's sum off and its product out; a case left empty closes."""
    if not is_one_of(rule.less, event):
        return running
    for case in running:
        if touches(rule, event, case.key):
            case.sum -= amount(event) if rule.sums else 0.0
            gone = product(event)
            case.events = [held for held in case.events if gone is None or product(held) != gone]
    return [case for case in running if case.events]


def after_anchor(rule: Rule, event: Happening, running: list[Case]) -> None:
    """Open a case, or join the one of the event's key."""
    if not is_one_of(rule.names, event):
        return
    key = key_of(rule, event)
    case = next((case for case in running if case.key == key), None)
    if case is None:
        case = Case(key, event, event.timestamp + rule.within)
        running.append(case)
    elif rule.restart:
        case.anchor, case.due = event, event.timestamp + rule.within
    case.events.append(event)
    case.sum += amount(event) if rule.sums else 0.0


def case_match(rule: Rule, case: Case) -> Match:
    """Give the match of a case whose due passed while it was open."""
    shown = {"count": float(len(case.events)), "sum": case.sum}
    return Match(case.due, rule.name, case.key, case.anchor, case.anchor.id, shown)


def matches(rule: Rule, history: list[Happening], horizon: int) -> list[Match]:
    """Give all matches of a trigger in a history, timers up to the horizon."""
    if rule.anchor == "event":
        return event_matches(rule, history)
    if rule.anchor == "count":
        return count_matches(rule, history)
    return [case_match(rule, case) for case in cases(rule, history) if case.wake_at < horizon]


def pending(rule: Rule, history: list[Happening], horizon: int) -> list[Case]:
    """Give the cases whose timers are still to be drained."""
    return [case for case in cases(rule, history) if rule.anchor == "absence" and case.wake_at >= horizon]
