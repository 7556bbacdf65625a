"""Decisions by trigger, day, outcome and gate, counted as they come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from stores.rows import DAY, START, add_decisions, decision

from core.ports import Store, Transaction

TODAY = START // DAY


def numbers(store: Store, since: int = 0) -> dict[tuple[str, int, str, str], int]:
    """Give the counts."""
    rows = store.read.days(since)
    return {(row.trigger, row.day, row.outcome, row.gate): row.number for row in rows}


def test_each_decision_counts_on_the_day_it_is_about(store: Store) -> None:
    """By what it came to and by the gate that stopped it, whether it is kept whole or compact."""
    add_decisions(
        store,
        decision("d1"),
        decision("d2"),
        decision("d3", at=START + DAY),
        decision("d4", "suppressed", gate="consent"),
        decision("d5", "not_met", gate="only_if"),
        decision("d6", "not_met", gate="only_if"),
        decision("d7", "not_met", gate="anchor", trigger="welcome"),
    )
    assert numbers(store) == {
        ("cart", TODAY, "fired", ""): 2,
        ("cart", TODAY + 1, "fired", ""): 1,
        ("cart", TODAY, "suppressed", "consent"): 1,
        ("cart", TODAY, "not_met", "only_if"): 2,
        ("welcome", TODAY, "not_met", "anchor"): 1,
    }
    assert numbers(store, TODAY + 1) == {("cart", TODAY + 1, "fired", ""): 1}
    assert store.read.last_fired() == {"cart": START + DAY}


def test_a_decision_that_is_there_already_counts_once(store: Store) -> None:
    """As its row does."""
    add_decisions(store, decision("d1"))
    add_decisions(store, decision("d1"), decision("d2"))
    assert numbers(store) == {("cart", TODAY, "fired", ""): 2}


def test_what_a_failed_job_decided_is_not_counted(store: Store) -> None:
    """Neither kind."""

    def fail(tx: Transaction) -> None:
        tx.decisions.add([decision("d1"), decision("d2", "not_met", gate="anchor")])
        raise ValueError

    with pytest.raises(ValueError):
        store.write(fail)
    add_decisions(store, decision("d3", "not_met", gate="anchor"))
    assert numbers(store) == {("cart", TODAY, "not_met", "anchor"): 1}


def test_the_gate_reads_back_with_the_decision(opener: Callable[[Path], Store], tmp_path: Path) -> None:
    """After a restart too, whole and compact."""
    store = opener(tmp_path)
    rows = [decision("d1", "suppressed", gate="limits"), decision("d2", "not_met", gate="only_if")]
    add_decisions(store, *rows)
    store.close()
    store = opener(tmp_path)
    assert [store.read.decision(row.id) for row in rows] == rows
    store.close()


def test_triggers_are_listed_with_the_time_of_their_publishing(store: Store) -> None:
    """As the pipeline notes it, and nothing else that is kept under a key."""

    def job(tx: Transaction) -> None:
        tx.keys.put("since:cart", "hash 7", START)
        tx.keys.put("since:", "none", START)
        tx.keys.put("sincere", "none", START)

    store.write(job)
    assert store.read.published() == {"cart": START}
