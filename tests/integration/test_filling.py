"""New measures fill from what is stored, in silence, whether traffic comes or not."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from embedded.published import person, publish, rules_of
from embedded.world import MINUTE, NOW, SetClock, World

from core.engine import Profile, encode
from core.engine.asof import AsOf
from core.engine.instant import iso
from core.engine.rule import RuleSet
from core.pipeline import Pipeline
from core.ports import Filter, RawEvent
from core.runners.filler import Filler
from core.store.embedded import open_store

DAY = 24 * 60 * MINUTE

PROFILE = """
computed:
  orders: {count: {event: Order Completed}}
  spent: {sum: =properties.revenue, event: Order Completed, within: 90d}
  brands: {list: =properties.brand, event: Order Completed}
segments:
  buyers: {count: {event: Order Completed, at_least: 2}}
  rich: =profile.traits.spent > 100
  vip: {all: [{in_segment: buyers}, {in_segment: rich}]}
  quiet: {inactive_for: 7d}
"""

ENTERS = """
trigger: enters_vip
status: live
when: {enters: vip}
limits: {once: true}
do: [{braze.track_event: {external_id: =profile.id, name: Vip}}]
"""

FILES = {"profile.yaml": PROFILE, "triggers/enters_vip.yaml": ENTERS}


def order(
    world: World, user: str = "u1", *, revenue: float = 60, ago: int = 0, **more: Any
) -> dict[str, Any]:
    """Make an order."""
    at = iso(world.clock.time - ago)
    properties = {"revenue": revenue, "brand": f"b{revenue}"}
    return world.call("Order Completed", user, timestamp=at, properties=properties, **more)


def sizes(world: World) -> dict[str, int]:
    """Give the sizes of the segments."""
    counts = world.store.read.counts()
    return {name.removeprefix("segments."): n for name, n in counts.items() if name.startswith("segments.")}


def measured(world: World, at: int) -> dict[str, Any]:
    """Give what is measured of a person as of a moment, without when they were judged."""
    profile, rules = person(world), world.pipeline.rules
    seen = AsOf(profile, rules, at)
    tallies = {tally.id: tally for tallies in rules.tallies.values() for tally in tallies}
    return {
        "traits": seen.view()["traits"],
        "counts": {name: seen.count(tally) for name, tally in tallies.items()},
        "members": set(profile.members),
        "last_active": profile.last_active,
        "covered": profile.covered,
        "measures": profile.measures,
    }


def test_a_new_segment_fills_at_the_next_event_and_fires_nothing(world: World) -> None:
    """What was so before it was published is no entering; what comes after is."""
    world.send(order(world), order(world), order(world, "u2"))
    publish(world, FILES)
    world.send(world.call("Seen"), world.call("Seen", "u2"))
    assert set(person(world).members) == {"buyers", "rich", "vip"}
    assert world.outcomes("enters_vip") == []
    world.send(order(world, "u2"))
    assert world.outcomes("enters_vip") == ["fired"]
    assert sizes(world) == {"buyers": 2, "rich": 2, "vip": 2}


def test_a_filled_person_is_as_if_the_rules_had_always_been(world: World, tmp_path: Path) -> None:
    """Counts, totals, values and memberships agree with those of someone who was counted live."""
    other = World(tmp_path / "other")
    publish(other, FILES)
    publish(world, {})
    calls = [
        [order(world, revenue=30, ago=100 * DAY), order(world, revenue=5, ago=3 * DAY)],
        [order(world, "", anonymousId="a1", revenue=70)],
        [world.call("Seen", "", anonymousId="a1")],
        [{"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "i1"}],
        [order(world, revenue=31, ago=2 * DAY)],
    ]
    for one in calls:
        assert world.send(*one) == other.send(*one) == ["applied"] * len(one)
    publish(world, FILES)
    Filler(world.store, world.pipeline).sweep()
    for at in (NOW, NOW - 2 * DAY, NOW - 3 * DAY - 1, NOW + 89 * DAY):
        assert measured(world, at) == measured(other, at)
    assert person(world).members.keys() == {"buyers", "rich", "vip"}
    other.store.close()


def test_the_sweep_fills_everyone_without_traffic_and_only_once(world: World) -> None:
    """Afterwards there is nothing left to do, and nothing was sent."""
    for number in range(60):
        world.send(order(world, f"u{number}"), order(world, f"u{number}"))
    publish(world, FILES)
    filler = Filler(world.store, world.pipeline)
    assert filler.left() == 60
    assert filler.sweep() == 60
    assert filler.left() == 0
    assert filler.sweep() == 0
    assert sizes(world) == {"buyers": 60, "rich": 60, "vip": 60}
    assert world.outcomes("enters_vip") == []
    assert world.deliveries() == []


def test_a_filled_person_leaves_when_time_alone_says_so(world: World) -> None:
    """The timers of what was filled are armed like any other."""
    due: list[int] = []
    world.pipeline.on_due = due.append
    world.send(order(world, revenue=200, ago=89 * DAY))
    publish(world, FILES)
    Filler(world.store, world.pipeline).sweep()
    assert sizes(world)["rich"] == 1
    assert due
    world.clock.time = NOW + 2 * DAY
    world.store.write(world.pipeline.wake)
    assert sizes(world)["rich"] == 0
    assert sizes(world)["quiet"] == 1


def test_a_segment_that_is_gone_is_left_by_all(world: World) -> None:
    """And a changed one is judged anew."""
    world.send(order(world), order(world))
    publish(world, FILES)
    Filler(world.store, world.pipeline).sweep()
    publish(world, {"profile.yaml": "segments:\n  buyers: {count: {event: Order Completed, at_least: 3}}\n"})
    Filler(world.store, world.pipeline).sweep()
    assert sizes(world) == {"buyers": 0, "rich": 0, "vip": 0}


def test_events_are_mapped_anew_when_they_fill_something(world: World) -> None:
    """An old name that the mapping renames since then counts; so do the type and the number of a field."""
    call = world.call("Completed Order", properties={"points": "7"})
    world.send(call, world.call("Completed Order", properties={"points": "5"}))
    files = {
        "sources/segment.yaml": (
            "source: segment\nidentifiers: {user_id: =event.userId}\n"
            "events: {Completed Order: Order Completed}\ntypes: {points: number}\n"
        ),
        "profile.yaml": "computed:\n  points: {sum: =properties.points, event: Order Completed}\n",
    }
    rules = publish(world, files)
    Filler(world.store, world.pipeline).sweep()
    (totals,) = (one for slot, one in person(world).totals.items() if slot.endswith("/sum"))
    assert [total.sum for total in totals.values()] == [12.0]
    assert person(world).measures == rules.measures


def test_what_the_raw_bytes_do_not_tell_is_kept_beside_them(world: World) -> None:
    """A batch's shared context, a vendor's own spelling and a corrected clock fill as they were taken."""
    call = order(world, context={"page": {"path": "/shop"}})
    batch = {name: value for name, value in call.items() if name != "context"}
    sent = {**order(world), "sentAt": iso(NOW - 5 * MINUTE), "timestamp": iso(NOW - 6 * MINUTE)}
    vendor = order(world, context={"page": {"path": "/shop"}})
    items = [
        RawEvent(msgspec.json.encode(batch), call),
        RawEvent(msgspec.json.encode(sent), sent),
        RawEvent(b'{"tealium_event": "order"}', vendor),
    ]
    assert world.pipeline.accept("segment", items, NOW) == ["applied"] * 3
    profile = (
        "computed:\n"
        '  shop: {count: {event: Order Completed, where: =context.page.path == "/shop", within: 30d}}\n'
        "  last: {last: =properties.revenue, event: Order Completed}\n"
        "segments:\n  now: {count: {event: Order Completed, within: 2m, at_least: 1}}\n"
    )
    publish(world, {"profile.yaml": profile})
    Filler(world.store, world.pipeline).sweep()
    by_count = {len(marks): marks for marks in person(world).marks.values()}
    assert by_count.keys() == {2, 3}
    assert min(mark.timestamp for mark in by_count[3]) == NOW - MINUTE
    kept = [row.call for row in world.store.read.past(person(world).id, None, 10)]
    assert [bool(one) for one in kept] == [False, True, True]


def test_imported_history_fills_at_its_own_time(world: World) -> None:
    """Its arrival is kept, and it is known for what it is."""
    call = order(world, ago=20 * DAY, revenue=150)
    world.pipeline.recall("segment", [RawEvent(msgspec.json.encode(call), call)], [NOW - 19 * DAY]).result()
    (row,) = world.store.read.past(person(world).id, None, 10)
    assert (row.quiet, row.arrived_at, row.received_at) == (True, NOW - 19 * DAY, NOW)
    publish(world, FILES)
    Filler(world.store, world.pipeline).sweep()
    assert set(person(world).members) == {"rich", "quiet"}


def test_a_person_for_whom_it_fails_costs_nobody_else_anything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep ends; whoever failed stays behind, keeps what they had, and their events go on."""
    from core.pipeline import filling

    world.send(*(order(world, f"u{number}") for number in range(40)))
    poisoned, real = person(world, "u7").id, filling.fill

    def faulty(profile: Profile, *rest: Any) -> Profile:
        if profile.id == poisoned:
            raise RecursionError("too deep")
        return real(profile, *rest)

    monkeypatch.setattr(filling, "fill", faulty)
    publish(world, FILES)
    filler = Filler(world.store, world.pipeline)
    assert filler.sweep() == 39
    assert filler.left() == 1
    assert world.send(order(world, "u7")) == ["applied"]


