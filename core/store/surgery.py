"""Work on a store that nobody else works on: one transaction, and nothing of what it removed is left on the disk."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StoreError
from core.ports import Clock
from core.store.database import FILE, PATIENCE, open_writer, translated
from core.store.lock import FolderLock
from core.store.migrations import migrate, refuse_foreign
from core.store.transaction import EmbeddedTransaction

PAUSE = 0.05


@contextmanager
def operate(folder: Path, *, clock: Clock) -> Iterator[EmbeddedTransaction]:
    """Give one transaction that is committed at the end, or undone when anything is raised."""
    if not (folder / FILE).exists():
        raise StoreError(f"There is no store in {folder}.", hint="Name the data folder with --data.")
    try:
        lock = FolderLock(folder, patience=0.5)
    except StoreError as error:
        raise StoreError(error.message, hint="Stop the server first; start it again afterwards.") from error
    try:
        refuse_foreign(folder / FILE)
        db = open_writer(folder / FILE)
        try:
            migrate(db)
            with translated("written"):
                yield from _transaction(db, clock)
        finally:
            db.close()
    finally:
        lock.release()


def _transaction(db: sqlite3.Connection, clock: Clock) -> Iterator[EmbeddedTransaction]:
    transaction = EmbeddedTransaction(db, clock)
    db.execute("BEGIN IMMEDIATE")
    try:
        yield transaction
        transaction.tally.keep()
        transaction.seal()
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    _empty_log(db)


def _empty_log(db: sqlite3.Connection) -> None:
    """Bring everything into the file, where removed rows are overwritten; the log before it still had them."""
    deadline = time.monotonic() + PATIENCE
    while db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() >= deadline:
            raise StoreError(
                "It is done, but copies of what was removed are left in the store's log: another program reads it.",
                hint="Close every other program that has the data folder open, then start the server once.",
            )
        time.sleep(PAUSE)
