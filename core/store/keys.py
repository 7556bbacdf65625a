"""Idempotency keys and small named values inside a transaction."""

from __future__ import annotations

import sqlite3

from core.store.queries import load

SQL = load("keys")

#: Behind every key that begins like it.
LAST_SIGN = "\U0010ffff"


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

    def starting(self, prefix: str) -> dict[str, str]:
        """Give the texts under all keys that begin so."""
        return dict(self._db.execute(SQL["starting"], (prefix, prefix + LAST_SIGN)))

    def drop(self, key: str) -> None:
        """Forget the text under a key."""
        self._db.execute(SQL["drop"], (key,))

    def forget(self, prefix: str, before: int, limit: int) -> int:
        """Forget some of the texts under keys that begin so and are older; give how many went."""
        return self._db.execute(SQL["forget"], (prefix, prefix + LAST_SIGN, before, limit)).rowcount
