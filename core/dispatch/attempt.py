"""One call: ask the destination, learn from the answer, write it down for each delivery."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog

from core.dispatch.budget import Ration
from core.dispatch.counter import Counters
from core.dispatch.gate import Gate, Lesson, Passage
from core.dispatch.intent import MaySend
from core.dispatch.limiter import Limiter
from core.dispatch.look_up import NOT_THERE, ask, conclude, plan_first
from core.dispatch.outcome import is_repeatable, record, word
from core.errors import CuewireError
from core.ports import (
    ActionSpec,
    Clock,
    DeliveryRow,
    Destination,
    Outcome,
    Rejected,
    RetryLater,
    Status,
    Store,
    Transaction,
    Unknown,
)
from core.retry import RetryPolicy
from core.trace import place_of

HORIZON = 24 * 3_600_000

#: Seconds between tries to write an outcome to a store that refuses it.
STORE_PAUSE = 1.0

EVENTS = {Status.DELIVERED.value: "delivery_sent", Status.RETRYING.value: "delivery_retried"}

T = TypeVar("T")

log = structlog.get_logger()


#: Hears, in the transaction of the outcome, of a delivery that was refused for good.
Refused = Callable[[Transaction, DeliveryRow, int], None]


def unheard(tx: Transaction, row: DeliveryRow, now: int) -> None:
    """Let nothing follow a refusal."""


#: Hears, in the transaction of the outcome, of the namespace to which a delivered one's reference belongs.
Identified = Callable[[Transaction, DeliveryRow, str, int], None]


def unlinked(tx: Transaction, row: DeliveryRow, namespace: str, now: int) -> None:
    """Let no identifier follow from a delivery."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What all lanes share."""

    store: Store
    clock: Clock
    may_send: MaySend
    policy: RetryPolicy
    counters: Counters = field(default_factory=Counters)
    refused: Refused = unheard
    identified: Identified = unlinked

    def ended(self, row: DeliveryRow, **details: Any) -> None:
        """Log where a delivery stands; never its fields, nor the reason, which may quote them."""
        event = EVENTS.get(row.status, f"delivery_{row.status}")
        log.info(
            event,
            delivery=row.id,
            trigger=row.trigger,
            destination=row.destination,
            action=row.action,
            attempt=row.attempts[-1].number if row.attempts else 0,
            **details,
        )


@dataclass(frozen=True, slots=True)
class Way:
    """What one call learns by, and where its outcome is written down."""

    desk: Desk
    gate: Gate
    limiter: Limiter
    passage: Passage
    stopping: threading.Event

    def learn(self, said: Outcome, action: str = "") -> Lesson:
        """Let the gate learn from an answer at once."""
        return self.gate.learn(said, self.desk.clock.now(), passage=self.passage, action=action)

    def store(self, job: Callable[[Transaction, int], T], lesson: Lesson, row: DeliveryRow) -> T | None:
        """Write what was answered, again and again while the store refuses: it is known only here."""

        def both(tx: Transaction) -> T:
            now = self.desk.clock.now()
            self.limiter.learn(tx, lesson.said, resumed=lesson.is_resumed, now=now)
            return job(tx, now)

        while True:
            try:
                return self.desk.store.write(both)
            # StoreError or Busy.
            except CuewireError as error:
                log.error(
                    "outcome_not_stored",
                    destination=row.destination,
                    delivery=row.id,
                    error=error.message,
                )
                if self.stopping.wait(STORE_PAUSE):
                    return None


def attempt(
    destination: Destination, rows: Sequence[DeliveryRow], *, way: Way, ration: Ration | None = None
) -> None:
    """Send deliveries of one action whose intents are committed, in one call, and commit the outcomes."""
    outcomes = call(destination, rows)
    said, action, desk = telling(outcomes), rows[0].action, way.desk
    was_held = action in way.gate.held_actions(0)
    # Learnt before it is stored: nothing more may leave for a destination that has just said stop.
    lesson = way.learn(said, action)
    if not was_held and action in way.gate.held_actions(desk.clock.now()):
        log.warning("action_paused", destination=destination.name, reason=said.reason)
    for outcome in outcomes:
        desk.counters.count(destination.name, word(outcome).value)
    tell(destination, lesson)
    answered = list(zip(rows, outcomes, strict=True))

    def job(tx: Transaction, now: int) -> list[DeliveryRow]:
        return store_outcomes(tx, destination, answered, desk=desk, ration=ration, now=now)

    for stored in way.store(job, lesson, rows[0]) or []:
        desk.ended(stored)


