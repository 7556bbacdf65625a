"""The schema's steps: whole or not at all, whatever happens, and never a step back."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from stores.rows import START, ManualClock, add_events, event, ids

from core.errors import StoreError
from core.ports import Filter
from core.store.database import FILE, open_writer
from core.store.embedded import EmbeddedStore, open_store
from core.store.migrations import LATEST, MIGRATIONS, Migration, migrate, version_of

VERSION_1 = Path(__file__).parents[2] / "fixtures" / "store" / "version1.sql"

SECOND = Migration(
    LATEST + 1,
    "later",
    "ALTER TABLE events ADD COLUMN later TEXT NOT NULL DEFAULT 'x';\n"
    "CREATE TABLE later (a TEXT);\nINSERT INTO later SELECT id FROM events;",
)


def schema(path: Path) -> list[tuple[str, str]]:
    """Give the definitions in a file."""
    with closing(sqlite3.connect(path)) as db:
        return sorted(db.execute("SELECT name, ifnull(sql, '') FROM sqlite_schema").fetchall())


def killed_at(path: Path, statement: int, steps: tuple[Migration, ...]) -> bool:
    """Migrate in a process of its own that is killed when it begins its nth statement; tell whether it was."""
    child = os.fork()
    if child == 0:
        try:
            db = open_writer(path)
            left = iter(range(statement))
            db.set_trace_callback(lambda _: next(left, None) is None and os.kill(os.getpid(), signal.SIGKILL))
            migrate(db, steps)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_kill_at_any_statement_leaves_whole_steps_only(tmp_path: Path, clock: ManualClock) -> None:
    """A new file is opened afterwards as if nothing had happened."""
    whole = tmp_path / "whole"
    open_store(whole, clock=clock).close()
    statement = 0
    while True:
        folder = tmp_path / str(statement)
        folder.mkdir()
        killed = killed_at(folder / FILE, statement, MIGRATIONS)
        if not killed:
            break
        open_store(folder, clock=clock).close()
        assert schema(folder / FILE) == schema(whole / FILE)
        statement += 1
    assert statement > 30, "the kills must have come between the statements of the step"


def test_a_kill_inside_a_later_step_keeps_the_rows(tmp_path: Path, clock: ManualClock) -> None:
    """The step is undone; the next start makes it."""
    store = open_store(tmp_path, clock=clock)
    add_events(store, event(1), event(2))
    store.close()
    statement = 0
    while killed_at(tmp_path / FILE, statement, (*MIGRATIONS, SECOND)):
        with closing(open_writer(tmp_path / FILE)) as db:
            assert version_of(db) == LATEST
            assert db.execute("SELECT count(*) FROM events").fetchone()[0] == 2
        statement += 1
    with closing(open_writer(tmp_path / FILE)) as db:
        assert version_of(db) == SECOND.number
        assert db.execute("SELECT a FROM later ORDER BY a").fetchall() == [("e1",), ("e2",)]
    assert statement >= 6


def test_a_step_that_fails_is_told_and_undone(tmp_path: Path) -> None:
    """The steps before it stay."""
    broken = Migration(LATEST + 1, "broken", "CREATE TABLE later (a TEXT);\nSELECT * FROM nowhere;")
    with closing(open_writer(tmp_path / FILE)) as db:
        with pytest.raises(StoreError, match=f"schema {broken.number} \\(broken\\)"):
            migrate(db, (*MIGRATIONS, broken))
        assert version_of(db) == LATEST
        assert not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'later'").fetchall()


def test_a_newer_store_is_refused_and_left_untouched(tmp_path: Path, clock: ManualClock) -> None:
    """An older program must not write to it."""
    store = open_store(tmp_path, clock=clock)
    add_events(store, event(1))
    store.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.execute(f"PRAGMA user_version = {LATEST + 1}")
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StoreError, match=f"schema {LATEST + 1}") as refusal:
        open_store(tmp_path, clock=clock)
    assert "newer Cuewire" in refusal.value.hint
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize("kind", ["another program's", "no database"])
def test_a_file_that_is_not_ours_is_refused_and_left_untouched(
    tmp_path: Path, clock: ManualClock, kind: str
) -> None:
    """Whatever it is."""
    if kind == "no database":
        (tmp_path / FILE).write_bytes(b"a letter to the editor " * 100)
    else:
        with closing(sqlite3.connect(tmp_path / FILE)) as db:
            db.execute("CREATE TABLE notes (text TEXT)")
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StoreError):
        open_store(tmp_path, clock=clock)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_store_of_version_1_opens_with_all_it_holds(tmp_path: Path, clock: ManualClock) -> None:
    """The fixture was written by the first release and never changes."""
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.executescript(VERSION_1.read_text(encoding="utf-8"))
    store = open_store(tmp_path, clock=clock)
    assert ids(store.read.events(Filter())) == ["e3", "e2", "e1"]
    assert ids(store.read.decisions(Filter())) == ["d2", "d1"]
    assert ids(store.read.deliveries(Filter())) == ["x1"]
    assert store.read.owner("email", "a@example.com") == "p1"
    assert store.read.profile("p2") == b"state"
    assert store.read.counts()["events.applied"] == 2
    assert store.write(lambda tx: tx.events.known("segment", ["e1"], 0)) == {"e1"}
    store.close()


def test_the_released_step_never_changes(store: EmbeddedStore, tmp_path: Path) -> None:
    """What version 1 stores hold is what the step still makes; a change needs a new step."""
    store.close()
    with closing(sqlite3.connect(tmp_path / "one.db")) as db:
        db.executescript(VERSION_1.read_text(encoding="utf-8"))
    with closing(open_writer(tmp_path / "two.db")) as db:
        migrate(db, MIGRATIONS[:1])
    assert schema(tmp_path / "one.db") == schema(tmp_path / "two.db")


def test_what_a_store_of_version_1_holds_is_counted_and_found(tmp_path: Path, clock: ManualClock) -> None:
    """Its decisions by day and gate, and each person's events."""
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.executescript(VERSION_1.read_text(encoding="utf-8"))
        told = '[{"gate":"consent","passed":false,"expression":"","step":0},{"gate":"limits","passed":false}]'
        db.execute(
            "INSERT INTO decisions VALUES (9, 'd9', 'cart', 'suppressed', ?, ?, 'e1', 'p1', NULL, 'v1', 0)",
            (told, START),
        )
        db.commit()
    store = open_store(tmp_path, clock=clock)
    days = {(row.trigger, row.outcome, row.gate): row.number for row in store.read.days(0)}
    assert days == {
        ("cart", "fired", ""): 1,
        ("cart", "suppressed", "limits"): 1,
        ("cart", "not_met", "anchor"): 1,
    }
    assert store.read.last_fired() == {"cart": START}
    assert [row.seq for row in store.read.past("p1", None, 10)] == [1, 3]
    store.close()
