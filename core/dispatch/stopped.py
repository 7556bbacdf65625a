"""What ends a delivery before its request, as a decision of its own: the gate, what it saw and what it needed."""

from __future__ import annotations

from collections.abc import Sequence

from core.engine.decision import Decision, Reason
from core.engine.stops import Begun, Stop, stopped
from core.ports import DecisionRow, DeliveryRow, Status, Transaction

#: How a delivery stands that its gates have stopped.
STOPPED = (Status.SUPPRESSED, Status.EXPIRED)


def stop_of(
    row: DeliveryRow, person: str, begun: Begun, stops: Sequence[Reason], now: int
) -> Decision | None:
    """Make the decision on a delivery that has just been judged; None where it goes on, or no gate stopped it."""
    if row.status not in STOPPED or not stops:
        return None
    return stopped(Stop(row.id, row.due_at, row.trigger, person), begun, stops, now)


def say_stopped(tx: Transaction, row: DeliveryRow, stops: Sequence[Reason], now: int) -> None:
    """Record with the delivery's new status what stopped it, under the event that its decision goes back to."""
    made = tx.decisions.get(row.decision_id) if stops else None
    begun = Begun(made.event_id, made.key, made.version, made.shadow) if made else Begun()
    decision = stop_of(row, tx.profiles.canonical(row.profile_id), begun, stops, now)
    if decision is not None:
        tx.decisions.add([DecisionRow.of(decision)])
