"""What is kept from leaving though its decision fired: each stop is a decision of its own, which tells the gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core.engine.decision import NOT_MET, Decision, Reason
from core.engine.digest import stop_id


class Stop(NamedTuple):
    """A step's delivery that does not leave, at its turn of ``due_at``, and the person it was meant for."""

    delivery_id: str
    due_at: int
    trigger: str
    profile_id: str


class Begun(NamedTuple):
    """What a step goes back to: the anchor's event and key, and the rule by which it was decided."""

    event_id: str = ""
    key: str | None = None
    version: str = ""
    shadow: bool = False


def stopped(stop: Stop, begun: Begun, reasons: Sequence[Reason], at: int) -> Decision:
    """Say why a delivery was stopped at ``at``; of each turn of a delivery there is one such decision."""
    return Decision(
        id=stop_id(stop.delivery_id, stop.due_at),
        trigger=stop.trigger,
        outcome=NOT_MET,
        reasons=tuple(reasons),
        at=at,
        event_id=begun.event_id,
        profile_id=stop.profile_id,
        key=begun.key,
        version=begun.version,
        shadow=begun.shadow,
    )


def is_stop(decision: Decision) -> bool:
    """Tell a step that was stopped from an anchor that was not met, or a journey that ended."""
    return decision.outcome == NOT_MET and decision.reasons[0].step is not None
