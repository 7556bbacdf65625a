"""The store read as a journal: who has which events, in order of arrival, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from msgspec import structs

from core.engine.event import Identifier
from core.ports import DecisionRow, EventRow
from core.store import compact, decisions, events, profiles
from core.store.apart import Pin, read_apart
from core.store.database import open_reader, translated
from core.store.queries import load
from core.store.rows import decision_row, event_row, id_list, to_json

SQL = load("journal")

#: Rows that one question gives, so that no reader holds an old view of the store for long.
SLICE = 500

SEQS_OF = " ".join(("SELECT seq FROM events WHERE", events.SQL["of profiles"], "ORDER BY seq"))
COMPACT_BY_KEYS = " ".join((decisions.SQL["compact rows"], "NOT INDEXED WHERE", decisions.SQL["by keys"]))


class Kept(NamedTuple):
    """A profile as stored, and from when on its timers are looked at."""

    id: str
    state: bytes
    next_due: int | None


class Journal:
    """Questions of one thread over a connection of its own; it never waits for the writer."""

    def __init__(self, path: Path) -> None:
        self._db = open_reader(path)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all questions asked inside see the same commit."""
        with translated("read"):
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")

    def named(self, prefix: str) -> dict[str, tuple[str, int]]:
        """Give the named values whose names begin so, by the rest of the name, each with its time."""
        with translated("read"):
            rows = self._db.execute(SQL["named values"], (prefix,)).fetchall()
        return {name: (value, at) for name, value, at in rows}

    def places(self) -> Iterator[tuple[str, int]]:
        """Give every event that took effect: whose it is now, and its arrival number; in no order."""
        with translated("read"):
            yield from self._db.execute(SQL["places"])

    def seen_together(self) -> list[tuple[str, str]]:
        """Give the pairs of people who had an event together and stayed two."""
        with translated("read"):
            return self._db.execute(SQL["seen together"]).fetchall()

    def seqs_of(self, profile_ids: Iterable[str]) -> list[int]:
        """Give the arrival numbers of the events of some people, by all ids they ever had."""
        with translated("read"):
            ids = [one for standing in profile_ids for one in profiles.family(self._db, standing)]
            return [row[0] for row in self._db.execute(SEQS_OF, {"profiles": id_list(ids)})]

    def events(self, seqs: Sequence[int]) -> Iterator[EventRow]:
        """Give these events in order of arrival, each under the id that its person has now."""
        for start in range(0, len(seqs), SLICE):
            with translated("read"):
                chosen = (to_json(seqs[start : start + SLICE]),)
                rows = [event_row(row) for row in self._db.execute(events.SQL["whole rows"], chosen)]
                standing = {one: profiles.canonical(self._db, one) for one in {r.profile_id for r in rows}}
            for row in sorted(rows, key=lambda row: row.seq):
                yield structs.replace(row, profile_id=standing[row.profile_id])

    def last_arrival(self, before: int) -> int:
        """Tell when anybody's live event last arrived before a moment; 0 when none did."""
        with translated("read"):
            found = self._db.execute(SQL["last arrival"], (before,)).fetchone()
        return found[0] if found else 0

    def decisions(self, ids: Iterable[str]) -> dict[str, DecisionRow]:
        """Give those of these decisions that are stored, but for the ``not_met`` ones."""
        with translated("read"):
            rows = self._db.execute(SQL["decisions by id"], (id_list(ids),)).fetchall()
        return {row[1]: decision_row(row[1:]) for row in rows}

    def refusals(self, ids: Iterable[str]) -> dict[str, list[DecisionRow]]:
        """Give what is stored of these ``not_met`` decisions: an anchor may have been looked at several times."""
        found: dict[str, list[DecisionRow]] = {one: [] for one in ids}
        sums = to_json([compact.checksum(one) for one in found])
        with translated("read"):
            rows = self._db.execute(COMPACT_BY_KEYS, {"checksums": sums}).fetchall() if found else []
        for decision in (one for row in rows for one in compact.expand(row[1:])):
            if decision.id in found:
                found[decision.id].append(decision)
        return {one: told for one, told in found.items() if told}

    def delivery_ids(self, ids: Iterable[str]) -> set[str]:
        """Give those of these deliveries that are stored."""
        with translated("read"):
            return {row[0] for row in self._db.execute(SQL["delivery ids"], (id_list(ids),))}

    def states(self, ids: Iterable[str]) -> dict[str, Kept]:
        """Give the profiles of these ids."""
        with translated("read"):
            return {row[0]: Kept(*row) for row in self._db.execute(SQL["states"], (id_list(ids),))}

    def is_taken(self, profile_id: str) -> bool:
        """Tell whether an id stands for somebody, or once did."""
        with translated("read"):
            standing = profiles.canonical(self._db, profile_id)
        return standing != profile_id or bool(self.states([profile_id]))

    def owner(self, identifier: Identifier) -> str | None:
        """Tell whose an identifier is."""
        with translated("read"):
            found = self._db.execute(profiles.SQL["owner"], tuple(identifier)).fetchone()
        return found[0] if found else None

    def profiles(self) -> Iterator[Kept]:
        """Give every profile."""
        last = 0
        while True:
            with translated("read"):
                rows = self._db.execute(SQL["profiles after"], (last, SLICE)).fetchall()
            yield from (Kept(*row[1:]) for row in rows)
            if len(rows) < SLICE:
                return
            last = rows[-1][0]

    def apart(self) -> list[Pin]:
        """Give the identifiers that were split by hand."""
        return read_apart(self._db)

    def close(self) -> None:
        """Close the connection."""
        self._db.close()
