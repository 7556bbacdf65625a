"""Alerts as every store keeps them, and what they are judged by."""

from __future__ import annotations

from typing import Any

import pytest
from stores.rows import DAY, START, add_events, decision, event

from core.errors import StoreError
from core.ports import AlertRow, ArrivalRow, Store, Telling, Transaction

HOUR = DAY // 24


def alert(name: str, **changes: Any) -> AlertRow:
    """Make an alert that is open, of which one recipient is still to be told."""
    tellings = [Telling("email:a@b.com", "opened", START)]
    row = AlertRow(f"w_{name}", "paused", "destination", name, "why", "what to do", START, tellings=tellings)
    for key, value in changes.items():
        setattr(row, key, value)
    return row


def put(store: Store, *rows: AlertRow) -> None:
    """Store alerts."""

    def job(tx: Transaction) -> None:
        for row in rows:
            tx.alerts.add(row)

    store.write(job)


def test_an_alert_comes_back_as_it_was(store: Store) -> None:
    """And changes only in how it ended and who was told."""
    row = alert("twilio")
    put(store, row)
    assert store.read.alerts("open", 5) == store.read.untold() == [row]
    assert store.read.open_alerts() == {"paused": 1}
    row.cleared_at = START + 1
    row.tellings[0].status, row.tellings[0].tries, row.tellings[0].at = "told", 2, START
    store.write(lambda tx: tx.alerts.save(row))
    assert store.write(lambda tx: tx.alerts.get("w_twilio")) == row
    assert store.write(lambda tx: tx.alerts.get("w_other")) is None
    assert store.write(lambda tx: tx.alerts.open()) == []
    assert (store.read.untold(), store.read.open_alerts()) == ([], {})


def test_about_one_thing_only_one_alert_is_open(store: Store) -> None:
    """Whoever writes it; another may open when it is over."""
    put(store, alert("braze", id="w_1", cleared_at=START), alert("braze", id="w_2"))
    with pytest.raises(StoreError):
        put(store, alert("braze", id="w_3"))
    put(store, alert("braze", id="w_4", kind="late"))
    assert [row.id for row in store.read.alerts("", 9)] == ["w_4", "w_2", "w_1"]


def test_the_list_has_the_open_ones_first_and_is_cut(store: Store) -> None:
    """Then the last to open."""
    put(store, alert("a"), alert("b", cleared_at=START), alert("c"), alert("d", cleared_at=START))
    assert [row.name for row in store.read.alerts("", 3)] == ["c", "a", "d"]
    assert [row.name for row in store.read.alerts("cleared", 3)] == ["d", "b"]


def test_what_is_long_over_is_forgotten(store: Store) -> None:
    """What is open never is."""
    put(store, alert("a"), alert("b", cleared_at=START - 1), alert("c", cleared_at=START))
    store.write(lambda tx: tx.alerts.forget(START))
    assert [row.name for row in store.read.alerts("", 9)] == ["a", "c"]


def test_arrivals_are_counted_by_source_and_hour(store: Store) -> None:
    """Whatever became of them; imported history and failed jobs count nothing."""
    first = START // HOUR * HOUR
    rows = [
        event(1, received_at=first),
        event(2, received_at=first + 9, status="duplicate"),
        event(3, source="b"),
    ]
    add_events(store, *rows, event(4, arrived_at=START, received_at=first + HOUR))
    add_events(store, event(5, received_at=first + 5), event(6, received_at=first + HOUR))

    def fail(tx: Transaction) -> None:
        tx.events.add([event(7, source="c")])
        raise ValueError

    with pytest.raises(ValueError):
        store.write(fail)
    hour = START // HOUR
    assert store.read.arrivals() == [
        ArrivalRow("b", hour, 1, START + 3, START + 3),
        ArrivalRow("segment", hour, 3, first, first + 9),
        ArrivalRow("segment", hour + 1, 1, first + HOUR, first + HOUR),
    ]


def test_old_arrivals_are_forgotten_but_for_each_sources_last(store: Store) -> None:
    """Since when it is silent must be known however long that is."""
    add_events(
        store, event(1, source="old", received_at=START - 90 * DAY), event(2, received_at=START - 16 * DAY)
    )
    add_events(store, event(3, received_at=START - 14 * DAY), event(4, received_at=START))
    store.write(lambda tx: tx.alerts.forget(START))
    found = [(row.source, (START - row.last_at) // DAY) for row in store.read.arrivals()]
    assert found == [("old", 90), ("segment", 14), ("segment", 0)]


def test_firings_are_counted_by_day_and_the_last_is_known_for_ever(store: Store) -> None:
    """Other outcomes are no firing."""
    rows = [decision(f"d{n}", at=START - n * DAY, trigger="cart") for n in (0, 0, 1, 80)]
    store.write(lambda tx: tx.decisions.add([*rows, decision("x", "suppressed"), decision("y", "not_met")]))
    store.write(lambda tx: tx.decisions.add([decision("z", at=START - 90 * DAY, trigger="old")]))
    today = START // DAY
    found = [(row.trigger, today - row.day, row.number) for row in store.read.firings(today - 5)]
    assert sorted(found) == [("cart", 0, 0), ("cart", 0, 1), ("cart", 1, 1), ("old", 90, 0)]
    assert all(row.last_at == START - (today - row.day) * DAY for row in store.read.firings(today - 5))


def test_the_next_delivery_of_a_destination_is_told(store: Store) -> None:
    """None where nothing waits."""
    assert store.read.first_due("twilio") is None
