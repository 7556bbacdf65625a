"""Deliveries and what an attempt changes."""

from __future__ import annotations

import pytest
from stores.rows import DAY, START, add_deliveries, delivery, walk

from core.errors import StoreError
from core.ports import Attempt, Filter, Store


def test_a_delivery_reads_back_as_it_was_stored(store: Store) -> None:
    """With its attempts and nested fields; the store says its position."""
    row = delivery(
        "x", expires_at=START + DAY, hops=3, attempts=[Attempt(1, START, START + 5, "retry", "busy")]
    )
    add_deliveries(store, delivery("w"), row)
    row.position = 2
    assert store.read.delivery("x") == row
    assert store.write(lambda tx: tx.deliveries.get("x")) == row
    assert store.read.deliveries(Filter()).rows[0] == row
    assert store.read.delivery("y") is None


def test_a_delivery_that_is_added_again_is_left_as_it_is(store: Store) -> None:
    """A replay never doubles a send."""
    add_deliveries(store, delivery("x", "delivered"))
    add_deliveries(store, delivery("x", "scheduled"), delivery("y"))
    assert [(row.id, row.status) for row in walk(store.read, "deliveries")] == [
        ("y", "scheduled"),
        ("x", "delivered"),
    ]


def test_saving_changes_what_an_attempt_changes(store: Store) -> None:
    """Status, attempts, reason, reference and due; nothing else."""
    add_deliveries(store, delivery("x"))
    changed = delivery("x", "retrying", due_at=START + 9, reason="busy", reference="SM1", fields={})
    changed.attempts = [Attempt(1, START, START + 5, "retry_later", "busy")]
    store.write(lambda tx: tx.deliveries.save(changed))
    found = store.read.delivery("x")
    assert found is not None
    assert (found.status, found.due_at, found.reason, found.reference) == (
        "retrying",
        START + 9,
        "busy",
        "SM1",
    )
    assert found.attempts == changed.attempts
    assert found.fields == delivery("x").fields


def test_saving_a_delivery_that_is_not_there_fails(store: Store) -> None:
    """It would be lost without a word."""
    with pytest.raises(StoreError, match="x is not stored"):
        store.write(lambda tx: tx.deliveries.save(delivery("x")))


def test_interrupted_deliveries_are_those_being_sent(store: Store) -> None:
    """In their order; those that retry have their answer."""
    add_deliveries(store, *(delivery(s, s) for s in ("sending", "retrying", "scheduled", "unknown")))
    add_deliveries(store, delivery("again", "sending"))
    found = store.write(lambda tx: tx.deliveries.interrupted())
    assert [row.id for row in found] == ["sending", "again"]


def test_deliveries_of_some_decisions_come_in_the_order_of_their_steps(store: Store) -> None:
    """Of those decisions only."""
    add_deliveries(
        store, delivery("b", step=2), delivery("a", step=1), delivery("c", decision_id="d2"), delivery("d")
    )
    assert [row.id for row in store.read.deliveries_of(["d1"])] == ["d", "a", "b"]
    assert {row.id for row in store.read.deliveries_of(["d1", "d2", "d3"])} == {"a", "b", "c", "d"}
    assert store.read.deliveries_of([]) == []
