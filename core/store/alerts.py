"""Alerts, and what they are judged by."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from core.ports import AlertRow, ArrivalRow, DayRow
from core.ports.alert import WAITING, Telling
from core.store.queries import load

SQL = load("alerts")

HOUR = 3_600_000

#: Arrivals are of use to the judge for so long, in hours: the week before a silence of at most another one.
ARRIVALS_KEPT = 15 * 24

OPEN = " ".join((SQL["rows"], "INDEXED BY alerts_open WHERE cleared_at IS NULL ORDER BY seq"))
UNTOLD = " ".join((SQL["rows"], "INDEXED BY alerts_waiting WHERE waiting = 1 ORDER BY seq"))
ONE = " ".join((SQL["rows"], "WHERE id = ?"))
LISTS = {
    "": " ".join((SQL["rows"], "ORDER BY cleared_at IS NOT NULL, seq DESC LIMIT ?")),
    "open": " ".join((SQL["rows"], "WHERE cleared_at IS NULL ORDER BY seq DESC LIMIT ?")),
    "cleared": " ".join((SQL["rows"], "WHERE cleared_at IS NOT NULL ORDER BY seq DESC LIMIT ?")),
}

_tellings = msgspec.json.Decoder(list[Telling])


class Alerts:
    """Keep alerts, inside a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def open(self) -> list[AlertRow]:
        """Give the alerts that are open, the oldest first."""
        return [_row(row) for row in self._db.execute(OPEN)]

    def get(self, alert_id: str) -> AlertRow | None:
        """Give an alert."""
        found = self._db.execute(ONE, (alert_id,)).fetchone()
        return _row(found) if found else None

    def add(self, row: AlertRow) -> None:
        """Store a new alert."""
        told = (row.opened_at, row.cleared_at, *_told(row))
        self._db.execute(SQL["add"], (row.id, row.kind, row.what, row.name, row.reason, row.hint, *told))

    def save(self, row: AlertRow) -> None:
        """Write back when an alert was cleared and how its tellings stand."""
        self._db.execute(SQL["save"], (row.cleared_at, *_told(row), row.id))

    def forget(self, before: int) -> None:
        """Forget alerts that were cleared before then, and arrivals that are too old to tell anything."""
        self._db.execute(SQL["forget"], (before,))
        self._db.execute(SQL["forget arrivals"], (ARRIVALS_KEPT,))


def list_alerts(db: sqlite3.Connection, status: str, limit: int) -> list[AlertRow]:
    """List alerts: the open ones first, then the last to open first."""
    return [_row(row) for row in db.execute(LISTS[status], (limit,))]


def untold(db: sqlite3.Connection) -> list[AlertRow]:
    """Give the alerts of which somebody is still to be told, in the order in which they opened."""
    return [_row(row) for row in db.execute(UNTOLD)]


def open_alerts(db: sqlite3.Connection) -> dict[str, int]:
    """Count the open alerts by kind."""
    return dict(db.execute(SQL["count open"]).fetchall())


def arrivals(db: sqlite3.Connection) -> list[ArrivalRow]:
    """Give what sources brought lately, in order."""
    return [ArrivalRow(*row) for row in db.execute(SQL["arrivals"])]


def firings(db: sqlite3.Connection, since: int) -> list[DayRow]:
    """Count the firings of each trigger by day, from a day on, and tell when it last fired, in order."""
    return [DayRow(*row) for row in db.execute(SQL["firings"], (since,))]


def _row(columns: Sequence[Any]) -> AlertRow:
    row = AlertRow(*columns)
    row.tellings = _tellings.decode(columns[-1])
    return row


def _told(row: AlertRow) -> tuple[str, int]:
    waits = any(one.status == WAITING for one in row.tellings)
    return msgspec.json.encode(row.tellings).decode(), int(waits)
