"""Deliveries inside a transaction: the durable schedule, in order per person and destination."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from core.errors import StoreError
from core.ports import OPEN, DeliveryRow, Oldest, Status
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

    def alternatives(self, delivery_id: str) -> list[DeliveryRow]:
        """Give what went by other channels in place of a delivery."""
        query = " ".join((SQL["rows"], SQL["alternatives"]))
        return [delivery_row(row) for row in self._db.execute(query, (delivery_id,))]

    def to_give_up(self, destination: str, now: int, limit: int) -> list[DeliveryRow]:
        """Give what has waited for a destination for longer than another channel's patience."""
        query = " ".join((SQL["rows"], SQL["overdue"]))
        return [delivery_row(row) for row in self._db.execute(query, (destination, now, limit))]

    def forget_spare(self, before: int, limit: int) -> int:
        """Drop the other channels of what was let go long ago; give how many deliveries had some."""
        return self._db.execute(SQL["forget spare"], (before, limit)).rowcount

    def save(self, row: DeliveryRow) -> None:
        """Store what an attempt changes: status, attempts, reason, reference, due and what is spare."""
        place = self._db.execute(SQL["place"], (row.id,)).fetchone()
        if place is None:
            raise StoreError(f"The delivery {row.id} is not stored.", hint="Add it before saving it.")
        status, profile_id, destination = place
        changes = (str(row.status), to_json(row.attempts), row.reason, row.reference, row.due_at)
        self._db.execute(SQL["save"], (*changes, to_json(row.spare), row.give_up_at, row.id))
        is_reopened = row.status in OPEN and status not in OPEN
        if is_reopened:
            (profile_id,) = self._db.execute(SQL["reopen"], (row.id,)).fetchone()
        if is_reopened or (status in BLOCKING) != (row.status in BLOCKING):
            self._db.execute(SQL["hold lane"], (profile_id, destination))

    def ready(self, destination: str, now: int, limit: int, *, fresh: bool = False) -> list[DeliveryRow]:
        """Give deliveries whose turn it is, one per person, the longest due first."""
        return [delivery_row(row) for row in self._db.execute(SQL["ready"], (destination, now, limit, fresh))]

    def first_due(self, destination: str) -> int | None:
        """Tell when something is next due that does not stand behind one under way."""
        found: int | None = self._db.execute(SQL["first due"], (destination,)).fetchone()[0]
        return found

    def oldest(self, status: str, narrow: Oldest) -> list[DeliveryRow]:
        """Give finished deliveries of one status, the first to be made first."""
        at, number = narrow.place
        since = narrow.since if narrow.since is not None else -1
        values = (status, since, at, number, narrow.destination, narrow.trigger, narrow.limit)
        query = " ".join((SQL["rows"], SQL["oldest"]))
        return [delivery_row(row) for row in self._db.execute(query, values)]

    def prolong(self, delivery_id: str, expires_at: int) -> None:
        """Let a delivery be valid for longer."""
        self._db.execute(SQL["prolong"], (expires_at, delivery_id))

    def interrupted(self) -> list[DeliveryRow]:
        """Give what was being sent when the last run ended."""
        return [delivery_row(row) for row in self._db.execute(SQL["interrupted"])]

    def look_up_at(self, delivery_id: str, at: int | None) -> None:
        """Plan when the destination is asked what became of a delivery."""
        self._db.execute(SQL["look up at"], (at, delivery_id))

    def to_look_up(self, destination: str, now: int, limit: int) -> list[DeliveryRow]:
        """Give deliveries after which the destination is to be asked, the longest due first."""
        query = " ".join((SQL["rows"], SQL["to look up"]))
        return [delivery_row(row) for row in self._db.execute(query, (destination, now, limit))]

    def first_look_up(self, destination: str) -> int | None:
        """Tell when the destination is next to be asked after a delivery."""
        found: int | None = self._db.execute(SQL["first look up"], (destination,)).fetchone()[0]
        return found


def repoint(db: sqlite3.Connection, loser: str, winner: str) -> int:
    """Let the open deliveries of one profile be another's; give how many there were."""
    return db.execute(SQL["repoint"], {"loser": loser, "winner": winner}).rowcount


def hold_lanes(db: sqlite3.Connection, profile_id: str) -> None:
    """Say anew what stands behind what, for all destinations of one profile."""
    for (destination,) in db.execute(SQL["lanes"], (profile_id,)).fetchall():
        db.execute(SQL["hold lane"], (profile_id, destination))
