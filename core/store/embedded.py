"""The embedded store: one SQLite file in the data folder, written by one thread of one process."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from core.errors import StoreError
from core.ports import Clock, Reader, Transaction
from core.store.database import FILE, open_writer, settle, translated
from core.store.lock import FolderLock
from core.store.migrations import migrate, refuse_foreign
from core.store.purge import purge
from core.store.reader import EmbeddedReader
from core.store.transaction import EmbeddedTransaction
from core.store.writer import Writer

T = TypeVar("T")

#: Jobs that may wait before ``submit`` says Busy, and how many of them share a commit at most.
WAITING = 10_000
BATCH = 512


class EmbeddedStore:
    """Keep everything in one file; see ``core.ports.Store`` for what is promised."""

    def __init__(self, folder: Path, *, clock: Clock, waiting: int, batch: int, patience: float) -> None:
        self.path = folder / FILE
        self._clock = clock
        self._closed = False
        prepare(folder)
        self._lock = FolderLock(folder, patience=patience)
        try:
            refuse_foreign(self.path)
            self._writer = Writer(self._connect, waiting=waiting, batch=batch)
        except StoreError:
            self._lock.release()
            raise
        self._reader = EmbeddedReader(self.path)

    def _connect(self, repair: bool) -> EmbeddedTransaction:
        """Open the writing connection, bring its schema up to date, and check it after a failure."""
        db = open_writer(self.path)
        try:
            if repair:
                settle(db)
            migrate(db)
            with translated("read"):
                return EmbeddedTransaction(db, self._clock)
        except StoreError:
            db.close()
            raise

    @property
    def on_commit(self) -> list[Callable[[], None]]:
        """Give the list of what is called, in the writer's thread, after each commit."""
        return self._writer.on_commit

    @property
    def read(self) -> Reader:
        """Give the reader; it may be used from any thread."""
        return self._reader

    def submit(self, job: Callable[[Transaction], T]) -> Future[T]:
        """Run a job in the writer; the future resolves only after its commit is durable."""
        return self._writer.submit(job)

    def write(self, job: Callable[[Transaction], T]) -> T:
        """Submit and wait."""
        return self._writer.write(job)

    def purge(self, now: int) -> int:
        """Forget what is kept for 7 days only, in small jobs between others; give how many rows went."""
        return purge(self._writer, now)

    def close(self) -> None:
        """Finish what waits, then close."""
        if self._closed:
            return
        self._closed = True
        self._writer.drain()
        self._reader.close()
        self._writer.close()
        self._lock.release()


def prepare(folder: Path) -> None:
    """Make the data folder, for this user only, so that it outlives a power cut."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        parent = os.open(folder.parent, os.O_RDONLY)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)
    except OSError as error:
        raise StoreError(
            f"The data folder {folder} cannot be made: {error.strerror}.",
            hint="Choose another --data folder, or give this user the right to make it.",
        ) from error


def open_store(
    folder: Path, *, clock: Clock, waiting: int = WAITING, batch: int = BATCH, patience: float = 5.0
) -> EmbeddedStore:
    """Open the store of a data folder, making both where there are none."""
    return EmbeddedStore(folder, clock=clock, waiting=waiting, batch=batch, patience=patience)
