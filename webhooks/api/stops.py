"""What belongs together: a delivery that was stopped, and the decision that says by which gate."""

from __future__ import annotations

from collections.abc import Iterable

from core.engine.decision import NOT_MET
from core.engine.digest import stop_id
from core.ports import DecisionRow, DeliveryRow, Filter, Reader

#: So many of a person's deliveries by one trigger are looked at.
LATEST = 500


def stopped_step(decision: DecisionRow) -> int | None:
    """Give the index of the step that a decision says was stopped; None where it says something else."""
    if decision.outcome != NOT_MET or not decision.reasons:
        return None
    step: int | None = decision.reasons[0].get("step")
    return step


def stops_of(reader: Reader, deliveries: Iterable[DeliveryRow]) -> list[DecisionRow]:
    """Give the decisions on what was stopped of some deliveries, as long as they are kept."""
    ended = (row for row in deliveries if row.status in ("suppressed", "expired"))
    found = (reader.decision(stop_id(row.id, row.due_at)) for row in ended)
    return [one for one in found if one is not None]


def delivery_of(reader: Reader, decision: DecisionRow) -> DeliveryRow | None:
    """Find the delivery that a decision says was stopped, among the person's latest; none of a shadow, or redriven."""
    if stopped_step(decision) is None:
        return None
    narrow = Filter(profile=decision.profile_id, trigger=decision.trigger, limit=LATEST)
    rows = reader.deliveries(narrow).rows
    return next((row for row in rows if stop_id(row.id, row.due_at) == decision.id), None)
