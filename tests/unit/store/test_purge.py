"""What is kept for seven days only, and what stays."""

from __future__ import annotations

import pytest
from stores.rows import DAY, START, ManualClock, add_decisions, add_events, decision, event, ids

from core.ports import Filter
from core.store import purge
from core.store.embedded import EmbeddedStore


def is_known(store: EmbeddedStore, event_id: str) -> bool:
    """Tell whether an id is remembered at all."""
    return bool(store.write(lambda tx: tx.events.known("segment", [event_id], 0)))


def test_an_id_is_forgotten_after_seven_days_and_its_event_stays(store: EmbeddedStore) -> None:
    """Not a millisecond earlier."""
    add_events(store, event(1, "a", received_at=START))
    store.purge(START + 7 * DAY)
    assert is_known(store, "a")
    store.purge(START + 7 * DAY + 1)
    assert not is_known(store, "a")
    assert ids(store.read.events(Filter())) == ["a"]


def test_an_id_that_took_effect_again_is_kept_from_then_on(store: EmbeddedStore) -> None:
    """Its first event is forgotten, its second is not."""
    add_events(store, event(1, "a", received_at=START))
    add_events(store, event(2, "a", received_at=START + 8 * DAY))
    store.purge(START + 9 * DAY)
    assert is_known(store, "a")
    store.purge(START + 16 * DAY)
    assert not is_known(store, "a")


def test_not_met_decisions_go_after_seven_days_and_the_others_stay(
    store: EmbeddedStore, clock: ManualClock
) -> None:
    """The days count from when they were made, not from the event's own time."""
    add_decisions(
        store, decision("old", "not_met", at=START), decision("fired", "fired", at=START - 400 * DAY)
    )
    clock.at += 2 * DAY
    add_decisions(store, decision("late", "not_met", at=START - 9 * DAY))
    store.purge(START + 8 * DAY)
    assert ids(store.read.decisions(Filter())) == ["late", "fired"]
    assert store.read.decision("old") is None
    assert store.read.decision("late") is not None
    store.purge(START + 10 * DAY)
    assert ids(store.read.decisions(Filter())) == ["fired"]


def test_new_decisions_are_found_after_everything_was_purged(
    store: EmbeddedStore, clock: ManualClock
) -> None:
    """Numbers may start anew; nothing old answers for something new."""
    add_decisions(store, decision("old", "not_met"))
    store.purge(START + 8 * DAY)
    add_decisions(store, decision("new", "not_met", event_id="e2"))
    assert store.read.decision("new") == decision("new", "not_met", event_id="e2")
    assert store.read.decisions_of_event("e1") == []


def test_a_purge_works_in_small_jobs_until_nothing_is_left(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others get their turn in between."""
    monkeypatch.setattr(purge, "SLICE", 3)
    add_events(store, *(event(n) for n in range(1, 11)))
    for n in range(10):
        add_decisions(store, decision(f"d{n}", "not_met", event_id=f"e{n}"))
    commits: list[int] = []
    store.on_commit.append(lambda: commits.append(1))
    assert store.purge(START + 30 * DAY) == 20
    store.write(lambda tx: None)
    assert len(commits) == 8
    assert not any(is_known(store, f"e{n}") for n in range(1, 11))
    assert store.read.decisions(Filter()).rows == []
    connection = store.write(lambda tx: tx.connection)
    assert connection.execute("SELECT count(*) FROM not_met_keys").fetchone()[0] == 0
    assert store.purge(START + 30 * DAY) == 0
