"""A run on a made-up clock: the same engine, everything in memory, and deliveries that are only noted down."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from msgspec import structs

from core.engine import next_due
from core.engine.decision import Decision
from core.engine.event import Event
from core.engine.rule import RuleSet
from core.pipeline.rows import delivery_row
from core.pipeline.working import People
from core.ports import DeliveryRow, Status

#: What still waits after this many milliseconds without an event is left alone: 400 days.
LONGEST = 400 * 24 * 3_600_000


class Rehearsal:
    """One store's worth of people on a clock that moves only by what happens.

    ``decisions`` and ``deliveries`` hold what came of it, in order; a delivery that would have left is ``delivered``.
    """

    def __init__(self, rules: RuleSet, start: int) -> None:
        self.people = People(rules, start)
        self.decisions: list[Decision] = []
        self.deliveries: list[DeliveryRow] = []
        self._timers: list[tuple[int, str]] = []
        self._arrivals = 0

    def now(self) -> int:
        """Tell the made-up time, as a clock does."""
        return self.people.now

    def accept(self, event: Event) -> None:
        """Let an event arrive: first whatever is due by then, next what it says."""
        self.advance(event.received_at)
        self._arrivals += 1
        self.people.take(structs.replace(event, seq=self._arrivals))
        self._note()

    def advance(self, until: int) -> None:
        """Move the clock, waking people at the moment they are due."""
        for due, profile_id in self._due(until):
            self.people.now = due
            self.people.wake(profile_id)
            self._note()
        self.people.now = max(self.people.now, until)

    def finish(self) -> None:
        """Go on until no timer is left."""
        last = self.people.now + LONGEST
        for due, profile_id in self._due(last):
            self.people.now = due
            self.people.wake(profile_id)
            self._note()

    def _due(self, until: int) -> Iterator[tuple[int, str]]:
        """Give who is due, the earliest first; what was armed for a time that no longer holds is passed over."""
        while self._timers and self._timers[0][0] <= until:
            due, profile_id = heappop(self._timers)
            profile = self.people.profiles.get(profile_id)
            if profile is not None and next_due(profile) == due:
                yield due, profile_id

    def _note(self) -> None:
        """Keep what came of a step, and arm the timers of everyone it changed."""
        people = self.people
        self.decisions += people.decisions
        for action in people.actions:
            row = delivery_row(action, people.now)
            if row.status == Status.SCHEDULED:
                row.status = Status.DELIVERED
            self.deliveries.append(row)
        for profile_id in people.dirty:
            due = next_due(people.profiles[profile_id])
            if due is not None:
                heappush(self._timers, (due, profile_id))
        for done in (people.decisions, people.actions, people.merges, people.new_links, people.log):
            done.clear()
        people.dirty.clear()
