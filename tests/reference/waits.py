"""When a wait is over: after a while, at a date, at a time of the day, or at the person's best hour."""

from __future__ import annotations

from collections import Counter
from datetime import tzinfo
from typing import Any

from reference.person import Person
from reference.policy import minute_of
from reference.rules import Step
from reference.zones import begin_of_hours, instant_of, next_shown, zone_of


def over_at(person: Person, step: Step, due: int, seen: Counter[str]) -> int:
    """Say when a wait is over that begins at ``due``."""
    zone = zone_of(person.said, person.phones)
    if step.until:
        return over_at_date(person, step, due, zone, seen)
    if step.clock is None:
        return due + step.duration
    best = best_hour(person.said.get("best_hours"), zone, due, seen) if step.best else None
    if best is not None:
        return best
    shown = next_shown(step.clock, zone, due)
    seen["wait for a time that clocks skip"] += minute_of(shown, zone) != step.clock
    return shown


def over_at_date(person: Person, step: Step, due: int, zone: tzinfo, seen: Counter[str]) -> int:
    """Wait for the date that a trait gives; a time that is not later, or cannot be told, does not wait."""
    value = person.said.get(step.until)
    at = instant_of(value, zone)
    seen["wait until a date that cannot be told"] += at is None
    seen["wait until a date without a time of day"] += at is not None and "T" not in str(value)
    seen["wait until exactly now"] += at == due
    seen["wait until a date that is over"] += at is not None and at < due
    seen["wait until a date ahead"] += at is not None and at > due
    return at if at is not None and at > due else due


def best_hour(weights: Any, zone: tzinfo, due: int, seen: Counter[str]) -> int | None:
    """Give when the dearest of the next 24 hours begins; None where there are no weights."""
    known = isinstance(weights, list) and len(weights) in (24, 168) and are_weights(weights)
    seen["best hour unknown"] += not known
    if not known:
        return None
    hours = begin_of_hours(zone, due)
    coming = [one for one in hours if one[0] > due][:24]
    worth = {at: 0.0 for at, _, _ in coming}
    for at, day, hour in coming:
        worth[at] = max(worth[at], weights[hour if len(weights) == 24 else day.weekday() * 24 + hour])
    best = [at for at in worth if worth[at] == max(worth.values())]
    seen["best hour of a week"] += len(weights) == 168
    seen["best hour among equals"] += len(best) > 1
    seen["best hour that begins right now"] += any(at == due for at, _, _ in hours)
    seen["best hours while clocks go forward"] += len(worth) < len(coming)
    seen["best hours while clocks go back"] += max(worth) - min(worth) > 23 * 3_600_000
    return best[0]


def are_weights(values: list[Any]) -> bool:
    """Say whether these are numbers, none below 0 and some above."""
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return len(numbers) == len(values) and min(numbers) >= 0 and max(numbers) > 0
