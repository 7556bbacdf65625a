"""The contacts of the fake CRMs, as long as the sandbox runs."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from typing import Any

from cuewire.sandbox.ledger import iso_now

Row = dict[str, Any]


class Contacts:
    """One vendor's contacts by the key that finds them, in order of creation."""

    def __init__(self, vendor: str, new_id: Callable[[int], str]) -> None:
        self._vendor = vendor
        self._new_id = new_id
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._by_key: dict[str, Row] = {}

    def upsert(self, key: str, fields: Mapping[str, Any]) -> tuple[Row, bool]:
        """Create or update the contact of a key; gives it and whether it is new."""
        now = iso_now()
        with self._lock:
            found = self._by_key.get(key)
            is_new = found is None
            if found is None:
                found = {"vendor": self._vendor, "id": self._new_id(next(self._numbers)), "key": key}
                found |= {"fields": {}, "created_at": now, "writes": 0}
            changed = {
                "fields": {**found["fields"], **fields},
                "updated_at": now,
                "writes": found["writes"] + 1,
            }
            self._by_key[key] = {**found, **changed}
            return self._by_key[key], is_new

    def get(self, key: str) -> Row | None:
        """Find the contact of a key."""
        with self._lock:
            return self._by_key.get(key)

    def rows(self) -> list[Row]:
        """List all of them, oldest first."""
        with self._lock:
            return list(self._by_key.values())
