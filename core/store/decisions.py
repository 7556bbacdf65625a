"""Decisions inside a transaction: one row each, and one for all the ``not_met`` ones of an event."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from core.engine.decision import NOT_MET
from core.ports import Clock, DecisionRow
from core.store import compact
from core.store.queries import load
from core.store.rows import decision_columns, decision_row
from core.store.tally import Tally

SQL = load("decisions")
BY_ID = " ".join((SQL["rows"], "WHERE id = ?"))


class Decisions:
    """Write decisions; the first one of an id stays."""

    def __init__(self, db: sqlite3.Connection, clock: Clock, *, tally: Tally) -> None:
        self._db = db
        self._tally = tally
        self._clock = clock
        self._last: int = db.execute(SQL["last compact"]).fetchone()[0]

    def add(self, rows: Sequence[DecisionRow]) -> None:
        """Store decisions."""
        whole = [decision_columns(row) for row in rows if row.outcome != NOT_MET]
        if whole:
            self._db.executemany(SQL["add"], whole)
        if len(whole) < len(rows):
            self._add_compact([row for row in rows if row.outcome == NOT_MET])

    def get(self, decision_id: str) -> DecisionRow | None:
        """Give a decision that is stored as a whole row."""
        found = self._db.execute(BY_ID, (decision_id,)).fetchone()
        return decision_row(found[1:]) if found else None

    def _add_compact(self, rows: Sequence[DecisionRow]) -> None:
        now = self._clock.now()
        columns, keys = [], []
        for group in compact.group(rows):
            self._last += 1
            columns.append(compact.columns_of(self._last, now, group))
            keys += compact.keys_of(self._last, group)
        self._db.executemany(SQL["add compact"], columns)
        self._db.executemany(SQL["add keys"], keys)
        self._tally.add("decisions.not_met", len(rows))
        for row in rows:
            self._tally.add_day(row)

    def purge(self, before: int, limit: int) -> int:
        """Remove some of the ``not_met`` ones kept since before then; give how many rows went."""
        removed = self._db.execute(SQL["purge compact"], (before, limit)).rowcount
        if removed:
            self._db.execute(SQL["purge keys"])
        return removed
