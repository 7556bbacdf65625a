"""Keys, counts, threads and restarts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from stores.rows import START, decision, delivery, event, merge

from core.errors import StoreError
from core.ports import Filter, Store, Transaction


def test_a_key_holds_the_last_text_put_under_it(store: Store) -> None:
    """And nothing before the first."""
    assert store.write(lambda tx: tx.keys.get("k")) is None
    store.write(lambda tx: tx.keys.put("k", "one", START))
    store.write(lambda tx: tx.keys.put("k", "two", START))
    assert store.write(lambda tx: tx.keys.get("k")) == "two"


def test_counts_follow_every_change_and_no_failed_one(store: Store) -> None:
    """Deliveries move between states; a merge takes a profile away; a repeat counts nothing."""

    def job(tx: Transaction) -> None:
        tx.events.add([event(1), event(2, status="duplicate"), event(3, status="set_aside")])
        tx.profiles.put([("p1", b"", None), ("p2", b"", None)])
        tx.profiles.put([("p1", b"more", None)])
        tx.decisions.add([decision("d1"), decision("d2", "not_met"), decision("d3", "not_met", trigger="b")])
        tx.decisions.add([decision("d1")])
        tx.deliveries.add([delivery("x"), delivery("y"), delivery("x")])
        tx.deliveries.save(delivery("x", "delivered"))

    def fail(tx: Transaction) -> None:
        tx.events.add([event(4)])
        tx.decisions.add([decision("d9", "not_met")])
        raise ValueError

    store.write(job)
    for failing in [store.submit(fail) for _ in range(3)]:
        assert isinstance(failing.exception(), ValueError)
    merge(store, "p2", "p1")
    assert {name: count for name, count in store.read.counts().items() if count} == {
        "events.applied": 1,
        "events.duplicate": 1,
        "events.set_aside": 1,
        "profiles": 1,
        "decisions.fired": 1,
        "decisions.not_met": 2,
        "deliveries.scheduled": 1,
        "deliveries.delivered": 1,
    }


def test_the_reader_answers_in_any_thread_and_sees_only_what_is_committed(store: Store) -> None:
    """A job under way is invisible; its answer comes after its commit."""
    inside, go_on = threading.Event(), threading.Event()

    def job(tx: Transaction) -> None:
        tx.events.add([event(1)])
        inside.set()
        go_on.wait(60)

    answer = store.submit(job)
    assert inside.wait(60)
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.append(store.read.event("e1")))
    thread.start()
    thread.join(60)
    go_on.set()
    answer.result(60)
    assert seen == [None]
    assert store.read.event("e1") == event(1)


def test_everything_is_still_there_after_closing_and_opening(
    opener: Callable[[Path], Store], tmp_path: Path
) -> None:
    """Closing also finishes what waited."""
    store = opener(tmp_path)
    waiting = [store.submit(lambda tx, n=n: tx.events.add([event(n)])) for n in range(1, 40)]
    store.close()
    store.close()
    assert all(future.done() and future.exception() is None for future in waiting)
    with pytest.raises(StoreError, match="closed"):
        store.submit(lambda tx: None)
    with pytest.raises(StoreError, match="closed"):
        store.read.counts()
    store = opener(tmp_path)
    assert len(store.read.events(Filter()).rows) == 39
    assert store.read.counts()["events.applied"] == 39
    store.close()
