"""The one thread that writes: shared commits, failures kept apart, answers only after the commit."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest
from stores.rows import ManualClock, event, ids

from core.errors import Busy, StoreError
from core.ports import Filter, Transaction
from core.store.embedded import EmbeddedStore, open_store


def adding(seq: int) -> Callable[[Transaction], None]:
    """Make a job that adds one event."""
    return lambda tx: tx.events.add([event(seq)])


def failing(seq: int) -> Callable[[Transaction], None]:
    """Make a job that adds one event and fails."""

    def job(tx: Transaction) -> None:
        tx.events.add([event(seq)])
        raise ValueError(f"job {seq}")

    return job


@contextmanager
def held(store: EmbeddedStore) -> Iterator[None]:
    """Keep the writer busy, so that what is submitted inside waits together."""
    inside, go_on = threading.Event(), threading.Event()

    def job(tx: Transaction) -> None:
        inside.set()
        go_on.wait(60)

    store.submit(job)
    assert inside.wait(60)
    try:
        yield
    finally:
        go_on.set()


def statements_of(store: EmbeddedStore) -> list[str]:
    """Give the list that fills with every statement the writer runs from here on."""
    seen: list[str] = []
    connection: sqlite3.Connection = store.write(lambda tx: tx.connection)
    connection.set_trace_callback(seen.append)
    return seen


def test_jobs_that_wait_together_share_one_commit(store: EmbeddedStore) -> None:
    """However many they are; each one's answer is its own."""
    seen = statements_of(store)
    commits: list[int] = []
    store.on_commit.append(lambda: commits.append(1))
    with held(store):
        futures = [store.submit(adding(n)) for n in range(1, 101)]
    for future in futures:
        future.result(60)
    store.write(lambda tx: None)
    assert seen.count("COMMIT") == 1 + 1 + 1  # the held job, the hundred, the last
    assert commits == [1]
    assert store.read.counts()["events.applied"] == 100


def test_a_batch_is_bounded(tmp_path: Path, clock: ManualClock) -> None:
    """A flood is cut into several commits, in the order in which it came."""
    store = open_store(tmp_path, clock=clock, batch=10)
    seen = statements_of(store)
    with held(store):
        futures = [store.submit(adding(n)) for n in range(1, 26)]
    for future in futures:
        future.result(60)
    assert seen.count("COMMIT") == 1 + 3
    assert ids(store.read.events(Filter(limit=3))) == ["e25", "e24", "e23"]
    store.close()


@pytest.mark.parametrize("together", [True, False])
def test_a_failing_job_costs_only_itself(store: EmbeddedStore, together: bool) -> None:
    """Its changes are undone and its error is its caller's; the others never notice."""
    jobs = [adding(1), failing(2), adding(3), failing(4), adding(4)]
    futures: list[Future[None]] = []
    if together:
        with held(store):
            futures = [store.submit(job) for job in jobs]
    else:
        for job in jobs:
            futures.append(store.submit(job))
            futures[-1].exception(60)
    errors = [future.exception(60) for future in futures]
    assert [str(error) if error else None for error in errors] == [None, "job 2", None, "job 4", None]
    assert ids(store.read.events(Filter())) == ["e4", "e3", "e1"]
    assert store.read.counts() == {"events.applied": 3}


def test_a_row_that_the_store_refuses_costs_only_its_job(store: EmbeddedStore) -> None:
    """It is told in our words."""
    with held(store):
        futures = [store.submit(adding(n)) for n in (1, 1, 2)]
    errors = [future.exception(60) for future in futures]
    assert [type(error) for error in errors] == [type(None), StoreError, type(None)]
    assert ids(store.read.events(Filter())) == ["e2", "e1"]


def test_even_an_exit_inside_a_job_leaves_the_writer_running(store: EmbeddedStore) -> None:
    """Only its caller gets it."""

    def leave(tx: Transaction) -> None:
        raise SystemExit

    assert isinstance(store.submit(leave).exception(60), SystemExit)
    store.write(adding(1))


def test_when_too_much_waits_the_caller_is_asked_to_come_back(tmp_path: Path, clock: ManualClock) -> None:
    """What was taken is done all the same."""
    store = open_store(tmp_path, clock=clock, waiting=3)
    with held(store):
        taken = [store.submit(adding(n)) for n in (1, 2, 3)]
        with pytest.raises(Busy) as refusal:
            store.submit(adding(4))
    assert refusal.value.retry_after >= 1
    for future in taken:
        future.result(60)
    store.write(adding(4))
    assert store.read.counts()["events.applied"] == 4
    store.close()


def test_a_cancelled_job_never_runs(store: EmbeddedStore) -> None:
    """As long as its turn has not come."""
    with held(store):
        future = store.submit(adding(1))
        assert future.cancel()
    store.write(adding(2))
    assert ids(store.read.events(Filter())) == ["e2"]


def test_a_job_that_would_wait_for_another_is_refused(store: EmbeddedStore) -> None:
    """It would wait for itself."""
    with pytest.raises(StoreError, match="cannot wait"):
        store.write(lambda tx: store.write(lambda inner: None))


def test_a_listener_that_fails_costs_nobody_anything(store: EmbeddedStore) -> None:
    """The next one is called, and the next commit is made."""
    called: list[int] = []
    told = threading.Event()

    def fail() -> None:
        raise ValueError

    store.on_commit.extend([fail, lambda: called.append(1), told.set])
    store.write(adding(1))
    assert told.wait(60)
    store.write(adding(2))
    assert called


def test_a_commit_that_changed_nothing_wakes_nobody(store: EmbeddedStore) -> None:
    """A listener that looks what there is to do must not wake itself."""
    called: list[int] = []
    store.on_commit.append(lambda: called.append(1))
    store.write(lambda tx: tx.profiles.first_due())
    store.write(lambda tx: None)
    assert called == []


def test_the_writer_is_set_up_so_that_a_power_cut_loses_nothing(store: EmbeddedStore) -> None:
    """FULL sync above all."""
    names = ("synchronous", "journal_mode", "secure_delete", "mmap_size", "wal_autocheckpoint")

    def job(tx: Transaction) -> list[object]:
        connection: sqlite3.Connection = tx.connection
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert store.write(job) == [2, "wal", 1, 0, 4000]
