"""Deliveries inside a transaction: the durable schedule, in order per person and destination."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from core.errors import StoreError
from core.ports import OPEN, DeliveryRow, Status
from core.store.queries import load
from core.store.rows import delivery_columns, delivery_row, to_json

SQL = load("deliveries")
BY_ID = " ".join((SQL["rows"], "WHERE id = ?"))

#: States in which a delivery holds up the later ones of its person and destination.
BLOCKING = frozenset({Status.SENDING, Status.RETRYING})


class Deliveries:
    """Write deliveries and pick those whose turn it is."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, rows: Sequence[DeliveryRow]) -> None:
        """Store deliveries in the order given; one whose id is known already is left as it is."""
        self._db.executemany(SQL["add"], [delivery_columns(row) for row in rows])

    def get(self, delivery_id: str) -> DeliveryRow | None:
        """Give one delivery."""
        found = self._db.execute(BY_ID, (delivery_id,)).fetchone()
        return delivery_row(found) if found else None

    def save(self, row: DeliveryRow) -> None:
        """Store what an attempt changes: status, attempts, reason, reference and due."""
        place = self._db.execute(SQL["place"], (row.id,)).fetchone()
        if place is None:
            raise StoreError(f"The delivery {row.id} is not stored.", hint="Add it before saving it.")
        status, profile_id, destination = place
        changes = (str(row.status), to_json(row.attempts), row.reason, row.reference, row.due_at, row.id)
        self._db.execute(SQL["save"], changes)
        is_reopened = row.status in OPEN and status not in OPEN
        if is_reopened:
            (profile_id,) = self._db.execute(SQL["reopen"], (row.id,)).fetchone()
        if is_reopened or (status in BLOCKING) != (row.status in BLOCKING):
            self._db.execute(SQL["hold lane"], (profile_id, destination))

    def ready(self, destination: str, now: int, limit: int) -> list[DeliveryRow]:
        """Give deliveries whose turn it is, one per person, the longest due first."""
        return [delivery_row(row) for row in self._db.execute(SQL["ready"], (destination, now, limit))]

    def first_due(self, destination: str) -> int | None:
        """Tell when something is next due that does not stand behind one under way."""
        found: int | None = self._db.execute(SQL["first due"], (destination,)).fetchone()[0]
        return found

    def interrupted(self) -> list[DeliveryRow]:
        """Give what was being sent when the last run ended."""
        return [delivery_row(row) for row in self._db.execute(SQL["interrupted"])]


def repoint(db: sqlite3.Connection, loser: str, winner: str) -> int:
    """Let the open deliveries of one profile be another's; give how many there were."""
    return db.execute(SQL["repoint"], {"loser": loser, "winner": winner}).rowcount


def hold_lanes(db: sqlite3.Connection, profile_id: str) -> None:
    """Say anew what stands behind what, for all destinations of one profile."""
    for (destination,) in db.execute(SQL["lanes"], (profile_id,)).fetchall():
        db.execute(SQL["hold lane"], (profile_id, destination))
