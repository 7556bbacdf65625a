"""Deliveries that are taken back before they left: by an exit event, or with their journey."""

from __future__ import annotations

from collections.abc import Mapping

from core.engine import Applied
from core.engine.digest import derive
from core.ports import Status, Transaction


def cancel(tx: Transaction, reasons: Mapping[str, str]) -> None:
    """Take back deliveries of which nothing has been tried yet."""
    for delivery_id, reason in reasons.items():
        first = tx.deliveries.get(delivery_id)
        for row in [first, *tx.deliveries.alternatives(delivery_id)] if first else []:
            if row.status == Status.SCHEDULED and not row.attempts:
                row.status, row.reason = Status.CANCELLED, reason
                tx.deliveries.save(row)


def why_cancelled(action_id: str, applied: Applied) -> str:
    """Find the decision that says why an action was taken back."""
    told = derive("d", action_id, "ended", "0")
    found = next((one.reasons[0] for one in applied.decisions if one.id == told), None)
    return f"{found.expression}: {found.saw}" if found else "an exit event came before it left"
