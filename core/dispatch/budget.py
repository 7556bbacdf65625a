"""What a destination may send in a calendar day, counted in the store, so that no restart begins it anew."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.engine.instant import iso
from core.engine.places import zone_named
from core.engine.zone import day_bounds, utc
from core.ports import Budget, DeliveryRow, DestinationSpec, Transaction


@dataclass(slots=True)
class Ration:
    """Count sends when their intent is committed; what turns out not to have been done is given back."""

    destination: str
    budget: Budget
    counted: frozenset[str]
    #: As last seen, for whoever asks without a transaction, and on which day.
    used: int = 0
    _seen_on: int = 0
    _days: tuple[int, int] = field(default=(0, 0))

    def spent_until(self, tx: Transaction, row: DeliveryRow, now: int) -> int | None:
        """Give when the next day begins, where this delivery is counted and nothing is left of today."""
        if row.action not in self.counted:
            return None
        return None if self.count(tx, now) < self.budget.times else self.day(now)[1]

    def reason(self, until: int) -> str:
        """Say why a delivery waits."""
        times, name = self.budget.times, self.destination
        return f"the day's {times} sends to {name} are used up; the next day begins {iso(until)}"

    def take(self, tx: Transaction, row: DeliveryRow, now: int) -> None:
        """Count one send."""
        if row.action in self.counted:
            self._put(tx, self.count(tx, now) + 1, now)

    def give_back(self, tx: Transaction, row: DeliveryRow, *, taken_at: int, now: int) -> None:
        """Take one off again that was not done; what an earlier day counted stays there."""
        if row.action in self.counted and self.day(taken_at) == self.day(now):
            self._put(tx, max(0, self.count(tx, now) - 1), now)

    def count(self, tx: Transaction, now: int) -> int:
        """Give how many of today's are used."""
        day, _, used = (tx.keys.get(self.key) or "").partition(" ")
        today = self.day(now)[0]
        self.used, self._seen_on = int(used) if day == str(today) else 0, today
        return self.used

    def shown(self, now: int) -> int:
        """Give how many of today's were used when it was last looked up."""
        return self.used if self._seen_on == self.day(now)[0] else 0

    @property
    def key(self) -> str:
        """Name the value that holds the day and its number."""
        return f"budget:{self.destination}"

    def day(self, at: int) -> tuple[int, int]:
        """Give the bounds of the day of a moment; the last one asked for is kept."""
        if not self._days[0] <= at < self._days[1]:
            self._days = day_bounds(at, zone_named(self.budget.zone) or utc())
        return self._days

    def _put(self, tx: Transaction, used: int, now: int) -> None:
        tx.keys.put(self.key, f"{self.day(now)[0]} {used}", now)
        self.used = used


def ration_of(destination: str, spec: DestinationSpec, budget: Budget | None) -> Ration | None:
    """Give the ration of a destination that has a budget."""
    if budget is None:
        return None
    counted = budget.actions or {name for name, action in spec.actions.items() if action.channel}
    return Ration(destination, budget, frozenset(counted))
