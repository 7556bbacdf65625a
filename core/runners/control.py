"""What an operator does to a running engine: stop all sends, end one journey, let a paused trigger go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.dispatch import Stop, StopSwitch
from core.engine import decode
from core.engine.cancelling import Open, open_journeys
from core.pipeline import Pipeline
from core.ports import Clock, Reader, StateRow, Store

#: People looked at together.
BATCH = 200

#: A journey that no decision tells of yet is looked for among so many people, those whose timers are next.
MOST_PEOPLE = 20_000

#: Before everyone with a timer.
FIRST = ("", -(1 << 62))


class Journey(NamedTuple):
    """One open journey, and whose it is."""

    profile_id: str
    open: Open


class Control:
    """Acts on the store's writer, so that each act stands between two transactions; ``resumed`` wakes the lanes."""

    def __init__(self, store: Store, pipeline: Pipeline, clock: Clock, resumed: Callable[[], None]) -> None:
        self._store = store
        self._pipeline = pipeline
        self._switch = StopSwitch(store, clock, resumed)

    @property
    def stopped(self) -> Stop | None:
        """Tell since when nothing leaves, and why; None while deliveries leave."""
        return self._switch.standing

    def stop(self, reason: str) -> Stop:
        """Let nothing leave from now on."""
        return self._switch.stop(reason)

    def go_on(self) -> bool:
        """Let deliveries leave again, and tell whether they had been stopped."""
        return self._switch.resume()

    def resume(self, trigger: str) -> bool:
        """Let a paused trigger go on, and tell whether it was paused."""
        return self._pipeline.resume(trigger)

    def cancel(self, journey_id: str) -> bool:
        """End a journey, and take back what it has handed over and nobody has tried to send."""
        reader = self._store.read
        decision = reader.decision(journey_id)
        owner = decision.profile_id if decision else _owner(reader, journey_id)
        if not owner:
            return False
        handed_over = [row.id for row in reader.deliveries_of([journey_id])]
        return self._pipeline.cancel(owner, journey_id, handed_over)


def journeys(reader: Reader, place: tuple[str, int] = FIRST) -> Iterator[tuple[StateRow, list[Journey]]]:
    """Go through the people who have a timer, the next due first, with what each has open."""
    while True:
        rows = reader.timed(place, BATCH + 1)
        for row in rows[:BATCH]:
            yield row, journeys_of(row.state)
        if len(rows) <= BATCH:
            return
        place = rows[BATCH].place


def journeys_of(state: bytes) -> list[Journey]:
    """List what one person has open, the next due first."""
    profile = decode(state)
    return [Journey(profile.id, one) for one in open_journeys(profile)]


def _owner(reader: Reader, journey_id: str) -> str:
    for looked_at, (row, found) in enumerate(journeys(reader), start=1):
        if any(one.open.id == journey_id for one in found):
            return row.id
        if looked_at >= MOST_PEOPLE:
            break
    return ""
