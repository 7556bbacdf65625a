"""When a wait is over: after a while, at a time, or at the hour at which a person is reached best."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.engine.draft import Draft
from core.engine.formula import Unknown
from core.engine.instant import moment
from core.engine.rule import Wait
from core.engine.scope import Scope
from core.engine.zone import at_clock, date_due

#: The trait that holds the weights: of the 24 hours of a day, or of the 168 of a week from Monday on.
WEIGHTS = "best_hours"

_DAY, _WEEK = 24, 7 * 24


def over(draft: Draft, wait: Wait, scope: Scope, let_go: int) -> int:
    """Tell when a wait is over; a time that cannot be told or lies behind waits for its duration instead."""
    if wait.clock is None and wait.until is None:
        return let_go + wait.duration
    zone = draft.zone()
    best = best_hour(scope.trait(WEIGHTS), zone, let_go) if wait.is_best else None
    if best is not None:
        return best
    if wait.clock is not None:
        day = moment(let_go).astimezone(zone).date()
        times = (at_clock(day + timedelta(days=ahead), wait.clock, zone) for ahead in range(3))
        return next(time for time in times if time > let_go)
    value = wait.until.evaluate(scope) if wait.until else None
    until = None if value is None or isinstance(value, Unknown) else date_due(value, zone)
    return until if until is not None and until > let_go else let_go + wait.duration


def best_hour(weights: Any, zone: ZoneInfo, after: int) -> int | None:
    """Give when the dearest hour of the next 24 begins, the first of equals; None where the weights say nothing."""
    if not _are_weights(weights):
        return None
    today = moment(after).astimezone(zone).date()
    begins = [
        (
            at_clock(today + timedelta(days=ahead), hour * 60, zone),
            (today + timedelta(days=ahead)).weekday(),
            hour,
        )
        for ahead in range(2)
        for hour in range(_DAY)
    ]
    coming = [one for one in begins if one[0] > after][:_DAY]
    at, _, _ = max(coming, key=lambda one: (_weight(weights, one[1], one[2]), -one[0]))
    return at


def _weight(weights: list[float], weekday: int, hour: int) -> float:
    return weights[hour] if len(weights) == _DAY else weights[weekday * _DAY + hour]


def _are_weights(weights: Any) -> bool:
    """Tell weights from anything else that may stand under the name; where all are nothing, nothing is known."""
    if not isinstance(weights, list | tuple) or len(weights) not in (_DAY, _WEEK):
        return False
    are_numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in weights)
    return are_numbers and all(one >= 0 for one in weights) and any(one > 0 for one in weights)
