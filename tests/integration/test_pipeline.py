"""Events, rules and timers through the real store and the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from embedded.world import CART, MINUTE, NOW, VIEWS, World, compiled

from core.engine import decode
from core.errors import NotFound
from core.ports import Filter, SetAside
from core.runners.timers import Timers


def test_an_event_its_profile_and_its_decisions_are_stored_together(world: World) -> None:
    """One request leaves the event, the profile, the decision and the delivery."""
    assert world.send(world.call("Product Viewed"), world.call("Product Viewed")) == ["applied", "applied"]
    assert world.outcomes("views") == ["not_met", "fired"]
    assert world.deliveries() == ["Interested"]
    owner = world.store.read.owner("user_id", "u1")
    assert owner is not None
    state = world.store.read.profile(owner)
    assert state is not None
    assert decode(state).identifiers["user_id"].keys() == {"u1"}


def test_the_same_message_id_has_no_second_effect(world: World) -> None:
    """A repeat, in the same request or a later one, is a duplicate."""
    view = world.call("Product Viewed")
    assert world.send(view, view) == ["applied", "duplicate"]
    assert world.send(view) == ["duplicate"]
    assert world.outcomes("views") == ["not_met"]


def test_an_event_without_an_id_is_known_by_its_bytes(world: World) -> None:
    """Where the sender gives no messageId, the same bytes are the same event."""
    call = {"type": "track", "event": "Product Viewed", "userId": "u1"}
    assert world.send(call) == ["applied"]
    assert world.send(call) == ["duplicate"]


def test_an_item_that_cannot_be_used_costs_the_others_nothing(world: World) -> None:
    """Unreadable items, and events of nobody, are set aside with their reasons."""
    statuses = world.send(
        SetAside(b"{", "$[0] is not JSON"),
        {"type": "track", "event": "Product Viewed"},
        {"type": "delete", "userId": "u1", "messageId": "d1"},
        {"type": "nonsense", "userId": "u1"},
        world.call("Product Viewed"),
    )
    assert statuses == ["set_aside"] * 4 + ["applied"]
    rows = world.store.read.events(Filter(status="set_aside")).rows
    assert len(rows) == 4
    assert all(row.reason for row in rows)


def test_events_of_one_request_are_applied_in_the_order_of_their_times(world: World) -> None:
    """An order that comes first in the request but happened later still closes the cart."""
    early, late = "2027-01-15T07:00:00.000Z", "2027-01-15T07:05:00.000Z"
    world.send(
        world.call("Order Completed", timestamp=late),
        world.call("Product Added", timestamp=early, properties={"cart_id": "c1"}),
    )
    assert world.outcomes("cart") == ["not_met"]


def test_what_comes_later_than_its_source_allows_is_counted_as_late(world: World) -> None:
    """Count an event behind one that was applied before, and no other."""
    early, late = "2027-01-15T07:00:00.000Z", "2027-01-15T07:05:00.000Z"
    world.send(world.call("Product Viewed", timestamp=late), world.call("Product Viewed", timestamp=late))
    assert "late" not in world.store.read.counts()
    world.send(world.call("Product Viewed", timestamp=early))
    assert world.store.read.counts()["late"] == 1


def test_an_event_that_fails_is_kept_and_the_others_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in the engine for one event sets that event aside and no other."""
    from core.pipeline import working

    real = working.apply

    def faulty(profile: Any, event: Any, rules: Any, now: int) -> Any:
        if event.id == "poison":
            raise RecursionError("too deep")
        return real(profile, event, rules, now)

    monkeypatch.setattr(working, "apply", faulty)
    statuses = world.send(world.call("Product Viewed"), world.call("Product Viewed", messageId="poison"))
    assert statuses == ["applied", "set_aside"]
    (row,) = world.store.read.events(Filter(status="set_aside")).rows
    assert "RecursionError" in row.reason


def test_an_anonymous_visitor_becomes_one_person_with_the_known_user(world: World) -> None:
    """Two profiles joined by an identify count as one, and the old id stays an alias."""
    world.send(world.call("Product Viewed", user=""))
    world.send({"type": "track", "event": "Product Viewed", "anonymousId": "a1", "messageId": "x1"})
    world.send(world.call("Other"))
    visitor = world.store.read.owner("anonymous_id", "a1")
    known = world.store.read.owner("user_id", "u1")
    assert visitor != known
    world.send({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "x2"})
    world.send(world.call("Product Viewed"))
    assert world.store.read.owner("anonymous_id", "a1") == world.store.read.owner("user_id", "u1")
    assert world.outcomes("views") == ["not_met", "fired"]
    assert visitor and known
    assert world.store.read.profile(visitor) == world.store.read.profile(known)
    kinds = {link.kind for link in world.store.read.links(min(visitor, known))}
    assert kinds == {"linked", "merged"}


def test_two_people_on_one_device_stay_two(world: World) -> None:
    """The device stays with the first person, and the log says so."""
    world.send({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "i1"})
    world.send({"type": "identify", "userId": "u2", "anonymousId": "a1", "messageId": "i2"})
    first, second = (world.store.read.owner("user_id", user) for user in ("u1", "u2"))
    assert first != second
    assert world.store.read.owner("anonymous_id", "a1") == first
    assert second is not None
    assert "shared_device" in {link.kind for link in world.store.read.links(second)}


