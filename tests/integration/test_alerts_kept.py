"""Alerts over a store and a clock that the test moves: what opens, and what clears."""

from __future__ import annotations

from embedded.watched import TO, Desk, occasions
from embedded.world import MINUTE, World

from core.dispatch import Stop
from core.engine.instant import iso
from core.engine.notify import DAY, HOUR
from core.ports import RawEvent
from core.runners.alerts.watch import KEPT


def test_a_source_that_falls_silent_is_told_once_until_it_speaks(world: World) -> None:
    """Also when the server was away for a while, and when it comes back before the source does."""
    desk = Desk(world)
    desk.seen(hours=80)
    assert desk.look(6 * HOUR - 1) == []
    assert desk.look(1) == [("silent", "segment")]
    assert desk.look(HOUR) == [("silent", "segment")]
    world.clock.time += 20 * HOUR
    desk.come()
    assert desk.look() == [("silent", "segment")]
    assert desk.look(30 * DAY) == [("silent", "segment")]
    world.send(world.call("Seen"))
    assert ("silent", "segment") not in desk.look()
    (row,) = [one for one in desk.rows() if one.name == "segment"]
    assert occasions(row) == [("email:ops@example.com", "opened"), ("email:ops@example.com", "cleared")]


def test_what_the_server_did_not_hear_is_no_silence(world: World) -> None:
    """It was away for ten hours: the source gets its six from then on."""
    desk = Desk(world)
    desk.seen(hours=80)
    desk.look()
    world.clock.time += 10 * HOUR
    desk.come()
    assert desk.look() == []
    assert desk.look(6 * HOUR - 1) == []
    assert desk.look(1) == [("silent", "segment")]


def test_imported_history_and_sources_without_a_file_are_not_missed(world: World) -> None:
    """What is imported now says nothing of who sends now."""
    desk = Desk(world)
    desk.seen(hours=1)
    before = world.store.read.arrivals()
    call = world.call("Seen")
    world.pipeline.recall("segment", [RawEvent(b"{}", call)], [world.clock.time]).result()
    assert world.store.read.arrivals() == before
    assert [(row.source, row.number) for row in before] == [("segment", 1)]


def test_a_trigger_that_stops_firing_is_told_to_its_owner_too(world: World) -> None:
    """Seven days after its last firing, when it had fired for two weeks; the next firing clears it."""
    desk = Desk(world)
    desk.seen(hours=15, every=24)
    assert desk.look(7 * DAY - 1) == []
    assert desk.look(1) == [("silent", "seen")]
    world.send(world.call("Seen"))
    assert desk.look() == []
    (row,) = desk.rows()
    to = ["email:ops@example.com", "email:owner@example.com"]
    assert occasions(row) == [(one, what) for what in ("opened", "cleared") for one in to]


def test_alerts_of_other_kinds_are_kept_and_told_nobody(world: World) -> None:
    """``on`` names what is worth a message; the list shows all."""
    desk = Desk(world, TO + ", on: [silent]")
    desk.stopped = Stop(world.clock.time, "")
    assert desk.look() == [("paused", "sends")]
    assert occasions(desk.rows()[0]) == []


def test_decisions_and_timers_that_come_late_are_told(world: World) -> None:
    """A request that waited for minutes before it was judged; the bound is the policy's."""
    desk = Desk(world, TO + ", late: 2m")
    world.clock.time += 2 * MINUTE
    late = world.clock.time - 2 * MINUTE
    assert world.pipeline.delays.high(world.clock.time) == 0

    def send(at: int) -> None:
        call = world.call("Seen")
        assert world.pipeline.accept("segment", [RawEvent(b"{}", call)], at) == ["applied"]

    send(late)
    assert desk.look() == []
    send(late - 1)
    assert desk.look() == [("late", "decisions")]
    assert desk.look(10 * MINUTE + 1) == []
    desk.timers = 2 * MINUTE + 1
    assert desk.look() == [("late", "timers")]


def test_a_firing_by_the_clock_is_late_from_when_its_timer_was_due(world: World) -> None:
    """Not from when its event came."""
    at = iso(world.clock.time)
    call = world.call("Product Added", timestamp=at, properties={"cart_id": "c1"})
    assert world.pipeline.accept("segment", [RawEvent(b"{}", call)], world.clock.time) == ["applied"]
    world.clock.time += 15 * MINUTE + 7_000
    world.store.write(world.pipeline.wake)
    assert world.outcomes("cart") == ["fired"]
    assert world.pipeline.delays.high(world.clock.time) == 7_000


def test_one_late_decision_of_two_hundred_is_not_told(world: World) -> None:
    """Ninety-nine of a hundred are what counts."""
    desk = Desk(world, TO + ", late: 1m")
    world.clock.time += HOUR
    items = [world.call("Seen", user=f"u{n}") for n in range(200)]
    world.pipeline.accept("segment", [RawEvent(b"{}", one) for one in items[:199]], world.clock.time)
    world.pipeline.accept("segment", [RawEvent(b"{}", items[199])], world.clock.time - HOUR)
    assert desk.look() == []
    world.pipeline.accept("segment", [RawEvent(b"{}", world.call("Seen", user=f"v{n}")) for n in range(2)], 1)
    assert desk.look() == [("late", "decisions")]


def test_alerts_that_are_long_over_are_forgotten(world: World) -> None:
    """After ninety days."""
    desk = Desk(world)
    desk.stopped = Stop(world.clock.time, "")
    desk.look()
    desk.stopped = None
    assert desk.look() == []
    assert len(desk.rows()) == 1
    desk.look(KEPT)
    assert len(desk.rows()) == 1
    desk.look(HOUR)
    assert desk.rows() == []
