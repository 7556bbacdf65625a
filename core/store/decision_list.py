"""The list of decisions: whole rows and expanded ``not_met`` ones, merged newest first."""

from __future__ import annotations

import sqlite3

from core.engine.decision import NOT_MET
from core.ports import DecisionRow, Filter, Page
from core.store import compact
from core.store.decisions import SQL
from core.store.paging import Where, cut, read_cursor
from core.store.profiles import family
from core.store.rows import decision_row, id_list, to_json

#: A decision's place: its ``at``, its kind, its row's number, and minus its index within the row.
Key = tuple[int, int, int, int]
WHOLE, COMPACT = 1, 0
NEWEST_FIRST = "ORDER BY at DESC, seq DESC LIMIT :limit"


def list_decisions(db: sqlite3.Connection, narrow: Filter) -> Page:
    """Give a page of decisions in the order of their ``at``."""
    after = read_key(narrow.cursor) if narrow.cursor else None
    ids = family(db, narrow.profile) if narrow.profile else []
    found: list[tuple[Key, DecisionRow]] = []
    if narrow.status != NOT_MET:
        found += _whole(db, narrow, ids, after)
    if narrow.status in ("", NOT_MET):
        found += _compact(db, narrow, ids, after)
    found.sort(key=lambda item: item[0], reverse=True)
    return cut(found, narrow.limit)


def read_key(cursor: str) -> Key:
    """Read a cursor of this list."""
    at, kind, seq, index = read_cursor(cursor, 4)
    return at, kind, seq, index


def _whole(
    db: sqlite3.Connection, narrow: Filter, ids: list[str], after: Key | None
) -> list[tuple[Key, DecisionRow]]:
    where = Where()
    if ids:
        where.add("profile_id IN (SELECT value FROM json_each(:profiles))", profiles=id_list(ids))
    if narrow.trigger:
        where.add("trigger = :trigger", trigger=narrow.trigger)
    if narrow.status:
        where.add("outcome = :status", status=narrow.status)
    _in_time(where, narrow)
    if after is not None:
        # At one moment the whole ones come first: a cursor inside the compact ones is past all of them.
        number = after[2] if after[1] == WHOLE else 0
        where.add("(at, seq) < (:at, :number)", at=after[0], number=number)
    query = where.query(" ".join((SQL["rows"], _index(narrow))), NEWEST_FIRST)
    rows = db.execute(query, where.values)
    return [((row[5], WHOLE, row[0], 0), decision_row(row[1:])) for row in rows]


def _index(narrow: Filter) -> str:
    if narrow.profile:
        return "INDEXED BY decisions_by_profile"
    if narrow.trigger:
        return "INDEXED BY decisions_by_trigger"
    return "INDEXED BY decisions_by_outcome" if narrow.status else "INDEXED BY decisions_by_time"


def _compact(
    db: sqlite3.Connection, narrow: Filter, ids: list[str], after: Key | None
) -> list[tuple[Key, DecisionRow]]:
    where = Where()
    if ids:
        where.add(SQL["by keys"], checksums=to_json([compact.checksum(one) for one in ids]))
        where.add("profile_id IN (SELECT value FROM json_each(:profiles))", profiles=id_list(ids))
    if narrow.trigger:
        where.add("instr(triggers, :mark) > 0", mark=compact.mark(narrow.trigger))
    _in_time(where, narrow)
    if after is not None:
        # A page may have ended inside a row: that row is read again, and what was shown is left out below.
        number = after[2] if after[1] == COMPACT else 2**63 - 1
        where.add("(at, seq) <= (:at, :number)", at=after[0], number=number)
    query = where.query(
        " ".join((SQL["compact rows"], "NOT INDEXED" if ids else "INDEXED BY not_met_by_time")), NEWEST_FIRST
    )
    found = [item for row in db.execute(query, where.values) for item in _expand(row, narrow.trigger)]
    return found if after is None else [item for item in found if item[0] < after]


def _expand(row: tuple[int, int, str, str, str], trigger: str) -> list[tuple[Key, DecisionRow]]:
    seq, at = row[:2]
    return [
        ((at, COMPACT, seq, -index), decision)
        for index, decision in enumerate(compact.expand(row[1:]))
        if not trigger or decision.trigger == trigger
    ]


def _in_time(where: Where, narrow: Filter) -> None:
    if narrow.since is not None:
        where.add("at >= :since", since=narrow.since)
    where.values["limit"] = narrow.limit + 2
