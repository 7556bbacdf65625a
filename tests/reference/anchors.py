"""What the anchors that need no timer match in a whole history: worked out from its first event on, every time."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from reference.history import Happening, Match, at_event, is_one_of, key_of
from reference.rules import Rule

Seen = Counter[str]


class Mark(NamedTuple):
    """Something that is counted: when, the arrival number of its event, and the event."""

    at: int
    seq: int
    event: Happening


def event_matches(rule: Rule, history: list[Happening]) -> list[Match]:
    """Match at each event of one of the names."""
    return [at_event(rule, event) for event in history if is_one_of(rule.names, event)]


def changed_matches(rule: Rule, history: list[Happening], seen: Seen) -> list[Match]:
    """Match where the value differs from that of the event before it of the same key."""
    last: dict[str | None, Any] = {}
    found = []
    for event in history:
        value = event.properties.get(rule.value)
        if value is None or not is_one_of(rule.names, event):
            continue
        key = key_of(rule, event)
        if key in last and last[key] != value:
            seen["changed to another value"] += bool(rule.to) and value not in rule.to
            found += [at_event(rule, event)] if not rule.to or value in rule.to else []
        last[key] = value
    return found


def count_matches(rule: Rule, marks: list[Mark], seen: Seen) -> list[Match]:
    """Match at each mark that takes the number in its window from below ``at_least`` to it."""
    needed = [field for field in (rule.distinct, rule.same) if field]
    marks = [m for m in marks if all(m.event.properties.get(field) is not None for field in needed)]
    found = []
    for index, mark in enumerate(marks):
        alike = [m for m in marks[: index + 1] if same_value(rule, m.event, mark.event)]
        window = [m for m in alike if mark.at - rule.within <= m.at]
        seen["exactly at the window's edge"] += mark.at - rule.within in [m.at for m in window]
        if number(rule, window[:-1]) < rule.at_least <= number(rule, window):
            found.append(Match(mark.at, rule.name, key_of(rule, mark.event), mark.event, mark.event.id))
            seen["count distinct exactly reached"] += bool(rule.distinct) and len(window) > rule.at_least
            seen["count of a trigger's matches reached"] += any(name.is_trigger for name in rule.names)
    return found


def same_value(rule: Rule, event: Happening, other: Happening) -> bool:
    """Say whether two events have the value that must be the same."""
    return not rule.same or event.properties.get(rule.same) == other.properties.get(rule.same)


def number(rule: Rule, marks: list[Mark]) -> int:
    """Count marks, or their different values."""
    if rule.distinct:
        return len({mark.event.properties[rule.distinct] for mark in marks})
    return len(marks)


def sequence_matches(rule: Rule, history: list[Happening], seen: Seen) -> list[Match]:
    """Match at each event of the last step that ends a chain."""
    found = []
    for index, event in enumerate(history):
        if is_step(rule, len(rule.chain) - 1, event, event):
            first = chain(rule, history, [index], seen)
            seen["sequence first step exactly within"] += first == event.timestamp - rule.within
            found += [at_event(rule, event)] if first is not None else []
    return found


def is_step(rule: Rule, step: int, event: Happening, last: Happening) -> bool:
    """Say whether an event can be this step of a chain that ends with ``last``."""
    has_value = not rule.same or event.properties.get(rule.same) is not None
    return has_value and is_one_of(rule.chain[step], event) and same_value(rule, event, last)


def chain(rule: Rule, history: list[Happening], found: list[int], seen: Seen) -> int | None:
    """Try every chain backwards from the places found so far; gives the time of the first event of one."""
    step, last = len(rule.chain) - 1 - len(found), history[found[-1]]
    if step < 0:
        first = history[found[0]].timestamp
        in_time = last.timestamp - rule.within <= first
        return first if in_time and not is_broken(rule, history[found[0] : found[-1] + 1], seen) else None
    for index in reversed(range(found[0])):
        between = history[index + 1 : found[0]]
        if rule.strict and any(event.type == "track" for event in between):
            seen["sequence broken by another event"] += is_step(rule, step, history[index], last)
            return None
        if is_step(rule, step, history[index], last):
            first_at = chain(rule, history, [index, *found], seen)
            if first_at is not None:
                return first_at
    return None


def is_broken(rule: Rule, events: list[Happening], seen: Seen) -> bool:
    """Say whether an ``unless`` event lies inside; with ``same``, one that has another value does not count."""
    breaking = [event for event in events[1:-1] if is_one_of(rule.unless, event)]
    if rule.same:
        value = events[-1].properties[rule.same]
        breaking = [event for event in breaking if event.properties.get(rule.same) in (None, value)]
    seen["sequence broken by unless"] += bool(breaking)
    return bool(breaking)
