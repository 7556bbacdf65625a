"""How often a trigger may fire: judged as of ``at`` against every firing known, before and after it."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from core.engine.decision import Reason
from core.engine.duration import format_duration
from core.engine.instant import iso
from core.engine.profile import Firing
from core.engine.rule import Cap, Limits
from core.engine.zone import day_bounds, utc, week_bounds


def judge_limits(
    limits: Limits, firings: list[Firing], key: str, at: int, zone: Callable[[], ZoneInfo] = utc
) -> list[Reason]:
    """Give a reason for each limit that the trigger has; ``zone`` is asked only for a cap of calendar days or weeks."""
    counted = [f.at for f in firings if not limits.per_key or (f.key or "") == key]
    reasons = []
    if limits.once:
        seen = f"fired at {iso(counted[0])}" if counted else "never fired"
        reasons.append(Reason("limits", not counted, "once", saw=seen, needed="never fired"))
    if limits.cooldown:
        reasons.append(_cooldown(limits.cooldown, counted, at))
    reasons.extend(_cap(cap, counted, at, zone) for cap in limits.caps)
    return reasons


def already_running(due: int) -> Reason:
    """Give the reason of a firing while the journey of the same trigger and key still waits."""
    return Reason(
        "limits", False, "already running", saw=f"a step waits until {iso(due)}", needed="no open journey"
    )


def _cooldown(cooldown: int, counted: list[int], at: int) -> Reason:
    nearest = min(counted, key=lambda other: abs(at - other), default=None)
    return Reason(
        "limits",
        nearest is None or abs(at - nearest) >= cooldown,
        f"cooldown {format_duration(cooldown)}",
        saw="never fired" if nearest is None else f"fired at {iso(nearest)}",
        needed=f"no firing within {format_duration(cooldown)} of {iso(at)}",
    )


def _cap(cap: Cap, counted: list[int], at: int, zone: Callable[[], ZoneInfo]) -> Reason:
    """Judge a cap of a rolling window, or of the calendar day or week in the person's zone."""
    if isinstance(cap.per, int):
        per, number = format_duration(cap.per), fullest_window([*counted, at], at, cap.per)
    else:
        found = zone()
        start, end = (day_bounds if cap.per == "day" else week_bounds)(at, found)
        per = f"{cap.per} in {found.key}"
        number = 1 + sum(start <= firing < end for firing in counted)
    return Reason("limits", number <= cap.times, f"cap {cap.times} per {per}", saw=number, needed=cap.times)


def fullest_window(firings: list[int], at: int, per: int) -> int:
    """Count the firings in the fullest window of this length, both ends included, that contains ``at``."""
    near = [f for f in firings if at - per <= f <= at + per]
    ends = [end for end in near if end >= at]
    return max(sum(end - per <= f <= end for f in near) for end in ends)
