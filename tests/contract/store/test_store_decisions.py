"""Decisions, whole and compact."""

from __future__ import annotations

import pytest
from stores.rows import START, add_decisions, decision

from core.ports import Filter, Store


@pytest.mark.parametrize("outcome", ["fired", "held", "suppressed", "not_met"])
def test_a_decision_reads_back_as_it_was_stored(store: Store, outcome: str) -> None:
    """By its id, by its event and in the list."""
    row = decision("d1", outcome, key="c\n1", shadow=True, trigger="a b")
    add_decisions(store, row)
    assert store.read.decision("d1") == row
    assert store.read.decisions_of_event("e1") == [row]
    assert store.read.decisions(Filter()).rows == [row]
    assert store.read.decision("d2") is None
    assert store.read.decisions_of_event("e2") == []


def test_a_later_decision_of_the_same_id_changes_nothing(store: Store) -> None:
    """A replay finds what was decided."""
    first = decision("d1")
    add_decisions(store, first)
    add_decisions(store, decision("d1", "suppressed", version="v2"))
    assert store.read.decisions(Filter()).rows == [first]


def test_a_decision_that_comes_to_more_stands_before_its_not_met_forerunner(store: Store) -> None:
    """A late event can let fire what was not met before; the id is the same."""
    add_decisions(store, decision("d1", "not_met"))
    add_decisions(store, decision("d1", "fired"))
    found = store.read.decision("d1")
    assert found is not None
    assert found.outcome == "fired"
    assert [row.outcome for row in store.read.decisions_of_event("e1")] == ["fired"]


def test_decisions_of_an_event_come_earliest_first(store: Store) -> None:
    """Those of timers included, which are made later."""
    rows = [decision(f"d{n}", "not_met" if n % 2 else "fired", at=START + n) for n in range(5)]
    for row in reversed(rows):
        add_decisions(store, row)
    assert store.read.decisions_of_event("e1") == rows
