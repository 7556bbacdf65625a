"""Read-only connections, one for each thread that asks."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from core.errors import StoreError
from core.store.database import open_reader, translated


class Handle:
    """One thread's connection; it closes when the thread ends."""

    def __init__(self, path: Path) -> None:
        self.db = open_reader(path)

    def __del__(self) -> None:
        """Close what the thread left behind."""
        if hasattr(self, "db"):
            self.db.close()


class Connections:
    """Give each thread its own connection, and each question one unchanging view."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: WeakSet[Handle] = WeakSet()
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Show the last commit, the same for all queries made inside."""
        db = self._connection()
        with translated("read"):
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("ROLLBACK")

    def _connection(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreError("The store is closed.", hint="Start the server again.")
        handle: Handle | None = getattr(self._local, "handle", None)
        if handle is None:
            handle = self._local.handle = Handle(self._path)
            with self._lock:
                self._all.add(handle)
        return handle.db

    def close(self) -> None:
        """Close every thread's connection."""
        self._closed = True
        with self._lock:
            handles = list(self._all)
        for handle in handles:
            handle.db.close()
