"""A person's stored events, found by walking back from the last one."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from core.ports import EventRow
from core.store import profiles
from core.store.queries import load
from core.store.rows import event_row, id_list, to_json

SQL = load("events")
BY_INDEX = " ".join((SQL["names of profiles"], SQL["of profiles"]))

#: An event's arrival number, its name, its profile, and the number of the one before it.
Step = tuple[int, str, str, int | None]


def past(
    db: sqlite3.Connection, profile_id: str, names: Collection[str] | None, *, limit: int
) -> list[EventRow]:
    """Give a person's applied events of these names in order, of more than ``limit`` the last to arrive."""
    found = sorted(seq for seq, name, _, _ in steps(db, profile_id) if names is None or name in names)
    rows = (event_row(row) for row in db.execute(SQL["whole rows"], (to_json(found[-limit:]),)))
    return [row for row in rows if row.status == "applied"]


def steps(db: sqlite3.Connection, profile_id: str) -> Iterable[Step]:
    """Walk along a person's events, or look them up by the index where the way is not known."""
    heads = dict(db.execute(profiles.SQL["heads"], (profiles.canonical(db, profile_id),)))
    if heads and None not in heads.values():
        found: list[Step] = db.execute(SQL["chain"], (to_json(list(heads.values())),)).fetchall()
        if all(step[3] is not None for step in found):
            # What was split off a person has another id, though it stands on the same way.
            return (step for step in found if step[2] in heads)
    ids = profiles.family(db, profile_id)
    return db.execute(BY_INDEX, {"profiles": id_list(ids)})
