"""The lists of events and deliveries, newest first."""

from __future__ import annotations

import sqlite3

from core.ports import Aside, DeliveryRow, EventRow, Filter, Page
from core.store import deliveries, events
from core.store.compact import mark
from core.store.paging import LARGEST, Where, cut, read_cursor
from core.store.profiles import family
from core.store.rows import delivery_row, event_row, id_list

EVENT_ORDER = "ORDER BY received_at DESC, seq DESC LIMIT :limit"
DELIVERY_ORDER = "ORDER BY created_at DESC, position DESC LIMIT :limit"


def list_events(db: sqlite3.Connection, narrow: Filter) -> Page:
    """Give a page of events in the order in which they arrived."""
    where = Where()
    if narrow.profile:
        where.add(events.SQL["of profiles"], profiles=id_list(family(db, narrow.profile)))
    if narrow.status:
        where.add("status = :status", status=narrow.status)
    if narrow.trigger:
        where.add(events.SQL["of trigger"], trigger=narrow.trigger, mark=mark(narrow.trigger))
    _in_time(where, narrow, "received_at", "seq")
    query = where.query(" ".join((events.SQL["rows"], _event_index(where, narrow))), EVENT_ORDER)
    rows = [event_row(columns) for columns in db.execute(query, where.values)]
    return cut([(_event_key(row), row) for row in rows], narrow.limit)


def list_aside(db: sqlite3.Connection, wanted: Aside) -> Page:
    """Give a page of events without effect, the first to arrive first."""
    at, number = read_cursor(wanted.cursor, 2) if wanted.cursor else (-1, -1)
    if not wanted.cursor and wanted.since is not None:
        at, number = wanted.since - 1, LARGEST
    values = {
        "status": wanted.status,
        "source": wanted.source,
        "ids": id_list(wanted.ids),
        "at": at,
        "number": number,
        "limit": wanted.limit + 1,
    }
    rows = [event_row(columns) for columns in db.execute(events.SQL["aside"], values)]
    return cut([(_event_key(row), row) for row in rows], wanted.limit)


def _event_index(where: Where, narrow: Filter) -> str:
    """Choose by what is asked for: without statistics SQLite would walk through time for one person's few."""
    if narrow.profile:
        return "NOT INDEXED"
    if narrow.status and narrow.status != "applied":
        where.add("status <> 'applied'")
        return "INDEXED BY events_by_status"
    return "INDEXED BY events_by_time"


def _event_key(row: EventRow) -> tuple[int, int]:
    return row.received_at, row.seq


def list_deliveries(db: sqlite3.Connection, narrow: Filter) -> Page:
    """Give a page of deliveries in the order in which they were made."""
    where = Where()
    if narrow.profile:
        term = "profile_id IN (SELECT value FROM json_each(:profiles))"
        where.add(term, profiles=id_list(family(db, narrow.profile)))
    if narrow.status:
        where.add("status = :status", status=narrow.status)
    if narrow.trigger:
        where.add("trigger = :trigger", trigger=narrow.trigger)
    if narrow.destination:
        where.add("destination = :destination", destination=narrow.destination)
    _in_time(where, narrow, "created_at", "position")
    query = where.query(" ".join((deliveries.SQL["rows"], _delivery_index(where, narrow))), DELIVERY_ORDER)
    rows = [delivery_row(columns) for columns in db.execute(query, where.values)]
    return cut([(_delivery_key(row), row) for row in rows], narrow.limit)


def _delivery_index(where: Where, narrow: Filter) -> str:
    if narrow.profile:
        return "INDEXED BY deliveries_by_profile"
    if narrow.status and narrow.status != "delivered":
        where.add("status <> 'delivered'")
        return "INDEXED BY deliveries_by_status"
    return "INDEXED BY deliveries_by_trigger" if narrow.trigger else "INDEXED BY deliveries_by_time"


def _delivery_key(row: DeliveryRow) -> tuple[int, int]:
    return row.created_at, row.position


def _in_time(where: Where, narrow: Filter, time: str, tie: str) -> None:
    if narrow.since is not None:
        where.add(f"{time} >= :since", since=narrow.since)
    if narrow.cursor:
        at, number = read_cursor(narrow.cursor, 2)
        where.add(f"({time}, {tie}) < (:at, :number)", at=at, number=number)
    where.values["limit"] = narrow.limit + 1
