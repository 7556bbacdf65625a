"""Triggers that fire too often for all people together: counted in the store, and paused until someone has looked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import structlog

from core.engine.decision import FIRED, Decision
from core.engine.duration import format_duration
from core.engine.instant import iso
from core.engine.policy import Guard
from core.engine.rule import RuleSet, Trigger
from core.ports import Transaction

#: The named values of a trigger begin so: how often it fired lately, and with which version it was paused and why.
COUNTED, PAUSED = "guard:", "paused:"

#: A window is counted in so many parts; a firing counts until its whole part has left the window.
PARTS = 60

log = structlog.get_logger()


class Firings:
    """How often triggers fired lately, as one transaction sees and changes it."""

    def __init__(self, tx: Transaction, guard: Guard, now: int) -> None:
        self._tx = tx
        self._guard = guard
        self._now = now
        self._width = max(1, guard.per // PARTS)
        self._parts: dict[str, dict[int, int]] = {}
        self._paused: dict[str, str] = {}

    def watch(self, decisions: Iterable[Decision], rules: RuleSet) -> RuleSet:
        """Count what fired; gives the rules, in which those that fire too often are paused."""
        for one in decisions:
            if one.outcome != FIRED or one.shadow or one.trigger not in rules.triggers:
                continue
            number = self._add(one.trigger)
            if number > self._guard.firings and one.trigger not in rules.paused:
                why = self._paused[one.trigger] = self._why(number)
                pause(self._tx, rules.triggers[one.trigger], why, self._now)
                rules = replace(rules, paused={**rules.paused, one.trigger: why})
        return rules

    def save(self) -> Mapping[str, str]:
        """Write down what was counted; gives why triggers were paused here."""
        for trigger, parts in self._parts.items():
            told = " ".join(f"{part}:{number}" for part, number in parts.items())
            self._tx.keys.put(COUNTED + trigger, f"{self._width} {told}", self._now)
        return self._paused

    def _add(self, trigger: str) -> int:
        """Count one firing; gives how many there are in the window."""
        parts = self._parts.get(trigger)
        if parts is None:
            parts = self._parts[trigger] = self._read(trigger)
        part = self._now // self._width
        parts[part] = parts.get(part, 0) + 1
        return sum(parts.values())

    def _why(self, number: int) -> str:
        guard = self._guard
        allowed = f"the guard allows {guard.firings} per {format_duration(guard.per)}"
        return f"fired {number} times by {iso(self._now)}; {allowed}"

    def _read(self, trigger: str) -> dict[int, int]:
        """Read what is still in the window; counts of another window's length tell nothing."""
        width, *parts = (self._tx.keys.get(COUNTED + trigger) or "0").split(" ")
        if int(width) != self._width:
            return {}
        found = (part.split(":") for part in parts)
        oldest = self._now - self._guard.per
        return {int(part): int(n) for part, n in found if (int(part) + 1) * self._width > oldest}


def pause(tx: Transaction, trigger: Trigger, why: str, now: int) -> None:
    """Remember that a trigger is paused, in the form that it has."""
    tx.keys.put(PAUSED + trigger.name, f"{trigger.version} {why}", now)
    log.error("trigger_paused", trigger=trigger.name, reason=why)


def resume(tx: Transaction, name: str, now: int) -> None:
    """Forget that a trigger was paused, and what was counted of it."""
    tx.keys.put(PAUSED + name, "", now)
    tx.keys.put(COUNTED + name, "0", now)
    log.warning("trigger_resumed", trigger=name)


def still_paused(tx: Transaction, rules: RuleSet, now: int) -> Mapping[str, str]:
    """Say why triggers are paused; one whose file has changed since goes on."""
    found = {}
    for name, trigger in rules.triggers.items():
        version, _, why = (tx.keys.get(PAUSED + name) or "").partition(" ")
        if version == trigger.version and why:
            found[name] = why
        elif why:
            resume(tx, name, now)
    return found
