"""The consent ledger: appended to inside a transaction, read from the last commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from core.ports import ConsentRow, Filter, Page
from core.store.paging import Where, cut, read_cursor
from core.store.profiles import family
from core.store.queries import load
from core.store.rows import id_list, to_json

SQL = load("consents")
ORDER = "ORDER BY seq DESC LIMIT :limit"

_evidence = msgspec.json.Decoder(dict[str, str])


class Consents:
    """Append to the ledger; nothing here changes what stands in it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, rows: Sequence[ConsentRow]) -> None:
        """Append to the ledger."""
        self._db.executemany(SQL["add"], [_columns(row) for row in rows])

    def holders(self, namespace: str, value: str) -> list[str]:
        """Give everyone who has an identifier, also those who came with it while it stayed another's."""
        return sorted(row[0] for row in self._db.execute(SQL["holders"], (namespace, value)))


def _columns(row: ConsentRow) -> tuple[object, ...]:
    return (
        row.profile_id,
        row.purpose,
        row.channel,
        row.granted,
        row.at,
        row.received_at,
        row.source,
        row.event_id,
        to_json(row.evidence),
        row.stands,
    )


def list_consents(db: sqlite3.Connection, narrow: Filter) -> Page:
    """Give a page of a person's ledger, in the order in which it was written."""
    where = Where()
    ids = id_list(family(db, narrow.profile))
    where.add("profile_id IN (SELECT value FROM json_each(:profiles))", profiles=ids)
    if narrow.since is not None:
        where.add("at >= :since", since=narrow.since)
    if narrow.cursor:
        (number,) = read_cursor(narrow.cursor, 1)
        where.add("seq < :number", number=number)
    where.values["limit"] = narrow.limit + 1
    rows = [
        (columns[0], _row(columns)) for columns in db.execute(where.query(SQL["rows"], ORDER), where.values)
    ]
    return cut([((seq,), row) for seq, row in rows], narrow.limit)


def _row(columns: Sequence[object]) -> ConsentRow:
    values = list(columns[1:])
    values[3], values[9] = bool(values[3]), bool(values[9])
    values[8] = _evidence.decode(str(values[8]))
    return msgspec.convert(dict(zip(ConsentRow.__struct_fields__, values, strict=True)), ConsentRow)
