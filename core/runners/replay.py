"""History on a made-up clock: what a running server would have decided, told as it happens and not kept."""

from __future__ import annotations

from typing import Protocol

from core.engine.decision import Decision
from core.engine.event import Event
from core.engine.governance import Permit
from core.engine.profile import Profile
from core.engine.rule import RuleSet
from core.pipeline.pipeline import DEDUPE_SPAN
from core.pipeline.working import People
from core.ports import DeliveryRow
from core.runners.rehearsal import Rehearsal
from core.trace import place_of

APPLIED, DUPLICATE, FAILED = "applied", "duplicate", "set_aside"


class Witness(Protocol):
    """Hears what comes of a replay, in order."""

    def applied(self, event: Event, profile: Profile) -> None:
        """Hear of an event that took effect, and of the person it left."""

    def decided(self, decision: Decision, profile: Profile) -> None:
        """Hear of a decision, and of the person it is about."""

    def settled(self, row: DeliveryRow) -> None:
        """Hear of something to do outside, which is not done: it would have left, or it ended without."""


class Seen:
    """The ids of events within a source for as long as one has no second effect."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], int] = {}

    def knows(self, event: Event) -> bool:
        """Tell whether an event took effect within the span before this one arrived."""
        since = event.received_at - DEDUPE_SPAN
        self._forget(since)
        return self._at.get((event.source, event.id), since - 1) >= since

    def add(self, event: Event) -> None:
        """Remember an event; events come in the order of their arrival."""
        self._at[event.source, event.id] = event.received_at

    def _forget(self, before: int) -> None:
        while self._at:
            oldest = next(iter(self._at))
            if self._at[oldest] >= before:
                return
            del self._at[oldest]


class Replay(Rehearsal):
    """A rehearsal of many people, of which nothing is kept but the people: a witness hears the rest.

    As live, one event or person that makes the engine fail costs the others nothing; ``faults`` tells of them.
    ``turn`` orders what is decided, also among replays of different people: the clock, timers before events, and
    whose timer or which event.
    """

    def __init__(self, rules: RuleSet, witness: Witness) -> None:
        super().__init__(rules, 0)
        self.faults: list[str] = []
        self.is_over = False
        self.turn = (0, 0, "")
        self._heard = (-1, "")
        self._witness = witness
        self._seen = Seen()

    def hear(self, event: Event, place: str = "") -> str:
        """Let an event arrive, and tell what became of it; ``place`` is its own among all events."""
        self.advance(event.received_at)
        if self._seen.knows(event):
            return DUPLICATE
        self._heard = self.people.now, place
        self.turn = (self.people.now, 1, place)
        try:
            profile = self.accept(event)
        except Exception as problem:
            self.faults.append(f"event {event.id}: {place_of(problem)}: {problem}")
            return FAILED
        self._seen.add(event)
        self._witness.applied(event, profile)
        return APPLIED

    def finish(self) -> None:
        """Go on until no timer is left; what fires from here on fires after the history."""
        self.is_over = True
        super().finish()

    def wake(self, profile_id: str) -> None:
        """Drain one person's timers; whom the engine fails for is left alone until their next event."""
        now, (heard, place) = self.people.now, self._heard
        # What an event has made overdue comes right behind it.
        self.turn = (now, 0, profile_id) if now > heard else (now, 1, f"{place} {profile_id}")
        try:
            super().wake(profile_id)
        except Exception as problem:
            self.faults.append(f"timers of {profile_id}: {place_of(problem)}: {problem}")

    def collect(self, people: People) -> None:
        """Tell the witness what came of a step."""
        for decision in people.decisions:
            self._witness.decided(decision, people.profiles[self.person(decision.profile_id)])

    def permit(self, row: DeliveryRow) -> Permit:
        """Say whether a message may leave; one for whom the engine fails keeps it."""
        try:
            return super().permit(row)
        except Exception as problem:
            self.faults.append(f"message {row.id}: {place_of(problem)}: {problem}")
            return Permit(refusal="whether it may be sent could not be judged")

    def handed_over(self, row: DeliveryRow) -> None:
        """Keep nothing of a delivery until it leaves or ends."""

    def settled(self, row: DeliveryRow) -> None:
        """Tell the witness what became of a delivery."""
        self._witness.settled(row)
