"""Profiles, the identifiers that lead to them, and the log of how they were joined, inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from core.ports import LinkRow
from core.ports.store import NO_HEADS
from core.store.apart import Pin, read_apart
from core.store.deliveries import hold_lanes
from core.store.deliveries import repoint as repoint_deliveries
from core.store.queries import load
from core.store.rows import link_columns

SQL = load("profiles")


class Profiles:
    """Write profiles and the identity graph.

    Values from outside are asked for one by one: a list in JSON costs as much and would be cut at a NUL.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._apart: list[Pin] | None = None

    def owners(self, identifiers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Tell whose each identifier is; what belongs to nobody is left out."""
        found = {one: self._db.execute(SQL["owner"], one).fetchone() for one in identifiers}
        return {one: row[0] for one, row in found.items() if row}

    def states(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Give the stored bytes of these canonical ids; what is not there is left out."""
        found = {one: self._db.execute(SQL["state"], (one,)).fetchone() for one in ids}
        return {one: row[0] for one, row in found.items() if row}

    def canonical(self, profile_id: str) -> str:
        """Give the id that stands for this one today: itself, unless it was merged away."""
        return canonical(self._db, profile_id)

    def put(self, rows: Sequence[tuple[str, bytes, int | None]], heads: Mapping[str, int] = NO_HEADS) -> None:
        """Store profiles as ``(id, bytes, next due)``, new or changed; ``heads`` gives the last event of some."""
        self._db.executemany(SQL["put"], [(*row, heads.get(row[0])) for row in rows])

    def stamp(self, rows: Sequence[tuple[str, str]]) -> None:
        """Note which measures profiles cover, as ``(measures, id)``."""
        self._db.executemany(SQL["stamp"], rows)

    def enter(self, rows: Sequence[tuple[str, str, int]]) -> None:
        """Put people into segments, as ``(segment, profile id, since)``."""
        self._db.executemany(SQL["enter"], rows)

    def leave(self, rows: Sequence[tuple[str, str]]) -> None:
        """Take people out of segments, as ``(segment, profile id)``."""
        self._db.executemany(SQL["leave"], rows)

    def link(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Make identifiers, as ``(namespace, value, profile id)``, lead to a profile."""
        self._db.executemany(SQL["link"], rows)

    def merge(self, loser: str, winner: str) -> None:
        """Let one profile stand for another: its identifiers, its old names, its open deliveries, not its segments."""
        loser, winner = self.canonical(loser), self.canonical(winner)
        if loser == winner:
            return
        names = {"loser": loser, "winner": winner}
        for step in ("repoint identifiers", "repoint aliases", "alias", "remove", "leave all"):
            self._db.execute(SQL[step], names)
        if repoint_deliveries(self._db, loser, winner):
            hold_lanes(self._db, winner)

    def apart(self) -> Sequence[Pin]:
        """Give the identifiers that were split by hand, as they were when this connection first asked."""
        if self._apart is None:
            self._apart = read_apart(self._db)
        return self._apart

    def log(self, rows: Sequence[LinkRow]) -> None:
        """Write to the identity log."""
        self._db.executemany(SQL["log"], [link_columns(row) for row in rows])

    def due(self, now: int, limit: int) -> list[str]:
        """Name the profiles with a timer due by now, the longest overdue first."""
        return [row[0] for row in self._db.execute(SQL["due"], (now, limit))]

    def first_due(self) -> int | None:
        """Tell when the next timer of any profile is due."""
        found: int | None = self._db.execute(SQL["first due"]).fetchone()[0]
        return found


def canonical(db: sqlite3.Connection, profile_id: str) -> str:
    """Follow an alias; it always points straight at the profile that stands."""
    found = db.execute(SQL["canonical"], (profile_id,)).fetchone()
    return found[0] if found else profile_id


def family(db: sqlite3.Connection, profile_id: str) -> list[str]:
    """Give every id that a profile ever had, from any of them."""
    return [row[0] for row in db.execute(SQL["family"], (canonical(db, profile_id),))]
