"""Idempotency keys and small named values inside a transaction."""

from __future__ import annotations

import sqlite3

from core.store.queries import load

SQL = load("keys")


class Keys:
    """Keep one text under each key."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def get(self, key: str) -> str | None:
        """Give the text under a key."""
        found = self._db.execute(SQL["get"], (key,)).fetchone()
        return found[0] if found else None

    def put(self, key: str, value: str, at: int) -> None:
        """Keep a text under a key, instead of what was there."""
        self._db.execute(SQL["put"], (key, value, at))
