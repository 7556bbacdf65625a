"""Everything that arrived, in order of arrival, kept as long as the sandbox runs."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct


def iso_now() -> str:
    """Give the present moment as ISO text with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Entry(Struct):
    """One request; ``status`` is None while it is under way, and stays so when the answer was dropped."""

    id: int
    vendor: str
    method: str
    path: str
    at: str
    body: Any
    status: int | None = None
    dropped: str | None = None
    fault: str | None = None


class Ledger:
    """The list of requests; an entry is there before its request takes effect."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def open(self, *, vendor: str, method: str, path: str, body: Any) -> Entry:
        """Write down a request that has just arrived."""
        with self._lock:
            entry = Entry(len(self._entries) + 1, vendor, method, path, iso_now(), body)
            self._entries.append(entry)
            return entry

    def since(self, last_seen: int, vendor: str = "") -> list[dict[str, Any]]:
        """List the requests with an id above ``last_seen``, oldest first."""
        with self._lock:
            found = [e for e in self._entries[last_seen:] if vendor in ("", e.vendor)]
        return [msgspec.to_builtins(entry) for entry in found]

    def latest(self, limit: int) -> list[Entry]:
        """List the newest requests, newest first."""
        with self._lock:
            return self._entries[: -limit - 1 : -1]
