"""Events, the ids by which a repeat is known, and arrival numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from stores.rows import DAY, MINUTE, START, add_events, event

from core.ports import Filter, Store, Transaction


def test_an_event_reads_back_as_it_was_stored(store: Store) -> None:
    """Bytes and identifiers included, also those that SQL and JSON find hard."""
    row = event(7, 'quo"te\x00\u2028', raw=b"\x00\xff", identifiers={"email": ["a'b@example.com", "\n"]})
    add_events(store, row)
    assert store.read.event(row.id) == row
    assert store.read.events(Filter()).rows == [row]


def test_an_id_is_known_for_its_source_and_from_the_given_time_on(store: Store) -> None:
    """The same messageId from another source, or from before, is another event."""
    add_events(store, event(1, "a"), event(2, "b\x00", received_at=START + MINUTE))
    known = store.write(lambda tx: tx.events.known("segment", ["a", "b\x00", "c", "a"], START))
    assert known == {"a", "b\x00"}
    assert store.write(lambda tx: tx.events.known("segment", ["a", "b\x00"], START + 2)) == {"b\x00"}
    assert store.write(lambda tx: tx.events.known("tealium", ["a"], START)) == set()


def test_a_repeat_after_the_span_makes_the_id_known_anew(store: Store) -> None:
    """Seven days count from the last time it took effect."""
    add_events(store, event(1, "a"))
    add_events(store, event(2, "a", received_at=START + 8 * DAY))
    assert store.write(lambda tx: tx.events.known("segment", ["a"], START + 7 * DAY)) == {"a"}


@pytest.mark.parametrize("status", ["duplicate", "set_aside"])
def test_what_took_no_effect_is_not_known(store: Store, status: str) -> None:
    """A corrected item may come again under its id."""
    add_events(store, event(1, "a", status=status))
    assert store.write(lambda tx: tx.events.known("segment", ["a"], 0)) == set()


def test_a_duplicate_is_kept_without_its_bytes(store: Store) -> None:
    """It is listed, and the event it repeats is what its id names."""
    first, again = event(1, "a"), event(2, "a", status="duplicate")
    add_events(store, first, again)
    assert store.read.event("a") == first
    (listed,) = store.read.events(Filter(status="duplicate")).rows
    assert (listed.seq, listed.raw) == (2, b"")


def test_arrival_numbers_only_grow_even_when_jobs_fail_or_the_store_is_reopened(
    opener: Callable[[Path], Store], tmp_path: Path
) -> None:
    """A number that was handed out, with or without an event, is never handed out again."""
    store = opener(tmp_path)

    def fail(tx: Transaction) -> None:
        taken.append(tx.events.next_seq())
        raise ValueError

    taken = [store.write(lambda tx: tx.events.next_seq()) for _ in range(3)]
    with pytest.raises(ValueError):
        store.write(fail)
    taken.append(store.write(lambda tx: tx.events.next_seq()))
    store.close()
    store = opener(tmp_path)
    taken.append(store.write(lambda tx: tx.events.next_seq()))
    store.close()
    assert taken == sorted(set(taken))