def test_whoever_changes_meanwhile_is_not_overwritten(world: World) -> None:
    """What was filled from an older state is thrown away: the change has filled them already."""
    world.send(order(world))
    rules = publish(world, FILES)
    rows = world.store.read.unfilled(rules.measures, ("", 0), 10)
    world.send(order(world))
    before = encode(person(world))
    assert world.pipeline.fill(rows) == 1
    assert encode(person(world)) == before
    assert set(person(world).members) == {"buyers", "rich", "vip"}


def test_an_event_that_changes_no_segment_writes_none(world: World) -> None:
    """Intake costs no further statement where memberships stay as they are."""
    publish(world, FILES)
    world.send(order(world), order(world))
    statements: list[str] = []
    trace = world.store.write(lambda tx: tx.connection.set_trace_callback)  # type: ignore[attr-defined]  # a look behind the port
    trace(statements.append)
    world.send(order(world))
    trace(None)
    assert statements
    assert not [one for one in statements if "memberships" in one or "SET measures" in one]


def test_a_published_rule_wakes_the_thread(
    world: World, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """It begins with what an earlier run left, and again at each publishing."""
    world.send(order(world), order(world))
    filler = Filler(world.store, world.pipeline)
    publish(world, FILES)
    filler.start()
    try:
        wait_until(lambda: filler.left() == 0)
        publish(world, {"profile.yaml": "segments:\n  all: {count: {event: Order Completed, at_least: 1}}\n"})
        filler.wake()
        wait_until(lambda: sizes(world).get("all") == 1)
    finally:
        filler.stop()


def fill_and_die(folder: Path, rules: RuleSet, after: int) -> None:
    """Sweep in a process of its own that is killed after so many people."""
    child = os.fork()
    if child == 0:
        try:
            clock = SetClock()
            store = open_store(folder, clock=clock)
            filler = Filler(store, Pipeline(store, clock, rules))
            everyone = filler.left()
            store.on_commit.append(
                lambda: everyone - filler.left() >= after and os.kill(os.getpid(), signal.SIGKILL)
            )
            filler.sweep()
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_sweep_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """Nobody is filled twice, and nobody is left out."""
    world = World(tmp_path)
    for number in range(60):
        world.send(order(world, f"u{number}"), order(world, f"u{number}"))
    world.store.close()
    rules = rules_of(tmp_path / "published", FILES)
    fill_and_die(tmp_path / "data", rules, 25)
    store = open_store(tmp_path / "data", clock=world.clock)
    pipeline = Pipeline(store, world.clock, rules)
    filler = Filler(store, pipeline)
    assert filler.left() == 35
    assert filler.sweep() == 35
    assert store.read.counts()["segments.vip"] == 60
    assert store.read.decisions(Filter()).rows == []
    store.close()
