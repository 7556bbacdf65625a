"""Paging over whole and compact decisions, against a list that is simply looked through."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from stores.rows import START, ManualClock, add_decisions, decision, walk

from core.ports import DecisionRow, Filter
from core.store.embedded import EmbeddedStore, open_store

OUTCOMES = ("fired", "held", "suppressed", "not_met", "not_met", "not_met")
TRIGGERS = ("cart", "car", "welcome")
PEOPLE = ("p1", "p2", "p3")

#: What one event leads to: who, when, and a decision of some triggers.
Judged = tuple[str, int, list[tuple[str, str]]]

judged = st.tuples(
    st.sampled_from(PEOPLE),
    st.integers(0, 3),
    st.lists(st.tuples(st.sampled_from(TRIGGERS), st.sampled_from(OUTCOMES)), max_size=5),
)
narrowed = st.fixed_dictionaries(
    {
        "profile": st.sampled_from(("", *PEOPLE)),
        "trigger": st.sampled_from(("", *TRIGGERS, "ca")),
        "status": st.sampled_from(("", "fired", "held", "not_met")),
        "since": st.sampled_from((None, START, START + 2)),
        "limit": st.integers(1, 7),
    }
)


def rows_of(history: list[Judged]) -> list[list[DecisionRow]]:
    """Make the decisions of each event."""
    return [
        [
            decision(
                f"d{n}-{i}", outcome, trigger=trigger, event_id=f"e{n}", profile_id=who, at=START + moment
            )
            for i, (trigger, outcome) in enumerate(decided)
        ]
        for n, (who, moment, decided) in enumerate(history)
    ]


@settings(max_examples=150, deadline=None)
@given(history=st.lists(judged, max_size=12), narrow=narrowed, p2_is_p1=st.booleans())
def test_pages_of_decisions_neither_skip_nor_repeat(
    history: list[Judged], narrow: dict[str, object], p2_is_p1: bool
) -> None:
    """Whatever they are narrowed to and wherever a page ends, inside a compact row too."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), clock=ManualClock())
        everything = rows_of(history)
        for group in everything:
            add_decisions(store, *group)
        if p2_is_p1:
            store.write(lambda tx: tx.profiles.merge("p2", "p1"))
        found = walk(store.read, "decisions", **narrow)
        store.close()
    people = {"p1", "p2"} if p2_is_p1 and narrow["profile"] in ("p1", "p2") else {narrow["profile"]}
    since = narrow["since"]
    expected = [
        row
        for group in everything
        for row in group
        if (not narrow["profile"] or row.profile_id in people)
        and narrow["trigger"] in ("", row.trigger)
        and narrow["status"] in ("", row.outcome)
        and (not isinstance(since, int) or row.at >= since)
    ]
    assert all(earlier.at <= later.at for later, earlier in pairwise(found))
    assert sorted(row.id for row in found) == sorted(row.id for row in expected)
    assert {row.id: row for row in found} == {row.id: row for row in expected}


def test_the_decisions_of_one_event_that_were_not_met_share_a_row(store: EmbeddedStore) -> None:
    """A hundred triggers cost one row."""
    add_decisions(store, *(decision(f"d{n}", "not_met", trigger=f"t{n}") for n in range(100)))
    connection = store.write(lambda tx: tx.connection)
    assert connection.execute("SELECT count(*) FROM not_met").fetchone()[0] == 1
    assert [row.id for row in store.read.decisions(Filter(trigger="t42")).rows] == ["d42"]


def test_ids_with_one_checksum_are_told_apart(store: EmbeddedStore) -> None:
    """Looking up goes by a checksum that different texts share."""
    one, other = "plumless", "buckeroo"  # both have CRC-32 0x4ddb0c25
    add_decisions(store, decision(one, "not_met", event_id=other, profile_id=one))
    assert store.read.decision(other) is None
    assert store.read.decisions_of_event(one) == []
    assert store.read.decisions(Filter(profile=other)).rows == []
    assert len(store.read.decisions_of_event(other)) == 1
