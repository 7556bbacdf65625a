"""Conversions: written inside a transaction, listed and added up from the last commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from core.ports import ConversionNumbers, ConversionRow, Filter, Page, StepNumbers
from core.store.paging import Where, cut, read_cursor
from core.store.profiles import family
from core.store.queries import load
from core.store.rows import id_list

SQL = load("conversions")
OF_DECISIONS = " ".join((SQL["rows"], "WHERE", SQL["of decisions"]))
ORDER = "ORDER BY at DESC, seq DESC LIMIT :limit"


class Conversions:
    """Write conversions; the first one of an id stays."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, rows: Sequence[ConversionRow]) -> None:
        """Store conversions."""
        self._db.executemany(SQL["add"], [_columns(row) for row in rows])


def _columns(row: ConversionRow) -> tuple[object, ...]:
    return (
        row.id,
        row.decision_id,
        row.trigger,
        row.event_id,
        row.profile_id,
        row.at,
        row.decided_at,
        row.value,
    )


def list_conversions(db: sqlite3.Connection, narrow: Filter) -> Page:
    """Give a page of conversions in the order of their events' times."""
    where = Where()
    if narrow.profile:
        ids = id_list(family(db, narrow.profile))
        where.add("profile_id IN (SELECT value FROM json_each(:profiles))", profiles=ids)
    if narrow.trigger:
        where.add("trigger = :trigger", trigger=narrow.trigger)
    if narrow.since is not None:
        where.add("at >= :since", since=narrow.since)
    if narrow.cursor:
        at, number = read_cursor(narrow.cursor, 2)
        where.add("(at, seq) < (:at, :number)", at=at, number=number)
    where.values["limit"] = narrow.limit + 1
    query = where.query(" ".join((SQL["rows"], _index(narrow))), ORDER)
    rows = [(columns[0], ConversionRow(*columns[1:])) for columns in db.execute(query, where.values)]
    return cut([((row.at, seq), row) for seq, row in rows], narrow.limit)


def _index(narrow: Filter) -> str:
    if narrow.profile:
        return "INDEXED BY conversions_by_profile"
    return f"INDEXED BY conversions_by_{'trigger' if narrow.trigger else 'time'}"


def conversions_of(db: sqlite3.Connection, decision_ids: Sequence[str]) -> list[ConversionRow]:
    """Give the conversions of some decisions, the earliest first."""
    found = db.execute(OF_DECISIONS, {"decisions": id_list(decision_ids)})
    return [ConversionRow(*columns[1:]) for columns in found]


def numbers(db: sqlite3.Connection, since: int) -> list[ConversionNumbers]:
    """Add up by trigger what the decisions from a time on came to."""
    return [ConversionNumbers(*columns) for columns in db.execute(SQL["numbers"], (since,))]


def step_numbers(db: sqlite3.Connection, trigger: str, since: int) -> list[StepNumbers]:
    """Count what arrived of a trigger's steps, and what of it belongs to a decision that converted."""
    return [StepNumbers(*columns) for columns in db.execute(SQL["steps"], (trigger, since))]
