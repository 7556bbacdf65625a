"""Pools of codes: loaded once, given once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from core.ports import GivenCode, PoolRow
from core.store.queries import load

SQL = load("codes")


class Codes:
    """Load codes and give them, inside a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, pool: str, codes: Sequence[tuple[str, int | None]], at: int) -> int:
        """Add codes with when they expire, and give how many are new to the pool."""
        before = self._db.total_changes
        self._db.executemany(SQL["add"], [(pool, code, at, expires_at) for code, expires_at in codes])
        return self._db.total_changes - before

    def give(self, pool: str, delivery_id: str, *, now: int, good_until: int) -> GivenCode | None:
        """Give the code that a delivery has already, or one of the pool that is good until then."""
        held = self._db.execute(SQL["given"], (delivery_id,)).fetchone()
        if held is not None:
            return GivenCode(held[1], is_new=False)
        found = self._db.execute(SQL["give"], (delivery_id, now, pool, good_until)).fetchone()
        return GivenCode(found[0], is_new=True) if found else None

    def give_back(self, delivery_id: str) -> None:
        """Let a code be given to somebody else: it never left."""
        self._db.execute(SQL["give back"], (delivery_id,))


def list_pools(db: sqlite3.Connection, now: int) -> list[PoolRow]:
    """Give every pool with how many codes are free, given and expired."""
    return [PoolRow(*row) for row in db.execute(SQL["pools"], (now,))]
