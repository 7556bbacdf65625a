"""The reader's connections: one for each thread, read-only, gone with it."""

from __future__ import annotations

import gc
import sqlite3
import threading

import pytest
from stores.rows import add_events, event

from core.errors import StoreError
from core.ports import Filter
from core.store.connections import Connections
from core.store.database import FILE
from core.store.embedded import EmbeddedStore


@pytest.fixture
def connections(store: EmbeddedStore) -> Connections:
    """Give connections to the test's store."""
    return Connections(store.path)


def test_a_reader_cannot_write(store: EmbeddedStore, connections: Connections) -> None:
    """Not even by mistake."""
    with pytest.raises(StoreError, match="readonly"), connections.snapshot() as db:
        db.execute("DELETE FROM events")
    connections.close()


def test_one_question_sees_one_state(store: EmbeddedStore, connections: Connections) -> None:
    """What is committed in between shows in the next question."""
    with connections.snapshot() as db:
        before = db.execute("SELECT count(*) FROM events").fetchone()
        add_events(store, event(1))
        assert db.execute("SELECT count(*) FROM events").fetchone() == before
    with connections.snapshot() as db:
        assert db.execute("SELECT count(*) FROM events").fetchone() != before
    connections.close()


def test_a_thread_that_ends_takes_its_connection_with_it(connections: Connections) -> None:
    """A server that makes a thread for each request keeps none of them open."""
    seen: list[sqlite3.Connection] = []

    def ask() -> None:
        with connections.snapshot() as db:
            seen.append(db)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    del thread, threads
    gc.collect()
    assert len(set(map(id, seen))) == 5
    for db in seen:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            db.execute("SELECT 1")


def test_readers_ask_while_the_writer_writes(store: EmbeddedStore) -> None:
    """From many threads at once, each answer whole: counts and rows of one state agree."""
    failures: list[str] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            rows = store.read.events(Filter(limit=500)).rows
            if [row.seq for row in rows] != list(range(len(rows), 0, -1)):
                failures.append("rows are missing")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(1, 200):
        add_events(store, event(n))
    stop.set()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_the_store_is_one_file_in_its_folder(store: EmbeddedStore) -> None:
    """After a clean stop the log is folded into it."""
    add_events(store, event(1))
    store.read.counts()
    store.close()
    assert sorted(path.name for path in store.path.parent.iterdir()) == [FILE, "lock"]
