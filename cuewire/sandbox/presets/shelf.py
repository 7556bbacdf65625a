"""What the fakes of the presets have taken: by vendor, kind and the vendor's own key, with each repeat counted."""

from __future__ import annotations

import threading
from typing import Any

from cuewire.sandbox.ledger import iso_now

Row = dict[str, Any]


class Shelf:
    """The rows that were taken, in order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, str, str], Row] = {}

    def keep(self, vendor: str, kind: str, key: str, data: Any, *, lays_over: bool = False) -> bool:
        """Keep a row; one that is there is counted, and laid over where the vendor does so. Says whether it is new."""
        with self._lock:
            place = (vendor, kind, key)
            new = {"vendor": vendor, "kind": kind, "key": key, "at": iso_now(), "copies": 0, "data": data}
            is_new, row = place not in self._rows, self._rows.setdefault(place, new)
            row["copies"] += 1
            if lays_over and not is_new:
                row["data"] = {**row["data"], **data}
            return is_new

    def has(self, vendor: str, kind: str, key: str) -> bool:
        """Say whether a row is there."""
        with self._lock:
            return (vendor, kind, key) in self._rows

    def rows(self, vendor: str = "") -> list[Row]:
        """List them, oldest first."""
        with self._lock:
            return [dict(row) for row in self._rows.values() if vendor in ("", row["vendor"])]
