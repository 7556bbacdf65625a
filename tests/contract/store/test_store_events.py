"""Events, the ids by which a repeat is known, and arrival numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from stores.rows import DAY, MINUTE, START, add_events, event

from core.ports import Aside, Filter, Store, Transaction


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


def test_what_had_no_effect_is_listed_whole_from_the_first_on(store: Store) -> None:
    """By its status, source, id and time of arrival; page by page, each once."""
    call = b'{"event": "A"}'
    add_events(
        store,
        event(1, "a", status="set_aside", reason="r", call=call),
        event(2, "b", status="ignored", source="hubspot"),
        event(3, "c"),
        event(4, "d", status="set_aside", source="hubspot"),
        event(5, "e", status="set_aside"),
    )
    first = store.read.aside(Aside(limit=2))
    rest = store.read.aside(Aside(limit=2, cursor=first.next or ""))
    assert ([row.id for row in (*first.rows, *rest.rows)], rest.next) == (["a", "d", "e"], None)
    assert (first.rows[0].call, first.rows[0].reason) == (call, "r")
    for wanted, ids in (
        (Aside(source="hubspot"), ["d"]),
        (Aside(status="ignored"), ["b"]),
        (Aside(since=START + 4), ["d", "e"]),
        (Aside(ids=("e", "c")), ["e"]),
    ):
        assert [row.id for row in store.read.aside(wanted).rows] == ids


def test_what_is_mended_is_no_longer_aside_and_the_counts_say_so(store: Store) -> None:
    """One that took effect has a row of its own, so the old one goes; any other keeps its new reason."""
    add_events(store, *(event(number, status="set_aside") for number in (1, 2)), event(3))
    for seq, status in ((1, "applied"), (2, "ignored")):
        assert store.write(lambda tx, seq=seq: tx.events.is_aside(seq))
        store.write(lambda tx, seq=seq, status=status: tx.events.mend(seq, status, "why"))
    assert [store.write(lambda tx, n=n: tx.events.is_aside(n)) for n in (1, 2, 3)] == [False, True, False]
    (row,) = store.read.aside(Aside(status="ignored")).rows
    assert (row.seq, row.reason) == (2, "why")
    assert store.read.event("e1") is None
    counts = store.read.counts()
    assert {name: counts[name] for name in ("events.set_aside", "events.ignored", "events.applied")} == {
        "events.set_aside": 0,
        "events.ignored": 1,
        "events.applied": 1,
    }
