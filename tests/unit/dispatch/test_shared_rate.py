"""A destination's rate is kept in the store: all who claim from one store share it, by whichever lane they send."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from dispatch_world import DOWN, HOUR, PATIENCE, SECOND, START, Scripted, World, delivery, eventually
from test_look_up import Findable

from core.dispatch.lane import Lane
from core.ports import Attempt, Delivered, DeliveryRow, Pace, RetryLater

PACE = Pace(concurrency=4, per_second=5, burst=7)


@dataclass
class Noted(Scripted):
    """A destination that notes when it was called, by a clock that nobody sets."""

    clock: list[int] = field(default_factory=lambda: [0])
    moments: list[int] = field(default_factory=list)

    def send(self, action: str, batch: Sequence[DeliveryRow]) -> list:  # type: ignore[type-arg]  # of outcomes
        """Note the time, then answer."""
        self.moments.append(self.clock[0])
        return super().send(action, batch)


def keeps(moments: Sequence[int], pace: Pace = PACE) -> bool:
    """Tell whether every span holds at most a burst and what the rate brings in it."""
    found = sorted(moments)
    return all(
        last - first + 1 <= pace.burst + (found[last] - start) * pace.per_second / 1000 + 1e-6
        for first, start in enumerate(found)
        for last in range(first, len(found))
    )


def pass_time(world: World, vendor: Noted, milliseconds: int) -> None:
    """Move both clocks."""
    vendor.clock[0] += milliseconds
    world.pass_time(milliseconds)


def several(world: World, vendor: Scripted, number: int, pace: Pace = PACE) -> list[Lane]:
    """Make lanes to one destination over one store, as of several processes."""
    return [world.lane(vendor, pace=pace) for _ in range(number)]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_lanes_over_one_store_never_pass_rate_and_burst_together(world: World, number: int) -> None:
    """Whoever looks first, however often; and together they are as fast as one that is alone."""
    vendor, chance = Noted(), random.Random(number)
    lanes = several(world, vendor, number)
    world.add(*(delivery(f"d{i}") for i in range(100)))
    while len(vendor.calls) < 100:
        for lane in chance.sample(lanes, number):
            world.drive(lane)
        pass_time(world, vendor, chance.choice([1, 30, 200, 700]))
    assert len(set(vendor.calls)) == 100
    assert keeps(vendor.moments)
    assert vendor.moments[-1] <= (100 - 7) * 200 + 100 * 700


def test_dispatchers_with_their_threads_running_share_one_rate(world: World) -> None:
    """At no moment have more left than the burst and the time have brought."""
    vendor = Scripted()
    passed: list[int] = []
    lock = threading.Lock()

    def note(_row: DeliveryRow) -> None:
        with lock:
            passed.append(world.clock.at)

    vendor.before = note
    world.run(vendor, pace=PACE)
    world.run(vendor, pace=PACE)
    stop = threading.Event()
    ticking = threading.Thread(target=lambda: tick(world, stop))
    world.add(*(delivery(f"d{i}") for i in range(60)))
    ticking.start()
    try:
        eventually(lambda: len(vendor.calls) >= 60)
    finally:
        stop.set()
        ticking.join(PATIENCE)
    assert sorted(set(vendor.calls)) == sorted(vendor.calls)
    assert all(number <= 7 + (at - START) * 5 / 1000 for number, at in enumerate(passed, 1))


def tick(world: World, stop: threading.Event) -> None:
    """Let the time go on in small steps, and everybody look."""
    while not stop.wait(0.002):
        world.pass_time(50)


def test_what_one_lane_is_told_holds_the_other_too(world: World) -> None:
    """It asks nothing before the time that the destination named."""
    vendor = Scripted(script={"d1": [RetryLater("slow down", until=START + 7 * SECOND, throttled=True)]})
    one, other = several(world, vendor, 2)
    world.add(delivery("d1"))
    world.drive(one)
    world.add(delivery("d2"))
    assert world.drive(other) == 7
    world.pass_time(7 * SECOND - 1)
    world.drive(other)
    assert vendor.calls == ["d1"]
    world.pass_time(1)
    world.drive(other)
    assert len(vendor.calls) == 2


def test_an_outage_that_ends_for_one_lane_begins_small_for_the_other(world: World) -> None:
    """What waited must not come down on a destination that has just got up, by whichever way."""
    pace = Pace(concurrency=4, per_second=5, burst=40)
    vendor = Scripted(always=DOWN)
    one, other = several(world, vendor, 2, pace)
    world.add(*(delivery(f"d{i}") for i in range(5)))
    world.drive(one)
    vendor.always = None
    world.pass_time(60 * SECOND)
    vendor.calls.clear()
    one.step()
    assert one.gate.drain(PATIENCE)
    assert len(vendor.calls) == 1
    world.add(*(delivery(f"e{i}") for i in range(50)))
    world.drive(other)
    assert len(vendor.calls) == 1 + 4


def test_a_question_counts_as_a_call(world: World) -> None:
    """What became of five, with a rate of one a second: one a second is asked, and nothing else leaves."""
    vendor = Findable(knows=Delivered("sent"))
    lanes = several(world, vendor, 2, Pace(per_second=1, burst=1))
    attempt = Attempt(number=1, started_at=START - HOUR, ended_at=START - HOUR, outcome="unknown")
    rows = [delivery(f"u{i}", action="lookup", status="unknown", attempts=[attempt]) for i in range(5)]
    world.add(*rows)
    for row in rows:
        world.store.write(lambda tx, row=row: tx.deliveries.look_up_at(row.id, START))  # type: ignore[misc]
    for second in range(1, 6):
        for lane in lanes:
            world.drive(lane)
        assert len(vendor.asked) == second
        assert vendor.calls == []
        world.pass_time(SECOND)
    world.add(delivery("d1"))
    world.drive(lanes[0])
    assert vendor.calls == ["d1"]


def test_another_pace_is_in_force_at_once(world: World) -> None:
    """Nobody waits for a turn that the old pace gave."""
    vendor = Scripted()
    lane = world.lane(vendor, pace=Pace(per_second=0.01, burst=1))
    world.add(*(delivery(f"d{i}") for i in range(9)))
    assert world.drive(lane) == 100
    world.pass_time(20)
    world.drive(lane)
    assert len(vendor.calls) == 1
    lane.adjust(Pace(per_second=100, burst=2))
    world.drive(lane)
    assert len(vendor.calls) == 3
    world.pass_time(HOUR)
    lane.adjust(Pace(per_second=0.01, burst=1))
    assert world.drive(lane) == 100
    assert len(vendor.calls) == 4


@pytest.mark.parametrize("change", [-30 * 24 * HOUR, -HOUR, -2 * SECOND, HOUR, 30 * 24 * HOUR])
def test_a_clock_that_is_set_neither_stops_the_lane_nor_lets_a_flood_out(world: World, change: int) -> None:
    """It goes on at its rate; a clock set forward is a rest, after which one burst may leave."""
    vendor = Noted()
    lane = world.lane(vendor, pace=PACE)
    world.add(*(delivery(f"d{i}", due_at=START - 31 * 24 * HOUR) for i in range(60)))
    for turn in range(80):
        world.drive(lane)
        pass_time(world, vendor, 200)
        world.clock.at += change if turn == 20 else 0
    assert len(vendor.calls) == 60
    assert keeps(vendor.moments[: 7 + 20])
    assert keeps(vendor.moments[7 + 20 :])
    assert keeps(vendor.moments, Pace(per_second=5, burst=2 * 7))
