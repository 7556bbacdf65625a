"""SQLite connections: how the writer's and the readers' are set up, and what their errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StoreError

FILE = "cuewire.db"
#: How long a connection waits for a lock, in seconds.
PATIENCE = 5.0
#: Strict tables.
OLDEST_SQLITE = (3, 37, 0)

#: FULL, never NORMAL: what was answered with a 2xx survives a power cut.
WRITER_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA cache_size = -65536",
    "PRAGMA mmap_size = 0",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
)

READER_SETTINGS = (
    "PRAGMA query_only = ON",
    "PRAGMA cache_size = -8192",
    "PRAGMA mmap_size = 0",
    "PRAGMA temp_store = MEMORY",
)

#: After these nothing of the transaction can be trusted: the disk is full, failing or not ours any more.
FATAL = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
    }
)


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the one connection that writes, creating the file where there is none."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} is too old.",
            hint="Use a Python whose SQLite is 3.37 or newer, or the image.",
        )
    # The files beside it, made by SQLite, take its rights: what is in them is personal data.
    path.touch(mode=0o600, exist_ok=True)
    return _open(str(path), WRITER_SETTINGS)


def open_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that can change nothing."""
    return _open(f"{path.absolute().as_uri()}?mode=ro", READER_SETTINGS)


def _open(address: str, settings: tuple[str, ...]) -> sqlite3.Connection:
    with translated("opened"):
        db = sqlite3.connect(
            address,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
            uri=address.startswith("file:"),
        )
        try:
            for setting in settings:
                db.execute(setting)
        except sqlite3.Error:
            db.close()
            raise
    return db


def settle(db: sqlite3.Connection) -> None:
    """Move all that was written out of the log, into the file, and sync it.

    After a failed sync the kernel may have dropped pages that it still shows us; later commits must not build
    on a log with such holes.
    """
    with translated("repaired"):
        busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise StoreError(
            "The store cannot be repaired while another program reads it.",
            hint="Close every other program that has the data folder open.",
        )


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(error, what) from error


def store_error(error: Exception, what: str) -> StoreError:
    """Say what failed in the error's own words, mostly SQLite's, and what to look at."""
    return StoreError(f"The store cannot be {what}: {error}.", hint=HINTS.get(code_of(error), CHECK_DISK))


def code_of(error: BaseException) -> int:
    """Give the primary result code; 0 where there is none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


CHECK_DISK = "Check the disk and the rights of the data folder; the log says what was under way."
HINTS = {
    sqlite3.SQLITE_FULL: "Free space on the disk of the data folder; writing goes on by itself then.",
    sqlite3.SQLITE_NOTADB: "The file is not a Cuewire store: move it away, or choose another --data folder.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged: restore the data folder from a backup.",
    sqlite3.SQLITE_READONLY: "Give this user the right to write to the data folder.",
    sqlite3.SQLITE_CANTOPEN: "Give this user the right to write to the data folder.",
}
