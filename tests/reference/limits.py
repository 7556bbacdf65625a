"""How often a trigger may fire: asked of every firing known, before a match and behind it."""

from __future__ import annotations

from collections import Counter

from reference.history import Match
from reference.person import Person
from reference.rules import Rule
from reference.zones import period_of, zone_of

DAY = 24 * 3_600_000

#: So many firings of each trigger are known.
KNOWN = 200


class Limits:
    """Asks the limits of one trigger for one person, as of one moment."""

    def __init__(self, person: Person, rule: Rule, at: int, seen: Counter[str]) -> None:
        self.person = person
        self.rule = rule
        self.at = at
        self.seen = seen

    def forbid(self, match: Match) -> bool:
        """Say whether a limit of the trigger forbids this firing."""
        rule, person, at = self.rule, self.person, self.at
        fired = sorted((p.at, f.key or "") for f, p in person.fired.items() if f.trigger == rule.name)
        times = [time for time, key in fired[-KNOWN:] if not rule.per_key or key == (match.key or "")]
        near = min((abs(time - at) for time in times), default=None)
        self.seen["exactly cooldown later"] += bool(rule.cooldown) and near == rule.cooldown
        running = any((j.match.trigger, j.match.key) == (rule.name, match.key) for j in person.journeys)
        self.seen["already running"] += running
        too_near = near is not None and near < rule.cooldown
        capped = any(self._over(times, *cap) for cap in rule.caps)
        return bool(rule.once and times) or too_near or capped or running

    def _over(self, times: list[int], most: int, per: int | str) -> bool:
        """Say whether with this firing some window, or its calendar day or week, would hold too many."""
        if isinstance(per, str):
            return self._over_calendar(times, most, per)
        return too_many(times, self.at, most, per, self.seen)

    def _over_calendar(self, times: list[int], most: int, unit: str) -> bool:
        """Count the firings in the same day or week of the person's zone."""
        at, zone = self.at, zone_of(self.person.said, self.person.phones)
        mine = period_of(at, unit, zone)
        over = sum(period_of(time, unit, zone) == mine for time in times) + 1 > most
        self.seen[f"{unit}'s cap reached"] += over
        self.seen["next day less than 24 hours later"] += any(
            0 < at - time < DAY and period_of(time, unit, zone) != mine for time in times
        )
        self.seen["same day 24 hours later"] += unit == "day" and any(
            abs(at - time) >= DAY and period_of(time, unit, zone) == mine for time in times
        )
        return over


def too_many(times: list[int], at: int, most: int, per: int, seen: Counter[str]) -> bool:
    """Say whether some window that contains ``at``, both ends included, would hold too many."""
    together = [*times, at]
    seen["exactly a cap's window apart"] += any(abs(time - at) == per for time in times)
    starts = [start for start in together if start <= at <= start + per]
    return any(sum(start <= time <= start + per for time in together) > most for start in starts)
