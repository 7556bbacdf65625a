"""What every store owes to the ports, whatever it keeps its rows in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stores.rows import (
    DAY,
    MINUTE,
    START,
    ManualClock,
    add_decisions,
    add_deliveries,
    add_events,
    decision,
    delivery,
    event,
    ids,
    link,
    walk,
)

from core.errors import BadRequest, StoreError
from core.ports import Attempt, EventRow, Filter, Store, Transaction
from core.store.embedded import open_store


def open_embedded(folder: Path) -> Store:
    """Open the embedded store."""
    return open_store(folder, clock=ManualClock())


STORES: dict[str, Callable[[Path], Store]] = {"embedded": open_embedded}


@pytest.fixture(params=STORES)
def opener(request: pytest.FixtureRequest) -> Callable[[Path], Store]:
    """Give the way to open one kind of store."""
    return STORES[request.param]


@pytest.fixture
def store(opener: Callable[[Path], Store], tmp_path: Path) -> Iterator[Store]:
    """Open an empty store."""
    opened = opener(tmp_path / "data")
    yield opened
    opened.close()


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


def test_owners_and_states_name_only_what_is_there(store: Store) -> None:
    """Unknown identifiers and ids are left out."""

    def job(tx: Transaction) -> None:
        tx.profiles.put([("p1", b"one", None), ("p2", b"two", START)])
        tx.profiles.link([("email", "a@example.com", "p1"), ("user_id", "a@example.com", "p2")])

    store.write(job)
    wanted = [("email", "a@example.com"), ("user_id", "a@example.com"), ("email", "other")]
    assert store.write(lambda tx: tx.profiles.owners(wanted)) == {wanted[0]: "p1", wanted[1]: "p2"}
    assert store.write(lambda tx: tx.profiles.states(["p2", "p3", "p1"])) == {"p1": b"one", "p2": b"two"}
    assert store.read.owner("email", "a@example.com") == "p1"
    assert store.read.owner("email", "other") is None
    assert store.read.profile("p3") is None


def test_due_profiles_come_longest_overdue_first(store: Store) -> None:
    """Those without a timer, or with one later than now, are not named."""
    rows = [("late", b"", START + 1), ("first", b"", START - 9), ("now", b"", START), ("idle", b"", None)]
    store.write(lambda tx: tx.profiles.put(rows))
    assert store.write(lambda tx: tx.profiles.due(START, 10)) == ["first", "now"]
    assert store.write(lambda tx: tx.profiles.due(START, 1)) == ["first"]
    assert store.write(lambda tx: tx.profiles.first_due()) == START - 9
    store.write(lambda tx: tx.profiles.put([("first", b"", None), ("now", b"", None), ("late", b"", None)]))
    assert store.write(lambda tx: tx.profiles.first_due()) is None


def merge(store: Store, loser: str, winner: str) -> None:
    """Merge two profiles."""
    store.write(lambda tx: tx.profiles.merge(loser, winner))


def test_a_merge_hands_over_identifiers_names_and_open_deliveries(store: Store) -> None:
    """What is finished keeps the name it was made under, and is still found under the new one."""
    store.write(lambda tx: tx.profiles.put([("p1", b"one", None), ("p2", b"two", START)]))
    store.write(lambda tx: tx.profiles.link([("email", "b", "p2")]))
    add_deliveries(store, delivery("x", profile_id="p2"), delivery("y", "delivered", profile_id="p2"))
    merge(store, "p2", "p1")
    assert store.read.owner("email", "b") == "p1"
    assert store.read.profile("p2") == b"one"
    assert store.write(lambda tx: tx.profiles.states(["p1", "p2"])) == {"p1": b"one"}
    assert store.write(lambda tx: tx.profiles.first_due()) is None
    owners = {row.id: row.profile_id for row in store.read.deliveries(Filter(profile="p1")).rows}
    assert owners == {"x": "p1", "y": "p2"}


def test_aliases_of_aliases_lead_to_the_one_that_stands(store: Store) -> None:
    """In whatever order the merges came, by whichever of its names a profile is merged."""
    merge(store, "p4", "p3")
    merge(store, "p3", "p2")
    merge(store, "p4", "p1")
    merge(store, "p2", "p1")
    names = store.write(lambda tx: [tx.profiles.canonical(f"p{n}") for n in range(6)])
    assert names == ["p0", "p1", "p1", "p1", "p1", "p5"]


def test_a_merged_lane_sends_one_at_a_time(store: Store) -> None:
    """What one of two was being sent holds up what the other had waiting behind it, and nothing before it."""
    rows = [delivery(f"x{n}", profile_id=f"p{n % 2}") for n in range(4)]
    add_deliveries(store, *rows)
    sending = delivery("x1", "sending")
    store.write(lambda tx: tx.deliveries.save(sending))
    merge(store, "p1", "p0")
    assert [row.id for row in store.write(lambda tx: tx.deliveries.ready("twilio", START, 9))] == ["x0"]
    store.write(lambda tx: tx.deliveries.save(delivery("x0", "delivered")))
    assert store.write(lambda tx: tx.deliveries.ready("twilio", START, 9)) == []
    assert store.write(lambda tx: tx.deliveries.first_due("twilio")) is None


def test_lists_find_a_merged_person_under_every_name(store: Store) -> None:
    """Events, decisions, both kinds, deliveries and the identity log."""
    add_events(store, event(1, profile_id="p1"), event(2, profile_id="p2"), event(3, profile_id="p3"))
    add_decisions(store, decision("d1"), decision("d2", "not_met", profile_id="p2", at=START + 1))
    add_deliveries(store, delivery("x", "dead", profile_id="p2"), delivery("z", profile_id="p3"))
    store.write(lambda tx: tx.profiles.log([link("e1", "p1"), link("e2", "p2"), link("e3", "p3")]))
    merge(store, "p2", "p1")
    for name in ("p1", "p2"):
        assert ids(store.read.events(Filter(profile=name))) == ["e2", "e1"]
        assert ids(store.read.decisions(Filter(profile=name))) == ["d2", "d1"]
        assert ids(store.read.deliveries(Filter(profile=name))) == ["x"]
        assert [row.event_id for row in store.read.links(name)] == ["e1", "e2"]
    assert store.read.links("p3") == [link("e3", "p3")]


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


def test_a_delivery_reads_back_as_it_was_stored(store: Store) -> None:
    """With its attempts and nested fields; the store says its position."""
    row = delivery("x", expires_at=START + DAY, attempts=[Attempt(1, START, START + 5, "retry", "busy")])
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


def test_a_key_holds_the_last_text_put_under_it(store: Store) -> None:
    """And nothing before the first."""
    assert store.write(lambda tx: tx.keys.get("k")) is None
    store.write(lambda tx: tx.keys.put("k", "one", START))
    store.write(lambda tx: tx.keys.put("k", "two", START))
    assert store.write(lambda tx: tx.keys.get("k")) == "two"


def test_counts_follow_every_change_and_no_failed_one(store: Store) -> None:
    """Deliveries move between states; a merge takes a profile away; a repeat counts nothing."""

    def job(tx: Transaction) -> None:
        tx.events.add([event(1), event(2, status="duplicate"), event(3, status="set_aside")])
        tx.profiles.put([("p1", b"", None), ("p2", b"", None)])
        tx.profiles.put([("p1", b"more", None)])
        tx.decisions.add([decision("d1"), decision("d2", "not_met"), decision("d3", "not_met", trigger="b")])
        tx.decisions.add([decision("d1")])
        tx.deliveries.add([delivery("x"), delivery("y"), delivery("x")])
        tx.deliveries.save(delivery("x", "delivered"))

    def fail(tx: Transaction) -> None:
        tx.events.add([event(4)])
        tx.decisions.add([decision("d9", "not_met")])
        raise ValueError

    store.write(job)
    for failing in [store.submit(fail) for _ in range(3)]:
        assert isinstance(failing.exception(), ValueError)
    merge(store, "p2", "p1")
    assert {name: count for name, count in store.read.counts().items() if count} == {
        "events.applied": 1,
        "events.duplicate": 1,
        "events.set_aside": 1,
        "profiles": 1,
        "decisions.fired": 1,
        "decisions.not_met": 2,
        "deliveries.scheduled": 1,
        "deliveries.delivered": 1,
    }


def fill(store: Store) -> list[EventRow]:
    """Store events of three people and two statuses."""
    rows = [
        event(
            n, profile_id=f"p{n % 3}", status="applied" if n % 4 else "set_aside", received_at=START + n // 2
        )
        for n in range(1, 30)
    ]
    add_events(store, *rows)
    return rows


@pytest.mark.parametrize("limit", [1, 4, 28, 29, 30])
def test_pages_of_events_neither_skip_nor_repeat(store: Store, limit: int) -> None:
    """Newest first, equal times by arrival number, whole or narrowed."""
    rows = fill(store)[::-1]
    assert walk(store.read, "events", limit=limit) == rows
    assert walk(store.read, "events", limit=limit, profile="p2") == [r for r in rows if r.profile_id == "p2"]
    aside = [r for r in rows if r.status == "set_aside"]
    assert walk(store.read, "events", limit=limit, status="set_aside") == aside
    late = [r for r in rows if r.received_at >= START + 7 and r.status == "applied"]
    assert walk(store.read, "events", limit=limit, since=START + 7, status="applied") == late


def test_events_are_found_by_the_trigger_that_judged_them(store: Store) -> None:
    """Whether it fired or was not met."""
    fill(store)
    add_decisions(store, decision("d1", event_id="e3"), decision("d2", "not_met", event_id="e5"))
    add_decisions(store, decision("d3", event_id="e7", trigger="car"))
    assert ids(store.read.events(Filter(trigger="cart"))) == ["e5", "e3"]
    assert ids(store.read.events(Filter(trigger="cart", profile="p2"))) == ["e5"]


def test_new_rows_do_not_shift_the_pages_of_a_list_under_way(store: Store) -> None:
    """The next page goes on where the last one ended."""
    rows = fill(store)[::-1]
    first = store.read.events(Filter(limit=10))
    add_events(store, event(99))
    assert first.next is not None
    second = store.read.events(Filter(limit=10, cursor=first.next))
    assert [*first.rows, *second.rows] == rows[:20]


@pytest.mark.parametrize("family", ["events", "decisions", "deliveries"])
@pytest.mark.parametrize("cursor", ["nonsense", "W10", "WzFd", "Wy0xLDAsMCwwLDBd", "\u00fc", "WzFlOTksMV0"])
def test_a_cursor_that_no_page_gave_out_is_refused(store: Store, family: str, cursor: str) -> None:
    """With its field and what to do."""
    with pytest.raises(BadRequest) as refusal:
        getattr(store.read, family)(Filter(cursor=cursor))
    assert refusal.value.field == "cursor"
    assert refusal.value.hint


@pytest.mark.parametrize("status", ["", "scheduled", "delivered", "dead"])
@pytest.mark.parametrize("trigger", ["", "cart", "welcome"])
@pytest.mark.parametrize("profile", ["", "p1"])
def test_pages_of_deliveries_are_narrowed_by_everything_at_once(
    store: Store, status: str, trigger: str, profile: str
) -> None:
    """Every combination agrees with looking at each row."""
    kinds = ("scheduled", "delivered", "dead")
    rows = [
        delivery(
            f"x{n}",
            kinds[n % 3],
            trigger=("cart", "welcome")[n % 2],
            profile_id=f"p{n % 5 % 2}",
            created_at=START + n // 3,
        )
        for n in range(40)
    ]
    add_deliveries(store, *rows)
    expected = [
        row.id
        for row in reversed(rows)
        if status in ("", row.status)
        and trigger in ("", row.trigger)
        and profile in ("", row.profile_id)
        and row.created_at >= START + 3
    ]
    narrow = {"status": status, "trigger": trigger, "profile": profile, "since": START + 3, "limit": 3}
    assert [row.id for row in walk(store.read, "deliveries", **narrow)] == expected


def test_the_reader_answers_in_any_thread_and_sees_only_what_is_committed(store: Store) -> None:
    """A job under way is invisible; its answer comes after its commit."""
    inside, go_on = threading.Event(), threading.Event()

    def job(tx: Transaction) -> None:
        tx.events.add([event(1)])
        inside.set()
        go_on.wait(10)

    answer = store.submit(job)
    assert inside.wait(10)
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.append(store.read.event("e1")))
    thread.start()
    thread.join(10)
    go_on.set()
    answer.result(10)
    assert seen == [None]
    assert store.read.event("e1") == event(1)


def test_everything_is_still_there_after_closing_and_opening(
    opener: Callable[[Path], Store], tmp_path: Path
) -> None:
    """Closing also finishes what waited."""
    store = opener(tmp_path)
    waiting = [store.submit(lambda tx, n=n: tx.events.add([event(n)])) for n in range(1, 40)]
    store.close()
    store.close()
    assert all(future.done() and future.exception() is None for future in waiting)
    with pytest.raises(StoreError, match="closed"):
        store.submit(lambda tx: None)
    with pytest.raises(StoreError, match="closed"):
        store.read.counts()
    store = opener(tmp_path)
    assert len(store.read.events(Filter()).rows) == 39
    assert store.read.counts()["events.applied"] == 39
    store.close()
