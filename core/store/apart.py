"""The sides of people who were split by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from core.engine.event import Identifier
from core.store.database import translated
from core.store.queries import load

SQL = load("apart")

#: An identifier that left or stayed in a split: the split's number, the side, and the identifier.
Pin = tuple[int, int, Identifier]


def read_apart(db: sqlite3.Connection) -> list[Pin]:
    """Give what was split by hand."""
    with translated("read"):
        rows = db.execute(SQL["all"]).fetchall()
    return [(split, side, Identifier(namespace, value)) for split, side, namespace, value in rows]


def set_apart(db: sqlite3.Connection, split: int, sides: Sequence[Iterable[Identifier]]) -> None:
    """Remember the sides of a split."""
    rows = [(split, number, *identifier) for number, side in enumerate(sides) for identifier in side]
    db.executemany(SQL["add"], rows)


def forget_apart(db: sqlite3.Connection, identifiers: Iterable[Identifier]) -> None:
    """Forget on which sides some identifiers stood."""
    db.executemany(SQL["forget"], [tuple(one) for one in identifiers])
