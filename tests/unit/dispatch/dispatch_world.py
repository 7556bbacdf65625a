"""A real store on a made-up clock, and destinations that answer as they are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.dispatch import Dispatcher
from core.dispatch.attempt import Desk
from core.dispatch.lane import Lane
from core.engine.governance import Permit
from core.ports import (
    ActionSpec,
    Delivered,
    DeliveryRow,
    Destination,
    DestinationSpec,
    Outcome,
    Pace,
    Repeats,
    RetryLater,
    Store,
    Transaction,
)
from core.retry import RetryPolicy

START = 1_800_000_000_000
SECOND = 1_000
HOUR = 3_600_000
PATIENCE = 60.0

#: What a destination answers that is not there.
DOWN = RetryLater("no connection")

#: One action of each class, named as the class.
SPEC = DestinationSpec("vendor", "Vendor", {r.value: ActionSpec(r.value, "Do it.", r, ()) for r in Repeats})


@dataclass
class ManualClock:
    """Moves only when told."""

    at: int = START

    def now(self) -> int:
        """Give the made-up time."""
        return self.at


@dataclass
class Scripted:
    """A destination that answers from a script, then always with ``Delivered``; it notes what was asked."""

    name: str = "vendor"
    script: dict[str, list[Outcome | Exception]] = field(default_factory=dict)
    always: Outcome | None = None
    missing: list[str] = field(default_factory=list)
    before: Callable[[DeliveryRow], None] = lambda row: None
    calls: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    most_at_once: int = 0
    spec: DestinationSpec = SPEC
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def missing_settings(self) -> list[str]:
        """Name what is missing."""
        return self.missing

    def send(self, action: str, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Answer by the script of each delivery."""
        with self._lock:
            self.calls.extend(row.id for row in batch)
            self.batches.append([row.id for row in batch])
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            for row in batch:
                self.before(row)
            return [self._answer(row) for row in batch]
        finally:
            with self._lock:
                self._now -= 1

    def _answer(self, row: DeliveryRow) -> Outcome:
        answers = self.script.get(row.id, [])
        answer = answers.pop(0) if answers else self.always or Delivered("ok", reference=f"ref-{row.id}")
        if isinstance(answer, Exception):
            raise answer
        return answer


def eventually(fact: Callable[[], Any]) -> Any:
    """Wait until something is so; fail after a generous deadline."""
    deadline = time.monotonic() + PATIENCE
    while not (found := fact()):
        if time.monotonic() > deadline:
            pytest.fail(f"it never became so: {fact}")
        threading.Event().wait(0.002)
    return found


@dataclass
class World:
    """Everything a test of the dispatcher needs."""

    store: Store
    clock: ManualClock
    refusals: dict[str, str] = field(default_factory=dict)
    free_at: dict[str, int] = field(default_factory=dict)
    running: list[Dispatcher] = field(default_factory=list)
    driven: list[Lane] = field(default_factory=list)
    policy: RetryPolicy = field(default_factory=RetryPolicy)

    def run(
        self, *destinations: Destination, store: Store | None = None, pace: Pace | None = None
    ) -> Dispatcher:
        """Start a dispatcher."""
        dispatcher = Dispatcher(
            store or self.store,
            {destination.name: destination for destination in destinations},
            self.clock,
            self.may_send,
            paces={destination.name: pace for destination in destinations} if pace else None,
            policy=self.policy,
        )
        dispatcher.start()
        self.running.append(dispatcher)
        return dispatcher

    def add(self, *rows: DeliveryRow) -> None:
        """Store deliveries, and say so."""
        self.store.write(lambda tx: tx.deliveries.add(rows))
        self.look()

    def look(self) -> None:
        """Let the dispatchers look again."""
        for dispatcher in self.running:
            dispatcher.notify()

    def pass_time(self, milliseconds: int) -> None:
        """Move the clock."""
        self.clock.at += milliseconds
        self.look()

    def row(self, delivery_id: str) -> DeliveryRow:
        """Read a delivery from the last commit."""
        found = self.store.read.delivery(delivery_id)
        assert found is not None
        return found

    def reaches(self, delivery_id: str, status: str) -> DeliveryRow:
        """Wait until a delivery has a status."""
        return eventually(lambda: self.row(delivery_id).status == status and self.row(delivery_id))

    def lane(self, destination: Destination, *, store: Store | None = None, pace: Pace | None = None) -> Lane:
        """Make a lane whose thread is not started: the test takes its steps."""
        desk = Desk(store or self.store, self.clock, self.may_send, self.policy)
        self.driven.append(Lane(destination, desk, pace or Pace()))
        return self.driven[-1]

    def drive(self, lane: Lane) -> float:
        """Take a lane's steps until it would sleep; give the seconds it would."""
        while True:
            assert lane.gate.drain(PATIENCE)
            if seconds := lane.step():
                return seconds

    def may_send(self, _tx: Transaction, row: DeliveryRow, now: int) -> Permit:
        """Refuse, or let wait, what the test says."""
        free = self.free_at.get(row.id, now)
        return Permit(self.refusals.get(row.id, ""), free if free > now else None)

    def close(self) -> None:
        """Stop everything."""
        for dispatcher in self.running:
            dispatcher.stop(grace=PATIENCE)
        for lane in self.driven:
            lane.join(time.monotonic() + PATIENCE)


def delivery(identifier: str, *, person: str = "", **changes: Any) -> DeliveryRow:
    """Make a delivery to the vendor, due now; each has a person of its own unless one is named."""
    values: dict[str, Any] = {
        "id": identifier,
        "decision_id": f"dec-{identifier}",
        "trigger": "cart",
        "step": 0,
        "destination": "vendor",
        "action": Repeats.AT_MOST_ONCE.value,
        "fields": {"to": "+4915112345678"},
        "profile_id": person or f"person-{identifier}",
        "status": "scheduled",
        "due_at": START,
        "created_at": START,
    }
    return DeliveryRow(**{**values, **changes})
