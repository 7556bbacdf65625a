"""A person's stored events: found by walking back from the last one, or by the index where the way is not known."""

from __future__ import annotations

from typing import Any

import pytest
from stores.rows import START, event, merge

from core.ports import EventRow, Store, Transaction

EVERYTHING = 1_000


def arrive(store: Store, *rows: EventRow) -> None:
    """Store events with the profiles that they belong to, as the pipeline does."""

    def job(tx: Transaction) -> None:
        tx.events.add(rows)
        heads = {row.profile_id: row.seq for row in rows}
        tx.profiles.put([(one, b"state", None) for one in heads], heads)

    store.write(job)


def past(store: Store, profile_id: str, *names: str, limit: int = EVERYTHING) -> list[int]:
    """Give the arrival numbers of a person's past, which reader and transaction agree on."""
    wanted = set(names) or None
    found = store.read.past(profile_id, wanted, limit)
    assert store.write(lambda tx: tx.events.past(profile_id, wanted, limit)) == found
    return [row.seq for row in found]


def test_a_persons_events_are_given_whole_and_in_order(store: Store) -> None:
    """By timestamp, then by arrival; nobody else's among them; with all that is kept of each."""
    late = event(5, timestamp=START - 9, call=b'{"a": 1}', arrived_at=START - 8, is_public=True)
    arrive(store, event(1), event(2, profile_id="p2"), event(3))
    arrive(store, event(4, profile_id="p2"), late)
    assert past(store, "p1") == [5, 1, 3]
    assert past(store, "p2") == [2, 4]
    assert past(store, "nobody") == []
    assert store.read.past("p1", None, EVERYTHING)[0] == late


def test_names_and_a_limit_narrow_a_past(store: Store) -> None:
    """Of too many the last to arrive are given."""
    arrive(store, *(event(n, event="Seen" if n % 2 else "Bought") for n in range(1, 10)))
    assert past(store, "p1", "Bought") == [2, 4, 6, 8]
    assert past(store, "p1", "Bought", "Seen", limit=3) == [7, 8, 9]
    assert past(store, "p1", "Never") == []
    assert store.read.past("p1", set(), EVERYTHING) == []


def test_one_person_has_the_past_of_everyone_they_turned_out_to_be(store: Store) -> None:
    """Under any of their ids, also after a merge of merged ones, with what came later."""
    arrive(store, event(1), event(2, profile_id="p2"), event(3, profile_id="p3"))
    merge(store, "p3", "p2")
    arrive(store, event(4, profile_id="p2"))
    merge(store, "p2", "p1")
    arrive(store, event(5))
    for name in ("p1", "p2", "p3"):
        assert past(store, name) == [1, 2, 3, 4, 5]


def test_a_past_from_before_the_way_was_written_down_is_found_all_the_same(store: Store) -> None:
    """A profile whose last event is not known, as an older version left it, also once events have come again."""
    store.write(lambda tx: tx.profiles.put([("p1", b"state", None)]))
    store.write(lambda tx: tx.events.add([event(1), event(2, profile_id="p2")]))
    assert past(store, "p1") == [1]
    arrive(store, event(3))
    assert past(store, "p1") == [1, 3]


@pytest.mark.parametrize("status", ["duplicate", "set_aside"])
def test_what_took_no_effect_is_no_part_of_a_past(store: Store, status: str) -> None:
    """Whatever profile it names."""
    arrive(store, event(1), event(2, status=status), event(3))
    assert past(store, "p1") == [1, 3]


def test_an_event_of_nobody_is_in_no_past(store: Store) -> None:
    """Items that could not be used belong to no profile."""
    nobody: dict[str, Any] = {"profile_id": "", "status": "set_aside"}
    arrive(store, event(1))
    store.write(lambda tx: tx.events.add([event(2, **nobody), event(3, **nobody)]))
    assert past(store, "p1") == [1]
    assert past(store, "") == []


def test_a_changed_profile_keeps_its_way(store: Store) -> None:
    """One written without a new event, by a timer, still leads to its last one."""
    arrive(store, event(1), event(2))
    store.write(lambda tx: tx.profiles.put([("p1", b"woken", START)]))
    arrive(store, event(3))
    assert past(store, "p1") == [1, 2, 3]