def test_a_timer_fires_by_the_clock_alone(world: World) -> None:
    """A cart left alone fires once its due is over, without any traffic, once."""
    world.send(world.call("Product Added", properties={"cart_id": "c1"}))
    world.clock.time = NOW + 15 * MINUTE
    assert world.store.write(world.pipeline.wake) == NOW + 15 * MINUTE + 1
    assert world.outcomes("cart") == []
    world.clock.time += 1
    assert world.store.write(world.pipeline.wake) is None
    assert world.outcomes("cart") == ["fired"]
    assert world.deliveries() == ["Cart left"]


def test_the_timer_thread_hears_of_new_timers(
    world: World, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """A timer armed while the thread sleeps is drained when its time has come."""
    timers = Timers(world.store, world.pipeline, world.clock)
    timers.start()
    try:
        world.send(world.call("Product Added", properties={"cart_id": "c1"}))
        world.clock.time = NOW + 16 * MINUTE
        timers.arm(NOW)
        wait_until(lambda: world.outcomes("cart") == ["fired"])
        assert timers.overdue() == 0
    finally:
        timers.stop()


def test_a_rule_published_later_arms_nothing_for_earlier_events(world: World, tmp_path: Path) -> None:
    """A new absence rule leaves the carts that were already there alone."""
    rules = compiled(tmp_path / "rules", views=VIEWS)
    world.pipeline.publish(rules)
    world.send(world.call("Product Added", properties={"cart_id": "c1"}))
    world.pipeline.publish(compiled(tmp_path / "rules", cart=CART, views=VIEWS))
    world.clock.time += 20 * MINUTE
    world.send(world.call("Product Viewed"))
    world.store.write(world.pipeline.wake)
    assert world.outcomes("cart") == []


def test_a_case_whose_rule_changed_closes_with_a_decision(world: World, tmp_path: Path) -> None:
    """An open cart under another `when` ends by saying so, and sends nothing."""
    world.send(world.call("Product Added", properties={"cart_id": "c1"}))
    world.pipeline.publish(compiled(tmp_path / "rules", cart=CART.replace("15m", "30m"), views=VIEWS))
    world.clock.time += 16 * MINUTE
    world.store.write(world.pipeline.wake)
    (row,) = world.store.read.decisions(Filter(trigger="cart")).rows
    assert row.outcome == "not_met"
    assert "changed or removed" in str(row.reasons)
    assert world.deliveries() == []


def test_a_restart_keeps_which_events_a_rule_applies_to(world: World) -> None:
    """Publishing the same rules again, as a restart does, leaves open cases in force."""
    world.send(world.call("Product Added", properties={"cart_id": "c1"}))
    before = world.pipeline.rules.triggers["cart"].since
    world.pipeline.publish(world.pipeline.rules)
    assert world.pipeline.rules.triggers["cart"].since == before
    world.clock.time += 16 * MINUTE
    world.store.write(world.pipeline.wake)
    assert world.outcomes("cart") == ["fired"]


def test_a_person_whose_timers_fail_holds_up_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in draining one profile is put off; the others fire, and the clock goes on."""
    from core.pipeline import working

    for user in ("u1", "u2"):
        world.send(world.call("Product Added", user=user, properties={"cart_id": "c1"}))
    poison = world.store.read.owner("user_id", "u1")
    real = working.wake

    def faulty(profile: Any, now: int, rules: Any) -> Any:
        if profile.id == poison:
            raise RecursionError("too deep")
        return real(profile, now, rules)

    monkeypatch.setattr(working, "wake", faulty)
    world.clock.time = NOW + 16 * MINUTE
    assert world.store.write(world.pipeline.wake) == world.clock.time + MINUTE
    assert world.outcomes("cart") == ["fired"]
    monkeypatch.undo()
    world.clock.time += MINUTE
    world.store.write(world.pipeline.wake)
    assert world.outcomes("cart") == ["fired", "fired"]


def test_a_source_that_is_gone_is_named(world: World) -> None:
    """Events for a source that a reload took away are refused, not lost in a fault."""
    with pytest.raises(NotFound, match="there is no source 'gone'"):
        world.pipeline.accept("gone", [], NOW)


def test_an_item_set_aside_is_found_by_its_own_id(world: World) -> None:
    """What can still be read of it is listed; what cannot is known by its bytes."""
    world.send(
        SetAside(b'{"type": "track", "messageId": "m-bad", "event": "Seen"}', "userId is missing"),
        SetAside(b'{"messageId": 7, "event": ["x"]}', "messageId is not text"),
    )
    rows = {row.reason: row for row in world.store.read.events(Filter(status="set_aside")).rows}
    told, silent = rows["userId is missing"], rows["messageId is not text"]
    assert (told.id, told.type, told.event) == ("m-bad", "track", "Seen")
    assert silent.id.startswith("e_")
    assert (silent.type, silent.event) == ("", "")
