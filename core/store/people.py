"""Who is in a segment, whose measures are behind, and how a person's identifiers came together."""

from __future__ import annotations

import sqlite3

from core.ports import Filter, LinkRow, MemberRow, Page, StateRow
from core.store.paging import Where, cut, read_cursor, read_text_cursor
from core.store.profiles import SQL, family
from core.store.rows import id_list, link_row

LINK_ORDER = "ORDER BY seq DESC LIMIT :limit"
MEMBER_ORDER = "ORDER BY since DESC, profile_id DESC LIMIT :limit"


def list_links(db: sqlite3.Connection, narrow: Filter) -> Page:
    """Give a page of the identity log, in the order in which it was written."""
    where = Where()
    where.add(
        "profile_id IN (SELECT value FROM json_each(:profiles))",
        profiles=id_list(family(db, narrow.profile)),
    )
    if narrow.status:
        where.add("kind = :kind", kind=narrow.status)
    if narrow.since is not None:
        where.add("at >= :since", since=narrow.since)
    if narrow.cursor:
        (number,) = read_cursor(narrow.cursor, 1)
        where.add("seq < :number", number=number)
    where.values["limit"] = narrow.limit + 1
    found: list[tuple[tuple[int], LinkRow]] = [
        ((columns[-1],), link_row(columns[:-1]))
        for columns in db.execute(where.query(SQL["log of"], LINK_ORDER), where.values)
    ]
    return cut(found, narrow.limit)


def list_members(db: sqlite3.Connection, segment: str, narrow: Filter) -> Page:
    """Give a page of the people in a segment, the last to enter first."""
    where = Where()
    where.add("segment = :segment", segment=segment)
    if narrow.since is not None:
        where.add("since >= :from", **{"from": narrow.since})
    if narrow.cursor:
        since, profile_id = read_text_cursor(narrow.cursor)
        where.add("(since, profile_id) < (:since, :last)", since=since, last=profile_id)
    where.values["limit"] = narrow.limit + 1
    query = where.query(SQL["members"], MEMBER_ORDER)
    rows = [MemberRow(*columns) for columns in db.execute(query, where.values)]
    return cut([((row.since, row.profile_id), row) for row in rows], narrow.limit)


def unfilled(db: sqlite3.Connection, measures: str, *, after: tuple[str, int], limit: int) -> list[StateRow]:
    """Give profiles whose measures differ from these, in the order of the index, from a place on."""
    rows: list[tuple[str, int, str, bytes]] = []
    for query in ("unfilled below", "unfilled above"):
        rows += db.execute(SQL[query], (measures, *after, limit - len(rows)))
    return [StateRow(one, state, (stamp, rowid)) for stamp, rowid, one, state in rows]


def timed(db: sqlite3.Connection, place: tuple[str, int], limit: int) -> list[StateRow]:
    """Give profiles with a timer, the next due first, from the place of one of them on."""
    profile_id, due = place
    rows = db.execute(SQL["timed"], (due, profile_id, limit))
    return [StateRow(one, state, (one, next_due)) for one, state, next_due in rows]
