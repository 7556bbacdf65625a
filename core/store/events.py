"""Events inside a transaction, and the ids by which a repeat is recognised."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from core.ports import EventRow
from core.store.keys import Keys
from core.store.past import past
from core.store.queries import load
from core.store.rows import event_columns
from core.store.tally import Tally

SQL = load("events")

#: Under this key is the last arrival number handed out: not each of them becomes an event's.
LAST = "events.last"

#: What had no effect is not remembered: the sender may correct an item and send it again under its id.
WITHOUT_EFFECT = frozenset({"duplicate", "set_aside", "echo", "ignored"})

#: What a change of the mappings may give an effect.
MENDABLE = frozenset({"set_aside", "ignored"})


class Events:
    """Write events, in the order of their arrival numbers."""

    def __init__(self, db: sqlite3.Connection, tally: Tally) -> None:
        self._db = db
        self._tally = tally
        self._keys = Keys(db)
        self._last: int = max(db.execute(SQL["last"]).fetchone()[0], int(self._keys.get(LAST) or 0))
        self._sealed = self._last

    def next_seq(self) -> int:
        """Give the next arrival number; those of failed jobs stay unused."""
        self._last += 1
        return self._last

    def seal(self) -> None:
        """Make sure, before a commit, that no number it handed out is ever given again."""
        if self._last > self._sealed:
            self._keys.put(LAST, str(self._last), 0)
            self._sealed = self._last

    def known(self, source: str, ids: Sequence[str], since: int) -> set[str]:
        """Tell which of these ids took effect at ``since`` or later."""
        ask, query = self._db.execute, SQL["known"]
        return {one for one in ids if ask(query, (source, one, since)).fetchone()}

    def add(self, rows: Sequence[EventRow]) -> None:
        """Store events, in the order of their arrival numbers, and remember those that took effect."""
        last: dict[str, int] = {}
        columns = []
        for row in rows:
            columns.append((*event_columns(row), last.get(row.profile_id)))
            if row.profile_id:
                last[row.profile_id] = row.seq
        self._db.executemany(SQL["add"], columns)
        for row in rows:
            self._tally.add("events." + row.status)
            if not row.quiet:
                self._tally.add_arrival(row.source, row.received_at)
        effective = [(r.source, r.id, r.received_at) for r in rows if r.status not in WITHOUT_EFFECT]
        if effective:
            self._db.executemany(SQL["see"], effective)

    def count_late(self, number: int) -> None:
        """Count events that came later than their source's lateness."""
        self._tally.add("late", number)

    def is_aside(self, seq: int) -> bool:
        """Tell whether an event has had no effect so far, and may still have one."""
        found = self._db.execute(SQL["status of"], (seq,)).fetchone()
        return found is not None and found[0] in MENDABLE

    def mend(self, seq: int, status: str, reason: str) -> None:
        """Write down what became of such an event; one that took effect has a row of its own, and this one goes."""
        (before,) = self._db.execute(SQL["status of"], (seq,)).fetchone()
        if status in WITHOUT_EFFECT:
            self._db.execute(SQL["mend"], (status, reason, seq))
            self._tally.add(f"events.{status}")
        else:
            self._db.execute(SQL["drop"], (seq,))
        self._tally.add(f"events.{before}", -1)

    def past(self, profile_id: str, names: Collection[str] | None, limit: int) -> list[EventRow]:
        """Give the person's applied events of these names in order, of more than ``limit`` the last to arrive."""
        return past(self._db, profile_id, names, limit=limit)

    def forget(self, after: int, before: int, limit: int) -> tuple[int, int]:
        """Forget ids seen earlier than ``before``, walking on from event ``after``.

        Gives how many events were passed and the last one's number.
        """
        passed = []
        for row in self._db.execute(SQL["after"], (after, limit)):
            if row[3] >= before:
                break
            passed.append(row)
        self._db.executemany(SQL["forget"], [(source, id_, before) for _, source, id_, _ in passed])
        return len(passed), passed[-1][0] if passed else after
