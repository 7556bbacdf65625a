"""The store's schema: numbered steps, each in one transaction, never changed once released."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import StoreError
from core.store.database import open_reader, store_error, translated
from core.store.queries import FOLDER

#: "CUEV", as written by the first migration into the file's header.
APPLICATION_ID = 1129662806


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    sql: str


def read_migrations(folder: Path = FOLDER / "migrations") -> tuple[Migration, ...]:
    """Read the steps in order."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        number, _, name = path.stem.partition("_")
        found.append(Migration(int(number), name, path.read_text(encoding="utf-8")))
    return tuple(found)


MIGRATIONS = read_migrations()
LATEST = MIGRATIONS[-1].number


def refuse_foreign(path: Path) -> None:
    """Refuse a file that is newer than this program or not ours, without changing it."""
    if not path.exists() or not path.stat().st_size:
        return
    db = open_reader(path)
    try:
        with translated("read"):
            version = version_of(db)
            owner = db.execute("PRAGMA application_id").fetchone()[0]
            tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    finally:
        db.close()
    if tables and owner != APPLICATION_ID:
        raise StoreError(
            f"{path} is not a Cuewire store.", hint="Move it away, or choose another --data folder."
        )
    if version > LATEST:
        raise StoreError(
            f"{path} has schema {version}; this program knows schemas up to {LATEST}.",
            hint="Start the newer Cuewire that wrote it, or restore the data folder from before the upgrade.",
        )


def refuse_older(path: Path) -> None:
    """Refuse to read a store that this program has not brought up to date yet."""
    refuse_foreign(path)
    db = open_reader(path)
    try:
        with translated("read"):
            version = version_of(db)
    finally:
        db.close()
    if version < LATEST:
        raise StoreError(
            f"{path} has schema {version}; this program reads schema {LATEST}.",
            hint="Start the server of this version on it once: it brings the store up to date.",
        )


def version_of(db: sqlite3.Connection) -> int:
    """Give the number of the last step that was made."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Make the steps that are missing; a kill between or inside them leaves whole steps only."""
    with translated("read"):
        version = version_of(db)
    for step in migrations:
        if step.number > version:
            apply(db, step)


def apply(db: sqlite3.Connection, step: Migration) -> None:
    """Make one step, all of it or none."""
    script = f"BEGIN IMMEDIATE;\n{step.sql}\nPRAGMA user_version = {step.number};\nCOMMIT;"
    try:
        db.executescript(script)
    except sqlite3.Error as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise store_error(error, f"brought to schema {step.number} ({step.name})") from error
