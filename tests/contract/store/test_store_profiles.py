"""Profiles, identifiers, timers and merges."""

from __future__ import annotations

from stores.rows import (
    START,
    add_decisions,
    add_deliveries,
    add_events,
    decision,
    delivery,
    event,
    ids,
    link,
    merge,
)

from core.ports import Filter, Store, Transaction


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
