"""After a lost answer: ask the destination what became of it, once it has had the time to know."""

from __future__ import annotations

from core.ports import (
    ActionSpec,
    Delivered,
    DeliveryRow,
    Destination,
    LooksUp,
    Outcome,
    Rejected,
    Repeats,
    Status,
    Transaction,
    Unknown,
)

#: A destination that cannot tell is asked again after ever longer, and for no longer than this.
LONGEST = 24 * 3_600_000

#: The first question of a delivery that no action tells the wait of any more.
USUAL = 120_000

NOT_THERE = "looked up: the destination does not know it"


def plan_first(tx: Transaction, row: DeliveryRow, spec: ActionSpec | None, now: int) -> None:
    """Plan the first question, where the answer was lost and the destination can be asked."""
    if row.status == Status.UNKNOWN and spec is not None and spec.settle > 0:
        tx.deliveries.look_up_at(row.id, now + spec.settle)


def plan_next(tx: Transaction, destination: str, *, now: int, limit: int) -> list[DeliveryRow]:
    """Give what is to be asked after now, with the next question planned: this one's answer may be lost as well."""
    found = tx.deliveries.to_look_up(destination, now, limit)
    for row in found:
        waited = max(now - (row.attempts[-1].started_at if row.attempts else now), USUAL)
        tx.deliveries.look_up_at(row.id, None if waited > LONGEST else now + waited)
    return found


def ask(destination: Destination, row: DeliveryRow) -> Outcome | None:
    """Ask for one delivery; a destination that cannot be asked does not know."""
    return destination.look_up(row) if isinstance(destination, LooksUp) else Unknown("it cannot be looked up")


def conclude(
    tx: Transaction, delivery_id: str, answer: Outcome | None, spec: ActionSpec | None, *, now: int
) -> DeliveryRow | None:
    """Apply what the destination says; None where nothing changes, as when a callback came first."""
    row = tx.deliveries.get(delivery_id)
    if row is None or row.status != Status.UNKNOWN:
        return None
    if isinstance(answer, Delivered | Rejected):
        is_there = isinstance(answer, Delivered)
        row.status = Status.DELIVERED if is_there else Status.REJECTED
        row.reason = f"looked up: {answer.reason}" if answer.reason else "looked up"
        if isinstance(answer, Delivered):
            row.reference = row.reference or answer.reference
    elif answer is None:
        not_there(row, spec, now)
    else:
        return None
    tx.deliveries.look_up_at(row.id, None)
    tx.deliveries.save(row)
    return row


def not_there(row: DeliveryRow, spec: ActionSpec | None, now: int) -> None:
    """Send again what the destination surely does not have, where its class allows that; it holds nobody up."""
    if spec is not None and spec.repeats is Repeats.LOOKUP:
        row.status, row.due_at, row.reason = Status.SCHEDULED, now, f"{NOT_THERE}; sent again"
    else:
        row.reason = f"{NOT_THERE}; not sent again, for it might still arrive"
