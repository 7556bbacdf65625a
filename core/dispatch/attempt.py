"""One attempt: call the destination, learn from the answer, write it down."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import structlog

from core.dispatch.counter import Counters
from core.dispatch.gate import Gate
from core.dispatch.intent import MaySend
from core.dispatch.outcome import is_repeatable, record, word
from core.errors import CuewireError
from core.ports import (
    Clock,
    DeliveryRow,
    Destination,
    Outcome,
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

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Desk:
    """What all lanes share."""

    store: Store
    clock: Clock
    may_send: MaySend
    policy: RetryPolicy
    counters: Counters = field(default_factory=Counters)

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


def attempt(
    destination: Destination,
    row: DeliveryRow,
    *,
    desk: Desk,
    gate: Gate,
    probe: bool,
    stopping: threading.Event,
) -> None:
    """Send one delivery whose intent is committed, and commit the outcome."""
    outcome = call(destination, row)
    # Learnt before it is stored: nothing more may leave for a destination that has just said stop.
    before, after = gate.learn(outcome, desk.clock.now(), probe=probe)
    desk.counters.count(destination.name, word(outcome).value)
    tell(destination, outcome, before=before, after=after)
    stored = store_outcome(destination, row, outcome, desk=desk, stopping=stopping)
    if stored is not None:
        desk.ended(stored)


def tell(destination: Destination, outcome: Outcome, *, before: str, after: str) -> None:
    """Log when a destination is left alone, and when it is asked again."""
    if after == "open" and before != "open":
        # A vendor's words may quote a person; what it says of our key does not, and the operator needs it.
        is_ours = isinstance(outcome, RetryLater) and outcome.pause
        reason = outcome.reason if is_ours else "several failures in a row"
        log.warning("destination_paused", destination=destination.name, reason=reason)
    elif before != "closed" and after == "closed":
        log.info("destination_resumed", destination=destination.name)


def call(destination: Destination, row: DeliveryRow) -> Outcome:
    """Call the adapter; what it raises is a bug, after which the request may or may not have left."""
    try:
        (outcome,) = destination.send(row.action, [row])
    # A runner's loop: an intent always gets an outcome.
    except Exception as error:
        log.error("destination_failed", destination=destination.name, delivery=row.id, error=place_of(error))
        reason = f"the adapter failed: {type(error).__name__}"
        return RetryLater(reason) if is_repeatable(destination, row.action) else Unknown(reason)
    return outcome


def store_outcome(
    destination: Destination, row: DeliveryRow, outcome: Outcome, *, desk: Desk, stopping: threading.Event
) -> DeliveryRow | None:
    """Write the outcome, again and again while the store refuses: it is known only here."""
    spec = destination.spec.actions.get(row.action)

    def job(tx: Transaction) -> DeliveryRow | None:
        return record(
            tx,
            row.id,
            outcome,
            number=row.attempts[-1].number,
            now=desk.clock.now(),
            horizon=spec.horizon if spec else HORIZON,
            policy=desk.policy,
        )

    while True:
        try:
            return desk.store.write(job)
        # StoreError or Busy.
        except CuewireError as error:
            log.error(
                "outcome_not_stored", destination=destination.name, delivery=row.id, error=error.message
            )
            if stopping.wait(STORE_PAUSE):
                return None
