"""Rows and a clock for tests of stores: only what a test cares about is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.ports import DecisionRow, DeliveryRow, EventRow, Filter, LinkRow, Page, Reader, Store

START = 1_800_000_000_000
MINUTE = 60_000
DAY = 24 * 3_600_000


@dataclass
class ManualClock:
    """Moves only when told."""

    at: int = START

    def now(self) -> int:
        """Give the made-up time."""
        return self.at


def event(seq: int, event_id: str = "", **changes: Any) -> EventRow:
    """Make an event that took effect."""
    values: dict[str, Any] = {
        "seq": seq,
        "id": event_id or f"e{seq}",
        "source": "segment",
        "type": "track",
        "event": "Product Viewed",
        "timestamp": START + seq,
        "received_at": START + seq,
        "status": "applied",
        "raw": b'{"n": 1}',
        "profile_id": "p1",
        "identifiers": {"user_id": ["u1"]},
    }
    return EventRow(**(values | changes))


def decision(decision_id: str, outcome: str = "fired", **changes: Any) -> DecisionRow:
    """Make a decision."""
    values: dict[str, Any] = {
        "id": decision_id,
        "trigger": "cart",
        "outcome": outcome,
        "reasons": [{"gate": "anchor", "passed": outcome == "fired", "expression": "event", "saw": 1.5}],
        "at": START,
        "event_id": "e1",
        "profile_id": "p1",
        "key": None,
        "version": "v1",
    }
    return DecisionRow(**(values | changes))


def delivery(delivery_id: str, status: str = "scheduled", **changes: Any) -> DeliveryRow:
    """Make a delivery."""
    values: dict[str, Any] = {
        "id": delivery_id,
        "decision_id": "d1",
        "trigger": "cart",
        "step": 0,
        "destination": "twilio",
        "action": "send_message",
        "fields": {"to": "+15550100", "body": "Still thinking?", "n": 2.0, "nested": {"a": [1, None]}},
        "profile_id": "p1",
        "status": status,
        "due_at": START,
        "created_at": START,
    }
    return DeliveryRow(**(values | changes))


def link(event_id: str, profile_id: str, **changes: Any) -> LinkRow:
    """Make an entry of the identity log."""
    values: dict[str, Any] = {
        "kind": "linked",
        "profile_id": profile_id,
        "namespace": "email",
        "value": "a@example.com",
        "event_id": event_id,
        "at": START,
    }
    return LinkRow(**(values | changes))


def add_events(store: Store, *rows: EventRow) -> None:
    """Store events."""
    store.write(lambda tx: tx.events.add(rows))


def add_decisions(store: Store, *rows: DecisionRow) -> None:
    """Store decisions."""
    store.write(lambda tx: tx.decisions.add(rows))


def add_deliveries(store: Store, *rows: DeliveryRow) -> None:
    """Store deliveries."""
    store.write(lambda tx: tx.deliveries.add(rows))


def merge(store: Store, loser: str, winner: str) -> None:
    """Merge two profiles."""
    store.write(lambda tx: tx.profiles.merge(loser, winner))


def ids(page: Page) -> list[str]:
    """Name the rows of a page."""
    return [row.id for row in page.rows]


def walk(reader: Reader, family: str, **narrow: Any) -> list[Any]:
    """Give all rows of a list, page by page, until there is no next one."""
    rows: list[Any] = []
    cursor = ""
    while True:
        page: Page = getattr(reader, family)(Filter(cursor=cursor, **narrow))
        rows += page.rows
        if page.next is None:
            return rows
        assert len(page.rows) == narrow.get("limit", 50), "only the last page may be short"
        cursor = page.next
