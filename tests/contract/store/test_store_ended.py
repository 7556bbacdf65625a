"""Deliveries that ended: in order for a redrive, and those after which a destination is to be asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from stores.rows import DAY, START, add_deliveries, delivery

from core.ports import DeliveryRow, DeliveryStore, Filter, Oldest, Store, Transaction


def ids(store: Store, ask: Callable[[DeliveryStore], list[DeliveryRow]]) -> list[str]:
    """Ask inside a transaction, and give the ids."""
    return [row.id for row in store.write(lambda tx: ask(tx.deliveries))]


def oldest_dead(tx: Transaction, narrow: Oldest) -> list[DeliveryRow]:
    """Ask for the oldest dead letters."""
    return tx.deliveries.oldest("dead", narrow)


def test_ended_deliveries_come_oldest_first_and_narrowed(store: Store) -> None:
    """By status, destination, trigger and time; what is delivered is not among them."""
    rows = [
        delivery("late", "dead", created_at=START + 5),
        delivery("early", "dead", created_at=START),
        delivery("same", "dead", created_at=START),
        delivery("else", "dead", created_at=START, destination="other"),
        delivery("named", "dead", created_at=START, trigger="other"),
        delivery("no", "rejected", created_at=START),
        delivery("fine", "delivered", created_at=START),
    ]
    add_deliveries(store, *rows)
    assert ids(store, lambda there: there.oldest("dead", Oldest())) == [
        "early",
        "same",
        "else",
        "named",
        "late",
    ]
    assert ids(store, lambda there: there.oldest("dead", Oldest(destination="other"))) == ["else"]
    assert ids(store, lambda there: there.oldest("dead", Oldest(trigger="other"))) == ["named"]
    assert ids(store, lambda there: there.oldest("dead", Oldest(since=START + 1))) == ["late"]
    assert ids(store, lambda there: there.oldest("rejected", Oldest())) == ["no"]
    assert ids(store, lambda there: there.oldest("delivered", Oldest())) == []


def test_a_place_is_where_the_next_ones_begin(store: Store) -> None:
    """Many made at the same instant are neither skipped nor given twice."""
    add_deliveries(store, *(delivery(f"d{i}", "dead", created_at=START + i // 4) for i in range(10)))
    found: list[DeliveryRow] = []
    place: tuple[int, int] | None = (-1, -1)
    while place is not None:
        narrow = Oldest(place=place, limit=3)
        part = store.write(partial(oldest_dead, narrow=narrow))
        found += part
        place = (part[-1].created_at, part[-1].position) if part else None
    assert [row.id for row in found] == [f"d{i}" for i in range(10)]


def test_a_delivery_can_be_valid_for_longer(store: Store) -> None:
    """Nothing else of it changes."""
    add_deliveries(store, delivery("d", "expired", expires_at=START))
    store.write(lambda tx: tx.deliveries.prolong("d", START + DAY))
    row = store.read.delivery("d")
    assert row is not None
    assert (row.expires_at, row.status) == (START + DAY, "expired")


def test_who_is_to_be_asked_after_comes_when_it_is_due(store: Store) -> None:
    """While it is unknown, to this destination, until the plan is dropped."""
    add_deliveries(store, *(delivery(name, "unknown") for name in ("b", "a", "never")))
    add_deliveries(store, delivery("known", "delivered"), delivery("else", "unknown", destination="other"))
    for name, at in (("b", 5), ("a", 3), ("known", 1), ("else", 1)):
        store.write(lambda tx, name=name, at=at: tx.deliveries.look_up_at(name, START + at))
    place = delivery("x").destination
    assert store.write(lambda tx: tx.deliveries.first_look_up(place)) == START + 3
    assert ids(store, lambda there: there.to_look_up(place, START + 4, 9)) == ["a"]
    assert ids(store, lambda there: there.to_look_up(place, START + 5, 9)) == ["a", "b"]
    assert ids(store, lambda there: there.to_look_up(place, START + 5, 1)) == ["a"]
    store.write(lambda tx: tx.deliveries.look_up_at("a", None))
    assert store.write(lambda tx: tx.deliveries.first_look_up(place)) == START + 5
    assert store.write(lambda tx: tx.deliveries.first_look_up("nowhere")) is None


def test_fresh_ones_leave_out_what_retries(store: Store) -> None:
    """And still keep a person's order."""
    rows = [
        delivery("again", "retrying", profile_id="p1", due_at=START),
        delivery("behind", profile_id="p1", due_at=START),
        delivery("first", profile_id="p2", due_at=START),
    ]
    add_deliveries(store, *rows)
    place = delivery("x").destination
    assert ids(store, lambda there: there.ready(place, START, 9)) == ["again", "first"]
    assert ids(store, lambda there: there.ready(place, START, 9, fresh=True)) == ["first"]


def test_the_list_is_narrowed_by_destination(store: Store) -> None:
    """Beside everything else."""
    add_deliveries(store, delivery("a", "dead"), delivery("b", "dead", destination="other"))
    assert [row.id for row in store.read.deliveries(Filter(destination="other", status="dead")).rows] == ["b"]
