"""The contacts of the fake CRMs, and what else they keep, as long as the sandbox runs."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from functools import partial
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

    def count_from(self, number: int) -> None:
        """Give the next contact this number."""
        self._numbers = itertools.count(number)

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

    def find(self, field: str, value: str) -> Row | None:
        """Find the first one with this id, or with this value of a field."""
        rows = self.rows()
        if field == "":
            return next((row for row in rows if row["id"] == value), None)
        return next((row for row in rows if str(row["fields"].get(field, "")).lower() == value.lower()), None)

    def remove(self, key: str) -> bool:
        """Forget the one with a key; says whether there was one."""
        with self._lock:
            return self._by_key.pop(key, None) is not None


class Book:
    """What a CRM keeps beside its contacts: rows of any kind, each kind by keys of its own."""

    def __init__(self, vendor: str, new_id: Callable[[str, int], str]) -> None:
        self._vendor = vendor
        self._new_id = new_id
        self._lock = threading.Lock()
        self._kinds: dict[str, Contacts] = {}

    def of(self, kind: str) -> Contacts:
        """Give the rows of one kind."""
        with self._lock:
            if kind not in self._kinds:
                self._kinds[kind] = Contacts(self._vendor, partial(self._new_id, kind))
            return self._kinds[kind]

    def rows(self) -> list[Row]:
        """List everything, kind by kind."""
        with self._lock:
            kinds = list(self._kinds.items())
        return [{"kind": kind, **row} for kind, kept in kinds for row in kept.rows()]