def telling(outcomes: Sequence[Outcome]) -> Outcome:
    """Choose of one call's outcomes the one that tells most of the destination itself."""
    return min(outcomes, key=_rank)


def _rank(outcome: Outcome) -> int:
    if isinstance(outcome, RetryLater):
        return 0 if outcome.pause else 1 if outcome.throttled else 2 if outcome.alone else 3
    # Where some of a batch were taken, the destination is well, whatever it says of the others.
    return 4 if isinstance(outcome, Unknown) else 2


def tell(destination: Destination, lesson: Lesson) -> None:
    """Log when a destination is left alone, and when it is asked again."""
    if lesson.after == "open" and lesson.before != "open":
        # A vendor's words may quote a person; what it says of our key does not, and the operator needs it.
        is_ours = isinstance(lesson.said, RetryLater) and lesson.said.pause
        reason = lesson.said.reason if is_ours else "several failures in a row"
        log.warning("destination_paused", destination=destination.name, reason=reason)
    elif lesson.is_resumed:
        log.info("destination_resumed", destination=destination.name)


def call(destination: Destination, rows: Sequence[DeliveryRow]) -> Sequence[Outcome]:
    """Call the adapter; what it raises is a bug, after which the request may or may not have left."""
    action = rows[0].action
    try:
        outcomes = destination.send(action, rows)
        if len(outcomes) != len(rows):
            raise ValueError(f"{len(outcomes)} outcomes for {len(rows)} deliveries")
    # A runner's loop: an intent always gets an outcome.
    except Exception as error:
        log.error(
            "destination_failed", destination=destination.name, delivery=rows[0].id, error=place_of(error)
        )
        reason = f"the adapter failed: {type(error).__name__}"
        fault = (
            RetryLater(reason, may_have_arrived=True)
            if is_repeatable(destination, action)
            else Unknown(reason)
        )
        return [fault] * len(rows)
    return outcomes


def store_outcomes(
    tx: Transaction,
    destination: Destination,
    answered: Sequence[tuple[DeliveryRow, Outcome]],
    *,
    desk: Desk,
    ration: Ration | None,
    now: int,
) -> list[DeliveryRow]:
    """Write the outcomes of one call, and give back to the day's ration what was not done."""
    found = [store_one(tx, destination, row, outcome, desk=desk, now=now) for row, outcome in answered]
    if ration:
        for row, outcome in answered:
            if isinstance(outcome, RetryLater):
                ration.give_back(tx, row, taken_at=row.attempts[-1].started_at, now=now)
    return [row for row in found if row is not None]


def store_one(
    tx: Transaction, destination: Destination, row: DeliveryRow, outcome: Outcome, *, desk: Desk, now: int
) -> DeliveryRow | None:
    """Write one delivery's outcome, and let follow what follows from it."""
    spec = destination.spec.actions.get(row.action)
    stored = record(
        tx,
        row.id,
        outcome,
        number=row.attempts[-1].number,
        now=now,
        horizon=spec.horizon if spec else HORIZON,
        policy=desk.policy,
    )
    if stored is not None:
        plan_first(tx, stored, spec, now)
        follow(tx, stored, spec, desk=desk, now=now)
    return stored


def follow(tx: Transaction, row: DeliveryRow, spec: ActionSpec | None, *, desk: Desk, now: int) -> None:
    """Let happen what follows from how a delivery stands now, in the same transaction."""
    if row.status == Status.REJECTED:
        desk.refused(tx, row, now)
    if row.status == Status.DELIVERED and spec and spec.gives and row.reference:
        desk.identified(tx, row, spec.gives, now)


def inquire(destination: Destination, row: DeliveryRow, *, way: Way) -> None:
    """Ask what became of a delivery whose answer was lost, and write down what is said."""
    spec, desk = destination.spec.actions.get(row.action), way.desk
    try:
        answer = ask(destination, row)
    # A runner's loop: a question that fails is put again later.
    except Exception as error:
        log.error("look_up_failed", destination=destination.name, delivery=row.id, error=place_of(error))
        answer = Unknown(f"the adapter failed: {type(error).__name__}")
    lesson = way.learn(answer or Rejected(NOT_THERE))
    tell(destination, lesson)

    def job(tx: Transaction, now: int) -> DeliveryRow | None:
        stored = conclude(tx, row.id, answer, spec, now=now)
        if stored is not None:
            follow(tx, stored, spec, desk=desk, now=now)
        return stored

    stored = way.store(job, lesson, row)
    if stored is not None:
        desk.ended(stored, looked_up=True)
