"""A run on a made-up clock: the same engine, everything in memory, and deliveries that are only noted down."""

from __future__ import annotations

from heapq import heappop, heappush

from msgspec import structs

from core.dispatch.intent import end, expire, wait
from core.dispatch.stopped import stop_of
from core.engine import next_due
from core.engine.decision import Decision
from core.engine.event import Event
from core.engine.governance import Permit
from core.engine.profile import Profile
from core.engine.rule import RuleSet
from core.engine.stops import Begun
from core.pipeline.permit import UNKNOWN_PERSON, permit_row
from core.pipeline.working import People
from core.ports import DeliveryRow, Status

#: What still waits after this many milliseconds without an event is left alone: 400 days.
LONGEST = 400 * 24 * 3_600_000


class Rehearsal:
    """One store's worth of people on a clock that moves only by what happens.

    ``decisions`` and ``deliveries`` hold what came of it, in order. A message is judged again when it is due, as live;
    a delivery that would have left is ``delivered``.
    """

    def __init__(self, rules: RuleSet, start: int) -> None:
        self.people = People(rules, start)
        self.decisions: list[Decision] = []
        self.deliveries: list[DeliveryRow] = []
        self._timers: list[tuple[int, str]] = []
        self._armed: dict[str, int] = {}
        self._queue: list[tuple[int, int, str]] = []
        self._waiting: dict[str, DeliveryRow] = {}
        self._begun: dict[str, Begun] = {}
        self._merged: dict[str, str] = {}
        self._arrivals = 0
        self._queued = 0

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
        """Move the clock: people are woken and messages leave at the moment they are due."""
        self._pass_time(until)
        self.people.now = max(self.people.now, until)

    def finish(self) -> None:
        """Go on until no timer is left, and nothing that waits to leave."""
        self._pass_time(self.people.now + LONGEST)

    def wake(self, profile_id: str) -> None:
        """Drain one person's timers as of now."""
        self.people.wake(profile_id)

    def person(self, profile_id: str) -> str:
        """Give the profile that a profile has become part of, or is."""
        while profile_id in self._merged:
            profile_id = self._merged[profile_id]
        return profile_id

    def permit(self, row: DeliveryRow) -> Permit:
        """Say whether a message may leave as of now."""
        person = self.people.profiles.get(self.person(row.profile_id))
        return permit_row(person, row, self.people.rules, self.people.now) if person else UNKNOWN_PERSON

    def collect(self, people: People) -> None:
        """Keep what came of a step."""
        self.decisions += people.decisions

    def handed_over(self, row: DeliveryRow) -> None:
        """Keep a delivery; its status changes when it leaves or ends."""
        self.deliveries.append(row)

    def settled(self, row: DeliveryRow) -> None:
        """Hear of a delivery that left, or ended without."""

    def _pass_time(self, until: int) -> None:
        """Let happen what is due, the earliest first: timers before messages of the same moment.

        A message that is due at ``until`` leaves behind what arrives then, which may still take it back.
        """
        while True:
            timer = self._timers[0][0] if self._timers else until + 1
            message = self._queue[0][0] if self._queue else until
            if timer <= min(until, message):
                self._fire()
            elif message < until:
                self._leave()
            else:
                return

    def _fire(self) -> None:
        """Wake who is due; what was armed for a time that no longer holds is passed over.

        Who is due still after having been woken waits for their next event: to ask again would never end.
        """
        due, profile_id = heappop(self._timers)
        armed = self._armed
        if armed.get(profile_id) == due:
            del armed[profile_id]
            self.people.now = max(self.people.now, due)
            self.wake(profile_id)
            self._note()
            if armed.get(profile_id, self.people.now + 1) <= self.people.now:
                del armed[profile_id]

    def _leave(self) -> None:
        """Judge a message whose time has come; one that was cancelled meanwhile is passed over."""
        due, _, delivery_id = heappop(self._queue)
        row = self._waiting.get(delivery_id)
        if row is not None and row.due_at == due:
            self.people.now = max(self.people.now, due)
            self._judge(row)

    def _note(self) -> None:
        """Keep what came of a step, arm the timers of everyone it changed, and let go what is to leave."""
        people = self.people
        self._merged.update(people.merges)
        self.collect(people)
        for loser, _ in people.merges:
            self._armed.pop(loser, None)
        for profile_id in people.dirty:
            self._arm(profile_id, next_due(people.profiles[profile_id]))
        rows, cancelled = people.deliveries(), list(people.cancelled.items())
        self._begun |= {one.id: Begun(one.event_id, one.key) for one in people.actions if one.channel}
        people.clear()
        for row in rows:
            self._hand_over(row)
        for delivery_id, why in cancelled:
            if delivery_id in self._waiting:
                end(self._waiting[delivery_id], Status.CANCELLED, why)
                self._settle(self._waiting[delivery_id])

    def _hand_over(self, row: DeliveryRow) -> None:
        self.handed_over(row)
        if row.status != Status.SCHEDULED:
            self._settle(row)
        elif row.channel:
            self._waiting[row.id] = row
            self._judge(row) if row.due_at <= self.people.now else self._queue_up(row)
        else:
            row.status = Status.DELIVERED
            self.settled(row)

    def _judge(self, row: DeliveryRow) -> None:
        """Let a message leave, wait longer or end, as the intent to send does live."""
        if expire(row, self.people.now):
            self._settle(row)
            return
        found = self.permit(row)
        if found.profile is not None:
            self.people.profiles[found.profile.id] = found.profile
        if found.until is not None:
            wait(row, found.until, found.refusal)
        elif found.refusal:
            end(row, Status.SUPPRESSED, found.refusal)
        else:
            row.status, row.reason = Status.DELIVERED, ""
        self._say_stopped(row, found)
        if row.status == Status.SCHEDULED:
            self._queue_up(row)
        else:
            self._settle(row)

    def _say_stopped(self, row: DeliveryRow, found: Permit) -> None:
        """Decide what the gates have stopped, by the rule as it is now."""
        people, trigger = self.people, self.people.rules.triggers.get(row.trigger)
        begun = self._begun[row.id]._replace(version=trigger.version if trigger else "")
        decision = stop_of(row, self.person(row.profile_id), begun, found.stops, people.now)
        if decision is not None:
            people.decisions.append(decision)
            self.collect(people)
            people.decisions.clear()

    def _queue_up(self, row: DeliveryRow) -> None:
        self._queued += 1
        heappush(self._queue, (row.due_at, self._queued, row.id))

    def _settle(self, row: DeliveryRow) -> None:
        self._waiting.pop(row.id, None)
        self._begun.pop(row.id, None)
        self.settled(row)

    def _arm(self, profile_id: str, due: int | None) -> None:
        if due is None:
            self._armed.pop(profile_id, None)
        elif self._armed.get(profile_id) != due:
            self._armed[profile_id] = due
            heappush(self._timers, (due, profile_id))
