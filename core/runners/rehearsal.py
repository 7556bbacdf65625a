"""A run on a made-up clock: the same engine, everything in memory, and deliveries that are only noted down."""

from __future__ import annotations

from heapq import heappop, heappush

from msgspec import structs

from core.engine import next_due
from core.engine.decision import Decision
from core.engine.event import Event
from core.engine.profile import Profile
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
        self._armed: dict[str, int] = {}
        self._arrivals = 0

    def now(self) -> int:
        """Tell the made-up time, as a clock does."""
        return self.people.now

    def accept(self, event: Event) -> Profile:
        """Let an event arrive: first whatever is due by then, next what it says."""
        self.advance(event.received_at)
        self._arrivals += 1
        profile = self.people.take(structs.replace(event, seq=self._arrivals))
        self._note()
        return profile

    def advance(self, until: int) -> None:
        """Move the clock, waking people at the moment they are due."""
        self._wake_all(until)
        self.people.now = max(self.people.now, until)

    def finish(self) -> None:
        """Go on until no timer is left."""
        self._wake_all(self.people.now + LONGEST)

    def wake(self, profile_id: str) -> None:
        """Drain one person's timers as of now."""
        self.people.wake(profile_id)

    def collect(self, people: People) -> None:
        """Keep what came of a step."""
        self.decisions += people.decisions
        for action in people.actions:
            row = delivery_row(action, people.now)
            if row.status == Status.SCHEDULED:
                row.status = Status.DELIVERED
            self.deliveries.append(row)

    def _wake_all(self, until: int) -> None:
        """Wake whoever is due, the earliest first; what was armed for a time that no longer holds is passed over.

        Who is due still after having been woken waits for their next event: to ask again would never end.
        """
        timers, armed = self._timers, self._armed
        while timers and timers[0][0] <= until:
            due, profile_id = heappop(timers)
            if armed.get(profile_id) == due:
                del armed[profile_id]
                self.people.now = max(self.people.now, due)
                self.wake(profile_id)
                self._note()
                if armed.get(profile_id, self.people.now + 1) <= self.people.now:
                    del armed[profile_id]

    def _note(self) -> None:
        """Keep what came of a step, and arm the timers of everyone it changed."""
        people = self.people
        self.collect(people)
        for loser, _ in people.merges:
            self._armed.pop(loser, None)
        for profile_id in people.dirty:
            self._arm(profile_id, next_due(people.profiles[profile_id]))
        for done in (people.decisions, people.actions, people.merges, people.new_links, people.log):
            done.clear()
        people.dirty.clear()

    def _arm(self, profile_id: str, due: int | None) -> None:
        if due is None:
            self._armed.pop(profile_id, None)
        elif self._armed.get(profile_id) != due:
            self._armed[profile_id] = due
            heappush(self._timers, (due, profile_id))
